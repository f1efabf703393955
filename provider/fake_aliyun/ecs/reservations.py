"""Capacity reservations: create, modify, release, describe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fake_aliyun import pages
from fake_aliyun.clock import parse_utc, utc_minute
from fake_aliyun.ecs import checks, places
from fake_aliyun.ecs.model import Reservation
from fake_aliyun.errors import ApiError
from fake_aliyun.operations import Answer, Operations
from fake_aliyun.parameters import Params

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account

OPERATIONS = Operations("Ecs")
# Modify: "Valid values: the number of used instances to 1000". Assumption: the bound holds for Create, too.
_MOST = 1000
_STATES = ("All", "Pending", "Preparing", "Prepared", "Active", "Released")
_HALF_A_YEAR = 180 * 24 * 3600.0


@OPERATIONS(
    "RegionId! InstanceType! InstanceAmount!:int ZoneId.N! PrivatePoolOptions.Name"
    " PrivatePoolOptions.MatchCriteria"
    " ClientToken Description EndTime EndTimeType InstanceChargeType Platform ResourceGroupId StartTime"
    " Tag.N.Key"
    " Tag.N.Value"
)
def create_capacity_reservation(account: Account, p: Params, now: float) -> Answer:
    """Creates an immediate reservation."""
    region_id = checks.region(p, "InvalidParameter.RegionId")
    if region_id in account.cloud.settings.closed_regions:
        raise ApiError("RegionUnauthorized")
    zone_id = _zone(account, p.texts("ZoneId"), region_id)
    instance_type = _instance_type(account, p)
    amount = p.integer("InstanceAmount")
    if not 1 <= amount <= _MOST:
        raise ApiError(
            "InvalidParameter.InstanceAmount", 'The specified parameter "InstanceAmount" is not valid.'
        )
    _refuse_start_time(p, now)
    p.one_of("InstanceChargeType", ("PostPaid",), code="Invalid.InstanceChargeType")
    end_time_type, end_time = _end(p, now, "Unlimited", None)
    reservation = Reservation(
        id="",
        owner=account,
        region_id=region_id,
        zone_id=zone_id,
        instance_type=instance_type,
        total=amount,
        status="Preparing",
        since=now,
        start_time=now,
        end_time_type=end_time_type,
        end_time=end_time,
        name=_name(p),
        description=checks.description(p),
        match_criteria=_criteria(p),
        platform=_platform(p) or "linux",
        resource_group_id=checks.resource_group(account, p),
        tags=checks.tags(p.objects("Tag"), of_reservation=True),
    )
    checks.quota(account, region_id, amount)
    take_stock(account, zone_id, instance_type, amount)
    reservation.id = account.cloud.ids.resource("crp", region_id)
    account.reservations.add(reservation)
    plan_end(reservation)
    return {"PrivatePoolOptionsId": reservation.id}


def _zone(account: Account, given: list[str], region_id: str) -> str:
    """Reads the zone: "A capacity reservation can reserve resources within only one zone."."""
    if len(given) > 1:
        raise ApiError("Invalid.TooManyZoneIds")
    zone_id = given[0]
    if not zone_id.isascii() or not all(each.isalnum() or each == "-" for each in zone_id):
        raise ApiError("Invalid.ZoneId", "The specified ZoneId is not valid.")
    if zone_id not in places.zones(region_id):
        raise ApiError("InvalidZoneId.NotFound")
    checks.zone_open(account, zone_id)
    return zone_id


def _instance_type(account: Account, p: Params) -> str:
    instance_type = p.text("InstanceType")
    if "," in instance_type:
        raise ApiError(
            "Invalid.TooManyInstanceTypes", 'The specified parameter "InstanceType" should only has one item.'
        )
    if places.shape(instance_type) is None:
        raise ApiError("Invalid.InstanceType", "The specified InstanceType is not valid.")
    if account.cloud.settings.strict and not places.listed(instance_type):
        raise ApiError("InvalidInstanceType.NotSupported")
    if instance_type in account.cloud.settings.unpriced_types:
        raise ApiError("PriceNotFound")
    return instance_type


def _refuse_start_time(p: Params, now: float) -> None:
    """Refuses any StartTime: "This service currently supports only the immediate start mode."."""
    given = p.text("StartTime")
    if not given:
        return
    moment = parse_utc(given)
    if moment is None or moment < now:
        raise ApiError("InvalidStartTime.MalFormed")
    if moment > now + _HALF_A_YEAR:
        raise ApiError("InvalidStartTime.NotSupported")
    raise ApiError("StartTime.NotNeed")


def _end(p: Params, now: float, end_time_type: str, end_time: float | None) -> tuple[str, float | None]:
    """Reads the release mode.

    "Limited: The capacity reservation is automatically released at a specific time. You must also specify the
    EndTime parameter." "This parameter takes effect only when EndTimeType=Limited." The second argument pair
    is what holds where nothing is given. Assumption: a Limited reservation can be given a new EndTime alone.
    """
    end_time_type = p.one_of(
        "EndTimeType", ("Limited", "Unlimited"), end_time_type, code="InvalidParameter.EndTimeType"
    )
    given = p.text("EndTime")
    moment = parse_utc(given) if given else end_time
    if given and moment is None:
        raise ApiError("Invalid.EndTime")
    if end_time_type == "Unlimited":
        return end_time_type, None
    if moment is None or (given and moment <= now):
        raise ApiError("Invalid.EndTime")
    return end_time_type, moment


def _name(p: Params) -> str:
    """Reads the name.

    "The name must be 2 to 128 characters in length. It must start with a letter or a Chinese character and
    cannot start with http:// or https://. It can contain digits, colons (:), underscores (_), and hyphens
    (-)."
    """
    return checks.named(p.text("PrivatePoolOptions.Name"), ":_-", "Invalid.PrivatePoolOptionsName.MalFormed")


def _criteria(p: Params) -> str:
    criteria = p.text("PrivatePoolOptions.MatchCriteria", "Open")
    if criteria not in ("Open", "Target"):
        raise ApiError(
            "Invalid.PrivatePoolOptions.MatchCriteria",
            'The specified parameter "PrivatePoolOptions.MatchCriteria" is invalid.',
        )
    return criteria


def _platform(p: Params) -> str:
    """Reads the platform; requests write `Linux`, older clients `linux`, answers are in lower case."""
    platform = p.text("Platform").lower()
    if platform not in ("", "linux", "windows"):
        raise ApiError("InvalidPlatform.ValueNotSupported")
    return platform


def take_stock(account: Account, zone_id: str, instance_type: str, amount: int) -> None:
    """Takes reserved capacity out of the public pool.

    "NoStock: The stock in the availability zone is insufficient." "OperationDenied.NoStock: The resource is
    out of stock in the specified zone." Assumption: the first where there is some, the second where there is
    none.
    """
    if account.cloud.take_stock(zone_id, instance_type, amount):
        return
    left = account.cloud.settings.stock.get(f"{zone_id}/{instance_type}", 0)
    raise ApiError("NoStock" if left else "OperationDenied.NoStock")


def plan_end(reservation: Reservation) -> None:
    """Has a Limited reservation released at its end."""
    end_time = reservation.end_time
    if reservation.end_time_type != "Limited" or end_time is None:
        return

    def end(moment: float) -> None:
        if reservation.end_time_type == "Limited" and reservation.end_time == end_time:
            release(reservation, moment)

    reservation.owner.at(end_time, end)


def plan_start(reservation: Reservation) -> None:
    """Has a scheduled reservation begin at its start.

    "timed: Pending → Preparing → Prepared → Active". Assumption: resources are delivered at the start time.
    """

    def start(moment: float) -> None:
        if reservation.status in ("Pending", "Prepared"):
            reservation.status, reservation.since = "Preparing", moment

    if reservation.status == "Pending":
        reservation.owner.at(reservation.start_time, start)


def release(reservation: Reservation, now: float) -> None:
    """Ends a reservation; the instances in its pool keep running, now on public capacity."""
    if reservation.status == "Released":
        return
    unused = reservation.available
    for instance in reservation.users.values():
        instance.pool, instance.public = None, True
    reservation.users.clear()
    reservation.owner.cloud.take_stock(reservation.zone_id, reservation.instance_type, -unused)
    reservation.status, reservation.since = "Released", now
    reservation.end_time = reservation.end_time or now


def _find(account: Account, p: Params, now: float) -> Reservation:
    """Finds the reservation that a request names, as long as it is not released."""
    region_id = checks.region(p, "InvalidParameter.RegionId")
    pool_id = p.text("PrivatePoolOptions.Id")
    if pool_id.startswith("eap-"):
        # An elasticity assurance has a private pool, too.
        raise ApiError(
            "Invalid.PrivatePoolOptions.Id",
            "The specified PrivatePoolOptions.Id is not supported for the action.",
        )
    found = account.reservations.get(pool_id)
    if found is None or found.region_id != region_id:
        for other in account.cloud.accounts.values():
            if other.reservations.get(pool_id) and other is not account:
                raise ApiError("InvalidAliUid")
        raise ApiError("Invalid.PrivatePoolOptions.Id", "The PrivatePool does not exist.")
    if found.settle(account.cloud.settings, now) == "Released":
        raise ApiError("Invalid.PrivatePoolOptions.status", "The PrivatePool is expired or inactive.")
    return found


@OPERATIONS(
    "RegionId! PrivatePoolOptions.Id! PrivatePoolOptions.Name Description EndTime EndTimeType"
    " InstanceAmount:int"
    " Platform StartTime"
)
def modify_capacity_reservation(account: Account, p: Params, now: float) -> Answer:
    """Changes a reservation; what is not given stays. Assumption: an empty Description or Name clears it."""
    found = _find(account, p, now)
    _refuse_start_time(p, now)
    name, description, platform = _name(p), checks.description(p), _platform(p)
    end_time_type, end_time = _end(p, now, found.end_time_type, found.end_time)
    amount = p.integer("InstanceAmount", found.total)
    if not max(found.used, 1) <= amount <= _MOST:
        raise ApiError(
            "InvalidParameter.InstanceAmount", 'The specified parameter "InstanceAmount" is not valid.'
        )
    if amount > found.total:
        checks.quota(account, found.region_id, amount - found.total)
    take_stock(account, found.zone_id, found.instance_type, amount - found.total)
    found.total = amount
    found.platform = platform or found.platform
    if p.has("PrivatePoolOptions.Name"):
        found.name = name
    if p.has("Description"):
        found.description = description
    if (end_time_type, end_time) != (found.end_time_type, found.end_time):
        found.end_time_type, found.end_time = end_time_type, end_time
        plan_end(found)
    return {}


@OPERATIONS("RegionId! PrivatePoolOptions.Id! DryRun:bool")
def release_capacity_reservation(account: Account, p: Params, now: float) -> Answer:
    """Releases a reservation.

    "If the release mode of a capacity reservation that takes effect immediately is set to manual release, you
    can call this operation to release the capacity reservation."
    """
    if p.flag("DryRun"):
        # "Set the value to false. This indicates that the system directly releases the capacity reservation."
        raise ApiError("InvalidParameter.DryRun", 'The specified parameter "DryRun" is not valid.')
    found = _find(account, p, now)
    if found.start_time_type != "Now":
        raise ApiError("InvalidOperation.ReleasePrivatePoolUnsupported")
    if found.end_time_type == "Limited":
        raise ApiError("Invalid.Action.ReleaseCapacityReservation")
    if found.shared_with:
        raise ApiError("InvalidPermission.ResourceShareAssocoated")
    release(found, now)
    return {}


@OPERATIONS(
    "RegionId! PrivatePoolOptions.Ids InstanceChargeType InstanceType MaxResults:int NextToken Platform"
    " ResourceGroupId"
    " Status Tag.N.Key Tag.N.Value ZoneId"
)
def describe_capacity_reservations(account: Account, p: Params, now: float) -> Answer:
    """Lists reservations; unknown ids are left out."""
    region_id = checks.region(p, "InvalidParameter.RegionId")
    # "The value can be a JSON array that consists of up to 100 IDs."
    ids = p.ids("PrivatePoolOptions.Ids", "InvalidParameter.PrivatePoolOptions.Ids", most=10**6)
    if len(ids) > 100:
        raise ApiError("Invalid.TooManyPrivatePoolOptions.Ids")
    status = p.one_of("Status", _STATES, code="InvalidParameter.Status")
    platform = p.text("Platform", "all").lower()
    charge_type = p.one_of("InstanceChargeType", ("PostPaid", "PrePaid"), "PostPaid")
    tags = checks.wanted_tags(p)
    wanted_type = p.text("InstanceType")
    settings = account.cloud.settings

    def fits(each: Reservation) -> bool:
        state = each.settle(settings, now)
        # "If you do not specify this parameter, capacity reservations in all statuses except Pending and
        # Released are queried."
        if state in ("Pending", "Released") if not status else status not in ("All", state):
            return False
        return (
            (not ids or each.id in ids)
            and platform in ("all", each.platform)
            and charge_type == "PostPaid"
            # "You can use this parameter to query only active capacity reservations. To query released capacity
            # reservations, you can only use the PrivatePoolOptions.Ids parameter." Assumption: with both, only
            # what isn't released is meant.
            and wanted_type in ("", each.instance_type)
            and not (wanted_type and state == "Released")
            and p.text("ZoneId", each.zone_id) == each.zone_id
            and p.text("ResourceGroupId", each.resource_group_id) == each.resource_group_id
            and checks.has_tags(each.tags, tags)
        )

    size = pages.limited(p, "MaxResults", 10)
    page, token, total = pages.by_token(account.reservations, region_id, p, fits, size)
    return {
        "CapacityReservationSet": {"CapacityReservationItem": [describe(each) for each in page]},
        "NextToken": token,
        "MaxResults": size,
        "TotalCount": total,
    }


def describe(each: Reservation) -> dict[str, Any]:
    """Writes a reservation as the Describe operation shows it."""
    usages: dict[str, int] = {}
    for instance in each.users.values():
        usages[instance.account.id] = usages.get(instance.account.id, 0) + 1
    return {
        "PrivatePoolOptionsId": each.id,
        "PrivatePoolOptionsName": each.name,
        "PrivatePoolOptionsMatchCriteria": each.match_criteria,
        "Description": each.description,
        "Status": each.status,
        "RegionId": each.region_id,
        "InstanceChargeType": "PostPaid",
        "Platform": each.platform,
        "StartTime": utc_minute(each.start_time),
        "StartTimeType": each.start_time_type,
        "EndTime": utc_minute(each.end_time),
        "EndTimeType": each.end_time_type,
        "ResourceGroupId": each.resource_group_id,
        "TimeSlot": each.time_slot,
        "ReservedInstanceId": "",
        "SavingPlanId": "",
        "CapacityReservationOwnerId": each.owner.id,
        "Tags": checks.shown_tags(each.tags),
        "AllocatedResources": {
            "AllocatedResource": [
                {
                    "InstanceType": each.instance_type,
                    "zoneId": each.zone_id,
                    "TotalAmount": each.total,
                    "UsedAmount": each.used,
                    "AvailableAmount": each.available,
                    "LockedAmount": 0,
                    "FailedAmount": 0,
                    "CapacityReservationUsages": {
                        "CapacityReservationUsage": [
                            {"AccountId": account_id, "ServiceName": "ecs", "UsedAmount": used}
                            for account_id, used in usages.items()
                        ]
                    },
                }
            ]
        },
    }


@OPERATIONS("RegionId! PrivatePoolOptions.Id! MaxResults:int NextToken")
def describe_capacity_reservation_instances(account: Account, p: Params, now: float) -> Answer:
    """Lists the instances in a reservation's pool."""
    region_id = checks.region(p, "InvalidParameter.RegionId")
    found = account.reservations.get(p.text("PrivatePoolOptions.Id"))
    if found is None or found.region_id != region_id:
        raise ApiError("Invalid.PrivatePoolOptions.Id", "The PrivatePool does not exist.")
    found.settle(account.cloud.settings, now)
    size = pages.limited(p, "MaxResults", 10)
    # Those of a shared pool are several accounts': their ids are what orders them.
    mark = pages.after_id(p.text("NextToken"))
    rest = sorted(each for each in found.users if each > mark)
    page = rest[:size]
    return {
        "CapacityReservationItem": {"InstanceIdSet": [{"InstanceId": each} for each in page]},
        "NextToken": pages.token_for(page[-1]) if len(rest) > size else "",
        "MaxResults": size,
        "TotalCount": found.used,
    }
