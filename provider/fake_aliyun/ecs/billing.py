"""How an instance is paid: by use or in advance, renewed, released by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fake_aliyun.ecs import checks, pools, run_instances
from fake_aliyun.ecs.describe_instances import ids_of
from fake_aliyun.ecs.model import Instance
from fake_aliyun.ecs.periods import AUTO_RENEWALS, CHARGE_TYPES, extended, period
from fake_aliyun.errors import ApiError
from fake_aliyun.operations import Answer, Operations
from fake_aliyun.parameters import Params

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account

OPERATIONS = Operations("Ecs")
# "The value can be a JSON array that consists of up to 20 instance IDs."
_MOST_IDS = 20
_MOST_RENEWED = 100
_UNITS = ("Week", "Month", "Year")
# "If PeriodUnit is set to Month, valid values of Duration are 1, 2, 3, 6, 12, 24, 36, 48, and 60" and so on.
_DURATIONS = {"Week": (1, 2, 3, 4), "Month": AUTO_RENEWALS["Month"], "Year": (1, 2, 3, 4, 5)}


def _settled(account: Account, instance_id: str, now: float) -> Instance:
    found = checks.instance(account, instance_id)
    found.settle(account.cloud.settings, now)
    return found


@OPERATIONS(
    "RegionId! InstanceIds! InstanceChargeType Period:int PeriodUnit IncludeDataDisks:bool ClientToken"
    " DryRun:bool"
    " IsDetailFee:bool",
    unused="AutoPay:bool",
)
def modify_instance_charge_type(account: Account, p: Params, now: float) -> Answer:
    """Turns pay-as-you-go instances into prepaid ones, or back; all or none."""
    checks.region(p)
    ids = ids_of(p)
    if len(ids) > _MOST_IDS:
        raise ApiError("InvalidInstanceIds.Malformed", f"InstanceIds takes at most {_MOST_IDS} ids.")
    target = p.one_of("InstanceChargeType", CHARGE_TYPES, "PrePaid")
    unit = p.one_of("PeriodUnit", _UNITS, "Month")
    length = period(p, unit) if target == "PrePaid" else 0
    found = [_settled(account, each, now) for each in ids]
    for instance in found:
        if instance.status not in ("Running", "Stopped"):
            raise ApiError("IncorrectInstanceStatus")
        if target == "PrePaid" and instance.pool_criteria == "Target":
            # The pool is matched again, and "The InstanceChargeType does not match the PrivatePool."
            raise ApiError("Invalid.InstanceChargeType")
    if p.flag("DryRun"):
        raise ApiError("DryRunOperation", lasting=False)
    for instance in found:
        instance.charge_type = target
        pools.rematch(account, instance, instance.pool_criteria, instance.pool_wanted, now)
        instance.expired_time = extended(now, length, unit) if target == "PrePaid" else None
        instance.period_unit = unit
        instance.deletion_protection = instance.deletion_protection and target == "PostPaid"
        for disk in instance.disks:
            if disk.kind == "system" or p.flag("IncludeDataDisks") or target == "PostPaid":
                disk.charge_type = target
    answer: Answer = {"OrderId": account.cloud.ids.order()}
    if p.flag("IsDetailFee"):
        fees = [{"InstanceId": each.id, "Currency": "CNY", "Fee": "0"} for each in found]
        answer["FeeOfInstances"] = {"FeeOfInstance": fees}
    return answer


@OPERATIONS("RegionId! InstanceId! RenewalStatus AutoRenew:bool Duration:int PeriodUnit")
def modify_instance_auto_renew_attribute(account: Account, p: Params, now: float) -> Answer:
    """Says how prepaid instances are renewed.

    "The RenewalStatus parameter takes precedence over the AutoRenew parameter."
    """
    checks.region(p)
    ids = p.text("InstanceId").split(",")
    # "You can specify up to 100 subscription instance IDs at a time."
    if len(ids) > _MOST_RENEWED:
        raise ApiError("InvalidParameter", f"InstanceId takes at most {_MOST_RENEWED} ids.")
    found = [_settled(account, each, now) for each in ids]
    default = "AutoRenewal" if p.flag("AutoRenew") else "Normal"
    status = p.one_of("RenewalStatus", ("AutoRenewal", "Normal", "NotRenewal"), default)
    unit = p.one_of("PeriodUnit", _UNITS, "Month")
    duration = p.integer("Duration", 1)
    if status == "AutoRenewal" and duration not in _DURATIONS[unit]:
        raise ApiError("InvalidParameter.Duration", 'The specified parameter "Duration" is not valid.')
    if any(each.charge_type != "PrePaid" for each in found):
        raise ApiError("ChargeTypeViolation")
    for each in found:
        each.renewal_status, each.auto_renew = status, status == "AutoRenewal"
        each.auto_renew_period = duration if each.auto_renew else 0
        each.period_unit = unit if each.auto_renew else each.period_unit
    return {}


@OPERATIONS(
    "InstanceId! Period:int PeriodUnit ClientToken",
    unused="ExpectedRenewDay:int",
    mismatch="Request uses a client token in a previous request but is not identical to that request.",
)
def renew_instance(account: Account, p: Params, now: float) -> Answer:
    """Renews a prepaid instance, an expired one from now on."""
    found = _settled(account, p.text("InstanceId"), now)
    if found.charge_type != "PrePaid" or found.expired_time is None:
        raise ApiError("ChargeTypeViolation")
    unit = p.one_of("PeriodUnit", _UNITS, "Month")
    found.expired_time = extended(max(now, found.expired_time), period(p, unit), unit)
    return {"OrderId": account.cloud.ids.order()}


@OPERATIONS("InstanceId! AutoReleaseTime")
def modify_instance_auto_release_time(account: Account, p: Params, now: float) -> Answer:
    """Sets when a pay-as-you-go instance is released by itself; without a time it is not."""
    found = _settled(account, p.text("InstanceId"), now)
    if found.charge_type != "PostPaid":
        raise ApiError("ChargeTypeViolation")
    given = p.text("AutoReleaseTime")
    found.auto_release_time = run_instances.auto_release_time(given, now) if given else None
    run_instances.plan_release(account, found)
    return {}
