"""All errors of the package; what a user can do about each code of the API is advice.py's.

::

    AliyunError                 shown to the user as its text, never as a traceback
    ├── InvalidInput            what the program asks for is not allowed, or not possible
    ├── NeedsDecision           only a person can know; nothing was bought, the text names the choices
    ├── ApiError                the API answered, and refused
    ├── NoCredentials           no source of credentials has any
    ├── NoAnswer                no usable answer came: the call may have been carried out or not
    ├── NotThere                what was to be read, changed or adopted does not exist
    ├── TimedOut                what was waited for did not come in time
    └── Interrupted             Ctrl-C, or the engine is gone

Whether an error is worth another try is a property of its code, declared in `RETRYABLE` and `TRANSIENT`;
the text of a message is never looked at.
"""

from __future__ import annotations

import math

from .advice import ACCOUNT, ANEW, PERMISSION, what_to_do

THROTTLING = frozenset(
    {
        "Throttling",
        "Throttling.User",
        "Throttling.Api",
        "Throttling.ConcurrentLimitExceeded",
        "Rejected.Throttling",
    }
)
"""The API asks for patience; nothing was done."""

UNDER_WAY = frozenset({"LastTokenProcessing", "LastOrderProcessing"})
"""The same request, with the same ClientToken, is being carried out: its answer comes when that is done."""

UNAVAILABLE = frozenset({"ServiceUnavailable", "InternalError"})
"""The same request may succeed in a moment; the documentation allows it with the same ClientToken."""

RETRYABLE = THROTTLING | UNDER_WAY | UNAVAILABLE

NEED_REST = frozenset({"ModifyInstanceSpec", "ModifyPrepayInstanceSpec"})
"""Operations that are allowed once in five minutes for the same instance: till then they answer `Throttling`."""

TRANSIENT = frozenset(
    {
        "IncorrectInstanceStatus",
        "IncorrectInstanceStatus.Initializing",
        "OperationConflict",
        "Operation.Conflict",
        "DependencyViolation.SLBConfiguring",
        # what a new instance needs is itself just being made
        "IncorrectVSwitchStatus",
        "IncorrectVpcStatus",
        "InvalidSnapshotId.NotReady",
        # a disk is between two states
        "IncorrectDiskStatus",
        "DiskCreatingSnapshot",
    }
)
"""The resource is between two states: worth another try within the operation's own limit of time."""

EXPIRED = frozenset({"InvalidSecurityToken.Expired"})
"""Temporary credentials have run out: worth another try as soon as their source has others."""

GONE = frozenset({"InvalidInstanceId.NotFound", "InvalidResourceId.NotFound"})
"""What the call was about does not exist (any more)."""

TOKEN_MISMATCH = frozenset({"IdempotentParameterMismatch", "IdempotenceParamNotMatch"})
"""An earlier request with the same ClientToken had other parameters."""

MAY_PASS = (
    PERMISSION
    | frozenset(ACCOUNT)
    | {
        # in stock and on sale
        "NoStock",
        "OperationDenied",
        "OperationDenied.NoStock",
        "OperationDenied.ResourceControl",
        "OperationDenied.ZoneNotAllowed",
        "ResourceNotAvailable",
        "Zone.NotOnSale",
        "Zone.NotOpen",
        "PriceNotFound",
        "InvalidSpotPriceLimit.LowerThanPublicPrice",
        # allowed elsewhere
        "InvalidUser.PassRoleForbidden",
        "InvalidUserData.Forbidden",
        "UserNotInTheWhiteList",
        "ImageNotSubscribed",
        "InvalidRamRole.NotEcsRole",
        "InvalidParameter.KMSKeyId.CMKNotEnabled",
        "InvalidParameter.KMSKeyId.KMSUnauthorized",
        # made or freed elsewhere
        "Invalid.PrivatePoolOptions.Id",
        "Invalid.PrivatePoolOptions.status",
        "Invalid.PrivatePoolOptionsId",
        "InvalidDedicatedHostId.NotFound",
        "InvalidImageId.NotFound",
        "InvalidIp.IpAssigned",
        "InvalidKeyPairName.NotFound",
        "InvalidParameter.KMSKeyId.NotFound",
        "InvalidPrivateIpAddress.Duplicated",
        "InvalidRamRole.NotFound",
        "InvalidResourceGroup.NotFound",
        "InvalidSecurityGroupId",
        "InvalidSecurityGroupId.NotFound",
        "InvalidSnapshotId.NotFound",
        "InvalidSnapshotId.NotReady",
        "InvalidVSwitchId.NotExist",
        "InvalidVSwitchId.NotFound",
        "IncorrectVSwitchStatus",
        "IncorrectVpcStatus",
        "QuotaExceeded.PrivateIpAddress",
        "SecurityGroupInstanceLimitExceed",
        "VpcNotFound",
    }
)
"""Refusals that time or a person elsewhere can cure: the same request with a new ClientToken may succeed."""


