"""Tokens, marks and the record of a run: what a later run, or a later version, has to read again."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from pulumi_aliyun import attempts, bridge, buying, cloud, run
from pulumi_aliyun.attempts import Attempt
from pulumi_aliyun.bridge import Operation
from pulumi_aliyun.errors import NeedsDecision
from pulumi_aliyun.hidden import Announcement
from pulumi_aliyun.record import FORGOTTEN_S, REMEMBERED, Record, State

ID = "0123456789abcdef01234567"
ORIGIN = "fedcba9876543210fedcba98"
ATTEMPT = Attempt(ID, ORIGIN, 3)
ARGUMENTS = {"product_code": "waf"}
OTHERS = {"product_code": "ddos"}


@pytest.fixture(autouse=True)
def this(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A process that has learnt nothing of its run yet."""
    monkeypatch.setattr(run, "this", run.Run())
    monkeypatch.setattr(cloud, "caller", lambda: "me")
    monkeypatch.setattr(bridge, "at_end", lambda _: None)
    return run.this


# ---- tokens and marks ------------------------------------------------------------------------------------


def test_tokens_and_marks_are_those_of_every_version() -> None:
    """What an interrupted run has asked for is found by a later release, too; so these never change."""
    assert ATTEMPT.name == f"{ORIGIN}.3"
    assert ATTEMPT.client_token == "ea36cbccb6d88d1542b2e36b47d3c90d1e3dcbc056ae5c6b"
    assert ATTEMPT.client_token_of("r1") == "2849e4b41ef1db5283f92cbbe8fea169e7a32cc01b1feeda"
    assert ATTEMPT.mark == f"{ID}.{ORIGIN}.3"
    assert Attempt(ID, ORIGIN, 3, kept=True).mark == f"{ID}.{ORIGIN}.3.kept"
    assert attempts.MARK == "pulumi-aliyun-pending"


def test_a_token_is_that_of_one_creation_alone() -> None:
    """Another stack, name, number or run has another; whether it is kept makes no difference."""
    others = [
        Attempt("0" * 24, ORIGIN, 3),
        Attempt(ID, "0" * 24, 3),
        Attempt(ID, ORIGIN, 4),
    ]
    tokens = [ATTEMPT.client_token, *(each.client_token for each in others)]
    tokens += [ATTEMPT.client_token_of(name) for name in ("r1", "r2")]
    assert len(set(tokens)) == 6
    assert all(len(token) <= 64 and token.isascii() for token in tokens)
    assert Attempt(ID, ORIGIN, 3, kept=True).client_token == ATTEMPT.client_token


@pytest.mark.parametrize("attempt", [ATTEMPT, Attempt(ID, ORIGIN, 0, kept=True), Attempt(ID, ORIGIN, 12)])
def test_a_mark_is_read_again(attempt: Attempt) -> None:
    """With all that it says."""
    assert Attempt.of_mark(attempt.mark) == attempt


@pytest.mark.parametrize(
    "value", ["", "x", "a.b", "a.b.c", "a.b.-1", "a.b.1.kept.x", "a.b.", "a.b.1.5.2", "a.b.²"]
)
def test_what_is_no_mark_is_none(value: str) -> None:
    """A person may write anything into a tag."""
    assert Attempt.of_mark(value) is None


def test_what_follows_the_number_of_a_mark_is_kept_or_nothing() -> None:
    """Another word doesn't protect."""
    assert Attempt.of_mark("a.b.1.other") == Attempt("a", "b", 1)


def test_the_attempt_that_follows_is_numbered_on() -> None:
    """Of the same name, and kept as the one before it."""
    assert Attempt(ID, ORIGIN, 3, kept=True).next() == Attempt(ID, ORIGIN, 4, kept=True)


# ---- which run is unfinished -----------------------------------------------------------------------------


def record(**inputs: Any) -> Record:
    return Record({f"__{name}": value for name, value in inputs.items()})


