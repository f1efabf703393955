"""BSS: buying by order, renewing, releasing. Refusals come inside HTTP 200, with `Success: false`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fake_aliyun.bss.model import BssInstance
from fake_aliyun.clock import parse_utc, utc
from fake_aliyun.ecs.periods import extended
from fake_aliyun.errors import ApiError
from fake_aliyun.operations import Answer, Operations
from fake_aliyun.parameters import Params

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account

OPERATIONS = Operations("BssOpenApi")
_SUBSCRIPTIONS = ("Subscription", "PayAsYouGo")
_RENEWALS = ("AutoRenewal", "ManualRenewal", "NotRenewal")
_MOST_IDS = 100
_MOST_PARAMETERS = 100
_PERIODS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36, 48, 60)
_DEFAULT_REGION = "cn-hangzhou"


class Refused(Exception):
    """A refusal inside HTTP 200."""

    def __init__(self, code: str, message: str) -> None:
        self.answer: Answer = {"Code": code, "Message": message, "Success": False}
        super().__init__(code)


def _succeeded(data: dict[str, Any] | None = None, message: str = "Successful!") -> Answer:
    answer: Answer = {"Code": "Success", "Message": message, "Success": True}
    return answer if data is None else {**answer, "Data": data}


def _invalid(name: str) -> ApiError:
    return ApiError("InvalidParameter", f'The specified parameter "{name}" is not valid.')


def _word(p: Params, name: str, allowed: tuple[str, ...]) -> str:
    value = p.text(name)
    if value and value not in allowed:
        raise _invalid(name)
    return value


@OPERATIONS(
    "ProductCode! SubscriptionType! ProductType ClientToken Parameter.N.Code Parameter.N.Value Period:int"
    " RenewalStatus"
    " RenewPeriod:int",
    unused="Logistics PricingCycle:int",
)
def create_instance(account: Account, p: Params, now: float) -> Answer:
    """Buys an instance."""
    subscription = _word(p, "SubscriptionType", _SUBSCRIPTIONS)
    renewal = _word(p, "RenewalStatus", ("AutoRenewal", "ManualRenewal")) or "ManualRenewal"
    parameters = _parameters(p)
    if p.text("ProductCode").lower() in ("ecs", "rds"):
        # "You cannot create ECS instances or ApsaraDB RDS instances by calling the operation"
        return Refused("NotApplicable", "This API is not applicable for caller.").answer
    period, renew = p.integer("Period"), p.integer("RenewPeriod")
    if subscription == "Subscription" and period not in _PERIODS:
        raise _invalid("Period")
    if renewal == "AutoRenewal" and renew < 1:
        raise _invalid("RenewPeriod")
    region_id = (
        parameters.get("Region") or parameters.get("RegionId") or p.text("RegionId") or _DEFAULT_REGION
    )
    instance = BssInstance(
        id=account.cloud.ids.resource(p.text("ProductCode").lower(), region_id),
        region_id=region_id,
        product_code=p.text("ProductCode"),
        product_type=p.text("ProductType"),
        subscription_type=subscription,
        status="Creating",
        since=now,
        create_time=now,
        order_id=account.cloud.ids.order(),
        end_time=extended(now, period, "Month") if subscription == "Subscription" else None,
        renew_status=renewal,
        renewal_duration=renew if renewal == "AutoRenewal" else 0,
        parameters=parameters,
    )
    account.bss_instances.add(instance)
    return _succeeded({"OrderId": instance.order_id, "InstanceId": instance.id})


def _parameters(p: Params) -> dict[str, str]:
    """Reads Parameter.N: at most 100, each code once."""
    given = p.objects("Parameter")
    found: dict[str, str] = {}
    for each in given:
        code = each.get("Code", "")
        if not code or code in found:
            raise _invalid("Parameter")
        found[code] = each.get("Value", "")
    if len(given) > _MOST_PARAMETERS:
        raise _invalid("Parameter")
    return found


def _ids(p: Params, name: str) -> list[str]:
    """Reads ids: "Separate multiple IDs with commas (,). A maximum of 100 IDs can be specified."."""
    ids = [each.strip() for each in p.text(name).split(",")]
    if len(ids) > _MOST_IDS or not all(ids):
        raise _invalid(name)
    return list(dict.fromkeys(ids))


def _own(account: Account, p: Params, ids: list[str], now: float) -> list[BssInstance]:
    """Finds the account's instances of the product that is named."""
    found = []
    for each in ids:
        instance = account.bss_instances.get(each)
        if (
            instance is None
            or p.text("ProductCode", instance.product_code) != instance.product_code
            or p.text("SubscriptionType", instance.subscription_type) != instance.subscription_type
            or (
                p.text("ProductType")
                and p.text("ProductType") != (instance.product_type or p.text("ProductType"))
            )
            or p.text("Region", instance.region_id) != instance.region_id
            or instance.settle(account.cloud.settings, now) == "Released"
        ):
            raise Refused("InstanceNotFound", f"The instance {each} does not exist.")
        found.append(instance)
    return found


