"""The whole life of an instance without an engine: what drifts is found and repaired, what is taken back is cleared."""

from __future__ import annotations

import base64
import json
import threading
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from engine_model import Engine, RefusedError

from fake_aliyun import FakeAliyun
from pulumi_aliyun import aftermath, bridge, cloud, ecs_instance, polls
from pulumi_aliyun.capacity_reservation import CapacityReservationProvider
from pulumi_aliyun.ecs_instance import EcsInstanceProvider
from pulumi_aliyun.errors import AliyunError, ApiError, Interrupted, InvalidInput

PLAIN = {
    "instance_type": "ecs.g6.large",
    "image_id": "aliyun_3_x64_20G.vhd",
    "vswitch_id": "vsw-1",
    "zone_id": "cn-hangzhou-h",
    "security_group_ids": ["sg-1"],
}
FULL = {
    **PLAIN,
    "instance_name": "web-1",
    "description": "for the shop",
    "host_name": "web-1",
    "password": "Passw0rd!1",
    "key_pair_name": "operators",
    "user_data": "#!/bin/sh\necho ready",
    "ram_role_name": "reader",
    "system_disk": {
        "category": "cloud_essd",
        "size": 40,
        "disk_name": "system",
        "description": "with the system",
    },
    "data_disks": [
        {
            "category": "cloud_essd",
            "size": 500,
            "performance_level": "PL1",
            "disk_name": "data",
            "description": "data",
        },
        {"category": "cloud_efficiency", "size": 40, "delete_with_instance": False},
    ],
    "internet_charge_type": "PayByTraffic",
    "internet_max_bandwidth_out": 5,
    "auto_release_time": "2027-10-30T06:32:45Z",
    "private_pool": {"match_criteria": "Open"},
    "deletion_protection": True,
    "resource_group_id": "rg-1",
    "tags": {"team": "shop", "env": ""},
}
PREPAID = {
    **PLAIN,
    "instance_charge_type": "PrePaid",
    "period": 1,
    "auto_renew": True,
    "auto_renew_period": 2,
}


class World:
    """One stack of one instance, its cloud, and somebody else with the keys to it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fake: FakeAliyun) -> None:
        self.fake = fake
        self.said: list[str] = []
        cloud.configure(
            {
                "aliyun:region": "cn-hangzhou",
                "aliyun:accessKey": fake.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
                "aliyun:secretKey": fake.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
                "aliyun:endpoints": json.dumps({"ecs": fake.url, "bssopenapi": fake.url}),
            }.get
        )
        self.engine = Engine(monkeypatch)
        monkeypatch.setattr(bridge.Operation, "tell", lambda _, text, *_rest: self.said.append(text))

    def outside(self, action: str, **parameters: Any) -> Any:
        """What somebody else does."""
        return cloud.ecs(bridge.Operation(), "cn-hangzhou", action, parameters)

    def control(self, **change: Any) -> None:
        """What fate does to the instance."""
        path, body = f"{self.fake.url}/_fake/instances/{self.id}", json.dumps(change).encode()
        with urllib.request.urlopen(urllib.request.Request(path, body, method="POST")):
            pass

    def up(self, inputs: dict[str, Any] | None, name: str = "web") -> list[tuple[str, str]]:
        """`pulumi up` of a program with this instance, or with none; what was done, the most of it to be seen."""
        self.engine.up({name: (EcsInstanceProvider(), inputs)} if inputs else {})
        return list(self.engine.done)

    def preview(self, inputs: dict[str, Any], name: str = "web") -> list[tuple[str, str]]:
        """`pulumi preview`."""
        return list(self.engine.preview({name: (EcsInstanceProvider(), inputs)}))

    @property
    def id(self) -> str:
        """The instance's id."""
        return self.engine.state["web"].id

    def live(self) -> dict[str, Any]:
        """The instance as the control plane shows it."""
        (found,) = (each for each in self.fake.state()["instances"] if each["id"] == self.id)
        return found

    def disks(self) -> list[dict[str, Any]]:
        """The instance's disks, as the API shows them."""
        return self.outside("DescribeDisks", RegionId="cn-hangzhou", InstanceId=self.id)["Disks"]["Disk"]

    def writes(self, since: int = 0) -> list[str]:
        """The writing calls since a request's number."""
        quiet = ("Describe", "List", "Get", "Query")
        return [each["action"] for each in self.fake.requests(since) if not each["action"].startswith(quiet)]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, fake_aliyun: FakeAliyun) -> World:
    fake_aliyun.settings(profile="instant")
    monkeypatch.setattr(aftermath, "PATIENCE_S", 0.1)
    monkeypatch.setattr(polls, "UNLISTED_S", 0.1)
    return World(monkeypatch, fake_aliyun)


