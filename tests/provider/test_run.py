"""What a process learns of the run that it serves."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_aliyun import aftermath, bridge, run
from pulumi_aliyun.attempts import Attempt
from pulumi_aliyun.bridge import Operation
from pulumi_aliyun.hidden import origin_of
from pulumi_aliyun.record import Record
from pulumi_aliyun.run import Run

ID = "0123456789abcdef01234567"
URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/aliyun:EcsInstance::web"
WEB = Operation(urn=URN)
PLACES = {"amount": 1, "used": 0, "coming": 1}


def test_what_the_program_says_of_a_resource_is_taken_off_its_inputs(this: Run) -> None:
    """And is known of that resource alone."""
    told = {"hidden": ["name"], "sealed": ["tags"], "pool": PLACES, "creation": 2}
    news = {"name": "a", "__run": {**told, "known": True, "protected": True, "kept": True}}
    run.take_hint(URN, news)
    assert news == {"name": "a"}
    assert (run.hidden(URN), run.sealed(URN), run.pool(URN)) == (["name"], ["tags"], PLACES)
    assert run.is_known(URN) and run.is_protected(URN) and run.is_kept(URN) and not run.is_preview(URN)
    run.take_hint(URN, {"name": "a"})
    assert run.is_kept(URN)
    other = "another"
    assert (list(run.hidden(other)), list(run.sealed(other)), run.pool(other)) == ([], [], None)
    assert not (run.is_known(other) or run.is_protected(other) or run.is_kept(other))
    assert run.is_preview(other)


# ---- the state -------------------------------------------------------------------------------------------


def test_the_latest_creation_of_a_name_is_known_from_the_state(this: Run) -> None:
    """An old half of a replacement may be named after the new one."""
    for id_, attempt in {"i-1": "a.1", "i-2": "a.2", "i-3": "a.1", "i-4": "b.0", "i-5": ""}.items():
        run.held(id_, WEB, {"__attempt": attempt})
    run.held("i-6", WEB, {})
    assert this.state.numbers == {"a": 2, "b": 0}
    assert all(run.is_held(f"i-{number}") for number in range(1, 7)) and not run.is_held("i-7")


def test_the_run_that_came_past_an_order_is_known_from_the_state(
    this: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands in the inputs, unseen."""
    monkeypatch.setattr(bridge, "old_inputs", lambda _, *, hidden: {"__passed": "r1"} if hidden else {})
    run.held("waf-1", WEB, {"__attempt": "a.0"})
    monkeypatch.setattr(bridge, "old_inputs", lambda *_, **__: None)
    run.held("waf-2", WEB, {"__attempt": "b.0"})
    assert this.state.passed == {"a": "r1", "b": ""}


def test_what_was_adopted_or_made_is_this_stacks(this: Run) -> None:
    """Whether the state has it yet or not."""
    kind: Any = object()
    this.made[kind, "cn-hangzhou"] = {"i-2"}
    run.adopted("i-1")
    assert [run.is_held(id_) for id_ in ("i-1", "i-2", "i-3")] == [True, True, False]


def test_a_run_says_that_it_came_past(this: Run) -> None:
    """A preview leaves what the last run has said; before the first there is nothing to be said."""
    assert run.passed({}) == {}
    assert run.passed({"__passed": "r1"}) == {"__passed": "r1"}
    this.name = "r2"
    assert run.passed({"__passed": "r1"}) == run.passed({}) == {"__passed": "r2"}


# ---- what is there ---------------------------------------------------------------------------------------


class Look:
    """What was seen as the run began."""

    def of(self, resource_id: str) -> dict[str, str]:
        """One of it."""
        return {"InstanceId": resource_id, "seen": "at the beginning"}


