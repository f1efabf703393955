"""The provider's door to the cloud, without an engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from pulumi_aliyun import bridge, cloud, run

Caller = Callable[..., dict[str, Any]]


@pytest.fixture
def ecs(fake_aliyun: Any) -> Caller:
    """Call an ECS operation of the test's fake cloud, the way the provider does."""
    settings = {
        "aliyun:region": "cn-hangzhou",
        "aliyun:accessKey": fake_aliyun.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        "aliyun:secretKey": fake_aliyun.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        "aliyun:endpoints": json.dumps({"ecs": fake_aliyun.url, "bssopenapi": fake_aliyun.url}),
    }
    cloud.configure(settings.get)

    def call(action: str, **parameters: Any) -> dict[str, Any]:
        return cloud.ecs(bridge.Operation(), "cn-hangzhou", action, {"RegionId": "cn-hangzhou", **parameters})

    return call


@pytest.fixture
def this(monkeypatch: pytest.MonkeyPatch) -> run.Run:
    """What the provider's process has learnt of its run: nothing yet."""
    monkeypatch.setattr(run, "this", run.Run())
    monkeypatch.setattr(bridge, "at_end", lambda _: None)
    return run.this


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the run says beside the resources."""
    said: list[str] = []

    def tell(_: bridge.Operation, message: str, severity: str = "INFO") -> None:
        said.append(f"{severity} {message}")

    monkeypatch.setattr(bridge.Operation, "tell", tell)
    return said
