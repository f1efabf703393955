"""Pages: by token and by number, everything once."""

import json

import pytest
from wire import INSTANCE, REGION


def walk(api, action, path, **given):
    """Follows tokens to the end; gives the pages."""
    pages, token = [], ""
    while True:
        answer = api(action, {"RegionId": REGION, **given, **({"NextToken": token} if token else {})})
        found = answer.json
        for name in path:
            found = found[name]
        pages.append(found)
        token = answer["NextToken"]
        if not token:
            return pages


@pytest.mark.parametrize("extra", [{}, {"Status": "Running"}])
def test_instances_are_walked_by_token(api, extra):
    """Each once, whether filtered or not; the last page has no token."""
    api("RunInstances", {**INSTANCE, "Amount": 25})
    pages = walk(api, "DescribeInstances", ["Instances", "Instance"], MaxResults=10, **extra)
    assert [len(page) for page in pages] == [10, 10, 5]
    assert len({each["InstanceId"] for page in pages for each in page}) == 25


def test_a_full_last_page_is_the_last(api):
    """No token leads to an empty page."""
    api("RunInstances", {**INSTANCE, "Amount": 20})
    pages = walk(api, "DescribeInstances", ["Instances", "Instance"], MaxResults=10)
    assert [len(page) for page in pages] == [10, 10]


def test_a_walk_goes_on_when_something_was_deleted(api):
    """What is still there is neither left out nor shown twice."""
    ids = api("RunInstances", {**INSTANCE, "Amount": 13})["InstanceIdSets"]["InstanceIdSet"]
    first = api("DescribeInstances", RegionId=REGION, MaxResults=10)
    for each in ids[1:10]:
        api("DeleteInstance", InstanceId=each, Force="true")
    rest = api("DescribeInstances", RegionId=REGION, MaxResults=10, NextToken=first["NextToken"])
    assert [each["InstanceId"] for each in rest["Instances"]["Instance"]] == ids[10:]


def test_a_walk_through_a_pool_goes_on_when_an_instance_has_left_it(api):
    """What is still there is neither left out nor shown twice."""
    reservation = api.reserve(InstanceAmount=6)
    api("RunInstances", {**INSTANCE, **api.target(reservation), "Amount": 6})
    given = {"RegionId": REGION, "PrivatePoolOptions.Id": reservation, "MaxResults": 3}
    first = api("DescribeCapacityReservationInstances", given)
    seen = [each["InstanceId"] for each in first["CapacityReservationItem"]["InstanceIdSet"]]
    api("DeleteInstance", InstanceId=seen[0], Force="true")
    rest = api("DescribeCapacityReservationInstances", given, NextToken=first["NextToken"])
    others = [each["InstanceId"] for each in rest["CapacityReservationItem"]["InstanceIdSet"]]
    assert (len(others), set(others) & set(seen), rest["NextToken"]) == (3, set(), "")


def test_instances_asked_for_by_id_are_walked_by_token_too(api):
    """A page is as long as asked for, however many ids are given."""
    ids = api("RunInstances", {**INSTANCE, "Amount": 15})["InstanceIdSets"]["InstanceIdSet"]
    given = {"InstanceIds": json.dumps(ids), "MaxResults": 10}
    pages = walk(api, "DescribeInstances", ["Instances", "Instance"], **given)
    assert [[each["InstanceId"] for each in page] for page in pages] == [ids[:10], ids[10:]]


@pytest.mark.parametrize(("asked", "size"), [(0, 10), (9, 10), (10, 10), (100, 100), (101, 100)])
def test_a_page_of_instances_has_ten_to_a_hundred(api, asked, size):
    """What is less or more means the nearest of these; the answer tells it."""
    api("RunInstances", {**INSTANCE, "Amount": 11})
    answer = api("DescribeInstances", RegionId=REGION, MaxResults=asked)
    assert len(answer["Instances"]["Instance"]) == min(11, size)
    assert (answer["PageNumber"], answer["PageSize"]) == (1, size)


