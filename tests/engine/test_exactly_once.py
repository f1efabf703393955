"""A handful of the sweep's cases; `make sweep` has them all."""

from __future__ import annotations

import pytest

import moments
import special

MOMENTS = {
    cell.title: cell
    for cell in moments.cells()
    if cell.death == "all"
    and (cell.life.name, cell.calls[0], cell.moment)
    in {
        ("create", "CreateCapacityReservation", "done"),
        ("create", "UntagResources", "done"),
        ("update", "ModifyInstanceSpec", "waiting"),
        ("replace", "CreateCapacityReservation", "answered"),
    }
}
SPECIAL = (
    "forced replacement killed then plain up",
    "only the targets after a kill",
    "a first run without checkpoints",
    "the program is taken back after a failed update",
)


@pytest.mark.parametrize("title", MOMENTS)
def test_a_kill_at_any_moment_loses_and_doubles_nothing(title):
    """State and cloud match one to one after the next run, and nothing is alive after a destroy."""
    count = moments.tried(MOMENTS[title])[0].count
    assert count.good, "\n".join(count.other)


@pytest.mark.parametrize("title", SPECIAL)
def test_what_is_done_around_a_kill_loses_and_doubles_nothing(title):
    """As above, with edits, forced replacements and options around the kill."""
    count = special.run(title).count
    assert count.good, "\n".join(count.other)


def test_two_stacks_of_the_same_names_do_not_touch_each_other():
    """Two backends, one account, kills and destroys in interleaved order."""
    count = special.run("two stacks of the same names").count
    assert count.good, "\n".join(count.other)