# ---- drift -------------------------------------------------------------------------------------------------

Outside = Callable[[World], Any]


def attribute(**changed: Any) -> Outside:
    return lambda world: world.outside("ModifyInstanceAttribute", InstanceId=world.id, **changed)


def on_region(action: str, **changed: Any) -> Outside:
    return lambda world: world.outside(
        action, RegionId="cn-hangzhou", InstanceIds=json.dumps([world.id]), **changed
    )


def tagged(action: str, **changed: Any) -> Outside:
    return lambda world: world.outside(
        action, RegionId="cn-hangzhou", ResourceType="instance", ResourceId=[world.id], **changed
    )


def on_disk(index: int, action: str, **changed: Any) -> Outside:
    return lambda world: world.outside(action, DiskId=world.disks()[index]["DiskId"], **changed)


def of_instance(action: str, **changed: Any) -> Outside:
    return lambda world: world.outside(action, InstanceId=world.id, **changed)


def retyped(world: World) -> None:
    world.outside("StopInstance", InstanceId=world.id)
    world.outside("ModifyInstanceSpec", InstanceId=world.id, InstanceType="ecs.g6.xlarge")
    world.outside("StartInstance", InstanceId=world.id)
    world.fake.clock.advance(600)


DRIFT: dict[str, tuple[str, Outside, str]] = {
    # what changes: the argument, what somebody does, and the call that repairs it
    "name": ("instance_name", attribute(InstanceName="other"), "ModifyInstanceAttribute"),
    "description": ("description", attribute(Description="other"), "ModifyInstanceAttribute"),
    "host name": ("host_name", attribute(HostName="other"), "ModifyInstanceAttribute"),
    "protection": ("deletion_protection", attribute(DeletionProtection=False), "ModifyInstanceAttribute"),
    "groups": ("security_group_ids", attribute(SecurityGroupIds=["sg-2", "sg-3"]), "ModifyInstanceAttribute"),
    "key pair": ("key_pair_name", on_region("AttachKeyPair", KeyPairName="other"), "AttachKeyPair"),
    "no key pair": ("key_pair_name", on_region("DetachKeyPair", KeyPairName="operators"), "AttachKeyPair"),
    "no role": (
        "ram_role_name",
        on_region("DetachInstanceRamRole", RamRoleName="reader"),
        "AttachInstanceRamRole",
    ),
    "bandwidth": (
        "internet_max_bandwidth_out",
        of_instance("ModifyInstanceNetworkSpec", InternetMaxBandwidthOut=50),
        "ModifyInstanceNetworkSpec",
    ),
    "traffic": (
        "internet_charge_type",
        of_instance("ModifyInstanceNetworkSpec", NetworkChargeType="PayByBandwidth"),
        "ModifyInstanceNetworkSpec",
    ),
    "release": (
        "auto_release_time",
        of_instance("ModifyInstanceAutoReleaseTime", AutoReleaseTime=""),
        "ModifyInstanceAutoReleaseTime",
    ),
    "pool": (
        "private_pool",
        of_instance(
            "ModifyInstanceAttachmentAttributes",
            RegionId="cn-hangzhou",
            PrivatePoolOptions={"MatchCriteria": "None"},
        ),
        "ModifyInstanceAttachmentAttributes",
    ),
    "group": (
        "resource_group_id",
        lambda world: world.outside(
            "JoinResourceGroup",
            RegionId="cn-hangzhou",
            ResourceId=world.id,
            ResourceType="instance",
            ResourceGroupId="rg-2",
        ),
        "JoinResourceGroup",
    ),
    "a tag more": ("tags", tagged("TagResources", Tag=[{"Key": "b", "Value": "2"}]), "UntagResources"),
    "a tag less": ("tags", tagged("UntagResources", TagKey=["team"]), "TagResources"),
    "a tag changed": ("tags", tagged("TagResources", Tag=[{"Key": "team", "Value": "x"}]), "TagResources"),
    "power": ("status", of_instance("StopInstance"), "StartInstance"),
    "type": ("instance_type", retyped, "ModifyInstanceSpec"),
    "disk name": ("system_disk", on_disk(0, "ModifyDiskAttribute", DiskName="other"), "ModifyDiskAttribute"),
    "disk description": (
        "data_disks",
        on_disk(1, "ModifyDiskAttribute", Description="other"),
        "ModifyDiskAttribute",
    ),
    "disk kept": (
        "data_disks",
        on_disk(2, "ModifyDiskAttribute", DeleteWithInstance=True),
        "ModifyDiskAttribute",
    ),
    "disk level": ("data_disks", on_disk(1, "ModifyDiskSpec", PerformanceLevel="PL2"), "ModifyDiskSpec"),
    "disk category": (
        "data_disks",
        on_disk(2, "ModifyDiskSpec", DiskCategory="cloud_auto"),
        "ModifyDiskSpec",
    ),
}


