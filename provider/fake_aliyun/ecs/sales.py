"""What can be bought where: instance types and their stock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fake_aliyun import pages
from fake_aliyun.ecs import checks, places
from fake_aliyun.ecs.zones import instance_types
from fake_aliyun.errors import ApiError
from fake_aliyun.operations import Answer, Operations
from fake_aliyun.parameters import Params

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account

OPERATIONS = Operations("Ecs")
_MOST_TYPES = 1600
_DISKS = {"SystemDisk": (20, 2048), "DataDisk": (1, 65536)}


def _described(name: str) -> dict[str, Any]:
    shape = places.shape(name)
    if shape is None:
        return {}
    return {
        "InstanceTypeId": name,
        "InstanceTypeFamily": shape.family,
        "InstanceFamilyLevel": "EnterpriseLevel",
        "InstanceCategory": "General-purpose",
        "CpuArchitecture": "X86",
        "CpuCoreCount": shape.cpu,
        "MemorySize": float(shape.memory_gib),
        "GPUAmount": 0,
        "GPUSpec": "",
        "LocalStorageCategory": "",
        "EniQuantity": 2,
        "EniPrivateIpAddressQuantity": 6,
        "DiskQuantity": 17,
        "NvmeSupport": "unsupported",
    }


@OPERATIONS(
    "InstanceTypes.N InstanceTypeFamily InstanceTypeFamilies.N MinimumCpuCoreCount:int"
    " MaximumCpuCoreCount:int"
    " MinimumMemorySize:float MaximumMemorySize:float MaxResults:int NextToken",
    unused="AdditionalAttributes.N CpuArchitecture CpuArchitectures.N GPUSpec GpuSpecs.N"
    " InstanceCategories.N InstanceCategory InstanceFamilyLevel LocalStorageCategories.N"
    " LocalStorageCategory MaximumCpuSpeedFrequency:float MaximumCpuTurboFrequency:float"
    " MaximumGPUAmount:int MinimumBaselineCredit:int MinimumCpuSpeedFrequency:float"
    " MinimumCpuTurboFrequency:float MinimumDiskQuantity:int MinimumEniIpv6AddressQuantity:int"
    " MinimumEniPrivateIpAddressQuantity:int MinimumEniQuantity:int MinimumEriQuantity:int"
    " MinimumGPUAmount:int MinimumInitialCredit:int MinimumInstanceBandwidthRx:int"
    " MinimumInstanceBandwidthTx:int MinimumInstancePpsRx:int MinimumInstancePpsTx:int"
    " MinimumLocalStorageAmount:int MinimumLocalStorageCapacity:int MinimumPrimaryEniQueueNumber:int"
    " MinimumQueuePairNumber:int MinimumSecondaryEniQueueNumber:int NvmeSupport"
    " PhysicalProcessorModel PhysicalProcessorModels.N",
)
def describe_instance_types(account: Account, p: Params, now: float) -> Answer:
    """Lists instance types; a type asked for by name that can exist is described, too."""
    names = p.texts("InstanceTypes") or instance_types()
    families = [*p.texts("InstanceTypeFamilies"), *filter(None, [p.text("InstanceTypeFamily")])]
    row = [each for each in map(_described, names) if each]
    row = [
        each
        for each in row
        if (not families or each["InstanceTypeFamily"] in families)
        and p.integer("MinimumCpuCoreCount")
        <= each["CpuCoreCount"]
        <= p.integer("MaximumCpuCoreCount", 10**6)
        and p.number("MinimumMemorySize") <= each["MemorySize"] <= p.number("MaximumMemorySize", 1e9)
    ]
    size = pages.limited(p, "MaxResults", _MOST_TYPES, _MOST_TYPES)
    start = pages.after(p.text("NextToken"))
    token = pages.token_for(start + size) if start + size < len(row) else ""
    return {"InstanceTypes": {"InstanceType": row[start : start + size]}, "NextToken": token}


@OPERATIONS(
    "RegionId! DestinationResource! ZoneId InstanceType",
    unused="Cores:int DataDiskCategory DedicatedHostId InstanceChargeType IoOptimized Memory:float"
    " NetworkCategory ResourceType Scope SpotDuration:int SpotStrategy SystemDiskCategory",
)
def describe_available_resource(account: Account, p: Params, now: float) -> Answer:
    """Tells what a region's zones have in stock."""
    region_id = checks.region(p)
    wanted = p.text("DestinationResource")
    if wanted not in ("Zone", "IoOptimized", "InstanceType", "Network", "ddh", *_DISKS):
        raise ApiError("InvalidDestinationResource", "The specified DestinationResource is not valid.")
    named = p.text("ZoneId")
    zones = [each for each in places.zones(region_id) if named in ("", each)]
    return {"AvailableZones": {"AvailableZone": [_zone(account, region_id, each, p) for each in zones]}}


def _zone(account: Account, region_id: str, zone_id: str, p: Params) -> dict[str, Any]:
    settings, wanted = account.cloud.settings, p.text("DestinationResource")
    closed = zone_id in settings.closed_zones or zone_id in settings.unsold_zones
    if wanted in _DISKS:
        least, most = _DISKS[wanted]
        resources = [
            {**_status(True), "Value": each, "Min": least, "Max": most, "Unit": "GiB"} for each in _CATEGORIES
        ]
    else:
        types = [p.text("InstanceType")] if p.text("InstanceType") else instance_types()
        resources = [
            {**_status(settings.stock.get(f"{zone_id}/{each}", 1) > 0), "Value": each}
            for each in types
            if places.shape(each)
        ]
    return {
        **_status(not closed),
        "RegionId": region_id,
        "ZoneId": zone_id,
        "AvailableResources": {
            "AvailableResource": [{"Type": wanted, "SupportedResources": {"SupportedResource": resources}}]
        },
    }


_CATEGORIES = ("cloud_efficiency", "cloud_ssd", "cloud_essd", "cloud_auto", "cloud_essd_entry")


def _status(there: bool) -> dict[str, Any]:
    return {
        "Status": "Available" if there else "SoldOut",
        "StatusCategory": "WithStock" if there else "WithoutStock",
    }
