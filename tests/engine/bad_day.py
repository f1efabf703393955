"""A bad day of the service's: what the tests survive, and the measurements compare with a good one."""

from __future__ import annotations

from typing import Any

FAULTS: list[dict[str, Any]] = [
    {"code": "Throttling.User", "status": 400, "rate": 0.30},
    {"code": "ServiceUnavailable", "status": 503, "rate": 0.10},
    {"reset": True, "rate": 0.025},
    {"reset": True, "after_action": True, "rate": 0.025},
    {"stall_s": 5.0, "rate": 0.01},
    {"stall_s": 30.0, "after_action": True, "rate": 0.01},
]
"""Of all calls, 30 % are throttled, 10 % answered by 503, 5 % cut off, 2 % stalled.

One that the service itself takes its time to carry out can't be hurried: it holds its ClientToken meanwhile.
"""
