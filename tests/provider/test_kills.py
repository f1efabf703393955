"""Random histories with kills at every call and step: state, program and cloud agree after the next run."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import pytest
from cloud_model import CloudModel
from engine_model import Engine, Killed, Wish
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from smallest import INSTANCE, ORDER, RESERVATION
from test_histories import alive

from fake_aliyun import FakeAliyun
from pulumi_aliyun.attempts import MARK, TAG_LIMIT, Attempt
from pulumi_aliyun.bss_instance import BssInstanceProvider
from pulumi_aliyun.capacity_reservation import CapacityReservationProvider
from pulumi_aliyun.ecs_instance import EcsInstanceProvider
from pulumi_aliyun.errors import AliyunError, NeedsDecision

HISTORIES = int(os.environ.get("HISTORIES", "2000"))
"""How many are played; they are the same in each run."""

_END = {"end_time_type": "Limited", "end_time": "2099-10-30T06:32:00Z"}
_FULL = {"tags": {f"tag-{number:02}": "x" for number in range(20)}}
"""So many tags that there is no room for the mark."""
_PROVIDERS = {"r": CapacityReservationProvider(), "i": EcsInstanceProvider(), "o": BssInstanceProvider()}
_VERSIONS: dict[str, list[dict[str, Any]]] = {
    # as it is; changed in place; replaced; with another delete or power state
    "r": [
        RESERVATION,
        {**RESERVATION, "instance_amount": 3, "tags": {"team": "x"}},
        {**RESERVATION, "zone_id": "cn-hangzhou-i"},
        {**RESERVATION, **_END},
    ],
    "i": [
        INSTANCE,
        {**INSTANCE, "instance_type": "ecs.g6.xlarge", "instance_name": "two"},
        {**INSTANCE, "image_id": "img-2"},
        {**INSTANCE, "status": "Stopped"},
    ],
    "o": [ORDER, {**ORDER, "parameters": {"Seats": "1"}}, {**ORDER, "product_type": "waf_v2"}],
}


@dataclass(frozen=True)
class Text:
    """A program: which version of each resource it has, None for none."""

    r: int | None
    i: int | None
    o: int | None
    renamed: bool = False
    """Whether the reservation and the instance have other names, with aliases."""
    full: bool = False
    """Whether the reservation and the instance have as many tags as they can."""

    def wishes(self) -> dict[str, Wish]:
        """The program as the engine takes it."""
        found = {}
        for kind in "rio":
            version = getattr(self, kind)
            if version is None:
                continue
            moved = self.renamed and kind != "o"
            names = (f"{kind}-new", f"{kind}-old") if moved else (f"{kind}-old", f"{kind}-new")
            given = _VERSIONS[kind][version] | (_FULL if self.full and kind != "o" else {})
            found[names[0]] = Wish(_PROVIDERS[kind], given, alias=names[1] if kind != "o" else "")
        return found


def _version(kind: str, most: int) -> st.SearchStrategy[int | None]:
    return st.sampled_from([None, *range(most), 0])


TEXTS = st.builds(
    Text,
    _version("r", 4),
    _version("i", 4),
    _version("o", 2),
    st.sampled_from([False, False, False, True]),
)
COMMANDS = st.sampled_from(["up", "up", "up", "up", "replace", "destroy", "refresh"])
STRIKES = st.one_of(
    st.none(),
    st.tuples(st.integers(1, 14), st.sampled_from(["before", "late", "done", "done", "lost", "refused"])),
    st.tuples(st.integers(1, 5), st.just("step")),
)
STEPS = st.lists(
    st.tuples(st.one_of(st.none(), TEXTS), COMMANDS, STRIKES, st.booleans()), min_size=1, max_size=5
)
LAST = st.tuples(st.one_of(st.none(), TEXTS), st.sampled_from(["up", "up", "up", "destroy"]))


Step = tuple[Text | None, str, Any, bool]
"""What the program is changed to (None: it stays), the command, what strikes it, and whether there is no stock."""


class History:
    """One stack and its cloud, with somebody else's resources beside it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fake: FakeAliyun) -> None:
        self.fake = fake
        self.cloud = CloudModel(monkeypatch, fake)
        self.engine = Engine(monkeypatch, at_step=self._at_step, begins=self._begins)
        self.steps = 0
        self.text = Text(0, 0, 0)
        others = {"Tag": [{"Key": MARK, "Value": f"{'f' * 24}.{'0' * 24}.0"}], "RegionId": "cn-hangzhou"}
        self.cloud.call(
            "Ecs",
            "CreateCapacityReservation",
            {**others, "ZoneId": ["cn-hangzhou-h"], "InstanceType": "ecs.g6.large", "InstanceAmount": 1},
        )
        self.cloud.call(
            "Ecs",
            "RunInstances",
            {
                **others,
                "ImageId": "x",
                "InstanceType": "ecs.g6.large",
                "VSwitchId": "v",
                "SecurityGroupId": "s",
            },
        )
        self.others = alive(fake)

    def _begins(self) -> None:
        self.cloud.begins()
        self.steps = 0

    def _at_step(self) -> None:
        self.steps += 1
        if self.cloud.strike == (self.steps, "step"):
            raise Killed

    def step(self, text: Text | None, command: str, strike: tuple[int, str] | None, no_stock: bool) -> None:
        """Run a command that may be struck; what an earlier one sent may still arrive afterwards."""
        self.text = text or self.text
        self.cloud.strike = strike
        if no_stock:
            self.fake.settings(stock={"cn-hangzhou-h/ecs.g6.large": 0})
        try:
            self._run(command)
        except (Killed, AliyunError):
            # Nothing announces what a `--replace` has sent: an `up` within these seconds doesn't find it.
            self.cloud.sleep(10.0 if command == "replace" else 0.5)
        finally:
            self.cloud.strike = None
            self.fake.settings(stock={})

    def _run(self, command: str) -> None:
        if command == "destroy":
            self.engine.destroy()
        elif command == "refresh":
            self.engine.refresh()
        else:
            wishes = self.text.wishes()
            self.engine.up(wishes, replace=list(wishes)[:1] if command == "replace" else ())

    def ours(self) -> dict[str, dict[str, Any]]:
        """What is alive and not somebody else's; that one is as it was."""
        there = alive(self.fake)
        assert {key: there.get(key) for key in self.others} == self.others
        return {key: item for key, item in there.items() if key not in self.others}

    def agrees(self, *, but: Collection[str] = ()) -> None:
        """State and cloud match one to one (but for some ids), and what the program wishes is so."""
        self.cloud.sleep(20.0)  # whatever was on its way
        live, state = self.ours(), self.engine.state
        assert sorted(entry.id for entry in state.values()) == sorted(live.keys() - but)
        assert not self.engine.old_halves
        assert sorted(state) == sorted(self.text.wishes())
        for name, wish in self.text.wishes().items():
            item = live[state[name].id]
            for key, wanted in wish.inputs.items():
                if key in _SEEN:
                    assert item[key] == wanted, (name, key)
            assert MARK not in item["tags"]
            if "tags" in wish.inputs:  # what the program doesn't name may be anybody's
                assert item["tags"] == wish.inputs["tags"], name
            if name.startswith("i"):
                assert item["status"] == wish.inputs.get("status", "Running")


