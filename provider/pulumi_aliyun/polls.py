"""One call for many: what several operations want done, or want to see, at the same moment.

The engine calls the provider on many threads, once for each resource. What they ask of the API meets here.
"""

from __future__ import annotations

import contextlib
import functools
import json
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent import futures
from typing import Any, TypeVar

from . import bss_sites, cloud
from .bridge import Operation
from .cloud import Item, listed
from .errors import AliyunError, ApiError, TimedOut

T = TypeVar("T")

# ---- shared calls ----------------------------------------------------------------------------------------

GATHER_S = 0.015
"""How long a call waits for others that want the same done to theirs."""


class _Asked:
    def __init__(self, operation: Operation, item_id: str) -> None:
        self.operation = operation
        self.id = item_id
        self.done = threading.Event()
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
            time.sleep(GATHER_S)
            with self._lock:
                del self._groups[how]
            for start in range(0, len(group), 100):
                self._call(how, group[start : start + 100])
        while not asked.done.wait(0.5):
            operation.stop_if_abandoned()
        if asked.error is not None:
            raise asked.error

    def _call(self, how: Hashable, group: list[_Asked]) -> None:
        alone = {asked.id for asked in group}
        if len(group) > 1:
            with contextlib.suppress(AliyunError):  # each by itself, then
                alone = set(self._many(group[0].operation, how, [asked.id for asked in group]))
        for asked in group:
            try:
                if asked.id in alone:
                    self._one(asked.operation, how, asked.id)
            except BaseException as error:  # noqa: BLE001 - it belongs to the one who asked
                asked.error = error
            finally:
                asked.done.set()


# ---- shared polls ------------------------------------------------------------------------------------------


class _Waiter:
    """One operation that wants to see its item, again and again, until it has what it waits for."""

    def __init__(self) -> None:
        self.since = time.monotonic()
        self.due = self.since
        self.seen = threading.Event()
        self.item: Item | None = None
        self.error: Exception | None = None

    def schedule(self) -> None:
        """Ask soon while young, more rarely as time goes by."""
        age = time.monotonic() - self.since
        self.due = time.monotonic() + min(max(0.25, age * 0.4), 5.0)


class Watch:
    """Describes many items of one kind in one region with one call for up to 100 of them.

    Whoever needs an item waits here; one thread asks for all of them together, so that n operations that wait
    cost a call for every hundred of them and not one each.
    """

    def __init__(self, describe: Callable[[Operation, list[str]], dict[str, Item]]) -> None:
        self._describe = describe
        self._waiters: dict[str, list[_Waiter]] = {}
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None

    def once(self, operation: Operation, item_id: str) -> Item | None:
        """The item as it is now; None if it doesn't exist."""
        seen = self.until(operation, item_id, lambda item: (item,), limit=None)
        return seen[0] if seen else None

    def many(self, operation: Operation, item_ids: Sequence[str]) -> dict[str, Item]:
        """Those of many items that exist, as they are now: a call for each hundred, side by side."""
        parts = [list(item_ids[start : start + 100]) for start in range(0, len(item_ids), 100)]
        with futures.ThreadPoolExecutor(max_workers=8) as pool:
            found = pool.map(lambda part: self._describe(operation, part), parts)
            return {key: item for part in found for key, item in part.items()}

    def until(
        self,
        operation: Operation,
        item_id: str,
        done: Callable[[Item | None], T | None],
        *,
        limit: float | None,
        what: str = "",
        patience: float | None = None,
    ) -> T | None:
        """Wait until `done` returns something of the item (None: it doesn't exist), and return that.

        Args:
            operation: The engine's call.
            item_id: The id of what is waited for.
            done: Sees the item after each look.
            limit: Seconds since the operation began; then it is an error. None: no limit.
            what: What is being waited for, for the resource's row.
            patience: Seconds from now; then the answer is None.

        Raises:
            TimedOut: `limit` seconds have passed since the operation began.
            Interrupted: The run is being cancelled.
        """
        waiter = _Waiter()
        with self._wake:
            self._waiters.setdefault(item_id, []).append(waiter)
            if self._thread is None:
                self._thread = threading.Thread(target=self._poll, daemon=True)
                self._thread.start()
            self._wake.notify()
        try:
            while True:
                while not waiter.seen.wait(0.5):
                    operation.stop_if_abandoned()
                waiter.seen.clear()
                if waiter.error is not None:
                    raise waiter.error
                if (result := done(waiter.item)) is not None:
                    return result
                if patience is not None and time.monotonic() - waiter.since > patience:
                    return None
                passed = time.monotonic() - operation.started
                if limit is not None and passed > limit:
                    raise TimedOut(
                        f"{what}: {item_id} is not there after {passed:.0f} s ({_state(waiter.item)}); it is kept "
                        f"in the state\n  what to do: run `pulumi up` again to wait on, or allow more time with "
                        f"ResourceOptions(custom_timeouts=…)"
                    )
                operation.stop_if_abandoned()
                if what:
                    operation.say(f"{what} ({_state(waiter.item)}, {passed:.0f} s)")
        finally:
            with self._wake:
                self._waiters[item_id].remove(waiter)
                if not self._waiters[item_id]:
                    del self._waiters[item_id]

    def _poll(self) -> None:
        while True:
            with self._wake:
                if not self._waiters:
                    self._thread = None
                    return
                waiting = [waiter for group in self._waiters.values() for waiter in group]
                pause = min(waiter.due for waiter in waiting) - time.monotonic()
                if pause > 0:
                    self._wake.wait(pause)
                    continue
            time.sleep(0.01)  # the others of a burst are just arriving
            with self._wake:
                asked = {item_id: list(group) for item_id, group in self._waiters.items()}
            self._ask(asked)

    def _ask(self, asked: dict[str, list[_Waiter]]) -> None:
        ids = list(asked)
        for start in range(0, len(ids), 100):
            part, found, failure = ids[start : start + 100], {}, None
            try:
                found = self._describe(Operation(), part)
            except Exception as error:  # noqa: BLE001 - it belongs to those who wait
                failure = error
            for item_id in part:
                for waiter in asked[item_id]:
                    waiter.item, waiter.error = found.get(item_id), failure
                    waiter.schedule()
                    waiter.seen.set()


