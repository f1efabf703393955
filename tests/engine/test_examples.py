"""The examples, on the real engine: their READMEs' own commands, one after the other, and what comes of them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import alicloud_plugin
from harness import REPOSITORY, Result, Stack
from test_life import alive, call, writes

EXAMPLES = REPOSITORY / "examples"
PROJECTS = sorted(path.parent.relative_to(EXAMPLES) for path in EXAMPLES.rglob("Pulumi.yaml"))

Run = Callable[[str], Stack]


@pytest.fixture(autouse=True)
def _instant(fake_aliyun: Any) -> None:
    fake_aliyun.settings(profile="instant")


@pytest.fixture
def stack_of(new_stack: Callable[..., Stack]) -> Run:
    """Make a stack with the files of an example, by the name of its folder; all share one backend."""
    made: list[Stack] = []

    def make(name: str) -> Stack:
        source = EXAMPLES / name
        project = yaml.safe_load((source / "Pulumi.yaml").read_text())["name"]
        backend = made[0].backend if made else None
        stack = new_stack(f"stack-{project}-{len(made)}", project=project, backend=backend)
        del stack.environ["ALIBABA_CLOUD_REGION_ID"]  # the project's settings name it
        shutil.copytree(source, stack.project, dirs_exist_ok=True)
        made.append(stack)
        return stack

    return make


def commands(page: Path) -> list[list[str]]:
    """The commands in the `sh` blocks of a page, in their order."""
    lines = "\n".join(re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL)).splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def shown_in(page: Path) -> str:
    """What a page says that will be printed."""
    found = re.search(r"```text\n(.*?)\n```", page.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


def follow(stack: Stack, lines: list[list[str]]) -> Iterator[tuple[str, Result]]:
    """Run commands on a stack as they stand, but without questions; yields each with what came of it."""
    settings: list[str] = []
    for program, *words in lines:
        assert program == "pulumi", program
        if words == ["stack", "init", stack.name]:
            continue  # the harness has done so
        if words[:2] == ["config", "set"]:
            settings += ["--plaintext", "=".join(words[-2:])]
            continue
        if settings:  # all at once: a process for each would take long
            stack.pulumi("config", "set-all", "--path", *settings)
            settings = []
        run: Any = getattr(stack, words[0])
        yield " ".join(words), run(*words[1:])


def results(stack: Stack, lines: list[list[str]]) -> dict[str, Result]:
    """What came of each command, by the command; of one that comes twice, the last time."""
    return dict(follow(stack, lines))


def nothing_is_left(fake: Any) -> bool:
    return all(each["status"].lower() == "released" for kind in fake.state().values() for each in kind)


def test_a_fleet_is_inside_its_reservation_and_grows_with_it(stack_of: Run, fake_aliyun: Any) -> None:
    """Three places and three servers, then four; one place too few is refused before anything is bought."""
    fleet = stack_of("fleet")
    lines = commands(EXAMPLES / "fleet" / "README.md")
    program = (fleet.project / "__main__.py").read_text()
    found = []
    for command, result in follow(fleet, lines):
        if command == "preview":
            fleet.program(program.replace("instance_amount=size", "instance_amount=size - 1"))
            refused = fleet.preview(fails=True).output
            assert shown_in(EXAMPLES / "fleet" / "README.md") in refused
            fleet.program(program)
        if command == "up":
            [reservation] = alive(fake_aliyun, "capacity_reservations")
            found.append((reservation["instance_amount"], reservation["used_amount"], result.changes))
    grown = {"same": 5, "update": 1, "create": 1}
    assert found == [(3, 3, {"create": 6}), (4, 4, grown)]
    assert nothing_is_left(fake_aliyun)


PARTS = """
    from pulumi import Output
    from pulumi.dynamic import CreateResult, Resource, ResourceProvider


    class Provider(ResourceProvider):
        def create(self, props):
            return CreateResult(props["id_"], props)


    class Part(Resource):
        zone_id: Output[str]

        def __init__(self, name, id_):
            super().__init__(Provider(), name, {"id_": id_, "zone_id": "cn-hangzhou-h"})
"""
NETWORK = """
    from parts import Part

    vswitch = Part("zone-h", "vsw-made")
    security_group = Part("servers", "sg-made")
