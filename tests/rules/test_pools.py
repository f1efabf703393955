"""What holds between the instances of a program and their reservations, and what can be deleted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import pytest
from pulumi.output import Unknown

from pulumi_aliyun import CapacityReservation, EcsInstance, capacity_reservation, ecs_instance, ecs_pools
from pulumi_aliyun.ecs_pools import pool_failures

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=timezone.utc)
RESERVATION = {
    "instance_type": "ecs.g6.xlarge",
    "instance_amount": 2,
    "zone_id": "cn-hangzhou-h",
    "match_criteria": "Target",
}
INSTANCE = {
    "instance_type": "ecs.g6.xlarge",
    "image_id": "aliyun_3_x64",
    "vswitch_id": "vsw-1",
    "security_group_ids": ["sg-1"],
}


@dataclass
class Asked:
    """A resource as a program asks for it."""

    cls: type
    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    pool: str = ""


def pool(**changed: Any) -> Asked:
    return Asked(CapacityReservation, "pool", {**RESERVATION, **changed})


def member(name: str = "web", **changed: Any) -> Asked:
    return Asked(EcsInstance, name, {**INSTANCE, **changed}, "pool")


def places(*asked: Asked) -> list[tuple[str, str]]:
    return [(name, line.partition(": ")[0]) for name, line in pool_failures(asked)]


@pytest.mark.parametrize(
    ("own", "its", "path"),
    [
        ({"instance_type": "ecs.g6.large"}, {}, "instance_type"),
        ({"zone_id": "cn-hangzhou-i"}, {}, "zone_id"),
        ({"region_id": "cn-shanghai"}, {"region_id": "cn-hangzhou"}, "region_id"),
        ({"image_id": "win2022_21H2_x64"}, {"platform": "Linux"}, "image_id"),
        ({"image_id": "ubuntu_24_04_x64"}, {"platform": "Windows"}, "image_id"),
        ({"spot_strategy": "SpotAsPriceGo"}, {}, "private_pool"),
        ({"spot_strategy": "SpotAsPriceGo"}, {"match_criteria": "Open"}, "private_pool"),
        ({"dedicated_host_id": "dh-1"}, {}, "private_pool"),
        ({"instance_charge_type": "PrePaid", "period": 1}, {}, "private_pool"),
    ],
)
def test_an_instance_that_can_not_use_its_pool_is_refused(
    own: dict[str, Any], its: dict[str, Any], path: str
) -> None:
    """The instance is named, and the argument that doesn't match."""
    assert places(pool(**its), member(**own)) == [("web", path)]


@pytest.mark.parametrize(
    ("own", "its"),
    [
        ({}, {}),
        ({"zone_id": "cn-hangzhou-h"}, {}),
        ({"image_id": "m-custom"}, {"platform": "Windows"}),
        ({"image_id": "win2022_21H2_x64"}, {"platform": "Windows"}),
        ({"image_id": "win2022_21H2_x64"}, {}),
        ({"instance_charge_type": "PrePaid", "period": 1}, {"match_criteria": "Open"}),
        ({"instance_charge_type": "PrePaid", "period": 1}, {"match_criteria": None}),
        ({"instance_type": Unknown()}, {}),
        ({"instance_type": "ecs.g6.large"}, {"instance_type": Unknown()}),
        ({"spot_strategy": Unknown()}, {}),
        ({"spot_strategy": "SpotAsPriceGo"}, {"match_criteria": Unknown()}),
    ],
)
def test_an_instance_that_may_use_its_pool_is_accepted(own: dict[str, Any], its: dict[str, Any]) -> None:
    """What isn't known isn't held against it."""
    assert places(pool(**its), member(**own)) == []


def test_more_instances_than_a_targeted_reservation_has_are_refused_once() -> None:
    """At the reservation, with the names of the instances."""
    three = [member(name) for name in ("a", "b", "c")]
    assert places(pool(instance_amount=2), *three) == [("pool", "instance_amount")]
    assert "a, b, c" in pool_failures([pool(instance_amount=2), *three])[0][1]
    assert places(*three, pool(instance_amount=2)) == [("pool", "instance_amount")]
    assert places(pool(instance_amount=3), *three) == []
    assert places(pool(instance_amount=2.0), *three[:2]) == []
    assert places(pool(instance_amount=Unknown()), *three) == []
    assert places(pool(instance_amount=True), *three) == []


def test_an_open_reservation_may_have_fewer_instances_than_match() -> None:
    """The others start from the public pool."""
    members = [member(name) for name in ("a", "b", "c")]
    assert places(pool(instance_amount=1, match_criteria="Open"), *members) == []
    assert places(pool(instance_amount=1, match_criteria=None), *members) == []


def test_instances_without_a_pool_of_the_program_are_left_alone() -> None:
    """A mapping is judged by itself."""
    assert (
        places(
            pool(instance_amount=1), Asked(EcsInstance, "web", {**INSTANCE, "instance_type": "ecs.c6.large"})
        )
        == []
    )
    assert places(member(instance_type="ecs.c6.large")) == []


