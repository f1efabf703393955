"""What giving an ordered instance back comes to, and which of BSS's two sites is asked."""

from __future__ import annotations

import json
from concurrent import futures
from typing import Any

import pytest
from engine_model import Engine
from test_histories import alive, connected

from pulumi_aliyun import bridge, bss_instance, bss_sites, cloud
from pulumi_aliyun.attempts import Attempt
from pulumi_aliyun.bss_instance import BssInstanceProvider
from pulumi_aliyun.errors import AliyunError, ApiError, NoAnswer, TimedOut

PROVIDER = BssInstanceProvider()
ORDER = {"product_code": "waf", "subscription_type": "Subscription", "period": 1}
USED = {"product_code": "cdn", "subscription_type": "PayAsYouGo"}


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, fake_aliyun: Any) -> Engine:
    """A stack on the test's fake cloud."""
    fake_aliyun.settings(profile="instant")
    connected(fake_aliyun)
    for name in ("PATIENCE_S", "LISTED_S"):
        monkeypatch.setattr(bss_instance, name, 0.1)
    return Engine(monkeypatch)


def program(**inputs: Any) -> Any:
    """A program with one order."""
    return {"order": (PROVIDER, {**ORDER, **inputs})}


def test_the_order_is_remembered(engine: Engine, fake_aliyun: Any) -> None:
    """Only the creating call tells it; refresh and updates keep it."""
    engine.up(program())
    [live] = alive(fake_aliyun).values()
    engine.refresh()
    engine.up(program(renew_status="NotRenewal"))
    assert engine.state["order"].outputs["order_id"] == live["order_id"]


def test_retaining_says_what_goes_on_costing(engine: Engine, fake_aliyun: Any, told: list[str]) -> None:
    """Paid for until its end, renewed by itself or not, or billed by use."""
    renewed = {"renew_status": "AutoRenewal", "renew_period": 3}
    engine.up(program(on_delete="retain", **renewed))
    engine.up({})
    engine.up({"used": (PROVIDER, {**USED, "on_delete": "retain"})})
    engine.up({})
    assert len(alive(fake_aliyun)) == 2
    assert any("and then renewed by itself for 3 months at a time" in line for line in told)
    assert any("billed by use until somebody releases it" in line for line in told)


@pytest.mark.parametrize("on_delete", ["release", "refund"])
def test_an_ended_subscription_needs_no_giving_back(
    engine: Engine, fake_aliyun: Any, told: list[str], on_delete: str
) -> None:
    """Where the API refuses it, there is nothing left that costs: it leaves the state, and that is said."""
    fake_aliyun.settings(vno=False)
    engine.up(program(on_delete=on_delete))
    fake_aliyun.clock.advance(40 * 86400)
    engine.refresh()
    assert any("has ended by itself and is not bought again" in line for line in told)
    engine.up({})
    assert any("there is nothing to give back" in line for line in told)
    assert engine.state == {}


def test_what_the_account_may_not_release_stays_in_the_state(engine: Engine, fake_aliyun: Any) -> None:
    """The refusal names the choices that the billing method has, and what it goes on costing."""
    fake_aliyun.settings(vno=False)
    engine.up({"used": (PROVIDER, USED), **program()})
    for name, choices in {"order": "on_delete='refund'", "used": "in the product's console"}.items():
        entry = engine.state[name]
        with pytest.raises(AliyunError, match=r"virtual network operators \(VNOs\) only") as refusal:
            engine._delete(name, entry)
        assert choices in str(refusal.value)
        assert "stays in the state" in str(refusal.value)
    assert len(alive(fake_aliyun)) == 2


def test_an_answer_that_says_not_released_is_no_release(engine: Engine, fake_aliyun: Any) -> None:
    """`ReleaseResult: false` inside a success leaves the instance in the state."""
    engine.up(program())
    answer = {"Code": "Busy", "Message": "later", "Success": True, "Data": {"ReleaseResult": False}}
    body = json.dumps({**answer, "RequestId": "R"})
    fake_aliyun.faults.add("ReleaseInstance", status=200, body=body)
    with pytest.raises(AliyunError, match="Busy"):
        engine._delete("order", engine.state["order"])


