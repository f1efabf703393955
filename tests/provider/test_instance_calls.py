"""What the life of an instance asks of the API, and what it makes of the answers; call by call, without a cloud."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from datetime import datetime, timezone
from typing import Any

import pytest
from api_model import REGION, Api
from pulumi.output import Unknown

from pulumi_aliyun import (
    bridge,
    cloud,
    ecs_access,
    ecs_billing,
    ecs_disks,
    ecs_instance,
    ecs_power,
    polls,
    run,
    tags,
)
from pulumi_aliyun.bridge import Operation
from pulumi_aliyun.ecs_instance import EcsInstanceProvider
from pulumi_aliyun.errors import ApiError, Interrupted, InvalidInput, NotThere, TimedOut

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=timezone.utc)
PROVIDER = EcsInstanceProvider()
RUNNING, STOPPED, STOPPING = (
    {"InstanceId": "i-1", "Status": status} for status in ("Running", "Stopped", "Stopping")
)
EXPIRED = {**STOPPED, "InstanceChargeType": "PrePaid", "ExpiredTime": "2020-01-01T00:00Z"}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    """Power is asked for one by one."""
    found = Api(monkeypatch, "instances", "i-1")
    monkeypatch.setattr(ecs_power._STOP, "ask", ecs_power._stop_one)
    monkeypatch.setattr(ecs_instance._DELETE, "ask", ecs_instance._delete_one)
    return found


def refusal(code: str) -> ApiError:
    return ApiError("StopInstance", code, "no", request_id="r-1")


# ---- how one is seen ---------------------------------------------------------------------------------------

WHOLE = {
    "InstanceId": "i-1",
    "InstanceType": "ecs.g6.large",
    "ImageId": "img-1",
    "VpcAttributes": {"VSwitchId": "vsw-1", "PrivateIpAddress": {"IpAddress": ["172.20.0.9"]}},
    "PublicIpAddress": {"IpAddress": ["8.8.8.8"]},
    "SecurityGroupIds": {"SecurityGroupId": ["sg-1", "sg-2"]},
    "ZoneId": "cn-hangzhou-h",
    "RegionId": REGION,
    "InstanceName": "web",
    "Description": "serves",
    "HostName": "web-1",
    "KeyPairName": "mine",
    "InternetChargeType": "PayByTraffic",
    "InternetMaxBandwidthOut": 5,
    "InstanceChargeType": "PostPaid",
    "AutoReleaseTime": "2099-01-01T00:00Z",
    "SpotStrategy": "SpotWithPriceLimit",
    "SpotPriceLimit": 0.5,
    "DedicatedHostAttribute": {"DedicatedHostId": "dh-1"},
    "DeletionProtection": True,
    "ResourceGroupId": "rg-1",
    "Tags": {"Tag": [{"TagKey": "team", "TagValue": "shop"}]},
    "Status": "Running",
    "CreationTime": "2026-01-01T00:00Z",
    "ExpiredTime": "2099-12-31T00:00Z",
    "OSType": "linux",
}


def test_an_instance_is_seen_with_all_that_it_has(api: Api) -> None:
    """Under the names of the program."""
    assert PROVIDER.look(Operation(), REGION, "i-1", {}, WHOLE) == {
        "instance_type": "ecs.g6.large",
        "image_id": "img-1",
        "vswitch_id": "vsw-1",
        "security_group_ids": ["sg-1", "sg-2"],
        "zone_id": "cn-hangzhou-h",
        "region_id": REGION,
        "instance_name": "web",
        "description": "serves",
        "host_name": "web-1",
        "key_pair_name": "mine",
        "internet_charge_type": "PayByTraffic",
        "internet_max_bandwidth_out": 5,
        "instance_charge_type": "PostPaid",
        "auto_release_time": "2099-01-01T00:00Z",
        "spot_strategy": "SpotWithPriceLimit",
        "spot_price_limit": 0.5,
        "dedicated_host_id": "dh-1",
        "deletion_protection": True,
        "resource_group_id": "rg-1",
        "tags": {"team": "shop"},
        "status": "Running",
        "private_ip_address": "172.20.0.9",
        "private_ip": "172.20.0.9",
        "public_ip": "8.8.8.8",
        "creation_time": "2026-01-01T00:00Z",
        "expired_time": "",
    }
    assert api.asked == []


def test_what_an_instance_does_not_have_is_seen_as_nothing() -> None:
    """In the program's terms for nothing."""
    live = PROVIDER.look(Operation(), REGION, "i-1", {}, {"InstanceId": "i-1"})
    assert live is not None
    empty = {name for name, value in live.items() if value == ""}
    assert empty == {
        *("instance_name", "description", "host_name", "key_pair_name", "auto_release_time"),
        *("dedicated_host_id", "resource_group_id", "private_ip", "public_ip", "expired_time"),
    }
    assert live["internet_max_bandwidth_out"] == 0 and live["deletion_protection"] is False
    assert (live["spot_strategy"], live["spot_price_limit"], live["tags"]) == ("NoSpot", None, {})
    assert live["private_ip_address"] is None


@pytest.mark.parametrize(
    ("has", "seen"),
    [
        ({"Status": "Pending"}, {"status": "Running"}),
        ({"Status": "Starting"}, {"status": "Running"}),
        ({"Status": "Stopping"}, {"status": "Stopped"}),
        ({"Status": "Stopped"}, {"status": "Stopped"}),
        ({"InstanceChargeType": "PrePaid"}, {"expired_time": "2099-12-31T00:00Z"}),
        ({"SpotStrategy": "SpotAsPriceGo"}, {"spot_strategy": "SpotAsPriceGo", "spot_price_limit": None}),
        # a key pair is of no effect on Windows, and isn't shown
        ({"OSType": "windows", "KeyPairName": ""}, {"key_pair_name": "asked"}),
        ({"OSType": "linux", "KeyPairName": ""}, {"key_pair_name": ""}),
    ],
)
def test_what_an_instance_is_becoming_or_is_only_sometimes(has: dict[str, Any], seen: dict[str, Any]) -> None:
    """It is seen as what it will be."""
    live = PROVIDER.look(Operation(), REGION, "i-1", {"key_pair_name": "asked"}, {**WHOLE, **has})
    assert live is not None and {name: live[name] for name in seen} == seen
    nothing_asked = PROVIDER.look(Operation(), REGION, "i-1", {}, {"OSType": "windows"})
    assert nothing_asked is not None and nothing_asked["key_pair_name"] == ""


PREPAID = {**WHOLE, "InstanceChargeType": "PrePaid"}


