"""How an instance is paid: by use or in advance, renewed, released by itself."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from . import cloud, polls, run
from .errors import GONE

if TYPE_CHECKING:
    from .bridge import Operation
    from .lifecycle import Properties


def expired(state: Mapping[str, Any], now: datetime) -> bool:
    """Whether it is a subscription that has run out, by its last known outputs."""
    end = _MINUTE.match(str(state.get("expired_time")))
    return (
        state.get("instance_charge_type") == "PrePaid"
        and end is not None
        and datetime(*map(int, end.groups()), tzinfo=timezone.utc) <= now  # type: ignore[arg-type, misc, unused-ignore]
    )


def bid(values: Mapping[str, Any]) -> tuple[Any, Any]:
    """The spot strategy and the price limit, as far as they are of any effect."""
    strategy = values.get("spot_strategy") or "NoSpot"
    # "After you specify the DedicatedHostId parameter, the SpotStrategy and SpotPriceLimit settings … are … ignored."
    if values.get("dedicated_host_id") or strategy == "NoSpot":
        return "NoSpot", None
    return strategy, values.get("spot_price_limit") if strategy != "SpotAsPriceGo" else None


_MINUTE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2})")


# ---- renewal -----------------------------------------------------------------------------------------------


@functools.cache
def _renewals(region_id: str) -> polls.Watch:
    """How the subscriptions of a region are renewed, by instance id."""

    def describe(operation: Operation, ids: list[str]) -> dict[str, cloud.Item]:
        parameters = {"RegionId": region_id, "InstanceId": ",".join(ids), "PageSize": "100"}
        answer = cloud.ecs(operation, region_id, "DescribeInstanceAutoRenewAttribute", parameters)
        return {item["InstanceId"]: item for item in cloud.listed(answer, "InstanceRenewAttributes")}

    return polls.Watch(polls.where_some_are_gone(describe, *GONE))


_MONTHS = {"Month": 1, "Year": 12}


def renewal(operation: Operation, region_id: str, id_: str, known: Properties) -> Properties:
    """How it is renewed, as far as the program names it and in the program's unit."""
    item = _renewals(region_id).once(operation, id_)
    if item is None:  # of no effect: it isn't a subscription
        return {}
    renews = item.get("RenewalStatus") == "AutoRenewal"
    live = {"auto_renew": renews}
    if renews:
        unit, length = str(item.get("PeriodUnit") or "Month"), int(item.get("Duration") or 0)
        wanted = str(known.get("period_unit") or "Month")
        if unit != wanted:
            # In another unit it is something else, unless both are months.
            length = length * _MONTHS[unit] if wanted == "Month" and unit in _MONTHS else 0
        live["auto_renew_period"] = length
    return {name: value for name, value in live.items() if known.get(name) is not None}


# ---- changes -----------------------------------------------------------------------------------------------


def change_charge_type(operation: Operation, region_id: str, item: cloud.Item, wanted: Properties) -> None:
    """ModifyInstanceChargeType, unless an interrupted run has done it: it costs money each time."""
    want = wanted.get("instance_charge_type") or "PostPaid"
    if item.get("InstanceChargeType") == want:
        return
    prepaid = want == "PrePaid"
    parameters = {
        "RegionId": region_id,
        "InstanceIds": json.dumps([item["InstanceId"]]),
        "InstanceChargeType": want,
        "Period": wanted.get("period") if prepaid else None,
        "PeriodUnit": wanted.get("period_unit") if prepaid else None,
        "AutoPay": True,
        "ClientToken": run.change_token(operation, wanted, "instance_charge_type"),
    }
    cloud.ecs(operation, region_id, "ModifyInstanceChargeType", parameters)


def change_release(operation: Operation, region_id: str, id_: str, wanted: Properties) -> None:
    """ModifyInstanceAutoReleaseTime: when a pay-as-you-go instance goes by itself, if ever."""
    if wanted.get("instance_charge_type") == "PrePaid":  # becoming a subscription clears it
        return
    parameters = {"InstanceId": id_, "AutoReleaseTime": wanted.get("auto_release_time") or ""}
    cloud.ecs(operation, region_id, "ModifyInstanceAutoReleaseTime", {"RegionId": region_id, **parameters})


def change_renewal(operation: Operation, region_id: str, id_: str, wanted: Properties) -> None:
    """ModifyInstanceAutoRenewAttribute, of a subscription; paid by use there is nothing to renew."""
    if wanted.get("instance_charge_type") != "PrePaid":
        return
    renews = bool(wanted.get("auto_renew"))
    parameters = {
        "RegionId": region_id,
        "InstanceId": id_,
        "AutoRenew": renews,
        "Duration": (wanted.get("auto_renew_period") or 1) if renews else None,
        "PeriodUnit": (wanted.get("period_unit") or "Month") if renews else None,
    }
    cloud.ecs(operation, region_id, "ModifyInstanceAutoRenewAttribute", parameters)
