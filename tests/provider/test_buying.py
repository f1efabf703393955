"""Buying what an earlier run may have bought, refused or half-way: found, asked for again, or a person is asked."""

from __future__ import annotations

import queue
import threading
from concurrent import futures
from dataclasses import replace
from typing import Any

import pytest

from pulumi_aliyun import attempts, bridge, buying, run, settling
from pulumi_aliyun.attempts import TAG_LIMIT, Attempt
from pulumi_aliyun.bridge import Operation
from pulumi_aliyun.errors import ApiError, NeedsDecision, TimedOut
from pulumi_aliyun.record import Record
from pulumi_aliyun.run import Run

ID = "0123456789abcdef01234567"
ORIGIN = "fedcba9876543210fedcba98"
ATTEMPT = Attempt(ID, ORIGIN, 3)

pytestmark = pytest.mark.usefixtures("this")


class Shop:
    """Something to buy, as `buying.buy` knows it."""

    name = "thing"

    def __init__(
        self, *, listed: dict[str, str] | None = None, lives: bool = True, marks: bool = True
    ) -> None:
        self.listed, self.lives, self.marks = listed or {}, lives, marks
        self.refusals: list[str] = []
        """The codes with which the first calls are refused."""
        self.tokens: list[str] = []
        self.given: list[Any] = []
        self.lists = self.puzzles = 0
        self.before: list[Any] = []
        self.again = False

    def marked(self, *_: Any) -> dict[str, str]:
        """What bears a mark."""
        self.lists += 1
        return self.listed

    def alive(self, *_: Any, **how: bool) -> bool:
        """Whether what was answered is there; a mark is looked for where one was given."""
        assert how == {"marked": bool(self.given[-1]), "again": self.again}
        return self.lives

    def earlier(self, _: Operation, attempt: Attempt, since: float) -> None:
        """An earlier run may have made this call."""
        self.before.append((attempt, since))

    def unexplained(self, _: Operation, region_id: str) -> None:
        """The token was used otherwise, and nothing is found."""
        assert region_id == "cn-hangzhou"
        self.puzzles += 1

    def call(self, token: str, mark: list[dict[str, str]]) -> str:
        """The creating call."""
        self.tokens.append(token)
        self.given.append(mark)
        assert len(self.tokens) < 10
        if self.refusals:
            raise ApiError("Create", self.refusals.pop(0), "no")
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


def test_what_an_interrupted_run_bought_is_found_and_not_bought_again(this: Run) -> None:
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


