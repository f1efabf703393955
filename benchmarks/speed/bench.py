"""Measures how fast and how quiet the provider is, beside a provider that does nothing, on the same engine in turns.

Usage: python benchmarks/speed/bench.py [--quick] [--scale] [--only CASE …] [--json FILE] [--svg FILE] [--page FILE]

Prints a table, and writes the figures as JSON and as a picture. `--quick` tries it all with few resources, to see
that it works; `--scale` adds 5,000 resources. docs/performance.md explains each figure.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from lab import KINDS, SKIP_CHECKPOINTS, Side, Taken, hidden_bytes, laboratory
from picture import draw

from bad_day import FAULTS  # the tests' own, where `lab` looks for them

BOOT_S = 2.0
"""How long an instance of the fake's realistic profile takes to be Running."""
PEERS = {"up": 35.0, "refresh": 8.4, "destroy": 32.5}
"""What pulumi-alicloud was measured to take for 20 instances against the same stub; it reads with 16 calls each."""


@dataclass(frozen=True)
class Row:
    """One figure, and the most that it may be."""

    case: str
    what: str
    resources: int
    ours_s: float | None = None
    floor_s: float | None = None
    calls: int | None = None
    memory_mb: float | None = None
    figure: float = 0.0
    unit: str = ""
    limit: float = math.inf

    @property
    def reached(self) -> bool:
        """Whether the figure is within its limit."""
        return self.figure <= self.limit


def wide(side: Side, command: str, parallel: int = 128, **environ: str) -> Taken:
    return side.take(command, "--parallel", str(parallel), **environ)


def compared(case: str, what: str, count: int, turns: list[tuple[Taken, Taken]]) -> Row:
    """The ratio of two medians, ours and the floor's, taken in turns."""
    ours_s, floor_s = (statistics.median(each.seconds for each in side) for side in zip(*turns, strict=True))
    ours = [turn[0] for turn in turns]
    calls, memory = max(sum(each.calls.values()) for each in ours), max(each.memory_mb for each in ours)
    return Row(case, what, count, ours_s, floor_s, calls, memory, ours_s / floor_s, "times the floor")


def counted(case: str, what: str, count: int, ours: Taken) -> Row:
    """The number of calls."""
    calls = sum(ours.calls.values())
    return Row(case, what, count, ours.seconds, None, calls, ours.memory_mb, calls, "calls")


# ---- the cases ---------------------------------------------------------------------------------------------


def previews(sizes: dict[int, int]) -> Iterator[Row]:
    """Ups and no-change previews; with the same stacks refreshes, and the memory of all of it."""
    for count, rounds in sizes.items():
        with laboratory("EcsInstance", count, "--profile", "instant") as (ours, floor):
            ups: list[tuple[Taken, Taken]] = []
            for _ in range(rounds):
                for side in (ours, floor) if ups else ():
                    wide(side, "destroy", **SKIP_CHECKPOINTS)
                ups.append((wide(ours, "up", **SKIP_CHECKPOINTS), wide(floor, "up", **SKIP_CHECKPOINTS)))
            yield compared("up", "up without checkpoints", count, ups)
            turns = [(ours.take("preview"), floor.take("preview")) for _ in range(rounds)]
            yield replace(
                compared("preview", "no-change preview", count, turns),
                limit=1.10 if count in {100, 1000} else math.inf,
            )
            refreshes = [(ours.take("refresh"), floor.take("refresh")) for _ in range(rounds)]
            yield compared("refresh", "refresh", count, refreshes)
            few, many = refreshes[-1][0], wide(ours, "refresh")
            few_calls = max(15, 0.015 * count)
            yield replace(counted("calls", "refresh at the default parallelism", count, few), limit=few_calls)
            yield replace(counted("calls", "refresh at --parallel 128", count, many), limit=few_calls)
            peak = max(each.memory_mb for each, _floor in (*ups, *refreshes, (many, None)))
            most = 130 if count <= 1000 else math.inf
            yield Row("memory", "the provider's process, peak", count, figure=peak, unit="MB", limit=most)


def state() -> Iterator[Row]:
    """What the state holds of ours that the user hasn't asked for."""
    for kind in KINDS:
        with laboratory(kind, 1, "--profile", "instant") as (ours, _floor):
            ours.take("up")
            first = hidden_bytes(ours)
            size = sum(len(each) for each in first)
            yield Row("state", f"hidden in the state, {kind}", 1, figure=size, unit="bytes", limit=300)


