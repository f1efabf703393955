"""The kill and fault sweep: `PYTHONPATH=tests/engine:tests/provider python tests/sweep [--only TEXT] [--jobs N]`.

It prints its figures, and exits with 1 if anything was lost, doubled, asked about, or not as promised.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import moments
import random_programs
import special
from trial import Count, Trial

Case = Callable[[], Trial]


def all_cases(seeds: range) -> dict[str, dict[str, Case]]:
    """The cases of each part, by their titles."""
    return {
        "undisturbed": {life.name: partial(moments.reference, life) for life in moments.LIVES},
        "special": {title: partial(special.run, title) for title in special.CASES},
        "moments": {cell.title: partial(moments.run, cell) for cell in moments.cells()},
        "random": {f"sequence {seed}": partial(random_programs.run, seed) for seed in seeds},
    }


def main() -> int:
    """Run the sweep and return its exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="only the cases whose titles contain this")
    parser.add_argument("--jobs", type=int, default=(os.cpu_count() or 2) + 2)
    parser.add_argument("--sequences", type=int, default=24, help="how many random sequences")
    parser.add_argument("--seed", type=int, default=0, help="the first sequence's")
    parser.add_argument("--every", type=int, default=1, help="only each n-th case")
    parser.add_argument("--soak", type=float, default=0, help="only random programs, for so many minutes")
    given = parser.parse_args()
    if given.soak:
        return soak(given.soak * 60, given.jobs, first=given.seed or int(time.time()))
    totals: dict[str, Count] = {}
    started = time.monotonic()
    with ThreadPoolExecutor(given.jobs) as pool:
        for part, cases in all_cases(range(given.seed, given.seed + given.sequences)).items():
            chosen = [case for title, case in cases.items() if given.only in f"{part}/{title}"][
                :: given.every
            ]
            total = totals.setdefault(part, Count())
            for trial in pool.map(lambda case: case(), chosen):
                total.add(trial.count)
                if not trial.count.good:
                    print("\n".join([*trial.count.other, *trial.log]), flush=True)
    _print(totals, time.monotonic() - started)
    return 0 if all(total.good for total in totals.values()) else 1


def soak(seconds: float, jobs: int, first: int) -> int:
    """Play random programs until the time is up, every fifth of them on a disk that fills up."""
    started, total, seeds, lock = time.monotonic(), Count(), itertools.count(first), threading.Lock()

    def play() -> None:
        while time.monotonic() - started < seconds:
            seed = next(seeds)
            way = random_programs.run_on_a_small_disk if seed % 5 == 0 else random_programs.run
            trial = way(seed)
            with lock:
                total.add(trial.count)
                if not trial.count.good:
                    print("\n".join([*trial.count.other, *trial.log]), flush=True)

    with ThreadPoolExecutor(jobs) as pool:
        for player in [pool.submit(play) for _ in range(jobs)]:
            player.result()
    _print({"soak": total}, time.monotonic() - started)
    return 0 if total.good else 1


def _print(totals: dict[str, Count], seconds: float) -> None:
    print(
        f"\n{'':16}{'trials':>8}{'moments':>9}{'commands':>10}{'lost':>6}{'doubled':>9}{'asked':>7}{'other':>7}"
    )
    for part, count in totals.items():
        print(
            f"{part:16}{count.trials:8}{count.moments:9}{count.commands:10}"
            f"{count.lost:6}{count.doubled:9}{count.asked:7}{len(count.other):7}"
        )
    print(f"{seconds / 60:.1f} minutes")


if __name__ == "__main__":
    sys.exit(main())
