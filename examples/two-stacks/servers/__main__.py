"""Servers inside the capacity that another stack has reserved."""

import pulumi

from pulumi_aliyun import EcsInstance

config = pulumi.Config()
capacity = pulumi.StackReference(config.require("capacityStack"))

servers = [
    EcsInstance(
        f"server-{number}",
        instance_type=capacity.require_output("instance_type"),
        zone_id=capacity.require_output("zone_id"),
        image_id="aliyun_3_x64_20G_alibase_20250117.vhd",
        vswitch_id=config.require("vswitchId"),
        security_group_ids=[config.require("securityGroupId")],
        private_pool={"match_criteria": "Target", "id": capacity.require_output("reservation_id")},
    )
    for number in (1, 2)
]

pulumi.export("addresses", [server.private_ip for server in servers])
