"""The model of the engine (tests/provider/engine_model.py), held against the real one after each trial of the matrix.

When its command died, a trial shows how many writing calls of each kind were carried out, and what the engine had
recorded. The same life is played on the model and dies there, too; then the model has to write, do and leave what
the real engine did. A life's resources are of different kinds and don't depend on each other: each kind is compared
by itself, and the calls about each resource in their order, whatever the engine did at the same time.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import pytest
from cloud_model import CloudModel
from engine_model import Engine, Entry, Killed, Wish, as_sent

from fake_aliyun import FakeAliyun, gateway
from fake_aliyun.operations import VERSIONS
from harness import name_of
from pulumi_aliyun.bss_instance import BssInstanceProvider
from pulumi_aliyun.capacity_reservation import CapacityReservationProvider
from pulumi_aliyun.ecs_instance import EcsInstanceProvider
from pulumi_aliyun.errors import AliyunError, ApiError, Interrupted
from trial import COMPARED, KINDS, MARK, READS, Resources, Trial

if TYPE_CHECKING:
    from moments import Cell

PROVIDERS = {
    "CapacityReservation": CapacityReservationProvider(),
    "EcsInstance": EcsInstanceProvider(),
    "BssInstance": BssInstanceProvider(),
}
_one_at_a_time = threading.Lock()  # the model patches modules

# ---- what is compared ----------------------------------------------------------------------------------------------

_written: WeakKeyDictionary[Any, list[tuple[str, str, str]]] = WeakKeyDictionary()
"""By cloud: the kind, the action, and all that was asked and answered, where the ids are."""
_perform = gateway._perform


def _observed(call: gateway.Call, *arguments: Any) -> Any:
    """Carry out a call, of whichever engine, and remember it if it writes."""
    reply, request = _perform(call, *arguments), call.request
    if not request.action.startswith(READS):
        action, given = _ONE.get(request.action, request.action), request.business
        kind = _kind(VERSIONS[request.version], action, given)
        about = _shared_by(request.action, given) or [f"{given} {reply.body!r}"]
        _written.setdefault(call.cloud, []).extend((kind, action, text) for text in about)
    return reply


gateway._perform = _observed  # the journal tells when a call was answered, not when it was carried out

_ONE = {"StopInstances": "StopInstance", "DeleteInstances": "DeleteInstance"}
"""Who asks for the same at the same moment shares a call, and in the model nothing happens at the same moment."""


def _shared_by(action: str, given: Mapping[str, str]) -> list[str]:
    """The ids of those that would each have made a call of their own."""
    if action == "ReleaseInstance":
        return given.get("InstanceIds", "").split(",")
    return [value for key, value in given.items() if key.startswith("InstanceId.")] if action in _ONE else []


def _kind(product: str, action: str, given: Mapping[str, Any]) -> str:
    if product != "Ecs":
        return "BssInstance"
    found = "CapacityReservation" in action or given.get("ResourceType") == "capacityreservation"
    return "CapacityReservation" if found else "EcsInstance"


_Kind = tuple[int, list[list[str]], list[str], list[str]]
Seen = dict[str, _Kind]
"""By kind: how many calls wrote; which ones, about each; what the last command did; what is recorded and alive."""
_DONE = {"create-replacement": "create", "replace": "", "delete-replaced": "delete", "same": ""}


def seen(trial: Trial) -> Seen:
    """What a trial shows."""
    entries = [
        (name_of(each["urn"]), "delete" in each, "initErrors" in each, each["inputs"], each["id"])
        for each in trial.recorded().values()
    ]
    return _seen(trial.fake, trial.kinds, [(name, _DONE.get(op, op)) for name, op in trial.done], entries)


def _seen(fake: FakeAliyun, kinds: Mapping[str, str], done: Collection[Any], entries: Iterable[Any]) -> Seen:
    there: dict[str, list[str]] = {kind: [] for kind in PROVIDERS}
    calls, living = list(_written.get(fake.cloud, [])), set()
    about: dict[str, list[list[str]]] = {kind: [] for kind in PROVIDERS}
    items = fake.state()
    for kind, plural in zip(PROVIDERS, KINDS, strict=True):
        for item in items[plural]:
            about[kind].append([action for _, action, text in calls if item["id"] in text])
            if item["status"] not in {"Released", "Expired"}:
                living.add(item["id"])
                tags = {key: "" if key == MARK else value for key, value in item["tags"].items()}
                there[kind].append(f"alive: {_shown({**item, 'tags': tags})}".replace(item["id"], "its id"))
    for name, old, failed, inputs, key in entries:
        there[kinds[name]].append(f"recorded: {name} {old=} {failed=} {_shown(inputs)} {key in living}")
    ops = {name: [op for of, op in done if of == name and op] for name in kinds}
    return {
        kind: (
            sum(of == kind for of, _, _ in calls),
            sorted(about[kind]),
            sorted(f"{name}: {ops[name]}" for name in kinds if kinds[name] == kind),
            sorted(there[kind]),
        )
        for kind in PROVIDERS
    }


def _shown(item: Mapping[str, Any]) -> Any:
    return as_sent({key: item[key] for key in sorted(COMPARED & item.keys())})


# ---- the model, with a death that strikes each kind at a call of its own -------------------------------------------


@dataclass
class Cut:
    """How far a command comes: the writing calls that are left, by kind, and the steps that each resource records."""

    calls: Counter[str]
    steps: int
    late: tuple[str, ...] = ()
    """The calls that are carried out although their sender is dead."""
    late_s: float = 0.0
    gently: int | None = None
    """By Ctrl-C: what is under way ends with an error, after so many more looks at what it waits for."""
    at_last: bool = False
    """Whether all was gone already, the identity, too."""
    struck: bool = False
    recorded: Counter[str] = field(default_factory=Counter)
    looks: Counter[str] = field(default_factory=Counter)


class _Cloud(CloudModel):
    cut: Cut | None = None
    lost: tuple[str, ...] = ()
    """The calls whose first answer gets lost."""
    at = ""
    """The kind that is being worked on; none at the end of a run."""

    def call(self, product: str, action: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Make a call, if its sender still lives."""
        cut, kind = self.cut, _kind(product, action, given)
        if action in self.lost:
            self.lost = tuple(each for each in self.lost if each != action)
            super().call(product, action, given)
        if cut and cut.gently is not None and self.at and cut.calls[kind] <= 0:
            cut.looks[kind] += 1
            if cut.looks[kind] > cut.gently:
                raise Interrupted("the run was cancelled")
        if cut and not action.startswith(READS):
            cut.calls[kind] -= 1
            if cut.calls[kind] < 0:
                cut.struck = True
                if action in cut.late:
                    at = self.fake.clock.now() + cut.late_s
                    self._late.append((at, lambda: self._arrives(product, action, given)))
                if self.at:
                    raise Killed
                return {}  # nobody is left to hear it
        return super().call(product, action, given)

    def _arrives(self, product: str, action: str, given: Mapping[str, Any]) -> None:
        with contextlib.suppress(ApiError):
            self._perform(product, action, given)


