"""Capacity reservations: instances of one type in one zone, kept and billed until they are given back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pulumi

from pulumi_aliyun import attempts, buying, cloud, marks, polls, tags, wire
from pulumi_aliyun.errors import AliyunError, ApiError, InvalidInput
from pulumi_aliyun.lifecycle import Created, Properties, Provider
from pulumi_aliyun.pages import CREATE_RESERVATION
from pulumi_aliyun.resource import Resource
from pulumi_aliyun.rules import (
    Optional,
    Required,
    Rule,
    TimeRule,
    at_least,
    length,
    letters_digits_and,
    not_starting,
    one_of,
    optional,
    output,
    relation,
    required,
    starting_with_a_letter,
    text,
    time,
    told,
    whole_number,
)
from pulumi_aliyun.shared import (
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

if TYPE_CHECKING:
    from pulumi_aliyun.attempts import Attempt
    from pulumi_aliyun.bridge import Operation

_NAME = CREATE_RESERVATION(
    "The name must be 2 to 128 characters in length. It must start with a letter or a Chinese "
    "character and cannot "
    "start with http:// or https://. It can contain digits, colons (:), underscores (_), and hyphens (-).",
    "Invalid.PrivatePoolOptionsName.MalFormed",
    "InvalidParameter.Name",
)
_ZONE = CREATE_RESERVATION(
    "A capacity reservation can reserve resources within only one zone.",
    "Invalid.TooManyZoneIds",
    "Invalid.ZoneIds",
)
_END_TIME = CREATE_RESERVATION(
    "Specify the time in the ISO 8601 standard in the yyyy-MM-ddTHH:mm:ssZ format. The time must be in UTC.",
    "Invalid.EndTime",
)
_IMMEDIATE = CREATE_RESERVATION(
    "You can use the API to create only immediate capacity reservations.",
    "StartTime.NotNeed",
    "InvalidStartTime.NotSupported",
    "InvalidStartTime.MalFormed",
)


def _ended(end: datetime, now: datetime) -> str | None:
    return None if end > now else "is in the past; choose a time in the future"


def _end_type_and_time(end_time: str | None, end_time_type: str) -> str | None:
    if end_time is not None and end_time_type == "Unlimited":
        return (
            "an end has no meaning with end_time_type 'Unlimited'; add end_time_type='Limited', or remove "
            "end_time to keep the reservation until it is destroyed"
        )
    return None


def _limited_without_end(end_time: str | None, end_time_type: str) -> str | None:
    if end_time is None and end_time_type == "Limited":
        return (
            "is missing; end_time_type 'Limited' needs the time when the reservation ends, such "
            "as '2027-10-30T06:32:00Z'"
        )
    return None


class CapacityReservation(Resource, kind="CapacityReservation"):
    """Instances of one type, kept ready in one zone and billed from the moment of creation."""

    instance_type: Required[str] = required(
        instance_type_of(CREATE_RESERVATION),
        replaces=True,
        api="InstanceType",
        doc="The instance type to keep ready.",
        source=CREATE_RESERVATION(
            "The instance type for which to reserve capacity. Required: Yes.", "Invalid.InstanceType"
        ),
        way_out="name the instance type to reserve, such as 'ecs.g6.xlarge'",
    )
    instance_amount: Required[int] = required(
        whole_number(
            at_least(
                1,
                CREATE_RESERVATION(
                    "The number of instances of the specified instance type for which to reserve capacity."
                ),
                way_out="reserve at least 1 instance",
            ),
            example=2,
        ),
        api="InstanceAmount",
        doc="How many instances to keep ready. Above 1,000 the API decides, and below what is in use "
        "it refuses.",
        source=CREATE_RESERVATION(
            "InstanceAmount: integer, Required: Yes.",
            "MissingParameter.InstanceAmount",
            "MissingParameter.InstanceCpuCoreCountOrInstanceAmount",
        ),
        way_out="say how many instances to reserve, such as 2",
    )
    zone_id: Required[str] = required(
        identifier("cn-hangzhou-h", _ZONE, only_one(_ZONE)),
        replaces=True,
        api="ZoneId.1",
        doc="The one zone of the reservation.",
        source=CREATE_RESERVATION(
            "The ID of the zone in which you want to create the capacity reservation. Required: Yes.",
            "Invalid.ZoneId",
        ),
        way_out="name the zone of the reservation, such as 'cn-hangzhou-h'",
    )
    region_id: Optional[str] = region_id_of(
        CREATE_RESERVATION,
        "The ID of the region in which to create the capacity reservation.",
        "The RegionId parameter is required.",
        "MissingParameter.RegionId",
    )
    name: Optional[str] = optional(
        text(
            length(2, 128, _NAME),
            starting_with_a_letter(_NAME),
            not_starting("http://", "https://", source=_NAME),
            letters_digits_and(":_-", _NAME),
            example="batch-jobs",
        ),
        default=None,
        api="PrivatePoolOptions.Name",
        doc="The name shown in the console.",
        source=_NAME,
    )
    description: Optional[str] = optional(
        description_of("Capacity", CREATE_RESERVATION, "", or_empty=True),
        default="",
        api="Description",
        doc="What the reservation is for.",
        source=CREATE_RESERVATION("Default value: empty string."),
    )
    match_criteria: Optional[str] = optional(
        text(
            one_of(
                "Open",
                "Target",
                source=CREATE_RESERVATION(
                    "Valid values: Open, Target. Default value: Open.",
                    "Invalid.PrivatePoolOptions.MatchCriteria",
                ),
            ),
            example="Target",
        ),
        default="Open",
        replaces=True,
        api="PrivatePoolOptions.MatchCriteria",
        doc="Whether matching instances use the capacity by themselves (`Open`) or only those that "
        "name it (`Target`).",
        source=CREATE_RESERVATION("The type of the private pool. Default value: Open."),
    )
    end_time_type: Optional[str] = optional(
        text(
            one_of("Unlimited", "Limited", source=CREATE_RESERVATION("Valid values: Limited, Unlimited.")),
            example="Limited",
        ),
        default="Unlimited",
        api="EndTimeType",
        doc="Whether the reservation ends by itself at `end_time` (`Limited`) or when it is "
        "destroyed (`Unlimited`).",
        source=CREATE_RESERVATION("The release mode of the capacity reservation."),
    )
    end_time: Optional[str] = optional(
        time(
            TimeRule(
                "future",
                _ended,
                "in the future",
                CREATE_RESERVATION("The specified EndTime parameter is illegal.", "Invalid.EndTime"),
                refused=("2021-10-30T06:32:00Z",),
                accepted=("2099-10-30T06:32:01Z",),
            )
        ),
        default=None,
        api="EndTime",
        doc="When a `Limited` reservation ends, in UTC.",
        source=_END_TIME,
    )
    start_time: Optional[str] = optional(
        text(
            Rule(
                "immediate",
                lambda _: "is not possible: the API starts every reservation at once; remove start_time",
                "never: a reservation starts at once",
                _IMMEDIATE,
                refused=("2027-10-30T05:32:00Z",),
            ),
            example="2027-10-30T05:32:00Z",
        ),
        default=None,
        replaces=True,
        api="StartTime",
        doc="Not to be given: reservations made by the API start at once.",
        source=_IMMEDIATE,
    )
    platform: Optional[str] = optional(
        text(
            one_of(
                "Linux",
                "Windows",
                source=CREATE_RESERVATION(
                    "Valid values: Windows, Linux.", "InvalidPlatform.ValueNotSupported"
                ),
            ),
            example="Linux",
        ),
        default="Linux",
        replaces=True,
        spelling=str.casefold,
        api="Platform",
        doc="The system of the instances.",
        source=CREATE_RESERVATION(
            "The operating system of the image used by the instance. Default value: Linux."
        ),
    )
    resource_group_id: Optional[str] = resource_group_id_of(
        CREATE_RESERVATION,
        "The ID of the resource group to which the capacity reservation belongs.",
        replaces=True,
    )
    tags: Tags = tags_of(
        CREATE_RESERVATION,
        "The tags to add to the capacity reservation.",
        not_starting("acs:", source=CREATE_RESERVATION("The tag value cannot start with acs:.")),
    )
    adopt_id: Optional[str] = adopt_id_of(id_with("crp-", "a capacity reservation"), "reservation")

    status: pulumi.Output[str] = output(doc="`Pending`, `Preparing`, `Prepared`, `Active` or `Released`.")
    used_amount: pulumi.Output[int] = output(doc="How many of the instances are in use.")
    available_amount: pulumi.Output[int] = output(doc="How many of the instances are free.")
    start_time_actual: pulumi.Output[str] = output(doc="When the reservation started.")
    end_time_actual: pulumi.Output[str] = output(doc="When the reservation ends or ended.")
    start_time_type: pulumi.Output[str] = output(
        doc="`Now`, or `Later` for a scheduled reservation: those are made and given back in the "
        "console only."
    )

    relations = (
        relation(
            "limited-needs-end",
            "end_time",
            "end_time_type",
            problem=_limited_without_end,
            limit="required with `end_time_type` `Limited`",
            source=CREATE_RESERVATION(
                "Limited: The capacity reservation is automatically released at a specific time. You "
                "must also "
                "specify the EndTime parameter.",
                "Invalid.EndTime",
            ),
            refused=({"end_time_type": "Limited"},),
            accepted=({"end_time_type": "Limited", "end_time": "2099-10-30T06:32:00Z"},),
        ),
        relation(
            "unlimited-forbids-end",
            "end_time",
            "end_time_type",
            problem=_end_type_and_time,
            limit="only with `end_time_type` `Limited`",
            source=CREATE_RESERVATION(
                "Unlimited: The capacity reservation must be released manually.", "Invalid.EndTime"
            ),
            refused=(
                {"end_time_type": "Unlimited", "end_time": "2099-10-30T06:32:00Z"},
                {"end_time": "2099-10-30T06:32:00Z"},
            ),
            accepted=({"end_time_type": "Unlimited"},),
        ),
        zone_in_region(CREATE_RESERVATION),
    )


def undeletable(state: Mapping[str, Any], *, now: datetime) -> list[str]:  # noqa: ARG001 - the same for all resources
    """Why the API would refuse to release the reservation, judged by its last known outputs."""
    if state.get("start_time_type") == "Later" or state.get("status") in ("Pending", "Prepared"):
        way_out = "release it in the ECS console, then run `pulumi refresh`"
        return [f"start_time: a scheduled reservation can't be released by the API; {way_out}."]
    return []


class CapacityReservationProvider(Provider):
    """The life of a capacity reservation."""

    resource = CapacityReservation
    noun = "capacity reservation"
    repaired = frozenset({"name", "description", "end_time_type"})
    changed_by_delete = frozenset({"end_time", "end_time_type"})

    def over(self, state: Mapping[str, Any], *, now: datetime) -> bool:
        """Whether it has been released, or its own end has passed."""
        end = told(state.get("end_time"))
        return state.get("status") == "Released" or (end is not None and end <= now)

    def changeable(self, olds: Properties, news: Properties, changed: list[str]) -> None:
        """One that has ended can't be changed; one that is in use is shrunk when that is over."""
        if olds.get("status") == "Released":
            raise InvalidInput(
                f"{', '.join(changed)}: the reservation has ended and can't be changed any more\n"
                "  what to do: remove it from the program, or give what follows it a new name"
            )

    def buy(self, operation: Operation, region_id: str, wanted: Properties, attempt: Attempt) -> Created:
        """CreateCapacityReservation: billed from here on."""

        def create(client_token: str, mark: list[dict[str, str]]) -> str:
            parameters = {
                "RegionId": region_id,
                "ZoneId": [wanted["zone_id"]],
                "InstanceType": wanted["instance_type"],
                "InstanceAmount": wanted["instance_amount"],
                "PrivatePoolOptions": {
                    "Name": wanted.get("name"),
                    "MatchCriteria": wanted.get("match_criteria"),
                },
                "Description": wanted.get("description"),
                "EndTimeType": wanted.get("end_time_type"),
                "EndTime": wanted.get("end_time"),
                "Platform": wanted.get("platform"),
                "ResourceGroupId": wanted.get("resource_group_id"),
                "Tag": tags.listed(wanted.get("tags")) + mark,
                "ClientToken": client_token,
            }
            answer = cloud.ecs(operation, region_id, "CreateCapacityReservation", parameters)
            return cloud.new_id("CreateCapacityReservation", answer.get("PrivatePoolOptionsId"), "crp-")

        bought = buying.buy(
            operation, RESERVATIONS, region_id, attempt, create, tags=len(wanted.get("tags") or {})
        )
        return Created(bought.id, bought.attempt, bought.found)

    def settle(self, operation: Operation, region_id: str, id_: str, wanted: Properties) -> cloud.Item | None:
        """Wait until it is active: no instance can use it before."""
        return polls.reservations(region_id).until(
            operation,
            id_,
            lambda item: item if item and item.get("Status") in {"Active", "Released"} else None,
            what="waiting for the reservation to become Active",
            gone_after=polls.UNLISTED_S,
        )

    def look(
        self,
        operation: Operation,
        region_id: str,
        id_: str,
        known: Properties,
        item: cloud.Item | None = None,
    ) -> Properties | None:
        """DescribeCapacityReservations; one that ended at its own time is shown as Released, not as gone."""
        item = item or polls.reservations(region_id).once(operation, id_)
        limited = (item or {}).get("EndTimeType", known.get("end_time_type")) == "Limited"
        if item is not None and (item.get("Status") != "Released" or limited):
            return _properties(item)
        if limited and item is None and _over(known.get("end_time")):
            return {**known, "status": "Released", "used_amount": 0, "available_amount": 0}
        return None

    def adoptable(self, live: Properties, id_: str) -> None:
        """A scheduled reservation of the console's can't be released by the API."""
        reasons = undeletable(live, now=wire.now())
        if live.get("status") == "Released":
            reasons = ["status: it has been released already"]
        if reasons:
            raise InvalidInput(f"adopt_id: {id_} can't be taken over: {reasons[0]}")

    def change(
        self, operation: Operation, id_: str, olds: Properties, wanted: Properties, changed: frozenset[str]
    ) -> None:
        """ModifyCapacityReservation, once, for all that it can change; tags have operations of their own."""
        region_id = self._region(olds)
        if "instance_amount" in changed:
            self._refuse_to_shrink_below_use(operation, region_id, id_, wanted["instance_amount"])
        options: dict[str, Any] = {"Id": id_}
        if "name" in changed:
            options["Name"] = wanted.get("name") or ""
        parameters: dict[str, Any] = {"RegionId": region_id, "PrivatePoolOptions": options}
        if "description" in changed:
            parameters["Description"] = wanted.get("description") or ""
        if "instance_amount" in changed:
            parameters["InstanceAmount"] = wanted["instance_amount"]
        if changed & {"end_time", "end_time_type"}:
            parameters["EndTimeType"] = wanted.get("end_time_type") or "Unlimited"
            parameters["EndTime"] = wanted.get("end_time")
        if len(parameters) > 2 or len(options) > 1:  # noqa: PLR2004 - more than region and id
            cloud.ecs(operation, region_id, "ModifyCapacityReservation", parameters)
        if "tags" in changed:
            tags.change(
                operation, region_id, "capacityreservation", id_, olds.get("tags"), wanted.get("tags")
            )

    def notes(self, olds: Properties, news: Properties, changed: list[str]) -> list[str]:
        """A preview knows how many instances used it when somebody last looked."""
        used, amount = olds.get("used_amount") or 0, news.get("instance_amount")
        if "instance_amount" not in changed or not isinstance(amount, (int, float)) or amount >= used:
            return []
        return [f"{used:g} instances used it at the last refresh; with less than that, the change is refused"]

    def _refuse_to_shrink_below_use(
        self, operation: Operation, region_id: str, id_: str, amount: int
    ) -> None:
        item = polls.reservations(region_id).once(operation, id_)
        _, used = filled(item or {})
        if used <= amount:
            return
        parameters = {"RegionId": region_id, "PrivatePoolOptions": {"Id": id_}, "MaxResults": 100}
        pages = cloud.pages(
            operation,
            region_id,
            "DescribeCapacityReservationInstances",
            parameters,
            "CapacityReservationItem",
        )
        users = [str(each.get("InstanceId")) for each in pages]
        raise InvalidInput(
            f"instance_amount: {amount} is less than the {used} instances that use {id_}: {', '.join(users)}\n"
            f"  what to do: reserve at least {used}, or stop using the reservation with "
            f"{used - amount} of them first"
        )

    def undeletable(self, state: Mapping[str, Any], *, now: datetime) -> list[str]:
        """Why the API would refuse to release it."""
        return undeletable(state, now=now)

    def give_back(self, operation: Operation, region_id: str, id_: str, state: Properties) -> None:
        """ReleaseCapacityReservation; says how many instances lose the pool."""
        item = polls.reservations(region_id).once(operation, id_)
        if item is None or item.get("Status") == "Released":
            return
        if reasons := undeletable(_properties(item), now=wire.now()):
            raise InvalidInput(f"{id_} can't be released: {reasons[0]}")
        _, used = filled(item)
        if used:
            who = "1 running instance of {} keeps" if used == 1 else f"{used} running instances of {{}} keep"
            operation.tell(f"{who.format(id_)} running, without the reserved capacity")
        RESERVATIONS.release(operation, region_id, id_, before=item)


