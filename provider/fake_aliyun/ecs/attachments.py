"""What instances were told about private pools, after their creation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fake_aliyun import pages
from fake_aliyun.ecs import checks, pools
from fake_aliyun.ecs.describe_instances import chosen, ids_of
from fake_aliyun.errors import ApiError
from fake_aliyun.operations import Answer, Operations
from fake_aliyun.parameters import Params

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account

OPERATIONS = Operations("Ecs")


@OPERATIONS("RegionId! InstanceIds! PageNumber:int PageSize:int")
def describe_instance_attachment_attributes(account: Account, p: Params, now: float) -> Answer:
    """Lists the private pools that instances use."""
    row = chosen(account, checks.region(p), ids_of(p))
    page, about = pages.by_number(row, p)
    shown = [
        {
            "InstanceId": each.id,
            "PrivatePoolOptionsMatchCriteria": each.pool_criteria,
            "PrivatePoolOptionsId": each.pool.id if each.pool else "",
        }
        for each in page
    ]
    return {"Instances": {"Instance": shown}, **about}


@OPERATIONS("RegionId! InstanceId! PrivatePoolOptions.MatchCriteria! PrivatePoolOptions.Id")
def modify_instance_attachment_attributes(account: Account, p: Params, now: float) -> Answer:
    """Moves an instance into a private pool, or out of it."""
    region_id = checks.region(p)
    criteria, pool_id = pools.options(p)
    found = account.instances.get(p.text("InstanceId"))
    if found is None or found.region_id != region_id:
        raise ApiError("Invalid.InstanceId", "Instance does not exist.")
    if criteria != "None" and found.spot_strategy != "NoSpot":
        raise ApiError("Invalid.InstanceId", "Modify Spot Instance's attachment attributes is not supported.")
    if criteria != "None" and found.dedicated_host_id:
        raise ApiError(
            "Invalid.InstanceId", "Modify DedicatedHost Instance's attachment attributes is not supported."
        )
    if criteria != "None" and found.network == "classic":
        raise ApiError(
            "Invalid.InstanceId", "Modify Classic Network Instance's attachment attributes is not supported."
        )
    pools.rematch(account, found, criteria, pool_id, now)
    return {}
