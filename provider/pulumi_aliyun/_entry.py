"""What every stored resource names in its state: an attribute of this module, and nothing else of this package.

A state outlives the code that wrote it. `pulumi destroy` unpickles the provider that the state names, so this
module and these names must stay importable for ever, whatever moves elsewhere.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi.dynamic import ResourceProvider

_NAMES = {
    "CapacityReservation": "crp",
    "EcsInstance": "ecs",
    "BssInstance": "bss",
    "Identity": "own",
}
"""Short, because they stand in the state twice for each resource."""


def __getattr__(name: str) -> ResourceProvider:
    """The provider of a kind of resource, by the name that states have for it."""
    for kind, short in _NAMES.items():
        if short == name:
            return load(kind)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load(kind: str) -> ResourceProvider:
    """The provider of a kind of resource, such as "CapacityReservation"; the first states named this function."""
    from .bss_instance import BssInstanceProvider
    from .capacity_reservation import CapacityReservationProvider
    from .ecs_instance import EcsInstanceProvider
    from .identity import IdentityProvider

    providers: dict[str, type[ResourceProvider]] = {
        "CapacityReservation": CapacityReservationProvider,
        "EcsInstance": EcsInstanceProvider,
        "BssInstance": BssInstanceProvider,
        "Identity": IdentityProvider,
    }
    return providers[kind]()


def serialized(kind: str) -> str:
    """What stands in the state as `__provider`: the pickle of a name in this module, the same for ever.

    Written out in pickle's oldest protocol, it doesn't depend on the version of Python or of a pickler.
    """
    return base64.b64encode(f"c{__name__}\n{_NAMES[kind]}\n.".encode()).decode()
