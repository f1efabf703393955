"""Random programs with Pulumi's own options, as the engine acts on them: state, program and cloud agree at the end."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from engine_model import Engine, Entry, RefusedError, Wish
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_histories import connected

from fake_aliyun import FakeAliyun
from pulumi_aliyun import aftermath, bridge, cloud, polls
from pulumi_aliyun.capacity_reservation import CapacityReservationProvider
from pulumi_aliyun.ecs_instance import EcsInstanceProvider


@dataclass(frozen=True)
class Options:
    """Of one resource in one program."""

    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    delete_before_replace: bool = False
    retain_on_delete: bool = False
    protect: bool = False


NONE = Options()


@dataclass
class WithOptions(Engine):
    """The engine, with what it does by itself for options and targets."""

    options: Mapping[str, Options] = field(default_factory=dict)
    """Those of the program that runs."""
    target: Collection[str] = ()
    """What `--target` names; all, if nothing."""
    of_state: dict[str, Options] = field(default_factory=dict)
    """Those of what the state has, by id."""
    retained: set[str] = field(default_factory=set)
    _changed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        def detail(_: bridge.Operation, changed: list[str], *_more: Any, **_how: Any) -> None:
            self._changed = changed

        self.monkeypatch.setattr(bridge, "detail", detail)
        self.monkeypatch.setattr(
            bridge, "ignored", lambda operation: list(self._of(operation.name).ignore_changes)
        )

    def unprotect(self) -> None:
        """Run `pulumi state unprotect --all`."""
        self.of_state = {id_: replace(options, protect=False) for id_, options in self.of_state.items()}

    def _of(self, name: str) -> Options:
        return self.options.get(name, NONE)

    def _register_identity(self, announced: dict[str, Any], regions: list[str]) -> None:
        if not (self.target and self.aliyun):
            super()._register_identity(announced, regions)

    def _register(self, name: str, wish: Wish, hint: dict[str, Any], *, forced: bool) -> None:
        if self.target and name not in self.target:
            return
        hint = {**hint, "protected": self._of(name).protect}
        super()._register(name, self._given(name, wish), hint, forced=forced)
        self.of_state[self.state[name].id] = self._of(name)

    def _given(self, name: str, wish: Wish) -> Wish:
        """What is ignored stays as the state has it."""
        old, inputs = self.state.get(name), dict(wish.inputs)
        for path in self._of(name).ignore_changes if old else ():
            inputs.pop(path, None)
            if old and path in old.inputs:
                inputs[path] = old.inputs[path]
        return replace(wish, inputs=inputs)

    def _check(self, name: str, wish: Wish, old: Entry | None, hint: dict[str, Any]) -> dict[str, Any]:
        return super()._check(name, self._given(name, wish), old, hint)

    def _call(self, name: str, entry: Entry | None, method: str, *arguments: Any, **how: Any) -> Any:
        result = super()._call(name, entry, method, *arguments, **how)
        if method == "diff" and entry and name != "aliyun":
            wanted = self._of(name)
            result.replaces += [each for each in self._changed if each in wanted.replace_on_changes]
            result.delete_before_replace = result.delete_before_replace or wanted.delete_before_replace
            self._changed = []
        return result

    def _replace(self, name: str, wish: Wish, hint: dict[str, Any], old: Entry, *, first: bool) -> None:
        if self.of_state[old.id].protect:
            raise RefusedError(f"{name} is protected")
        super()._replace(name, wish, hint, old, first=first or self._of(name).delete_before_replace)

    def _delete_whole(self, name: str) -> None:
        if not self.target or name in self.target:
            super()._delete_whole(name)

    def _delete(self, name: str, entry: Entry) -> None:
        options = self.of_state.get(entry.id, NONE)
        if options.protect:
            raise RefusedError(f"{name} is protected")
        if options.retain_on_delete:
            self.retained.add(entry.id)
        else:
            super()._delete(name, entry)


KINDS = {"a": EcsInstanceProvider, "b": EcsInstanceProvider, "pool": CapacityReservationProvider}
COMMON: dict[str, st.SearchStrategy[Any]] = {
    "description": st.sampled_from(["one thing", "another"]),
    "tags": st.dictionaries(st.sampled_from(["team", "x"]), st.sampled_from(["", "1"]), max_size=2),
}
INSTANCES = st.fixed_dictionaries(
    {
        "instance_type": st.just("ecs.g6.large"),
        "image_id": st.sampled_from(["img-1", "img-1", "img-2"]),
        "vswitch_id": st.just("vsw-1"),
        "security_group_ids": st.sampled_from([["sg-1"], ["sg-1", "sg-2"]]),
    },
    optional={**COMMON, "status": st.sampled_from(["Running", "Stopped"])},
)
POOLS = st.fixed_dictionaries(
    {
        "instance_type": st.just("ecs.g6.large"),
        "instance_amount": st.sampled_from([1, 2]),
        "zone_id": st.just("cn-hangzhou-h"),
        "match_criteria": st.sampled_from(["Open", "Open", "Target"]),
    },
    optional=COMMON,
)
NAMED = st.lists(
    st.sampled_from(["description", "tags", "image_id", "status", "match_criteria"]), max_size=2, unique=True
)
OPTIONS = st.builds(
    Options,
    ignore_changes=NAMED.map(tuple),
    replace_on_changes=NAMED.map(tuple),
    delete_before_replace=st.booleans(),
    retain_on_delete=st.booleans(),
    protect=st.sampled_from([False, False, True]),
)
PROGRAMS = st.fixed_dictionaries({}, optional={"a": INSTANCES, "b": INSTANCES, "pool": POOLS})
STEPS = st.lists(
    st.fixed_dictionaries(
        {
            "program": PROGRAMS,
            "options": st.dictionaries(st.sampled_from(sorted(KINDS)), OPTIONS, max_size=3),
            "target": st.sampled_from([(), (), ("a",), ("pool", "b")]),
            "replace": st.sampled_from([(), (), ("b",), ("a", "pool")]),
            "outside": st.sampled_from(["", "", "describe", "stop", "delete"]),
        }
    ),
    min_size=2,
    max_size=4,
)


def meddle(fake: FakeAliyun, engine: Engine, what: str) -> None:
    """Somebody changes the first instance in the console."""
    entry = engine.state.get("a")
    alive = {each["id"]: each["status"] for each in fake.state()["instances"]}
    if not what or entry is None or alive[entry.id] == "Released":
        return

    def call(action: str, **more: Any) -> None:
        cloud.ecs(bridge.Operation(), "cn-hangzhou", action, {"InstanceId": entry.id, **more})

    if what == "describe":
        call("ModifyInstanceAttribute", Description="from outside")
    elif alive[entry.id] == "Running":
        call("StopInstance")
    if what == "delete":
        call("DeleteInstance")


def living(fake: FakeAliyun) -> dict[str, dict[str, Any]]:
    """What lives in the cloud, by id."""
    kinds = ("instances", "capacity_reservations")
    return {each["id"]: each for kind in kinds for each in fake.state()[kind] if each["status"] != "Released"}


def run(engine: WithOptions, fake: FakeAliyun, step: Mapping[str, Any]) -> None:
    """One `up`; the options have done what they say, whether it went well or was refused."""
    program = {name: (KINDS[name](), inputs) for name, inputs in step["program"].items()}
    engine.options, engine.target = step["options"], step["target"]
    guarded = {entry.id for entry in engine.state.values() if engine.of_state[entry.id].protect} & living(
        fake
    ).keys()
    others = {
        name: entry.id
        for name, entry in engine.state.items()
        if step["target"] and name not in step["target"]
    }
    before = {name: living(fake).get(entry.id, {}) for name, entry in engine.state.items()}
    try:
        engine.up(program, replace=[each for each in step["replace"] if each in program])
    except RefusedError as refused:
        assert "protected" in str(refused)  # noqa: PT017 - it isn't always refused
    else:
        for name in program.keys() & engine.state.keys() - others.keys():
            agrees(
                living(fake)[engine.state[name].id], program[name][1], engine._of(name), before.get(name, {})
            )
    assert guarded <= living(fake).keys()
    assert all(engine.state[name].id == id_ for name, id_ in others.items())


def agrees(
    live: Mapping[str, Any], wanted: Mapping[str, Any], options: Options, before: Mapping[str, Any]
) -> None:
    """What isn't ignored is as the program wants it; what is ignored stays where the resource stays."""
    for name in {"description", "tags", "image_id", "status"} & wanted.keys():
        if not before or name not in options.ignore_changes:
            assert live[name] == wanted[name], name
        elif live["id"] == before["id"]:
            assert live[name] == before[name], name


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS)
def test_options_in_any_order_end_with_state_program_and_cloud_in_agreement(
    monkeypatch: pytest.MonkeyPatch, steps: list[dict[str, Any]]
) -> None:
    """What is protected, retained, ignored or no target stays as it is; all else is as the program says."""
    monkeypatch.setattr(aftermath, "PATIENCE_S", 0.1)
    monkeypatch.setattr(polls, "UNLISTED_S", 0.1)
    with FakeAliyun(profile="instant") as fake:
        connected(fake)
        engine = WithOptions(monkeypatch)
        for step in steps:
            run(engine, fake, step)
            meddle(fake, engine, step["outside"])
            if step["outside"]:
                engine.refresh()
        engine.unprotect()
        last = {**steps[-1], "target": (), "replace": (), "options": {}}
        run(engine, fake, last)  # takes every option back
        engine.refresh()
        program = {name: (KINDS[name](), inputs) for name, inputs in last["program"].items()}
        assert engine.preview(program) == []
        assert living(fake).keys() == {entry.id for entry in engine.state.values()} | (
            engine.retained & living(fake).keys()
        )
        assert engine.state.keys() == program.keys()
