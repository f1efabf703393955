"""Pulumi's own options do with these resources what they say."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from test_life import alive, writes


@pytest.fixture(autouse=True)
def _instant(fake_aliyun: Any) -> None:
    fake_aliyun.settings(profile="instant")


HEAD = """
    import pulumi
    from pulumi_aliyun import CapacityReservation, EcsInstance

    POOL = dict(instance_type="ecs.g6.xlarge", instance_amount=2, zone_id="cn-hangzhou-h")
    WEB = dict(instance_type="ecs.g6.xlarge", image_id="img-1", vswitch_id="vsw-1", security_group_ids=["sg-1"])
"""


def test_alias_renames_without_a_change(stack: Any, fake_aliyun: Any) -> None:
    """A renamed resource stays; a new one under the old name is another one."""
    stack.program(HEAD + '    CapacityReservation("a", **POOL)\n')
    stack.up()
    [first] = alive(fake_aliyun, "capacity_reservations")
    stack.program(
        HEAD
        + '    CapacityReservation("b", **POOL, opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="a")]))\n'
    )
    since = len(fake_aliyun.requests())
    assert set(stack.up().changes) == {"same"}
    assert writes(fake_aliyun, since) == []
    stack.program(HEAD + '    CapacityReservation("b", **POOL)\n    CapacityReservation("a", **POOL)\n')
    stack.up()
    found = {name: entry["id"] for name, entry in stack.resources().items() if name in {"a", "b"}}
    assert found["b"] == first["id"]
    assert sorted(found.values()) == sorted(
        item["id"] for item in alive(fake_aliyun, "capacity_reservations")
    )
    stack.destroy()
    assert alive(fake_aliyun, "capacity_reservations") == []


def test_replace_makes_a_new_one(stack: Any, fake_aliyun: Any) -> None:
    """`--replace` really replaces: the new one is not the old one found again."""
    stack.program(HEAD + '    CapacityReservation("a", **POOL)\n    EcsInstance("w", **WEB)\n')
    stack.up()
    old = {name: entry["id"] for name, entry in stack.resources().items()}
    urns = [entry["urn"] for entry in stack.resources().values() if entry["urn"].endswith(("::a", "::w"))]
    stack.up(*[f"--replace={urn}" for urn in urns])
    new = {name: entry["id"] for name, entry in stack.resources().items()}
    assert new["a"] != old["a"] and new["w"] != old["w"]
    assert [item["id"] for item in alive(fake_aliyun, "capacity_reservations")] == [new["a"]]
    assert [item["id"] for item in alive(fake_aliyun, "instances")] == [new["w"]]


def test_retain_and_protect(stack: Any, fake_aliyun: Any) -> None:
    """What is protected isn't destroyed; what is retained stays in the cloud."""
    stack.program(HEAD + '    CapacityReservation("a", **POOL, opts=pulumi.ResourceOptions(protect=True))\n')
    stack.up()
    stack.destroy(fails=True)
    assert len(alive(fake_aliyun, "capacity_reservations")) == 1
    stack.program(
        HEAD + '    CapacityReservation("a", **POOL, opts=pulumi.ResourceOptions(retain_on_delete=True))\n'
    )
    stack.up()
    stack.destroy()
    assert len(alive(fake_aliyun, "capacity_reservations")) == 1


def test_ignore_changes_and_transforms(stack: Any, fake_aliyun: Any) -> None:
    """Ignored inputs stay as they are, refused ones included; a transform's result is what counts."""
    stack.program(HEAD + '    CapacityReservation("a", **POOL)\n')
    stack.up()
    stack.program(
        HEAD
        + """
    pulumi.runtime.register_stack_transformation(
        lambda args: pulumi.ResourceTransformationResult({**args.props, "description": "transformed"}, args.opts)
        if "CapacityReservation" in args.type_ else None
    )
    ignoring = pulumi.ResourceOptions(ignore_changes=["instance_amount"])
    CapacityReservation("a", **{**POOL, "instance_amount": 0}, opts=ignoring)
    """
    )
    stack.up()
    [item] = alive(fake_aliyun, "capacity_reservations")
    assert (item["instance_amount"], item["description"]) == (2, "transformed")


