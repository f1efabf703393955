"""Draws how wall time and calls grow with the number of resources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

COMMANDS = {"preview": "no-change preview", "refresh": "no-change refresh", "up": "up without checkpoints"}


def draw(rows: list[dict[str, Any]], target: Path) -> None:
    """Draws the time of three commands, and the calls of one; what isn't measured stays empty."""
    mpl.rcParams["svg.hashsalt"] = "pulumi-aliyun"  # the same figures are the same file
    figure = Figure(figsize=(13, 3.6), layout="constrained")
    *times, calls = figure.subplots(1, 4)
    for axis, (case, title) in zip(times, COMMANDS.items(), strict=True):
        found = [row for row in rows if row["case"] == case]
        for key, label, line in (("ours_s", "this provider", "o-"), ("floor_s", "does nothing", "s--")):
            axis.plot([row["resources"] for row in found], [row[key] for row in found], line, label=label)
        _finish(axis, title, "seconds", bool(found))
    for parallel in ("the default parallelism", "--parallel 128"):
        found = [row for row in rows if row["what"] == f"refresh at {parallel}"]
        calls.plot([row["resources"] for row in found], [row["calls"] for row in found], "o-", label=parallel)
    _finish(calls, "calls of a refresh", "calls", bool(found))
    figure.savefig(target, format="svg", metadata={"Date": None})


def _finish(axis: Any, title: str, unit: str, measured: bool) -> None:
    axis.set(title=title, xlabel="resources", ylabel=unit)
    if measured:
        axis.set(xscale="log", yscale="log")
        axis.legend(frameon=False)
