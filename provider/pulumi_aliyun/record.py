"""What a run leaves in the state before it buys anything, so that those after it know what it may have bought."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict

from . import bridge, cloud
from .attempts import Attempt
from .hidden import Announcement, Order, highest

if TYPE_CHECKING:
    from . import aftermath

REMEMBERED = 5
"""How many versions of an order's arguments, and how many unfinished runs, are remembered."""
FORGOTTEN_S = 7 * 24 * 3600.0
"""How long an order that has left the program is remembered: its token isn't used again, and it is looked for."""


@dataclass
class State:
    """What the state was seen to hold of each name under which something is bought."""

    numbers: dict[str, int] = field(default_factory=dict)
    """Its latest creation."""
    passed: dict[str, str] = field(default_factory=dict)
    """The last run that came past it with no need to buy."""

    def holds(self, origin: str, number: int) -> bool:
        """Whether the creation of that number, or a later one, is recorded."""
        return self.numbers.get(origin, -1) >= number


class OpenOrder(TypedDict):
    """What may have been ordered under a name without the engine's recording what came of it."""

    number: int
    """Which creation of the name it is."""
    since: float
    """When it may have been ordered first, by this machine's clock."""
    tried: bool
    """Whether a run before the one that left this may have placed it."""
    arguments: list[dict[str, Any]]
    """What it may have been ordered with."""
    kept: bool


class Record:
    """What a run leaves in the inputs of the identity before anything is bought, for those after it.

    The engine writes changed inputs even of a resource that is the same, and shows no difference.
    """

    def __init__(self, inputs: Mapping[str, Any]) -> None:
        self.run = str(inputs.get("__ran") or "")
        self.tried = [str(each) for each in inputs.get("__tried") or []]
        self.coming = [str(each) for each in inputs.get("__coming") or []]
        self.leaving = [str(each) for each in inputs.get("__leaving") or []]
        self.held = bool(inputs.get("__held"))
        self.caller = str(inputs.get("__caller") or "")
        orders = inputs.get("__orders")
        self.orders: dict[str, OpenOrder] = dict(orders) if isinstance(orders, Mapping) else {}
        self.unfinished = False

    def inputs(self) -> dict[str, Any]:
        """As they stand in the state; what was to be ordered may hold secrets."""
        return {
            "__ran": self.run,
            "__tried": self.tried,
            "__coming": self.coming,
            "__leaving": self.leaving,
            "__held": self.held,
            "__caller": self.caller,
            "__orders": bridge.secret(self.orders) if self.orders else {},
        }

    def judge(self, ended: Collection[str], held: aftermath.Held | None = None) -> None:
        """Find out whether the run that left this is unfinished: interrupted, failed, or cancelled.

        Args:
            ended: The runs whose programs came to their end.
            held: What the state holds: deletes come after a program's end, and what one was to delete is gone.
        """
        ids = {each for regions in (held or {}).values() for found in regions.values() for each in found}
        self.unfinished = bool(self.run) and (self.run not in ended or not ids.isdisjoint(self.leaving))

    def next(self, announced: Announcement) -> Record:
        """What the run that announces itself so leaves."""
        after = Record({"__ran": announced["name"], "__coming": announced["attempts"]})
        after.leaving = announced["leaving"]
        after.tried = [*self.tried, self.run][-REMEMBERED:] if self.unfinished else []
        after.held = bool(announced["recorded"])
        after.caller = cloud.caller()
        recorded, asked = highest(announced["recorded"]), announced["orders"]
        for origin, order in asked.items():
            if origin not in self.orders:
                after.orders[origin] = OpenOrder(
                    number=recorded.get(origin, -1) + 1,
                    since=time.time(),
                    tried=False,
                    arguments=[order["arguments"]],
                    kept=order["kept"],
                )
        for origin in self.orders:
            entry = self._carried_on(origin, asked.get(origin), recorded.get(origin, -1))
            if origin in asked or _age_s(entry) < FORGOTTEN_S:
                after.orders[origin] = entry
        return after

    def _carried_on(self, origin: str, now: Order | None, recorded: int) -> OpenOrder:
        """What the next run leaves of an order of this one's record, asked for again or not."""
        old = self.orders[origin]
        tried = self.unfinished or self._was_tried_before(origin)
        # What a finished run may have ordered is recorded, or gone again: its number is spent.
        number = max(int(old["number"]) - tried, recorded) + 1
        again = int(old["number"]) == number
        arguments = list(old["arguments"]) if again else []
        if now and now["arguments"] not in arguments:
            arguments.append(now["arguments"])
        return OpenOrder(
            number=number,
            since=old["since"] if again else time.time(),
            # The run that gives back what came of it may itself be killed before it does.
            tried=again and tried and _age_s(old) < FORGOTTEN_S,
            arguments=arguments[-REMEMBERED:],
            kept=now["kept"] if now else old["kept"],
        )

    def on_its_way(self, identity: str, state: State) -> set[tuple[str, int]]:
        """What the run may have asked for, and no state holds: origins, with the number of the creation."""
        attempts = {(origin, number) for each in self.coming for origin, number in highest([each]).items()}
        orders = {(of.origin, of.number) for of, _ in self.open(identity, state)}
        return {(origin, number) for origin, number in attempts | orders if not state.holds(origin, number)}

    def open(self, identity: str, state: State) -> Iterator[tuple[Attempt, OpenOrder]]:
        """The orders that the run may have placed without the engine's recording what came of it."""
        for origin, entry in self.orders.items():
            number = int(entry["number"])
            passed_by = not self.unfinished or state.passed.get(origin) == self.run
            if passed_by and not self._was_tried_before(origin):
                continue
            if entry["arguments"] and not state.holds(origin, number):
                yield Attempt(identity, origin, number, entry["kept"]), entry

    def _was_tried_before(self, origin: str) -> bool:
        """Whether an earlier run may have placed an order that this one, if it came to its end, didn't ask for."""
        entry = self.orders[origin]
        asked_for = not self.unfinished and f"{origin}.{entry['number']:.0f}" in self.coming
        return entry.get("tried", False) and not asked_for


def _age_s(order: OpenOrder) -> float:
    return time.time() - order["since"]
