"""A list that doesn't show what was just bought doesn't have it bought a hundred times."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from pulumi_aliyun import attempts, bridge, buying, run
from pulumi_aliyun.errors import NeedsDecision


class Unlisted:
    """A kind whose list stays empty."""

    name = "thing"
    marks = True

    def marked(self, *_: Any) -> dict[str, str]:
        return {}

    def alive(self, *_: Any, **__: Any) -> bool:
        return False


def test_what_is_never_listed_is_bought_no_more_than_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run stops and names the ids, for only a person can look them up now."""
    monkeypatch.setattr(run, "this", run.Run())
    numbers = itertools.count()
    kind: Any = Unlisted()
    attempt = attempts.Attempt("stack", "origin", 0)
    with pytest.raises(NeedsDecision, match="id-0, id-1, id-2"):
        buying.buy(
            bridge.Operation(), kind, "cn-hangzhou", attempt, lambda _token, _mark: f"id-{next(numbers)}"
        )
    assert next(numbers) == buying.MOST_GONE + 1
