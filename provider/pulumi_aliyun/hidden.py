"""What the program, the provider's process and the state tell each other without the user's seeing it.

The engine hands a provider the resource's inputs and nothing about the run, so what it has to know besides travels as
inputs and outputs whose names begin with `__`; docs/architecture.md lists them. None of them is ever a difference.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, TypedDict

RUN = "__run"
"""The hidden input that `check` takes off again: it tells of this run and never reaches the state."""

IDENTITY = "__identity"
"""The hidden input that carries the stack's identity; in the state of each resource."""

ATTEMPT = "__attempt"
"""The hidden output that tells under which name, and as which creation of it, a resource was bought."""

ID = "__id"
"""The hidden output that repeats the id: the engine doesn't tell a program the ids in its state."""

IDENTITY_TYPE = "pulumi-python:dynamic/aliyun:Identity"
"""The type of the identity resource."""

ENDED = "__ended"
"""The hidden output of the identity that names the last runs that came to their end."""

PASSED = "__passed"
"""The hidden input of what can't be marked that names the last run which came past it with no need to buy."""

UNSURE = "__unsure"
"""The hidden output that says that an operation failed half-way: the next one looks instead of believing the state."""


class Places(TypedDict):
    """What the program makes of the pool that an instance is in already."""

    amount: int
    """How many places it is to have; 0 if the program doesn't say so."""
    used: int
    """How many are taken, as far as the state tells."""
    coming: int
    """How many instances come to it that aren't in it, or may come: what they name isn't known yet."""


class Hint(TypedDict, total=False):
    """What the program tells of one resource, as `RUN`."""

    hidden: list[str]
    """The arguments that were outputs: they may be secret, and no message shows them."""
    sealed: list[str]
    """Those that were outputs as a whole: their keys, too, may be secret."""
    known: bool
    """Whether the state had what it would adopt when the run began."""
    pool: Places
    origin: str
    """The name under which the next creation buys,"""
    creation: int
    """and the how manyeth of the name it is; not said at preview."""
    kept: bool
    """Whether it is to outlive its removal: protected, or retained."""
    protected: bool
    """Whether the engine refuses to replace it."""


class Order(TypedDict):
    """What may be ordered under a name in a run."""

    arguments: dict[str, Any]
    """Those that are no outputs; `...` says that there are others."""
    kept: bool


class Announcement(TypedDict):
    """What the program tells of its run, as `RUN` of the identity."""

    name: str
    """A random name of the run."""
    ended: list[str]
    """The last runs that came to their end."""
    coming: list[str]
    """The names under which something is bought that the state hasn't."""
    attempts: list[str]
    """What the run may buy, as `ATTEMPT` writes it."""
    recorded: list[str]
    """What the state has, written so."""
    nameless: list[str]
    """Of that, what a state of old has without telling its id."""
    held: dict[str, dict[str, list[str]]]
    """The ids that the state holds, by kind and region."""
    leaving: list[str]
    """The ids that have left the program."""
    orders: dict[str, Order]
    """What can't be marked, by name."""


def highest(attempts: Iterable[str]) -> dict[str, int]:
    """The highest number of each origin among attempts."""
    numbers: dict[str, int] = {}
    for name in attempts:
        origin, _, number = name.partition(".")
        if number.isdigit():
            numbers[origin] = max(numbers.get(origin, -1), int(number))
    return numbers


def origin_of(urn: str) -> str:
    """A short, fixed-length name for a URN: tags and tokens have little room."""
    return hashlib.sha256(urn.encode()).hexdigest()[:24]
