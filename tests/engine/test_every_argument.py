"""Programs that use every argument: nothing is ever shown that isn't a change, and states stay readable."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from test_life import alive, call, writes

DATA = Path(__file__).parent / "data"


@pytest.fixture(autouse=True)
def _instant(fake_aliyun: Any) -> None:
    fake_aliyun.settings(profile="instant")


PROGRAM = """
    import pulumi
    from pulumi_aliyun import BssInstance, CapacityReservation, EcsInstance

    step = pulumi.Config().get_int("step") or 1
    two, cleared = step > 1, step > 2

    pool = CapacityReservation(
        "pool", instance_type="ecs.g6.xlarge", instance_amount=3, zone_id="cn-hangzhou-h", region_id="cn-hangzhou",
        name="batch-pool", description="for batch", match_criteria="Open", end_time_type="Limited",
        end_time="2099-10-30T06:32:45Z", platform="Linux", resource_group_id="rg-1", tags={"a": "1", "b": ""},
    )
    common = dict(image_id="aliyun_3_x64_20G_alibase_20250117.vhd", vswitch_id="vsw-1",
                  security_group_ids=["sg-2", "sg-1"], instance_type="ecs.g6.xlarge")
    EcsInstance(
        "full", **common, zone_id="cn-hangzhou-h", region_id="cn-hangzhou",
        instance_name="web-2" if two else "web",
        description=None if cleared else "desc2" if two else "desc",
        host_name="host-2" if two else "host",
        key_pair_name=None if cleared else "kp2" if two else "kp",
        user_data="#!/bin/sh",
        ram_role_name=None if cleared else "role2" if two else "role",
        system_disk={"category": "cloud_essd", "size": 80 if two else 40, "performance_level": "PL0",
                     "disk_name": "sys2" if two else "sys", "description": "root"},
        data_disks=[
            {"category": "cloud_essd", "size": 120 if two else 100, "performance_level": "PL1", "disk_name": "data",
             "description": "data", "delete_with_instance": two, "encrypted": True, "kms_key_id": "k-1"},
            {"category": "cloud_efficiency", "size": 20},
        ],
        internet_charge_type="PayByBandwidth" if two else "PayByTraffic",
        internet_max_bandwidth_out=0 if cleared else 20 if two else 10,
        private_ip_address="172.16.5.5",
        auto_release_time="2027-06-01T00:00:00Z" if two else "2027-05-01T00:00:00Z",
        private_pool={"match_criteria": "None"} if two else pool,
        deletion_protection=False, stopped_mode="KeepCharging", force_stop=False,
        resource_group_id="rg-2" if two else "rg-1",
        tags={"x": "2" if two else "1"},
    )
    EcsInstance("prepaid", **common, password="Passw0rd!2" if two else "Passw0rd!1", instance_charge_type="PrePaid",
                period=1, period_unit="Month", auto_renew=not two, auto_renew_period=2)
    EcsInstance("spot", **common, spot_strategy="SpotWithPriceLimit", spot_price_limit=0.98,
                status="Stopped" if two else "Running")
    EcsInstance("host", **common, dedicated_host_id="dh-1", internet_max_bandwidth_out=5 if two else 0)
    BssInstance("order", product_code="waf", product_type="waf", subscription_type="Subscription",
                region_id="cn-hangzhou", parameters={"Edition": "basic"}, period=12,
                renew_status="AutoRenewal" if two else "ManualRenewal", renew_period=3 if two else None)
