"""What may have come of an order, and what giving one back comes to: case by case, without a cloud."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from pulumi_aliyun import bss_instance, bss_sites, polls, wire
from pulumi_aliyun.attempts import Attempt
from pulumi_aliyun.bridge import Operation
from pulumi_aliyun.bss_instance import CLOCKS_DIFFER_S, LISTED_S, PATIENCE_S, BssInstanceProvider, Orders
from pulumi_aliyun.errors import ApiError, InvalidInput, NeedsDecision, NoAnswer
from pulumi_aliyun.run import Run

ATTEMPT = Attempt("0123456789abcdef01234567", "fedcba9876543210fedcba98", 0)
TOKEN = ATTEMPT.client_token
WANTED = {"product_code": "waf", "subscription_type": "Subscription", "period": 1}
MISMATCH, OTHERWISE = "IdempotentParameterMismatch", "InvalidParameter"
NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=timezone.utc)
SINCE = NOW.timestamp()
ORDERS = Orders(WANTED)
PROVIDER = BssInstanceProvider()


def item(id_: str = "waf-1", **changed: Any) -> dict[str, Any]:
    """An instance as the billing system lists it."""
    end = "2099-01-01T00:00:00Z"
    listed = {"InstanceID": id_, "ProductCode": "waf", "ProductType": "waf_v2", "Status": "Normal"}
    when = {"CreateTime": "2026-11-22T12:00:00Z", "EndTime": end, "RenewStatus": "ManualRenewal"}
    return {**listed, **when, "SubscriptionType": "Subscription", **changed}


class Billing:
    """Stands in for BSS: what it lists, which orders it remembers by their tokens, and how it refuses."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self.remembers: dict[str, tuple[dict[str, Any], str]] = {}
        """By token, what was ordered, and what came of it."""
        self.refusals: dict[str, str] = {}
        """The codes by which operations are refused."""
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.waited: list[dict[str, Any]] = []
        self.lists: list[dict[str, Any]] = []
        monkeypatch.setattr(bss_sites, "call", self.call)
        monkeypatch.setattr(bss_sites, "every", self.every)
        monkeypatch.setattr(polls, "bss_instances", lambda: self)
        monkeypatch.setattr(wire, "now", lambda: NOW)

    def have(self, *items: dict[str, Any]) -> None:
        """List these."""
        self.items = {each["InstanceID"]: each for each in items}

    def call(self, _: Operation, action: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """An operation of BSS."""
        self.asked.append((action, parameters))
        if action in self.refusals:
            raise ApiError(action, self.refusals[action], "no")
        if action != "CreateInstance":
            return {}
        asked = {name: value for name, value in parameters.items() if name != "ClientToken"}
        ordered, came = self.remembers.get(parameters["ClientToken"], (None, ""))
        if ordered is not None and ordered != asked:
            raise ApiError(action, MISMATCH, "used otherwise")
        if ordered is None:
            assert asked["SubscriptionType"] == "None", "this would have bought one"
            raise ApiError(action, OTHERWISE, "no such billing method")
        return {"Data": {"InstanceId": came, "OrderId": "o-1"}}

    def every(self, _: Operation, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        """All that is listed."""
        self.lists.append(parameters)
        return list(self.items.values())

    def once(self, _: Operation, id_: str) -> dict[str, Any] | None:
        """One of it."""
        return self.items.get(id_)

    def until(self, _: Operation, id_: str, done: Any, **how: Any) -> Any:
        """What is waited for comes now or never."""
        self.waited.append(how)
        return done(self.items.get(id_))

    def remember(self, came: str = "waf-1", **wanted: Any) -> None:
        """An order was placed under the attempt's token."""
        order = bss_instance._order({**WANTED, **wanted}, TOKEN)
        self.remembers[TOKEN] = ({key: order[key] for key in order if key != "ClientToken"}, came)


@pytest.fixture
def billing(monkeypatch: pytest.MonkeyPatch, this: Run) -> Billing:
    return Billing(monkeypatch)


# ---- may it have been placed -------------------------------------------------------------------------------


def test_where_nothing_is_listed_nothing_was_bought(billing: Billing) -> None:
    """Nobody is asked, not even the service for its memory."""
    ORDERS.earlier(Operation(), ATTEMPT, SINCE)
    Orders({**WANTED, "product_type": "waf_v2"}).earlier(Operation(), ATTEMPT, SINCE)
    common = {"ProductCode": "waf", "SubscriptionType": "Subscription"}
    assert billing.lists == [{**common, "ProductType": None}, {**common, "ProductType": "waf_v2"}]
    assert billing.asked == []


def test_an_order_is_made_again_while_the_service_remembers_it(billing: Billing) -> None:
    """Whether it does is asked with what no order can have: nothing is bought by asking."""
    billing.have(item())
    billing.remember()
    ORDERS.earlier(Operation(), ATTEMPT, SINCE)
    request = {"ProductCode": "waf", "SubscriptionType": "None", "ClientToken": TOKEN}
    assert billing.asked == [("CreateInstance", request)]


def test_an_order_is_not_made_again_when_the_service_has_forgotten_it(billing: Billing) -> None:
    """A person is asked, and told what is listed."""
    billing.have(item(), item("waf-2", Status="Creating"))
    with pytest.raises(NeedsDecision, match="bought this waf instance") as asked:
        ORDERS.earlier(Operation(), ATTEMPT, SINCE)
    assert "    waf-1, Normal, created 2026-11-22T12:00:00Z\n    waf-2, Creating, created" in str(asked.value)


@pytest.mark.parametrize(
    ("changed", "may_be_it"),
    [
        ({}, True),
        ({"Status": "released"}, False),
        ({"InstanceID": "waf-held"}, False),
        ({"CreateTime": "2026-11-22T11:45:00Z"}, True),
        ({"CreateTime": "2026-11-22T11:44:59Z"}, False),
        ({"CreateTime": "2026-11-22T13:00:00Z"}, True),
        ({"CreateTime": None}, True),
        ({"CreateTime": ""}, True),
    ],
)
def test_what_may_have_come_of_an_order(
    billing: Billing, this: Run, changed: dict[str, Any], may_be_it: bool
) -> None:
    """What this stack hasn't, and was made since then, by whichever clock; without a time it may be it, too."""
    assert CLOCKS_DIFFER_S == 15 * 60
    this.held = {"waf-held"}
    billing.have(item(**changed))
    if may_be_it:
        with pytest.raises(NeedsDecision):
            ORDERS.earlier(Operation(), ATTEMPT, SINCE)
    else:
        ORDERS.earlier(Operation(), ATTEMPT, SINCE)


def test_a_token_that_was_used_otherwise_is_never_bought_past(billing: Billing) -> None:
    """Whatever is listed, however old; or nothing."""
    with pytest.raises(NeedsDecision, match="none is listed"):
        ORDERS.unexplained(Operation(), "")
    billing.have(item(CreateTime="2001-01-01T00:00:00Z"))
    with pytest.raises(NeedsDecision, match="waf-1, Normal") as asked:
        ORDERS.unexplained(Operation(), "")
    assert "none is listed" not in str(asked.value)
    assert billing.asked == []


@pytest.mark.parametrize(
    ("status", "again", "alive"),
    [
        ("Normal", False, True),
        ("Normal", True, True),
        ("Released", False, False),
        ("released", True, False),
        (None, False, True),
        (None, True, False),
    ],
)
def test_what_an_order_named_lives_unless_it_was_released(
    billing: Billing, status: str | None, *, again: bool, alive: bool
) -> None:
    """What isn't listed may be new, but not after a while what an earlier run may have ordered."""
    billing.have(*([item(Status=status)] if status else []))
    assert ORDERS.alive(Operation(), "", "waf-1", marked=False, again=again) is alive
    assert billing.waited == [{"patience": LISTED_S if again else PATIENCE_S}]


def test_an_order_bears_no_mark(billing: Billing) -> None:
    """So nothing is listed, marked or let go of by one."""
    assert ORDERS.marks is False
    assert ORDERS.marked(Operation(), "") == {}
    ORDERS.unmark(Operation(), "", ["waf-1"])
    ORDERS.release(Operation(), "", "waf-1")
    assert (billing.asked, billing.lists) == ([], [])


def test_an_order_that_names_no_instance_is_kept_in_mind(
    billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is paid: a person finds the instance by the order's number; without that, it was no answer."""
    monkeypatch.setattr(bss_sites, "call", lambda *_: {"Data": {"OrderId": "o-1", "InstanceId": ""}})
    operation = Operation()
    with pytest.raises(NeedsDecision, match="the order o-1 is placed, but BSS named no instance"):
        PROVIDER.buy(operation, "", {**WANTED}, ATTEMPT)
    assert operation.outputs == {"order_id": "o-1"}
    monkeypatch.setattr(bss_sites, "call", lambda *_: {})
    with pytest.raises(NoAnswer, match="it names no id"):
        PROVIDER.buy(operation, "", {**WANTED}, ATTEMPT)


def test_a_new_one_is_waited_for_as_long_as_it_may_take(billing: Billing) -> None:
    """A row of the run shows what for."""
    billing.have(item())
    assert PROVIDER.settle(Operation(), "", "waf-1", {}) == item()
    assert billing.waited == [{"what": "waiting for the instance to show up"}]


# ---- what a killed run has ordered and nobody wants ----------------------------------------------------------


def reclaim(*asked: dict[str, Any], kept: bool = False) -> bool:
    of = Attempt(ATTEMPT.identity, ATTEMPT.origin, 0, kept=kept)
    return bss_instance.reclaim(Operation(), of, SINCE, asked)


def given_back(billing: Billing) -> list[str]:
    return [each["InstanceIds"] for action, each in billing.asked if action == "ReleaseInstance"]


def releasing(billing: Billing, monkeypatch: pytest.MonkeyPatch) -> None:
    """Released is gone."""
    call = billing.call

    def released(operation: Operation, action: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if action == "ReleaseInstance":
            del billing.items[parameters["InstanceIds"]]
        return call(operation, action, parameters)

    monkeypatch.setattr(bss_sites, "call", released)


def test_what_is_known_to_have_come_of_an_order_is_given_back(
    billing: Billing, this: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same order with the same token names it; what else is listed stays."""
    releasing(billing, monkeypatch)
    billing.have(item(), item("waf-2"))
    billing.remember()
    assert reclaim({**WANTED, "period": 1.0}) is True
    assert given_back(billing) == ["waf-1"]
    assert this.arrived == {ATTEMPT.origin: 0}


def test_each_of_what_it_may_have_been_ordered_with_is_tried(
    billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until one is the order; those before it don't matter then."""
    releasing(billing, monkeypatch)
    billing.have(item())
    billing.remember(parameters={"Seats": "5"})
    others = {**WANTED, "parameters": {"...": "x"}}
    known = {**WANTED, "parameters": {"Seats": "5"}}
    assert reclaim(others, {"...": True, **WANTED}, known) is True
    assert given_back(billing) == ["waf-1"]


def test_an_order_that_was_not_carried_out_needs_nobody(billing: Billing, told: list[str]) -> None:
    """Nothing is listed that came of it; or what came of it is released."""
    assert reclaim(WANTED) is True
    assert billing.asked == []
    billing.have(item("waf-2"))
    billing.remember()
    assert reclaim(WANTED) is True
    assert (given_back(billing), told) == ([], [])


def test_what_can_not_be_told_from_others_needs_a_person(billing: Billing) -> None:
    """The service has forgotten the token; or remembers it with arguments that nobody knows any more."""
    billing.have(item())
    assert reclaim(WANTED) is False
    billing.remember(parameters={"Seats": "5"})
    assert reclaim(WANTED) is False
    billing.remember()
    asked = len(billing.asked)
    assert reclaim({**WANTED, "...": True}) is False
    assert len(billing.asked) == asked
    billing.have(item("waf-2"))
    assert reclaim({**WANTED, "...": True}, WANTED) is False
    assert given_back(billing) == []


def test_an_order_of_a_product_that_the_record_does_not_know_needs_a_person(billing: Billing) -> None:
    """Its code was another resource's output: whatever was bought since then may be it."""
    unknown = {"subscription_type": "PayAsYouGo", "...": True}
    assert reclaim(unknown) is True
    billing.have(item(ProductCode="cdn"))
    assert reclaim(unknown) is False
    assert reclaim({"product_code": "cdn", "...": True}) is False
    products = [(each["ProductCode"], each["SubscriptionType"]) for each in billing.lists]
    assert products == [(None, "PayAsYouGo"), (None, "PayAsYouGo"), ("cdn", None)]
    assert billing.asked == []


def test_many_that_go_at_once_are_one_call(billing: Billing) -> None:
    """None of them has to be asked for by itself."""
    assert bss_instance._release_many(Operation(), ("waf", None, "PayAsYouGo"), ["waf-1", "waf-2"]) == []
    kind = {"ProductCode": "waf", "ProductType": None, "SubscriptionType": "PayAsYouGo"}
    assert billing.asked == [("ReleaseInstance", {**kind, "InstanceIds": "waf-1,waf-2"})]


@pytest.mark.parametrize("answer", [{}, {"Data": {"OrderId": "o-1"}}])
def test_an_order_that_named_no_instance_needs_a_person(
    billing: Billing, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]
) -> None:
    """It was placed, and may be any of what is listed."""
    billing.have(item())
    monkeypatch.setattr(Orders, "_remembered", lambda *_: True)
    monkeypatch.setattr(bss_sites, "call", lambda *_: answer)
    assert reclaim(WANTED) is False


def test_an_order_that_is_refused_otherwise_is_an_error(
    billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run tries again."""
    billing.have(item())
    billing.remember()
    call = billing.call

    def refused(operation: Operation, action: str, parameters: dict[str, Any]) -> dict[str, Any]:
        if parameters["SubscriptionType"] == "None":
            return call(operation, action, parameters)
        raise ApiError(action, "Throttling", "later")

    monkeypatch.setattr(bss_sites, "call", refused)
    with pytest.raises(ApiError, match="Throttling"):
        reclaim(WANTED)


def test_an_order_that_is_to_outlive_its_removal_is_told_and_left(billing: Billing, told: list[str]) -> None:
    """Only a person can say what becomes of it."""
    billing.have(item())
    billing.remember()
    assert reclaim(WANTED, kept=True) is True
    assert given_back(billing) == []
    [said] = told
    assert said.startswith("WARNING BSS instance waf-1 was left by an interrupted run and is kept")


@pytest.mark.parametrize("on_delete", ["release", "retain"])
def test_an_order_is_given_back_as_it_says(
    billing: Billing, monkeypatch: pytest.MonkeyPatch, on_delete: str
) -> None:
    """What a destroy would not have released, this doesn't, either."""
    releasing(billing, monkeypatch)
    billing.have(item())
    billing.remember()
    assert reclaim({**WANTED, "on_delete": on_delete}) is True
    assert given_back(billing) == (["waf-1"] if on_delete == "release" else [])


# ---- giving back -----------------------------------------------------------------------------------------


def give_back(**state: Any) -> None:
    PROVIDER.give_back(Operation(), "", "waf-1", state)


@pytest.mark.parametrize("there", [[], [item(Status="Released")]])
@pytest.mark.parametrize("how", ["release", "refund", "retain", None])
def test_what_is_gone_needs_no_giving_back(
    billing: Billing, told: list[str], there: list[Any], how: str | None
) -> None:
    """And nothing to be said; but one that is listed late isn't gone."""
    billing.have(*there)
    give_back(on_delete=how, status="Normal")
    assert (billing.asked, told) == ([], [])
    assert billing.waited == [{"patience": PATIENCE_S}]


@pytest.mark.parametrize("how", ["release", "refund"])
@pytest.mark.parametrize("there", [[], [item(Status="Released")]])
def test_a_refusal_because_it_is_gone_already_is_none(
    billing: Billing, monkeypatch: pytest.MonkeyPatch, there: list[Any], how: str
) -> None:
    """It was done the first time, and the answer got lost."""
    billing.have(item())

    def refused(_: Operation, action: str, __: dict[str, Any]) -> dict[str, Any]:
        billing.have(*there)
        raise ApiError(action, "NotFound", "no")

    monkeypatch.setattr(bss_sites, "call", refused)
    give_back(on_delete=how)


@pytest.mark.parametrize(
    ("changed", "over"),
    [
        ({"EndTime": "2026-11-22T12:00:00Z"}, True),
        ({"EndTime": "2026-11-22T12:00:01Z"}, False),
        ({"EndTime": None, "Status": "EXPIRED"}, True),
        ({"EndTime": None}, False),
        ({"EndTime": "2020-01-01T00:00:00Z", "RenewStatus": "AutoRenewal"}, False),
        ({"EndTime": "2020-01-01T00:00:00Z", "SubscriptionType": "PayAsYouGo"}, False),
    ],
)
def test_a_refusal_because_it_has_ended_is_told(
    billing: Billing, told: list[str], changed: dict[str, Any], over: bool
) -> None:
    """There is nothing left that costs; in all other cases the refusal stands."""
    billing.have(item(**changed))
    billing.refusals = {"RefundInstance": "NotAllowed"}
    if over:
        give_back(on_delete="refund")
        assert told == [f"INFO waf-1 has ended at {changed['EndTime']}: there is nothing to give back"]
    else:
        with pytest.raises(InvalidInput, match=r"NotAllowed(.|\n)*set on_delete='retain'") as refused:
            give_back(on_delete="refund")
        assert "None" not in str(refused.value)
        assert told == []


@pytest.mark.parametrize(
    ("answer", "released"),
    [
        ({"Data": {"ReleaseResult": True}}, True),
        ({"Data": {}}, True),
        ({}, True),
        ({"Data": {"ReleaseResult": False}, "Code": "Busy", "Message": "later", "RequestId": "R"}, False),
    ],
)
def test_an_answer_says_whether_it_was_released(
    billing: Billing, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any], *, released: bool
) -> None:
    """Also one that calls itself a success; what it doesn't say is waited for."""
    billing.have(item())
    monkeypatch.setattr(bss_sites, "call", lambda *_: answer)
    if released:
        give_back()
        assert len(billing.waited) == 2
    else:
        with pytest.raises(InvalidInput, match=r"(?s)ReleaseInstance: Busy: later.*request id: R\n"):
            give_back()
        assert len(billing.waited) == 1


def test_it_is_asked_for_as_it_is_listed(billing: Billing) -> None:
    """One order's refund has one token, whatever took the resource's name before."""
    billing.have(item(), item("waf-2"))
    give_back()
    give_back(on_delete="refund")
    PROVIDER.give_back(Operation(), "", "waf-2", {"on_delete": "refund"})
    kind = {"ProductCode": "waf", "ProductType": "waf_v2"}
    (_, release), (_, refund), (_, other) = billing.asked
    assert release == {**kind, "SubscriptionType": "Subscription", "InstanceIds": "waf-1"}
    assert refund.pop("ClientToken") != other["ClientToken"]
    assert refund == {**kind, "InstanceId": "waf-1", "ImmediatelyRelease": "1"}


def test_what_was_released_is_waited_for(billing: Billing) -> None:
    """Until it is no longer listed, or listed as released; as long as it may take."""
    billing.have(item())
    done: list[Any] = []

    def until(_: Operation, id_: str, seen: Any, **how: Any) -> Any:
        done.append(seen)
        assert ("what" in how) is (len(done) == 2)
        return billing.items[id_]

    billing.until = until  # type: ignore[method-assign]
    give_back()
    assert [action for action, _ in billing.asked] == ["ReleaseInstance"]
    is_there, is_gone = done
    assert is_there(item()) == item() and is_there(None) is None
    assert is_gone(item()) is None and is_gone(None) is True and is_gone(item(Status="released")) is True


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SubscriptionType": "PayAsYouGo"}, "is billed by use until somebody releases it in the console"),
        ({}, "is paid for until 2099-01-01T00:00:00Z; it isn't renewed by itself (ManualRenewal)"),
        (
            {"RenewStatus": "AutoRenewal", "RenewalDuration": 2, "RenewalDurationUnit": "Y"},
            "is paid for until 2099-01-01T00:00:00Z, and then renewed by itself for 24 months at a time",
        ),
    ],
)
def test_what_is_retained_is_told_with_what_it_goes_on_costing(
    billing: Billing, told: list[str], changed: dict[str, Any], said: str
) -> None:
    """As far as the billing system's list tells."""
    billing.have(item(**changed))
    give_back(on_delete="retain")
    assert told == [f"WARNING waf-1 stays, as on_delete='retain' says; {said}"]
    assert billing.asked == []


# ---- what is seen ----------------------------------------------------------------------------------------


SEEN = {
    "product_code": "WAF",
    "product_type": "waf",
    "subscription_type": "Subscription",
    "region_id": "center",
    "renew_status": "AutoRenewal",
    "renew_period": 36,
    "status": "Normal",
    "create_time": "2026-11-22T12:00:00Z",
    "end_time": "2099-01-01T00:00:00Z",
}


def test_an_order_is_seen_as_it_was_made(billing: Billing) -> None:
    """However the billing system writes what can't change; what is adopted is seen as it is written."""
    renewal = {"RenewStatus": "AutoRenewal", "RenewalDuration": 3, "RenewalDurationUnit": "Y"}
    billing.have(item(ProductCode="WAF", ProductType="waf", Region="center", **renewal))
    assert PROVIDER.look(Operation(), "", "waf-1", {}) == SEEN
    known = {"product_code": "waf", "product_type": "waf_v2", "region_id": "cn-hangzhou", "period": 1}
    known |= {"parameters": {"a": "b"}, "on_delete": "retain", "order_id": "o-1", "status": "Creating"}
    kept = {"period": 1, "parameters": {"a": "b"}, "on_delete": "retain", "order_id": "o-1"}
    ordered = {"product_code": "waf", "product_type": "waf_v2", "region_id": "cn-hangzhou"}
    assert PROVIDER.look(Operation(), "", "waf-1", known) == {**SEEN, **ordered, **kept}
    assert PROVIDER.look(Operation(), "", "waf-1", {**known, "adopt_id": "waf-1"}) == {**SEEN, **kept}


def test_what_was_just_seen_is_not_looked_at_again(billing: Billing) -> None:
    """A renewal is in months; without one there is none."""
    live = PROVIDER.look(Operation(), "", "waf-1", {}, item(RenewStatus=""))
    assert live is not None
    assert (live["renew_status"], live["renew_period"], live["product_type"]) == (None, None, "waf_v2")
    renewal = {"RenewStatus": "AutoRenewal", "RenewalDuration": 3, "RenewalDurationUnit": "M"}
    live = PROVIDER.look(Operation(), "", "waf-1", {}, item(**renewal))
    assert live is not None and live["renew_period"] == 3


@pytest.mark.parametrize(
    ("known", "listed", "status"),
    [
        ({"subscription_type": "Subscription", "end_time": "2026-11-22T12:00:00Z"}, None, "Expired"),
        ({"subscription_type": "Subscription", "end_time": "2026-11-22T12:00:00Z"}, "Released", "Expired"),
        ({"subscription_type": "Subscription", "end_time": "2026-11-22T12:00:01Z"}, None, None),
        ({"subscription_type": "Subscription"}, None, None),
        ({"subscription_type": "PayAsYouGo", "end_time": "2026-11-22T12:00:00Z"}, None, None),
        ({"subscription_type": "Subscription", "end_time": "2026-11-22T12:00:00Z"}, "Normal", "Normal"),
    ],
)
def test_a_subscription_that_has_run_out_is_not_gone(
    billing: Billing, known: dict[str, Any], listed: str | None, status: str | None
) -> None:
    """By its last known end; what is billed by use has none."""
    billing.have(*([item(Status=listed)] if listed else []))
    live = PROVIDER.look(Operation(), "", "waf-1", known)
    assert (live or {}).get("status") == status
    if status == "Expired":
        assert live == {**known, "status": "Expired"}