class _Engine(Engine):
    cloud: _Cloud
    name = ""
    kinds: Mapping[str, str]

    def _alone(self, name: str, step: Callable[[], None]) -> None:
        """What is struck doesn't end the others, which the real engine has under way at the same time."""
        if self.cloud.at or self.cloud.cut is None:
            step()
            return
        self.cloud.at, self.name = self.kinds[name], name
        try:
            step()
        except (Killed, AliyunError):
            self.cloud.cut.struck = True
        finally:
            self.cloud.at = ""

    def is_to_record(self) -> None:
        """Die before a step is recorded, if it is that one's turn; no run ends where a step is left."""
        if (cut := self.cloud.cut) is None:
            return
        cut.recorded[self.name] += bool(self.cloud.at)
        if cut.recorded[self.name] > cut.steps if self.cloud.at else cut.struck:
            raise Killed

    def _register(self, name: str, wish: Wish, hint: dict[str, Any], *, forced: bool) -> None:
        register = super()._register
        self._alone(name, lambda: register(name, wish, hint, forced=forced))

    def _delete_half(self, half: tuple[str, Entry]) -> None:
        delete = super()._delete_half
        self._alone(half[0], lambda: delete(half))

    def _delete_whole(self, name: str) -> None:
        delete = super()._delete_whole
        self._alone(name, lambda: delete(name))

    def _delete_identity(self) -> None:
        cut = self.cloud.cut
        if cut is None or (cut.at_last and not self.state):
            super()._delete_identity()

    def _end(self) -> None:
        if not (self.cloud.cut and self.cloud.cut.struck):
            super()._end()


