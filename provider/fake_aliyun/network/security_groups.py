"""Security groups and resource groups: who is in, and what a client reads about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fake_aliyun import pages
from fake_aliyun.ecs import checks
from fake_aliyun.errors import ApiError
from fake_aliyun.network.vswitches import vpc_of_group
from fake_aliyun.operations import Answer, Operations
from fake_aliyun.parameters import Params

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account

OPERATIONS = Operations("Ecs")
_MOST_GROUPS = 5


def _group(account: Account, p: Params) -> str:
    group = p.text("SecurityGroupId")
    if account.known("security_groups", group) is None:
        raise ApiError("InvalidSecurityGroupId.NotFound")
    return group


@OPERATIONS("SecurityGroupId! InstanceId! RegionId", unused="NetworkInterfaceId")
def join_security_group(account: Account, p: Params, now: float) -> Answer:
    """Puts an instance into a security group."""
    found = checks.instance(account, p.text("InstanceId"))
    group = _group(account, p)
    if group in found.security_group_ids:
        raise ApiError("InvalidInstanceId.AlreadyExists")
    if len(found.security_group_ids) >= _MOST_GROUPS:
        raise ApiError("InstanceSecurityGroupLimitExceeded")
    found.security_group_ids.append(group)
    return {}


@OPERATIONS("SecurityGroupId! InstanceId! RegionId", unused="NetworkInterfaceId")
def leave_security_group(account: Account, p: Params, now: float) -> Answer:
    """Takes an instance out of a security group; it can't leave its last."""
    found = checks.instance(account, p.text("InstanceId"))
    group = _group(account, p)
    if group not in found.security_group_ids:
        raise ApiError("InstanceNotInSecurityGroup")
    if len(found.security_group_ids) == 1:
        raise ApiError("InstanceLastSecurityGroup")
    found.security_group_ids.remove(group)
    return {}


@OPERATIONS("RegionId! SecurityGroupId! MaxResults:int NextToken", unused="Attribute Direction NicType")
def describe_security_group_attribute(account: Account, p: Params, now: float) -> Answer:
    """Shows a security group; it has no rules here."""
    region_id, group = checks.region(p), _group(account, p)
    known = account.known("security_groups", group) or {}
    return {
        "RegionId": region_id,
        "SecurityGroupId": group,
        "SecurityGroupName": known.get("name", group),
        "Description": known.get("description", ""),
        "VpcId": known.get("vpc_id") or vpc_of_group(account, group),
        "InnerAccessPolicy": "Accept",
        "NextToken": "",
        "Permissions": {"Permission": []},
    }


@OPERATIONS(
    "RegionId! SecurityGroupId SecurityGroupIds VpcId PageNumber:int PageSize:int MaxResults:int NextToken",
    unused="DryRun:bool FuzzyQuery:bool IsQueryEcsCount:bool NetworkType ResourceGroupId SecurityGroupName"
    " SecurityGroupType ServiceManaged:bool Tag.N.Key Tag.N.Value",
)
def describe_security_groups(account: Account, p: Params, now: float) -> Answer:
    """Lists security groups: those registered, those that instances are in, and those asked for by id."""
    region_id = checks.region(p)
    asked = p.ids("SecurityGroupIds") or ([p.text("SecurityGroupId")] if p.text("SecurityGroupId") else [])
    used = [group for each in account.instances.in_region(region_id) for group in each.security_group_ids]
    known = [*account.registered.get("security_groups", {}), *used]
    names = dict.fromkeys(asked or known)
    row = [each for each in names if account.known("security_groups", each) is not None]
    size, number = pages.limited(p, "PageSize", 10), p.integer("PageNumber", 1)
    shown: list[dict[str, Any]] = []
    for each in row[(number - 1) * size : number * size]:
        vpc_id = (account.known("security_groups", each) or {}).get("vpc_id") or vpc_of_group(account, each)
        shown.append(
            {
                "SecurityGroupId": each,
                "SecurityGroupName": each,
                "Description": "",
                "SecurityGroupType": "normal",
                "VpcId": vpc_id,
                "ResourceGroupId": "",
                "ServiceManaged": False,
                "CreationTime": "2026-01-01T00:00:00Z",
                "Tags": {"Tag": []},
            }
        )
    return {
        "RegionId": region_id,
        "SecurityGroups": {"SecurityGroup": shown},
        "TotalCount": len(row),
        "PageNumber": number,
        "PageSize": size,
        "NextToken": "",
    }


@OPERATIONS("RegionId ResourceGroupId! ResourceId! ResourceType!")
def join_resource_group(account: Account, p: Params, now: float) -> Answer:
    """Moves an instance or a disk to another resource group; a reservation can't be moved."""
    group = checks.resource_group(account, p)
    kind = p.text("ResourceType").lower()
    if kind not in ("instance", "disk"):
        raise ApiError("InvalidResourceType.NotFound")
    found = (account.instances if kind == "instance" else account.disks).get(p.text("ResourceId"))
    if found is None:
        raise ApiError("InvalidResourceId.NotFound")
    found.resource_group_id = group
    return {}
