"""Which instance uses which reservation's capacity."""

import json
from concurrent.futures import ThreadPoolExecutor

from wire import INSTANCE, REGION, ZONE

OPEN = {"PrivatePoolOptions.MatchCriteria": "Open"}


def counts(api, reservation):
    found = api.reservation(reservation)
    assert found["used_amount"] + found["available_amount"] == found["instance_amount"]
    return found["used_amount"], found["available_amount"]


def pool(api, instance):
    return api.instance(instance)["private_pool"]["id"]


def attach(api, instance, **options):
    return api("ModifyInstanceAttachmentAttributes", {"RegionId": REGION, "InstanceId": instance, **options})


def test_a_targeted_pool_is_used_and_left(api):
    """Until it is used up; a deleted instance makes room."""
    reservation = api.reserve(InstanceAmount=1)
    instance = api.run(**api.target(reservation))
    assert (pool(api, instance), counts(api, reservation)) == (reservation, (1, 0))
    listed = api(
        "DescribeCapacityReservationInstances", {"RegionId": REGION, "PrivatePoolOptions.Id": reservation}
    )
    assert listed["CapacityReservationItem"]["InstanceIdSet"] == [{"InstanceId": instance}]
    api("DeleteInstance", InstanceId=instance, Force="true")
    assert counts(api, reservation) == (0, 1)


def test_an_open_pool_is_matched_by_itself(api):
    """Then the public pool is used; an instance that wants no pool never matches."""
    reservation = api.reserve(InstanceAmount=1, **OPEN)
    assert pool(api, api.run()) == ""
    assert pool(api, api.run(**OPEN)) == reservation
    assert pool(api, api.run(**OPEN)) == ""
    assert pool(api, api.run(**OPEN, InstanceType="ecs.c6.large")) == ""
    assert counts(api, reservation) == (1, 0)


def test_a_batch_fits_a_targeted_pool_or_fails(api):
    """None is made when not all have room; with MinAmount as many as have."""
    reservation = api.reserve(InstanceAmount=2)
    batch = {**INSTANCE, **api.target(reservation), "Amount": 3}
    assert api("RunInstances", batch).status != 200
    assert counts(api, reservation) == (0, 2)
    made = api("RunInstances", {**batch, "MinAmount": 1})["InstanceIdSets"]["InstanceIdSet"]
    assert len(made) == 2
    assert counts(api, reservation) == (2, 0)


def test_a_released_reservation_leaves_its_instances_running(api):
    """Detached."""
    reservation = api.reserve()
    instance = api.run(**api.target(reservation))
    named = {"RegionId": REGION, "PrivatePoolOptions.Id": reservation}
    assert api("ReleaseCapacityReservation", named).status == 200
    assert (api.instance(instance)["status"], pool(api, instance)) == ("Running", "")
    assert counts(api, reservation) == (0, 2)


def test_stopping_without_charge_gives_the_room_away(api):
    """Starting needs it again, and fails if somebody else has it; KeepCharging keeps it."""
    reservation = api.reserve(InstanceAmount=1)
    instance = api.run(**api.target(reservation))
    api("StopInstance", InstanceId=instance, StoppedMode="KeepCharging")
    assert counts(api, reservation) == (1, 0)
    api("StartInstance", InstanceId=instance)
    api("StopInstance", InstanceId=instance, StoppedMode="StopCharging")
    assert counts(api, reservation) == (0, 1)
    other = api.run(**api.target(reservation))
    assert api("StartInstance", InstanceId=instance).code == "Invalid.PrivatePoolOptions.status"
    api("DeleteInstance", InstanceId=other, Force="true")
    assert api("StartInstance", InstanceId=instance).status == 200
    assert pool(api, instance) == reservation


def test_instances_move_between_pools(api):
    """Into one, to another, out of all; a failed move changes nothing."""
    one, two = api.reserve(InstanceAmount=1), api.reserve(InstanceAmount=1)
    instance = api.run()
    assert attach(api, instance, **api.target(one)).status == 200
    assert attach(api, instance, **api.target(two)).status == 200
    assert (counts(api, one), counts(api, two)) == ((0, 1), (1, 0))
    full = api.reserve(InstanceAmount=1)
    api.run(**api.target(full))
    assert attach(api, instance, **api.target(full)).code == "Invalid.PrivatePoolOptions.status"
    assert pool(api, instance) == two
    assert attach(api, instance, **{"PrivatePoolOptions.MatchCriteria": "None"}).status == 200
    listed = api("DescribeInstanceAttachmentAttributes", RegionId=REGION, InstanceIds=json.dumps([instance]))
    assert listed["Instances"]["Instance"] == [
        {"InstanceId": instance, "PrivatePoolOptionsId": "", "PrivatePoolOptionsMatchCriteria": "None"}
    ]


def test_leaving_a_pool_needs_public_stock(api):
    """The pool's own capacity stays with the pool."""
    api.fake.settings(stock={f"{ZONE}/ecs.g6.xlarge": 1})
    reservation = api.reserve(InstanceAmount=1)
    instance = api.run(**api.target(reservation))
    none = {"PrivatePoolOptions.MatchCriteria": "None"}
    assert attach(api, instance, **none).code == "OperationDenied.NoStock"
    assert pool(api, instance) == reservation


