"""Orders in random histories: nothing is bought twice, and nothing is dropped while it costs money."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from engine_model import Engine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_histories import alive, connected

from fake_aliyun import FakeAliyun
from pulumi_aliyun import bridge, bss_instance, bss_sites
from pulumi_aliyun.bss_instance import BssInstanceProvider

PROVIDER = BssInstanceProvider()

RENEWALS = st.sampled_from(
    [
        {},
        {"renew_status": "ManualRenewal"},
        {"renew_status": "NotRenewal"},
        {"renew_status": "AutoRenewal", "renew_period": 1},
        {"renew_status": "AutoRenewal", "renew_period": 12},
        {"renew_status": "AutoRenewal", "renew_period": 24},
    ]
)
SUBSCRIPTIONS = st.builds(
    lambda period, renewal, on_delete, edition: {
        "product_code": "waf",
        "subscription_type": "Subscription",
        "period": period,
        "region_id": "cn-hangzhou",
        "parameters": {"edition": edition},
        "on_delete": on_delete,
        **renewal,
    },
    st.sampled_from([1, 12]),
    RENEWALS,
    st.sampled_from([None, "release", "refund"]),
    st.sampled_from(["basic", "basic", "pro"]),
)
USED = st.builds(
    lambda edition: {
        "product_code": "cdn",
        "product_type": "cdn",
        "subscription_type": "PayAsYouGo",
        "parameters": {"edition": edition},
    },
    st.sampled_from(["basic", "pro"]),
)
PROGRAMS = st.dictionaries(st.sampled_from(["a", "b"]), SUBSCRIPTIONS | USED, max_size=2).map(
    lambda resources: {name: (PROVIDER, inputs) for name, inputs in resources.items()}
)
STEPS = st.lists(
    st.one_of(
        PROGRAMS.map(lambda program: ("up", program)),
        st.just(("refresh", None)),
        st.sampled_from(["renew by itself", "don't renew", "release"]).map(
            lambda change: ("outside", change)
        ),
    ),
    min_size=1,
    max_size=5,
)


@pytest.fixture(autouse=True)
def _briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A listed instance is never missing from the fake's answers for long."""
    for name in ("PATIENCE_S", "LISTED_S"):
        monkeypatch.setattr(bss_instance, name, 0.1)


def change_outside(fake: FakeAliyun, bss: Callable[..., Any], engine: Engine, change: str) -> None:
    """Do to the first subscription of the stack that is there what somebody in the console might do."""
    there = [each for each in alive(fake) if each.startswith("waf")]
    found = next((entry for entry in engine.state.values() if entry.id in there), None)
    if found is None:
        return
    product = {"ProductCode": "waf", "SubscriptionType": "Subscription"}
    if change == "renew by itself":
        renewal = {"RenewalStatus": "AutoRenewal", "RenewalPeriod": 3, "RenewalPeriodUnit": "M"}
        bss("SetRenewal", InstanceIDs=found.id, **renewal, **product)
    elif change == "release":
        bss("ReleaseInstance", InstanceIds=found.id, **product)
    else:
        bss("SetRenewal", InstanceIDs=found.id, RenewalStatus="NotRenewal", **product)


def agrees(fake: FakeAliyun, engine: Engine, program: Any) -> None:
    """State and cloud match one to one, and each is renewed as the program says."""
    there = alive(fake)
    assert {entry.id for entry in engine.state.values()} == set(there)
    for name, (_, inputs) in program.items():
        live = there[engine.state[name].id]
        if "renew_status" in inputs:
            assert live["renew_status"] == inputs["renew_status"]
        if "renew_period" in inputs:
            years = live["renewal_duration_unit"] == "Y"
            assert live["renewal_duration"] * (12 if years else 1) == inputs["renew_period"]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS, last=PROGRAMS)
def test_state_program_and_orders_agree_at_the_end(
    monkeypatch: pytest.MonkeyPatch, steps: list[tuple[str, Any]], last: Any
) -> None:
    """Whatever happened, each order is placed once, the next preview is silent, and destroy means gone."""
    with FakeAliyun(profile="instant") as fake:
        bss = connected_to_bss(fake)
        engine = Engine(monkeypatch)
        changed_outside = False
        for step, what in steps:
            if step == "refresh":
                engine.refresh()
                changed_outside = False
            elif step == "outside":
                change_outside(fake, bss, engine, what)
                changed_outside = True
            elif not changed_outside:  # an up without a refresh can't know what happened outside
                engine.up(what)
                agrees(fake, engine, what)
                assert engine.preview(what) == []
        engine.refresh()
        engine.up(last)
        agrees(fake, engine, last)
        engine.refresh()
        assert engine.preview(last) == []
        engine.up({})
        assert alive(fake) == {}


def connected_to_bss(fake: FakeAliyun) -> Callable[..., Any]:
    """Point the provider at a fake cloud, and return a way to call its BSS from outside."""
    connected(fake)

    def call(action: str, **parameters: Any) -> Any:
        return bss_sites.call(bridge.Operation(), action, parameters)

    return call
