"""docs/migrating.md on the real engine: pulumi-alicloud's stored state in, ours out, and the cloud only read."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import alicloud_plugin
from harness import REPOSITORY, Stack
from test_examples import commands
from test_life import alive, call, writes

EXAMPLE = REPOSITORY / "examples" / "migration"
STATE = Path(__file__).parent / "data" / "state-pulumi-alicloud-4.0.0.json"
PAGE = REPOSITORY / "docs" / "migrating.md"


@pytest.fixture
def stored(new_stack: Callable[..., Stack], fake_aliyun: Any) -> tuple[Stack, Path]:
    """A stack with pulumi-alicloud's state, a cloud with what it holds, and the file with that plugin's calls."""
    fake_aliyun.settings(profile="instant")
    stack = new_stack(project="migration")
    calls = alicloud_plugin.install(stack.folder / "plugin", stack.environ)
    pool, web = _bought_earlier(fake_aliyun)
    state = stack.write("state.json", STATE.read_text().replace("crp-stored", pool).replace("i-stored", web))
    stack.pulumi("stack", "import", "--file", str(state))
    shutil.copytree(EXAMPLE / "before", stack.project, dirs_exist_ok=True)
    return stack, calls


def _bought_earlier(fake: Any) -> tuple[str, str]:
    """The reservation and the instance of the stored state, in the fake cloud."""
    common = {"RegionId": "cn-hangzhou", "InstanceType": "ecs.g6.xlarge"}
    tags = [{"Key": "team", "Value": "research"}]
    reservation = {
        **common,
        "ZoneId": ["cn-hangzhou-h"],
        "InstanceAmount": 2,
        "PrivatePoolOptions": {"Name": "batch", "MatchCriteria": "Target"},
        "Tag": tags,
    }
    pool = call(fake, "CreateCapacityReservation", reservation)["PrivatePoolOptionsId"]
    instance = {
        **common,
        "ZoneId": "cn-hangzhou-h",
        "ImageId": "aliyun_3_x64_20G_alibase_20250117.vhd",
        "VSwitchId": "vsw-bp1s5fnvk4gn2tws03624",
        "SecurityGroupIds": ["sg-bp15ed6xe1yxeycg7o25"],
        "InstanceName": "web",
        "Description": "serves the results",
        "KeyPairName": "operators",
        "SystemDisk": {"Category": "cloud_essd", "Size": "40", "PerformanceLevel": "PL0"},
        "DataDisk": [
            {"DiskName": "results", "Category": "cloud_essd", "Size": 100, "PerformanceLevel": "PL1"}
        ],
        "InternetChargeType": "PayByTraffic",
        "InternetMaxBandwidthOut": 10,
        "PrivatePoolOptions": {"MatchCriteria": "Target", "Id": pool},
        "Tag": tags,
    }
    return pool, call(fake, "RunInstances", instance)["InstanceIdSets"]["InstanceIdSet"][0]


def _after(stack: Stack, fake: Any) -> None:
    """Write the program as it is afterwards, with the ids of this cloud."""
    [pool], [web] = fake.state()["capacity_reservations"], fake.state()["instances"]
    program = (EXAMPLE / "after" / "__main__.py").read_text()
    for name, kept in (("capacity", pool), ("web", web)):
        resource = re.search(rf'"{name}",\s+adopt_id="(.*?)"', program)
        assert resource is not None
        program = program.replace(resource[1], kept["id"])
    stack.program(program)


def _is_ours_and_all_else_as_before(stack: Stack, fake: Any) -> None:
    resources = stack.resources()
    [pool], [web] = alive(fake, "capacity_reservations"), alive(fake, "instances")
    assert (resources["capacity"]["id"], resources["web"]["id"]) == (pool["id"], web["id"])
    kinds = {name: each["type"].split(":")[0] for name, each in resources.items() if name != "aliyun"}
    assert kinds == dict.fromkeys(kinds, "alicloud") | {"capacity": "pulumi-python", "web": "pulumi-python"}
    assert resources["backend"]["inputs"]["instanceIds"] == [web["id"]]
    assert resources["web"]["urn"] in resources["backend"]["dependencies"]


def test_resources_move_by_being_retained(stored: tuple[Stack, Path], fake_aliyun: Any) -> None:
    """The page's own commands: what is retained leaves the state in the run that adopts it, all else stays."""
    stack, calls = stored
    since = len(fake_aliyun.requests())
    before = (stack.project / "__main__.py").read_text()
    keep, let_go, look, take_over, be_quiet = commands(PAGE)
    assert (let_go, take_over) == (["pulumi", "up"], ["pulumi", "up"])
    stack.pulumi(*keep[1:])

    stack.program(re.sub(r"(    tags=.*\n)\)", rf"\1    {retained_as_the_page_says()},\n)", before))
    assert set(stack.up().changes) == {"same"}
    assert sum(bool(each.get("retainOnDelete")) for each in stack.resources().values()) == 2

    _after(stack, fake_aliyun)
    preview = stack.preview(*look[2:])
    assert preview.operations["capacity"] == preview.operations["web"] == ["create", "delete"]
    assert preview.output.count("[retain]") == 2
    assert preview.output.count("is taken over as it is") >= 2
    stack.up()
    _is_ours_and_all_else_as_before(stack, fake_aliyun)
    stack.preview(*be_quiet[2:])
    assert writes(fake_aliyun, since) == []
    assert calls.read_text() == ""