def boot(count: int, rounds: int) -> Iterator[Row]:
    """Instances that take their time, as many at once as `--parallel 64` lets through."""
    ups, destroys = [], []
    with laboratory("EcsInstance", count) as (ours, floor):
        for _ in range(rounds):
            ups.append((wide(ours, "up", 64), wide(floor, "up", 64)))
            destroys.append((wide(ours, "destroy", 64), wide(floor, "destroy", 64)))
    row = compared("boot", "up of instances, --parallel 64", count, ups)
    bound = (row.floor_s or 0.0) + math.ceil(count / 64) * BOOT_S
    figure = (row.ours_s or 0.0) / bound
    yield replace(row, figure=figure, unit="times (floor + boots)", limit=1.25)
    yield compared("boot", "destroy of instances, --parallel 64", count, destroys)


def calls(count: int) -> Iterator[Row]:
    """How many calls each kind costs at `--parallel 128`."""
    for kind, few in {"CapacityReservation": 10, "EcsInstance": 30, "BssInstance": 10}.items():
        with laboratory(kind, count) as (ours, _floor):
            up, destroy = wide(ours, "up"), wide(ours, "destroy")
        yield replace(counted("calls", f"up of {kind}", count, up), limit=count + few)
        row = counted("calls", f"destroy of {kind}", count, destroy)
        if kind == "BssInstance":
            yield replace(row, figure=destroy.calls["ReleaseInstance"], unit="releases", limit=2)
        else:
            yield replace(row, limit=30 if kind == "EcsInstance" else math.inf)


def single(rounds: int) -> Iterator[Row]:
    """One reservation: the call that makes it, and one look."""
    turns = []
    with laboratory("CapacityReservation", 1, "--profile", "instant") as (ours, floor):
        for _ in range(rounds):
            turns.append((ours.take("up"), floor.take("up")))
            ours.take("destroy")
            floor.take("destroy")
    row = compared("single", "up of one reservation", 1, turns)
    looks = max(up.calls["DescribeCapacityReservations"] for up, _ in turns)
    yield replace(row, figure=looks, unit="looks", limit=1)


def throttled(count: int, rate: float) -> Iterator[Row]:
    """What `up` makes of a service that allows so many calls a second."""
    with laboratory("EcsInstance", count) as (ours, _floor):
        assert ours.fake is not None
        ours.fake.settings(rate_limit=rate)
        row = counted("throttled", f"up with {rate:.0f} calls/s allowed", count, wide(ours, "up"))
        done = [(moment(each), each["action"]) for each in ours.served if each["code"] == ""]
    made = [when for when, action in done if action == "RunInstances"]
    first, last = min(made), max(made)
    allowed = rate * (last - first + 1)
    used = sum(first <= when <= last for when, _ in done) / allowed
    yield replace(row, figure=1 - used, unit="of the limit unused", limit=0.10)


def faults(count: int, rounds: int) -> Iterator[Row]:
    """The same commands on a bad day of the service's, beside those of a good one."""
    turns: dict[str, list[tuple[Taken, Taken]]] = {"up": [], "refresh": [], "destroy": []}
    with laboratory("EcsInstance", count, "--latency", "0.05") as (ours, _floor):
        assert ours.fake is not None
        for _ in range(rounds):
            good = {command: wide(ours, command, 64) for command in turns}
            ours.fake.disturb(FAULTS)
            for command, taken in turns.items():
                taken.append((wide(ours, command, 64), good[command]))
            ours.fake.leave_alone()
    for command, taken in turns.items():
        row = compared("faults", f"{command} with 47 % of calls failing", count, taken)
        yield replace(row, unit="times the undisturbed", limit=2)


def moment(request: dict[str, Any]) -> float:
    return datetime.fromisoformat(str(request["time"]).replace("Z", "+00:00")).timestamp()


def peers(count: int, rounds: int) -> Iterator[Row]:
    """The 20 instances that pulumi-alicloud was measured with: 50 ms a call, Running after 2 s."""
    with laboratory("EcsInstance", count, "--latency", "0.05") as (ours, floor):
        for flags in ((), ("--parallel", "64")):
            turns: dict[str, list[tuple[Taken, Taken]]] = {command: [] for command in PEERS}
            for command in [*PEERS] * rounds:
                turns[command].append((ours.take(command, *flags), floor.take(command, *flags)))
            for command, theirs in PEERS.items():
                what = " ".join([command, *flags, "(50 ms a call)"])
                row = compared("peers", what, count, turns[command])
                if command == "refresh":
                    yield replace(row, figure=row.calls or 0, unit="calls", limit=count * 16 / 10)
                else:
                    share = (row.ours_s or 0.0) / theirs
                    yield replace(row, figure=share, unit="of pulumi-alicloud's time", limit=0.2)


# ---- the run -----------------------------------------------------------------------------------------------


