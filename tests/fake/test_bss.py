"""BSS: orders, renewals, releases."""

import pytest

SUBSCRIPTION = {"ProductCode": "vipcloudfw", "SubscriptionType": "Subscription", "Period": 1}
USED = {"ProductCode": "vipcloudfw", "SubscriptionType": "PayAsYouGo"}


@pytest.fixture
def bss(api):
    return api.as_("bss")


def buy(bss, **given):
    return bss("CreateInstance", {**SUBSCRIPTION, **given})["Data"]["InstanceId"]


def found(bss, **given):
    return bss("QueryAvailableInstances", given)["Data"]["InstanceList"]


def release(bss, *ids, **given):
    named = {"ProductCode": "vipcloudfw", "SubscriptionType": "Subscription", "InstanceIds": ",".join(ids)}
    return bss("ReleaseInstance", {**named, **given})


def test_an_order_makes_an_instance(bss):
    """Code, Message, Success and Data; the region is a parameter of the product."""
    answer = bss(
        "CreateInstance",
        {**SUBSCRIPTION, "Parameter.1.Code": "Region", "Parameter.1.Value": "ap-southeast-1"},
    )
    assert (answer["Code"], answer["Success"]) == ("Success", True)
    (instance,) = found(bss, InstanceIDs=answer["Data"]["InstanceId"])
    assert (instance["Status"], instance["Region"]) == ("Normal", "ap-southeast-1")
    assert instance["EndTime"] > instance["CreateTime"]
    (state,) = bss.fake.state()["bss_instances"]
    assert state["order_id"] == answer["Data"]["OrderId"]


def test_a_release_gives_the_samples_answer(bss):
    """The instance is gone from the list, not from the state."""
    one, two = buy(bss), buy(bss)
    answer = release(bss, one, two)
    assert (answer["Message"], answer["Success"]) == ("successful", True)
    assert answer["Data"] == {"ReleaseResult": True, "HostId": "cn"}
    assert found(bss) == []
    assert {each["status"] for each in bss.fake.state()["bss_instances"]} == {"Released"}


def test_only_a_vno_releases(bss):
    """Others are blocked, inside HTTP 200."""
    instance = buy(bss)
    bss.fake.settings(vno=False)
    answer = release(bss, instance)
    assert (answer.status, answer["Success"], answer["Code"]) == (200, False, "NotApplicable")
    assert len(found(bss)) == 1


def test_a_release_is_for_all_or_none(bss):
    """One that is unknown fails it."""
    instance = buy(bss)
    answer = release(bss, instance, "none")
    assert (answer["Success"], answer["Data"]["ReleaseResult"]) == (False, False)
    assert len(found(bss)) == 1
    assert release(bss, instance, SubscriptionType="PayAsYouGo")["Success"] is False


def test_at_most_a_hundred_ids(bss):
    """Separated by commas."""
    assert release(bss, *(f"i{n}" for n in range(101))).code == "InvalidParameter"
    assert bss("QueryAvailableInstances", InstanceIDs=",".join(["x"] * 101)).code == "InvalidParameter"


@pytest.mark.parametrize("product", ["ecs", "rds", "ECS"])
def test_ecs_and_rds_can_not_be_ordered(bss, product):
    """By this operation."""
    assert bss("CreateInstance", {**USED, "ProductCode": product})["Success"] is False
    assert bss.fake.state()["bss_instances"] == []


@pytest.mark.parametrize(
    "given",
    [
        {"SubscriptionType": "Gift"},
        {"Period": ""},
        {"Period": 13},
        {"RenewalStatus": "NotRenewal"},
        {"RenewalStatus": "AutoRenewal"},
        {"Parameter.1.Value": "x"},
        {"Parameter.1.Code": "a", "Parameter.2.Code": "a"},
        {f"Parameter.{n}.Code": f"c{n}" for n in range(1, 102)},
    ],
)
def test_an_impossible_order_is_refused(bss, given):
    """With 400, and nothing is bought."""
    assert bss("CreateInstance", {**SUBSCRIPTION, **given}).code == "InvalidParameter"
    assert bss.fake.state()["bss_instances"] == []


