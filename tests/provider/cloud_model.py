"""The fake cloud without a wire: the provider's calls as plain function calls, in a time of their own.

Nothing is sent, nobody waits, and a kill can strike at any call.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable, Mapping
from concurrent import futures
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from engine_model import Killed

from fake_aliyun import FakeAliyun, gateway
from fake_aliyun import errors as fake_errors
from fake_aliyun.operations import VERSIONS
from fake_aliyun.request import Request
from fake_aliyun.table import find
from pulumi_aliyun import aftermath, bridge, cloud, identity, polls, record, run, settling
from pulumi_aliyun.errors import ApiError, vanished

if TYPE_CHECKING:
    from typing_extensions import Self

_VERSION = {product: version for version, product in VERSIONS.items()}
_CREATES = ("CreateCapacityReservation", "RunInstances", "CreateInstance")
BETWEEN_COMMANDS_S = 0.5
"""How soon the next command follows: what the one before has sent may still be on its way."""


class CloudModel:
    """A fake cloud that the provider calls directly."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fake: FakeAliyun) -> None:
        """Put it between the provider and the fake, and the fake's time in place of the machine's."""
        self.fake = fake
        fake.clock.run_at(0)
        self.calls = 0
        self.strike: tuple[int, str] | None = None
        """At which call of the command something happens, and what."""
        self.struck = ""
        self._late: list[tuple[float, Callable[[], Any]]] = []
        lookup = {"aliyun:region": "cn-hangzhou", "aliyun:accessKey": "testid", "aliyun:secretKey": "x"}
        cloud.configure(lookup.get)
        clock = SimpleNamespace(sleep=self.sleep, monotonic=fake.clock.now, time=fake.clock.now)
        for module in (aftermath, identity, polls, record, run, settling):
            monkeypatch.setattr(module, "time", clock)
            if hasattr(module, "futures"):
                monkeypatch.setattr(module, "futures", SimpleNamespace(ThreadPoolExecutor=_AtOnce))
        monkeypatch.setattr(polls.Watch, "until", _until(self))
        monkeypatch.setattr(bridge.Operation, "pause", lambda _, seconds: self.sleep(seconds))
        monkeypatch.setattr(
            cloud, "ecs", lambda _o, _region, action, given, **_: self.call("Ecs", action, given)
        )
        monkeypatch.setattr(
            cloud, "bss", lambda _o, action, given, **_: self.call("BssOpenApi", action, given)
        )
        self._monkeypatch = monkeypatch

    def begins(self) -> None:
        """A command begins, in a process of its own."""
        self.fake.clock.advance(BETWEEN_COMMANDS_S)
        self.calls = 0
        self.struck = ""
        self._monkeypatch.setattr(run, "STARTED", self.fake.clock.now())

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.fake.clock.advance(seconds)
        self._arrive()

    def later(self, seconds: float, product: str, action: str, given: Mapping[str, Any]) -> None:
        """Carry out a call that somebody has sent, when so much time has passed."""
        arrives = self.fake.clock.now() + seconds
        self._late.append((arrives, lambda: self._perform(product, action, given)))

    def _arrive(self) -> None:
        due = [action for at, action in self._late if at <= self.fake.clock.now()]
        self._late = [each for each in self._late if each[0] > self.fake.clock.now()]
        for action in due:
            action()

    def call(self, product: str, action: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Make a call, unless something happens to it."""
        self._arrive()
        self.calls += 1

        def perform() -> dict[str, Any]:
            return self._perform(product, action, given)

        if self.strike is None or self.strike[0] != self.calls:
            return perform()
        self.struck = self.strike[1]
        if self.struck == "refused":
            raise ApiError(action, "Forbidden.RAM", "refused by the test", status=403)
        if self.struck == "late":
            takes = self.calls % 10 if action in _CREATES else 1.0
            self._late.append((self.fake.clock.now() + takes, lambda: _quietly(perform)))
        elif self.struck != "before":
            _quietly(perform)
        if self.struck == "lost":
            return perform()  # the answer got lost, and the very same call is made again
        raise Killed

    def _perform(self, product: str, action: str, given: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer = perform(self.fake, product, action, given)
        except fake_errors.ApiError as error:
            raise ApiError(action, error.code, error.message, status=error.status) from None
        if answer.get("Success") is False:
            raise ApiError(action, str(answer.get("Code")), str(answer.get("Message")))
        return answer


def perform(fake: FakeAliyun, product: str, action: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Have the fake carry out a call that nobody has sent."""
    headers = {"x-acs-action": action, "x-acs-version": _VERSION[product], "authorization": ""}
    operation = find(product, action)
    assert operation is not None, action
    call = gateway.Call(fake.cloud, Request("POST", "/", _flat(given), headers), "request-id")
    [caller] = fake.cloud.credentials.values()
    answer: dict[str, Any] = json.loads(gateway._perform(call, operation, caller).body)
    return answer


def _quietly(perform: Callable[[], Any]) -> None:
    with contextlib.suppress(ApiError):  # nobody hears of it
        perform()


def _until(model: CloudModel) -> Callable[..., Any]:
    """`Watch.until` by one thread."""

    def until(
        watch: polls.Watch,
        operation: bridge.Operation,
        item_id: str,
        done: Callable[[Any], Any],
        *,
        what: str = "",
        patience: float = math.inf,
        gone_after: float = math.inf,
    ) -> Any:
        since = shown = model.fake.clock.now()
        while True:
            item = watch._describe(operation, [item_id]).get(item_id)
            if (result := done(item)) is not None:
                return result
            now = model.fake.clock.now()
            shown = now if item else shown
            if now - since > patience:
                return None
            if now - shown > gone_after:
                raise vanished(f"{what}: {item_id}")
            assert not what or now - since < operation.limit, f"{item_id} never comes to what is waited for"
            model.sleep(0.5)

    return until


class _AtOnce:
    """An executor that does all at once, in the caller's thread."""

    def __init__(self, **_: Any) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def shutdown(self, **_: Any) -> None:
        pass

    def submit(self, function: Callable[..., Any], *arguments: Any) -> futures.Future[Any]:
        future: futures.Future[Any] = futures.Future()
        try:
            future.set_result(function(*arguments))
        except BaseException as error:  # noqa: BLE001 - it belongs to the one who asks for the result
            future.set_exception(error)
        return future

    map = staticmethod(map)


def _flat(given: Mapping[str, Any]) -> dict[str, str]:
    """Parameters as they are on the wire."""
    flat: dict[str, str] = {}

    def put(name: str, value: Any) -> None:
        if isinstance(value, Mapping):
            for key, each in value.items():
                put(f"{name}.{key}", each)
        elif isinstance(value, list):
            for number, each in enumerate(value, 1):
                put(f"{name}.{number}", each)
        elif value is not None:
            flat[name] = str(value).lower() if isinstance(value, bool) else str(value)

    for name, value in given.items():
        put(name, value)
    return flat
