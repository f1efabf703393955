"""How few calls many operations cost together, and that none of them sees what isn't true."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from pulumi_aliyun import bridge, cloud, polls, sdk_models
from pulumi_aliyun.errors import ApiError, NoAnswer

Item = dict[str, Any]


class Region:
    """A region with items, which counts what it is asked."""

    def __init__(self, ids: Iterable[str]) -> None:
        self.items: dict[str, Item] = {each: {"Id": each, "Status": "Running"} for each in ids}
        self.by_id: list[list[str]] = []
        self.pages_read = 0
        self.lists = True

    def describe(self, _operation: bridge.Operation, ids: list[str]) -> dict[str, Item]:
        self.by_id.append(ids)
        return {each: dict(self.items[each]) for each in ids if each in self.items}

    def pages(self, _operation: bridge.Operation) -> Iterator[dict[str, Item]]:
        ids = list(self.items)
        for start in range(0, len(ids), 100):
            if not self.lists:
                raise ApiError("DescribeInstances", "Forbidden.RAM", "not allowed")
            self.pages_read += 1
            yield {each: dict(self.items[each]) for each in ids[start : start + 100]}

    def watch(self) -> polls.Watch:
        return polls.Watch(self.describe, self.pages)


def reading() -> bridge.Operation:
    return bridge.Operation(request=provider_pb2.ReadRequest())


def at_once(calls: Iterable[Callable[[], None]]) -> None:
    """Make calls on as many threads, and wait for all."""
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def read_all(watch: polls.Watch, ids: list[str], side_by_side: int = 8) -> dict[str, Item | None]:
    """Read items as the engine does at its default parallelism: a few at a time."""
    seen: dict[str, Item | None] = {}
    for start in range(0, len(ids), side_by_side):
        at_once(
            lambda each=each: seen.update({each: watch.once(reading(), each)})  # type: ignore[misc]
            for each in ids[start : start + side_by_side]
        )
    return seen


def named(count: int, prefix: str = "i") -> list[str]:
    return [f"{prefix}-{number}" for number in range(count)]


# ---- reads -------------------------------------------------------------------------------------------------


def test_a_thousand_reads_eight_at_a_time_cost_fifteen_calls_at_most() -> None:
    """When reads keep coming, ten pages answer a thousand of them."""
    region = Region(named(1000))
    assert read_all(region.watch(), named(1000)) == region.items
    assert (region.pages_read, len(region.by_id) <= 5) == (10, True)


def test_a_few_reads_list_nothing() -> None:
    """A small stack in an account of thousands is read by its ids."""
    region = Region([*named(5000, "foreign"), *named(12)])
    read_all(region.watch(), named(12))
    assert (region.pages_read, sorted(chain.from_iterable(region.by_id))) == (0, sorted(named(12)))


def test_an_account_of_strangers_is_not_listed_to_its_end() -> None:
    """Pages that show nothing of the stack end the listing; each is read by its id, and right."""
    region = Region([*named(20_000, "foreign"), *named(200)])
    assert read_all(region.watch(), named(200)) == {each: region.items[each] for each in named(200)}
    assert region.pages_read <= polls.PAGES_FOR_A_CALL * (polls.LISTS_FROM_CALL + 1)


def test_what_no_list_shows_is_asked_for_by_its_id() -> None:
    """A resource is gone only if the API says so of its own id."""
    region = Region(named(90))
    seen = read_all(region.watch(), [*named(90), "i-vanished"])
    assert seen["i-vanished"] is None
    assert ["i-vanished"] in region.by_id


def test_what_was_listed_before_a_change_of_ours_is_not_believed() -> None:
    """The first read after a changing call sees the item as it is now."""
    region = Region(named(100))
    watch = region.watch()
    read_all(watch, named(100))
    before = len(region.by_id)
    region.items["i-7"]["Status"] = "Stopped"
    assert watch.once(reading(), "i-7") == {"Id": "i-7", "Status": "Running"}, "the same run saw it so"
    cloud._noted("StopInstances")
    assert watch.once(reading(), "i-7") == {"Id": "i-7", "Status": "Stopped"}
    assert region.by_id[before:] == [["i-7"]]


def test_only_the_engines_reads_are_answered_from_a_list() -> None:
    """Who is about to change something sees it as it is at that moment."""
    region = Region(named(100))
    watch = region.watch()
    read_all(watch, named(100))
    region.items["i-7"]["Status"] = "Stopped"
    assert watch.once(bridge.Operation(), "i-7") == {"Id": "i-7", "Status": "Stopped"}


def test_reads_go_on_by_id_where_listing_is_not_allowed() -> None:
    """A list that is refused fails no read."""
    region = Region(named(60))
    region.lists = False
    assert read_all(region.watch(), named(60)) == region.items


def test_what_takes_another_call_is_read_for_all_that_is_listed() -> None:
    """The private pools of a thousand instances, say, are ten calls more."""
    region, pools = Region(named(1000)), Region(named(1000))
    instances = region.watch()
    watch = polls.Watch(pools.describe, instances.also(pools.describe))
    for start in range(0, 1000, 8):
        read_all(instances, named(1000)[start : start + 8])
        assert len(read_all(watch, named(1000)[start : start + 8])) == 8
    assert len(pools.by_id) <= 15


@pytest.mark.parametrize("gone", [[], ["i-42"], ["i-0", "i-99"], [f"i-{number}" for number in range(100)]])
def test_those_that_are_gone_hide_none_that_are_there(gone: list[str]) -> None:
    """Where one that is gone has all refused, few calls more find all the others."""
    region = Region(set(named(100)) - set(gone))

    def describe(operation: bridge.Operation, ids: list[str]) -> dict[str, Item]:
        found = region.describe(operation, ids)
        if len(found) < len(ids):
            raise ApiError("DescribeInstanceRamRole", "InvalidInstanceId.NotFound", "one of them is gone")
        return found

    found = polls.where_some_are_gone(describe, "InvalidInstanceId.NotFound")(bridge.Operation(), named(100))
    assert found == region.items
    assert len(region.by_id) <= 1 + 14 * len(gone)
    with pytest.raises(ApiError):
        polls.where_some_are_gone(describe, "AnotherCode")(bridge.Operation(), ["i-100"])


# ---- polls -------------------------------------------------------------------------------------------------


def test_all_that_wait_share_a_call_for_a_hundred() -> None:
    """While the first call is under way 250 items are asked for: a round of looks at them is three calls."""
    region = Region(named(250))

    def describe(operation: bridge.Operation, ids: list[str]) -> dict[str, Item]:
        while not region.by_id and len(watch._waiters) < 250:
            time.sleep(0.001)
        return region.describe(operation, ids)

    watch = polls.Watch(describe, region.pages)
    at_once(lambda each=each: watch.once(bridge.Operation(), each) for each in named(250))  # type: ignore[misc]
    assert all(len(ids) <= 100 for ids in region.by_id)
    assert len(region.by_id) <= 1 + 3


def test_one_that_waits_is_asked_for_at_once() -> None:
    """What is there at the first look costs one call."""
    region = Region(["i-1"])
    found = region.watch().until(bridge.Operation(), "i-1", lambda item: item)
    assert (found, region.by_id) == (region.items["i-1"], [["i-1"]])


def test_a_poll_that_fails_fails_those_that_wait_and_no_others() -> None:
    """The next one that asks is asked for."""
    region = Region(["i-1"])
    answers: list[Any] = [NoAnswer("DescribeInstances", "the connection broke")]

    def describe(operation: bridge.Operation, ids: list[str]) -> dict[str, Item]:
        if answers:
            raise answers.pop()
        return region.describe(operation, ids)

    watch = polls.Watch(describe)
    with pytest.raises(NoAnswer):
        watch.once(bridge.Operation(), "i-1")
    assert watch.once(bridge.Operation(), "i-1") == region.items["i-1"]


# ---- what is done together ---------------------------------------------------------------------------------


class Batches:
    """What is done to many at a time, or to one, and how the engine hands it over."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[list[str]] = []
        self.more = threading.Event()
        monkeypatch.setattr(bridge, "more_to_come", lambda *_seconds: self.more.is_set())
        self.together = polls.Together(lambda _operation, _how, one: self.calls.append([one]), self.many)

    def many(self, _operation: Any, _how: Any, ids: list[str]) -> list[str]:
        self.calls.append(ids)
        return []

    def ask(self, count: int, operation: bridge.Operation | None = None) -> None:
        """Ask for many, of which each comes a while after the one before."""
        asked = operation or bridge.Operation()

        def ask(number: int) -> None:
            time.sleep(number * 0.002)
            if number == count - 1:
                threading.Timer(0.1, self.more.clear).start()
            self.together.ask(asked, "how", str(number))

        at_once(lambda number=number: ask(number) for number in range(count))  # type: ignore[misc]
        assert sorted(chain.from_iterable(self.calls), key=int) == [str(number) for number in range(count)]


