"""Calls survive what passes, refuse what doesn't, and say so without quoting the request."""

from __future__ import annotations

import json
import threading
from concurrent import futures
from typing import Any

import pytest

from pulumi_aliyun import bridge, cloud, polls
from pulumi_aliyun.errors import ApiError, InvalidInput, NoAnswer

RESERVATION = {
    "ZoneId": ["cn-hangzhou-h"],
    "InstanceType": "ecs.g6.xlarge",
    "InstanceAmount": 1,
    "ClientToken": "t",
}
INSTANCE = {
    "InstanceType": "ecs.g6.xlarge",
    "ImageId": "img",
    "VSwitchId": "vsw-1",
    "SecurityGroupIds": ["sg-1"],
    "Password": "Hunter2-hunter2",
    "ClientToken": "t",
}


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud, "RETRY_BUDGET_S", 8.0)
    monkeypatch.setattr(cloud, "UNREACHABLE_BUDGET_S", 1.0)


def actions(fake: Any) -> list[tuple[str, str]]:
    """What was asked, and what came of it."""
    return [(each["action"], each["code"]) for each in fake.requests()]


@pytest.mark.parametrize(
    "fault",
    [
        {"code": "Throttling.User", "status": 400},
        {"code": "Throttling", "status": 429, "retry_after_ms": 50},
        {"code": "ServiceUnavailable", "status": 503},
        {"code": "InternalError", "status": 500},
        {"code": "AnythingElse", "status": 502},
        {"reset": True},
        {"reset": True, "after_action": True},
        {"body": "<html>Bad gateway</html>", "content_type": "text/html"},
        {"body": '{"PrivatePoolOptionsId": "crp-', "content_type": "application/json", "after_action": True},
        {"body": "[]", "content_type": "application/json", "after_action": True},
    ],
    ids=str,
)
def test_what_passes_is_tried_again_with_the_same_token(
    ecs: Any, fake_aliyun: Any, fault: dict[str, Any]
) -> None:
    """Whatever broke the first try, the second one gets the answer, and one reservation exists."""
    fake_aliyun.faults.add("CreateCapacityReservation", **fault, times=2)
    made = ecs("CreateCapacityReservation", **RESERVATION)["PrivatePoolOptionsId"]
    assert [item["id"] for item in fake_aliyun.state()["capacity_reservations"]] == [made]


def test_a_refusal_is_asked_for_once(ecs: Any, fake_aliyun: Any) -> None:
    """What another try can't help isn't tried again; the error has code, sentence, RequestId and the way out."""
    fake_aliyun.settings(stock={"cn-hangzhou-h/ecs.g6.xlarge": 0})
    with pytest.raises(ApiError) as refused:
        ecs("CreateCapacityReservation", **RESERVATION)
    assert len(fake_aliyun.requests()) == 1
    text = str(refused.value)
    assert refused.value.code in text
    assert "what to do: try another zone_id" in text
    assert "request id: " in text


def test_a_refused_signature_does_not_quote_the_request(ecs: Any, fake_aliyun: Any) -> None:
    """The service quotes all parameters to whoever signs wrongly; the password among them is not passed on."""
    cloud.configure(
        {
            "aliyun:region": "cn-hangzhou",
            "aliyun:accessKey": fake_aliyun.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
            "aliyun:secretKey": "wrong",
            "aliyun:endpoints": json.dumps({"ecs": fake_aliyun.url}),
        }.get
    )
    with pytest.raises(ApiError) as refused:
        ecs("RunInstances", **INSTANCE)
    assert refused.value.code == "SignatureDoesNotMatch"
    assert "unter2" not in str(refused.value)
    assert "access key's secret" in str(refused.value)


def test_an_error_that_quotes_the_password_hides_it(ecs: Any, fake_aliyun: Any) -> None:
    """Whatever sentence the API answers, the secret parameters' values are cut out of it."""
    fake_aliyun.faults.add("RunInstances", code="InvalidPassword", status=400, message="bad: Hunter2-hunter2")
    with pytest.raises(ApiError) as refused:
        ecs("RunInstances", **INSTANCE)
    assert "Hunter2" not in str(refused.value)
    assert "[secret]" in str(refused.value)


def test_a_refusal_of_bss_that_forgets_to_say_so_is_one(ecs: Any, fake_aliyun: Any) -> None:
    """Code and sentence of an HTTP 200 are the API's, whether `Success` stands beside them or not."""
    body = '{"Code": "NotAuthorized", "Message": "Not for you.", "RequestId": "r-1"}'
    fake_aliyun.faults.add("CreateInstance", body=body)
    with pytest.raises(ApiError, match=r"(?s)NotAuthorized: Not for you.*RAM action.*request id: r-1"):
        cloud.bss(bridge.Operation(), "CreateInstance", {"ProductCode": "waf"}, site="cn-hangzhou")


