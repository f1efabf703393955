"""What the provider's process has learnt of the run that it serves: of the program, of the state, of its own deeds.

A process serves one operation of the engine, so this begins empty and is never stored.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Collection, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import aftermath, bridge, cloud
from .attempts import Attempt, Kind
from .hidden import ATTEMPT, IDENTITY, PASSED, RUN, Hint, Places, highest, origin_of
from .record import Record, State

if TYPE_CHECKING:
    from .bridge import Operation

STARTED = time.monotonic()
"""When this process began."""


@dataclass
class Run:
    """All of it; `this` is the one that counts."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    salt: str = field(default_factory=lambda: secrets.token_hex(8))

    # What the program has told, and what earlier runs have left in the state.
    name: str = ""
    hints: dict[str, Hint] = field(default_factory=dict)
    """By URN, what only the program can know of a resource."""
    coming: set[str] | None = None
    """The names under which this run may buy; None if the program hasn't told."""
    nameless: set[str] = field(default_factory=set)
    """The attempts whose outcome the state held when the run began, without telling its id."""
    regions: set[str] = field(default_factory=set)
    """Where marks of this stack may be."""
    before: Record = field(default_factory=lambda: Record({}))
    """What the run before this one left in the state,"""
    record: Record = field(default_factory=lambda: Record({}))
    """and what this one leaves."""
    look: aftermath.Look | None = None

    # What the engine has shown of the state.
    identity: str = ""
    fresh: set[str] = field(default_factory=set)
    """Identities made by this very run: nothing bears their mark but what this run has bought."""
    state: State = field(default_factory=State)
    held: set[str] = field(default_factory=set)
    """The ids that the state holds, or the program has given."""
    unknown: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By id, what the diff has found that the state doesn't know."""

    # What this run has done.
    made: dict[tuple[Kind, str], set[str]] = field(default_factory=dict)
    """The ids that it has bought, or found where an interrupted run had bought them; by kind and region."""
    named: set[str] = field(default_factory=set)
    """The ids among them that the engine gets to know."""
    done: set[str] = field(default_factory=set)
    """The names under which it has bought,"""
    failed: set[str] = field(default_factory=set)
    """and those under which it couldn't."""
    marked: dict[tuple[Kind, str], Future[dict[str, str]]] = field(default_factory=dict)
    """What bore a mark when it was first looked for, or will turn out to."""
    arrived: dict[str, int] = field(default_factory=dict)
    """By name, the latest creation of interrupted runs that has been seen in the cloud."""


this = Run()


# ---- what the program says of one resource -------------------------------------------------------------------


def take_hint(urn: str, news: dict[str, Any]) -> None:
    """Take this run's hidden hint off the inputs, and remember it for the creation that may follow."""
    if told := news.pop(RUN, None):
        this.hints[urn] = told


def hint(urn: str) -> Hint:
    """What the program says of a resource; nothing if it is no part of it."""
    return this.hints.get(urn, {})


def hidden(urn: str) -> Collection[str]:
    """The arguments that were outputs in the program: they may be secret, and no message shows them."""
    return hint(urn).get("hidden", ())


def sealed(urn: str) -> Collection[str]:
    """The arguments that were outputs as a whole: their keys, too, may be secret."""
    return hint(urn).get("sealed", ())


def pool(urn: str) -> Places | None:
    """What the program makes of the pool that this instance is in already; see `ecs_pools.places`."""
    return hint(urn).get("pool")


def is_preview(urn: str) -> bool:
    """Whether the program is only previewed: then it doesn't ask which creation the next one is."""
    return "creation" not in hint(urn)


def is_known(urn: str) -> bool:
    """Whether the state had this resource when the run began; said of those with an adopt_id."""
    return hint(urn).get("known", False)


def is_protected(urn: str) -> bool:
    """Whether the engine refuses to replace it."""
    return hint(urn).get("protected", False)


def is_kept(urn: str) -> bool:
    """Whether the user has asked for this resource to be retained or protected."""
    return hint(urn).get("kept", False)


# ---- what the engine shows of the state ----------------------------------------------------------------------


def held(resource_id: str, operation: Operation, outputs: Mapping[str, Any]) -> None:
    """The engine has named this id: its state holds it, and the attempt that it came of."""
    this.held.add(resource_id)
    for origin, number in highest([str(outputs.get(ATTEMPT, ""))]).items():
        this.state.numbers[origin] = max(this.state.numbers.get(origin, -1), number)
        inputs = bridge.old_inputs(operation, hidden=True) or {}
        this.state.passed[origin] = str(inputs.get(PASSED) or "")


def adopted(resource_id: str) -> None:
    """The program has given this id itself."""
    this.held.add(resource_id)


def named(resource_id: str) -> None:
    """The engine gets to know this id, whatever comes of the rest of its creation."""
    this.named.add(resource_id)


def is_held(resource_id: str) -> bool:
    """Whether this stack has it already."""
    return resource_id in this.held or any(resource_id in made for made in this.made.values())


def passed(olds: Mapping[str, Any]) -> dict[str, str]:
    """The hidden input which says that this run came past."""
    name = this.name or str(olds.get(PASSED) or "")
    return {PASSED: name} if name else {}


# ---- what interrupted runs have left -------------------------------------------------------------------------


def is_after_interruption() -> bool:
    """Whether the last run didn't come to its end: killed, failed, or cancelled."""
    return this.before.unfinished


def seen(operation: Operation, kind: str, region_id: str, resource_id: str) -> cloud.Item | None:
    """What the cloud shows of a resource of the state as this run begins; None if it isn't there.

    Raises:
        KeyError: Nobody looks: it is a preview, or a state that doesn't tell its ids.
    """
    if is_preview(operation.urn):
        raise KeyError(resource_id)
    if this.look is not None:
        return this.look.of(resource_id)
    if this.coming is not None:
        raise KeyError(resource_id)
    # With --target the identity may be none of the targets, and nobody has told what the state holds.
    return aftermath.patiently(operation, kind, region_id, resource_id)


def remember_unknown(resource_id: str, unknown: Mapping[str, Any]) -> None:
    """Keep for the update what the diff has found that the state doesn't know."""
    this.unknown[resource_id] = dict(unknown)


def unknown_to_state(resource_id: str) -> dict[str, Any]:
    """What the diff has found of it that the state doesn't know."""
    return this.unknown.get(resource_id, {})


def has_arrived(attempt: Attempt) -> None:
    """What an interrupted run has asked for has been carried out."""
    with this.lock:
        this.arrived[attempt.origin] = max(this.arrived.get(attempt.origin, -1), attempt.number)


# ---- what names this run's calls -----------------------------------------------------------------------------


def attempt(operation: Operation, inputs: Mapping[str, Any]) -> Attempt:
    """The attempt that a creating call of the engine stands for."""
    told = hint(operation.urn)
    origin = told.get("origin") or origin_of(operation.urn)
    order = this.record.orders.get(origin) or this.before.orders.get(origin)
    return Attempt(
        identity=str(inputs.get(IDENTITY) or ""),
        origin=origin,
        number=max(int(told.get("creation", 0)), int(order["number"]) if order else 0),
        kept=told.get("kept", False),
    )


def change_token(operation: Operation, wanted: Mapping[str, Any], name: str) -> str:
    """The ClientToken of a change in place that costs money: the same for the same change of the same run."""
    change = f"{this.salt}/{operation.urn}/{name}/{wanted.get(name)!r}"
    return hashlib.sha256(change.encode()).hexdigest()[:48]
