"""What each call of the engine is answered with, by what the state, the program and the cloud say; without a cloud."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from pulumi.output import Unknown
from pulumi.runtime import rpc

from pulumi_aliyun import adoption, bridge, cloud, redaction, run
from pulumi_aliyun.attempts import Attempt
from pulumi_aliyun.bridge import Operation
from pulumi_aliyun.bss_instance import BssInstanceProvider
from pulumi_aliyun.capacity_reservation import CapacityReservationProvider
from pulumi_aliyun.ecs_instance import EcsInstanceProvider
from pulumi_aliyun.errors import AliyunError, InvalidInput, NoAnswer, NotThere
from pulumi_aliyun.lifecycle import Created, Provider

URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/aliyun:CapacityReservation::pool"
PAST, FUTURE = "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"
POOL = {
    "instance_type": "ecs.g6.large",
    "instance_amount": 2.0,
    "zone_id": "cn-hangzhou-h",
    "region_id": "cn-hangzhou",
}
WEB = {
    "instance_type": "ecs.g6.large",
    "image_id": "img-1",
    "vswitch_id": "vsw-1",
    "security_group_ids": ["sg-1"],
    "region_id": "cn-hangzhou",
    "status": "Running",
}
ORDER = {"product_code": "waf", "subscription_type": "Subscription", "period": 1.0}


@pytest.fixture(autouse=True)
def run_of_its_own(monkeypatch: pytest.MonkeyPatch) -> run.Run:
    """A process of the provider that has learnt nothing yet."""
    fresh = run.Run()
    monkeypatch.setattr(run, "this", fresh)
    monkeypatch.setattr(adoption, "_run", type(adoption._run)())
    cloud.configure({"aliyun:region": "cn-hangzhou"}.get)
    return fresh


def ask(provider: Provider, method: str, *given: Any, operation: Operation | None = None) -> Any:
    """What the provider answers to one call of the engine."""
    return getattr(type(provider), method).__wrapped__(provider, operation or Operation(urn=URN), *given)


def stored(monkeypatch: pytest.MonkeyPatch, inputs: dict[str, Any] | None) -> None:
    """Have the state hold these inputs of the resource."""
    monkeypatch.setattr(bridge, "old_inputs", lambda *_, **__: inputs)


# ---- check -------------------------------------------------------------------------------------------------


def refusals(answer: Any) -> str:
    return "\n".join(failure.reason for failure in answer.failures)


def test_a_new_resource_needs_a_region_from_somewhere() -> None:
    """Its own or the stack's; one that exists has one."""
    nowhere = {name: value for name, value in POOL.items() if name != "region_id"}
    provider = CapacityReservationProvider()
    assert refusals(ask(provider, "check", {}, nowhere)) == ""
    cloud.configure({}.get)
    assert refusals(ask(provider, "check", {}, nowhere)).startswith("region_id: no region is known")
    assert refusals(ask(provider, "check", {}, POOL)) == ""
    assert refusals(ask(provider, "check", POOL, nowhere)) == ""
    assert refusals(ask(BssInstanceProvider(), "check", {}, ORDER)) == ""


def test_the_stacks_region_is_what_a_zone_has_to_be_in() -> None:
    """Of a new resource, and only where it names none of its own."""
    elsewhere = {"instance_type": "ecs.g6.large", "instance_amount": 2.0, "zone_id": "cn-shanghai-b"}
    provider = CapacityReservationProvider()
    assert "zone_id" in refusals(ask(provider, "check", {}, elsewhere))
    assert refusals(ask(provider, "check", {}, {**elsewhere, "region_id": "cn-shanghai"})) == ""
    assert refusals(ask(provider, "check", elsewhere, elsewhere)) == ""
    assert "region_id" not in ask(provider, "check", {}, {**POOL, "region_id": None}).inputs
    order = {**ORDER, "parameters": {"Region": "cn-shanghai"}}
    assert refusals(ask(BssInstanceProvider(), "check", {}, order)) == ""


def test_a_wrong_configuration_is_refused_before_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the resource is like."""

    def wrong() -> None:
        raise InvalidInput("aliyun:endpoints is no JSON")

    monkeypatch.setattr(cloud, "refuse_misconfiguration", wrong)
    with pytest.raises(InvalidInput, match="no JSON"):
        ask(CapacityReservationProvider(), "check", {}, dict(POOL))


def test_what_is_not_allowed_is_refused_with_its_page() -> None:
    """Once, at the end of all that is wrong."""
    wrong = {**POOL, "instance_amount": 0.0, "zone_id": "cn-shanghai-b"}
    answer = ask(CapacityReservationProvider(), "check", {}, wrong)
    assert len(answer.failures) == 2
    assert refusals(answer).count("\n  see https://") == 1
    assert answer.failures[-1].reason.count("\n  see https://") == 1
    two_pages = {**WEB, "image_id": "", "stopped_mode": "Sleep"}
    [*_, last] = ask(EcsInstanceProvider(), "check", {}, two_pages).failures
    assert last.property == ""
    assert [line.rsplit("-", 1)[-1] for line in last.reason.split("\n")[1:]] == [
        "runinstances",
        "stopinstance",
    ]


def test_what_was_in_order_when_it_was_made_is_in_order() -> None:
    """The end of a reservation has to come; one that has ended is left as it is."""
    ended = {**POOL, "end_time_type": "Limited", "end_time": PAST}
    provider = CapacityReservationProvider()
    assert "end_time: " in refusals(ask(provider, "check", {}, dict(ended)))
    assert refusals(ask(provider, "check", dict(ended), dict(ended))) == ""


def test_a_value_that_may_be_secret_is_shown_by_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was an output in the program."""
    news = {**POOL, "match_criteria": "swordfish"}
    assert "swordfish" in refusals(ask(CapacityReservationProvider(), "check", {}, dict(news)))
    hint = {"hidden": ["match_criteria"]}
    refused = refusals(ask(CapacityReservationProvider(), "check", {}, {**news, "__run": hint}))
    assert refused.startswith("match_criteria: ") and "swordfish" not in refused


