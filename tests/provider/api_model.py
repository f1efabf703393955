"""ECS as far as the life of one resource sees it: each call is kept, and answered with what a test says."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_aliyun import cloud, polls
from pulumi_aliyun.bridge import Operation

REGION = "cn-hangzhou"


class Api:
    """Keeps what is asked, answers what it was told to, and shows the resource as it is, look by look."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, shared_poll: str, id_: str) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.repeatable: list[bool] = []
        self.answers: dict[str, Any] = {}
        """By operation: what it answers or raises, or a list of that, call by call; else nothing."""
        self.limits: list[float | None] = []
        """How long each call that is made patiently may be refused."""
        self.shows: list[dict[str, Any] | None] = []
        self.waits: list[dict[str, Any]] = []
        self._id = id_
        monkeypatch.setattr(cloud, "ecs", self._ecs)
        monkeypatch.setattr(cloud, "patiently", self._patiently)
        monkeypatch.setattr(polls, shared_poll, self._watch)

    def _ecs(
        self, _: Operation, region_id: str, action: str, parameters: Any, *, repeatable: bool = True
    ) -> dict[str, Any]:
        assert region_id == REGION
        self.asked.append((action, dict(parameters)))
        self.repeatable.append(repeatable)
        answer = self.answers.get(action, {})
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)

    def _patiently(self, _: Operation, call: Any, *, limit: float | None = None) -> Any:
        self.limits.append(limit)
        return call()

    def _watch(self, region_id: str) -> Api:
        assert region_id == REGION
        return self

    def once(self, _: Operation, id_: str) -> dict[str, Any] | None:
        """What is shown next."""
        assert id_ == self._id
        return self.shows.pop(0)

    def until(self, operation: Operation, id_: str, done: Any, **how: Any) -> Any:
        """Show one after the other until that is enough."""
        self.waits.append(how)
        while (result := done(self.once(operation, id_))) is None:
            pass
        return result

    def also(self, _: Any) -> None:
        """Nothing is listed."""

    @property
    def actions(self) -> list[str]:
        """The operations that were called."""
        return [action for action, _ in self.asked]
