"""Secrets don't leave the provider in a message, however they are spelled."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from pulumi_aliyun import redaction

PASSWORD = 'Sword fish+7391!/"x'


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_kept", set())


@pytest.mark.parametrize(
    "spelled",
    [
        PASSWORD,
        quote(PASSWORD, safe=""),
        quote(quote(PASSWORD, safe=""), safe=""),
        quote_plus(PASSWORD),
        json.dumps(PASSWORD),
        base64.b64encode(PASSWORD.encode()).decode(),
        quote(base64.b64encode(PASSWORD.encode()).decode(), safe=""),
    ],
)
def test_a_kept_value_is_cut_out_in_each_spelling(spelled: str) -> None:
    """Services quote a request as they got it, decoded, or encoded once more."""
    redaction.keep({"parameters": [PASSWORD]})
    text = redaction.without_secrets(f"The value {spelled} is not allowed.")
    assert text.replace('"', "") == "The value [secret] is not allowed."


def test_a_line_of_a_script_is_cut_out() -> None:
    """A service may quote the line that it doesn't like."""
    redaction.keep("#!/bin/sh\necho open sesame\n")
    assert "sesame" not in redaction.without_secrets("line 2: echo open sesame: not understood")


@pytest.mark.parametrize("shown", ["vsw-bp1x", "cn-hangzhou-h", "ecs.g6.xlarge", "i-bp1abc"])
def test_ids_of_other_resources_are_told(shown: str) -> None:
    """They are outputs as secrets are, and an error about them has to name them."""
    redaction.keep({"a": shown}, ids=False)
    assert redaction.without_secrets(f"{shown} does not exist") == f"{shown} does not exist"


def test_what_one_resource_keeps_secret_no_other_shows(ecs: Any, fake_aliyun: Any) -> None:
    """A sentence of the API may quote another request than the one that it answers."""
    from pulumi_aliyun.errors import ApiError

    redaction.keep(PASSWORD)
    fake_aliyun.faults.add("DescribeInstances", code="InvalidParameter", message=f"bad {PASSWORD}, sorry")
    with pytest.raises(ApiError, match=r"bad \[secret\], sorry"):
        ecs("DescribeInstances")