def test_what_comes_bit_by_bit_is_done_in_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the engine hands over more and more, no call is made."""
    batches = Batches(monkeypatch)
    batches.more.set()
    batches.ask(60)
    assert len(batches.calls) == 1


def test_a_full_call_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred are a call, though the engine hands over more without an end."""
    monkeypatch.setattr(polls, "LONGEST_CHANGE_S", 60.0)
    batches = Batches(monkeypatch)
    monkeypatch.setattr(bridge, "more_to_come", lambda *_seconds: True)
    batches.ask(polls.A_CALL)
    assert len(batches.calls) == 1


def test_who_is_under_way_already_comes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of thirty operations, those that still look at their resources are waited for, though nothing more comes."""
    monkeypatch.setattr(polls, "STRAGGLERS_S", 30.0)
    monkeypatch.setattr(bridge, "under_way", lambda: 30)
    batches = Batches(monkeypatch)
    batches.ask(30)
    assert len(batches.calls) == 1


def test_who_still_looks_when_the_engine_has_handed_over_all_comes_along(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However long the handing over took: the moment for those under way begins when nothing new comes any more."""
    monkeypatch.setattr(polls, "STRAGGLERS_S", 2.0)
    monkeypatch.setattr(bridge, "under_way", lambda: 9)
    batches = Batches(monkeypatch)
    batches.more.set()
    threading.Timer(2.5, batches.more.clear).start()

    def ask(number: int) -> None:
        while number and batches.more.is_set():
            time.sleep(0.01)
        time.sleep(0.2 if number else 0)
        batches.together.ask(bridge.Operation(), "how", str(number))

    at_once(lambda number=number: ask(number) for number in range(9))  # type: ignore[misc]
    assert len(batches.calls) == 1


