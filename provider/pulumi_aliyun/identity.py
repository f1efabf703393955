"""Exactly once: whose a resource is, and from which attempt. docs/exactly-once.md has the reasoning.

A creation is named by three things that survive any kill: the stack's identity (a random id in the stack's own
state, there before anything is bought), the name under which the resource is bought, and the number of
creations of that name that the state already holds. From them come

- the ClientToken: the same attempt, repeated by whichever process, gets the first answer again, and
- the mark: a tag written by the creating call itself, taken off in batches when the engine has recorded the
  resource. What bears the mark of an attempt that the state doesn't know was left by an interrupted run.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent import futures
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import pulumi
from pulumi import dynamic

from . import aftermath, bridge, cloud
from ._entry import serialized
from .errors import MAY_PASS, TOKEN_MISMATCH, AliyunError, ApiError, NeedsDecision
from .program import (
    ATTEMPT,
    ENDED,
    IDENTITY,
    IDENTITY_TYPE,
    RUN,
    highest,
    is_written_at_the_end,
    origin_of,
)

if TYPE_CHECKING:
    from .bridge import Operation
    from .program import Program

MARK = "pulumi-aliyun-pending"
"""The key of the tag that marks what the engine hasn't recorded yet."""

TAG_LIMIT = 20


def ask_about(noun: str, unmarked: Mapping[str, int]) -> None:
    """Stop if an earlier attempt, with other arguments, may have bought one that had no room for the mark.

    Args:
        noun: What a person calls it.
        unmarked: The number of tags of each, the mark left out, by id.
    """
    if found := sorted(key for key, tags in unmarked.items() if tags >= TAG_LIMIT and not is_held(key)):
        raise NeedsDecision(
            f"an earlier run that was interrupted asked for this {noun} with other arguments. With {TAG_LIMIT} "
            f"tags there was no room to mark what it got, so it may be one of these: {', '.join(found)}\n"
            f"  what to do: if one of them is meant, give it as adopt_id; if none is, give the resource another "
            f"name"
        )


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

    def onwards(self) -> Iterator[Attempt]:
        """This attempt, and those to make when its token turns out to be spent."""
        for number in range(self.number, self.number + 100):
            yield replace(self, number=number)


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


# ---- what this process knows of the run ---------------------------------------------------------------------


