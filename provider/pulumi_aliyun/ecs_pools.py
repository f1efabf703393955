"""What holds between the instances of a program and the reservations given to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from .capacity_reservation import CapacityReservation
from .ecs_arguments import EcsInstance, platform_of, pool_of_unfit
from .hidden import ID, Places
from .rules import shown, unknown


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
    problem = pool_of_unfit(
        criteria,
        _known(own, "spot_strategy") or "NoSpot",
        _known(own, "dedicated_host_id"),
        _known(own, "instance_charge_type") or "PostPaid",
    )
    if problem is not None:
        yield f"private_pool: the reservation {shown(pool.name)} is matched as {problem}."


_SHOWN = 5
"""How many names a message lists."""


def _overbooked(pool: Asked, instances: Sequence[str]) -> Iterator[str]:
    """Whether more instances are targeted at the reservation than it has."""
    amount = _known(pool.arguments, "instance_amount", (int, float))
    if pool.arguments.get("match_criteria") == "Target" and amount is not None and len(instances) > amount:
        shortened = [*instances[:_SHOWN], "…"] if len(instances) > _SHOWN else instances
        yield (
            f"instance_amount: {amount:g} is not enough for the {len(instances)} instances that "
            "target this reservation "
            f"({', '.join(shortened)}); reserve {len(instances)}, or target fewer."
        )


def pool_of(instance: Mapping[str, Any]) -> str:
    """The id of the pool that an instance of the state names; "" if it names none."""
    pool = instance.get("private_pool")
    return str(pool.get("id") or "") if isinstance(pool, Mapping) else ""


def places(asked: Sequence[tuple[str, Asked]], state: Mapping[str, Mapping[str, Any]]) -> dict[str, Places]:
    """What a program makes of the pools that its instances are in already, by the pool's id.

    Args:
        asked: What the program asks for, by URN; "" where that isn't known yet.
        state: The outputs that the state holds, by URN.
    """
    named = Counter(each.name for _, each in asked if issubclass(each.cls, CapacityReservation))
    ids: dict[str, str] = {}
    amounts: dict[str, int] = {}
    used = Counter(pool_id for outputs in state.values() if (pool_id := pool_of(outputs)))
    for urn, each in asked:
        pool_id = str(state.get(urn, {}).get(ID) or "")
        if issubclass(each.cls, CapacityReservation) and pool_id in used and named[each.name] == 1:
            ids[each.name] = pool_id
            amounts[pool_id] = int(_known(each.arguments, "instance_amount", (int, float)) or 0)
            used[pool_id] = max(used[pool_id], int(state[urn].get("used_amount") or 0))
    wishes = [
        (pool_of(state.get(urn, {})), _pool_wanted(each, ids))
        for urn, each in asked
        if issubclass(each.cls, EcsInstance)
    ]
    return {
        pool_id: {
            "coming": sum(old != pool_id and wish in (pool_id, None) for old, wish in wishes),
            "used": count,
            "amount": amounts.get(pool_id, 0),
        }
        for pool_id, count in used.items()
    }


def _pool_wanted(instance: Asked, ids: Mapping[str, str]) -> str | None:
    """The id of the pool that it names; "" if it names none, None if that isn't known yet."""
    wanted = instance.arguments.get("private_pool")
    if instance.pool:
        return ids.get(instance.pool)
    if wanted is None or isinstance(wanted, Mapping):
        pool_id = (wanted or {}).get("id")
        return None if unknown(pool_id) else str(pool_id or "")
    return None