def test_a_value_that_may_be_secret_is_shown_by_no_message_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """But for what looks like an id: what is wrong with another resource's has to be told."""
    monkeypatch.setattr(redaction, "_kept", set())
    news = {**POOL, "name": "swordfish", "resource_group_id": "rg-acfmxazb4p"}
    hint = {"hidden": ["name", "resource_group_id"]}
    ask(CapacityReservationProvider(), "check", {}, {**news, "__run": hint})
    assert redaction.without_secrets("swordfish in rg-acfmxazb4p, cn-hangzhou-h") == (
        "[secret] in rg-acfmxazb4p, cn-hangzhou-h"
    )


def test_what_passes_has_the_hidden_inputs_that_the_state_keeps(run_of_its_own: run.Run) -> None:
    """The stack's identity, and of an order the run that passed it; what is of this run alone is taken off."""
    hint = {"creation": 0}
    run_of_its_own.name = "this-run"
    checked = ask(CapacityReservationProvider(), "check", {}, {**POOL, "__identity": "s", "__run": hint})
    assert checked.inputs == {**POOL, "instance_amount": 2, "__identity": "s"}
    assert run.hint(URN) == hint
    assert "__identity" not in ask(CapacityReservationProvider(), "check", {}, dict(POOL)).inputs
    order = ask(BssInstanceProvider(), "check", {}, {**ORDER, "on_delete": "retain"})
    assert order.inputs["__passed"] == "this-run"


def test_a_password_is_secret_in_the_state_however_it_was_given() -> None:
    """A plain string as well; and nothing else is."""
    inputs = ask(
        EcsInstanceProvider(), "check", {}, {**WEB, "password": "Passw0rd!1", "host_name": "a"}
    ).inputs
    assert rpc.is_rpc_secret(inputs["password"])
    assert inputs["host_name"] == "a"


def test_what_a_buyer_should_know_is_said_of_what_is_new_and_allowed(told: list[str]) -> None:
    """What exists is bought already, and what is taken over, too."""
    provider = BssInstanceProvider()
    ask(provider, "check", {}, dict(ORDER))
    assert len(told) == 1
    told.clear()
    ask(provider, "check", dict(ORDER), dict(ORDER))
    ask(provider, "check", {}, {**ORDER, "period": 0.0})
    assert told == []


# ---- diff --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "program", "refused"),
    [
        ({}, {}, False),
        ({}, {"adopt_id": "crp-1"}, False),
        ({}, {"adopt_id": "crp-2"}, True),
        ({"adopt_id": "crp-1"}, {}, False),
        ({"adopt_id": "crp-1"}, {"adopt_id": "crp-1"}, False),
        ({"adopt_id": "crp-1"}, {"adopt_id": "crp-2"}, True),
        # it was taken over as crp-0, and replaced since
        ({"adopt_id": "crp-0"}, {"adopt_id": "crp-0"}, False),
        ({"adopt_id": "crp-0"}, {"adopt_id": "crp-2"}, True),
        ({}, {"adopt_id": Unknown()}, False),
    ],
)
def test_a_resource_of_the_state_never_becomes_another_one(
    state: dict[str, Any], program: dict[str, Any], refused: bool
) -> None:
    """Bought or taken over: what `adopt_id` names beside it would be forgotten in silence."""
    given = "crp-1", {**POOL, **state}, {**POOL, **program}
    if refused:
        with pytest.raises(InvalidInput, match=r"'crp-2' is another .* than .*'crp-1'"):
            ask(CapacityReservationProvider(), "diff", *given)
    else:
        assert ask(CapacityReservationProvider(), "diff", *given).changes is False


@pytest.mark.parametrize(
    ("state", "program", "keeps"),
    [
        ({}, {"adopt_id": "crp-1"}, True),
        ({"adopt_id": "crp-1"}, {}, True),
        ({}, {}, False),
        ({"adopt_id": "crp-0"}, {"adopt_id": "crp-0"}, False),
    ],
)
def test_what_one_has_taken_over_another_does_not_give_back(
    state: dict[str, Any], program: dict[str, Any], keeps: bool
) -> None:
    """Whether the program still says so, or the state alone."""
    ask(CapacityReservationProvider(), "diff", "crp-1", {**POOL, **state}, {**POOL, **program})
    assert adoption.taken_by("capacity reservation", "urn::other", "crp-1") == ("pool" if keeps else "")


