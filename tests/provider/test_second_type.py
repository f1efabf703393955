"""An instance's type is changed once in five minutes: what a second change does before that."""

from __future__ import annotations

from typing import Any

import pytest
from cloud_model import CloudModel
from engine_model import Engine

from fake_aliyun import FakeAliyun
from pulumi_aliyun import bridge
from pulumi_aliyun.ecs_instance import EcsInstanceProvider
from pulumi_aliyun.errors import ApiError

PROVIDER = EcsInstanceProvider()
SMALL = {
    "instance_type": "ecs.g6.large",
    "image_id": "img-1",
    "vswitch_id": "vsw-1",
    "security_group_ids": ["sg-1"],
}
LARGE = {**SMALL, "instance_type": "ecs.g6.xlarge"}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> CloudModel:
    """A cloud in a time of its own."""
    return CloudModel(monkeypatch, FakeAliyun(profile="instant"))


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, cloud: CloudModel) -> Engine:
    """A stack with an instance, whose type has just been changed."""
    engine = Engine(monkeypatch, begins=cloud.begins)
    engine.up({"web": (PROVIDER, SMALL)})
    engine.up({"web": (PROVIDER, LARGE)})
    return engine


def _instance(cloud: CloudModel) -> tuple[Any, Any]:
    [found] = cloud.fake.state()["instances"]
    return found["instance_type"], found["status"]


def test_it_waits_until_it_is_allowed(
    engine: Engine, cloud: CloudModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The resource's row says for what, and the API is asked at a growing distance only."""
    told: list[str] = []
    monkeypatch.setattr(bridge.Operation, "say", lambda _, message: told.append(message))
    engine.up({"web": (PROVIDER, SMALL)})
    assert _instance(cloud) == ("ecs.g6.large", "Running")
    waited = [each for each in told if "ModifyInstanceSpec: allowed once in 5 minutes" in each]
    assert 5 < len(waited) < 60


def test_it_is_started_again_where_the_wait_is_too_long(
    engine: Engine, cloud: CloudModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wait that comes to its end leaves the instance running, and the next `up` goes on."""
    monkeypatch.setattr("pulumi_aliyun.bridge.DEFAULT_TIMEOUT_S", 6.0)
    with pytest.raises(ApiError, match=r"Throttling(.|\n)*once in that time"):
        engine.up({"web": (PROVIDER, SMALL)})
    assert _instance(cloud) == ("ecs.g6.xlarge", "Running")