class _Run:
    """What one process of the provider has learnt in one operation of the engine."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.salt = secrets.token_hex(8)
        self.hints: dict[str, Mapping[str, Any]] = {}
        self.fresh: set[str] = set()
        self.held: set[str] = set()
        self.made: dict[tuple[Kind, str], set[str]] = {}
        self.named: set[str] = set()
        self.failed: set[str] = set()
        self.marked: dict[tuple[Kind, str], dict[str, str]] = {}
        self.done: set[str] = set()
        self.coming: set[str] | None = None
        self.recorded: set[str] = set()
        self.identity = ""
        self.regions: set[str] = set()
        self.name = ""
        self.before = _Record({})
        self.record = _Record({})
        self.look: aftermath.Look | None = None
        self.unknown: dict[str, dict[str, Any]] = {}
        self.passed: dict[str, str] = {}
        self.numbers: dict[str, int] = {}
        self.arrived: dict[str, int] = {}


class _Record:
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
        self.orders: dict[str, dict[str, Any]] = dict(orders) if isinstance(orders, Mapping) else {}
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

    def next(self, hint: Mapping[str, Any]) -> _Record:
        """What the run that gave this hint leaves."""
        after = _Record({"__ran": hint.get("name"), "__coming": hint.get("attempts")})
        after.leaving = list(hint.get("leaving") or [])
        after.tried = [*self.tried, self.run][-REMEMBERED:] if self.unfinished else []
        after.held = bool(hint.get("recorded"))
        after.caller = cloud.caller()
        recorded = highest(hint.get("recorded") or [])
        asked: Mapping[str, Any] = hint.get("orders") or {}
        for origin in {*self.orders, *asked}:
            old = self.orders.get(origin, {})
            tried = bool(old) and (self.unfinished or self._was_tried_before(origin))
            # What a finished run may have ordered is recorded, or gone again: its number is spent.
            spent = int(old["number"]) - tried if old else -1
            number = max(spent, recorded.get(origin, -1)) + 1
            again = bool(old) and int(old["number"]) == number
            now = asked.get(origin)
            arguments = list(old["arguments"]) if again else []
            if now and now["arguments"] not in arguments:
                arguments.append(now["arguments"])
            entry: dict[str, Any] = {
                "number": number,
                "since": old["since"] if again else time.time(),
                "arguments": arguments[-REMEMBERED:],
                "kept": bool((now or old)["kept"]),
                # The run that gives back what came of it may itself be killed before it does.
                "tried": again and tried and time.time() - float(old["since"]) < FORGOTTEN_S,
            }
            if now or time.time() - float(entry["since"]) < FORGOTTEN_S:
                after.orders[origin] = entry
        return after

    def on_its_way(self, identity: str) -> set[tuple[str, int]]:
        """What the run may have asked for, and no state holds: origins, with the number of the creation."""
        attempts = {(origin, number) for each in self.coming for origin, number in highest([each]).items()}
        orders = {(of.origin, of.number) for of, _ in self.open(identity)}
        return {
            (origin, number) for origin, number in attempts | orders if _run.numbers.get(origin, -1) < number
        }

    def open(self, identity: str) -> Iterator[tuple[Attempt, dict[str, Any]]]:
        """The orders that the run may have placed without the engine's recording what came of it."""
        for origin, entry in self.orders.items():
            number = int(entry["number"])
            passed_by = not self.unfinished or _run.passed.get(origin) == self.run
            if passed_by and not self._was_tried_before(origin):
                continue
            if entry["arguments"] and _run.numbers.get(origin, -1) < number:
                yield Attempt(identity, origin, number, bool(entry["kept"])), entry

    def _was_tried_before(self, origin: str) -> bool:
        """Whether an earlier run may have placed an order that this one, if it came to its end, didn't ask for."""
        entry = self.orders[origin]
        asked_for = not self.unfinished and f"{origin}.{entry['number']:.0f}" in self.coming
        return bool(entry.get("tried")) and not asked_for


REMEMBERED = 5
"""How many versions of an order's arguments, and how many unfinished runs, are remembered."""
FORGOTTEN_S = 7 * 24 * 3600.0
"""How long an order that has left the program is remembered: its token isn't used again, and it is looked for."""


_run = _Run()


def take_hint(urn: str, news: dict[str, Any]) -> None:
    """Take this run's hidden hint off the inputs, and remember it for the creation that may follow."""
    hint = news.pop(RUN, None)
    if isinstance(hint, Mapping):
        _run.hints[urn] = hint


def held(resource_id: str, operation: Operation, outputs: Mapping[str, Any]) -> None:
    """The engine has named this id: its state holds it, and the attempt that it came of."""
    _run.held.add(resource_id)
    for origin, number in highest([str(outputs.get(ATTEMPT, ""))]).items():
        _run.numbers[origin] = max(_run.numbers.get(origin, -1), number)
        _run.passed[origin] = str((bridge.old_inputs(operation, hidden=True) or {}).get(PASSED) or "")


def named(resource_id: str) -> None:
    """The engine gets to know this id, whatever comes of the rest of its creation."""
    _run.named.add(resource_id)


def adopted(resource_id: str) -> None:
    """The program has given this id itself."""
    _run.held.add(resource_id)


def is_held(resource_id: str) -> bool:
    """Whether this stack has it already."""
    return resource_id in _run.held or any(resource_id in made for made in _run.made.values())


PASSED = "__passed"
"""A hidden input of what can't be marked: the last run that came past it with no need to buy."""