@pytest.mark.parametrize("body", ["{}", '{"Code": null}', '{"Code": {"a": 1}, "RequestId": 5}'])
def test_a_refusal_without_a_code_is_none_of_the_apis(
    ecs: Any, fake_aliyun: Any, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    """Something between us and the API has refused: the message gives the HTTP status, for there is nothing else."""
    monkeypatch.setattr(cloud, "NONSENSE_BUDGET_S", 0.0)
    fake_aliyun.faults.add("DescribeInstances", status=403, body=body, content_type="application/json")
    with pytest.raises(NoAnswer, match="HTTP status 403 without a code"):
        ecs("DescribeInstances")


@pytest.mark.parametrize(("status", "calls"), [(407, 1), (403, 1), (503, 3), (200, 3)])
def test_a_page_of_somebody_elses_is_named(ecs: Any, fake_aliyun: Any, status: int, calls: int) -> None:
    """Who, with what, and where to look; a broken service may recover, a proxy that refuses won't."""
    page = {"body": "<html>Log in</html>", "content_type": "text/html; charset=utf-8", "status": status}
    fake_aliyun.faults.add("DescribeInstances", **page, times=2)
    if calls == 1:
        with pytest.raises(NoAnswer) as unanswered:
            ecs("DescribeInstances")
        host = fake_aliyun.url.removeprefix("http://")
        assert f"HTTP status {status} with text/html in the place of the API's answer ({host})" in str(
            unanswered.value
        )
        assert "HTTPS_PROXY" in str(unanswered.value)
    else:
        assert ecs("DescribeInstances")["RequestId"]
    assert len(fake_aliyun.requests()) == calls


def test_a_name_that_cant_be_resolved_is_told(ecs: Any) -> None:
    """It may be a region's that doesn't exist, so what to do says region, not only network."""
    endpoints = json.dumps({"ecs": "http://someone:secret@no-such-host.invalid:8080"})
    keys = {"aliyun:accessKey": "a", "aliyun:secretKey": "b"}
    cloud.configure({**keys, "aliyun:endpoints": endpoints}.get)
    with pytest.raises(NoAnswer, match=r"can't be resolved \(no-such-host.invalid:8080\)") as unanswered:
        ecs("DescribeInstances")
    assert "check the region's name" in str(unanswered.value)


def test_nobody_there_is_said_soon(ecs: Any) -> None:
    """A closed port ends the call with its reason, and without the request."""
    cloud.configure(
        {
            "aliyun:accessKey": "a",
            "aliyun:secretKey": "b",
            "aliyun:endpoints": '{"ecs": "http://127.0.0.1:9"}',
        }.get
    )
    with pytest.raises(NoAnswer, match="the connection was refused") as unanswered:
        ecs("RunInstances", **INSTANCE)
    assert "Hunter2" not in str(unanswered.value)


def test_an_endpoint_that_is_no_address_is_refused(ecs: Any) -> None:
    """A configuration that can't be meant is named with its key."""
    cloud.configure(
        {"aliyun:accessKey": "a", "aliyun:secretKey": "b", "aliyun:endpoints": '{"ecs": "ftp://x"}'}.get
    )
    with pytest.raises(InvalidInput, match=r"aliyun:endpoints\.ecs"):
        ecs("DescribeRegions")


def test_a_misspelt_parameter_is_a_bug_and_not_dropped(ecs: Any) -> None:
    """The SDK's models drop what they don't know; here it is an error."""
    with pytest.raises(TypeError, match="InstanceTyp"):
        ecs("CreateCapacityReservation", InstanceTyp="ecs.g6.xlarge")


def test_many_that_wait_cost_one_call_for_a_hundred(ecs: Any, fake_aliyun: Any) -> None:
    """64 threads that look at once share their Describe calls, and each gets its own item."""
    fake_aliyun.settings(profile="instant")
    ids = [
        ecs("CreateCapacityReservation", **{**RESERVATION, "ClientToken": f"t{n}"})["PrivatePoolOptionsId"]
        for n in range(64)
    ]
    before = len(fake_aliyun.requests())
    seen: dict[str, Any] = {}

    def look(resource_id: str) -> None:
        seen[resource_id] = polls.reservations("cn-hangzhou").once(bridge.Operation(), resource_id)

    threads = [threading.Thread(target=look, args=(each,)) for each in [*ids, "crp-unknown"]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {key: (item or {}).get("PrivatePoolOptionsId") for key, item in seen.items()} == {
        **{each: each for each in ids},
        "crp-unknown": None,
    }
    assert len(fake_aliyun.requests()) - before <= 10


def test_one_that_fails_in_a_batch_fails_alone() -> None:
    """A call for many that is refused is made for each, so that the others get what they asked for."""
    done: list[str] = []

    def one(_operation: Any, _how: Any, item: str) -> None:
        if item == "bad":
            raise InvalidInput("bad")
        done.append(item)

    def many(_operation: Any, _how: Any, _items: list[str]) -> list[str]:
        raise InvalidInput("one of them is bad")

    together = polls.Together(one, many)
    failed: list[str] = []

    def ask(item: str) -> None:
        try:
            together.ask(bridge.Operation(), "how", item)
        except InvalidInput:
            failed.append(item)

    threads = [threading.Thread(target=ask, args=(item,)) for item in ("a", "bad", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(done), failed) == (["a", "b", "c"], ["bad"])


def test_refused_as_a_lot_each_is_asked_for_at_the_same_time() -> None:
    """None waits for the answers of the others."""
    meeting = threading.Barrier(4, timeout=20)

    def many(_operation: Any, _how: Any, _items: list[str]) -> list[str]:
        raise InvalidInput("one of them is bad")

    together = polls.Together(lambda *_: meeting.wait(), many)
    with futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda item: together.ask(bridge.Operation(), "how", item), "abcd"))


def test_a_bug_in_a_call_for_many_leaves_nobody_waiting() -> None:
    """It is everybody's error."""

    def many(_operation: Any, _how: Any, _items: list[str]) -> list[str]:
        raise ZeroDivisionError

    together = polls.Together(lambda *_: None, many)
    with futures.ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(together.ask, bridge.Operation(), "how", item) for item in "abcd"]
        failed = [isinstance(each.exception(20), ZeroDivisionError) for each in asked]
    assert sum(failed) >= 2  # who came too late for the others has asked alone