@pytest.mark.parametrize("what", DRIFT)
def test_what_changed_outside_is_found_by_refresh_and_repaired_by_the_next_up(
    world: World, what: str
) -> None:
    """One property at a time, with the one call that it takes; after it there is nothing left to be done."""
    argument, somebody_changes, repair = DRIFT[what]
    world.up(FULL)
    before, wanted = world.id, dict(world.engine.state["web"].outputs)
    somebody_changes(world)
    world.engine.refresh()
    drifted = world.engine.state["web"].outputs
    assert drifted[argument] != wanted[argument]
    assert world.preview(FULL) == [("update", "web")]
    since = len(world.fake.requests())
    world.up(FULL)
    assert set(world.writes(since)) - {"StopInstance", "StartInstance"} == {repair} - {"StartInstance"}
    world.engine.refresh()
    assert world.engine.state["web"].outputs == wanted
    assert world.preview(FULL) == []
    assert world.id == before


def test_renewal_drifts_and_is_repaired_in_its_own_unit(world: World) -> None:
    """A year is twelve months; weeks are no months."""
    world.up(PREPAID)
    world.engine.refresh()
    assert world.preview(PREPAID) == []
    renewal = "ModifyInstanceAutoRenewAttribute"
    for change in (
        {"RenewalStatus": "NotRenewal"},
        {"AutoRenew": True, "Duration": 3},
        {"AutoRenew": True, "Duration": 2, "PeriodUnit": "Week"},
    ):
        world.outside(renewal, RegionId="cn-hangzhou", InstanceId=world.id, **change)
        world.engine.refresh()
        assert world.preview(PREPAID) == [("update", "web")]
        since = len(world.fake.requests())
        world.up(PREPAID)
        assert world.writes(since) == [renewal]
        world.engine.refresh()
        assert world.preview(PREPAID) == []
    world.outside(
        renewal, RegionId="cn-hangzhou", InstanceId=world.id, AutoRenew=True, Duration=1, PeriodUnit="Year"
    )
    yearly = {**PREPAID, "auto_renew_period": 12}
    world.engine.refresh()
    assert world.preview(yearly) == []


def test_user_data_of_another_instance_is_a_replacement(world: World) -> None:
    """A change in place would never run: it is seen, and the instance is made anew; taken back as well."""
    world.up(FULL)
    first = world.id
    changed = {**FULL, "deletion_protection": False}
    world.up(changed)
    for user_data in ("#!/bin/sh\necho other", None):
        changed = {**changed, "user_data": user_data}
        assert world.preview(changed) == [("replace", "web")]
    world.up(changed)
    assert world.id != first
    answer = world.outside("DescribeUserData", RegionId="cn-hangzhou", InstanceId=world.id)
    assert not answer.get("UserData")
    second = {**changed, "user_data": "#!/bin/sh\necho ready"}
    world.up(second)
    world.outside("StopInstance", InstanceId=world.id)
    encoded = base64.b64encode(b"#!/bin/sh\necho outside").decode()
    world.outside("ModifyInstanceAttribute", InstanceId=world.id, UserData=encoded)
    world.engine.refresh()
    assert world.preview(second) == [("replace", "web")]


# ---- clearing ----------------------------------------------------------------------------------------------


def test_what_the_program_takes_back_is_cleared_in_the_cloud(world: World) -> None:
    """One property at a time; a name becomes the id, as if none had been given."""
    inputs: dict[str, Any] = dict(FULL)
    world.up(inputs)
    cleared = {
        "instance_name": world.id,
        "description": "",
        "key_pair_name": "",
        "ram_role_name": "",
        "internet_max_bandwidth_out": 0,
        "auto_release_time": "",
        "deletion_protection": False,
        "tags": {},
    }
    for name, empty in cleared.items():
        inputs.pop(name)
        assert world.preview(inputs) == [("update", "web")], name
        world.up(inputs)
        assert world.live()[name] in (empty, None) if empty == "" else world.live()[name] == empty, name
        world.engine.refresh()
        assert world.preview(inputs) == [], name
    inputs.pop("private_pool")
    world.up(inputs)
    assert world.live()["private_pool"]["match_criteria"] == "None"
    world.engine.refresh()
    assert world.preview(inputs) == []