class _Reservations(marks.Marked):
    """Reservations as what `buying.buy` knows of them."""

    name = "capacity reservation"
    kind = "CapacityReservation"
    resource_type = "capacityreservation"
    source = polls.RESERVATIONS

    def release(
        self,
        operation: Operation,
        region_id: str,
        resource_id: str,
        *,
        before: cloud.Item | None = None,
    ) -> None:
        """Release it and wait until it is gone; a Limited one has to be made Unlimited first."""
        options = {"RegionId": region_id, "PrivatePoolOptions": {"Id": resource_id}}
        watch = polls.reservations(region_id)
        before = before or watch.once(operation, resource_id) or {}
        limited = before.get("EndTimeType") == "Limited"
        try:
            if limited:
                change = {**options, "EndTimeType": "Unlimited"}
                cloud.ecs(operation, region_id, "ModifyCapacityReservation", change)
            cloud.ecs(operation, region_id, "ReleaseCapacityReservation", options)
        except ApiError as error:
            # The code for "is gone" stands for other things too: look before believing it.
            item = watch.once(operation, resource_id)
            if item is not None and item.get("Status") != "Released":
                if limited and item.get("EndTimeType") == "Unlimited":
                    self._end_again(operation, region_id, options, before)
                if error.code == _SHARED:
                    raise InvalidInput(f"{error}\n{_shares(operation, region_id, item)}") from None
                raise
        watch.until(
            operation,
            resource_id,
            lambda item: True if item is None or item.get("Status") == "Released" else None,
            what="waiting for the reservation to be released",
        )

    def _end_again(
        self, operation: Operation, region_id: str, options: cloud.Parameters, before: cloud.Item
    ) -> None:
        """What couldn't be released mustn't go on without an end that it had."""
        end = told(before.get("EndTime"))
        change = {
            **options,
            "EndTimeType": "Limited",
            "EndTime": end.strftime("%Y-%m-%dT%H:%M:%SZ") if end else None,
        }
        try:
            cloud.ecs(operation, region_id, "ModifyCapacityReservation", change)
        except AliyunError:
            operation.tell("it has no end_time any more, and is billed until it is released", "WARNING")


