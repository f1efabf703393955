"""The program as it is now: the reservation and the instance are pulumi-aliyun's, the rest is as it was."""

import pulumi
import pulumi_alicloud as alicloud

from pulumi_aliyun import CapacityReservation, EcsInstance

vpc = alicloud.vpc.Network("network", cidr_block="10.0.0.0/8")
vswitch = alicloud.vpc.Switch("zone-h", vpc_id=vpc.id, cidr_block="10.1.0.0/16", zone_id="cn-hangzhou-h")
group = alicloud.ecs.SecurityGroup("servers", vpc_id=vpc.id)

capacity = CapacityReservation(
    "capacity",
    adopt_id="crp-bp1migrated0capacity",
    name="batch",
    instance_type="ecs.g6.xlarge",
    instance_amount=2,
    zone_id="cn-hangzhou-h",
    match_criteria="Target",
    tags={"team": "research"},
)

web = EcsInstance(
    "web",
    adopt_id="i-bp1migrated0web",
    instance_name="web",
    description="serves the results",
    instance_type="ecs.g6.xlarge",
    image_id="aliyun_3_x64_20G_alibase_20250117.vhd",
    vswitch_id=vswitch.id,
    security_group_ids=[group.id],
    system_disk={"category": "cloud_essd", "size": 40, "performance_level": "PL0"},
    data_disks=[{"disk_name": "results", "category": "cloud_essd", "size": 100, "performance_level": "PL1"}],
    internet_charge_type="PayByTraffic",
    internet_max_bandwidth_out=10,
    key_pair_name="operators",
    private_pool=capacity,
    tags={"team": "research"},
)

balancer = alicloud.slb.ApplicationLoadBalancer("balancer", load_balancer_name="web", vswitch_id=vswitch.id)
backend = alicloud.slb.Attachment("backend", load_balancer_id=balancer.id, instance_ids=[web.id])

pulumi.export("address", web.public_ip)
