"""What a refusal says, word for word: what stands there, what is wrong with it, and what to write instead."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from test_bounds import BASES, NOW

from pulumi_aliyun import BssInstance, CapacityReservation, EcsInstance
from pulumi_aliyun.rules import failures, shown


def told(cls: type, **values: Any) -> str:
    """The only line that refuses these arguments."""
    (line,) = failures(cls, {**BASES[cls], **values}, now=NOW)
    return line


@pytest.mark.parametrize(
    ("value", "nature"),
    [
        (7, "7 is a number"),
        (2.5, "2.5 is a number"),
        (float("nan"), "nan is not a finite number"),
        (True, "True is a yes-or-no value"),
        (["a", "b"], "this is a list"),
        (("a",), "this is a list"),
        ({"a"}, "this is a list"),
        ({"a": 1}, "this is a mapping"),
        (b"x", "this is bytes"),
        (bytearray(b"x"), "this is bytes"),
        (date(2027, 1, 1), "this is of type date"),
    ],
)
def test_what_is_no_text_is_said_to_be_what_it_is(value: Any, nature: str) -> None:
    """Scalars are shown; of the rest, not even a part is."""
    assert told(CapacityReservation, name=value) == f"name: {nature}; text is needed, such as 'batch-jobs'."


NUMBER = "; a whole number is needed, such as 2."


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("2", f"'2' is text{NUMBER}"),
        (True, f"True is a yes-or-no value{NUMBER}"),
        (2.5, f"2.5 has a fraction{NUMBER}"),
        (float("inf"), f"inf is not a finite number{NUMBER}"),
        (2**53 + 1, "9007199254740993 is too large; use a smaller number."),
        (-(2**53) - 1, "-9007199254740993 is too large; use a smaller number."),
        (-(2**53), "-9007199254740992 is not allowed; reserve at least 1 instance."),
        (None, "is missing; say how many instances to reserve, such as 2."),
    ],
)
def test_what_is_no_whole_number_is_told_so(value: Any, problem: str) -> None:
    """Beyond what JSON carries exactly, only that it is too large."""
    assert told(CapacityReservation, instance_amount=value) == f"instance_amount: {problem}"


def test_the_largest_number_that_json_carries_exactly_is_judged_by_the_rules() -> None:
    """There is no rule for it: the API has the say."""
    assert (
        failures(CapacityReservation, {**BASES[CapacityReservation], "instance_amount": 2**53}, now=NOW) == []
    )


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (float("nan"), "nan is not a finite number; use 0.98 or the like."),
        (2**53 + 1, "9007199254740993 is too large; use a smaller number."),
        (-(2**53) - 1, "-9007199254740993 is too large; use a smaller number."),
        ("1", "'1' is text; a number is needed, such as 0.98."),
        (True, "True is a yes-or-no value; a number is needed, such as 0.98."),
    ],
)
def test_what_is_no_number_is_told_so(value: Any, problem: str) -> None:
    """Numbers with a fraction are numbers."""
    line = told(EcsInstance, spot_strategy="SpotWithPriceLimit", spot_price_limit=value)
    assert line == f"spot_price_limit: {problem}"


@pytest.mark.parametrize(
    ("value", "subject"),
    [
        ("true", "'true' is text"),
        (1, "1 is a number"),
        (0.5, "0.5 is a number"),
        (["x"], "this is a list"),
        ({}, "this is a mapping"),
    ],
)
def test_what_is_neither_true_nor_false_is_told_so(value: Any, subject: str) -> None:
    """Quotes are the usual mistake."""
    expected = f"deletion_protection: {subject}; write True or False, without quotes."
    assert told(EcsInstance, deletion_protection=value) == expected


FORM = "; write it in the form yyyy-MM-ddTHH:mm:ssZ, such as '2027-10-30T06:32:00Z'."


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("tomorrow", f"'tomorrow' is not a time in UTC{FORM}"),
        ("2027-1-1T00:00:00Z", f"'2027-1-1T00:00:00Z' is not a time in UTC{FORM}"),
        ("2027-02-30T00:00:00Z", f"'2027-02-30T00:00:00Z' doesn't exist on the calendar or the clock{FORM}"),
        (5, "5 is a number; a text with a time in UTC is needed, such as '2027-10-30T06:32:00Z'."),
    ],
)
def test_what_is_no_time_is_told_so(value: Any, problem: str) -> None:
    """A time that doesn't exist is another mistake than a form that isn't one."""
    assert told(CapacityReservation, end_time_type="Limited", end_time=value) == f"end_time: {problem}"


ITS = r"the character '\ud800'"
HALF = "that is half of a pair and can't be sent; remove it."


@pytest.mark.parametrize(
    ("cls", "values", "line"),
    [
        (EcsInstance, {"security_group_ids": "sg-1"}, "security_group_ids: 'sg-1' is text; a list is needed"),
        (EcsInstance, {"security_group_ids": ["sg-1", 5]}, "security_group_ids[1]: 5 is a number; text is needed"),
        (EcsInstance, {"system_disk": "x"}, "system_disk: 'x' is text; a mapping is needed, such as {'category'"),
        (CapacityReservation, {"tags": ["a"]}, "tags: this is a list; a mapping is needed, such as {'team'"),
        (CapacityReservation, {"tags": {1: "x"}}, 'tags["1"]: the key is a number; write it as text.'),
        (CapacityReservation, {"tags": {None: "x"}}, 'tags["this"]: the key is nothing; write it as text.'),
        (CapacityReservation, {"tags": {"a": 1}}, 'tags["a"]: 1 is a number; text is needed, such as \'research\'.'),
        (CapacityReservation, {"tags": {"a\"b'c": 1}}, "tags[\"a\\\"b'c\"]: 1 is a number"),
        (CapacityReservation, {"tags": {"k" * 60: 1}}, f'tags["{"k" * 60}"]: 1 is a number'),
        (CapacityReservation, {"tags": {"k" * 61: 1}}, f'tags["{"k" * 60}…"]: 1 is a number'),
        (CapacityReservation, {"tags": {"\ud800": "x"}}, f'tags["\\ud800"]: the key contains {ITS} {HALF}'),
        (CapacityReservation, {"name": "a\ud800"}, f"name: 'a\\ud800' contains {ITS} {HALF}"),
        (EcsInstance, {"password": "a\ud800"}, f"password: this value contains a character {HALF}"),
        (EcsInstance, {"password": 5}, "password: this is a number; text is needed."),
        (BssInstance, {"parameters": {"a": 1}}, 'parameters["a"]: this is a number; text is needed.'),
        (BssInstance, {"parameters": {"a": "\ud800"}}, f'parameters["a"]: this value contains a character {HALF}'),
    ],
)  # fmt: skip
def test_the_place_inside_is_named(cls: type, values: dict[str, Any], line: str) -> None:
    """By index or key; a secret is named by its place alone."""
    assert told(cls, **values).startswith(line)


NO_SUCH = "no such argument exists; "
DISK = f"{NO_SUCH}those that do are category, size, performance_level, disk_name and description."


@pytest.mark.parametrize(
    ("cls", "values", "line"),
    [
        (CapacityReservation, {"qqqqqq": 1}, f"qqqqqq: {NO_SUCH}those that do are in the documentation of the class."),
        (CapacityReservation, {"q" * 60: 1}, f"{'q' * 60}: {NO_SUCH}those"),
        (CapacityReservation, {"q" * 61: 1}, f'["{"q" * 60}…"]: {NO_SUCH}those'),
        (CapacityReservation, {3: 1}, f'["3"]: {NO_SUCH}those'),
        (CapacityReservation, {"Zone ID": 1}, f'["Zone ID"]: {NO_SUCH}did you mean zone_id?'),
        (EcsInstance, {"system_disk": {"sizze": 1}}, f"system_disk.sizze: {NO_SUCH}did you mean size?"),
        (EcsInstance, {"system_disk": {"qqqqqq": 1}}, f"system_disk.qqqqqq: {DISK}"),
        (EcsInstance, {"system_disk": {"a-b": 1}}, f'system_disk["a-b"]: {DISK}'),
    ],
)  # fmt: skip
def test_an_argument_that_does_not_exist_is_told_which_do(
    cls: type, values: dict[str, Any], line: str
) -> None:
    """The nearest, or where all of them stand; a name that isn't one is quoted."""
    (found,) = failures(cls, {**BASES[cls], **values}, now=NOW)
    assert found.startswith(line)


