"""The power of an instance: many are stopped with one call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import cloud, polls
from .errors import ApiError

if TYPE_CHECKING:
    from .bridge import Operation

# ---- power -------------------------------------------------------------------------------------------------


def stop(operation: Operation, region_id: str, id_: str, wanted: Mapping[str, Any]) -> None:
    """StopInstance, or one StopInstances for all that stop in the same way at this moment."""
    how = (region_id, bool(wanted.get("force_stop")), wanted.get("stopped_mode") or "KeepCharging")
    _STOP.ask(operation, how, id_)


def _stop_one(operation: Operation, how: Any, id_: str) -> None:
    region_id, force, mode = how
    _power(operation, region_id, "StopInstance", {"InstanceId": id_, "ForceStop": force, "StoppedMode": mode})


def _stop_many(operation: Operation, how: Any, ids: list[str]) -> list[str]:
    region_id, force, mode = how
    parameters = {
        "RegionId": region_id,
        "InstanceId": ids,
        "ForceStop": force,
        "StoppedMode": mode,
        "BatchOptimization": "SuccessFirst",
    }
    answer = cloud.ecs(operation, region_id, "StopInstances", parameters)
    return [
        str(each.get("InstanceId"))
        for each in cloud.listed(answer, "InstanceResponses")
        if str(each.get("Code")) != "200"
    ]


_STOP = polls.Together(_stop_one, _stop_many)


def start(operation: Operation, region_id: str, id_: str) -> None:
    """StartInstance."""
    _power(operation, region_id, "StartInstance", {"InstanceId": id_})


def _power(operation: Operation, region_id: str, action: str, parameters: Mapping[str, Any]) -> None:
    try:
        cloud.ecs(operation, region_id, action, parameters)
    except ApiError as error:
        if error.code != "IncorrectInstanceStatus":  # it is on its way already, or was when we asked
            raise
