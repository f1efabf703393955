"""STS: who am I, and temporary credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fake_aliyun.accounts import Credential
from fake_aliyun.clock import utc
from fake_aliyun.errors import ApiError
from fake_aliyun.operations import Answer, Operations
from fake_aliyun.parameters import Params

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account

OPERATIONS = Operations("Sts")


@OPERATIONS("")
def get_caller_identity(account: Account, p: Params, now: float) -> Answer:
    """Tells whose access key signed the request."""
    arn = p.caller_arn
    assumed = ":assumed-role/" in arn
    return {
        "AccountId": account.id,
        "UserId": account.id,
        "PrincipalId": account.id,
        "IdentityType": "AssumedRoleUser" if assumed else "Account",
        "Arn": arn,
    }


@OPERATIONS("RoleArn! RoleSessionName! DurationSeconds:int", unused="Policy ExternalId SourceIdentity")
def assume_role(account: Account, p: Params, now: float) -> Answer:
    """Gives temporary credentials of the role's account; the role needs not exist, its account does."""
    parts = p.text("RoleArn").split(":")
    if len(parts) != 5 or parts[:2] != ["acs", "ram"] or not parts[4].startswith("role/"):
        raise ApiError("InvalidParameter.RoleArn", "The parameter RoleArn is wrongly formed.")
    owner = account.cloud.accounts.get(parts[3])
    if owner is None:
        raise ApiError("EntityNotExist.Role")
    life = p.integer("DurationSeconds", 3600)
    if not 900 <= life <= 43200:
        raise ApiError("InvalidParameter.DurationSeconds", "The parameter DurationSeconds is out of range.")
    ids = account.cloud.ids
    key, session = ids.resource("STS").replace("-", "."), p.text("RoleSessionName")
    arn = f"acs:ram::{owner.id}:assumed-role/{parts[4].removeprefix('role/')}/{session}"
    credential = Credential(
        key, ids.resource("secret"), owner, arn, token=ids.resource("token"), expires=now + life
    )
    account.cloud.credentials[key] = credential
    return {
        "AssumedRoleUser": {"Arn": arn, "AssumedRoleId": f"300000000000000000:{session}"},
        "Credentials": {
            "AccessKeyId": key,
            "AccessKeySecret": credential.secret,
            "SecurityToken": credential.token,
            "Expiration": utc(credential.expires),
        },
    }
