"""Vswitches and network interfaces: what real clients read before and after they make an instance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fake_aliyun import pages
from fake_aliyun.clock import utc
from fake_aliyun.ecs import checks, places
from fake_aliyun.ecs.describe_instances import network_interface
from fake_aliyun.ecs.model import Instance
from fake_aliyun.ecs.run_instances import vpc_of
from fake_aliyun.errors import ApiError
from fake_aliyun.operations import Answer, Operations
from fake_aliyun.parameters import Params

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account

OPERATIONS = Operations("Ecs")
_CIDR = "172.16.0.0/12"


def vpc_of_group(account: Account, group: str) -> str:
    """Gives the VPC of a security group that nobody described: that of an instance in it."""
    for each in account.instances:
        if group in each.security_group_ids:
            return each.vpc_id
    return f"vpc-{group.removeprefix('sg-')}"


def _region(p: Params) -> str:
    """Reads the region, which may be left out here: then it is the first."""
    return checks.region(p) if p.text("RegionId") else next(iter(places.REGIONS))


def _vswitch(account: Account, vswitch_id: str, region_id: str) -> dict[str, Any]:
    """Writes a vswitch. An unknown one lies where it was last used, else in the region's first zone."""
    known = account.known("vswitches", vswitch_id)
    if known is None:
        raise ApiError("InvalidVSwitchId.NotFound")
    used = [each for each in account.instances.in_region(region_id) if each.vswitch_id == vswitch_id]
    return {
        "VSwitchId": vswitch_id,
        "VSwitchName": known.get("name", ""),
        "Description": "",
        "VpcId": known.get("vpc_id") or vpc_of(vswitch_id),
        "ZoneId": known.get("zone_id") or (used[-1].zone_id if used else places.zones(region_id)[0]),
        "CidrBlock": known.get("cidr_block", _CIDR),
        "Ipv6CidrBlock": "",
        "Status": "Available",
        "IsDefault": False,
        "AvailableIpAddressCount": max(0, 2**20 - len(account.private_ips)),
        "CreationTime": "2026-01-01T00:00:00Z",
        "ResourceGroupId": "",
        "OwnerId": int(account.id),
        "RouteTable": {"RouteTableId": f"vtb-{vswitch_id.removeprefix('vsw-')}", "RouteTableType": "System"},
        "CloudResources": {"CloudResourceSetType": []},
        "Tags": {"Tag": []},
    }


@OPERATIONS("VSwitchId! RegionId")
@OPERATIONS("VSwitchId! RegionId", unused="DryRun:bool", product="Vpc")
def describe_v_switch_attributes(account: Account, p: Params, now: float) -> Answer:
    """Shows a vswitch."""
    return _vswitch(account, p.text("VSwitchId"), _region(p))


@OPERATIONS("RegionId VSwitchId VpcId ZoneId PageNumber:int PageSize:int", unused="IsDefault:bool")
@OPERATIONS(
    "RegionId VSwitchId VpcId ZoneId PageNumber:int PageSize:int",
    unused="IsDefault:bool DryRun:bool VSwitchName ResourceGroupId RouteTableId EnableIpv6:bool"
    " VSwitchOwnerId:int Tag.N.Key Tag.N.Value",
    product="Vpc",
)
def describe_v_switches(account: Account, p: Params, now: float) -> Answer:
    """Lists vswitches: those registered, those that instances are in, and one asked for by its id."""
    region_id = _region(p)
    used = [each.vswitch_id for each in account.instances.in_region(region_id)]
    asked = (
        [p.text("VSwitchId")] if p.text("VSwitchId") else [*account.registered.get("vswitches", {}), *used]
    )
    shown = [
        _vswitch(account, each, region_id)
        for each in dict.fromkeys(asked)
        if account.known("vswitches", each) is not None
    ]
    row = [
        each
        for each in shown
        if p.text("ZoneId", each["ZoneId"]) == each["ZoneId"]
        and p.text("VpcId", each["VpcId"]) == each["VpcId"]
    ]
    size, number = pages.limited(p, "PageSize", 10), p.integer("PageNumber", 1)
    return {
        "VSwitches": {"VSwitch": row[(number - 1) * size : number * size]},
        "TotalCount": len(row),
        "PageNumber": number,
        "PageSize": size,
    }


@OPERATIONS(
    "RegionId! NetworkInterfaceId.N InstanceId Type PrimaryIpAddress VSwitchId VpcId SecurityGroupId Status"
    " PageNumber:int PageSize:int MaxResults:int NextToken",
    unused="Ipv6Address.N NetworkInterfaceName PrivateIpAddress.N ResourceGroupId ServiceManaged:bool"
    " Tag.N.Key Tag.N.Value",
)
def describe_network_interfaces(account: Account, p: Params, now: float) -> Answer:
    """Lists network interfaces: the primary one of each instance."""
    region_id = checks.region(p)
    ids = set(p.texts("NetworkInterfaceId"))
    row = [
        each
        for each in account.instances.in_region(region_id)
        if (not ids or network_interface(each)["NetworkInterfaceId"] in ids)
        and p.text("InstanceId", each.id) == each.id
        and p.text("Type", "Primary") == "Primary"
        and p.text("PrimaryIpAddress", each.private_ip) == each.private_ip
        and p.text("VSwitchId", each.vswitch_id) == each.vswitch_id
        and p.text("VpcId", each.vpc_id) == each.vpc_id
        and p.text("Status", "InUse") == "InUse"
        and (not p.text("SecurityGroupId") or p.text("SecurityGroupId") in each.security_group_ids)
    ]
    size, number = p.integer("MaxResults") or pages.limited(p, "PageSize", 10), p.integer("PageNumber", 1)
    page = row[(number - 1) * size : number * size]
    return {
        "NetworkInterfaceSets": {"NetworkInterfaceSet": [_interface(each) for each in page]},
        "TotalCount": len(row),
        "PageNumber": number,
        "PageSize": size,
        "NextToken": "",
    }


def _interface(each: Instance) -> dict[str, Any]:
    return {
        **network_interface(each),
        "NetworkInterfaceName": "",
        "Description": "",
        "InstanceId": each.id,
        "OwnerId": each.account.id,
        "Status": "InUse",
        "VSwitchId": each.vswitch_id,
        "VpcId": each.vpc_id,
        "ZoneId": each.zone_id,
        "PrivateIpAddress": each.private_ip,
        "NetworkInterfaceTrafficMode": "Standard",
        "QueueNumber": 1,
        "QueuePairNumber": 0,
        "SourceDestCheck": False,
        "DeleteOnRelease": True,
        "ServiceManaged": False,
        "ResourceGroupId": each.resource_group_id,
        "CreationTime": utc(each.creation_time),
        "SecurityGroupIds": {"SecurityGroupId": each.security_group_ids},
        "AssociatedPublicIp": {"PublicIpAddress": each.public_ip, "AllocationId": ""},
        "Attachment": {
            "InstanceId": each.id,
            "DeviceIndex": 0,
            "NetworkCardIndex": 0,
            "TrunkNetworkInterfaceId": "",
        },
        "Ipv6Sets": {"Ipv6Set": []},
        "Tags": {"Tag": []},
    }