def test_delete_before_replace_and_replace_on_changes(stack: Any, fake_aliyun: Any) -> None:
    """The user's word on the order and the reason of a replacement is followed, the reason being a single tag."""
    stack.program(HEAD + '    CapacityReservation("a", **POOL, tags={"team": "ours"})\n')
    stack.up()
    stack.program(
        HEAD
        + """
    options = pulumi.ResourceOptions(delete_before_replace=True, replace_on_changes=['tags["team"]'])
    CapacityReservation("a", **POOL, tags={"team": "theirs", "a b": ""}, opts=options)
    """
    )
    since = len(fake_aliyun.requests())
    steps = [
        event["resourcePreEvent"]["metadata"] for event in stack.up().events if "resourcePreEvent" in event
    ]
    details = {path for step in steps for path in step.get("detailedDiff") or {}}
    assert details == {"tags.team", 'tags["a b"]'}
    assert [action for action in writes(fake_aliyun, since) if "Capacity" in action] == [
        "ReleaseCapacityReservation",
        "CreateCapacityReservation",
    ]
    assert len(alive(fake_aliyun, "capacity_reservations")) == 1


FLEET = (
    HEAD
    + """
    class Ours(CapacityReservation):
        def __init__(self, name, **more):
            super().__init__(name, **POOL, tags={"team": pulumi.Config().require("team")}, **more)

    class Fleet(pulumi.ComponentResource):
        def __init__(self, name, opts=None):
            super().__init__("ours:index:Fleet", name, None, opts)
            self.pool = Ours(f"{name}-pool", opts=pulumi.ResourceOptions(parent=self))
            self.register_outputs({})

    fleet = Fleet("fleet")
    other = Ours("other", opts=pulumi.ResourceOptions(depends_on=[fleet.pool]))
    pulumi.export("amount", fleet.pool.instance_amount)
"""
)
CONSUMER = """
    import pulumi
    from pulumi_aliyun import CapacityReservation

    amount = pulumi.StackReference("organization/test/dev").require_output("amount")
    CapacityReservation("mine", instance_type="ecs.g6.xlarge", instance_amount=amount, zone_id="cn-hangzhou-h")
"""


def test_components_subclasses_and_targets(
    stack: Any, new_stack: Callable[..., Any], fake_aliyun: Any
) -> None:
    """A user's own subclass keeps the type; parents, depends_on, --target and references to other stacks work."""
    stack.config("team", "ours")
    stack.program(FLEET)
    stack.up()
    resources = stack.resources()
    assert resources["other"]["type"] == "pulumi-python:dynamic/aliyun:CapacityReservation"
    assert stack.outputs()["amount"] == 2
    assert isinstance(stack.outputs()["amount"], int)
    assert resources["fleet-pool"]["parent"] == resources["fleet"]["urn"]
    assert resources["fleet-pool"]["urn"] in resources["other"]["dependencies"]

    consumer = new_stack("consumer", project="consumer", backend=stack.backend)
    consumer.program(CONSUMER)
    consumer.up()
    assert consumer.resources()["mine"]["outputs"]["instance_amount"] == 2
    consumer.destroy()

    stack.config("team", "theirs")
    stack.up("--target", "**other")
    pools = {item["id"]: item["tags"]["team"] for item in alive(fake_aliyun, "capacity_reservations")}
    assert pools == {resources["other"]["id"]: "theirs", resources["fleet-pool"]["id"]: "ours"}
    stack.destroy()
    assert alive(fake_aliyun, "capacity_reservations") == []


