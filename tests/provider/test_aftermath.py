"""The one look at all that the state holds, as a run begins."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from pulumi_aliyun import aftermath, bridge


def test_all_regions_are_looked_at_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """No diff is made before the look has ended, and a stack may have many regions."""
    both = threading.Barrier(3, timeout=10)

    class Watch:
        """Shows what is asked for, when all three have been asked."""

        def many(self, _: bridge.Operation, ids: list[str]) -> dict[str, Any]:
            """All of them."""
            both.wait()
            return {each: {"Id": each} for each in ids}

    watches = dict.fromkeys(("CapacityReservation", "EcsInstance"), lambda _: Watch())
    monkeypatch.setattr(aftermath, "WATCHES", watches)
    held = {
        "CapacityReservation": {"cn-hangzhou": ["crp-1"]},
        "EcsInstance": {"cn-hangzhou": ["i-1"], "cn-shanghai": ["i-2"]},
    }
    look = aftermath.Look(held, same_caller=True, not_before=0.0)
    assert [look.of(each) for each in ("crp-1", "i-1", "i-2")] == [
        {"Id": "crp-1"},
        {"Id": "i-1"},
        {"Id": "i-2"},
    ]