def passed(olds: Mapping[str, Any]) -> dict[str, str]:
    """The hidden input that says so."""
    name = _run.name or str(olds.get(PASSED) or "")
    return {PASSED: name} if name else {}


def hidden(urn: str) -> Collection[str]:
    """The arguments that were outputs in the program: they may be secret, and no message shows them."""
    names = _run.hints.get(urn, {}).get("hidden")
    return names if isinstance(names, list) else ()


def sealed(urn: str) -> Collection[str]:
    """The arguments that were outputs as a whole: their keys, too, may be secret."""
    names = _run.hints.get(urn, {}).get("sealed")
    return names if isinstance(names, list) else ()


def is_preview(urn: str) -> bool:
    """Whether the program is only previewed: then it doesn't ask which creation the next one is."""
    return "creation" not in _run.hints.get(urn, {})


def pool(urn: str) -> Mapping[str, Any]:
    """What the program makes of the pool that this instance is in already; see `ecs_pools.places`."""
    found = _run.hints.get(urn, {}).get("pool")
    return found if isinstance(found, Mapping) else {}


def known(urn: str) -> bool:
    """Whether the state had this resource when the run began; said of those with an adopt_id."""
    return bool(_run.hints.get(urn, {}).get("known"))


def is_protected(urn: str) -> bool:
    """Whether the engine refuses to replace it."""
    return bool(_run.hints.get(urn, {}).get("protected"))


def is_after_interruption() -> bool:
    """Whether the last run didn't come to its end: killed, failed, or cancelled."""
    return _run.before.unfinished


def seen(operation: Operation, kind: str, region_id: str, resource_id: str) -> cloud.Item | None:
    """What the cloud shows of a resource of the state as this run begins; None if it isn't there.

    Raises:
        KeyError: Nobody looks: it is a preview, or a state that doesn't tell its ids.
    """
    if is_preview(operation.urn):
        raise KeyError(resource_id)
    if _run.look is not None:
        return _run.look.of(resource_id)
    if _run.coming is not None:
        raise KeyError(resource_id)
    # With --target the identity may be none of the targets, and nobody has told what the state holds.
    return aftermath.patiently(operation, kind, region_id, resource_id)


def remember_unknown(resource_id: str, unknown: Mapping[str, Any]) -> None:
    """Keep for the update what the diff has found that the state doesn't know."""
    _run.unknown[resource_id] = dict(unknown)


def unknown_to_state(resource_id: str) -> dict[str, Any]:
    """What the diff has found of it that the state doesn't know."""
    return _run.unknown.get(resource_id, {})


def kept(urn: str) -> bool:
    """Whether the user has asked for this resource to be retained or protected."""
    return bool(_run.hints.get(urn, {}).get("kept"))


def attempt(operation: Operation, inputs: Mapping[str, Any]) -> Attempt:
    """The attempt that a creating call of the engine stands for."""
    hint = _run.hints.get(operation.urn, {})
    origin = str(hint.get("origin") or origin_of(operation.urn))
    remembered = _run.record.orders.get(origin, _run.before.orders.get(origin, {})).get("number", 0)
    return Attempt(
        identity=str(inputs.get(IDENTITY) or ""),
        origin=origin,
        number=max(int(hint.get("creation") or 0), int(remembered)),
        kept=bool(hint.get("kept")),
    )


def change_token(operation: Operation, wanted: Mapping[str, Any], name: str) -> str:
    """The ClientToken of a change in place that costs money: the same for the same change of the same run."""
    return hashlib.sha256(f"{_run.salt}/{operation.urn}/{name}/{wanted.get(name)!r}".encode()).hexdigest()[
        :48
    ]


def next_after(attempt: Attempt) -> Attempt:
    """The attempt that follows one whose outcome is gone."""
    return replace(attempt, number=attempt.number + 1)


MOST_GONE = 2
"""How many ids that creating calls answer may turn out to be gone: with more, it is the listing that is wrong."""

