"""A reservation and an instance that exist are taken over; a third resource is only looked at."""

import pulumi

from pulumi_aliyun import CapacityReservation, EcsInstance

config = pulumi.Config()

# From now on this program decides what they are like: what differs is changed, what is gone from here is released.
capacity = CapacityReservation(
    "capacity",
    adopt_id=config.require("reservationId"),
    instance_type="ecs.g6.xlarge",
    instance_amount=2,
    zone_id="cn-hangzhou-h",
    match_criteria="Target",
)

server = EcsInstance(
    "server",
    adopt_id=config.require("instanceId"),
    instance_type="ecs.g6.xlarge",
    image_id="aliyun_3_x64_20G_alibase_20250117.vhd",
    vswitch_id="vsw-bp1s5fnvk4gn2tws03624",
    security_group_ids=["sg-bp15ed6xe1yxeycg7o25"],
    private_pool=capacity,
)

# Somebody else's: read, never written.
neighbour = EcsInstance.get("neighbour", config.require("neighbourId"))

pulumi.export("used_amount", capacity.used_amount)
pulumi.export("address", server.private_ip)
pulumi.export("neighbour_address", neighbour.private_ip)