# ---- what can be deleted ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "path"),
    [
        ({"deletion_protection": True}, "deletion_protection"),
        ({"instance_charge_type": "PrePaid", "expired_time": "2026-11-22T12:01Z"}, "instance_charge_type"),
        ({"instance_charge_type": "PrePaid", "expired_time": "2027-01-01T00:00:00Z"}, "instance_charge_type"),
        ({"instance_charge_type": "PrePaid"}, "instance_charge_type"),
    ],
)
def test_an_instance_that_can_not_be_deleted_says_why(state: dict[str, Any], path: str) -> None:
    """With the way out."""
    (line,) = ecs_instance.undeletable(state, now=NOW)
    assert line.startswith(f"{path}: ")
    assert "`pulumi up` first" in line


@pytest.mark.parametrize(
    "state",
    [
        {},
        {
            "deletion_protection": False,
            "instance_charge_type": "PostPaid",
            "expired_time": "2999-01-01T00:00Z",
        },
        {"instance_charge_type": "PrePaid", "expired_time": "2026-11-22T12:00Z"},
    ],
)
def test_an_instance_that_can_be_deleted_has_no_reason(state: dict[str, Any]) -> None:
    """Pay as you go, or expired, and not protected."""
    assert ecs_instance.undeletable(state, now=NOW) == []


def test_a_scheduled_reservation_can_not_be_released() -> None:
    """The console makes it, and the console releases it."""
    for state in (
        {"start_time_type": "Later", "status": "Active"},
        {"status": "Pending"},
        {"status": "Prepared"},
    ):
        assert capacity_reservation.undeletable(state, now=NOW)
    for state in ({"start_time_type": "Now", "status": "Active"}, {"status": "Preparing"}, {}):
        assert capacity_reservation.undeletable(state, now=NOW) == []


IN_POOL = {"private_pool": {"match_criteria": "Target", "id": "crp-1"}}
STATE = {
    "urn:pool": {"__id": "crp-1", "used_amount": 1},
    "urn:a": {"__id": "i-1", **IN_POOL},
    "urn:b": {"__id": "i-2", **IN_POOL},
    "urn:c": {"__id": "i-3"},
}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, {"coming": 0, "used": 2, "amount": 2}),
        ({"urn:pool": pool(instance_amount=5)}, {"coming": 0, "used": 2, "amount": 5}),
        ({"urn:pool": pool(instance_amount=Unknown())}, {"coming": 0, "used": 2, "amount": 0}),
        ({"urn:pool": None}, {"coming": 0, "used": 2, "amount": 0}),
        ({"urn:c": member("c")}, {"coming": 1, "used": 2, "amount": 2}),
        ({"urn:new": member("new"), "": member("nameless")}, {"coming": 2, "used": 2, "amount": 2}),
        ({"urn:new": Asked(EcsInstance, "new", IN_POOL)}, {"coming": 1, "used": 2, "amount": 2}),
        (
            {"urn:new": Asked(EcsInstance, "new", {"private_pool": Unknown()})},
            {"coming": 1, "used": 2, "amount": 2},
        ),
        (
            {"urn:new": Asked(EcsInstance, "new", {"private_pool": {"id": Unknown()}})},
            {"coming": 1, "used": 2, "amount": 2},
        ),
        (
            {"urn:new": Asked(EcsInstance, "new", {"private_pool": {"match_criteria": "Open"}})},
            {"coming": 0, "used": 2, "amount": 2},
        ),
        ({"urn:a": Asked(EcsInstance, "a", INSTANCE)}, {"coming": 0, "used": 2, "amount": 2}),
        ({"urn:new": Asked(EcsInstance, "new", INSTANCE)}, {"coming": 0, "used": 2, "amount": 2}),
        ({"urn:c": Asked(EcsInstance, "pool", INSTANCE)}, {"coming": 0, "used": 2, "amount": 2}),
    ],
)
def test_what_comes_to_a_pool_is_counted(changed: dict[str, Any], expected: dict[str, int]) -> None:
    """Those that may come as well; a place is used as long as the state has its instance."""
    program = {"urn:pool": pool(), "urn:a": member("a"), "urn:b": Asked(EcsInstance, "b", IN_POOL), **changed}
    asked = [(urn, each) for urn, each in program.items() if each]
    assert ecs_pools.places(asked, STATE) == {"crp-1": expected}


def test_a_pool_that_no_instance_of_the_stack_is_in_is_not_counted() -> None:
    """Whatever others do there."""
    assert ecs_pools.places([("urn:pool", pool())], {"urn:pool": STATE["urn:pool"]}) == {}


def test_a_pool_that_others_use_as_well_has_less_room() -> None:
    """As the last refresh has seen it."""
    crowded = {**STATE, "urn:pool": {"__id": "crp-1", "used_amount": 9.0}}
    assert ecs_pools.places([("urn:pool", pool(instance_amount=12))], crowded)["crp-1"]["used"] == 9
    untold = {**STATE, "urn:pool": {"__id": "crp-1"}}
    assert ecs_pools.places([("urn:pool", pool(instance_amount=12))], untold)["crp-1"]["used"] == 2
