"""The power of an instance: many are stopped with one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from . import cloud, polls
from .errors import AliyunError, ApiError

if TYPE_CHECKING:
    from .bridge import Operation


def until_stopped(
    operation: Operation,
    region_id: str,
    id_: str,
    how: Mapping[str, Any],
    *,
    what: str,
    for_good: bool = False,
    seen: cloud.Item | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> None:
    """Stop it if it runs, and wait until it is stopped, or gone; what isn't for good is started again later.

    Args:
        operation: The engine's call.
        region_id: Where it is.
        id_: Its id.
        how: The arguments that say how it is stopped.
        what: What is being waited for, for the resource's row.
        for_good: Whether it is never started again.
        seen: What Describe has just said of it, if it was asked already.
        meanwhile: What is to be done while it stops.
    """
    asked = False

    def there(item: cloud.Item | None) -> bool | None:
        nonlocal asked
        if item is None or item.get("Status") == "Stopped":
            return True
        if item.get("Status") == "Running" and not asked:
            asked = True
            stop(operation, region_id, id_, how, for_good=for_good)
        return None

    stopped = seen is not None and there(seen)
    meanwhile()
    if not stopped:
        polls.instances(region_id).until(operation, id_, there, what=what)


def stop(
    operation: Operation, region_id: str, id_: str, wanted: Mapping[str, Any], *, for_good: bool = True
) -> None:
    """StopInstance, or one StopInstances for all that stop in the same way at this moment."""
    how = (region_id, bool(wanted.get("force_stop")), wanted.get("stopped_mode") or "KeepCharging", for_good)
    _STOP.ask(operation, how, id_)


def _stop_one(operation: Operation, how: Any, id_: str) -> None:
    region_id, force, mode, for_good = how
    parameters = {"InstanceId": id_, "ForceStop": force, "StoppedMode": mode}
    _power(operation, region_id, "StopInstance", parameters, repeatable=for_good)


def _stop_many(operation: Operation, how: Any, ids: list[str]) -> list[str]:
    region_id, force, mode, for_good = how
    parameters = {
        "RegionId": region_id,
        "InstanceId": ids,
        "ForceStop": force,
        "StoppedMode": mode,
        "BatchOptimization": "SuccessFirst",
    }
    answer = cloud.ecs(operation, region_id, "StopInstances", parameters, repeatable=for_good)
    return [
        str(each.get("InstanceId"))
        for each in cloud.listed(answer, "InstanceResponses")
        if str(each.get("Code")) != "200"
    ]


_STOP = polls.Together(_stop_one, _stop_many)


def start(operation: Operation, region_id: str, id_: str) -> None:
    """StartInstance."""
    _power(operation, region_id, "StartInstance", {"InstanceId": id_})


def start_again(operation: Operation, region_id: str, id_: str) -> None:
    """Start what was stopped for a moment only, when it has stopped; the error that ended the moment goes first."""

    def status(item: cloud.Item | None) -> str | None:
        now = str(item.get("Status")) if item else "gone"
        return None if now == "Stopping" else now

    try:
        what = "waiting for the instance to stop, to start it again"
        watch = polls.instances(region_id)
        if watch.until(operation, id_, status, what=what) == "Stopped":
            start(operation, region_id, id_)
    except AliyunError as error:
        operation.tell(f"{id_} may be stopped, and is started by the next `pulumi up`: {error}", "WARNING")


def _power(
    operation: Operation,
    region_id: str,
    action: str,
    parameters: Mapping[str, Any],
    *,
    repeatable: bool = True,
) -> None:
    try:
        cloud.ecs(operation, region_id, action, parameters, repeatable=repeatable)
    except ApiError as error:
        if error.code != "IncorrectInstanceStatus":  # it is on its way already, or was when we asked
            raise