class Street(Shop):
    """A shop in each region; those who ask what is marked wait at the door until it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.doors = {region: threading.Event() for region in ("cn-hangzhou", "cn-shanghai")}
        self.asked: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.failures: list[Exception] = []

    def marked(self, _: Operation, region_id: str) -> dict[str, str]:
        """Nothing; or the next failure."""
        self.asked.put(region_id)
        assert self.doors[region_id].wait(10)
        if self.failures:
            raise self.failures.pop(0)
        return {}

    def buyers(self, pool: futures.Executor, *regions: str) -> list[futures.Future[Any]]:
        """So many who buy at the same time; the first of each region is at the door already."""
        asked: list[futures.Future[Any]] = []
        for n, region_id in enumerate(regions):
            attempt = replace(ATTEMPT, number=n)
            asked.append(pool.submit(buying.buy, Operation(), self, region_id, attempt, self.call))
            if region_id not in regions[:n]:
                assert self.asked.get(timeout=10) == region_id
        return asked


def test_a_region_that_does_not_answer_keeps_no_other_waiting() -> None:
    """What an interrupted run has left is looked for in each by itself."""
    street = Street()
    with futures.ThreadPoolExecutor() as pool:
        slow, quick = street.buyers(pool, "cn-hangzhou", "cn-shanghai")
        street.doors["cn-shanghai"].set()
        assert quick.result(10).found is False and not slow.done()
        street.doors["cn-hangzhou"].set()
        assert slow.result(10).found is False


def test_who_waits_for_the_same_look_gets_the_same_answer(this: Run) -> None:
    """Also if there is none, after minutes; whoever comes then asks again."""
    street = Street()
    street.failures = [ApiError("Describe", "InternalError", "no such luck")]
    with futures.ThreadPoolExecutor() as pool:
        waiting = street.buyers(pool, *["cn-hangzhou"] * 3)
        street.doors["cn-hangzhou"].set()
        outcomes = [each.exception(10) for each in waiting]
        assert "no such luck" in str(outcomes[0]) and not street.failures
        [later] = street.buyers(pool, "cn-hangzhou")
        assert later.result(10).found is False
    assert [key for _, key in this.marked] == ["cn-hangzhou"]


def test_one_whose_time_is_over_ends_no_other() -> None:
    """The next one asks in its place."""
    street = Street()
    street.failures = [TimedOut("as long as custom_timeouts allows")]
    with futures.ThreadPoolExecutor() as pool:
        first, second = street.buyers(pool, *["cn-hangzhou"] * 2)
        street.doors["cn-hangzhou"].set()
        with pytest.raises(TimedOut):
            first.result(10)
        assert second.result(10).found is False


def test_an_answer_that_names_what_is_gone_is_asked_past(this: Run) -> None:
    """With the next token, but not for ever."""
    shop = Shop(lives=False)
    with pytest.raises(NeedsDecision, match="each of 3 creating calls was answered with an id"):
        shop.buy(Operation())
    assert shop.tokens == [replace(ATTEMPT, number=number).client_token for number in (3, 4, 5)]
    this.held = {"x-1"}  # the state has it: it came of another creation
    again = Shop()
    assert again.buy(Operation()).id == "x-2"


def test_a_new_stack_has_nothing_to_look_for(this: Run) -> None:
    """There was no earlier run, and what is answered is its own."""
    this.fresh = {ID}
    shop = Shop(listed={"x-3": ATTEMPT.mark}, lives=False)
    bought = shop.buy(Operation())
    assert (bought.id, bought.found, len(shop.tokens)) == ("x-1", False, 1)


def test_nothing_is_bought_when_the_run_is_being_cancelled(
    this: Run, monkeypatch: pytest.MonkeyPatch
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


def test_a_name_whose_buying_failed_is_remembered(this: Run) -> None:
    """What may have come of it isn't let go of in this run."""
    shop = Shop()

    def refused(*_: Any) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        buying.buy(Operation(), shop, "cn-hangzhou", ATTEMPT, refused)
    assert (this.failed, this.done) == ({ORIGIN}, set())
    shop.buy(Operation())
    assert this.done == {ORIGIN}


def test_what_is_marked_is_listed_once_for_all_of_a_region(this: Run) -> None:
    """However many are bought there; and the end of the run is told what there is to tidy up."""
    shop = Shop()
    shop.buy(Operation())
    shop.buy(Operation())
    assert shop.lists == 1
    buying.buy(Operation(), shop, "cn-shanghai", ATTEMPT, shop.call)
    assert shop.lists == 2
    kind: Any = shop
    assert this.made == {(kind, "cn-hangzhou"): {"x-1", "x-2"}, (kind, "cn-shanghai"): {"x-3"}}


