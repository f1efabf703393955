"""Both sides of every bound, against an oracle written from the pages and not from the rules.

The oracle is plain code that reads like the documentation; it shares nothing with the declarations.
"""

from __future__ import annotations

import ipaddress
import string
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pulumi.output import Unknown

from pulumi_aliyun import BssInstance, CapacityReservation, EcsInstance
from pulumi_aliyun.rules import failures

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=timezone.utc)
BASES: dict[type, dict[str, Any]] = {
    CapacityReservation: {"instance_type": "ecs.g6.xlarge", "instance_amount": 2, "zone_id": "cn-hangzhou-h"},
    EcsInstance: {
        "instance_type": "ecs.g6.xlarge",
        "image_id": "m-1",
        "vswitch_id": "vsw-1",
        "security_group_ids": ["sg-1"],
    },
    BssInstance: {"product_code": "waf", "subscription_type": "PayAsYouGo"},
}

LETTERS = string.ascii_letters
HAN = "容量预留中文"
near = st.sampled_from


def accepted(cls: type, **values: Any) -> bool:
    return failures(cls, {**BASES[cls], **values}, now=NOW) == []


def texts(alphabet: str, *lengths: int) -> st.SearchStrategy[str]:
    """Short texts, and texts whose length is near a bound."""
    letters = st.sampled_from(alphabet)
    exact = [st.builds(lambda first, rest, n=n: (first + rest * n)[:n], letters, letters) for n in lengths]
    return st.one_of(st.text(letters, max_size=8), *exact)


LINKS = st.sampled_from(
    ["", "", "", "http://", "https://", "HTTP://", "http:/", "xhttp://", "aliyun", "acs:", "xacs:"]
)


# ---- names and descriptions ------------------------------------------------------------------------------


@given(LINKS, texts(LETTERS + HAN + "09:_-. /!é，", 1, 2, 127, 128, 129))
def test_names_of_reservations(link: str, rest: str) -> None:
    """2 to 128 characters, a letter first, no link, and letters, digits, : _ - only."""
    name = link + rest
    valid = (
        2 <= len(name) <= 128
        and (name[0] in LETTERS or name[0] in HAN or name[0] == "é")
        and not name.startswith("http://")
        and not name.startswith("https://")
        and all(each in LETTERS + HAN + "é0123456789:_-" for each in name)
    )
    assert accepted(CapacityReservation, name=name) is valid


@given(LINKS, texts(LETTERS + HAN + "09:_-.[], /!", 1, 2, 127, 128, 129))
def test_names_of_instances(link: str, rest: str) -> None:
    """2 to 128 letters, digits, : _ . - [ ] and commas."""
    name = link + rest
    valid = 2 <= len(name) <= 128 and all(each in LETTERS + HAN + "0123456789:_.-[]," for each in name)
    assert accepted(EcsInstance, instance_name=name) is valid


@given(LINKS, texts(LETTERS + HAN + "09:_-. /!", 1, 2, 127, 128, 129))
def test_names_of_disks(link: str, rest: str) -> None:
    """2 to 128 letters, digits, : _ . -."""
    name = link + rest
    valid = 2 <= len(name) <= 128 and all(each in LETTERS + HAN + "0123456789:_.-" for each in name)
    assert accepted(EcsInstance, system_disk={"disk_name": name}) is valid
    assert accepted(EcsInstance, data_disks=[{"disk_name": name}]) is valid


@given(LINKS, texts(LETTERS + HAN + " \n%!", 1, 2, 255, 256, 257))
def test_descriptions(link: str, rest: str) -> None:
    """2 to 256 characters that don't begin with a link; a reservation's is empty by default."""
    text = link + rest
    valid = 2 <= len(text) <= 256 and text[:7] != "http://" and text[:8] != "https://"
    assert accepted(CapacityReservation, description=text) is (valid or text == "")
    assert accepted(EcsInstance, description=text) is valid
    assert accepted(EcsInstance, system_disk={"description": text}) is valid


# ---- tags ------------------------------------------------------------------------------------------------


@given(LINKS, texts(LETTERS + HAN + " /:=", 0, 1, 127, 128, 129))
def test_tag_keys(link: str, rest: str) -> None:
    """1 to 128 characters; not beginning with aliyun or acs:; no link inside."""
    tag = link + rest
    valid = 1 <= len(tag) <= 128 and tag[:6] != "aliyun" and tag[:4] != "acs:"
    valid = valid and "http://" not in tag and "https://" not in tag
    assert accepted(CapacityReservation, tags={tag: "x"}) is valid
    assert accepted(EcsInstance, tags={tag: "x"}) is valid


