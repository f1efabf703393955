"""The calls of an operation go as fast as the API lets them through, and no faster for long."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pulumi_aliyun import bridge, pace


class Clock(bridge.Operation):
    """An operation whose pauses are the only time that passes."""

    now = 1000.0

    def pause(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def run(rhythm: pace.Pace, clock: Clock, calls: int, service: Any) -> list[float]:
    """Make calls one after the other until each is answered; the moments of the answers."""
    answered = []
    while len(answered) < calls:
        rhythm.wait(clock)
        clock.pause(0.001)
        if service(clock.now):
            rhythm.answered()
            answered.append(clock.now)
        else:
            rhythm.throttled()
            clock.pause(0.05)
    return answered


def bucket(rate: float) -> Any:
    """A service that allows so many calls a second, and as many at once when it has rested."""
    tokens, last = rate, 1000.0

    def allows(now: float) -> bool:
        nonlocal tokens, last
        tokens, last = min(rate, tokens + (now - last) * rate), now
        if tokens < 1:
            return False
        tokens -= 1
        return True

    return allows


def test_nothing_waits_before_the_api_has_throttled(clock: Clock) -> None:
    """A thousand calls go as they come."""
    answered = run(pace.Pace(), clock, 1000, lambda _now: True)
    assert answered[-1] - answered[0] == pytest.approx(0.999)


@pytest.mark.parametrize("rate", [5.0, 10.0, 50.0])
def test_nine_tenths_of_what_is_allowed_are_used(clock: Clock, rate: float) -> None:
    """Whatever the limit, the calls come nearly as fast as it allows."""
    answered = run(pace.Pace(), clock, 300, bucket(rate))
    assert 300 / (answered[-1] - answered[0]) >= 0.9 * rate


def test_the_queue_ends_when_the_limit_does(clock: Clock) -> None:
    """A service that has throttled for a while isn't asked slowly for ever."""
    rhythm = pace.Pace()
    run(rhythm, clock, 50, bucket(10.0))
    answered = run(rhythm, clock, 200, lambda _now: True)
    assert answered[-1] - answered[-50] == pytest.approx(0.049)


def test_refusals_at_random_slow_nothing_down_for_long(clock: Clock) -> None:
    """Three of ten refused, whatever the rhythm: ten answers take four seconds at most."""
    turn = iter(range(10_000))
    answered = run(pace.Pace(), clock, 300, lambda _now: next(turn) % 10 not in {2, 5, 9})
    assert max(b - a for a, b in zip(answered, answered[10:], strict=False)) < 4.0
