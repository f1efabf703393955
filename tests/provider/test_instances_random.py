"""Random instances, changed at random, here and outside: no difference is ever shown that isn't one."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from engine_model import Engine, Killed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_histories import connected

from fake_aliyun import FakeAliyun
from pulumi_aliyun import aftermath, bridge, cloud, polls
from pulumi_aliyun.ecs_instance import EcsInstanceProvider
from pulumi_aliyun.errors import ApiError, InvalidInput

TEXTS = st.sampled_from(["for the shop", "第二台", "a b  c", "x" * 256])
NAMES = st.sampled_from(["web-1", "网络:1", "a.b_c-d"])
SYSTEM_DISKS = st.one_of(
    st.fixed_dictionaries(
        {"category": st.just("cloud_essd")},
        optional={
            "size": st.sampled_from([40, 60]),
            "performance_level": st.sampled_from(["PL0", "PL1"]),
            "disk_name": NAMES,
            "description": TEXTS,
        },
    ),
    st.fixed_dictionaries(
        {}, optional={"size": st.sampled_from([40, 60]), "performance_level": st.just("PL0")}
    ),
    st.fixed_dictionaries({"category": st.sampled_from(["cloud_ssd", "cloud_auto", "cloud_efficiency"])}),
)
DATA_DISKS = st.one_of(
    st.fixed_dictionaries(
        {"category": st.just("cloud_essd"), "size": st.sampled_from([100, 500])},
        optional={
            "performance_level": st.sampled_from(["PL0", "PL1"]),
            "disk_name": NAMES,
            "description": TEXTS,
            "delete_with_instance": st.booleans(),
            "encrypted": st.booleans(),
        },
    ),
    st.fixed_dictionaries({"snapshot_id": st.just("s-1")}, optional={"size": st.sampled_from([20, 40, 80])}),
    st.fixed_dictionaries({"size": st.just(100), "encrypted": st.just(True), "kms_key_id": st.just("key-1")}),
)
COMMON: dict[str, st.SearchStrategy[Any]] = {
    "zone_id": st.just("cn-hangzhou-h"),
    "region_id": st.just("cn-hangzhou"),
    "instance_name": NAMES,
    "description": TEXTS,
    "host_name": st.sampled_from(["web-1", "WEB1"]),
    "password": st.sampled_from(["Passw0rd!1", "Passw0rd!2"]),
    "key_pair_name": st.sampled_from(["operators", "others"]),
    "user_data": st.sampled_from(["#!/bin/sh\necho ready", "#cloud-config\nß"]),
    "ram_role_name": st.sampled_from(["reader", "writer"]),
    "system_disk": SYSTEM_DISKS,
    "data_disks": st.lists(DATA_DISKS, max_size=2),
    "internet_charge_type": st.sampled_from(["PayByTraffic", "PayByBandwidth"]),
    "internet_max_bandwidth_out": st.sampled_from([0, 5, 100]),
    "auto_renew": st.booleans(),
    "auto_renew_period": st.sampled_from([1, 2, 3]),
    "status": st.sampled_from(["Running", "Stopped"]),
    "stopped_mode": st.sampled_from(["KeepCharging", "StopCharging"]),
    "force_stop": st.booleans(),
    "resource_group_id": st.sampled_from(["rg-1", "rg-2"]),
    "tags": st.dictionaries(
        st.sampled_from(["team", "环境", "a b"]), st.sampled_from(["", "x", "中"]), max_size=3
    ),
}
REQUIRED = {
    "instance_type": st.sampled_from(["ecs.g6.large", "ecs.g6.xlarge"]),
    "image_id": st.sampled_from(["aliyun_3_x64_20G.vhd"] * 3 + ["win2022_21H2_x64.vhd"]),
    "vswitch_id": st.sampled_from(["vsw-1"] * 3 + ["vsw-2"]),
    "security_group_ids": st.lists(st.sampled_from(["sg-1", "sg-2", "sg-3"]), min_size=1, unique=True),
}
POOLS = st.sampled_from([{"match_criteria": "Open"}, {"match_criteria": "None"}])
BY_USE = st.fixed_dictionaries(
    REQUIRED,
    optional={
        **COMMON,
        "instance_charge_type": st.just("PostPaid"),
        "auto_release_time": st.sampled_from(["2027-10-30T06:32:45Z", "2027-11-30T06:32:00Z"]),
        "deletion_protection": st.just(False),
        "private_ip_address": st.sampled_from(["172.20.0.9", "172.20.0.10"]),
        "private_pool": POOLS,
    },
)
OF_NO_EFFECT = {"spot_strategy": st.just("SpotAsPriceGo"), "spot_price_limit": st.just(0.98)}
SPOT = st.one_of(
    st.fixed_dictionaries(REQUIRED, optional={**COMMON, "spot_strategy": st.just("SpotAsPriceGo")}),
    st.fixed_dictionaries(
        {
            **REQUIRED,
            "spot_strategy": st.just("SpotWithPriceLimit"),
            "spot_price_limit": st.sampled_from([0.98, 1.0, 0.125, 2]),
        },
        optional=COMMON,
    ),
    st.fixed_dictionaries(
        {**REQUIRED, "dedicated_host_id": st.just("dh-1")}, optional={**COMMON, **OF_NO_EFFECT}
    ),
    st.fixed_dictionaries(REQUIRED, optional={**COMMON, "spot_price_limit": st.just(0.98)}),
)
IN_ADVANCE = st.fixed_dictionaries(
    {**REQUIRED, "instance_charge_type": st.just("PrePaid"), "period": st.sampled_from([1, 2])},
    optional={**COMMON, "period_unit": st.sampled_from(["Month", "Week"])},
)
PROGRAMS = st.one_of(BY_USE, BY_USE, BY_USE, SPOT, IN_ADVANCE)
OUTSIDE = st.sampled_from(
    [
        ("ModifyInstanceAttribute", {"Description": "outside", "SecurityGroupIds": ["sg-9"]}),
        ("ModifyInstanceAttribute", {"InstanceName": "outside"}),
        ("StopInstance", {}),
        ("ModifyInstanceNetworkSpec", {"InternetMaxBandwidthOut": 7}),
        ("TagResources", {"Tag": [{"Key": "team", "Value": "outside"}, {"Key": "more", "Value": ""}]}),
        ("UntagResources", {"TagKey": ["team", "a b"]}),
        ("DetachInstanceRamRole", {}),
        ("AttachKeyPair", {"KeyPairName": "outside"}),
        ("ModifyInstanceAutoRenewAttribute", {"RenewalStatus": "NotRenewal"}),
        ("JoinResourceGroup", {"ResourceType": "instance", "ResourceGroupId": "rg-9"}),
        ("DeleteInstance", {}),
        ("spelling", {}),
    ]
)
STEPS = st.lists(st.tuples(PROGRAMS, st.none() | OUTSIDE), min_size=2, max_size=4)


def other_spelling(item: Any) -> Any:
    """The same as the API might write it another day: lists without an order come in another."""
    if isinstance(item, dict):
        return {key: other_spelling(value) for key, value in item.items()}
    if isinstance(item, list):
        return [other_spelling(each) for each in reversed(item)]
    return item


def change_outside(call: Any, id_: str, action: str, change: Mapping[str, Any]) -> None:
    """What somebody does in the console; what isn't possible is left."""
    whom: dict[str, Any] = {"InstanceId": id_}
    if action in {"TagResources", "UntagResources"}:
        whom = {"RegionId": "cn-hangzhou", "ResourceType": "instance", "ResourceId": [id_]}
    elif action in {"DetachInstanceRamRole", "AttachKeyPair"}:
        whom = {"RegionId": "cn-hangzhou", "InstanceIds": json.dumps([id_])}
        if action == "DetachInstanceRamRole":
            whom["RamRoleName"] = "reader"
    elif action == "ModifyInstanceAutoRenewAttribute":
        whom["RegionId"] = "cn-hangzhou"
    elif action == "JoinResourceGroup":
        whom = {"RegionId": "cn-hangzhou", "ResourceId": id_}
    try:
        call(action, **whom, **change)
    except ApiError:
        return


