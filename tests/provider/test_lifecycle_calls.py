"""Which calls a change makes: none for what is so already, and each with the API's own names."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from test_creating_requests import Door

from pulumi_aliyun import bss_sites, ecs_access, ecs_billing, polls, run, tags
from pulumi_aliyun.bridge import Operation
from pulumi_aliyun.bss_instance import BssInstanceProvider
from pulumi_aliyun.capacity_reservation import CapacityReservationProvider
from pulumi_aliyun.ecs_instance import EcsInstanceProvider
from pulumi_aliyun.errors import ApiError, InvalidInput, NotThere
from pulumi_aliyun.lifecycle import Created

WHOM = {"RegionId": "cn-hangzhou", "InstanceIds": json.dumps(["i-1"])}


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    return Door(monkeypatch)


@pytest.mark.parametrize(
    ("has", "want", "calls"),
    [
        ("", None, []),
        ("", "", []),
        ("a", "a", []),
        ("", "a", [("Attach", "a")]),
        ("a", None, [("Detach", "a")]),
        ("a", "", [("Detach", "a")]),
    ],
)
def test_a_key_pair_and_a_role_are_attached_and_detached_by_what_is_there(
    door: Door, monkeypatch: pytest.MonkeyPatch, has: str, want: str | None, calls: list[Any]
) -> None:
    """An interrupted run may have got there already."""
    monkeypatch.setattr(ecs_access, "role", lambda *_: has)
    item, wanted = {"InstanceId": "i-1", "KeyPairName": has}, {"key_pair_name": want, "ram_role_name": want}
    for name, noun, key in (
        ("key_pair_name", "KeyPair", "KeyPairName"),
        ("ram_role_name", "InstanceRamRole", "RamRoleName"),
    ):
        door.asked.clear()
        ecs_access.change(Operation(), "cn-hangzhou", item, wanted, frozenset({name}))
        assert door.asked == [(f"{verb}{noun}", {**WHOM, key: which}) for verb, which in calls]
    door.asked.clear()
    ecs_access.change(Operation(), "cn-hangzhou", item, wanted, frozenset({"description"}))
    assert door.asked == []


def test_another_key_pair_takes_the_place_and_another_role_waits_for_the_old_to_go(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As their pages say."""
    monkeypatch.setattr(ecs_access, "role", lambda *_: "a")
    wanted = {"key_pair_name": "b", "ram_role_name": "b"}
    item = {"InstanceId": "i-1", "KeyPairName": "a"}
    ecs_access.change(Operation(), "cn-hangzhou", item, wanted, frozenset(wanted))
    assert [action for action, _ in door.asked] == [
        "AttachKeyPair",
        "DetachInstanceRamRole",
        "AttachInstanceRamRole",
    ]


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        ({"instance_charge_type": "PostPaid"}, None),
        ({"instance_charge_type": "PrePaid"}, (False, None, None)),
        (
            {"instance_charge_type": "PrePaid", "auto_renew": False, "auto_renew_period": 3},
            (False, None, None),
        ),
        ({"instance_charge_type": "PrePaid", "auto_renew": True}, (True, 1, "Month")),
        (
            {
                "instance_charge_type": "PrePaid",
                "auto_renew": True,
                "auto_renew_period": 2,
                "period_unit": "Year",
            },
            (True, 2, "Year"),
        ),
    ],
)
def test_how_a_subscription_is_renewed_is_said_as_a_whole(
    door: Door, wanted: dict[str, Any], sent: tuple[Any, ...] | None
) -> None:
    """Paid by use, there is nothing to renew."""
    ecs_billing.change_renewal(Operation(), "cn-hangzhou", "i-1", wanted)
    names = ("AutoRenew", "Duration", "PeriodUnit")
    assert [tuple(each[name] for name in names) for _, each in door.asked] == ([sent] if sent else [])
    for action, each in door.asked:
        assert action == "ModifyInstanceAutoRenewAttribute"
        assert (each["RegionId"], each["InstanceId"]) == ("cn-hangzhou", "i-1")


@pytest.mark.parametrize(
    ("wanted", "time"),
    [
        ({"auto_release_time": "2099-01-01T00:00:00Z"}, ["2099-01-01T00:00:00Z"]),
        ({}, [""]),
        ({"instance_charge_type": "PrePaid"}, []),
    ],
)
def test_when_an_instance_goes_by_itself_is_set_and_cleared(
    door: Door, wanted: dict[str, Any], time: list[str]
) -> None:
    """Becoming a subscription clears it, too."""
    ecs_billing.change_release(Operation(), "cn-hangzhou", "i-1", wanted)
    expected = {"RegionId": "cn-hangzhou", "InstanceId": "i-1"}
    assert door.asked == [
        ("ModifyInstanceAutoReleaseTime", {**expected, "AutoReleaseTime": each}) for each in time
    ]


