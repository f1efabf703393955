"""What an ECS instance is given, with the rules, and what it answers."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, TypedDict

import pulumi

from .capacity_reservation import CapacityReservation
from .ecs_disks import (
    DATA_DISK_SIZE,
    ENTRY_DATA_DISK,
    ENTRY_SYSTEM_DISK,
    KEY_FOR_ENCRYPTED,
    LEVEL_FOR_ESSD,
    NO_SNAPSHOT_FOR_EPHEMERAL,
    OTHER_DATA_DISK_SIZE,
    SYSTEM_DISK_SIZE,
    DataDisk,
    SystemDisk,
)
from .pages import (
    ATTACH_INSTANCE,
    MODIFY_AUTO_RELEASE,
    MODIFY_INSTANCE,
    OURS,
    RUN_INSTANCES,
    STOP_INSTANCE,
)
from .resource import Resource
from .rules import (
    Field,
    Optional,
    Required,
    Rule,
    TimeRule,
    between,
    count,
    key,
    length,
    letters_digits_and,
    list_of,
    not_starting,
    number,
    one_of,
    optional,
    output,
    relation,
    required,
    structure,
    text,
    time,
    whole_number,
    without_repetition,
    yes_or_no,
)
from .shared import (
    Tags,
    adopt_id_of,
    description_of,
    id_with,
    identifier,
    instance_type_of,
    only_one,
    region_id_of,
    resource_group_id_of,
    tags_of,
    zone_in_region,
)


class PrivatePool(TypedDict, total=False):
    """Where the instance takes its capacity from."""

    match_criteria: Annotated[
        pulumi.Input[str],
        key(
            text(
                one_of(
                    "Open",
                    "Target",
                    "None",
                    source=RUN_INSTANCES(
                        "Valid values: Open, Target, None. Default value: None.",
                        "Invalid.PrivatePoolOptions.MatchCriteria",
                    ),
                ),
                example="Target",
            ),
            default="None",
            api="PrivatePoolOptions.MatchCriteria",
            doc="Any pool that matches (`Open`), the one named (`Target`), or none (`None`).",
            source=RUN_INSTANCES("The private pool options for instance startup. Default value: None."),
        ),
    ]
    id: Annotated[
        pulumi.Input[str],
        key(
            identifier(
                "crp-bp67acfmxazb4p",
                RUN_INSTANCES(
                    "The ID of the private pool.",
                    "MissingParameter.PrivatePoolOptions.Id",
                    "InvalidParameter.PrivatePoolOptions.Ids",
                ),
            ),
            api="PrivatePoolOptions.Id",
            doc="The pool, for `Target`.",
            source=RUN_INSTANCES(
                "The ID of the private pool. It is the ID of the elasticity assurance or capacity "
                "reservation service."
            ),
        ),
    ]


def _pool_without_id(id: str | None, match_criteria: str) -> str | None:  # noqa: A002 - the API's name
    if id is None and match_criteria == "Target":
        return (
            "is missing; match_criteria 'Target' needs the id of the pool, or give the "
            "CapacityReservation itself"
        )
    return None


def _pool_with_needless_id(id: str | None, match_criteria: str) -> str | None:  # noqa: A002 - the API's name
    if id is not None and match_criteria != "Target":
        return (
            f"an id can't be given with match_criteria {match_criteria!r}; set match_criteria='Target', "
            f"or remove the id"
        )
    return None


_TARGET_NEEDS_ID = relation(
    "target-needs-id",
    "id",
    "match_criteria",
    problem=_pool_without_id,
    limit="required with `match_criteria` `Target`",
    source=RUN_INSTANCES(
        "Target: you must specify the private pool ID, which means the PrivatePoolOptions.Id "
        "parameter is required.",
        "MissingParameter.PrivatePoolOptions.Id",
        "MissingParameter.PrivatePoolOptions.Ids",
        "MissingParameter.PrivatePoolOptionsId",
    ),
    refused=({"match_criteria": "Target"},),
    accepted=({"match_criteria": "Target", "id": "crp-bp67acfmxazb4p"},),
)
_OTHERS_FORBID_ID = relation(
    "others-forbid-id",
    "id",
    "match_criteria",
    problem=_pool_with_needless_id,
    limit="only with `match_criteria` `Target`",
    source=ATTACH_INSTANCE(
        "Leave this parameter empty when PrivatePoolOptions.MatchCriteria is set to Open or None.",
        "Invalid.PrivatePoolOptions.Id",
        "Invalid.PrivatePoolOptionsId",
    ),
    refused=({"match_criteria": "Open", "id": "crp-bp67acfmxazb4p"}, {"id": "crp-bp67acfmxazb4p"}),
    accepted=({"match_criteria": "Open"}, {"match_criteria": "None"}, {}),
)


# --- rules of single arguments ------------------------------------------------------------------------------

_NAME = RUN_INSTANCES(
    "The name must be 2 to 128 characters in length. It can contain letters and digits in Unicode, "
    "and can include "
    "colons (:), underscores (_), periods (.), and hyphens (-). The names can contain square "
    "brackets ([]) and commas (,).",
    "InvalidInstanceName.Malformed",
)
_NO_LINK = MODIFY_INSTANCE("The name cannot start with http:// or https://.", "InvalidInstanceName.Malformed")
_GROUPS = RUN_INSTANCES(
    "The valid values of N depend on the quota of security groups that the instance can join: up to 5.",
    "InstanceSecurityGroupLimitExceeded",
    "JoinedGroupLimitExceed",
)
_HOST_NAME = RUN_INSTANCES(
    "The hostname cannot start or end with a period (.) or a hyphen (-), and cannot contain "
    "consecutive periods (.) or "
    "hyphens (-). It must be 2 to 64 characters in length, each segment of uppercase and lowercase "
    "letters, digits, and "
    "hyphens (-). You can use the ${instance_id} placeholder.",
    "InvalidHostName.Malformed",
)
_PASSWORD = RUN_INSTANCES(
    "The password must be 8 to 30 characters in length and must contain at least three of the "
    "following character "
    "types: uppercase letters, lowercase letters, digits, and special characters.",
    "InvalidPassword.Malformed",
)
_USER_DATA = RUN_INSTANCES(
    "The size of instance user data cannot exceed 32 KB before Base64 encoding.",
    "InvalidUserData.SizeExceeded",
)
_AUTO_RELEASE = RUN_INSTANCES(
    "The earliest release time is half an hour after the current time. The latest release time "
    "cannot be more than "
    "three years after the current time.",
    "InvalidAutoReleaseTime.Malformed",
)

_INSTANCE_ID = "${instance_id}"
_NUMBERED = re.compile(r"\[([0-9]*),([0-9]*)\]")
_HOST_CHARACTERS = re.compile(r"[A-Za-z0-9.-]*")


def name_as_asked(asked: Any, seen: str, id_: str) -> str:
    """The name as the program writes it, with what RunInstances fills in, if that is what the instance has."""
    if not isinstance(asked, str):
        return seen
    fixed = _NUMBERED.sub("[]", asked.replace(_INSTANCE_ID, id_)).split("[]")
    return asked if re.fullmatch("[0-9]+".join(map(re.escape, fixed)), seen) else seen


def filled_in(name: str, id_: str) -> str:
    """What RunInstances makes of a name, for the operations that fill nothing in: the instance is the only one."""
    return _NUMBERED.sub(
        lambda match: match[1].rjust(int(match[2] or 0), "0") or "0", name.replace(_INSTANCE_ID, id_)
    )


def _bad_host_name(value: str) -> str | None:
    plain = _NUMBERED.sub("0", value.replace(_INSTANCE_ID, "i0"))
    if not _HOST_CHARACTERS.fullmatch(plain):
        return "contains a character that is not allowed; use letters, digits, hyphens and periods"
    if plain[:1] in (".", "-") or plain[-1:] in (".", "-"):
        return "begins or ends with a period or a hyphen; begin and end with a letter or a digit"
    if ".." in plain or "--" in plain:
        return "contains two periods or two hyphens in a row; leave one out"
    return None


_SPECIAL = frozenset("()`~!@#$%^&*-_+=|{}[]:;'\\\"<>,.?/")
_UPPER = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz")
_DIGIT = frozenset("0123456789")


def _password_length(value: str) -> str | None:
    return None if 8 <= len(value) <= 30 else "is too short or too long; use 8 to 30 characters"


def _password_characters(value: str) -> str | None:
    if all(each in _UPPER or each in _LOWER or each in _DIGIT or each in _SPECIAL for each in value):
        return None
    return (
        "contains a character that is not allowed, such as a space; use letters, digits and "
        "()`~!@#$%^&*-_+=|{}[]:;'\\\"<>,.?/"
    )


def _password_kinds(value: str) -> str | None:
    kinds = sum(not kind.isdisjoint(value) for kind in (_UPPER, _LOWER, _DIGIT, _SPECIAL))
    if kinds >= 3:
        return None
    return (
        "has too few kinds of characters; use three of these: capital letters, small letters, "
        "digits, special characters"
    )


_LARGEST_USER_DATA = 32 * 1024


def _user_data_size(value: str) -> str | None:
    if len(value) * 4 <= _LARGEST_USER_DATA or len(value.encode()) <= _LARGEST_USER_DATA:
        return None
    return "is larger than 32 KB (32,768 bytes); shorten it, for example by loading the rest at boot"


def _bad_address(value: str) -> str | None:
    try:
        ipaddress.IPv4Address(value)
    except ValueError:
        return "is not an IPv4 address; write four numbers from 0 to 255, such as '192.168.1.10'"
    return None


def _price_decimals(value: float) -> str | None:
    exponent = Decimal(repr(value)).as_tuple().exponent
    if isinstance(exponent, int) and exponent < -3 and not float(value * 1000).is_integer():
        return "has more than three decimal places; round it to three"
    return None


def _price_positive(value: float) -> str | None:
    return (
        None if value > 0 else "is not a price; give the highest price per hour that you would pay, above 0"
    )


_SOONEST = timedelta(minutes=30)


def _release_too_soon(end: datetime, now: datetime) -> str | None:
    return None if end - now >= _SOONEST else "is less than 30 minutes from now; choose a later time"


def _release_too_late(end: datetime, now: datetime) -> str | None:
    leap = now.month == 2 and now.day == 29
    latest = now.replace(year=now.year + 3, month=3, day=1) if leap else now.replace(year=now.year + 3)
    return None if end <= latest else "is more than three years from now; choose an earlier time"


# --- relations ----------------------------------------------------------------------------------------------

_WINDOWS = re.compile(r"win(?:svr|[0-9]{4})?_")
_LINUX = re.compile(
    r"(?:aliyun|alinux|centos|ubuntu|debian|rockylinux|almalinux|anolisos|opensuse|suse|fedora|freebsd|redhat)_"
)


def platform_of(image_id: Any) -> str | None:
    """The system of a public image, as far as its id tells."""
    if isinstance(image_id, str):
        if _WINDOWS.match(image_id):
            return "Windows"
        if _LINUX.match(image_id):
            return "Linux"
    return None


def _windows_host_name(host_name: str | None, image_id: str | None) -> str | None:
    if host_name is None or platform_of(image_id) != "Windows" or "[" in host_name or "$" in host_name:
        return None
    if len(host_name) > 15 or "." in host_name or host_name.isdigit():
        return (
            f"{host_name!r} is not possible for Windows; use 2 to 15 letters, digits and hyphens, "
            f"not digits only"
        )
    return None


def _windows_password(password: str | None, image_id: str | None) -> str | None:
    if password is not None and password.startswith("/") and platform_of(image_id) == "Windows":
        return "this value begins with a slash, which Windows doesn't allow; choose another first character"
    return None


def _prepaid_without_period(period: float | None, charge_type: str, adopt_id: str | None) -> str | None:
    if period is None and charge_type == "PrePaid" and adopt_id is None:
        return (
            "is missing; instance_charge_type 'PrePaid' needs the number of months or weeks to buy, such as 1"
        )
    return None


def _spot_of_prepaid(spot_strategy: str, charge_type: str) -> str | None:
    if spot_strategy != "NoSpot" and charge_type == "PrePaid":
        return (
            f"{spot_strategy!r} is for pay-as-you-go instances only; remove it, or use "
            f"instance_charge_type='PostPaid'"
        )
    return None


def _limit_without_price(price: float | None, spot_strategy: str) -> str | None:
    if price is None and spot_strategy == "SpotWithPriceLimit":
        return (
            "is missing; spot_strategy 'SpotWithPriceLimit' needs the highest price per hour, such as 0.98; "
            "without a limit, use 'SpotAsPriceGo'"
        )
    return None


_WEEKS = frozenset({1, 2, 3, 4})
_MONTHS = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36, 48, 60})
_RENEWAL_WEEKS = frozenset({1, 2, 3})
_RENEWAL_MONTHS = frozenset({1, 2, 3, 6, 12, 24, 36, 48, 60})


def _not_sold(count: float | None, unit: str, weeks: frozenset[int], months: frozenset[int]) -> str | None:
    allowed = weeks if unit == "Week" else months
    if count is None or count in allowed:
        return None
    wanted = ", ".join(map(str, sorted(allowed)))
    return f"{count:g} is not allowed with the unit {unit!r}; use one of {wanted}"


def _period_not_sold(period: float | None, period_unit: str) -> str | None:
    return _not_sold(period, period_unit, _WEEKS, _MONTHS)


def _renewal_not_sold(period: float | None, period_unit: str) -> str | None:
    return _not_sold(period, period_unit, _RENEWAL_WEEKS, _RENEWAL_MONTHS)


def pool_of_unfit(
    match_criteria: str | None, spot_strategy: str, dedicated_host_id: str | None, charge_type: str
) -> str | None:
    """Why an instance can't start from a private pool."""
    if match_criteria not in ("Open", "Target"):
        return None
    if spot_strategy != "NoSpot":
        return f"{match_criteria!r} is not possible for spot instances; remove private_pool, or spot_strategy"
    if dedicated_host_id is not None:
        return (
            f"{match_criteria!r} is not possible on a dedicated host; remove private_pool, or "
            f"dedicated_host_id"
        )
    if charge_type == "PrePaid" and match_criteria == "Target":
        return (
            "'Target' is not possible for prepaid instances; remove private_pool, or use "
            "instance_charge_type='PostPaid'"
        )
    return None