@pytest.mark.parametrize(
    ("ran", "leaving", "ended", "held", "unfinished"),
    [
        ("", [], [], {}, False),
        ("r1", [], [], {}, True),
        ("r1", [], ["r0"], {}, True),
        ("r1", [], ["r0", "r1"], {}, False),
        ("r1", ["i-1"], ["r1"], {"instance": {"cn-hangzhou": ["i-1", "i-2"]}}, True),
        ("r1", ["i-3"], ["r1"], {"instance": {"cn-hangzhou": ["i-1", "i-2"]}}, False),
        ("r1", ["i-3"], ["r1"], None, False),
        ("", ["i-1"], [], {"instance": {"cn-hangzhou": ["i-1"]}}, False),
    ],
)
def test_a_run_is_finished_when_its_program_ended_and_its_deletes_are_done(
    ran: str, leaving: list[str], ended: list[str], held: Any, unfinished: bool
) -> None:
    """Without a run before there is none to be unfinished."""
    left = record(ran=ran, leaving=leaving)
    left.judge(ended, held)
    assert left.unfinished is unfinished


def test_what_a_run_leaves_is_read_as_it_was_written() -> None:
    """Nothing is a record, too."""
    assert record().inputs() == {
        "__ran": "",
        "__tried": [],
        "__coming": [],
        "__leaving": [],
        "__held": False,
        "__caller": "",
        "__orders": {},
    }
    written = record(ran="r1", tried=["r0"], coming=["a.0"], leaving=["i-1"], held=True, caller="me").inputs()
    assert Record(written).inputs() == written
    assert written["__ran"] == "r1" and written["__tried"] == ["r0"] and written["__coming"] == ["a.0"]
    assert written["__leaving"] == ["i-1"] and written["__held"] is True and written["__caller"] == "me"


def announced(**told: Any) -> Announcement:
    """What the program of a run "r2" says."""
    lists = {key: [] for key in ("ended", "coming", "attempts", "recorded", "leaving")}
    return Announcement(**{"name": "r2", **lists, "held": {}, "orders": {}, **told})


def test_the_next_record_is_of_the_next_run() -> None:
    """What is coming, going and held is said anew; unfinished runs are remembered, the last few."""
    before = record(ran="r1", tried=["a", "b", "c", "d", "e"], coming=["x.0"], leaving=["i-9"], held=True)
    after = before.next(announced(attempts=["y.1"], leaving=["i-1"], recorded=["y.0"]))
    assert (after.run, after.tried, after.coming, after.leaving) == ("r2", [], ["y.1"], ["i-1"])
    assert (after.held, after.caller) == (True, "me")
    before.unfinished = True
    assert before.next(announced()).tried == ["b", "c", "d", "e", "r1"]
    assert len(before.next(announced()).tried) == REMEMBERED
    assert before.next(announced()).held is False


# ---- orders ----------------------------------------------------------------------------------------------


def ordered(before: Record, *, recorded: tuple[str, ...] = (), **asked: Any) -> dict[str, Any] | None:
    """The entry of the order "o" in the record that follows."""
    orders = {"o": {"kept": False, **asked}} if asked else {}
    return before.next(announced(orders=orders, recorded=list(recorded))).orders.get("o")


def an_order(*, unfinished: bool, age: float = 60.0, **changed: Any) -> Record:
    entry = {"number": 4.0, "since": time.time() - age, "arguments": [ARGUMENTS], "kept": True, **changed}
    left = record(ran="r1", orders={"o": entry})
    left.unfinished = unfinished
    return left


def test_a_first_order_has_the_first_number() -> None:
    """It is noted with what it asks for, before it is placed."""
    entry = ordered(record(), arguments=ARGUMENTS)
    assert entry is not None
    assert (entry["number"], entry["arguments"], entry["kept"], entry["tried"]) == (
        0,
        [ARGUMENTS],
        False,
        False,
    )
    assert abs(time.time() - entry["since"]) < 3600


def test_what_the_state_records_is_a_number_spent() -> None:
    """The next order of that name is another one."""
    entry = ordered(record(), recorded=("o.3", "p.9"), arguments=ARGUMENTS)
    assert entry is not None and entry["number"] == 4