def agrees(live: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """The cloud has what the program names, seen by another way than the provider's."""
    same = {
        "instance_type", "image_id", "vswitch_id", "description", "instance_name", "host_name", "ram_role_name",
        "internet_max_bandwidth_out", "resource_group_id", "tags", "internet_charge_type",
        *(() if "dedicated_host_id" in wanted else ("spot_strategy",)),
    }  # fmt: skip
    for name in same & wanted.keys():
        assert live[name] == wanted[name], name
    assert set(live["security_group_ids"]) == set(wanted["security_group_ids"])
    assert live["instance_charge_type"] == wanted.get("instance_charge_type", "PostPaid")
    assert live["status"] == wanted.get("status", "Running")
    if "private_pool" in wanted:
        assert live["private_pool"]["match_criteria"] == wanted["private_pool"]["match_criteria"]


def stack(monkeypatch: pytest.MonkeyPatch, fake: FakeAliyun, around: Callable[..., Any]) -> Engine:
    """A stack on the fake cloud, each call of which goes through `around`."""
    monkeypatch.setattr(aftermath, "PATIENCE_S", 0.1)
    monkeypatch.setattr(polls, "UNLISTED_S", 0.1)
    connected(fake)
    monkeypatch.setattr(cloud, "ecs", around)
    return Engine(monkeypatch)


def living(fake: FakeAliyun) -> list[dict[str, Any]]:
    """The instances that live."""
    return [each for each in fake.state()["instances"] if each["status"] != "Released"]


send = cloud.ecs
A_TYPE_S = 600
"""A type is changed every five minutes at most."""


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS)
def test_after_up_neither_a_preview_nor_a_refresh_shows_anything(
    monkeypatch: pytest.MonkeyPatch, steps: list[tuple[dict[str, Any], tuple[str, Mapping[str, Any]] | None]]
) -> None:
    """Whatever it was before, whatever happened outside, and however the API writes it."""
    spelling = False

    def respelled(operation: Any, region_id: str, action: str, parameters: Any, **how: Any) -> Any:
        answer = send(operation, region_id, action, parameters, **how)
        if spelling and action == "DescribeInstances":
            for item in answer["Instances"]["Instance"]:
                item |= {name: other_spelling(item[name]) for name in ("SecurityGroupIds", "Tags")}
        return answer

    with FakeAliyun(profile="instant") as fake:
        engine = stack(monkeypatch, fake, respelled)
        for inputs, outside in steps:
            program = {"web": (EcsInstanceProvider(), inputs)}
            try:
                engine.up(program)
            except InvalidInput as refused:  # a subscription can't be replaced: it can't be given back
                assert "instance_charge_type" in str(refused)  # noqa: PT017 - it isn't always refused
                continue
            assert engine.preview(program) == []
            if outside is not None and outside[0] == "spelling":
                spelling = not spelling
            elif outside is not None:
                change_outside(
                    lambda action, **given: send(bridge.Operation(), "cn-hangzhou", action, given),
                    engine.state["web"].id,
                    *outside,
                )
                engine.refresh()
                engine.up(program)
            engine.refresh()
            assert engine.preview(program) == []
            (live,) = living(fake)
            assert live["id"] == engine.state["web"].id
            agrees(live, inputs)
            fake.clock.advance(A_TYPE_S)


