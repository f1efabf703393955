"""The state of an account, as the control plane shows it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fake_aliyun.bss import operations as bss
from fake_aliyun.ecs import describe_instances, reservations

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account
    from fake_aliyun.bss.model import BssInstance
    from fake_aliyun.cloud import Cloud
    from fake_aliyun.ecs.model import Instance, Reservation

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake(name: str) -> str:
    """Writes a name of the API in snake_case: `VSwitchId` is `vswitch_id`."""
    return _WORD.sub("_", name).lower().replace("v_switch", "vswitch")


def _snaked(value: Any) -> Any:
    if isinstance(value, dict):
        return {snake(name): _snaked(each) for name, each in value.items()}
    return [_snaked(each) for each in value] if isinstance(value, list) else value


def state(cloud: Cloud, access_key_or_account: str = "") -> dict[str, list[dict[str, Any]]]:
    """Gives all resources of an account, gone ones included; by default of the first account."""
    with cloud.lock:
        now = cloud.catch_up()
        account = cloud.find_account(access_key_or_account)
        for instance in account.instances:
            instance.settle(cloud.settings, now)
        return {
            "capacity_reservations": [_reservation(each, now) for each in account.reservations],
            "instances": [_instance(each) for each in [*account.instances, *account.gone_instances]],
            "bss_instances": [_bss_instance(account, each, now) for each in account.bss_instances],
        }


def _reservation(each: Reservation, now: float) -> dict[str, Any]:
    each.settle(each.owner.cloud.settings, now)
    shown = _snaked(reservations.describe(each))
    return {
        **shown,
        "id": each.id,
        "name": each.name,
        "match_criteria": each.match_criteria,
        "zone_id": each.zone_id,
        "instance_type": each.instance_type,
        "instance_amount": each.total,
        "used_amount": each.used,
        "available_amount": each.available,
        "tags": dict(each.tags),
    }


def _instance(each: Instance) -> dict[str, Any]:
    shown = _snaked(describe_instances.describe(each))
    return {
        **shown,
        "id": each.id,
        "vswitch_id": each.vswitch_id,
        "vpc_id": each.vpc_id,
        "private_ip": each.private_ip,
        "public_ip": each.public_ip,
        "security_group_ids": list(each.security_group_ids),
        "private_pool": {"match_criteria": each.pool_criteria, "id": each.pool.id if each.pool else ""},
        "ram_role_name": each.ram_role_name,
        "operation_locks": [lock["LockReason"] for lock in each.locks],
        "tags": dict(each.tags),
    }


def _bss_instance(account: Account, each: BssInstance, now: float) -> dict[str, Any]:
    each.settle(account.cloud.settings, now)
    return {
        **_snaked(bss.describe(account, each)),
        "id": each.id,
        "order_id": each.order_id,
        "region_id": each.region_id,
        "zone_id": each.parameters.get("ZoneId", ""),
        "instance_type": each.parameters.get("InstanceType", ""),
        "tags": {},
        "parameters": dict(each.parameters),
    }
