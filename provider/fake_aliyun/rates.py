"""Throttling by rate: so many requests per second and account."""

from __future__ import annotations

import time
from threading import Lock

from fake_aliyun.errors import ApiError


class Rates:
    """A bucket per account that fills at the limit's rate, in real time, and holds one second's worth."""

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = Lock()

    def pass_or_throttle(self, account_id: str, limit: float) -> None:
        """Lets a request pass.

        Raises:
            ApiError: There were more than `limit` in the last second.
        """
        with self._lock:
            now = time.monotonic()
            left, since = self._buckets.get(account_id, (max(limit, 1.0), now))
            left = min(max(limit, 1.0), left + (now - since) * limit)
            self._buckets[account_id] = (left - 1 if left >= 1 else left, now)
        if left < 1:
            raise ApiError("Throttling.User")
