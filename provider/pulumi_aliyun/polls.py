"""One call for many: what several operations want done, or want to see, at the same moment.

The engine calls the provider on many threads, once for each resource. What they ask of the API meets here.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import math
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from . import bridge, bss_sites, cloud
from .bridge import Operation
from .cloud import Item, listed
from .errors import AliyunError, ApiError, TimedOut, vanished

T = TypeVar("T")

A_CALL = 100
"""How many resources one call takes."""

# ---- shared calls ----------------------------------------------------------------------------------------

GATHER_S = 0.015
"""How long a call waits for others that want the same, and again for as long as others came."""
LULL_S, LONGEST_LULL_S = 0.1, 0.5
"""How long the engine must have asked nothing new, before the next call of a busy time is made."""
STRAGGLERS_S, STRAGGLERS_OF_EACH_S = 0.1, 0.003
"""How long a call that changes something waits, when nothing new comes any more, for operations under way that want
something else yet, a look at their resources, say; and at least for each of them."""
LONGEST_LOOK_S, LONGEST_CHANGE_S = 3.0, 15.0
"""How long a call waits at most while more are coming: one that looks, and one that changes something."""
BUSY_S = 2.0
"""How soon after the one before a look belongs to a busy time; the first is made at once."""


def _gather(waiting: Callable[[], int], longest: float, *, busy: bool, stragglers: bool = False) -> None:
    """Wait for others who want the same, as long as more are coming and the call isn't full; Ctrl-C ends it.

    The engine hands over a large stack bit by bit, over seconds, as fast as it can write its state. So a call is
    made when nothing more has come for a moment: a single resource waits for nobody, and a hundred cost two or
    three calls.

    Args:
        waiting: How many want it.
        longest: Seconds to wait at most.
        busy: Whether to look at what the engine hands over; else others are only given a moment.
        stragglers: Whether to wait for those that are under way already and want something else yet.
    """
    began = heard = time.monotonic()

    def more() -> bool:
        nonlocal heard
        if bridge.more_to_come(LULL_S, LONGEST_LULL_S):
            heard = time.monotonic()
            return True
        others = bridge.under_way() - waiting() if stragglers else 0
        return others > 0 and time.monotonic() - heard < max(STRAGGLERS_S, STRAGGLERS_OF_EACH_S * others)

    while (before := waiting()) < A_CALL and not bridge.cancelled.wait(GATHER_S):
        if time.monotonic() - began > longest or not busy or (waiting() == before and not more()):
            break


class _Asked:
    def __init__(self, operation: Operation, item_id: str) -> None:
        self.operation = operation
        self.id = item_id
        self.done = threading.Event()
        self.alone = False
        self.error: BaseException | None = None


class Together:
    """Makes one call for up to 100 operations that want the same done, each to its own resource.

    The first of them waits a moment for the others and calls for all. Where the API refuses the lot, each is
    asked for by itself, so that one bad resource fails alone and with its own reason.
    """

    def __init__(
        self,
        one: Callable[[Operation, Hashable, str], Any],
        many: Callable[[Operation, Hashable, list[str]], Iterable[str]],
    ) -> None:
        """Take the two ways of doing it.

        Args:
            one: Does it to one resource.
            many: Does it to many; returns the ids of those that it was refused for.
        """
        self._one = one
        self._many = many
        self._groups: dict[Hashable, list[_Asked]] = {}
        self._lock = threading.Lock()

    def ask(self, operation: Operation, how: Hashable, item_id: str) -> None:
        """Have it done to one resource, in the same call as all who ask for the same at this moment."""
        asked = _Asked(operation, item_id)
        with self._lock:
            group = self._groups.setdefault(how, [])
            group.append(asked)
        if group[0] is asked:
            longest = min(LONGEST_CHANGE_S, operation.left() / 2)
            _gather(lambda: len(group), longest, busy=True, stragglers=True)
            with self._lock:
                del self._groups[how]
            for start in range(0, len(group), A_CALL):
                self._call(how, group[start : start + A_CALL])
        while not asked.done.wait(0.5):
            operation.stop_if_abandoned()
            if operation.left() < 0:
                raise TimedOut(
                    f"{item_id}: no answer within {operation.timeout:.0f} s, as long as custom_timeouts allows\n"
                    f"  what to do: run the command again, or allow more time"
                )
        if asked.error is not None:
            raise asked.error
        if asked.alone:
            self._one(operation, how, item_id)

    def _call(self, how: Hashable, group: list[_Asked]) -> None:
        alone, unforeseen = {asked.id for asked in group}, None
        if len(group) > 1:
            try:
                alone = set(self._many(group[0].operation, how, [asked.id for asked in group]))
            except AliyunError:
                pass  # each by itself, then, and all at the same time
            except BaseException as error:  # noqa: BLE001 - nobody is to wait for ever
                unforeseen = error
        for asked in group:
            asked.alone, asked.error = asked.id in alone, unforeseen
            asked.done.set()


# ---- shared polls ------------------------------------------------------------------------------------------


FIRST_POLL_S, LAST_POLL_S = 0.25, 5.0
"""How long to wait from one look to the next: the longer, the longer it takes already."""


class _Waiter:
    """One operation that wants to see its item, again and again, until it has what it waits for."""

    def __init__(self, operation: Operation) -> None:
        self.since = time.monotonic()
        self.due = self.since
        self.reads = operation.reads
        self.undeterred = operation.undeterred
        self.seen = threading.Event()
        self.item: Item | None = None
        self.error: Exception | None = None

    def show(self, item: Item | None, error: Exception | None, slow: float) -> None:
        """Wake the operation; the next look is soon while young, and rare where the API is slow or throttles."""
        self.item, self.error = item, error
        now = time.monotonic()
        self.due = now + max(min(max(FIRST_POLL_S, (now - self.since) * 0.15), LAST_POLL_S), slow)
        self.seen.set()


UNLISTED_S = 30.0
"""How long a list may leave out what was just made, or is being waited for, before it has vanished."""

Describe = Callable[[Operation, list[str]], dict[str, Item]]
"""Those of up to 100 items that exist, by id."""
Pages = Callable[[Operation], Iterator[dict[str, Item]]]
"""All that a region holds, page by page, by id."""


class _Listing:
    """What the reads of one run share: instead of a call for the few that are read at a time, pages of all.

    The engine reads a stack a few resources at a time, and doesn't say how many will follow. When reads keep
    coming, what the whole region holds is listed once. An account may hold far more than this stack does: pages
    are only read in proportion to the calls that reads have cost, and no more if the first ones show nothing of
    this stack's. Nothing is believed to be gone because it isn't listed, and nothing that was listed
    before this process has changed anything is believed at all.
    """

    def __init__(self, pages: Pages | None) -> None:
        self._all = pages
        self._forget()

    def _forget(self) -> None:
        self._items: dict[str, Item] = {}
        self._began = time.monotonic()
        self._changes = cloud.changes()
        self._left = self._all(Operation()) if self._all else iter(())
        self._pages = 0
        self._calls = 0
        self._read: set[str] = set()

    def ids(self) -> list[str]:
        """The ids of all that has been listed in this run."""
        return list(self._items) if self._holds() else []

    def _holds(self) -> bool:
        return self._changes == cloud.changes() and time.monotonic() - self._began < LISTING_S

    def known(self, item_id: str) -> Item | None:
        """An item that has been listed in this run; None if it hasn't."""
        return self._items.get(item_id) if self._holds() else None

    def prepare(self, ids: Iterable[str]) -> None:
        """Before these are read by id: go on listing, if that looks like the fewer calls."""
        if not self._holds():
            self._forget()
        self._read.update(ids)
        self._calls += 1
        if self._calls < LISTS_FROM_CALL or len(self._read) < LISTS_FROM_ITEM:
            return
        with contextlib.suppress(AliyunError):  # by id it may work, or say why it doesn't
            for page in itertools.islice(self._left, PAGES_FOR_A_CALL * self._calls - self._pages):
                self._pages += 1
                self._items |= page
        if self._read.isdisjoint(self._items):
            self._left = iter(())


