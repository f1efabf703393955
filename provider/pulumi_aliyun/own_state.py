"""The stack's own state, as it stood when the run began: asked of the engine, whatever backend it lies in."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import os
from pathlib import Path
from typing import Any

import pulumi
from google.protobuf import json_format
from pulumi.runtime import rpc, settings
from pulumi.runtime.proto import resource_pb2


async def read() -> dict[str, dict[str, Any]]:
    """The outputs of all resources, by URN."""
    name = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    if (root := settings.get_root_resource()) is not None:
        await root.urn.future()  # once the engine has recorded it, there is a state to be read
    if is_written_at_the_end() and _is_blank():
        return {}  # the engine would break down over the question
    for pause in (0.05, 0.1, 0.2, 0.4, 0.8, None):
        try:
            answer = await _asked_of_engine("pulumi:pulumi:readStackResourceOutputs", {"stackName": name})
        except Exception as error:  # noqa: BLE001 - the SDK raises plain Exceptions
            if pause is None:
                raise pulumi.RunError(
                    f"the state of this stack can't be read, so it can't be known what is bought already: {error}\n"
                    f"  what to do: run the command again; if it stays, report this"
                ) from None
            await asyncio.sleep(pause)  # the engine may be writing the file at this moment
        else:
            found = dict((answer or {}).get("outputs") or {})
            return {urn: dict(entry.get("outputs") or {}) for urn, entry in found.items()}
    raise AssertionError


async def _asked_of_engine(token: str, arguments: dict[str, Any]) -> Any:
    """The engine's answer to a question, hidden properties included: older SDKs leave them out."""
    if inspect.signature(rpc.deserialize_properties).parameters["keep_internal"].default:
        return await pulumi.runtime.invoke_async(token, arguments)
    monitor: Any = settings.get_monitor()
    request = resource_pb2.ResourceInvokeRequest(
        tok=token, args=await rpc.serialize_properties(arguments, {}), acceptResources=True
    )
    response = await asyncio.get_running_loop().run_in_executor(None, monitor.Invoke, request)
    return _unwrapped(json_format.MessageToDict(getattr(response, "return")))


def _unwrapped(value: Any) -> Any:
    """Plain values, of secrets as well."""
    if isinstance(value, list):
        return [_unwrapped(each) for each in value]
    if not isinstance(value, dict):
        return value
    if rpc._special_sig_key in value:  # noqa: SLF001 - the wire's
        return _unwrapped(value.get("value"))
    return {key: _unwrapped(each) for key, each in value.items()}


def is_written_at_the_end() -> bool:
    """Whether the engine writes its state after the last of our calls, and not after each."""
    return os.environ.get("PULUMI_SKIP_CHECKPOINTS", "").lower() in {"1", "true"}


def _is_blank() -> bool:
    """Whether nothing has been written yet for this stack; False where it isn't in a file of this machine."""
    backend = os.environ.get("PULUMI_BACKEND_URL", "")
    if not backend:
        home = os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi"
        with contextlib.suppress(OSError, ValueError):
            backend = str(json.loads(Path(home, "credentials.json").read_text()).get("current") or "")
    if not backend.startswith("file://"):
        return False
    folder = Path(backend.removeprefix("file://").partition("?")[0]).expanduser() / ".pulumi" / "stacks"
    with contextlib.suppress(OSError, ValueError):
        written = json.loads((folder / pulumi.get_project() / f"{pulumi.get_stack()}.json").read_text())
        return not written["checkpoint"].get("latest")
    return False
