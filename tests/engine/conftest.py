"""Fixtures for tests on the real engine: stacks that are isolated from each other and from the user's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import LOWEST, NEWEST, Stack


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder as tests on the engine."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("engine")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked `every_sdk` twice, on the newest and on the lowest Pulumi SDK."""
    if metafunc.definition.get_closest_marker("every_sdk"):
        metafunc.fixturenames.append("venv")
        metafunc.parametrize("venv", [NEWEST, LOWEST], indirect=True, ids=["newest", "lowest"])


@pytest.fixture
def venv(request: pytest.FixtureRequest) -> Path:
    """The Python environment in which programs and the provider run."""
    return getattr(request, "param", NEWEST)


@pytest.fixture
def bare_stack(tmp_path: Path, venv: Path) -> Iterator[Callable[..., Stack]]:
    """Make stacks that know of no cloud: `bare_stack("name of a folder", **arguments of Stack)`."""
    made: list[Stack] = []

    def make(folder: str = "stack", **arguments: Any) -> Stack:
        made.append(Stack(tmp_path / folder, **{"venv": venv, **arguments}))
        return made[-1]

    yield make
    for stack in made:
        stack.kill_all()


@pytest.fixture
def new_stack(bare_stack: Callable[..., Stack], fake_aliyun: Any) -> Callable[..., Stack]:
    """Make stacks that use the test's fake cloud: `new_stack("name of a folder", **arguments of Stack)`."""

    def make(folder: str = "stack", **arguments: Any) -> Stack:
        return bare_stack(folder, **{"environ": fake_aliyun.environ, **arguments})

    return make


@pytest.fixture
def stack(new_stack: Callable[..., Stack]) -> Stack:
    """A stack that uses the test's fake cloud, still without a program."""
    return new_stack()
