"""How few calls a stack costs on the real engine; how fast it is, `make bench` measures."""

from __future__ import annotations

from collections import Counter
from typing import Any

from harness import Stack

COUNT = 40
PROGRAM = f"""
import sys

from pulumi_aliyun import CapacityReservation, EcsInstance

for number in range({COUNT}):
    EcsInstance(
        f"web-{{number}}",
        instance_type="ecs.g6.large",
        image_id="aliyun_3_x64_20G_alibase_20240819.vhd",
        vswitch_id="vsw-bp1s5fnvk4gn2tws0",
        security_group_ids=["sg-bp67acfmxazb4p"],
    )
CapacityReservation("pool", instance_type="ecs.g6.large", instance_amount=1, zone_id="cn-hangzhou-h")
slow = [name for name in sys.modules if name.startswith(("alibabacloud", "Tea", "darabonba", "aiohttp", "requests"))]
assert not slow, slow
"""


def test_a_stack_of_many_costs_few_calls(stack: Stack, fake_aliyun: Any) -> None:
    """A creating call for each and a few for all; a preview costs none, a refresh and a destroy cost a few."""
    seen = 0

    def calls() -> Counter[str]:
        """Count what was asked since last time; what was sent twice, because this machine is slow, is one call."""
        nonlocal seen
        requests = fake_aliyun.requests()
        tokens = {(each["action"], each["params"].get("ClientToken", each["n"])) for each in requests[seen:]}
        seen = len(requests)
        return Counter(action for action, _ in tokens)

    stack.program(PROGRAM)
    stack.up("--parallel", "64")
    made = calls()
    assert (made.pop("RunInstances"), made.pop("CreateCapacityReservation")) == (COUNT, 1)
    assert made.total() <= 30, made
    assert stack.preview("--parallel", "64").changes == {"same": COUNT + 3}
    assert calls() == {}
    stack.refresh("--parallel", "64")
    assert calls().total() <= 8
    stack.destroy("--parallel", "64")
    assert (gone := calls()).total() <= 40, gone
