"""One trial: a stack of its own on a fake cloud of its own, interrupted at a moment, and judged by what is left."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
from cloud_model import perform

from fake_aliyun import FakeAliyun
from harness import Stack, name_of

if TYPE_CHECKING:
    from typing_extensions import Self

MARK = "pulumi-aliyun-pending"
READS = ("Describe", "Query", "List", "Get")
KINDS = ("capacity_reservations", "instances", "bss_instances")
OURS = "pulumi-python:dynamic/aliyun:"
PATIENCE_S = 60.0

Resources = Mapping[str, tuple[str, Mapping[str, Any]]]
"""A program: the resources by name, each with its class and arguments.

`opts` is Python text, in which `made` has the resources before it, and GROUPS are components.
"""

GROUPS = ("group_1", "group_2")


def reservation(**arguments: Any) -> tuple[str, dict[str, Any]]:
    """A capacity reservation, with what a test doesn't care about filled in."""
    given = {"instance_type": "ecs.g6.large", "instance_amount": 2, "zone_id": "cn-hangzhou-h", **arguments}
    return "CapacityReservation", given


def instance(**arguments: Any) -> tuple[str, dict[str, Any]]:
    """An ECS instance, with what a test doesn't care about filled in."""
    given = {
        "instance_type": "ecs.g6.large",
        "image_id": "aliyun_3_x64_20G_alibase_20250117.vhd",
        "vswitch_id": "vsw-1",
        "security_group_ids": ["sg-1"],
        "force_stop": True,
        **arguments,
    }
    return "EcsInstance", given


def order(**arguments: Any) -> tuple[str, dict[str, Any]]:
    """A web application firewall bought by order, with what a test doesn't care about filled in."""
    given = {"product_code": "waf", "subscription_type": "PayAsYouGo", **arguments}
    return "BssInstance", given


def text_of(resources: Resources) -> str:
    """The program's text."""
    lines = ["import pulumi", "from pulumi_aliyun import BssInstance, CapacityReservation, EcsInstance"]
    everything = " ".join(str(arguments.get("opts", "")) for _, arguments in resources.values())
    groups = [group for group in GROUPS if group in everything]
    lines += [f"{group} = pulumi.ComponentResource('test:index:Group', {group!r})" for group in groups]
    lines.append("made = {}")
    for name, (cls, arguments) in resources.items():
        given = [f"{key}={value!r}" for key, value in arguments.items() if key != "opts"]
        if "opts" in arguments:
            given.append(f"opts=pulumi.ResourceOptions({arguments['opts']})")
        lines.append(f"made[{name!r}] = {cls}({', '.join([repr(name), *given])})")
    return "\n".join(lines) + "\n"


@dataclass
class Count:
    """What trials came to; all but the first three are to be 0."""

    moments: int = 0
    trials: int = 0
    commands: int = 0
    lost: int = 0
    doubled: int = 0
    asked: int = 0
    other: list[str] = field(default_factory=list)

    def add(self, more: Count) -> None:
        """Add another trial's count."""
        for name in ("moments", "trials", "commands", "lost", "doubled", "asked"):
            setattr(self, name, getattr(self, name) + getattr(more, name))
        self.other += more.other

    @property
    def good(self) -> bool:
        """Whether the promise held."""
        return not (self.lost or self.doubled or self.asked or self.other)