# ---- buying --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bought:
    """What came of an attempt."""

    id: str
    attempt: Attempt
    found: bool
    """True if an interrupted run had bought it: its properties may differ from what is wanted now."""


def buy(
    operation: Operation,
    kind: Kind,
    region_id: str,
    first: Attempt,
    call: Callable[[str, list[dict[str, str]]], str],
    *,
    tags: int = 0,
) -> Bought:
    """Have one, whatever earlier runs did about it: find what one of them bought, or buy it now.

    Args:
        operation: The engine's call.
        kind: What is bought.
        region_id: Where.
        first: The attempt; those after it are made when its token was spent on something that is gone.
        call: Makes the creating call with a ClientToken and the tags to add; returns the id.
        tags: How many tags the user has; with 20 there is no room for the mark, and the token alone protects.
    """
    gone: list[str] = []
    for attempt in first.onwards():
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
            _run.failed.add(attempt.origin)
            raise
        if attempt.identity in _run.fresh or (
            bought.id not in _run.held
            and kind.alive(operation, region_id, bought.id, marked=bool(mark), again=since is not None)
        ):
            return _made(kind, region_id, bought)
        gone.append(bought.id)
        if len(gone) > MOST_GONE:
            break
    raise NeedsDecision(
        f"each of {len(gone)} creating calls was answered with an id, and none of them is listed as this {kind.name}: "
        f"{', '.join(gone)}\n"
        f"  what to do: look for them in the console; run the command again when the API lists what there is, and "
        f"what this stack doesn't need is released then"
    )


def _call(
    operation: Operation,
    kind: Kind,
    region_id: str,
    attempt: Attempt,
    mark: list[dict[str, str]],
    call: Callable[[str, list[dict[str, str]]], str],
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
                or attempt.identity in _run.fresh
                or not kind.marks
                or token == tokens[-1]
            ):
                raise
            # The token may be spent on an earlier refusal, which the service would repeat: ask with the next.
    raise AssertionError(attempt)


def _later_tokens(attempt: Attempt) -> list[str]:
    """The tokens to ask with when the first is spent: this run's, after those that interrupted ones may have used."""
    earlier = [*_run.before.tried, _run.before.run] if _run.before.unfinished else []
    return [attempt.client_token_of(run) for run in [*earlier, _run.name or secrets.token_hex(8)]]


def _tried_since(attempt: Attempt) -> float | None:
    """Since when an earlier run may have tried to order this; None if none has."""
    tried = {of.name: float(entry["since"]) for of, entry in _run.before.open(attempt.identity)}
    return tried.get(attempt.name)


def _made(kind: Kind, region_id: str, bought: Bought) -> Bought:
    with _run.lock:
        _run.made.setdefault((kind, region_id), set()).add(bought.id)
        _run.identity = bought.attempt.identity
        _run.done.add(bought.attempt.origin)
    bridge.at_end(settle)
    return bought


def _left_behind(
    operation: Operation, kind: Kind, region_id: str, attempt: Attempt, *, again: bool = False
) -> str | None:
    """The id of what an interrupted run bought in this attempt, if any: one list call per run and region."""
    if attempt.identity in _run.fresh:
        return None  # the identity is of this very run: there was no earlier one
    with _run.lock:
        if again or (kind, region_id) not in _run.marked:
            _run.marked[kind, region_id] = kind.marked(operation, region_id)
        marked = _run.marked[kind, region_id]
    found = {
        of.number: key
        for key, mark in marked.items()
        if key not in _run.held
        and (of := Attempt.of_mark(mark))
        and (of.identity, of.origin) == (attempt.identity, attempt.origin)
        and of.number >= attempt.number
    }
    return found[max(found)] if found else None


# ---- the end of a run ----------------------------------------------------------------------------------------


