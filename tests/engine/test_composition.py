"""Resources among others: arguments from everywhere, parents, components, other providers' options."""

from __future__ import annotations

from typing import Any

PROGRAM = """
    import pulumi
    from pulumi_aliyun import BssInstance, CapacityReservation, EcsInstance, PrivatePool

    common = dict(instance_type="ecs.g6.xlarge", image_id="img-1", vswitch_id="vsw-1", security_group_ids=["sg-1"],
                  zone_id="cn-hangzhou-h")
    pool = CapacityReservation("pool", instance_type="ecs.g6.xlarge", instance_amount=9, zone_id="cn-hangzhou-h",
                               match_criteria="Target")
    late = pool.id.apply(lambda _: "late")

    def when_known(value):
        return late.apply(lambda _: value)

    # A reservation, however it comes.
    EcsInstance("as-it-is", **common, private_pool=pool)
    EcsInstance("as-output", **common, private_pool=when_known(pool))
    EcsInstance("as-mapping", **common, private_pool=PrivatePool(match_criteria=pool.match_criteria, id=pool.id))
    EcsInstance("as-output-mapping", **common,
                private_pool=pool.id.apply(lambda id: {"match_criteria": "Target", "id": id}))

    # Values that are outputs, whole or in part, and awaitables.
    async def image():
        return "img-2"

    EcsInstance("whole", **{**common, "image_id": image(), "security_group_ids": when_known(["sg-1", "sg-2"])},
                tags=when_known({"a": "b"}), data_disks=when_known([{"category": "cloud_essd", "size": 20}]),
                system_disk=when_known({"category": "cloud_essd", "size": 40}),
                internet_max_bandwidth_out=when_known(5), deletion_protection=when_known(False),
                password=when_known("Secret-123"), private_pool=when_known(None))
    EcsInstance("part", **common, tags={"pool": pool.id},
                data_disks=[when_known({"category": "cloud_essd", "size": 20}),
                            {"category": "cloud_essd", "size": when_known(30), "disk_name": late}])
    CapacityReservation("alike", instance_type=pool.instance_type, instance_amount=pool.instance_amount,
                        zone_id=pool.zone_id, region_id=pool.region_id, name=late)
    BssInstance("order", product_code="waf", subscription_type="PayAsYouGo",
                parameters={"Region": pool.region_id, "note": late})

    # Among others: a child of ours, a component that waits for one of ours, a class of the user's own.
    class Group(pulumi.ComponentResource):
        def __init__(self, name, opts=None):
            super().__init__("tests:index:Group", name, {}, opts)
            EcsInstance("inside", **common, opts=pulumi.ResourceOptions(parent=self))
            self.register_outputs({})

    class Own(EcsInstance):
        pass

    EcsInstance("child", **common, opts=pulumi.ResourceOptions(parent=pool))
    Group("group", opts=pulumi.ResourceOptions(depends_on=[pool]))
    Own("own", **common)
"""


def test_resources_are_composed_like_any_others(stack: Any, fake_aliyun: Any) -> None:
    """What a preview takes, an up makes, as it was asked for; then there is nothing left to do."""
    fake_aliyun.settings(profile="instant")
    stack.program(PROGRAM)
    asked = {name for name, operations in stack.preview().operations.items() if operations == ["create"]}
    made = {name for name, operations in stack.up().operations.items() if operations == ["create"]}
    assert made == asked and "group" in made

    state = fake_aliyun.state()
    resources = stack.resources()
    id_of = {name: resource["id"] for name, resource in resources.items() if resource["custom"]}
    instances = {each["id"]: each for each in state["instances"]}
    for name in ("as-it-is", "as-output", "as-mapping", "as-output-mapping"):
        assert instances[id_of[name]]["private_pool"] == {"match_criteria": "Target", "id": id_of["pool"]}, (
            name
        )
    assert instances[id_of["whole"]]["tags"] == {"a": "b"}
    assert instances[id_of["whole"]]["image_id"] == "img-2"
    assert sorted(instances[id_of["whole"]]["security_group_ids"]) == ["sg-1", "sg-2"]
    assert instances[id_of["part"]]["tags"] == {"pool": id_of["pool"]}
    assert resources["child"]["parent"] == resources["pool"]["urn"]
    assert resources["inside"]["parent"] == resources["group"]["urn"]
    assert resources["own"]["type"] == "pulumi-python:dynamic/aliyun:EcsInstance"

    stack.preview("--expect-no-changes")
    stack.destroy()
    assert all(each["status"] == "Released" for kind in fake_aliyun.state().values() for each in kind)
