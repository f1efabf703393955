"""What can't be given back, what has ended, and what is changed outside, of a reservation."""

from __future__ import annotations

from typing import Any

import pytest
from engine_model import Engine
from test_histories import alive, connected

from fake_aliyun.hooks import HOOKS
from pulumi_aliyun.capacity_reservation import CapacityReservationProvider
from pulumi_aliyun.ecs_instance import EcsInstanceProvider
from pulumi_aliyun.errors import AliyunError

PROVIDER = CapacityReservationProvider()
POOL = {"instance_type": "ecs.g6.xlarge", "instance_amount": 2, "zone_id": "cn-hangzhou-h"}
LIMITED = {"end_time_type": "Limited", "end_time": "2099-10-30T06:32:45Z"}


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, fake_aliyun: Any) -> Engine:
    """A stack on the test's fake cloud."""
    fake_aliyun.settings(profile="instant")
    connected(fake_aliyun)
    return Engine(monkeypatch)


def program(**inputs: Any) -> Any:
    """A program with one reservation."""
    return {"pool": (PROVIDER, {**POOL, **inputs})}


def outside(fake: Any, engine: Engine, **change: Any) -> None:
    """Change the reservation as somebody in the console would."""
    HOOKS["capacity_reservations"](fake.cloud, engine.state["pool"].id, change)


def test_a_shared_reservation_names_the_share_and_keeps_its_end(engine: Engine, fake_aliyun: Any) -> None:
    """Who shares it with whom, or how to find it; what was switched to Unlimited for the release is put back."""
    engine.up(program(**LIMITED))
    outside(fake_aliyun, engine, shared_with=["42"])
    with pytest.raises(AliyunError) as refusal:
        engine.up({})
    id_ = engine.state["pool"].id if "pool" in engine.state else next(iter(alive(fake_aliyun)))
    assert f"shared by: {id_.replace('crp-', 'rs-')} (share-of-{id_})" in str(refusal.value)
    assert "DisassociateResourceShare" in str(refusal.value)
    [live] = alive(fake_aliyun).values()
    assert (live["end_time_type"], live["end_time"]) == ("Limited", "2099-10-30T06:32Z")

    fake_aliyun.faults.add("ListResourceShareAssociations", code="NoPermission", status=403)
    with pytest.raises(AliyunError) as refusal:
        PROVIDER.delete(id_, {"region_id": "cn-hangzhou"})
    assert "NoPermission" in str(refusal.value)
    assert f"ResourceId {id_}" in str(refusal.value)


def test_what_the_program_never_named_is_repaired_as_well(engine: Engine, fake_aliyun: Any) -> None:
    """Name, description and end go back to their defaults; tags that it never named are somebody else's."""
    engine.up(program())
    outside(
        fake_aliyun,
        engine,
        name="theirs",
        description="theirs",
        end_time="2098-01-01T00:00:00Z",
        tags={"cost": "1"},
    )
    engine.refresh()
    assert engine.preview(program()) == [("update", "pool")]
    engine.up(program())
    [live] = alive(fake_aliyun).values()
    assert (live["name"], live["description"], live["end_time_type"]) == ("", "", "Unlimited")
    assert live["tags"] == {"cost": "1"}
    engine.refresh()
    assert engine.preview(program()) == []


def test_one_that_has_ended_is_said_and_never_bought_again(
    engine: Engine, fake_aliyun: Any, told: list[str]
) -> None:
    """Refresh and every up say it; a change of it is refused beforehand, a delete has nothing to do."""
    engine.up(program(**LIMITED))
    fake_aliyun.clock.advance(80 * 365 * 86400)
    engine.refresh()
    assert "has ended by itself and is not bought again" in told[-1]
    told.clear()
    since = len(fake_aliyun.requests())
    engine.up(program(**LIMITED))
    assert "has ended by itself and is not bought again" in told[-1]
    with pytest.raises(AliyunError, match="description: the reservation has ended"):
        engine.preview(program(**LIMITED, description="changed"))
    engine.up({})
    writes = {call["action"] for call in fake_aliyun.requests(since)} - {
        "DescribeCapacityReservations",
        "DescribeInstances",
    }
    assert writes == set()
    assert len(fake_aliyun.state()["capacity_reservations"]) == 1


