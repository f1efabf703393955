"""A component: servers of one kind, each with a place reserved for it."""

from collections.abc import Sequence

import pulumi

from pulumi_aliyun import CapacityReservation, EcsInstance


class Fleet(pulumi.ComponentResource):
    """Servers of one kind, each with a place reserved for it.

    Attributes:
        reservation_id: The reservation that all of them are in.
        private_ips: The servers' addresses, in their order.
    """

    reservation_id: pulumi.Output[str]
    private_ips: pulumi.Output[Sequence[str]]

    def __init__(
        self,
        name: str,
        *,
        size: int,
        instance_type: pulumi.Input[str],
        zone_id: pulumi.Input[str],
        vswitch_id: pulumi.Input[str],
        security_group_ids: pulumi.Input[Sequence[pulumi.Input[str]]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("examples:index:Fleet", name, {}, opts)
        inside = pulumi.ResourceOptions(parent=self)
        reservation = CapacityReservation(
            name,
            instance_type=instance_type,
            instance_amount=size,
            zone_id=zone_id,
            match_criteria="Target",
            opts=inside,
        )
        servers = [
            EcsInstance(
                f"{name}-{number}",
                instance_type=instance_type,
                image_id="aliyun_3_x64_20G_alibase_20250117.vhd",
                vswitch_id=vswitch_id,
                security_group_ids=security_group_ids,
                zone_id=zone_id,
                private_pool=reservation,
                opts=inside,
            )
            for number in range(1, size + 1)
        ]
        self.reservation_id = reservation.id
        self.private_ips = pulumi.Output.all(*(server.private_ip for server in servers))
        self.register_outputs({"reservation_id": self.reservation_id, "private_ips": self.private_ips})