def test_what_is_replaced_gives_up_what_it_had_taken_over() -> None:
    """The old one is deleted, whoever else of the state has it."""
    state = {**POOL, "adopt_id": "crp-1"}
    diff = ask(CapacityReservationProvider(), "diff", "crp-1", state, {**POOL, "zone_id": "cn-hangzhou-i"})
    assert diff.replaces == ["zone_id"]
    assert adoption.taken_by("capacity reservation", "urn::other", "crp-1") == ""


def test_what_differs_is_changed_or_replaces_by_what_the_api_can_change(told: list[str]) -> None:
    """All that replaces is named, in a steady order."""
    provider = CapacityReservationProvider()

    def answer(**changed: Any) -> tuple[Any, ...]:
        diff = ask(provider, "diff", "crp-1", dict(POOL), {**POOL, **changed})
        return diff.changes, diff.replaces, diff.delete_before_replace

    assert answer() == (False, [], False)
    assert answer(instance_amount=3.0) == (True, [], False)
    assert answer(zone_id="cn-hangzhou-i", instance_type="ecs.g7.large") == (
        True,
        ["instance_type", "zone_id"],
        False,
    )
    assert told == []
    assert run.is_held("crp-1")


def test_the_engine_gets_to_know_which_arguments_differ_and_whose_keys_nobody_sees(
    monkeypatch: pytest.MonkeyPatch, run_of_its_own: run.Run
) -> None:
    """A preview shows them one by one."""
    shown: list[Any] = []
    monkeypatch.setattr(bridge, "detail", lambda *given, **how: shown.append((*given[1:], how)))
    run_of_its_own.hints[URN] = {"sealed": ["tags"]}
    news = {**POOL, "name": "b", "zone_id": "cn-hangzhou-i"}
    ask(CapacityReservationProvider(), "diff", "crp-1", dict(POOL), news)
    ((changed, replaces, how),) = shown
    assert (sorted(changed), replaces, how) == (["name", "zone_id"], ["zone_id"], {"sealed": ["tags"]})


def test_what_can_not_be_deleted_is_not_replaced_unless_the_user_keeps_it(run_of_its_own: run.Run) -> None:
    """The reasons stand in the preview, before anything is bought; a change in place is none of their business."""
    protected = {**WEB, "deletion_protection": True}
    provider = EcsInstanceProvider()
    with pytest.raises(
        InvalidInput, match=r"image_id: this change replaces the ECS instance(.*\n.*)set deletion"
    ):
        ask(provider, "diff", "i-1", protected, {**protected, "image_id": "img-2"})
    run_of_its_own.hints[URN] = {"kept": True}
    assert ask(provider, "diff", "i-1", protected, {**protected, "image_id": "img-2"}).replaces == [
        "image_id"
    ]
    run_of_its_own.hints.clear()
    assert ask(provider, "diff", "i-1", protected, {**protected, "description": "a"}).replaces == []


def test_the_old_one_goes_first_only_where_both_can_not_be_and_one_replaces_the_other(
    told: list[str],
) -> None:
    """An address that both would have is said; for a change in place nothing has to go."""
    fixed = {**WEB, "private_ip_address": "172.20.0.9"}
    provider = EcsInstanceProvider()
    assert ask(provider, "diff", "i-1", fixed, {**fixed, "description": "a"}).delete_before_replace is False
    assert (
        ask(provider, "diff", "i-1", dict(WEB), {**WEB, "image_id": "img-2"}).delete_before_replace is False
    )
    other = {**fixed, "image_id": "img-2", "private_ip_address": "172.20.0.10"}
    assert ask(provider, "diff", "i-1", fixed, other).delete_before_replace is False
    assert told == []
    assert ask(provider, "diff", "i-1", fixed, {**fixed, "image_id": "img-2"}).delete_before_replace is True
    assert told == [
        "INFO the old ECS instance is deleted before the new one is made: both can't be at a time"
    ]


def test_a_change_in_place_is_explained_and_a_replacement_is_not(told: list[str]) -> None:
    """A new one boots anyway."""
    provider = EcsInstanceProvider()
    ask(provider, "diff", "i-1", dict(WEB), {**WEB, "host_name": "b"})
    assert told == ["INFO host_name: takes effect at the next reboot"]
    told.clear()
    ask(provider, "diff", "i-1", dict(WEB), {**WEB, "host_name": "b", "image_id": "img-2"})
    assert told == []


def test_what_has_ended_is_said_and_can_be_replaced_but_not_changed(told: list[str]) -> None:
    """It isn't bought again by itself."""
    released = {**POOL, "status": "Released"}
    provider = CapacityReservationProvider()
    assert ask(provider, "diff", "crp-1", released, dict(POOL)).changes is False
    assert [line.split(" by itself")[0] for line in told] == ["WARNING capacity reservation crp-1 has ended"]
    with pytest.raises(InvalidInput, match="has ended and can't be changed"):
        ask(provider, "diff", "crp-1", released, {**POOL, "name": "other"})
    assert ask(provider, "diff", "crp-1", released, {**POOL, "zone_id": "b"}).replaces == ["zone_id"]


# ---- what interrupted runs have done ------------------------------------------------------------------------


