"""Private pools: which instance uses which reservation's capacity, and what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fake_aliyun.ecs.model import Instance, Reservation
from fake_aliyun.errors import ApiError
from fake_aliyun.parameters import Params

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account

CRITERIA = ("Open", "Target", "None")


def options(p: Params) -> tuple[str, str]:
    """Reads PrivatePoolOptions.MatchCriteria (default None) and .Id.

    "Target: … In this mode, you must specify the private pool ID." "Leave this parameter empty when
    PrivatePoolOptions.MatchCriteria is set to Open or None."
    """
    criteria, pool_id = p.text("PrivatePoolOptions.MatchCriteria", "None"), p.text("PrivatePoolOptions.Id")
    if criteria not in CRITERIA:
        raise ApiError(
            "Invalid.PrivatePoolOptions.MatchCriteria",
            'The specified parameter "PrivatePoolOptions.MatchCriteria" is invalid.',
        )
    if criteria == "Target" and not pool_id:
        raise ApiError("MissingParameter.PrivatePoolOptions.Id")
    if criteria != "Target" and pool_id:
        raise ApiError(
            "Invalid.PrivatePoolOptions.Id",
            'The specified parameter "PrivatePoolOptions.Id" should be empty.',
        )
    return criteria, pool_id


def supported(criteria: str, *, spot_strategy: str, dedicated_host_id: str, network: str = "vpc") -> None:
    """Refuses private pools to instances that can't use one.

    "In any of the following scenarios, the private pool option for instance startup can only be set to None
    or left empty": preemptible instances, the classic network, dedicated hosts.
    """
    if criteria == "None":
        return
    if spot_strategy != "NoSpot":
        raise ApiError("SpotNotSupported")
    if dedicated_host_id:
        raise ApiError("DedicatedHostNotSupported")
    if network == "classic":
        raise ApiError("ClassicNetworkNotSupported")


def find(account: Account, pool_id: str, now: float) -> Reservation:
    """Finds the pool that an instance targets: the account's own, or one shared with it."""
    own = account.reservations.get(pool_id)
    if own is not None:
        own.settle(account.cloud.settings, now)
        return own
    for other in account.cloud.accounts.values():
        pool = other.reservations.get(pool_id)
        if pool is None:
            continue
        if account.id not in pool.shared_with:
            # "The PrivatePool does not belong to the user of the Instance."
            raise ApiError("InvalidAliUid")
        pool.settle(account.cloud.settings, now)
        return pool
    raise ApiError("Invalid.PrivatePoolOptions.Id", "The PrivatePool does not exist.")


def matches(pool: Reservation, instance: Instance) -> ApiError | None:
    """Gives the reason why an instance can't use a pool by its properties, if there is one."""
    if pool.region_id != instance.region_id or pool.zone_id != instance.zone_id:
        return ApiError("Invalid.ZoneId", "The ZoneId does not match the PrivatePool.")
    if pool.instance_type != instance.instance_type:
        return ApiError("Invalid.InstanceType", "The InstanceType does not match the PrivatePool.")
    if instance.charge_type != "PostPaid":
        return ApiError("Invalid.InstanceChargeType")
    if pool.platform != instance.platform:
        return ApiError("InvalidPlatform.ValueNotSupported")
    return None


def targeted(account: Account, instance: Instance, pool_id: str, now: float, wanted: int = 1) -> Reservation:
    """Gives the pool that an instance targets.

    "Target: … If the capacity is unavailable, the instance fails to launch."
    """
    pool = find(account, pool_id, now)
    if pool.status != "Active":
        raise ApiError("Invalid.PrivatePoolOptions.status", "The PrivatePool is expired or inactive.")
    mismatch = matches(pool, instance)
    if mismatch:
        raise mismatch
    if pool.match_criteria != "Target":
        # Assumption: an open pool can't be targeted; "The PrivatePoolOptions.MatchCriteria does not match the
        # PrivatePool" has no other reading.
        raise ApiError(
            "Invalid.PrivatePoolOptions.MatchCriteria",
            "The PrivatePoolOptions.MatchCriteria does not match the PrivatePool.",
        )
    if pool.available < wanted:
        raise ApiError("Invalid.PrivatePoolOptions.status", "The PrivatePool has been used up.")
    return pool


def open_pool(account: Account, instance: Instance, now: float) -> Reservation | None:
    """Gives an open pool with room for the instance.

    "Open: … it is automatically matched with the capacity of an open private pool. If no suitable private
    pool capacity is available, the instance is launched by using public pool resources." Assumption: the
    oldest comes first.
    """
    for pool in account.reservations.in_region(instance.region_id):
        if pool.match_criteria != "Open" or pool.available < 1:
            continue
        if pool.settle(account.cloud.settings, now) == "Active" and matches(pool, instance) is None:
            return pool
    return None


def occupy(account: Account, instance: Instance, now: float) -> None:
    """Gives an instance its capacity: from the pool it targets, an open one, or the public pool."""
    pool = None
    if instance.pool_criteria == "Target":
        pool = targeted(account, instance, instance.pool_wanted, now)
    elif instance.pool_criteria == "Open":
        pool = open_pool(account, instance, now)
    if pool is not None:
        pool.users[instance.id] = instance
    elif not account.cloud.take_stock(instance.zone_id, instance.instance_type, 1):
        raise ApiError("OperationDenied.NoStock")
    instance.pool, instance.public = pool, pool is None


def leave(instance: Instance) -> None:
    """Gives an instance's capacity back to where it came from."""
    if instance.pool is not None:
        instance.pool.users.pop(instance.id, None)
    elif instance.public:
        instance.account.cloud.take_stock(instance.zone_id, instance.instance_type, -1)
    instance.pool, instance.public = None, False


def holds_capacity(instance: Instance) -> bool:
    """Tells whether an instance has capacity now. Stopped without charge it has none."""
    return instance.pool is not None or instance.public


def rematch(account: Account, instance: Instance, criteria: str, pool_id: str, now: float) -> None:
    """Moves a instance to what it is now told about private pools; if that fails nothing changes."""
    before = instance.pool_criteria, instance.pool_wanted
    held = holds_capacity(instance)
    pool, public = instance.pool, instance.public
    leave(instance)
    instance.pool_criteria, instance.pool_wanted = criteria, pool_id
    try:
        if held:
            occupy(account, instance, now)
        elif criteria == "Target":
            targeted(account, instance, pool_id, now)
    except ApiError:
        instance.pool_criteria, instance.pool_wanted = before
        restore(instance, pool, public)
        raise


def restore(instance: Instance, pool: Reservation | None, public: bool) -> None:
    """Gives an instance back the capacity that it has just left."""
    instance.pool, instance.public = pool, public
    if pool is not None:
        pool.users[instance.id] = instance
    elif public:
        instance.account.cloud.take_stock(instance.zone_id, instance.instance_type, 1)


def open_capacity(account: Account, instance: Instance, now: float) -> int:
    """Tells how much room the open pools have for instances like this."""
    return sum(
        pool.available
        for pool in account.reservations.in_region(instance.region_id)
        if pool.match_criteria == "Open"
        and pool.settle(account.cloud.settings, now) == "Active"
        and matches(pool, instance) is None
    )
