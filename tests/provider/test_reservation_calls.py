"""What the life of a reservation asks of the API, and what it makes of the answers; call by call, without a cloud."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from api_model import REGION, Api

from pulumi_aliyun import cloud, polls, wire
from pulumi_aliyun.bridge import Operation
from pulumi_aliyun.capacity_reservation import RESERVATIONS, CapacityReservationProvider
from pulumi_aliyun.errors import AliyunError, ApiError, InvalidInput

ID = "crp-1"
PROVIDER = CapacityReservationProvider()
PAST, FUTURE = "2020-01-01T00:00Z", "2099-01-01T00:00Z"
NAMED = {"RegionId": REGION, "PrivatePoolOptions": {"Id": ID}}
SHARED = "InvalidPermission.ResourceShareAssocoated"


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    return Api(monkeypatch, "reservations", ID)


def refusal(code: str) -> ApiError:
    return ApiError("ReleaseCapacityReservation", code, "no", request_id="r-1")


def item(status: str = "Active", *, total: int = 5, used: int = 0, **more: Any) -> dict[str, Any]:
    """One as DescribeCapacityReservations shows it."""
    allocated = {"InstanceType": "ecs.g6.large", "TotalAmount": total, "UsedAmount": used}
    return {
        "PrivatePoolOptionsId": ID,
        "Status": status,
        "AllocatedResources": {"AllocatedResource": [allocated]},
        **more,
    }


# ---- how one is seen ---------------------------------------------------------------------------------------


def test_a_reservation_is_seen_with_all_that_it_has(api: Api) -> None:
    """Under the names of the program; its zone in either spelling."""
    allocated = {
        "InstanceType": "ecs.g6.large",
        "zoneId": "cn-hangzhou-h",
        "TotalAmount": 5,
        "UsedAmount": 2,
        "AvailableAmount": 3,
    }
    whole = {
        "PrivatePoolOptionsId": ID,
        "PrivatePoolOptionsName": "batch",
        "PrivatePoolOptionsMatchCriteria": "Target",
        "Description": "for batches",
        "RegionId": REGION,
        "EndTimeType": "Limited",
        "EndTime": FUTURE,
        "Platform": "Linux",
        "ResourceGroupId": "rg-1",
        "Status": "Active",
        "StartTime": PAST,
        "StartTimeType": "Now",
        "Tags": {"Tag": [{"TagKey": "team", "TagValue": "a"}]},
        "AllocatedResources": {"AllocatedResource": [allocated]},
    }
    seen = {
        "instance_type": "ecs.g6.large",
        "instance_amount": 5,
        "zone_id": "cn-hangzhou-h",
        "region_id": REGION,
        "name": "batch",
        "description": "for batches",
        "match_criteria": "Target",
        "end_time_type": "Limited",
        "end_time": FUTURE,
        "platform": "Linux",
        "resource_group_id": "rg-1",
        "tags": {"team": "a"},
        "status": "Active",
        "used_amount": 2,
        "available_amount": 3,
        "start_time_actual": PAST,
        "end_time_actual": FUTURE,
        "start_time_type": "Now",
    }
    assert PROVIDER.look(Operation(), REGION, ID, {}, whole) == seen
    allocated["ZoneId"] = allocated.pop("zoneId")
    api.shows = [whole]
    assert PROVIDER.look(Operation(), REGION, ID, {}) == seen
    bare = PROVIDER.look(Operation(), REGION, ID, {}, {"Status": "Active"})
    assert bare is not None
    assert (bare["instance_amount"], bare["used_amount"], bare["available_amount"]) == (0, 0, 0)
    assert (bare["instance_type"], bare["zone_id"], bare["tags"]) == (None, None, {})


ENDED = {"end_time_type": "Limited", "end_time": PAST, "instance_type": "ecs.g6.large"}


@pytest.mark.parametrize(
    ("shown", "known", "live"),
    [
        (item("Released", EndTimeType="Limited"), {}, "Released"),
        (item("Released", EndTimeType="Unlimited"), ENDED, None),
        (item("Active", EndTimeType="Unlimited"), {}, "Active"),
        (item("Released"), ENDED, "Released"),
        # the list forgets what ended at its own time, and the state knows better
        (None, ENDED, "Released"),
        (None, {**ENDED, "end_time": FUTURE}, None),
        (None, {**ENDED, "end_time_type": "Unlimited"}, None),
        (None, {**ENDED, "end_time": None}, None),
        (None, {}, None),
    ],
)
def test_what_ended_at_its_own_time_is_not_gone(
    api: Api, shown: Any, known: dict[str, Any], live: str | None
) -> None:
    """It isn't bought again; what somebody released is."""
    api.shows = [shown]
    seen = PROVIDER.look(Operation(), REGION, ID, known)
    assert (seen or {}).get("status") == live
    if live and shown is None:
        assert seen == {**known, "status": "Released", "used_amount": 0, "available_amount": 0}