class Lost:
    """A reservation of which the state mayn't know all, and what the cloud has of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, this: run.Run) -> None:
        self.provider = CapacityReservationProvider()
        self.live: dict[str, Any] | None = {**POOL, "status": "Active"}
        self.known: list[dict[str, Any]] = []
        self.this = this
        self.operation = Operation(urn=URN)
        monkeypatch.setattr(run, "seen", lambda *given: {"seen": given[1:]})
        monkeypatch.setattr(self.provider, "look", self._look, raising=False)

    def _look(self, _: Operation, region_id: str, id_: str, known: Any, item: Any) -> dict[str, Any] | None:
        assert (region_id, id_) == ("cn-hangzhou", "crp-1")
        assert item == {"seen": ("CapacityReservation", "cn-hangzhou", "crp-1")}
        self.known.append(known)
        return self.live

    def interrupted(self) -> None:
        """The last run didn't come to its end."""
        self.this.before.unfinished = True

    def diff(self, state: dict[str, Any] | None = None, program: dict[str, Any] | None = None) -> Any:
        """What the engine is answered."""
        given = {**POOL, **(state or {})}, {**POOL, **(program or {})}
        return ask(self.provider, "diff", "crp-1", *given, operation=self.operation)


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch, run_of_its_own: run.Run) -> Lost:
    return Lost(monkeypatch, run_of_its_own)


def test_what_is_gone_is_made_anew_unless_the_engine_would_refuse(lost: Lost, told: list[str]) -> None:
    """A protected resource can't be replaced: that is said, and the run goes on."""
    lost.live = None
    assert lost.diff({"adopt_id": "crp-1"}).replaces == ["id"]
    assert adoption.taken_by("capacity reservation", "urn::other", "crp-1") == ""
    told.clear()
    lost.this.hints[URN] = {"protected": True}
    assert (lost.diff().changes, lost.diff().replaces) == (False, [])
    assert told[0] == "WARNING capacity reservation crp-1 has vanished; run `pulumi up --refresh`"
    assert lost.diff(program={"name": "b"}).changes is True


def test_what_a_killed_destroy_changed_is_put_back(lost: Lost) -> None:
    """It leaves no other trace; what somebody else has changed is the business of refresh."""
    ending = {"end_time_type": "Limited", "end_time": FUTURE}
    lost.live = {**POOL, "end_time_type": "Unlimited", "name": "theirs", "status": "Active"}
    assert lost.diff(ending, ending).changes is True
    assert lost.known == [ending]
    assert run.unknown_to_state("crp-1") == {"end_time_type": "Unlimited"}
    assert lost.diff({**ending, "name": "ours"}, {**ending, "name": "ours"}).replaces == []


def test_what_the_user_ignores_is_not_put_back(lost: Lost) -> None:
    """By the name of the whole argument, whatever of it is ignored."""
    ending = {"end_time_type": "Limited", "end_time": FUTURE}
    lost.live = {**POOL, "end_time_type": "Unlimited", "status": "Active"}
    lost.operation.request = SimpleNamespace(ignoreChanges=["end_time_type", "tags.a", "end_time[0]"])
    assert lost.diff(ending, ending).changes is False


def test_what_a_killed_update_changed_is_found_wherever_it_can_be_changed_in_place(lost: Lost) -> None:
    """The state is compared as a whole, then, but for what no update can have done."""
    lost.live = {**POOL, "instance_amount": 5, "zone_id": "elsewhere", "status": "Active"}
    assert lost.diff().changes is False
    lost.interrupted()
    diff = lost.diff()
    assert (diff.changes, diff.replaces) == (True, [])
    assert lost.known[-1] == {**POOL, "instance_amount": 2}
    assert run.unknown_to_state("crp-1")["instance_amount"] == 5
    assert "zone_id" not in run.unknown_to_state("crp-1")


def test_what_a_killed_update_has_brought_about_is_still_recorded(lost: Lost) -> None:
    """The cloud has what is wanted and the state doesn't know."""
    lost.interrupted()
    lost.live = {**POOL, "instance_amount": 3, "status": "Active"}
    assert lost.diff(program={"instance_amount": 3.0}).changes is True


def test_what_has_ended_is_looked_at_no_more(lost: Lost) -> None:
    """It may be gone from the cloud, and is nothing to be made anew."""
    lost.live = None
    ended = {"end_time_type": "Limited", "end_time": PAST}
    assert lost.diff(ended, ended).changes is False
    assert lost.known == []


# ---- create ------------------------------------------------------------------------------------------------


