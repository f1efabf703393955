"""Random programs, outside changes and commands in any order: state, program and cloud agree at the end."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from cloud_model import CloudModel
from engine_model import Engine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fake_aliyun import FakeAliyun
from pulumi_aliyun import bridge, cloud
from pulumi_aliyun.capacity_reservation import CapacityReservationProvider
from pulumi_aliyun.ecs_instance import EcsInstanceProvider
from pulumi_aliyun.errors import ApiError

NAMES = st.sampled_from(["a", "b"])
DESCRIPTIONS = st.none() | st.sampled_from(["for batch", "第二"])
TAGS = st.none() | st.dictionaries(st.sampled_from(["team", "env"]), st.sampled_from(["", "x"]), max_size=2)

RESERVATIONS = st.fixed_dictionaries(
    {
        "instance_type": st.sampled_from(["ecs.g6.large", "ecs.g6.xlarge"]),
        "instance_amount": st.integers(1, 4),
        "zone_id": st.just("cn-hangzhou-h"),
        "description": DESCRIPTIONS,
        "tags": TAGS,
        "platform": st.none() | st.just("Linux"),
        "name": st.none() | st.sampled_from(["pool-1", "pool-2"]),
    }
)
LIMITED = RESERVATIONS.map(
    lambda inputs: {**inputs, "end_time_type": "Limited", "end_time": "2099-10-30T06:32:45Z"}
)
INSTANCES = st.fixed_dictionaries(
    {
        "instance_type": st.sampled_from(["ecs.g6.large", "ecs.g6.xlarge"]),
        "image_id": st.sampled_from(["img-1", "img-1", "img-1", "img-2"]),
        "vswitch_id": st.just("vsw-1"),
        "security_group_ids": st.permutations(["sg-1", "sg-2"]).map(list),
        "description": DESCRIPTIONS,
        "tags": TAGS,
        "status": st.none() | st.sampled_from(["Running", "Stopped"]),
        "internet_max_bandwidth_out": st.none() | st.sampled_from([0, 5]),
        "password": st.none() | st.sampled_from(["Passw0rd!1", "Passw0rd!2"]),
        "private_pool": st.none() | st.just({"match_criteria": "Open"}),
        "system_disk": st.none()
        | st.fixed_dictionaries({"category": st.just("cloud_essd"), "size": st.just(40)}),
    }
)
RESOURCES = st.one_of(
    st.tuples(st.just("reservation"), RESERVATIONS | LIMITED),
    st.tuples(st.just("instance"), INSTANCES),
)
PROVIDERS = {
    "reservation": CapacityReservationProvider(),
    "instance": EcsInstanceProvider(),
}
PROGRAMS = st.dictionaries(NAMES, RESOURCES, max_size=2).map(
    lambda resources: {
        f"{kind}-{name}": (PROVIDERS[kind], inputs) for name, (kind, inputs) in resources.items()
    }
)
OUTSIDE = st.sampled_from(
    ["stop an instance", "delete an instance", "tag", "release a reservation", "grow a reservation"]
)
STEPS = st.lists(
    st.one_of(
        PROGRAMS.map(lambda program: ("up", program)),
        st.just(("refresh", None)),
        OUTSIDE.map(lambda change: ("outside", change)),
    ),
    min_size=1,
    max_size=6,
)


def connected(fake: FakeAliyun) -> Callable[..., Any]:
    """Point the provider at a fake cloud, and return a way to call it from outside."""
    cloud.configure(
        {
            "aliyun:region": "cn-hangzhou",
            "aliyun:accessKey": fake.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
            "aliyun:secretKey": fake.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
            "aliyun:endpoints": json.dumps({"ecs": fake.url, "bssopenapi": fake.url}),
        }.get
    )

    def call(action: str, **parameters: Any) -> Any:
        return cloud.ecs(bridge.Operation(), "cn-hangzhou", action, parameters)

    return call


def alive(fake: FakeAliyun) -> dict[str, dict[str, Any]]:
    """All that lives in the cloud, by id."""
    return {
        item["id"]: item
        for items in fake.state().values()
        for item in items
        if item["status"].lower() != "released"
    }


def change_outside(ecs: Callable[..., Any], engine: Engine, change: str) -> None:
    """Do to the first fitting resource of the stack what somebody in the console might do."""
    wanted = "reservation" if "reservation" in change else "instance"
    found = next((entry for name, entry in engine.state.items() if name.startswith(wanted)), None)
    if found is None:
        return
    if change == "stop an instance" and found.outputs["status"] == "Running":
        ecs("StopInstance", InstanceId=found.id)
    elif change == "delete an instance":
        if found.outputs["status"] == "Running":
            ecs("StopInstance", InstanceId=found.id)
        ecs("DeleteInstance", InstanceId=found.id)
    elif change == "tag":
        ecs(
            "TagResources",
            RegionId="cn-hangzhou",
            ResourceType="instance",
            ResourceId=[found.id],
            Tag=[{"Key": "team", "Value": "outside"}],
        )
    elif change == "release a reservation" and found.outputs["end_time_type"] == "Unlimited":
        ecs("ReleaseCapacityReservation", RegionId="cn-hangzhou", PrivatePoolOptions={"Id": found.id})
    elif change == "grow a reservation":
        ecs(
            "ModifyCapacityReservation",
            RegionId="cn-hangzhou",
            PrivatePoolOptions={"Id": found.id},
            InstanceAmount=9,
        )


def agrees(fake: FakeAliyun, engine: Engine, program: Any) -> None:
    """State and cloud match one to one, and what the program wishes is so."""
    there = alive(fake)
    assert {entry.id for entry in engine.state.values()} == set(there)
    for name, (_, inputs) in program.items():
        live = there[engine.state[name].id]
        if inputs.get("tags") is not None:  # tags that the program never named are somebody else's
            assert live["tags"] == inputs["tags"]
        if name.startswith("instance"):
            assert live["status"] == (inputs["status"] or "Running")
            assert live["instance_type"] == inputs["instance_type"]
        else:
            assert live["instance_amount"] == inputs["instance_amount"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS, last=PROGRAMS)
def test_state_program_and_cloud_agree_at_the_end(steps: list[tuple[str, Any]], last: Any) -> None:
    """Whatever happened, a refresh and an up make it so, the next preview is silent, and destroy means gone."""
    with pytest.MonkeyPatch.context() as patch:
        fake = FakeAliyun(profile="instant")
        model = CloudModel(patch, fake)
        engine = Engine(patch, begins=model.begins)

        def ecs(action: str, **parameters: Any) -> None:
            with contextlib.suppress(ApiError):  # what the state names may be gone, or stopped, already
                model.call("Ecs", action, parameters)

        changed_outside = False
        for step, what in steps:
            if step == "refresh":
                engine.refresh()
                changed_outside = False
            elif step == "outside":
                change_outside(ecs, engine, what)
                changed_outside = True
            elif not changed_outside:  # an up without a refresh can't know what happened outside
                engine.up(what)
                assert engine.preview(what) == []
        engine.refresh()
        engine.up(last)
        agrees(fake, engine, last)
        engine.refresh()
        assert engine.preview(last) == []
        engine.up({})
        assert alive(fake) == {}
