"""An account: what it owns, and who may speak for it."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fake_aliyun.idempotency import Tokens
from fake_aliyun.shelf import Shelf

if TYPE_CHECKING:
    from fake_aliyun.bss.model import BssInstance
    from fake_aliyun.cloud import Cloud
    from fake_aliyun.ecs.model import Disk, Instance, Reservation

# What is gone stays visible in the state; so many of each kind are remembered.
_REMEMBERED = 20_000


@dataclass
class Credential:
    """An access key, or a temporary one with its token.

    Attributes:
        access_key_id: The key.
        secret: Its secret.
        account: Whose it is.
        arn: The identity it stands for.
        token: The STS token that belongs to it; empty for a lasting key.
        expires: When the token expires.
    """

    access_key_id: str
    secret: str
    account: Account
    arn: str
    token: str = ""
    expires: float | None = None


class Account:
    """All that one account owns. Accounts don't see each other."""

    def __init__(self, cloud: Cloud, account_id: str, *, vno: bool | None = None) -> None:
        self.cloud = cloud
        self.id = account_id
        self._vno = vno
        self.tokens = Tokens()
        self.reservations: Shelf[Reservation] = Shelf()
        self.instances: Shelf[Instance] = Shelf()
        self.disks: Shelf[Disk] = Shelf()
        self.bss_instances: Shelf[BssInstance] = Shelf()
        self.gone_instances: deque[Instance] = deque(maxlen=_REMEMBERED)
        self.registered: dict[str, dict[str, dict[str, Any]]] = {}
        self.private_ips: set[str] = set()
        self.addresses_given = 0
        self._deadlines: list[tuple[float, int, Callable[[float], None]]] = []
        self._deadlines_set = 0

    @property
    def vno(self) -> bool:
        """Whether the account is a Virtual Network Operator."""
        return self.cloud.settings.vno if self._vno is None else self._vno

    def at(self, moment: float, happen: Callable[[float], None]) -> None:
        """Has something happen at a moment; it has to see for itself whether it still applies."""
        self._deadlines_set += 1
        heapq.heappush(self._deadlines, (moment, self._deadlines_set, happen))

    def catch_up(self, now: float) -> None:
        """Lets everything happen that is due."""
        while self._deadlines and self._deadlines[0][0] <= now:
            moment, _, happen = heapq.heappop(self._deadlines)
            happen(moment)

    def known(self, kind: str, resource_id: str) -> dict[str, Any] | None:
        """Gives what is known of something that the fake doesn't manage, such as a vswitch.

        Ids of such things are accepted as they are, unless `settings.strict`: then they have to be
        registered.
        """
        found = self.registered.get(kind, {}).get(resource_id)
        if found is None and not self.cloud.settings.strict:
            return {}
        return found
