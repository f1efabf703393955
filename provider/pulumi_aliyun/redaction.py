"""Values that no message shows, whoever quotes them, and in whatever spelling."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, quote_plus

_kept: set[str] = set()

_SHORTEST = 4
"""What is shorter stands in every other sentence."""
_IDS = re.compile(
    r"(?:[a-z]{2}-[a-z]+(?:-[a-z0-9]+)?|ecs\.[a-z0-9.-]+|"
    r"(?:vsw|sg|vpc|rg|crp|dh|eip|eni|acl|key|img|m|s|d|i)-[a-z0-9_-]+)"
)
"""Ids, regions and types, which come from other resources: what is wrong with them has to be told."""


def keep(value: Any, *, ids: bool = True) -> None:
    """Show none of the texts in a value from now on; without `ids`, what looks like an id may be shown."""
    if isinstance(value, str):
        parts = {value, *value.splitlines()}
        _kept.update(
            part
            for part in parts
            if len(part) >= _SHORTEST and not part.isspace() and (ids or not _IDS.fullmatch(part))
        )
    elif isinstance(value, Mapping):
        for each in value.values():
            keep(each, ids=ids)
    elif isinstance(value, Sequence):
        for each in value:
            keep(each, ids=ids)


def without_secrets(text: str) -> str:
    """The text with `[secret]` in the place of each value that is kept."""
    for value in sorted(_kept, key=len, reverse=True):
        for spelling in _spellings(value):
            text = text.replace(spelling, "[secret]")
    return text


def _spellings(value: str) -> Iterator[str]:
    encoded = base64.b64encode(value.encode(errors="replace")).decode()
    yield value
    yield encoded
    for plain in (value, encoded):
        for once in (quote(plain, safe=""), quote_plus(plain), json.dumps(plain)[1:-1], repr(plain)[1:-1]):
            yield once
            yield quote(once, safe="")
    yield encoded.rstrip("=")
