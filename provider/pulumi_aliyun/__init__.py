"""Alibaba Cloud capacity as Pulumi resources: reservations, the instances inside them, products by order."""

from .bss_instance import BssInstance
from .capacity_reservation import CapacityReservation
from .ecs_arguments import EcsInstance, PrivatePool
from .ecs_disks import DataDisk, SystemDisk

__all__ = [
    "BssInstance",
    "CapacityReservation",
    "DataDisk",
    "EcsInstance",
    "PrivatePool",
    "SystemDisk",
]
