"""What the lives of resources decide by themselves, case by case, without a cloud."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from pulumi.output import Unknown
from test_creating_requests import INSTANCE as ALL_OF_AN_INSTANCE
from test_creating_requests import ORDER as ALL_OF_AN_ORDER
from test_creating_requests import RESERVATION as ALL_OF_A_RESERVATION

from pulumi_aliyun import ecs_billing, ecs_disks, rules
from pulumi_aliyun.bridge import Operation
from pulumi_aliyun.bss_instance import BssInstanceProvider
from pulumi_aliyun.capacity_reservation import CapacityReservationProvider
from pulumi_aliyun.ecs_arguments import EcsInstance
from pulumi_aliyun.ecs_instance import EcsInstanceProvider
from pulumi_aliyun.errors import InvalidInput
from pulumi_aliyun.lifecycle import Provider

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=timezone.utc)
PAST, FUTURE = "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"
WEB = {
    "instance_type": "ecs.g6.large",
    "image_id": "m",
    "vswitch_id": "vsw-1",
    "security_group_ids": ["sg-1"],
}
RESERVATION, INSTANCE, ORDER = CapacityReservationProvider(), EcsInstanceProvider(), BssInstanceProvider()


# ---- what differs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provider", "olds", "news", "before", "changed"),
    [
        (RESERVATION, {"name": "a"}, {"name": "a"}, None, []),
        (RESERVATION, {"name": "a"}, {"name": "b"}, None, ["name"]),
        # what isn't known yet may be anything
        (RESERVATION, {"name": "a"}, {"name": Unknown()}, None, ["name"]),
        (RESERVATION, {"end_time": FUTURE}, {"end_time": Unknown()}, None, ["end_time"]),
        (RESERVATION, {"tags": {"a": "b"}}, {"tags": {"a": Unknown()}}, None, ["tags"]),
        # the server's own value stands
        (RESERVATION, {"name": "a"}, {}, None, []),
        (RESERVATION, {"name": "a"}, {}, {"zone_id": "b"}, []),
        # no longer given: the documented default is wanted
        (RESERVATION, {"name": "a"}, {}, {"name": "a"}, ["name"]),
        (RESERVATION, {"name": ""}, {}, {"name": "a"}, []),
        (RESERVATION, {"end_time_type": "Limited"}, {}, {"end_time_type": "Limited"}, ["end_time_type"]),
        (RESERVATION, {"end_time_type": "Unlimited"}, {}, {"end_time_type": "Limited"}, []),
        # where it is, is not taken back
        (RESERVATION, {"region_id": "cn-hangzhou"}, {}, {"region_id": "cn-hangzhou"}, []),
        (RESERVATION, {"region_id": "a"}, {"region_id": "b"}, {"region_id": "a"}, ["region_id"]),
        # how it came here is no difference
        (RESERVATION, {}, {"adopt_id": "crp-1"}, None, []),
        (ORDER, {"period": 1.0}, {"period": 12.0}, {"period": 1.0}, []),
        (ORDER, {"renew_period": 1.0}, {"renew_period": 2.0}, None, ["renew_period"]),
        (ORDER, {"renew_status": "ManualRenewal"}, {"renew_period": 2.0}, None, []),
        (ORDER, {"renew_status": "AutoRenewal"}, {"renew_period": 2.0}, None, ["renew_period"]),
        # what only the cloud can choose is kept when it is no longer named
        (INSTANCE, {"status": "Running", "zone_id": "a"}, {}, {"zone_id": "a"}, []),
        (INSTANCE, {"status": "Running", "host_name": "a"}, {"host_name": "b"}, {}, ["host_name"]),
        (INSTANCE, {"status": "Running", "description": "a"}, {}, {"description": "a"}, ["description"]),
        # an instance runs, unless the program says otherwise
        (INSTANCE, {"status": "Stopped"}, {}, None, ["status"]),
        (INSTANCE, {}, {}, None, ["status"]),
        # one that has run out can't be started
        (INSTANCE, {"status": "Stopped"}, {"status": "Running"}, {"status": "Running"}, ["status"]),
        (
            INSTANCE,
            {"status": "Stopped", "instance_charge_type": "PrePaid", "expired_time": PAST},
            {"status": "Running"},
            {"status": "Running"},
            [],
        ),
    ],
)
def test_what_differs(provider: Provider, olds: Any, news: Any, before: Any, changed: list[str]) -> None:
    """What is given, against the state; what isn't, by whether it was."""
    assert provider.changes(olds, news, before) == changed


