"""The identity of a stack: what a run learns through it, what it leaves in it, and what goes with it."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from pulumi_aliyun import aftermath, bridge, cloud, identity, run, settling
from pulumi_aliyun.attempts import Attempt
from pulumi_aliyun.bridge import Operation
from pulumi_aliyun.errors import InvalidInput, NeedsDecision
from pulumi_aliyun.hidden import Announcement
from pulumi_aliyun.identity import SETTLED_S, IdentityProvider
from pulumi_aliyun.run import Run

ID = "0123456789abcdef01234567"
PROVIDER = IdentityProvider()
HELD = {"EcsInstance": {"cn-hangzhou": ["i-1"], "cn-shanghai": ["i-2"]}}


@pytest.fixture(autouse=True)
def process(monkeypatch: pytest.MonkeyPatch, this: Run) -> None:
    """A process with credentials, in which nothing was learnt yet."""
    monkeypatch.setattr(cloud, "refuse_misconfiguration", lambda: None)
    monkeypatch.setattr(cloud, "caller", lambda: "me")


def announced(**told: Any) -> Announcement:
    """What the program of a run "r2" says."""
    lists = {key: [] for key in ("ended", "coming", "attempts", "recorded", "nameless", "leaving")}
    return Announcement(**{"name": "r2", **lists, "held": {}, "orders": {}, **told})


# ---- a run begins ----------------------------------------------------------------------------------------


def test_what_the_program_says_of_its_run_is_learnt(this: Run) -> None:
    """And what the run may do stands in the state before it does it; what only this run is told doesn't."""
    told = announced(coming=["a"], attempts=["a.0"], recorded=["b.1"], nameless=["b.1"], leaving=["i-9"])
    olds = {"__ran": "r1", "__coming": ["c.0"], "__regions": ["cn-hangzhou"]}
    inputs = PROVIDER.check(olds, {"__run": told, "__regions": ["cn-shanghai"], "__provider": "x"}).inputs
    assert inputs == {
        "__provider": "x",
        "__regions": ["cn-hangzhou", "cn-shanghai"],
        "__ran": "r2",
        "__tried": ["r1"],
        "__coming": ["a.0"],
        "__leaving": ["i-9"],
        "__held": True,
        "__caller": "me",
        "__orders": {},
    }
    assert (this.name, this.coming, this.nameless) == ("r2", {"a"}, {"b.1"})
    assert this.regions == {"cn-hangzhou", "cn-shanghai"}
    assert (this.before.run, this.before.unfinished, this.record.run) == ("r1", True, "r2")
    assert this.look is None


def test_a_run_that_came_to_its_end_is_known_by_its_name(this: Run) -> None:
    """What the state held of what it was to delete is looked at, too."""
    PROVIDER.check({"__ran": "r1"}, {"__run": announced(ended=["r1"])})
    assert not run.is_after_interruption()
    PROVIDER.check({"__ran": "r1"}, {"__run": announced()})
    assert run.is_after_interruption()


def test_a_preview_leaves_the_record_as_it_was(this: Run) -> None:
    """Its program says nothing of a run."""
    olds = {"__ran": "r1", "__held": True, "__coming": ["a.0"], "__regions": ["cn-hangzhou"]}
    inputs = PROVIDER.check(olds, {"__regions": []}).inputs
    assert {name: inputs[name] for name in olds} == olds
    assert this.coming is None and this.name == ""


def test_a_run_that_is_not_configured_does_not_begin(monkeypatch: pytest.MonkeyPatch, this: Run) -> None:
    """Before anything is bought."""

    def refused() -> None:
        raise InvalidInput("aliyun:endpoints")

    monkeypatch.setattr(cloud, "refuse_misconfiguration", refused)
    with pytest.raises(InvalidInput, match="aliyun:endpoints"):
        PROVIDER.check({}, {"__run": announced()})
    assert this.name == ""


@pytest.mark.parametrize("regions", [None, "cn-hangzhou", 7])
def test_regions_that_are_none_are_not_read(regions: Any) -> None:
    """An earlier version's state may not have them."""
    assert PROVIDER.check({"__regions": regions}, {}).inputs["__regions"] == []