def settle() -> None:
    """When the engine has recorded all: take marks off, and let go of what nobody wants.

    What bears a mark of this stack, isn't in its state, wasn't made in this run and isn't asked for by the
    program was left by an interrupted run.
    """
    operation = bridge.Operation()
    until = time.monotonic() + WAITED_S
    made_is_recorded = not is_written_at_the_end() and bridge.silence_s() < SUSPICIOUS_S
    _clean_up(operation, made_is_recorded=made_is_recorded)
    if _run.coming is not None and _run.before.unfinished and _awaited():
        _await_arrivals(operation, until)
        _clean_up(operation, made_is_recorded=made_is_recorded)


def _clean_up(operation: Operation, *, made_is_recorded: bool) -> None:
    for kind, region_id in _places() | set(_run.made) | set(_run.marked):
        made = _run.made.get((kind, region_id), set())
        if _run.identity in _run.fresh:
            recorded = made & _run.named
        else:
            mine = _mine(operation, kind, region_id)
            recorded = {key for key, of in mine.items() if key in _run.held or of.name in _run.recorded}
            left = {key: of for key, of in mine.items() if key not in recorded and key not in made}
            _let_go(operation, kind, region_id, left)
            recorded |= made & mine.keys() & _run.named
        if not made_is_recorded:
            recorded -= made  # the next run settles them
        if recorded:
            kind.unmark(operation, region_id, sorted(recorded))
    if _run.coming is not None and not is_written_at_the_end():
        _reclaim(operation, _run.before)


WAITED_S = 6.0
"""How long to wait at most when the run is over: ten seconds after its word, the engine kills the provider."""

SUSPICIOUS_S = 20.0
"""After such a silence the engine may have tried in vain to write its state: it gives up after half a minute."""


def _places() -> set[tuple[Kind, str]]:
    """Where marks of this stack may be; nowhere if the program hasn't told what it asks for."""
    return {(kind, region) for kind in KINDS for region in _run.regions} if _run.coming is not None else set()


def _awaited() -> set[tuple[str, int]]:
    """What the interrupted run may have asked for, and this one hasn't asked for again or seen."""
    return {
        (origin, number)
        for origin, number in _run.before.on_its_way(_run.identity)
        if origin not in _run.done | _run.failed and _run.arrived.get(origin, -1) < number
    }


def _await_arrivals(operation: Operation, until: float) -> None:
    while _awaited() and time.monotonic() < until and not _is_long_ago():
        time.sleep(1.0)
        for kind, region_id in _places():
            _mine(operation, kind, region_id)


def has_arrived(attempt: Attempt) -> None:
    """What an interrupted run has asked for has been carried out."""
    with _run.lock:
        _run.arrived[attempt.origin] = max(_run.arrived.get(attempt.origin, -1), attempt.number)


def _is_long_ago() -> bool:
    """Whether all that was sent before this run began has been carried out, or never will be."""
    return time.monotonic() - _STARTED > ON_ITS_WAY_S


_STARTED = time.monotonic()


def _reclaim(operation: Operation, record: _Record) -> list[Attempt]:
    """Let go of orders that an interrupted run placed and nobody wants; those that only a person can judge."""
    asked_for = _run.done | _run.failed | ((_run.coming or set()) - _run.done)
    unwanted = [(of, entry) for of, entry in record.open(_run.identity) if of.origin not in asked_for]

    def is_certain(order: tuple[Attempt, dict[str, Any]]) -> bool:
        of, entry = order
        return all(reclaim(operation, of, float(entry["since"]), entry["arguments"]) for reclaim in RECLAIM)

    with futures.ThreadPoolExecutor(max_workers=bridge.WORKERS) as pool:
        certain = pool.map(is_certain, unwanted)
        return [of for (of, _), known in zip(unwanted, certain, strict=True) if not known]


def _mine(operation: Operation, kind: Kind, region_id: str) -> dict[str, Attempt]:
    marked = kind.marked(operation, region_id)
    attempts = {key: of for key, mark in marked.items() if (of := Attempt.of_mark(mark))}
    mine = {key: of for key, of in attempts.items() if of.identity == _run.identity}
    for of in mine.values():
        has_arrived(of)
    return mine