class Trial:
    """A stack, its cloud, and what went wrong so far."""

    def __init__(self, title: str, fake: FakeAliyun | None = None, **options: Any) -> None:
        self.title = title
        self.count = Count(trials=1)
        self.log: list[str] = []
        self.folder = Path(tempfile.mkdtemp(prefix="sweep-"))
        self._own_fake = fake is None
        self.fake = fake or FakeAliyun(profile="instant").start()
        self.stack = Stack(self.folder / "stack", environ=self.fake.environ, **options)
        self.resources: Resources = {}
        self.kinds: dict[str, str] = {}
        """The classes of all resources that ever were in the program, by name."""
        self.done: list[tuple[str, str]] = []
        """What the last command of `run` did, in order: name and operation of the engine."""
        self.torn = False
        """Whether a kill came while the engine wrote its state, and cut the file short: no provider can mend that."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all that this trial has started."""
        self.stack.kill_all()
        if self._own_fake:
            self.fake.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- commands -----------------------------------------------------------------------------------------------

    def program(self, resources: Resources) -> None:
        """Write the program."""
        self.resources = resources
        self.kinds |= {name: cls for name, (cls, _) in resources.items()}
        self.stack.program(text_of(resources))

    def run(self, *command: str, fails: bool | None = False) -> str:
        """Run an undisturbed command; a failure that isn't asked for is a fault of the promise."""
        self.count.commands += 1
        result = self.stack.operation(command[0], "--yes", "--skip-preview", *command[1:], fails=None)
        if "currently locked" in result.output:
            self.stack.cancel()
            result = self.stack.operation(command[0], "--yes", "--skip-preview", *command[1:], fails=None)
        if result.exit_code and "failed to load checkpoint" in result.output:
            self.torn = True
            raise ValueError(result.output)
        self.done = [(name, each) for name, found in result.operations.items() for each in found]
        self.log.append(f"$ {' '.join(command)} -> {result.exit_code}\n{result.output}")
        if "adopt_id" in result.output and "what to do" in result.output and fails is False:
            self.count.asked += 1
        elif fails is not None and (result.exit_code != 0) != fails:
            self.fault(f"`{' '.join(command)}` ended with {result.exit_code}")
        return result.output

    def fault(self, text: str) -> None:
        """Something is not as promised."""
        self.count.other.append(f"{self.title}: {text}")

    # ---- interruptions ------------------------------------------------------------------------------------------

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a command that is to be interrupted."""
        self.count.commands += 1
        self.log.append(f"$ {' '.join(command)} (to be interrupted)")
        return self.stack.start(command[0], "--yes", "--skip-preview", *command[1:])

    def reaches_faults(self, process: subprocess.Popen[bytes]) -> bool:
        """Wait until every planned fault has struck; False if the command ends before."""
        deadline = time.monotonic() + PATIENCE_S
        while self.fake.faults.left():
            if process.poll() is not None or time.monotonic() > deadline:
                self.fake.faults.clear()
                return False
            time.sleep(0.02)
        return True

    def kill(self, process: subprocess.Popen[bytes], how: str) -> None:
        """Interrupt a command: `engine`, `all`, `provider`, `interrupt` or `interrupt twice`."""
        if how.startswith("interrupt"):
            os.kill(process.pid, signal.SIGINT)
            if how == "interrupt twice":
                time.sleep(0.3)
                os.kill(process.pid, signal.SIGINT)
        elif how == "provider":
            self.kill_provider()
        else:
            self.stack.kill(process)
            if how == "all":
                self.kill_provider()
        if how not in {"engine", "all"}:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE_S)
            if process.poll() is None:
                self.fault(f"the command doesn't end after {how}")
        self.log.append(self.stack.printed())
        try:
            self.recorded()
        except ValueError:
            self.torn = True
            raise

    def kill_provider(self) -> None:
        """Kill the process that serves the dynamic resources."""
        for found in self.stack.provider_processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                found.kill()

    def pause(self, process: subprocess.Popen[bytes]) -> None:
        """Stop the engine where it is: answers reach it, and it does nothing about them."""
        os.killpg(process.pid, signal.SIGSTOP)

    def quiet(self, seconds: float = 0.7) -> None:
        """Wait until no call has reached the cloud for a while."""
        seen, since = -1, time.monotonic()
        deadline = since + PATIENCE_S
        while time.monotonic() - since < seconds and time.monotonic() < deadline:
            now = len(self.fake.requests())
            if now != seen:
                seen, since = now, time.monotonic()
            time.sleep(0.05)

    def outside(self, action: str, **parameters: Any) -> None:
        """Call ECS as somebody else might, past the engine."""
        perform(self.fake, "Ecs", action, {"RegionId": "cn-hangzhou", **parameters})

    # ---- judging ------------------------------------------------------------------------------------------------

    def live(self) -> dict[str, dict[str, Any]]:
        """All that is alive in the cloud, by id."""
        items = (item for kind in KINDS for item in self.fake.state()[kind])
        return {item["id"]: item for item in items if item["status"] not in {"Released", "Expired"}}

    def recorded(self) -> dict[str, dict[str, Any]]:
        """What the state holds, by id: old halves of replacements as well."""
        stacks = (self.stack.backend / ".pulumi" / "stacks").glob(f"*/{self.stack.name}.json")
        deployment = json.loads(next(stacks).read_text())["checkpoint"].get("latest") or {}
        return {
            each["id"]: each
            for each in deployment.get("resources") or []
            if each["type"].startswith(OURS) and not each.get("external") and "Identity" not in each["type"]
        }

    def judge(self, when: str, others: Iterable[Trial] = (), unmarked: bool = True) -> None:
        """State and cloud match one to one, the program's wishes hold, and no mark is left."""
        recorded, live = self.recorded(), self.live()
        elsewhere = {key for other in others for key in other.recorded()}
        lost = {key for key in live if key not in recorded and key not in elsewhere}
        gone = {key for key in recorded if key not in live}
        if gone:
            self.fault(f"{when}: in the state, but not in the cloud: {sorted(gone)}")
        if lost:
            self.fault(f"{when}: in the cloud, but not in the state: {sorted(lost)}")
            kinds = {live[key]["id"].split("-")[0] for key in lost}
            doubled = [key for key in lost if any(r.split("-")[0] in kinds for r in recorded)]
            self.count.doubled += len(doubled)
            self.count.lost += len(lost) - len(doubled)
        names = sorted(name_of(each["urn"]) for each in recorded.values())
        if names != sorted(self.resources):
            self.fault(f"{when}: the state has {names}, the program {sorted(self.resources)}")
        by_name = {name_of(each["urn"]): live.get(key) for key, each in recorded.items()}
        for name, (_, arguments) in self.resources.items():
            if item := by_name.get(name):
                self._holds(when, name, arguments, item)
        if unmarked:
            marked = [key for key in recorded if MARK in (live.get(key, {}).get("tags") or {})]
            if marked:
                self.fault(f"{when}: still marked: {marked}")

    def _holds(self, when: str, name: str, arguments: Mapping[str, Any], item: Mapping[str, Any]) -> None:
        for key, wanted in arguments.items():
            has = item.get(_SEEN_AS.get(key, key), wanted)
            if key == "tags":
                has = {tag: value for tag, value in has.items() if tag != MARK}
            if key in COMPARED and has != wanted:
                self.fault(f"{when}: {name}.{key} is {has!r}, not {wanted!r}")

    def destroyed(self, when: str = "after destroy", others: Iterable[Trial] = ()) -> None:
        """Nothing of this stack is alive, and the state is empty."""
        elsewhere = {key for other in others for key in other.recorded()}
        left = [key for key in self.live() if key not in elsewhere]
        if left:
            self.count.lost += len(left)
            self.fault(f"{when}: still alive: {left}")
        if self.recorded():
            self.fault(f"{when}: still in the state: {sorted(self.recorded())}")


def whole(attempt: Callable[[], Trial]) -> Trial:
    """Make a trial, and make it again if the engine's own file was torn in it."""
    for _ in range(2):
        if not (trial := attempt()).torn:
            return trial
    return attempt()


COMPARED = frozenset(
    {
        "name",
        "description",
        "instance_amount",
        "instance_type",
        "instance_name",
        "tags",
        "status",
        "renew_status",
        "zone_id",
        "product_code",
    }
)
_SEEN_AS: dict[str, str] = {}
