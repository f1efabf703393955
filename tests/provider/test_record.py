"""What a run leaves in the state for those after it: whether it is finished, and what it may have ordered."""

from __future__ import annotations

import time
from typing import Any

import pytest
from pulumi.runtime import rpc

from pulumi_aliyun import cloud
from pulumi_aliyun.attempts import Attempt
from pulumi_aliyun.hidden import Announcement
from pulumi_aliyun.record import FORGOTTEN_S, REMEMBERED, Record, State

ID = "0123456789abcdef01234567"
ARGUMENTS = {"product_code": "waf"}
OTHERS = {"product_code": "ddos"}


@pytest.fixture(autouse=True)
def caller(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that are always the same."""
    monkeypatch.setattr(cloud, "caller", lambda: "me")


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


def test_what_is_to_be_ordered_is_a_secret() -> None:
    """Its arguments may be; and it is read again as it was."""
    orders = {"o": {"number": 0.0, "since": 1.0, "tried": False, "arguments": [ARGUMENTS], "kept": False}}
    written = record(orders=orders).inputs()["__orders"]
    assert rpc.is_rpc_secret(written)
    assert record(orders=rpc.unwrap_rpc_secret(written)).orders == orders


def announced(**told: Any) -> Announcement:
    """What the program of a run "r2" says."""
    lists = {key: [] for key in ("ended", "coming", "attempts", "recorded", "nameless", "leaving")}
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


def test_an_order_that_was_tried_stays_open_until_a_run_has_asked_for_it_again() -> None:
    """One that came to its end without asking knows nothing of it."""
    before = an_order(unfinished=False, tried=True)
    entry = ordered(before)
    assert entry is not None
    assert (entry["number"], entry["arguments"], entry["tried"]) == (4, [ARGUMENTS], True)
    before.coming = ["o.4"]
    entry = ordered(before)
    assert entry is not None
    assert (entry["number"], entry["arguments"], entry["tried"]) == (5, [], False)


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
    """What an earlier one tried, it has found; an interrupted one needn't have come so far."""
    before = an_order(unfinished=False, tried=True)
    before.coming = ["o.4"]
    assert list(before.open(ID, State())) == []
    before.unfinished = True
    assert len(list(before.open(ID, State(passed={"o": "r1"})))) == 1


def test_what_is_coming_is_on_its_way_until_it_is_recorded() -> None:
    """By the highest number that the state knows of each name."""
    left = record(coming=["a.0", "a.2", "b.1"])
    assert left.on_its_way(ID, State()) == {("a", 0), ("a", 2), ("b", 1)}
    assert left.on_its_way(ID, State(numbers={"a": 1, "b": 1})) == {("a", 2)}