def test_what_only_the_cloud_can_choose_stays_when_the_program_stops_naming_it(world: World) -> None:
    """A zone, an address, a host name, a password and a resource group are what every instance has."""
    world.up({**FULL, "private_ip_address": "172.20.0.9"})
    inputs = dict(FULL)
    for name in ("zone_id", "host_name", "password", "resource_group_id"):
        inputs.pop(name)
    since = len(world.fake.requests())
    assert world.preview(inputs) == []
    world.up(inputs)
    assert world.writes(since) == []
    assert world.live()["resource_group_id"] == "rg-1"


def test_a_disk_s_description_is_cleared_and_its_name_stays(world: World) -> None:
    """The API knows no empty name."""
    world.up(FULL)
    inputs = {**FULL, "system_disk": {"category": "cloud_essd", "size": 40}}
    since = len(world.fake.requests())
    world.up(inputs)
    assert world.writes(since) == ["ModifyDiskAttribute"]
    disk = world.disks()[0]
    assert (disk["DiskName"], disk["Description"]) == ("system", "")
    world.engine.refresh()
    assert world.preview(inputs) == []


# ---- disks -------------------------------------------------------------------------------------------------


def disked(**changed: Any) -> dict[str, Any]:
    """A program whose first data disk is another one."""
    return {**FULL, "data_disks": [{**FULL["data_disks"][0], **changed}, FULL["data_disks"][1]]}


@pytest.mark.parametrize(
    ("changed", "calls"),
    [
        ({"size": 600}, ["ResizeDisk"]),
        ({"performance_level": "PL2"}, ["ModifyDiskSpec"]),
        ({"performance_level": "PL3", "size": 1300}, ["ResizeDisk", "ModifyDiskSpec"]),
        ({"category": "cloud_auto", "performance_level": None}, ["ModifyDiskSpec"]),
        ({"category": "cloud_ssd", "performance_level": None, "size": 600}, ["ModifyDiskSpec", "ResizeDisk"]),
        ({"disk_name": "other", "delete_with_instance": False}, ["ModifyDiskAttribute"]),
        ({"encrypted": False}, []),
    ],
)
def test_a_disk_is_changed_in_place(world: World, changed: dict[str, Any], calls: list[str]) -> None:
    """What the API can do to a disk is done to it, in the order that it needs."""
    world.up(FULL)
    before = world.id
    since = len(world.fake.requests())
    world.up(disked(**changed))
    assert world.writes(since) == calls
    assert world.id == before
    world.engine.refresh()
    assert world.preview(disked(**changed)) == []


@pytest.mark.parametrize(
    "changed", [{"size": 400}, {"encrypted": True}, {"category": "cloud"}, {"snapshot_id": "s-1"}]
)
def test_another_disk_is_another_instance(world: World, changed: dict[str, Any]) -> None:
    """A disk never shrinks, and isn't made of something else."""
    world.up({**FULL, "deletion_protection": False})
    level = {} if changed.get("category") != "cloud" else {"performance_level": None}
    program = {**disked(**changed, **level), "deletion_protection": False}
    assert world.preview(program) == [("replace", "web")]


def test_a_disk_that_is_named_later_is_the_one_that_is_there(world: World) -> None:
    """To write down what the instance has already changes nothing."""
    world.up(PLAIN)
    inputs = {**PLAIN, "system_disk": {"category": "cloud_essd", "size": 40, "performance_level": "PL1"}}
    since = len(world.fake.requests())
    assert ("replace", "web") not in world.preview(inputs)
    world.up(inputs)
    assert world.writes(since) == []
    world.engine.refresh()
    assert world.preview(inputs) == []


def test_a_disk_of_a_snapshot_has_the_snapshot_s_size(world: World) -> None:
    """The size that is ignored is no difference; the disk can still grow."""
    disk = {"snapshot_id": "s-1", "size": 20}
    world.up({**PLAIN, "data_disks": [disk]})
    world.outside("ResizeDisk", DiskId=world.disks()[1]["DiskId"], NewSize=50)  # the snapshot's size, say
    world.engine.refresh()
    assert world.preview({**PLAIN, "data_disks": [disk]}) == []
    world.up({**PLAIN, "data_disks": [{**disk, "size": 70}]})
    assert world.disks()[1]["Size"] == 70


# ---- paying ------------------------------------------------------------------------------------------------


def test_an_instance_becomes_a_subscription_and_back_with_all_that_goes_with_it(world: World) -> None:
    """What only one way of paying has is changed while it is paid that way; nothing is bought twice."""
    world.up({**FULL, "private_pool": None})
    prepaid = {
        **FULL,
        "private_pool": None,
        "deletion_protection": None,
        "auto_release_time": None,
        "instance_charge_type": "PrePaid",
        "period": 1,
        "auto_renew": True,
    }
    since = len(world.fake.requests())
    world.up(prepaid)
    assert world.writes(since).count("ModifyInstanceChargeType") == 1
    assert (world.live()["instance_charge_type"], world.live()["deletion_protection"]) == ("PrePaid", False)
    world.engine.refresh()
    assert world.engine.state["web"].outputs["auto_renew"] is True
    assert world.preview(prepaid) == []
    world.up(FULL)
    assert (world.live()["instance_charge_type"], world.live()["deletion_protection"]) == ("PostPaid", True)
    world.engine.refresh()
    assert world.preview(FULL) == []


