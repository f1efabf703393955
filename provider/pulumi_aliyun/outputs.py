"""A resource's outputs, as many as it has: each a future instead of a task that waits for four.

Pulumi's SDK makes them so, and looks at each of them whenever anything has happened in the program. For the fifty
outputs of one of our resources that is most of the time of a preview. They come, or fail, with the resource's
registration, which the SDK waits for anyway.
"""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pulumi
from pulumi.runtime import rpc

_Resolve = Callable[[Any, bool, bool, "set[pulumi.Resource] | None", "Exception | None"], None]


def make_light(kind: type[pulumi.Resource]) -> None:
    """Have the outputs of all resources of a kind made so; an SDK that is built otherwise is left alone."""
    original = getattr(rpc, "transfer_properties", None)
    if original is None or not _fits(original):
        return

    def transfer_properties(
        res: pulumi.Resource, props: Mapping[str, Any], custom: bool
    ) -> dict[str, _Resolve]:
        return _transferred(res, props) if isinstance(res, kind) else original(res, props, custom)

    rpc.transfer_properties = transfer_properties


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


def _transferred(res: pulumi.Resource, names: Iterable[str]) -> dict[str, _Resolve]:
    """An output of the resource for each name, and what resolves them."""
    data = {name: asyncio.Future[Any]() for name in names if name not in {"id", "urn"}}
    for name, future in data.items():
        output = object.__new__(pulumi.Output)
        output._data = future
        res.__dict__[name] = output
    return {name: _resolver(res, future) for name, future in data.items()}


def _resolver(res: pulumi.Resource, future: asyncio.Future[Any]) -> _Resolve:
    def resolve(
        value: Any,
        is_known: bool,
        is_secret: bool,
        deps: set[pulumi.Resource] | None,
        failed: Exception | None,
    ) -> None:
        if failed is None:
            resources = {res, *(deps or ())}
            future.set_result(pulumi.output._OutputData(resources, value, is_known, is_secret))  # noqa: SLF001
        else:
            future.set_exception(failed)
            future.exception()  # the registration has failed, and says so itself

    return resolve