"""


def test_servers_are_put_into_a_network_that_another_provider_makes(stack_of: Run, fake_aliyun: Any) -> None:
    """Its ids are outputs: unknown at the first preview, and those of the network in the end."""
    network = stack_of("network")
    network.write("parts.py", PARTS)
    network.write("network.py", NETWORK)
    done = results(network, commands(EXAMPLES / "network" / "README.md")[:-1])
    assert done["preview"].changes == {"create": 7}
    assert done["up"].changes == {"create": 7}
    servers = alive(fake_aliyun, "instances")
    where = [(each["vswitch_id"], each["security_group_ids"], each["zone_id"]) for each in servers]
    assert where == [("vsw-made", ["sg-made"], "cn-hangzhou-h")] * 2
    network.preview("--expect-no-changes")
    network.destroy()
    assert nothing_is_left(fake_aliyun)


def test_the_network_of_pulumi_alicloud_comes_before_the_servers(stack_of: Run, fake_aliyun: Any) -> None:
    """The example as it is, with a stand-in for that provider's plugin: made first, deleted last."""
    network = stack_of("network")
    calls = alicloud_plugin.install(network.folder / "plugin", network.environ)
    network.up()
    made = {each["vswitch_id"] for each in alive(fake_aliyun, "instances")}
    assert made == {"made-zone-h"}
    order = list(network.destroy().operations)
    assert order.index("web") < order.index("zone-h") < order.index("network")
    assert [line.split("::")[-1] for line in calls.read_text().splitlines() if "Delete" in line][
        -1
    ] == "network"
    assert nothing_is_left(fake_aliyun)


def test_a_component_makes_fleets_and_takes_in_what_exists(stack_of: Run, fake_aliyun: Any) -> None:
    """What was made outside a component moves into it by an alias, and the cloud isn't asked to change."""
    component = stack_of("component")
    program = (component.project / "fleet.py").read_text()
    outside = program.replace("ResourceOptions(parent=self)", "ResourceOptions()")
    alias = re.search(r"```python\ninside = (.*)\n```", (EXAMPLES / "component" / "README.md").read_text())
    assert outside != program and alias is not None
    component.write("fleet.py", outside)
    results(
        component,
        [words for words in commands(EXAMPLES / "component" / "README.md")[:-1] if words[1] != "preview"],
    )
    assert len(alive(fake_aliyun, "instances")) == 3
    component.write("fleet.py", program.replace("pulumi.ResourceOptions(parent=self)", alias[1]))
    since = len(fake_aliyun.requests())
    assert set(component.up().changes) == {"same"}
    assert writes(fake_aliyun, since) == []
    resources = component.resources()
    assert {resources[name]["parent"] for name in ("web-1", "web-2")} == {component_urn("web")}
    component.destroy()
    assert nothing_is_left(fake_aliyun)


def component_urn(name: str) -> str:
    return f"urn:pulumi:dev::component::examples:index:Fleet::{name}"


def test_a_component_is_tested_without_an_engine(tmp_path: Path) -> None:
    """The example's own tests pass, by Pulumi's mocks; they fail for a component that forgets a server."""
    folder = shutil.copytree(EXAMPLES / "component", tmp_path / "component")
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", str(folder), str(folder)]
    assert subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0
    program = (folder / "fleet.py").read_text()
    (folder / "fleet.py").write_text(program.replace("range(1, size + 1)", "range(1, size)"))
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "1 failed, 1 passed" in ended.stdout


def test_servers_use_the_capacity_of_another_stack(stack_of: Run, fake_aliyun: Any) -> None:
    """Type, zone and reservation are the other stack's outputs, known already at preview."""
    lines = commands(EXAMPLES / "two-stacks" / "README.md")
    turns = [number for number, words in enumerate(lines) if words[0] == "cd"]
    blocks = [lines[start + 1 : end] for start, end in zip(turns, [*turns[1:], None], strict=True)]
    assert [lines[turn][1] for turn in turns] == ["capacity", "../servers", "../capacity"]

    capacity, servers = stack_of("two-stacks/capacity"), stack_of("two-stacks/servers")
    results(capacity, blocks[0])
    for command, result in follow(servers, blocks[1]):
        if command == "preview":
            assert result.changes == {"create": 4}
        if command == "up":
            [reservation] = alive(fake_aliyun, "capacity_reservations")
            assert reservation["used_amount"] == 2
    results(capacity, blocks[2])
    assert nothing_is_left(fake_aliyun)