@pytest.mark.parametrize(("minute", "over"), [("11:59", True), ("12:00", True), ("12:01", False)])
def test_it_ends_at_its_minute(api: Api, monkeypatch: pytest.MonkeyPatch, minute: str, over: bool) -> None:
    """By the service's clock."""
    now = datetime(2026, 11, 22, 12, 0, 0, tzinfo=timezone.utc)
    monkeypatch.setattr(wire, "now", lambda: now)
    api.shows = [None]
    known = {**ENDED, "end_time": f"2026-11-22T{minute}Z"}
    assert (PROVIDER.look(Operation(), REGION, ID, known) is not None) is over


def test_a_new_reservation_is_waited_for_until_instances_can_use_it(api: Api) -> None:
    """Or until it has ended already."""
    api.shows = [None, item("Pending"), item("Preparing"), item("Active")]
    seen = PROVIDER.settle(Operation(), REGION, ID, {})
    assert seen is not None and seen["Status"] == "Active" and api.shows == []
    assert api.waits == [
        {"what": "waiting for the reservation to become Active", "gone_after": polls.UNLISTED_S}
    ]
    api.shows = [item("Released")]
    assert PROVIDER.settle(Operation(), REGION, ID, {}) is not None


# ---- fewer than are used -----------------------------------------------------------------------------------


def test_a_reservation_is_not_shrunk_below_its_use(api: Api) -> None:
    """The instances that use it are named, those of all pages."""
    api.shows = [item(used=3)]
    users = [{"InstanceId": f"i-{number}"} for number in (1, 2, 3)]
    api.answers["DescribeCapacityReservationInstances"] = [
        {"CapacityReservationItem": {"CapacityReservationItem": users[:2]}, "NextToken": "next"},
        {"CapacityReservationItem": {"CapacityReservationItem": users[2:]}},
    ]
    with pytest.raises(InvalidInput) as refused:
        PROVIDER.change(
            Operation(), ID, {"region_id": REGION}, {"instance_amount": 1}, frozenset({"instance_amount"})
        )
    assert str(refused.value).split("\n") == [
        "instance_amount: 1 is less than the 3 instances that use crp-1: i-1, i-2, i-3",
        "  what to do: reserve at least 3, or stop using the reservation with 2 of them first",
    ]
    asked = {**NAMED, "MaxResults": 100}
    assert api.asked == [
        ("DescribeCapacityReservationInstances", {**asked, "NextToken": token}) for token in (None, "next")
    ]


@pytest.mark.parametrize("shown", [item(used=3), None])
def test_a_reservation_is_shrunk_to_its_use(api: Api, shown: Any) -> None:
    """By one call."""
    api.shows = [shown]
    changed = frozenset({"instance_amount"})
    PROVIDER.change(Operation(), ID, {"region_id": REGION}, {"instance_amount": 3}, changed)
    assert api.asked == [("ModifyCapacityReservation", {**NAMED, "InstanceAmount": 3})]


# ---- release -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("used", "said"),
    [
        (0, []),
        (1, ["INFO 1 running instance of crp-1 keeps running, without the reserved capacity"]),
        (2, ["INFO 2 running instances of crp-1 keep running, without the reserved capacity"]),
    ],
)
def test_a_reservation_is_released_and_waited_for(
    api: Api, told: list[str], used: int, said: list[str]
) -> None:
    """Who loses the pool is said."""
    api.shows = [item(used=used), item("Active", EndTimeType="Limited"), item("Released")]
    PROVIDER.give_back(Operation(), REGION, ID, {})
    assert api.asked == [("ReleaseCapacityReservation", NAMED)]
    assert (told, api.shows) == (said, [])
    assert api.waits == [{"what": "waiting for the reservation to be released"}]


@pytest.mark.parametrize("shown", [None, item("Released")])
def test_what_is_gone_already_is_not_released(api: Api, shown: Any) -> None:
    """Nor is it an error."""
    api.shows = [shown]
    PROVIDER.give_back(Operation(), REGION, ID, {})
    assert api.asked == []


@pytest.mark.parametrize("shown", [item("Pending"), item("Prepared"), item("Active", StartTimeType="Later")])
def test_a_scheduled_reservation_is_left_to_the_console(api: Api, shown: Any) -> None:
    """The API refuses to release it."""
    api.shows = [shown]
    with pytest.raises(InvalidInput, match=r"crp-1 can't be released: start_time: .* in the ECS console"):
        PROVIDER.give_back(Operation(), REGION, ID, {})
    assert api.asked == []


LIMITED = item(EndTimeType="Limited", EndTime="2099-01-01T00:00Z")
ENDLESS = item(EndTimeType="Unlimited")
UNLIMITED = ("ModifyCapacityReservation", {**NAMED, "EndTimeType": "Unlimited"})
RELEASE = ("ReleaseCapacityReservation", NAMED)
AGAIN = (
    "ModifyCapacityReservation",
    {**NAMED, "EndTimeType": "Limited", "EndTime": "2099-01-01T00:00:00Z"},
)


