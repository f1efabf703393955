"""Disks: those that come with an instance, and what becomes of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fake_aliyun import pages
from fake_aliyun.clock import utc
from fake_aliyun.ecs import checks, places
from fake_aliyun.ecs.model import Disk, Instance
from fake_aliyun.errors import ApiError
from fake_aliyun.operations import Answer, Operations
from fake_aliyun.parameters import Params

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account

OPERATIONS = Operations("Ecs")
_MOST_DATA_DISKS = 16
_LEVELS = ("PL0", "PL1", "PL2", "PL3")


def category(value: str, code: str) -> str:
    """Checks a disk category."""
    if value not in places.DISK_CATEGORIES:
        raise ApiError(code, "The specified disk category is not supported.")
    return value


def level(kind: str, value: str) -> str:
    """Checks a performance level; "Default value: PL1", of an enterprise SSD."""
    if value and value not in _LEVELS:
        raise ApiError("InvalidParameter.PerformanceLevel", "The specified performance level is not valid.")
    return value or ("PL1" if kind == "cloud_essd" else "")


def sizes(disk: Disk) -> range:
    """Gives the sizes that a disk can have, in GiB, by its category and performance level."""
    if disk.category == "cloud_essd":
        least = ESSD_LEAST[disk.performance_level]
    else:
        least = _LEAST.get((disk.kind, disk.category), 20 if disk.kind == "system" else 1)
    most = _MOST.get((disk.kind, disk.category), 2048 if disk.kind == "system" else 65536)
    return range(least, most + 1)


# "PL0: 1 to 65536. PL1: 20 to 65536. PL2: 461 to 65536. PL3: 1261 to 65536." The same for system disks, to
# 2048.
ESSD_LEAST = {"PL0": 1, "PL1": 20, "PL2": 461, "PL3": 1261}
_LEAST = {
    ("system", "cloud_auto"): 1,
    ("data", "cloud"): 5,
    ("data", "cloud_efficiency"): 20,
    ("data", "cloud_ssd"): 20,
    ("data", "cloud_essd_entry"): 10,
    ("data", "cloud_regional_disk_auto"): 10,
    ("data", "elastic_ephemeral_disk_standard"): 64,
    ("data", "elastic_ephemeral_disk_premium"): 64,
}
_MOST = {
    ("system", "cloud"): 500,
    ("data", "cloud"): 2000,
    ("data", "cloud_efficiency"): 32768,
    ("data", "cloud_ssd"): 32768,
    ("data", "cloud_essd_entry"): 32768,
    ("data", "elastic_ephemeral_disk_standard"): 8192,
    ("data", "elastic_ephemeral_disk_premium"): 8192,
}


def _sized(disk: Disk, code: str) -> Disk:
    if disk.size not in sizes(disk):
        raise ApiError(code, f"A {disk.kind} disk of {disk.category} can't have {disk.size} GiB.")
    return disk


def system_disk(p: Params) -> Disk:
    """Reads SystemDisk. Assumption: without a category it is cloud_essd, without a size 40 GiB."""
    kind = category(
        p.text("SystemDisk.Category", "cloud_essd"), "InvalidSystemDiskCategory.ValueNotSupported"
    )
    disk = Disk(
        id="",
        region_id="",
        zone_id="",
        kind="system",
        category=kind,
        size=p.integer("SystemDisk.Size", 40),
        creation_time=0,
        name=disk_name(p.text("SystemDisk.DiskName"), letter_first=False),
        description=checks.description(p, "SystemDisk.Description"),
        performance_level=level(kind, p.text("SystemDisk.PerformanceLevel")),
        encrypted=p.flag("SystemDisk.Encrypted"),
        kms_key_id=p.text("SystemDisk.KMSKeyId"),
        image_id=p.text("ImageId"),
        resource_group_id=p.text("ResourceGroupId"),
        bursting_enabled=p.flag("SystemDisk.BurstingEnabled"),
        tags=checks.tags(p.objects("Tag")),
    )
    if disk.category == "cloud_essd" and not p.text("SystemDisk.Size"):
        disk.size = max(40, ESSD_LEAST[disk.performance_level])
    return _sized(disk, "InvalidSystemDiskSize.ValueNotSupported")


def fit(instance_type: str, system: Disk, data: list[Disk]) -> None:
    """Checks that the instance type can have disks of these categories.

    "This parameter can be set to cloud_essd_entry only when InstanceType is set to u1 … (ecs.u1) or e …
    (ecs.e)." Assumption: the codes.
    """
    if instance_type.split(".")[1].split("-", maxsplit=1)[0] in {"u1", "e"}:
        return
    if system.category == "cloud_essd_entry":
        raise ApiError("InvalidSystemDiskCategory.ValueNotSupported")
    if any(disk.category == "cloud_essd_entry" for disk in data):
        raise ApiError("InvalidDataDiskCategory.ValueNotSupported")


def data_disks(p: Params) -> list[Disk]:
    """Reads DataDisk.N."""
    given = [Params(each) for each in p.objects("DataDisk")]
    if len(given) > _MOST_DATA_DISKS:
        raise ApiError("InstanceDiskNumber.LimitExceed", "The number of data disks exceeds the limit.")
    return [_data_disk(p, each) for each in given]


def _data_disk(p: Params, each: Params) -> Disk:
    kind = category(each.text("Category", "cloud_essd"), "InvalidDataDiskCategory.ValueNotSupported")
    if not each.text("Size") and not each.text("SnapshotId"):
        raise ApiError("InvalidDataDiskSize.ValueNotSupported", "The specified DataDisk.N.Size is missing.")
    if each.text("SnapshotId") and kind.startswith("elastic_ephemeral_disk_"):
        # "You cannot use a snapshot to create an elastic ephemeral disk." Assumption: the code.
        raise ApiError("InvalidDataDiskCategory.ValueNotSupported")
    disk = Disk(
        id="",
        region_id="",
        zone_id="",
        kind="data",
        category=kind,
        size=each.integer("Size", 40),
        creation_time=0,
        device=each.text("Device"),
        name=disk_name(each.text("DiskName"), letter_first=False),
        description=checks.description(each),
        performance_level=level(kind, each.text("PerformanceLevel")),
        # "DeleteWithInstance … Default value: true."
        delete_with_instance=each.flag("DeleteWithInstance", True),
        encrypted=each.flag("Encrypted"),
        kms_key_id=each.text("KMSKeyId"),
        snapshot_id=each.text("SnapshotId"),
        resource_group_id=p.text("ResourceGroupId"),
        bursting_enabled=each.flag("BurstingEnabled"),
        tags=checks.tags(p.objects("Tag")),
    )
    return _sized(disk, "InvalidDataDiskSize.ValueNotSupported")


def disk_name(text: str, *, letter_first: bool = True) -> str:
    """Checks a disk's name: letters, digits, `:`, `_`, `.` and `-`; a letter first but in RunInstances."""
    code, message = "InvalidDiskName.Malformed", "The specified disk name is not valid."
    return checks.named(text, ":_.-", code, message, letter_first=letter_first)