@pytest.mark.usefixtures("this")
@pytest.mark.parametrize(
    ("provider", "given"),
    [(RESERVATION, ALL_OF_A_RESERVATION), (INSTANCE, ALL_OF_AN_INSTANCE), (ORDER, ALL_OF_AN_ORDER)],
)
def test_what_is_known_only_in_the_run_is_a_change_in_its_preview(
    provider: Provider, given: dict[str, Any]
) -> None:
    """Whichever argument it is: whether its value can be had is said when it is there."""
    state = {"region_id": "cn-hangzhou", **given, "status": "Running"}
    state |= {"instance_charge_type": "PostPaid", "deletion_protection": False}
    members = [name for name, value in given.items() if isinstance(value, dict)]
    for name in members:
        for member in given[name]:
            changed = {**state, name: {**given[name], member: Unknown()}}
            assert provider.diff("id-1", {**state}, changed).changes, (name, member)
    for name in rules.arguments(provider.resource):
        found = provider.diff("id-1", {**state}, {**state, name: Unknown()})
        assert found.changes is (name not in provider.never_differs), name


@pytest.mark.usefixtures("this")
def test_only_a_replacement_that_is_certain_is_refused_for_what_can_not_be_deleted() -> None:
    """A value that isn't known yet may turn out to be the same."""
    state = {"region_id": "cn-hangzhou", **ALL_OF_AN_INSTANCE, "status": "Running"}
    state |= {"instance_charge_type": "PostPaid", "deletion_protection": True}
    found = INSTANCE.diff("i-1", {**state}, {**state, "image_id": Unknown()})
    assert found.replaces == ["image_id"]
    with pytest.raises(InvalidInput, match=r"image_id: this change replaces(.|\n)*deletion_protection"):
        INSTANCE.diff("i-1", {**state}, {**state, "image_id": "another"})


def test_a_reservation_that_has_ended_can_not_be_changed() -> None:
    """A reservation that is only said to end can."""
    RESERVATION.changeable({"status": "Active"}, {}, ["name"])
    with pytest.raises(InvalidInput, match="name, tags: the reservation has ended"):
        RESERVATION.changeable({"status": "Released"}, {}, ["name", "tags"])


@pytest.mark.parametrize(
    ("changed", "news", "refused"),
    [
        (["renew_period"], {"renew_status": "AutoRenewal", "renew_period": 5}, True),
        (["renew_period"], {"renew_status": "AutoRenewal", "renew_period": 7}, True),
        (["renew_period"], {"renew_status": "AutoRenewal", "renew_period": 48}, True),
        (["renew_period"], {"renew_status": "AutoRenewal", "renew_period": 18}, True),
        (["renew_period"], {"renew_status": "AutoRenewal", "renew_period": 6}, False),
        (["renew_period"], {"renew_status": "AutoRenewal", "renew_period": 24}, False),
        (["renew_period"], {"renew_status": "ManualRenewal", "renew_period": 5}, False),
        (["on_delete"], {"renew_status": "AutoRenewal", "renew_period": 5}, False),
    ],
)
def test_a_renewal_that_can_only_be_ordered_is_refused_as_a_change(
    changed: list[str], news: dict[str, Any], refused: bool
) -> None:
    """SetRenewal knows fewer periods than CreateInstance: 1, 2, 3, 6 and 12, in months or years."""
    if refused:
        with pytest.raises(InvalidInput, match=f"renew_period: {news['renew_period']} can't be set"):
            ORDER.changeable({}, news, changed)
    else:
        ORDER.changeable({}, news, changed)


