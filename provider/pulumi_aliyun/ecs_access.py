"""What an instance is logged in with, and what it may do: its key pair and its RAM role."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from . import cloud, polls
from .errors import GONE, ApiError

if TYPE_CHECKING:
    from .bridge import Operation
    from .lifecycle import Properties

_ROLES_A_CALL = 50
"""How many instances one DescribeInstanceRamRole takes."""


@functools.cache
def roles(region_id: str) -> polls.Watch:
    """The RAM roles of a region's instances, by instance id; DescribeInstances doesn't show them."""

    def some(operation: Operation, ids: list[str]) -> dict[str, cloud.Item]:
        parameters = {"RegionId": region_id, "InstanceIds": json.dumps(ids), "PageSize": _ROLES_A_CALL}
        answer = cloud.ecs(operation, region_id, "DescribeInstanceRamRole", parameters)
        return {item["InstanceId"]: item for item in cloud.listed(answer, "InstanceRamRoleSets")}

    those_there = polls.where_some_are_gone(some, *GONE)

    def describe(operation: Operation, ids: list[str]) -> dict[str, cloud.Item]:
        found: dict[str, cloud.Item] = {}
        for start in range(0, len(ids), _ROLES_A_CALL):
            found |= those_there(operation, ids[start : start + _ROLES_A_CALL])
        return found

    return polls.Watch(describe, polls.instances(region_id).also(describe))


def role(operation: Operation, region_id: str, id_: str) -> str:
    """The name of the instance's RAM role; "" if it has none."""
    return str((roles(region_id).once(operation, id_) or {}).get("RamRoleName") or "")


def change(
    operation: Operation, region_id: str, item: cloud.Item, wanted: Properties, changed: frozenset[str]
) -> None:
    """Give it the key pair and the role that are wanted, by what it has now; a key pair takes another's place."""
    whom = {"RegionId": region_id, "InstanceIds": json.dumps([item["InstanceId"]])}
    if "key_pair_name" in changed:
        has, want = item.get("KeyPairName"), wanted.get("key_pair_name")
        if want and want != has:
            _each(operation, region_id, "AttachKeyPair", {**whom, "KeyPairName": want})
        elif has and not want:
            _each(operation, region_id, "DetachKeyPair", {**whom, "KeyPairName": has})
    if "ram_role_name" in changed:
        has, want = role(operation, region_id, item["InstanceId"]), wanted.get("ram_role_name")
        if has and has != want:
            _each(operation, region_id, "DetachInstanceRamRole", {**whom, "RamRoleName": has})
        if want and has != want:
            _each(operation, region_id, "AttachInstanceRamRole", {**whom, "RamRoleName": want})


def _each(operation: Operation, region_id: str, action: str, parameters: Mapping[str, str]) -> None:
    """Call what answers for each instance by itself: an answer of success may hold a refusal."""
    answer = cloud.ecs(operation, region_id, action, parameters)
    for result in cloud.listed(answer, "Results") or cloud.listed(answer, f"{action}Results"):
        if str(result.get("Code")) != "200":
            raise ApiError(
                action,
                str(result.get("Code")),
                str(result.get("Message") or ""),
                request_id=str(answer.get("RequestId") or ""),
            )