LISTS_FROM_CALL, LISTS_FROM_ITEM = 3, 16
"""Reads are answered from a list from this call, and from this item on."""
PAGES_FOR_A_CALL = 4
"""How many pages are read for each call that reads have cost."""
LISTING_S = 60.0
"""How long what was listed is good for the reads of the same run."""


class Watch:
    """Describes many items of one kind in one region with one call for up to 100 of them.

    Whoever needs an item waits here; one thread asks for all of them together, so that n operations that wait
    cost a call for every hundred of them and not one each.
    """

    def __init__(self, describe: Describe, pages: Pages | None = None) -> None:
        """Take the two ways of seeing items.

        Args:
            describe: Describes up to 100 items by their ids.
            pages: Lists all of them; without it, each is asked for by its id.
        """
        self._describe = describe
        self._listing = _Listing(pages)
        self._waiters: dict[str, list[_Waiter]] = {}
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._looked = -math.inf

    def once(self, operation: Operation, item_id: str) -> Item | None:
        """The item as it is now; None if it doesn't exist.

        For the engine's Read it is the item as it was at some moment of the run, and since then unchanged by us.
        """
        if operation.reads and (item := self._listing.known(item_id)):
            return item
        seen = self.until(operation, item_id, lambda item: (item,))
        return seen[0] if seen else None

    def also(self, describe: Describe) -> Pages:
        """What another operation shows of all that the reads of this run have listed."""

        def pages(operation: Operation) -> Iterator[dict[str, Item]]:
            ids = self._listing.ids()
            for start in range(0, len(ids), A_CALL):
                yield describe(operation, ids[start : start + A_CALL])

        return pages

    def many(self, operation: Operation, item_ids: Sequence[str]) -> dict[str, Item]:
        """Those of many items that exist, as they are now: a call for each hundred, side by side."""
        parts = [list(item_ids[start : start + A_CALL]) for start in range(0, len(item_ids), A_CALL)]
        found = bridge.side_by_side(lambda part: self._describe(operation, part), parts, most=8)
        return {key: item for part in found for key, item in part.items()}

    def until(
        self,
        operation: Operation,
        item_id: str,
        done: Callable[[Item | None], T | None],
        *,
        what: str = "",
        patience: float = math.inf,
        gone_after: float = math.inf,
    ) -> T | None:
        """Wait until `done` returns something of the item (None: it doesn't exist), and return that.

        Args:
            operation: The engine's call.
            item_id: The id of what is waited for.
            done: Sees the item after each look.
            what: What is being waited for, for the resource's row; with it, the operation's limit holds.
            patience: Seconds from now; then the answer is None.
            gone_after: For how many seconds a list may leave it out; then it has vanished.

        Raises:
            TimedOut: The operation has taken as long as it may.
            NotThere: It has vanished.
            Interrupted: The run is being cancelled.
        """
        with self._wake:
            waiter = _Waiter(operation)
            self._waiters.setdefault(item_id, []).append(waiter)
            if self._thread is None:
                self._thread = threading.Thread(target=self._poll, daemon=True)
                self._thread.start()
            self._wake.notify()
        shown = waiter.since
        try:
            while True:
                self._look(operation, waiter, what, item_id)
                if (result := done(waiter.item)) is not None:
                    return result
                now, passed = time.monotonic(), operation.passed()
                shown = now if waiter.item else shown
                if now - waiter.since > patience:
                    return None
                if now - shown > gone_after:
                    raise vanished(f"{what}: {item_id}")
                if what and passed > operation.limit:
                    raise timed_out(operation, what, item_id, waiter.item)
                operation.stop_if_abandoned()
                if what:
                    operation.say(f"{what} ({_state(waiter.item)}, {passed:.0f} s)")
        finally:
            with self._wake:
                self._waiters[item_id].remove(waiter)
                if not self._waiters[item_id]:
                    del self._waiters[item_id]

    @staticmethod
    def _look(operation: Operation, waiter: _Waiter, what: str, item_id: str) -> None:
        while not waiter.seen.wait(0.5):
            operation.stop_if_abandoned()
            if operation.left() < 0:
                raise timed_out(operation, what or "looking", item_id, waiter.item)
        waiter.seen.clear()
        if waiter.error is not None:
            operation.stop_if_abandoned()  # the one who was cancelled says what it was at
            raise waiter.error

    def _poll(self) -> None:
        while True:
            with self._wake:
                if not self._waiters:
                    self._thread = None
                    return
                pause = min(map(_due, self._waiters.values())) - time.monotonic()
                if pause > 0:
                    self._wake.wait(pause)
                    continue
            _gather(self._due_now, LONGEST_LOOK_S, busy=time.monotonic() - self._looked < BUSY_S)
            self._looked = time.monotonic()
            with self._wake:
                asked = self._next()
            try:
                self._ask(asked)
            except Exception as error:  # noqa: BLE001 - nobody is to wait for ever
                for waiter in itertools.chain.from_iterable(asked.values()):
                    waiter.show(None, error, 0.0)

    def _due_now(self) -> int:
        """How many items somebody wants to see now."""
        now = time.monotonic()
        with self._wake:
            return sum(_due(waiters) <= now for waiters in self._waiters.values())

    def _next(self) -> dict[str, list[_Waiter]]:
        """Who is due; a call that isn't full takes others along."""
        ids = sorted(self._waiters, key=lambda item_id: _due(self._waiters[item_id]))
        due = self._due_now()
        return {item_id: list(self._waiters[item_id]) for item_id in ids[: -(-due // A_CALL) * A_CALL]}

    def _ask(self, asked: dict[str, list[_Waiter]]) -> None:
        read = [item_id for item_id, waiters in asked.items() if all(waiter.reads for waiter in waiters)]
        if read:
            self._listing.prepare(read)
        known = {item_id: item for item_id in read if (item := self._listing.known(item_id))}
        for item_id, item in known.items():
            for waiter in asked[item_id]:
                waiter.show(item, None, 0.0)
        ids = [item_id for item_id in asked if item_id not in known]
        for start in range(0, len(ids), A_CALL):
            part, found, failure = ids[start : start + A_CALL], {}, None
            began = time.monotonic()
            undeterred = any(waiter.undeterred for item_id in part for waiter in asked[item_id])
            try:
                found = self._describe(Operation(undeterred=undeterred), part)
            except Exception as error:  # noqa: BLE001 - it belongs to those who wait
                failure = error
            slow = time.monotonic() - began
            for item_id in part:
                for waiter in asked[item_id]:
                    waiter.show(found.get(item_id), failure, slow)


def _due(waiters: Iterable[_Waiter]) -> float:
    return min(waiter.due for waiter in waiters)


def _state(item: Item | None) -> str:
    return str(item.get("Status", "?")) if item else "not listed"


def timed_out(operation: Operation, what: str, item_id: str, item: Item | None) -> TimedOut:
    """What was waited for didn't come in time."""
    return TimedOut(
        f"{what} has taken {time.monotonic() - operation.started:.0f} s: {item_id} is {_state(item)}, and stays in "
        f"the state\n  what to do: run the command again to wait on, or allow more time with "
        f"ResourceOptions(custom_timeouts=…)"
    )


def where_some_are_gone(describe: Describe, *gone: str) -> Describe:
    """Describes many, also where the API refuses them all because one is gone: then by halves.

    Args:
        describe: Describes up to 100 items by their ids.
        gone: The codes of such a refusal.
    """

    def by_halves(operation: Operation, ids: list[str]) -> dict[str, Item]:
        try:
            return describe(operation, ids)
        except ApiError as error:
            if error.code not in gone:
                raise
        if len(ids) == 1:
            return {}
        middle = len(ids) // 2
        return by_halves(operation, ids[:middle]) | by_halves(operation, ids[middle:])

    return by_halves


class Source(NamedTuple):
    """An operation of ECS that lists what a region holds."""

    action: str
    key: str
    """Where the items stand in its answer,"""
    id: str
    """and what their id is called there."""


RESERVATIONS = Source("DescribeCapacityReservations", "CapacityReservationSet", "PrivatePoolOptionsId")
INSTANCES = Source("DescribeInstances", "Instances", "InstanceId")


def _of_region(
    region_id: str, source: Source, chosen: Callable[[str], cloud.Parameters], *gone: str
) -> Watch:
    """What an operation of ECS lists of a region.

    Args:
        region_id: The region.
        source: The operation.
        chosen: The parameters that choose items, by their ids as JSON.
        gone: The codes by which it refuses all because one is gone.
    """
    everything = {"RegionId": region_id, "MaxResults": A_CALL}

    def by_id(items: Iterable[Item]) -> dict[str, Item]:
        return {item[source.id]: item for item in items}

    def describe(operation: Operation, ids: list[str]) -> dict[str, Item]:
        answer = cloud.ecs(operation, region_id, source.action, {**everything, **chosen(json.dumps(ids))})
        return by_id(listed(answer, source.key))

    def pages(operation: Operation) -> Iterator[dict[str, Item]]:
        return map(by_id, cloud.page_by_page(operation, region_id, source.action, everything, source.key))

    return Watch(where_some_are_gone(describe, *gone), pages)


@functools.cache
def reservations(region_id: str) -> Watch:
    """The capacity reservations of a region, by id; released ones are shown as such."""
    return _of_region(
        region_id,
        RESERVATIONS,
        lambda ids: {"PrivatePoolOptions": {"Ids": ids}, "Status": "All"},
        "Invalid.PrivatePoolOptions.Ids",
    )


@functools.cache
def instances(region_id: str) -> Watch:
    """The ECS instances of a region, by id."""
    return _of_region(region_id, INSTANCES, lambda ids: {"InstanceIds": ids})


@functools.cache
def attachments(region_id: str) -> Watch:
    """The private pools that instances of a region use, by instance id."""

    def describe(operation: Operation, ids: list[str]) -> dict[str, Item]:
        parameters = {"RegionId": region_id, "InstanceIds": json.dumps(ids), "PageSize": 100}
        answer = cloud.ecs(operation, region_id, "DescribeInstanceAttachmentAttributes", parameters)
        return {item["InstanceId"]: item for item in listed(answer, "Instances")}

    return Watch(describe, instances(region_id).also(describe))


@functools.cache
def bss_instances() -> Watch:
    """The instances that the billing system lists, by id."""

    def by_id(items: Iterable[Item]) -> dict[str, Item]:
        return {item["InstanceID"]: item for item in items}

    def describe(operation: Operation, ids: list[str]) -> dict[str, Item]:
        parameters = {"InstanceIDs": ",".join(ids), "PageNum": 1, "PageSize": A_CALL}
        return by_id(bss_sites.listed(operation, parameters))

    return Watch(describe, lambda operation: map(by_id, bss_sites.pages(operation, {})))
