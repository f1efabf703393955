"""The disks of an instance: their arguments with their rules, and how they are read and changed."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import pulumi

from . import cloud, polls
from .pages import CREATE_DISK, RUN_INSTANCES, Source
from .rules import (
    Kind,
    between,
    key,
    length,
    letters_digits_and,
    not_starting,
    one_of,
    relation,
    text,
    unknown,
    whole_number,
    yes_or_no,
)
from .shared import description_of

if TYPE_CHECKING:
    from .bridge import Operation
    from .lifecycle import Properties

_DISK_NAME = RUN_INSTANCES(
    "The name must be 2 to 128 characters in length. It can contain letters and digits in Unicode, "
    "and can include "
    "colons (:), underscores (_), periods (.), and hyphens (-).",
    "InvalidDiskName.Malformed",
)
_DISK_DESCRIPTION = "InvalidDiskDescription.Malformed"
_PERFORMANCE_LEVELS = ("PL0", "PL1", "PL2", "PL3")
_SYSTEM_CATEGORIES = (
    "cloud_essd",
    "cloud_auto",
    "cloud_essd_entry",
    "cloud_efficiency",
    "cloud_ssd",
    "cloud",
)
_DATA_CATEGORIES = (
    *_SYSTEM_CATEGORIES,
    "cloud_regional_disk_auto",
    "elastic_ephemeral_disk_standard",
    "elastic_ephemeral_disk_premium",
)
_ESSD_FROM = {"PL0": 1, "PL1": 20, "PL2": 461, "PL3": 1261}


def _name(example: str) -> Kind:
    return text(
        length(2, 128, _DISK_NAME),
        not_starting("http://", "https://", source=_DISK_NAME),
        letters_digits_and(":_.-", _DISK_NAME),
        example=example,
    )


def _level(source: Source) -> Kind:
    return text(one_of(*_PERFORMANCE_LEVELS, source=source), example="PL1")


class SystemDisk(TypedDict, total=False):
    """The disk with the operating system."""

    category: Annotated[
        pulumi.Input[str],
        key(
            text(
                one_of(
                    *_SYSTEM_CATEGORIES,
                    source=RUN_INSTANCES(
                        "The category of the system disk. Valid values: cloud_efficiency, cloud_ssd, "
                        "cloud_essd, "
                        "cloud, cloud_auto, cloud_essd_entry.",
                        "InvalidSystemDiskCategory.ValueNotSupported",
                    ),
                ),
                example="cloud_essd",
            ),
            api="Category",
            doc="The kind of disk.",
            source=RUN_INSTANCES("The category of the system disk."),
        ),
    ]
    size: Annotated[
        pulumi.Input[int],
        key(
            whole_number(
                between(
                    1,
                    2048,
                    RUN_INSTANCES(
                        "The size of the system disk. Unit: GiB.", "InvalidSystemDiskSize.ValueNotSupported"
                    ),
                    unit="GiB",
                ),
                example=40,
            ),
            api="Size",
            doc="The size in GiB, at least that of the image.",
            source=RUN_INSTANCES(
                "The value of this parameter must be greater than or equal to max{1, ImageSize}."
            ),
        ),
    ]
    performance_level: Annotated[
        pulumi.Input[str],
        key(
            _level(RUN_INSTANCES("The performance level of the enterprise SSD. Valid values: PL0 to PL3.")),
            api="PerformanceLevel",
            doc="The performance level of a cloud_essd disk.",
            source=RUN_INSTANCES("The performance level of the enterprise SSD used as the system disk."),
        ),
    ]
    disk_name: Annotated[
        pulumi.Input[str],
        key(
            _name("system"),
            api="DiskName",
            doc="The disk's name.",
            source=_DISK_NAME,
        ),
    ]
    description: Annotated[
        pulumi.Input[str],
        key(
            description_of("System disk", RUN_INSTANCES, _DISK_DESCRIPTION),
            api="Description",
            doc="What the disk is for.",
            source=RUN_INSTANCES("The description of the system cloud disk."),
        ),
    ]


class DataDisk(TypedDict, total=False):
    """A further disk."""

    category: Annotated[
        pulumi.Input[str],
        key(
            text(
                one_of(
                    *_DATA_CATEGORIES,
                    source=RUN_INSTANCES(
                        "The category of data disk N. Valid values: cloud_efficiency, cloud_ssd, "
                        "cloud_essd, cloud, "
                        "cloud_auto, cloud_regional_disk_auto, cloud_essd_entry, "
                        "elastic_ephemeral_disk_standard, "
                        "elastic_ephemeral_disk_premium.",
                        "InvalidDataDiskCategory.ValueNotSupported",
                    ),
                ),
                example="cloud_essd",
            ),
            api="Category",
            doc="The kind of disk.",
            source=RUN_INSTANCES("The category of data disk N."),
        ),
    ]
    size: Annotated[
        pulumi.Input[int],
        key(
            whole_number(
                between(
                    1,
                    65536,
                    RUN_INSTANCES(
                        "The size of data cloud disk N. Unit: GiB.", "InvalidDataDiskSize.ValueNotSupported"
                    ),
                    unit="GiB",
                ),
                example=100,
            ),
            api="Size",
            doc="The size in GiB.",
            source=RUN_INSTANCES(
                "The value of this parameter must be greater than or equal to the size of the "
                "snapshot specified by "
                "the SnapshotId parameter."
            ),
        ),
    ]
    performance_level: Annotated[
        pulumi.Input[str],
        key(
            _level(RUN_INSTANCES("The performance level of the ESSD. Valid values: PL0 to PL3.")),
            api="PerformanceLevel",
            doc="The performance level of a cloud_essd disk.",
            source=RUN_INSTANCES(
                "When you create an ESSD as a data disk, specify the performance level of the disk."
            ),
        ),
    ]
    disk_name: Annotated[
        pulumi.Input[str],
        key(
            _name("data"),
            api="DiskName",
            doc="The disk's name.",
            source=_DISK_NAME,
        ),
    ]
    description: Annotated[
        pulumi.Input[str],
        key(
            description_of("Data disk", RUN_INSTANCES, _DISK_DESCRIPTION),
            api="Description",
            doc="What the disk is for.",
            source=RUN_INSTANCES("The description of the data cloud disk."),
        ),
    ]
    delete_with_instance: Annotated[
        pulumi.Input[bool],
        key(
            yes_or_no(),
            default=True,
            api="DeleteWithInstance",
            doc="Whether the disk is released with the instance; one locked for security takes its "
            "disks along always.",
            source=RUN_INSTANCES(
                "Specifies whether to release the data cloud disk when the instance is released."
            ),
            unchecked="both values are allowed",
        ),
    ]
    encrypted: Annotated[
        pulumi.Input[bool],
        key(
            yes_or_no(),
            default=False,
            api="Encrypted",
            doc="Whether the disk is encrypted.",
            source=RUN_INSTANCES("Specifies whether to encrypt data disk N."),
            unchecked="both values are allowed",
        ),
    ]
    kms_key_id: Annotated[
        pulumi.Input[str],
        key(
            text(example="0e478b7a-4262-4802-b8cb-00d3fb40826x"),
            api="KMSKeyId",
            doc="The key to encrypt with.",
            source=RUN_INSTANCES(
                "The ID of the Key Management Service (KMS) key used for the data cloud disk.",
                "InvalidParameter.KMSKeyId.NotFound",
            ),
            unchecked="no page says what an id looks like; only the API knows which exist",
        ),
    ]
    snapshot_id: Annotated[
        pulumi.Input[str],
        key(
            text(example="s-bp17441ohwka0yuhx"),
            api="SnapshotId",
            doc="The snapshot to begin with; the disk then has the snapshot's size.",
            source=RUN_INSTANCES(
                "The ID of the snapshot used to create data cloud disk N.",
                "InvalidDataDiskSnapshotId.NotFound",
            ),
            unchecked="no page says what an id looks like; only the API knows which exist",
        ),
    ]


# --- relations inside mappings ------------------------------------------------------------------------------


def _level_without_essd(level: str | None, category: str | None) -> str | None:
    if level is None or category in (None, "cloud_essd"):
        return None
    return (
        f"level {level} is for disks of the category 'cloud_essd' only, not {category!r}; remove it, "
        f"or change the category"
    )


def _system_size(size: float | None, category: str | None, level: str | None) -> str | None:
    if size is None or category is None:
        return None
    high = 500 if category == "cloud" else 2048
    low = {"cloud_essd": _ESSD_FROM[level or "PL1"], "cloud_auto": 1}.get(category, 20)
    return _wrong_size(size, low, high, category, level)


_DATA_SIZES = {
    "cloud_efficiency": (20, 32768),
    "cloud_ssd": (20, 32768),
    "cloud": (5, 2000),
    "cloud_auto": (1, 65536),
    "cloud_essd_entry": (10, 32768),
}
_OTHER_DATA_SIZES = {
    "cloud_regional_disk_auto": (10, 65536),
    "elastic_ephemeral_disk_standard": (64, 8192),
    "elastic_ephemeral_disk_premium": (64, 8192),
}


def _data_size(
    size: float | None, category: str | None, level: str | None, snapshot_id: str | None
) -> str | None:
    if category == "cloud_essd" and size is not None and snapshot_id is None:
        return _wrong_size(size, _ESSD_FROM[level or "PL1"], 65536, category, level)
    return _size_of_category(_DATA_SIZES, size, category, snapshot_id)


def _other_data_size(size: float | None, category: str | None, snapshot_id: str | None) -> str | None:
    return _size_of_category(_OTHER_DATA_SIZES, size, category, snapshot_id)


def _size_of_category(
    sizes: Mapping[str, tuple[int, int]], size: float | None, category: str | None, snapshot_id: str | None
) -> str | None:
    if size is None or category is None or category not in sizes or snapshot_id is not None:
        return None
    low, high = sizes[category]
    return _wrong_size(size, low, high, category, None)


def _snapshot_for_ephemeral(snapshot_id: str | None, category: str | None) -> str | None:
    if not snapshot_id or not str(category).startswith("elastic_ephemeral_disk_"):
        return None
    return (
        f"no {category!r} disk can be made from a snapshot, and this is {snapshot_id!r}; remove it, or choose "
        f"another category"
    )


_ENTRY_FAMILIES = re.compile(r"ecs\.(?:u[0-9]+[a-z]*|e(?:[0-9]+[a-z]*)?)[.-]")
"""The families u1 and e, and those that are named like successors of theirs."""


def _entry_disk(category: Any, instance_type: Any, which: str) -> str | None:
    if (
        category != "cloud_essd_entry"
        or not isinstance(instance_type, str)
        or _ENTRY_FAMILIES.match(instance_type)
    ):
        return None
    return (
        f"{category!r}{which} is for instances of the families ecs.u1 and ecs.e only, not {instance_type!r}; "
        f"choose another category, or another instance type"
    )


def _entry_system_disk(category: str | None, instance_type: str | None) -> str | None:
    return _entry_disk(category, instance_type, "")


def _entry_data_disk(disks: Sequence[Any] | None, instance_type: str | None) -> str | None:
    for index, disk in enumerate(disks or ()):
        if isinstance(disk, Mapping):
            problem = _entry_disk(disk.get("category"), instance_type, f" of data_disks[{index}]")
            if problem:
                return problem
    return None


def _wrong_size(size: float, low: int, high: int, category: str, level: str | None) -> str | None:
    if low <= size <= high:
        return None
    kind = (
        f"{category!r} disk of performance level {level or 'PL1'}"
        if category == "cloud_essd"
        else f"{category!r} disk"
    )
    article = "an" if category.startswith("e") else "a"
    return f"{size:g} GiB is not possible for {article} {kind}; choose {low:,} to {high:,} GiB"


LEVEL_FOR_ESSD = relation(
    "level-for-essd",
    "performance_level",
    "category",
    problem=_level_without_essd,
    limit="with the category `cloud_essd` only",
    source=RUN_INSTANCES(
        "When you create an ESSD as a data disk, specify the performance level of the disk. The "
        "value of N must be the "
        "same as the value of N in DataDisk.N.Category=cloud_essd."
    ),
    refused=({"category": "cloud_ssd", "performance_level": "PL1"},),
    accepted=({"category": "cloud_essd", "performance_level": "PL3"}, {"performance_level": "PL0"}),
)
SYSTEM_DISK_SIZE = relation(
    "size-for-category",
    "size",
    "category",
    "performance_level",
    problem=_system_size,
    limit="cloud 20 to 500; cloud_essd PL0 1, PL1 20, PL2 461, PL3 1,261 to 2,048; cloud_auto 1 to "
    "2,048; others 20 to 2,048",
    source=RUN_INSTANCES(
        "Basic disk: 20 to 500. Enterprise SSD: PL0: 1 to 2048. PL1: 20 to 2048. PL2: 461 to 2048. "
        "PL3: 1261 to 2048. "
        "ESSD AutoPL disk: 1 to 2048. Other disk categories: 20 to 2048.",
        "InvalidSystemDiskSize.ValueNotSupported",
    ),
    refused=(
        {"category": "cloud", "size": 501},
        {"category": "cloud_essd", "performance_level": "PL2", "size": 460},
    ),
    accepted=(
        {"category": "cloud", "size": 500},
        {"category": "cloud_essd", "performance_level": "PL2", "size": 461},
    ),
)
DATA_DISK_SIZE = relation(
    "size-for-category",
    "size",
    "category",
    "performance_level",
    "snapshot_id",
    problem=_data_size,
    limit="cloud_efficiency and cloud_ssd 20 to 32,768; cloud_essd PL0 1, PL1 20, PL2 461, PL3 1,261 "
    "to 65,536; "
    "cloud 5 to 2,000; cloud_auto 1 to 65,536; cloud_essd_entry 10 to 32,768; of no effect with a snapshot",
    source=RUN_INSTANCES(
        "cloud_efficiency: 20 to 32768. cloud_ssd: 20 to 32768. cloud_essd: PL0: 1 to 65,536. PL1: "
        "20 to 65,536. PL2: "
        "461 to 65,536. PL3: 1261 to 65,536. cloud: 5 to 2000. cloud_auto: 1 to 65,536. "
        "cloud_essd_entry: 10 to 32768. "
        "If the SnapshotId parameter is specified, the Size parameter is ignored.",
        "InvalidDataDiskSize.ValueNotSupported",
    ),
    refused=({"category": "cloud", "size": 2001}, {"category": "cloud_ssd", "size": 19}),
    accepted=(
        {"category": "cloud", "size": 5},
        {"category": "cloud_ssd", "size": 19, "snapshot_id": "s-bp17441ohwka0yuhx"},
    ),
)
OTHER_DATA_DISK_SIZE = relation(
    "size-for-other-category",
    "size",
    "category",
    "snapshot_id",
    problem=_other_data_size,
    limit="cloud_regional_disk_auto 10 to 65,536; elastic_ephemeral_disk_standard and "
    "elastic_ephemeral_disk_premium 64 to 8,192",
    source=CREATE_DISK(
        "cloud_regional_disk_auto: 10 to 65,536. elastic_ephemeral_disk_standard: 64 to 8,192. "
        "elastic_ephemeral_disk_premium: 64 to 8,192."
    ),
    refused=(
        {"category": "cloud_regional_disk_auto", "size": 9},
        {"category": "elastic_ephemeral_disk_standard", "size": 63},
        {"category": "elastic_ephemeral_disk_premium", "size": 8193},
    ),
    accepted=(
        {"category": "cloud_regional_disk_auto", "size": 10},
        {"category": "elastic_ephemeral_disk_standard", "size": 64},
        {"category": "elastic_ephemeral_disk_premium", "size": 8192},
    ),
)
NO_SNAPSHOT_FOR_EPHEMERAL = relation(
    "snapshot-for-category",
    "snapshot_id",
    "category",
    problem=_snapshot_for_ephemeral,
    limit="not with the elastic ephemeral disks",
    source=CREATE_DISK("You cannot use a snapshot to create an elastic ephemeral disk."),
    refused=({"category": "elastic_ephemeral_disk_standard", "snapshot_id": "s-bp17441ohwka0yuhx"},),
    accepted=({"category": "cloud_essd", "snapshot_id": "s-bp17441ohwka0yuhx"},),
)
_ENTRY_DISK = RUN_INSTANCES(
    "This parameter can be set to cloud_essd_entry only when InstanceType is set to u1, universal instance family "
    "(ecs.u1) or e, economy instance family (ecs.e)."
)
_ENTRY_LIMIT = (
    "`cloud_essd_entry` with the families `ecs.u1` and `ecs.e` (and such as are named after them) only"
)
ENTRY_SYSTEM_DISK = relation(
    "entry-disk",
    "system_disk.category",
    "instance_type",
    problem=_entry_system_disk,
    limit=_ENTRY_LIMIT,
    source=_ENTRY_DISK,
    refused=({"system_disk": {"category": "cloud_essd_entry"}},),
    accepted=(
        {"system_disk": {"category": "cloud_essd_entry"}, "instance_type": "ecs.u1-c1m1.large"},
        {"system_disk": {"category": "cloud_essd_entry"}, "instance_type": "ecs.e-c1m1.large"},
    ),
)
ENTRY_DATA_DISK = relation(
    "entry-disk",
    "data_disks",
    "instance_type",
    problem=_entry_data_disk,
    limit=_ENTRY_LIMIT,
    source=_ENTRY_DISK,
    refused=({"data_disks": [{"size": 40}, {"category": "cloud_essd_entry", "size": 40}]},),
    accepted=(
        {"data_disks": [{"category": "cloud_essd_entry", "size": 40}], "instance_type": "ecs.e-c1m1.large"},
    ),
)


def _key_without_encryption(kms_key_id: str | None, encrypted: bool) -> str | None:
    if kms_key_id is not None and encrypted is not True:
        return "a key is for encrypted disks only; add encrypted=True, or remove the key"
    return None


KEY_FOR_ENCRYPTED = relation(
    "key-for-encrypted",
    "kms_key_id",
    "encrypted",
    problem=_key_without_encryption,
    limit="with `encrypted` only",
    source=RUN_INSTANCES(
        "The specified parameter Encrypted must be true when kmsKeyId is not empty.",
        "InvalidParameter.EncryptedIllegal",
    ),
    refused=({"kms_key_id": "0e478b7a-4262-4802-b8cb-00d3fb40826x"},),
    accepted=({"kms_key_id": "0e478b7a-4262-4802-b8cb-00d3fb40826x", "encrypted": True}, {"encrypted": True}),
)


# ---- the API's way of writing them -------------------------------------------------------------------------

_SYSTEM_DISK = {
    "category": "Category",
    "size": "Size",
    "performance_level": "PerformanceLevel",
    "disk_name": "DiskName",
    "description": "Description",
}
_DATA_DISK = {
    **_SYSTEM_DISK,
    "delete_with_instance": "DeleteWithInstance",
    "encrypted": "Encrypted",
    "kms_key_id": "KMSKeyId",
    "snapshot_id": "SnapshotId",
}
_SEEN_AS = {**_DATA_DISK, "snapshot_id": "SourceSnapshotId"}


def system(wanted: Properties) -> dict[str, Any] | None:
    """The system disk, as RunInstances takes it."""
    return _written(wanted.get("system_disk"), _SYSTEM_DISK)


def data(wanted: Properties) -> list[dict[str, Any] | None] | None:
    """The data disks, as RunInstances takes them."""
    # One of which nothing is said is sent all the same, as the documented default: the API has the say.
    asked = [disk or {"delete_with_instance": True} for disk in wanted.get("data_disks") or []]
    return [_written(disk, _DATA_DISK) for disk in asked] or None


def _written(disk: Mapping[str, Any] | None, names: Mapping[str, str]) -> dict[str, Any] | None:
    return {wire: disk[name] for name, wire in names.items() if disk.get(name) is not None} if disk else None


# ---- looking at them ---------------------------------------------------------------------------------------

_A_PAGE = 500
_SIDE_BY_SIDE = 3
"""From how many instances on it may be cheaper to list the region's disks than to ask for each instance's."""


@functools.cache
def _watch(region_id: str) -> polls.Watch:
    """The disks of a region's instances, by instance id."""

    def describe(operation: Operation, ids: list[str]) -> dict[str, cloud.Item]:
        listed = _out_of_all(operation, region_id, ids) if len(ids) >= _SIDE_BY_SIDE else None
        if listed is not None:
            return listed
        return {id_: {"Disks": _of_instance(operation, region_id, id_)} for id_ in ids}

    def pages(operation: Operation) -> Iterator[dict[str, cloud.Item]]:
        found: dict[str, cloud.Item] = {}
        for disks in _page_by_page(operation, region_id):
            _add(found, disks)
            yield {}
        yield found  # before the end of the list, one of an instance's disks may be missing

    return polls.Watch(describe, pages)


