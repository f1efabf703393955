"""The main job from beginning to end: the quickstart on the real Pulumi engine, against the fake cloud.

After each step the cloud itself is asked what stands in it. The exit code is 1 if that is ever something else
than the program asked for, or if a command fails.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import local_pulumi

_STATE = local_pulumi.STATE / "demo"
_SETTINGS = local_pulumi.ROOT / "Pulumi.demo.yaml"
_INTERRUPTED = 130  # as a shell calls the end by Ctrl-C
_OTHER_SETTINGS = ("PULUMI_", "ALIBABA_CLOUD_", "ALICLOUD_")  # of the user's own work: they stay outside


class DemoError(Exception):
    """Why the demo can't go on."""


class Cloud(NamedTuple):
    """What stands in the cloud, in words short enough for a table."""

    reservation: str = "none"
    servers: str = "none"
    firewall: str = "none"


class Row(NamedTuple):
    """A line of the table: the cloud after a step, and what the program asked for."""

    step: str
    found: Cloud
    wanted: Cloud
    seconds: float


_NOTHING = Cloud()
_AT_FIRST = Cloud("2 places, 2 used, test", "2 Running inside, test", "Normal")
_CHANGED = Cloud("3 places, 2 used, prod", "2 Running inside, prod", "Normal")


def main() -> int:
    """Run the demo and return its exit code."""
    shutil.rmtree(_STATE, ignore_errors=True)
    _SETTINGS.unlink(missing_ok=True)
    rows: list[Row] = []
    failure = ""
    try:
        with _fake_cloud() as url:
            rows.extend(_steps(url, _environ(url)))
    except DemoError as error:
        failure = str(error)
    except KeyboardInterrupt:
        print("\nmake demo: interrupted; the cloud was a fake one, so nothing is left to pay for")
        return _INTERRUPTED
    _print_table(rows)
    if any(row.found != row.wanted for row in rows):
        failure = failure or "the cloud was not what the program asked for"
    print(
        f"\nmake demo: {failure}"
        if failure
        else "\nAfter each step the cloud was what the program asked for."
    )
    return 1 if failure else 0


def _steps(url: str, environ: dict[str, str]) -> Iterator[Row]:
    """Go through the commands, and look at the cloud after each."""
    for command, wanted in (
        ("pulumi stack init demo", _NOTHING),
        ("pulumi preview", _NOTHING),
        ("pulumi up --yes --skip-preview", _AT_FIRST),
        ("pulumi config set capacity 3", _AT_FIRST),
        ("pulumi config set environment prod", _AT_FIRST),
        ("pulumi up --yes", _CHANGED),
        ("pulumi preview --expect-no-changes", _CHANGED),
        ("pulumi destroy --yes --skip-preview", _NOTHING),
    ):
        seconds = _run(command, environ)
        yield Row(command, _look(url), wanted, seconds)


@contextlib.contextmanager
def _fake_cloud() -> Iterator[str]:
    """Run the fake cloud on a free port, and give its address."""
    with subprocess.Popen(
        [sys.executable, "-m", "fake_aliyun", "serve"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for Pulumi, which still talks to it then
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if " ready at " not in line:
                raise DemoError("the fake cloud did not start")
            print(line, end="", flush=True)
            yield line.split()[-1]
        finally:
            process.terminate()


def _environ(url: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OTHER_SETTINGS)}
    return {
        **kept,
        **local_pulumi.variables(_STATE),
        "PATH": os.pathsep.join([local_pulumi.path(), os.environ["PATH"]]),
        "PULUMI_STACK": "demo",
        "ALIBABA_CLOUD_ENDPOINT_ECS": url,
        "ALIBABA_CLOUD_ENDPOINT_BSSOPENAPI": url,
        "ALIBABA_CLOUD_ENDPOINT_STS": url,
        "ALIBABA_CLOUD_REGION_ID": "cn-hangzhou",
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "testid",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret",
    }


def _run(command: str, environ: dict[str, str]) -> float:
    """Run a command with Pulumi's own display, and return how long it took."""
    print(f"\n$ {command}", flush=True)
    started = time.monotonic()
    with subprocess.Popen(command.split(), cwd=local_pulumi.ROOT, env=environ) as process:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            process.wait()  # Pulumi has heard it, too: it ends by itself, or at the next Ctrl-C
            raise
    if code:
        raise DemoError(f"`{command}` ended with code {code}")
    return time.monotonic() - started


def _look(url: str) -> Cloud:
    """Ask the fake cloud what stands in it."""
    with urllib.request.urlopen(f"{url}/_fake/state") as answer:
        everything: dict[str, list[dict[str, Any]]] = json.load(answer)
    reservations, servers, firewalls = (
        [each for each in everything[kind] if each["status"] != "Released"]
        for kind in ("capacity_reservations", "instances", "bss_instances")
    )
    pools = {each["id"] for each in reservations}
    return Cloud(
        _counted(
            f"{each['instance_amount']} places, {each['used_amount']} used{_environment_of(each)}"
            for each in reservations
        ),
        _counted(
            f"{each['status']} {'in' if each['private_pool']['id'] in pools else 'out'}side"
            f"{_environment_of(each)}"
            for each in servers
        ),
        _counted(each["status"] for each in firewalls),
    )


def _environment_of(resource: dict[str, Any]) -> str:
    return f", {resource['tags'].get('environment', 'untagged')}"


def _counted(descriptions: Iterable[str]) -> str:
    counts = Counter(descriptions).items()
    return "; ".join(words if count == 1 else f"{count} {words}" for words, count in counts) or "none"


def _print_table(rows: list[Row]) -> None:
    lines = [("After", *(name.capitalize() for name in Cloud._fields), "Time", "As asked")]
    for row in rows:
        verdict = "yes" if row.found == row.wanted else f"no, but: {' | '.join(row.wanted)}"
        lines.append((row.step.partition(" --")[0], *row.found, f"{row.seconds:.1f} s", verdict))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    print("\nWhat stood in the cloud:\n")
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


if __name__ == "__main__":
    sys.exit(main())
