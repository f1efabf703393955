"""The capacity: a stack of its own, which whoever pays for it keeps."""

import pulumi

from pulumi_aliyun import CapacityReservation

capacity = CapacityReservation(
    "capacity",
    instance_type="ecs.g6.xlarge",
    instance_amount=2,
    zone_id="cn-hangzhou-h",
    match_criteria="Target",
)

# What a server has to match to get in.
pulumi.export("reservation_id", capacity.id)
pulumi.export("instance_type", capacity.instance_type)
pulumi.export("zone_id", capacity.zone_id)