def test_many_are_released_with_one_call(engine: Engine, fake_aliyun: Any) -> None:
    """Those of a product that go at the same moment are one ReleaseInstance; a bad one fails alone."""
    engine.up({f"order-{n}": (PROVIDER, ORDER) for n in range(5)})
    ids = [entry.id for entry in engine.state.values()]
    since = len(fake_aliyun.requests())
    with futures.ThreadPoolExecutor(5) as pool:
        list(
            pool.map(
                lambda id_: bss_instance._RELEASE.ask(bridge.Operation(), ("waf", "", "Subscription"), id_),
                ids,
            )
        )
    calls = [call for call in fake_aliyun.requests(since) if call["action"] == "ReleaseInstance"]
    assert sorted(",".join(call["params"]["InstanceIds"] for call in calls).split(",")) == sorted(ids)
    assert len(calls) < len(ids)
    assert alive(fake_aliyun) == {}


def test_a_renewal_beyond_what_can_be_set_is_refused_beforehand(engine: Engine, fake_aliyun: Any) -> None:
    """SetRenewal knows 1, 2, 3, 6 and 12 months, and years; an order takes others too."""
    engine.up(program(renew_status="AutoRenewal", renew_period=24))
    since = len(fake_aliyun.requests())
    with pytest.raises(AliyunError, match="renew_period: 7 can't be set"):
        engine.preview(program(renew_status="AutoRenewal", renew_period=7))
    assert fake_aliyun.requests(since) == []
    engine.up(program(renew_status="AutoRenewal", renew_period=36))
    [live] = alive(fake_aliyun).values()
    assert (live["renewal_duration"], live["renewal_duration_unit"]) == (3, "Y")
    assert engine.preview(program(renew_status="AutoRenewal", renew_period=36)) == []


@pytest.mark.parametrize("renew_status", [None, "ManualRenewal", "NotRenewal"])
def test_a_period_of_no_renewal_is_no_difference(engine: Engine, renew_status: str | None) -> None:
    """It would be set, and not be there, again and again."""
    given = {"renew_period": 3, **({"renew_status": renew_status} if renew_status else {})}
    engine.up(program(**given))
    assert engine.preview(program(**given)) == []
    engine.refresh()
    assert engine.preview(program(**given)) == []
    assert engine.preview(program(renew_status="AutoRenewal", renew_period=3)) == [("update", "order")]


def test_how_the_billing_system_writes_an_order_is_no_change(engine: Engine, fake_aliyun: Any) -> None:
    """A product code, type or region that comes back in another spelling never buys a second one."""
    order = program(product_type="waf_pre", region_id="cn-hangzhou")
    engine.up(order)
    id_ = engine.state["order"].id
    listed = {
        "InstanceID": id_,
        "ProductCode": "WAF",
        "ProductType": "waf",
        "Region": "center",
        "Status": "Normal",
    }
    data = {"InstanceList": [{**listed, "SubscriptionType": "Subscription"}], "TotalCount": 1}
    body = json.dumps({"Code": "Success", "Success": True, "RequestId": "R", "Data": data})
    fake_aliyun.faults.add("QueryAvailableInstances", status=200, body=body, times=9)
    engine.refresh()
    assert engine.preview(order) == []


def test_an_existing_one_is_read_by_its_id(engine: Engine, fake_aliyun: Any) -> None:
    """`get` needs nothing but the id; a missing one is an error."""
    engine.up(program())
    [id_] = alive(fake_aliyun)
    assert PROVIDER.read(id_, {}).outs["product_code"] == "waf"
    with pytest.raises(AliyunError, match="waf-nowhere does not exist"):
        PROVIDER.read("waf-nowhere", {})


def test_adoption_shows_the_renewal_it_changes(engine: Engine, fake_aliyun: Any, told: list[str]) -> None:
    """Nothing is ordered; another product than the program's is refused."""
    engine.up(program(on_delete="retain"))
    [id_] = alive(fake_aliyun)
    engine.up({})
    since = len(fake_aliyun.requests())
    with pytest.raises(AliyunError, match="product_code: it has 'waf', not 'cdn'"):
        engine.up(program(adopt_id=id_, product_code="cdn"))
    engine.up(program(adopt_id=id_, renew_status="NotRenewal", parameters={"edition": "basic"}))
    assert any("renew_status: 'ManualRenewal' → 'NotRenewal'" in line for line in told)
    assert engine.preview(program(renew_status="NotRenewal", parameters={"edition": "basic"})) == []
    calls = {call["action"] for call in fake_aliyun.requests(since)}
    assert "CreateInstance" not in calls
    engine.up({})
    assert alive(fake_aliyun) == {}


