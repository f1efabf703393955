"""Draws how wall time and calls grow with the number of resources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

COMMANDS = {"preview": "no-change preview", "refresh": "no-change refresh", "up": "up without checkpoints"}


def draw(rows: list[dict[str, Any]], target: Path) -> None:
    """Draws the time of three commands, and the calls of one."""
    mpl.rcParams["svg.hashsalt"] = "pulumi-aliyun"  # the same figures are the same file
    figure = Figure(figsize=(13, 3.6), layout="constrained")
    axes = figure.subplots(1, 4)
    for axis, (case, title) in zip(axes, COMMANDS.items(), strict=False):
        found = [row for row in rows if row["case"] == case]
        sizes = [row["resources"] for row in found]
        axis.plot(sizes, [row["ours_s"] for row in found], marker="o", label="this provider")
        axis.plot(sizes, [row["floor_s"] for row in found], marker="s", linestyle="--", label="does nothing")
        axis.set(xscale="log", yscale="log", title=title, xlabel="resources", ylabel="seconds")
        axis.legend(frameon=False)
    for parallel in ("the default parallelism", "--parallel 128"):
        found = [row for row in rows if row["what"] == f"refresh at {parallel}"]
        sizes = [row["resources"] for row in found]
        axes[3].plot(sizes, [row["calls"] for row in found], marker="o", label=parallel)
    axes[3].set(xscale="log", yscale="log", title="calls of a refresh", xlabel="resources", ylabel="calls")
    axes[3].legend(frameon=False)
    figure.savefig(target, format="svg", metadata={"Date": None})
