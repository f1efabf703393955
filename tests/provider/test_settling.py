"""The end of a run: what the engine has recorded loses its mark, and what nobody wants is let go of."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest

from pulumi_aliyun import bridge, run, settling
from pulumi_aliyun.attempts import Attempt
from pulumi_aliyun.bridge import Operation
from pulumi_aliyun.errors import AliyunError
from pulumi_aliyun.record import Record
from pulumi_aliyun.run import Run

ID = "0123456789abcdef01234567"
HOME, AWAY = "cn-hangzhou", "cn-shanghai"
ARGUMENTS = {"product_code": "waf"}


def attempt(origin: str, number: int = 0, **changed: Any) -> Attempt:
    """One of this stack."""
    return Attempt(**{"identity": ID, "origin": origin, "number": number, **changed})


class Shelf:
    """Things that bear marks, as `settling` knows them."""

    name, marks = "thing", True

    def __init__(self) -> None:
        self.now = 1000.0
        self.there: dict[str, dict[str, str]] = {HOME: {}, AWAY: {}}
        self.later: list[tuple[float, str, Attempt]] = []
        self.refused: set[str] = set()
        self.unmarked: list[tuple[str, list[str]]] = []
        self.released: list[tuple[str, str]] = []
        self.asked: list[str] = []
        self.orders: list[tuple[Attempt, float, Any]] = []
        self.uncertain: set[str] = set()

    def put(self, region_id: str = HOME, **marks: Attempt | str) -> None:
        """Have things there; `i_1` is the id i-1."""
        for key, mark in marks.items():
            text = mark if isinstance(mark, str) else mark.mark
            self.there[region_id][key.replace("_", "-")] = text

    def marked(self, _: Operation, region_id: str) -> dict[str, str]:
        """All that bears a mark by now."""
        self.asked.append(region_id)
        for at, key, of in self.later:
            if at <= self.now:
                self.put(**{key: of})
        return dict(self.there[region_id])

    def unmark(self, _: Operation, region_id: str, ids: list[str]) -> None:
        """Take the mark off."""
        self.unmarked.append((region_id, ids))

    def release(self, _: Operation, region_id: str, resource_id: str) -> None:
        """Let go of one, unless that is refused."""
        if resource_id in self.refused:
            raise AliyunError(f"{resource_id} is refused")
        self.released.append((region_id, resource_id))
        self.there[region_id].pop(resource_id, None)
        self.later = [each for each in self.later if each[1].replace("_", "-") != resource_id]

    def reclaim(self, _: Operation, of: Attempt, since: float, asked: Sequence[Mapping[str, Any]]) -> bool:
        """Give an order back."""
        self.orders.append((of, since, asked))
        return of.origin not in self.uncertain


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """The only kind there is, in a time of its own."""
    shelf = Shelf()

    def sleep(seconds: float) -> None:
        shelf.now += seconds
        assert shelf.now < 1100.0

    monkeypatch.setattr(settling, "time", SimpleNamespace(monotonic=lambda: shelf.now, sleep=sleep))
    monkeypatch.setattr(settling, "KINDS", [shelf])
    monkeypatch.setattr(settling, "RECLAIM", [shelf.reclaim])
    monkeypatch.setattr(run, "STARTED", shelf.now)
    monkeypatch.setattr(bridge, "silence_s", lambda: 0.0)
    monkeypatch.delenv("PULUMI_SKIP_CHECKPOINTS", raising=False)
    return shelf


@pytest.fixture
def ours(this: Run, shelf: Shelf) -> Run:
    """A run whose program is known, and asks for nothing."""
    this.identity, this.coming, this.regions = ID, set(), {HOME}
    return this


def interrupted(ours: Run, **left: Any) -> Record:
    """The run before this one was; this is what it left."""
    ours.before = Record({"__ran": "r1", **{f"__{name}": value for name, value in left.items()}})
    ours.before.judge([])
    return ours.before


# ---- marks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("learnt", "unmarked", "released"),
    [
        ({}, False, True),
        ({"held": {"i-1"}}, True, False),
        ({"nameless": {"a.2"}}, True, False),
        ({"nameless": {"a.1"}}, False, True),
        # asked for, and not bought yet
        ({"coming": {"a"}}, False, False),
        # another was bought
        ({"coming": {"a"}, "done": {"a"}}, False, True),
        # nobody knows what came of it
        ({"coming": {"a"}, "done": {"a"}, "failed": {"a"}}, False, False),
        ({"failed": {"a"}}, False, False),
        ({"failed": {"b"}, "coming": {"b"}}, False, True),
        # bought in this run, and told to the engine or not
        ({"made": {"i-1"}}, False, False),
        ({"made": {"i-1"}, "named": {"i-1"}}, True, False),
        ({"named": {"i-1"}}, False, True),
    ],
)
def test_what_becomes_of_what_bears_a_mark_of_this_stack(
    ours: Run, shelf: Shelf, learnt: dict[str, Any], unmarked: bool, released: bool
) -> None:
    """The state has it: its mark goes. Nobody may have it any more: it goes itself. Else it is left as it is."""
    if ids := learnt.pop("made", None):
        ours.made[shelf, HOME] = ids
    for name, value in learnt.items():
        setattr(ours, name, value)
    shelf.put(i_1=attempt("a", 2))
    settling.settle()
    assert shelf.unmarked == [(HOME, ["i-1"])] * unmarked
    assert shelf.released == [(HOME, "i-1")] * released


def test_what_is_not_of_this_stack_is_left_alone(ours: Run, shelf: Shelf) -> None:
    """Whatever its tag says."""
    shelf.put(i_1=attempt("a", identity="f" * 24), i_2="nonsense")
    ours.held = {"i-1", "i-2"}
    settling.settle()
    assert (shelf.unmarked, shelf.released) == ([], [])


def test_every_region_that_this_stack_was_in_is_looked_at(ours: Run, shelf: Shelf) -> None:
    """One list, and one call for all marks of a region."""
    ours.regions = {HOME, AWAY}
    ours.held = {"i-1", "i-2", "i-3"}
    shelf.put(i_2=attempt("b"), i_1=attempt("a"))
    shelf.put(AWAY, i_3=attempt("c"), i_4=attempt("d"))
    settling.settle()
    assert sorted(shelf.unmarked) == [(HOME, ["i-1", "i-2"]), (AWAY, ["i-3"])]
    assert shelf.released == [(AWAY, "i-4")]
    assert sorted(shelf.asked) == [HOME, AWAY]


def test_where_something_was_bought_or_found_is_looked_at_too(ours: Run, shelf: Shelf) -> None:
    """A region may be known only when an output is."""
    ours.regions = set()
    ours.made[shelf, HOME], ours.named = {"i-1"}, {"i-1"}
    ours.marked[shelf, AWAY] = Future()
    shelf.put(i_1=attempt("a"))
    shelf.put(AWAY, i_2=attempt("b"))
    settling.settle()
    assert (shelf.unmarked, shelf.released) == ([(HOME, ["i-1"])], [(AWAY, "i-2")])


def test_without_the_program_nothing_is_released(ours: Run, shelf: Shelf) -> None:
    """With --target the identity may be none of the targets: what was bought loses its mark, and that is all."""
    ours.coming = None
    interrupted(ours, coming=["b.0"], orders={"o": order()})
    ours.made[shelf, HOME], ours.named = {"i-1"}, {"i-1"}
    shelf.put(i_1=attempt("a"), i_2=attempt("b"))
    settling.settle()
    assert (shelf.unmarked, shelf.released, shelf.orders) == ([(HOME, ["i-1"])], [], [])
    assert shelf.now == 1000.0
    ours.made.clear()
    shelf.asked.clear()
    settling.settle()
    assert shelf.asked == []


def test_all_regions_are_looked_at_at_the_same_time(
    ours: Run, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten seconds after its word the engine kills the provider, however many regions there are."""
    ours.regions = {HOME, AWAY}
    shelf.put(HOME, i_1=attempt("a"))
    shelf.put(AWAY, i_2=attempt("b"))
    both = threading.Barrier(2, timeout=10)
    alone = shelf.marked

    def marked(operation: Operation, region_id: str) -> dict[str, str]:
        both.wait()
        return alone(operation, region_id)

    monkeypatch.setattr(shelf, "marked", marked)
    settling.settle()
    assert sorted(shelf.released) == [(HOME, "i-1"), (AWAY, "i-2")]
    shelf.put(HOME, i_3=attempt("a"))
    shelf.put(AWAY, i_4=attempt("b"))
    settling.sweep(Operation(), [HOME, AWAY])
    assert sorted(shelf.released[2:]) == [(HOME, "i-3"), (AWAY, "i-4")]


