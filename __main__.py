"""Two servers on capacity that is reserved for them, and a firewall bought by order.

`make demo` runs this program against the fake cloud, where any id is good. For the real one, set your own:

    pulumi config set image aliyun_3_x64_20G_alibase_20250117.vhd
    pulumi config set vswitch vsw-...
    pulumi config set securityGroup sg-...
"""

import pulumi

from pulumi_aliyun import BssInstance, CapacityReservation, EcsInstance

config = pulumi.Config()
zone = config.get("zone") or "cn-hangzhou-h"
tags = {"project": "quickstart", "environment": config.get("environment") or "test"}

# Nobody else gets these servers' places, and only what asks for this very reservation gets in.
reservation = CapacityReservation(
    "capacity",
    instance_type="ecs.g6.xlarge",
    instance_amount=config.get_int("capacity") or 2,
    zone_id=zone,
    match_criteria="Target",
    tags=tags,
)

servers = [
    EcsInstance(
        f"server-{number}",
        instance_type="ecs.g6.xlarge",
        image_id=config.get("image") or "aliyun_3_x64_20G_alibase_20250117.vhd",
        vswitch_id=config.get("vswitch") or "vsw-quickstart",
        security_group_ids=[config.get("securityGroup") or "sg-quickstart"],
        zone_id=zone,
        private_pool=reservation,
        tags=tags,
    )
    for number in (1, 2)
]

firewall = BssInstance(
    "firewall",
    product_code="waf",
    product_type="waf_v2_public_cn",
    subscription_type="PayAsYouGo",
    parameters={"Region": config.get("firewallRegion") or "cn-hangzhou"},
    on_delete="release",
)

pulumi.export("reservation", reservation.id)
pulumi.export("addresses", [server.private_ip for server in servers])
pulumi.export("firewall", firewall.id)
