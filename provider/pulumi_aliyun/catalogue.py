"""Every documented constraint: what stands beside the arguments, and what can't stand there.

What an argument's declaration says is read from it. Written here is the rest: what holds between an instance
and its pool, when an operation is allowed, what the provider itself sees to, and what only the API can know.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any, Literal

from pulumi_aliyun.bss_instance import BssInstance
from pulumi_aliyun.capacity_reservation import CapacityReservation
from pulumi_aliyun.ecs_arguments import EcsInstance
from pulumi_aliyun.pages import (
    ATTACH_INSTANCE,
    BSS_CREATE,
    BSS_REFUND,
    BSS_RELEASE,
    CREATE_RESERVATION,
    DELETE_INSTANCE,
    IDEMPOTENCE,
    MODIFY_INSTANCE,
    MODIFY_RESERVATION,
    RELEASE_RESERVATION,
    RUN_INSTANCES,
    SET_RENEWAL,
    STOP_INSTANCE,
    Source,
)
from pulumi_aliyun.rules import Argument, Kind, arguments, failures, relations

When = Literal["preview", "delete", "by the provider", "only the API can know", "no rule"]

RESOURCES = (CapacityReservation, EcsInstance, BssInstance)


@dataclass(frozen=True)
class Entry:
    """One documented constraint."""

    id: str
    source: Source
    when: When
    limit: str
    """The constraint in a few words; for what isn't checked at preview, the reason."""
    resource: type | None = None
    at: str = ""
    """The argument, or the place inside it, that the examples are values of; "" where they are programs."""
    refused: tuple[Any, ...] = field(default=(), compare=False)
    accepted: tuple[Any, ...] = field(default=(), compare=False)
    together: bool = False
    """Whether the examples are several arguments, and complete."""


# ---- read from the declarations ----------------------------------------------------------------------------


def _of_resource(cls: type) -> Iterator[Entry]:
    for argument in arguments(cls).values():
        yield from _of_argument(cls, argument, argument.name)
    for each in relations(cls):
        yield Entry(
            f"{cls.__name__}.{each.at}.{each.id}",
            each.source,
            "preview",
            each.limit,
            cls,
            refused=each.refused,
            accepted=each.accepted,
            together=True,
        )


def _of_argument(cls: type, argument: Argument, path: str) -> Iterator[Entry]:
    name, source = f"{cls.__name__}.{path}", argument.source
    plain = replace(source, codes=()) if argument.unchecked else source
    yield Entry(f"{name}.kind", plain, "preview", argument.kind.noun, cls, path, *_of_kind(argument.kind))
    if argument.required:
        yield Entry(f"{name}.required", source, "preview", "required", cls)
    if argument.default is not None:
        default = f"default {argument.default!r}"
        yield Entry(f"{name}.default", plain, "by the provider", default, cls)
    if argument.unchecked:
        when: When = "only the API can know" if source.codes else "no rule"
        yield Entry(f"{name}.value", source, when, argument.unchecked, cls)
    yield from _of_values(cls, argument.kind, path)


def _of_values(cls: type, kind: Kind, path: str) -> Iterator[Entry]:
    for rule in kind.limits:
        yield Entry(
            f"{cls.__name__}.{path}.{rule.id}",
            rule.source,
            "preview",
            rule.limit,
            cls,
            path,
            rule.refused,
            rule.accepted,
        )
    for place, part in kind.parts():
        member = kind.members.get(place.removeprefix("."))
        if member is not None:
            yield from _of_argument(cls, member, f"{path}.{member.name}")
        else:
            yield from _of_values(cls, part, f"{path}{place}")
    for each in kind.between:
        yield Entry(
            f"{cls.__name__}.{path}.{each.at}.{each.id}",
            each.source,
            "preview",
            each.limit,
            cls,
            path,
            each.refused,
            each.accepted,
            together=True,
        )