class AliyunError(Exception):
    """The root of all errors of this package; its text is written for the user."""

    tried: float = 0.0
    """Seconds for which it was tried again."""

    def __str__(self) -> str:
        first, *others = super().__str__().split("\n")
        for_how_long = f" (tried for {self.tried:.0f} s)" if self.tried >= 1 else ""
        return "\n".join([first + for_how_long, *others])


class InvalidInput(AliyunError):
    """What the program asks for is not allowed, or not possible."""


class NeedsDecision(AliyunError):
    """The run stops and asks: only a person can know, and nothing has been bought."""


class NotThere(AliyunError):
    """What was to be read, changed or adopted does not exist."""


def vanished(what: str, region_id: str = "") -> NotThere:
    """The error of what was there before, and isn't any more."""
    place = f" from {region_id}" if region_id else ""
    return NotThere(f"{what} has vanished{place}\n  what to do: {ANEW}")


class TimedOut(AliyunError):
    """What was waited for did not come within the time that the user allows."""


class Interrupted(AliyunError):
    """The run is being cancelled, or the engine that asked for it is gone."""


class NoAnswer(AliyunError):
    """No usable answer came back: the call may have been carried out, or not."""

    def __init__(
        self,
        action: str,
        reason: str,
        *,
        budget: float = math.inf,
        do: str = "check the network, the endpoint and the proxy settings",
    ) -> None:
        self.action = action
        self.reason = reason
        self.budget = budget
        """Seconds for which the same call, made again, may still succeed."""
        super().__init__(
            f"{action}: no usable answer from the API: {reason}\n"
            f"  what to do: {do}, and run the command again; whatever was carried out without an answer is found then"
        )

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed if it is made again."""
        return self.budget > 0


class NoCredentials(AliyunError):
    """No source of credentials has any."""

    def __init__(self, source: str, *, profile: bool = False) -> None:
        do = (
            "check its name against the profiles in ~/.aliyun/config.json (`aliyun configure list` shows them)"
            if profile
            else "set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or "
            "`pulumi config set aliyun:accessKey …` and `pulumi config set --secret aliyun:secretKey …`"
        )
        super().__init__(f"no credentials were found: {source} has none\n  what to do: {do}")


class ApiError(AliyunError):
    """The API answered and refused: its code, its sentence, its RequestId, and the way out."""

    def __init__(
        self,
        action: str,
        code: str,
        message: str,
        *,
        request_id: str = "",
        status: int = 400,
        retry_after: float | None = None,
    ) -> None:
        self.action = action
        self.code = code
        self.message = message
        self.request_id = request_id
        self.status = status
        self.retry_after = retry_after
        super().__init__(self.told(what_to_do(code, action, message)))

    def told(self, do: str) -> str:
        """The error's text, with a way out."""
        lines = [f"{self.action}: {self.code}: {self.message.rstrip('. ')}.", f"  what to do: {do}"]
        if self.request_id:
            lines.append(f"  request id: {self.request_id}")
        return "\n".join(lines)

    @property
    def retryable(self) -> bool:
        """Whether the documentation allows the same request again, at once or nearly so."""
        if self.wants_rest:
            return False
        return self.code in RETRYABLE or self.status >= 500 or self.status == 429  # noqa: PLR2004

    @property
    def wants_rest(self) -> bool:
        """Whether the resource was changed minutes ago, and is to be left alone for a while."""
        return self.code == "Throttling" and self.action in NEED_REST
