"""ECS instances: virtual machines, their disks, and the private pool they take their capacity from."""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypedDict

import pulumi

from pulumi_aliyun import cloud, identity, polls, tags
from pulumi_aliyun.capacity_reservation import PATIENCE_S, CapacityReservation
from pulumi_aliyun.errors import GONE, ApiError, InvalidInput
from pulumi_aliyun.lifecycle import DEFAULT_TIMEOUT_S, Created, Properties, Provider
from pulumi_aliyun.pages import (
    ATTACH_INSTANCE,
    MODIFY_AUTO_RELEASE,
    MODIFY_INSTANCE,
    OURS,
    RUN_INSTANCES,
    STOP_INSTANCE,
)
from pulumi_aliyun.resource import Resource
from pulumi_aliyun.rules import (
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
    shown,
    structure,
    text,
    time,
    unknown,
    whole_number,
    without_repetition,
    yes_or_no,
)
from pulumi_aliyun.shared import (
    adoptable,
    description_of,
    identifier,
    instance_type_of,
    only_one,
    tags_of,
    zone_in_region,
)

if TYPE_CHECKING:
    from pulumi_aliyun.bridge import Operation
    from pulumi_aliyun.identity import Attempt

_DISK_NAME = RUN_INSTANCES(
    "The name must be 2 to 128 characters in length. It can contain letters and digits in Unicode, "
    "and can include "
    "colons (:), underscores (_), periods (.), and hyphens (-).",
    "InvalidDiskName.Malformed",
)
_DISK_DESCRIPTION = "InvalidDiskDescription.Malformed"
_PERFORMANCE_LEVELS = ("PL0", "PL1", "PL2", "PL3")
_SYSTEM_CATEGORIES = (
    "cloud_essd",
    "cloud_auto",
    "cloud_essd_entry",
    "cloud_efficiency",
    "cloud_ssd",
    "cloud",
)
_DATA_CATEGORIES = (
    *_SYSTEM_CATEGORIES,
    "cloud_regional_disk_auto",
    "elastic_ephemeral_disk_standard",
    "elastic_ephemeral_disk_premium",
)
_ESSD_FROM = {"PL0": 1, "PL1": 20, "PL2": 461, "PL3": 1261}


class SystemDisk(TypedDict, total=False):
    """The disk with the operating system."""

    category: Annotated[
        pulumi.Input[str],
        key(
            text(
                one_of(
                    *_SYSTEM_CATEGORIES,
                    source=RUN_INSTANCES(
                        "The category of the system disk. Valid values: cloud_efficiency, cloud_ssd, "
                        "cloud_essd, "
                        "cloud, cloud_auto, cloud_essd_entry.",
                        "InvalidSystemDiskCategory.ValueNotSupported",
                    ),
                ),
                example="cloud_essd",
            ),
            api="Category",
            doc="The kind of disk.",
            source=RUN_INSTANCES("The category of the system disk."),
        ),
    ]
    size: Annotated[
        pulumi.Input[int],
        key(
            whole_number(
                between(
                    1,
                    2048,
                    RUN_INSTANCES(
                        "The size of the system disk. Unit: GiB.", "InvalidSystemDiskSize.ValueNotSupported"
                    ),
                    unit="GiB",
                ),
                example=40,
            ),
            api="Size",
            doc="The size in GiB, at least that of the image.",
            source=RUN_INSTANCES(
                "The value of this parameter must be greater than or equal to max{1, ImageSize}."
            ),
        ),
    ]
    performance_level: Annotated[
        pulumi.Input[str],
        key(
            text(
                one_of(
                    *_PERFORMANCE_LEVELS,
                    source=RUN_INSTANCES(
                        "The performance level of the enterprise SSD. Valid values: PL0 to PL3."
                    ),
                ),
                example="PL1",
            ),
            api="PerformanceLevel",
            doc="The performance level of a cloud_essd disk.",
            source=RUN_INSTANCES("The performance level of the enterprise SSD used as the system disk."),
        ),
    ]
    disk_name: Annotated[
        pulumi.Input[str],
        key(
            text(
                length(2, 128, _DISK_NAME),
                not_starting("http://", "https://", source=_DISK_NAME),
                letters_digits_and(":_.-", _DISK_NAME),
                example="system",
            ),
            api="DiskName",
            doc="The disk's name.",
            source=_DISK_NAME,
        ),
    ]
    description: Annotated[
        pulumi.Input[str],
        key(
            description_of("System disk", RUN_INSTANCES, _DISK_DESCRIPTION),
            api="Description",
            doc="What the disk is for.",
            source=RUN_INSTANCES("The description of the system cloud disk."),
        ),
    ]


