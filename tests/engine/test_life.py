"""The life of the three resources on the real engine: create, change, drift, replace, adopt, delete."""

from __future__ import annotations

import json
from typing import Any

import pytest

RESERVATION = """
    import pulumi
    from pulumi_aliyun import CapacityReservation

    config = pulumi.Config()
    CapacityReservation(
        "pool", instance_type="ecs.g6.xlarge", instance_amount=config.get_int("amount") or 2,
        zone_id="cn-hangzhou-h", name=config.get("name"), description=config.get("description"),
        platform="Linux", tags=config.get_object("tags"),
        end_time_type="Limited" if config.get("end") else None, end_time=config.get("end"),
    )
"""

PAID = """
    from pulumi_aliyun import EcsInstance

    EcsInstance("paid", image_id="img-1", vswitch_id="vsw-1", security_group_ids=["sg-1"], zone_id="cn-hangzhou-h",
                instance_type="ecs.g6.large", instance_charge_type="PrePaid", period=1)
"""

INSTANCE = """
    import pulumi
    from pulumi_aliyun import EcsInstance

    config = pulumi.Config()
    web = EcsInstance(
        "web", image_id="img-1", vswitch_id="vsw-1", security_group_ids=config.get_object("groups") or ["sg-1"],
        instance_type=config.get("type") or "ecs.g6.large", instance_name=config.get("name"),
        description=config.get("description"), password="Secret-123!", user_data="#!/bin/sh\\necho swordfish",
        tags=config.get_object("tags"), status=config.get("status"),
        system_disk={"category": "cloud_essd", "size": config.get_int("disk") or 40},
        data_disks=[{"category": "cloud_essd", "size": 100, "delete_with_instance": False}],
        deletion_protection=config.get_bool("protected"), zone_id="cn-hangzhou-h",
    )
    pulumi.export("ip", web.private_ip)
    pulumi.export("disk", web.internet_max_bandwidth_out)
"""


@pytest.fixture(autouse=True)
def _instant(fake_aliyun: Any) -> None:
    fake_aliyun.settings(profile="instant")


def alive(fake: Any, kind: str) -> list[dict[str, Any]]:
    """What lives in the cloud."""
    return [item for item in fake.state()[kind] if item["status"].lower() != "released"]


def writes(fake: Any, since: int = 0) -> list[str]:
    """The writing calls since a request's number."""
    quiet = ("Describe", "Query", "List", "Get")
    return [r["action"] for r in fake.requests(since) if not r["action"].startswith(quiet)]


def unchanged(stack: Any) -> None:
    """Neither a refresh nor a preview has anything to say."""
    assert set(stack.refresh().changes) == {"same"}
    assert set(stack.preview().changes) == {"same"}


@pytest.mark.every_sdk
def test_a_reservation_is_changed_in_place_and_cleared_again(stack: Any, fake_aliyun: Any) -> None:
    """Name, description, amount, end and tags change with one Modify and the tag calls, and can be cleared."""
    stack.program(RESERVATION)
    stack.up()
    unchanged(stack)
    [first] = alive(fake_aliyun, "capacity_reservations")
    assert first["tags"] == {}  # our mark is gone

    for key, value in {
        "amount": "3",
        "name": "batch",
        "description": "for batch",
        "tags": '{"a": "1"}',
    }.items():
        stack.config(key, value)
    stack.config("end", "2099-10-30T06:32:00Z")
    since = len(fake_aliyun.requests())
    assert stack.up().operations["pool"] == ["update"]
    assert writes(fake_aliyun, since) == ["ModifyCapacityReservation", "TagResources"]
    [second] = alive(fake_aliyun, "capacity_reservations")
    assert second["id"] == first["id"]
    assert (second["instance_amount"], second["tags"], second["end_time_type"]) == (3, {"a": "1"}, "Limited")
    unchanged(stack)

    for key in ("name", "description", "tags", "end"):
        stack.pulumi("config", "rm", key)
    assert stack.up().operations["pool"] == ["update"]
    [third] = alive(fake_aliyun, "capacity_reservations")
    assert (third["description"], third["tags"], third["end_time_type"]) == ("", {}, "Unlimited")
    unchanged(stack)
    stack.destroy()
    assert alive(fake_aliyun, "capacity_reservations") == []


def test_a_limited_reservation_is_made_unlimited_and_released(stack: Any, fake_aliyun: Any) -> None:
    """The API releases an Unlimited reservation only, so destroy switches it first."""
    stack.config("end", "2099-10-30T06:32:00Z")
    stack.program(RESERVATION)
    stack.up()
    since = len(fake_aliyun.requests())
    stack.destroy()
    assert writes(fake_aliyun, since) == ["ModifyCapacityReservation", "ReleaseCapacityReservation"]
    assert alive(fake_aliyun, "capacity_reservations") == []


