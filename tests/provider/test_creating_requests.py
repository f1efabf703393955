"""Every argument reaches the API under the name that the API has for it, in the one request that buys."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from pulumi_aliyun import attempts, bss_sites, buying, cloud, polls, rules
from pulumi_aliyun.attempts import Attempt
from pulumi_aliyun.bridge import Operation
from pulumi_aliyun.bss_instance import BssInstanceProvider
from pulumi_aliyun.buying import Bought
from pulumi_aliyun.capacity_reservation import CapacityReservationProvider
from pulumi_aliyun.ecs_instance import EcsInstanceProvider
from pulumi_aliyun.errors import NoAnswer
from pulumi_aliyun.lifecycle import Provider

ATTEMPT = Attempt("0" * 24, "1" * 24, 0)
MARK = {"Key": attempts.MARK, "Value": ATTEMPT.mark}


class Door:
    """Stands in for the cloud: keeps what is asked, and answers with an id."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answer: dict[str, Any] = {
            "PrivatePoolOptionsId": "crp-1",
            "InstanceIdSets": {"InstanceIdSet": ["i-1"]},
            "Data": {"InstanceId": "waf-1", "OrderId": "o-1"},
        }
        self.had: list[Any] = []
        monkeypatch.setattr(cloud, "ecs", self._ecs)
        monkeypatch.setattr(bss_sites, "call", self._bss)
        monkeypatch.setattr(buying, "buy", self._buy)

    def _ecs(self, _: Operation, region_id: str, action: str, parameters: dict[str, Any]) -> dict[str, Any]:
        assert region_id == "cn-hangzhou"
        self.asked.append((action, parameters))
        return self.answer

    def _bss(self, _: Operation, action: str, parameters: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((action, parameters))
        return self.answer

    def _buy(self, _: Any, kind: Any, region: str, first: Attempt, call: Any, *, tags: int = 0) -> Bought:
        self.had.append((kind.name, region, tags))
        return Bought(call("token", [MARK]), first, found=False)

    def buy(self, provider: Provider, wanted: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
        """The id, the operation, and the parameters that were given."""
        created = provider.buy(Operation(), "cn-hangzhou", wanted, ATTEMPT)
        assert (created.attempt, created.found) == (ATTEMPT, False)
        ((action, parameters),) = self.asked
        return created.id, action, {key: value for key, value in parameters.items() if value is not None}


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    return Door(monkeypatch)


RESERVATION = {
    "instance_type": "ecs.g6.large",
    "instance_amount": 2,
    "zone_id": "cn-hangzhou-h",
    "region_id": "cn-hangzhou",
    "name": "batch",
    "description": "for batches",
    "match_criteria": "Target",
    "end_time_type": "Limited",
    "end_time": "2099-01-01T00:00:00Z",
    "platform": "Linux",
    "resource_group_id": "rg-1",
    "tags": {"team": "research"},
}


def test_a_reservation_is_asked_for_with_every_argument(door: Door) -> None:
    """Its name and criteria are options of the pool; it always starts at once."""
    assert set(RESERVATION) == set(rules.arguments(CapacityReservationProvider.resource)) - {
        "adopt_id",
        "start_time",
    }
    assert door.buy(CapacityReservationProvider(), RESERVATION) == (
        "crp-1",
        "CreateCapacityReservation",
        {
            "RegionId": "cn-hangzhou",
            "ZoneId": ["cn-hangzhou-h"],
            "InstanceType": "ecs.g6.large",
            "InstanceAmount": 2,
            "PrivatePoolOptions": {"Name": "batch", "MatchCriteria": "Target"},
            "Description": "for batches",
            "EndTimeType": "Limited",
            "EndTime": "2099-01-01T00:00:00Z",
            "Platform": "Linux",
            "ResourceGroupId": "rg-1",
            "Tag": [{"Key": "team", "Value": "research"}, MARK],
            "ClientToken": "token",
        },
    )
    assert door.had == [("capacity reservation", "cn-hangzhou", 1)]


INSTANCE = {
    "instance_type": "ecs.g6.large",
    "image_id": "m-1",
    "vswitch_id": "vsw-1",
    "security_group_ids": ["sg-1", "sg-2"],
    "zone_id": "cn-hangzhou-h",
    "instance_name": "web",
    "description": "serves",
    "host_name": "web-1",
    "password": "Secret-1",
    "key_pair_name": "mine",
    "user_data": "#!/bin/sh\n",
    "ram_role_name": "reader",
    "system_disk": {
        "category": "cloud_essd",
        "size": 40,
        "performance_level": "PL1",
        "disk_name": "root",
        "description": "boots",
    },
    "data_disks": [
        {
            "category": "cloud_ssd",
            "size": 20,
            "performance_level": None,
            "disk_name": "data",
            "description": "keeps",
            "delete_with_instance": False,
            "encrypted": True,
            "kms_key_id": "key-1",
            "snapshot_id": "s-1",
        },
        {"category": "cloud_essd", "performance_level": "PL0"},
    ],
    "internet_charge_type": "PayByTraffic",
    "internet_max_bandwidth_out": 5,
    "private_ip_address": "192.168.1.10",
    "instance_charge_type": "PrePaid",
    "period": 1,
    "period_unit": "Month",
    "auto_renew": True,
    "auto_renew_period": 2,
    "auto_release_time": "2099-01-01T00:00:00Z",
    "spot_strategy": "SpotWithPriceLimit",
    "spot_price_limit": 0.5,
    "dedicated_host_id": "dh-1",
    "private_pool": {"match_criteria": "Target", "id": "crp-1"},
    "deletion_protection": True,
    "resource_group_id": "rg-1",
    "tags": {"team": "research"},
}


def test_an_instance_is_asked_for_with_every_argument(door: Door) -> None:
    """All at once; what of them can't go together is the business of the rules."""
    id_, action, parameters = door.buy(EcsInstanceProvider(), INSTANCE)
    assert (id_, action) == ("i-1", "RunInstances")
    assert base64.b64decode(parameters.pop("UserData")) == b"#!/bin/sh\n"
    assert parameters == {
        "RegionId": "cn-hangzhou",
        "ZoneId": "cn-hangzhou-h",
        "InstanceType": "ecs.g6.large",
        "ImageId": "m-1",
        "VSwitchId": "vsw-1",
        "SecurityGroupIds": ["sg-1", "sg-2"],
        "InstanceName": "web",
        "Description": "serves",
        "HostName": "web-1",
        "Password": "Secret-1",
        "KeyPairName": "mine",
        "RamRoleName": "reader",
        "SystemDisk": {
            "Category": "cloud_essd",
            "Size": 40,
            "PerformanceLevel": "PL1",
            "DiskName": "root",
            "Description": "boots",
        },
        "DataDisk": [
            {
                "Category": "cloud_ssd",
                "Size": 20,
                "DiskName": "data",
                "Description": "keeps",
                "DeleteWithInstance": False,
                "Encrypted": True,
                "KMSKeyId": "key-1",
                "SnapshotId": "s-1",
            },
            {"Category": "cloud_essd", "PerformanceLevel": "PL0"},
        ],
        "InternetChargeType": "PayByTraffic",
        "InternetMaxBandwidthOut": 5,
        "PrivateIpAddress": "192.168.1.10",
        "InstanceChargeType": "PrePaid",
        "Period": 1,
        "PeriodUnit": "Month",
        "AutoRenew": True,
        "AutoRenewPeriod": 2,
        "AutoReleaseTime": "2099-01-01T00:00:00Z",
        "SpotStrategy": "SpotWithPriceLimit",
        "SpotPriceLimit": 0.5,
        "DedicatedHostId": "dh-1",
        "PrivatePoolOptions": {"MatchCriteria": "Target", "Id": "crp-1"},
        "DeletionProtection": True,
        "ResourceGroupId": "rg-1",
        "Tag": [{"Key": "team", "Value": "research"}, MARK],
        "Amount": 1,
        "ClientToken": "token",
    }
    assert door.had == [("ECS instance", "cn-hangzhou", 1)]


def test_no_argument_of_an_instance_is_forgotten() -> None:
    """What only says how it is changed or deleted isn't asked for when it is bought."""
    ours = {"region_id", "adopt_id", "status", "force_stop", "stopped_mode"}
    assert set(INSTANCE) == set(rules.arguments(EcsInstanceProvider.resource)) - ours


def test_what_is_not_given_is_not_asked_for(door: Door) -> None:
    """The API's own defaults are its own."""
    wanted = {key: INSTANCE[key] for key in ("instance_type", "image_id", "vswitch_id", "security_group_ids")}
    _, _, parameters = door.buy(EcsInstanceProvider(), {**wanted, "period_unit": "Month"})
    expected = {"RegionId", "InstanceType", "ImageId", "VSwitchId", "SecurityGroupIds"}
    assert set(parameters) == expected | {"Tag", "Amount", "ClientToken"}
    assert parameters["Tag"] == [MARK]
    assert door.had == [("ECS instance", "cn-hangzhou", 0)]


ORDER = {
    "product_code": "waf",
    "product_type": "waf_v2",
    "subscription_type": "Subscription",
    "period": 1,
    "renew_status": "AutoRenewal",
    "renew_period": 2,
    "region_id": "cn-hangzhou",
    "parameters": {"Seats": "5", "Edition": "pro"},
}


@pytest.mark.parametrize(("renewal", "sent"), [("AutoRenewal", "AutoRenewal"), ("NotRenewal", None)])
def test_an_order_is_placed_with_every_argument(door: Door, renewal: str, sent: str | None) -> None:
    """The region is a parameter of the product; NotRenewal can't be ordered, and is set afterwards."""
    assert set(ORDER) == set(rules.arguments(BssInstanceProvider.resource)) - {"adopt_id", "on_delete"}
    codes = {"Edition": "pro", "Region": "cn-hangzhou", "Seats": "5"}
    expected = {
        "ProductCode": "waf",
        "ProductType": "waf_v2",
        "SubscriptionType": "Subscription",
        "Period": 1,
        "RenewalStatus": sent,
        "RenewPeriod": 2,
        "Parameter": [{"Code": code, "Value": value} for code, value in codes.items()],
        "ClientToken": "token",
    }
    assert door.buy(BssInstanceProvider(), {**ORDER, "renew_status": renewal}) == (
        "waf-1",
        "CreateInstance",
        {key: value for key, value in expected.items() if value is not None},
    )


class Listed:
    """Stands in for the billing system's list."""

    def __init__(self, item: dict[str, Any]) -> None:
        self.item = item

    def until(self, _: Operation, id_: str, done: Any, **__: Any) -> Any:
        """What is waited for is there."""
        assert id_ == "waf-1"
        return done(self.item)


@pytest.mark.parametrize(
    ("wanted", "has", "sets"),
    [
        ("NotRenewal", "ManualRenewal", True),
        ("NotRenewal", "NotRenewal", False),
        ("AutoRenewal", "AutoRenewal", False),
        ("AutoRenewal", "ManualRenewal", False),
        (None, "ManualRenewal", False),
    ],
)
def test_only_what_can_not_be_ordered_is_set_afterwards(
    door: Door, monkeypatch: pytest.MonkeyPatch, wanted: str | None, has: str, sets: bool
) -> None:
    """Once: an order that isn't to be renewed at all; then what was seen before is out of date."""
    item = {"InstanceID": "waf-1", "RenewStatus": has}
    monkeypatch.setattr(polls, "bss_instances", lambda: Listed(item))
    order = {**ORDER, "renew_status": wanted}
    seen = BssInstanceProvider().settle(Operation(), "cn-hangzhou", "waf-1", order)
    assert seen == (None if sets else item)
    assert [action for action, _ in door.asked] == ["SetRenewal"] * sets
    assert all(parameters["RenewalStatus"] == "NotRenewal" for _, parameters in door.asked)


@pytest.mark.parametrize(
    ("changed", "wanted", "sent"),
    [
        ({"renew_status"}, {"renew_status": "AutoRenewal", "renew_period": 3}, ("AutoRenewal", 3, "M")),
        ({"renew_period"}, {"renew_status": "AutoRenewal", "renew_period": 24}, ("AutoRenewal", 2, "Y")),
        # not to be had; the API says so
        ({"renew_period"}, {"renew_status": "AutoRenewal", "renew_period": 7}, ("AutoRenewal", 7, "M")),
        (
            {"renew_status"},
            {"renew_status": "ManualRenewal", "renew_period": 3},
            ("ManualRenewal", None, None),
        ),
        ({"renew_status"}, {"renew_status": None}, ("ManualRenewal", None, None)),
        ({"on_delete"}, {"renew_status": "AutoRenewal", "renew_period": 3}, None),
    ],
)
def test_a_renewal_is_set_in_the_units_of_the_api(
    door: Door, changed: set[str], wanted: dict[str, Any], sent: tuple[Any, ...] | None
) -> None:
    """Months, or whole years; without automatic renewal there is no period."""
    olds = {**ORDER, "renew_period": 1}
    BssInstanceProvider().change(Operation(), "waf-1", olds, {**ORDER, **wanted}, frozenset(changed))
    names = ("RenewalStatus", "RenewalPeriod", "RenewalPeriodUnit")
    assert [tuple(parameters[name] for name in names) for _, parameters in door.asked] == (
        [sent] if sent else []
    )
    for action, parameters in door.asked:
        assert (action, parameters["InstanceIDs"], parameters["ProductType"]) == (
            "SetRenewal",
            "waf-1",
            "waf_v2",
        )
        assert (parameters["ProductCode"], parameters["SubscriptionType"]) == ("waf", "Subscription")


@pytest.mark.parametrize(
    ("provider", "wanted", "action", "answer"),
    [
        (CapacityReservationProvider(), RESERVATION, "CreateCapacityReservation", {"PrivatePoolOptionsId": "i-1"}),
        (CapacityReservationProvider(), RESERVATION, "CreateCapacityReservation", {}),
        (EcsInstanceProvider(), INSTANCE, "RunInstances", {"InstanceIdSets": {"InstanceIdSet": []}}),
        (EcsInstanceProvider(), INSTANCE, "RunInstances", {"InstanceIdSets": {"InstanceIdSet": ["crp-1"]}}),
        (CapacityReservationProvider(), RESERVATION, "CreateCapacityReservation", {"PrivatePoolOptionsId": "crp-1 2"}),
        (BssInstanceProvider(), ORDER, "CreateInstance", {"Data": {"InstanceId": ["x"], "OrderId": "o-1"}}),
        (BssInstanceProvider(), ORDER, "CreateInstance", {"Data": {"InstanceId": "waf-1,waf-2", "OrderId": "o-1"}}),
        (BssInstanceProvider(), ORDER, "CreateInstance", {"Data": {}}),
    ],
)  # fmt: skip
def test_an_answer_that_names_no_id_of_its_kind_is_none(
    door: Door, provider: Provider, wanted: dict[str, Any], action: str, answer: dict[str, Any]
) -> None:
    """What was bought, if anything, is found by its token or its mark."""
    door.answer = answer
    with pytest.raises(NoAnswer, match=f"^{action}: .* it names no"):
        door.buy(provider, wanted)