def attach_new(account: Account, instance: Instance, system: Disk, data: list[Disk], now: float) -> None:
    """Makes an instance's disks of the drafts."""
    for index, draft in enumerate([system, *data]):
        disk = replace(
            draft,
            id=account.cloud.ids.resource("d", instance.region_id),
            region_id=instance.region_id,
            zone_id=instance.zone_id,
            creation_time=now,
            instance_id=instance.id,
            device=draft.device or f"/dev/xvd{chr(ord('a') + index)}",
            charge_type=instance.charge_type,
            tags=dict(draft.tags),
        )
        instance.disks.append(disk)
        account.disks.add(disk)


def end_with(account: Account, instance: Instance) -> None:
    """Releases or keeps the disks of an instance that goes.

    "The attached cloud disks with the property of DeleteWithInstance=True are also released." "If the
    instance is under security control and OperationLocks indicates "LockReason" : "security", even if the
    property of DeleteWithInstance is False, its attached cloud disks will be ignored and released directly."
    """
    locked = any(lock["LockReason"] == "security" for lock in instance.locks)
    for disk in instance.disks:
        if disk.delete_with_instance or locked:
            account.disks.remove(disk)
        else:
            disk.instance_id, disk.device = "", ""
    instance.disks = []


@OPERATIONS(
    "RegionId! InstanceId DiskIds DiskType Category DiskName Status ZoneId DeleteWithInstance:bool"
    " Encrypted:bool"
    " DiskChargeType Portable:bool ResourceGroupId SnapshotId Tag.N.Key Tag.N.Value PageNumber:int"
    " PageSize:int"
    " MaxResults:int NextToken DryRun:bool Filter.N.Key Filter.N.Value AutoSnapshotPolicyId"
    " DeleteAutoSnapshot:bool EnableAutoSnapshot:bool EnableAutomatedSnapshotPolicy:bool EnableShared:bool"
    " KMSKeyId LockReason MultiAttach PerformanceLevel",
    unused="AdditionalAttributes.N",
)
def describe_disks(account: Account, p: Params, now: float) -> Answer:
    """Lists disks; unknown ids are left out."""
    region_id = checks.region(p)
    ids = set(p.ids("DiskIds", "InvalidDiskIds.Malformed"))
    tags = checks.wanted_tags(p)
    kind = p.one_of("DiskType", ("all", "system", "data"), "all")
    times = checks.times(p)
    # No disk is shared, locked or has a snapshot policy.
    asks_for_more = (
        any(p.flag(name) for name in ("EnableShared", "EnableAutomatedSnapshotPolicy"))
        or bool(p.text("AutoSnapshotPolicyId") or p.text("LockReason"))
        or p.text("MultiAttach", "Disabled") != "Disabled"
    )

    def fits(disk: Disk) -> bool:
        return (
            not asks_for_more
            and (not ids or disk.id in ids)
            and kind in ("all", disk.kind)
            and p.text("InstanceId", disk.instance_id) == disk.instance_id
            and p.text("Category", "all") in ("all", disk.category)
            and p.text("DiskName", disk.name) == disk.name
            and p.text("Status", "All") in ("All", _status(disk))
            and p.text("ZoneId", disk.zone_id) == disk.zone_id
            and p.flag("DeleteWithInstance", disk.delete_with_instance) == disk.delete_with_instance
            and p.flag("Encrypted", disk.encrypted) == disk.encrypted
            and p.text("DiskChargeType", disk.charge_type) == disk.charge_type
            and p.flag("Portable", disk.kind == "data") == (disk.kind == "data")
            and p.text("ResourceGroupId", disk.resource_group_id) == disk.resource_group_id
            and p.text("SnapshotId", disk.snapshot_id) == disk.snapshot_id
            and p.text("PerformanceLevel", disk.performance_level) == disk.performance_level
            and p.text("KMSKeyId", disk.kms_key_id) == disk.kms_key_id
            and p.flag("DeleteAutoSnapshot", disk.delete_auto_snapshot) == disk.delete_auto_snapshot
            and p.flag("EnableAutoSnapshot", disk.enable_auto_snapshot) == disk.enable_auto_snapshot
            and checks.in_times(times, disk.creation_time, None)
            and checks.has_tags(disk.tags, tags)
        )

    if p.flag("DryRun"):
        raise ApiError("DryRunOperation", lasting=False)
    if p.text("MaxResults") or p.text("NextToken"):
        # "Valid values: 10 to 500. … If … the specified value is less than 10, the default value is 10. If the
        # specified value is greater than 500, the default value is 500."
        size = pages.clamped(p, "MaxResults", 10, 500)
        page, token, total = pages.by_token(account.disks, region_id, p, fits, size)
        about: dict[str, Any] = {"NextToken": token, "TotalCount": total, "PageNumber": 1, "PageSize": size}
    else:
        owner = account.instances.get(p.text("InstanceId"))
        row = owner.disks if owner else account.disks.in_region(region_id)
        page, about = pages.by_number([each for each in row if fits(each)], p)
        about["NextToken"] = ""
    return {"Disks": {"Disk": [describe(each) for each in page]}, **about}