def test_a_reservation_in_use_is_not_shrunk_below_its_use(stack: Any, fake_aliyun: Any) -> None:
    """The refusal has the numbers and the instances; nothing is changed."""
    program = """
        import pulumi
        from pulumi_aliyun import CapacityReservation, EcsInstance

        amount = pulumi.Config().get_int("amount") or 2
        pool = CapacityReservation("pool", instance_type="ecs.g6.xlarge", instance_amount=amount,
                                   zone_id="cn-hangzhou-h", match_criteria="Target")
        for n in range(2):
            EcsInstance(f"web-{n}", instance_type="ecs.g6.xlarge", image_id="img", vswitch_id="vsw-1",
                        zone_id="cn-hangzhou-h", security_group_ids=["sg-1"],
                        private_pool=pool.id.apply(lambda id: {"match_criteria": "Target", "id": id}))
    """
    stack.program(program)
    stack.up()
    stack.config("amount", "1")
    output = stack.up(fails=True).output
    assert "1 is less than the 2 instances that use crp-" in output
    assert all(item["id"] in output for item in alive(fake_aliyun, "instances"))
    assert alive(fake_aliyun, "capacity_reservations")[0]["instance_amount"] == 2
    stack.destroy()


def test_what_ended_by_itself_is_said_and_not_bought_again(stack: Any, fake_aliyun: Any) -> None:
    """A Limited reservation and a subscription that have run out stay in the state, and every command says so."""
    stack.config("end", "2099-10-30T06:32:00Z")
    stack.program(RESERVATION + PAID)
    stack.up()
    ids = [stack.resources()[name]["id"] for name in ("pool", "paid")]
    fake_aliyun.clock.advance(80 * 365 * 86400)
    since = len(fake_aliyun.requests())
    for result in (stack.preview("--refresh"), stack.up("--refresh"), stack.up()):
        assert all(f"{id_} has ended by itself and is not bought again" in result.output for id_ in ids)
    assert stack.resources()["pool"]["outputs"]["status"] == "Released"
    assert writes(fake_aliyun, since) == []
    stack.destroy()
    assert writes(fake_aliyun, since) == ["StopInstance", "DeleteInstance"]


@pytest.mark.every_sdk
def test_an_instance_is_changed_in_place(stack: Any, fake_aliyun: Any) -> None:
    """What the API can change is changed on the same instance, a type with a stop and a start around it."""
    stack.program(INSTANCE)
    stack.up()
    unchanged(stack)
    assert isinstance(stack.outputs()["disk"], int)
    [first] = alive(fake_aliyun, "instances")
    for key, value in {
        "type": "ecs.g6.xlarge",
        "name": "web-1",
        "description": "serves",
        "tags": '{"a": "1"}',
        "groups": '["sg-2", "sg-3"]',
        "disk": "60",
    }.items():
        stack.config(key, value)
    since = len(fake_aliyun.requests())
    result = stack.up()
    assert result.operations["web"] == ["update"]
    assert sorted(writes(fake_aliyun, since)) == sorted(
        [
            "ModifyInstanceAttribute",
            "TagResources",
            "ResizeDisk",
            "StopInstance",
            "ModifyInstanceSpec",
            "StartInstance",
        ]
    )
    [second] = alive(fake_aliyun, "instances")
    assert (second["id"], second["status"]) == (first["id"], "Running")
    assert second["instance_type"] == "ecs.g6.xlarge"
    unchanged(stack)

    stack.config("status", "Stopped")
    stack.up()
    assert alive(fake_aliyun, "instances")[0]["status"] == "Stopped"
    unchanged(stack)
    stack.destroy()
    assert alive(fake_aliyun, "instances") == []


def test_no_secret_stands_in_the_state_or_the_output(stack: Any) -> None:
    """Password and user data, passed as plain strings, are encrypted in the state and never shown."""
    stack.program(INSTANCE)
    shown = stack.preview("--diff").output + stack.up().output
    stored = "".join(
        path.read_text(errors="replace") for path in stack.folder.rglob("*.json*") if path.is_file()
    )
    for secret in ("Secret-123!", "swordfish"):
        assert secret not in shown
        assert secret not in stored


