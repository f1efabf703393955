"""The program as it was: all of it with pulumi-alicloud."""

import pulumi
import pulumi_alicloud as alicloud

vpc = alicloud.vpc.Network("network", cidr_block="10.0.0.0/8")
vswitch = alicloud.vpc.Switch("zone-h", vpc_id=vpc.id, cidr_block="10.1.0.0/16", zone_id="cn-hangzhou-h")
group = alicloud.ecs.SecurityGroup("servers", vpc_id=vpc.id)

capacity = alicloud.ecs.CapacityReservation(
    "capacity",
    capacity_reservation_name="batch",
    instance_type="ecs.g6.xlarge",
    instance_amount=2,
    zone_ids=["cn-hangzhou-h"],
    match_criteria="Target",
    tags={"team": "research"},
)

web = alicloud.ecs.Instance(
    "web",
    instance_name="web",
    description="serves the results",
    instance_type="ecs.g6.xlarge",
    image_id="aliyun_3_x64_20G_alibase_20250117.vhd",
    vswitch_id=vswitch.id,
    security_groups=[group.id],
    system_disk_category="cloud_essd",
    system_disk_size=40,
    system_disk_performance_level="PL0",
    data_disks=[
        alicloud.ecs.InstanceDataDiskArgs(
            name="results", category="cloud_essd", size=100, performance_level="PL1"
        )
    ],
    internet_charge_type="PayByTraffic",
    internet_max_bandwidth_out=10,
    key_name="operators",
    private_pool_options_match_criteria="Target",
    private_pool_options_id=capacity.id,
    tags={"team": "research"},
)

# Another resource that depends on the instance, and stays with pulumi-alicloud.
balancer = alicloud.slb.ApplicationLoadBalancer("balancer", load_balancer_name="web", vswitch_id=vswitch.id)
backend = alicloud.slb.Attachment("backend", load_balancer_id=balancer.id, instance_ids=[web.id])

pulumi.export("address", web.public_ip)