@pytest.mark.parametrize(
    ("olds", "news", "changed", "said"),
    [
        ({"used_amount": 3.0}, {"instance_amount": 2}, ["instance_amount"], True),
        ({"used_amount": 3.0}, {"instance_amount": 3}, ["instance_amount"], False),
        ({}, {"instance_amount": 1}, ["instance_amount"], False),
        ({"used_amount": 3.0}, {"instance_amount": 2}, ["name"], False),
        ({"used_amount": 3.0}, {"instance_amount": Unknown()}, ["instance_amount"], False),
    ],
)
def test_a_preview_says_when_fewer_are_wanted_than_are_used(
    olds: dict[str, Any], news: dict[str, Any], changed: list[str], said: bool
) -> None:
    """As the last refresh has seen it."""
    notes = RESERVATION.notes(olds, news, changed)
    assert [note.startswith("3 instances used it") for note in notes] == [True] * said


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (["description"], []),
        (["instance_type"], ["instance_type: the instance is stopped, changed and started again"]),
        *(
            ([name], [f"{name}: takes effect at the next reboot"])
            for name in ("host_name", "password", "key_pair_name")
        ),
    ],
)
def test_a_preview_says_what_a_change_in_place_does_to_an_instance(
    changed: list[str], said: list[str]
) -> None:
    """It is where that is decided."""
    assert INSTANCE.notes({}, {}, changed) == said


# ---- what has ended, and what can't be had -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("provider", "state", "over"),
    [
        (RESERVATION, {}, False),
        (RESERVATION, {"status": "Active", "end_time": FUTURE}, False),
        (RESERVATION, {"status": "Active", "end_time": PAST}, True),
        (RESERVATION, {"status": "Active", "end_time": "2026-11-22T12:00Z"}, True),
        (RESERVATION, {"status": "Active", "end_time": "2026-11-22T12:01Z"}, False),
        (RESERVATION, {"status": "Released"}, True),
        (INSTANCE, {"instance_charge_type": "PrePaid", "expired_time": PAST}, True),
        (INSTANCE, {"instance_charge_type": "PrePaid", "expired_time": FUTURE}, False),
        (INSTANCE, {"instance_charge_type": "PostPaid", "expired_time": PAST}, False),
        (INSTANCE, {"instance_charge_type": "PrePaid"}, False),
        (ORDER, {}, False),
        (ORDER, {"end_time": PAST}, True),
        (ORDER, {"end_time": "2026-11-22T12:00:00Z"}, True),
        (ORDER, {"end_time": FUTURE}, False),
        (ORDER, {"end_time": PAST, "renew_status": "AutoRenewal"}, False),
        (ORDER, {"end_time": FUTURE, "status": "EXPIRED"}, True),
        (ORDER, {"status": "released"}, True),
        (ORDER, {"status": "Normal"}, False),
    ],
)
def test_what_has_ended_at_its_own_time(provider: Provider, state: dict[str, Any], over: bool) -> None:
    """By its last known outputs and the clock."""
    assert provider.over(state, now=NOW) is over


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"subscription_type": "Subscription"}, True),
        ({"subscription_type": "Subscription", "on_delete": "retain"}, False),
        ({"subscription_type": "PayAsYouGo"}, False),
    ],
)
def test_who_may_give_a_subscription_back_is_said_before_it_is_bought(
    wanted: dict[str, Any], said: bool
) -> None:
    """Unless the program says what a destroy is to do."""
    notes = ORDER.before_buying(wanted)
    assert bool(notes) is said
    assert all("on_delete='refund' or 'retain'" in note for note in notes)


@pytest.mark.parametrize(
    ("live", "why"),
    [
        ({"status": "Active"}, ""),
        ({"status": "Released"}, "it has been released already"),
        ({"status": "Pending"}, "a scheduled reservation"),
        ({"status": "Prepared"}, "a scheduled reservation"),
        ({"status": "Active", "start_time_type": "Later"}, "a scheduled reservation"),
    ],
)
def test_which_reservations_can_be_taken_over(live: dict[str, Any], why: str) -> None:
    """Those that can be given back again."""
    if why:
        with pytest.raises(InvalidInput, match=f"adopt_id: crp-1 can't be taken over: .*{why}"):
            RESERVATION.adoptable(live, "crp-1")
    else:
        RESERVATION.adoptable(live, "crp-1")


ACTIVE = {"Status": "Active", "PrivatePoolOptionsId": "crp-1", "EndTimeType": "Limited", "EndTime": FUTURE}


