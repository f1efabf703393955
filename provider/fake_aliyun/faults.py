"""Faults: what goes wrong on purpose, per operation, in order and counted."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from fake_aliyun.errors import describe


@dataclass
class Fault:
    """One fault. What is not set does nothing.

    Attributes:
        code: The error code to answer.
        status: The HTTP status; by default the documented one of the code, with only a body 200.
        message: The sentence; by default the documented one of the code.
        times: How often it strikes; 0 is without end. By default once, with a rate without end.
        rate: The chance to strike, drawn from the seed; 1 is always.
        match: Flat request parameters and the values that a request must have to be struck.
        after_action: The action is done, then the fault is what the client gets.
        reset: The connection is reset (RST) instead of an answer; with `truncate`, in the middle of it.
        stall_s: Seconds to wait: before the action, with `after_action` between the action and its answer.
        retry_after_ms: The value of the header `x-acs-retry-after`.
        body: The answer's body, word for word.
        content_type: The answer's content type.
        truncate: The number of bytes of the body that arrive before the connection ends.
    """

    code: str = ""
    status: int = 0
    message: str = ""
    times: int = -1
    rate: float = 1.0
    match: dict[str, str] = field(default_factory=dict)
    after_action: bool = False
    reset: bool = False
    stall_s: float = 0.0
    retry_after_ms: int = 0
    body: str | None = None
    content_type: str = ""
    truncate: int | None = None

    def __post_init__(self) -> None:
        if self.times < 0:
            self.times = 0 if self.rate < 1 else 1
        if not self.status:
            self.status = describe(self.code)[0] if self.code else 200

    @property
    def replaces(self) -> bool:
        """Whether the client gets something else than the action's own answer."""
        return (
            bool(self.code)
            or self.body is not None
            or (self.reset and self.truncate is None)
            or self.status >= 400
        )

    def fits(self, params: Mapping[str, str]) -> bool:
        """Tells whether a request with these parameters is meant."""
        return all(params.get(name) == value for name, value in self.match.items())


_TYPES = {"float": (int, float), "int": (int,), "bool": (bool,), "str": (str,)}


def parse(given: Mapping[str, Any]) -> Fault:
    """Reads a fault from the control plane.

    Raises:
        ValueError: A field is unknown or has the wrong type.
    """
    kinds = {known.name: str(known.type).removesuffix(" | None") for known in fields(Fault)}
    for name, value in given.items():
        if name not in kinds:
            raise ValueError(f"unknown field {name!r} of a fault; known: {', '.join(kinds)}")
        allowed = _TYPES.get(kinds[name], (dict,))
        if value is not None and (
            not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed)
        ):
            raise ValueError(f"{name!r} of a fault is {kinds[name]}, not {value!r}")
    chosen = {name: value for name, value in given.items() if value is not None}
    if not 0 <= chosen.get("rate", 1) <= 1:
        raise ValueError("'rate' of a fault is between 0 and 1")
    chosen["match"] = {name: str(value) for name, value in chosen.get("match", {}).items()}
    return Fault(**chosen)


class Faults:
    """The plan: per operation, or `*` for all, an ordered list of faults; each strike uses one up."""

    def __init__(self, seed: int) -> None:
        self._plan: dict[str, list[Fault]] = {}
        self._lock = threading.Lock()
        self._random = random.Random(seed)

    def add(self, action: str = "*", **fault: Any) -> None:
        """Appends a fault for an operation, or for all with `*`.

        Args:
            action: The operation's name.
            **fault: The fields of `Fault`.
        """
        self.plan(action, [parse(fault)])

    def plan(self, action: str, faults: list[Fault]) -> None:
        """Appends faults for an operation."""
        if faults:
            with self._lock:
                self._plan.setdefault(action, []).extend(faults)

    def clear(self) -> None:
        """Forgets all that is planned."""
        with self._lock:
            self._plan.clear()

    def take(self, action: str, params: Mapping[str, str]) -> Fault | None:
        """Draws the fault that strikes this request, if any; the operation's own list comes before `*`."""
        if not self._plan:
            return None
        with self._lock:
            for name in (action, "*"):
                for fault in self._plan.get(name, ()):
                    if fault.fits(params) and (fault.rate >= 1 or self._random.random() < fault.rate):
                        self._use(name, fault)
                        return fault
        return None

    def _use(self, name: str, fault: Fault) -> None:
        if fault.times == 0:
            return
        if fault.times > 1:
            fault.times -= 1
            return
        self._plan[name].remove(fault)
        if not self._plan[name]:
            del self._plan[name]

    def left(self) -> dict[str, list[dict[str, Any]]]:
        """Shows what is left, per operation."""
        with self._lock:
            return {action: [asdict(fault) for fault in plan] for action, plan in self._plan.items()}