class Life:
    """A reservation's life with a cloud that does what it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.provider = CapacityReservationProvider()
        self.made: list[Created] = []
        self.live: dict[str, dict[str, Any] | None] = {}
        self.done: list[Any] = []
        for name in ("buy", "look", "settle", "change", "give_back"):
            monkeypatch.setattr(self.provider, name, getattr(self, f"_{name}"), raising=False)

    def _buy(self, _: Operation, region_id: str, __: Any, attempt: Attempt) -> Created:
        self.done.append(("buy", region_id, attempt.number))
        return self.made.pop(0)

    def _look(self, _: Operation, __: str, id_: str, *___: Any) -> Any:
        return self.live[id_]

    def _settle(self, _: Operation, region_id: str, id_: str, __: Any) -> None:
        self.done.append(("settle", region_id, id_))

    def _change(self, _: Operation, id_: str, olds: Any, wanted: Any, changed: frozenset[str]) -> None:
        self.done.append(("change", id_, olds, wanted, changed))
        self.live[id_] = {**(self.live[id_] or {}), **{name: wanted[name] for name in changed}}

    def _give_back(self, _: Operation, region_id: str, id_: str, state: Any) -> None:
        self.done.append(("give back", region_id, id_, state))


@pytest.fixture
def life(monkeypatch: pytest.MonkeyPatch) -> Life:
    return Life(monkeypatch)


ACTIVE = {**POOL, "instance_amount": 2, "status": "Active"}
FIRST = Attempt("stack", "origin", 0)


def test_what_is_bought_is_waited_for_and_recorded_with_what_it_was_bought_as(life: Life) -> None:
    """Nothing of it needs to be changed, nor given back."""
    life.made, life.live = [Created("crp-1", FIRST)], {"crp-1": {**ACTIVE, "name": None}}
    made = ask(life.provider, "create", {**POOL, "__identity": "stack", "__provider": "…"})
    assert life.done == [("buy", "cn-hangzhou", 0), ("settle", "cn-hangzhou", "crp-1")]
    assert (made.id, made.outs) == (
        "crp-1",
        {**ACTIVE, "__identity": "stack", "__attempt": FIRST.name, "__id": "crp-1"},
    )
    assert run.this.named == {"crp-1"}


def test_without_a_region_nothing_is_bought(life: Life) -> None:
    """The stack's is taken where the program names none; what is regional needs one."""
    nowhere = {name: value for name, value in POOL.items() if name != "region_id"}
    cloud.configure({"aliyun:region": "cn-beijing"}.get)
    life.made, life.live = [Created("crp-1", FIRST)], {"crp-1": {**ACTIVE, "region_id": "cn-beijing"}}
    assert ask(life.provider, "create", nowhere).outs["region_id"] == "cn-beijing"
    cloud.configure({}.get)
    with pytest.raises(InvalidInput, match="no region is known"):
        ask(life.provider, "create", nowhere)


