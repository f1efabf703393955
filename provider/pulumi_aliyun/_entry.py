"""What every stored resource names in its state: `load`, and nothing else of this package.

A state outlives the code that wrote it. `pulumi destroy` unpickles the provider that the state names, so this
module and this function must stay importable for ever, whatever moves elsewhere.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi.dynamic import ResourceProvider


def load(kind: str) -> ResourceProvider:
    """The provider of a kind of resource, such as "CapacityReservation"."""
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
    """What stands in the state as `__provider`: the pickle of `load(kind)`, the same for ever.

    Written out in pickle's oldest protocol, it doesn't depend on the version of Python or of a pickler.
    """
    return base64.b64encode(f"c{__name__}\nload\n(V{kind}\ntR.".encode()).decode()