class Looks:
    """Stands in for the look at what the state holds."""

    def __init__(self, held: Any, *, same_caller: bool, not_before: float) -> None:
        self.given = (held, same_caller, not_before)


@pytest.mark.parametrize(
    ("left", "same_caller", "waits"),
    [
        ({}, False, False),
        ({"__caller": "me"}, True, False),
        ({"__caller": "you"}, False, False),
        ({"__caller": "me", "__ran": "r1"}, True, True),
    ],
)
def test_what_the_state_holds_is_looked_for_as_the_run_begins(
    this: Run, monkeypatch: pytest.MonkeyPatch, left: dict[str, Any], same_caller: bool, waits: bool
) -> None:
    """After an interrupted run a little later, for what it has sent; and it matters whether the account is the same."""
    monkeypatch.setattr(aftermath, "Look", Looks)
    monkeypatch.setattr(run, "STARTED", 1000.0)
    PROVIDER.check(left, {"__run": announced(held=HELD)})
    look: Any = this.look
    assert look.given == (HELD, same_caller, 1000.0 + (SETTLED_S if waits else 0.0))
    assert run.is_held("i-1") and run.is_held("i-2") and not run.is_held("i-3")


def test_nobody_can_be_told_from_nobody(this: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Temporary keys that name no role say nothing of the account."""
    monkeypatch.setattr(aftermath, "Look", Looks)
    monkeypatch.setattr(cloud, "caller", lambda: "")
    PROVIDER.check({"__caller": ""}, {"__run": announced(held=HELD)})
    look: Any = this.look
    assert look.given[1] is False


def test_an_identity_never_changes(this: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it records is no difference; but in an `up` its run has an end to be tidied up at."""
    ends: list[Any] = []
    monkeypatch.setattr(bridge, "at_end", ends.append)
    assert PROVIDER.diff(ID, {}, {"__ran": "r2"}).changes is False
    assert (this.identity, ends) == ("", [])
    this.coming = set()
    assert PROVIDER.diff(ID, {}, {"__ran": "r2"}).changes is False
    assert (this.identity, ends) == (ID, [settling.settle])


def test_each_stack_has_an_identity_of_its_own(this: Run) -> None:
    """24 characters that no other has; nothing was bought under it before."""
    made = [PROVIDER.create({}) for _ in range(2)]
    assert len({each.id for each in made}) == 2
    assert all(len(each.id) == 24 and each.outs == {} for each in made)
    assert this.fresh == {each.id for each in made}
    assert this.identity == made[1].id


def test_an_identity_is_what_the_state_says() -> None:
    """There is nothing to be asked."""
    found = PROVIDER.read(ID, {"__ended": ["r1"]})
    assert (found.id, found.outs) == (ID, {"__ended": ["r1"]})


# ---- the stack goes --------------------------------------------------------------------------------------


class Swept:
    """What is done when a stack goes, in a time of its own."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.regions: list[str] = []
        self.open: list[Any] = []
        self.awaited: set[Any] = set()
        self.inputs: dict[str, Any] = {}

    def sleep(self, seconds: float) -> None:
        """Let time pass, but not for ever."""
        self.now += seconds
        assert self.now < 1100.0

    def sweep(self, _: Operation, regions: list[str]) -> None:
        """Release what bears a mark."""
        self.regions += regions

    def delete(self, left: dict[str, Any], ended: Sequence[str] | None = None) -> float:
        """Have the identity go, whose state has this record; how long that took."""
        began = self.now
        self.inputs = {f"__{name}": value for name, value in left.items()}
        outputs = {} if ended is None else {"__ended": list(ended)}
        PROVIDER.delete(ID, {**outputs, "__regions": ["cn-shanghai"]})
        return self.now - began

    def old_inputs(self, _: Operation, *, hidden: bool) -> dict[str, Any]:
        """The record; a user would see nothing of it."""
        assert hidden
        return self.inputs


@pytest.fixture
def swept(monkeypatch: pytest.MonkeyPatch) -> Swept:
    swept = Swept()
    clock = SimpleNamespace(monotonic=lambda: swept.now, sleep=swept.sleep)
    for module in (identity, settling):
        monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(run, "STARTED", swept.now)
    monkeypatch.setattr(bridge, "old_inputs", swept.old_inputs)
    monkeypatch.setattr(settling, "sweep", swept.sweep)
    monkeypatch.setattr(settling, "awaited", lambda _: swept.awaited)
    monkeypatch.setattr(settling, "reclaim", lambda *_: swept.open)
    monkeypatch.delenv("PULUMI_SKIP_CHECKPOINTS", raising=False)
    return swept


def test_a_stack_takes_with_it_what_is_left_in_its_regions(this: Run, swept: Swept) -> None:
    """As they stand in the record; at once, as its last run came to its end."""
    inputs = {"ran": "r1", "coming": ["a.0"], "held": True}
    swept.awaited = {("a", 0)}
    assert swept.delete({**inputs, "regions": ["cn-hangzhou", "cn-beijing"]}, ended=["r1"]) == 0
    assert swept.regions == ["cn-hangzhou", "cn-beijing"]
    assert this.identity == ID


@pytest.mark.parametrize(
    ("left", "awaited", "waits"),
    [
        ({"ran": "r1"}, {("a", 0)}, True),
        ({"ran": "r1"}, set(), False),
        # it may have been a `--replace`, which nothing announces
        ({"ran": "r1", "held": True}, set(), True),
        ({}, {("a", 0)}, False),
    ],
)
def test_after_an_interrupted_run_a_stack_waits_for_what_may_still_arrive(
    swept: Swept, left: dict[str, Any], awaited: set[Any], waits: bool
) -> None:
    """After its end nothing is found any more; so each second it looks, until nothing can arrive."""
    swept.awaited = awaited
    took = swept.delete({**left, "regions": ["cn-hangzhou"]}, ended=["r0"])
    assert took == (settling.ON_ITS_WAY_S + 1.0 if waits else 0.0)
    assert len(swept.regions) == took + 1


def test_a_stack_waits_no_longer_when_all_has_arrived(swept: Swept, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked for is known."""
    swept.awaited = {("a", 0)}

    def sweep(*_: Any) -> None:
        swept.awaited = {("a", 0)} if swept.now < 1003.0 else set()

    monkeypatch.setattr(settling, "sweep", sweep)
    assert swept.delete({"ran": "r1", "regions": ["cn-hangzhou"]}) == 3.0


def test_without_checkpoints_a_stack_waits_always(swept: Swept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its state knows nothing of a run that was killed."""
    monkeypatch.setenv("PULUMI_SKIP_CHECKPOINTS", "true")
    assert swept.delete({"regions": ["cn-hangzhou"]}) == settling.ON_ITS_WAY_S + 1.0


def test_a_stack_that_waits_can_be_cancelled(swept: Swept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends it; the identity stays, and with it what is needed to go on."""

    class Cancelled(Exception):  # noqa: N818 - it says what happened
        """The run is being cancelled."""

    def stop(_: Operation) -> None:
        raise Cancelled

    monkeypatch.setattr(Operation, "stop_if_abandoned", stop)
    swept.awaited = {("a", 0)}
    with pytest.raises(Cancelled):
        swept.delete({"ran": "r1", "regions": ["cn-hangzhou"]})


def test_a_stack_with_an_order_that_only_a_person_can_judge_stays(
    swept: Swept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the way out; when it has released what it can."""
    operation = Operation(urn="urn:of-the-identity")
    monkeypatch.setattr(bridge, "current_operation", lambda: operation)
    swept.open = [Attempt(ID, "o", 0)]
    with pytest.raises(NeedsDecision, match="pulumi state delete 'urn:of-the-identity'"):
        swept.delete({"regions": ["cn-hangzhou"]})
    assert swept.regions == ["cn-hangzhou"]


def test_where_the_engine_does_not_tell_the_inputs_the_outputs_name_the_regions(
    swept: Swept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What bears a mark there goes; nothing is known of a run that was interrupted."""
    monkeypatch.setattr(bridge, "old_inputs", lambda *_, **__: None)
    assert swept.delete({"ran": "r1", "held": True}) == 0.0
    assert swept.regions == ["cn-shanghai"]
