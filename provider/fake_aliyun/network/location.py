"""The location service: where a product is. Here, all of them are where the request came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fake_aliyun.operations import Answer, Operations
from fake_aliyun.parameters import Params

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account

OPERATIONS = Operations("Location")


@OPERATIONS("Id! ServiceCode! Type", unused="Password")
def describe_endpoints(account: Account, p: Params, now: float) -> Answer:
    """Gives a product's address in a region: the fake's own."""
    endpoint = {
        "Endpoint": account.cloud.address,
        "Id": p.text("Id"),
        "Namespace": "26842",
        "ServiceCode": p.text("ServiceCode"),
        # The real service writes the name wrongly, too; old clients read it so.
        "SerivceCode": p.text("ServiceCode"),
        "Type": p.text("Type", "openAPI"),
        "Protocols": {"Protocols": ["HTTP", "HTTPS"]},
    }
    return {"Endpoints": {"Endpoint": [endpoint]}, "Success": True}