def test_a_change_of_payment_that_was_carried_out_already_is_not_paid_again(world: World) -> None:
    """The state of a killed run knows nothing of it."""
    world.up(PLAIN)
    on_region("ModifyInstanceChargeType", InstanceChargeType="PrePaid", Period=1)(world)
    since = len(world.fake.requests())
    world.up({**PREPAID, "auto_renew": False})
    assert "ModifyInstanceChargeType" not in world.writes(since)


def test_renewal_of_what_is_paid_by_use_has_no_effect_and_is_no_error(world: World) -> None:
    """It is said of a subscription; until it is one there is nothing to call for."""
    world.up({**PLAIN, "auto_renew": False})
    since = len(world.fake.requests())
    world.up({**PLAIN, "auto_renew": True, "auto_renew_period": 2})
    assert world.writes(since) == []
    world.engine.refresh()
    assert world.preview({**PLAIN, "auto_renew": True, "auto_renew_period": 2}) == []


def test_a_subscription_gets_its_type_by_its_own_operation(world: World) -> None:
    """Stopped, changed, started; one that is stopped on purpose stays so."""
    world.up(PREPAID)
    since = len(world.fake.requests())
    world.up({**PREPAID, "instance_type": "ecs.g6.xlarge"})
    assert world.writes(since) == ["StopInstance", "ModifyPrepayInstanceSpec", "StartInstance"]
    assert (world.live()["instance_type"], world.live()["status"]) == ("ecs.g6.xlarge", "Running")
    world.fake.clock.advance(600)
    stopped = {**PREPAID, "instance_type": "ecs.g6.xlarge", "status": "Stopped"}
    world.up(stopped)
    since = len(world.fake.requests())
    world.up({**stopped, "instance_type": "ecs.g6.large"})
    assert world.writes(since) == ["ModifyPrepayInstanceSpec"]
    assert world.live()["status"] == "Stopped"


def test_a_subscription_that_has_run_out_is_said_and_left_alone(world: World) -> None:
    """It can't be started, it isn't bought again, and it can be deleted."""
    once = {**PREPAID, "auto_renew": False}
    world.up(once)
    world.control(expired_time="2026-01-01T00:00:00Z")
    world.outside("StopInstance", InstanceId=world.id)
    world.engine.refresh()
    assert any("has ended by itself" in text for text in world.said)
    since = len(world.fake.requests())
    assert world.preview(once) == []
    world.up({**once, "description": "over"})
    assert world.writes(since) == ["ModifyInstanceAttribute"]
    world.up(None)
    assert [each["status"] for each in world.fake.state()["instances"]] == ["Released"]


# ---- stop, change, start -----------------------------------------------------------------------------------

BIGGER = {**PLAIN, "instance_type": "ecs.g6.xlarge"}


def test_a_refused_type_leaves_the_instance_running_and_the_next_up_goes_on(world: World) -> None:
    """Whatever happens between stop and start."""
    world.up(PLAIN)
    world.fake.faults.add("ModifyInstanceSpec", code="OperationDenied.NoStock", status=403, times=1)
    with pytest.raises(ApiError, match=r"OperationDenied\.NoStock"):
        world.up(BIGGER)
    assert world.live()["status"] == "Running"
    world.up(BIGGER)
    assert (world.live()["instance_type"], world.live()["status"]) == ("ecs.g6.xlarge", "Running")
    assert world.preview(BIGGER) == []


@pytest.mark.parametrize("changed", [False, True])
def test_a_change_of_type_that_was_killed_between_stop_and_start_goes_on(world: World, changed: bool) -> None:
    """The state knows nothing: neither that it is stopped, nor that it has the new type."""
    world.up(PLAIN)
    world.outside("StopInstance", InstanceId=world.id)
    if changed:
        world.outside("ModifyInstanceSpec", InstanceId=world.id, InstanceType="ecs.g6.xlarge")
    world.up(BIGGER)
    assert (world.live()["instance_type"], world.live()["status"]) == ("ecs.g6.xlarge", "Running")
    world.engine.refresh()
    assert world.preview(BIGGER) == []


