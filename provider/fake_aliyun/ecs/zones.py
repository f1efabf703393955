"""Regions, zones and instance types, as the Describe operations list them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fake_aliyun.ecs import checks, places
from fake_aliyun.operations import Answer, Operations
from fake_aliyun.parameters import Params

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account

OPERATIONS = Operations("Ecs")


def endpoint(product: str, region_id: str) -> str:
    """Writes a product's address in a region."""
    return f"{product}.{region_id}.aliyuncs.com"


@OPERATIONS("", unused="AcceptLanguage InstanceChargeType ResourceType")
def describe_regions(account: Account, p: Params, now: float) -> Answer:
    """Lists the regions."""
    shown = [
        {
            "RegionId": region_id,
            "LocalName": name,
            "RegionEndpoint": endpoint("ecs", region_id),
            "Status": "available",
        }
        for region_id, (name, _) in places.REGIONS.items()
    ]
    return {"Regions": {"Region": shown}}


@OPERATIONS("RegionId!", unused="AcceptLanguage InstanceChargeType SpotStrategy Verbose:bool")
def describe_zones(account: Account, p: Params, now: float) -> Answer:
    """Lists a region's zones."""
    region_id = checks.region(p)
    return {"Zones": {"Zone": [_zone(each) for each in places.zones(region_id)]}}


def instance_types() -> list[str]:
    """Gives the names of the types that the fake lists."""
    return [f"ecs.{family}.{size}" for family in places.FAMILIES for size in places.LISTED_SIZES]


def _zone(zone_id: str) -> dict[str, Any]:
    types, disks = instance_types(), list(places.DISK_CATEGORIES)
    return {
        "ZoneId": zone_id,
        "LocalName": f"Zone {zone_id[-1].upper()}",
        "ZoneType": "AvailabilityZone",
        "AvailableInstanceTypes": {"InstanceTypes": types},
        "AvailableDiskCategories": {"DiskCategories": disks},
        "AvailableResourceCreation": {"ResourceTypes": ["VSwitch", "IoOptimized", "Instance", "Disk"]},
        "AvailableDedicatedHostTypes": {"DedicatedHostType": []},
        "AvailableVolumeCategories": {"VolumeCategories": []},
        "DedicatedHostGenerations": {"DedicatedHostGeneration": []},
        "AvailableResources": {
            "ResourcesInfo": [
                {
                    "IoOptimized": True,
                    "SystemDiskCategories": {"supportedSystemDiskCategory": disks},
                    "DataDiskCategories": {"supportedDataDiskCategory": disks},
                    "InstanceTypes": {"supportedInstanceType": types},
                    "InstanceTypeFamilies": {
                        "supportedInstanceTypeFamily": [f"ecs.{family}" for family in places.FAMILIES]
                    },
                    "InstanceGenerations": {"supportedInstanceGeneration": ["ecs-6"]},
                    "NetworkTypes": {"supportedNetworkCategory": ["vpc"]},
                }
            ]
        },
    }
