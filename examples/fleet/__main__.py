"""A reservation, and a fleet of servers that nobody can take the places from."""

import pulumi

from pulumi_aliyun import CapacityReservation, EcsInstance

config = pulumi.Config()
size = config.require_int("size")
instance_type = "ecs.g6.xlarge"
zone_id = config.require("zoneId")
tags = {"app": "fleet"}

# `Target`: only servers that name this reservation get in, so no other project's servers use it up.
capacity = CapacityReservation(
    "capacity",
    instance_type=instance_type,
    instance_amount=size,
    zone_id=zone_id,
    match_criteria="Target",
    tags=tags,
)

workers = [
    EcsInstance(
        f"worker-{number}",
        instance_type=instance_type,
        image_id="aliyun_3_x64_20G_alibase_20250117.vhd",
        vswitch_id=config.require("vswitchId"),
        security_group_ids=[config.require("securityGroupId")],
        zone_id=zone_id,
        private_pool=capacity,
        tags=tags,
    )
    for number in range(1, size + 1)
]

pulumi.export("reservation", capacity.id)
pulumi.export("addresses", [worker.private_ip for worker in workers])