def _state(item: Item | None) -> str:
    return str(item.get("Status", "?")) if item else "not listed"


@functools.cache
def reservations(region_id: str) -> Watch:
    """The capacity reservations of a region, by id; released ones are shown as such."""

    def describe(operation: Operation, ids: list[str]) -> dict[str, Item]:
        parameters = {
            "RegionId": region_id,
            "PrivatePoolOptions": {"Ids": json.dumps(ids)},
            "Status": "All",
            "MaxResults": 100,
        }
        try:
            answer = cloud.ecs(operation, region_id, "DescribeCapacityReservations", parameters)
        except ApiError as error:
            if error.code != "Invalid.PrivatePoolOptions.Ids":
                raise
            if len(ids) == 1:
                return {}
            # One unknown id refuses them all: ask one by one.
            return {key: item for one in ids for key, item in describe(operation, [one]).items()}
        return {item["PrivatePoolOptionsId"]: item for item in listed(answer, "CapacityReservationSet")}

    return Watch(describe)


@functools.cache
def instances(region_id: str) -> Watch:
    """The ECS instances of a region, by id."""

    def describe(operation: Operation, ids: list[str]) -> dict[str, Item]:
        parameters = {"RegionId": region_id, "InstanceIds": json.dumps(ids), "MaxResults": 100}
        answer = cloud.ecs(operation, region_id, "DescribeInstances", parameters)
        return {item["InstanceId"]: item for item in listed(answer, "Instances")}

    return Watch(describe)


@functools.cache
def attachments(region_id: str) -> Watch:
    """The private pools that instances of a region use, by instance id."""

    def describe(operation: Operation, ids: list[str]) -> dict[str, Item]:
        parameters = {"RegionId": region_id, "InstanceIds": json.dumps(ids), "PageSize": 100}
        answer = cloud.ecs(operation, region_id, "DescribeInstanceAttachmentAttributes", parameters)
        return {item["InstanceId"]: item for item in listed(answer, "Instances")}

    return Watch(describe)


@functools.cache
def bss_instances() -> Watch:
    """The instances that the billing system lists, by id."""

    def describe(operation: Operation, ids: list[str]) -> dict[str, Item]:
        parameters = {"InstanceIDs": ",".join(ids), "PageNum": 1, "PageSize": 100}
        return {item["InstanceID"]: item for item in bss_sites.listed(operation, parameters)}

    return Watch(describe)
