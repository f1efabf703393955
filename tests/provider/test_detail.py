"""Which members of a property a diff names."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_aliyun import bridge


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (1.0, 2.0, {"it": "UPDATE"}),
        (None, 2.0, {"it": "ADD"}),
        ({"a": 1.0}, None, {"it": "DELETE"}),
        ({"a": 1.0, "b": 1.0, "c": 1.0}, {"a": 2.0, "b": 1.0, "d": 1.0},
         {"it.a": "UPDATE", "it.c": "DELETE", "it.d": "ADD"}),
        ({}, {'a "b"': "", "环境": "x"}, {'it["a \\"b\\""]': "ADD", "it.环境": "ADD"}),
        ([{"size": 1.0}, {"size": 1.0}], [{"size": 1.0}, {"size": 2.0}], {"it[1].size": "UPDATE"}),
        (["a", "b"], ["b", "b"], {"it[0]": "UPDATE"}),
        (["a"], ["a", "b"], {"it": "UPDATE"}),
        ({"a": 1.0}, {"a": 1.0}, {"it": "UPDATE"}),  # it differs from what the inputs don't tell
        ({}, {}, {"it": "UPDATE"}),
    ],
)  # fmt: skip
def test_each_member_that_differs_is_named(old: Any, new: Any, expected: dict[str, str]) -> None:
    """As paths that the engine reads; the whole property where no single member is to blame."""
    assert dict(bridge._members("it", old, new)) == expected
