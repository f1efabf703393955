"""The whole table of operations: (product, action) → operation."""

from __future__ import annotations

from fake_aliyun.bss import operations as bss
from fake_aliyun.ecs import (
    attachments,
    billing,
    change_spec,
    credentials,
    describe_instances,
    disks,
    modify_disks,
    modify_instances,
    power,
    reservations,
    run_instances,
    sales,
    tags,
    zones,
)
from fake_aliyun.network import location, security_groups, vswitches
from fake_aliyun.operations import Operation
from fake_aliyun.sts import operations as sts

TABLE: dict[tuple[str, str], Operation] = {
    **reservations.OPERATIONS.rows,
    **attachments.OPERATIONS.rows,
    **run_instances.OPERATIONS.rows,
    **describe_instances.OPERATIONS.rows,
    **power.OPERATIONS.rows,
    **modify_instances.OPERATIONS.rows,
    **change_spec.OPERATIONS.rows,
    **billing.OPERATIONS.rows,
    **credentials.OPERATIONS.rows,
    **disks.OPERATIONS.rows,
    **modify_disks.OPERATIONS.rows,
    **tags.OPERATIONS.rows,
    **zones.OPERATIONS.rows,
    **sales.OPERATIONS.rows,
    **security_groups.OPERATIONS.rows,
    **vswitches.ECS.rows,
    **vswitches.VPC.rows,
    **location.OPERATIONS.rows,
    **bss.OPERATIONS.rows,
    **sts.OPERATIONS.rows,
}