def test_a_region_that_does_not_answer_keeps_nothing_else_from_being_settled(
    ours: Run, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its marks stay where they are, for the next run."""
    ours.regions, ours.held = {HOME, AWAY}, {"i-1"}
    interrupted(ours, orders={"o": order()})
    shelf.put(HOME, i_1=attempt("a"))
    alone = shelf.marked

    def marked(operation: Operation, region_id: str) -> dict[str, str]:
        if region_id == AWAY:
            raise AliyunError("nobody there")
        return alone(operation, region_id)

    monkeypatch.setattr(shelf, "marked", marked)
    settling._clean_up(Operation(), made_is_recorded=True)
    assert shelf.unmarked == [(HOME, ["i-1"])]
    assert [of.origin for of, *_ in shelf.orders] == ["o"]


def test_a_new_stack_takes_its_marks_off_without_a_look(ours: Run, shelf: Shelf) -> None:
    """Nothing bears its mark but what this run has bought; what the engine doesn't know keeps it."""
    ours.fresh = {ID}
    ours.made[shelf, HOME], ours.named = {"i-1", "i-2", "i-3"}, {"i-3", "i-1"}
    settling.settle()
    assert (shelf.unmarked, shelf.asked) == ([(HOME, ["i-1", "i-3"])], [])


@pytest.mark.parametrize("unwritten", ["checkpoints", "silence"])
def test_marks_stay_while_the_engine_may_not_have_written_its_state(
    ours: Run, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, unwritten: str
) -> None:
    """Of what this run has bought; an earlier state's go, and so does what nobody wants."""
    if unwritten == "checkpoints":
        monkeypatch.setenv("PULUMI_SKIP_CHECKPOINTS", "true")
    else:
        monkeypatch.setattr(bridge, "silence_s", lambda: settling.SUSPICIOUS_S)
    ours.made[shelf, HOME], ours.named = {"i-1"}, {"i-1"}
    ours.held = {"i-2"}
    shelf.put(i_1=attempt("a"), i_2=attempt("b"), i_3=attempt("c"))
    settling.settle()
    assert (shelf.unmarked, shelf.released) == ([(HOME, ["i-2"])], [(HOME, "i-3")])
    ours.fresh = {ID}
    settling.settle()
    assert len(shelf.unmarked) == 1


def test_what_is_to_outlive_its_removal_is_told_and_not_released(
    ours: Run, shelf: Shelf, told: list[str]
) -> None:
    """It costs money, and only a person can say what becomes of it."""
    shelf.put(i_1=attempt("a", kept=True), i_2=attempt("b"))
    settling.settle()
    assert shelf.released == [(HOME, "i-2")]
    kept, released = told
    assert kept.startswith("WARNING thing i-1 was left by an interrupted run and is kept")
    assert released == "WARNING releasing thing i-2, left by an interrupted run"


def test_what_can_not_be_released_is_told(ours: Run, shelf: Shelf, told: list[str]) -> None:
    """With the reason; the others go."""
    shelf.put(i_1=attempt("a"), i_2=attempt("b"))
    shelf.refused = {"i-1"}
    settling.settle()
    assert shelf.released == [(HOME, "i-2")]
    assert "WARNING thing i-1 is left, and goes on costing money: i-1 is refused" in told


# ---- what is still on its way ----------------------------------------------------------------------------


def test_a_run_waits_for_what_an_interrupted_one_may_have_asked_for(ours: Run, shelf: Shelf) -> None:
    """Until it is there; then it goes, with all that came meanwhile."""
    interrupted(ours, coming=["a.0", "b.3"])
    shelf.put(i_1=attempt("a"))
    shelf.later = [(1003.0, "i_2", attempt("b", 3))]
    settling.settle()
    assert shelf.released == [(HOME, "i-1"), (HOME, "i-2")]
    assert shelf.now == 1003.0


def test_it_waits_no_longer_than_the_engine_lets_it_live(ours: Run, shelf: Shelf) -> None:
    """What comes later is for the next run."""
    interrupted(ours, coming=["a.0"])
    settling.settle()
    assert shelf.now == 1000.0 + settling.WAITED_S


def test_it_waits_no_longer_than_a_call_takes(
    ours: Run, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was sent before this run began has been carried out by then, or never will be."""
    interrupted(ours, coming=["a.0"])
    monkeypatch.setattr(run, "STARTED", shelf.now - settling.ON_ITS_WAY_S + 2.0)
    settling.settle()
    assert shelf.now == 1003.0
    settling.settle()
    assert shelf.now == 1003.0


@pytest.mark.parametrize(
    ("learnt", "waits"),
    [
        ({}, True),
        ({"arrived": {"a": 1}}, True),
        ({"arrived": {"a": 2}}, False),
        ({"done": {"a"}}, False),
        ({"failed": {"a"}}, False),
        ({"done": {"b"}, "failed": {"b"}}, True),
    ],
)
def test_what_was_asked_for_again_or_seen_is_not_waited_for(
    ours: Run, shelf: Shelf, learnt: dict[str, Any], waits: bool
) -> None:
    """The highest number that was seen of a name tells."""
    before = interrupted(ours, coming=["a.2"])
    for name, value in learnt.items():
        setattr(ours, name, value)
    assert settling.awaited(before) == ({("a", 2)} if waits else set())
    settling.settle()
    assert (shelf.now > 1000.0) is waits


def test_after_a_run_that_came_to_its_end_nobody_waits(ours: Run, shelf: Shelf) -> None:
    """All that it has sent was answered."""
    interrupted(ours, coming=["a.0"]).judge(["r1"])
    settling.settle()
    assert shelf.now == 1000.0


# ---- orders ----------------------------------------------------------------------------------------------


def order(**changed: Any) -> dict[str, Any]:
    """What may have been ordered."""
    return {"number": 1.0, "since": 900.0, "tried": False, "arguments": [ARGUMENTS], "kept": False, **changed}


@pytest.mark.parametrize(
    ("learnt", "given_back"),
    [
        ({}, True),
        ({"coming": {"o"}}, False),
        ({"coming": {"p"}}, True),
        ({"done": {"o"}}, False),
        ({"failed": {"o"}}, False),
    ],
)
def test_an_order_that_the_program_has_dropped_is_given_back(
    ours: Run, shelf: Shelf, learnt: dict[str, Any], given_back: bool
) -> None:
    """With all that it may have asked for, and since when."""
    before = interrupted(ours, orders={"o": order()})
    for name, value in learnt.items():
        setattr(ours, name, value)
    assert settling.reclaim(Operation(), before) == []
    expected = [(attempt("o", 1), 900.0, [ARGUMENTS])] if given_back else []
    assert shelf.orders == expected
    settling.settle()
    assert shelf.orders[:2] == expected * 2


def test_a_destroy_gives_back_whatever_was_ordered(ours: Run, shelf: Shelf) -> None:
    """It has no program that could ask for it."""
    ours.coming = None
    assert settling.reclaim(Operation(), interrupted(ours, orders={"o": order()})) == []
    assert len(shelf.orders) == 1


def test_orders_that_only_a_person_can_judge_are_named(ours: Run, shelf: Shelf) -> None:
    """The others are given back all the same."""
    before = interrupted(ours, orders={"o": order(), "p": order(number=2.0), "q": order()})
    shelf.uncertain = {"p"}
    assert settling.reclaim(Operation(), before) == [attempt("p", 2)]
    assert sorted(of.origin for of, _, _ in shelf.orders) == ["o", "p", "q"]


def test_without_checkpoints_no_order_is_given_back_at_the_end(
    ours: Run, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state that tells of it is written after that."""
    monkeypatch.setenv("PULUMI_SKIP_CHECKPOINTS", "true")
    interrupted(ours, orders={"o": order()})
    settling.settle()
    assert shelf.orders == []


# ---- the end of a stack ----------------------------------------------------------------------------------


def test_the_last_to_go_takes_all_with_it_that_bears_a_mark(ours: Run, shelf: Shelf) -> None:
    """But what the state held, which is being deleted, and what is another stack's; each is let go of once."""
    ours.coming = None
    ours.held = {"i-1"}
    shelf.put(i_1=attempt("a"), i_2=attempt("b"), i_3=attempt("c", identity="f" * 24))
    released: Callable[..., None] = shelf.release
    shelf.release = lambda *given: released(given[0], given[1], f"{given[2]}!")  # type: ignore[method-assign]
    settling.sweep(Operation(), [HOME])
    assert shelf.released == [(HOME, "i-2!")]
    settling.sweep(Operation(), [HOME])
    assert shelf.released == [(HOME, "i-2!")]
    assert shelf.unmarked == []


def test_what_can_not_go_with_the_stack_is_an_error(ours: Run, shelf: Shelf) -> None:
    """When the others have gone: otherwise nobody would find it again."""
    shelf.put(i_1=attempt("a"), i_2=attempt("b"))
    shelf.refused = {"i-1"}
    with pytest.raises(AliyunError, match="i-1 is refused"):
        settling.sweep(Operation(), [HOME])
    assert shelf.released == [(HOME, "i-2")]
