"""Tags of instances, reservations and disks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fake_aliyun import pages
from fake_aliyun.ecs import checks
from fake_aliyun.ecs.model import Disk, Instance, Reservation
from fake_aliyun.errors import ApiError
from fake_aliyun.operations import Answer, Operations
from fake_aliyun.parameters import Params
from fake_aliyun.shelf import Shelf

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account

OPERATIONS = Operations("Ecs")
_MOST_IDS = 50
_PAGE = 50


def _shelf(account: Account, p: Params) -> Shelf[Any]:
    kind = p.text("ResourceType").lower()
    if kind == "instance":
        return account.instances
    if kind == "disk":
        return account.disks
    if kind == "capacityreservation":
        return account.reservations
    raise ApiError("InvalidResourceType.NotFound")


def _ids(p: Params) -> list[str]:
    ids = p.texts("ResourceId")
    if len(ids) > _MOST_IDS:
        raise ApiError("NumberExceed.ResourceIds")
    return list(dict.fromkeys(ids))


def _found(account: Account, p: Params) -> list[Instance | Reservation | Disk]:
    region_id = checks.region(p)
    shelf = _shelf(account, p)
    found = []
    for each in _ids(p):
        resource = shelf.get(each)
        if (
            resource is None
            or resource.region_id != region_id
            or getattr(resource, "status", "") == "Released"
        ):
            raise ApiError("InvalidResourceId.NotFound")
        found.append(resource)
    return found


@OPERATIONS("RegionId! ResourceType! ResourceId.N! Tag.N.Key! Tag.N.Value")
def tag_resources(account: Account, p: Params, now: float) -> Answer:
    """Attaches tags to resources, to all or none; a key that is there gets the new value."""
    found, more = _found(account, p), checks.tags(p.objects("Tag"))
    for resource in found:
        checks.add_tags(dict(resource.tags), more)
    for resource in found:
        checks.add_tags(resource.tags, more)
    return {}


@OPERATIONS("RegionId! ResourceType! ResourceId.N! TagKey.N All:bool")
def untag_resources(account: Account, p: Params, now: float) -> Answer:
    """Takes tags off resources; `All` counts only without keys."""
    keys = p.texts("TagKey")
    if len(keys) > 20:
        raise ApiError("NumberExceed.Tags")
    if not keys and not p.flag("All"):
        raise ApiError("MissingParameter", "The input parameter TagKey is missing.")
    for resource in _found(account, p):
        for key in keys or list(resource.tags):
            resource.tags.pop(key, None)
    return {}


@OPERATIONS(
    "RegionId! ResourceType! ResourceId.N Tag.N.Key Tag.N.Value NextToken MaxResults:int",
    unused="TagFilter.N.TagKey TagFilter.N.TagValues.N",
)
def list_tag_resources(account: Account, p: Params, now: float) -> Answer:
    """Lists resources with their tags, those of 50 resources a page."""
    region_id = checks.region(p)
    shelf, ids, wanted = _shelf(account, p), set(_ids(p)), checks.wanted_tags(p)
    if not ids and not wanted:
        raise ApiError("MissingParameter", "ResourceId.N or Tag.N.Key is required.")
    page, token, _ = pages.by_token(
        shelf,
        region_id,
        p,
        lambda each: (not ids or each.id in ids) and bool(each.tags) and checks.has_tags(each.tags, wanted),
        pages.limited(p, "MaxResults", _PAGE),
    )
    kind = p.text("ResourceType").lower()
    shown = [
        {"ResourceType": kind, "ResourceId": each.id, "TagKey": key, "TagValue": value}
        for each in page
        for key, value in each.tags.items()
    ]
    return {"TagResources": {"TagResource": shown}, "NextToken": token}
