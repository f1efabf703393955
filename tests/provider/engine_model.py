"""The engine as far as providers see it: which of their methods it calls with what, and what it keeps of it.

The real engine is what the tests in tests/engine run on. This model of it makes thousands of histories cheap,
and the sweep holds it against the real one after each trial of its matrix (tests/sweep/model.py).
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest
from pulumi.dynamic import ResourceProvider
from pulumi.runtime import rpc

from pulumi_aliyun import adoption, bridge, run
from pulumi_aliyun.errors import AliyunError
from pulumi_aliyun.hidden import ENDED, IDENTITY, RUN
from pulumi_aliyun.identity import IdentityProvider
from pulumi_aliyun.program import Asked, announcement, creations, next_creation

Properties = dict[str, Any]


KILLED_S = 10.0
"""How long after its word that the run is over the engine kills the provider."""


class RefusedError(Exception):
    """The provider refused the inputs."""


class Killed(BaseException):
    """All processes were killed at this moment."""


@dataclass
class Entry:
    """A resource as the state has it."""

    provider: ResourceProvider
    id: str
    inputs: Properties
    outputs: Properties
    failed: bool = False
    """Whether its last operation failed half-way; then the next `up` updates it, whatever its diff says."""


@dataclass
class Wish:
    """A resource as a program asks for it."""

    provider: ResourceProvider
    inputs: Properties
    alias: str = ""
    """The name that it had before."""
    retain: bool = False


Program = Mapping[str, Wish | tuple[ResourceProvider, Properties]]
_IDENTITY = "aliyun"


@dataclass
class Engine:
    """One stack, and the commands on it."""

    monkeypatch: pytest.MonkeyPatch
    at_step: Callable[[], None] = lambda: None
    """Called when an answer of the provider is about to be recorded; may raise Killed."""
    begins: Callable[[], None] = lambda: None
    """Called when a command's process of the provider begins."""
    stack: str = "dev"
    state: dict[str, Entry] = field(default_factory=dict)
    aliyun: Entry | None = None
    """The identity."""
    old_halves: list[tuple[str, Entry]] = field(default_factory=list)
    """What is replaced and not deleted yet."""
    done: list[tuple[str, str]] = field(default_factory=list)
    """What the last command did: operation and name."""
    _runs: int = 0
    _kinds: dict[str, str] = field(default_factory=dict)

    # ---- commands ----------------------------------------------------------------------------------------------

    def up(self, program: Program, *, replace: Collection[str] = ()) -> None:
        """Run `pulumi up` of a program, with `--replace` of some of its resources."""
        wishes = self._wishes(program)
        self._begin()
        failure = None
        try:
            self._run(wishes, replace)
        except (AliyunError, RefusedError) as error:
            failure = error
        self._end()
        if failure:
            raise failure

    def _run(self, wishes: Mapping[str, Wish], replace: Collection[str]) -> None:
        self._runs += 1
        run = f"{self.stack}-run-{self._runs}"
        for name, wish in wishes.items():
            if wish.alias in self.state and wish.alias not in wishes:
                self.state[name] = self.state.pop(wish.alias)
        before = self._readable()
        asked = {name: _asked(name, wish) for name, wish in wishes.items()}
        if wishes:
            announced = announcement([(self.urn(name), each) for name, each in asked.items()], before, run)
            regions = {str(wish.inputs.get("region_id") or "cn-hangzhou") for wish in wishes.values()}
            self._register_identity(announced, sorted(regions))
        for name, wish in wishes.items():
            hint = next_creation(asked[name], self.urn(name), creations(before))
            self._register(name, wish, hint, forced=name in replace)
        if wishes and self.aliyun:
            self.at_step()
            self.aliyun.outputs = {ENDED: [*before.get(self.urn(_IDENTITY), {}).get(ENDED, []), run][-20:]}
        for half in list(self.old_halves):
            self._delete_half(half)
        for name in [name for name in self.state if name not in wishes]:
            self._delete_whole(name)
        if not wishes:
            self._delete_identity()

    def destroy(self) -> None:
        """Run `pulumi destroy`."""
        self._begin()
        for half in list(self.old_halves):
            self._delete_half(half)
        for name in reversed(list(self.state)):
            self._delete_whole(name)
        self._delete_identity()
        self._end()

    def refresh(self) -> None:
        """Run `pulumi refresh`."""
        self._begin()
        for name, entry in list(self.state.items()):
            result = self._call(name, entry, "read", entry.id, copy.deepcopy(entry.outputs))
            self.at_step()
            if not result.id:
                del self.state[name]
                self.done.append(("vanished", name))
                continue
            entry.outputs, entry.failed = plain(result.outs), False
            entry.inputs = plain(result.inputs) if result.inputs is not None else entry.inputs
        self._end()

    def preview(self, program: Program) -> list[tuple[str, str]]:
        """What `pulumi preview` would show."""
        self._begin()
        for name, wish in self._wishes(program).items():
            old = self.state.get(name)
            if old is None:
                self.done.append(("create", name))
                continue
            checked = self._check(name, wish, old, {})
            diff = self._call(name, old, "diff", old.id, copy.deepcopy(old.outputs), checked)
            if diff.changes:
                self.done.append(("replace" if diff.replaces else "update", name))
        return self.done

    def _wishes(self, program: Program) -> dict[str, Wish]:
        wishes = {name: each if isinstance(each, Wish) else Wish(*each) for name, each in program.items()}
        self._kinds |= {name: wish.provider.resource.kind for name, wish in wishes.items()}  # type: ignore[attr-defined]
        return wishes

    # ---- the life of the provider's process --------------------------------------------------------------------

    def _begin(self) -> None:
        self.done.clear()
        self.monkeypatch.setattr(run, "this", run.Run())
        self.monkeypatch.setattr(adoption, "_run", type(adoption._run)())
        self.monkeypatch.setattr(bridge, "log", lambda *_, **__: None)
        bridge._at_end.clear()
        self.begins()

    def _end(self) -> None:
        """The engine's word that the run is over; soon after it, it kills the provider."""
        began = run.time.monotonic()
        while bridge._at_end:
            with contextlib.suppress(AliyunError):  # as the bridge does
                bridge._at_end.pop()()
        assert run.time.monotonic() - began < KILLED_S

    # ---- steps -------------------------------------------------------------------------------------------------

    def _register_identity(self, announced: Properties, regions: list[str]) -> None:
        provider = IdentityProvider()
        news = {"__regions": regions, RUN: announced}
        old = self.aliyun
        given = copy.deepcopy(old.inputs) if old else {}
        checked = plain(self._call(_IDENTITY, old, "check", given, news, provider=provider).inputs)
        if old is None:
            result = self._call(_IDENTITY, None, "create", copy.deepcopy(checked), provider=provider)
            self.at_step()
            self.aliyun = Entry(provider, result.id, checked, plain(result.outs))
            return
        diff = self._call(_IDENTITY, old, "diff", old.id, copy.deepcopy(old.outputs), checked)
        assert not diff.changes
        self.at_step()
        old.inputs = checked

    def _register(self, name: str, wish: Wish, hint: Properties, *, forced: bool) -> None:
        old = self.state.get(name)
        if old is not None and forced:
            self._replace(name, wish, hint, old, first=False)
            return
        checked = self._check(name, wish, old, hint)
        if old is None:
            self._create(name, wish, checked)
            self.done.append(("create", name))
            return
        diff = self._call(name, old, "diff", old.id, copy.deepcopy(old.outputs), checked)
        if diff.changes and diff.replaces:
            self._replace(name, wish, hint, old, first=bool(diff.delete_before_replace))
        elif diff.changes or old.failed:
            self._update(name, old, checked)
        else:
            old.inputs = checked

    def _replace(self, name: str, wish: Wish, hint: Properties, old: Entry, *, first: bool) -> None:
        if first:
            self._delete_whole(name)
        checked = self._check(name, wish, None, hint)
        self._create(name, wish, checked, instead_of=None if first else old)
        self.done.append(("replace", name))

    def _check(self, name: str, wish: Wish, old: Entry | None, hint: Properties) -> Properties:
        news = {**as_sent(wish.inputs), IDENTITY: self.aliyun.id if self.aliyun else "none"}
        if hint:
            news[RUN] = hint
        given = dict(old.inputs) if old else {}
        result = self._call(name, old, "check", given, news, provider=wish.provider)
        if result.failures:
            raise RefusedError([failure.reason for failure in result.failures])
        return plain(result.inputs)

    def _create(self, name: str, wish: Wish, inputs: Properties, instead_of: Entry | None = None) -> None:
        def record(entry: Entry) -> None:
            self.at_step()
            if instead_of is not None:
                self.old_halves.append((name, instead_of))
            self.state[name] = entry

        try:
            result = self._call(name, None, "create", copy.deepcopy(inputs), provider=wish.provider)
        except AliyunError:
            if self._operation.id:
                kept = plain(self._operation.outputs)
                record(Entry(wish.provider, self._operation.id, inputs, kept, failed=True))
            raise
        record(Entry(wish.provider, result.id, inputs, plain(result.outs)))

    def _update(self, name: str, old: Entry, inputs: Properties) -> None:
        try:
            result = self._call(name, old, "update", old.id, copy.deepcopy(old.outputs), inputs)
        except AliyunError:
            if self._operation.id:
                self.at_step()  # the inputs stay as they were
                old.outputs, old.failed = plain(self._operation.outputs), True
            raise
        self.at_step()
        old.inputs, old.outputs, old.failed = inputs, plain(result.outs), False
        self.done.append(("update", name))

    def _delete(self, name: str, entry: Entry) -> None:
        self._call(name, entry, "delete", entry.id, copy.deepcopy(entry.outputs))
        self.at_step()
        self.done.append(("delete", name))

    def _delete_half(self, half: tuple[str, Entry]) -> None:
        self._delete(*half)
        self.old_halves.remove(half)

    def _delete_whole(self, name: str) -> None:
        self._delete(name, self.state[name])
        del self.state[name]

    def _delete_identity(self) -> None:
        if self.aliyun:
            self._delete(_IDENTITY, self.aliyun)
            self.aliyun = None

    # ---- what the engine hands over ----------------------------------------------------------------------------

    def urn(self, name: str) -> str:
        """The URN of a resource."""
        kind = "Identity" if name == _IDENTITY else self._kinds[name]
        return f"urn:pulumi:{self.stack}::model::pulumi-python:dynamic/aliyun:{kind}::{name}"

    def _readable(self) -> dict[str, Properties]:
        """The outputs of all, as a program reads them."""
        found = {self.urn(name): entry.outputs for name, entry in self.state.items()}
        return {**found, **({self.urn(_IDENTITY): self.aliyun.outputs} if self.aliyun else {})}

    def _call(
        self,
        name: str,
        entry: Entry | None,
        method: str,
        *arguments: Any,
        provider: ResourceProvider | None = None,
    ) -> Any:
        operation = self._operation = bridge.Operation(urn=self.urn(name))

        def old_inputs(_: bridge.Operation, *, hidden: bool = False) -> Properties | None:
            inputs = entry.inputs.items() if entry else ()
            return (
                {key: value for key, value in inputs if hidden or not key.startswith("__")} if entry else None
            )

        self.monkeypatch.setattr(bridge, "current_operation", lambda: operation)
        self.monkeypatch.setattr(bridge, "old_inputs", old_inputs)
        return getattr(provider or entry.provider, method)(*arguments)  # type: ignore[union-attr]


def _asked(name: str, wish: Wish) -> Asked:
    resource: Any = SimpleNamespace(
        options=pulumi.ResourceOptions(retain_on_delete=wish.retain), _protect=False
    )
    return Asked(resource, name, wish.provider.resource, wish.inputs)  # type: ignore[attr-defined]


def as_sent(value: Any) -> Any:
    """The value as the engine hands it over: every number is a float, None isn't there."""
    if isinstance(value, Mapping):
        return {key: as_sent(each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [as_sent(each) for each in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def plain(properties: Mapping[str, Any]) -> Properties:
    """The properties as the state gives them back: secrets unwrapped, numbers as floats."""
    return as_sent({key: rpc.unwrap_rpc_secret(value) for key, value in properties.items()})