def _page_by_page(operation: Operation, region_id: str) -> Iterator[list[cloud.Item]]:
    parameters = {"RegionId": region_id, "MaxResults": _A_PAGE}
    return cloud.page_by_page(operation, region_id, "DescribeDisks", parameters, "Disks")


def _add(found: dict[str, cloud.Item], disks: Iterable[cloud.Item]) -> None:
    for disk in disks:
        found.setdefault(str(disk.get("InstanceId")), {"Disks": []})["Disks"].append(disk)


def _of_instance(operation: Operation, region_id: str, id_: str) -> list[cloud.Item]:
    parameters = {"RegionId": region_id, "InstanceId": id_, "MaxResults": 100}
    return cloud.listed(cloud.ecs(operation, region_id, "DescribeDisks", parameters), "Disks")


def _out_of_all(operation: Operation, region_id: str, ids: list[str]) -> dict[str, cloud.Item] | None:
    """The disks of instances, out of all of the region; None if those fill more pages than half of the instances."""
    found: dict[str, cloud.Item] = {}
    for number, disks in enumerate(_page_by_page(operation, region_id)):
        if number == len(ids) // 2:
            return None
        _add(found, (disk for disk in disks if disk.get("InstanceId") in ids))
    return found


def listed(operation: Operation, region_id: str, id_: str) -> list[cloud.Item]:
    """The instance's disks, the system disk first, then in the order of their devices."""
    disks = (_watch(region_id).once(operation, id_) or {}).get("Disks") or []
    return sorted(disks, key=lambda disk: (disk.get("Type") != "system", _device(disk)))


