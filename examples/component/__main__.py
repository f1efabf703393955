"""Two fleets, made by one component."""

import pulumi

from fleet import Fleet

config = pulumi.Config()

for name, size, instance_type in (("web", 2, "ecs.g6.xlarge"), ("batch", 1, "ecs.c6.2xlarge")):
    fleet = Fleet(
        name,
        size=size,
        instance_type=instance_type,
        zone_id="cn-hangzhou-h",
        vswitch_id=config.require("vswitchId"),
        security_group_ids=[config.require("securityGroupId")],
    )
    pulumi.export(name, {"reservation": fleet.reservation_id, "addresses": fleet.private_ips})