def test_changing_the_type_leaves_the_pool(api):
    """Which is for its own type only; a targeting instance can't start any more."""
    reservation = api.reserve(InstanceAmount=1)
    instance = api.run(**api.target(reservation))
    api("StopInstance", InstanceId=instance)
    assert api("ModifyInstanceSpec", InstanceId=instance, InstanceType="ecs.c6.large").status == 200
    assert counts(api, reservation) == (0, 1)
    assert api("StartInstance", InstanceId=instance).code == "Invalid.InstanceType"
    assert attach(api, instance, **{"PrivatePoolOptions.MatchCriteria": "None"}).status == 200
    assert api("StartInstance", InstanceId=instance).status == 200


def test_changing_the_type_needs_stock_of_it(api):
    """What was used before is given back."""
    old, new = f"{ZONE}/ecs.g6.xlarge", f"{ZONE}/ecs.c6.large"
    api.fake.settings(stock={old: 1, new: 0})
    instance = api.run()
    api("StopInstance", InstanceId=instance)
    change = {"InstanceId": instance, "InstanceType": "ecs.c6.large"}
    assert api("ModifyInstanceSpec", change).code == "OperationDenied.NoStock"
    assert api.instance(instance)["instance_type"] == "ecs.g6.xlarge"
    api.fake.settings(stock={old: 0, new: 1})
    assert api("ModifyInstanceSpec", change).status == 200
    assert api.fake.settings()["stock"] == {old: 1, new: 0}


def test_a_new_image_or_charge_type_matches_the_pool_again(api):
    """A targeting instance is refused what does not fit, an open one goes to the public pool."""
    target, opened = api.reserve(InstanceAmount=1), api.reserve(InstanceAmount=1, **OPEN)
    one, two = api.run(**api.target(target)), api.run(**OPEN)
    for each in (one, two):
        api("StopInstance", InstanceId=each)
    answer = api("ReplaceSystemDisk", InstanceId=one, ImageId="win2022")
    assert answer.code == "InvalidPlatform.ValueNotSupported"
    assert api("ReplaceSystemDisk", InstanceId=two, ImageId="win2022").status == 200
    assert (counts(api, target), counts(api, opened)) == ((1, 0), (0, 1))
    prepaid = {"RegionId": REGION, "InstanceChargeType": "PrePaid", "Period": 1}
    answer = api("ModifyInstanceChargeType", prepaid, InstanceIds=json.dumps([one]))
    assert answer.code == "Invalid.InstanceChargeType"
    assert api("ModifyInstanceChargeType", prepaid, InstanceIds=json.dumps([two])).status == 200


def test_a_shared_pool_is_used_by_the_other_account(api):
    """And shown as used by it."""
    other = api.control("accounts", {"access_key_id": "other", "access_key_secret": "other"})["account_id"]
    reservation = api.reserve()
    api.control(f"capacity_reservations/{reservation}", {"shared_with": [other]})
    api.key = api.secret = "other"
    api("RunInstances", {**INSTANCE, **api.target(reservation)})
    assert counts(api, reservation) == (1, 1)
    api.key, api.secret = "testid", "testsecret"
    item = api("DescribeCapacityReservations", RegionId=REGION)["CapacityReservationSet"][
        "CapacityReservationItem"
    ][0]
    (usage,) = item["AllocatedResources"]["AllocatedResource"][0]["CapacityReservationUsages"][
        "CapacityReservationUsage"
    ]
    assert (usage["AccountId"], usage["UsedAmount"]) == (other, 1)


def test_accounts_do_not_see_each_other(api):
    """Neither in lists nor by ids; their state is asked for by key."""
    api.control("accounts", {"access_key_id": "other", "access_key_secret": "other", "account_id": "42"})
    reservation, instance = api.reserve(), api.run()
    api.key = api.secret = "other"
    assert api("DescribeInstances", RegionId=REGION)["TotalCount"] == 0
    assert api("DescribeCapacityReservations", RegionId=REGION)["TotalCount"] == 0
    assert api("StopInstance", InstanceId=instance).code == "InvalidInstanceId.NotFound"
    assert api.as_("sts")("GetCallerIdentity")["AccountId"] == "42"
    assert reservation not in api.control("state?account=other").text
    assert reservation in api.control("state").text


def test_sixty_four_threads_never_oversell_a_pool(api):
    """Of 64 instances at once, 20 find room."""
    reservation = api.reserve(InstanceAmount=20)
    with ThreadPoolExecutor(64) as threads:
        answers = list(
            threads.map(lambda _: api("RunInstances", {**INSTANCE, **api.target(reservation)}), range(64))
        )
    assert sum(each.status == 200 for each in answers) == 20
    assert {each.code for each in answers} == {"", "Invalid.PrivatePoolOptions.status"}
    assert counts(api, reservation) == (20, 0)