def _device(disk: cloud.Item) -> tuple[int, str]:
    name = str(disk.get("Device"))
    return len(name), name


def live(disks: list[cloud.Item], known: Properties) -> Properties:
    """The disks as the program writes them: the keys that it names, with the values they have."""
    live: Properties = {}
    if disks and known.get("system_disk"):
        live["system_disk"] = _seen(disks[0], known["system_disk"])
    if asked := known.get("data_disks"):
        live["data_disks"] = [_seen(disk, each) for disk, each in zip(disks[1:], asked, strict=False)]
    return live


def _seen(disk: cloud.Item, asked: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: disk.get(_SEEN_AS[name]) for name in asked}
    if asked.get("snapshot_id"):
        # "If the SnapshotId parameter is specified, the Size parameter is ignored."
        found |= {name: asked[name] for name in asked if name == "size"}
    if not found.get("performance_level") and disk.get("Category") != "cloud_essd":
        # Only enterprise SSDs have one: on others it has no effect.
        found |= {name: asked[name] for name in asked if name == "performance_level"}
    return found


def fate(disks: list[cloud.Item], *, locked: bool) -> str:
    """What becomes of the disks when their instance is deleted.

    Args:
        disks: All that the instance has.
        locked: Whether it is locked for security: then all of them go.
    """
    if not disks:
        return "none of its disks is listed"
    going = [disk for disk in disks if locked or disk.get("DeleteWithInstance")]
    staying = [disk for disk in disks if disk not in going]
    found = f"these disks are deleted with it: {', '.join(map(_told, going)) or 'none'}"
    if staying:
        found += f"; these stay, and are billed on: {', '.join(map(_told, staying))}"
    return found


