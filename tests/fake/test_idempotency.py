"""ClientToken: what was asked once is done once."""

import threading
import time

import pytest
from wire import INSTANCE, REGION, RESERVATION

BSS = {"ProductCode": "vipcloudfw", "SubscriptionType": "PayAsYouGo"}


def test_the_same_request_gets_the_same_answer(api):
    """Whatever nonce, time and scheme it comes with."""
    given = {**RESERVATION, "ClientToken": "t"}
    first = api("CreateCapacityReservation", given)["PrivatePoolOptionsId"]
    assert api("CreateCapacityReservation", given)["PrivatePoolOptionsId"] == first
    assert api.acs3("CreateCapacityReservation", given)["PrivatePoolOptionsId"] == first
    assert len(api.fake.state()["capacity_reservations"]) == 1


def test_the_answer_stays_when_what_it_made_is_gone(api):
    """The token remembers the id, it does not make another."""
    given = {**INSTANCE, "ClientToken": "t"}
    first = api("RunInstances", given)["InstanceIdSets"]
    api("DeleteInstance", InstanceId=first["InstanceIdSet"][0], Force="true")
    assert api("RunInstances", given)["InstanceIdSets"] == first
    assert [each["status"] for each in api.fake.state()["instances"]] == ["Released"]


def test_other_parameters_are_a_mismatch(api):
    """In ECS as in BSS."""
    api("RunInstances", {**INSTANCE, "ClientToken": "t"})
    answer = api("RunInstances", {**INSTANCE, "ClientToken": "t", "Amount": 2})
    assert (answer.status, answer.code) == (400, "IdempotentParameterMismatch")
    bss = api.as_("bss")
    assert bss("CreateInstance", BSS, ClientToken="t")["Success"] is True
    assert bss("CreateInstance", BSS, ClientToken="t", ProductType="x").code == "IdempotentParameterMismatch"


def test_changes_of_an_instance_have_their_own_code_of_a_mismatch(api):
    """Of its type and of its end; what creates has the other."""
    instance = api.run(InstanceChargeType="PrePaid", Period=1)
    again = {"InstanceId": instance, "ClientToken": "t"}
    assert api("RenewInstance", again, Period=1).status == 200
    assert api("RenewInstance", again, Period=2).code == "IdempotenceParamNotMatch"
    api("StopInstance", InstanceId=instance)
    again["RegionId"] = REGION
    assert api("ModifyPrepayInstanceSpec", again, InstanceType="ecs.g6.2xlarge").status == 200
    assert (
        api("ModifyPrepayInstanceSpec", again, InstanceType="ecs.g6.large").code == "IdempotenceParamNotMatch"
    )
    plain = {"InstanceId": api.run(), "ClientToken": "t"}
    api("StopInstance", InstanceId=plain["InstanceId"])
    assert api("ModifyInstanceSpec", plain, InstanceType="ecs.g6.2xlarge").status == 200
    assert api("ModifyInstanceSpec", plain, InstanceType="ecs.g6.large").code == "IdempotenceParamNotMatch"


def test_a_token_belongs_to_its_action_region_and_account(api):
    """Elsewhere it is another one."""
    api.control("accounts", {"access_key_id": "other", "access_key_secret": "other"})
    assert api("RunInstances", {**INSTANCE, "ClientToken": "t"}).status == 200
    assert api("CreateCapacityReservation", {**RESERVATION, "ClientToken": "t"}).status == 200
    beijing = {"RegionId": "cn-beijing", "ZoneId": "cn-beijing-h"}
    assert api("RunInstances", {**INSTANCE, **beijing, "ClientToken": "t"}).status == 200
    api.key = api.secret = "other"
    assert api("RunInstances", {**INSTANCE, "ClientToken": "t", "Amount": 2}).status == 200


def test_tokens_are_case_sensitive(api):
    """As the page says."""
    assert api.reserve(ClientToken="t") != api.reserve(ClientToken="T")


def test_a_request_still_under_way_refuses_its_repetition(api):
    """LastTokenProcessing, until the first is done."""
    api.fake.faults.add("RunInstances", stall_s=1.0)
    given = {**INSTANCE, "ClientToken": "t"}
    answers = []
    first = threading.Thread(target=lambda: answers.append(api("RunInstances", given)))
    first.start()
    while api.fake.faults.left() != {}:
        time.sleep(0.01)
    time.sleep(0.1)
    second = api("RunInstances", given)
    first.join()
    assert (second.status, second.code) == (403, "LastTokenProcessing")
    assert api("RunInstances", given)["InstanceIdSets"] == answers[0]["InstanceIdSets"]


def test_a_definitive_refusal_is_repeated(api):
    """After a 4xx the token has to be changed."""
    api.fake.settings(stock={"cn-hangzhou-h/ecs.g6.xlarge": 0})
    given = {**INSTANCE, "ClientToken": "t"}
    assert api("RunInstances", given).code == "OperationDenied.NoStock"
    api.fake.settings(stock={})
    assert api("RunInstances", given).code == "OperationDenied.NoStock"
    assert api("RunInstances", {**given, "ClientToken": "u"}).status == 200


def test_a_refusal_of_bss_is_not_kept(api):
    """Only what succeeded is."""
    bss = api.as_("bss")
    given = {**BSS, "ClientToken": "t", "SubscriptionType": "Subscription"}
    assert bss("CreateInstance", given).code == "InvalidParameter"
    assert bss("CreateInstance", given, Period=1)["Success"] is True


@pytest.mark.parametrize(
    "code", ["Throttling.User", "ServiceUnavailable", "InternalError", "OperationDenied.NoStock"]
)
def test_an_injected_fault_is_not_kept(api, code):
    """The same request does it the next time."""
    api.fake.faults.add("RunInstances", code=code)
    given = {**INSTANCE, "ClientToken": "t"}
    assert api("RunInstances", given).code == code
    assert api("RunInstances", given).status == 200


def test_a_lost_answer_is_given_again(api):
    """The action was done; the repetition gets its id."""
    api.fake.faults.add("RunInstances", code="InternalError", after_action=True)
    given = {**INSTANCE, "ClientToken": "t"}
    assert api("RunInstances", given).status == 500
    (made,) = api.fake.state()["instances"]
    assert api("RunInstances", given)["InstanceIdSets"]["InstanceIdSet"] == [made["id"]]


def test_a_token_is_forgotten_after_a_day(api):
    """Of the fake's clock; or whenever the settings say."""
    given = {**RESERVATION, "ClientToken": "t"}
    first = api("CreateCapacityReservation", given)["PrivatePoolOptionsId"]
    api.fake.clock.advance(24 * 3600 - 5)
    assert api("CreateCapacityReservation", given)["PrivatePoolOptionsId"] == first
    api.fake.clock.advance(10)
    assert api("CreateCapacityReservation", given)["PrivatePoolOptionsId"] != first
    api.fake.settings(token_life_s=1.0)
    api.fake.clock.advance(2)
    assert api("CreateCapacityReservation", {**given, "InstanceAmount": 9}).status == 200


def test_deleting_twice_with_a_token_is_done_once(api):
    """DeleteInstances has one; without it the second is a 404."""
    instance = api.run()
    given = {"RegionId": REGION, "InstanceId.1": instance, "Force": "true", "ClientToken": "t"}
    assert api("DeleteInstances", given).status == 200
    assert api("DeleteInstances", given).status == 200
    assert api("DeleteInstances", {**given, "ClientToken": "u"}).code == "InvalidInstanceId.NotFound"
