"""The root's program, as `make demo` and every newcomer run it."""

from __future__ import annotations

from typing import Any

import pytest

from harness import REPOSITORY, Stack

RESOURCES = ["aliyun", "capacity", "firewall", "server-1", "server-2"]


@pytest.fixture
def quickstart(stack: Stack) -> Stack:
    """A stack with the root's program."""
    stack.program((REPOSITORY / "__main__.py").read_text())
    return stack


@pytest.mark.every_sdk
def test_the_quickstart_lives_its_whole_life(quickstart: Stack, fake_aliyun: Any) -> None:
    """Preview buys nothing, up buys what the program says, a change is an update, destroy leaves nothing."""
    fake_aliyun.settings(profile="instant")
    assert quickstart.preview().operations == {name: ["create"] for name in RESOURCES}
    assert not any(fake_aliyun.state().values())

    assert quickstart.up().operations == {name: ["create"] for name in RESOURCES}
    state = fake_aliyun.state()
    (reservation,) = state["capacity_reservations"]
    assert (reservation["instance_amount"], reservation["used_amount"]) == (2, 2)
    assert [server["status"] for server in state["instances"]] == ["Running", "Running"]
    assert [server["private_pool"]["id"] for server in state["instances"]] == [reservation["id"]] * 2
    assert len(state["bss_instances"]) == 1
    outputs = quickstart.outputs()
    assert outputs["reservation"] == reservation["id"]
    assert sorted(outputs["addresses"]) == sorted(server["private_ip"] for server in state["instances"])

    quickstart.config("capacity", "3")
    quickstart.config("environment", "prod")
    assert quickstart.up().changes == {"same": 3, "update": 3}
    (changed,) = fake_aliyun.state()["capacity_reservations"]
    assert (changed["id"], changed["instance_amount"]) == (reservation["id"], 3)
    assert changed["tags"].items() >= {"project": "quickstart", "environment": "prod"}.items()
    quickstart.preview("--expect-no-changes")

    quickstart.destroy()
    left = [each for kind in fake_aliyun.state().values() for each in kind if each["status"] != "Released"]
    assert left == []


def test_a_preview_needs_neither_credentials_nor_network(quickstart: Stack) -> None:
    """Whoever has just cloned the repository can see what the quickstart would buy."""
    for name in [name for name in quickstart.environ if name.startswith("ALIBABA_CLOUD_")]:
        del quickstart.environ[name]
    quickstart.config("aliyun:region", "cn-hangzhou")
    assert quickstart.preview().changes == {"create": 6}