def test_a_time_limit_is_kept_and_the_next_up_goes_on(stack: Any, fake_aliyun: Any) -> None:
    """After custom_timeouts the error says where it stood, the id is in the state, and `up` waits on."""
    fake_aliyun.settings(times={"starting": 600})
    stack.program(
        HEAD
        + """
    limits = pulumi.CustomTimeouts(create="6s")
    EcsInstance("w", **WEB, opts=pulumi.ResourceOptions(custom_timeouts=limits))
    """
    )
    output = stack.up(fails=True).output
    assert "stays in the state" in output and "custom_timeouts" in output
    [item] = fake_aliyun.state()["instances"]
    assert stack.resources()["w"]["id"] == item["id"]
    fake_aliyun.clock.advance(700)
    assert stack.up().operations["w"] == ["update"]
    assert len(fake_aliyun.state()["instances"]) == 1


SECRETS = """
    import pulumi
    from pulumi_aliyun import BssInstance, CapacityReservation, EcsInstance

    config = pulumi.Config()
    hush = config.require_secret
    CapacityReservation("pool", instance_type=hush("type"), zone_id=hush("zone"), region_id=hush("region"),
                        instance_amount=config.require_secret_int("amount"), name=hush("hush"),
                        description=hush("described"), tags={"t": hush("hush")})
    EcsInstance("web", instance_type=hush("type"), image_id=hush("hush"), vswitch_id=hush("hush"),
                security_group_ids=[hush("hush")], host_name=hush("hush"), instance_name=hush("hush"),
                description=hush("hush"), tags={"t": hush("hush")}, user_data=hush("hush"),
                system_disk={"category": "cloud_essd", "size": 40, "disk_name": hush("hush")})
    BssInstance("order", product_code="waf", subscription_type="Subscription", period=1,
                parameters={"edition": hush("hush")}, on_delete="release")
"""


def test_secret_inputs_stay_secret(stack: Any) -> None:
    """Whatever argument is given as a secret is one in the state, in previews, after a refresh and in a refusal."""
    plain = {"type": "ecs.g6.xlarge", "zone": "cn-hangzhou-h", "region": "cn-hangzhou", "amount": "3"}
    for key, value in {**plain, "hush": "swordfish", "described": "swordfish-1"}.items():
        stack.config(key, value, secret=True)
    stack.program(SECRETS)
    shown = [stack.up("--diff").output, stack.refresh("--diff").output]
    assert set(stack.preview().changes) == {"same"}
    stack.config("described", "swordfish-2", secret=True)
    changed = stack.up("--diff")
    assert changed.changes == {"same": 4, "update": 1}
    stack.config("described", "http://swordfish", secret=True)
    refused = stack.preview("--diff", fails=True).output
    assert "description:" in refused
    assert "swordfish" not in "".join([*shown, changed.output, refused, json.dumps(stack.export())])


TRANSFORMS = (
    HEAD
    + """
    def fix(args):
        if "CapacityReservation" in args.type_:
            return pulumi.ResourceTransformResult({**args.props, "instance_amount": 2}, args.opts)

    def tag(args):
        if "CapacityReservation" in args.type_:
            return pulumi.ResourceTransformResult({**args.props, "tags": {"all": "yes"}}, args.opts)

    class Fleet(pulumi.ComponentResource):
        def __init__(self, name, opts=None):
            super().__init__("ours:index:Fleet", name, None, opts)
            refused = {**POOL, "instance_amount": 0}
            CapacityReservation("child", **refused, opts=pulumi.ResourceOptions(parent=self))

    Fleet("fleet", opts=pulumi.ResourceOptions(transforms=[fix]))
    pulumi.runtime.register_resource_transform(tag)
    CapacityReservation("last", **POOL)
"""
)


@pytest.mark.every_sdk
def test_the_newer_transforms(stack: Any, fake_aliyun: Any) -> None:
    """A component's hold for its children, and may mend what would be refused; a stack's for all later ones."""
    stack.program(TRANSFORMS)
    stack.up()
    found = {item["id"]: item for item in alive(fake_aliyun, "capacity_reservations")}
    made = stack.resources()
    assert found[made["child"]["id"]]["instance_amount"] == 2
    assert found[made["last"]["id"]]["tags"] == {"all": "yes"}
    assert set(stack.preview().changes) == {"same"}
