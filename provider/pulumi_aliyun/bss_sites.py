"""BSS at the right one of its two sites.

An account is of one site, mainland China's or the international one, whatever the region; at the other one
it is refused as NotApplicable, and nothing of it is listed. Where the site isn't known yet, the very same
request, ClientToken included, may go to both: only the site that knows the account carries it out.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from . import cloud
from .errors import AliyunError, ApiError, NoAnswer

if TYPE_CHECKING:
    from .bridge import Operation
    from .cloud import Answer, Item, Parameters

NOT_APPLICABLE = "NotApplicable"
_MAINLAND, _INTERNATIONAL = "cn-hangzhou", "ap-southeast-1"
"""A region of each site, whose endpoint the SDK knows."""


class _Account:
    """What this process has learnt of the account."""

    def __init__(self) -> None:
        self.site = ""
        """Its site, once something has shown it."""

    def first(self) -> str:
        """Where to ask."""
        home = cloud.region() or _MAINLAND
        return self.site or (_MAINLAND if home.startswith("cn-") else _INTERNATIONAL)

    def other(self) -> str:
        """Where else to ask; "" if the site is known, or the user has named an endpoint."""
        if self.site or cloud.has_endpoint("bssopenapi"):
            return ""
        return _INTERNATIONAL if self.first() == _MAINLAND else _MAINLAND


_account = _Account()


def call(operation: Operation, action: str, parameters: Parameters) -> Answer:
    """Call an operation of BSS; an answer of `Success: false` inside HTTP 200 is an error."""
    try:
        return cloud.bss(operation, action, parameters, site=_account.first())
    except ApiError as refused:
        other = _account.other()
        if refused.code != NOT_APPLICABLE or not other:
            raise
        try:
            answer = cloud.bss(operation, action, parameters, site=other)
        except ApiError as error:
            raise (refused if error.code == NOT_APPLICABLE else error) from None
        _account.site = other
        return answer


def listed(operation: Operation, parameters: Parameters) -> list[Item]:
    """What QueryAvailableInstances lists; of a site that may be the wrong one, an empty list isn't believed."""
    action = "QueryAvailableInstances"
    found = _items(call(operation, action, parameters))
    if found:
        _account.site = _account.first()
    elif other := _account.other():
        try:
            found = _items(cloud.bss(operation, action, parameters, site=other))
        except AliyunError:
            _account.site = _account.first()  # the other one doesn't know the account
        else:
            _account.site = other if found else ""
    return found


def pages(operation: Operation, parameters: Parameters) -> Iterator[list[Item]]:
    """What QueryAvailableInstances lists, on however many pages."""
    for number in range(1, cloud.MOST_PAGES + 1):
        page = listed(operation, {**parameters, "PageNum": number, "PageSize": _PAGE})
        yield page
        if len(page) < _PAGE:
            return
    raise NoAnswer("QueryAvailableInstances", "its pages have no end")


def every(operation: Operation, parameters: Parameters) -> list[Item]:
    """The same, all at once."""
    return list(itertools.chain.from_iterable(pages(operation, parameters)))


_PAGE = 300
"""The most that a page can have."""


def _items(answer: Answer) -> list[Item]:
    return cloud.listed(answer.get("Data") or {}, "InstanceList")