def _release(instance: BssInstance, now: float) -> None:
    instance.status, instance.since = "Released", now


@OPERATIONS(
    "ProductCode! SubscriptionType! InstanceIds! ProductType Region",
    unused="RenewStatus",
)
def release_instance(account: Account, p: Params, now: float) -> Answer:
    """Releases instances.

    "This operation is provided for only VNOs to release instances. If a non-specific VNO calls this
    operation, the request is blocked." The code of the block is an assumption.
    """
    _word(p, "SubscriptionType", _SUBSCRIPTIONS)
    _word(p, "RenewStatus", _RENEWALS)
    ids = _ids(p, "InstanceIds")
    if not account.vno:
        return Refused("NotApplicable", "This API is not applicable for caller.").answer
    try:
        found = _own(account, p, ids, now)
    except Refused as refusal:
        return {**refusal.answer, "Data": {"ReleaseResult": False, "HostId": ""}}
    for instance in found:
        _release(instance, now)
    # The sample answer of the page says `"Message": "successful"` and `"HostId": "cn"`.
    return _succeeded({"ReleaseResult": True, "HostId": "cn"}, "successful")


@OPERATIONS("ProductCode! InstanceId! ProductType ClientToken ImmediatelyRelease")
def refund_instance(account: Account, p: Params, now: float) -> Answer:
    """Gives a subscription back.

    Assumption: only subscriptions can be refunded, and only until they expire.
    """
    try:
        (instance,) = _own(account, p, [p.text("InstanceId")], now)
    except Refused as refusal:
        return refusal.answer
    if instance.subscription_type != "Subscription" or instance.status == "Expired":
        return Refused("RefundNotAllowed", "The instance can not be refunded.").answer
    _release(instance, now)
    return _succeeded({"OrderId": int(account.cloud.ids.order()), "HostId": "cn"})


@OPERATIONS(
    "InstanceIDs! RenewalStatus! RenewalPeriod:int RenewalPeriodUnit ProductCode ProductType SubscriptionType"
)
def set_renewal(account: Account, p: Params, now: float) -> Answer:
    """Says how subscriptions are renewed."""
    renewal = _word(p, "RenewalStatus", _RENEWALS)
    unit = _word(p, "RenewalPeriodUnit", ("M", "Y"))
    ids = _ids(p, "InstanceIDs")
    # "This parameter is required if RenewalStatus is set to AutoRenewal."
    if renewal == "AutoRenewal" and (p.integer("RenewalPeriod") not in (1, 2, 3, 6, 12) or not unit):
        raise _invalid("RenewalPeriod")
    try:
        found = _own(account, p, ids, now)
    except Refused as refusal:
        return refusal.answer
    for instance in found:
        instance.renew_status = renewal
        instance.renewal_duration = p.integer("RenewalPeriod") if renewal == "AutoRenewal" else 0
        instance.renewal_duration_unit = unit or "M"
    return _succeeded()


