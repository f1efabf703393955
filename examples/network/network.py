"""The network, made by pulumi-alicloud."""

import pulumi_alicloud as alicloud

vpc = alicloud.vpc.Network("network", cidr_block="10.0.0.0/8")

vswitch = alicloud.vpc.Switch("zone-h", vpc_id=vpc.id, cidr_block="10.1.0.0/16", zone_id="cn-hangzhou-h")

security_group = alicloud.ecs.SecurityGroup("servers", vpc_id=vpc.id)