def _of_kind(kind: Kind) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Values of another kind, and of this one."""
    wrong: Mapping[str, tuple[Any, ...]] = {
        "str": (7, True, ["a"]),
        "int": ("2", True, 2.5),
        "float": ("2", True),
        "bool": ("true", 1),
    }
    right = () if any(kind.example in rule.refused for rule in kind.limits) else (kind.example,)
    return wrong.get(type(kind.example).__name__, ("a", 7)), right


# ---- between an instance and its pool ----------------------------------------------------------------------


def _between_instance_and_pool() -> Iterator[Entry]:
    matching = {
        "instance_type": ("The instance type and the private pool do not match.", "Invalid.InstanceType"),
        "zone_id": ("The zone and the private pool do not match.", "Invalid.ZoneId"),
        "region_id": ("The region ID of the private pool.", ""),
        "image_id": (
            "The specified Platform parameter does not match the private pool.",
            "InvalidPlatform.ValueNotSupported",
        ),
        "private_pool": (
            "The specified PrivatePoolOptions.MatchCriteria parameter does not match the private pool.",
            "Invalid.PrivatePoolOptions.MatchCriteria",
        ),
    }
    for name, (sentence, code) in matching.items():
        source = RELEASE_RESERVATION(sentence, *((code,) if code else ()))
        limit = "fits the `CapacityReservation` that is given as `private_pool`"
        yield Entry(f"EcsInstance.{name}.fits-pool", source, "preview", limit, EcsInstance)
    yield Entry(
        "CapacityReservation.instance_amount.enough-for-instances",
        RELEASE_RESERVATION("The PrivatePool has been used up.", "Invalid.PrivatePoolOptions.status"),
        "preview",
        "at least the number of instances of the program that target the reservation; what else uses "
        "it, only "
        "the API knows",
        CapacityReservation,
    )


# ---- when something can be deleted -------------------------------------------------------------------------

_PROTECTED = "refused before a replacement or a delete begins, with the way out"
_DELETE = (
    Entry(
        "CapacityReservation.delete.immediate",
        RELEASE_RESERVATION(
            "If the release mode of a capacity reservation that takes effect immediately is set to manual "
            "release, you can call this operation to release the capacity reservation.",
            "InvalidOperation.ReleasePrivatePoolUnsupported",
        ),
        "delete",
        f"a scheduled reservation, made in the console: {_PROTECTED}",
        CapacityReservation,
    ),
    Entry(
        "CapacityReservation.delete.unlimited-first",
        RELEASE_RESERVATION(
            "Release action is not supported when using Limited endTimeType, please change it to "
            "Unlimited first.",
            "Invalid.Action.ReleaseCapacityReservation",
        ),
        "by the provider",
        "a `Limited` reservation is made `Unlimited` before it is released",
        CapacityReservation,
    ),
    Entry(
        "EcsInstance.delete.protected",
        DELETE_INSTANCE(
            "The specified instance cannot be deleted as deletion protection is enabled for it.",
            "InvalidOperation.DeletionProtection",
        ),
        "delete",
        f"an instance with `deletion_protection`: {_PROTECTED}",
        EcsInstance,
    ),
    Entry(
        "EcsInstance.delete.prepaid",
        DELETE_INSTANCE("Release a Pay-As-You-Go or expired Subscription instance.", "ChargeTypeViolation"),
        "delete",
        f"a prepaid instance that has not expired: {_PROTECTED}",
        EcsInstance,
    ),
    Entry(
        "EcsInstance.delete.stopped",
        DELETE_INSTANCE(
            "You can only release an instance that is in the Stopped status.", "IncorrectInstanceStatus"
        ),
        "by the provider",
        "the instance is stopped before it is deleted",
        EcsInstance,
    ),
    Entry(
        "EcsInstance.delete.initializing",
        DELETE_INSTANCE(
            "The specified instance is being created. Please try again later.",
            "IncorrectInstanceStatus.Initializing",
        ),
        "by the provider",
        "asked again until the instance is ready",
        EcsInstance,
    ),
    Entry(
        "EcsInstance.delete.locked",
        DELETE_INSTANCE("Your instance is locked out of security.", "InstanceLockedForSecurity"),
        "only the API can know",
        "the cloud locks an instance at any time; the error is translated",
        EcsInstance,
    ),
    Entry(
        "EcsInstance.delete.disks-of-locked",
        DELETE_INSTANCE(
            "If the instance is under security control, even if the property of DeleteWithInstance "
            "is False, its "
            "attached cloud disks will be ignored and released directly."
        ),
        "only the API can know",
        "the cloud locks an instance at any time; stands in the reference of `delete_with_instance`",
        EcsInstance,
    ),
    Entry(
        "EcsInstance.delete.gone",
        DELETE_INSTANCE("The specified instance does not exist.", "InvalidInstanceId.NotFound"),
        "by the provider",
        "what is gone counts as deleted",
        EcsInstance,
    ),
    Entry(
        "BssInstance.delete.network-operators",
        BSS_RELEASE(
            "This operation is provided for only VNOs to release instances. If a non-specific VNO calls this "
            "operation, the request is blocked."
        ),
        "only the API can know",
        "nothing tells beforehand whether an account is a network operator's; the error names `on_delete`",
        BssInstance,
    ),
)


# ---- what the provider sees to -----------------------------------------------------------------------------


def _seen_to(id: str, source: Source, how: str) -> Entry:  # noqa: A002 - the word of the catalogue
    return Entry(id, source, "by the provider", how)


_ELSEWHERE = "a parameter of elasticity assurances, which the provider doesn't send"
_SEEN_TO = (
    _seen_to(
        "requests.client-token",
        IDEMPOTENCE(
            "The ClientToken value can contain only ASCII characters and cannot exceed 64 characters "
            "in length.",
            "InvalidClientToken.ValueNotSupported",
        ),
        "the provider makes the tokens",
    ),
    _seen_to(
        "requests.same-token-same-request",
        BSS_RELEASE(
            "The request uses the same client token as a previous, but non-identical request.",
            "IdempotentParameterMismatch",
        ),
        "a token is used for one request only",
    ),
    _seen_to(
        "requests.region",
        RELEASE_RESERVATION("The RegionId parameter is required.", "MissingParameter.RegionId"),
        "always sent; without any region, preview says how to set one",
    ),
    _seen_to(
        "requests.dry-run",
        RELEASE_RESERVATION("DryRun: set the value to false."),
        "never sent: a dry run of a release is not possible",
    ),
    _seen_to(
        "requests.release-id",
        RELEASE_RESERVATION("The ID of the capacity reservation. Required: Yes."),
        "always sent",
    ),
    _seen_to(
        "requests.pool-ids",
        RELEASE_RESERVATION(
            "The number of specified private pool IDs exceeds the upper limit.",
            "Invalid.TooManyPrivatePoolOptions.Ids",
            "MissingParameter.PrivatePoolOptions.Ids",
        ),
        "at most 100 ids are asked for at once, and never none",
    ),
    _seen_to(
        "requests.instance-ids",
        BSS_RELEASE("Separate multiple IDs with commas (,). A maximum of 100 IDs can be specified."),
        "one id is sent at a time",
    ),
    _seen_to(
        "requests.renewal-ids",
        SET_RENEWAL("You can enable auto-renewal for up to 100 subscription instances at a time."),
        "one id is sent at a time",
    ),
    _seen_to(
        "requests.renewal-unit",
        SET_RENEWAL("RenewalPeriodUnit: required if the RenewalStatus parameter is set to AutoRenewal."),
        "sent with `renew_period`",
    ),
    _seen_to(
        "requests.bss-release",
        BSS_RELEASE("ProductCode, SubscriptionType, InstanceIds. Required: Yes."),
        "sent from the resource's own arguments",
    ),
    _seen_to(
        "requests.refund-type",
        BSS_REFUND("The product type. Unless otherwise specified, pass an empty string."),
        "sent empty where `product_type` isn't given",
    ),
    _seen_to(
        "requests.delete-id",
        DELETE_INSTANCE("InstanceId, required. The specified instance ID is invalid.", "InvalidParameter"),
        "the id comes from the API",
    ),
    _seen_to(
        "requests.start-time",
        CREATE_RESERVATION("The input parameter StartTime is missing.", "MissingParameter"),
        "a reservation starts at once, for which no time is needed",
    ),
    _seen_to(
        "requests.charge-type",
        CREATE_RESERVATION("InstanceChargeType: only PostPaid is supported."),
        "not sent: it is the default",
    ),
    _seen_to(
        "requests.bss-renew-status",
        BSS_RELEASE("RenewStatus: AutoRenewal, ManualRenewal, NotRenewal."),
        "not sent: what is released isn't renewed",
    ),
    _seen_to(
        "requests.amount-of-cores",
        CREATE_RESERVATION(
            "The InstanceCpuCoreCount and InstanceAmount parameters cannot be both specified, nor "
            "both empty.",
            "MissingParameter.InstanceCpuCoreCount",
            "MissingParameter.InstanceCpuCoreCountOrInstanceAmount",
            "Invalid.InstanceCpuCoreCountOrInstanceAmount",
        ),
        "`instance_amount` is always sent, and never a number of cores",
    ),
    _seen_to(
        "requests.package-type",
        CREATE_RESERVATION(
            "The specified parameter PackageType is invalid.",
            "MissingParameter.PackageType",
            "Invalid.PackageType",
        ),
        _ELSEWHERE,
    ),
    _seen_to(
        "requests.assurance-times",
        CREATE_RESERVATION(
            "The specified AssuranceTimes parameter is invalid.", "Invalid.AssuranceTimes.NotSupported"
        ),
        _ELSEWHERE,
    ),
    _seen_to(
        "requests.time-slot",
        CREATE_RESERVATION("Parameter TimeSlot is invalid.", "Invalid.TimeSlot"),
        _ELSEWHERE,
    ),
    _seen_to(
        "requests.purchase",
        CREATE_RESERVATION(
            "The private pool is already paid, or started.",
            "Invalid.PrivatePool.Purchase",
            "RepeatStartPrivatePool",
        ),
        "belongs to operations that the provider doesn't call",
    ),
    _seen_to(
        "requests.user-data",
        MODIFY_INSTANCE("The data must be Base64-encoded."),
        "`user_data` is plain text, and encoded by the provider",
    ),
    *(
        _seen_to(
            f"requests.attachment-of-{unfit.split()[0].lower()}",
            ATTACH_INSTANCE(
                f"Modify {unfit} Instance's attachment attributes is not supported.", "Invalid.InstanceId"
            ),
            how,
        )
        for unfit, how in (
            ("DedicatedHost", "refused at preview by the rule for `dedicated_host_id`"),
            ("Spot", "refused at preview by the rule for `spot_strategy`"),
            ("Classic Network", "every instance has a vSwitch, so none is in the classic network"),
        )
    ),
)


# ---- what only the API can know ----------------------------------------------------------------------------


def _only_api(id: str, source: Source, why: str) -> Entry:  # noqa: A002 - the word of the catalogue
    return Entry(id, source, "only the API can know", why)


_STOCK = "what is in stock changes from minute to minute"
_ACCOUNT = "what an account may buy is known to the cloud alone"
_EXISTS = "what exists is known to the cloud alone"
_ONLY_API = (
    _only_api(
        "cloud.region",
        CREATE_RESERVATION(
            "The specified region does not exist or is unavailable.", "InvalidParameter.RegionId"
        ),
        "new regions open at any time",
    ),
    _only_api(
        "cloud.stock",
        CREATE_RESERVATION("The requested resources are unavailable.", "NoStock", "OperationDenied.NoStock"),
        _STOCK,
    ),
    _only_api(
        "cloud.on-sale",
        CREATE_RESERVATION(
            "Specified specifications or Availability Zones are not available.",
            "OperationDenied",
            "Zone.NotOnSale",
            "Zone.NotOpen",
            "InvalidResourceType.NotSupported",
            "InvalidInstanceType.NotSupported",
            "PriceNotFound",
        ),
        _STOCK,
    ),
    _only_api(
        "cloud.instance-type",
        CREATE_RESERVATION("The specified InstanceType is illegal.", "Invalid.InstanceType"),
        "new instance types come at any time",
    ),
    _only_api(
        "cloud.zone",
        CREATE_RESERVATION(
            "The specified zone ID does not exist.", "Invalid.ZoneId", "InvalidZoneId.NotFound"
        ),
        "new zones open at any time",
    ),
    _only_api(
        "cloud.account",
        CREATE_RESERVATION(
            "There is no authority to create private pool in the specified region.",
            "RegionUnauthorized",
            "AccountForbidden.ProductCreationLimited",
        ),
        _ACCOUNT,
    ),
    _only_api(
        "cloud.unpaid",
        CREATE_RESERVATION(
            "Multiple private pools are created but not paid.", "Invalid.TooManyUnpaidPrivatePool"
        ),
        _ACCOUNT,
    ),
    _only_api(
        "cloud.resource-group",
        CREATE_RESERVATION("The specified resource group does not exist.", "InvalidResourceGroup.NotFound"),
        _EXISTS,
    ),
    _only_api(
        "cloud.internal-error",
        CREATE_RESERVATION("An internal error has occurred. Try again later.", "InternalError"),
        "asked again by the provider",
    ),
    _only_api(
        "cloud.exists",
        RUN_INSTANCES(
            "The specified image, vSwitch, security group or region does not exist.",
            "InvalidImageId.NotFound",
            "InvalidVSwitchId.NotFound",
            "InvalidSecurityGroupId.NotFound",
            "InvalidRegionId.NotFound",
        ),
        _EXISTS,
    ),
    _only_api(
        "pool.platform",
        CREATE_RESERVATION("Platform: This parameter is not yet available for use."),
        "when it becomes available, the API decides",
    ),
    _only_api(
        "pool.exists",
        CREATE_RESERVATION(
            "The private pool does not exist.",
            "Invalid.PrivatePoolOptions.Id",
            "Invalid.PrivatePoolOptions.Ids",
            "InvalidParameter.PrivatePoolOptions.Ids",
        ),
        _EXISTS,
    ),
    _only_api(
        "pool.for-the-action",
        RELEASE_RESERVATION(
            "The specified PrivatePoolOptions.Id is not supported for the action.",
            "Invalid.PrivatePoolOptions.Id",
        ),
        "what kind of pool an id stands for is known to the cloud alone",
    ),
    _only_api(
        "pool.active",
        RELEASE_RESERVATION(
            "The private pool has expired or is not activated.", "Invalid.PrivatePoolOptions.status"
        ),
        "the pool of a mapping isn't read before the instance is made",
    ),
    _only_api(
        "pool.state",
        RELEASE_RESERVATION(
            "The specified private pool state is incorrect.", "Invalid.PrivatePoolOptions.status"
        ),
        "the pool of a mapping isn't read before the instance is made",
    ),
    _only_api(
        "pool.used-up",
        CREATE_RESERVATION("The resource is exhausted.", "Invalid.PrivatePoolOptions.status"),
        "others may use the pool too; what the program itself targets at it is counted at preview",
    ),
    _only_api(
        "pool.48-hours",
        RELEASE_RESERVATION(
            "The Instance should be created within 48 hours once the PrivatePool is started.",
            "Invalid.PrivatePoolOptions.status",
        ),
        "the start of a pool of a mapping is known to the cloud alone",
    ),
    _only_api(
        "pool.owner",
        CREATE_RESERVATION(
            "The specified private pool does not belong to the user who attempted to create the instance.",
            "InvalidAliUid",
        ),
        _ACCOUNT,
    ),
    _only_api(
        "pool.shared",
        RELEASE_RESERVATION(
            "The current resource is bound to a sharing relationship and cannot be released.",
            "InvalidPermission.ResourceShareAssocoated",
        ),
        "sharing is set up elsewhere, at any time",
    ),
    _only_api(
        "pool.used-amount",
        MODIFY_RESERVATION("InstanceAmount: valid values: the number of used instances to 1000."),
        "the number in use changes at any time, and the page that creates says nothing of 1,000",
    ),
    _only_api(
        "pool.target-mode",
        CREATE_RESERVATION(
            "The operation is not supported while the PrivatePoolOptions.MatchCriteria parameter is "
            "set to Target.",
            "Invalid.PrivatePoolOptions.MatchCriteria",
        ),
        "which pools of a mapping are targeted ones is known to the cloud alone",
    ),
    _only_api(
        "instance.exists",
        CREATE_RESERVATION("The specified instance does not exist.", "Invalid.InstanceId"),
        _EXISTS,
    ),
    _only_api(
        "instance.in-pool",
        RELEASE_RESERVATION("The instance and the private pool do not match.", "Invalid.InstanceId"),
        "the pool that an instance is in can be changed elsewhere, at any time",
    ),
    _only_api(
        "instance.route-entry",
        DELETE_INSTANCE(
            "The specified instance is used by the service Route entry.", "DependencyViolation.RouteEntry"
        ),
        "routes are made elsewhere",
    ),
    _only_api(
        "instance.load-balancer",
        DELETE_INSTANCE(
            "The specified instance is used by the service Server Load Balancer.",
            "DependencyViolation.SLBConfiguring",
        ),
        "load balancers are made elsewhere",
    ),
    _only_api(
        "instance.disk-of-image",
        RUN_INSTANCES(
            "The value of this parameter must be greater than or equal to max{1, ImageSize}.",
            "InvalidSystemDiskSize.LessThanImageSize",
        ),
        "the size of an image is known to the cloud alone",
    ),
    _only_api(
        "instance.disk-of-snapshot",
        RUN_INSTANCES(
            "You cannot use snapshots created on or before July 15, 2013.", "InvalidDiskSize.TooSmall"
        ),
        "the age and the size of a snapshot are known to the cloud alone",
    ),
    _only_api(
        "instance.address-free",
        RUN_INSTANCES(
            "The first and the last three IP addresses of each vSwitch are reserved by the system "
            "and cannot be "
            "specified.",
            "InvalidPrivateIpAddress",
            "InvalidPrivateIpAddress.Duplicated",
        ),
        "the addresses of a vSwitch are known to the cloud alone",
    ),
    _only_api(
        "instance.one-network",
        RUN_INSTANCES(
            "The security group and the vSwitch must belong to the same VPC.", "InvalidParameter.Mismatch"
        ),
        "the network of a group and of a vSwitch is known to the cloud alone",
    ),
    _only_api(
        "instance.kinds-of-groups",
        MODIFY_INSTANCE("The list cannot contain both basic security groups and advanced security groups."),
        "the kind of a group is known to the cloud alone",
    ),
    _only_api(
        "instance.zone-of-vswitch",
        RUN_INSTANCES("The ZoneId parameter must be set to the zone where the vSwitch resides."),
        "the zone of a vSwitch is known to the cloud alone",
    ),
    _only_api(
        "instance.not-starting",
        MODIFY_INSTANCE("The instance cannot be in the Starting state."),
        "the provider waits until the instance is ready",
    ),
    _only_api(
        "instance.stop-mode",
        STOP_INSTANCE("If the instance does not support economical mode, the API does not return an error."),
        "which instances support it is known to the cloud alone; they are stopped all the same",
    ),
    _only_api(
        "instance.price",
        RUN_INSTANCES(
            "The specified value of SpotPriceLimit is less than the current market price.",
            "InvalidSpotPriceLimit.LowerThanPublicPrice",
        ),
        "prices change at any time",
    ),
    _only_api(
        "instance.period-of-host",
        RUN_INSTANCES(
            "The subscription duration cannot exceed the subscription duration of the dedicated host.",
            "InvalidPeriod.ExceededDedicatedHost",
        ),
        "the end of a host's subscription is known to the cloud alone",
    ),
    _only_api(
        "product.by-the-year",
        BSS_CREATE("For yearly subscription products, specify a multiple of 12."),
        "each product has its own periods",
    ),
    _only_api(
        "product.renewal-periods",
        SET_RENEWAL("The auto-renewal period. Valid values: 1, 2, 3, 6, 12."),
        "the page that creates has no such limit, and each product has its own periods",
    ),
    _only_api(
        "product.refund",
        BSS_REFUND(
            "If the product is not supported, submit a ticket to request that the service enable this."
        ),
        "each product has its own rules for refunds",
    ),
)


@functools.cache
def entries() -> tuple[Entry, ...]:
    """Every documented constraint, those of the arguments first."""
    declared = (entry for cls in RESOURCES for entry in _of_resource(cls))
    return (*declared, *_between_instance_and_pool(), *_DELETE, *_SEEN_TO, *_ONLY_API)


@functools.cache
def codes() -> frozenset[str]:
    """The API's error codes that an entry accounts for."""
    return frozenset(code for entry in entries() for code in entry.source.codes)


