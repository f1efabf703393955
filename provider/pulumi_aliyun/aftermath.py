"""What interrupted runs have deleted or changed although state and program agree: one look at the cloud tells.

A `destroy` that is killed leaves no trace that a later run could read, so every `up` looks whether all that the
state holds is there, and powered as it should be. docs/exactly-once.md has the reasoning.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent import futures

from . import bridge, cloud, polls

Held = Mapping[str, Mapping[str, Iterable[str]]]
"""What the state holds: the ids by kind and region."""

WATCHES: dict[str, Callable[[str], polls.Watch]] = {
    "CapacityReservation": polls.reservations,
    "EcsInstance": polls.instances,
    "BssInstance": lambda _region_id: polls.bss_instances(),
}
"""What shows the resources of a kind, by the name of the kind."""

PATIENCE_S = 5.0
"""How long something that the last run has made may take to show up in lists."""


def patiently(operation: bridge.Operation, kind: str, region_id: str, resource_id: str) -> cloud.Item | None:
    """One resource as it is now; None if it doesn't show up."""
    watch = WATCHES[kind](region_id)
    return watch.until(operation, resource_id, lambda item: item, patience=PATIENCE_S)


class Look:
    """All that the state holds, as the cloud has it when a run begins; seen once, for the diffs of all resources."""

    def __init__(self, held: Held, *, same_caller: bool, not_before: float) -> None:
        """Begin to look; nothing waits for it yet.

        Args:
            held: What to look for.
            same_caller: Whether the run before had the same credentials. If it hadn't, and nothing at all is
                found, it is more likely that this is another account than that all is gone.
            not_before: When to look, by the process's clock.
        """
        self._ids = {each for regions in held.values() for ids in regions.values() for each in ids}
        self._same_caller = same_caller
        self._not_before = not_before
        pool = futures.ThreadPoolExecutor(max_workers=1, thread_name_prefix="look")
        self._found = pool.submit(self._look, held)
        pool.shutdown(wait=False)

    def of(self, resource_id: str) -> cloud.Item | None:
        """What was seen of a resource; None if it isn't there.

        Raises:
            KeyError: It isn't known whether it is there.
        """
        found = self._found.result()
        if resource_id not in self._ids or not (found or self._same_caller):
            raise KeyError(resource_id)
        return found.get(resource_id)

    def _look(self, held: Held) -> dict[str, cloud.Item]:
        found: dict[str, cloud.Item] = {}

        def look(place: tuple[str, str]) -> dict[str, cloud.Item]:
            kind, region = place
            missing = sorted({*held[kind][region]} - found.keys())
            return WATCHES[kind](region).many(bridge.Operation(), missing) if missing else {}

        places = [(kind, region) for kind, regions in held.items() for region in regions if kind in WATCHES]
        time.sleep(max(0.0, self._not_before - time.monotonic()))
        deadline = time.monotonic() + PATIENCE_S
        for pause in (0.0, 0.5, 1.0, 1.5, 2.0):  # what isn't there may be new
            time.sleep(min(pause, max(0.0, deadline - time.monotonic())))
            for seen in bridge.side_by_side(look, places):
                found |= seen
            if self._ids <= found.keys():
                break
        if not found and self._ids and not self._same_caller:
            bridge.log(
                "WARNING",
                "none of this stack's resources is found with these credentials, which are not those of the last "
                "run; the state is believed. If they are gone indeed, run `pulumi up --refresh`",
            )
        return found
