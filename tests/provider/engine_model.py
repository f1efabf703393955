"""The engine as far as providers see it: which of their methods it calls with what, and what it keeps of it.

The real engine is what the tests in tests/engine run on. This model of it makes thousands of histories cheap.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from pulumi.dynamic import ResourceProvider
from pulumi.runtime import rpc

from pulumi_aliyun import bridge, identity
from pulumi_aliyun.program import ATTEMPT, IDENTITY, RUN, origin_of

Properties = dict[str, Any]


class RefusedError(Exception):
    """The provider refused the inputs."""


@dataclass
class Entry:
    """A resource as the state has it."""

    provider: ResourceProvider
    id: str
    inputs: Properties
    outputs: Properties


@dataclass
class Engine:
    """One stack, and the commands on it."""

    monkeypatch: pytest.MonkeyPatch
    identity: str = "identity-of-the-stack"
    state: dict[str, Entry] = field(default_factory=dict)
    done: list[tuple[str, str]] = field(default_factory=list)
    """What the last command did: operation and name."""

    def up(self, program: Mapping[str, tuple[ResourceProvider, Properties]]) -> None:
        """Run `pulumi up` of a program: name → provider and inputs."""
        self._begin()
        for name, (provider, inputs) in program.items():
            self._register(name, provider, inputs)
        for name in [name for name in self.state if name not in program]:
            self._delete(name, self.state.pop(name))
        while bridge._at_end:  # the engine's word that the run is over
            bridge._at_end.pop()()

    def refresh(self) -> None:
        """Run `pulumi refresh`."""
        self._begin()
        for name, entry in list(self.state.items()):
            result = self._call(name, entry, "read", entry.id, copy.deepcopy(entry.outputs))
            if not result.id:
                del self.state[name]
                self.done.append(("vanished", name))
                continue
            entry.outputs = plain(result.outs)
            entry.inputs = plain(result.inputs) if result.inputs is not None else entry.inputs

    def preview(self, program: Mapping[str, tuple[ResourceProvider, Properties]]) -> list[tuple[str, str]]:
        """What `pulumi preview` would show."""
        self._begin()
        for name, (provider, inputs) in program.items():
            old = self.state.get(name)
            if old is None:
                self.done.append(("create", name))
                continue
            checked = self._check(name, provider, old, inputs)
            diff = self._call(name, old, "diff", old.id, copy.deepcopy(old.outputs), checked)
            if diff.changes:
                self.done.append(("replace" if diff.replaces else "update", name))
        return self.done

    def _begin(self) -> None:
        self.done.clear()
        self.monkeypatch.setattr(identity, "_run", type(identity._run)())

    def _register(self, name: str, provider: ResourceProvider, inputs: Properties) -> None:
        old = self.state.get(name)
        checked = self._check(name, provider, old, inputs)
        if old is None:
            self.state[name] = self._create(name, provider, checked)
            self.done.append(("create", name))
            return
        diff = self._call(name, old, "diff", old.id, copy.deepcopy(old.outputs), checked)
        if not diff.changes:
            old.inputs = checked
        elif not diff.replaces:
            result = self._call(name, old, "update", old.id, copy.deepcopy(old.outputs), checked)
            old.inputs, old.outputs = checked, plain(result.outs)
            self.done.append(("update", name))
        else:
            if diff.delete_before_replace:
                self._delete(name, old)
            self.state[name] = self._create(name, provider, self._check(name, provider, None, inputs))
            if not diff.delete_before_replace:
                self._delete(name, old)
            self.done.append(("replace", name))

    def _check(
        self, name: str, provider: ResourceProvider, old: Entry | None, inputs: Properties
    ) -> Properties:
        taken = [entry.outputs.get(ATTEMPT, "") for entry in self.state.values()]
        origin = origin_of(self._urn(name))
        numbers = [int(attempt.split(".")[1]) for attempt in taken if attempt.startswith(origin)]
        hint = {"origin": origin, "creation": max(numbers, default=-1) + 1}
        news = {**as_sent(inputs), IDENTITY: self.identity, RUN: hint}
        result = self._call(name, old, "check", dict(old.inputs) if old else {}, news, provider=provider)
        if result.failures:
            raise RefusedError([failure.reason for failure in result.failures])
        return plain(result.inputs)

    def _create(self, name: str, provider: ResourceProvider, inputs: Properties) -> Entry:
        result = self._call(name, None, "create", copy.deepcopy(inputs), provider=provider)
        return Entry(provider, result.id, inputs, plain(result.outs))

    def _delete(self, name: str, entry: Entry) -> None:
        self._call(name, entry, "delete", entry.id, copy.deepcopy(entry.outputs))
        self.done.append(("delete", name))

    def _urn(self, name: str) -> str:
        return f"urn:pulumi:dev::model::aliyun::{name}"

    def _call(
        self,
        name: str,
        entry: Entry | None,
        method: str,
        *arguments: Any,
        provider: ResourceProvider | None = None,
    ) -> Any:
        operation = bridge.Operation(urn=self._urn(name))

        def old_inputs(_: bridge.Operation, *, hidden: bool = False) -> Properties | None:
            inputs = entry.inputs.items() if entry else ()
            return (
                {key: value for key, value in inputs if hidden or not key.startswith("__")} if entry else None
            )

        self.monkeypatch.setattr(bridge, "current_operation", lambda: operation)
        self.monkeypatch.setattr(bridge, "old_inputs", old_inputs)
        return getattr(provider or entry.provider, method)(*arguments)  # type: ignore[union-attr]


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