def test_a_misspelt_value_is_told_the_one_meant_or_all() -> None:
    """What is too long to be a misspelling isn't taken for one."""
    ends = {
        "target": "; did you mean 'Target'?",
        "zzz": "; use one of them.",
        f"Target{' ' * 54}": "; did you mean 'Target'?",
        f"Target{' ' * 55}": "; use one of them.",
    }
    for value, end in ends.items():
        line = told(CapacityReservation, match_criteria=value)
        assert line == f"match_criteria: {shown(value)} is not one of 'Open' or 'Target'{end}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x" * 60, f"'{'x' * 60}'"),
        ("x" * 61, f"'{'x' * 40}…'"),
        (10**18 - 1, "999999999999999999"),
        (1 - 10**18, "-999999999999999999"),
        (10**18, "a number of some 19 digits"),
        (-(10**18), "a number of some 19 digits"),
        (10**1999, "a number of some 2,000 digits"),
        ([], "0 items"),
        (["x"], "1 item"),
        (("x",), "1 item"),
        (["x"] * 1000, "1,000 items"),
        ({}, "0 entries"),
        ({"a": 1}, "1 entry"),
        (object(), "this"),
    ],
)
def test_a_value_is_shown_short(value: Any, text: str) -> None:
    """What is long is cut, and containers are counted."""
    assert shown(value) == text


