"""What holds for all rules: unknowns, secrets, wrong kinds, times, and what counts as the same."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi.output import Unknown

from pulumi_aliyun import BssInstance, CapacityReservation, EcsInstance
from pulumi_aliyun.rules import arguments, failures, normalised, outputs, same, whole_numbers

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=timezone.utc)
RESERVATION = {"instance_type": "ecs.g6.xlarge", "instance_amount": 2, "zone_id": "cn-hangzhou-h"}
INSTANCE = {
    "instance_type": "ecs.g6.xlarge",
    "image_id": "aliyun_3_x64_20G_alibase_20240819.vhd",
    "vswitch_id": "vsw-bp1",
    "security_group_ids": ["sg-1"],
}
RESOURCES = (CapacityReservation, EcsInstance, BssInstance)


async def _later() -> str:
    return "x"


@pytest.fixture
def coroutine() -> Iterator[Any]:
    """Something awaitable."""
    made = _later()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def loop() -> Iterator[None]:
    """Outputs need an event loop to be made."""
    made = asyncio.new_event_loop()
    asyncio.set_event_loop(made)
    yield
    asyncio.set_event_loop(None)
    made.close()


def unknowns() -> list[Any]:
    return [Unknown(), pulumi.Output.from_input("x"), pulumi.Output.secret("x")]


# ---- unknowns --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", RESOURCES)
def test_unknown_values_are_never_refused(cls: type, coroutine: Any) -> None:
    """Outputs, awaitables and the engine's unknowns, for any argument."""
    for value in [*unknowns(), coroutine]:
        assert failures(cls, dict.fromkeys(arguments(cls), value), now=NOW) == []


def test_unknown_values_are_passed_over_at_any_depth() -> None:
    """Inside lists and mappings; what is known beside them is judged all the same."""
    values = {
        **INSTANCE,
        "security_group_ids": [Unknown(), Unknown()],
        "tags": {"acs:owner": Unknown(), "ok": Unknown()},
        "system_disk": {"category": "cloud", "size": Unknown(), "performance_level": "PL9"},
        "data_disks": [Unknown(), {"size": Unknown(), "disk_name": "x"}],
        "private_pool": {"match_criteria": Unknown(), "id": "crp-1"},
    }
    assert {line.partition(": ")[0] for line in failures(EcsInstance, values, now=NOW)} == {
        'tags["acs:owner"]',
        "system_disk.performance_level",
        "data_disks[1].disk_name",
    }


@pytest.mark.parametrize(
    "values",
    [
        {"end_time_type": "Limited", "end_time": Unknown()},
        {"end_time_type": Unknown(), "end_time": "2027-01-01T00:00:00Z"},
        {"zone_id": Unknown(), "region_id": "cn-shanghai"},
        {"region_id": Unknown()},
    ],
)
def test_a_rule_between_arguments_waits_until_all_are_known(values: dict[str, Any]) -> None:
    """Half of the truth isn't enough to refuse."""
    assert failures(CapacityReservation, {**RESERVATION, **values}, now=NOW) == []


# ---- secrets ---------------------------------------------------------------------------------------------

SECRET = "hunter2-SECRET"


@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        SECRET + " ",
        SECRET * 100,
        SECRET.lower().replace("2", ""),
        [SECRET],
        {SECRET: SECRET},
        {"a": [SECRET]},
        b"x" + SECRET.encode(),
        SECRET + "\ud800",
        (SECRET,),
        {SECRET},
    ],
)
@pytest.mark.parametrize("name", ["password", "user_data"])
def test_a_secret_is_never_echoed(name: str, value: Any) -> None:
    """Whatever is wrong with it."""
    values = {**INSTANCE, name: value, "image_id": "win2022_x"}
    told = "\n".join(failures(EcsInstance, values, now=NOW)).casefold()
    assert "hunter" not in told


@pytest.mark.parametrize("name", ["pasword", "parameters", "user_dat", "passwords"])
def test_the_value_of_an_argument_that_does_not_exist_is_not_echoed(name: str) -> None:
    """It may be a misspelt secret."""
    for value in (SECRET, [SECRET], {"a": SECRET}):
        assert SECRET not in "\n".join(failures(EcsInstance, {**INSTANCE, name: value}, now=NOW))
    disk = {"system_disk": {"passwrd": SECRET}}
    assert SECRET not in "\n".join(failures(EcsInstance, {**INSTANCE, **disk}, now=NOW))


def test_the_parameters_of_a_product_are_not_echoed() -> None:
    """Products take passwords there."""
    values = {"product_code": "waf", "subscription_type": "PayAsYouGo"}
    for wrong in ([SECRET], {"a": SECRET}, SECRET + "\ud800"):
        for parameters in ({"Password": wrong}, wrong):
            lines = failures(BssInstance, {**values, "parameters": parameters}, now=NOW)
            assert lines or parameters == {"a": SECRET}
            assert SECRET not in "\n".join(lines)
    (line,) = failures(BssInstance, {**values, "parameters": f'{{"Password": "{SECRET}"}}'}, now=NOW)
    assert line == "parameters: this is text; a mapping is needed."


