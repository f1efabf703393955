"""The control plane under /_fake/: what a test sees and sets, JSON in and out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from fake_aliyun import hooks, view
from fake_aliyun.clock import utc
from fake_aliyun.errors import ApiError
from fake_aliyun.faults import parse
from fake_aliyun.request import CONTROL, Reply

if TYPE_CHECKING:
    from fake_aliyun.cloud import Cloud

Body = Mapping[str, Any]


class Unknown(Exception):
    """There is no such thing under the control plane."""


def handle(cloud: Cloud, method: str, path: str, query: Mapping[str, str], body: bytes) -> Reply:
    """Answers a request to the control plane."""
    status, answer = 200, None
    try:
        given = hooks.mapping(json.loads(body) if body else {})
        answer = _route(cloud, method, path.removeprefix(CONTROL).strip("/"), query, given)
    except (Unknown, hooks.NoSuchResource) as error:
        status, answer = 404, {"error": f"{error}: there is nothing like that"}
    except ApiError as error:
        status, answer = 400, {"error": str(error)}
    except (ValueError, TypeError, RecursionError) as error:
        status, answer = 400, {"error": str(error)}
    return Reply(
        status, json.dumps({} if answer is None else answer, ensure_ascii=False).encode("utf-8", "replace")
    )


def _route(cloud: Cloud, method: str, path: str, query: Mapping[str, str], given: Body) -> Any:
    name, _, resource_id = path.partition("/")
    if resource_id or name in hooks.HOOKS:
        if method != "POST" or name not in hooks.HOOKS:
            raise Unknown(f"{method} {CONTROL}{path}")
        with cloud.lock:
            return hooks.HOOKS[name](cloud, resource_id, given)
    route = _ROUTES.get((method, name))
    if route is None:
        raise Unknown(f"{method} {CONTROL}{path}")
    return route(cloud, query, given)


def _state(cloud: Cloud, query: Mapping[str, str], given: Body) -> Any:
    return view.state(cloud, query.get("account", ""))


def _requests(cloud: Cloud, query: Mapping[str, str], given: Body) -> Any:
    return cloud.journal.since(int(query.get("since") or 0))


def _reset(cloud: Cloud, query: Mapping[str, str], given: Body) -> Any:
    seed = given.get("seed")
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise ValueError("'seed' is an integer")
    cloud.reset(seed)


def _plan_faults(cloud: Cloud, query: Mapping[str, str], given: Body) -> Any:
    action, faults = given.get("action", "*"), given.get("faults")
    if not isinstance(action, str) or not isinstance(faults, list) or set(given) - {"action", "faults"}:
        raise ValueError('a plan is {"action": "RunInstances" or "*", "faults": [{…}]}')
    cloud.faults.plan(action, [parse(hooks.mapping(each)) for each in faults])
    return cloud.faults.left()


def _show_faults(cloud: Cloud, query: Mapping[str, str], given: Body) -> Any:
    return cloud.faults.left()


def _clear_faults(cloud: Cloud, query: Mapping[str, str], given: Body) -> Any:
    cloud.faults.clear()


def _clock(cloud: Cloud, query: Mapping[str, str], given: Body) -> Any:
    if set(given) - {"set", "advance", "rate"}:
        raise ValueError("the clock knows 'set', 'advance' and 'rate'")
    numbers = {name: hooks.number(name, given[name]) for name in ("advance", "rate") if name in given}
    moment = hooks.moment("set", given["set"]) if "set" in given else None
    if numbers.get("rate", 0) < 0:
        raise ValueError("time goes forward: 'rate' is 0 or more")
    with cloud.lock:
        if "rate" in numbers:
            cloud.clock.run_at(numbers["rate"])
        if moment is not None:
            cloud.clock.set(moment)
        if "advance" in numbers:
            cloud.clock.advance(numbers["advance"])
        return {"now": utc(cloud.catch_up()), "rate": cloud.clock.rate}


def _settings(cloud: Cloud, query: Mapping[str, str], given: Body) -> Any:
    cloud.change_settings(**given)
    return cloud.settings.shown()


_ROUTES: dict[tuple[str, str], Callable[[Cloud, Mapping[str, str], Body], Any]] = {
    ("GET", "state"): _state,
    ("GET", "requests"): _requests,
    ("POST", "reset"): _reset,
    ("GET", "faults"): _show_faults,
    ("POST", "faults"): _plan_faults,
    ("DELETE", "faults"): _clear_faults,
    ("GET", "clock"): _clock,
    ("POST", "clock"): _clock,
    ("GET", "settings"): _settings,
    ("POST", "settings"): _settings,
}