@OPERATIONS("ProductCode! InstanceId! RenewPeriod!:int ProductType ClientToken")
def renew_instance(account: Account, p: Params, now: float) -> Answer:
    """Renews a subscription by some months."""
    if p.integer("RenewPeriod") not in (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36):
        raise _invalid("RenewPeriod")
    try:
        (instance,) = _own(account, p, [p.text("InstanceId")], now)
    except Refused as refusal:
        return refusal.answer
    if instance.end_time is None:
        return Refused("NotApplicable", "The instance is not a subscription.").answer
    instance.end_time = extended(max(now, instance.end_time), p.integer("RenewPeriod"), "Month")
    if instance.status == "Expired":
        instance.status, instance.since = "Normal", now
    return _succeeded({"OrderId": account.cloud.ids.order()})


@OPERATIONS(
    "InstanceIDs Region ProductCode ProductType SubscriptionType RenewStatus CreateTimeStart CreateTimeEnd"
    " EndTimeStart EndTimeEnd PageNum:int PageSize:int"
)
def query_available_instances(account: Account, p: Params, now: float) -> Answer:
    """Lists instances; those released are left out."""
    _word(p, "SubscriptionType", _SUBSCRIPTIONS)
    _word(p, "RenewStatus", _RENEWALS)
    if p.text("Region") and not p.text("ProductCode"):
        # "Region needs ProductCode"
        raise ApiError("MissingParameter", "ProductCode is mandatory if Region is given.")
    ids = set(_ids(p, "InstanceIDs")) if p.text("InstanceIDs") else None
    size, number = p.integer("PageSize", 20), p.integer("PageNum", 1)
    if not 1 <= size <= 300 or number < 1:
        raise _invalid("PageSize")
    times = {
        name: _moment(p, name) for name in ("CreateTimeStart", "CreateTimeEnd", "EndTimeStart", "EndTimeEnd")
    }
    settings = account.cloud.settings
    row = [
        each
        for each in account.bss_instances
        if each.settle(settings, now) != "Released"
        and (ids is None or each.id in ids)
        and p.text("Region", each.region_id) == each.region_id
        and p.text("ProductCode", each.product_code) == each.product_code
        and p.text("ProductType", each.product_type) == each.product_type
        and p.text("SubscriptionType", each.subscription_type) == each.subscription_type
        and p.text("RenewStatus", each.renew_status) == each.renew_status
        and _within(each.create_time, times["CreateTimeStart"], times["CreateTimeEnd"])
        and _within(each.end_time, times["EndTimeStart"], times["EndTimeEnd"])
    ]
    page = row[(number - 1) * size : number * size]
    return _succeeded(
        {
            "InstanceList": [describe(account, each) for each in page],
            "PageNum": number,
            "PageSize": size,
            "TotalCount": len(row),
        }
    )


def _moment(p: Params, name: str) -> float | None:
    text = p.text(name)
    moment = parse_utc(text) if text else None
    if text and moment is None:
        raise _invalid(name)
    return moment


def _within(moment: float | None, start: float | None, end: float | None) -> bool:
    if start is None and end is None:
        return True
    return moment is not None and (start is None or moment >= start) and (end is None or moment <= end)


def describe(account: Account, each: BssInstance) -> dict[str, Any]:
    """Writes an instance as QueryAvailableInstances shows it."""
    expired = each.status == "Expired"
    return {
        "InstanceID": each.id,
        "OwnerId": int(account.id),
        "ProductCode": each.product_code,
        "ProductType": each.product_type,
        "SubscriptionType": each.subscription_type,
        "Region": each.region_id,
        "Status": each.status,
        "SubStatus": "Expired" if expired else "Normal",
        "CreateTime": utc(each.create_time),
        "EndTime": utc(each.end_time),
        "StopTime": utc(each.end_time) if expired else "",
        "ReleaseTime": "",
        "ExpectedReleaseTime": "",
        "RenewStatus": each.renew_status,
        "RenewalDuration": each.renewal_duration,
        "RenewalDurationUnit": each.renewal_duration_unit,
        "Seller": "",
        "SellerId": 0,
    }