def test_renewal_is_set_for_several(bss):
    """AutoRenewal needs its length."""
    ids = ",".join([buy(bss), buy(bss)])
    assert bss("SetRenewal", InstanceIDs=ids, RenewalStatus="AutoRenewal").code == "InvalidParameter"
    given = {"InstanceIDs": ids, "RenewalPeriod": 3, "RenewalPeriodUnit": "M"}
    assert bss("SetRenewal", given, RenewalStatus="AutoRenewal")["Success"] is True
    assert {(each["RenewStatus"], each["RenewalDuration"]) for each in found(bss)} == {("AutoRenewal", 3)}
    assert bss("SetRenewal", InstanceIDs=ids, RenewalStatus="NotRenewal")["Success"] is True
    assert len(found(bss, RenewStatus="NotRenewal")) == 2
    assert bss("SetRenewal", InstanceIDs="none", RenewalStatus="NotRenewal")["Success"] is False


def test_a_subscription_expires_and_is_renewed(bss):
    """Then it goes on from now."""
    instance = buy(bss)
    bss.fake.clock.advance(40 * 86_400)
    assert found(bss)[0]["Status"] == "Expired"
    named = {"ProductCode": "vipcloudfw", "InstanceId": instance}
    assert bss("RefundInstance", named)["Success"] is False
    assert bss("RenewInstance", named, RenewPeriod=1)["Data"]["OrderId"]
    assert found(bss)[0]["Status"] == "Normal"


def test_a_subscription_that_renews_itself_does_not_expire(bss):
    """It is prolonged at its end, as often as needed."""
    # 15 January 2027, 09:00 UTC
    bss.fake.clock.set(1_800_003_600)
    given = {"RenewalStatus": "AutoRenewal", "RenewPeriod": 3}
    order = {"ProductCode": "slb", "SubscriptionType": "Subscription", "Period": 1, **given}
    instance = bss("CreateInstance", order)["Data"]["InstanceId"]
    bss.fake.clock.advance(40 * 86_400)
    (seen,) = bss("QueryAvailableInstances")["Data"]["InstanceList"]
    assert (seen["Status"], seen["EndTime"]) == ("Normal", "2027-05-15T16:00:00Z")
    bss(
        "SetRenewal",
        InstanceIDs=instance,
        RenewalStatus="AutoRenewal",
        RenewalPeriod=1,
        RenewalPeriodUnit="Y",
    )
    bss.fake.clock.advance(100 * 86_400)
    (seen,) = bss("QueryAvailableInstances")["Data"]["InstanceList"]
    assert (seen["Status"], seen["EndTime"]) == ("Normal", "2028-05-15T16:00:00Z")


def test_a_renewal_switched_on_from_outside_is_for_a_month(bss):
    """Nobody has said for how long; a renewal for no time at all would never be over."""
    bss.fake.clock.set(1_800_003_600)
    instance = buy(bss)
    bss.control(f"bss_instances/{instance}", {"renew_status": "AutoRenewal"})
    end = bss("QueryAvailableInstances")["Data"]["InstanceList"][0]["EndTime"]
    bss.fake.clock.advance(40 * 86_400)
    (seen,) = bss("QueryAvailableInstances")["Data"]["InstanceList"]
    assert (seen["Status"], end, seen["EndTime"]) == (
        "Normal",
        "2027-02-15T16:00:00Z",
        "2027-03-15T16:00:00Z",
    )


def test_a_refund_ends_a_subscription(bss):
    """Once; what is paid by use has none."""
    named = {"ProductCode": "vipcloudfw", "InstanceId": buy(bss), "ImmediatelyRelease": "1"}
    assert bss("RefundInstance", named)["Success"] is True
    assert bss("RefundInstance", named)["Success"] is False
    used = bss("CreateInstance", USED)["Data"]["InstanceId"]
    assert bss("RefundInstance", {**named, "InstanceId": used})["Success"] is False


def test_the_list_is_filtered_and_paged(bss):
    """Twenty a page by default; a region needs its product."""
    for _ in range(21):
        buy(bss)
    bss("CreateInstance", {**USED, "ProductCode": "waf"})
    answer = bss("QueryAvailableInstances", {})["Data"]
    assert (len(answer["InstanceList"]), answer["TotalCount"]) == (20, 22)
    assert len(found(bss, PageNum=2)) == 2
    assert len(found(bss, ProductCode="waf", Region="cn-hangzhou")) == 1
    assert bss("QueryAvailableInstances", Region="cn-hangzhou").code == "MissingParameter"
    assert found(bss, CreateTimeStart="2999-01-01T00:00:00Z") == []
    assert len(found(bss, EndTimeEnd="2999-01-01T00:00:00Z", PageSize=300)) == 21


def test_it_can_be_changed_from_outside(bss):
    """As by the console."""
    instance = buy(bss)
    assert bss.control(f"bss_instances/{instance}", {"status": "WaitForExpire"}).json == {}
    assert found(bss)[0]["Status"] == "WaitForExpire"
