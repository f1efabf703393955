"""Resource Sharing: the shares that capacity reservations are in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fake_aliyun.clock import utc
from fake_aliyun.operations import Answer, Operations
from fake_aliyun.parameters import Params

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account

OPERATIONS = Operations("ResourceSharing")


@OPERATIONS("AssociationType! AssociationStatus ResourceId", unused="MaxResults:int NextToken ResourceArn")
def list_resource_share_associations(account: Account, p: Params, now: float) -> Answer:
    """Lists what is shared. Assumption: each reservation that is shared is alone in a share of its own.

    "Resource: Query association records of shared resources." Those of targets aren't kept here.
    """
    kind = p.one_of("AssociationType", ("Resource", "Target"), code="InvalidParameter.AssociationType")
    shared = kind == "Resource" and p.text("AssociationStatus", "Associated") == "Associated"
    found = [
        {
            "ResourceShareId": each.id.replace("crp-", "rs-"),
            "ResourceShareName": f"share-of-{each.id}",
            "EntityId": each.id,
            "EntityType": "CapacityReservation",
            "AssociationType": "Resource",
            "AssociationStatus": "Associated",
            "CreateTime": utc(each.start_time),
        }
        for each in account.reservations
        if shared and each.shared_with and p.text("ResourceId", each.id) == each.id
    ]
    return {"ResourceShareAssociations": found, "NextToken": ""}
