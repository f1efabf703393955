"""The whole life of an instance on the real engine: drift, types, clearing, deletion, and what each of them says."""

from __future__ import annotations

from typing import Any

import pytest
from wire import Api

PROGRAM = """
    import pulumi
    from pulumi_aliyun import EcsInstance

    config = pulumi.Config()
    given = config.get_object("given") or {}
    EcsInstance("web", **{
        "image_id": "img-1", "vswitch_id": "vsw-1", "security_group_ids": ["sg-1", "sg-2"],
        "instance_type": "ecs.g6.large", "zone_id": "cn-hangzhou-h", **given,
    })
"""
DISKS = """{"category": "cloud_essd", "size": 500, "performance_level": "PL1"},
    {"category": "cloud_efficiency", "size": 40, "delete_with_instance": false}"""
FULL = """{
    "instance_name": "web-1", "description": "for the shop", "key_pair_name": "operators",
    "ram_role_name": "reader", "user_data": "echo swordfish", "password": "Passw0rd!1",
    "internet_max_bandwidth_out": 5, "auto_release_time": "2027-10-30T06:32:45Z", "tags": {"team": "shop"},
    "private_pool": {"match_criteria": "Open"}, "resource_group_id": "rg-1",
    "system_disk": {"category": "cloud_essd", "size": 40, "disk_name": "system"},
    "data_disks": [DISKS]
}""".replace("DISKS", DISKS)


@pytest.fixture(autouse=True)
def api(fake_aliyun: Any) -> Api:
    """Somebody else with the keys to the cloud, in which everything happens at once."""
    fake_aliyun.settings(profile="instant")
    return Api(fake_aliyun)


def alive(fake: Any) -> list[dict[str, Any]]:
    """The instances that live."""
    return [item for item in fake.state()["instances"] if item["status"] != "Released"]


def writes(fake: Any, since: int) -> list[str]:
    """The writing calls since a request's number."""
    return [each["action"] for each in fake.requests(since) if not each["action"].startswith("Describe")]


def test_all_that_drifts_is_found_by_refresh_repaired_by_up_and_cleared_when_it_is_taken_back(
    stack: Any, fake_aliyun: Any, api: Api
) -> None:
    """What DescribeInstances doesn't show is read as well: role, pool, disks."""
    stack.config("given", FULL)
    stack.program(PROGRAM)
    stack.up()
    assert set(stack.preview("--refresh").changes) == {"same"}
    [before] = alive(fake_aliyun)
    region, one = {"RegionId": "cn-hangzhou"}, {"InstanceId": before["id"]}
    several = {**region, "InstanceIds": f'["{before["id"]}"]'}
    disks = api("DescribeDisks", **region, **one)["Disks"]["Disk"]
    api("ModifyInstanceAttribute", {**one, "Description": "other", "SecurityGroupIds.1": "sg-9"})
    api("DetachInstanceRamRole", {**several, "RamRoleName": "reader"})
    api("DetachKeyPair", {**several, "KeyPairName": "operators"})
    api("ModifyDiskSpec", {"DiskId": disks[1]["DiskId"], "PerformanceLevel": "PL2"})
    api("ModifyInstanceAttachmentAttributes", {**region, **one, "PrivatePoolOptions.MatchCriteria": "None"})
    api("StopInstance", one)
    since = len(fake_aliyun.requests())
    assert stack.up("--refresh").operations["web"][-1] == "update"
    assert sorted(writes(fake_aliyun, since)) == [
        "AttachInstanceRamRole",
        "AttachKeyPair",
        "ModifyDiskSpec",
        "ModifyInstanceAttachmentAttributes",
        "ModifyInstanceAttribute",
        "StartInstance",
    ]
    assert set(stack.preview("--refresh").changes) == {"same"}

    stack.config("given", f'{{"user_data": "echo swordfish", "data_disks": [{DISKS}]}}')
    assert "replace" not in stack.up().operations["web"]
    [cleared] = alive(fake_aliyun)
    assert (cleared["id"], cleared["instance_name"], cleared["description"]) == (
        before["id"],
        before["id"],
        "",
    )
    assert (cleared["ram_role_name"], cleared["key_pair_name"], cleared["tags"]) == ("", "", {})
    assert cleared["private_pool"]["match_criteria"] == "None"
    assert set(stack.preview("--refresh").changes) == {"same"}