def test_states_of_instances_come_at_most_fifty_at_a_time(api):
    """By page number."""
    assert api("DescribeInstanceStatus", RegionId=REGION, PageSize=50)["PageSize"] == 50
    assert api("DescribeInstanceStatus", RegionId=REGION, PageSize=51).code == "InvalidParameter.PageSize"


def test_instances_are_walked_by_page_number(api):
    """With what there is in all."""
    api("RunInstances", {**INSTANCE, "Amount": 25})
    sizes = []
    for number in (1, 2, 3, 4):
        answer = api("DescribeInstances", RegionId=REGION, PageSize=10, PageNumber=number)
        assert (answer["TotalCount"], answer["PageNumber"], answer["PageSize"]) == (25, number, 10)
        assert answer["NextToken"] == ""
        sizes.append(len(answer["Instances"]["Instance"]))
    assert sizes == [10, 10, 5, 0]


def test_reservations_come_ten_at_a_time_by_default(api):
    """MaxResults up to 100."""
    for _ in range(12):
        api.reserve()
    path = ["CapacityReservationSet", "CapacityReservationItem"]
    assert [len(page) for page in walk(api, "DescribeCapacityReservations", path)] == [10, 2]
    assert [len(page) for page in walk(api, "DescribeCapacityReservations", path, MaxResults=100)] == [12]


@pytest.mark.parametrize("size", [0, 101])
def test_a_page_of_reservations_has_at_most_a_hundred(api, size):
    """And at least one."""
    answer = api("DescribeCapacityReservations", RegionId=REGION, MaxResults=size)
    assert answer.code == "InvalidParameter.MaxResults"


def test_a_pools_instances_are_walked_by_token(api):
    """Of whichever account they are."""
    reservation = api.reserve(InstanceAmount=5)
    api("RunInstances", {**INSTANCE, **api.target(reservation), "Amount": 5})
    given = {"PrivatePoolOptions.Id": reservation, "MaxResults": 2}
    path = ["CapacityReservationItem", "InstanceIdSet"]
    pages = walk(api, "DescribeCapacityReservationInstances", path, **given)
    assert [len(page) for page in pages] == [2, 2, 1]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"MaxResults": "ten"}, "InvalidParameter.MaxResults"),
        ({"PageSize": 101}, "InvalidParameter.PageSize"),
        ({"PageNumber": 0}, "InvalidParameter.PageNumber"),
        ({"NextToken": "nonsense"}, "InvalidParameter.TokenValue"),
        ({"NextToken": "é"}, "InvalidParameter.TokenValue"),
        ({"NextToken": "YWZ0ZXI6aS0x"}, "InvalidParameter.TokenValue"),
        ({"InstanceIds": "[1]"}, "InvalidInstanceIds.Malformed"),
        ({"InstanceIds": "[" * 50_000}, "InvalidInstanceIds.Malformed"),
    ],
)
def test_pages_that_can_not_be_are_refused(api, given, code):
    """With the parameter's name."""
    assert api("DescribeInstances", {"RegionId": REGION, **given}).code == code


def test_more_than_a_hundred_ids_are_refused(api):
    """In any list of ids."""
    ids = "[" + ",".join(['"i-1"'] * 101) + "]"
    assert api("DescribeInstances", RegionId=REGION, InstanceIds=ids).code == "InvalidInstanceIds.Malformed"


def test_tags_are_walked_by_resources(api):
    """Fifty resources a page unless less is asked for."""
    api("RunInstances", {**INSTANCE, "Amount": 5, "Tag.1.Key": "a"})
    given = {"ResourceType": "instance", "Tag.1.Key": "a", "MaxResults": 2}
    pages = walk(api, "ListTagResources", ["TagResources", "TagResource"], **given)
    assert [len(page) for page in pages] == [2, 2, 1]