@pytest.mark.parametrize(
    ("item", "known", "reads"),
    [
        (WHOLE, {}, []),
        (WHOLE, {"system_disk": {"size": 40}}, ["disks"]),
        (WHOLE, {"data_disks": [{"size": 40}]}, ["disks"]),
        (WHOLE, {"private_pool": {"id": "crp-1"}}, ["pool"]),
        (WHOLE, {"ram_role_name": "reader"}, ["role"]),
        (WHOLE, {"user_data": "echo"}, ["user data"]),
        (WHOLE, {"auto_renew": True}, []),
        (WHOLE, {"system_disk": {"size": Unknown()}, "ram_role_name": Unknown()}, []),
        (PREPAID, {}, []),
        (PREPAID, {"auto_renew": False}, ["renewal"]),
        (PREPAID, {"auto_renew_period": 2}, ["renewal"]),
    ],
)
def test_what_costs_a_call_more_is_read_only_where_the_program_names_it(
    api: Api, monkeypatch: pytest.MonkeyPatch, item: Any, known: dict[str, Any], reads: list[str]
) -> None:
    """A stack of many instances is refreshed with few calls."""
    read: list[str] = []

    def reader(what: str, answer: Any) -> Any:
        return lambda *_: read.append(what) or answer

    class Pools:
        once = staticmethod(reader("pool", {"PrivatePoolOptionsId": "crp-2"}))

    monkeypatch.setattr(ecs_disks, "listed", reader("disks", []))
    monkeypatch.setattr(ecs_disks, "live", lambda *_: {"system_disk": "seen"})
    monkeypatch.setattr(polls, "attachments", lambda _: Pools)
    monkeypatch.setattr(ecs_access, "role", reader("role", "writer"))
    monkeypatch.setattr(ecs_instance, "_user_data", reader("user data", "seen"))
    monkeypatch.setattr(ecs_billing, "renewal", reader("renewal", {"auto_renew": "seen"}))
    live = PROVIDER.look(Operation(), REGION, "i-1", known, item)
    assert read == reads
    expected = {
        "disks": {"system_disk": "seen"},
        "pool": {"private_pool": {"id": "crp-2"}},
        "role": {"ram_role_name": "writer"},
        "user data": {"user_data": "seen"},
        "renewal": {"auto_renew": "seen"},
    }
    assert live is not None
    for what in reads:
        assert live.items() >= expected[what].items()
    settled = PROVIDER.look(Operation(), REGION, "i-1", known, ecs_instance._Settled(item))
    assert read == reads and settled is not None and settled["image_id"] == "img-1"


def test_a_pool_is_seen_with_the_keys_that_the_program_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an instance that is in none, there is nothing to be seen of them."""

    class Pools:
        def __init__(self, item: dict[str, Any] | None) -> None:
            self.item = item

        def once(self, *_: Any) -> Any:
            return self.item

    there = {"PrivatePoolOptionsMatchCriteria": "Target", "PrivatePoolOptionsId": "crp-1"}
    for item, pool, seen in (
        (there, {"match_criteria": "Open", "id": "crp-2"}, {"match_criteria": "Target", "id": "crp-1"}),
        (there, {"match_criteria": "Open"}, {"match_criteria": "Target"}),
        (None, {"id": "crp-2"}, {"id": None}),
    ):
        monkeypatch.setattr(polls, "attachments", lambda _, item=item: Pools(item))
        live = PROVIDER.look(Operation(), REGION, "i-1", {"private_pool": pool}, WHOLE)
        assert live is not None and live["private_pool"] == seen


def test_an_instance_that_is_gone_is_seen_as_gone(api: Api) -> None:
    """It is asked for where nobody has just seen it."""
    api.shows = [None, WHOLE]
    assert PROVIDER.look(Operation(), REGION, "i-1", {}) is None
    assert PROVIDER.look(Operation(), REGION, "i-1", {}) is not None


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"UserData": base64.b64encode(b"#!/bin/sh\n").decode()}, "#!/bin/sh\n"),
        ({"UserData": base64.b64encode(b"\xff").decode()}, "\ufffd"),
        ({"UserData": "abc"}, "abc"),
        ({"UserData": None}, ""),
        ({}, ""),
    ],
)
def test_user_data_is_read_as_it_was_written(api: Api, answer: dict[str, Any], text: str) -> None:
    """What is no text is a difference, and no error."""
    api.answers["DescribeUserData"] = answer
    assert ecs_instance._user_data(Operation(), REGION, "i-1") == text
    assert api.asked == [("DescribeUserData", {"RegionId": REGION, "InstanceId": "i-1"})]


# ---- power -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("want", "shows", "calls"),
    [
        (None, [RUNNING], []),
        ("Running", [None, STOPPED, STOPPED, RUNNING], ["StartInstance"]),
        ("Running", [STOPPING, STOPPED, RUNNING], ["StartInstance"]),
        ("Stopped", [RUNNING, RUNNING, STOPPING, STOPPED], ["StopInstance"]),
        ("Stopped", [STOPPED], []),
        ("Stopped", [{**STOPPING, "Status": "Pending"}, RUNNING, STOPPED], ["StopInstance"]),
        # somebody starts it again meanwhile
        ("Stopped", [RUNNING, STOPPING, {**RUNNING, "Status": "Starting"}, STOPPED], ["StopInstance"]),
        # one that has run out can't be started
        ("Running", [EXPIRED], []),
        ("Running", [{**EXPIRED, "Status": "Stopping"}, EXPIRED], []),
        ("Running", [{**EXPIRED, "ExpiredTime": "2099-01-01T00:00Z"}, RUNNING], ["StartInstance"]),
    ],
)
def test_power_is_brought_to_what_is_wanted(
    api: Api, want: str | None, shows: list[Any], calls: list[str]
) -> None:
    """Each is asked for once; what is coming by itself is waited for."""
    last = shows[-1]
    api.shows = list(shows)
    wanted = {"status": want, "force_stop": True, "stopped_mode": "StopCharging"}
    seen = PROVIDER.settle(Operation(), REGION, "i-1", wanted)
    assert (seen, isinstance(seen, ecs_instance._Settled), api.shows) == (last, True, [])
    assert api.actions == calls
    for action, parameters in api.asked:
        how = {"ForceStop": True, "StoppedMode": "StopCharging"} if action == "StopInstance" else {}
        assert parameters == {"InstanceId": "i-1", **how}
    assert api.waits == [
        {"what": f"waiting for the instance to be {want or 'Running'}", "gone_after": polls.UNLISTED_S}
    ]


@pytest.mark.parametrize(
    ("seen", "shows", "stops"),
    [
        (None, [RUNNING, RUNNING, STOPPING, STOPPED], 1),
        (None, [None], 0),
        (RUNNING, [STOPPING, STOPPED], 1),
        (STOPPED, [], 0),
        (STOPPING, [STOPPED], 0),
    ],
)
def test_what_is_to_be_stopped_is_stopped_once(api: Api, seen: Any, shows: list[Any], stops: int) -> None:
    """What was seen already isn't looked at again; meanwhile something else may be done."""
    api.shows = list(shows)
    meanwhile: list[int] = []
    ecs_power.until_stopped(
        Operation(),
        REGION,
        "i-1",
        {"stopped_mode": None},
        what="waiting",
        seen=seen,
        meanwhile=lambda: meanwhile.append(len(api.asked)),
    )
    parameters = {"InstanceId": "i-1", "ForceStop": False, "StoppedMode": "KeepCharging"}
    assert api.asked == [("StopInstance", parameters)] * stops
    assert api.shows == []
    assert meanwhile == [stops if seen else 0]
    assert api.waits == [{"what": "waiting"}] * (seen is not STOPPED)
    assert api.repeatable == [False] * stops