def test_a_reservation_is_seen_with_all_that_it_has() -> None:
    """An end that it doesn't have isn't shown, whatever Describe writes there."""
    allocated = {
        "InstanceType": "ecs.g6.large",
        "zoneId": "h",
        "TotalAmount": 5,
        "UsedAmount": 2,
        "AvailableAmount": 3,
    }
    item = {**ACTIVE, "AllocatedResources": [allocated], "RegionId": "cn-hangzhou"}
    live = RESERVATION.look(Operation(), "cn-hangzhou", "crp-1", {}, item)
    assert live is not None
    assert (live["instance_type"], live["zone_id"], live["region_id"]) == ("ecs.g6.large", "h", "cn-hangzhou")
    assert (live["instance_amount"], live["used_amount"], live["available_amount"]) == (5, 2, 3)
    assert (live["end_time"], live["name"], live["description"]) == (FUTURE, "", "")
    endless = RESERVATION.look(Operation(), "cn-hangzhou", "crp-1", {}, {**item, "EndTimeType": "Unlimited"})
    assert endless is not None and endless["end_time"] is None


def test_a_reservation_that_ended_by_itself_is_shown_and_one_that_was_released_is_gone() -> None:
    """The API goes on listing both for a while."""
    limited, unlimited = {**ACTIVE, "Status": "Released"}, {"Status": "Released", "EndTimeType": "Unlimited"}
    live = RESERVATION.look(Operation(), "cn-hangzhou", "crp-1", {}, limited)
    assert live is not None and live["status"] == "Released"
    assert RESERVATION.look(Operation(), "cn-hangzhou", "crp-1", {}, unlimited) is None


# ---- disks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("olds", "news", "new"),
    [
        ([{"size": 40}], [{"size": 40}], False),
        ([{"size": 40}], [{"size": 50}], False),
        ([{"size": 40}], [{"size": 39}], True),
        ([{}], [{"size": 1}], False),
        ([{"size": 40}], [{"size": Unknown()}], False),
        ([{}], [{"size": Unknown()}], False),
        ([{"size": 40}], Unknown(), True),
        ([{"size": 40}], [Unknown()], True),
        ([{"size": 40}], [], True),
        ([], [{"size": 40}], True),
        ([{"size": 40}, {"size": 20}], [{"size": 40}, {"size": 10}], True),
        ([{"size": 40}], [{"size": None}], False),
        ([{"category": "cloud_ssd"}], [{"category": "cloud_essd"}], False),
        ([{"category": "cloud_ssd"}], [{"category": "cloud"}], True),
        ([{"category": "cloud"}], [{"category": "cloud_essd"}], True),
        ([{"category": "cloud"}], [{"category": "cloud"}], False),
        ([{"snapshot_id": "s-1"}], [{"snapshot_id": "s-1"}], False),
        ([{"category": "cloud_essd_entry"}], [{"category": "cloud_auto"}], False),
        ([{"category": "cloud_essd_entry"}], [{"category": "cloud_ssd"}], True),
        ([{}], [{"category": "cloud_essd"}], False),
        ([{}], [{"encrypted": False}], False),
        ([{}], [{"encrypted": True}], True),
        ([{"encrypted": True}], [{"encrypted": False}], True),
        ([{"snapshot_id": "s-1"}], [{"snapshot_id": "s-2"}], True),
        ([{}], [{"kms_key_id": "k"}], True),
        ([{"disk_name": "a"}], [{"disk_name": "b", "description": "x", "delete_with_instance": False}], False),
        ([{"performance_level": "PL0"}], [{"performance_level": "PL3"}], False),
    ],
)  # fmt: skip
def test_which_changes_of_disks_need_new_ones(olds: Any, news: Any, new: bool) -> None:
    """They grow and change category where the API makes one of the other; the rest is for life.

    A preview shows what is unknown as what it may come to.
    """
    assert ecs_disks.new_layout(olds, news) is new