def test_hidden_arguments_are_not_echoed() -> None:
    """What was an output in the program may have been a secret one."""
    values = {**RESERVATION, "description": f"http://{SECRET}", "tags": {"a": f"acs:{SECRET}"}}
    lines = failures(CapacityReservation, values, now=NOW, hidden={"description", "tags"})
    assert len(lines) == 2
    assert SECRET not in "\n".join(lines)


# ---- anything at all -------------------------------------------------------------------------------------

ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(st.characters()),
        st.text(st.characters(categories=["Cs", "Cc", "L"])),
        st.binary(max_size=4),
        st.datetimes(),
        st.just(10**6 * "x"),
        st.just(10**4000),
        st.sampled_from(
            [Unknown(), object(), int, ..., set(), 1j, "PrePaid", "Target", "Limited", "cloud_essd", 40]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner),
        st.dictionaries(
            st.one_of(
                st.sampled_from(["category", "size", "performance_level", "id", "match_criteria", "acs:a"]),
                st.text(st.characters(), max_size=5),
                st.integers(),
                st.none(),
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("cls", RESOURCES)
@settings(max_examples=300)
@given(data=st.data())
def test_nothing_that_can_be_written_gives_a_traceback(cls: type, data: st.DataObject) -> None:
    """Each failure is one printable line that begins with an argument's name."""
    names = st.one_of(st.sampled_from(list(arguments(cls))), st.text(st.characters(), max_size=8))
    values = data.draw(st.dictionaries(names, ANYTHING, max_size=6))
    for line in failures(cls, values, now=NOW, olds={"end_time": data.draw(ANYTHING)}):
        line.encode()
        assert "\n" not in line
        assert len(line) < 700
    for name in arguments(cls):
        same(arguments(cls)[name], values.get(name), values.get(name))
    normalised(cls, values)


@pytest.mark.parametrize("value", ["\x1b[31mred", "a\nb", "tab\there", "\u202eback"])
def test_control_characters_are_shown_escaped(value: str) -> None:
    """A message can't be torn apart or coloured by a value."""
    lines = failures(CapacityReservation, {**RESERVATION, "match_criteria": value, value: 1}, now=NOW)
    assert len(lines) == 2
    assert value not in "".join(lines)


class Mode(str, enum.Enum):
    """What a program may use instead of plain text."""

    TARGET = "Target"


def test_enumerations_of_text_are_text() -> None:
    """They are sent as plain text."""
    values = {**RESERVATION, "match_criteria": Mode.TARGET}
    assert failures(CapacityReservation, values, now=NOW) == []
    assert type(normalised(CapacityReservation, values)["match_criteria"]) is str


# ---- times -----------------------------------------------------------------------------------------------


def test_what_stands_in_the_state_is_not_asked_about_the_time() -> None:
    """A stack with an expired reservation still previews; a new or changed time is asked."""
    old = {**RESERVATION, "end_time_type": "Limited", "end_time": "2021-10-30T06:32:00Z"}
    assert failures(CapacityReservation, old, now=NOW, olds=old) == []
    assert failures(CapacityReservation, {**old, "name": "other"}, now=NOW, olds=old) == []
    assert failures(CapacityReservation, old, now=None) == []
    assert failures(CapacityReservation, old, now=NOW, olds={**old, "end_time": "2021-10-30T06:33:00Z"})
    assert failures(CapacityReservation, old, now=NOW, olds=RESERVATION)
    assert failures(CapacityReservation, old, now=NOW)


def test_a_time_that_is_none_is_refused_even_where_the_time_is_not_asked() -> None:
    """Its form doesn't depend on the clock."""
    values = {**RESERVATION, "end_time_type": "Limited", "end_time": "2027-02-30T00:00:00Z"}
    assert failures(CapacityReservation, values, now=None, olds=values)


@given(st.integers(-(10**9), 10**9))
def test_an_end_is_in_the_future_to_the_second(seconds: int) -> None:
    """One second from now is the future; now isn't."""
    end = (NOW + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    values = {**RESERVATION, "end_time_type": "Limited", "end_time": end}
    assert (failures(CapacityReservation, values, now=NOW) == []) == (seconds > 0)


# ---- what is sent, and what is the same ------------------------------------------------------------------


def test_whole_numbers_are_sent_whole_and_nothing_is_not_sent() -> None:
    """Inside mappings and lists too; what can't be understood stays as it is."""
    values = {
        "instance_type": "ecs.g6.large",
        "system_disk": {"size": 40.0, "category": None},
        "data_disks": [{"size": 20.0, "encrypted": True}, "nonsense"],
        "period": 2.5,
        "spot_price_limit": 2.0,
        "internet_max_bandwidth_out": 0.0,
        "tags": {"a": None, "b": "x"},
        "description": None,
        "unknown_one": 2.0,
    }
    sent = normalised(EcsInstance, values)
    assert sent == {
        "instance_type": "ecs.g6.large",
        "system_disk": {"size": 40},
        "data_disks": [{"size": 20, "encrypted": True}, "nonsense"],
        "period": 2.5,
        "spot_price_limit": 2.0,
        "internet_max_bandwidth_out": 0,
        "tags": {"b": "x"},
        "unknown_one": 2.0,
    }
    assert isinstance(sent["system_disk"]["size"], int)
    assert isinstance(sent["internet_max_bandwidth_out"], int)


@pytest.mark.parametrize(
    ("cls", "name", "old", "new", "expected"),
    [
        (CapacityReservation, "platform", "linux", "Linux", True),
        (CapacityReservation, "platform", "linux", "Windows", False),
        (CapacityReservation, "platform", 5, "Linux", False),
        (CapacityReservation, "end_time", "2027-01-01T03:02Z", "2027-01-01T03:02:59Z", True),
        (CapacityReservation, "end_time", "2027-01-01T03:02:00Z", "2027-01-01T03:03:00Z", False),
        (CapacityReservation, "instance_amount", 2.0, 2, True),
        (CapacityReservation, "instance_amount", 2, 3, False),
        (CapacityReservation, "tags", {"a": "b"}, {"a": "b", "c": None}, True),
        (CapacityReservation, "tags", {"a": "b"}, {"a": "B"}, False),
        (CapacityReservation, "name", None, None, True),
        (CapacityReservation, "name", None, "ab", False),
        (EcsInstance, "security_group_ids", ["sg-1", "sg-2"], ["sg-2", "sg-1"], True),
        (EcsInstance, "security_group_ids", ["sg-1", "sg-2"], ["sg-2"], False),
        (EcsInstance, "data_disks", [{"size": 20.0}], [{"size": 20}], True),
        (EcsInstance, "data_disks", [{"size": 20}, {"size": 30}], [{"size": 30}, {"size": 20}], False),
        (EcsInstance, "auto_release_time", "2027-01-01T00:00Z", "2027-01-01T00:00:30Z", True),
        (EcsInstance, "auto_release_time", None, "nonsense", False),
        (EcsInstance, "security_group_ids", None, "nonsense", False),
        (EcsInstance, "system_disk", None, "nonsense", False),
        (EcsInstance, "data_disks", [{"size": 20, "encrypted": None}], [{"size": 20}], True),
        (EcsInstance, "data_disks", [{"size": 20, "other": 1}], [{"size": 20, "other": 2}], False),
        (CapacityReservation, "tags", None, "nonsense", False),
    ],
)
def test_two_spellings_of_a_value_are_the_same(
    cls: type, name: str, old: Any, new: Any, expected: bool
) -> None:
    """As the API understands them."""
    assert same(arguments(cls)[name], old, new) is expected
    assert same(arguments(cls)[name], new, old) is expected


# ---- declarations ----------------------------------------------------------------------------------------


def test_declarations_are_inherited_and_in_order() -> None:
    """A user's subclass has the same arguments."""

    class Mine(CapacityReservation):
        """A user's own."""

    assert arguments(Mine) == arguments(CapacityReservation)
    assert outputs(Mine) == outputs(CapacityReservation)
    assert list(arguments(Mine))[:3] == ["instance_type", "instance_amount", "zone_id"]
    assert failures(Mine, {**RESERVATION, "instance_amount": 0}, now=NOW)


def test_the_whole_numbers_are_known() -> None:
    """So that a program gets none of them as a float; arguments first, then outputs."""
    assert whole_numbers(CapacityReservation) == ["instance_amount", "used_amount", "available_amount"]
    assert whole_numbers(EcsInstance) == ["internet_max_bandwidth_out", "period", "auto_renew_period"]
    assert whole_numbers(BssInstance) == ["period", "renew_period"]


def test_the_secret_arguments_are_known() -> None:
    """So that they are marked wherever they go."""
    assert [name for name, each in arguments(EcsInstance).items() if each.secret] == ["password", "user_data"]


def test_an_entry_that_is_none_is_not_there() -> None:
    """It isn't counted, and nothing is demanded of it."""
    tags = {f"tag-{number}": "x" for number in range(20)}
    assert failures(CapacityReservation, {**RESERVATION, "tags": {**tags, "aliyun": None}}, now=NOW) == []
    assert failures(CapacityReservation, {**RESERVATION, "tags": {**tags, "more": "x"}}, now=NOW)


def test_hidden_inputs_of_the_provider_are_passed_over() -> None:
    """What begins with two underscores is the engine's and ours."""
    assert failures(CapacityReservation, {**RESERVATION, "__identity": 1, "__provider": "x"}, now=NOW) == []
