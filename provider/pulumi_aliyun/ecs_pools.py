"""What holds between the instances of a program and the reservations given to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from .capacity_reservation import CapacityReservation
from .ecs_arguments import EcsInstance, platform_of, pool_of_unfit
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
