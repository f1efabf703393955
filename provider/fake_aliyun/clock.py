"""The fake's own time: it can be fixed, moved and sped up, apart from the machine's."""

from __future__ import annotations

import re
import time
from datetime import datetime, timezone

_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?Z")


class Clock:
    """A clock that runs at `rate` seconds per real second; a rate of 0 stands still."""

    def __init__(self) -> None:
        self._base = time.time()
        self._started = time.monotonic()
        self._rate = 1.0

    @property
    def rate(self) -> float:
        """How many seconds pass in a real second."""
        return self._rate

    def now(self) -> float:
        """Gives the fake's time as seconds since 1970."""
        return self._base + (time.monotonic() - self._started) * self._rate

    def set(self, moment: float) -> None:
        """Jumps to a moment, forwards or backwards; from there time goes on at the present rate."""
        self._base, self._started = moment, time.monotonic()

    def advance(self, seconds: float) -> None:
        """Jumps by some seconds."""
        self.set(self.now() + seconds)

    def run_at(self, rate: float) -> None:
        """Changes how fast time goes from now on."""
        self.set(self.now())
        self._rate = rate


def utc(moment: float | None) -> str:
    """Writes a moment to the second, `2021-10-30T05:32:00Z`; none is an empty string."""
    return "" if moment is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))


def utc_minute(moment: float | None) -> str:
    """Writes a moment to the minute, `2021-02-19T03:02Z`, as ECS answers; none is an empty string."""
    return "" if moment is None else time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime(moment))


def parse_utc(text: str) -> float | None:
    """Reads `yyyy-MM-ddTHH:mm:ssZ` or `yyyy-MM-ddTHH:mmZ`; anything else is none."""
    found = _TIME.fullmatch(text)
    if not found or not text.isascii():
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc).timestamp()
    except ValueError:
        return None