@pytest.mark.parametrize(
    ("disk", "kind", "low"),
    [
        ({"category": "cloud_essd"}, "'cloud_essd' disk of performance level PL1", "20"),
        (
            {"category": "cloud_essd", "performance_level": "PL3"},
            "'cloud_essd' disk of performance level PL3",
            "1,261",
        ),
        ({"category": "cloud_ssd"}, "'cloud_ssd' disk", "20"),
    ],
)
def test_a_size_that_is_not_possible_is_told_with_those_that_are(
    disk: dict[str, Any], kind: str, low: str
) -> None:
    """By category, and by level where there are levels."""
    (failure,) = rules.failures(EcsInstance, {**WEB, "data_disks": [{**disk, "size": 1}]}, now=NOW)
    assert f"1 GiB is not possible for a {kind}; choose {low} to " in failure


def test_a_disk_that_is_not_encrypted_needs_no_key() -> None:
    """Nor does one that is."""
    for encrypted in (True, False):
        assert (
            rules.failures(
                EcsInstance, {**WEB, "data_disks": [{"encrypted": encrypted, "size": 20}]}, now=NOW
            )
            == []
        )


@pytest.mark.parametrize(
    ("name", "old", "new", "replaces"),
    [
        ("system_disk", {"size": 40}, {"size": 50}, False),
        ("system_disk", {"size": 40}, {"size": 30}, True),
        ("system_disk", None, {"size": 50}, False),
        ("system_disk", {"size": 40}, None, False),
        ("data_disks", [{"size": 40}], [{"size": 50}], False),
        ("data_disks", [{"size": 40}], [{"size": 30}], True),
        ("data_disks", None, [{"size": 30}], True),
        ("data_disks", [{"size": 30}], None, True),
        ("data_disks", None, None, False),
        ("image_id", "m-1", "m-2", True),
        ("host_name", "a", "b", False),
    ],
)
def test_which_changes_make_another_instance(name: str, old: Any, new: Any, replaces: bool) -> None:
    """Disks by what of them changes, and all else by its name."""
    assert INSTANCE.replaces(name, {name: old}, {name: new}) is replaces


ESSD = {"Size": 40, "Category": "cloud_essd", "PerformanceLevel": "PL1", "DiskName": "a", "Description": "x"}


@pytest.mark.parametrize(
    ("disk", "old", "want", "steps"),
    [
        (ESSD, {}, {}, []),
        (ESSD, {}, {"size": 40, "category": "cloud_essd", "performance_level": "PL1", "disk_name": "a"}, []),
        (ESSD, {}, {"size": 41}, [("ResizeDisk", {"NewSize": 41, "Type": "online"})]),
        ({}, {}, {"size": 41}, [("ResizeDisk", {"NewSize": 41, "Type": "online"})]),
        (ESSD, {}, {"size": 39}, []),
        (ESSD, {}, {"performance_level": "PL0"}, [("ModifyDiskSpec", {"PerformanceLevel": "PL0"})]),
        (ESSD, {}, {"category": "cloud_auto"}, [("ModifyDiskSpec", {"DiskCategory": "cloud_auto"})]),
        (
            ESSD,
            {},
            {"category": "cloud_auto", "performance_level": "PL2", "size": 50},
            [
                ("ModifyDiskSpec", {"DiskCategory": "cloud_auto"}),
                ("ResizeDisk", {"NewSize": 50, "Type": "online"}),
            ],
        ),
        (
            ESSD,
            {},
            {"performance_level": "PL2", "size": 461},
            [
                ("ResizeDisk", {"NewSize": 461, "Type": "online"}),
                ("ModifyDiskSpec", {"PerformanceLevel": "PL2"}),
            ],
        ),
        (
            {**ESSD, "Size": 461},
            {},
            {"performance_level": "PL2", "size": 500},
            [
                ("ModifyDiskSpec", {"PerformanceLevel": "PL2"}),
                ("ResizeDisk", {"NewSize": 500, "Type": "online"}),
            ],
        ),
        (
            {"Size": 40, "Category": "cloud_ssd"},
            {},
            {"category": "cloud_essd", "performance_level": "PL1"},
            [("ModifyDiskSpec", {"DiskCategory": "cloud_essd", "PerformanceLevel": "PL1"})],
        ),
        ({"Size": 40, "Category": "cloud_ssd"}, {}, {"performance_level": "PL1"}, []),
        (ESSD, {"description": "x"}, {}, [("ModifyDiskAttribute", {"Description": ""})]),
        (ESSD, {}, {"description": "y"}, [("ModifyDiskAttribute", {"Description": "y"})]),
        (ESSD, {"description": "x"}, {"description": "x"}, []),
        (
            {**ESSD, "DeleteWithInstance": True},
            {},
            {"delete_with_instance": False, "disk_name": "b"},
            [("ModifyDiskAttribute", {"DiskName": "b", "DeleteWithInstance": False})],
        ),
    ],
)
def test_by_which_calls_a_disk_becomes_what_is_wanted(
    disk: dict[str, Any], old: dict[str, Any], want: dict[str, Any], steps: list[Any]
) -> None:
    """None for what it is already; a level that needs the new size comes after it."""
    assert list(ecs_disks._steps(disk, old, want)) == steps