def test_an_order_of_an_unfinished_run_is_the_same_order() -> None:
    """Its number and age stay, and everything that it may have asked for is remembered once."""
    before = an_order(unfinished=True)
    since = before.orders["o"]["since"]
    entry = ordered(before, arguments=OTHERS)
    assert entry is not None
    assert (entry["number"], entry["since"], entry["tried"]) == (4, since, True)
    assert entry["arguments"] == [ARGUMENTS, OTHERS]
    assert entry["kept"] is False
    again = ordered(before, arguments=ARGUMENTS)
    assert again is not None and again["arguments"] == [ARGUMENTS]
    assert before.orders["o"]["arguments"] == [ARGUMENTS]


def test_an_order_of_a_finished_run_is_closed() -> None:
    """It is recorded or gone again: the next one has a number, an age and arguments of its own."""
    before = an_order(unfinished=False)
    entry = ordered(before, arguments=OTHERS)
    assert entry is not None
    assert (entry["number"], entry["arguments"], entry["tried"]) == (5, [OTHERS], False)
    assert entry["since"] > before.orders["o"]["since"]


def test_an_order_that_was_recorded_meanwhile_is_closed_too() -> None:
    """Whatever became of the run that placed it."""
    entry = ordered(an_order(unfinished=True), recorded=("o.4",), arguments=OTHERS)
    assert entry is not None
    assert (entry["number"], entry["arguments"], entry["tried"]) == (5, [OTHERS], False)


def test_an_order_that_has_left_the_program_is_remembered_for_a_while() -> None:
    """Until nobody can have it any more; it is kept if it was to be."""
    entry = ordered(an_order(unfinished=True))
    assert entry is not None
    assert (entry["number"], entry["arguments"], entry["kept"]) == (4, [ARGUMENTS], True)
    assert ordered(an_order(unfinished=True, age=FORGOTTEN_S + 60)) is None
    late = ordered(an_order(unfinished=True, age=FORGOTTEN_S + 60), arguments=ARGUMENTS)
    assert late is not None and late["tried"] is False


def test_only_the_last_versions_of_an_order_are_remembered() -> None:
    """A record isn't to grow for ever."""
    many = [{"product_code": str(number)} for number in range(REMEMBERED)]
    entry = ordered(an_order(unfinished=True, arguments=many), arguments=OTHERS)
    assert entry is not None
    assert entry["arguments"] == [*many[1:], OTHERS]


@pytest.mark.parametrize(
    ("unfinished", "changed", "learnt", "is_open"),
    [
        (True, {}, {}, True),
        (False, {}, {}, False),
        (True, {"arguments": []}, {}, False),
        (True, {}, {"numbers": {"o": 4}}, False),
        (True, {}, {"numbers": {"o": 3}}, True),
        (True, {}, {"passed": {"o": "r1"}}, False),
        (True, {}, {"passed": {"o": "r0"}}, True),
        (False, {"tried": True}, {}, True),
        (True, {"tried": True}, {"passed": {"o": "r1"}}, True),
    ],
)
def test_an_order_is_open_until_its_run_has_passed_or_recorded_it(
    unfinished: bool, changed: dict[str, Any], learnt: dict[str, Any], is_open: bool
) -> None:
    """Or until what an earlier run may have placed was given back."""
    before = an_order(unfinished=unfinished, **changed)
    state = State(**learnt)
    found = list(before.open(ID, state))
    assert found == ([(Attempt(ID, "o", 4, kept=True), before.orders["o"])] if is_open else [])
    assert before.on_its_way(ID, state) == ({("o", 4)} if is_open else set())


def test_a_finished_run_that_asked_for_an_order_again_has_closed_it() -> None:
    """What an earlier one tried, it has found."""
    before = an_order(unfinished=False, tried=True)
    before.coming = ["o.4"]
    assert list(before.open(ID, State())) == []


def test_what_is_coming_is_on_its_way_until_it_is_recorded() -> None:
    """By the highest number that the state knows of each name."""
    left = record(coming=["a.0", "a.2", "b.1"])
    assert left.on_its_way(ID, State()) == {("a", 0), ("a", 2), ("b", 1)}
    assert left.on_its_way(ID, State(numbers={"a": 1, "b": 1})) == {("a", 2)}


# ---- buying ----------------------------------------------------------------------------------------------


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