def _told(disk: cloud.Item) -> str:
    name = f" {disk['DiskName']!r}" if disk.get("DiskName") else ""
    return f"{disk.get('DiskId')}{name} ({disk.get('Type')}, {disk.get('Size')} GiB)"


# ---- changing them -----------------------------------------------------------------------------------------

IN_PLACE = frozenset(
    {"size", "category", "performance_level", "disk_name", "description", "delete_with_instance"}
)
"""What of a disk can be changed, as far as its values allow it."""

_MADE = frozenset({"cloud_essd", "cloud_auto", "cloud_ssd", "cloud_essd_entry", "cloud_efficiency"})
_INTO = {
    **dict.fromkeys(_MADE, _MADE),
    # "ESSD Entry disks can only be changed to enterprise SSDs or ESSD AutoPL disks."
    "cloud_essd_entry": frozenset({"cloud_essd", "cloud_auto"}),
}
"""The categories that ModifyDiskSpec makes of a category."""


def new_layout(olds: Sequence[Mapping[str, Any]], news: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the disks differ in more than what can be changed in place; what isn't known yet may do so."""
    if unknown(news) or any(map(unknown, news)):
        return True
    return len(olds) != len(news) or any(
        _needs_another(name, old.get(name), new[name])
        for old, new in zip(olds, news, strict=True)
        for name in new
        if new[name] is not None and old.get(name) != new[name]
    )


def _needs_another(name: str, old: Any, new: Any) -> bool:
    """Whether a disk can't get the value in place; `old` is None where the program didn't name it before."""
    if name == "size":  # disks grow, but never shrink
        return old is not None and not unknown(new) and bool(new < old)
    if name == "category":  # what it is now is seen when it is changed
        return old is not None and new not in _INTO.get(old, ())
    if name == "encrypted":
        return bool(old) != bool(new)
    return name not in IN_PLACE


def change(operation: Operation, region_id: str, id_: str, olds: Properties, wanted: Properties) -> None:
    """Bring the disks to what is wanted, by what they are now."""
    before = [olds.get("system_disk") or {}, *(olds.get("data_disks") or [])]
    asked = [wanted.get("system_disk") or {}, *(wanted.get("data_disks") or [])]
    disks = listed(operation, region_id, id_)
    for disk, old, want in zip(disks, [*before, *[{}] * len(asked)], asked, strict=False):
        for action, parameters in _steps(disk, old, want):
            whole = {"DiskId": disk["DiskId"], **parameters}
            cloud.patiently(operation, functools.partial(cloud.ecs, operation, region_id, action, whole))


def _steps(
    disk: cloud.Item, old: Mapping[str, Any], want: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The calls that make of a disk what is wanted."""
    size, kind, level = int(disk.get("Size") or 0), want.get("category"), want.get("performance_level")
    spec: dict[str, Any] = {}
    if kind not in {None, disk.get("Category")}:
        spec["DiskCategory"] = kind
    if level not in {None, disk.get("PerformanceLevel")} and (kind or disk.get("Category")) == "cloud_essd":
        spec["PerformanceLevel"] = level
    # A higher level may need the new size, a larger size another category.
    grown = (
        [("ResizeDisk", {"NewSize": want["size"], "Type": "online"})] if want.get("size", 0) > size else []
    )
    respecified = [("ModifyDiskSpec", spec)] if spec else []
    if spec.get("PerformanceLevel") and size < _ESSD_FROM[spec["PerformanceLevel"]]:
        yield from [*grown, *respecified]
    else:
        yield from [*respecified, *grown]
    attributes = {
        wire: want[name]
        for name, wire in _ATTRIBUTES.items()
        if want.get(name) is not None and want[name] != disk.get(wire)
    }
    if old.get("description") and want.get("description") is None:
        attributes["Description"] = ""
    if attributes:
        yield "ModifyDiskAttribute", attributes


_ATTRIBUTES = {
    "disk_name": "DiskName",
    "description": "Description",
    "delete_with_instance": "DeleteWithInstance",
}
"""What ModifyDiskAttribute changes; a name can't be taken away, a description can."""
