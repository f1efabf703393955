"""The cloud: accounts, time, faults, ids and the journal of one fake. Nothing of it is module-level."""

from __future__ import annotations

import os
import random
import threading
from typing import Any

from fake_aliyun.accounts import Account, Credential
from fake_aliyun.clock import Clock
from fake_aliyun.faults import Faults
from fake_aliyun.ids import Ids
from fake_aliyun.journal import Journal
from fake_aliyun.rates import Rates
from fake_aliyun.settings import CHAOS_FAULTS, Settings
from fake_aliyun.signing import Nonces

ACCOUNT_ID = "1234567890123456"


class Cloud:
    """One fake cloud, apart from the server that serves it.

    Args:
        seed: Ids and random faults come from it; none draws one.
        settings: What `Settings` takes.
    """

    def __init__(self, *, seed: int | None = None, **settings: Any) -> None:
        self.lock = threading.RLock()
        self._seed = random.SystemRandom().getrandbits(32) if seed is None else seed
        self._initial = Settings().changed(settings)
        self.nonces = Nonces()
        # Host and port of the server that serves this cloud, told by it.
        self.address = ""
        self.reset()

    def reset(self, seed: int | None = None) -> None:
        """Puts everything back to the start: resources, accounts, settings, faults, clock, ids, journal."""
        with self.lock:
            self.seed = self._seed if seed is None else seed
            self.settings = self._initial.changed({"stock": self._initial.stock})
            self.clock = Clock()
            self.ids = Ids(self.seed)
            self.faults = Faults(self.seed + 2)
            self.journal = Journal()
            self.rates = Rates()
            self.accounts: dict[str, Account] = {}
            self.credentials: dict[str, Credential] = {}
            self.add_account(
                os.environ.get("FAKE_ALIYUN_ACCESS_KEY_ID", "testid"),
                os.environ.get("FAKE_ALIYUN_SECRET_KEY", "testsecret"),
                account_id=ACCOUNT_ID,
            )
            self._plan_chaos()

    def _plan_chaos(self) -> None:
        if self.settings.profile == "chaos":
            for fault in CHAOS_FAULTS:
                self.faults.add("*", **fault)

    def add_account(
        self, access_key_id: str, secret: str, *, account_id: str = "", vno: bool | None = None, arn: str = ""
    ) -> Account:
        """Adds an access key; with an account id that is known it is another key of that account.

        Args:
            access_key_id: The key.
            secret: Its secret.
            account_id: Whose it is; by default a new account's.
            vno: Whether the account is a VNO, if it differs from the settings.
            arn: The identity, by default the account's root.
        """
        with self.lock:
            account_id = account_id or str(int(ACCOUNT_ID) + len(self.accounts))
            account = self.accounts.get(account_id)
            if account is None:
                account = self.accounts[account_id] = Account(self, account_id, vno=vno)
            arn = arn or f"acs:ram::{account_id}:root"
            self.credentials[access_key_id] = Credential(access_key_id, secret, account, arn)
            return account

    @property
    def account(self) -> Account:
        """The account that is there from the start."""
        return next(iter(self.accounts.values()))

    def find_account(self, name: str) -> Account:
        """Finds an account by its id or an access key; no name is the one that is there from the start.

        Raises:
            ValueError: There is none.
        """
        if not name:
            return self.account
        if name in self.accounts:
            return self.accounts[name]
        if name in self.credentials:
            return self.credentials[name].account
        raise ValueError(f"no account {name!r}")

    def catch_up(self) -> float:
        """Lets everything happen that is due, and gives the time. Call it with the lock held."""
        now = self.clock.now()
        for account in self.accounts.values():
            account.catch_up(now)
        return now

    def change_settings(self, **settings: Any) -> None:
        """Changes some settings; see `Settings`.

        Raises:
            ValueError: A setting is unknown or has the wrong type.
        """
        with self.lock:
            was = self.settings.profile
            self.settings = self.settings.changed(settings)
            if self.settings.profile != was:
                self._plan_chaos()

    def take_stock(self, zone_id: str, instance_type: str, wanted: int) -> bool:
        """Takes capacity out of the public pool, or gives it back when `wanted` is negative.

        Returns:
            Whether there was enough; otherwise nothing is taken.
        """
        key = f"{zone_id}/{instance_type}"
        left = self.settings.stock.get(key)
        if left is None:
            return True
        if wanted > left:
            return False
        self.settings.stock[key] = left - wanted
        return True
