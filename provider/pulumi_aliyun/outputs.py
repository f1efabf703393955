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
import weakref
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
        come = res.__dict__[_COME] = _Come(res, _awaited_together(res))
        return come.resolvers(name for name in props if not name.startswith("__"))

    rpc.transfer_properties = transfer_properties


_COME = "_come"


class _Together:
    """What the SDK waits for in the place of each resource's URN and id: it comes with the last, or the first failure.

    The SDK looks at all that it waits for whenever any of it has come, in time that grows with the square.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.all: asyncio.Future[Any] = loop.create_future()
        self._left = 0

    def one_more(self, outputs: Iterable[Any]) -> None:
        """Wait for another resource, which has these outputs."""
        self._left += 1
        for output in outputs:
            output._untrack()  # noqa: SLF001 - the SDK's own word for it

    def one_less(self, failed: Exception | None) -> None:
        """A resource has come, or won't."""
        self._left -= 1
        if self.all.done():
            return
        if failed is not None:
            self.all.set_exception(failed)
        elif not self._left:
            self.all.set_result(None)


def _awaited_together(resource: pulumi.Resource) -> _Together | None:
    """Have the SDK wait for a resource so; None if it is an SDK that waits otherwise."""
    outputs = [resource.__dict__.get(name) for name in ("urn", "id")]
    if not all(hasattr(each, "_untrack") and hasattr(each, "_from_data") for each in outputs):
        return None
    loop = asyncio.get_event_loop()
    together = _together.get(loop)
    if together is None or together.all.done():
        together = _together[loop] = _Together(loop)
        pulumi.Output._from_data(together.all)  # noqa: SLF001 - what it is made of is waited for
    together.one_more(outputs)
    return together


_together: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Together] = weakref.WeakKeyDictionary()


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

    def __init__(self, resource: pulumi.Resource, together: _Together | None) -> None:
        self._resource = resource
        self._together = together
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
        if self._together and not self._come:
            self._together.one_less(come[-1])
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