# An address is still held by the old half of a replacement that was killed before it was deleted: the engine only
# deletes that half when all else is done.
ANYWHERE = (BY_USE | SPOT).map(
    lambda inputs: {name: value for name, value in inputs.items() if name != "private_ip_address"}
)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    before=ANYWHERE,
    during=ANYWHERE,
    at=st.integers(1, 6),
    how=st.sampled_from(["killed before", "killed after", "refused"]),
    back=st.booleans(),
)
def test_an_update_that_is_killed_or_refused_at_any_call_is_gone_on_with(
    monkeypatch: pytest.MonkeyPatch,
    *,
    before: dict[str, Any],
    during: dict[str, Any],
    at: int,
    how: str,
    back: bool,
) -> None:
    """The next `up` ends with what the program wants, be it the new one or the old one again."""
    writes = 0

    def struck(operation: Any, region_id: str, action: str, parameters: Any, **given: Any) -> Any:
        nonlocal writes
        writes += armed and not action.startswith(("Describe", "List"))
        if armed and writes == at and not action.startswith(("Describe", "List")):
            if how == "refused":
                raise ApiError(action, "Forbidden.RAM", "not allowed", status=403)
            if how == "killed after":
                send(operation, region_id, action, parameters, **given)
            raise Killed
        return send(operation, region_id, action, parameters, **given)

    armed = False
    with FakeAliyun(profile="instant") as fake:
        engine = stack(monkeypatch, fake, struck)
        engine.up({"web": (EcsInstanceProvider(), before)})
        fake.clock.advance(A_TYPE_S)
        armed = True
        with contextlib.suppress(Killed, ApiError):
            engine.up({"web": (EcsInstanceProvider(), during)})
        armed = False
        fake.clock.advance(A_TYPE_S)
        last = before if back else during
        engine.up({"web": (EcsInstanceProvider(), last)})
        engine.refresh()
        assert engine.preview({"web": (EcsInstanceProvider(), last)}) == []
        (live,) = living(fake)
        assert live["id"] == engine.state["web"].id
        agrees(live, last)
