"""What validation costs: a preview of 1,000 resources with it, and with a provider that checks nothing.

Usage: python benchmarks/validation/preview.py [--resources 1000] [--pairs 3]

Two figures: the time of `rules.failures` for one typical instance, and the difference between previews
that are run in turns. Compared is the processors' time of the engine, the program and the provider together:
it is the same whatever else the machine does, as the time on the clock isn't. Exits with 1 above 5 %.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
import timeit
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

from pulumi_aliyun import EcsInstance
from pulumi_aliyun.rules import failures

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "engine"))

from harness import Stack  # noqa: E402 - the tests' own way to run the engine


class Cost(NamedTuple):
    """What one preview costs, in seconds."""

    processor: float
    clock: float


LIMIT = 0.05
TYPICAL = {
    "instance_type": "ecs.g6.large",
    "image_id": "aliyun_3_x64_20G_alibase_20240819.vhd",
    "vswitch_id": "vsw-bp1s5fnvk4gn2tws0",
    "security_group_ids": ["sg-bp67acfmxazb4p"],
    "zone_id": "cn-hangzhou-h",
    "instance_name": "web-1",
    "description": "serves the front page",
    "system_disk": {"category": "cloud_essd", "size": 40},
    "data_disks": [{"category": "cloud_essd", "size": 100}],
    "tags": {"team": "web", "environment": "production"},
}
PROGRAM = """
from pulumi_aliyun import EcsInstance

for number in range({resources}):
    EcsInstance(f"web-{{number}}", **{typical})
"""
CHECKS_NOTHING = """
import os

if os.environ.get("CHECKS_NOTHING"):
    from pulumi_aliyun import rules

    rules.failures = lambda *_, **__: []
"""


def microseconds() -> float:
    """The time that one typical instance takes, at best."""
    now, runs = datetime.now(timezone.utc), 1000
    taken = timeit.repeat(
        lambda: failures(EcsInstance, TYPICAL, now=now), number=runs, repeat=7, timer=time.process_time
    )
    return min(taken) / runs * 1e6


def previews(resources: int, pairs: int) -> tuple[list[Cost], list[Cost]]:
    """What previews with validation cost, and the same ones without."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder) / "stack", environ={"ALIBABA_CLOUD_REGION_ID": "cn-hangzhou"})
        stack.program(PROGRAM.format(resources=resources, typical=TYPICAL))
        # Python runs it when it starts: in the program and in the provider's process alike.
        stack.write("sitecustomize.py", CHECKS_NOTHING)
        stack.environ["PYTHONPATH"] = str(stack.project)
        checking, bare = [], []
        for _ in range(pairs):
            for costs, nothing in ((checking, ""), (bare, "1")):
                stack.environ["CHECKS_NOTHING"] = nothing
                before, start = used(), time.perf_counter()
                stack.preview()
                costs.append(Cost(used() - before, time.perf_counter() - start))
    return checking, bare


def used() -> float:
    """The processors' time that this process's children have taken."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def main() -> int:
    """Measures, prints, and judges."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--resources", type=int, default=1000)
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()
    print(f"failures() of a typical EcsInstance: {microseconds():.0f} µs")
    checking, bare = previews(options.resources, options.pairs)
    for what, costs in (("with validation", checking), ("with a provider that checks nothing", bare)):
        least, shortest = min(cost.processor for cost in costs), min(cost.clock for cost in costs)
        print(f"preview of {options.resources} resources {what}: {least:.2f} s of processors' time, ", end="")
        print(f"{shortest:.2f} s on the clock")
    without = min(cost.processor for cost in bare)
    share = (min(cost.processor for cost in checking) - without) / without
    print(f"validation adds {share:+.1%} (limit {LIMIT:.0%})")
    return 0 if share < LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
