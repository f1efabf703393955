"""How fast an operation of the API is called, once it has throttled: just as fast as it lets calls through.

Many threads that each back off by themselves leave gaps that nobody uses, and send most of their calls in vain. So
the calls of one operation stand in one queue, whose rhythm follows what the API answers: it gets faster while most
calls go through, however many are refused at random, and slower where going faster only has more refused.
"""

from __future__ import annotations

import functools
import threading
import time

from .bridge import Operation

FASTER, SLOWER = 0.94, 1.097
"""What the gap between two calls is multiplied with by a call that went through, and by one that was throttled.

They balance where six of ten go through: a limit is used up then, and who refuses three of ten isn't at a limit.
"""
FIRST_GAP_S, NO_GAP_S, WIDEST_GAP_S = 0.01, 0.005, 0.07
"""The gap after the first refusal, what counts as none, and the widest.

Beyond it, each call's own pauses make room.
"""


class Pace:
    """The rhythm of one operation's calls."""

    def __init__(self) -> None:
        self._first_in_queue = threading.Lock()
        self._lock = threading.Lock()
        self._gap = 0.0
        self._last = float("-inf")

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
            self._gap *= FASTER
            if self._gap < NO_GAP_S:
                self._gap = 0.0

    def throttled(self) -> None:
        """A call was refused as one too many."""
        with self._lock:
            self._gap = min(self._gap * SLOWER, WIDEST_GAP_S) or FIRST_GAP_S


@functools.cache
def of(_action: str) -> Pace:
    """The rhythm of an operation, in this process."""
    return Pace()
