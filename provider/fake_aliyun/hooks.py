"""What only the console, other products or fate can do to resources; for tests, by the control plane."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from fake_aliyun.clock import parse_utc
from fake_aliyun.ecs import places, power, reservations
from fake_aliyun.ecs.model import Instance, Reservation

if TYPE_CHECKING:
    from fake_aliyun.bss.model import BssInstance
    from fake_aliyun.cloud import Cloud

Body = Mapping[str, Any]
# Where each kind of thing that the fake doesn't manage is registered, with what may be told of it.
_REGISTERED = ("vswitches", "security_groups", "images", "key_pairs", "resource_groups")
_TOLD = {"zone_id", "vpc_id", "cidr_block", "name", "description"}
_DEPENDENCIES = {"SLB", "RouteEntry"}


class NoSuchResource(Exception):
    """The control plane was asked about a resource that is not there."""


def mapping(given: Any) -> dict[str, Any]:
    """Checks that a value is a mapping."""
    if not isinstance(given, dict):
        raise ValueError(f"{given!r} is not a JSON object")
    return given


def number(name: str, given: Any) -> float:
    """Checks that a value is a number that can be a time."""
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not abs(given) < 1e11:
        raise ValueError(f"{name!r} is a number, not {given!r}")
    return float(given)


def moment(name: str, given: Any) -> float:
    """Reads a time: `2026-01-31T12:00:00Z`, or seconds since 1970."""
    found = parse_utc(given) if isinstance(given, str) else number(name, given)
    if found is None:
        raise ValueError(
            f"{name!r} is a time such as 2026-01-31T12:00:00Z, or seconds since 1970, not {given!r}"
        )
    return found


def _only(given: Body, known: set[str]) -> None:
    unknown = set(given) - known
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}")


def _text(given: Body, name: str, default: str = "") -> str:
    value = given.get(name, default)
    if not isinstance(value, str):
        raise ValueError(f"{name!r} is text, not {value!r}")
    return value


def _texts(given: Body, name: str) -> list[str]:
    value = given.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError(f"{name!r} is a list of texts, not {value!r}")
    return value


def _tags(given: Body, present: dict[str, str]) -> None:
    if "tags" in given:
        tags = {str(name): str(value) for name, value in mapping(given["tags"]).items()}
        present.clear()
        present.update(tags)


def _add_account(cloud: Cloud, resource_id: str, given: Body) -> Any:
    _only(given, {"access_key_id", "access_key_secret", "account_id", "vno", "arn"})
    key, secret = _text(given, "access_key_id"), _text(given, "access_key_secret")
    vno = given.get("vno")
    if not key or not secret or not (vno is None or isinstance(vno, bool)):
        raise ValueError("an account has access_key_id and access_key_secret; vno is true or false")
    account = cloud.add_account(
        key, secret, account_id=_text(given, "account_id"), vno=vno, arn=_text(given, "arn")
    )
    return {"account_id": account.id}


def _register(cloud: Cloud, kind: str, given: Body) -> Any:
    """Registers things that the fake doesn't manage: `{"vswitches": {"vsw-1": {"zone_id": …}}}`."""
    if kind:
        raise NoSuchResource(f"resources/{kind}")
    _only(given, {*_REGISTERED, "account"})
    account = cloud.find_account(_text(given, "account"))
    for name in _REGISTERED:
        for resource_id, told in mapping(given.get(name, {})).items():
            _only(mapping(told), _TOLD)
            account.registered.setdefault(name, {})[resource_id] = dict(told)
    return account.registered


def _instance(cloud: Cloud, instance_id: str, given: Body) -> Any:
    """Changes an instance from outside.

    `operation_locks` is a list of reasons such as `security`, `financial`; `dependencies` one of `SLB` and
    `RouteEntry`; `expired_time` moves the end of a prepaid instance; `status` puts it into a state,
    `Released` makes it go. `instance_type`, `instance_name`, `description`, `tags`, `deletion_protection` and
    `network` are changed as they are.
    """
    found = next(
        (each for account in cloud.accounts.values() if (each := account.instances.get(instance_id))), None
    )
    if found is None:
        raise NoSuchResource(f"instance {instance_id}")
    _only(
        given,
        {
            "operation_locks",
            "dependencies",
            "expired_time",
            "status",
            *_PLAIN,
            "tags",
            "deletion_protection",
            "network",
        },
    )
    if not set(_texts(given, "dependencies")) <= _DEPENDENCIES:
        raise ValueError(f"'dependencies' are of {', '.join(sorted(_DEPENDENCIES))}")
    now = cloud.catch_up()
    if "operation_locks" in given:
        found.locks = [{"LockReason": each, "LockMsg": ""} for each in _texts(given, "operation_locks")]
    if "dependencies" in given:
        found.dependencies = _texts(given, "dependencies")
    if "expired_time" in given:
        found.expired_time = moment("expired_time", given["expired_time"])
    if "deletion_protection" in given:
        found.deletion_protection = bool(given["deletion_protection"])
    if "network" in given:
        found.network = "classic" if _text(given, "network") == "classic" else "vpc"
    for name, attribute in _PLAIN.items():
        if name in given:
            setattr(found, attribute, _text(given, name))
    _tags(given, found.tags)
    _turn(found, _text(given, "status"), now)
    return {}