def test_deletion_protection_is_respected(stack: Any, fake_aliyun: Any) -> None:
    """Neither a replacement nor a destroy gets past it; the first is refused by the preview."""
    stack.config("protected", "true")
    stack.program(INSTANCE)
    stack.up()
    assert "deletion_protection" in stack.destroy(fails=True).output
    stack.program(INSTANCE.replace("img-1", "img-2"))
    assert "deletion_protection" in stack.preview(fails=True).output
    assert len(alive(fake_aliyun, "instances")) == 1
    stack.program(INSTANCE)
    stack.config("protected", "false")
    stack.up()
    stack.destroy()
    assert alive(fake_aliyun, "instances") == []


def test_drift_is_found_by_refresh_and_repaired_by_up(stack: Any, fake_aliyun: Any) -> None:
    """An instance stopped outside is started again; a vanished one is made again."""
    stack.program(INSTANCE)
    stack.up()
    [first] = alive(fake_aliyun, "instances")
    call(fake_aliyun, "StopInstance", {"InstanceId": first["id"]})
    stack.refresh()
    assert stack.up().operations["web"] == ["update"]
    assert alive(fake_aliyun, "instances")[0]["status"] == "Running"

    call(fake_aliyun, "StopInstance", {"InstanceId": first["id"]})
    call(fake_aliyun, "DeleteInstance", {"InstanceId": first["id"]})
    assert stack.up("--refresh").operations["web"][-1] == "create"
    [second] = alive(fake_aliyun, "instances")
    assert second["id"] != first["id"]
    unchanged(stack)


def test_a_replacement_is_made_before_the_old_one_goes(stack: Any, fake_aliyun: Any) -> None:
    """Capacity isn't given up before the new one is there."""
    stack.program(INSTANCE)
    stack.up()
    stack.program(INSTANCE.replace("img-1", "img-2"))
    since = len(fake_aliyun.requests())
    stack.up()
    actions = writes(fake_aliyun, since)
    assert actions.index("RunInstances") < actions.index("DeleteInstance")
    assert [item["image_id"] for item in alive(fake_aliyun, "instances")] == ["img-2"]


ADOPTION = """
    import pulumi
    from pulumi_aliyun import CapacityReservation

    for name, adopt_id in (pulumi.Config().get_object("pools") or {}).items():
        CapacityReservation(name, instance_type="ecs.g6.xlarge", instance_amount=2, zone_id="cn-hangzhou-h",
                            description="ours now", adopt_id=adopt_id)
"""


def test_adoption_takes_over_what_exists(stack: Any, fake_aliyun: Any) -> None:
    """The preview shows what will be changed or is wrong; nothing is created; the argument may go without a change."""
    parameters = {"ZoneId": ["cn-hangzhou-h"], "InstanceType": "ecs.g6.xlarge", "InstanceAmount": 3}
    made = call(fake_aliyun, "CreateCapacityReservation", {"RegionId": "cn-hangzhou", **parameters})[
        "PrivatePoolOptionsId"
    ]
    stack.program(ADOPTION)
    pools(stack, a="crp-doesnotexist")
    assert "there is no capacity reservation crp-doesnotexist" in stack.preview(fails=True).output
    pools(stack, a=made)
    changes = "is taken over and changed: instance_amount: 3 → 2, description: '' → 'ours now'"
    assert changes in stack.preview().output
    assert changes in stack.up().output
    [item] = alive(fake_aliyun, "capacity_reservations")
    assert (item["id"], item["description"], item["instance_amount"]) == (made, "ours now", 2)
    pools(stack, a=None)
    assert set(stack.preview().changes) == {"same"}
    stack.destroy()
    assert alive(fake_aliyun, "capacity_reservations") == []


def test_one_id_is_never_two_resources(stack: Any, fake_aliyun: Any) -> None:
    """What another resource has is refused; what moves to another name stays; a replacement buys a new one."""
    parameters = {"ZoneId": ["cn-hangzhou-h"], "InstanceType": "ecs.g6.xlarge", "InstanceAmount": 2}
    made = call(fake_aliyun, "CreateCapacityReservation", {"RegionId": "cn-hangzhou", **parameters})[
        "PrivatePoolOptionsId"
    ]
    stack.program(ADOPTION)
    pools(stack, a=made, b=made)
    assert "is in this stack already" in stack.preview(fails=True).output
    pools(stack, a=made)
    stack.up()
    pools(stack, a=None, b=made)
    assert made in stack.preview(fails=True).output
    pools(stack, b=made)
    assert "'b' has taken it over" in stack.up().output
    assert stack.resources()["b"]["id"] == made
    assert [item["id"] for item in alive(fake_aliyun, "capacity_reservations")] == [made]

    stack.up("--replace", stack.resources()["b"]["urn"])
    second = stack.resources()["b"]["id"]
    assert second != made
    assert [item["id"] for item in alive(fake_aliyun, "capacity_reservations")] == [second]
    assert set(stack.preview().changes) == {"same"}


