"""Exactly once: have one, whatever earlier runs did about it. docs/exactly-once.md has the reasoning."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from concurrent import futures
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import bridge, run
from .attempts import MARK, TAG_LIMIT, Attempt
from .errors import MAY_PASS, TOKEN_MISMATCH, ApiError, Interrupted, NeedsDecision, TimedOut
from .settling import settle

if TYPE_CHECKING:
    from .attempts import Kind
    from .bridge import Operation

MOST_GONE = 2
"""How many ids that creating calls answer may turn out to be gone: with more, it is the listing that is wrong."""

Call = Callable[[str, list[dict[str, str]]], str]
"""Makes the creating call with a ClientToken and the tags to add; returns the id."""


@dataclass(frozen=True)
class Bought:
    """What came of an attempt."""

    id: str
    attempt: Attempt
    found: bool
    """True if an interrupted run had bought it: its properties may differ from what is wanted now."""


def buy(
    operation: Operation, kind: Kind, region_id: str, first: Attempt, call: Call, *, tags: int = 0
) -> Bought:
    """Find what an earlier run bought, or buy it now.

    Args:
        operation: The engine's call.
        kind: What is bought.
        region_id: Where.
        first: The attempt; those after it are made when its token was spent on something that is gone.
        call: The creating call.
        tags: How many tags the user has; with 20 there is no room for the mark, and the token alone protects.

    Raises:
        NeedsDecision: It can't be told whether it was bought already.
        AliyunError: The call was refused, or not answered.
    """
    attempt, gone = first, list[str]()
    while len(gone) <= MOST_GONE:
        if found := _left_behind(operation, kind, region_id, attempt):
            return _made(kind, region_id, Bought(found, attempt, found=True))
        mark = [{"Key": MARK, "Value": attempt.mark}] if tags < TAG_LIMIT else []
        since = _tried_since(attempt)
        operation.stop_if_abandoned()
        try:
            if since is not None:
                kind.earlier(operation, attempt, since)
            bought = _call(operation, kind, region_id, attempt, mark, call)
        except BaseException:
            run.this.failed.add(attempt.origin)
            raise
        if attempt.identity in run.this.fresh or (
            bought.id not in run.this.held
            and kind.alive(operation, region_id, bought.id, marked=bool(mark), again=since is not None)
        ):
            return _made(kind, region_id, bought)
        gone.append(bought.id)
        attempt = attempt.next()
    raise NeedsDecision(
        f"each of {len(gone)} creating calls was answered with an id, and none of them is listed as this {kind.name}: "
        f"{', '.join(dict.fromkeys(gone))}\n"
        f"  what to do: look for them in the console; run the command again when the API lists what there is, and "
        f"what this stack doesn't need is released then"
    )


def _call(
    operation: Operation, kind: Kind, region_id: str, attempt: Attempt, mark: list[dict[str, str]], call: Call
) -> Bought:
    tokens = [attempt.client_token, *_later_tokens(attempt)]
    for token in tokens:
        try:
            return Bought(call(token, mark), attempt, found=False)
        except ApiError as error:
            if error.code in TOKEN_MISMATCH:
                # An earlier run asked for this with other inputs. If it got it, it is listed by now.
                if found := _left_behind(operation, kind, region_id, attempt, again=True):
                    return Bought(found, attempt, found=True)
                kind.unexplained(operation, region_id)
            elif (
                error.code not in MAY_PASS
                or attempt.identity in run.this.fresh
                or not kind.marks
                or token == tokens[-1]
            ):
                raise
            # The token may be spent on an earlier refusal, which the service would repeat: ask with the next.
    raise AssertionError(attempt)


def _later_tokens(attempt: Attempt) -> list[str]:
    """The tokens to ask with when the first is spent: this run's, after those that interrupted ones may have used."""
    before = run.this.before
    earlier = [*before.tried, before.run] if before.unfinished else []
    return [attempt.client_token_of(name) for name in [*earlier, run.this.name or secrets.token_hex(8)]]


def _tried_since(attempt: Attempt) -> float | None:
    """Since when an earlier run may have tried to order this; None if none has."""
    tried = run.this.before.open(attempt.identity, run.this.state)
    return {of.name: entry["since"] for of, entry in tried}.get(attempt.name)


def _left_behind(
    operation: Operation, kind: Kind, region_id: str, attempt: Attempt, *, again: bool = False
) -> str | None:
    """The id of what an interrupted run bought in this attempt, if any: one list call per run and region."""
    if attempt.identity in run.this.fresh:
        return None  # the identity is of this very run: there was no earlier one
    found = {
        of.number: key
        for key, mark in _marked(operation, kind, region_id, again=again).items()
        if key not in run.this.held
        and (of := Attempt.of_mark(mark))
        and (of.identity, of.origin) == (attempt.identity, attempt.origin)
        and of.number >= attempt.number
    }
    return found[max(found)] if found else None


def _marked(operation: Operation, kind: Kind, region_id: str, *, again: bool) -> dict[str, str]:
    """What bears a mark in a region: asked by the first who wants to know, for all that come meanwhile or later.

    A failure is told to those who wait, and the next one asks again; a region that doesn't answer keeps no other
    waiting.
    """
    place = (kind, region_id)
    while True:
        with run.this.lock:
            asked = None if again else run.this.marked.get(place)
            if mine := asked is None:
                asked = run.this.marked[place] = futures.Future()
        if mine:
            try:
                asked.set_result(kind.marked(operation, region_id))
            except BaseException as error:
                with run.this.lock:
                    if run.this.marked.get(place) is asked:
                        del run.this.marked[place]
                asked.set_exception(error)
                raise
        try:
            return asked.result()
        except (TimedOut, Interrupted):
            operation.stop_if_abandoned()  # it was the other's time that was over


def _made(kind: Kind, region_id: str, bought: Bought) -> Bought:
    with run.this.lock:
        run.this.made.setdefault((kind, region_id), set()).add(bought.id)
        run.this.identity = bought.attempt.identity
        run.this.done.add(bought.attempt.origin)
    bridge.at_end(settle)
    return bought


def ask_about(noun: str, unmarked: Mapping[str, int]) -> None:
    """Stop if an earlier attempt, with other arguments, may have bought one that had no room for the mark.

    Args:
        noun: What a person calls it.
        unmarked: The number of tags of each, the mark left out, by id.
    """
    if found := sorted(key for key, tags in unmarked.items() if tags >= TAG_LIMIT and not run.is_held(key)):
        raise NeedsDecision(
            f"an earlier run that was interrupted asked for this {noun} with other arguments. With {TAG_LIMIT} "
            f"tags there was no room to mark what it got, so it may be one of these: {', '.join(found)}\n"
            f"  what to do: if one of them is meant, give it as adopt_id; if none is, give the resource another "
            f"name"
        )