class DataDisk(TypedDict, total=False):
    """A further disk."""

    category: Annotated[
        pulumi.Input[str],
        key(
            text(
                one_of(
                    *_DATA_CATEGORIES,
                    source=RUN_INSTANCES(
                        "The category of data disk N. Valid values: cloud_efficiency, cloud_ssd, "
                        "cloud_essd, cloud, "
                        "cloud_auto, cloud_regional_disk_auto, cloud_essd_entry, "
                        "elastic_ephemeral_disk_standard, "
                        "elastic_ephemeral_disk_premium.",
                        "InvalidDataDiskCategory.ValueNotSupported",
                    ),
                ),
                example="cloud_essd",
            ),
            api="Category",
            doc="The kind of disk.",
            source=RUN_INSTANCES("The category of data disk N."),
        ),
    ]
    size: Annotated[
        pulumi.Input[int],
        key(
            whole_number(
                between(
                    1,
                    65536,
                    RUN_INSTANCES(
                        "The size of data cloud disk N. Unit: GiB.", "InvalidDataDiskSize.ValueNotSupported"
                    ),
                    unit="GiB",
                ),
                example=100,
            ),
            api="Size",
            doc="The size in GiB.",
            source=RUN_INSTANCES(
                "The value of this parameter must be greater than or equal to the size of the "
                "snapshot specified by "
                "the SnapshotId parameter."
            ),
        ),
    ]
    performance_level: Annotated[
        pulumi.Input[str],
        key(
            text(
                one_of(
                    *_PERFORMANCE_LEVELS,
                    source=RUN_INSTANCES("The performance level of the ESSD. Valid values: PL0 to PL3."),
                ),
                example="PL1",
            ),
            api="PerformanceLevel",
            doc="The performance level of a cloud_essd disk.",
            source=RUN_INSTANCES(
                "When you create an ESSD as a data disk, specify the performance level of the disk."
            ),
        ),
    ]
    disk_name: Annotated[
        pulumi.Input[str],
        key(
            text(
                length(2, 128, _DISK_NAME),
                not_starting("http://", "https://", source=_DISK_NAME),
                letters_digits_and(":_.-", _DISK_NAME),
                example="data",
            ),
            api="DiskName",
            doc="The disk's name.",
            source=_DISK_NAME,
        ),
    ]
    description: Annotated[
        pulumi.Input[str],
        key(
            description_of("Data disk", RUN_INSTANCES, _DISK_DESCRIPTION),
            api="Description",
            doc="What the disk is for.",
            source=RUN_INSTANCES("The description of the data cloud disk."),
        ),
    ]
    delete_with_instance: Annotated[
        pulumi.Input[bool],
        key(
            yes_or_no(),
            default=True,
            api="DeleteWithInstance",
            doc="Whether the disk is released with the instance; one locked for security takes its "
            "disks along always.",
            source=RUN_INSTANCES(
                "Specifies whether to release the data cloud disk when the instance is released."
            ),
            unchecked="both values are allowed",
        ),
    ]
    encrypted: Annotated[
        pulumi.Input[bool],
        key(
            yes_or_no(),
            default=False,
            api="Encrypted",
            doc="Whether the disk is encrypted.",
            source=RUN_INSTANCES("Specifies whether to encrypt data disk N."),
            unchecked="both values are allowed",
        ),
    ]
    kms_key_id: Annotated[
        pulumi.Input[str],
        key(
            text(example="0e478b7a-4262-4802-b8cb-00d3fb40826x"),
            api="KMSKeyId",
            doc="The key to encrypt with.",
            source=RUN_INSTANCES(
                "The ID of the Key Management Service (KMS) key used for the data cloud disk.",
                "InvalidParameter.KMSKeyId.NotFound",
            ),
            unchecked="no page says what an id looks like; only the API knows which exist",
        ),
    ]
    snapshot_id: Annotated[
        pulumi.Input[str],
        key(
            text(example="s-bp17441ohwka0yuhx"),
            api="SnapshotId",
            doc="The snapshot to begin with; the disk then has the snapshot's size.",
            source=RUN_INSTANCES(
                "The ID of the snapshot used to create data cloud disk N.",
                "InvalidDataDiskSnapshotId.NotFound",
            ),
            unchecked="no page says what an id looks like; only the API knows which exist",
        ),
    ]


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


# --- relations inside mappings ------------------------------------------------------------------------------


def _level_without_essd(level: str | None, category: str | None) -> str | None:
    if level is None or category in (None, "cloud_essd"):
        return None
    return (
        f"level {level} is for disks of the category 'cloud_essd' only, not {category!r}; remove it, "
        f"or change the category"
    )


def _system_size(size: float | None, category: str | None, level: str | None) -> str | None:
    if size is None or category is None:
        return None
    high = 500 if category == "cloud" else 2048
    low = {"cloud_essd": _ESSD_FROM[level or "PL1"], "cloud_auto": 1}.get(category, 20)
    return _wrong_size(size, low, high, category, level)


_DATA_SIZES = {
    "cloud_efficiency": (20, 32768),
    "cloud_ssd": (20, 32768),
    "cloud": (5, 2000),
    "cloud_auto": (1, 65536),
    "cloud_essd_entry": (10, 32768),
}


def _data_size(
    size: float | None, category: str | None, level: str | None, snapshot_id: str | None
) -> str | None:
    if size is None or category is None or snapshot_id is not None:
        return None
    if category == "cloud_essd":
        return _wrong_size(size, _ESSD_FROM[level or "PL1"], 65536, category, level)
    low, high = _DATA_SIZES.get(category, (1, 65536))
    return _wrong_size(size, low, high, category, level)


def _wrong_size(size: float, low: int, high: int, category: str, level: str | None) -> str | None:
    if low <= size <= high:
        return None
    kind = (
        f"{category!r} disk of performance level {level or 'PL1'}"
        if category == "cloud_essd"
        else f"{category!r} disk"
    )
    return f"{size:g} GiB is not possible for a {kind}; choose {low:,} to {high:,} GiB"


