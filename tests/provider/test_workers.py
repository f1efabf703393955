"""More than the SDK's four operations at a time, also of what is queued already; and nothing slow without a call."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from concurrent import futures
from types import SimpleNamespace
from typing import Any

import pytest

from pulumi_aliyun import bridge


def test_calls_that_are_queued_already_are_served_side_by_side() -> None:
    """A destroy's first calls come while the provider is being loaded: all of them run at once afterwards."""
    all_are_there = threading.Barrier(12, timeout=30)
    pool = futures.ThreadPoolExecutor(max_workers=4)

    def first() -> bool:
        raised = bridge._raise_workers(16)
        all_are_there.wait()
        return raised

    calls = [pool.submit(first), *(pool.submit(all_are_there.wait) for _ in range(11))]
    futures.wait(calls, timeout=60)
    assert calls[0].result() is True
    assert [call.exception() for call in calls] == [None] * 12


def test_as_many_as_are_allowed_are_served_later_too() -> None:
    """That calls were queued once leaves nobody without a thread: Python's pool takes workers for idle ones then."""
    pool = futures.ThreadPoolExecutor(max_workers=4)
    loaded = threading.Event()

    def first() -> bool:
        loaded.wait(30)
        return bridge._raise_workers(64)

    calls = [pool.submit(first), *(pool.submit(loaded.wait, 30) for _ in range(19))]
    loaded.set()
    futures.wait(calls, timeout=60)
    all_are_there = threading.Barrier(64, timeout=30)
    calls = [pool.submit(all_are_there.wait) for _ in range(64)]
    assert [call.exception() for call in calls] == [None] * 64


def test_a_pool_that_is_wide_enough_is_left_as_it_is() -> None:
    """Nothing is made narrower."""
    pool = futures.ThreadPoolExecutor(max_workers=200)
    assert pool.submit(bridge._raise_workers, 128).result() is False
    assert pool._max_workers == 200


@pytest.mark.parametrize(
    "arguments",
    [(), (None,), ("text",), (lambda: None,), (lambda: SimpleNamespace(_max_workers=4),)],
    ids=["none", "nothing", "text", "another", "alike"],
)
def test_another_way_of_serving_is_left_alone(arguments: tuple[Any, ...]) -> None:
    """Where a future SDK serves its calls otherwise, the provider works with as many as that gives it."""
    outcome: list[bool] = []
    thread = threading.Thread(target=lambda *_: outcome.append(bridge._raise_workers(128)))
    thread._args = arguments  # type: ignore[attr-defined]
    thread.start()
    thread.join()
    assert outcome in ([False], [])


@pytest.mark.parametrize("library", [object(), SimpleNamespace(mallopt=lambda *_: 0)])
def test_another_c_library_keeps_its_way_with_memory(monkeypatch: pytest.MonkeyPatch, library: Any) -> None:
    """Only glibc takes being told what to keep."""
    monkeypatch.setattr("ctypes.CDLL", lambda _: library)
    assert bridge._spare_memory() is False


def test_check_and_diff_load_no_sdk() -> None:
    """What takes most of a second to load is loaded by the first call of the API, and a preview makes none."""
    program = """
        import sys
        from pulumi_aliyun import _entry

        given = {"instance_type": "ecs.g6.large", "instance_amount": 1.0, "zone_id": "cn-hangzhou-h",
                 "region_id": "cn-hangzhou"}
        provider = _entry.load("CapacityReservation")
        checked = provider.check({}, dict(given))
        assert not checked.failures, checked.failures
        assert not provider.diff("crp-1", {**given, "status": "Active"}, checked.inputs).changes
        slow = ("alibabacloud", "Tea", "darabonba", "aiohttp", "requests", "tenacity", "stamina")
        print([name for name in sys.modules if name.startswith(slow)])
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


_UNTIL_INTERRUPTED = """
import os, signal, threading, time
from pulumi_aliyun import bridge

def at_the_end():
    with bridge._deaf_to_interrupts():
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.2)
        threading.Thread(target=print, args=["still at it"]).start()
    time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=at_the_end).start()
try:
    threading.Event().wait(60)
except KeyboardInterrupt:
    print("ended")
"""


def test_what_is_under_way_at_the_end_of_a_run_outlives_an_interrupt() -> None:
    """The main thread, which the engine tells to end, hears it when all is done."""
    command = [sys.executable, "-c", _UNTIL_INTERRUPTED]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=50)
    assert ended.stdout.split("\n") == ["still at it", "ended", ""]