def retained_as_the_page_says() -> str:
    found = re.search(r"`(opts=.*?)`", PAGE.read_text())
    assert found is not None
    return found[1]


def test_resources_move_by_being_taken_out_of_the_state(stored: tuple[Stack, Path], fake_aliyun: Any) -> None:
    """`pulumi state delete` asks no provider; what depends on a resource is in its way, as the page says."""
    stack, calls = stored
    since = len(fake_aliyun.requests())
    urns = {name: resource["urn"] for name, resource in stack.resources().items()}
    moved = [urns["web"], urns["capacity"]]
    assert urns["backend"] in stack.pulumi("state", "delete", "--yes", *moved, fails=True).output
    stack.pulumi("state", "delete", "--yes", urns["backend"], urns["balancer"])
    stack.pulumi("state", "delete", "--yes", *moved)
    _after(stack, fake_aliyun)
    program = (stack.project / "__main__.py").read_text()
    stack.program(re.sub(r"^(balancer|backend) = .*\n", "", program, flags=re.MULTILINE))
    assert stack.preview().changes == {"create": 3, "same": 4}
    assert stack.up().changes == {"create": 3, "same": 4}
    assert writes(fake_aliyun, since) == []
    assert calls.read_text() == ""


@pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning")
def test_the_table_has_every_argument_of_theirs() -> None:
    """Each argument of pulumi-alicloud's two resources stands in the page, with ours or with why not."""
    from pulumi_alicloud import ecs

    import pulumi_aliyun

    text = PAGE.read_text()
    pairs = (
        (ecs.CapacityReservationArgs, "CapacityReservation", pulumi_aliyun.CapacityReservation),
        (ecs.InstanceArgs, "Instance", pulumi_aliyun.EcsInstance),
        (ecs.InstanceDataDiskArgs, "Data disks", pulumi_aliyun.DataDisk),
    )
    for theirs, heading, ours in pairs:
        section = re.search(rf"^### {heading}[^\n]*\n(.*?)(?=^##)", text, re.MULTILINE | re.DOTALL)
        assert section is not None, heading
        rows = re.findall(r"^\| (.*?) \| (.*?) \|", section[1], re.MULTILINE)
        named = {name for first, _ in rows for name in re.findall(r"`(\w+)`", first)}
        assert named == {name for name in vars(theirs) if isinstance(vars(theirs)[name], property)}
        known = set(getattr(ours, "__annotations__", {})) | set(dir(ours))
        meant = {name for _, second in rows for name in re.findall(r"^`(\w+)", second)}
        assert meant <= known, meant - known


@pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning")
def test_the_stored_state_has_pulumi_aliclouds_own_names() -> None:
    """The properties in the stored state are those of its schema, so the state is one that it could have written."""
    from pulumi_alicloud import ecs

    for resource in json.loads(STATE.read_text())["deployment"]["resources"]:
        kind = {"crp-stored": ecs.CapacityReservation, "i-stored": ecs.Instance}.get(resource.get("id"))
        if kind is not None:
            known = {"__meta", *(_camel(name) for name in dir(kind))}
            assert resource["outputs"].keys() <= known
            assert resource["inputs"].keys() <= known | {"__defaults"}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
