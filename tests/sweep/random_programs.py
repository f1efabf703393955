"""Random programs on the real engine: edits, renames, replacements, kills and faults; the promise is the invariant."""

from __future__ import annotations

import contextlib
import itertools
import random
import subprocess
import sys
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from disks import SmallDisk, small_disk
from trial import GROUPS, Resources, Trial, instance, order, reservation, whole

STEPS = 5
WRITES = (
    "CreateCapacityReservation",
    "RunInstances",
    "CreateInstance",
    "ModifyCapacityReservation",
    "ModifyInstanceAttribute",
    "TagResources",
    "UntagResources",
    "ReleaseCapacityReservation",
    "StopInstance",
    "DeleteInstance",
    "ReleaseInstance",
)
FAULTS: tuple[dict[str, Any], ...] = (
    {"code": "Throttling.User", "times": 2},
    {"code": "ServiceUnavailable"},
    {"reset": True},
    {"reset": True, "after_action": True},
    {"code": "InternalError", "after_action": True},
    {"code": "OperationDenied.NoStock"},
)


@dataclass(frozen=True)
class Part:
    """A resource of a program."""

    cls: str
    given: Mapping[str, Any]
    alias: str = ""
    """What says where it was before, in a program's own words."""
    after: str = ""
    """The name of one that it depends on."""
    group: str = ""
    """The component that it belongs to."""
    deleted_first: bool = False

    def written(self, names: Collection[str]) -> tuple[str, dict[str, Any]]:
        """As a program has it that has these."""
        options = [f"aliases=[pulumi.Alias({self.alias})]"] if self.alias else []
        options += [f"depends_on=[made[{self.after!r}]]"] if self.after in names else []
        options += [f"parent={self.group}"] if self.group else []
        options += ["delete_before_replace=True"] if self.deleted_first else []
        return self.cls, {**self.given, **({"opts": ", ".join(options)} if options else {})}


