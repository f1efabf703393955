"""Checks that several ECS operations share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fake_aliyun.clock import parse_utc
from fake_aliyun.ecs import places
from fake_aliyun.ecs.model import Instance
from fake_aliyun.errors import ApiError
from fake_aliyun.parameters import Params

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account

_MOST_TAGS = 20
_LONGEST_TAG = 128
_LINKS = ("http://", "https://")


def region(p: Params, code: str = "InvalidRegionId.NotFound") -> str:
    """Reads the region; it has to exist."""
    region_id = p.text("RegionId")
    if region_id not in places.REGIONS:
        raise ApiError(code)
    return region_id


def instance(account: Account, instance_id: str) -> Instance:
    """Finds an instance of the account."""
    if not instance_id.isascii() or not instance_id.startswith("i-"):
        # DeleteInstance: "400 InvalidParameter: The input parameter InstanceId is invalid."
        raise ApiError("InvalidParameter", "The input parameter InstanceId is invalid.")
    found = account.instances.get(instance_id)
    if found is None:
        raise ApiError("InvalidInstanceId.NotFound")
    return found


def unlocked(found: Instance) -> None:
    """Refuses what is locked for security."""
    if any(lock["LockReason"] == "security" for lock in found.locks):
        raise ApiError("InstanceLockedForSecurity")


def description(p: Params, name: str = "Description") -> str:
    """Reads a description.

    "The description must be 2 to 256 characters in length and cannot start with http:// or https://."
    """
    text = p.text(name)
    if text and (not 2 <= len(text) <= 256 or text.startswith(_LINKS)):
        raise ApiError("InvalidDescription.Malformed", f'The specified parameter "{name}" is not valid.')
    return text


def named(text: str, extra: str, code: str, message: str = "", *, letter_first: bool = True) -> str:
    """Checks a name: 2 to 128 characters, letters, digits and `extra`; not all pages want a letter first."""
    fits = 2 <= len(text) <= 128 and (text[0].isalpha() or not letter_first) and not text.startswith(_LINKS)
    if text and not (fits and all(each.isalnum() or each in extra for each in text)):
        raise ApiError(code, message)
    return text


def tags(
    given: list[dict[str, str]], key: str = "Key", value: str = "Value", *, of_reservation: bool = False
) -> dict[str, str]:
    """Reads tags to be attached; only CreateCapacityReservation has a rule against `acs:` in values.

    "The tag key cannot be an empty string. The tag key can be up to 128 characters in length and cannot start
    with aliyun or acs:. It cannot contain http:// or https://." "The tag value can be an empty string. The
    tag value can be up to 128 characters in length and cannot start with acs:. It cannot contain http:// or
    https://."
    """
    if len(given) > _MOST_TAGS:
        raise ApiError("NumberExceed.Tags")
    found: dict[str, str] = {}
    for each in given:
        name, content = each.get(key, ""), each.get(value, "")
        if not 1 <= len(name) <= _LONGEST_TAG or name.startswith(("aliyun", "acs:")) or _linked(name):
            raise ApiError("InvalidTagKey.Malformed")
        if len(content) > _LONGEST_TAG or (of_reservation and content.startswith("acs:")) or _linked(content):
            raise ApiError("InvalidTagValue.Malformed")
        if name in found:
            raise ApiError("Duplicate.TagKey")
        found[name] = content
    return found


def add_tags(present: dict[str, str], more: dict[str, str]) -> None:
    """Attaches tags; "a resource takes 20 tags"."""
    if len(present.keys() | more.keys()) > _MOST_TAGS:
        raise ApiError("NumberExceed.Tags")
    present.update(more)


def _linked(text: str) -> bool:
    return any(link in text for link in _LINKS)


def wanted_tags(p: Params) -> list[dict[str, str]]:
    """Reads a filter by tags: a key alone, or a key and its value; several all have to be there."""
    given = p.objects("Tag")
    if len(given) > _MOST_TAGS:
        raise ApiError("NumberExceed.Tags")
    return given


def has_tags(present: dict[str, str], wanted: list[dict[str, str]]) -> bool:
    """Tells whether a resource passes a filter by tags."""
    for each in wanted:
        name, value = each.get("Key", ""), each.get("Value")
        if name not in present or (value is not None and value not in ("", present[name])):
            return False
    return True


def times(p: Params) -> list[tuple[str, bool, float]]:
    """Reads Filter.N: which time, whether it is the end of what is wanted, and the moment.

    "Set the value to CreationStartTime. You can specify both Filter.1.Key and Filter.1.Value to query resources
    that were created after the specified point in time." Older pages know CreationEndTime, ExpiredStartTime and
    ExpiredEndTime, too.
    """
    found = []
    for each in p.objects("Filter"):
        name, moment = each.get("Key", ""), parse_utc(each.get("Value", ""))
        known = re.fullmatch(r"(Creation|Expired)(Start|End)Time", name)
        if known is None or moment is None:
            raise ApiError("InvalidParameter", 'The specified parameter "Filter" is not valid.')
        found.append((known[1], known[2] == "End", moment))
    return found


def in_times(wanted: list[tuple[str, bool, float]], created: float, expired: float | None) -> bool:
    """Tells whether a resource passes `times`. What never expires is after all of them."""
    moments = {"Creation": created, "Expired": float("inf") if expired is None else expired}
    return all(moments[name] <= moment if end else moments[name] >= moment for name, end, moment in wanted)


def shown_tags(present: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    """Writes tags as the Describe operations do."""
    return {"Tag": [{"TagKey": name, "TagValue": value} for name, value in present.items()]}


def resource_group(account: Account, p: Params) -> str:
    """Reads a resource group id."""
    group = p.text("ResourceGroupId")
    if group and account.known("resource_groups", group) is None:
        raise ApiError("InvalidResourceGroup.NotFound")
    return group


def zone_open(account: Account, zone_id: str) -> None:
    """Refuses zones that the settings close."""
    settings = account.cloud.settings
    if zone_id in settings.closed_zones:
        raise ApiError("Zone.NotOpen")
    if zone_id in settings.unsold_zones:
        raise ApiError("Zone.NotOnSale")


def quota(account: Account, region_id: str, more: int) -> None:
    """Refuses what would exceed `settings.quota` in a region: instances outside pools and reserved ones."""
    most = account.cloud.settings.quota
    if most is None:
        return
    reserved = sum(
        each.total for each in account.reservations.in_region(region_id) if each.status != "Released"
    )
    public = sum(1 for each in account.instances.in_region(region_id) if each.pool is None)
    if reserved + public + more > most:
        raise ApiError("QuotaExceed.ElasticQuota")
