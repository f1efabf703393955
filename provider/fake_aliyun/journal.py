"""What was asked and answered: the last 10,000 requests, secrets masked."""

from __future__ import annotations

import re
from collections import deque
from typing import Any

_SECRET = re.compile(r"(?:^|\.)(?:Password|UserData|SecurityToken|AccessKeySecret|Signature)$")
_SECRET_CODE = re.compile(r"password|secret|passwd", re.IGNORECASE)
_LENGTH = 10_000
MASK = "******"


def masked(params: dict[str, str]) -> dict[str, str]:
    """Copies flat parameters with the values of secrets masked."""
    shown = dict(params)
    for name, value in params.items():
        if _SECRET.search(name):
            shown[name] = MASK
        elif name.endswith(".Code") and _SECRET_CODE.search(value):
            shown[name[: -len("Code")] + "Value"] = MASK
    return shown


class Journal:
    """Numbers requests from 1 in the order of their answers."""

    def __init__(self) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=_LENGTH)
        self._count = 0

    def add(self, entry: dict[str, Any], params: dict[str, str]) -> None:
        """Records an answered request; its parameters are masked when they are read."""
        self._count += 1
        entry["n"] = self._count
        entry["params"] = params
        self._entries.append(entry)

    def since(self, number: int) -> list[dict[str, Any]]:
        """Gives what was recorded after entry `number`."""
        return [
            {**entry, "params": masked(entry["params"])}
            for entry in list(self._entries)
            if entry["n"] > number
        ]
