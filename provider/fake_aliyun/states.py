"""State machines as data: which state follows which by itself, and after how long."""

from __future__ import annotations

from collections.abc import Callable, Mapping

# state → (name of the time it lasts, the state that follows)
Machine = Mapping[str, tuple[str, str]]

# "Pending → Starting → Running → Stopping → Stopped"; what a call starts is set by the call.
INSTANCE: Machine = {
    "Pending": ("pending", "Starting"),
    "Starting": ("starting", "Running"),
    "Stopping": ("stopping", "Stopped"),
}
# What CreateInstance makes stays stopped until StartInstance.
CREATED: Machine = {**INSTANCE, "Pending": ("pending", "Stopped")}
# "immediate: (Preparing →) Active → Released"; the end is set by a call or by the end time.
RESERVATION: Machine = {"Preparing": ("preparing", "Active")}
BSS_INSTANCE: Machine = {"Creating": ("creating", "Normal")}


def settle(
    machine: Machine, time_of: Callable[[str], float], state: str, since: float, now: float
) -> tuple[str, float]:
    """Gives the state at a moment, and since when it lasts."""
    while (step := machine.get(state)) and now >= since + time_of(step[0]):
        state, since = step[1], since + time_of(step[0])
    return state, since
