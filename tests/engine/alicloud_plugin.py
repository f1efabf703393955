"""A stand-in for pulumi-alicloud's plugin, so that programs with its resources run on the real engine.

It takes resources as their program writes them and has no cloud. What the engine asks of it that would change
something there is written to a file: one line for each call, `Delete urn:pulumi:…`.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import plugin_pb2, provider_pb2_grpc
from pulumi.runtime.proto import provider_pb2 as messages

_CALLS = "ALICLOUD_CALLS"


def install(folder: Path, environ: dict[str, str]) -> Path:
    """Put the plugin on the PATH of an environment.

    Args:
        folder: for the plugin's files; must not exist.
        environ: of the engine; it is changed.

    Returns:
        The file with the calls, empty until there is one.
    """
    folder.mkdir()
    plugin, calls = folder / "pulumi-resource-alicloud", folder / "calls"
    plugin.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" "$@"\n')
    plugin.chmod(plugin.stat().st_mode | stat.S_IXUSR)
    calls.touch()
    environ["PATH"] = os.pathsep.join([str(folder), environ["PATH"]])
    environ[_CALLS] = str(calls)
    return calls


class Plugin(provider_pb2_grpc.ResourceProviderServicer):
    """Serves the engine; the methods' names are the engine's."""

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return plugin_pb2.PluginInfo(version="4.0.0")

    def CheckConfig(self, request: Any, _context: Any) -> Any:  # noqa: N802
        return messages.CheckResponse(inputs=request.news)

    def DiffConfig(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return messages.DiffResponse(changes=messages.DiffResponse.DIFF_NONE)

    def Configure(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return messages.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Check(self, request: Any, _context: Any) -> Any:  # noqa: N802
        return messages.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, _context: Any) -> Any:  # noqa: N802
        kinds = messages.DiffResponse
        is_same = _given(request.old_inputs) == _given(request.news)
        return kinds(changes=kinds.DIFF_NONE if is_same else kinds.DIFF_SOME)

    def Create(self, request: Any, _context: Any) -> Any:  # noqa: N802
        _write_down("Create", request)
        name = request.urn.rsplit("::", 1)[-1]
        return messages.CreateResponse(
            id="" if request.preview else f"made-{name}", properties=request.properties
        )

    def Update(self, request: Any, _context: Any) -> Any:  # noqa: N802
        _write_down("Update", request)
        return messages.UpdateResponse(properties=request.news)

    def Delete(self, request: Any, _context: Any) -> Any:  # noqa: N802
        _write_down("Delete", request)
        return empty_pb2.Empty()


def _given(inputs: Any) -> Any:
    """What the program gave, without what the real plugin notes beside it."""
    return json.loads(
        json_format.MessageToJson(inputs),
        object_hook=lambda it: {key: value for key, value in it.items() if not key.startswith("__")},
    )


def _write_down(call: str, request: Any) -> None:
    if not getattr(request, "preview", False):
        with Path(os.environ[_CALLS]).open("a") as calls:
            calls.write(f"{call} {request.urn}\n")


def main() -> None:
    """Serve the engine until it ends this process."""
    server = grpc.server(futures.ThreadPoolExecutor(4))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Plugin(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)  # noqa: T201 - the engine reads it
    server.wait_for_termination()


if __name__ == "__main__":
    main()
