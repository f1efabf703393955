"""What a preview refuses: all of it, in one run, without a cloud, and nothing that is allowed."""

from __future__ import annotations

from typing import Any

import pytest

NOWHERE = {"ALIBABA_CLOUD_REGION_ID": "cn-hangzhou"}

PROGRAM = """
    import pulumi
    from pulumi_aliyun import BssInstance, CapacityReservation, EcsInstance

    pool = CapacityReservation(
        "pool", instance_type="ecs.g6.xlarge", instance_amount=0, zone_id="cn-hangzhou-h",
        match_criteria="Traget", tags={"acs:owner": "me", "team": "a"},
        opts=pulumi.ResourceOptions(import_="crp-bp1"),
    )
    web = EcsInstance(
        "web", image_id="img", vswitch_id="vsw-1", security_group_ids=["sg-1"], instance_type="ecs.g6.large",
        data_disks=[{"size": 40, "category": "cloud_essd"}, {"size": -1, "category": "cloud_essd"}],
        password="hunter2", private_pool={"match_criteria": "Open", "id": "crp-1"},
    )
    order = BssInstance("order", product_code="waf", subscription_type="Subscription")
    strange = EcsInstance("strange", image_id="img", vswitch_id="vsw-1", security_groups=["sg-1"])
"""


@pytest.mark.every_sdk
def test_all_failures_of_all_resources_in_one_preview(bare_stack: Any) -> None:
    """Every refusal of a program is reported by one preview, with its resource and path, and no secret."""
    stack = bare_stack(environ=NOWHERE)
    stack.program(PROGRAM)
    output = stack.preview(fails=True).output
    for line in (
        "pool: instance_amount: 0 is not allowed",
        "pool: match_criteria:",
        "did you mean 'Target'",
        'pool: tags["acs:owner"]:',
        "pool: import_: the engine can't import it",
        "write adopt_id='crp-bp1' in place of import_",
        "web: data_disks[1].size:",
        "web: private_pool.id:",
        "web: password:",
        "order: period:",
        "strange: instance_type:",
        "strange: security_group_ids:",
        "strange: security_groups:",
    ):
        assert line in output, output
    assert "hunter2" not in output
    assert "Traceback" not in output
    assert stack.up(fails=True).changes.get("create", 0) <= 1
    assert set(stack.resources()) <= {"aliyun"}


def test_a_valid_program_needs_no_cloud_and_no_credentials(bare_stack: Any) -> None:
    """A preview of new resources asks nobody anything."""
    stack = bare_stack(environ=NOWHERE)
    stack.program("""
        from pulumi_aliyun import BssInstance, CapacityReservation, EcsInstance

        pool = CapacityReservation(
            "pool", instance_type="ecs.g6.xlarge", instance_amount=2.0, zone_id="cn-hangzhou-h", name="批处理",
            match_criteria="Target", end_time_type="Limited", end_time="2099-10-30T06:32:01Z",
            tags={f"key-{n}": "" for n in range(20)}, platform="Linux",
        )
        EcsInstance("web", image_id="img", vswitch_id="vsw-1", security_group_ids=["sg-1"],
                    instance_type="ecs.g6.xlarge", private_pool=pool)
        BssInstance("order", product_code="waf", subscription_type="PayAsYouGo")
    """)
    assert stack.preview().changes["create"] == 5


def test_without_a_region_the_preview_says_how_to_set_one(bare_stack: Any) -> None:
    """A missing region is a refusal with the way out."""
    stack = bare_stack(environ={})
    stack.program("""
        from pulumi_aliyun import CapacityReservation
        CapacityReservation("pool", instance_type="ecs.g6.xlarge", instance_amount=1, zone_id="cn-hangzhou-h")
    """)
    assert "pulumi config set aliyun:region" in stack.preview(fails=True).output


def test_an_instance_must_fit_the_reservation_it_is_given(bare_stack: Any) -> None:
    """Type, zone and number of instances are held against the pool in the same preview."""
    stack = bare_stack(environ=NOWHERE)
    stack.program("""
        from pulumi_aliyun import CapacityReservation, EcsInstance

        pool = CapacityReservation("pool", instance_type="ecs.g6.xlarge", instance_amount=1,
                                   zone_id="cn-hangzhou-h", match_criteria="Target")
        common = dict(image_id="img", vswitch_id="vsw-1", security_group_ids=["sg-1"], private_pool=pool)
        EcsInstance("small", instance_type="ecs.g6.large", **common)
        EcsInstance("elsewhere", instance_type="ecs.g6.xlarge", zone_id="cn-hangzhou-i", **common)
    """)
    output = stack.preview(fails=True).output
    assert "small: instance_type:" in output
    assert "elsewhere: zone_id:" in output
    assert "pool: instance_amount:" in output


def test_what_comes_from_outputs_is_judged_when_it_is_known(stack: Any) -> None:
    """A value that no preview can know is refused by the up, before anything is bought."""
    stack.program("""
        import pulumi
        from pulumi_aliyun import CapacityReservation

        first = CapacityReservation("first", instance_type="ecs.g6.xlarge", instance_amount=1,
                                    zone_id="cn-hangzhou-h")
        CapacityReservation("second", instance_type="ecs.g6.xlarge", instance_amount=1, zone_id="cn-hangzhou-h",
                            name=first.id.apply(lambda id: "http://" + id))
    """)
    stack.preview()
    output = stack.up(fails=True).output
    assert "name:" in output and "http://" in output
    assert set(stack.resources()) == {"aliyun", "first"}


def test_an_expired_reservation_does_not_block_its_stack(stack: Any, fake_aliyun: Any) -> None:
    """Rules about the time are asked of what is new: the stack previews, updates and destroys on."""
    fake_aliyun.settings(profile="instant")
    stack.program("""
        import datetime, pulumi
        from pulumi_aliyun import CapacityReservation

        CapacityReservation("pool", instance_type="ecs.g6.xlarge", instance_amount=1, zone_id="cn-hangzhou-h",
                            end_time_type="Limited", end_time=pulumi.Config().require("end"))
    """)
    import time
    from datetime import datetime, timedelta, timezone

    soon = datetime.now(timezone.utc) + timedelta(seconds=20)
    stack.config("end", soon.strftime("%Y-%m-%dT%H:%M:%SZ"))
    stack.up()
    time.sleep(max(0.0, (soon - datetime.now(timezone.utc)).total_seconds()) + 0.5)
    assert set(stack.preview().changes) == {"same"}
    stack.up()
    stack.destroy()
