"""Capacity reservations and their private pools."""

import time

import pytest
from wire import REGION, RESERVATION, ZONE

from fake_aliyun.clock import utc


def describe(api, **given):
    answer = api("DescribeCapacityReservations", {"RegionId": REGION, **given})
    return answer["CapacityReservationSet"]["CapacityReservationItem"]


def ids(api, **given):
    return [each["PrivatePoolOptionsId"] for each in describe(api, **given)]


def modify(api, reservation, **given):
    named = {"RegionId": REGION, "PrivatePoolOptions.Id": reservation}
    return api("ModifyCapacityReservation", {**named, **given})


def release(api, reservation):
    return api("ReleaseCapacityReservation", {"RegionId": REGION, "PrivatePoolOptions.Id": reservation})


def counts(api, reservation):
    found = api.reservation(reservation)
    return found["instance_amount"], found["used_amount"], found["available_amount"]


def test_a_reservation_is_prepared_then_active(api):
    """Half a second by the fake's clock, in the realistic profile."""
    api.fake.settings(profile="realistic")
    api.control("clock", {"rate": 0})
    reservation = api.reserve()
    assert api.reservation(reservation)["status"] == "Preparing"
    api.fake.clock.advance(0.5)
    assert api.reservation(reservation)["status"] == "Active"


def test_answers_have_the_apis_own_spellings(api):
    """Times to the minute, the platform in lower case, zoneId with a small z, counts as numbers."""
    end = time.time() + 86_400
    reservation = api.reserve(EndTimeType="Limited", EndTime=utc(end), Platform="Linux")
    (shown,) = describe(api)
    assert shown["PrivatePoolOptionsId"] == reservation
    assert shown["Platform"] == "linux"
    assert shown["EndTime"] == utc(end)[:16] + "Z"
    (resource,) = shown["AllocatedResources"]["AllocatedResource"]
    assert (resource["zoneId"], resource["TotalAmount"], resource["AvailableAmount"]) == (ZONE, 2, 2)


def test_unknown_ids_are_left_out(api):
    """Which is no error."""
    reservation = api.reserve()
    assert ids(api, **{"PrivatePoolOptions.Ids": f'["crp-none","{reservation}"]'}) == [reservation]
    assert ids(api, **{"PrivatePoolOptions.Ids": "crp-none"}) == []


def test_released_ones_are_listed_only_when_asked_for(api):
    """By Status Released or All; they stay visible that way and in the state."""
    gone, there = api.reserve(), api.reserve()
    assert release(api, gone).status == 200
    assert ids(api) == [there]
    assert ids(api, Status="Released") == [gone]
    assert ids(api, Status="All") == [gone, there]
    assert api.reservation(gone)["status"] == "Released"


def test_released_ones_are_not_found_by_their_type(api):
    """Of those with a type, only what isn't released is listed."""
    gone, here = api.reserve(), api.reserve()
    api("ReleaseCapacityReservation", {"RegionId": REGION, "PrivatePoolOptions.Id": gone})
    given = {"RegionId": REGION, "Status": "All", "InstanceType": "ecs.g6.xlarge"}
    listed = api("DescribeCapacityReservations", given)["CapacityReservationSet"]["CapacityReservationItem"]
    assert [each["PrivatePoolOptionsId"] for each in listed] == [here]


def test_a_released_one_can_not_be_changed_or_released_again(api):
    """The pool is expired or inactive."""
    reservation = api.reserve()
    release(api, reservation)
    assert release(api, reservation).code == "Invalid.PrivatePoolOptions.status"
    assert modify(api, reservation, InstanceAmount=3).code == "Invalid.PrivatePoolOptions.status"


def test_a_limited_one_ends_by_itself(api):
    """At its end time, and not before; it can be released once it is Unlimited."""
    end = utc(api.fake.clock.now() + 3600)
    ending, kept = (
        api.reserve(EndTimeType="Limited", EndTime=end),
        api.reserve(EndTimeType="Limited", EndTime=end),
    )
    assert release(api, kept).code == "Invalid.Action.ReleaseCapacityReservation"
    assert modify(api, kept, EndTimeType="Unlimited").status == 200
    api.fake.clock.advance(3500)
    assert api.reservation(ending)["status"] == "Active"
    api.fake.clock.advance(101)
    assert api.reservation(ending)["status"] == "Released"
    assert api.reservation(kept)["status"] == "Active"
    assert release(api, kept).status == 200


def test_an_end_can_be_put_off(api):
    """The earlier one no longer counts."""
    now = api.fake.clock.now()
    reservation = api.reserve(EndTimeType="Limited", EndTime=utc(now + 3600))
    assert modify(api, reservation, EndTime=utc(now + 7200)).status == 200
    api.fake.clock.advance(3601)
    assert api.reservation(reservation)["status"] == "Active"
    api.fake.clock.advance(3600)
    assert api.reservation(reservation)["status"] == "Released"


def test_all_that_end_at_once_have_ended(api):
    """At the first look."""
    end = utc(api.fake.clock.now() + 3600)
    for _ in range(3):
        api.reserve(EndTimeType="Limited", EndTime=end)
    api.fake.clock.advance(3601)
    assert [each["status"] for each in api.fake.state()["capacity_reservations"]] == ["Released"] * 3