def test_what_this_run_makes_is_no_other_resources_to_adopt(stack: Any, fake_aliyun: Any) -> None:
    """Nor is what it has adopted: an id that comes from an output is refused as one that is written down."""
    stack.program("""
        from pulumi_aliyun import CapacityReservation

        def pool(name, adopt_id=None):
            return CapacityReservation(
                name, instance_type="ecs.g6.xlarge", instance_amount=2, zone_id="cn-hangzhou-h", adopt_id=adopt_id
            )

        pool("second", adopt_id=pool("first").id)
    """)
    for _ in range(2):
        printed = stack.up(fails=True).output
        [item] = alive(fake_aliyun, "capacity_reservations")
        assert (
            f"adopt_id: {item['id']} is in this stack already, as 'first'; remove one of the two" in printed
        )
        assert "Traceback" not in printed
    assert stack.resources().keys() == {"aliyun", "first"}


def pools(stack: Any, **adopted: str | None) -> None:
    """Have the program ask for these reservations, by name, with their `adopt_id`."""
    stack.config("pools", json.dumps(adopted))


def test_get_reads_without_managing(stack: Any, fake_aliyun: Any) -> None:
    """`get` shows what exists and leaves it alone; a missing one is an error."""
    made = call(
        fake_aliyun,
        "CreateCapacityReservation",
        {
            "RegionId": "cn-hangzhou",
            "ZoneId": ["cn-hangzhou-h"],
            "InstanceType": "ecs.g6.xlarge",
            "InstanceAmount": 2,
        },
    )["PrivatePoolOptionsId"]
    program = """
        import pulumi
        from pulumi_aliyun import CapacityReservation
        pulumi.export("amount", CapacityReservation.get("there", "{}").instance_amount)
    """
    stack.program(program.format(made))
    stack.up()
    assert stack.outputs()["amount"] == 2
    stack.destroy()
    assert len(alive(fake_aliyun, "capacity_reservations")) == 1
    stack.program(program.format("crp-missing"))
    assert "crp-missing does not exist" in stack.up(fails=True).output


BSS = """
    import pulumi
    from pulumi_aliyun import BssInstance

    config = pulumi.Config()
    BssInstance("order", product_code="waf", subscription_type="Subscription", period=1,
                parameters={"Region": "cn-hangzhou", "edition": "basic"},
                renew_status=config.get("renew"), renew_period=config.get_int("months"),
                on_delete=config.get("on_delete"))
"""


def test_a_bss_instance_lives_and_goes(stack: Any, fake_aliyun: Any) -> None:
    """Bought by order, renewed as asked, released by a VNO."""
    stack.program(BSS)
    stack.config("renew", "NotRenewal")
    stack.up()
    unchanged(stack)
    assert alive(fake_aliyun, "bss_instances")[0]["renew_status"] == "NotRenewal"
    stack.config("renew", "AutoRenewal")
    stack.config("months", "3")
    assert stack.up().operations["order"] == ["update"]
    assert alive(fake_aliyun, "bss_instances")[0]["renew_status"] == "AutoRenewal"
    unchanged(stack)
    stack.destroy()
    assert alive(fake_aliyun, "bss_instances") == []


def test_an_ordinary_account_is_told_how_to_give_a_bss_instance_back(stack: Any, fake_aliyun: Any) -> None:
    """ReleaseInstance is for VNOs: the refusal says so, nothing is dropped, and refund and retain are ways out."""
    fake_aliyun.settings(vno=False)
    stack.program(BSS)
    stack.up()
    assert "on_delete='refund'" in stack.destroy(fails=True).output
    assert "order" in stack.resources()
    stack.config("on_delete", "refund")
    stack.up()
    stack.destroy()
    assert alive(fake_aliyun, "bss_instances") == []


def call(fake: Any, action: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Call the fake cloud as somebody outside the stack would."""
    from pulumi_aliyun import bridge, cloud

    settings = {
        "aliyun:region": "cn-hangzhou",
        "aliyun:accessKey": fake.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        "aliyun:secretKey": fake.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        "aliyun:endpoints": f'{{"ecs": "{fake.url}"}}',
    }
    cloud.configure(settings.get)
    return cloud.ecs(bridge.Operation(), "cn-hangzhou", action, parameters)
