"""Regions, zones and instance types: what exists where."""

from __future__ import annotations

import re
from dataclasses import dataclass

# region → (name, letters of its zones). In mainland China the letter follows a hyphen.
REGIONS: dict[str, tuple[str, str]] = {
    "cn-hangzhou": ("China (Hangzhou)", "bcdefghijk"),
    "cn-shanghai": ("China (Shanghai)", "abcdefglmn"),
    "cn-beijing": ("China (Beijing)", "abcdefghijkl"),
    "cn-shenzhen": ("China (Shenzhen)", "abcdef"),
    "cn-qingdao": ("China (Qingdao)", "bc"),
    "cn-zhangjiakou": ("China (Zhangjiakou)", "abc"),
    "cn-huhehaote": ("China (Hohhot)", "ab"),
    "cn-wulanchabu": ("China (Ulanqab)", "abc"),
    "cn-heyuan": ("China (Heyuan)", "ab"),
    "cn-guangzhou": ("China (Guangzhou)", "ab"),
    "cn-chengdu": ("China (Chengdu)", "ab"),
    "cn-nanjing": ("China (Nanjing)", "a"),
    "cn-fuzhou": ("China (Fuzhou)", "a"),
    "cn-wuhan-lr": ("China (Wuhan)", "a"),
    "cn-hongkong": ("China (Hong Kong)", "bcd"),
    "ap-northeast-1": ("Japan (Tokyo)", "abc"),
    "ap-northeast-2": ("South Korea (Seoul)", "ab"),
    "ap-southeast-1": ("Singapore", "abc"),
    "ap-southeast-3": ("Malaysia (Kuala Lumpur)", "abc"),
    "ap-southeast-5": ("Indonesia (Jakarta)", "abc"),
    "ap-southeast-6": ("Philippines (Manila)", "ab"),
    "ap-southeast-7": ("Thailand (Bangkok)", "ab"),
    "us-east-1": ("US (Virginia)", "ab"),
    "us-west-1": ("US (Silicon Valley)", "ab"),
    "na-south-1": ("Mexico", "a"),
    "eu-west-1": ("UK (London)", "ab"),
    "eu-central-1": ("Germany (Frankfurt)", "abc"),
    "me-east-1": ("UAE (Dubai)", "a"),
    "me-central-1": ("SAU (Riyadh)", "ab"),
}

_SIZES = {"nano": 1, "tiny": 1, "micro": 1, "small": 1, "medium": 2, "large": 2, "metal": 96}
_TYPE = re.compile(
    r"ecs\.([a-z][a-z0-9-]*)\.(nano|tiny|micro|small|medium|large|metal|([1-9]\d{0,2})?xlarge)"
)
# What `strict` knows, and what DescribeInstanceTypes and DescribeZones list.
FAMILIES = (
    "c5",
    "c6",
    "c7",
    "c8i",
    "g5",
    "g6",
    "g7",
    "g8i",
    "r5",
    "r6",
    "r7",
    "r8i",
    "t5-lc1m1",
    "t6-c1m1",
    "e-c1m1",
)
LISTED_SIZES = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge")
DISK_CATEGORIES = (
    "cloud",
    "cloud_efficiency",
    "cloud_ssd",
    "cloud_essd",
    "cloud_auto",
    "cloud_essd_entry",
    "cloud_regional_disk_auto",
    "elastic_ephemeral_disk_standard",
    "elastic_ephemeral_disk_premium",
    "ephemeral_ssd",
)


@dataclass(frozen=True)
class Shape:
    """What an instance type is made of."""

    name: str
    family: str
    cpu: int
    memory_gib: int


def zones(region_id: str) -> list[str]:
    """Gives the zones of a region."""
    _, letters = REGIONS[region_id]
    hyphen = "-" if region_id.startswith("cn-") else ""
    return [f"{region_id}{hyphen}{letter}" for letter in letters]


def shape(instance_type: str) -> Shape | None:
    """Reads an instance type's name; none if it can't be one.

    Assumption: any family with a size that exists may be sold; cores and memory follow the size and the
        family's first letter.
    """
    found = _TYPE.fullmatch(instance_type)
    if not found:
        return None
    cpu = _SIZES.get(found[2]) or 4 * int(found[3] or 1)
    per_core = {"c": 2, "r": 8}.get(found[1][0], 4)
    return Shape(instance_type, f"ecs.{found[1]}", cpu, cpu * per_core)


def listed(instance_type: str) -> bool:
    """Tells whether the type is one of those that the fake lists."""
    _, family, size = [*instance_type.split("."), "", ""][:3]
    return family in FAMILIES and size in LISTED_SIZES