def test_what_was_bought_is_tidied_up_at_the_end(this: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the identity is no target, and doesn't ask for it."""
    ends: list[Any] = []
    monkeypatch.setattr(bridge, "at_end", ends.append)
    Shop().buy(Operation())
    assert ends == [settling.settle]
    assert this.identity == ID


# ---- refusals --------------------------------------------------------------------------------------------


def after_interruption(this: Run, **left: Any) -> None:
    """The runs r0 and r1 were interrupted, this is r2."""
    this.name = "r2"
    this.before = Record({"__ran": "r1", "__tried": ["r0"], **left})
    this.before.judge([])


def later(*names: str) -> list[str]:
    return [ATTEMPT.client_token, *(ATTEMPT.client_token_of(name) for name in names)]


def test_a_refusal_that_time_can_cure_is_asked_past_with_a_token_of_this_run(this: Run) -> None:
    """The first token may be spent on an earlier refusal, which the service would repeat."""
    this.name = "r2"
    shop = Shop()
    shop.refusals = ["OperationDenied.NoStock"]
    assert shop.buy(Operation()).id == "x-2"
    assert shop.tokens == later("r2")
    shop.refusals = ["OperationDenied.NoStock"] * 2
    with pytest.raises(ApiError, match=r"OperationDenied\.NoStock"):
        shop.buy(Operation())
    assert shop.tokens == later("r2") * 2


def test_after_interrupted_runs_their_tokens_come_first(this: Run) -> None:
    """What one of them got under its own token is what the same call gets now."""
    after_interruption(this)
    shop = Shop()
    shop.refusals = ["OperationDenied.NoStock"] * 3
    assert shop.buy(Operation()).id == "x-4"
    assert shop.tokens == later("r0", "r1", "r2")
    this.before.judge(["r1"])
    shop.tokens.clear()
    shop.refusals = ["OperationDenied.NoStock"]
    shop.buy(Operation())
    assert shop.tokens == later("r2")


def test_a_run_that_nobody_has_named_asks_with_a_token_of_its_own(this: Run) -> None:
    """With --target the identity may be none of the targets."""
    tokens = set()
    for _ in range(2):
        shop = Shop()
        shop.refusals = ["OperationDenied.NoStock"]
        shop.buy(Operation())
        tokens |= {*shop.tokens}
    assert len(tokens) == 3


@pytest.mark.parametrize(
    ("code", "fresh", "marks"),
    [
        ("InvalidParameter", False, True),
        ("OperationDenied.NoStock", True, True),
        ("OperationDenied.NoStock", False, False),
    ],
)
def test_a_refusal_is_told_at_once_where_another_token_changes_nothing(
    this: Run, code: str, *, fresh: bool, marks: bool
) -> None:
    """Nothing cures it; or the token can't be spent yet; or nothing but the token protects."""
    this.fresh = {ID} if fresh else set()
    shop = Shop(marks=marks)
    shop.refusals = [code] * 2
    with pytest.raises(ApiError, match=code):
        shop.buy(Operation())
    assert len(shop.tokens) == 1


def test_what_was_asked_for_with_other_inputs_is_found_by_its_mark(this: Run) -> None:
    """It is listed by now, though it wasn't when the run began."""
    after_interruption(this)
    shop = Shop()
    shop.refusals = ["IdempotentParameterMismatch"]
    shop.buy(Operation())
    assert (shop.lists, shop.puzzles, len(shop.tokens)) == (2, 1, 2)
    shop.listed = {"x-7": ATTEMPT.mark}
    shop.refusals = ["IdempotentParameterMismatch"]
    for listed in this.marked.values():
        listed.result().clear()
    found = shop.buy(Operation())
    assert (found.id, found.found, shop.puzzles) == ("x-7", True, 1)


def test_what_was_asked_for_with_other_inputs_and_is_not_found_is_a_puzzle(this: Run) -> None:
    """Its kind says whether it is safe to buy another."""

    class Unsafe(Shop):
        def unexplained(self, *_: Any) -> None:
            raise NeedsDecision("which of them?")

    shop = Unsafe()
    shop.refusals = ["IdempotenceParamNotMatch"]
    with pytest.raises(NeedsDecision, match="which of them"):
        shop.buy(Operation())
    assert len(shop.tokens) == 1
    assert this.failed == {ORIGIN}


def test_an_order_that_an_earlier_run_may_have_placed_is_looked_into_first(this: Run) -> None:
    """Since that run began; of another order or number nothing is known."""
    order = {"number": 3.0, "since": 900.0, "tried": False, "arguments": [{}], "kept": False}
    after_interruption(this, __orders={ORIGIN: order, "another": {**order, "since": 1.0}})
    shop = Shop(marks=False)
    shop.again = True
    shop.buy(Operation())
    assert shop.before == [(ATTEMPT, 900.0)]
    this.state.passed = {ORIGIN: "r1"}
    shop.again = False
    shop.buy(Operation())
    assert len(shop.before) == 1


def test_one_that_had_no_room_for_a_mark_is_asked_about(this: Run) -> None:
    """What this stack has isn't it."""
    this.held = {"x-3"}
    buying.ask_about("thing", {"x-1": TAG_LIMIT - 1, "x-3": TAG_LIMIT})
    with pytest.raises(NeedsDecision, match=r"arguments.* one of these: x-2, x-4\n"):
        buying.ask_about("thing", {"x-4": TAG_LIMIT, "x-1": TAG_LIMIT - 1, "x-3": TAG_LIMIT, "x-2": 21})
