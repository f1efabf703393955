"""Buying what an earlier run may have bought, refused or half-way: found, asked for again, or a person is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pulumi_aliyun import attempts, buying, run
from pulumi_aliyun.attempts import Attempt
from pulumi_aliyun.bridge import Operation
from pulumi_aliyun.errors import NeedsDecision

ID = "0123456789abcdef01234567"
ORIGIN = "fedcba9876543210fedcba98"
ATTEMPT = Attempt(ID, ORIGIN, 3)

pytestmark = pytest.mark.usefixtures("this")


class Shop:
    """Something to buy, as `buying.buy` knows it."""

    name, marks = "thing", True

    def __init__(self, *, listed: dict[str, str] | None = None, lives: bool = True) -> None:
        self.listed, self.lives = listed or {}, lives
        self.tokens: list[str] = []
        self.given: list[Any] = []

    def marked(self, *_: Any) -> dict[str, str]:
        """What bears a mark."""
        return self.listed

    def alive(self, *_: Any, **how: bool) -> bool:
        """Whether what was answered is there; a mark is looked for where one was given."""
        assert how == {"marked": bool(self.given[-1]), "again": False}
        return self.lives

    def earlier(self, *_: Any) -> None:
        """Nothing is known of earlier calls."""

    def call(self, token: str, mark: list[dict[str, str]]) -> str:
        """The creating call."""
        self.tokens.append(token)
        self.given.append(mark)
        return f"x-{len(self.tokens)}"

    def buy(self, operation: Operation, tags: int = 0) -> Any:
        """Have one."""
        return buying.buy(operation, self, "cn-hangzhou", ATTEMPT, self.call, tags=tags)


def test_what_is_bought_bears_its_mark_and_its_token() -> None:
    """Unless the user's own tags leave no room."""
    shop = Shop()
    bought = shop.buy(Operation())
    assert (bought.id, bought.attempt, bought.found) == ("x-1", ATTEMPT, False)
    assert shop.tokens == [ATTEMPT.client_token]
    assert shop.given == [[{"Key": attempts.MARK, "Value": ATTEMPT.mark}]]
    assert run.is_held("x-1") and not run.is_held("x-2")
    for tags, marks in ((19, 1), (20, 0)):
        shop = Shop()
        shop.buy(Operation(), tags)
        assert [len(mark) for mark in shop.given] == [marks]


def test_what_an_interrupted_run_bought_is_found_and_not_bought_again(this: Any) -> None:
    """The highest number of the name; what the state holds, or another name or stack has, isn't it."""
    listed = {
        "x-3": ATTEMPT.mark,
        "x-5": Attempt(ID, ORIGIN, 5).mark,
        "x-9": Attempt(ID, ORIGIN, 9).mark,
        "x-2": Attempt(ID, ORIGIN, 2).mark,
        "x-o": Attempt(ID, "0" * 24, 7).mark,
        "x-i": Attempt("0" * 24, ORIGIN, 7).mark,
        "x-n": "nonsense",
    }
    this.held = {"x-9"}
    shop = Shop(listed=listed)
    bought = shop.buy(Operation())
    assert (bought.id, bought.found, shop.tokens) == ("x-5", True, [])
    only = Shop(listed={key: listed[key] for key in ("x-2", "x-o", "x-i", "x-n")})
    assert only.buy(Operation()).found is False


def test_an_answer_that_names_what_is_gone_is_asked_past(this: Any) -> None:
    """With the next token, but not for ever."""
    shop = Shop(lives=False)
    with pytest.raises(NeedsDecision, match="each of 3 creating calls was answered with an id"):
        shop.buy(Operation())
    assert shop.tokens == [replace(ATTEMPT, number=number).client_token for number in (3, 4, 5)]
    this.held = {"x-1"}  # the state has it: it came of another creation
    again = Shop()
    assert again.buy(Operation()).id == "x-2"


def test_a_new_stack_has_nothing_to_look_for(this: Any) -> None:
    """There was no earlier run, and what is answered is its own."""
    this.fresh = {ID}
    shop = Shop(listed={"x-3": ATTEMPT.mark}, lives=False)
    bought = shop.buy(Operation())
    assert (bought.id, bought.found, len(shop.tokens)) == ("x-1", False, 1)


def test_nothing_is_bought_when_the_run_is_being_cancelled(
    this: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run buys it."""

    class Cancelled(Exception):  # noqa: N818 - it says what happened
        """The run is being cancelled."""

    def stop(_: Operation) -> None:
        raise Cancelled

    monkeypatch.setattr(Operation, "stop_if_abandoned", stop)
    shop = Shop()
    with pytest.raises(Cancelled):
        shop.buy(Operation())
    assert shop.tokens == []


def test_a_name_whose_buying_failed_is_remembered(this: Any) -> None:
    """What may have come of it isn't let go of in this run."""
    shop = Shop()

    def refused(*_: Any) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        buying.buy(Operation(), shop, "cn-hangzhou", ATTEMPT, refused)
    assert (this.failed, this.done) == ({ORIGIN}, set())
    shop.buy(Operation())
    assert this.done == {ORIGIN}