# ---- what isn't listed yet -------------------------------------------------------------------------------------


@pytest.fixture
def unlisted(engine: Engine, fake_aliyun: Any, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A stack whose order was placed, and timed out before it was listed."""
    monkeypatch.setattr(bridge, "DEFAULT_TIMEOUT_S", 0.3)
    data = {"InstanceList": [], "TotalCount": 0}
    body = json.dumps({"Code": "Success", "Success": True, "RequestId": "R", "Data": data})
    fake_aliyun.faults.add("QueryAvailableInstances", status=200, body=body, times=0)
    with pytest.raises(TimedOut, match="not listed, and stays in the state"):
        engine.up(program())
    return engine


def test_an_order_that_is_long_in_coming_is_waited_for_and_not_placed_again(
    unlisted: Engine, fake_aliyun: Any
) -> None:
    """A list that doesn't show it yet is no reason to buy another; when it does, the stack goes on with it."""
    with pytest.raises(TimedOut, match="not listed, and stays in the state"):
        unlisted.up(program())
    fake_aliyun.faults.clear()
    unlisted.up(program(renew_status="NotRenewal"))
    [live] = alive(fake_aliyun).values()
    assert (unlisted.state["order"].id, live["renew_status"]) == (live["id"], "NotRenewal")
    assert unlisted.preview(program(renew_status="NotRenewal")) == []


def test_a_refresh_keeps_an_order_that_is_not_listed_yet(
    unlisted: Engine, fake_aliyun: Any, told: list[str]
) -> None:
    """It says so, and what comes after it waits on: nothing is ordered twice, however often both happen."""
    [id_] = alive(fake_aliyun)
    for _ in range(3):
        told.clear()
        unlisted.refresh()
        assert told == [
            f"WARNING BSS instance {id_} isn't listed yet, and stays in the state: run `pulumi up` to wait on"
        ]
        assert unlisted.preview(program()) == [("update", "order")]
        with pytest.raises(TimedOut, match=f"{id_} is not listed, and stays in the state"):
            unlisted.up(program())
    unlisted.refresh()
    fake_aliyun.faults.clear()
    unlisted.up(program())
    assert list(alive(fake_aliyun)) == [unlisted.state["order"].id]
    assert unlisted.state["order"].outputs["status"] == "Normal"
    assert unlisted.preview(program()) == []


def test_an_order_that_is_listed_at_last_is_waited_for_once(
    unlisted: Engine, fake_aliyun: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And again only where it is changed then."""
    fake_aliyun.faults.clear()
    settled: list[str] = []
    settle = BssInstanceProvider.settle

    def counted(self: Any, operation: Any, region_id: str, id_: str, wanted: Any) -> Any:
        settled.append(id_)
        return settle(self, operation, region_id, id_, wanted)

    monkeypatch.setattr(BssInstanceProvider, "settle", counted)
    unlisted.up(program())
    assert len(settled) == 1
    assert unlisted.preview(program()) == []


def test_a_wrong_id_that_was_answered_to_an_order_can_be_put_right(
    engine: Engine, fake_aliyun: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says how, with the order's number; what was listed before isn't told so."""
    monkeypatch.setattr(bridge, "DEFAULT_TIMEOUT_S", 0.3)
    data = {"InstanceId": "waf-wrong", "OrderId": "4711"}
    body = json.dumps({"Code": "Success", "Success": True, "RequestId": "R", "Data": data})
    fake_aliyun.faults.add("CreateInstance", status=200, body=body, after_action=True)
    way_out = r"another instance for the order 4711, .* `pulumi state delete '.*::order'`, .*adopt_id"
    for _ in range(2):
        with pytest.raises(TimedOut, match=way_out):
            engine.up(program())
    del engine.state["order"]
    [id_] = alive(fake_aliyun)
    engine.up(program(adopt_id=id_))
    assert list(alive(fake_aliyun)) == [engine.state["order"].id] == [id_]


def test_giving_back_what_was_never_listed_names_the_order(
    unlisted: Engine, fake_aliyun: Any, told: list[str]
) -> None:
    """It leaves the state, and a person can look for it."""
    unlisted.destroy()
    [live] = alive(fake_aliyun).values()
    [said] = [line for line in told if "never listed" in line]
    assert said.startswith(f"WARNING {live['id']} was never listed")


def test_who_takes_an_order_that_can_be_none_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It tells nothing of an earlier order: a person is asked."""
    monkeypatch.setattr(cloud, "bss", lambda *_, **__: {"RequestId": "R", "Data": {"InstanceId": "waf-1"}})
    attempt = Attempt("stack", "origin", 0)
    assert not bss_instance.Orders(ORDER)._remembered(bridge.Operation(), attempt)


# ---- the two sites ---------------------------------------------------------------------------------------------


class Sites:
    """What each site answers, and what it was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, account: str, region: str) -> None:
        self.account = account
        self.asked: list[tuple[str, str, Any]] = []
        self.ids: list[str] = []
        monkeypatch.setattr(cloud, "bss", self)
        monkeypatch.setattr(cloud, "region", lambda: region)
        monkeypatch.setattr(cloud, "has_endpoint", lambda _: False)
        monkeypatch.setattr(bss_sites, "_account", type(bss_sites._account)())

    def __call__(self, _: Any, action: str, parameters: Any, *, site: str) -> Any:
        self.asked.append((site, action, parameters.get("ClientToken")))
        if site == self.account:
            start = (parameters.get("PageNum", 1) - 1) * parameters.get("PageSize", 20)
            ids = self.ids[start : start + parameters.get("PageSize", 20)]
            return {"Data": {"InstanceList": [{"InstanceID": each} for each in ids]}}
        if action == "QueryAvailableInstances":
            return {"Data": {"InstanceList": []}}
        raise ApiError(action, "NotApplicable", "This API is not applicable for caller.")


def test_an_international_account_is_served_at_its_site_with_the_same_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Refused as NotApplicable, the same request goes to the other site; after that, all do."""
    sites = Sites(monkeypatch, account="ap-southeast-1", region="cn-hangzhou")
    for token in ("one", "two"):
        bss_sites.call(bridge.Operation(), "CreateInstance", {"ClientToken": token})
    asked = [(site, token) for site, _, token in sites.asked]
    assert asked == [("cn-hangzhou", "one"), ("ap-southeast-1", "one"), ("ap-southeast-1", "two")]


def test_an_empty_list_of_the_wrong_site_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the region's site doesn't list is looked for at the other one before it counts as gone."""
    sites = Sites(monkeypatch, account="ap-southeast-1", region="cn-hangzhou")
    sites.ids = ["waf-1"]
    found = bss_sites.listed(bridge.Operation(), {"InstanceIDs": "waf-1"})
    assert [item["InstanceID"] for item in found] == ["waf-1"]
    bss_sites.listed(bridge.Operation(), {"InstanceIDs": "waf-1"})
    assert [site for site, _, _ in sites.asked] == ["cn-hangzhou", "ap-southeast-1", "ap-southeast-1"]


def test_a_list_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an interrupted run may have ordered is looked for on every page."""
    sites = Sites(monkeypatch, account="cn-hangzhou", region="cn-hangzhou")
    sites.ids = [f"waf-{number}" for number in range(301)]
    found = bss_sites.every(bridge.Operation(), {})
    assert [item["InstanceID"] for item in found] == sites.ids


def test_a_list_without_an_end_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever answers with full pages for ever is given up."""
    full = {"Data": {"InstanceList": [{"InstanceID": "waf-1"}] * 300}}
    monkeypatch.setattr(cloud, "bss", lambda *_, **__: full)
    monkeypatch.setattr(cloud, "MOST_PAGES", 5)
    with pytest.raises(NoAnswer, match="no end"):
        bss_sites.every(bridge.Operation(), {})


def test_what_no_site_applies_to_keeps_its_first_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """An operation that isn't for this account at all fails once, with the API's own sentence."""
    Sites(monkeypatch, account="nowhere", region="eu-central-1")
    with pytest.raises(ApiError, match="NotApplicable"):
        bss_sites.call(bridge.Operation(), "ReleaseInstance", {})
