"""Answers that no API gives: nothing is held to be gone, or to be otherwise than it is, because of them."""

from __future__ import annotations

import copy
import itertools
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from test_cloud import INSTANCE, RESERVATION

from pulumi_aliyun import bridge, cloud, polls
from pulumi_aliyun.bss_instance import BssInstanceProvider
from pulumi_aliyun.capacity_reservation import CapacityReservationProvider
from pulumi_aliyun.ecs_instance import EcsInstanceProvider
from pulumi_aliyun.errors import AliyunError, NoAnswer

DROPPED = object()
NONSENSE = (DROPPED, None, "nonsense", -7, [], {}, ["x", None], {"a": {"b": 1}}, 1e300, "")
KINDS = {
    "reservation": (CapacityReservationProvider(), "CreateCapacityReservation", RESERVATION),
    "instance": (EcsInstanceProvider(), "RunInstances", INSTANCE),
}


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values in an answer, of lists in their first item."""
    parts = (
        value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    )
    for key, each in parts:
        yield (*path, key)
        yield from leaves(each, (*path, key))


def spoiled(answer: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The answer with something else, or nothing, at a path."""
    answer = copy.deepcopy(answer)
    *way, last = path
    part = answer
    for key in way:
        part = part[key]
    if value is DROPPED:
        del part[last]
    else:
        part[last] = value
    return answer


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch, ecs: Any) -> dict[str, Any]:
    """What operations answer, as the SDK got it; what is put here is what they answer from then on."""
    from alibabacloud_tea_openapi.client import Client

    original, known = Client.call_api, {}

    def call_api(self: Any, params: Any, request: Any, runtime: Any) -> Any:
        if params.action not in known:
            known[params.action] = original(self, params, request, runtime)["body"]
        return {"body": copy.deepcopy(known[params.action]), "headers": {}, "statusCode": 200}

    monkeypatch.setattr(Client, "call_api", call_api)
    for budget in ("RETRY_BUDGET_S", "NONSENSE_BUDGET_S"):
        monkeypatch.setattr(cloud, budget, 0.0)
    return known


@pytest.mark.parametrize("kind", KINDS)
def test_no_answer_makes_what_exists_seem_gone(
    ecs: Any, fake_aliyun: Any, answers: dict[str, Any], kind: str
) -> None:
    """Each value of the answer dropped or replaced: what is read is there, or it is an error of ours."""
    fake_aliyun.settings(profile="instant")
    provider, action, parameters = KINDS[kind]
    made = ecs(action, **parameters)
    id_ = made.get("PrivatePoolOptionsId") or made["InstanceIdSets"]["InstanceIdSet"][0]

    def look() -> Any:
        for watch in (polls.reservations, polls.instances):
            watch.cache_clear()
        return provider.look(bridge.Operation(), "cn-hangzhou", id_, {})

    assert look() is not None
    before = dict(answers)
    tried = itertools.count()
    chance = random.Random(1)
    for name in [name for name in before if name.startswith("Describe")]:
        for path in leaves(before[name]):
            for value in chance.sample(NONSENSE, 3):
                answers[name] = spoiled(before[name], path, value)
                try:
                    seen = look()
                except AliyunError:
                    continue
                finally:
                    next(tried)
                assert seen is not None, (name, path, value)
        answers[name] = before[name]
    assert next(tried) > 100


def test_an_order_that_is_listed_by_nonsense_is_no_less_there(
    ecs: Any, fake_aliyun: Any, answers: dict[str, Any]
) -> None:
    """The same for what BSS lists."""
    request = {"ProductCode": "waf", "SubscriptionType": "PayAsYouGo", "ClientToken": "t"}
    made = cloud.bss(bridge.Operation(), "CreateInstance", request, site="cn-hangzhou")
    id_ = made["Data"]["InstanceId"]

    def look() -> Any:
        polls.bss_instances.cache_clear()
        return BssInstanceProvider().look(bridge.Operation(), "", id_, {})

    assert look() is not None
    name = "QueryAvailableInstances"
    before = answers[name]
    for path, value in itertools.product(leaves(before), NONSENSE[:6]):
        answers[name] = spoiled(before, path, value)
        try:
            assert look() is not None, (path, value)
        except AliyunError:
            continue


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"RequestId": "r", "TotalCount": 1, "Instances": {"Instance": []}}, "empty, and it counts 1"),
        ({"RequestId": "r", "Instances": None}, "no list of Instances"),
        ({"RequestId": "r", "Instances": {"Instance": [{"InstanceId": "i-2"}]}}, "another than asked for"),
        ({"RequestId": "r", "Instances": {"Instance": [{"Status": "Running"}]}}, "has no InstanceId"),
        ({"RequestId": "r", "PageSize": "ten", "Instances": {"Instance": []}}, "of another kind"),
        ({"Instances": {"Instance": []}}, "no RequestId"),
    ],
    ids=str,
)
def test_what_is_wrong_with_an_answer_is_said(
    ecs: Any, answers: dict[str, Any], body: dict[str, Any], why: str
) -> None:
    """And it isn't believed."""
    answers["DescribeInstances"] = body
    with pytest.raises(NoAnswer, match=why):
        ecs("DescribeInstances", InstanceIds=json.dumps(["i-1"]))


def test_pages_without_an_end_are_left(ecs: Any, answers: dict[str, Any]) -> None:
    """A server that always names a next page can't keep a run for ever."""
    answers["DescribeInstances"] = {"RequestId": "r", "NextToken": "n", "Instances": {"Instance": []}}
    with pytest.raises(NoAnswer, match="no end"):
        list(cloud.pages(bridge.Operation(), "cn-hangzhou", "DescribeInstances", {}, "Instances"))


def test_numbers_written_as_text_are_numbers(ecs: Any, answers: dict[str, Any]) -> None:
    """Some services do, and mean nothing by it."""
    item = {"InstanceId": "i-1", "Cpu": "4", "DeletionProtection": "true"}
    answers["DescribeInstances"] = {"RequestId": "r", "Instances": {"Instance": [item]}}
    [seen] = ecs("DescribeInstances")["Instances"]["Instance"]
    assert (seen["Cpu"], seen["DeletionProtection"]) == (4, True)