@pytest.mark.parametrize("at", ["StopInstance", "DescribeInstances", "ModifyInstanceSpec", "StartInstance"])
def test_an_instance_whose_change_of_type_is_cancelled_is_started_again(
    world: World, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """At whichever call Ctrl-C is pressed; what comes after the start is left to the next `up`."""
    world.fake.settings(times={"stopping": 0.5})
    world.up(PLAIN)
    cancelled = threading.Event()
    monkeypatch.setattr(bridge, "cancelled", cancelled)
    send, stopping = cloud.ecs, False

    def pressed(operation: Any, region_id: str, action: str, parameters: Any, **given: Any) -> Any:
        nonlocal stopping
        stopping = stopping or action == "StopInstance"
        if stopping and action == at:
            cancelled.set()
        return send(operation, region_id, action, parameters, **given)

    monkeypatch.setattr(cloud, "ecs", pressed)
    larger = {**PLAIN, "instance_type": "ecs.g6.xlarge"}
    with pytest.raises(Interrupted):
        world.up(larger)
    assert world.live()["status"] == "Running"
    changed = at in {"ModifyInstanceSpec", "StartInstance"}
    assert (world.live()["instance_type"] == "ecs.g6.xlarge") == changed
    monkeypatch.setattr(cloud, "ecs", send)
    cancelled.clear()
    world.up(larger)
    assert (world.live()["instance_type"], world.live()["status"]) == ("ecs.g6.xlarge", "Running")
    world.engine.refresh()
    assert world.preview(larger) == []


def test_an_instance_moves_to_a_pool_of_its_new_type(world: World) -> None:
    """The pool fits when the type is changed, and not before."""
    pools = {
        name: (
            CapacityReservationProvider(),
            {
                "instance_type": f"ecs.g6.{name}",
                "instance_amount": 1,
                "zone_id": "cn-hangzhou-h",
                "match_criteria": "Target",
            },
        )
        for name in ("large", "xlarge")
    }
    world.engine.up(pools)

    def web(name: str) -> dict[str, Any]:
        target = {"match_criteria": "Target", "id": world.engine.state[name].id}
        return {**PLAIN, "instance_type": f"ecs.g6.{name}", "private_pool": target}

    world.engine.up({**pools, "web": (EcsInstanceProvider(), web("large"))})
    program = {**pools, "web": (EcsInstanceProvider(), web("xlarge"))}
    world.engine.up(program)
    assert ("update", "web") in world.engine.done
    assert world.live()["private_pool"]["id"] == world.engine.state["xlarge"].id
    world.engine.refresh()
    assert world.engine.preview(program) == []


def test_capacity_is_kept_while_the_type_changes(world: World) -> None:
    """Also where the program stops it without charge otherwise."""
    world.up({**PLAIN, "stopped_mode": "StopCharging"})
    since = len(world.fake.requests())
    world.up({**BIGGER, "stopped_mode": "StopCharging"})
    (stop,) = (each for each in world.fake.requests(since) if each["action"] == "StopInstance")
    assert stop["params"]["StoppedMode"] == "KeepCharging"


def test_what_takes_effect_at_the_next_reboot_or_stops_the_instance_is_said_at_preview(world: World) -> None:
    """The preview is where it is decided."""
    world.up(FULL)
    world.said.clear()
    world.preview({**FULL, "host_name": "web-2", "password": "Passw0rd!2", "instance_type": "ecs.g6.xlarge"})
    assert sorted(text.split(":")[0] for text in world.said) == ["host_name", "instance_type", "password"]
    assert not any("Passw0rd" in text for text in world.said)


# ---- roles and keys ----------------------------------------------------------------------------------------


def test_another_role_takes_the_place_of_the_one_that_is_there(world: World) -> None:
    """Whatever the state believes: somebody has given it a third one."""
    world.up(FULL)
    on_region("DetachInstanceRamRole", RamRoleName="reader")(world)
    on_region("AttachInstanceRamRole", RamRoleName="third")(world)
    world.up({**FULL, "ram_role_name": "writer"})
    assert world.live()["ram_role_name"] == "writer"


def test_a_refusal_inside_an_answer_of_success_is_an_error(world: World) -> None:
    """AttachInstanceRamRole answers for each instance by itself."""
    world.up(PLAIN)
    refusal = {
        "InstanceId": world.id,
        "Code": "InvalidRamRole.NotEcsRole",
        "Message": "no role of ECS",
        "Success": False,
    }
    results = {"AttachInstanceRamRoleResult": [refusal]}
    body = {"RequestId": "R-1", "FailCount": 1, "AttachInstanceRamRoleResults": results}
    world.fake.faults.add("AttachInstanceRamRole", status=200, body=json.dumps(body), times=1)
    with pytest.raises(ApiError, match=r"InvalidRamRole\.NotEcsRole"):
        world.up({**PLAIN, "ram_role_name": "reader"})


@pytest.mark.parametrize(
    ("names", "made"),
    [
        ({"host_name": "web-${instance_id}"}, {"host_name": "web-{id}"}),
        ({"host_name": "web[7,4]"}, {"host_name": "web0007"}),
        ({"instance_name": "web[7,4]-x", "host_name": "a.${instance_id}"}, {"instance_name": "web0007-x"}),
    ],
)
def test_a_name_that_is_filled_in_is_no_difference(
    world: World, names: dict[str, str], made: dict[str, str]
) -> None:
    """RunInstances fills it in; where it is changed later, the provider does."""
    for program in (names, {"host_name": "other", "instance_name": "other"}, names):
        world.up({**PLAIN, **program})
        if program is not names:
            continue
        assert {name: world.live()[name] for name in made} == {
            name: text.replace("{id}", world.id) for name, text in made.items()
        }
        assert world.preview({**PLAIN, **names}) == []
        world.engine.refresh()
        assert world.preview({**PLAIN, **names}) == []
        assert world.preview({**PLAIN, **names, "host_name": "web0008x"}) == [("update", "web")]


def test_a_data_disk_of_which_nothing_is_said_is_not_left_out(world: World) -> None:
    """The API has the say; a disk that isn't there would be a replacement again and again."""
    with pytest.raises(ApiError, match=r"InvalidDataDiskSize\.ValueNotSupported"):
        world.up({**PLAIN, "data_disks": [{}]})


SPOT = {"spot_strategy": "SpotWithPriceLimit", "spot_price_limit": 0.5}


@pytest.mark.parametrize(
    ("ignored", "changed"),
    [
        (
            {**SPOT, "dedicated_host_id": "dh-1"},
            {"dedicated_host_id": "dh-1", "spot_strategy": "SpotAsPriceGo"},
        ),
        ({"spot_price_limit": 0.5}, {}),
        ({"spot_price_limit": 0.5, "spot_strategy": "SpotAsPriceGo"}, {"spot_strategy": "SpotAsPriceGo"}),
    ],
)
def test_a_bid_of_no_effect_is_no_difference(
    world: World, ignored: dict[str, Any], changed: dict[str, Any]
) -> None:
    """The API ignores it: the instance would be replaced, and ignore it, again and again."""
    world.up({**PLAIN, **ignored})
    assert world.preview({**PLAIN, **ignored}) == []
    world.engine.refresh()
    assert world.preview({**PLAIN, **ignored}) == []
    assert world.preview({**PLAIN, **changed}) == []


@pytest.mark.parametrize(
    "changed", [{**SPOT, "spot_price_limit": 0.6}, {"spot_strategy": "SpotAsPriceGo"}, {}]
)
def test_another_bid_is_another_instance(world: World, changed: dict[str, Any]) -> None:
    """With its limit, with its strategy, or without a bid at all."""
    world.up({**PLAIN, **SPOT})
    assert world.preview({**PLAIN, **SPOT}) == []
    assert world.preview({**PLAIN, **changed}) == [("replace", "web")]


def test_a_key_pair_on_windows_is_no_difference(world: World) -> None:
    """It is of no effect there, and isn't shown."""
    windows = {**PLAIN, "image_id": "win2022_21H2_x64.vhd", "key_pair_name": "operators"}
    world.up(windows)
    world.engine.refresh()
    assert world.preview(windows) == []


# ---- create and delete -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code", ["IncorrectVSwitchStatus", "OperationConflict", "InvalidSnapshotId.NotReady"]
)
def test_what_a_new_instance_needs_is_waited_for(world: World, code: str) -> None:
    """Each try has its own token: a token stands for its refusal."""
    world.fake.faults.add("RunInstances", code=code, status=403, times=2)
    world.up(PLAIN)
    tries = [each for each in world.fake.requests() if each["action"] == "RunInstances"]
    assert len({each["params"]["ClientToken"] for each in tries}) == 3  # one that stalls is sent twice
    assert len(world.fake.state()["instances"]) == 1


