"""Changing disks: a new system disk, more room, other properties."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fake_aliyun.ecs import checks, disks, pools, run_instances
from fake_aliyun.ecs.model import Disk
from fake_aliyun.errors import ApiError
from fake_aliyun.operations import Answer, Operations
from fake_aliyun.parameters import Params

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account

OPERATIONS = Operations("Ecs")


def _disk(account: Account, disk_id: str) -> Disk:
    found = account.disks.get(disk_id)
    if found is None:
        raise ApiError("InvalidDiskId.NotFound")
    return found


@OPERATIONS(
    "InstanceId! ImageId! SystemDisk.Size:int Password KeyPairName Encrypted:bool KMSKeyId ClientToken",
    unused="Architecture Arn.N.AssumeRoleFor:int Arn.N.RoleType Arn.N.Rolearn DiskId EncryptAlgorithm"
    " PasswordInherit:bool Platform SecurityEnhancementStrategy UseAdditionalService:bool",
)
def replace_system_disk(account: Account, p: Params, now: float) -> Answer:
    """Gives a stopped instance a new system disk from an image; the old one is gone."""
    found = checks.instance(account, p.text("InstanceId"))
    checks.unlocked(found)
    # "Make sure that the target instance is in the Stopped instance status before you send the request."
    if found.settle(account.cloud.settings, now) != "Stopped":
        raise ApiError("IncorrectInstanceStatus")
    image_id = p.text("ImageId")
    if account.known("images", image_id) is None:
        raise ApiError("InvalidImageId.NotFound")
    run_instances.password(p)
    (old,) = (each for each in found.disks if each.kind == "system")
    size = p.integer("SystemDisk.Size", old.size)
    if size not in disks.sizes(old) or size < old.size:
        raise ApiError(
            "InvalidSystemDiskSize.ValueNotSupported", "The specified SystemDisk.Size is not supported."
        )
    before, found.image_id = found.image_id, image_id
    try:
        # The private pool is matched again: another system may not fit it.
        pools.rematch(account, found, found.pool_criteria, found.pool_wanted, now)
    except ApiError:
        found.image_id = before
        raise
    new = replace(
        old,
        id=account.cloud.ids.resource("d", old.region_id),
        image_id=image_id,
        size=size,
        creation_time=now,
        encrypted=p.flag("Encrypted", old.encrypted),
        kms_key_id=p.text("KMSKeyId", old.kms_key_id),
        tags=dict(old.tags),
    )
    account.disks.remove(old)
    account.disks.add(new)
    found.disks[found.disks.index(old)] = new
    found.key_pair_name = p.text("KeyPairName", found.key_pair_name)
    return {"DiskId": new.id}


@OPERATIONS("DiskId! NewSize!:int Type ClientToken")
def resize_disk(account: Account, p: Params, now: float) -> Answer:
    """Makes a disk larger: "The new capacity must be greater than the original capacity."."""
    found = _disk(account, p.text("DiskId"))
    p.one_of("Type", ("offline", "online"), "offline")
    owner = account.instances.get(found.instance_id)
    if owner is not None:
        checks.unlocked(owner)
        if owner.settle(account.cloud.settings, now) not in ("Running", "Stopped"):
            raise ApiError("IncorrectInstanceStatus")
    size = p.integer("NewSize")
    if size <= found.size:
        raise ApiError("InvalidDiskSize.TooSmall", "The new disk size is not greater than the old one.")
    if size not in disks.sizes(found):
        raise ApiError("InvalidDiskSize.NotSupported", "The specified parameter NewSize is not supported.")
    found.size = size
    return {"OrderId": account.cloud.ids.order()} if found.charge_type == "PrePaid" else {}


@OPERATIONS(
    "DiskId DiskIds.N DiskName Description DeleteWithInstance:bool DeleteAutoSnapshot:bool"
    " EnableAutoSnapshot:bool"
    " BurstingEnabled:bool"
)
def modify_disk_attribute(account: Account, p: Params, now: float) -> Answer:
    """Changes properties of disks; what is not given stays."""
    ids = p.texts("DiskIds") or [p.text("DiskId")]
    if not all(ids):
        raise ApiError("MissingParameter", "The input parameter DiskId is missing.")
    name, text = disks.disk_name(p.text("DiskName")), checks.description(p)
    for found in [_disk(account, each) for each in ids]:
        found.name = name or found.name
        found.description = text if p.has("Description") else found.description
        found.delete_with_instance = p.flag("DeleteWithInstance", found.delete_with_instance)
        found.delete_auto_snapshot = p.flag("DeleteAutoSnapshot", found.delete_auto_snapshot)
        found.enable_auto_snapshot = p.flag("EnableAutoSnapshot", found.enable_auto_snapshot)
        found.bursting_enabled = p.flag("BurstingEnabled", found.bursting_enabled)
    return {}


@OPERATIONS(
    "DiskId! DiskCategory PerformanceLevel DryRun:bool",
    unused="DestinationZoneId PerformanceControlOptions.IOPS:int PerformanceControlOptions.Recover"
    " PerformanceControlOptions.Throughput:int ProvisionedIops:int",
)
def modify_disk_spec(account: Account, p: Params, now: float) -> Answer:
    """Changes a disk's category or performance level."""
    found = _disk(account, p.text("DiskId"))
    category = disks.category(p.text("DiskCategory", found.category), "InvalidDiskCategory.NotSupported")
    _check_category(found, category)
    level = disks.level(category, p.text("PerformanceLevel", found.performance_level))
    if category == "cloud_essd" and found.size < disks.ESSD_LEAST[level]:
        raise ApiError("InvalidDiskSize.NotSupported", "The disk is too small for the performance level.")
    if p.flag("DryRun"):
        raise ApiError("DryRunOperation", lasting=False)
    found.category = category
    found.performance_level = level if category == "cloud_essd" else ""
    return {}


# "Valid values: cloud_essd, cloud_auto, cloud_ssd, cloud_essd_entry, cloud_efficiency. The preceding valid values
# are listed in descending order of disk performance."
_DESCENDING = ("cloud_essd", "cloud_auto", "cloud_ssd", "cloud_essd_entry", "cloud_efficiency")


def _check_category(found: Disk, category: str) -> None:
    """Refuses a change of category that is not possible.

    Assumption: what is no valid value to change to can't be changed from, either.
    """
    if category == found.category:
        return
    if category not in _DESCENDING or found.category not in _DESCENDING:
        raise ApiError("InvalidDiskCategory.NotSupported", "The disk's category can't be changed so.")
    # "ESSD Entry disks can only be changed to enterprise SSDs or ESSD AutoPL disks."
    if found.category == "cloud_essd_entry" and category not in ("cloud_essd", "cloud_auto"):
        raise ApiError("InvalidDiskCategory.NotSupported", "The disk's category can't be changed so.")
    # "If the specified disk is a subscription disk, you cannot downgrade the disk category."
    downgrade = _DESCENDING.index(category) > _DESCENDING.index(found.category)
    if found.charge_type == "PrePaid" and downgrade:
        raise ApiError("InvalidDiskCategory.NotSupported", "A subscription disk can't be downgraded.")