def cases(options: argparse.Namespace) -> dict[str, Callable[[], Iterator[Row]]]:
    if options.quick:
        return {
            "previews": lambda: previews({10: 1, 50: 1}),
            "state": state,
            "boot": lambda: boot(10, 1),
            "calls": lambda: calls(20),
            "single": lambda: single(1),
            "throttled": lambda: throttled(20, 10.0),
            "peers": lambda: peers(5, 1),
            "faults": lambda: faults(20, 1),
        }
    sizes = {10: 3, 100: 5, 1000: 3} | ({5000: 1} if options.scale else {})
    return {
        "state": state,
        "single": lambda: single(3),
        "peers": lambda: peers(20, 3),
        "throttled": lambda: throttled(100, 10.0),
        "calls": lambda: calls(100),
        "boot": lambda: boot(100, 3),
        "faults": lambda: faults(100, 3),
        "previews": lambda: previews(sizes),
    }


def line(row: Row) -> str:
    def number(value: float | None, digits: int = 1) -> str:
        return "" if value is None else f"{value:.{digits}f}"

    limit = "" if math.isinf(row.limit) else f"≤ {row.limit:g}"
    verdict = "" if math.isinf(row.limit) else "yes" if row.reached else "NO"
    figure = (
        f"{row.figure:.2f} {row.unit}" if row.figure != int(row.figure) else f"{row.figure:.0f} {row.unit}"
    )
    return (
        f"{row.what:52} {row.resources:>5} {number(row.ours_s):>7} {number(row.floor_s):>7} "
        f"{number(row.calls, 0):>6} {number(row.memory_mb, 0):>5}  {figure:32} {limit:>8}  {verdict}"
    )


def table(rows: list[Row]) -> str:
    """The figures for docs/performance.md."""

    def number(value: float | None, digits: int = 1) -> str:
        return "" if value is None else f"{value:.{digits}f}"

    lines = ["| | resources | ours, s | floor, s | calls | figure | limit |", "|---|--:|--:|--:|--:|---|---|"]
    for row in rows:
        limit = "" if math.isinf(row.limit) else f"≤ {row.limit:g}" + ("" if row.reached else ", **missed**")
        figure = f"{row.figure:.3g} {row.unit}"
        lines.append(
            f"| {row.what} | {row.resources:,} | {number(row.ours_s)} | {number(row.floor_s)} "
            f"| {number(row.calls, 0)} | {figure} | {limit} |"
        )
    return "\n".join(lines)


def write(rows: list[Row], options: argparse.Namespace) -> None:
    """Writes what is measured up to now, wherever it is asked for."""
    if options.json:
        earlier = _earlier(options.json) if options.only else []
        rows = list({(row.what, row.resources): row for row in [*earlier, *rows]}.values())
        machine = {
            "cores": os.cpu_count(),
            "system": platform.platform(),
            "python": platform.python_version(),
            "pulumi": metadata.version("pulumi"),
        }
        figures = [
            {key: None if value == math.inf else value for key, value in asdict(row).items()} for row in rows
        ]
        options.json.write_text(json.dumps({"machine": machine, "figures": figures}, indent=1) + "\n")
    if options.page:
        before, mark, rest = options.page.read_text().partition("<!-- figures -->\n")
        _, end, after = rest.partition("<!-- end of figures -->\n")
        options.page.write_text(before + mark + table(rows) + "\n" + end + after)
    if options.svg:
        draw([asdict(row) for row in rows], options.svg)


def _earlier(file: Path) -> list[Row]:
    """What was measured before."""
    figures = json.loads(file.read_text())["figures"] if file.exists() else []
    return [
        Row(**{**each, "limit": math.inf if each["limit"] is None else each["limit"]}) for each in figures
    ]


def main() -> int:
    """Measures, prints, writes; exits with 1 if a limit isn't reached."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="few resources: does it work?")
    parser.add_argument("--scale", action="store_true", help="5,000 resources as well")
    parser.add_argument(
        "--only", nargs="+", metavar="CASE", help="some of the cases; what was measured before stays"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write the figures")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="where to draw them")
    parser.add_argument("--page", type=Path, metavar="FILE", help="the page whose table is to be written")
    options = parser.parse_args()
    rows: list[Row] = []
    print(
        f"{'':52} {'n':>5} {'ours s':>7} {'floor s':>7} {'calls':>6} {'MB':>5}  {'figure':32} {'limit':>8}  reached"
    )
    for name, case in cases(options).items():
        if options.only and name not in options.only:
            continue
        for row in case():
            rows.append(row)
            print(line(row), flush=True)
        write(rows, options)
    return 0 if all(row.reached for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