def test_a_stop_for_good_may_be_sent_twice_and_one_for_a_moment_may_not(api: Api) -> None:
    """A late second one would stop what has been started again."""
    ecs_power.stop(Operation(), REGION, "i-1", {})
    ecs_power.stop(Operation(), REGION, "i-1", {}, for_good=False)
    assert api.repeatable == [True, False]
    api.answers["StopInstances"] = {"InstanceResponses": {"InstanceResponse": [
        {"InstanceId": "i-1", "Code": "200"}, {"InstanceId": "i-2", "Code": "500"}
    ]}}  # fmt: skip
    for for_good in (True, False):
        refused = ecs_power._stop_many(Operation(), (REGION, True, "StopCharging", for_good), ["i-1", "i-2"])
        assert refused == ["i-2"]
    assert api.repeatable == [True, False, True, False]
    assert api.asked[-1] == (
        "StopInstances",
        {
            "RegionId": REGION,
            "InstanceId": ["i-1", "i-2"],
            "ForceStop": True,
            "StoppedMode": "StopCharging",
            "BatchOptimization": "SuccessFirst",
        },
    )


def test_what_is_on_its_way_already_is_no_error(api: Api) -> None:
    """Somebody else has stopped it, or started it; any other refusal is one."""
    api.answers["StartInstance"] = refusal("IncorrectInstanceStatus")
    ecs_power.start(Operation(), REGION, "i-1")
    api.answers["StartInstance"] = refusal("Forbidden")
    with pytest.raises(ApiError, match="Forbidden"):
        ecs_power.start(Operation(), REGION, "i-1")


@pytest.mark.parametrize(
    ("shows", "starts"),
    [([STOPPED], 1), ([STOPPING, STOPPED], 1), ([RUNNING], 0), ([None], 0)],
)
def test_what_was_stopped_for_a_moment_is_started_again(api: Api, shows: list[Any], starts: int) -> None:
    """When it has stopped, if it is there."""
    api.shows = list(shows)
    ecs_power.start_again(Operation(), REGION, "i-1")
    assert api.asked == [("StartInstance", {"InstanceId": "i-1"})] * starts
    assert api.waits == [{"what": "waiting for the instance to stop, to start it again"}]


def test_what_can_not_be_started_again_is_told_and_hides_no_other_error(api: Api, told: list[str]) -> None:
    """The error that ended the moment goes first."""
    api.shows = [STOPPED]
    api.answers["StartInstance"] = refusal("Forbidden")
    ecs_power.start_again(Operation(), REGION, "i-1")
    assert told[0].startswith("WARNING i-1 may be stopped, and is started by the next `pulumi up`: StopInst")


# ---- changes -----------------------------------------------------------------------------------------------


