"""What a state names of this package: short, the same for ever, and never gone."""

from __future__ import annotations

import base64

import dill
import pytest

from pulumi_aliyun import _entry

KINDS = ["CapacityReservation", "EcsInstance", "BssInstance", "Identity"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_state_names_is_the_provider_of_its_kind(kind: str) -> None:
    """Both what is written today and what the first states have."""
    first = f"cpulumi_aliyun._entry\nload\n(V{kind}\ntR.".encode()
    for stored in (base64.b64decode(_entry.serialized(kind)), first):
        assert type(dill.loads(stored)).__name__ == f"{kind}Provider"


def test_what_stands_in_a_state_stays_what_it_is() -> None:
    """A changed letter here would be a state that can't be destroyed."""
    assert {kind: _entry.serialized(kind) for kind in KINDS} == {
        "CapacityReservation": "Y3B1bHVtaV9hbGl5dW4uX2VudHJ5CmNycAou",
        "EcsInstance": "Y3B1bHVtaV9hbGl5dW4uX2VudHJ5CmVjcwou",
        "BssInstance": "Y3B1bHVtaV9hbGl5dW4uX2VudHJ5CmJzcwou",
        "Identity": "Y3B1bHVtaV9hbGl5dW4uX2VudHJ5Cm93bgou",
    }


def test_the_module_has_no_other_names() -> None:
    """A name that nobody wrote is an error, and no provider."""
    with pytest.raises(AttributeError, match="nothing_of_ours"):
        _entry.nothing_of_ours  # noqa: B018