def test_the_disks_that_go_and_those_that_stay_are_named_when_the_instance_is_deleted(world: World) -> None:
    """By id, with their names and sizes."""
    world.up({**FULL, "deletion_protection": False})
    system, data, kept = (each["DiskId"] for each in world.disks())
    world.up(None)
    (told,) = (text for text in world.said if "disks" in text)
    gone, stays = told.split("; these stay")
    assert system in gone and f"{data} 'data' (data, 500 GiB)" in gone
    assert kept in stays and "billed on" in stays


def test_a_security_lock_takes_all_disks(world: World) -> None:
    """And that is said before it happens."""
    world.up({**FULL, "deletion_protection": False})
    kept = world.disks()[2]["DiskId"]
    world.control(operation_locks=["security"])
    world.up(None)
    (told,) = (text for text in world.said if "locked for security" in text)
    assert kept in told and "stay" not in told


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"deletion_protection": True}, "deletion_protection=False"),
        ({"dependencies": ["RouteEntry"]}, "delete the route entries"),
        ({"dependencies": ["SLB"]}, "remove the instance from its load balancer"),
    ],
)
def test_each_reason_why_an_instance_can_not_be_deleted_has_its_way_out(
    world: World, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], words: str
) -> None:
    """What doesn't pass is told apart, and the instance stays in the state."""
    monkeypatch.setattr(ecs_instance, "_PATIENCE_S", 0.1)
    world.up(PLAIN)
    world.control(**change)
    with pytest.raises((ApiError, InvalidInput)) as refused:
        world.up(None)
    assert words in str(refused.value)
    assert world.fake.state()["instances"][0]["status"] != "Released"