_LEVEL_FOR_ESSD = relation(
    "level-for-essd",
    "performance_level",
    "category",
    problem=_level_without_essd,
    limit="with the category `cloud_essd` only",
    source=RUN_INSTANCES(
        "When you create an ESSD as a data disk, specify the performance level of the disk. The "
        "value of N must be the "
        "same as the value of N in DataDisk.N.Category=cloud_essd."
    ),
    refused=({"category": "cloud_ssd", "performance_level": "PL1"},),
    accepted=({"category": "cloud_essd", "performance_level": "PL3"}, {"performance_level": "PL0"}),
)
_SYSTEM_DISK_SIZE = relation(
    "size-for-category",
    "size",
    "category",
    "performance_level",
    problem=_system_size,
    limit="cloud 20 to 500; cloud_essd PL0 1, PL1 20, PL2 461, PL3 1,261 to 2,048; cloud_auto 1 to "
    "2,048; others 20 to 2,048",
    source=RUN_INSTANCES(
        "Basic disk: 20 to 500. Enterprise SSD: PL0: 1 to 2048. PL1: 20 to 2048. PL2: 461 to 2048. "
        "PL3: 1261 to 2048. "
        "ESSD AutoPL disk: 1 to 2048. Other disk categories: 20 to 2048.",
        "InvalidSystemDiskSize.ValueNotSupported",
    ),
    refused=(
        {"category": "cloud", "size": 501},
        {"category": "cloud_essd", "performance_level": "PL2", "size": 460},
    ),
    accepted=(
        {"category": "cloud", "size": 500},
        {"category": "cloud_essd", "performance_level": "PL2", "size": 461},
    ),
)
_DATA_DISK_SIZE = relation(
    "size-for-category",
    "size",
    "category",
    "performance_level",
    "snapshot_id",
    problem=_data_size,
    limit="cloud_efficiency and cloud_ssd 20 to 32,768; cloud_essd PL0 1, PL1 20, PL2 461, PL3 1,261 "
    "to 65,536; "
    "cloud 5 to 2,000; cloud_auto 1 to 65,536; cloud_essd_entry 10 to 32,768; of no effect with a snapshot",
    source=RUN_INSTANCES(
        "cloud_efficiency: 20 to 32768. cloud_ssd: 20 to 32768. cloud_essd: PL0: 1 to 65,536. PL1: "
        "20 to 65,536. PL2: "
        "461 to 65,536. PL3: 1261 to 65,536. cloud: 5 to 2000. cloud_auto: 1 to 65,536. "
        "cloud_essd_entry: 10 to 32768. "
        "If the SnapshotId parameter is specified, the Size parameter is ignored.",
        "InvalidDataDiskSize.ValueNotSupported",
    ),
    refused=({"category": "cloud", "size": 2001}, {"category": "cloud_ssd", "size": 19}),
    accepted=(
        {"category": "cloud", "size": 5},
        {"category": "cloud_ssd", "size": 19, "snapshot_id": "s-bp17441ohwka0yuhx"},
    ),
)


def _key_without_encryption(kms_key_id: str | None, encrypted: bool) -> str | None:
    if kms_key_id is not None and encrypted is not True:
        return "a key is for encrypted disks only; add encrypted=True, or remove the key"
    return None


_KEY_FOR_ENCRYPTED = relation(
    "key-for-encrypted",
    "kms_key_id",
    "encrypted",
    problem=_key_without_encryption,
    limit="with `encrypted` only",
    source=RUN_INSTANCES(
        "The specified parameter Encrypted must be true when kmsKeyId is not empty.",
        "InvalidParameter.EncryptedIllegal",
    ),
    refused=({"kms_key_id": "0e478b7a-4262-4802-b8cb-00d3fb40826x"},),
    accepted=({"kms_key_id": "0e478b7a-4262-4802-b8cb-00d3fb40826x", "encrypted": True}, {"encrypted": True}),
)


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
_NUMBERED = re.compile(r"\[[0-9]*,[0-9]*\]")
_HOST_CHARACTERS = re.compile(r"[A-Za-z0-9.-]*")


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


_TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2})")
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


def _prepaid_without_period(period: float | None, charge_type: str) -> str | None:
    if period is None and charge_type == "PrePaid":
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