@given(LINKS, texts(LETTERS + HAN + " /:=", 0, 1, 127, 128, 129))
def test_tag_values(link: str, rest: str) -> None:
    """Up to 128 characters without a link; a reservation's don't begin with acs:."""
    value = link + rest
    valid = len(value) <= 128 and "http://" not in value and "https://" not in value
    assert accepted(CapacityReservation, tags={"a": value}) is (valid and value[:4] != "acs:")
    assert accepted(EcsInstance, tags={"a": value}) is valid


@given(st.integers(0, 25))
@example(20)
@example(21)
def test_number_of_tags(number: int) -> None:
    """20 at most."""
    tags = {f"key-{n}": "" for n in range(number)}
    assert accepted(CapacityReservation, tags=tags) is (number <= 20)
    assert accepted(EcsInstance, tags=tags) is (number <= 20)


# ---- numbers ---------------------------------------------------------------------------------------------


@given(st.one_of(st.integers(-5, 2000), st.floats(-5, 5), st.booleans(), st.sampled_from(["1", "", "one"])))
def test_instance_amount(amount: Any) -> None:
    """A whole number from 1."""
    whole = isinstance(amount, (int, float)) and not isinstance(amount, bool) and amount == int(amount)
    assert accepted(CapacityReservation, instance_amount=amount) is (whole and amount >= 1)


@given(st.integers(-2, 103))
def test_bandwidth(mbits: int) -> None:
    """0 to 100 Mbit/s."""
    assert accepted(EcsInstance, internet_max_bandwidth_out=mbits) is (0 <= mbits <= 100)


@given(st.integers(-1, 62), near(["Month", "Week"]))
def test_period(period: int, unit: str) -> None:
    """What is sold."""
    sold = {"Month": [*range(1, 10), 12, 24, 36, 48, 60], "Week": [1, 2, 3, 4]}
    values = {"instance_charge_type": "PrePaid", "period": period, "period_unit": unit}
    assert accepted(EcsInstance, **values) is (period in sold[unit])


@given(st.integers(-1, 62), near(["Month", "Week"]))
def test_auto_renew_period(period: int, unit: str) -> None:
    """What renewals buy."""
    sold = {"Month": [1, 2, 3, 6, 12, 24, 36, 48, 60], "Week": [1, 2, 3]}
    assert accepted(EcsInstance, auto_renew_period=period, period_unit=unit) is (period in sold[unit])


@given(st.integers(-3, 40))
def test_months_of_products(months: int) -> None:
    """One or more."""
    assert accepted(BssInstance, period=months) is (months > 0)
    assert accepted(BssInstance, renew_status="AutoRenewal", renew_period=months) is (months > 0)


@given(st.integers(0, 20000))
def test_spot_price(thousandths: int) -> None:
    """Up to three decimal places, above nothing; a fourth is too many."""
    price = thousandths / 1000
    spot = {"spot_strategy": "SpotWithPriceLimit"}
    assert accepted(EcsInstance, spot_price_limit=price, **spot) is (thousandths > 0)
    assert not accepted(EcsInstance, spot_price_limit=(thousandths * 10 + 1) / 10000, **spot)


# ---- disks -----------------------------------------------------------------------------------------------

OF_AN_ENTRY_FAMILY = {"instance_type": "ecs.u1-c1m1.large"}
SIZES = st.one_of(
    st.integers(-1, 70000),
    near([0, 1, 4, 5, 9, 10, 19, 20, 460, 461, 500, 501, 1260, 1261, 2000, 2001, 2048, 2049]),
    near([63, 64, 8192, 8193, 32768, 32769, 65536, 65537]),
)
LEVELS = near([None, "PL0", "PL1", "PL2", "PL3"])


def least_of_essd(level: str | None) -> int:
    if level == "PL0":
        return 1
    if level == "PL2":
        return 461
    return 1261 if level == "PL3" else 20


@given(
    SIZES,
    near([None, "cloud_efficiency", "cloud_ssd", "cloud_essd", "cloud", "cloud_auto", "cloud_essd_entry"]),
    LEVELS,
)
def test_system_disk_sizes(size: int, category: str | None, level: str | None) -> None:
    """By category and, for ESSDs, by performance level."""
    if category == "cloud":
        valid = 20 <= size <= 500
    elif category == "cloud_essd":
        valid = least_of_essd(level) <= size <= 2048
    elif category in (None, "cloud_auto"):
        valid = 1 <= size <= 2048
    else:
        valid = 20 <= size <= 2048
    valid = valid and (level is None or category in (None, "cloud_essd"))
    disk = {"size": size, "category": category, "performance_level": level}
    assert accepted(EcsInstance, system_disk=disk, **OF_AN_ENTRY_FAMILY) is valid