_SHARED = "InvalidPermission.ResourceShareAssocoated"


def _shares(operation: Operation, region_id: str, item: cloud.Item) -> str:
    """Which resource shares keep a reservation from being released, and who uses it."""
    id_, lines = item["PrivatePoolOptionsId"], []
    try:
        shares = [
            f"{each.get('ResourceShareId')} ({each.get('ResourceShareName')})"
            for each in cloud.shares_of(operation, region_id, id_)
        ]
    except AliyunError as error:
        shares = []
        lines.append(f"  which one can't be seen: {str(error).splitlines()[0]}")
    if shares:
        lines.append(f"  shared by: {', '.join(shares)}; take {id_} out of it with DisassociateResourceShare")
    else:
        lines.append(
            f"  to find it: ListResourceShareAssociations with AssociationType Resource and ResourceId {id_}, "
            f"or Resource Management > Resource Sharing in the console"
        )
    others = [
        f"{use.get('AccountId')} ({use.get('UsedAmount')})"
        for allocated in cloud.listed(item, "AllocatedResources")
        for use in cloud.listed(allocated, "CapacityReservationUsages")
        if str(use.get("AccountId")) != str(item.get("CapacityReservationOwnerId"))
    ]
    return "\n".join(
        [*lines, *([f"  other accounts' instances in it: {', '.join(others)}"] if others else [])]
    )


