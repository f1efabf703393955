"""The matrix: every writing call of every operation, at every moment, by every kind of death."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import model
from harness import LOWEST, NEWEST
from trial import READS, Resources, Trial, instance, order, reservation, whole

STALL_S = 2.0

_KEPT: Resources = {"keeper": reservation(name="keeper")}
_PLAIN: Resources = {
    "reservation": reservation(tags={"stage": "one"}),
    "instance": instance(instance_name="one", tags={"stage": "one"}),
    "order": order(subscription_type="Subscription", period=1, renew_status="NotRenewal"),
}
_CHANGED: Resources = {
    "reservation": reservation(instance_amount=3, description="two", tags={"stage": "two"}),
    "instance": instance(instance_type="ecs.g6.xlarge", instance_name="two", tags={"stage": "two"}),
    "order": order(subscription_type="Subscription", period=1, renew_status="AutoRenewal", renew_period=1),
}
_OTHER: Resources = {
    "reservation": reservation(zone_id="cn-hangzhou-i", tags={"stage": "one"}),
    "instance": instance(image_id="ubuntu_22_04_x64_20G_alibase_20250114.vhd", tags={"stage": "one"}),
    "order": order(
        subscription_type="Subscription", period=1, renew_status="NotRenewal", product_type="waf_v2"
    ),
}
_BUY = ("CreateCapacityReservation", "RunInstances", "CreateInstance")
_GIVE_BACK = ("ReleaseCapacityReservation", "StopInstance", "ReleaseInstance")


@dataclass(frozen=True)
class Life:
    """An operation on all three resources, and the calls that it writes with, those of one moment together."""

    name: str
    before: Resources
    after: Resources | None
    """None: the command is `destroy`."""
    calls: tuple[tuple[str, ...], ...]


LIVES = (
    Life("first", {}, _PLAIN, (_BUY, ("SetRenewal",), ("UntagResources",))),
    Life("create", _KEPT, {**_KEPT, **_PLAIN}, (_BUY, ("SetRenewal",), ("UntagResources",))),
    Life(
        "update",
        _PLAIN,
        _CHANGED,
        (
            ("ModifyCapacityReservation", "ModifyInstanceAttribute", "SetRenewal"),
            ("TagResources",),
            ("StopInstance",),
            ("ModifyInstanceSpec",),
            ("StartInstance",),
        ),
    ),
    Life(
        "replace",
        _PLAIN,
        _OTHER,
        (_BUY, ("SetRenewal",), _GIVE_BACK, ("DeleteInstance",), ("UntagResources",)),
    ),
    Life("delete", {**_KEPT, **_PLAIN}, _KEPT, (_GIVE_BACK, ("DeleteInstance",))),
    Life("destroy", _PLAIN, None, (_GIVE_BACK, ("DeleteInstance",))),
)
# Before it is sent; sent, and done after the death; done, but not answered; answered, but not written; in the wait.
MOMENTS = ("before", "late", "done", "answered", "waiting")


@dataclass(frozen=True)
class Cell:
    """One cell of the matrix."""

    life: Life
    calls: tuple[str, ...]
    moment: str
    death: str
    recovery: str
    venv: Path = NEWEST

    @property
    def title(self) -> str:
        """What it is called."""
        sdk = "/lowest SDK" if self.venv == LOWEST else ""
        return f"{self.life.name}/{'+'.join(self.calls)}/{self.moment}/{self.death}/{self.recovery}{sdk}"


def cells() -> Iterator[Cell]:
    """Every call at every moment by both kinds of SIGKILL, and a sample by the other deaths.

    What an engine that is killed alone leaves is put right by the usual command; what a death of all leaves,
    by an `up` of the program as it was, by `destroy`, and by an `up` of an empty program, in turn. The same calls
    in a stack's first run, and in a `destroy`, get the second alone. A sample runs on the lowest SDK.
    """
    others = itertools.cycle(itertools.product(["interrupt", "provider"], ["done", "waiting", "before"]))
    for life in LIVES:
        ways = ["back", "destroy", "gone"] if life.before else ["destroy", "gone"]
        recoveries = itertools.cycle(ways if life.after is not None else ["destroy", "back"])
        usual = "up" if life.after is not None else "destroy"
        again = life.name in {"first", "destroy"}
        for calls in life.calls:
            settling = calls == ("UntagResources",)
            moments = MOMENTS[:-1] if settling else MOMENTS  # nothing waits for the taking off of marks
            for moment in moments:
                if not again and moment != "late":
                    yield Cell(life, calls, moment, "engine", usual)
                yield Cell(life, calls, moment, "all", next(recoveries))
            if not settling:
                venv = LOWEST if again else NEWEST
                yield Cell(life, calls, "done", "all", usual, LOWEST)
                yield Cell(life, calls, "lost answer", "none", usual, venv)
                for death, moment in itertools.islice(others, 1 if again else 2):
                    yield Cell(life, calls, moment, death, usual, venv)


def run(cell: Cell) -> Trial:
    """Try a cell, and hold the model of the engine against it; the trial knows what came of it.

    Where the model does otherwise, the cell is tried once more: what a slow machine does is no fault of the model.
    Not compared is Ctrl-C in an update: how far a change of type goes on, to leave its instance running, hangs on
    the time.
    """
    compared = (cell.life.name, cell.death) != ("update", "interrupt")
    trial, otherwise = tried(cell, compared=compared)
    if otherwise and trial.count.good:
        trial, otherwise = tried(cell, compared=True)
        for text in otherwise:
            trial.fault(text)
    return trial


def tried(cell: Cell, *, compared: bool = False) -> tuple[Trial, list[str]]:
    """The trial of a cell, and, if it is compared, what the model does otherwise."""
    otherwise: list[str] = []

    def attempt() -> Trial:
        trial = Trial(cell.title, venv=cell.venv)
        otherwise[:] = _tried(trial, cell, compared=compared)
        return trial

    return whole(attempt), otherwise


def _tried(trial: Trial, cell: Cell, *, compared: bool) -> list[str]:
    try:
        trial.count.moments = len(cell.calls)
        _interrupted(trial, cell)
        dead = model.seen(trial)
        _recovered(trial, cell)
        if compared:
            return model.differences(trial, cell, dead)
    except Exception as error:  # noqa: BLE001 - the sweep goes on, and shows it
        trial.fault(f"{type(error).__name__}: {error}")
    finally:
        trial.close()
    return []


def _command(life: Life) -> str:
    return "destroy" if life.after is None else "up"


def _interrupted(trial: Trial, cell: Cell) -> None:
    life = cell.life
    if life.before:
        trial.program(life.before)
        trial.run("up")
    if life.after is not None:
        trial.program(life.after)
    if cell.moment == "lost answer":
        _faults(trial, cell, reset=True, after_action=True)
        trial.run(_command(life))
        if trial.fake.faults.left():
            trial.fault("the command ended without the call")
            trial.fake.faults.clear()
        return
    if cell.moment == "waiting":
        _killed_in_wait(trial, cell)
        return
    stall = {
        "before": {"reset": True, "stall_s": STALL_S},
        "late": {"stall_s": STALL_S},
        "done": {"stall_s": STALL_S, "after_action": True},
        "answered": {"stall_s": 0.4, "after_action": True},
    }[cell.moment]
    _faults(trial, cell, **stall)
    process = trial.start(_command(life))
    if not trial.reaches_faults(process):
        trial.fault(f"the command ended without the call\n{trial.stack.printed()}")
    if cell.moment == "answered":
        trial.pause(process)
        trial.quiet(0.8)
    elif cell.moment == "done":
        time.sleep(0.1)
    trial.kill(process, cell.death)


def _killed_in_wait(trial: Trial, cell: Cell) -> None:
    names = ("pending", "starting", "stopping", "preparing", "creating")
    trial.fake.settings(times=dict.fromkeys(names, 2.5))
    seen = len(trial.fake.requests())
    process = trial.start(_command(cell.life))
    deadline = time.monotonic() + 60
    while not set(cell.calls) <= {each["action"] for each in trial.fake.requests(since=seen)}:
        if process.poll() is not None or time.monotonic() > deadline:
            trial.fault(f"the command ended without the call\n{trial.stack.printed()}")
            break
        time.sleep(0.02)
    time.sleep(0.1)
    trial.kill(process, cell.death)
    trial.fake.settings(times={})


def _faults(trial: Trial, cell: Cell, **fault: Any) -> None:
    for call in cell.calls:
        trial.fake.faults.add(call, **fault)


def _recovered(trial: Trial, cell: Cell) -> None:
    if cell.recovery == "gone":
        trial.program({})
    elif cell.recovery == "back":
        trial.program(cell.life.before)
        trial.fake.clock.advance(300)  # sooner, an instance's type isn't changed a second time
    trial.run("destroy" if cell.recovery == "destroy" else "up")
    if cell.moment == "late":
        trial.quiet(STALL_S)
    if cell.recovery in {"destroy", "gone"}:
        trial.destroyed(f"after {cell.recovery}")
    else:
        trial.judge("after up")


def reference(life: Life) -> Trial:
    """An undisturbed life: the calls that it writes with are those of the matrix."""
    trial = Trial(f"{life.name}/undisturbed")
    try:
        if life.before:
            trial.program(life.before)
            trial.run("up")
        seen = len(trial.fake.requests())
        if life.after is not None:
            trial.program(life.after)
        trial.run(_command(life))
        wrote = {each["action"] for each in trial.fake.requests(since=seen)}
        wrote = {action for action in wrote if not action.startswith(READS)}
        known = set(itertools.chain(*life.calls))
        if wrote != known:
            trial.fault(f"writes with {sorted(wrote)}, the matrix knows {sorted(known)}")
        if life.after is not None:
            trial.judge("after up")
            trial.run("destroy")
        trial.destroyed()
    finally:
        trial.close()
    return trial
