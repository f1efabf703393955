"""The table of all operations: (product, action) → operation, and the module that it is in.

Modules are imported when one of their operations is asked for first: the fake starts in a blink.
"""

from __future__ import annotations

from importlib import import_module

from fake_aliyun.operations import Operation

MODULES: dict[tuple[str, str], str] = {
    ("Ecs", "fake_aliyun.ecs.reservations"): (
        "CreateCapacityReservation ModifyCapacityReservation ReleaseCapacityReservation"
        " DescribeCapacityReservations DescribeCapacityReservationInstances"
    ),
    (
        "Ecs",
        "fake_aliyun.ecs.attachments",
    ): "DescribeInstanceAttachmentAttributes ModifyInstanceAttachmentAttributes",
    ("Ecs", "fake_aliyun.ecs.run_instances"): "RunInstances CreateInstance",
    ("Ecs", "fake_aliyun.ecs.describe_instances"): (
        "DescribeInstances DescribeInstanceAttribute DescribeInstanceStatus DescribeUserData"
        " DescribeInstanceMaintenanceAttributes DescribeInstanceAutoRenewAttribute"
    ),
    ("Ecs", "fake_aliyun.ecs.power"): (
        "StartInstance StartInstances StopInstance StopInstances RebootInstance RebootInstances"
        " DeleteInstance DeleteInstances"
    ),
    (
        "Ecs",
        "fake_aliyun.ecs.modify_instances",
    ): "ModifyInstanceAttribute ModifyInstanceMetadataOptions ModifyInstanceMaintenanceAttributes",
    ("Ecs", "fake_aliyun.ecs.change_spec"): (
        "ModifyInstanceSpec ModifyPrepayInstanceSpec ModifyInstanceNetworkSpec AllocatePublicIpAddress"
        " ModifyInstanceVpcAttribute"
    ),
    ("Ecs", "fake_aliyun.ecs.billing"): (
        "ModifyInstanceChargeType ModifyInstanceAutoRenewAttribute RenewInstance"
        " ModifyInstanceAutoReleaseTime"
    ),
    (
        "Ecs",
        "fake_aliyun.ecs.credentials",
    ): "AttachInstanceRamRole DetachInstanceRamRole DescribeInstanceRamRole AttachKeyPair DetachKeyPair",
    ("Ecs", "fake_aliyun.ecs.disks"): "DescribeDisks",
    (
        "Ecs",
        "fake_aliyun.ecs.modify_disks",
    ): "ReplaceSystemDisk ResizeDisk ModifyDiskAttribute ModifyDiskSpec",
    ("Ecs", "fake_aliyun.ecs.tags"): "TagResources UntagResources ListTagResources",
    ("Ecs", "fake_aliyun.ecs.zones"): "DescribeRegions DescribeZones",
    ("Ecs", "fake_aliyun.ecs.sales"): "DescribeInstanceTypes DescribeAvailableResource",
    ("Ecs", "fake_aliyun.network.security_groups"): (
        "JoinSecurityGroup LeaveSecurityGroup DescribeSecurityGroupAttribute DescribeSecurityGroups"
        " JoinResourceGroup"
    ),
    (
        "Ecs",
        "fake_aliyun.network.vswitches",
    ): "DescribeVSwitchAttributes DescribeVSwitches DescribeNetworkInterfaces",
    ("Vpc", "fake_aliyun.network.vswitches"): "DescribeVSwitchAttributes DescribeVSwitches",
    ("Location", "fake_aliyun.network.location"): "DescribeEndpoints",
    (
        "BssOpenApi",
        "fake_aliyun.bss.operations",
    ): "CreateInstance ReleaseInstance RefundInstance SetRenewal RenewInstance QueryAvailableInstances",
    ("ResourceSharing", "fake_aliyun.sharing.operations"): "ListResourceShareAssociations",
    ("Sts", "fake_aliyun.sts.operations"): "GetCallerIdentity AssumeRole",
}
_HOMES = {
    (product, action): module for (product, module), actions in MODULES.items() for action in actions.split()
}


def find(product: str, action: str) -> Operation | None:
    """Finds an operation; none if it is not served."""
    module = _HOMES.get((product, action))
    return import_module(module).OPERATIONS.rows[product, action] if module else None


def whole() -> dict[tuple[str, str], Operation]:
    """Gives all operations, as their modules declare them."""
    rows: dict[tuple[str, str], Operation] = {}
    for _, module in MODULES:
        rows.update(import_module(module).OPERATIONS.rows)
    return rows