def test_its_use_is_true_after_a_refresh_and_a_delete_says_who_keeps_running(
    engine: Engine, fake_aliyun: Any, told: list[str]
) -> None:
    """Used and available are what the cloud says; so is the number of instances that lose the pool."""
    call = connected(fake_aliyun)
    engine.up(program())
    call(
        "RunInstances",
        RegionId="cn-hangzhou",
        ZoneId="cn-hangzhou-h",
        InstanceType="ecs.g6.xlarge",
        ImageId="img",
        VSwitchId="vsw-1",
        SecurityGroupIds=["sg-1"],
        PrivatePoolOptions={"MatchCriteria": "Open"},
    )
    engine.refresh()
    outputs = engine.state["pool"].outputs
    assert (outputs["used_amount"], outputs["available_amount"]) == (1, 1)
    engine.preview(program(instance_amount=1))
    assert not any("used it" in line for line in told)
    engine.state["pool"].outputs["used_amount"] = 2.0
    engine.preview(program(instance_amount=1))
    assert "2 instances used it at the last refresh" in told[-1]
    engine.up({})
    assert any("1 running instance of crp-" in line for line in told)


def test_adopting_says_what_it_changes(engine: Engine, fake_aliyun: Any, told: list[str]) -> None:
    """What is wrong is an error, and the thing itself is never touched."""
    call = connected(fake_aliyun)
    made = call(
        "CreateCapacityReservation",
        RegionId="cn-hangzhou",
        ZoneId=["cn-hangzhou-h"],
        InstanceType="ecs.g6.xlarge",
        InstanceAmount=3,
    )["PrivatePoolOptionsId"]
    since = len(fake_aliyun.requests())
    for inputs, said in (
        ({"adopt_id": "crp-nowhere"}, "there is no capacity reservation crp-nowhere in cn-hangzhou"),
        ({"adopt_id": made, "region_id": "cn-shanghai", "zone_id": "cn-shanghai-b"}, "in cn-shanghai"),
        ({"adopt_id": made, "match_criteria": "Target"}, "match_criteria: it has 'Open', not 'Target'"),
    ):
        with pytest.raises(AliyunError, match=said):
            engine.up(program(**inputs))
    scheduled = HOOKS["capacity_reservations"](
        fake_aliyun.cloud, "", {"instance_type": "ecs.g6.xlarge", "start_time": "2098-01-01T00:00:00Z"}
    )["id"]
    with pytest.raises(AliyunError, match="scheduled reservation can't be released"):
        engine.up(program(adopt_id=scheduled))
    assert {each["action"] for each in fake_aliyun.requests(since)} <= {
        "DescribeCapacityReservations",
        "DescribeInstances",
        "GetCallerIdentity",
    }
    told.clear()
    engine.up(program(adopt_id=made, description="ours"))
    assert f"INFO capacity reservation {made} is taken over and changed: instance_amount: 3 → 2" in told[0]
    assert engine.preview(program(description="ours")) == []
    engine.up(program(description="ours"))
    engine.up({})
    assert [item["id"] for item in alive(fake_aliyun).values()] == [scheduled]


def test_adopting_names_a_secret_and_never_shows_it(
    engine: Engine, fake_aliyun: Any, told: list[str]
) -> None:
    """Neither what the thing has nor what the program wants of a password or of user data stands in a message."""
    web = {
        "image_id": "img",
        "vswitch_id": "vsw-1",
        "security_group_ids": ["sg-1"],
        "instance_type": "ecs.g6.large",
    }
    instance = EcsInstanceProvider()
    engine.up({"web": (instance, {**web, "user_data": "old-swordfish"})})
    adopted = {**web, "adopt_id": engine.state.pop("web").id}
    with pytest.raises(AliyunError, match="user_data\n") as refusal:
        engine.up({"other": (instance, {**adopted, "user_data": "new-swordfish"})})
    assert "swordfish" not in str(refusal.value)
    engine.up({"third": (instance, {**adopted, "password": "Swordfish-1"})})
    assert any(line.endswith("is taken over and changed: password") for line in told)
