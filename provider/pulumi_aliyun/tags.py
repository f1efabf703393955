"""Tags, the same for all kinds of ECS resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import cloud
from .attempts import MARK, TAG_LIMIT

if TYPE_CHECKING:
    from .bridge import Operation

BATCH = 50
"""How many resources one TagResources or UntagResources takes."""


def listed(tags: Mapping[str, str] | None) -> list[dict[str, str]]:
    """Tags as a creating call takes them; always in one order, for a ClientToken stands for the very same call."""
    return [{"Key": key, "Value": value} for key, value in sorted((tags or {}).items())]


def of(item: cloud.Item) -> dict[str, str]:
    """All tags of a described resource."""
    pairs = cloud.listed(item, "Tags")
    return {
        str(tag.get("TagKey", tag.get("Key"))): str(tag.get("TagValue", tag.get("Value", "")))
        for tag in pairs
    }


def own(item: cloud.Item) -> dict[str, str]:
    """The user's tags: without the system's, and without our mark."""
    return {
        key: value
        for key, value in of(item).items()
        if key != MARK and not key.startswith(("aliyun", "acs:"))
    }


def change(
    operation: Operation,
    region_id: str,
    resource_type: str,
    resource_id: str,
    old: Mapping[str, Any] | None,
    new: Mapping[str, Any] | None,
) -> None:
    """Make the tags of one resource what is wanted: at most one call to set, and one to remove."""
    old, new = old or {}, new or {}
    in_the_way = {MARK} if len(new) >= TAG_LIMIT else set()
    if gone := sorted(old.keys() - new.keys() | in_the_way):
        remove(operation, region_id, resource_type, [resource_id], gone)
    if wanted := {key: value for key, value in new.items() if old.get(key) != value}:
        parameters = {
            "RegionId": region_id,
            "ResourceType": resource_type,
            "ResourceId": [resource_id],
            "Tag": listed(wanted),
        }
        cloud.ecs(operation, region_id, "TagResources", parameters)


def remove(operation: Operation, region_id: str, resource_type: str, ids: list[str], keys: list[str]) -> None:
    """Take tags off many resources, 50 of them with one call."""
    for start in range(0, len(ids), BATCH):
        parameters = {
            "RegionId": region_id,
            "ResourceType": resource_type,
            "ResourceId": ids[start : start + BATCH],
            "TagKey": keys,
        }
        cloud.ecs(operation, region_id, "UntagResources", parameters)