def _let_go(operation: Operation, kind: Kind, region_id: str, left: Mapping[str, Attempt]) -> None:
    unwanted = []
    for resource_id, of in left.items():
        if _run.coming is None or of.origin in (_run.coming - _run.done) | _run.failed:
            continue
        if of.kept:
            bridge.log(
                "WARNING", f"{kind.name} {resource_id} was left by an interrupted run; it is kept as asked"
            )
            continue
        bridge.log(
            "WARNING", f"releasing {kind.name} {resource_id}, which an interrupted run had left behind"
        )
        unwanted.append(resource_id)
    for resource_id, error in _release(operation, kind, region_id, unwanted).items():
        bridge.log("WARNING", f"{kind.name} {resource_id} is left, and goes on costing money: {error}")


def _release(operation: Operation, kind: Kind, region_id: str, ids: Sequence[str]) -> dict[str, AliyunError]:
    """Release all of them at the same time, so that they share their calls; why some can't be released."""

    def release(resource_id: str) -> AliyunError | None:
        try:
            kind.release(operation, region_id, resource_id)
        except AliyunError as error:
            return error
        return None

    with futures.ThreadPoolExecutor(max_workers=bridge.WORKERS) as pool:
        outcomes = zip(ids, pool.map(release, ids), strict=True)
        return {resource_id: error for resource_id, error in outcomes if error is not None}


# ---- the identity resource -----------------------------------------------------------------------------------


class Identity(pulumi.CustomResource):
    """The stack's random identity; it is in the state before anything is bought, and gone after the last."""

    def __init__(self, program: Program) -> None:
        super().__init__(
            IDENTITY_TYPE,
            "aliyun",
            {
                "__provider": serialized("Identity"),
                # At preview the judgement itself may ask whether there is an identity.
                "__judged": None if pulumi.runtime.is_dry_run() else program.judged(),
                "__regions": program.regions(),
                RUN: program.coming(),
            },
        )


