"""How fast an operation of the API is called, once it has throttled: just as fast as it lets calls through.

Many threads that each back off by themselves leave gaps that nobody uses, and send most of their calls in vain. So
the calls of one operation stand in one queue, whose rhythm follows what the API answers.
"""

from __future__ import annotations

import functools
import threading
import time
from collections import deque

from .bridge import Operation

SLOWER, FASTER, MUCH_FASTER = 1.2, 0.99, 0.8
"""What the gap between two calls is multiplied with: when throttled, with each answer, and when all is calm again."""
ONCE_S = 0.5
"""Refusals so close together are one: the calls were under way before the first was known."""
CALM_S = 2.0
"""How long after the last refusal all is calm."""
NO_GAP_S, WIDEST_GAP_S = 0.005, 0.07
"""What counts as none, and the widest: who refuses three calls of ten at random would slow it down to that for ever.

Below it, each call's own pauses make room.
"""


class Pace:
    """The rhythm of one operation's calls."""

    def __init__(self) -> None:
        self._first_in_queue = threading.Lock()
        self._lock = threading.Lock()
        self._gap = 0.0
        self._last = float("-inf")
        self._throttled = float("-inf")
        self._answered: deque[float] = deque(maxlen=1000)

    def wait(self, operation: Operation) -> None:
        """Wait for one's turn; there is no queue until something has been throttled."""
        if not self._gap:
            return
        while not self._first_in_queue.acquire(timeout=0.5):
            operation.stop_if_abandoned()
        try:
            while (left := self._last + self._gap - time.monotonic()) > 0:
                operation.stop_if_abandoned()
                operation.pause(left)
            self._last = time.monotonic()
        finally:
            self._first_in_queue.release()

    def answered(self) -> None:
        """A call went through: the next ones may come a little closer together."""
        with self._lock:
            now = time.monotonic()
            self._answered.append(now)
            self._gap *= FASTER if now - self._throttled < CALM_S else MUCH_FASTER
            if self._gap < NO_GAP_S:
                self._gap = 0.0

    def throttled(self) -> None:
        """A call was refused as one too many: the first such tells how many a second are not."""
        with self._lock:
            now = time.monotonic()
            if not self._gap:
                lately = sum(now - each < 1.0 for each in self._answered)
                self._gap = min(1.0 / max(1, lately), WIDEST_GAP_S)
            elif now - self._throttled > ONCE_S:
                self._gap = min(self._gap * SLOWER, WIDEST_GAP_S)
            else:
                return
            self._throttled = now


@functools.cache
def of(_action: str) -> Pace:
    """The rhythm of an operation, in this process."""
    return Pace()