@pytest.mark.parametrize(
    ("has", "wanted", "sent"),
    [
        ("PostPaid", {"instance_charge_type": "PostPaid"}, None),
        ("PostPaid", {}, None),
        ("PrePaid", {"instance_charge_type": "PrePaid", "period": 1}, None),
        (
            "PostPaid",
            {"instance_charge_type": "PrePaid", "period": 2, "period_unit": "Year"},
            ("PrePaid", 2, "Year"),
        ),
        ("PrePaid", {"period": 2, "period_unit": "Year"}, ("PostPaid", None, None)),
    ],
)
def test_how_an_instance_is_paid_is_changed_once(
    door: Door, has: str, wanted: dict[str, Any], sent: tuple[Any, ...] | None
) -> None:
    """Each call costs money: none where an interrupted run has made it."""
    item = {"InstanceId": "i-1", "InstanceChargeType": has}
    ecs_billing.change_charge_type(Operation(), "cn-hangzhou", item, wanted)
    names = ("InstanceChargeType", "Period", "PeriodUnit")
    assert [tuple(each[name] for name in names) for _, each in door.asked] == ([sent] if sent else [])
    for action, each in door.asked:
        assert (action, each["RegionId"]) == ("ModifyInstanceChargeType", "cn-hangzhou")
        assert (each["InstanceIds"], each["AutoPay"]) == ('["i-1"]', True)
        assert each["ClientToken"] == run.change_token(Operation(), wanted, "instance_charge_type")


POOL = {"RegionId": "cn-hangzhou", "PrivatePoolOptions": {"Id": "crp-1"}}


@pytest.mark.parametrize(
    ("changed", "wanted", "sent"),
    [
        ({"tags"}, {}, None),
        ({"name"}, {"name": "b"}, {**POOL, "PrivatePoolOptions": {"Id": "crp-1", "Name": "b"}}),
        ({"name"}, {}, {**POOL, "PrivatePoolOptions": {"Id": "crp-1", "Name": ""}}),
        ({"description"}, {"description": "b"}, {**POOL, "Description": "b"}),
        ({"description"}, {}, {**POOL, "Description": ""}),
        ({"end_time_type"}, {}, {**POOL, "EndTimeType": "Unlimited", "EndTime": None}),
        (
            {"end_time"},
            {"end_time_type": "Limited", "end_time": "2099-01-01T00:00:00Z"},
            {**POOL, "EndTimeType": "Limited", "EndTime": "2099-01-01T00:00:00Z"},
        ),
        ({"instance_amount"}, {"instance_amount": 3}, {**POOL, "InstanceAmount": 3}),
    ],
)
def test_a_reservation_is_changed_by_one_call(
    door: Door,
    monkeypatch: pytest.MonkeyPatch,
    changed: set[str],
    wanted: dict[str, Any],
    sent: dict[str, Any] | None,
) -> None:
    """With what has changed, and nothing else; what is taken back is cleared."""
    provider = CapacityReservationProvider()
    tagged: list[Any] = []
    monkeypatch.setattr(provider, "_refuse_to_shrink_below_use", lambda *_: None, raising=False)
    monkeypatch.setattr(tags, "change", lambda *given: tagged.append(given[1:]))
    olds = {"region_id": "cn-hangzhou", "tags": {"a": "b"}}
    provider.change(Operation(), "crp-1", olds, {**wanted, "tags": {"c": "d"}}, frozenset(changed))
    assert door.asked == ([("ModifyCapacityReservation", sent)] if sent else [])
    expected = ("cn-hangzhou", "capacityreservation", "crp-1", {"a": "b"}, {"c": "d"})
    assert tagged == ([expected] if "tags" in changed else [])


class Seen:
    """Stands in for a list that has just been read."""

    def __init__(self, item: dict[str, Any]) -> None:
        self.item = item

    def once(self, *_: Any) -> dict[str, Any]:
        """What it shows."""
        return self.item

    def until(self, _: Operation, _id: str, done: Any, **__: Any) -> Any:
        """What is waited for is there."""
        return done(self.item)


PROTECTED = {"InstanceId": "i-1", "InstanceChargeType": "PostPaid", "DeletionProtection": True}
PAID = {"InstanceId": "i-1", "InstanceChargeType": "PrePaid", "ExpiredTime": "2099-01-01T00:00Z"}


@pytest.mark.parametrize(
    ("item", "state", "why", "outside"),
    [
        (PROTECTED, {"deletion_protection": True}, "deletion_protection: ", False),
        (PROTECTED, {"deletion_protection": False}, "deletion_protection: ", True),
        (PROTECTED, {}, "deletion_protection: ", True),
        (PAID, {}, "instance_charge_type: the instance is paid for until 2099", False),
    ],
)
def test_what_can_not_be_deleted_is_left_as_it_is(
    door: Door,
    monkeypatch: pytest.MonkeyPatch,
    item: dict[str, Any],
    state: dict[str, Any],
    why: str,
    *,
    outside: bool,
) -> None:
    """With the reason, and whether it is the program's own."""
    monkeypatch.setattr(polls, "instances", lambda _: Seen(item))
    with pytest.raises(InvalidInput, match=f"i-1 can't be deleted: {why}") as refused:
        EcsInstanceProvider().give_back(Operation(), "cn-hangzhou", "i-1", state)
    hint = " It was protected outside of this program: run `pulumi up --refresh`."
    assert str(refused.value).endswith(f"first.{hint * outside}")
    assert door.asked == []