def test_a_limited_one_needs_an_end(api):
    """You must also specify the EndTime parameter."""
    assert (
        api("CreateCapacityReservation", {**RESERVATION, "EndTimeType": "Limited"}).code == "Invalid.EndTime"
    )


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"InstanceAmount": "0"}, "InvalidParameter.InstanceAmount"),
        ({"InstanceAmount": "1001"}, "InvalidParameter.InstanceAmount"),
        ({"Description": "x"}, "InvalidDescription.Malformed"),
        ({"Description": "https://x"}, "InvalidDescription.Malformed"),
        ({"PrivatePoolOptions.Name": "a b"}, "Invalid.PrivatePoolOptionsName.MalFormed"),
        ({"PrivatePoolOptions.Name": "a" * 129}, "Invalid.PrivatePoolOptionsName.MalFormed"),
        ({"Tag.1.Key": ""}, "InvalidTagKey.Malformed"),
        ({"Tag.1.Key": "acs:x"}, "InvalidTagKey.Malformed"),
        ({"Tag.1.Key": "aliyunx"}, "InvalidTagKey.Malformed"),
        ({"Tag.1.Key": "a", "Tag.1.Value": "acs:x"}, "InvalidTagValue.Malformed"),
        ({"Tag.1.Key": "a", "Tag.1.Value": "http://x"}, "InvalidTagValue.Malformed"),
        ({"Tag.1.Key": "a", "Tag.2.Key": "a"}, "Duplicate.TagKey"),
        ({f"Tag.{n}.Key": f"k{n}" for n in range(1, 22)}, "NumberExceed.Tags"),
        ({"EndTimeType": "Never"}, "InvalidParameter.EndTimeType"),
        ({"ClientToken": "é"}, "InvalidClientToken.ValueNotSupported"),
        ({"ClientToken": "t" * 65}, "InvalidClientToken.ValueNotSupported"),
    ],
)
def test_what_the_page_forbids_is_refused(api, given, code):
    """With its code, and nothing is made."""
    answer = api("CreateCapacityReservation", {**RESERVATION, **given})
    assert (answer.status, answer.code) == (400, code)
    assert api.fake.state()["capacity_reservations"] == []


def test_what_the_page_allows_passes(api):
    """Chinese names, empty tag values, 20 tags, 128 characters, an end to the second."""
    tags = {f"Tag.{n}.Key": "k" * 126 + f"{n:02d}" for n in range(1, 21)}
    given = {"PrivatePoolOptions.Name": "容" * 128, "Description": "de", "ClientToken": "~" * 64, **tags}
    reservation = api.reserve(**given)
    assert api.reservation(reservation)["name"] == "容" * 128
    assert set(api.reservation(reservation)["tags"].values()) == {""}


def test_what_is_not_given_stays(api):
    """A modification changes what it names; an empty description clears it."""
    reservation = api.reserve(Description="before", **{"PrivatePoolOptions.Name": "name-1"})
    modify(api, reservation, InstanceAmount=5)
    assert counts(api, reservation) == (5, 0, 5)
    assert api.reservation(reservation)["description"] == "before"
    modify(api, reservation, Description="")
    assert api.reservation(reservation)["description"] == ""
    assert api.reservation(reservation)["name"] == "name-1"


def test_a_pool_can_not_become_smaller_than_what_is_used(api):
    """Valid values: the number of used instances to 1000."""
    reservation = api.reserve(InstanceAmount=3)
    api.run(**api.target(reservation))
    api.run(**api.target(reservation))
    assert modify(api, reservation, InstanceAmount=1).code == "InvalidParameter.InstanceAmount"
    assert modify(api, reservation, InstanceAmount=2).status == 200
    assert counts(api, reservation) == (2, 2, 0)


def test_filters_are_anded(api):
    """Tags by key alone or with their value, zone, type, status."""
    one = api.reserve(**{"Tag.1.Key": "a", "Tag.1.Value": "1", "Tag.2.Key": "b", "Tag.2.Value": "2"})
    two = api.reserve(**{"Tag.1.Key": "a", "Tag.1.Value": "2", "ZoneId.1": "cn-hangzhou-i"})
    assert ids(api, **{"Tag.1.Key": "a"}) == [one, two]
    assert ids(api, **{"Tag.1.Key": "a", "Tag.1.Value": "2"}) == [two]
    assert ids(api, **{"Tag.1.Key": "a", "Tag.2.Key": "b"}) == [one]
    assert ids(api, ZoneId="cn-hangzhou-i") == [two]
    assert ids(api, InstanceType="ecs.c6.large") == []
    assert ids(api, RegionId="cn-beijing") == []


def test_the_console_can_schedule_one(api):
    """Pending until its start, then Active; the default list leaves it out until then."""
    start = api.fake.clock.now() + 600
    made = api.control("capacity_reservations", {"start_time": start, "instance_amount": 3})["id"]
    assert api.reservation(made)["status"] == "Pending"
    assert ids(api) == []
    assert ids(api, Status="Pending") == [made]
    api.fake.clock.advance(601)
    assert api.reservation(made)["status"] == "Active"
    assert ids(api) == [made]


def test_stock_is_what_is_left(api):
    """Reserving takes from it, releasing gives back, more than there is is refused."""
    api.fake.settings(stock={f"{ZONE}/ecs.g6.xlarge": 3})
    reservation = api.reserve(InstanceAmount=2)
    assert modify(api, reservation, InstanceAmount=4).code == "NoStock"
    assert modify(api, reservation, InstanceAmount=3).status == 200
    assert modify(api, reservation, InstanceAmount=4).code == "OperationDenied.NoStock"
    release(api, reservation)
    assert api.control("settings").json["stock"] == {f"{ZONE}/ecs.g6.xlarge": 3}


def test_a_quota_is_kept(api):
    """By reservations and instances together."""
    api.fake.settings(quota=3)
    api.reserve(InstanceAmount=2)
    api.run()
    assert api("CreateCapacityReservation", RESERVATION).code == "QuotaExceed.ElasticQuota"
