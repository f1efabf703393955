"""The command `pulumi-aliyun`."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import bridge, cloud, configuration
from .attempts import KINDS, Attempt
from .errors import AliyunError, InvalidInput


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 0, or 2 with a message when it can't do what was asked."""
    parser = argparse.ArgumentParser(
        prog="pulumi-aliyun", description="Helps with what Pulumi itself doesn't say."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    leftovers = commands.add_parser(
        "leftovers", help="list what an interrupted run left in the cloud, and no state holds"
    )
    leftovers.add_argument(
        "--region", action="append", help="a region to look in; may be given several times"
    )
    report = commands.add_parser(
        "report", help="turn what `pulumi preview --json` prints into Markdown for a pull request"
    )
    report.add_argument("file", nargs="?", default="-", help="what it printed; `-`, the default, is stdin")
    report.add_argument(
        "--name",
        default="",
        help="of the stack: for the heading, and for the hidden line that finds the comment",
    )
    report.add_argument(
        "--stderr", default="", help="what the preview wrote to stderr: shown if it printed nothing else"
    )
    given = parser.parse_args(arguments)
    try:
        if given.command == "report":
            return _report(given.file, given.name, given.stderr)
        return _leftovers(given.region or [])
    except AliyunError as error:
        print(error, file=sys.stderr)
        return 2


def _report(file: str, name: str, stderr: str) -> int:
    """Print the Markdown of a preview, whether it went well or not."""
    from . import report  # the rules take a moment to load

    data = sys.stdin.buffer.read() if file == "-" else _contents(file)
    said = _contents(stderr).decode(errors="replace") if stderr else ""
    if said.strip() and not data.strip():
        written = report.failed(said, name)
    else:
        written = report.markdown(data, "stdin" if file == "-" else file, name)
    sys.stdout.buffer.write(written.encode())
    return 0


def _contents(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{file} can't be read: {getattr(error, 'strerror', None) or error}") from None


def _leftovers(regions: list[str]) -> int:
    """List all resources that bear a mark and that the current stack, if there is one, doesn't hold."""
    from . import _entry

    _entry.load("Identity")  # knows all kinds
    settings, state = _pulumi("config", "--show-secrets", "--json"), _pulumi("stack", "export")
    cloud.configure(lambda key: (settings or {}).get(key, {}).get("value"))
    regions = regions or [cloud.region()]
    if not all(regions):
        raise AliyunError(
            configuration.NO_REGION.replace("region_id: ", "").replace(
                "region_id on the resource", "--region"
            )
        )
    held = {entry.get("id") for entry in (state or {}).get("deployment", {}).get("resources", [])}
    found = [
        (kind.name, resource_id, region, attempt)
        for region in regions
        for kind in KINDS
        for resource_id, mark in kind.marked(bridge.Operation(), region).items()
        if resource_id not in held and (attempt := Attempt.of_mark(mark))
    ]
    if not found:
        print(f"Nothing is left in {', '.join(regions)}.")
        return 0
    for noun, resource_id, region, attempt in found:
        print(f"{resource_id}  {noun} in {region}, of the stack with identity {attempt.identity}")
    print(
        "\nEach was bought by a run that was interrupted before Pulumi recorded it, or is being bought right now.\n"
        "`pulumi up` in its stack takes it over; where that stack knows nothing of it any more, give the resource\n"
        'adopt_id="<id>" to take it over, or release it in the console.'
    )
    return 0


def _pulumi(*arguments: str) -> dict[str, Any] | None:
    """What a `pulumi` command of the current folder's stack prints as JSON; None where there is no stack."""
    program = shutil.which("pulumi")
    if program is None:
        return None
    answer = subprocess.run(  # noqa: S603 - the user's own pulumi
        [program, *arguments, "--non-interactive"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "1"},
    )
    if answer.returncode:
        return None
    found: dict[str, Any] = json.loads(answer.stdout)
    return found
