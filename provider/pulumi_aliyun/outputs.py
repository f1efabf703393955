"""A resource's outputs, made when the program asks for them.

Pulumi's SDK makes a task and four futures for each property of each resource, and looks at each of them whenever
anything has happened. Ours have fifty properties, of which a program uses a few: what comes with the registration is
kept as it comes, and an `Output` is made of it when somebody wants one.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pulumi
from pulumi.runtime import rpc

_Resolve = Callable[[Any, bool, bool, "set[pulumi.Resource] | None", "Exception | None"], None]
"""The SDK's word for what has come: value, known, secret, the resources that it depends on; or why nothing has."""


def of(resource: pulumi.Resource, name: str) -> pulumi.Output[Any]:
    """The output of a resource that has that name, from now on its attribute.

    Raises:
        AttributeError: The resource isn't registered, and has none yet.
    """
    come: _Come | None = resource.__dict__.get(_COME)
    if come is None:
        raise AttributeError(name)
    made = resource.__dict__[name] = come.output(name)
    return made


def make_late(kind: type[pulumi.Resource]) -> None:
    """Have the outputs of a kind of resources made so; an SDK that is built otherwise is left alone."""
    original = getattr(rpc, "transfer_properties", None)
    if original is None or not _fits(original):
        return

    def transfer_properties(
        res: pulumi.Resource, props: Mapping[str, Any], custom: bool
    ) -> dict[str, _Resolve]:
        if not isinstance(res, kind):
            return original(res, props, custom)  # type: ignore[no-any-return]
        for name in ("urn", "id"):
            _leave_to_registration(res.__dict__.get(name))
        come = res.__dict__[_COME] = _Come(res)
        return come.resolvers(name for name in props if not name.startswith("__"))

    rpc.transfer_properties = transfer_properties


_COME = "_come"


def _leave_to_registration(output: pulumi.Output[Any] | None) -> None:
    """Have the SDK not wait for what a registration brings: it waits for the registration itself.

    It would look at all that is on its way whenever anything has come, in time that grows with the square.
    """
    untrack = getattr(output, "_untrack", None)
    if untrack is not None:
        untrack()


def _fits(transfer_properties: Callable[..., Any]) -> bool:
    """Whether the SDK's outputs are what this module makes: one future of four fields."""
    data = getattr(pulumi.output, "_OutputData", None)
    return (
        list(inspect.signature(transfer_properties).parameters) == ["res", "props", "custom"]
        and dataclasses.is_dataclass(data)
        and [each.name for each in dataclasses.fields(data)]
        == ["resources", "value", "is_known", "is_secret"]
        and "_data" in inspect.get_annotations(pulumi.Output)
    )


class _Come:
    """What has come of one resource's properties, and who waits for the rest."""

    def __init__(self, resource: pulumi.Resource) -> None:
        self._resource = resource
        self._come: dict[str, tuple[Any, ...]] = {}
        self._waiting: dict[str, asyncio.Future[Any]] = {}

    def resolvers(self, names: Iterable[str]) -> dict[str, _Resolve]:
        """What the SDK calls when each has come."""
        return {name: functools.partial(self._resolve, name) for name in names if name not in {"id", "urn"}}

    def output(self, name: str) -> pulumi.Output[Any]:
        """What its constructor would make, but for the task."""
        output = object.__new__(pulumi.Output)
        output._data = future = asyncio.Future[Any]()
        self._waiting[name] = future
        if name in self._come:
            self._settle(name)
        return output

    def _resolve(self, name: str, *come: Any) -> None:
        self._come[name] = come
        if name in self._waiting:
            self._settle(name)

    def _settle(self, name: str) -> None:
        future = self._waiting.pop(name)
        value, is_known, is_secret, deps, failed = self._come[name]
        if failed is None:
            resources = {self._resource, *(deps or ())}
            future.set_result(pulumi.output._OutputData(resources, value, is_known, is_secret))  # noqa: SLF001
        else:
            future.set_exception(failed)
            future.exception()  # the registration has failed, and says so itself
