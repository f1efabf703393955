"""The pytest plugin: the fixture `fake_aliyun`, one isolated cloud per test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fake_aliyun.inprocess import FakeAliyun


@pytest.fixture
def fake_aliyun() -> Iterator[FakeAliyun]:
    """A fake Alibaba Cloud for one test; `.url` and `.environ` tell where it is."""
    from fake_aliyun import table
    from fake_aliyun.inprocess import FakeAliyun

    # pytest parses a plugin's modules when they are loaded, and early releases of Python 3.11 can't do that in two
    # threads at a time (gh-106905): so the operations are all loaded before any thread asks for one.
    table.whole()
    with FakeAliyun() as fake:
        yield fake