_SEEN = {"instance_type", "instance_amount", "zone_id", "image_id", "instance_name", "end_time_type"}


def play(steps: list[Step], last: tuple[Text | None, str]) -> None:
    """Play a history, and hold it against the promise."""
    with pytest.MonkeyPatch.context() as patch:
        history = History(patch, FakeAliyun(profile="instant"))
        for step in steps:
            history.step(*step)
        text, command = last
        history.text = text or history.text
        try:
            history._run(command)
            if command == "up":
                history.agrees()
                history.engine.up(history.text.wishes())
                assert history.engine.done == []
                history.engine.destroy()
        except NeedsDecision:  # an order that was placed with other arguments
            held = {entry.id for entry in history.engine.state.values()}
            assert len([key for key in history.ours() if key.startswith("waf") and key not in held]) == 1
            return
        history.cloud.sleep(20.0)
        assert history.ours() == {}
        assert not history.engine.state
        assert history.engine.aliyun is None


@pytest.mark.parametrize("part", range(4))
def test_nothing_is_lost_doubled_or_forgotten(part: int) -> None:
    """After any history of killed, refused and undisturbed commands, one undisturbed run makes all match."""

    @seed(part)
    @settings(max_examples=HISTORIES // 4, deadline=None, database=None)
    @given(steps=STEPS, last=LAST)
    def histories(steps: list[Step], last: tuple[Text | None, str]) -> None:
        play(steps, last)

    histories()


def test_a_destroy_waits_for_what_a_run_without_checkpoints_may_have_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its kill leaves no record of what was on its way, and after the identity nothing is found any more."""
    monkeypatch.setenv("PULUMI_SKIP_CHECKPOINTS", "true")
    history = History(monkeypatch, FakeAliyun(profile="instant"))
    history.step(Text(0, None, None), "up", None, no_stock=False)
    assert history.engine.aliyun is not None
    mark = {"Key": MARK, "Value": Attempt(history.engine.aliyun.id, "0" * 24, 0).mark}
    killed = {"ZoneId": ["cn-hangzhou-h"], "InstanceType": "ecs.g6.large", "InstanceAmount": 1, "Tag": [mark]}
    history.cloud.later(5.0, "Ecs", "CreateCapacityReservation", {"RegionId": "cn-hangzhou", **killed})
    history.engine.destroy()
    history.cloud.sleep(20.0)
    assert history.ours() == {}


# ---- with 20 tags there is no room for the mark: the token alone protects --------------------------------------------

FULL_TEXTS = TEXTS.map(lambda text: replace(text, full=True))
IN_PLACE = st.sampled_from([0, 1, 3])
RUNS = st.tuples(st.sampled_from(["up", "up", "up", "refresh"]), STRIKES, st.booleans())
few = settings(max_examples=HISTORIES // 20, deadline=None, database=None, derandomize=True)


@few
@given(text=FULL_TEXTS, runs=st.lists(RUNS, min_size=1, max_size=4))
def test_with_twenty_tags_the_same_program_finds_what_killed_runs_bought(text: Text, runs: list[Any]) -> None:
    """As long as the program stays the same, nothing is lost or doubled without a mark, either."""
    play([(text, *run) for run in runs], (text, "up"))


def _ends_well_or_asks(steps: list[Step], last: Text, *, may_strand: bool) -> None:
    """Play a history; what may be stranded is what has 20 tags, and never had a mark."""
    with pytest.MonkeyPatch.context() as patch:
        history = History(patch, FakeAliyun(profile="instant"))
        for step in steps:
            history.step(*step)
        history.text, asked = last, ""
        try:
            history._run("up")
        except NeedsDecision as error:
            asked = str(error)
        if asked:
            assert any(key in asked for key in history.ours()), asked
            return
        held = {entry.id for entry in history.engine.state.values()}
        stranded = {
            key
            for key, item in history.ours().items()
            if may_strand and key not in held and len(item["tags"]) == TAG_LIMIT and MARK not in item["tags"]
        }
        history.agrees(but=stranded)
        history.engine.destroy()
        history.cloud.sleep(20.0)
        assert history.ours().keys() == stranded


@few
@given(runs=st.lists(st.tuples(IN_PLACE, IN_PLACE, RUNS), min_size=1, max_size=4), r=IN_PLACE, i=IN_PLACE)
def test_with_twenty_tags_a_program_changed_in_place_never_buys_twice(
    runs: list[Any], r: int, i: int
) -> None:
    """It ends with what is wished, each once; or it stops and names what a killed run may have bought."""
    steps = [(Text(r, i, None, full=True), *run) for r, i, run in runs]
    _ends_well_or_asks(steps, Text(r, i, None, full=True), may_strand=False)


@few
@given(
    steps=st.lists(st.tuples(FULL_TEXTS, COMMANDS, STRIKES, st.booleans()), min_size=1, max_size=4),
    last=FULL_TEXTS,
)
def test_with_twenty_tags_any_program_ends_with_what_it_wishes_or_asks(steps: list[Step], last: Text) -> None:
    """What left the program, was replaced or destroyed when a run was killed may be stranded; nothing else happens."""
    _ends_well_or_asks(steps, last, may_strand=True)