def test_what_keeps_one_from_being_replaced_is_what_keeps_it_from_being_deleted() -> None:
    """Each of its kind says so beforehand, as far as the state tells."""
    now = datetime.now(timezone.utc)
    assert len(EcsInstanceProvider().undeletable({"deletion_protection": True}, now=now)) == 1
    assert len(CapacityReservationProvider().undeletable({"status": "Pending"}, now=now)) == 1
    assert BssInstanceProvider().undeletable({"status": "Normal"}, now=now) == []


@pytest.mark.parametrize(
    ("how", "code", "advice"),
    [
        ("refund", "NotAllowed", "if it can't be refunded, set on_delete='retain'"),
        ("refund", "Throttling.User", ""),
        ("release", "NotAllowed", "virtual network operators (VNOs) only"),
        (None, "NotAllowed", "virtual network operators (VNOs) only"),
        ("release", "Throttling.User", ""),
        ("release", "NoPermission", ""),
    ],
)
def test_only_what_is_refused_for_good_is_advised_to_be_done_otherwise(
    monkeypatch: pytest.MonkeyPatch, how: str | None, code: str, advice: str
) -> None:
    """Any other error is told as it is."""
    item = {"InstanceID": "waf-1", "ProductCode": "waf", "SubscriptionType": "Subscription"}
    item |= {"EndTime": "2099-01-01T00:00:00Z", "Status": "Normal"}
    monkeypatch.setattr(polls, "bss_instances", lambda: Seen(item))
    asked: list[tuple[str, Any]] = []

    def refused(_: Operation, action: str, parameters: dict[str, Any]) -> None:
        asked.append((action, parameters))
        raise ApiError(action, code, "no", request_id="r")

    monkeypatch.setattr(bss_sites, "call", refused)
    with pytest.raises(InvalidInput if advice else ApiError) as told:
        BssInstanceProvider().give_back(Operation(), "", "waf-1", {"on_delete": how})
    assert advice in str(told.value)
    assert ("and is paid for until" in str(told.value)) is bool(advice)
    ((action, parameters),) = asked
    assert action == ("RefundInstance" if how == "refund" else "ReleaseInstance")
    assert parameters["ProductCode"] == "waf"
    if how == "refund":  # at once, and once; "Unless otherwise specified, pass an empty string"
        assert (parameters["InstanceId"], parameters["ProductType"]) == ("waf-1", "")
        assert parameters["ImmediatelyRelease"] == "1" and len(parameters["ClientToken"]) == 48
    else:
        assert (parameters["InstanceIds"], parameters["SubscriptionType"]) == ("waf-1", "Subscription")


# ---- what the engine keeps of an operation that fails half-way ----------------------------------------------


@pytest.fixture
def half(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A life in which buying works, and neither changing nor waiting does."""

    def fails(*given: Any) -> None:
        raise NotThere(str(given[-1]))

    monkeypatch.setattr(run, "this", run.Run())
    provider = CapacityReservationProvider()
    monkeypatch.setattr(provider, "buy", lambda *given: Created("crp-1", given[-1]), raising=False)
    monkeypatch.setattr(provider, "change", fails, raising=False)
    monkeypatch.setattr(provider, "settle", fails, raising=False)
    return provider


RESERVATION = {
    "instance_type": "ecs.g6.large",
    "instance_amount": 2.0,
    "zone_id": "h",
    "region_id": "cn-hangzhou",
}


def test_a_failed_creation_is_kept_with_its_id_and_as_unsure(half: Any) -> None:
    """With what it was bought as; the next run looks before it believes."""
    operation = Operation()
    with pytest.raises(NotThere, match="zone_id"):
        type(half).create.__wrapped__(half, operation, {**RESERVATION, "__identity": "stack"})
    assert operation.id == "crp-1"
    kept = operation.outputs
    assert kept["__unsure"] is True and kept["__identity"] == "stack" and kept["__id"] == "crp-1"
    assert kept["__attempt"].endswith(".0")
    assert {name: kept[name] for name in RESERVATION} == {**RESERVATION, "instance_amount": 2}
    assert "crp-1" in run.this.named


def test_a_failed_update_is_kept_as_it_was_and_as_unsure(half: Any) -> None:
    """What the cloud has by then, the next run sees."""
    operation = Operation()
    news = {**RESERVATION, "instance_amount": 3.0}
    with pytest.raises(NotThere, match="instance_amount"):
        type(half).update.__wrapped__(half, operation, "crp-1", RESERVATION, news)
    assert operation.id == "crp-1"
    assert operation.outputs == {**RESERVATION, "__unsure": True}
    assert run.is_held("crp-1")


def test_what_is_gone_is_made_anew_and_told(half: Any, told: list[str]) -> None:
    """There is nothing left to be deleted first."""
    diff = half._made_anew(Operation(), "crp-1")
    assert told == ["WARNING capacity reservation crp-1 is gone, and made anew"]
    assert (diff.changes, diff.replaces, diff.delete_before_replace) == (True, ["id"], False)