def _play(cell: Cell, kinds: Mapping[str, str], dead: Seen, cut: Cut | None) -> tuple[Seen, Seen]:
    """Play a cell's life; what is seen after the command that dies, and in the end."""
    with pytest.MonkeyPatch.context() as patch:
        cloud = _Cloud(patch, FakeAliyun(profile="instant"))
        engine = _Engine(patch, begins=cloud.begins)
        engine.cloud, engine.kinds, engine.at_step = cloud, kinds, engine.is_to_record

        def run(program: Resources | None, wait: float = 0.0) -> Seen:
            with contextlib.suppress(Killed, AliyunError):
                if program is None:
                    engine.destroy()
                else:
                    engine.up({name: Wish(PROVIDERS[cls], given) for name, (cls, given) in program.items()})
            cloud.sleep(wait)
            found = [(name, False, entry) for name, entry in engine.state.items()]
            found += [(name, True, entry) for name, entry in engine.old_halves]
            entries = [(name, old, each.failed, each.inputs, each.id) for name, old, each in found]
            done = [(name, "create" if op == "replace" else op) for op, name in engine.done]
            return _seen(cloud.fake, kinds, done, entries)

        before = run(cell.life.before)
        if cut is None:
            cloud.lost = cell.calls
        else:
            cut.calls.update({kind: dead[kind][0] - before[kind][0] for kind in PROVIDERS})
        cloud.cut = cut
        at_death = run(cell.life.after)
        cloud.cut = None
        recoveries = {"gone": {}, "back": cell.life.before, "destroy": None, "up": cell.life.after}
        return at_death, run(recoveries[cell.recovery], wait=20.0)


def _alike(model: _Kind, real: _Kind, cell: Cell) -> bool:
    """Whether both came to the same; a provider whose engine was killed may have made its last call twice."""
    if cell.death != "engine":
        return model == real
    (_, told, *rest), (_, made, *end) = model, real
    once = [sorted([*dict.fromkeys(each)] for each in calls) for calls in (told, made)]
    return rest == end and once[0] == once[1]


def _deaths(cell: Cell) -> Iterator[Cut | None]:
    """The ways in which a cell's command may have died; what the trial has seen then tells which it was."""
    if cell.death == "none":
        yield None
        return
    if cell.death == "interrupt":
        for looks in range(_MOST_LOOKS):
            yield Cut(Counter(), _ALL, gently=looks)
    # Where the engine is killed alone, its provider may go on a little. A call is late by the time of the fault,
    # but nobody knows when the next command began.
    further = range(3) if cell.death == "engine" else range(1)
    late = (
        [((), 0.0), *((cell.calls, at) for at in (0.1, 2.0, 0.6, 4.0))]
        if cell.moment == "late"
        else [((), 0.0)]
    )
    ends = (False, True) if cell.life.after is None else (False,)
    for at_last, more, (calls, at), steps in itertools.product(ends, further, late, range(4)):
        yield Cut(Counter(dict.fromkeys(PROVIDERS, more)), steps, calls, at, at_last=at_last)


_ALL = 99
_MOST_LOOKS = 6


def differences(trial: Trial, cell: Cell, dead: Seen) -> list[str]:
    """What the model does otherwise than the real engine did in this trial; nothing, as it should be.

    Args:
        trial: After its last command.
        cell: What it was about.
        dead: What was seen of it when its command had died.
    """
    real, left, tried = seen(trial), set(PROVIDERS), dict[str, Any]()
    with _one_at_a_time:
        for cut in _deaths(cell):
            at_death, end = _play(cell, trial.kinds, dead, cut)
            for kind in sorted(left):
                if cut is None or at_death[kind][3] == dead[kind][3]:
                    tried[kind] = end[kind]
                    if _alike(end[kind], real[kind], cell):
                        left.remove(kind)
            if not left:
                break
    return [
        f"the model does otherwise with {kind}:\n  dead: {dead[kind]}\n  engine: {real[kind]}\n"
        f"  model: {tried.get(kind)}"
        for kind in sorted(left)
    ]