def test_what_the_cloud_has_of_a_resource_is_seen_once_for_all(
    this: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the run begins; but by itself where the program's identity was no target, and never in a preview."""
    asked: list[Any] = []

    def patiently(*given: Any) -> dict[str, str]:
        asked.append(given)
        return {"InstanceId": given[-1]}

    monkeypatch.setattr(aftermath, "patiently", patiently)
    with pytest.raises(KeyError):
        run.seen(WEB, "EcsInstance", "cn-hangzhou", "i-1")
    this.hints[URN] = {"creation": 0}
    assert run.seen(WEB, "EcsInstance", "cn-hangzhou", "i-1") == {"InstanceId": "i-1"}
    assert asked == [(WEB, "EcsInstance", "cn-hangzhou", "i-1")]
    this.coming = set()
    with pytest.raises(KeyError):
        run.seen(WEB, "EcsInstance", "cn-hangzhou", "i-1")
    this.look = Look()  # type: ignore[assignment]
    assert run.seen(WEB, "EcsInstance", "cn-hangzhou", "i-1") == Look().of("i-1")
    this.hints.clear()
    with pytest.raises(KeyError):
        run.seen(WEB, "EcsInstance", "cn-hangzhou", "i-1")
    assert len(asked) == 1


def test_what_a_diff_has_found_is_there_for_the_update(this: Run) -> None:
    """Of the same resource, as it was then."""
    found = {"status": "Stopped"}
    run.remember_unknown("i-1", found)
    found["status"] = "Running"
    assert run.unknown_to_state("i-1") == {"status": "Stopped"}
    assert run.unknown_to_state("i-2") == {}


def test_the_latest_creation_that_was_seen_counts(this: Run) -> None:
    """In whatever order they are listed."""
    for number in (0, 2, 1):
        run.has_arrived(Attempt(ID, "a", number))
    run.has_arrived(Attempt(ID, "b", 0))
    assert this.arrived == {"a": 2, "b": 0}


# ---- names -----------------------------------------------------------------------------------------------


def test_a_creation_is_named_as_the_program_says(this: Run) -> None:
    """Without its word, as the first of the resource's own name, and of no stack."""
    assert run.attempt(WEB, {}) == Attempt("", origin_of(URN), 0)
    this.hints[URN] = {"origin": "a", "creation": 3, "kept": True}
    assert run.attempt(WEB, {"__identity": ID}) == Attempt(ID, "a", 3, kept=True)


@pytest.mark.parametrize(
    ("before", "now", "number"),
    [(None, None, 3), (5, None, 5), (None, 5, 5), (5, 4, 4), (2, None, 3), (None, 2, 3)],
)
def test_an_order_goes_on_with_the_number_that_stands_in_the_record(
    this: Run, before: int | None, now: int | None, number: int
) -> None:
    """This run's before the last one's; with --target there is no new one."""

    def record(number: int | None) -> Record:
        entry = {"number": float(number or 0), "since": 0.0, "tried": False, "arguments": [], "kept": False}
        return Record({} if number is None else {"__orders": {"a": entry}})

    this.hints[URN] = {"origin": "a", "creation": 3}
    this.before, this.record = record(before), record(now)
    assert run.attempt(WEB, {}).number == number


def test_a_change_that_costs_money_has_a_token_of_its_own(this: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for the same change of the same run; another resource, argument, value or run has another."""
    first = run.change_token(WEB, {"size": 40, "period": 40}, "size")
    assert first == run.change_token(WEB, {"size": 40}, "size")
    others = [
        run.change_token(Operation(urn="another"), {"size": 40}, "size"),
        run.change_token(WEB, {"size": 40, "period": 40}, "period"),
        run.change_token(WEB, {"size": 41}, "size"),
        run.change_token(WEB, {"size": "40"}, "size"),
        run.change_token(WEB, {}, "size"),
    ]
    monkeypatch.setattr(run, "this", Run())
    others.append(run.change_token(WEB, {"size": 40}, "size"))
    assert len({first, *others}) == 7
    assert all(len(token) == 48 for token in others)