@given(
    SIZES,
    near(
        [
            None,
            "cloud_efficiency",
            "cloud_ssd",
            "cloud_essd",
            "cloud",
            "cloud_auto",
            "cloud_essd_entry",
            "cloud_regional_disk_auto",
            "elastic_ephemeral_disk_standard",
            "elastic_ephemeral_disk_premium",
        ]
    ),
    LEVELS,
)
def test_data_disk_sizes(size: int, category: str | None, level: str | None) -> None:
    """By category and, for ESSDs, by performance level; without a category, the widest."""
    if category == "cloud":
        valid = 5 <= size <= 2000
    elif category in ("cloud_efficiency", "cloud_ssd"):
        valid = 20 <= size <= 32768
    elif category == "cloud_essd_entry":
        valid = 10 <= size <= 32768
    elif category == "cloud_essd":
        valid = least_of_essd(level) <= size <= 65536
    elif category == "cloud_regional_disk_auto":
        valid = 10 <= size <= 65536
    elif category is not None and category.startswith("elastic_ephemeral"):
        valid = 64 <= size <= 8192
    else:
        valid = 1 <= size <= 65536
    valid = valid and (level is None or category in (None, "cloud_essd"))
    disk = {"size": size, "category": category, "performance_level": level}
    assert accepted(EcsInstance, data_disks=[disk], **OF_AN_ENTRY_FAMILY) is valid


@pytest.mark.parametrize(
    ("instance_type", "possible"),
    [
        ("ecs.u1-c1m1.large", True),
        ("ecs.e-c1m4.xlarge", True),
        ("ecs.u2a-c1m1.large", True),
        ("ecs.g6.xlarge", False),
        ("ecs.ebmg7.32xlarge", False),
        ("ecs.ebmg7e.32xlarge", False),
        ("ecs.xu1.large", False),
    ],
)
def test_entry_disks(instance_type: str, possible: bool) -> None:
    """With u1 and e, and what is named as a successor of theirs."""
    entry = {"category": "cloud_essd_entry", "size": 40}
    assert accepted(EcsInstance, instance_type=instance_type, system_disk=entry) is possible
    assert accepted(EcsInstance, instance_type=instance_type, data_disks=[{"size": 40}, entry]) is possible
    assert accepted(EcsInstance, instance_type=Unknown(), system_disk=entry)


@given(st.integers(0, 20))
def test_number_of_data_disks(number: int) -> None:
    """16 at most."""
    assert accepted(EcsInstance, data_disks=[{"size": 20}] * number) is (number <= 16)


# ---- times -----------------------------------------------------------------------------------------------


