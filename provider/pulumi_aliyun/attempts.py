"""What names a creation, and what is bought exactly once. docs/exactly-once.md has the reasoning.

A creation is named by three things that survive any kill: the stack's identity (a random id in the stack's own
state, there before anything is bought), the name under which the resource is bought, and the number of
creations of that name that the state already holds. From them come

- the ClientToken: the same attempt, repeated by whichever process, gets the first answer again, and
- the mark: a tag written by the creating call itself, taken off in batches when the engine has recorded the
  resource. What bears the mark of an attempt that the state doesn't know was left by an interrupted run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .bridge import Operation

MARK = "pulumi-aliyun-pending"
"""The key of the tag that marks what the engine hasn't recorded yet."""

TAG_LIMIT = 20
"""How many tags one can have, the mark included."""


@dataclass(frozen=True)
class Attempt:
    """One creation: of which stack, under which name, and the how manyeth of that name."""

    identity: str
    origin: str
    number: int
    kept: bool = False
    """Whether the user has it protected or retained: then it is never released without being asked for."""

    @property
    def name(self) -> str:
        """What the state records as `__attempt`."""
        return f"{self.origin}.{self.number}"

    @property
    def client_token(self) -> str:
        """The ClientToken of the creating call: at most 64 ASCII characters."""
        return hashlib.sha256(f"{self.identity}/{self.name}".encode()).hexdigest()[:48]

    def client_token_of(self, run: str) -> str:
        """The ClientToken with which a run asks again, when the first one is spent."""
        return hashlib.sha256(f"{self.identity}/{self.name}/{run}".encode()).hexdigest()[:48]

    @property
    def mark(self) -> str:
        """The value of the mark."""
        return f"{self.identity}.{self.name}" + (".kept" if self.kept else "")

    @classmethod
    def of_mark(cls, value: str) -> Attempt | None:
        """Read a mark again; None if it isn't one."""
        parts = value.split(".")
        if len(parts) not in {3, 4} or not parts[2].isdecimal():
            return None
        return cls(parts[0], parts[1], int(parts[2]), parts[3:] == ["kept"])

    def next(self) -> Attempt:
        """The one to make when the outcome of this one is gone."""
        return replace(self, number=self.number + 1)


class Kind(Protocol):
    """What is bought exactly once: how to list what bears the mark, and to let go of it."""

    name: str
    marks: bool
    """Whether it can bear a mark; if not, the token alone protects."""

    def marked(self, operation: Operation, region_id: str) -> dict[str, str]:
        """All that bears the mark in a region: id → the mark's value."""

    def unmark(self, operation: Operation, region_id: str, ids: list[str]) -> None:
        """Take the mark off, up to 50 ids at a time."""

    def release(self, operation: Operation, region_id: str, resource_id: str) -> None:
        """Delete one that nobody wants; gone already is fine."""

    def alive(
        self, operation: Operation, region_id: str, resource_id: str, *, marked: bool, again: bool
    ) -> bool:
        """Whether an id that a creating call answered lives, and bears the mark if it was to be `marked`.

        With `again`, an earlier run may have made the same call.
        """

    def earlier(self, operation: Operation, attempt: Attempt, since: float) -> None:
        """An earlier run may have made this attempt since then: raise where it isn't safe to make it again."""

    def unexplained(self, operation: Operation, region_id: str) -> None:
        """A token was used with other inputs and nothing is found: raise where it is not safe to buy."""


KINDS: list[Kind] = []
"""The kinds that bear marks; each resource's module adds its own."""

RECLAIM: list[Callable[[Operation, Attempt, float, Sequence[Mapping[str, Any]]], bool]] = []
"""How to give back what can't bear a mark: with the attempt, since when, and what it may have asked for."""