@pytest.fixture
def steps(api: Api, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The groups that are changed, in their order, and by what that is done."""
    done: list[Any] = []

    def step(name: str, *which: int) -> Any:
        def noted(*given: Any, **how: Any) -> None:
            done.append((name, *(given[index] for index in which), *how.values()))

        return noted

    monkeypatch.setattr(ecs_billing, "change_charge_type", step("paid", 2))
    monkeypatch.setattr(ecs_billing, "change_release", step("release", 2))
    monkeypatch.setattr(ecs_billing, "change_renewal", step("renewal", 2))
    monkeypatch.setattr(ecs_access, "change", step("access", 2))
    monkeypatch.setattr(ecs_disks, "change", step("disks", 2))
    monkeypatch.setattr(ecs_instance, "_change_network", step("network", 2))
    monkeypatch.setattr(ecs_instance, "_attach", step("pool", 2))
    monkeypatch.setattr(EcsInstanceProvider, "_change_attributes", step("attributes", 3))
    monkeypatch.setattr(EcsInstanceProvider, "_change_type", step("type", 3))
    return done


SEEN = {"InstanceId": "i-1", "InstanceType": "ecs.g6.large"}
BARE = {"InstanceId": "i-1"}


@pytest.mark.parametrize(
    ("changed", "wanted", "expected"),
    [
        ({"instance_name"}, {}, []),
        ({"internet_max_bandwidth_out"}, {}, [("network", SEEN)]),
        ({"internet_charge_type"}, {}, [("network", SEEN)]),
        ({"key_pair_name"}, {}, [("access", SEEN)]),
        ({"ram_role_name"}, {}, [("access", BARE)]),
        ({"system_disk"}, {}, [("disks", "i-1")]),
        ({"data_disks"}, {}, [("disks", "i-1")]),
        ({"auto_release_time"}, {}, [("release", "i-1")]),
        ({"auto_renew"}, {}, [("renewal", "i-1")]),
        ({"auto_renew_period"}, {}, [("renewal", "i-1")]),
        ({"private_pool"}, {}, [("pool", "i-1")]),
        ({"instance_type"}, {"instance_type": "ecs.g6.xlarge"}, [("type", "i-1", False)]),
        # an interrupted run has done it already
        ({"instance_type"}, {"instance_type": "ecs.g6.large"}, []),
        (
            {"instance_type", "private_pool"},
            {"instance_type": "ecs.g6.large"},
            [("pool", "i-1")],
        ),
        # a pool of the new type fits when it has that
        (
            {"instance_type", "private_pool"},
            {"instance_type": "ecs.g6.xlarge"},
            [("type", "i-1", True)],
        ),
        # what only one way of paying has is changed while it is paid that way
        (
            {"instance_charge_type", "auto_release_time"},
            {"instance_charge_type": "PrePaid"},
            [("release", "i-1"), ("paid", SEEN), ("renewal", "i-1")],
        ),
        (
            {"instance_charge_type", "auto_release_time", "auto_renew"},
            {"instance_charge_type": "PostPaid"},
            [("paid", SEEN), ("release", "i-1"), ("renewal", "i-1")],
        ),
        ({"instance_charge_type"}, {}, [("paid", SEEN)]),
        ({"description"}, {"instance_charge_type": "PrePaid"}, []),
    ],
)
def test_an_instance_is_changed_group_by_group(
    api: Api, steps: list[Any], changed: set[str], wanted: dict[str, Any], expected: list[Any]
) -> None:
    """It is looked at first where a change is made by what it has now."""
    api.shows = [SEEN]
    PROVIDER.change(Operation(), "i-1", {"region_id": REGION}, wanted, frozenset(changed))
    attributes = expected[:1].count(("paid", SEEN))  # paid by use again: before anything else
    assert steps[attributes] == ("attributes", "i-1")
    assert [step for step in steps if step[0] != "attributes"] == expected
    assert steps.index(("attributes", "i-1")) == attributes
    seen_first = {
        *("instance_charge_type", "instance_type", "internet_charge_type"),
        *("internet_max_bandwidth_out", "key_pair_name"),
    }
    assert len(api.shows) == (0 if changed & seen_first else 1)


def test_what_vanished_before_a_change_is_an_error(api: Api) -> None:
    """The next refresh drops it from the state."""
    api.shows = [None]
    with pytest.raises(NotThere, match=r"ECS instance i-1 has vanished from cn-hangzhou\n  what to do: "):
        PROVIDER.change(Operation(), "i-1", {"region_id": REGION}, {}, frozenset({"key_pair_name"}))


@pytest.mark.parametrize(
    ("changed", "wanted", "sent"),
    [
        ({"instance_name"}, {"instance_name": "b"}, {"InstanceName": "b"}),
        ({"instance_name"}, {}, {"InstanceName": "i-1"}),
        ({"description"}, {}, {"Description": ""}),
        ({"deletion_protection"}, {}, {"DeletionProtection": False}),
        ({"deletion_protection"}, {"deletion_protection": True}, {"DeletionProtection": True}),
        (
            {"host_name", "password", "security_group_ids"},
            {"host_name": "h", "password": "Secret-1", "security_group_ids": ["sg-2"], "description": "x"},
            {"HostName": "h", "Password": "Secret-1", "SecurityGroupIds": ["sg-2"]},
        ),
    ],
)
def test_attributes_are_changed_together_and_cleared_where_they_are_taken_back(
    api: Api, changed: set[str], wanted: dict[str, Any], sent: dict[str, Any]
) -> None:
    """A name becomes the id again, as if none had been given."""
    PROVIDER.change(Operation(), "i-1", {"region_id": REGION}, wanted, frozenset(changed))
    assert api.asked == [("ModifyInstanceAttribute", {"InstanceId": "i-1", **sent})]


def test_tags_and_the_resource_group_have_calls_of_their_own(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tags by what the state has."""
    tagged: list[Any] = []
    monkeypatch.setattr(tags, "change", lambda *given: tagged.append(given[1:]))
    olds = {"region_id": REGION, "tags": {"a": "1"}}
    wanted = {"tags": {"b": "2"}, "resource_group_id": "rg-2"}
    PROVIDER.change(Operation(), "i-1", olds, wanted, frozenset({"tags"}))
    assert tagged == [(REGION, "instance", "i-1", {"a": "1"}, {"b": "2"})] and api.asked == []
    PROVIDER.change(Operation(), "i-1", olds, wanted, frozenset({"resource_group_id"}))
    parameters = {
        "RegionId": REGION,
        "ResourceId": "i-1",
        "ResourceType": "instance",
        "ResourceGroupId": "rg-2",
    }
    assert len(tagged) == 1 and api.asked == [("JoinResourceGroup", parameters)]


@pytest.mark.parametrize(
    ("pool", "sent"),
    [
        ({"match_criteria": "Target", "id": "crp-1"}, {"MatchCriteria": "Target", "Id": "crp-1"}),
        ({"match_criteria": "Open"}, {"MatchCriteria": "Open", "Id": None}),
        (None, {"MatchCriteria": "None"}),
        ({}, {"MatchCriteria": "None"}),
    ],
)
def test_an_instance_moves_to_a_pool_and_out_of_it(api: Api, pool: Any, sent: dict[str, Any]) -> None:
    """Out of it, where the program names none any more."""
    wanted = {"private_pool": pool}
    PROVIDER.change(Operation(), "i-1", {"region_id": REGION}, wanted, frozenset({"private_pool"}))
    parameters = {"RegionId": REGION, "InstanceId": "i-1", "PrivatePoolOptions": sent}
    assert api.asked == [("ModifyInstanceAttachmentAttributes", parameters)]


ADDRESS = {"PublicIpAddress": {"IpAddress": ["8.8.8.8"]}}


@pytest.mark.parametrize(
    ("has", "wanted", "sent"),
    [
        ({}, {"internet_max_bandwidth_out": 5}, (5, None, True, None)),
        (ADDRESS, {"internet_max_bandwidth_out": 5}, (5, None, None, None)),
        ({}, {}, (0, None, None, None)),
        ({}, {"internet_max_bandwidth_out": 1}, (1, None, True, None)),
        (ADDRESS, {"internet_charge_type": "PayByTraffic"}, (0, "PayByTraffic", None, None)),
        ({**ADDRESS, "InstanceChargeType": "PrePaid"}, {}, (0, None, None, True)),
        ({**ADDRESS, "InstanceChargeType": "PostPaid"}, {}, (0, None, None, None)),
    ],
)
def test_bandwidth_comes_with_an_address_and_is_paid_at_once(
    api: Api, has: dict[str, Any], wanted: dict[str, Any], sent: tuple[Any, ...]
) -> None:
    """An order of a subscription would stay open else."""
    api.shows = [{**BARE, **has}]
    changed = frozenset({"internet_max_bandwidth_out"})
    PROVIDER.change(Operation(), "i-1", {"region_id": REGION}, wanted, changed)
    names = ("InternetMaxBandwidthOut", "NetworkChargeType", "AllocatePublicIp", "AutoPay")
    parameters = {"InstanceId": "i-1", **dict(zip(names, sent, strict=True))}
    assert api.asked == [("ModifyInstanceNetworkSpec", parameters)]


# ---- another type ------------------------------------------------------------------------------------------


def retype(wanted: dict[str, Any], *, attach: bool = False) -> None:
    PROVIDER._change_type(
        Operation(), REGION, "i-1", {"instance_type": "ecs.g6.xlarge", **wanted}, attach=attach
    )


def test_a_type_is_changed_between_stop_and_start(api: Api) -> None:
    """With its capacity kept, and into its new pool while it is stopped."""
    api.shows = [RUNNING, STOPPED]
    retype({"stopped_mode": "StopCharging", "private_pool": {"match_criteria": "Open"}}, attach=True)
    assert api.actions == [
        "StopInstance",
        "ModifyInstanceSpec",
        "ModifyInstanceAttachmentAttributes",
        "StartInstance",
    ]
    assert api.asked[0][1]["StoppedMode"] == "KeepCharging"
    assert api.repeatable[0] is False
    spec = api.asked[1][1]
    assert len(spec.pop("ClientToken")) == 48
    assert spec == {"InstanceId": "i-1", "InstanceType": "ecs.g6.xlarge"}
    assert api.limits == [None]  # as long as the operation may


def test_each_type_is_asked_for_under_a_token_of_its_own(api: Api) -> None:
    """A change that is sent twice is one change."""
    tokens = []
    for name in ("ecs.g6.xlarge", "ecs.g6.xlarge", "ecs.g6.2xlarge"):
        api.shows = [STOPPED]
        retype({"instance_type": name, "status": "Stopped"})
        tokens.append(api.asked[-1][1]["ClientToken"])
    assert tokens[0] == tokens[1] != tokens[2]


def test_the_type_of_a_subscription_is_ordered_and_paid(api: Api) -> None:
    """By an operation of its own."""
    api.shows = [STOPPED]
    retype({"instance_charge_type": "PrePaid"})
    assert api.actions == ["ModifyPrepayInstanceSpec", "StartInstance"]
    assert (api.asked[0][1]["RegionId"], api.asked[0][1]["AutoPay"]) == (REGION, True)


def test_what_is_stopped_on_purpose_stays_so_when_its_type_is_changed(api: Api) -> None:
    """Also where the change is refused."""
    api.shows = [STOPPED]
    retype({"status": "Stopped"})
    assert api.actions == ["ModifyInstanceSpec"]
    api.asked.clear()
    api.shows = [STOPPED]
    api.answers["ModifyInstanceSpec"] = refusal("NoStock")
    with pytest.raises(ApiError, match="NoStock"):
        retype({"status": "Stopped"})
    assert api.actions == ["ModifyInstanceSpec"]


@pytest.mark.parametrize("status", [None, "Running"])
def test_what_ran_runs_again_after_a_refused_change_of_type(api: Api, status: str | None) -> None:
    """And the refusal is what is told."""
    api.shows = [STOPPED, STOPPED]
    api.answers["ModifyInstanceSpec"] = refusal("NoStock")
    with pytest.raises(ApiError, match="NoStock"):
        retype({"status": status})
    assert api.actions == ["ModifyInstanceSpec", "StartInstance"]


@pytest.mark.parametrize(("at", "calls"), [("", []), ("StopInstance", ["StopInstance", "StartInstance"])])
def test_after_ctrl_c_no_type_is_changed_and_nothing_is_left_stopped(
    api: Api, monkeypatch: pytest.MonkeyPatch, at: str, calls: list[str]
) -> None:
    """Pressed before the stop, or while the instance stops."""
    cancelled = threading.Event()
    monkeypatch.setattr(bridge, "cancelled", cancelled)
    send = cloud.ecs

    def pressed(operation: Operation, region_id: str, action: str, parameters: Any, **how: Any) -> Any:
        if action == at:
            cancelled.set()
        return send(operation, region_id, action, parameters, **how)

    monkeypatch.setattr(cloud, "ecs", pressed)
    if not at:
        cancelled.set()
    api.shows = [RUNNING, STOPPED, STOPPED]
    with pytest.raises(Interrupted):
        retype({})
    assert api.actions == calls


def test_starting_again_is_held_up_by_neither_ctrl_c_nor_the_time_limit(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stop and the change are held to the limit; an instance is never left stopped."""
    how: dict[str, tuple[bool, float]] = {}

    def noting(name: str) -> Any:
        return lambda operation, *_, **__: how.update({name: (operation.undeterred, operation.timeout)})

    def fails(operation: Operation, *_: Any) -> None:
        how["respecify"] = operation.undeterred, operation.timeout
        raise TimedOut("too late")

    for name in ("until_stopped", "start", "start_again"):
        monkeypatch.setattr(ecs_power, name, noting(name))
    operation = Operation(timeout=9.0)
    PROVIDER._change_type(operation, REGION, "i-1", {"instance_type": "t"}, attach=False)
    monkeypatch.setattr(PROVIDER, "_respecify", fails, raising=False)
    with pytest.raises(TimedOut):
        PROVIDER._change_type(operation, REGION, "i-1", {"instance_type": "t"}, attach=False)
    in_time, to_its_end = (True, 9.0), (True, 0.0)
    assert how == {
        "until_stopped": in_time,
        "respecify": in_time,
        "start": to_its_end,
        "start_again": to_its_end,
    }


# ---- buying and deleting -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "until"), [({"expired_time": "2099-01-01T00:00Z"}, " until 2099-01-01T00:00Z"), ({}, "")]
)
def test_what_is_paid_in_advance_says_until_when(end: dict[str, str], until: str) -> None:
    """If that is known."""
    (reason,) = PROVIDER.undeletable({"instance_charge_type": "PrePaid", **end}, now=NOW)
    assert f"the instance is paid for{until} and can't be deleted before" in reason
    over = {"instance_charge_type": "PrePaid", "expired_time": "2020-01-01T00:00Z"}
    assert PROVIDER.undeletable(over, now=NOW) == []


@pytest.mark.parametrize(("timeout", "limit"), [(0.0, 120.0), (30.0, 30.0)])
def test_what_passes_is_waited_for_two_minutes_or_as_long_as_the_user_allows(
    api: Api, timeout: float, limit: float
) -> None:
    """A new instance may need what is just being made; one that is deleted may be between two states."""
    operation = Operation(timeout=timeout)
    ecs_instance._when_ready(operation, REGION, {"ClientToken": "t"})
    ecs_instance._delete_one(operation, (REGION, False, False), "i-1")
    assert api.limits == [limit, limit]


def test_each_try_to_buy_has_a_token_of_its_own(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """They follow from the first, so that a later run goes the same way, one of another version as well."""

    def three_times(_: Operation, call: Any, **__: Any) -> Any:
        return [call() for _ in range(3)][-1]

    monkeypatch.setattr(cloud, "patiently", three_times)
    ecs_instance._when_ready(Operation(), REGION, {"ClientToken": "first", "Amount": 1})
    tokens = ["first", *(hashlib.sha256(f"first/{number}".encode()).hexdigest()[:48] for number in (1, 2))]
    assert api.asked == [("RunInstances", {"ClientToken": token, "Amount": 1}) for token in tokens]


def test_an_instance_is_deleted_when_it_has_stopped_and_waited_for_until_it_is_gone(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What becomes of its disks is said while it stops."""
    told: list[Any] = []
    monkeypatch.setattr(ecs_instance, "_tell_of_disks", lambda *given: told.append((*given[1:], api.actions)))
    api.shows = [RUNNING, STOPPING, STOPPED, STOPPED, None]
    PROVIDER.give_back(Operation(), REGION, "i-1", {"force_stop": True, "stopped_mode": "StopCharging"})
    how = {"ForceStop": True, "StoppedMode": "StopCharging"}
    assert api.asked == [
        ("StopInstance", {"InstanceId": "i-1", **how}),
        ("DeleteInstance", {"InstanceId": "i-1", "Force": None, "TerminateSubscription": None}),
    ]
    assert api.repeatable == [True, True]
    assert told == [(REGION, RUNNING, ["StopInstance"])]
    assert api.shows == []
    assert [wait["what"] for wait in api.waits] == [
        "waiting for the instance to stop",
        "waiting for the instance to be deleted",
    ]
    api.asked.clear()
    api.shows = [None]
    PROVIDER.give_back(Operation(), REGION, "i-1", {})
    assert api.asked == []


def test_what_nobody_has_used_is_deleted_as_it_is(api: Api) -> None:
    """Without stopping it first; what can't be deleted isn't asked for."""
    api.shows = [RUNNING, None]
    ecs_instance.INSTANCES.release(Operation(), REGION, "i-1")
    expected = {"InstanceId": "i-1", "Force": True, "TerminateSubscription": None}
    assert api.asked == [("DeleteInstance", expected)]
    api.asked.clear()
    api.shows = [{**RUNNING, "InstanceChargeType": "PrePaid", "ExpiredTime": "2020-01-01T00:00Z"}, None]
    ecs_instance.INSTANCES.release(Operation(), REGION, "i-1")
    assert api.asked == [("DeleteInstance", {**expected, "TerminateSubscription": True})]
    api.asked.clear()
    api.shows = [None, None]
    ecs_instance.INSTANCES.release(Operation(), REGION, "i-1")
    assert api.actions == ["DeleteInstance"]
    api.asked.clear()
    api.shows = [{**RUNNING, "DeletionProtection": True}]
    with pytest.raises(InvalidInput, match="i-1 can't be deleted: deletion_protection"):
        ecs_instance.INSTANCES.release(Operation(), REGION, "i-1")
    assert api.asked == []


def test_what_is_gone_already_is_deleted(api: Api) -> None:
    """Any other refusal is an error."""
    api.shows = [None]
    api.answers["DeleteInstance"] = refusal("InvalidInstanceId.NotFound")
    ecs_instance._delete(Operation(), REGION, "i-1")
    api.answers["DeleteInstance"] = refusal("IncorrectInstanceStatus")
    with pytest.raises(ApiError, match="IncorrectInstanceStatus"):
        ecs_instance._delete(Operation(), REGION, "i-1")


def test_many_are_deleted_with_one_call(api: Api) -> None:
    """By force, where nobody has used them; as subscriptions, where they have expired."""
    for how in ((True, False), (False, True)):
        assert ecs_instance._delete_many(Operation(), (REGION, *how), ["i-1", "i-2"]) == []
    expected = {"RegionId": REGION, "InstanceId": ["i-1", "i-2"]}
    assert api.asked == [
        ("DeleteInstances", {**expected, "Force": True, "TerminateSubscription": None}),
        ("DeleteInstances", {**expected, "Force": None, "TerminateSubscription": True}),
    ]


LOCKED = {"OperationLocks": {"LockReason": [{"LockReason": "security"}]}}


def test_what_becomes_of_the_disks_is_told(
    api: Api, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    """As a warning where none can be kept; who may delete needn't be allowed to list."""
    disk = {"DiskId": "d-1", "Type": "system", "Size": 40, "DeleteWithInstance": False}
    monkeypatch.setattr(ecs_disks, "listed", lambda *_: [disk])
    ecs_instance._tell_of_disks(Operation(), REGION, BARE)
    ecs_instance._tell_of_disks(Operation(), REGION, {**BARE, **LOCKED})
    other = {"OperationLocks": {"LockReason": [{"LockReason": "financial"}]}}
    ecs_instance._tell_of_disks(Operation(), REGION, {**BARE, **other})
    stays = "these disks are deleted with it: none; these stay, and are billed on: d-1 (system, 40 GiB)"
    goes = "these disks are deleted with it: d-1 (system, 40 GiB)"
    assert told == [
        f"INFO i-1: {stays}",
        f"WARNING i-1 is locked for security, so none of its disks can be kept: {goes}",
        f"INFO i-1: {stays}",
    ]
    told.clear()

    def forbidden(*_: Any) -> None:
        raise refusal("Forbidden.RAM")

    monkeypatch.setattr(ecs_disks, "listed", forbidden)
    ecs_instance._tell_of_disks(Operation(), REGION, BARE)
    assert told == [
        "INFO i-1: its disks can't be listed (Forbidden.RAM); those with delete_with_instance=False stay"
    ]


# ---- room in a pool ----------------------------------------------------------------------------------------


@pytest.fixture
def pools(monkeypatch: pytest.MonkeyPatch) -> run.Run:
    """A run in which no pool has been looked at yet."""
    fresh = run.Run()
    monkeypatch.setattr(run, "this", fresh)
    ecs_instance._filled.clear()
    ecs_instance._second_places.clear()
    return fresh


def room(this: run.Run, urn: str, **places: int) -> bool:
    if places:
        this.hints[urn] = {**this.hints.get(urn, {}), "pool": places}  # type: ignore[typeddict-item]
    return ecs_instance._has_room(Operation(urn=urn), REGION, "crp-1")


def test_a_preview_knows_by_the_program_whether_a_pool_has_room_for_both(pools: run.Run) -> None:
    """As many replacements find room as there are places left; asked again, one has its own."""
    assert room(pools, "a") is False  # nobody says how full it is
    assert room(pools, "a", amount=2, used=2, coming=0) is False
    assert room(pools, "a", amount=3, used=2, coming=1) is False
    assert room(pools, "a", amount=4, used=2, coming=1) is True
    assert room(pools, "a", amount=4, used=2, coming=1) is True
    assert room(pools, "b", amount=4, used=2, coming=1) is False
    assert room(pools, "b", amount=5, used=2, coming=1) is True


def test_an_update_looks_how_full_the_pool_is_before_this_run_fills_it(
    pools: run.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once; a size that the program gives counts, and else the one that it has."""
    looked: list[str] = []

    def seen(_: Operation, kind: str, region_id: str, id_: str) -> dict[str, Any]:
        looked.append(id_)
        assert (kind, region_id) == ("CapacityReservation", REGION)
        return {"AllocatedResources": {"AllocatedResource": [{"TotalAmount": 3, "UsedAmount": 2}]}}

    monkeypatch.setattr(run, "seen", seen)
    for urn in ("a", "b"):
        pools.hints[urn] = {"creation": 0}
    assert room(pools, "a", amount=0, used=0, coming=1) is False
    assert room(pools, "a", amount=0, used=9, coming=0) is True
    assert room(pools, "b", amount=2, used=0, coming=0) is False
    assert room(pools, "b", amount=4, used=0, coming=0) is True
    assert looked == ["crp-1"]


def test_a_pool_of_another_stack_is_asked_for(pools: run.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can't be seen has no room."""

    class Reservations:
        def __init__(self, item: dict[str, Any] | None) -> None:
            self.item = item

        def once(self, _: Operation, id_: str) -> Any:
            assert id_ == "crp-1"
            return self.item

    def not_ours(*_: Any) -> None:
        raise KeyError

    monkeypatch.setattr(run, "seen", not_ours)
    there = {"AllocatedResources": {"AllocatedResource": [{"TotalAmount": 2, "UsedAmount": 1}]}}
    monkeypatch.setattr(polls, "reservations", lambda _: Reservations(there))
    pools.hints["a"] = {"creation": 0}
    assert room(pools, "a", amount=0, used=0, coming=0) is True
    ecs_instance._filled.clear()
    monkeypatch.setattr(polls, "reservations", lambda _: Reservations(None))
    assert room(pools, "a", amount=0, used=0, coming=0) is False


def test_a_full_pool_is_left_before_it_is_entered_again(
    pools: run.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only where the new one goes to the same pool as the old one."""
    asked: list[Any] = []
    monkeypatch.setattr(ecs_instance, "_has_room", lambda *given: asked.append(given[1:]) or False)
    one, other = ({"private_pool": {"id": id_}, "region_id": REGION} for id_ in ("crp-1", "crp-2"))
    assert PROVIDER.deletes_first(Operation(), one, one) is True
    assert asked == [(REGION, "crp-1")]
    assert PROVIDER.deletes_first(Operation(), one, other) is False
    assert PROVIDER.deletes_first(Operation(), {"region_id": REGION}, {"region_id": REGION}) is False
    monkeypatch.setattr(ecs_instance, "_has_room", lambda *_: True)
    assert PROVIDER.deletes_first(Operation(), one, one) is False
    fixed = {"private_ip_address": "172.20.0.9"}
    assert PROVIDER.deletes_first(Operation(), {**one, **fixed}, {**one, **fixed}) is True


# ---- roles and renewal -------------------------------------------------------------------------------------


def test_the_roles_of_many_are_read_fifty_at_a_time(api: Api) -> None:
    """DescribeInstanceRamRole takes no more."""
    watch = ecs_access.roles.__wrapped__(REGION)
    sets = [{"InstanceId": "i-0", "RamRoleName": "reader"}]
    api.answers["DescribeInstanceRamRole"] = {"InstanceRamRoleSets": {"InstanceRamRoleSet": sets}}
    found = watch._describe(Operation(), [f"i-{number}" for number in range(101)])
    assert found == {"i-0": sets[0]}
    assert [len(json.loads(parameters["InstanceIds"])) for _, parameters in api.asked] == [50, 50, 1]
    assert {(each["RegionId"], each["PageSize"]) for _, each in api.asked} == {(REGION, 50)}
    api.answers["DescribeInstanceRamRole"] = refusal("InvalidInstanceId.NotFound")
    assert watch._describe(Operation(), ["i-0"]) == {}


@pytest.mark.parametrize(
    ("item", "name"), [({"RamRoleName": "reader"}, "reader"), ({"RamRoleName": None}, ""), (None, "")]
)
def test_a_role_has_a_name_or_there_is_none(
    monkeypatch: pytest.MonkeyPatch, item: dict[str, Any] | None, name: str
) -> None:
    """An instance without one isn't listed."""

    class Roles:
        def once(self, *_: Any) -> Any:
            return item

    monkeypatch.setattr(ecs_access, "roles", lambda _: Roles())
    assert ecs_access.role(Operation(), REGION, "i-1") == name


@pytest.mark.parametrize("key", ["Results", "AttachKeyPairResults"])
def test_a_refusal_for_one_instance_is_an_error_with_all_that_the_answer_says(api: Api, key: str) -> None:
    """Each operation has a name of its own for the list."""
    wanted = {"key_pair_name": "mine"}
    changed = frozenset(wanted)

    def answer(**result: Any) -> None:
        api.answers["AttachKeyPair"] = {"RequestId": "r-1", key: {key.removesuffix("s"): [result]}}
        ecs_access.change(Operation(), REGION, dict(BARE), wanted, changed)

    answer(Code="200", Message="successful")
    answer(Code=200)
    with pytest.raises(ApiError) as refused:
        answer(Code="403", Message="not yours")
    error = refused.value
    assert (error.action, error.code, error.message, error.request_id) == (
        "AttachKeyPair",
        "403",
        "not yours",
        "r-1",
    )
    with pytest.raises(ApiError) as refused:
        answer(Code="404")
    assert refused.value.message == ""
    api.answers["AttachKeyPair"].pop("RequestId")
    with pytest.raises(ApiError) as refused:
        ecs_access.change(Operation(), REGION, dict(BARE), wanted, changed)
    assert refused.value.request_id == ""


RENEWS = {"RenewalStatus": "AutoRenewal", "PeriodUnit": "Month", "Duration": 3}


@pytest.mark.parametrize(
    ("item", "known", "live"),
    [
        (None, {"auto_renew": True}, {}),
        (RENEWS, {"auto_renew": True, "auto_renew_period": 1}, {"auto_renew": True, "auto_renew_period": 3}),
        (RENEWS, {"auto_renew": True}, {"auto_renew": True}),
        (RENEWS, {"auto_renew_period": 1}, {"auto_renew_period": 3}),
        ({"RenewalStatus": "Normal"}, {"auto_renew": True, "auto_renew_period": 3}, {"auto_renew": False}),
        ({**RENEWS, "PeriodUnit": "Year"}, {"auto_renew_period": 1}, {"auto_renew_period": 36}),
        ({**RENEWS, "PeriodUnit": "Week"}, {"auto_renew_period": 1}, {"auto_renew_period": 0}),
        ({**RENEWS, "PeriodUnit": "Week"}, {"auto_renew_period": 1, "period_unit": "Week"}, {"auto_renew_period": 3}),
        ({**RENEWS, "PeriodUnit": "Month"}, {"auto_renew_period": 1, "period_unit": "Week"}, {"auto_renew_period": 0}),
        ({**RENEWS, "PeriodUnit": None}, {"auto_renew_period": 1}, {"auto_renew_period": 3}),
        ({**RENEWS, "Duration": None}, {"auto_renew_period": 1}, {"auto_renew_period": 0}),
    ],
)  # fmt: skip
def test_how_a_subscription_renews_is_seen_in_the_programs_unit(
    monkeypatch: pytest.MonkeyPatch, item: Any, known: dict[str, Any], live: dict[str, Any]
) -> None:
    """A year is twelve months; in another unit it is something else."""

    class Renewals:
        def once(self, *_: Any) -> Any:
            return item

    monkeypatch.setattr(ecs_billing, "_renewals", lambda _: Renewals())
    assert ecs_billing.renewal(Operation(), REGION, "i-1", known) == live


def test_the_renewals_of_many_are_read_with_one_call(api: Api) -> None:
    """One that is gone takes none along."""
    watch = ecs_billing._renewals.__wrapped__(REGION)
    item = {"InstanceId": "i-1", **RENEWS}
    api.answers["DescribeInstanceAutoRenewAttribute"] = {
        "InstanceRenewAttributes": {"InstanceRenewAttribute": [item]}
    }
    assert watch._describe(Operation(), ["i-1", "i-2"]) == {"i-1": item}
    parameters = {"RegionId": REGION, "InstanceId": "i-1,i-2", "PageSize": "100"}
    assert api.asked == [("DescribeInstanceAutoRenewAttribute", parameters)]
    api.answers["DescribeInstanceAutoRenewAttribute"] = refusal("InvalidInstanceId.NotFound")
    assert watch._describe(Operation(), ["i-1"]) == {}


# ---- disks -------------------------------------------------------------------------------------------------


def paged(api: Api, monkeypatch: pytest.MonkeyPatch, *found: list[dict[str, Any]]) -> list[Any]:
    """Have the region's disks come in these pages; what was asked for, and how many of them were read."""
    asked: list[Any] = []

    def page_by_page(_: Operation, region_id: str, action: str, parameters: Any, key: str) -> Any:
        asked.append((region_id, action, dict(parameters), key))
        for page in found:
            asked.append(len(page))
            yield page

    monkeypatch.setattr(cloud, "page_by_page", page_by_page)
    return asked


def disks(*names: str) -> list[dict[str, Any]]:
    return [{"DiskId": f"d-{name}-{place}", "InstanceId": name} for name in names for place in (1, 2)]


def test_the_disks_of_a_few_are_asked_for_one_by_one(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """A region may hold far more."""
    pages = paged(api, monkeypatch)
    api.answers["DescribeDisks"] = {"Disks": {"Disk": disks("i-1")}}
    watch = ecs_disks._watch.__wrapped__(REGION)
    found = watch._describe(Operation(), ["i-1", "i-2"])
    assert found == {id_: {"Disks": disks("i-1")} for id_ in ("i-1", "i-2")}
    assert api.asked == [
        ("DescribeDisks", {"RegionId": REGION, "InstanceId": id_, "MaxResults": 100})
        for id_ in ("i-1", "i-2")
    ]
    assert pages == []


def test_the_disks_of_many_are_taken_from_the_regions_while_that_costs_less(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many pages as half of the instances; then each is asked for by itself."""
    watch = ecs_disks._watch.__wrapped__(REGION)
    pages = paged(api, monkeypatch, disks("i-1", "i-9", "i-2"))
    found = watch._describe(Operation(), ["i-1", "i-2", "i-3"])
    assert found == {id_: {"Disks": disks(id_)} for id_ in ("i-1", "i-2")}
    assert pages == [(REGION, "DescribeDisks", {"RegionId": REGION, "MaxResults": 500}, "Disks"), 6]
    ids = ["i-1", "i-2", "i-3", "i-4"]
    paged(api, monkeypatch, disks("i-1"), disks("i-2"))
    assert watch._describe(Operation(), ids) == {id_: {"Disks": disks(id_)} for id_ in ids[:2]}
    assert api.asked == []
    paged(api, monkeypatch, disks("i-1"), disks("i-2"), disks("i-3"))
    watch._describe(Operation(), ids)
    assert api.actions == ["DescribeDisks"] * 4


def test_the_disks_of_all_are_known_at_the_end_of_their_list(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it, one of an instance's disks may be missing."""
    watch = ecs_disks._watch.__wrapped__(REGION)
    one, two = disks("i-1")
    paged(api, monkeypatch, [one], [two, *disks("i-2")])
    assert watch._listing._all is not None
    found = list(watch._listing._all(Operation()))
    assert found == [{}, {}, {"i-1": {"Disks": [one, two]}, "i-2": {"Disks": disks("i-2")}}]


def test_disks_are_in_the_order_of_their_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system disk first; after /dev/xvdz comes /dev/xvdaa."""
    names = ["/dev/xvdaa", "/dev/xvdc", "/dev/xvda", "/dev/xvdb"]
    found = [{"Device": name, "Type": "system" if name == "/dev/xvdc" else "data"} for name in names]

    class Disks:
        def once(self, *_: Any) -> Any:
            return {"Disks": found} if found else None

    monkeypatch.setattr(ecs_disks, "_watch", lambda _: Disks())
    listed = ecs_disks.listed(Operation(), REGION, "i-1")
    assert [disk["Device"] for disk in listed] == ["/dev/xvdc", "/dev/xvda", "/dev/xvdb", "/dev/xvdaa"]
    found.clear()
    assert ecs_disks.listed(Operation(), REGION, "i-1") == []


def test_each_disk_is_changed_by_what_it_is_and_what_was_asked_for_before(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In their order; a description is taken back where one was given."""
    there = [{"DiskId": f"d-{number}", "Size": 40, "Category": "cloud_essd"} for number in (0, 1, 2)]
    monkeypatch.setattr(ecs_disks, "listed", lambda *_: there)
    olds = {"data_disks": [{"size": 40, "description": "was"}]}
    wanted = {"system_disk": {"size": 50}, "data_disks": [{"size": 40}, {"size": 60}]}
    ecs_disks.change(Operation(), REGION, "i-1", olds, wanted)
    assert api.asked == [
        ("ResizeDisk", {"DiskId": "d-0", "NewSize": 50, "Type": "online"}),
        ("ModifyDiskAttribute", {"DiskId": "d-1", "Description": ""}),
        ("ResizeDisk", {"DiskId": "d-2", "NewSize": 60, "Type": "online"}),
    ]
    assert api.limits == [None] * 3
    api.asked.clear()
    ecs_disks.change(Operation(), REGION, "i-1", {"system_disk": {"description": "was"}}, {})
    assert api.asked == [("ModifyDiskAttribute", {"DiskId": "d-0", "Description": ""})]