def test_one_that_is_alone_waits_for_nobody() -> None:
    """One operation in flight has nobody to wait for, however long others would be waited for."""
    operation = bridge.Operation()
    bridge._in_flight.add(operation)
    try:
        assert not bridge.more_to_come(60.0, 60.0)
    finally:
        bridge._in_flight.discard(operation)


def test_more_is_to_come_until_the_usual_gap_has_passed_several_times() -> None:
    """Of operations that came a tenth of a second after each other, another is expected for five tenths."""
    now = time.monotonic()

    def asked(last: float) -> set[bridge.Operation]:
        return {bridge.Operation(started=now - last - number / 10) for number in range(8)}

    for last, lull, longest, more in (
        (0.2, 0.1, 60.0, True),
        (0.2, 0.1, 0.1, False),
        (9.0, 0.1, 60.0, False),
        (9.0, 60.0, 60.0, True),
    ):
        operations = asked(last)
        bridge._in_flight.update(operations)
        try:
            assert bridge.more_to_come(lull, longest) is more, (last, lull, longest)
        finally:
            bridge._in_flight.difference_update(operations)


def test_nobody_waits_for_others_beyond_half_of_the_time_the_user_allows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What custom_timeouts leaves is for the call, too."""
    batches = Batches(monkeypatch)
    monkeypatch.setattr(bridge, "more_to_come", lambda *_seconds: True)
    batches.ask(3, bridge.Operation(timeout=1.0))
    assert batches.calls


# ---- the SDK's models --------------------------------------------------------------------------------------


def test_a_call_loads_the_models_that_it_uses_and_no_others(ecs: Any) -> None:
    """Of a thousand files, a description of instances takes a handful: seen in a process that loads nothing else."""
    program = """
import sys
from pulumi_aliyun import sdk_models
models = sdk_models.of("alibabacloud_ecs20140526")
from alibabacloud_ecs20140526.client import Client
models.DescribeInstancesRequest, models.DescribeInstancesResponse
print(sum(name.startswith("alibabacloud_ecs20140526.models.") for name in sys.modules))
"""
    loaded = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert 0 < int(loaded) < 150
    ecs("DescribeInstances")
    models = sdk_models.of("alibabacloud_ecs20140526")
    assert models.DescribeInstancesRequest(region_id="r").to_map()["RegionId"] == "r"
    with pytest.raises(AttributeError, match="NoSuchModel"):
        models.NoSuchModel  # noqa: B018


@pytest.mark.parametrize("layout", ["models.py", "models/__init__.py"])
def test_an_sdk_of_another_layout_is_loaded_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str
) -> None:
    """One file of models, or an index that doesn't say where they are, is no obstacle."""
    name = "sdk_" + str(len(layout))
    file = tmp_path / name / layout
    file.parent.mkdir(parents=True)
    (tmp_path / name / "__init__.py").touch()
    file.write_text("class FooRequest:\n    pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert sdk_models.of(name).FooRequest.__name__ == "FooRequest"


def test_what_only_asynchronous_calls_need_is_loaded_by_who_uses_it() -> None:
    """The SDKs are loaded without aiohttp; they, and whoever imports it besides them, have the real one."""
    program = """
import sys
from pulumi_aliyun import sdk_models
sdk_models.of("alibabacloud_ecs20140526")
from alibabacloud_credentials import client
from alibabacloud_ecs20140526.client import Client
assert "aiohttp" not in sys.modules
sys.modules["aiohttp"] = sdk_models._Later("aiohttp")  # at the moment when another thread loads the SDKs
from aiohttp import ClientSession
import aiohttp, darabonba.core, Tea.core
assert ClientSession is aiohttp.ClientSession is darabonba.core.aiohttp.ClientSession is Tea.core.aiohttp.ClientSession
aiohttp.TCPConnector.__init__
sdk_models.without_aiohttp()
assert sys.modules["aiohttp"] is aiohttp
"""
    subprocess.run([sys.executable, "-c", program], check=True)