RESERVATIONS = _Reservations()
attempts.KINDS.append(RESERVATIONS)


def filled(item: cloud.Item) -> tuple[int, int]:
    """How many instances it is for, and how many of them are in use."""
    first: Mapping[str, Any] = next(iter(cloud.listed(item, "AllocatedResources")), {})
    return int(first.get("TotalAmount") or 0), int(first.get("UsedAmount") or 0)


def _properties(item: cloud.Item) -> Properties:
    """Arguments and outputs, as DescribeCapacityReservations has them."""
    resources = cloud.listed(item, "AllocatedResources")
    first = resources[0] if resources else {}
    limited = item.get("EndTimeType") == "Limited"
    amount, used = filled(item)
    return {
        "instance_type": first.get("InstanceType"),
        "instance_amount": amount,
        "zone_id": first.get("zoneId") or first.get("ZoneId"),
        "region_id": item.get("RegionId"),
        "name": item.get("PrivatePoolOptionsName") or "",
        "description": item.get("Description") or "",
        "match_criteria": item.get("PrivatePoolOptionsMatchCriteria"),
        "end_time_type": item.get("EndTimeType"),
        "end_time": item.get("EndTime") if limited else None,
        "platform": item.get("Platform"),
        "resource_group_id": item.get("ResourceGroupId"),
        "tags": tags.own(item),
        "status": item.get("Status"),
        "used_amount": used,
        "available_amount": int(first.get("AvailableAmount") or 0),
        "start_time_actual": item.get("StartTime"),
        "end_time_actual": item.get("EndTime"),
        "start_time_type": item.get("StartTimeType"),
    }


def _over(end_time: Any) -> bool:
    end = told(end_time)
    return end is not None and end <= wire.now()