def test_what_fails_half_way_is_kept_with_the_region_that_it_is_in(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stack's may be another one by the next run; an order is in none."""
    nowhere = {name: value for name, value in POOL.items() if name != "region_id"}

    def fails(*_: Any) -> None:
        raise NotThere("gone")

    for provider, inputs, kept in (
        (life.provider, nowhere, {"region_id": "cn-hangzhou"}),
        (BssInstanceProvider(), ORDER, {}),
    ):
        monkeypatch.setattr(provider, "buy", lambda *_: Created("crp-1", FIRST), raising=False)
        monkeypatch.setattr(provider, "settle", fails, raising=False)
        operation = Operation(urn=URN)
        with pytest.raises(NotThere, match="gone"):
            ask(provider, "create", dict(inputs), operation=operation)
        assert {name: operation.outputs[name] for name in ("region_id",) if name in operation.outputs} == kept


def test_what_an_interrupted_run_bought_is_brought_to_what_is_wanted_now(life: Life) -> None:
    """In place, as far as that goes; and only what differs."""
    life.made, life.live = [Created("crp-1", FIRST, found=True)], {"crp-1": {**ACTIVE, "instance_amount": 1}}
    made = ask(life.provider, "create", dict(POOL))
    assert [step[0] for step in life.done] == ["buy", "change", "settle"]
    assert life.done[1][1:] == (
        "crp-1",
        {**ACTIVE, "instance_amount": 1},
        {**POOL, "instance_amount": 2},
        frozenset({"instance_amount"}),
    )
    assert made.outs["instance_amount"] == 2
    life.done.clear()
    life.made = [Created("crp-1", FIRST, found=True)]
    ask(life.provider, "create", dict(POOL))
    assert [step[0] for step in life.done] == ["buy", "settle"]


def test_what_an_interrupted_run_bought_and_nobody_wants_so_is_given_back_for_another(life: Life) -> None:
    """The next has the number after the one that was found; one that is gone already is given back as well."""
    fifth, sixth, seventh = (Attempt("stack", "origin", number) for number in (4, 5, 6))
    life.made = [
        Created("crp-1", fifth, found=True),
        Created("crp-2", sixth, found=True),
        Created("crp-3", seventh),
    ]
    life.live = {"crp-1": {**ACTIVE, "zone_id": "other"}, "crp-2": None, "crp-3": ACTIVE}
    made = ask(life.provider, "create", dict(POOL))
    assert life.done == [
        ("buy", "cn-hangzhou", 0),
        ("give back", "cn-hangzhou", "crp-1", {**ACTIVE, "zone_id": "other"}),
        ("buy", "cn-hangzhou", 5),
        ("give back", "cn-hangzhou", "crp-2", {}),
        ("buy", "cn-hangzhou", 6),
        ("settle", "cn-hangzhou", "crp-3"),
    ]
    assert made.id == "crp-3" and made.outs["__attempt"] == seventh.name


def test_what_is_taken_over_is_changed_in_place_and_nobody_elses_to_give_back(
    life: Life, told: list[str]
) -> None:
    """It wasn't bought: no attempt is recorded, and it bears no mark."""
    life.live = {"crp-1": {**ACTIVE, "instance_amount": 1}}
    made = ask(life.provider, "create", {**POOL, "adopt_id": "crp-1"})
    assert [step[0] for step in life.done] == ["change", "settle"]
    assert made.id == made.outs["__id"] == "crp-1" and "__attempt" not in made.outs
    assert told == ["INFO capacity reservation crp-1 is taken over and changed: instance_amount: 1 → 2"]
    assert run.is_held("crp-1")
    assert adoption.taken_by("capacity reservation", URN, "crp-1") == "pool"


def test_what_is_taken_over_as_it_is_is_not_changed(life: Life, told: list[str]) -> None:
    """What the program doesn't name stays as it is."""
    life.live = {"crp-1": {**ACTIVE, "name": "theirs"}}
    ask(life.provider, "create", {**POOL, "adopt_id": "crp-1"})
    assert [step[0] for step in life.done] == ["settle"]
    assert told == ["INFO capacity reservation crp-1 is taken over as it is"]


@pytest.mark.parametrize(
    ("live", "why"),
    [
        (None, "there is no capacity reservation crp-1 in cn-hangzhou"),
        ({**ACTIVE, "status": "Released"}, "it has been released already"),
        (
            {**ACTIVE, "zone_id": "b", "instance_amount": 1},
            "can't be changed in place:\n  zone_id: it has 'b', not 'cn-hangzhou-h'\n  write",
        ),
    ],
)
def test_what_can_not_be_taken_over_is_left_alone(life: Life, live: Any, why: str) -> None:
    """With the reason, and nothing bought in its place."""
    life.live = {"crp-1": live}
    with pytest.raises(AliyunError) as refused:
        ask(life.provider, "create", {**POOL, "adopt_id": "crp-1"})
    assert why in str(refused.value)
    assert life.done == []


def test_what_is_in_no_region_is_missed_in_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """An order is the account's."""
    provider = BssInstanceProvider()
    monkeypatch.setattr(provider, "look", lambda *_: None, raising=False)
    cloud.configure({}.get)
    with pytest.raises(NotThere, match=r"adopt_id: there is no .* waf-1\n"):
        ask(provider, "create", {**ORDER, "adopt_id": "waf-1"})


# ---- what a preview says of taking over --------------------------------------------------------------------


def test_a_preview_says_what_taking_over_comes_to_and_an_update_leaves_it_to_the_creation(
    life: Life, run_of_its_own: run.Run, told: list[str]
) -> None:
    """Each once."""
    adopting = {**POOL, "adopt_id": "crp-1"}
    life.live = {"crp-1": ACTIVE}
    assert refusals(ask(life.provider, "check", {}, dict(adopting))) == ""
    assert told == ["INFO capacity reservation crp-1 is taken over as it is"]
    told.clear()
    ask(life.provider, "check", {}, {**adopting, "__run": {"creation": 0}})
    assert told == []


def test_a_preview_refuses_what_can_not_be_taken_over(life: Life, told: list[str]) -> None:
    """As the update would."""
    life.live = {"crp-1": None}
    assert "there is no" in refusals(ask(life.provider, "check", {}, {**POOL, "adopt_id": "crp-1"}))
    assert told == []


def test_a_preview_without_the_cloud_says_so_and_goes_on(
    life: Life, monkeypatch: Any, told: list[str]
) -> None:
    """It has no credentials, or no network: what is wrong will be seen by the update."""

    def unreachable(*_: Any) -> None:
        raise NoAnswer("DescribeCapacityReservations", "no way")

    monkeypatch.setattr(life.provider, "look", unreachable, raising=False)
    assert refusals(ask(life.provider, "check", {}, {**POOL, "adopt_id": "crp-1"})) == ""
    why = "DescribeCapacityReservations: no usable answer from the API: no way"
    assert told == [f"INFO adopt_id: crp-1 can't be looked at now ({why}); `pulumi up` does"]


def test_nobody_looks_for_what_may_be_anywhere(life: Life, told: list[str]) -> None:
    """The region is another resource's output, or what is wrong is known without a look."""
    ask(life.provider, "check", {}, {**POOL, "region_id": Unknown(), "adopt_id": "crp-1"})
    ask(life.provider, "check", {}, {**POOL, "instance_amount": 0.0, "adopt_id": "crp-1"})
    assert told == []


def test_a_preview_of_a_replacement_looks_for_nothing(life: Life, told: list[str]) -> None:
    """What was taken over before is in the state, and what comes in its place is bought."""
    adopting = {**POOL, "adopt_id": "crp-1"}
    ask(life.provider, "check", dict(adopting), dict(adopting))
    assert refusals(ask(life.provider, "check", {}, dict(adopting))) == ""
    assert told == []


def test_what_is_not_known_yet_is_no_difference_to_what_is_taken_over(life: Life, told: list[str]) -> None:
    """The update compares it."""
    life.live = {"crp-1": ACTIVE}
    ask(life.provider, "check", {}, {**POOL, "zone_id": Unknown(), "adopt_id": "crp-1"})
    assert told == ["INFO capacity reservation crp-1 is taken over as it is"]


def test_two_resources_can_not_take_over_the_same(life: Life, told: list[str]) -> None:
    """The second is refused, in previews and updates."""
    life.live = {"crp-1": ACTIVE}
    adopting = {**POOL, "adopt_id": "crp-1"}
    ask(life.provider, "check", {}, dict(adopting))
    second = ask(life.provider, "check", {}, dict(adopting), operation=Operation(urn=f"{URN}2"))
    assert "crp-1 is in this stack already, as 'pool'" in refusals(second)


def test_what_was_just_bought_can_not_be_taken_over_as_well(life: Life) -> None:
    """Its id comes to another resource as an output, in the same run."""
    life.made, life.live = [Created("crp-1", FIRST)], {"crp-1": ACTIVE}
    ask(life.provider, "create", dict(POOL))
    adopting = {**POOL, "adopt_id": "crp-1", "__run": {"creation": 0}}
    second = ask(life.provider, "check", {}, adopting, operation=Operation(urn=f"{URN}2"))
    assert "crp-1 is in this stack already, as 'pool'" in refusals(second)
    again = ask(life.provider, "check", {}, dict(adopting), operation=Operation(urn=URN))
    assert refusals(again) == ""


def test_what_was_taken_over_once_is_bought_when_it_is_replaced(life: Life, told: list[str]) -> None:
    """The argument has done its work; of the old inputs, or as the program knows it."""
    adopting = {**POOL, "adopt_id": "crp-1"}
    ask(life.provider, "check", dict(adopting), dict(adopting))
    ask(life.provider, "diff", "crp-1", dict(adopting), dict(adopting))
    life.made, life.live = [Created("crp-2", FIRST)], {"crp-2": ACTIVE}
    assert ask(life.provider, "create", dict(adopting)).id == "crp-2"
    assert adoption.taken_by("capacity reservation", "urn::other", "crp-1") == ""
    other = Operation(urn=f"{URN}2")
    ask(life.provider, "check", {}, {**adopting, "__run": {"known": True}}, operation=other)
    life.made = [Created("crp-2", FIRST)]
    assert ask(life.provider, "create", dict(adopting), operation=other).id == "crp-2"
    assert told == []


def test_an_id_that_is_given_later_has_done_no_work_yet() -> None:
    """The one that was given before had."""
    provider = CapacityReservationProvider()
    ask(provider, "check", {**POOL, "adopt_id": "crp-1"}, {**POOL, "adopt_id": "crp-2"})
    assert adoption.wanted("capacity reservation", URN, "crp-2") is True
    ask(provider, "check", dict(POOL), {**POOL, "adopt_id": "crp-2"})
    assert adoption.wanted("capacity reservation", URN, "crp-2") is False


def test_a_secret_that_differs_is_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    """A password is one always; what was an output in the program may be."""
    provider = EcsInstanceProvider()
    live = {**WEB, "host_name": "old", "description": "before"}
    monkeypatch.setattr(provider, "look", lambda *_: live, raising=False)
    wanted = {**WEB, "password": "Swordfish-1", "host_name": "new", "description": "after", "adopt_id": "i-1"}
    ask(provider, "check", {}, {**wanted, "__run": {"hidden": ["host_name"]}})
    (line,) = told
    assert sorted(line.split("changed: ")[1].split(", ")) == [
        "description: 'before' → 'after'",
        "host_name",
        "password",
    ]


# ---- read --------------------------------------------------------------------------------------------------


def test_what_has_vanished_leaves_the_state_and_what_never_was_is_an_error(life: Life) -> None:
    """What was asked for by its id alone has no outputs yet."""
    life.live = {"crp-1": None}
    gone = ask(life.provider, "read", "crp-1", {**ACTIVE, "__identity": "s"})
    assert (gone.id, gone.outs) == ("", {})
    with pytest.raises(NotThere, match="crp-1 does not exist in cn-hangzhou"):
        ask(life.provider, "read", "crp-1", {"region_id": "cn-hangzhou"})


def test_a_refresh_shows_what_is_in_the_words_of_the_program(
    life: Life, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    """Where it means the same; and only a resource of the stack has its id among its outputs."""
    ending = {**POOL, "end_time_type": "Limited", "end_time": "2099-01-01T00:00:00Z"}
    life.live = {"crp-1": {**ACTIVE, "end_time_type": "Limited", "end_time": "2099-01-01T00:00Z", "tags": {}}}
    stored(monkeypatch, dict(ending))
    read = ask(life.provider, "read", "crp-1", {**ending, "__identity": "s", "__provider": "…"})
    assert read.outs == {
        **ending,
        "instance_amount": 2,
        "status": "Active",
        "tags": {},
        "__identity": "s",
        "__id": "crp-1",
    }
    assert read.inputs is None, "the state's own stay, the hidden ones with them"
    assert told == []
    stored(monkeypatch, None)
    alone = ask(life.provider, "read", "crp-1", {"region_id": "cn-hangzhou"})
    assert "__id" not in alone.outs and alone.inputs is None
    assert run.is_held("crp-1")


def test_what_somebody_has_changed_becomes_an_input_where_it_is_to_be_put_back(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that the program never gave, say; what it doesn't care for stays out of the inputs, the hidden ones in."""
    hidden = {"__identity": "s", "__passed": "r1"}
    stored(monkeypatch, {**POOL, **hidden})
    life.live = {"crp-1": {**ACTIVE, "name": "theirs", "description": "", "platform": "Windows"}}
    read = ask(life.provider, "read", "crp-1", {**ACTIVE, "name": "", "description": "", "__identity": "s"})
    assert read.inputs == {**POOL, "instance_amount": 2, "name": "theirs", **hidden}


def test_what_somebody_has_taken_away_leaves_the_inputs(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """An end, say: the next `up` sets it again."""
    ending = {**POOL, "end_time_type": "Limited", "end_time": FUTURE}
    stored(monkeypatch, dict(ending))
    life.live = {"crp-1": {**ACTIVE, "end_time_type": "Unlimited", "end_time": None}}
    read = ask(life.provider, "read", "crp-1", {**ending, "__identity": "s"})
    assert read.inputs == {**POOL, "instance_amount": 2, "end_time_type": "Unlimited"}
    assert ask(life.provider, "diff", "crp-1", read.outs, dict(ending)).changes is True


def test_what_has_ended_is_said_by_refresh(life: Life, told: list[str]) -> None:
    """As a warning, and it stays in the state."""
    life.live = {"crp-1": {**ACTIVE, "status": "Released"}}
    assert ask(life.provider, "read", "crp-1", {**ACTIVE, "__identity": "s"}).id == "crp-1"
    assert [line.split(" by itself")[0] for line in told] == ["WARNING capacity reservation crp-1 has ended"]


# ---- update ------------------------------------------------------------------------------------------------


def test_an_update_changes_what_differs_and_records_what_came_of_it(life: Life) -> None:
    """Whose it is and what it was bought as stay with it."""
    life.live = {"crp-1": ACTIVE}
    olds = {**ACTIVE, "__identity": "old", "__attempt": FIRST.name, "__id": "crp-1"}
    updated = ask(life.provider, "update", "crp-1", olds, {**POOL, "instance_amount": 3.0, "__identity": "s"})
    assert [step[0] for step in life.done] == ["change", "settle"]
    assert life.done[0][-1] == {"instance_amount"} and life.done[0][2]["instance_amount"] == 2
    assert updated.outs == {
        **ACTIVE,
        "instance_amount": 3,
        "__identity": "s",
        "__attempt": FIRST.name,
        "__id": "crp-1",
    }


def test_what_only_the_creation_tells_is_kept_where_it_was_told(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was taken over was never told."""
    monkeypatch.setattr(life.provider, "told_once", frozenset({"order_id"}), raising=False)
    life.live = {"crp-1": ACTIVE}
    for told in ({"order_id": "o-1"}, {}):
        updated = ask(life.provider, "update", "crp-1", {**ACTIVE, **told}, dict(POOL))
        assert updated.outs == {**ACTIVE, **told, "__id": "crp-1"}


def test_an_update_with_nothing_left_to_do_only_waits(life: Life) -> None:
    """An earlier one may have failed while it waited."""
    life.live = {"crp-1": ACTIVE}
    ask(life.provider, "update", "crp-1", dict(ACTIVE), dict(POOL))
    assert life.done == [("settle", "cn-hangzhou", "crp-1")]


def test_an_update_after_a_failed_one_goes_by_the_cloud_and_not_by_the_state(life: Life) -> None:
    """What was done already isn't done again."""
    life.live = {"crp-1": {**ACTIVE, "instance_amount": 3}}
    wanted = {**POOL, "instance_amount": 3.0}
    ask(life.provider, "update", "crp-1", {**ACTIVE, "__unsure": True}, wanted)
    assert life.done == [("settle", "cn-hangzhou", "crp-1")]
    life.done.clear()
    life.live = {"crp-1": None}
    with pytest.raises(
        NotThere, match=r"capacity reservation crp-1 has vanished from cn-hangzhou\n  what to do: "
    ):
        ask(life.provider, "update", "crp-1", {**ACTIVE, "__unsure": True}, wanted)


def test_an_update_knows_what_the_diff_has_seen(life: Life) -> None:
    """What an interrupted run did isn't in the state."""
    life.live = {"crp-1": {**ACTIVE, "instance_amount": 3}}
    run.remember_unknown("crp-1", {"instance_amount": 3})
    ask(life.provider, "update", "crp-1", dict(ACTIVE), {**POOL, "instance_amount": 3.0})
    assert life.done == [("settle", "cn-hangzhou", "crp-1")]


# ---- delete ------------------------------------------------------------------------------------------------


def test_what_is_deleted_is_given_back_where_it_is(life: Life, told: list[str]) -> None:
    """With what the state says of it, in the program's terms."""
    ask(life.provider, "delete", "crp-1", {**POOL, "region_id": "cn-beijing", "__identity": "s"})
    assert life.done == [
        ("give back", "cn-beijing", "crp-1", {**POOL, "instance_amount": 2, "region_id": "cn-beijing"})
    ]
    assert run.is_held("crp-1")
    assert told == []


def test_what_another_has_taken_over_stays(life: Life, told: list[str]) -> None:
    """Only the state loses it."""
    life.live = {"crp-1": ACTIVE}
    other = Operation(urn=f"{URN}2")
    ask(life.provider, "create", {**POOL, "adopt_id": "crp-1"}, operation=other)
    life.done.clear()
    told.clear()
    ask(life.provider, "delete", "crp-1", dict(ACTIVE))
    assert life.done == []
    assert told == ["INFO capacity reservation crp-1 stays: 'pool2' has taken it over"]