def test_one_with_an_end_is_made_endless_before_it_is_released(api: Api) -> None:
    """The API refuses it else; what nobody has just seen is looked at."""
    api.shows = [LIMITED, None]
    RESERVATIONS.release(Operation(), REGION, ID)
    assert api.asked == [UNLIMITED, RELEASE]
    api.asked.clear()
    api.shows = [None, None]
    RESERVATIONS.release(Operation(), REGION, ID)
    assert api.asked == [RELEASE]


def test_what_can_not_be_released_has_its_end_again(api: Api, told: list[str]) -> None:
    """It would be billed for ever."""
    api.answers["ReleaseCapacityReservation"] = refusal("Forbidden")
    api.shows = [ENDLESS]
    with pytest.raises(ApiError, match="Forbidden"):
        RESERVATIONS.release(Operation(), REGION, ID, before=LIMITED)
    assert api.asked == [UNLIMITED, RELEASE, AGAIN]
    assert told == []


def test_where_even_that_fails_it_is_told(api: Api, told: list[str]) -> None:
    """As a warning, beside the refusal."""
    api.answers["ReleaseCapacityReservation"] = refusal("Forbidden")
    api.answers["ModifyCapacityReservation"] = [{}, refusal("Forbidden.RAM")]
    api.shows = [ENDLESS]
    with pytest.raises(ApiError, match="Forbidden: no"):
        RESERVATIONS.release(Operation(), REGION, ID, before=LIMITED)
    assert told == ["WARNING it has no end_time any more, and is billed until it is released"]


@pytest.mark.parametrize(
    ("before", "after", "asked"),
    [
        (LIMITED, LIMITED, [UNLIMITED, RELEASE]),  # somebody has put it back already
        (ENDLESS, ENDLESS, [RELEASE]),
    ],
)
def test_an_end_that_is_as_it_was_is_not_set_again(
    api: Api, before: dict[str, Any], after: dict[str, Any], asked: list[Any]
) -> None:
    """Nothing has to be undone."""
    api.answers["ReleaseCapacityReservation"] = refusal("Forbidden")
    api.shows = [after]
    with pytest.raises(ApiError, match="Forbidden"):
        RESERVATIONS.release(Operation(), REGION, ID, before=before)
    assert api.asked == asked


@pytest.mark.parametrize("shown", [None, item("Released")])
def test_a_refusal_of_what_is_gone_is_none(api: Api, shown: Any) -> None:
    """The code for it stands for other things, too: it is looked at."""
    api.answers["ReleaseCapacityReservation"] = refusal("Invalid.PrivatePoolOptions.Id")
    api.shows = [shown, shown]
    RESERVATIONS.release(Operation(), REGION, ID, before=ENDLESS)
    assert api.asked == [RELEASE]


# ---- shares ------------------------------------------------------------------------------------------------


def shared(api: Api, **more: Any) -> list[str]:
    """What is told of a reservation that its shares keep."""
    api.answers["ReleaseCapacityReservation"] = refusal(SHARED)
    api.shows = [{**ENDLESS, **more}]
    with pytest.raises(InvalidInput) as refused:
        RESERVATIONS.release(Operation(), REGION, ID, before=ENDLESS)
    lines = str(refused.value).split("\n")
    at = next(index for index, line in enumerate(lines) if "request id" in line)
    return lines[at + 1 :]


def test_who_shares_a_reservation_and_who_uses_it_is_told(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The owner's own instances keep nothing."""
    shares = [{"ResourceShareId": "rs-1", "ResourceShareName": "one"}, {"ResourceShareId": "rs-2"}]
    monkeypatch.setattr(
        cloud, "shares_of", lambda _, region_id, id_: shares * ((region_id, id_) == (REGION, ID))
    )
    named = "  shared by: rs-1 (one), rs-2 (None); take crp-1 out of it with DisassociateResourceShare"
    assert shared(api) == [named]
    uses = [
        {"AccountId": 1, "UsedAmount": 5},
        {"AccountId": 2, "UsedAmount": 3},
        {"AccountId": 3, "UsedAmount": 1},
    ]
    allocated = [{"CapacityReservationUsages": {"CapacityReservationUsage": uses}}]
    told = shared(api, CapacityReservationOwnerId="1", AllocatedResources={"AllocatedResource": allocated})
    assert told == [named, "  other accounts' instances in it: 2 (3), 3 (1)"]


def test_how_to_find_who_shares_a_reservation_is_told_where_it_can_not_be_seen(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the reason, if there is one."""
    find = (
        "  to find it: ListResourceShareAssociations with AssociationType Resource and ResourceId crp-1, "
        "or Resource Management > Resource Sharing in the console"
    )
    monkeypatch.setattr(cloud, "shares_of", lambda *_: [])
    assert shared(api) == [find]

    def forbidden(*_: Any) -> None:
        raise AliyunError("not allowed\n  what to do: ask")

    monkeypatch.setattr(cloud, "shares_of", forbidden)
    assert shared(api) == ["  which one can't be seen: not allowed", find]