def _release_of_prepaid(auto_release_time: str | None, charge_type: str) -> str | None:
    if auto_release_time is not None and charge_type == "PrePaid":
        return (
            "an automatic release is for pay-as-you-go instances only; remove it, or use "
            "instance_charge_type='PostPaid'"
        )
    return None


def _protection_of_prepaid(deletion_protection: bool, charge_type: str) -> str | None:
    if deletion_protection is True and charge_type == "PrePaid":
        return (
            "protection is for pay-as-you-go instances only; remove it, or use "
            "instance_charge_type='PostPaid'"
        )
    return None


class EcsInstance(Resource, kind="EcsInstance"):
    """A virtual machine."""

    instance_type: Required[str] = required(
        instance_type_of(RUN_INSTANCES),
        api="InstanceType",
        doc="The instance type. A change stops the instance for a moment.",
        source=RUN_INSTANCES(
            "InstanceType is a required parameter.", "InvalidInstanceType.ValueNotSupported"
        ),
        way_out="name the instance type, such as 'ecs.g6.xlarge'",
    )
    image_id: Required[str] = required(
        identifier(
            "aliyun_3_x64_20G_alibase_20240819.vhd",
            RUN_INSTANCES("ImageId is required.", "MissingParameter"),
        ),
        replaces=True,
        api="ImageId",
        doc="The image that the system disk is made from.",
        source=RUN_INSTANCES("The image ID. ImageId is required."),
        way_out="name the image, such as 'aliyun_3_x64_20G_alibase_20240819.vhd'",
    )
    vswitch_id: Required[str] = required(
        identifier(
            "vsw-bp1s5fnvk4gn2tws0",
            RUN_INSTANCES(
                "If you create a VPC-type ECS instance, you must specify a vSwitch ID.",
                "ClassicNetworkNotSupported",
            ),
        ),
        replaces=True,
        api="VSwitchId",
        doc="The vSwitch that the instance is connected to.",
        source=RUN_INSTANCES("The vSwitch ID."),
        way_out="name the vSwitch, such as 'vsw-bp1s5fnvk4gn2tws0'",
    )
    security_group_ids: Field[pulumi.Input[Sequence[pulumi.Input[str]]], Sequence[str]] = required(
        list_of(
            identifier(
                "sg-bp67acfmxazb4p",
                RUN_INSTANCES("The security group ID is required."),
            ),
            count(1, 5, _GROUPS, what="security groups"),
            without_repetition(MODIFY_INSTANCE("The security group IDs in the array must be unique.")),
            ordered=False,
        ),
        api="SecurityGroupIds",
        doc="The security groups that the instance belongs to; their order has no meaning.",
        source=RUN_INSTANCES("Adds the instance to multiple security groups at the same time."),
        way_out="name 1 to 5 security groups, such as ['sg-bp67acfmxazb4p']",
    )
    zone_id: Optional[str] = optional(
        identifier(
            "cn-hangzhou-h",
            RUN_INSTANCES("The zone ID of the instance.", "InvalidZoneId.NotFound"),
            only_one(RUN_INSTANCES("The zone ID of the instance.", "InvalidZoneId.NotFound")),
        ),
        default=None,
        replaces=True,
        api="ZoneId",
        doc="The zone; that of the vSwitch if left out.",
        source=RUN_INSTANCES(
            "If you specify the VSwitchId parameter, the ZoneId parameter must be set to the zone "
            "where the vSwitch resides."
        ),
    )
    region_id: Optional[str] = region_id_of(
        RUN_INSTANCES, "The region ID of the instance.", "RegionId: This parameter is required."
    )
    instance_name: Optional[str] = optional(
        text(
            length(2, 128, _NAME),
            not_starting("http://", "https://", source=_NO_LINK),
            letters_digits_and(":_.-[],", _NAME),
            example="web-1",
        ),
        default=None,
        api="InstanceName",
        doc="The name shown in the console; the instance's id if left out.",
        source=_NAME,
    )
    description: Optional[str] = optional(
        description_of("Instance", RUN_INSTANCES, "InvalidDescription.Malformed"),
        default=None,
        api="Description",
        doc="What the instance is for.",
        source=RUN_INSTANCES("The instance description."),
    )
    host_name: Optional[str] = optional(
        text(
            length(2, 64, _HOST_NAME),
            Rule(
                "host-name",
                _bad_host_name,
                "letters, digits, hyphens and periods; none of those two at the ends or twice in a row",
                _HOST_NAME,
                refused=("-web", "web-", ".web", "web.", "we..b", "we--b", "we_b", "网络"),
                accepted=("web-1.example.com", "k8s-${instance_id}", "WEB1"),
            ),
            example="web-1",
        ),
        default=None,
        api="HostName",
        doc="The name that the system gives itself. A change takes effect at the next start.",
        source=_HOST_NAME,
    )
    password: Optional[str] = optional(
        text(
            Rule(
                "length",
                _password_length,
                "8 to 30 characters",
                _PASSWORD,
                refused=("Abc123!", "Abc123!" * 5),
                accepted=("Abc123!x", "Abc123!xyz" * 3),
            ),
            Rule(
                "characters",
                _password_characters,
                "letters, digits and ``()`~!@#$%^&*-_+=|{}[]:;'\\\"<>,.?/``",
                _PASSWORD,
                refused=("Abc 12345", "Ábcdef12345"),
                accepted=("Ab1()`~!@#$%^&*-_+=|{}[]:;'", 'Ab1\\"<>,.?/'),
            ),
            Rule(
                "kinds",
                _password_kinds,
                "three of: capital letters, small letters, digits, special characters",
                _PASSWORD,
                refused=("abcdefgh1", "ABCDEFGH", "abcdefgh!"),
                accepted=("abcdefg1!", "ABCdefg1", "ABCDEFG1!"),
            ),
            example="Example-1",
        ),
        default=None,
        secret=True,
        api="Password",
        doc="The password of the administrator. A change takes effect at the next start.",
        source=_PASSWORD,
    )
    key_pair_name: Optional[str] = optional(
        text(example="operators"),
        default=None,
        api="KeyPairName",
        doc="The key pair to log on with; of no effect for Windows. A change takes effect at the next start.",
        source=RUN_INSTANCES("The name of the key pair.", "InvalidKeyPairName.NotFound"),
        unchecked="no page limits it here; only the API knows which exist",
    )
    user_data: Optional[str] = optional(
        text(
            Rule(
                "size",
                _user_data_size,
                "at most 32 KB (32,768 bytes in UTF-8)",
                _USER_DATA,
                refused=("x" * 32769, "中" * 10923),
                accepted=("x" * 32768, "中" * 10922),
            ),
            example="#!/bin/sh\necho ready",
        ),
        default=None,
        replaces=True,
        secret=True,
        api="UserData",
        doc="What the system runs at its first start, as plain text.",
        source=_USER_DATA,
    )
    ram_role_name: Optional[str] = optional(
        text(example="reader"),
        default=None,
        api="RamRoleName",
        doc="The RAM role of the instance.",
        source=RUN_INSTANCES("The name of the instance RAM role.", "InvalidRamRole.NotFound"),
        unchecked="no page limits it here; only the API knows which exist",
    )
    system_disk: Optional[SystemDisk] = optional(
        structure(
            SystemDisk, LEVEL_FOR_ESSD, SYSTEM_DISK_SIZE, example={"category": "cloud_essd", "size": 40}
        ),
        default=None,
        api="SystemDisk",
        doc="The disk with the system.",
        source=RUN_INSTANCES("SystemDisk: the system disk."),
        unchecked="its members have the rules",
    )
    data_disks: Field[pulumi.Input[Sequence[pulumi.Input[DataDisk]]] | None, Sequence[DataDisk]] = optional(
        list_of(
            structure(
                DataDisk,
                LEVEL_FOR_ESSD,
                DATA_DISK_SIZE,
                OTHER_DATA_DISK_SIZE,
                NO_SNAPSHOT_FOR_EPHEMERAL,
                KEY_FOR_ENCRYPTED,
                example={"category": "cloud_essd", "size": 100},
            ),
            count(
                0,
                16,
                RUN_INSTANCES("Valid values of N: 1 to 16.", "InstanceDiskNumber.LimitExceed"),
                what="data disks",
            ),
        ),
        default=None,
        replaces=True,
        api="DataDisk",
        doc="Further disks.",
        source=RUN_INSTANCES("The list of data cloud disk information."),
    )
    internet_charge_type: Optional[str] = optional(
        text(
            one_of(
                "PayByTraffic",
                "PayByBandwidth",
                source=RUN_INSTANCES(
                    "Valid values: PayByBandwidth, PayByTraffic.",
                    "InvalidInternetChargeType.ValueNotSupported",
                ),
            ),
            example="PayByTraffic",
        ),
        default="PayByTraffic",
        api="InternetChargeType",
        doc="How traffic to the internet is billed.",
        source=RUN_INSTANCES("The network billing method. Default value: PayByTraffic."),
    )
    internet_max_bandwidth_out: Optional[int] = optional(
        whole_number(
            between(
                0,
                100,
                RUN_INSTANCES(
                    "Unit: Mbit/s. Valid values: 0 to 100. Default value: 0.",
                    "InvalidInternetMaxBandwidthOut.Malformed",
                    "InvalidParameter.Bandwidth",
                ),
                unit="Mbit/s",
            ),
            example=10,
        ),
        default=0,
        api="InternetMaxBandwidthOut",
        doc="The bandwidth to the internet in Mbit/s; with 0 there is no public address.",
        source=RUN_INSTANCES("The maximum outbound public bandwidth."),
    )
    private_ip_address: Optional[str] = optional(
        text(
            Rule(
                "address",
                _bad_address,
                "an IPv4 address",
                RUN_INSTANCES(
                    "The IP address must be selected from the idle CIDR block of the vSwitch (VSwitchId).",
                    "InvalidPrivateIpAddress.Malformed",
                ),
                refused=("192.168.1", "192.168.1.256", "fe80::1", "192.168.1.0/24"),
                accepted=("192.168.1.10", "10.0.1.0"),
            ),
            example="192.168.1.10",
        ),
        default=None,
        replaces=True,
        api="PrivateIpAddress",
        doc="The address inside the vSwitch.",
        source=RUN_INSTANCES("The private IP address of the instance."),
    )
    instance_charge_type: Optional[str] = optional(
        text(
            one_of(
                "PostPaid",
                "PrePaid",
                source=RUN_INSTANCES(
                    "Valid values: PrePaid, PostPaid.", "InvalidInstanceChargeType.NotFound"
                ),
            ),
            example="PostPaid",
        ),
        default="PostPaid",
        api="InstanceChargeType",
        doc="Pay as you go (`PostPaid`), or for a time in advance (`PrePaid`).",
        source=RUN_INSTANCES("The billing method of the instance. Default value: PostPaid."),
    )
    period: Optional[int] = optional(
        whole_number(example=1),
        default=None,
        api="Period",
        doc="How many units of time to buy.",
        source=RUN_INSTANCES("The subscription duration of the resource.", "InvalidPeriod"),
        unchecked="what is allowed depends on the unit: see the rule with `period_unit`",
    )
    period_unit: Optional[str] = optional(
        text(
            one_of(
                "Month",
                "Week",
                source=RUN_INSTANCES("Valid values: Week, Month.", "InvalidPeriodType.ValueNotSupported"),
            ),
            example="Month",
        ),
        default="Month",
        api="PeriodUnit",
        doc="The unit of `period` and `auto_renew_period`.",
        source=RUN_INSTANCES("The time unit for the subscription billing method. Month (default)."),
    )
    auto_renew: Optional[bool] = optional(
        yes_or_no(),
        default=False,
        api="AutoRenew",
        doc="Whether a prepaid instance renews itself.",
        source=RUN_INSTANCES("Specifies whether to enable auto-renewal. Default value: false."),
        unchecked="both values are allowed; without `PrePaid` it has no effect",
    )
    auto_renew_period: Optional[int] = optional(
        whole_number(example=1),
        default=1,
        api="AutoRenewPeriod",
        doc="How many units of time a renewal buys.",
        source=RUN_INSTANCES("The auto-renewal duration. Default value: 1."),
        unchecked="what is allowed depends on the unit: see the rule with `period_unit`",
    )
    auto_release_time: Optional[str] = optional(
        time(
            TimeRule(
                "earliest",
                _release_too_soon,
                "at least 30 minutes from now",
                _AUTO_RELEASE,
                refused=("2021-10-30T06:32:00Z",),
            ),
            TimeRule(
                "latest",
                _release_too_late,
                "at most three years from now",
                _AUTO_RELEASE,
                refused=("2099-10-30T06:32:00Z",),
            ),
        ),
        default=None,
        api="AutoReleaseTime",
        doc="When a pay-as-you-go instance is released by itself, in UTC.",
        source=RUN_INSTANCES(
            "Specify the time in the ISO 8601 standard in the yyyy-MM-ddTHH:mm:ssZ format. The time "
            "must be in UTC.",
            "InvalidAutoReleaseTime.Malformed",
        ),
    )
    spot_strategy: Optional[str] = optional(
        text(
            one_of(
                "NoSpot",
                "SpotWithPriceLimit",
                "SpotAsPriceGo",
                source=RUN_INSTANCES(
                    "Valid values: NoSpot, SpotWithPriceLimit, SpotAsPriceGo.",
                    "InvalidSpotStrategy",
                ),
            ),
            example="SpotAsPriceGo",
        ),
        default="NoSpot",
        replaces=True,
        api="SpotStrategy",
        doc="Whether the instance is a spot instance, and with a price limit or without.",
        source=RUN_INSTANCES("The bidding policy for the pay-as-you-go instance. Default value: NoSpot."),
    )
    spot_price_limit: Optional[float] = optional(
        number(
            Rule(
                "positive",
                _price_positive,
                "above 0",
                RUN_INSTANCES("The maximum hourly price of the instance.", "InvalidSpotPriceLimit"),
                refused=(0, -0.5),
                accepted=(0.001, 12),
            ),
            Rule(
                "decimals",
                _price_decimals,
                "at most three decimal places",
                RUN_INSTANCES("The value can have up to three decimal places.", "InvalidSpotPriceLimit"),
                refused=(0.1234,),
                accepted=(0.123, 1.5),
            ),
            example=0.98,
        ),
        default=None,
        replaces=True,
        api="SpotPriceLimit",
        doc="The highest price per hour for `SpotWithPriceLimit`.",
        source=RUN_INSTANCES(
            "This parameter takes effect only when the SpotStrategy parameter is set to SpotWithPriceLimit."
        ),
    )
    dedicated_host_id: Optional[str] = optional(
        text(example="dh-bp67acfmxazb4p"),
        default=None,
        replaces=True,
        api="DedicatedHostId",
        doc="The dedicated host to run on.",
        source=RUN_INSTANCES("The ID of the dedicated host.", "InvalidDedicatedHostId.NotFound"),
        unchecked="no page says what an id looks like; only the API knows which exist",
    )
    private_pool: Field[pulumi.Input[PrivatePool | CapacityReservation] | None, PrivatePool] = optional(
        structure(
            PrivatePool,
            _TARGET_NEEDS_ID,
            _OTHERS_FORBID_ID,
            example={"match_criteria": "Target", "id": "crp-bp67acfmxazb4p"},
        ),
        default=None,
        api="PrivatePoolOptions",
        doc="The reservation to take the capacity from: a `CapacityReservation`, or a mapping.",
        source=RUN_INSTANCES("The private pool options for instance startup."),
        unchecked="its members have the rules",
    )
    deletion_protection: Optional[bool] = optional(
        yes_or_no(),
        default=False,
        api="DeletionProtection",
        doc="Whether the instance refuses to be deleted.",
        source=RUN_INSTANCES("The release protection attribute of the instance. Default value: false."),
        unchecked="both values are allowed for pay-as-you-go instances: see the rule with "
        "`instance_charge_type`",
    )
    status: Optional[str] = optional(
        text(
            one_of("Running", "Stopped", source=OURS("The power state wanted: Running or Stopped.")),
            example="Stopped",
        ),
        default="Running",
        doc="The power state wanted.",
        source=OURS("The power state wanted."),
    )
    stopped_mode: Optional[str] = optional(
        text(
            one_of(
                "KeepCharging",
                "StopCharging",
                source=STOP_INSTANCE("Valid values: StopCharging, KeepCharging."),
            ),
            example="StopCharging",
        ),
        default="KeepCharging",
        api="StoppedMode",
        doc="Whether a stopped pay-as-you-go instance is billed on.",
        source=STOP_INSTANCE("The stop mode for a pay-as-you-go ECS instance."),
    )
    force_stop: Optional[bool] = optional(
        yes_or_no(),
        default=False,
        api="ForceStop",
        doc="Whether to stop the instance like a power failure; what isn't written to disk is lost.",
        source=STOP_INSTANCE("Specifies whether to forcefully stop the instance. Default value: false."),
        unchecked="both values are allowed",
    )
    resource_group_id: Optional[str] = resource_group_id_of(
        RUN_INSTANCES, "The ID of the enterprise resource group to which the instance belongs."
    )
    tags: Tags = tags_of(RUN_INSTANCES, "The tag information of the instance, cloud disks, and primary ENI.")
    adopt_id: Optional[str] = adopt_id_of(id_with("i-", "an ECS instance"), "instance")

    private_ip: pulumi.Output[str] = output(doc="The address inside the vSwitch.")
    public_ip: pulumi.Output[str] = output(doc="The public address; empty if there is none.")
    creation_time: pulumi.Output[str] = output(doc="When the instance was created.")
    expired_time: pulumi.Output[str] = output(doc="When a prepaid instance expires.")

    relations = (
        zone_in_region(RUN_INSTANCES),
        relation(
            "windows-host-name",
            "host_name",
            "image_id",
            problem=_windows_host_name,
            limit="2 to 15 characters, no periods, not digits only, with a Windows image",
            source=RUN_INSTANCES(
                "For Windows instances: The hostname must be 2 to 15 characters in length. It cannot "
                "contain periods (.) "
                "and cannot contain only digits.",
                "InvalidHostName.Malformed",
            ),
            refused=(
                {"image_id": "win2022_21H2_x64_dtc_en-us_40G_alibase_20240820.vhd", "host_name": "a" * 16},
            ),
            accepted=(
                {"image_id": "win2022_21H2_x64_dtc_en-us_40G_alibase_20240820.vhd", "host_name": "a" * 15},
            ),
        ),
        relation(
            "windows-password",
            "password",
            "image_id",
            problem=_windows_password,
            limit="doesn't begin with / with a Windows image",
            source=RUN_INSTANCES(
                "For Windows instances, the password cannot start with a forward slash (/).",
                "InvalidPassword.Malformed",
            ),
            refused=(
                {"image_id": "win2022_21H2_x64_dtc_en-us_40G_alibase_20240820.vhd", "password": "/Example-1"},
            ),
            accepted=({"password": "/Example-1"},),
        ),
        ENTRY_SYSTEM_DISK,
        ENTRY_DATA_DISK,
        relation(
            "prepaid-needs-period",
            "period",
            "instance_charge_type",
            "adopt_id",
            problem=_prepaid_without_period,
            limit="required with `instance_charge_type` `PrePaid`, unless adopting",
            source=RUN_INSTANCES(
                "This parameter takes effect and is required only when the InstanceChargeType "
                "parameter is set to PrePaid.",
                "InvalidPeriod",
            ),
            refused=({"instance_charge_type": "PrePaid"},),
            accepted=(
                {"instance_charge_type": "PrePaid", "period": 1},
                {"instance_charge_type": "PrePaid", "adopt_id": "i-bp67acfmxazb4p"},
            ),
        ),
        relation(
            "period-for-unit",
            "period",
            "period_unit",
            problem=_period_not_sold,
            limit="1 to 9, 12, 24, 36, 48 or 60 months; 1 to 4 weeks",
            source=RUN_INSTANCES(
                "When PeriodUnit is set to Week, valid values of Period are 1, 2, 3, and 4. When "
                "PeriodUnit is set to "
                "Month, valid values of Period are 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36, 48, and 60.",
                "InvalidPeriod",
            ),
            refused=(
                {"instance_charge_type": "PrePaid", "period": 10},
                {"instance_charge_type": "PrePaid", "period": 5, "period_unit": "Week"},
            ),
            accepted=(
                {"instance_charge_type": "PrePaid", "period": 60},
                {"instance_charge_type": "PrePaid", "period": 4, "period_unit": "Week"},
            ),
        ),
        relation(
            "renewal-for-unit",
            "auto_renew_period",
            "period_unit",
            problem=_renewal_not_sold,
            limit="1, 2, 3, 6, 12, 24, 36, 48 or 60 months; 1 to 3 weeks",
            source=RUN_INSTANCES(
                "When PeriodUnit is set to Week: 1, 2, and 3. When PeriodUnit is set to Month: 1, 2, "
                "3, 6, 12, 24, 36, "
                "48, and 60.",
                "InvalidAutoRenewPeriod.ValueNotSupported",
            ),
            refused=({"auto_renew_period": 4}, {"auto_renew_period": 4, "period_unit": "Week"}),
            accepted=({"auto_renew_period": 48}, {"auto_renew_period": 3, "period_unit": "Week"}),
        ),
        relation(
            "spot-of-postpaid",
            "spot_strategy",
            "instance_charge_type",
            problem=_spot_of_prepaid,
            limit="with `PostPaid` only",
            source=RUN_INSTANCES(
                "The specified Spot type is not support PrePay Instance.", "InvalidSpotPrepaid"
            ),
            refused=({"spot_strategy": "SpotAsPriceGo", "instance_charge_type": "PrePaid", "period": 1},),
            accepted=({"spot_strategy": "NoSpot", "instance_charge_type": "PrePaid", "period": 1},),
        ),
        relation(
            "spot-with-its-limit",
            "spot_price_limit",
            "spot_strategy",
            problem=_limit_without_price,
            limit="required with `spot_strategy` `SpotWithPriceLimit`",
            source=RUN_INSTANCES(
                "SpotWithPriceLimit: spot instance with a maximum price limit.", "InvalidSpotPriceLimit"
            ),
            refused=({"spot_strategy": "SpotWithPriceLimit"},),
            accepted=({"spot_strategy": "SpotWithPriceLimit", "spot_price_limit": 0.98},),
        ),
        relation(
            "release-of-postpaid",
            "auto_release_time",
            "instance_charge_type",
            problem=_release_of_prepaid,
            limit="with `PostPaid` only",
            source=MODIFY_AUTO_RELEASE(
                "Changes the automatic release time of a pay-as-you-go or spot instance.",
                "ChargeTypeViolation",
            ),
        ),
        relation(
            "protection-of-postpaid",
            "deletion_protection",
            "instance_charge_type",
            problem=_protection_of_prepaid,
            limit="with `PostPaid` only",
            source=RUN_INSTANCES("This attribute applies only to pay-as-you-go instances."),
            refused=({"deletion_protection": True, "instance_charge_type": "PrePaid", "period": 1},),
            accepted=(
                {"deletion_protection": True},
                {"deletion_protection": False, "instance_charge_type": "PrePaid", "period": 1},
            ),
        ),
        relation(
            "pool-of-fit",
            "private_pool.match_criteria",
            "spot_strategy",
            "dedicated_host_id",
            "instance_charge_type",
            problem=pool_of_unfit,
            limit="`None` for spot instances and on dedicated hosts; not `Target` for prepaid instances",
            source=RUN_INSTANCES(
                "In any of the following scenarios, the private pool option for instance startup can "
                "only be set to None "
                "or left empty: Creating spot instances. Creating ECS instances on a dedicated host (DDH).",
                "SpotNotSupported",
                "DedicatedHostNotSupported",
                "Invalid.InstanceChargeType",
            ),
            refused=(
                {"private_pool": {"match_criteria": "Open"}, "spot_strategy": "SpotAsPriceGo"},
                {"private_pool": {"match_criteria": "Open"}, "dedicated_host_id": "dh-bp67acfmxazb4p"},
                {
                    "private_pool": {"match_criteria": "Target", "id": "crp-bp67acfmxazb4p"},
                    "instance_charge_type": "PrePaid",
                    "period": 1,
                },
            ),
            accepted=(
                {"private_pool": {"match_criteria": "None"}, "spot_strategy": "SpotAsPriceGo"},
                {"private_pool": {"match_criteria": "Open"}, "instance_charge_type": "PrePaid", "period": 1},
            ),
        ),
    )