def test_one_stack_has_the_same_in_two_regions(stack_of: Run, fake_aliyun: Any) -> None:
    """Each site's reservation and server are in its region, and both are destroyed."""
    regions = stack_of("two-regions")
    lines = commands(EXAMPLES / "two-regions" / "README.md")
    results(regions, [words for words in lines[:-1] if words != ["pulumi", "preview"]])
    for kind in ("capacity_reservations", "instances"):
        found = {(each["region_id"], each["zone_id"]) for each in alive(fake_aliyun, kind)}
        assert found == {("cn-hangzhou", "cn-hangzhou-h"), ("cn-shanghai", "cn-shanghai-b")}
    assert [each["used_amount"] for each in alive(fake_aliyun, "capacity_reservations")] == [1, 1]
    regions.config("sites.cn-shanghai.zoneId", "cn-beijing-a", path=True)
    assert "'cn-beijing-a' does not lie in the region 'cn-shanghai'" in regions.preview(fails=True).output
    regions.config("sites.cn-shanghai.zoneId", "cn-shanghai-b", path=True)
    regions.destroy()
    assert nothing_is_left(fake_aliyun)


def test_a_vno_buys_and_releases_by_order(stack_of: Run, fake_aliyun: Any) -> None:
    """A firewall for each customer, released when the customer goes; a year of DNS, renewed by itself."""
    vno = stack_of("vno")
    counts = []
    for command, _ in follow(vno, commands(EXAMPLES / "vno" / "README.md")):
        if command == "up":
            kinds = sorted(each["product_code"] for each in alive(fake_aliyun, "bss_instances"))
            counts.append((kinds.count("waf"), kinds.count("dns")))
            [dns] = [each for each in alive(fake_aliyun, "bss_instances") if each["product_code"] == "dns"]
            assert dns["renew_status"] == "AutoRenewal"
    assert counts == [(2, 1), (1, 1)]
    assert nothing_is_left(fake_aliyun)
    assert "ReleaseInstance" in writes(fake_aliyun)


def test_what_exists_is_adopted_without_a_change_to_it(stack_of: Run, fake_aliyun: Any) -> None:
    """No writing call is made; what is only read stays when the rest is destroyed."""
    reservation = call(
        fake_aliyun,
        "CreateCapacityReservation",
        {
            "RegionId": "cn-hangzhou",
            "ZoneId": ["cn-hangzhou-h"],
            "InstanceType": "ecs.g6.xlarge",
            "InstanceAmount": 2,
            "PrivatePoolOptions": {"MatchCriteria": "Target"},
        },
    )["PrivatePoolOptionsId"]
    instance, neighbour = (
        call(
            fake_aliyun,
            "RunInstances",
            {
                "RegionId": "cn-hangzhou",
                "ZoneId": "cn-hangzhou-h",
                "InstanceType": "ecs.g6.xlarge",
                "ImageId": "aliyun_3_x64_20G_alibase_20250117.vhd",
                "VSwitchId": "vsw-bp1s5fnvk4gn2tws03624",
                "SecurityGroupIds": ["sg-bp15ed6xe1yxeycg7o25"],
                "PrivatePoolOptions": pool,
            },
        )["InstanceIdSets"]["InstanceIdSet"][0]
        for pool in ({"MatchCriteria": "Target", "Id": reservation}, {"MatchCriteria": "None"})
    )
    ids = {"reservationId": reservation, "instanceId": instance, "neighbourId": neighbour}
    lines = [
        [*words[:4], ids[words[3]]] if words[1:3] == ["config", "set"] else words
        for words in commands(EXAMPLES / "adoption" / "README.md")
    ]
    adoption = stack_of("adoption")
    since = len(fake_aliyun.requests())
    done = results(adoption, lines)
    assert done["preview"].output.count("is taken over as it is") >= 2
    assert writes(fake_aliyun, since) == []
    resources = adoption.resources()
    assert (resources["capacity"]["id"], resources["server"]["id"]) == (reservation, instance)
    assert adoption.outputs()["used_amount"] == 1
    adoption.destroy()
    assert [each["id"] for each in alive(fake_aliyun, "instances")] == [neighbour]


@pytest.mark.parametrize("project", PROJECTS, ids=str)
def test_an_example_says_what_it_needs(project: Path) -> None:
    """Its requirements lead to this repository, its README runs it, and its project has a description."""
    folder = EXAMPLES / project
    top = EXAMPLES / project.parts[0]
    requirements = (top / "requirements.txt").read_text().split("\n")
    assert (top / "../..").resolve() == REPOSITORY and "../.." in requirements
    assert ("pulumi-alicloud>=4,<5" in requirements) == any(
        "pulumi_alicloud" in path.read_text() for path in top.rglob("*.py")
    )
    assert yaml.safe_load((folder / "Pulumi.yaml").read_text())["description"].endswith(".")
    assert f"]({project.parts[0]}/)" in (EXAMPLES / "README.md").read_text()