class IdentityProvider(dynamic.ResourceProvider):
    """Makes the identity; with it goes whatever interrupted runs have left under it."""

    serialize_as_secret_always = False

    def configure(self, req: dynamic.ConfigureRequest) -> None:
        """Set the provider's process up."""
        bridge.prepare()
        cloud.configure(req.config.get)

    @bridge.guarded
    def check(self, operation: Operation, olds: dict[str, Any], news: dict[str, Any]) -> dynamic.CheckResult:
        """Remember which names the run will create; the regions of a stack only ever grow."""
        cloud.refuse_misconfiguration()
        take_hint(operation.urn, news)
        hint = _run.hints.get(operation.urn)
        record = _Record(olds)
        regions = sorted({*_regions(olds), *_regions(news)})
        if hint is not None:
            _run.coming = set(hint.get("coming", []))
            _run.recorded = set(hint.get("recorded", []))
            _run.name = str(hint.get("name") or "")
            _run.before = record
            held = hint.get("held") or {}
            _run.held |= {each for regions in held.values() for ids in regions.values() for each in ids}
            record.judge(hint.get("ended") or [], held)
            _run.regions = set(regions)
            record = _run.record = record.next(hint)
            if held:
                _run.look = aftermath.Look(
                    held,
                    same_caller=bool(record.caller) and record.caller == _run.before.caller,
                    not_before=_STARTED + (SETTLED_S if _run.before.unfinished else 0.0),
                )
        return dynamic.CheckResult({**news, "__regions": regions, **record.inputs()}, [])

    @bridge.guarded
    def diff(
        self, operation: Operation, id_: str, olds: dict[str, Any], news: dict[str, Any]
    ) -> dynamic.DiffResult:
        """An identity never changes; what its inputs record is no difference."""
        if RUN not in news and _run.coming is not None:
            _run.identity = id_
            bridge.at_end(settle)
        return dynamic.DiffResult(changes=False)

    @bridge.guarded
    def create(self, operation: Operation, props: dict[str, Any]) -> dynamic.CreateResult:
        """A random id."""
        identity = secrets.token_hex(12)
        _run.fresh.add(identity)
        _run.identity = identity
        return dynamic.CreateResult(identity, {})

    @bridge.guarded
    def read(self, operation: Operation, id_: str, props: dict[str, Any]) -> dynamic.ReadResult:
        """An identity is what the state says."""
        return dynamic.ReadResult(id_, props)

    @bridge.guarded
    def delete(self, operation: Operation, id_: str, props: dict[str, Any]) -> None:
        """The stack's last: release what interrupted runs have left under this identity."""
        inputs = bridge.old_inputs(operation, hidden=True) or {}
        record = _Record(inputs)
        _run.identity = id_
        record.judge(props.get(ENDED) or [])
        unrecorded = is_written_at_the_end()  # then the state knows nothing of a run that was killed
        arrived: dict[str, int] = {}
        while True:
            for region_id in _regions({**props, **inputs}):
                arrived |= _sweep(operation, id_, region_id)
            awaited = record.on_its_way(id_)
            # A forced replacement isn't announced: it may be on its way whenever there was something to replace.
            is_known = not (record.held or unrecorded)
            is_all = is_known and all(arrived.get(origin, -1) >= number for origin, number in awaited)
            if not (record.unfinished or unrecorded) or is_all or _is_long_ago():
                break
            operation.say("waiting for what an interrupted run may have asked for")
            time.sleep(1.0)
            operation.stop_if_abandoned()
        if _reclaim(operation, record):
            raise NeedsDecision(
                "an interrupted run may have placed an order, and BSS doesn't tell which of the product's "
                "instances came of it\n"
                "  what to do: release it in the console and run the command again; if there is none of this "
                f"stack's, take the last resource out of the state: pulumi state delete '{operation.urn}'"
            )


def _sweep(operation: Operation, identity: str, region_id: str) -> dict[str, int]:
    """Release all that bears an identity's mark; the highest number of each origin that was found.

    Raises:
        AliyunError: Of the first that can't be released; the others are released before.
    """
    found: list[str] = []
    failures: list[AliyunError] = []
    for kind in KINDS:
        unwanted = []
        for resource_id, mark in kind.marked(operation, region_id).items():
            of = Attempt.of_mark(mark)
            if of is None or of.identity != identity or resource_id in _run.held:
                continue
            found.append(of.name)
            _run.held.add(resource_id)
            if of.kept:
                operation.tell(
                    f"{kind.name} {resource_id} was left by an interrupted run and is kept, as "
                    f"protect or retain_on_delete asked; it goes on costing money",
                    "WARNING",
                )
                continue
            operation.tell(f"releasing {kind.name} {resource_id}, left by an interrupted run", "WARNING")
            unwanted.append(resource_id)
        failures += _release(operation, kind, region_id, unwanted).values()
    if failures:
        raise failures[0]
    return highest(found)


def _regions(props: Mapping[str, Any]) -> list[str]:
    regions = props.get("__regions")
    return [str(region) for region in regions] if isinstance(regions, list) else []


SETTLED_S = 2.0
"""How long changes and deletes that an interrupted run has sent are given before anybody looks."""

ON_ITS_WAY_S = 10.0
"""How long a call that an interrupted run has sent may take to be carried out: as long as a call waits."""

RECLAIM: list[Callable[[Operation, Attempt, float, Sequence[Mapping[str, Any]]], bool]] = []
"""How to give back what can't bear a mark: with the attempt, since when, and what it may have asked for."""

KINDS: list[Kind] = []
"""The kinds that bear marks; each resource's module adds its own."""

__all__ = ["ATTEMPT", "IDENTITY", "MARK", "Attempt", "Bought", "Identity", "IdentityProvider", "Kind", "buy"]
