"""How reservations and instances show their marks, and how those come off."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_aliyun import aftermath, attempts, cloud
from pulumi_aliyun.bridge import Operation
from pulumi_aliyun.capacity_reservation import RESERVATIONS
from pulumi_aliyun.ecs_instance import INSTANCES
from pulumi_aliyun.errors import NeedsDecision
from pulumi_aliyun.marks import Marked
from pulumi_aliyun.run import Run

HOME = "cn-hangzhou"
LISTS = {
    RESERVATIONS: ("DescribeCapacityReservations", "CapacityReservationSet"),
    INSTANCES: ("DescribeInstances", "Instances"),
}
TYPES = {RESERVATIONS: "capacityreservation", INSTANCES: "instance"}
NAMES = {RESERVATIONS: "CapacityReservation", INSTANCES: "EcsInstance"}


@pytest.fixture(params=[RESERVATIONS, INSTANCES], ids=NAMES.values())
def kind(request: pytest.FixtureRequest) -> Marked:
    """Each kind that bears marks."""
    found: Marked = request.param
    return found


def thing(kind: Marked, id_: str, mark: str = "", own: int = 0, **more: str) -> dict[str, Any]:
    """One of the kind, as it is described."""
    pairs = {f"tag-{number}": "x" for number in range(own)} | ({attempts.MARK: mark} if mark else {})
    tags = [{"TagKey": name, "TagValue": value} for name, value in pairs.items()]
    return {kind.source.id: id_, "Tags": {"Tag": tags}, **more}


class Region:
    """Stands in for the cloud's lists."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[Any] = []
        self.items: list[dict[str, Any]] = []
        monkeypatch.setattr(cloud, "pages", self._pages)
        monkeypatch.setattr(cloud, "ecs", self._ecs)
        monkeypatch.setattr(aftermath, "patiently", self._patiently)

    def _pages(self, _: Operation, region_id: str, action: str, given: Any, key: str) -> Any:
        self.asked.append((region_id, action, given, key))
        return iter(self.items)

    def _ecs(self, _: Operation, region_id: str, action: str, given: Any) -> dict[str, Any]:
        self.asked.append((region_id, action, given))
        return {}

    def _patiently(self, _: Operation, kind: str, region_id: str, id_: str) -> Any:
        self.asked.append((region_id, kind, id_))
        return self.items[0] if self.items else None


@pytest.fixture
def region(monkeypatch: pytest.MonkeyPatch) -> Region:
    return Region(monkeypatch)


def test_all_that_bears_a_mark_is_listed_with_it(region: Region, kind: Marked) -> None:
    """Whosever it is; what is released is no longer there."""
    region.items = [
        thing(kind, "x-1", "a", own=2, Status="Running"),
        thing(kind, "x-2", "b"),
        thing(kind, "x-3", "c", Status="Released"),
    ]
    assert kind.marked(Operation(), HOME) == {"x-1": "a", "x-2": "b"}
    action, key = LISTS[kind]
    given = {"RegionId": HOME, "Tag": [{"Key": attempts.MARK}], "MaxResults": 100}
    assert region.asked == [(HOME, action, given, key)]


def test_fifty_lose_their_mark_with_one_call(region: Region, kind: Marked) -> None:
    """The user's own tags stay."""
    ids = [f"x-{number}" for number in range(51)]
    kind.unmark(Operation(), HOME, ids)
    common = {"RegionId": HOME, "ResourceType": TYPES[kind], "TagKey": [attempts.MARK]}
    assert region.asked == [
        (HOME, "UntagResources", {**common, "ResourceId": ids[:50]}),
        (HOME, "UntagResources", {**common, "ResourceId": ids[50:]}),
    ]


@pytest.mark.parametrize(
    ("mark", "status", "marked", "alive"),
    [
        ("a", "Running", True, True),
        ("", "Running", True, False),
        ("", "Running", False, True),
        ("a", "Released", True, False),
        ("", "Released", False, False),
        ("", None, True, False),
        ("", None, False, False),
    ],
)
def test_what_a_creating_call_named_lives_if_it_shows_up_as_new(
    region: Region,
    kind: Marked,
    mark: str,
    status: str | None,
    *,
    marked: bool,
    alive: bool,
) -> None:
    """With the mark that it was to bear: without it, an earlier state has known it."""
    region.items = [thing(kind, "x-1", mark, Status=status)] if status else []
    assert kind.alive(Operation(), HOME, "x-1", marked=marked, again=False) is alive
    assert region.asked == [(HOME, NAMES[kind], "x-1")]


def test_what_had_no_room_for_a_mark_may_be_what_was_bought(region: Region, this: Run, kind: Marked) -> None:
    """Its own tags count, and not the mark; what this stack has isn't it."""
    this.held = {"x-held"}
    region.items = [
        thing(kind, "x-1", own=19),
        thing(kind, "x-2", "a", own=19),
        thing(kind, "x-held", own=20),
    ]
    kind.unexplained(Operation(), HOME)
    action, key = LISTS[kind]
    assert region.asked == [(HOME, action, {"RegionId": HOME, "MaxResults": 100}, key)]
    region.items.append(thing(kind, "x-3", own=20))
    with pytest.raises(NeedsDecision, match=f"this {kind.name} with other arguments.* of these: x-3\n"):
        kind.unexplained(Operation(), HOME)