def _pool_of_unfit(
    match_criteria: str | None, spot_strategy: str, dedicated_host_id: str | None, charge_type: str
) -> str | None:
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
    region_id: Optional[str] = optional(
        identifier(
            "cn-hangzhou", RUN_INSTANCES("RegionId: This parameter is required.", "MissingParameter.RegionId")
        ),
        default=None,
        replaces=True,
        api="RegionId",
        doc="The region; the configured one if left out.",
        source=RUN_INSTANCES("The region ID of the instance."),
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
        doc="The key pair to log on with; of no effect for Windows.",
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
            SystemDisk, _LEVEL_FOR_ESSD, _SYSTEM_DISK_SIZE, example={"category": "cloud_essd", "size": 40}
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
                _LEVEL_FOR_ESSD,
                _DATA_DISK_SIZE,
                _KEY_FOR_ENCRYPTED,
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
    private_pool: Optional[PrivatePool | CapacityReservation] = optional(
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
    resource_group_id: Optional[str] = optional(
        text(example="rg-bp67acfmxazb4p"),
        default=None,
        api="ResourceGroupId",
        doc="The resource group.",
        source=RUN_INSTANCES(
            "The ID of the enterprise resource group to which the instance belongs.",
            "InvalidResourceGroup.NotFound",
        ),
        unchecked="no page says what an id looks like; only the API knows which exist",
    )
    tags: Field[pulumi.Input[Mapping[str, pulumi.Input[str]]] | None, Mapping[str, str]] = optional(
        tags_of(RUN_INSTANCES),
        default=None,
        api="Tag",
        doc="Tags.",
        source=RUN_INSTANCES("The tag information of the instance, cloud disks, and primary ENI."),
    )
    adopt_id: Optional[str] = optional(
        adoptable("i-", "an ECS instance"),
        default=None,
        doc="An existing instance to take over instead of creating one.",
        source=OURS("Takes over an existing instance instead of creating one."),
    )

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
        relation(
            "prepaid-needs-period",
            "period",
            "instance_charge_type",
            problem=_prepaid_without_period,
            limit="required with `instance_charge_type` `PrePaid`",
            source=RUN_INSTANCES(
                "This parameter takes effect and is required only when the InstanceChargeType "
                "parameter is set to PrePaid.",
                "InvalidPeriod",
            ),
            refused=({"instance_charge_type": "PrePaid"},),
            accepted=({"instance_charge_type": "PrePaid", "period": 1},),
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
            problem=_pool_of_unfit,
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


def _expired(expired_time: Any, now: datetime) -> bool:
    match = _TIME.match(expired_time) if isinstance(expired_time, str) else None
    return match is not None and datetime(*map(int, match.groups()), tzinfo=timezone.utc) <= now  # type: ignore[arg-type, misc, unused-ignore]


def undeletable(state: Mapping[str, Any], *, now: datetime) -> list[str]:
    """Why the API would refuse to delete the instance, judged by its last known outputs."""
    found = []
    if state.get("deletion_protection") is True:
        found.append(
            "deletion_protection: the instance is protected against deletion; set "
            "deletion_protection=False and run "
            "`pulumi up` first."
        )
    if state.get("instance_charge_type") == "PrePaid" and not _expired(state.get("expired_time"), now):
        until = f" until {state['expired_time']}" if state.get("expired_time") else ""
        found.append(
            f"instance_charge_type: the instance is paid for{until} and can't be deleted before; let "
            "it expire, or set "
            "instance_charge_type='PostPaid' and run `pulumi up` first."
        )
    return found


# --- instances and their pools ------------------------------------------------------------------------------


class Asked(Protocol):
    """A resource as a program asks for it."""

    @property
    def name(self) -> str:
        """Its name in the program."""

    @property
    def cls(self) -> type:
        """Its class."""

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What it is given."""

    @property
    def pool(self) -> str:
        """The name of the CapacityReservation given as `private_pool` itself, or an empty text."""


def pool_failures(asked: Sequence[Asked]) -> list[tuple[str, str]]:
    """What is wrong between the instances of a program and the reservations given to them.

    Returns:
        Pairs of a resource's name and "path: message".
    """
    by_name: dict[str, list[Asked]] = {}
    for each in asked:
        if issubclass(each.cls, CapacityReservation):
            by_name.setdefault(each.name, []).append(each)
    pools = {name: found[0] for name, found in by_name.items() if len(found) == 1}
    members: dict[str, list[str]] = {}
    failures = []
    for each in asked:
        if issubclass(each.cls, EcsInstance) and each.pool in pools:
            members.setdefault(each.pool, []).append(each.name)
            failures += [(each.name, text) for text in _mismatches(each, pools[each.pool])]
    return failures + [
        (name, text) for name, instances in members.items() for text in _overbooked(pools[name], instances)
    ]


def _known(arguments: Mapping[str, Any], name: str, kind: type | tuple[type, ...] = str) -> Any:
    """The argument's value, if it is known and of the right kind."""
    value = arguments.get(name)
    return value if isinstance(value, kind) and not isinstance(value, bool) else None


def _mismatches(instance: Asked, pool: Asked) -> Iterator[str]:
    """Why the instance can't use the pool."""
    own, its = instance.arguments, pool.arguments
    for name in ("instance_type", "zone_id", "region_id"):
        mine, other = _known(own, name), _known(its, name)
        if mine is not None and other is not None and mine != other:
            yield (
                f"{name}: {shown(mine)} doesn't match the reservation {shown(pool.name)}, which is "
                f"for {shown(other)}; "
                "make them equal, or remove private_pool."
            )
    platform, system = _known(its, "platform"), platform_of(own.get("image_id"))
    if platform in ("Linux", "Windows") and system is not None and system != platform:
        yield (
            f"image_id: {shown(own['image_id'])} is a {system} image, but the reservation "
            f"{shown(pool.name)} is for "
            f"{platform}; choose an image of {platform}, or another reservation."
        )
    criteria = its.get("match_criteria") or "Open"
    if unknown(criteria):
        return
    problem = _pool_of_unfit(
        criteria,
        _known(own, "spot_strategy") or "NoSpot",
        _known(own, "dedicated_host_id"),
        _known(own, "instance_charge_type") or "PostPaid",
    )
    if problem is not None:
        yield f"private_pool: the reservation {shown(pool.name)} is matched as {problem}."


def _overbooked(pool: Asked, instances: Sequence[str]) -> Iterator[str]:
    """Whether more instances are targeted at the reservation than it has."""
    amount = _known(pool.arguments, "instance_amount", (int, float))
    if pool.arguments.get("match_criteria") == "Target" and amount is not None and len(instances) > amount:
        shortened = [*instances[:5], "…"] if len(instances) > 5 else instances
        yield (
            f"instance_amount: {amount:g} is not enough for the {len(instances)} instances that "
            "target this reservation "
            f"({', '.join(shortened)}); reserve {len(instances)}, or target fewer."
        )


class EcsInstanceProvider(Provider):
    """The life of an ECS instance."""

    resource = EcsInstance
    noun = "ECS instance"
    delete_before_replace = frozenset({"private_ip_address"})
    never_differs = frozenset({"adopt_id", "force_stop", "stopped_mode", "period", "period_unit"})
    kept_at_default = frozenset({"status"})

    # ---- create ------------------------------------------------------------------------------------------------

    def buy(self, operation: Operation, region_id: str, wanted: Properties, attempt: Attempt) -> Created:
        """RunInstances, one instance: billed from here on."""

        def create(client_token: str, mark: list[dict[str, str]]) -> str:
            parameters = {
                "RegionId": region_id,
                "ZoneId": wanted.get("zone_id"),
                "InstanceType": wanted["instance_type"],
                "ImageId": wanted["image_id"],
                "VSwitchId": wanted["vswitch_id"],
                "SecurityGroupIds": wanted["security_group_ids"],
                "InstanceName": wanted.get("instance_name"),
                "Description": wanted.get("description"),
                "HostName": wanted.get("host_name"),
                "Password": wanted.get("password"),
                "KeyPairName": wanted.get("key_pair_name"),
                "UserData": _encoded(wanted.get("user_data")),
                "RamRoleName": wanted.get("ram_role_name"),
                "SystemDisk": _disk(wanted.get("system_disk"), _SYSTEM_DISK),
                "DataDisk": [_disk(disk, _DATA_DISK) for disk in wanted.get("data_disks") or []] or None,
                "InternetChargeType": wanted.get("internet_charge_type"),
                "InternetMaxBandwidthOut": wanted.get("internet_max_bandwidth_out"),
                "PrivateIpAddress": wanted.get("private_ip_address"),
                "InstanceChargeType": wanted.get("instance_charge_type"),
                "Period": wanted.get("period"),
                "PeriodUnit": wanted.get("period_unit") if wanted.get("period") else None,
                "AutoRenew": wanted.get("auto_renew"),
                "AutoRenewPeriod": wanted.get("auto_renew_period"),
                "AutoReleaseTime": wanted.get("auto_release_time"),
                "SpotStrategy": wanted.get("spot_strategy"),
                "SpotPriceLimit": wanted.get("spot_price_limit"),
                "DedicatedHostId": wanted.get("dedicated_host_id"),
                "PrivatePoolOptions": _pool(wanted.get("private_pool")),
                "DeletionProtection": wanted.get("deletion_protection"),
                "ResourceGroupId": wanted.get("resource_group_id"),
                "Tag": tags.listed(wanted.get("tags")) + mark,
                "Amount": 1,
                "ClientToken": client_token,
            }
            answer = cloud.ecs(operation, region_id, "RunInstances", parameters)
            return cloud.new_id(
                "RunInstances", next(iter(cloud.listed(answer, "InstanceIdSets")), None), "i-"
            )

        bought = identity.buy(
            operation, INSTANCES, region_id, attempt, create, tags=len(wanted.get("tags") or {})
        )
        return Created(bought.id, bought.attempt, bought.found)

    def settle(self, operation: Operation, region_id: str, id_: str, wanted: Properties) -> cloud.Item | None:
        """Wait for the power state that is wanted, and bring it about where it isn't coming by itself."""
        want = wanted.get("status") or "Running"
        asked = ""

        def there(item: cloud.Item | None) -> cloud.Item | None:
            nonlocal asked
            status = item.get("Status") if item else None
            if status == want:
                return item
            if status == "Running" and asked != "stop":
                asked = "stop"
                _stop(operation, region_id, id_, wanted)
            elif status == "Stopped" and asked != "start":
                asked = "start"
                _start(operation, region_id, id_)
            return None

        return polls.instances(region_id).until(
            operation,
            id_,
            there,
            limit=operation.timeout or DEFAULT_TIMEOUT_S,
            what=f"waiting for the instance to be {want}",
        )

    # ---- read --------------------------------------------------------------------------------------------------

    def look(
        self,
        operation: Operation,
        region_id: str,
        id_: str,
        known: Properties,
        item: cloud.Item | None = None,
    ) -> Properties | None:
        """DescribeInstances; disks and the pool cost a call more and are read where the program names them."""
        item = item or polls.instances(region_id).once(operation, id_)
        if item is None:
            return None
        live = _properties(item)
        if known.get("system_disk") or known.get("data_disks"):
            live |= _live_disks(_disks(operation, region_id, id_), known)
        if pool := known.get("private_pool"):
            attached = polls.attachments(region_id).once(operation, id_) or {}
            seen = {
                "match_criteria": attached.get("PrivatePoolOptionsMatchCriteria"),
                "id": attached.get("PrivatePoolOptionsId"),
            }
            live["private_pool"] = {key: seen.get(key) for key in pool}
        return live

    # ---- update ------------------------------------------------------------------------------------------------

    def replaces(self, name: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        """Disks may grow and be renamed in place; another layout is another instance."""
        if name == "system_disk":
            return _new_layout([olds.get(name) or {}], [news.get(name) or {}])
        if name == "data_disks":
            return _new_layout(olds.get(name) or [], news.get(name) or [])
        return super().replaces(name, olds, news)

    def deletes_first(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
        """An address has one owner; and a place in a pool of one's own is free once the old one is gone."""
        old, new = olds.get("private_pool"), news.get("private_pool")
        in_place_of = isinstance(old, Mapping) and isinstance(new, Mapping) and old.get("id")
        return super().deletes_first(olds, news) or bool(
            in_place_of and isinstance(new, Mapping) and in_place_of == new.get("id")
        )

    def notes(self, changed: list[str]) -> list[str]:
        """What a reader of the preview should know of a change in place."""
        found = []
        if "instance_type" in changed:
            found.append("instance_type: the instance is stopped, changed and started again")
        found += [
            f"{name}: takes effect at the next reboot"
            for name in ("host_name", "password")
            if name in changed
        ]
        return found

    def change(
        self, operation: Operation, id_: str, olds: Properties, wanted: Properties, changed: frozenset[str]
    ) -> None:
        """One call for each group of properties that the API changes together."""
        region_id = self._region(olds)

        def call(action: str, **parameters: Any) -> None:
            cloud.ecs(operation, region_id, action, parameters)

        if attributes := {
            wire: ("" if wanted.get(name) is None else wanted[name])
            for name, wire in _ATTRIBUTES.items()
            if name in changed
        }:
            call("ModifyInstanceAttribute", InstanceId=id_, **attributes)
        if "tags" in changed:
            tags.change(operation, region_id, "instance", id_, olds.get("tags"), wanted.get("tags"))
        if "resource_group_id" in changed:
            call(
                "JoinResourceGroup",
                RegionId=region_id,
                ResourceId=id_,
                ResourceType="instance",
                ResourceGroupId=wanted["resource_group_id"],
            )
        if "private_pool" in changed:
            options = _pool(wanted.get("private_pool")) or {"MatchCriteria": "None"}
            call(
                "ModifyInstanceAttachmentAttributes",
                RegionId=region_id,
                InstanceId=id_,
                PrivatePoolOptions=options,
            )
        self._change_network(operation, region_id, id_, wanted, changed)
        self._change_access(operation, region_id, id_, olds, wanted, changed)
        if changed & {"system_disk", "data_disks"}:
            _change_disks(operation, region_id, id_, wanted)
        self._change_billing(operation, region_id, id_, wanted, changed)
        if "instance_type" in changed:
            self._change_type(operation, region_id, id_, wanted)

    def _change_billing(
        self, operation: Operation, region_id: str, id_: str, wanted: Properties, changed: frozenset[str]
    ) -> None:
        def call(action: str, **parameters: Any) -> None:
            cloud.ecs(operation, region_id, action, {"RegionId": region_id, **parameters})

        if "auto_release_time" in changed:
            call(
                "ModifyInstanceAutoReleaseTime",
                InstanceId=id_,
                AutoReleaseTime=wanted.get("auto_release_time") or "",
            )
        if changed & {"auto_renew", "auto_renew_period"}:
            call(
                "ModifyInstanceAutoRenewAttribute",
                InstanceId=id_,
                AutoRenew=bool(wanted.get("auto_renew")),
                Duration=wanted.get("auto_renew_period"),
            )
        if "instance_charge_type" in changed:
            call(
                "ModifyInstanceChargeType",
                InstanceIds=json.dumps([id_]),
                InstanceChargeType=wanted.get("instance_charge_type") or "PostPaid",
                Period=wanted.get("period"),
                PeriodUnit=wanted.get("period_unit"),
                AutoPay=True,
                ClientToken=identity.change_token(operation, wanted, "instance_charge_type"),
            )

    def _change_network(
        self, operation: Operation, region_id: str, id_: str, wanted: Properties, changed: frozenset[str]
    ) -> None:
        if not changed & {"internet_max_bandwidth_out", "internet_charge_type"}:
            return
        bandwidth = wanted.get("internet_max_bandwidth_out") or 0
        parameters = {
            "InstanceId": id_,
            "InternetMaxBandwidthOut": bandwidth,
            "NetworkChargeType": wanted.get("internet_charge_type"),
        }
        cloud.ecs(operation, region_id, "ModifyInstanceNetworkSpec", parameters)
        item = polls.instances(region_id).once(operation, id_)
        if bandwidth and item is not None and not _properties(item)["public_ip"]:
            cloud.ecs(operation, region_id, "AllocatePublicIpAddress", {"InstanceId": id_})

    def _change_access(
        self,
        operation: Operation,
        region_id: str,
        id_: str,
        olds: Properties,
        wanted: Properties,
        changed: frozenset[str],
    ) -> None:
        pairs = (
            ("key_pair_name", "KeyPair", "KeyPairName"),
            ("ram_role_name", "InstanceRamRole", "RamRoleName"),
        )
        for name, noun, wire in pairs:
            if name not in changed:
                continue
            whom = {"RegionId": region_id, "InstanceIds": json.dumps([id_])}
            if olds.get(name):
                cloud.ecs(operation, region_id, f"Detach{noun}", {**whom, wire: olds[name]})
            if wanted.get(name):
                cloud.ecs(operation, region_id, f"Attach{noun}", {**whom, wire: wanted[name]})

    def _change_type(self, operation: Operation, region_id: str, id_: str, wanted: Properties) -> None:
        """Stop it, keeping its capacity, change it, and start it again whatever happened in between."""
        limit = operation.timeout or DEFAULT_TIMEOUT_S
        watch = polls.instances(region_id)
        item = watch.once(operation, id_)
        if item is not None and item.get("InstanceType") == wanted["instance_type"]:
            return
        _stop(operation, region_id, id_, {**wanted, "stopped_mode": "KeepCharging"})
        watch.until(
            operation,
            id_,
            lambda item: item if item is None or item.get("Status") == "Stopped" else None,
            limit=limit,
            what="waiting for the instance to stop, to change its type",
        )
        parameters = {
            "InstanceId": id_,
            "InstanceType": wanted["instance_type"],
            "ClientToken": identity.change_token(operation, wanted, "instance_type"),
        }
        try:
            cloud.ecs(operation, region_id, "ModifyInstanceSpec", parameters)
        finally:
            if (wanted.get("status") or "Running") == "Running":
                _start(operation, region_id, id_)

    # ---- delete ------------------------------------------------------------------------------------------------

    def undeletable(self, state: Mapping[str, Any], *, now: datetime) -> list[str]:
        """Why the API would refuse to delete it."""
        return undeletable(state, now=now)

    def give_back(self, operation: Operation, region_id: str, id_: str, state: Properties) -> None:
        """Stop it, wait until it is stopped, delete it, wait until it is gone."""
        item = polls.instances(region_id).once(operation, id_)
        if item is None:
            return
        live = {**state, **_properties(item)}
        if reasons := undeletable(live, now=datetime.now(timezone.utc)):
            raise InvalidInput(f"{id_} can't be deleted: {reasons[0]}")
        INSTANCES.release(operation, region_id, id_, live)


class _Instances:
    """Instances as what identity.py knows of them."""

    name = "ECS instance"

    marks = True

    def unexplained(self, operation: Operation, region_id: str) -> None:
        """What isn't listed under its mark was refused, unless there was no room for the mark."""
        parameters = {"RegionId": region_id, "MaxResults": 100}
        pages = cloud.pages(operation, region_id, "DescribeInstances", parameters, "Instances")
        identity.ask_about(self.name, {item["InstanceId"]: len(tags.own(item)) for item in pages})

    def marked(self, operation: Operation, region_id: str) -> dict[str, str]:
        """All that bear the mark, whatever they are of."""
        parameters = {"RegionId": region_id, "Tag": [{"Key": identity.MARK}], "MaxResults": 100}
        pages = cloud.pages(operation, region_id, "DescribeInstances", parameters, "Instances")
        return {item["InstanceId"]: tags.of(item).get(identity.MARK, "") for item in pages}

    def unmark(self, operation: Operation, region_id: str, ids: list[str]) -> None:
        """Take the mark off."""
        tags.remove(operation, region_id, "instance", ids, [identity.MARK])

    def earlier(self, operation: Operation, attempt: Attempt, since: float) -> None:
        """Its mark tells."""

    def alive(
        self,
        operation: Operation,
        region_id: str,
        resource_id: str,
        *,
        marked: bool,
        again: bool,
    ) -> bool:
        """Whether it shows up, and not as one that an earlier state knew."""
        item = polls.instances(region_id).until(
            operation, resource_id, lambda item: item, limit=None, patience=PATIENCE_S
        )
        return item is not None and (not marked or identity.MARK in tags.of(item))

    def release(
        self, operation: Operation, region_id: str, resource_id: str, state: Properties | None = None
    ) -> None:
        """Stop it, wait until it is stopped, delete it, wait until it is gone."""
        limit = operation.timeout or DEFAULT_TIMEOUT_S
        watch = polls.instances(region_id)
        asked = False

        def stopped(item: cloud.Item | None) -> bool | None:
            nonlocal asked
            if item is None or item.get("Status") == "Stopped":
                return True
            if item.get("Status") == "Running" and not asked:
                asked = True
                _stop(operation, region_id, resource_id, state or {})
            return None

        watch.until(operation, resource_id, stopped, limit=limit, what="waiting for the instance to stop")
        try:
            _DELETE.ask(operation, region_id, resource_id)
        except ApiError as error:
            if error.code not in GONE:
                raise
        watch.until(
            operation,
            resource_id,
            lambda item: True if item is None else None,
            limit=limit,
            what="waiting for the instance to be deleted",
        )


INSTANCES = _Instances()
identity.KINDS.append(INSTANCES)


# ---- the API's way of writing it ---------------------------------------------------------------------------

_ATTRIBUTES = {
    "instance_name": "InstanceName",
    "description": "Description",
    "host_name": "HostName",
    "password": "Password",
    "security_group_ids": "SecurityGroupIds",
    "deletion_protection": "DeletionProtection",
}
"""What one ModifyInstanceAttribute changes; the security groups all at once, so that never none is left."""

_SYSTEM_DISK = {
    "category": "Category",
    "size": "Size",
    "performance_level": "PerformanceLevel",
    "disk_name": "DiskName",
    "description": "Description",
}
_DATA_DISK = {
    **_SYSTEM_DISK,
    "delete_with_instance": "DeleteWithInstance",
    "encrypted": "Encrypted",
    "kms_key_id": "KMSKeyId",
    "snapshot_id": "SnapshotId",
}
_SEEN_AS = {"kms_key_id": "KMSKeyId", "snapshot_id": "SourceSnapshotId"}
_IN_PLACE = frozenset({"size", "disk_name", "description", "delete_with_instance"})


def _encoded(user_data: str | None) -> str | None:
    return base64.b64encode(user_data.encode()).decode() if user_data is not None else None


def _disk(disk: Mapping[str, Any] | None, names: Mapping[str, str]) -> dict[str, Any] | None:
    return {wire: disk[name] for name, wire in names.items() if disk.get(name) is not None} if disk else None


def _pool(pool: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {"MatchCriteria": pool.get("match_criteria"), "Id": pool.get("id")} if pool else None


def _properties(item: cloud.Item) -> Properties:
    """Arguments and outputs, as DescribeInstances has them."""
    network = item.get("VpcAttributes") or {}
    private = cloud.listed(network, "PrivateIpAddress")
    public = cloud.listed(item, "PublicIpAddress")
    spot = item.get("SpotStrategy") or "NoSpot"
    prepaid = item.get("InstanceChargeType") == "PrePaid"
    power = item.get("Status")
    return {
        "instance_type": item.get("InstanceType"),
        "image_id": item.get("ImageId"),
        "vswitch_id": network.get("VSwitchId"),
        "security_group_ids": cloud.listed(item, "SecurityGroupIds"),
        "zone_id": item.get("ZoneId"),
        "region_id": item.get("RegionId"),
        "instance_name": item.get("InstanceName") or "",
        "description": item.get("Description") or "",
        "host_name": item.get("HostName") or "",
        "key_pair_name": item.get("KeyPairName") or "",
        "internet_charge_type": item.get("InternetChargeType"),
        "internet_max_bandwidth_out": int(item.get("InternetMaxBandwidthOut") or 0),
        "instance_charge_type": item.get("InstanceChargeType"),
        "auto_release_time": item.get("AutoReleaseTime") or "",
        "spot_strategy": spot,
        "spot_price_limit": item.get("SpotPriceLimit") if spot == "SpotWithPriceLimit" else None,
        "dedicated_host_id": (item.get("DedicatedHostAttribute") or {}).get("DedicatedHostId") or "",
        "deletion_protection": bool(item.get("DeletionProtection")),
        "resource_group_id": item.get("ResourceGroupId") or "",
        "tags": tags.own(item),
        "status": {"Pending": "Running", "Starting": "Running", "Stopping": "Stopped"}.get(str(power), power),
        "private_ip_address": private[0] if private else None,
        "private_ip": private[0] if private else "",
        "public_ip": public[0] if public else "",
        "creation_time": item.get("CreationTime"),
        "expired_time": item.get("ExpiredTime") if prepaid else "",
    }


# ---- delete ---------------------------------------------------------------------------------------------------------


def _delete_one(operation: Operation, region_id: Any, id_: str) -> None:
    limit = operation.timeout or DEFAULT_TIMEOUT_S
    cloud.patiently(
        operation, limit, lambda: cloud.ecs(operation, region_id, "DeleteInstance", {"InstanceId": id_})
    )


def _delete_many(operation: Operation, region_id: Any, ids: list[str]) -> list[str]:
    cloud.ecs(operation, region_id, "DeleteInstances", {"RegionId": region_id, "InstanceId": ids})
    return []


_DELETE = polls.Together(_delete_one, _delete_many)


# ---- power -------------------------------------------------------------------------------------------------


def _stop(operation: Operation, region_id: str, id_: str, wanted: Mapping[str, Any]) -> None:
    how = (region_id, bool(wanted.get("force_stop")), wanted.get("stopped_mode") or "KeepCharging")
    _STOP.ask(operation, how, id_)


def _stop_one(operation: Operation, how: Any, id_: str) -> None:
    region_id, force, mode = how
    _power(operation, region_id, "StopInstance", {"InstanceId": id_, "ForceStop": force, "StoppedMode": mode})


def _stop_many(operation: Operation, how: Any, ids: list[str]) -> list[str]:
    region_id, force, mode = how
    parameters = {
        "RegionId": region_id,
        "InstanceId": ids,
        "ForceStop": force,
        "StoppedMode": mode,
        "BatchOptimization": "SuccessFirst",
    }
    answer = cloud.ecs(operation, region_id, "StopInstances", parameters)
    return [
        str(each.get("InstanceId"))
        for each in cloud.listed(answer, "InstanceResponses")
        if str(each.get("Code")) != "200"
    ]


_STOP = polls.Together(_stop_one, _stop_many)


def _start(operation: Operation, region_id: str, id_: str) -> None:
    _power(operation, region_id, "StartInstance", {"InstanceId": id_})


def _power(operation: Operation, region_id: str, action: str, parameters: Mapping[str, Any]) -> None:
    try:
        cloud.ecs(operation, region_id, action, parameters)
    except ApiError as error:
        if error.code != "IncorrectInstanceStatus":  # it is on its way already, or was when we asked
            raise


# ---- disks -------------------------------------------------------------------------------------------------


def _disks(operation: Operation, region_id: str, id_: str) -> list[cloud.Item]:
    """The instance's disks, the system disk first, then in the order of their devices."""
    answer = cloud.ecs(
        operation, region_id, "DescribeDisks", {"RegionId": region_id, "InstanceId": id_, "PageSize": 100}
    )
    disks = cloud.listed(answer, "Disks")
    return sorted(disks, key=lambda disk: (disk.get("Type") != "system", str(disk.get("Device"))))


def _live_disks(disks: list[cloud.Item], known: Properties) -> Properties:
    """The disks as the program writes them: the keys that it names, with the values they have."""

    def seen(disk: cloud.Item, asked: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
        return {name: disk.get(_SEEN_AS.get(name, names[name])) for name in asked if name in names}

    live: Properties = {}
    if disks and known.get("system_disk"):
        live["system_disk"] = seen(disks[0], known["system_disk"], _SYSTEM_DISK)
    if asked := known.get("data_disks"):
        live["data_disks"] = [
            seen(disk, each, _DATA_DISK) for disk, each in zip(disks[1:], asked, strict=False)
        ]
    return live


def _new_layout(olds: Sequence[Mapping[str, Any]], news: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the disks differ in more than what can be changed in place: disks grow, but never shrink."""
    if len(olds) != len(news):
        return True
    return any(
        name not in _IN_PLACE or (name == "size" and (new.get(name) or 0) < (old.get(name) or 0))
        for old, new in zip(olds, news, strict=True)
        for name in old.keys() | new.keys()
        if new.get(name) is not None and old.get(name) != new.get(name)
    )


def _change_disks(operation: Operation, region_id: str, id_: str, wanted: Properties) -> None:
    disks = _disks(operation, region_id, id_)
    asked = [wanted.get("system_disk") or {}, *(wanted.get("data_disks") or [])]
    for disk, want in zip(disks, asked, strict=False):
        if want.get("size") and want["size"] > int(disk.get("Size") or 0):
            parameters = {"DiskId": disk["DiskId"], "NewSize": want["size"], "Type": "online"}
            cloud.ecs(operation, region_id, "ResizeDisk", parameters)
        attributes = {
            wire: want[name]
            for name, wire in (("disk_name", "DiskName"), ("description", "Description"))
            if want.get(name) is not None and want[name] != disk.get(wire)
        }
        if want.get("delete_with_instance") not in {None, disk.get("DeleteWithInstance")}:
            attributes["DeleteWithInstance"] = want["delete_with_instance"]
        if attributes:
            cloud.ecs(operation, region_id, "ModifyDiskAttribute", {"DiskId": disk["DiskId"], **attributes})
