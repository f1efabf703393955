"""The end of a run: take marks off what the engine has recorded, and let go of what nobody wants.

What bears a mark of this stack, isn't in its state, wasn't made in this run and isn't asked for by the program was
left by an interrupted run. docs/exactly-once.md has the reasoning.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from . import bridge, run
from .attempts import KINDS, RECLAIM, Attempt
from .errors import AliyunError
from .own_state import is_written_at_the_end

if TYPE_CHECKING:
    from .attempts import Kind
    from .bridge import Operation
    from .record import OpenOrder, Record

WAITED_S = 6.0
"""How long to wait at most when the run is over: ten seconds after its word, the engine kills the provider."""

SUSPICIOUS_S = 20.0
"""After such a silence the engine may have tried in vain to write its state: it gives up after half a minute."""

ON_ITS_WAY_S = 10.0
"""How long a call that an interrupted run has sent may take to be carried out: as long as a call waits."""


def settle() -> None:
    """Do so when the engine has recorded all, and wait for what may still arrive."""
    operation = bridge.Operation()
    until = time.monotonic() + WAITED_S
    made_is_recorded = not is_written_at_the_end() and bridge.silence_s() < SUSPICIOUS_S
    _clean_up(operation, made_is_recorded=made_is_recorded)
    if run.this.coming is not None and run.this.before.unfinished and awaited(run.this.before):
        while awaited(run.this.before) and time.monotonic() < until and not is_long_ago():
            time.sleep(1.0)
            bridge.side_by_side(lambda place: _mine(operation, *place), _places())
        _clean_up(operation, made_is_recorded=made_is_recorded)


def _clean_up(operation: Operation, *, made_is_recorded: bool) -> None:
    this = run.this

    def clean_up(place: tuple[Kind, str]) -> None:
        kind, region_id = place
        with contextlib.suppress(AliyunError):  # the next run does it; other places aren't to wait for that
            recorded = _recorded(operation, kind, region_id)
            if not made_is_recorded:
                recorded -= this.made.get(place, set())  # the next run settles them
            if recorded:
                kind.unmark(operation, region_id, sorted(recorded))

    bridge.side_by_side(clean_up, _places() | set(this.made) | set(this.marked))
    if this.coming is not None and not is_written_at_the_end():
        reclaim(operation, this.before)


def _recorded(operation: Operation, kind: Kind, region_id: str) -> set[str]:
    """What bears a mark in a region and is in the state by now; what nobody wants is let go."""
    this = run.this
    made = this.made.get((kind, region_id), set())
    if this.identity in this.fresh:
        return made & this.named
    mine = _mine(operation, kind, region_id)
    recorded = {key for key, of in mine.items() if key in this.held or of.name in this.nameless}
    left = {key: of for key, of in mine.items() if key not in recorded | made and _is_unwanted(of)}
    for resource_id, error in _let_go(operation, kind, region_id, left).items():
        operation.tell(f"{kind.name} {resource_id} is left, and goes on costing money: {error}", "WARNING")
    return recorded | (made & mine.keys() & this.named)


def sweep(operation: Operation, regions: Iterable[str]) -> None:
    """Release all that bears the mark of a stack whose last resource goes.

    Raises:
        AliyunError: Of the first that can't be released; the others are released before.
    """

    def sweep_place(place: tuple[Kind, str]) -> list[AliyunError]:
        kind, region_id = place
        mine = _mine(operation, kind, region_id)
        left = {key: of for key, of in mine.items() if key not in run.this.held}
        run.this.held |= left.keys()
        return list(_let_go(operation, kind, region_id, left).values())

    places = [(kind, region_id) for region_id in regions for kind in KINDS]
    if failures := [error for errors in bridge.side_by_side(sweep_place, places) for error in errors]:
        raise failures[0]


def reclaim(operation: Operation, record: Record) -> list[Attempt]:
    """Let go of orders that an interrupted run placed and nobody wants; those that only a person can judge."""
    open_orders = record.open(run.this.identity, run.this.state)
    unwanted = [(of, entry) for of, entry in open_orders if of.origin not in _asked_for()]

    def is_certain(order: tuple[Attempt, OpenOrder]) -> bool:
        of, entry = order
        return all(each(operation, of, entry["since"], entry["arguments"]) for each in RECLAIM)

    certain = bridge.side_by_side(is_certain, unwanted)
    return [of for (of, _), known in zip(unwanted, certain, strict=True) if not known]


# ---- what an interrupted run may have asked for --------------------------------------------------------------


def awaited(record: Record) -> set[tuple[str, int]]:
    """What an interrupted run may have asked for, and this one hasn't asked for again or seen."""
    return {
        (origin, number)
        for origin, number in record.on_its_way(run.this.identity, run.this.state)
        if origin not in run.this.done | run.this.failed and run.this.arrived.get(origin, -1) < number
    }


def is_long_ago() -> bool:
    """Whether all that was sent before this run began has been carried out, or never will be."""
    return time.monotonic() - run.STARTED > ON_ITS_WAY_S


def _places() -> set[tuple[Kind, str]]:
    """Where marks of this stack may be; nowhere if the program hasn't told what it asks for."""
    return (
        {(kind, region) for kind in KINDS for region in run.this.regions}
        if run.this.coming is not None
        else set()
    )


def _mine(operation: Operation, kind: Kind, region_id: str) -> dict[str, Attempt]:
    """What bears a mark of this stack in a region."""
    marked = kind.marked(operation, region_id)
    attempts = {key: of for key, mark in marked.items() if (of := Attempt.of_mark(mark))}
    mine = {key: of for key, of in attempts.items() if of.identity == run.this.identity}
    for of in mine.values():
        run.has_arrived(of)
    return mine


def _asked_for() -> Collection[str]:
    """The names under which this run has bought, couldn't, or may buy yet."""
    return run.this.done | run.this.failed | (run.this.coming or set())


# ---- letting go ----------------------------------------------------------------------------------------------


def _is_unwanted(of: Attempt) -> bool:
    """Whether the program is known, and this run has bought another under the name, or won't buy any."""
    this = run.this
    return this.coming is not None and of.origin not in (this.coming - this.done) | this.failed


def _let_go(
    operation: Operation, kind: Kind, region_id: str, left: Mapping[str, Attempt]
) -> dict[str, AliyunError]:
    """Release all of them at the same time, so that they share their calls; why some can't be released."""
    ids = [key for key, of in left.items() if is_to_go(operation, f"{kind.name} {key}", of)]

    def release(resource_id: str) -> AliyunError | None:
        try:
            kind.release(operation, region_id, resource_id)
        except AliyunError as error:
            return error
        return None

    outcomes = zip(ids, bridge.side_by_side(release, ids), strict=True)
    return {resource_id: error for resource_id, error in outcomes if error is not None}


def is_to_go(operation: Operation, what: str, of: Attempt) -> bool:
    """Say what becomes of something that an interrupted run has left; whether it is to be released."""
    if of.kept:
        operation.tell(
            f"{what} was left by an interrupted run and is kept, as protect or retain_on_delete asked; it goes "
            f"on costing money",
            "WARNING",
        )
    else:
        operation.tell(f"releasing {what}, left by an interrupted run", "WARNING")
    return not of.kept
