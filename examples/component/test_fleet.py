"""The component, tested without the engine and without a cloud: `python -m pytest`."""

import os
from typing import Any

import pulumi
import pytest
from pulumi.runtime import MockCallArgs, MockResourceArgs

os.environ["ALIBABA_CLOUD_REGION_ID"] = "cn-hangzhou"


class Cloud(pulumi.runtime.Mocks):
    """Answers as the engine would."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        """A resource has its inputs for outputs, and an address."""
        return f"id-of-{args.name}", {**args.inputs, "private_ip": f"address-of-{args.name}"}

    def call(self, args: MockCallArgs) -> dict[Any, Any]:
        """What is asked for is the stack's state: it has none."""
        return {}


pulumi.runtime.set_mocks(Cloud())

from fleet import Fleet  # noqa: E402 - what is made from here on is made with the mocks


def fleet(name: str, zone_id: str) -> Fleet:
    """A fleet of two."""
    return Fleet(
        name,
        size=2,
        instance_type="ecs.g6.xlarge",
        zone_id=zone_id,
        vswitch_id="vsw-1",
        security_group_ids=["sg-1"],
    )


@pulumi.runtime.test
def test_servers_are_listed_in_their_order() -> pulumi.Output[None]:
    """The first address is the first server's."""

    def check(addresses: Any) -> None:
        assert addresses == ["address-of-web-1", "address-of-web-2"]

    return fleet("web", "cn-hangzhou-h").private_ips.apply(check)


def test_a_zone_of_another_region_is_refused() -> None:
    """The rules of a preview hold here too."""

    @pulumi.runtime.test
    def elsewhere() -> pulumi.Output[str]:
        return fleet("elsewhere", "cn-beijing-a").reservation_id

    with pytest.raises(pulumi.RunError, match="'cn-beijing-a' does not lie in the region 'cn-hangzhou'"):
        elsewhere()
