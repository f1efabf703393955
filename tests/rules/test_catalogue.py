"""The catalogue of constraints, and the reference made from it."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pulumi_aliyun.catalogue import NOW, RESOURCES, Entry, entries, program
from pulumi_aliyun.pages import OURS
from pulumi_aliyun.rules import Argument, Kind, arguments, failures, outputs, relations

ROOT = Path(__file__).parent.parent.parent


def declared(cls: type) -> list[tuple[str, Argument]]:
    """All arguments of a class, those inside mappings too."""

    def inside(kind: Kind, path: str) -> list[tuple[str, Argument]]:
        found = [(f"{path}.{name}", member) for name, member in kind.members.items()]
        if not kind.members:
            for place, part in kind.parts():
                found += inside(part, f"{path}{place}")
        return found

    top = list(arguments(cls).items())
    return top + [each for name, argument in top for each in inside(argument.kind, name)]


def rules_of(kind: Kind) -> list[Any]:
    """The rules for a value and for what is in it."""
    return [*kind.limits, *kind.between, *(rule for _, part in kind.parts() for rule in rules_of(part))]


ALL = [(cls, path, argument) for cls in RESOURCES for path, argument in declared(cls)]
EXAMPLES = [
    (entry, example, expected)
    for entry in entries()
    for expected, examples in (("refused", entry.refused), ("accepted", entry.accepted))
    for example in examples
]


def test_every_constraint_has_a_name_of_its_own() -> None:
    """Ids are unique."""
    ids = [entry.id for entry in entries()]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.id)
def test_every_constraint_says_where_it_comes_from_and_what_it_means(entry: Entry) -> None:
    """A sentence, a page, and a few words or a reason."""
    assert entry.source.sentence
    assert entry.source.page is OURS or entry.source.page.address.startswith("https://")
    assert entry.limit


@pytest.mark.parametrize(
    ("cls", "path", "argument"), ALL, ids=lambda each: each if isinstance(each, str) else None
)
def test_every_argument_has_a_rule_or_a_reason_for_having_none(
    cls: type, path: str, argument: Argument
) -> None:
    """An argument that nobody thought about isn't there."""
    assert bool(rules_of(argument.kind)) != bool(argument.unchecked) or argument.kind.members, (cls, path)


@pytest.mark.parametrize(
    "argument", [argument for _, _, argument in ALL], ids=[f"{cls.__name__}.{path}" for cls, path, _ in ALL]
)
def test_every_argument_is_described(argument: Argument) -> None:
    """What it is for, what stands in the documentation, and an example that is accepted."""
    assert argument.doc.endswith(".")
    assert argument.source.sentence
    assert argument.kind.example is not None


@pytest.mark.parametrize(
    ("entry", "example", "expected"), EXAMPLES, ids=lambda each: getattr(each, "id", None)
)
def test_every_example_is_what_it_is_said_to_be(entry: Entry, example: Any, expected: str) -> None:
    """The examples of the reference are true."""
    lines = failures(entry.resource, program(entry, example), now=NOW)
    if expected == "accepted":
        assert lines == []
    elif entry.at:
        place = entry.at.replace("[key]", "[").replace('"…"]', "")
        assert any(line.startswith(place) for line in lines), (place, lines)
    else:
        assert lines


@pytest.mark.parametrize("cls", RESOURCES)
def test_the_example_of_every_argument_is_accepted(cls: type) -> None:
    """What messages propose can be written."""
    for entry in entries():
        if entry.resource is cls and entry.id.endswith(".kind"):
            for example in entry.accepted:
                assert failures(cls, program(entry, example), now=NOW) == [], entry.id


@pytest.mark.parametrize("cls", RESOURCES)
def test_help_shows_every_argument_with_its_limits(cls: type) -> None:
    """`help()` and editors show what the declarations say."""
    for name, argument in arguments(cls).items():
        assert f"    {name}: {argument.doc}" in cls.__doc__
        for rule in rules_of(argument.kind):
            assert rule.limit in cls.__doc__
    for name in outputs(cls):
        assert f"    {name}: " in cls.__doc__
    for each in relations(cls):
        assert each.limit in cls.__doc__


@pytest.mark.parametrize("cls", RESOURCES)
def test_the_signature_shows_every_argument_and_its_default(cls: type) -> None:
    """Required ones have no default."""
    parameters = inspect.signature(cls).parameters
    assert list(parameters) == ["resource_name", *arguments(cls), "opts"]
    for name, argument in arguments(cls).items():
        assert parameters[name].default == (
            inspect.Parameter.empty if argument.required else argument.default
        )


def test_the_reference_is_current() -> None:
    """The generated pages are what the declarations say."""
    check = [sys.executable, str(ROOT / "scripts" / "pages.py"), "--check"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
