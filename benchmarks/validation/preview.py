"""What validation costs: a preview of 1,000 resources with it, and with a provider that checks nothing.

Usage: python benchmarks/validation/preview.py [--resources 1000] [--rounds 3]

Previews are run in turns: with validation, with a provider that checks nothing, and with a stopwatch around the
validation, in the program and in the provider alike. The first two show the difference as far as the machine is
quiet; the stopwatch shows it on a busy one, too. Exits with 1 if the stopwatch shows more than 5 %.
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
STARTED = """
import os
import time

from pulumi_aliyun import rules

judge = rules.failures


def stopped(*arguments, **options):
    start = time.process_time_ns()
    found = judge(*arguments, **options)
    with open(os.environ["STOPWATCH"], "a") as file:
        print(time.process_time_ns() - start, file=file)
    return found


if os.environ.get("VALIDATION") == "none":
    rules.failures = lambda *_, **__: []
elif os.environ.get("VALIDATION") == "stopped":
    rules.failures = stopped
"""


def microseconds() -> float:
    """The time that one typical instance takes, at best."""
    now, runs = datetime.now(timezone.utc), 1000
    taken = timeit.repeat(
        lambda: failures(EcsInstance, TYPICAL, now=now), number=runs, repeat=7, timer=time.process_time
    )
    return min(taken) / runs * 1e6


def previews(resources: int, rounds: int) -> tuple[dict[str, list[Cost]], float]:
    """What previews cost with validation and without, and the seconds that one spends on validation."""
    costs: dict[str, list[Cost]] = {"whole": [], "none": [], "stopped": []}
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder) / "stack", environ={"ALIBABA_CLOUD_REGION_ID": "cn-hangzhou"})
        stack.program(PROGRAM.format(resources=resources, typical=TYPICAL))
        # Python runs it when it starts: in the program and in the provider's process alike.
        stack.write("sitecustomize.py", STARTED)
        watch = stack.write("stopwatch", "")
        stack.environ.update(PYTHONPATH=str(stack.project), STOPWATCH=str(watch))
        for _ in range(rounds):
            for validation, found in costs.items():
                stack.environ["VALIDATION"] = validation
                before, start = used(), time.perf_counter()
                stack.preview()
                found.append(Cost(used() - before, time.perf_counter() - start))
        spent = sum(map(int, watch.read_text().split())) / 1e9 / rounds
    return costs, spent


def used() -> float:
    """The processors' time that this process's children have taken."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def main() -> int:
    """Measures, prints, and judges."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--resources", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(f"failures() of a typical EcsInstance: {microseconds():.0f} µs")
    costs, spent = previews(options.resources, options.rounds)
    for what, key in (("with validation", "whole"), ("with a provider that checks nothing", "none")):
        least, shortest = min(cost.processor for cost in costs[key]), min(cost.clock for cost in costs[key])
        print(f"preview of {options.resources} resources {what}: {least:.2f} s of processors' time, ", end="")
        print(f"{shortest:.2f} s on the clock")
    share = spent / min(cost.processor for cost in costs["none"])
    print(f"validation by the stopwatch: {spent:.3f} s, which adds {share:.2%} (limit {LIMIT:.0%})")
    return 0 if share < LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