def test_protection_from_outside_is_respected_and_explained(world: World) -> None:
    """The program says nothing of it, so only a refresh finds it."""
    world.up(PLAIN)
    attribute(DeletionProtection=True)(world)
    with pytest.raises(InvalidInput, match="protected outside of this program: run `pulumi up --refresh`"):
        world.up(None)


def test_a_running_subscription_is_not_deleted(world: World) -> None:
    """It says until when it is paid, and what can be done."""
    world.up(PREPAID)
    with pytest.raises(AliyunError, match="paid for until"):
        world.up(None)


def test_a_subscription_that_nobody_wants_is_left_running_and_explained(world: World) -> None:
    """What an interrupted run has bought so can't be given back: it isn't stopped, either."""
    world.up(PREPAID)
    with pytest.raises(InvalidInput, match="paid for until"):
        ecs_instance.INSTANCES.release(bridge.Operation(), "cn-hangzhou", world.id)
    assert world.live()["status"] == "Running"


@pytest.mark.parametrize(
    "code",
    ["IncorrectInstanceStatus.Initializing", "DependencyViolation.SLBConfiguring", "OperationConflict"],
)
def test_what_passes_is_waited_for_at_deletion(world: World, code: str) -> None:
    """The instance is between two states."""
    world.up(PLAIN)
    world.fake.faults.add("DeleteInstance", code=code, status=403, times=1)
    world.up(None)
    assert [each["status"] for each in world.fake.state()["instances"]] == ["Released"]


# ---- replacement -------------------------------------------------------------------------------------------


def test_a_fixed_address_is_freed_first_and_only_where_it_is_the_same(world: World) -> None:
    """Said at preview; for another address nothing is given up before."""
    fixed = {**PLAIN, "private_ip_address": "172.20.0.9"}
    world.up(fixed)
    world.said.clear()
    other_image = {**fixed, "image_id": "img-2"}
    assert world.preview(other_image) == [("replace", "web")]
    assert any("deleted before the new one is made" in text for text in world.said)
    since = len(world.fake.requests())
    world.up(other_image)
    assert world.writes(since).index("DeleteInstance") < world.writes(since).index("RunInstances")
    world.said.clear()
    elsewhere = {**other_image, "private_ip_address": "172.20.0.10", "vswitch_id": "vsw-2"}
    world.preview(elsewhere)
    assert world.said == []
    since = len(world.fake.requests())
    world.up(elsewhere)
    assert world.writes(since).index("RunInstances") < world.writes(since).index("DeleteInstance")


def test_an_instance_in_a_full_pool_is_replaced_by_deleting_it_first(world: World) -> None:
    """Its place is the one that the new one needs."""
    pool = {
        "instance_type": "ecs.g6.large",
        "instance_amount": 1,
        "zone_id": "cn-hangzhou-h",
        "match_criteria": "Target",
    }
    reservation = (CapacityReservationProvider(), pool)
    world.engine.up({"pool": reservation})
    target = {"match_criteria": "Target", "id": world.engine.state["pool"].id}
    web = {**PLAIN, "private_pool": target}
    world.engine.up({"pool": reservation, "web": (EcsInstanceProvider(), web)})
    world.engine.up({"pool": reservation, "web": (EcsInstanceProvider(), {**web, "image_id": "img-2"})})
    assert ("replace", "web") in world.engine.done
    assert world.live()["image_id"] == "img-2"


def test_what_is_not_allowed_is_refused_before_anything_is_called(world: World) -> None:
    """Check comes first."""
    with pytest.raises(RefusedError):
        world.up({**PLAIN, "instance_charge_type": "PrePaid"})
    assert world.writes() == []