class Author:
    """Writes one program after the other, each an edit of the one before."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._numbers = itertools.count(1)
        self._parts: dict[str, Part] = {}
        self._add()
        self._past = [self._parts]

    @property
    def resources(self) -> Resources:
        """The program: what something depends on stands before it."""
        ordered: dict[str, Part] = {}

        def put(name: str) -> None:
            if name in self._parts and name not in ordered:
                put(self._parts[name].after)
                ordered[name] = self._parts[name]

        for name in self._parts:
            put(name)
        return {name: part.written(ordered) for name, part in ordered.items()}

    def edit(self) -> str:
        """Change one thing, and tell what."""
        edits = [self._add, self._add, self._change, self._change, self._replace, self._remove, self._back]
        edit = self._chance.choice([*edits, self._rename, self._move])
        self._parts = dict(self._parts)
        edit()
        self._past = [*self._past, self._parts][-3:]
        return edit.__name__.strip("_")

    def _add(self) -> None:
        make = self._chance.choice([reservation, reservation, instance, instance, order])
        number = next(self._numbers)
        cls, given = make() if make is order else make(tags={"number": str(number)})
        if make is reservation and self._chance.random() < _SELDOM:
            given |= {"region_id": "cn-beijing", "zone_id": "cn-beijing-h"}
        self._parts[f"r{number}"] = Part(
            cls,
            given,
            after=self._chance.choice(list(self._parts)) if self._parts and self._seldom() else "",
            group=self._chance.choice(GROUPS) if self._seldom() else "",
            deleted_first=self._seldom(),
        )

    def _seldom(self) -> bool:
        return self._chance.random() < _SELDOM

    def _some(self, *classes: str) -> str | None:
        names = [name for name, part in self._parts.items() if part.cls in classes]
        return self._chance.choice(names) if names else None

    def _set(self, name: str, **arguments: Any) -> None:
        part = self._parts[name]
        self._parts[name] = replace(part, given={**part.given, **arguments})

    def _change(self) -> None:
        if name := self._some("CapacityReservation", "EcsInstance"):
            what = self._chance.choice(["description", "tags"])
            number = self._chance.choice("123")
            self._set(name, **{what: f"edit {number}" if what == "description" else {"number": number}})

    def _replace(self) -> None:
        if name := self._some("CapacityReservation"):
            self._set(name, platform=self._chance.choice(["Linux", "Windows"]))
        if name := self._some("EcsInstance"):
            self._set(name, image_id=self._chance.choice(["image-1", "image-2"]))

    def _back(self) -> None:
        """Take the last edits back."""
        self._parts = self._chance.choice(self._past)

    def _remove(self) -> None:
        if len(self._parts) > 1 and (name := self._some("CapacityReservation", "EcsInstance", "BssInstance")):
            del self._parts[name]

    def _rename(self) -> None:
        if name := self._some("CapacityReservation", "EcsInstance"):
            new = f"r{next(self._numbers)}"
            self._parts[new] = replace(self._parts.pop(name), alias=f"name={name!r}")
            for other, part in self._parts.items():
                if part.after == name:
                    self._parts[other] = replace(part, after=new)

    def _move(self) -> None:
        """Into a component, or out of it."""
        if name := self._some("CapacityReservation", "EcsInstance", "BssInstance"):
            part = self._parts[name]
            group = self._chance.choice([each for each in ("", *GROUPS) if each != part.group])
            was = f"parent={part.group or 'pulumi.ROOT_STACK_RESOURCE'}"
            self._parts[name] = replace(part, group=group, alias=was)


_SELDOM = 0.25


def run_on_a_small_disk(seed: int) -> Trial:
    """Play a sequence on a disk that fills up while one of its commands runs."""
    with small_disk() as disk:
        if disk is None:
            sys.stderr.write("no disk can be filled up here: that takes root, and a system that mounts\n")
        return run(seed, disk)


def run(seed: int, disk: SmallDisk | None = None) -> Trial:
    """Play a sequence; the trial knows what came of it."""
    return whole(lambda: _played(seed, disk))


def _played(seed: int, disk: SmallDisk | None) -> Trial:
    trial = Trial(f"sequence {seed}", **({"backend": disk.folder} if disk else {}))
    chance = random.Random(seed)
    author = Author(chance)
    told: list[str] = []
    try:
        for _ in range(STEPS):
            told.append(author.edit())
            trial.program(author.resources)
            _step(trial, chance, told)
        if disk is not None and not _disk_fills_up(trial, disk, told):
            return trial
        trial.run("up")
        trial.judge(f"after {', '.join(told)}")
        trial.run("destroy")
        trial.destroyed(f"after {', '.join(told)}, destroy")
    except Exception as error:  # noqa: BLE001 - the sweep goes on, and shows it
        trial.fault(f"{', '.join(told)}: {type(error).__name__}: {error}")
    finally:
        trial.close()
    return trial


def _disk_fills_up(trial: Trial, disk: SmallDisk, told: list[str]) -> bool:
    """An `up` that finds no room for its state; False if the engine has cut its own file short over it."""
    told.append("up (full disk)")
    process = trial.start("up")
    _wait_for_a_purchase(trial, process)
    disk.fill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(200)
    trial.count.moments += 1
    trial.log.append(trial.stack.printed())
    disk.free()
    with contextlib.suppress(AssertionError):
        trial.stack.cancel()
    try:
        trial.recorded()
    except ValueError:
        sys.stderr.write(f"{trial.title}: the engine has cut its state short, which nobody can mend\n")
        return False
    return True


def _wait_for_a_purchase(trial: Trial, process: subprocess.Popen[bytes]) -> None:
    seen = len(trial.fake.requests())
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        if any(each["action"] in WRITES for each in trial.fake.requests(since=seen)):
            return
        time.sleep(0.01)


def _step(trial: Trial, chance: random.Random, told: list[str]) -> None:
    """One command, disturbed or not."""
    command = [chance.choice(["up", "up", "up", "up", "destroy", "refresh"])]
    kind = chance.choice(["kill", "kill", "kill", "fault", "none"])
    urns = sorted({each["urn"] for each in trial.recorded().values()})
    if command == ["up"] and urns and chance.random() < _SELDOM:
        for urn in chance.sample(urns, min(len(urns), chance.choice([1, 1, 2]))):
            command += ["--replace", urn]
    elif command != ["refresh"] and kind != "kill" and urns and chance.random() < _SELDOM:
        command += ["--target", chance.choice(urns)]  # killed, it is beyond what is promised
    told.append(f"{' '.join(command)[:20]} ({kind})")
    with contextlib.suppress(AssertionError):
        trial.stack.cancel()
    if kind == "kill":
        _killed(trial, chance, command)
    elif kind == "fault":
        for _ in range(2):
            trial.fake.faults.add(chance.choice(WRITES), **chance.choice(FAULTS))
        trial.run(*command, fails=None)
    else:
        trial.run(*command, fails=None)
    trial.fake.faults.clear()


def _killed(trial: Trial, chance: random.Random, command: list[str]) -> None:
    death = chance.choice(["engine", "all", "all", "provider", "interrupt", "interrupt twice"])
    for action in chance.sample(WRITES, 6):
        trial.fake.faults.add(action, stall_s=1.0, after_action=chance.random() < 0.7)
    planned = len(trial.fake.faults.left())
    process = trial.start(*command)
    _wait(trial, process, planned)
    time.sleep(chance.uniform(0.05, 0.4))
    if process.poll() is None:
        trial.count.moments += 1
        trial.log.append(
            f"killed by {death}, of the faults {planned - len(trial.fake.faults.left())} had struck"
        )
        trial.kill(process, death)
    else:
        trial.log.append(trial.stack.printed())
    trial.fake.faults.clear()
    trial.quiet(0.2)


def _wait(trial: Trial, process: subprocess.Popen[bytes], planned: int) -> None:
    deadline = time.monotonic() + 30
    while len(trial.fake.faults.left()) == planned and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