def written(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


@given(st.integers(-3600, 2 * 3600))
@example(1799)
@example(1800)
def test_earliest_automatic_release(seconds: int) -> None:
    """Half an hour from now."""
    assert accepted(EcsInstance, auto_release_time=written(NOW + timedelta(seconds=seconds))) is (
        seconds >= 1800
    )


@given(st.integers(-3600, 3600))
@example(0)
@example(1)
def test_latest_automatic_release(seconds: int) -> None:
    """Three years from now."""
    latest = datetime(2029, 11, 22, 12, 0, 0, tzinfo=timezone.utc)
    assert accepted(EcsInstance, auto_release_time=written(latest + timedelta(seconds=seconds))) is (
        seconds <= 0
    )


def test_latest_automatic_release_on_a_leap_day() -> None:
    """Three years after 29 February is no date of its own."""
    leap = datetime(2028, 2, 29, 12, 0, 0, tzinfo=timezone.utc)
    values = BASES[EcsInstance]
    assert not failures(EcsInstance, {**values, "auto_release_time": "2031-02-28T12:00:00Z"}, now=leap)
    assert failures(EcsInstance, {**values, "auto_release_time": "2031-03-02T12:00:00Z"}, now=leap)


@given(
    st.integers(2027, 2030),
    st.integers(0, 13),
    st.integers(0, 32),
    st.integers(0, 25),
    st.integers(0, 61),
    st.integers(0, 61),
)
@example(2027, 2, 29, 0, 0, 0)
@example(2028, 2, 29, 0, 0, 0)
def test_times_exist(year: int, month: int, day: int, hour: int, minute: int, second: int) -> None:  # noqa: PLR0917
    """Each part in its range, and the day in its month."""
    days = [31, 29 if year == 2028 else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    valid = 1 <= month <= 12 and 1 <= day <= days[month - 1] and hour < 24 and minute < 60 and second < 60
    end = f"{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
    assert accepted(CapacityReservation, end_time_type="Limited", end_time=end) is valid


# ---- the rest of the instance's texts --------------------------------------------------------------------

SPECIAL = "()`~!@#$%^&*-_+=|{}[]:;'\\\"<>,.?/"


@given(st.text(st.sampled_from("aZ09z!/\\ é" + SPECIAL), min_size=6, max_size=32))
def test_passwords(password: str) -> None:
    """8 to 30 of the characters listed, of three kinds."""
    kinds = (string.ascii_uppercase, string.ascii_lowercase, string.digits, SPECIAL)
    valid = 8 <= len(password) <= 30
    valid = valid and all(any(each in kind for kind in kinds) for each in password)
    valid = valid and sum(any(each in kind for each in password) for kind in kinds) >= 3
    assert accepted(EcsInstance, password=password) is valid


@given(texts("aZ0.-_ 中", 1, 2, 63, 64, 65))
def test_host_names(name: str) -> None:
    """2 to 64 letters, digits, hyphens and periods, the last two alone and inside."""
    valid = 2 <= len(name) <= 64
    valid = valid and all(each in LETTERS + string.digits + ".-" for each in name)
    valid = valid and name[0] not in ".-" and name[-1] not in ".-" and ".." not in name and "--" not in name
    assert accepted(EcsInstance, host_name=name) is valid


@pytest.mark.parametrize("character", ["x", "é", "中", "😀"])
@given(st.integers(-3, 3))
def test_user_data(character: str, beyond: int) -> None:
    """32 KB in UTF-8, before it is encoded."""
    data = character * (32768 // len(character.encode()) + beyond)
    assert accepted(EcsInstance, user_data=data) is (len(data.encode()) <= 32 * 1024)


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_private_addresses(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """IPv4."""
    assert accepted(EcsInstance, private_ip_address=str(address)) is (address.version == 4)
    assert not accepted(EcsInstance, private_ip_address=f"{address}/32")


@given(st.lists(st.sampled_from([f"sg-{n}" for n in range(8)]), max_size=8))
def test_security_groups(groups: list[str]) -> None:
    """1 to 5, each once."""
    assert accepted(EcsInstance, security_group_ids=groups) is (
        1 <= len(groups) <= 5 and len(set(groups)) == len(groups)
    )


# ---- between arguments -----------------------------------------------------------------------------------

CRITERIA = near([None, "Open", "Target", "None"])


@given(
    CRITERIA,
    near([None, "crp-1"]),
    near([None, "NoSpot", "SpotAsPriceGo"]),
    near([None, "dh-1"]),
    near([None, "PostPaid", "PrePaid"]),
)
def test_pools(
    criteria: str | None, pool: str | None, spot: str | None, host: str | None, charge: str | None
) -> None:
    """Target needs an id, others forbid one; no pool for spot or dedicated hosts; no target for prepaid."""
    is_spot, is_prepaid = spot == "SpotAsPriceGo", charge == "PrePaid"
    valid = (pool is not None) == (criteria == "Target")
    valid = valid and not (criteria in ("Open", "Target") and (is_spot or host is not None))
    valid = valid and not (criteria == "Target" and is_prepaid)
    valid = valid and not (is_spot and is_prepaid)
    values = {
        "private_pool": {"match_criteria": criteria, "id": pool},
        "spot_strategy": spot,
        "dedicated_host_id": host,
        "instance_charge_type": charge,
        "period": 1 if is_prepaid else None,
    }
    assert accepted(EcsInstance, **values) is valid


@given(near([None, "Limited", "Unlimited"]), near([None, "2027-01-01T00:00:00Z"]))
def test_ends(kind: str | None, end: str | None) -> None:
    """An end with Limited, and only with it."""
    valid = (end is not None) == (kind == "Limited")
    assert accepted(CapacityReservation, end_time_type=kind, end_time=end) is valid


@given(
    near(["Subscription", "PayAsYouGo"]), near([None, 1]), near([None, "waf-1"]), near(["waf", "ecs", "rds"])
)
def test_orders(kind: str, period: int | None, adopted: str | None, product: str) -> None:
    """A subscription needs its months, and ECS and RDS aren't ordered here; what is adopted needs neither."""
    valid = adopted is not None or (product == "waf" and not (kind == "Subscription" and period is None))
    values = {"product_code": product, "subscription_type": kind, "period": period, "adopt_id": adopted}
    assert accepted(BssInstance, **values) is valid
