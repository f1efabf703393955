"""The fewest arguments with which each kind of resource can be bought."""

from __future__ import annotations

from typing import Any

RESERVATION: dict[str, Any] = {
    "instance_type": "ecs.g6.large",
    "instance_amount": 2,
    "zone_id": "cn-hangzhou-h",
}
INSTANCE: dict[str, Any] = {
    "instance_type": "ecs.g6.large",
    "image_id": "img-1",
    "vswitch_id": "vsw-1",
    "security_group_ids": ["sg-1"],
}
ORDER: dict[str, Any] = {"product_code": "waf", "subscription_type": "PayAsYouGo"}
