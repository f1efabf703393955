"""What can be set about the cloud as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

# How long states last, in seconds, per profile. `chaos` takes longer, and things go wrong at random.
PROFILES: dict[str, dict[str, float]] = {
    "realistic": {"pending": 0.5, "starting": 1.5, "stopping": 1.0, "preparing": 0.5, "creating": 0.5},
    "instant": {"pending": 0.0, "starting": 0.0, "stopping": 0.0, "preparing": 0.0, "creating": 0.0},
    "chaos": {"pending": 1.0, "starting": 4.0, "stopping": 3.0, "preparing": 2.0, "creating": 2.0},
}

CHAOS_FAULTS: tuple[dict[str, Any], ...] = (
    {"code": "Throttling.User", "rate": 0.05},
    {"code": "ServiceUnavailable", "rate": 0.02},
    {"reset": True, "rate": 0.01},
    {"reset": True, "after_action": True, "rate": 0.01},
)


@dataclass(frozen=True)
class Settings:
    """The settings, as the control plane takes and shows them.

    Attributes:
        latency: Seconds that every API request takes at least.
        profile: The name of the state times, see `PROFILES`.
        times: State times in seconds that differ from the profile's.
        vno: Whether accounts are Virtual Network Operators, who alone may call ReleaseInstance of BSS.
        strict: Whether ids of images, vswitches and the like have to be registered, and instance types known.
        stock: What is left per `zone/type`; what is not listed never runs out.
        quota: The most instances an account may have in a region, reserved capacity included; none is no
            limit.
        rate_limit: The most requests per second of an account; none is no limit.
        token_life_s: How long a ClientToken is remembered, by the fake's clock.
        closed_zones: Zones that are not open to the account (Zone.NotOpen).
        unsold_zones: Zones that sell nothing now (Zone.NotOnSale).
        closed_regions: Regions in which no private pool may be created (RegionUnauthorized).
        unpriced_types: Instance types that have no price now (PriceNotFound).
    """

    latency: float = 0.0
    profile: str = "realistic"
    times: dict[str, float] = field(default_factory=dict)
    vno: bool = True
    strict: bool = False
    stock: dict[str, int] = field(default_factory=dict)
    quota: int | None = None
    rate_limit: float | None = None
    token_life_s: float = 24 * 3600.0
    closed_zones: list[str] = field(default_factory=list)
    unsold_zones: list[str] = field(default_factory=list)
    closed_regions: list[str] = field(default_factory=list)
    unpriced_types: list[str] = field(default_factory=list)

    def time(self, name: str) -> float:
        """Gives how long a state lasts."""
        return self.times.get(name, PROFILES[self.profile][name])

    def changed(self, given: Mapping[str, Any]) -> Settings:
        """Gives these settings with some of them changed.

        Raises:
            ValueError: A setting is unknown or has the wrong type.
        """
        for name, value in given.items():
            _check(name, value)
        # Mappings are copied: the stock of a cloud is its own.
        own: dict[str, Any] = {
            name: dict(value) if isinstance(value, dict) else value for name, value in given.items()
        }
        return replace(self, **own)

    def shown(self) -> dict[str, Any]:
        """Gives all settings as a mapping."""
        return asdict(self)


def _check(name: str, value: Any) -> None:
    known = {each.name: str(each.type) for each in fields(Settings)}
    if name not in known:
        raise ValueError(f"unknown setting {name!r}; known: {', '.join(known)}")
    kind = known[name]
    if "None" in kind and value is None:
        return
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
    whole = number and isinstance(value, int)
    fits = {
        "float": number,
        "int": whole,
        "bool": isinstance(value, bool),
        "str": isinstance(value, str) and value in PROFILES,
        "dict": isinstance(value, dict)
        and all(
            isinstance(each, (int, float)) and not isinstance(each, bool) and each >= 0
            for each in value.values()
        ),
        "list": isinstance(value, list) and all(isinstance(each, str) for each in value),
    }
    if not fits[kind.partition(" ")[0].partition("[")[0]]:
        raise ValueError(f"setting {name!r} is {kind}, not {value!r}")
    if name == "times" and not set(value) <= set(PROFILES["realistic"]):
        raise ValueError(f"setting 'times' knows {', '.join(PROFILES['realistic'])}")