_PLAIN = {"instance_name": "name", "description": "description", "instance_type": "instance_type"}


def _turn(found: Instance, status: str, now: float) -> None:
    if status == "Released":
        power.end(found.account, found, now)
    elif status in ("Pending", "Starting", "Running", "Stopping", "Stopped"):
        found.turn(status, now)
    elif status:
        raise ValueError(f"'status' {status!r} is no state of an instance")


def _reservation(cloud: Cloud, reservation_id: str, given: Body) -> Any:
    """Changes a reservation from outside, or without an id makes one as the console would.

    `shared_with` is a list of account ids; `status` `Released` ends it; `instance_amount`, `name`,
    `description`, `tags` and `end_time` are changed as they are.
    """
    if not reservation_id:
        return _console_reservation(cloud, given)
    found = next(
        (each for account in cloud.accounts.values() if (each := account.reservations.get(reservation_id))),
        None,
    )
    if found is None:
        raise NoSuchResource(f"capacity reservation {reservation_id}")
    _only(given, {"shared_with", "status", "instance_amount", "name", "description", "tags", "end_time"})
    amount = given.get("instance_amount", found.total)
    if isinstance(amount, bool) or not isinstance(amount, int) or amount < found.used:
        raise ValueError(f"'instance_amount' is a number not below what is used, {found.used}")
    now = cloud.catch_up()
    found.total = amount
    found.name = _text(given, "name", found.name)
    found.description = _text(given, "description", found.description)
    if "shared_with" in given:
        found.shared_with = set(_texts(given, "shared_with"))
    if "end_time" in given:
        found.end_time_type, found.end_time = "Limited", moment("end_time", given["end_time"])
        reservations.plan_end(found)
    _tags(given, found.tags)
    status = _text(given, "status")
    if status == "Released":
        reservations.release(found, now)
    elif status in ("Pending", "Preparing", "Prepared", "Active"):
        found.status, found.since = status, now
    elif status:
        raise ValueError(f"'status' {status!r} is no state of a reservation")
    return {}


def _console_reservation(cloud: Cloud, given: Body) -> Any:
    """Makes a reservation as the console would; with a start time a scheduled one."""
    known = {"account", "region_id", "zone_id", "instance_type", "instance_amount", "match_criteria", "name"}
    _only(given, known | {"start_time", "end_time"})
    now = cloud.catch_up()
    account = cloud.find_account(_text(given, "account"))
    region_id = _text(given, "region_id", "cn-hangzhou")
    if region_id not in places.REGIONS:
        raise ValueError(f"'region_id' {region_id!r} is no region")
    start = moment("start_time", given["start_time"]) if "start_time" in given else now
    end = moment("end_time", given["end_time"]) if "end_time" in given else None
    amount = given.get("instance_amount", 1)
    if isinstance(amount, bool) or not isinstance(amount, int) or amount < 1:
        raise ValueError("'instance_amount' is a number of 1 or more")
    made = Reservation(
        id=cloud.ids.resource("crp", region_id),
        owner=account,
        region_id=region_id,
        zone_id=_text(given, "zone_id", places.zones(region_id)[0]),
        instance_type=_text(given, "instance_type", "ecs.g6.xlarge"),
        total=amount,
        status="Pending" if start > now else "Preparing",
        since=now,
        start_time=start,
        start_time_type="Later" if "start_time" in given else "Now",
        end_time_type="Limited" if end else "Unlimited",
        end_time=end,
        name=_text(given, "name"),
        match_criteria=_text(given, "match_criteria", "Open"),
    )
    reservations.take_stock(account, made.zone_id, made.instance_type, amount)
    account.reservations.add(made)
    reservations.plan_start(made)
    reservations.plan_end(made)
    return {"id": made.id}


def _bss_instance(cloud: Cloud, instance_id: str, given: Body) -> Any:
    """Changes a BSS instance from outside: `end_time`, `renew_status`, `status`."""
    found: BssInstance | None = next(
        (each for account in cloud.accounts.values() if (each := account.bss_instances.get(instance_id))),
        None,
    )
    if found is None:
        raise NoSuchResource(f"BSS instance {instance_id}")
    _only(given, {"end_time", "renew_status", "status"})
    if "end_time" in given:
        found.end_time = moment("end_time", given["end_time"])
    found.renew_status = _text(given, "renew_status", found.renew_status)
    if "status" in given:
        found.status, found.since = _text(given, "status"), cloud.catch_up()
    return {}


HOOKS: dict[str, Callable[[Cloud, str, Body], Any]] = {
    "accounts": _add_account,
    "resources": _register,
    "instances": _instance,
    "capacity_reservations": _reservation,
    "bss_instances": _bss_instance,
}
