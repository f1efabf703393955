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


def token_for(mark: int | str) -> str:
    """Writes the token of the page that begins behind a resource's number, or its id."""
    return base64.urlsafe_b64encode(f"after:{mark}".encode()).decode()


def after_id(token: str) -> str:
    """Reads a token that was written for an id; no token is before all ids."""
    if not token:
        return ""
    try:
        word, _, mark = base64.b64decode(token.encode(), b"-_", validate=True).decode().partition(":")
        if word == "after":
            return mark
    except (ValueError, binascii.Error):
        pass
    raise ApiError("InvalidParameter.TokenValue")


def after(token: str) -> int:
    """Reads a token that was written for a number; no token is before all numbers."""
    mark = after_id(token) or "0"
    if mark.isascii() and mark.isdecimal():
        return int(mark[:18])
    raise ApiError("InvalidParameter.TokenValue")


def limited(p: Params, name: str, default: int, most: int = _MOST) -> int:
    """Reads a page's size or number."""
    size = p.integer(name, default)
    if not 1 <= size <= most:
        raise ApiError(f"InvalidParameter.{name}", f'The specified parameter "{name}" is not valid.')
    return size


def clamped(p: Params, name: str, least: int, most: int = _MOST) -> int:
    """Reads a page's size where what is too small or too large is not refused, but means the nearest one."""
    return min(max(p.integer(name, least), least), most)


def by_token(
    shelf: Shelf[T], region_id: str, p: Params, fits: Callable[[T], bool] | None, size: int
) -> tuple[list[T], str, int]:
    """Gives the page behind NextToken.

    Returns:
        The page, the token of the next one (empty if this is the last), and how many entries there are in
        all.
    """
    row = shelf.in_region(region_id)
    if fits is not None:
        return behind([each for each in row if fits(each)], p, size)
    start = shelf.position(region_id, after(p.text("NextToken")))
    page = row[start : start + size]
    return page, token_for(page[-1].number) if page and start + size < len(row) else "", len(row)


def behind(row: list[T], p: Params, size: int) -> tuple[list[T], str, int]:
    """Gives the page behind NextToken of what is in the order of its numbers; returns what `by_token` does."""
    mark = after(p.text("NextToken"))
    rest = list(islice((each for each in row if each.number > mark), size + 1))
    page = rest[:size]
    return page, token_for(page[-1].number) if len(rest) > size else "", len(row)


def by_number(entries: Iterable[T], p: Params, most: int = _MOST) -> tuple[list[T], dict[str, Any]]:
    """Gives a page by PageNumber and PageSize, and what the answer says about it."""
    row = entries if isinstance(entries, list) else list(entries)
    size = limited(p, "PageSize", 10, most)
    number = limited(p, "PageNumber", 1, 10**9)
    start = (number - 1) * size
    return row[start : start + size], {"TotalCount": len(row), "PageNumber": number, "PageSize": size}
