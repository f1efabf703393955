"""The credentials of a role: got by a call like any other, and got anew before they run out.

The SDK has its own way, but it speaks HTTPS only, tells nobody what the service said, and asks once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

RENEWED_AFTER = 0.75
"""The part of their life after which credentials are got anew."""


class Role:
    """A source of credentials, as the SDK takes one."""

    def __init__(self, assume: Callable[[], Mapping[str, Any]], life: float) -> None:
        """Take the way of getting them.

        Args:
            assume: Calls AssumeRole, and returns its answer.
            life: For how many seconds they are asked.
        """
        self._assume = assume
        self._life = life
        self._lock = threading.Lock()
        self._ends = 0.0
        self._credentials: Any = None

    def get_provider_name(self) -> str:
        """The source's name in the SDK."""
        return "ram_role_arn"

    def get_credentials(self) -> Any:
        """What to sign with now."""
        from alibabacloud_credentials.provider.refreshable import Credentials

        with self._lock:
            began = time.monotonic()
            if began >= self._ends:
                given = self._assume()["Credentials"]
                self._credentials = Credentials(
                    access_key_id=given["AccessKeyId"],
                    access_key_secret=given["AccessKeySecret"],
                    security_token=given["SecurityToken"],
                    provider_name=self.get_provider_name(),
                )
                self._ends = began + RENEWED_AFTER * self._life
            return self._credentials
