"""Tokens and marks: what a later run, or a later version, has to read again."""

from __future__ import annotations

import pytest

from pulumi_aliyun import attempts
from pulumi_aliyun.attempts import Attempt

ID = "0123456789abcdef01234567"
ORIGIN = "fedcba9876543210fedcba98"
ATTEMPT = Attempt(ID, ORIGIN, 3)


def test_tokens_and_marks_are_those_of_every_version() -> None:
    """What an interrupted run has asked for is found by a later release, too; so these never change."""
    assert ATTEMPT.name == f"{ORIGIN}.3"
    assert ATTEMPT.client_token == "ea36cbccb6d88d1542b2e36b47d3c90d1e3dcbc056ae5c6b"
    assert ATTEMPT.client_token_of("r1") == "2849e4b41ef1db5283f92cbbe8fea169e7a32cc01b1feeda"
    assert ATTEMPT.mark == f"{ID}.{ORIGIN}.3"
    assert Attempt(ID, ORIGIN, 3, kept=True).mark == f"{ID}.{ORIGIN}.3.kept"
    assert attempts.MARK == "pulumi-aliyun-pending"


def test_a_token_is_that_of_one_creation_alone() -> None:
    """Another stack, name, number or run has another; whether it is kept makes no difference."""
    others = [
        Attempt("0" * 24, ORIGIN, 3),
        Attempt(ID, "0" * 24, 3),
        Attempt(ID, ORIGIN, 4),
    ]
    tokens = [ATTEMPT.client_token, *(each.client_token for each in others)]
    tokens += [ATTEMPT.client_token_of(name) for name in ("r1", "r2")]
    assert len(set(tokens)) == 6
    assert all(len(token) <= 64 and token.isascii() for token in tokens)
    assert Attempt(ID, ORIGIN, 3, kept=True).client_token == ATTEMPT.client_token


@pytest.mark.parametrize("attempt", [ATTEMPT, Attempt(ID, ORIGIN, 0, kept=True), Attempt(ID, ORIGIN, 12)])
def test_a_mark_is_read_again(attempt: Attempt) -> None:
    """With all that it says."""
    assert Attempt.of_mark(attempt.mark) == attempt


@pytest.mark.parametrize(
    "value", ["", "x", "a.b", "a.b.c", "a.b.-1", "a.b.1.kept.x", "a.b.", "a.b.1.5.2", "a.b.²"]
)
def test_what_is_no_mark_is_none(value: str) -> None:
    """A person may write anything into a tag."""
    assert Attempt.of_mark(value) is None


def test_what_follows_the_number_of_a_mark_is_kept_or_nothing() -> None:
    """Another word doesn't protect."""
    assert Attempt.of_mark("a.b.1.other") == Attempt("a", "b", 1)


def test_the_attempt_that_follows_is_numbered_on() -> None:
    """Of the same name, and kept as the one before it."""
    assert Attempt(ID, ORIGIN, 3, kept=True).next() == Attempt(ID, ORIGIN, 4, kept=True)
