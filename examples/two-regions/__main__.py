"""Reserved capacity with a server inside it, in two regions, in one stack."""

from typing import TypedDict

import pulumi

from pulumi_aliyun import CapacityReservation, EcsInstance


class Site(TypedDict):
    """Where the servers of a region are."""

    zoneId: str
    vswitchId: str
    securityGroupId: str


sites: dict[str, Site] = pulumi.Config().require_object("sites")
instance_type = "ecs.g6.xlarge"

for region_id, site in sites.items():
    capacity = CapacityReservation(
        f"capacity-{region_id}",
        region_id=region_id,
        zone_id=site["zoneId"],
        instance_type=instance_type,
        instance_amount=1,
        match_criteria="Target",
    )
    server = EcsInstance(
        f"server-{region_id}",
        region_id=region_id,
        instance_type=instance_type,
        image_id="aliyun_3_x64_20G_alibase_20250117.vhd",
        vswitch_id=site["vswitchId"],
        security_group_ids=[site["securityGroupId"]],
        zone_id=site["zoneId"],
        private_pool=capacity,
    )
    pulumi.export(region_id, {"reservation": capacity.id, "address": server.private_ip})