# ---- examples ----------------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 1, tzinfo=timezone.utc)
"""The time at which the examples are refused and accepted."""

_COMPANIONS: Mapping[str, Mapping[str, Any]] = {
    "end_time": {"end_time_type": "Limited"},
    "private_pool.id": {"match_criteria": "Target"},
    "data_disks[0].kms_key_id": {"encrypted": True},
}
"""What an example needs beside it."""

_OF_AN_ENTRY_FAMILY = {"instance_type": "ecs.u1-c1m1.large"}
_BESIDE: Mapping[str, Mapping[str, Any]] = {
    "system_disk.category": _OF_AN_ENTRY_FAMILY,
    "data_disks[0].category": _OF_AN_ENTRY_FAMILY,
}
"""What the program of an example needs, because one of the values does."""

_PLACE = re.compile(r'(?P<name>\w+)(?P<inside>\[0\]|\[key\]|\["…"\])?(?:\.(?P<member>\w+))?')


def program(entry: Entry, example: Any) -> dict[str, Any]:
    """The arguments of a resource in which the example stands, and otherwise only what is required."""
    assert entry.resource is not None  # noqa: S101 - only what has a resource has examples
    known = arguments(entry.resource)
    required = {name: argument.kind.example for name, argument in known.items() if argument.required}
    base = {**completed(entry.resource, required), **_BESIDE.get(entry.at, {})}
    if not entry.at:
        return {**base, **example}
    match = _PLACE.fullmatch(entry.at)
    assert match is not None, entry.at  # noqa: S101 - see above
    name, inside, member = match["name"], match["inside"], match["member"]
    companions = _COMPANIONS.get(entry.at, {})
    value = {**companions, member: example} if member else example
    if inside == "[0]":
        value = [value]
    elif inside:
        value = {value: "x"} if inside == "[key]" else {"key": value}
    given = {**base, **({} if member else companions), name: value}
    return given if entry.together else completed(entry.resource, given)


def completed(cls: type, values: dict[str, Any]) -> dict[str, Any]:
    """The values with what they make necessary, but for what is set to None."""
    for failure in failures(cls, values, now=NOW):
        path, _, text = failure.partition(": ")
        outer, _, member = path.partition(".")
        kind = arguments(cls)[outer].kind if outer in arguments(cls) else None
        if kind is None or (outer in values and not member) or not text.startswith("is missing"):
            continue
        if member:
            values = {**values, outer: {**values[outer], member: kind.members[member].kind.example}}
        else:
            values = {**values, outer: kind.example}
    return values