def test_what_is_of_no_effect_on_a_disk_is_shown_as_asked() -> None:
    """A level on what isn't an enterprise SSD, a size beside a snapshot; and only what the program names."""
    ssd = {"Category": "cloud_ssd", "Size": 40, "DiskName": "a", "SourceSnapshotId": "s-1"}
    assert ecs_disks._seen(ssd, {"size": 20}) == {"size": 40}
    assert ecs_disks._seen(ssd, {"performance_level": "PL1"}) == {"performance_level": "PL1"}
    assert ecs_disks._seen(ssd, {"size": 20, "snapshot_id": "s-2"}) == {"size": 20, "snapshot_id": "s-1"}
    assert ecs_disks._seen(ESSD, {"performance_level": "PL3"}) == {"performance_level": "PL1"}
    auto = {"Category": "cloud_auto", "PerformanceLevel": "PL0"}
    assert ecs_disks._seen(auto, {"performance_level": "PL1"}) == {"performance_level": "PL0"}
    bare = {key: value for key, value in ESSD.items() if key != "PerformanceLevel"}
    assert ecs_disks._seen(bare, {"performance_level": "PL3"}) == {"performance_level": None}


def test_disks_are_seen_in_their_order_as_far_as_the_program_names_them() -> None:
    """The system disk is the first."""
    disks = [{**ESSD, "Size": size} for size in (40, 20, 30)]
    assert ecs_disks.live(disks, {}) == {}
    assert ecs_disks.live(disks, {"data_disks": [{"size": 1}]}) == {"data_disks": [{"size": 20}]}
    wanted = {"system_disk": {"size": 1}, "data_disks": [{"size": 1}, {"size": 1}, {"size": 1}]}
    assert ecs_disks.live(disks, wanted) == {
        "system_disk": {"size": 40},
        "data_disks": [{"size": 20}, {"size": 30}],
    }
    assert ecs_disks.live([], {"system_disk": {"size": 1}}) == {}


def test_what_becomes_of_the_disks_is_said_one_by_one() -> None:
    """All go with an instance that is locked for security."""
    going = {"DiskId": "d-1", "Type": "system", "Size": 40, "DeleteWithInstance": True}
    staying = {"DiskId": "d-2", "DiskName": "data", "Type": "data", "Size": 20, "DeleteWithInstance": False}
    assert ecs_disks.fate([], locked=False) == "none of its disks is listed"
    one, two = "d-1 (system, 40 GiB)", "d-2 'data' (data, 20 GiB)"
    said = "these disks are deleted with it: "
    assert ecs_disks.fate([going], locked=False) == f"{said}{one}"
    assert ecs_disks.fate([going, staying], locked=True) == f"{said}{one}, {two}"
    stay = f"; these stay, and are billed on: {two}"
    assert ecs_disks.fate([going, staying], locked=False) == f"{said}{one}{stay}"
    assert ecs_disks.fate([staying], locked=False) == f"{said}none{stay}"


# ---- billing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minute", "expired"),
    [("2026-11-22T11:59", True), ("2026-11-22T12:00", True), ("2026-11-22T12:01", False), ("", False)],
)
def test_a_subscription_has_run_out_at_its_minute(minute: str, expired: bool) -> None:
    """The API names times to the minute."""
    state = {"instance_charge_type": "PrePaid", "expired_time": f"{minute}Z" if minute else None}
    assert ecs_billing.expired(state, NOW) is expired