def test_a_type_that_is_refused_or_interrupted_leaves_nothing_stopped(
    stack: Any, fake_aliyun: Any, api: Api
) -> None:
    """The preview says that it stops; after a refusal it runs; after a kill the next `up` goes on."""
    stack.program(PROGRAM)
    stack.up()
    stack.config("given", '{"instance_type": "ecs.g6.xlarge", "host_name": "web-2"}')
    shown = stack.preview().output
    assert "the instance is stopped, changed and started again" in shown
    assert "host_name: takes effect at the next reboot" in shown
    fake_aliyun.faults.add("ModifyInstanceSpec", code="OperationDenied.NoStock", status=403, times=1)
    assert "OperationDenied.NoStock" in stack.up(fails=True).output
    assert alive(fake_aliyun)[0]["status"] == "Running"

    fake_aliyun.faults.add("StartInstance", stall_s=30, times=1)
    running = stack.start_up()
    while alive(fake_aliyun)[0]["instance_type"] != "ecs.g6.xlarge":
        assert running.poll() is None
    stack.kill_all()
    assert alive(fake_aliyun)[0]["status"] == "Stopped"
    stack.cancel()
    stack.up()
    [after] = alive(fake_aliyun)
    assert (after["instance_type"], after["status"]) == ("ecs.g6.xlarge", "Running")
    assert set(stack.preview("--refresh").changes) == {"same"}


def test_what_goes_and_what_stays_is_said_when_an_instance_is_deleted(
    stack: Any, fake_aliyun: Any, api: Api
) -> None:
    """Its disks by their ids; a reason why it can't be deleted, with the way out."""
    stack.config("given", FULL)
    stack.program(PROGRAM)
    stack.up()
    [live] = alive(fake_aliyun)
    disks = api("DescribeDisks", RegionId="cn-hangzhou", InstanceId=live["id"])["Disks"]["Disk"]
    api.control(f"instances/{live['id']}", {"dependencies": ["RouteEntry"]})
    refused = stack.destroy(fails=True).output
    assert "DependencyViolation.RouteEntry" in refused
    assert "delete the route entries" in refused
    api.control(f"instances/{live['id']}", {"dependencies": []})
    said = stack.destroy().output
    assert all(disk["DiskId"] in said for disk in disks)
    assert f"these stay, and are billed on: {disks[2]['DiskId']} (data, 40 GiB)" in said
    assert alive(fake_aliyun) == []


POOL = """
    import pulumi
    from pulumi_aliyun import CapacityReservation, EcsInstance

    config = pulumi.Config()
    pool = CapacityReservation("pool", instance_type="ecs.g6.large", instance_amount=config.require_int("amount"),
                               zone_id="cn-hangzhou-h", match_criteria="Target")
    for name in config.require_object("members"):
        EcsInstance(name, instance_type="ecs.g6.large", zone_id="cn-hangzhou-h", vswitch_id="vsw-1",
                    security_group_ids=["sg-1"], image_id=config.require("image"), private_pool=pool)
"""
FIRST = "is deleted before the new one is made"


def test_in_a_pool_with_room_the_new_instance_is_made_first_and_in_a_full_one_the_old_one_deleted(
    stack: Any, fake_aliyun: Any
) -> None:
    """Room is what remains when all that come in this run have their places, and preview tells as `up` does."""

    def wanted(amount: int, members: str) -> None:
        stack.config("amount", str(amount))
        stack.config("members", members)

    def deleted_first(image: str) -> int:
        """How many old ones `up` deletes before it makes the new ones; the preview says the same."""
        stack.config("image", image)
        orders = []
        for result in (stack.preview(), stack.up()):
            steps = [each for each in result.operations.values() if "create-replacement" in each]
            orders.append(
                sum(each.index("delete-replaced") < each.index("create-replacement") for each in steps)
            )
            assert (FIRST in result.output) == bool(orders[-1])
        assert {item["image_id"] for item in alive(fake_aliyun)} == {image}
        assert orders[0] == orders[1]
        return orders[0]

    stack.program(POOL)
    stack.config("image", "img-1")
    wanted(2, '["a", "b"]')
    stack.up()
    wanted(4, '["a", "b", "c"]')  # one of the new places is c's, the other is one of the two's
    assert deleted_first("img-2") == 1
    wanted(7, '["a", "b", "c"]')
    assert deleted_first("img-3") == 0