def test_items_and_repetitions_are_counted_in_words() -> None:
    """How many there are, and how many there may be."""
    assert told(EcsInstance, security_group_ids=[]) == (
        "security_group_ids: 0 items are not allowed here; give 1 to 5 security groups."
    )
    assert told(EcsInstance, security_group_ids=["sg-1", "sg-2", "sg-1"]) == (
        "security_group_ids: 3 items name 'sg-1' more than once; name it once."
    )


@pytest.mark.parametrize(
    ("cls", "values", "line"),
    [
        (CapacityReservation, {"name": "a"}, "name: 'a' is 1 character long; use 2 to 128 characters."),
        (
            CapacityReservation,
            {"tags": {"": "a"}},
            'tags[""]: the key is 0 characters long; use 1 to 128 characters.',
        ),
        (
            CapacityReservation,
            {"name": "http://xy"},
            "name: 'http://xy' begins with 'http://', which is not allowed; choose another beginning.",
        ),
        (
            CapacityReservation,
            {"name": "1st"},
            "name: '1st' doesn't begin with a letter or a Chinese character; put one first.",
        ),
        (
            CapacityReservation,
            {"name": "a name"},
            "name: 'a name' contains ' ', which is not allowed; use letters, Chinese characters, digits and : _ -.",
        ),
        (
            CapacityReservation,
            {"instance_type": "g6"},
            "instance_type: 'g6' doesn't begin with 'ecs.'; write the full name, such as 'ecs.g6.xlarge'.",
        ),
        (
            CapacityReservation,
            {"tags": {"xhttp://": "a"}},
            "tags[\"xhttp://\"]: the key contains 'http://', which is not allowed; leave it out.",
        ),
        (
            CapacityReservation,
            {"tags": {f"tag-{number}": "x" for number in range(21)}},
            "tags: 21 entries are not allowed here; give at most 20 tags.",
        ),
        (
            CapacityReservation,
            {"region_id": "cn-shanghai"},
            (
                "zone_id: 'cn-hangzhou-h' does not lie in the region 'cn-shanghai'; choose a zone of that region, "
                "or the other region."
            ),
        ),
        (
            CapacityReservation,
            {"zone_id": "cn-hangzhou", "region_id": "cn-hangzhou"},
            "zone_id: 'cn-hangzhou' is a region; name one of its zones, such as 'cn-hangzhou-h'.",
        ),
        (
            CapacityReservation,
            {"zone_id": "cn-hangzhou-h cn-hangzhou-i"},
            "zone_id: 'cn-hangzhou-h cn-hangzhou-i' names more than one; name one only.",
        ),
        (EcsInstance, {"image_id": " "}, "image_id: ' ' is empty; give it a value."),
        (
            EcsInstance,
            {"internet_max_bandwidth_out": 101},
            "internet_max_bandwidth_out: 101 is not allowed; use a number from 0 to 100 Mbit/s.",
        ),
    ],
)
def test_each_rule_says_what_it_demands(cls: type, values: dict[str, Any], line: str) -> None:
    """And what stands there instead."""
    assert told(cls, **values) == line
