"""Pages: by token and by number, at the same cost however many entries there are."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, TypeVar

from fake_aliyun.errors import ApiError
from fake_aliyun.parameters import Params
from fake_aliyun.shelf import Kept, Shelf

T = TypeVar("T", bound=Kept)
_MOST = 100


def token_for(number: int) -> str:
    """Writes the token of the page that begins behind a resource's number."""
    return base64.urlsafe_b64encode(f"after:{number}".encode()).decode()


def after(token: str) -> int:
    """Reads a token."""
    try:
        word, _, number = base64.b64decode(token.encode(), b"-_", validate=True).decode().partition(":")
        if word == "after" and number.isascii() and number.isdecimal():
            return int(number[:18])
    except (ValueError, binascii.Error):
        pass
    raise ApiError("InvalidParameter.TokenValue")


def limited(p: Params, name: str, default: int, most: int = _MOST) -> int:
    """Reads a page's size or number."""
    size = p.integer(name, default)
    if not 1 <= size <= most:
        raise ApiError(f"InvalidParameter.{name}", f'The specified parameter "{name}" is not valid.')
    return size


def by_token(
    shelf: Shelf[T],
    region_id: str,
    p: Params,
    fits: Callable[[T], bool] | None,
    sizes: tuple[int, int] = (10, _MOST),
) -> tuple[list[T], str, int]:
    """Gives a page by MaxResults and NextToken, of a default size and up to the most.

    Returns:
        The page, the token of the next one (empty if this is the last), and how many entries there are in
        all.
    """
    size = limited(p, "MaxResults", *sizes)
    token = p.text("NextToken")
    row = shelf.in_region(region_id)
    if fits is None:
        start = shelf.position(region_id, after(token)) if token else 0
        page, total = row[start : start + size], len(row)
        more = start + size < total
    else:
        matching = [each for each in row if fits(each)]
        total = len(matching)
        behind = after(token) if token else 0
        rest = list(islice((each for each in matching if each.number > behind), size + 1))
        page, more = rest[:size], len(rest) > size
    return page, token_for(page[-1].number) if more and page else "", total


def by_number(entries: Iterable[T], p: Params) -> tuple[list[T], dict[str, Any]]:
    """Gives a page by PageNumber and PageSize, and what the answer says about it."""
    row = entries if isinstance(entries, list) else list(entries)
    size = limited(p, "PageSize", 10)
    number = limited(p, "PageNumber", 1, 10**9)
    start = (number - 1) * size
    return row[start : start + size], {"TotalCount": len(row), "PageNumber": number, "PageSize": size}