"""


@pytest.mark.every_sdk
def test_every_argument_is_changed_in_place_and_nothing_else_is_shown(stack: Any, fake_aliyun: Any) -> None:
    """All is changed on the same resources, then cleared; after each step refresh and preview have nothing to say."""
    stack.program(PROGRAM)
    stack.up()
    ids = {name: entry["id"] for name, entry in stack.resources().items()}
    for step in ("1", "2", "3"):
        stack.config("step", step)
        stack.up()
        assert set(stack.refresh().changes) == {"same"}
        assert set(stack.preview().changes) == {"same"}
        assert {name: entry["id"] for name, entry in stack.resources().items()} == ids
    full = next(item for item in fake_aliyun.state()["instances"] if item["id"] == ids["full"])
    assert (full["description"], full["key_pair_name"], full["internet_max_bandwidth_out"]) == ("", "", 0)
    assert (full["resource_group_id"], full["tags"], full["host_name"]) == ("rg-2", {"x": "2"}, "host-2")


def test_a_state_written_by_0_1_0_previews_and_destroys(stack: Any, fake_aliyun: Any) -> None:
    """What an earlier version of the package stored keeps working: no change is shown, and destroy means gone."""
    region = {"RegionId": "cn-hangzhou"}
    pool = call(
        fake_aliyun,
        "CreateCapacityReservation",
        {**region, "ZoneId": ["cn-hangzhou-h"], "InstanceType": "ecs.g6.xlarge", "InstanceAmount": 2},
    )["PrivatePoolOptionsId"]
    web = call(
        fake_aliyun,
        "RunInstances",
        {
            **region,
            "ImageId": "img-1",
            "VSwitchId": "vsw-1",
            "SecurityGroupIds": ["sg-1"],
            "InstanceType": "ecs.g6.xlarge",
        },
    )["InstanceIdSets"]["InstanceIdSet"][0]
    text = (DATA / "state-0.1.0.json").read_text().replace("crp-stored", pool).replace("i-stored", web)
    stored = stack.write("stored.json", text)
    stack.pulumi("stack", "import", "--force", "--file", str(stored))
    stack.program("""
        from pulumi_aliyun import CapacityReservation, EcsInstance

        CapacityReservation("pool", instance_type="ecs.g6.xlarge", instance_amount=2, zone_id="cn-hangzhou-h")
        EcsInstance("web", image_id="img-1", vswitch_id="vsw-1", security_group_ids=["sg-1"],
                    instance_type="ecs.g6.xlarge")
    """)
    assert set(stack.preview().changes) == {"same"}
    since = len(fake_aliyun.requests())
    stack.up()
    assert writes(fake_aliyun, since) == []
    stack.destroy()
    assert not alive(fake_aliyun, "instances") and not alive(fake_aliyun, "capacity_reservations")
    assert json.loads(text)["deployment"]["resources"]


WITH_ORDERS = """
    from pulumi_aliyun import BssInstance, CapacityReservation, EcsInstance

    pool = CapacityReservation("pool", instance_type="ecs.g6.xlarge", instance_amount=2, zone_id="cn-hangzhou-h",
                               end_time_type="Limited", end_time="2099-10-30T06:32:45Z", tags={"team": "ours"})
    EcsInstance("web", image_id="img-1", vswitch_id="vsw-1", security_group_ids=["sg-1"],
                instance_type="ecs.g6.xlarge", password="Passw0rd!1", user_data="#!/bin/sh", private_pool=pool,
                data_disks=[{"category": "cloud_essd", "size": 40}])
    BssInstance("order", product_code="waf", subscription_type="Subscription", period=1,
                parameters={"edition": "basic"}, renew_status="AutoRenewal", renew_period=3)
"""


def test_a_stored_state_with_orders_and_secrets_previews_and_destroys(
    stack: Any, new_stack: Callable[..., Any], fake_aliyun: Any
) -> None:
    """Its hidden inputs, secrets and orders are read as they were meant: nothing is bought, and destroy means gone."""
    stack.program(WITH_ORDERS)
    stack.up()
    text = (DATA / "state-0.1.0-orders.json").read_text()
    stored_as = {"pool": "crp-stored", "web": "i-stored", "order": "waf-stored"}
    for name, id_ in stored_as.items():
        text = text.replace(id_, stack.resources()[name]["id"])
    later = new_stack("later")
    later.program(WITH_ORDERS)
    later.pulumi("stack", "import", "--force", "--file", str(later.write("stored.json", text)))
    assert set(later.preview().changes) == {"same"}
    since = len(fake_aliyun.requests())
    assert set(later.up().changes) == {"same"}
    assert writes(fake_aliyun, since) == []
    later.destroy()
    assert [
        item for items in fake_aliyun.state().values() for item in items if item["status"] != "Released"
    ] == []