def _status(disk: Disk) -> str:
    return "In_use" if disk.instance_id else "Available"


def describe(disk: Disk) -> dict[str, Any]:
    """Writes a disk as DescribeDisks shows it."""
    attached = (
        [{"InstanceId": disk.instance_id, "Device": disk.device, "AttachedTime": utc(disk.creation_time)}]
        if disk.instance_id
        else []
    )
    return {
        "DiskId": disk.id,
        "RegionId": disk.region_id,
        "ZoneId": disk.zone_id,
        "DiskName": disk.name,
        "Description": disk.description,
        "Type": disk.kind,
        "Category": disk.category,
        "PerformanceLevel": disk.performance_level,
        "Size": disk.size,
        "Status": _status(disk),
        "InstanceId": disk.instance_id,
        "Device": disk.device,
        "Attachments": {"Attachment": attached},
        "MountInstances": {"MountInstance": attached},
        "MountInstanceNum": len(attached),
        "DeleteWithInstance": disk.delete_with_instance,
        "DeleteAutoSnapshot": disk.delete_auto_snapshot,
        "EnableAutoSnapshot": disk.enable_auto_snapshot,
        "EnableAutomatedSnapshotPolicy": False,
        "AutoSnapshotPolicyId": "",
        "Encrypted": disk.encrypted,
        "KMSKeyId": disk.kms_key_id,
        "SourceSnapshotId": disk.snapshot_id,
        "ImageId": disk.image_id,
        "DiskChargeType": disk.charge_type,
        "Portable": disk.kind == "data",
        "CreationTime": utc(disk.creation_time),
        "AttachedTime": utc(disk.creation_time) if attached else "",
        "ExpiredTime": "2999-09-08T16:00Z",
        "ResourceGroupId": disk.resource_group_id,
        "SerialNumber": disk.id.removeprefix("d-"),
        "BurstingEnabled": disk.bursting_enabled,
        "MultiAttach": "Disabled",
        "StorageSetId": "",
        "ProductCode": "",
        "OperationLocks": {"OperationLock": []},
        "Tags": checks.shown_tags(disk.tags),
    }
