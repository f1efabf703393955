"""What an instance is logged in with, and what it may do: key pairs and RAM roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fake_aliyun import pages
from fake_aliyun.ecs import checks
from fake_aliyun.ecs.describe_instances import chosen, ids_of
from fake_aliyun.ecs.model import Instance
from fake_aliyun.errors import ApiError
from fake_aliyun.operations import Answer, Operations
from fake_aliyun.parameters import Params

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account

OPERATIONS = Operations("Ecs")
_MOST_ROLES = 50


def _each(account: Account, p: Params, change: Any) -> tuple[list[dict[str, Any]], int]:
    """Changes each instance on its own; gives the results and how many failed."""
    results = []
    for instance_id in ids_of(p):
        result: dict[str, Any] = {
            "InstanceId": instance_id,
            "Code": "200",
            "Message": "success",
            "Success": True,
        }
        try:
            change(checks.instance(account, instance_id))
        except ApiError as error:
            result.update(Code=error.code, Message=error.message, Success=False)
        results.append(result)
    return results, sum(not each["Success"] for each in results)


@OPERATIONS("RegionId! InstanceIds! RamRoleName!", unused="Policy")
def attach_instance_ram_role(account: Account, p: Params, now: float) -> Answer:
    """Gives instances a RAM role; an instance has one at most."""
    checks.region(p)
    role = p.text("RamRoleName")

    def attach(instance: Instance) -> None:
        if instance.ram_role_name not in ("", role):
            raise ApiError(
                "InvalidOperation.RamRoleExists", "The instance has a RAM role already.", status=403
            )
        instance.ram_role_name = role

    results, failed = _each(account, p, attach)
    return {
        "RamRoleName": role,
        "TotalCount": len(results),
        "FailCount": failed,
        "AttachInstanceRamRoleResults": {"AttachInstanceRamRoleResult": results},
    }


@OPERATIONS("RegionId! InstanceIds! RamRoleName")
def detach_instance_ram_role(account: Account, p: Params, now: float) -> Answer:
    """Takes RAM roles away from instances, by default whichever they have."""
    checks.region(p)
    role = p.text("RamRoleName")

    def detach(instance: Instance) -> None:
        if role and instance.ram_role_name != role:
            raise ApiError(
                "InvalidRamRole.NotEcsRole", "The instance does not have the RAM role.", status=403
            )
        instance.ram_role_name = ""

    results, failed = _each(account, p, detach)
    for each in results:
        each["InstanceRamRoleSets"] = {
            "InstanceRamRoleSet": [{"InstanceId": each["InstanceId"], "RamRoleName": role}]
        }
    return {
        "RamRoleName": role,
        "TotalCount": len(results),
        "FailCount": failed,
        "DetachInstanceRamRoleResults": {"DetachInstanceRamRoleResult": results},
    }


@OPERATIONS("RegionId! InstanceIds RamRoleName PageNumber:int PageSize:int")
def describe_instance_ram_role(account: Account, p: Params, now: float) -> Answer:
    """Lists the RAM roles of instances; an instance without one is listed with an empty name."""
    region_id = checks.region(p)
    ids = p.ids("InstanceIds", "InvalidInstanceIds.Malformed")
    # "You must specify at least one of InstanceIds and RamRoleName." "You can specify up to 50 instances at a time."
    if not ids and not p.text("RamRoleName"):
        raise ApiError("MissingParameter", "InstanceIds or RamRoleName is required.")
    if len(ids) > _MOST_ROLES:
        raise ApiError("InvalidInstanceIds.Malformed", f"InstanceIds takes at most {_MOST_ROLES} ids.")
    for each in ids:
        checks.instance(account, each)
    role = p.text("RamRoleName")
    row = [each for each in chosen(account, region_id, ids) if role in ("", each.ram_role_name)]
    page, about = pages.by_number(row, p)
    shown = [{"InstanceId": each.id, "RamRoleName": each.ram_role_name} for each in page]
    return {
        "RegionId": region_id,
        "InstanceRamRoleSets": {"InstanceRamRoleSet": shown},
        "TotalCount": about["TotalCount"],
    }


def _key_pair(account: Account, p: Params, attach: bool) -> Answer:
    checks.region(p)
    key = p.text("KeyPairName")
    if account.known("key_pairs", key) is None:
        raise ApiError("InvalidKeyPairName.NotFound")

    def change(instance: Instance) -> None:
        if not attach and instance.key_pair_name != key:
            raise ApiError("InvalidInstanceId.NotFound", "The instance does not have the key pair.")
        instance.key_pair_name = key if attach else ""

    results, failed = _each(account, p, change)
    # Here the counts and the flags are strings.
    shown = [{**each, "Success": "true" if each["Success"] else "false"} for each in results]
    return {
        "KeyPairName": key,
        "TotalCount": str(len(results)),
        "FailCount": str(failed),
        "Results": {"Result": shown},
    }


@OPERATIONS("RegionId! InstanceIds! KeyPairName!")
def attach_key_pair(account: Account, p: Params, now: float) -> Answer:
    """Gives instances a key pair, instead of the one they have."""
    return _key_pair(account, p, attach=True)


@OPERATIONS("RegionId! InstanceIds! KeyPairName!")
def detach_key_pair(account: Account, p: Params, now: float) -> Answer:
    """Takes a key pair away from instances."""
    return _key_pair(account, p, attach=False)
