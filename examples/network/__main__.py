"""Servers in a network that another provider makes in the same run."""

import pulumi

import network
from pulumi_aliyun import CapacityReservation, EcsInstance

instance_type = "ecs.g6.xlarge"

capacity = CapacityReservation(
    "capacity",
    instance_type=instance_type,
    instance_amount=2,
    zone_id=network.vswitch.zone_id,
    match_criteria="Target",
)

servers = [
    EcsInstance(
        name,
        instance_type=instance_type,
        image_id="aliyun_3_x64_20G_alibase_20250117.vhd",
        vswitch_id=network.vswitch.id,
        security_group_ids=[network.security_group.id],
        zone_id=network.vswitch.zone_id,
        private_pool=capacity,
    )
    for name in ("web", "worker")
]

pulumi.export("addresses", [server.private_ip for server in servers])
