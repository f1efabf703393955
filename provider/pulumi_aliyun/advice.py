"""What each error code of the API means, and what to do about it in the program's words.

docs/errors.md is generated from these tables. Where one code stands for several sentences, `SENTENCES` has the
way out of each, found by code and whole sentence; anything else that the API may write falls back to the code's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Advice(NamedTuple):
    """One code, for a person."""

    means: str
    do: str
    """The way out; it completes "what to do: "."""


Topic = Mapping[str, Advice]

PERMISSION = frozenset(
    {
        "Forbidden.RAM",
        "Forbidden",
        "Forbbiden",
        "Forbbiden.SubUser",
        "NoPermission",
        "NotAuthorized",
        "InvalidUser.Unauthorized",
    }
)
"""The identity lacks a RAM action, which the message names; two are misspelt by the API itself."""

BSS_ACTIONS = {
    "CreateInstance": "bssapi:CreateInstance",
    "SetRenewal": "bssapi:SetRenewal",
    "QueryAvailableInstances": "bssapi:QueryAvailableInstances",
    "RefundInstance": "bss:RefundBatchRemainRefund",
    "ReleaseInstance": "bss:ReleaseInstance",
}
"""The RAM actions of BSS, each as its own page has it; those of ECS are called like their operations."""

SHARING_ACTIONS = {"ListResourceShareAssociations": "resourcesharing:ListResourceShareAssociations"}


STS_ACTIONS = {"AssumeRole": "sts:AssumeRole"}


def ram_action(action: str) -> str:
    """The RAM action that an API operation needs."""
    return (BSS_ACTIONS | SHARING_ACTIONS | STS_ACTIONS).get(action, f"ecs:{action}")


ANEW = "run the command again: what is gone is made anew"
_GRANT = "grant the RAM action {action} to the identity that runs this, and run the command again"
_REPORT = "please report this: the provider never asks for it"
_KEY = "check the access key (`pulumi config set aliyun:accessKey …`, or ALIBABA_CLOUD_ACCESS_KEY_ID)"
_OTHER_HALF = (
    "check the access key's secret (`pulumi config set --secret aliyun:secretKey …`, or "
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET)"
)
_TEMPORARY = (
    "get new temporary credentials (all three parts: key, secret and token), and run the command again"
)
_PAY = "add funds to the account, or pay what is open, and run `pulumi up` again"
_TICKET = "ask Alibaba Cloud for it in a ticket, or choose another"
_AGAIN = "nothing, it was tried again already; run the command again, and if it stays, open a ticket"
_ONE_ZONE = "give one zone_id that lies in the region; the zones are listed in the ECS console"
_PERIODS = "choose a period and period_unit that the instance type is sold for, such as period=1, period_unit='Month'"
_KMS = "choose a kms_key_id that exists and is enabled, and let ECS use it (its default role for encryption)"
_ROLE = "check ram_role_name: the role must exist, and trust the service ecs.aliyuncs.com"
_VSWITCH = "check vswitch_id: it must exist in the region and the account"
_GROUPS = "check security_group_ids: each must exist in the region and the account"
_ONE_VPC = "choose security_group_ids and a vswitch_id of the same VPC"
_ADDRESS = "choose a free private_ip_address inside the vswitch_id's block, or leave private_ip_address out"
_DISK_KIND = "choose another system_disk.category or data_disks category, or another zone_id or instance_type"
_WAIT_FOR_IT = "wait until the change that is under way is done, and run `pulumi up` again"
_POOL_ID = "check private_pool.id: it must be the id of a reservation or assurance of this account and region"
_ELSEWHERE = "try another zone_id or instance_type, or wait"

ACCESS: Topic = {
    **dict.fromkeys(sorted(PERMISSION), Advice("The identity may not call the operation.", _GRANT)),
    "Forbedden.NotSupportRAM": Advice(
        "The operation can't be called by a RAM user or role.",
        "run this with the account's own access key, or do it in the console",
    ),
    "InvalidUser.PassRoleForbidden": Advice(
        "The identity may not give a RAM role to an instance.",
        "grant the RAM action ram:PassRole for the role in ram_role_name to the identity that runs this",
    ),
    "UserNotInTheWhiteList": Advice("A feature isn't open to the account.", _TICKET),
    "InvalidAccessKeyId.NotFound": Advice("The access key doesn't exist.", _KEY),
    "InvalidAccessKeyId.Inactive": Advice("The access key is disabled.", _KEY),
    "MissingAccessKeyId": Advice("No access key was sent.", _KEY),
    "SignatureDoesNotMatch": Advice("The secret isn't that of the access key.", _OTHER_HALF),
    "IncompleteSignature": Advice("The secret isn't that of the access key.", _OTHER_HALF),
    "SignatureNonceUsed": Advice(
        "The same request came twice.",
        "run the command again; if it stays, look for a proxy that repeats requests",
    ),
    "MissingSecurityToken": Advice(
        "The access key is a temporary one, and its token is missing.",
        "set all three parts: accessKey, secretKey and securityToken",
    ),
    "InvalidSecurityToken.Expired": Advice("The temporary credentials have run out.", _TEMPORARY),
    "InvalidSecurityToken.Malformed": Advice("The security token is damaged.", _TEMPORARY),
    "InvalidSecurityToken.MismatchWithAccessKey": Advice(
        "Token and access key don't belong together.", _TEMPORARY
    ),
    "InvalidTimeStamp.Expired": Advice(
        "The clocks of this machine and of the service differ by more than 15 minutes.",
        "set this machine's clock right: the service's differs from it by more than 15 minutes",
    ),
    "InvalidTimeStamp.Format": Advice("The time in the request can't be read.", _REPORT),
    "InvalidAction.NotFound": Advice(
        "The endpoint doesn't know the operation.",
        "check aliyun:endpoints: each product needs its own product's address",
    ),
}

BUSY: Topic = {
    **dict.fromkeys(
        (
            "Throttling",
            "Throttling.User",
            "Throttling.Api",
            "Throttling.ConcurrentLimitExceeded",
            "Rejected.Throttling",
        ),
        Advice(
            "Too many calls at a time.",
            "run the command again with less going on at once, such as `pulumi up --parallel 4`",
        ),
    ),
    "ServiceUnavailable": Advice("The service is out of order for a moment.", _AGAIN),
    "InternalError": Advice("The service has failed.", _AGAIN),
    "LastTokenProcessing": Advice(
        "The same request, sent before, is still being worked on.", "wait a minute, and run the command again"
    ),
    "LastOrderProcessing": Advice("An order before this one is still being worked on.", _WAIT_FOR_IT),
    "OperationConflict": Advice("Another change of the same resource is under way.", _WAIT_FOR_IT),
    "Operation.Conflict": Advice("Another change of the same resource is under way.", _WAIT_FOR_IT),
    "IdempotentParameterMismatch": Advice(
        "An earlier, interrupted run has asked for this with other arguments.",
        "run `pulumi up` again: what that run got is found first, and nothing is bought twice",
    ),
    "IdempotenceParamNotMatch": Advice(
        "An earlier, interrupted run has asked for this with other arguments.",
        "run `pulumi up` again: what that run got is found first, and nothing is bought twice",
    ),
    "InvalidClientToken.ValueNotSupported": Advice("The ClientToken isn't accepted.", _REPORT),
}

ACCOUNT: Topic = {
    "InvalidAccountStatus.NotEnoughBalance": Advice("The account's balance is too low.", _PAY),
    "InsufficientBalance": Advice("The account's balance is too low.", _PAY),
    "Account.Arrearage": Advice("The account has bills that are due.", _PAY),
    "InvalidPayMethod": Advice("The account has no way of payment for this.", _PAY),
    "PaymentMethodNotFound": Advice(
        "The account has no way of payment.",
        "register a payment method in the console, and run `pulumi up` again",
    ),
    "InvalidInstance.UnPaidOrder": Advice("An order for the instance isn't paid.", _PAY),
    "Invalid.TooManyUnpaidPrivatePool": Advice(
        "Too many private pools have been ordered and not paid.",
        "pay the open orders in the console, or cancel them, and run `pulumi up` again",
    ),
    "RealNameAuthenticationError": Advice(
        "The account isn't verified.",
        "complete the real-name verification in the console, and run `pulumi up` again",
    ),
    "SecurityRisk.3DVerification": Advice(
        "The account's card needs to be verified.", "follow the link in the e-mail that the service has sent"
    ),
    "Forbidden.RiskControl": Advice(
        "The service's risk control forbids the operation.",
        "ask Alibaba Cloud in a ticket why; nothing else helps",
    ),
    "AccountForbidden.ProductCreationLimited": Advice(
        "The account may only buy what Alibaba Cloud itself operates, billed by use.",
        "buy the reservation with an account that may, or ask in a ticket",
    ),
    "RegionUnauthorized": Advice(
        "The account may not buy this in the region.",
        "choose another region_id, or ask in a ticket for this one",
    ),
    "Forbidden.RegionId": Advice("The service isn't offered in the region.", "choose another region_id"),
    "QuotaExceed.ElasticQuota": Advice(
        "The account's quota for the instance type, or for vCPUs, is used up.",
        "ask for a larger quota in the Quota Center, or use less: a smaller instance_amount, another instance_type "
        "or region_id",
    ),
    "QuotaExceed.AfterpayInstance": Advice(
        "The account has as many pay-as-you-go instances as it may.",
        "ask for a larger quota, or delete some first",
    ),
    "QuotaExceed.PostPaidDisk": Advice(
        "The account has as many pay-as-you-go disks as it may.",
        "ask for a larger quota, or use fewer data_disks",
    ),
    "QuotaExceed.RufundVcpu": Advice(
        "The month's quota for changing subscriptions back is used up.",
        "keep instance_charge_type='PrePaid' until next month",
    ),
    "QuotaExceeded": Advice("The VPC has as many instances as it may.", "choose a vswitch_id of another VPC"),
    "InvalidInstanceType.ValueUnauthorized": Advice("The account may not use the instance type.", _TICKET),
    "InvalidSystemDiskCategory.ValueUnauthorized": Advice(
        "The account may not use the disk category.", _TICKET
    ),
}

CAPACITY: Topic = {
    "NoStock": Advice(
        "The zone has not enough of the instance type at the moment.",
        "try another zone_id or instance_type, or a smaller instance_amount, or wait",
    ),
    "OperationDenied.NoStock": Advice(
        "The zone has not enough of the instance type at the moment.",
        "try another zone_id or instance_type (of an instance: a vswitch_id in that zone), or fewer, or wait",
    ),
    "OperationDenied": Advice(
        "The operation isn't possible with what is given, or not for this account.",
        "check that instance_type and zone_id are on sale to the account, or choose others",
    ),
    "OperationDenied.ZoneNotAllowed": Advice("No instance can be made in the zone.", _ELSEWHERE),
    "OperationDenied.ResourceControl": Advice(
        "The region sells under control.", "wait, or try another region_id"
    ),
    "Zone.NotOnSale": Advice("The zone doesn't sell this.", _ELSEWHERE),
    "Zone.NotOpen": Advice(
        "The zone isn't open to the account.",
        "try another zone_id, or ask in a ticket for this zone to be opened",
    ),
    "ResourceNotAvailable": Advice("The region or zone doesn't have it.", _ELSEWHERE),
    "InstanceType.Offline": Advice("The instance type isn't sold any more.", "choose another instance_type"),
    "InvalidInstanceType.PhasedOut": Advice(
        "The instance type isn't sold any more.", "choose another instance_type"
    ),
    "InvalidInstanceType.ZoneNotSupported": Advice("The zone doesn't have the instance type.", _ELSEWHERE),
    "InvalidInstanceType.NotSupported": Advice(
        "The instance type doesn't exist, or not here.", "check instance_type, or try another zone_id"
    ),
    "InvalidInstanceType.ValueNotSupported": Advice(
        "The instance type doesn't exist, not here, or not with the other arguments.",
        "check instance_type, or try another zone_id",
    ),
    "Invalid.InstanceType": Advice(
        "The instance type doesn't exist.", "check the spelling of instance_type, such as 'ecs.g6.xlarge'"
    ),
    "InvalidResourceType.NotSupported": Advice(
        "The zone doesn't have this combination.", "try another zone_id or instance_type"
    ),
    "PriceNotFound": Advice(
        "There is no price for this combination: it isn't sold.",
        "try another instance_type, platform or zone_id",
    ),
    "Invalid.ZoneId": Advice("The zone doesn't exist.", _ONE_ZONE),
    "Invalid.ZoneIds": Advice("The zone doesn't exist.", _ONE_ZONE),
    "InvalidZoneId.NotFound": Advice("The zone doesn't exist.", _ONE_ZONE),
    "InvalidParameter.RegionId": Advice(
        "The region doesn't exist, or isn't open.", "check region_id, or `pulumi config set aliyun:region …`"
    ),
    "InvalidRegionId.NotFound": Advice(
        "The region doesn't exist.", "check region_id, or `pulumi config set aliyun:region …`"
    ),
    "MissingParameter.RegionId": Advice(
        "No region was sent.", "set region_id, or `pulumi config set aliyun:region …`"
    ),
    "InvalidResourceGroup.NotFound": Advice(
        "The resource group doesn't exist.", "check resource_group_id, or leave it out for the default group"
    ),
}

RESERVATION: Topic = {
    "MissingParameter": Advice(
        "An argument that the API needs is missing.", "give the argument that the sentence names"
    ),
    "MissingParameter.InstanceAmount": Advice("The number of instances is missing.", "give instance_amount"),
    "InvalidStartTime.NotSupported": Advice(
        "A start is out of range.", "leave start_time out: the API makes reservations that start at once only"
    ),
    "InvalidStartTime.MalFormed": Advice(
        "A start is out of range.", "leave start_time out: the API makes reservations that start at once only"
    ),
    "StartTime.NotNeed": Advice(
        "A start was given.", "leave start_time out: the API makes reservations that start at once only"
    ),
    "Invalid.TimeSlot": Advice("A time slot was given.", _REPORT),
    "Invalid.EndTime": Advice(
        "The end is not a time in UTC, lies in the past, or doesn't fit the release mode.",
        "give end_time as yyyy-MM-ddTHH:mm:ssZ in the future, and with end_time_type='Limited' only",
    ),
    "Invalid.PrivatePoolOptionsName.MalFormed": Advice(
        "The name isn't allowed.",
        "choose a name of 2 to 128 letters, digits, ':', '_' and '-' that starts with a letter",
    ),
    "InvalidParameter.Name": Advice(
        "The name isn't allowed.",
        "choose a name of 2 to 128 letters, digits, ':', '_' and '-' that starts with a letter",
    ),
    "Invalid.TooManyZoneIds": Advice("More than one zone was given.", _ONE_ZONE),
    "Invalid.TooManyInstanceTypes": Advice(
        "More than one instance type was given.", "give one instance_type; make a reservation for each type"
    ),
    "Invalid.Action.ReleaseCapacityReservation": Advice(
        "A reservation with a fixed end can't be released.",
        "run `pulumi destroy` again: the provider makes it Unlimited first. If it stays, set "
        "end_time_type='Unlimited' without end_time, and run `pulumi up`",
    ),
    "InvalidOperation.ReleasePrivatePoolUnsupported": Advice(
        "This private pool can't be released by the API.",
        "release it in the ECS console, then run `pulumi refresh`",
    ),
    "InvalidPermission.ResourceShareAssocoated": Advice(
        "The reservation is shared with other accounts.", "end the resource share first, then destroy again"
    ),
}

POOL: Topic = {
    "Invalid.PrivatePoolOptions.Id": Advice("The private pool doesn't exist.", _POOL_ID),
    "Invalid.PrivatePoolOptionsId": Advice(
        "The private pool doesn't exist, or an id was given without Target.",
        "give private_pool.id with private_pool.match_criteria='Target' only; it must be one of this region",
    ),
    "Invalid.PrivatePoolOptions.Ids": Advice("One of the ids isn't that of a private pool.", _POOL_ID),
    "InvalidParameter.PrivatePoolOptions.Ids": Advice(
        "One of the ids isn't that of a private pool.", _POOL_ID
    ),
    "MissingParameter.PrivatePoolOptions.Id": Advice(
        "The private pool's id is missing.", "give private_pool.id with private_pool.match_criteria='Target'"
    ),
    "MissingParameter.PrivatePoolOptionsId": Advice(
        "The private pool's id is missing.", "give private_pool.id with private_pool.match_criteria='Target'"
    ),
    "Invalid.PrivatePoolOptions.MatchCriteria": Advice(
        "The way of matching isn't allowed here.",
        "give private_pool.match_criteria as 'Open', 'Target' or 'None'",
    ),
    "Invalid.PrivatePoolOptions.status": Advice(
        "The private pool can't be used as it is now.",
        "wait until the reservation is Active and has room, or set private_pool.match_criteria='Open' or 'None'",
    ),
    "Invalid.InstanceChargeType": Advice(
        "The pool is for instances of another charge type.",
        "use instance_charge_type='PostPaid' inside a capacity reservation, or another private_pool",
    ),
    "InvalidPlatform.ValueNotSupported": Advice(
        "The pool is for another system than the image's.",
        "choose an image_id of the reservation's platform, or another private_pool",
    ),
    "InvalidAliUid": Advice(
        "The pool belongs to another account.", "use a private_pool.id of your own account"
    ),
    "DedicatedHostNotSupported": Advice(
        "An instance on a dedicated host can't use a private pool.",
        "leave out dedicated_host_id, or private_pool",
    ),
    "SpotNotSupported": Advice(
        "A spot instance can't use a private pool.", "use spot_strategy='NoSpot', or leave out private_pool"
    ),
    "ClassicNetworkNotSupported": Advice(
        "An instance in the classic network can't use a private pool.",
        "make the instance in a VPC (a vswitch_id), or leave out private_pool",
    ),
    "Invalid.InstanceId": Advice(
        "The instance doesn't exist, or its private pool can't be changed.",
        "run `pulumi refresh`; then check that the instance is neither spot, nor on a dedicated host, nor in the "
        "classic network",
    ),
}

ASSURANCE: Topic = dict.fromkeys(
    (
        "MissingParameter.PackageType",
        "MissingParameter.PrivatePoolOptions.Ids",
        "MissingParameter.InstanceCpuCoreCount",
        "MissingParameter.InstanceCpuCoreCountOrInstanceAmount",
        "Invalid.TooManyPrivatePoolOptions.Ids",
        "Invalid.InstanceCpuCoreCountOrInstanceAmount",
        "Invalid.PackageType",
        "Invalid.PrivatePool.Purchase",
        "Invalid.AssuranceTimes.NotSupported",
        "RepeatStartPrivatePool",
    ),
    Advice("Concerns elasticity assurances and other operations on pools.", _REPORT),
)

INSTANCE: Topic = {
    "InvalidInstanceId.NotFound": Advice(
        "The instance doesn't exist.",
        f"{ANEW}; with adopt_id, check the id, the region and the account",
    ),
    "InvalidParameter": Advice("A value isn't accepted.", "change the argument that the sentence names"),
    "InvalidOperation.DeletionProtection": Advice(
        "The instance is protected.", "set deletion_protection=False, run `pulumi up`, then delete it"
    ),
    "ChargeTypeViolation": Advice(
        "A subscription that is still running doesn't allow this.",
        "wait until it has expired, have it refunded in the console, or set "
        "instance_charge_type='PostPaid' and run `pulumi up` first",
    ),
    "IncorrectInstanceStatus": Advice("The instance isn't in a state that allows this.", _WAIT_FOR_IT),
    "IncorrectInstanceStatus.Initializing": Advice("The instance is still being made.", _WAIT_FOR_IT),
    "InvalidInstanceStatus.NotStopped": Advice("The instance isn't stopped.", _WAIT_FOR_IT),
    "InvalidInstanceStatus.NotRunning": Advice(
        "The instance isn't running.", "set status='Running' for this change"
    ),
    "InvalidStatus.ValueNotSupported": Advice(
        "The instance isn't in a state that allows this.", _WAIT_FOR_IT
    ),
    "InvalidOperation.InvalidEcsState": Advice(
        "The instance isn't in a state that allows this.", _WAIT_FOR_IT
    ),
    "InstanceNotReady": Advice("The instance isn't ready yet.", _WAIT_FOR_IT),
    "InstanceLockedForSecurity": Advice(
        "The instance is locked for security reasons.",
        "clear the lock in the console (Security Center) first; its disks would be deleted with it, whatever "
        "delete_with_instance says",
    ),
    "InstanceExpired": Advice("The instance has run out, or isn't paid.", _PAY),
    "InstanceExpiredOrInArrears": Advice("The instance has run out, or isn't paid.", _PAY),
    "ExpiredInstance": Advice(
        "The subscription has run out.", "renew it in the console, or replace the instance"
    ),
    "ReleaseTimeHaveBeenSet": Advice(
        "An instance with a release time can't become a subscription.", "remove auto_release_time first"
    ),
    "DependencyViolation.RouteEntry": Advice(
        "A route leads to the instance.", "delete the route entries that point at the instance first"
    ),
    "DependencyViolation.SLBConfiguring": Advice(
        "A load balancer uses the instance.",
        "remove the instance from its load balancer, or wait until that is done",
    ),
    "DependencyViolation.InstanceType": Advice(
        "The instance can't become one of that type.", "choose another instance_type, or replace the instance"
    ),
    "DependencyViolation.WindowsInstance": Advice(
        "Windows knows no key pairs.", "use password in place of key_pair_name, or an image_id of Linux"
    ),
    "InstanceSpecModification.NotEffective": Advice("A change of type is booked already.", _WAIT_FOR_IT),
    "Downgrade.NotSupported": Advice(
        "It can't be made smaller.", "choose a larger instance_type, or replace it"
    ),
    "InvalidAction.NotSupport": Advice(
        "The type of an instance on a dedicated host can't be changed.",
        "keep instance_type, or replace the instance",
    ),
    "InvalidInstance.EipNotSupport": Advice(
        "The instance has an elastic IP address.", "take the elastic IP address off it first"
    ),
    "CategoryViolation": Advice(
        "An instance with local disks can't be changed so.", "keep instance_type, or replace the instance"
    ),
    "InstanceType.ParameterMismatch": Advice(
        "Stopping would erase the instance's local disks.",
        "stop it in the console, where that can be confirmed",
    ),
    "InvalidInstanceId.NotSupport": Advice(
        "The instance can't be stopped without charge.", "set stopped_mode='KeepCharging'"
    ),
    "InvalidImageId.NotFound": Advice(
        "The image doesn't exist.",
        "check image_id: images belong to a region; it must be one of yours or public",
    ),
    "OperationDenied.ImageNotValid": Advice("The image is disabled or deleted.", "choose another image_id"),
    "InvalidMarketImage.NotFound": Advice("The marketplace image doesn't exist.", "choose another image_id"),
    "ImageNotSubscribed": Advice(
        "The marketplace image isn't subscribed to.",
        "subscribe to it in the Marketplace, or choose another image_id",
    ),
    "ImageRemovedInMarket": Advice("The marketplace has dropped the image.", "choose another image_id"),
    "ImageNotSupportInstanceType": Advice(
        "The image doesn't run on the instance type.", "choose another image_id or instance_type"
    ),
    "ImageNotSupportCloudInit": Advice(
        "The image has no cloud-init.", "leave out user_data and key_pair_name, or choose another image_id"
    ),
    "InvalidKeyPairName.NotFound": Advice("The key pair doesn't exist in the region.", "check key_pair_name"),
    "InvalidRamRole.NotFound": Advice("The RAM role doesn't exist.", _ROLE),
    "InvalidRamRole.NotEcsRole": Advice("The RAM role isn't one for instances.", _ROLE),
    "EntityNotExist.Role": Advice("The RAM role doesn't exist.", _ROLE),
    "InvalidInstanceName.Malformed": Advice(
        "The name isn't allowed.",
        "choose an instance_name of 2 to 128 letters, digits, '.', ':', '_' and '-' that starts with a letter",
    ),
    "InvalidDescription.Malformed": Advice(
        "The description isn't allowed.",
        "choose a description of 2 to 256 characters without http:// at its start",
    ),
    "InvalidHostName.Malformed": Advice(
        "The host name isn't allowed.", "check host_name: Windows takes 2 to 15 characters, Linux 2 to 64"
    ),
    "HOSTNAME_ILLEGAL": Advice(
        "The host name isn't allowed.", "check host_name: Windows takes 2 to 15 characters, Linux 2 to 64"
    ),
    "InvalidPassword.Malformed": Advice(
        "The password is too simple.",
        "choose a password of 8 to 30 characters with three of: capital letters, small letters, digits, signs",
    ),
    "InvalidHostPassword.Malformed": Advice(
        "The password is too simple.",
        "choose a password of 8 to 30 characters with three of: capital letters, small letters, digits, signs",
    ),
    "InvalidUserData.SizeExceeded": Advice("The user data is too long.", "shorten user_data"),
    "InvalidUserData.NotSupported": Advice(
        "The instance type takes no user data.", "leave out user_data, or choose another instance_type"
    ),
    "InvalidUserData.Forbidden": Advice("The account may not give user data.", _TICKET),
    "InvalidPeriod": Advice("The period isn't sold.", _PERIODS),
    "InvalidPeriod.UnitMismatch": Advice("Period and unit don't fit.", _PERIODS),
    "InvalidPeriod.ExceededDedicatedHost": Advice(
        "The subscription would outlast the dedicated host's.",
        "choose a shorter period, or renew the host first",
    ),
    "InvalidPeriodType.ValueNotSupported": Advice("The unit isn't known.", _PERIODS),
    "InvalidAutoRenewPeriod.ValueNotSupported": Advice(
        "The renewal period isn't sold.", "choose an auto_renew_period that period_unit is sold for"
    ),
    "InvalidAutoReleaseTime.Malformed": Advice(
        "The release time isn't allowed.",
        "give auto_release_time as yyyy-MM-ddTHH:mm:ssZ, from half an hour to three years from now",
    ),
    "InvalidInstanceChargeType.ValueNotSupported": Advice(
        "The charge type isn't possible here.", "choose another instance_charge_type"
    ),
    "InvalidSpotStrategy": Advice("The spot strategy isn't known.", "check spot_strategy"),
    "InvalidSpotPrepaid": Advice(
        "A subscription can't be a spot instance.",
        "use instance_charge_type='PostPaid', or spot_strategy='NoSpot'",
    ),
    "InvalidSpotPriceLimit": Advice(
        "The price limit isn't allowed.", "give spot_price_limit up to three decimals"
    ),
    "InvalidSpotPriceLimit.LowerThanPublicPrice": Advice(
        "The price limit is below the market price.",
        "raise spot_price_limit, or use spot_strategy='SpotAsPriceGo'",
    ),
    "OperationDenied.SpotPriceLowerThanPublicPrice": Advice(
        "The price limit is below the market price.",
        "raise spot_price_limit, or use spot_strategy='SpotAsPriceGo'",
    ),
    "InvalidSpotAliUid": Advice("The account may not use spot instances.", "use spot_strategy='NoSpot'"),
    "InvalidDedicatedHostId.NotFound": Advice("The dedicated host doesn't exist.", "check dedicated_host_id"),
    "DedicatedHostType.Unmatched": Advice(
        "The dedicated host doesn't take the instance type.",
        "choose another instance_type or dedicated_host_id",
    ),
    "ChargeTypeViolation.PostPaidDedicatedHost": Advice(
        "A subscription can't run on a host billed by use.",
        "use instance_charge_type='PostPaid', or another dedicated_host_id",
    ),
    "InvalidParameter.Conflict": Advice(
        "Arguments contradict each other.", "change the arguments that the sentence names"
    ),
    "InvalidParameter.NotMatch": Advice(
        "Arguments contradict each other.", "change the arguments that the sentence names"
    ),
    "InvalidParameter.Mismatch": Advice(
        "Arguments don't belong together.",
        "choose a vswitch_id in zone_id, and security_group_ids of its VPC",
    ),
    "DryRunOperation": Advice("A dry run was asked for, and went well.", _REPORT),
}

DISK: Topic = {
    "InvalidSystemDiskCategory.ValueNotSupported": Advice(
        "The system disk's category isn't offered.", _DISK_KIND
    ),
    "InvalidDataDiskCategory.ValueNotSupported": Advice(
        "The data disk's category isn't offered.", _DISK_KIND
    ),
    "InvalidDiskCategory.ValueNotSupported": Advice("The disk category isn't known.", _DISK_KIND),
    "InvalidDiskCategory.NotSupported": Advice(
        "The disk category doesn't fit the instance type.", _DISK_KIND
    ),
    "InvalidDiskCategory.Mismatch": Advice("The disk categories don't go together.", _DISK_KIND),
    "CategoryNotSupported": Advice("The zone doesn't have the disk category.", _DISK_KIND),
    "OperationDenied.ZoneSystemCategoryNotMatch": Advice(
        "The zone doesn't have the disk category.", _DISK_KIND
    ),
    "InvalidSystemDiskSize.LessThanImageSize": Advice(
        "The system disk is smaller than the image.", "raise system_disk.size to the image's size"
    ),
    "InvalidSystemDiskSize.LessThanMinSize": Advice(
        "The system disk is too small.", "raise system_disk.size"
    ),
    "InvalidSystemDiskSize.ValueNotSupported": Advice(
        "The size isn't allowed for the category.", "change system_disk.size or system_disk.category"
    ),
    "InvalidSystemDiskSize.ImageNotSupportResize": Advice(
        "The image's disk can't grow.", "leave out system_disk.size, or choose another image_id"
    ),
    "InvalidDataDiskSize.ValueNotSupported": Advice(
        "The size isn't allowed for the category, or for the snapshot.",
        "change the data disk's size or category",
    ),
    "InvalidDiskSize": Advice("A disk can only grow.", "raise the disk's size, or replace the instance"),
    "InvalidDiskSize.TooSmall": Advice(
        "The disk is smaller than its snapshot, or than it was.",
        "raise the disk's size: at least its snapshot's, and never less than it was",
    ),
    "InvalidDiskSize.TooLarge": Advice("The disk is too large for its category.", "lower the disk's size"),
    "InvalidSnapshotId.NotFound": Advice("The snapshot doesn't exist.", "check the data disk's snapshot_id"),
    "InvalidDataDiskSnapshotId.NotFound": Advice(
        "The snapshot doesn't exist.", "check the data disk's snapshot_id"
    ),
    "InvalidSnapshotId.NotReady": Advice(
        "The snapshot isn't finished.", "wait until the snapshot is finished"
    ),
    "InvalidSnapshotId.NotDataDiskSnapshot": Advice(
        "The snapshot is one of a system disk.", "choose a snapshot_id of a data disk"
    ),
    "InvalidSnapshotId.BasedSnapshotTooOld": Advice(
        "Snapshots from before 15 July 2013 can't be used.", "choose a newer snapshot_id"
    ),
    "InvalidDiskName.Malformed": Advice(
        "The disk's name isn't allowed.",
        "choose a disk_name of 2 to 128 characters that starts with a letter",
    ),
    "InvalidDiskDescription.Malformed": Advice(
        "The disk's description isn't allowed.", "choose a description of 2 to 256 characters"
    ),
    "InstanceDiskNumber.LimitExceed": Advice("Too many disks for the instance type.", "use fewer data_disks"),
    "InstanceDiskNumLimitExceed": Advice("Too many disks for the instance type.", "use fewer data_disks"),
    "InstanceDiskCategoryLimitExceed": Advice(
        "Too much capacity of one category for an instance.", "use smaller or fewer data_disks"
    ),
    "InvalidDiskId.NotFound": Advice(
        "The disk doesn't exist any more.", "run `pulumi refresh`, then `pulumi up`"
    ),
    "IncorrectDiskStatus": Advice("The disk isn't in a state that allows this.", _WAIT_FOR_IT),
    "DiskError": Advice("The disk isn't in a state that allows this.", _WAIT_FOR_IT),
    "DiskCreatingSnapshot": Advice("A snapshot of the disk is being made.", _WAIT_FOR_IT),
    "DiskInArrears": Advice("The disk isn't paid.", _PAY),
    "InvalidParameter.EncryptedIllegal": Advice(
        "A key was given for a disk that isn't encrypted.", "set encrypted=True where kms_key_id is given"
    ),
    "InvalidParameter.EncryptedNotSupported": Advice(
        "The disk can't be encrypted.", "leave out encrypted, or choose another category"
    ),
    "InvalidParameter.KMSKeyId.NotFound": Advice("The key doesn't exist.", _KMS),
    "InvalidParameter.KMSKeyId.CMKNotEnabled": Advice("The key is disabled.", _KMS),
    "InvalidParameter.KMSKeyId.KMSUnauthorized": Advice("ECS may not use the key.", _KMS),
}

NETWORK: Topic = {
    "InvalidVSwitchId.NotFound": Advice("The vSwitch doesn't exist.", _VSWITCH),
    "InvalidVSwitchId.NotExist": Advice("The vSwitch doesn't exist.", _VSWITCH),
    "VpcNotFound": Advice("The vSwitch has no VPC, or another account's.", _VSWITCH),
    "IncorrectVSwitchStatus": Advice("The vSwitch is just being made or changed.", _WAIT_FOR_IT),
    "IncorrectVpcStatus": Advice("The VPC is just being made or changed.", _WAIT_FOR_IT),
    "InvalidSecurityGroupId": Advice("A security group doesn't exist.", _GROUPS),
    "InvalidSecurityGroupId.NotFound": Advice("A security group doesn't exist.", _GROUPS),
    "OperationDenied.InconsistentNetwork": Advice(
        "Security group and vSwitch are of different VPCs.", _ONE_VPC
    ),
    "SecurityGroupInstanceLimitExceed": Advice(
        "A security group has as many instances as it can.", "choose other security_group_ids"
    ),
    "JoinedGroupLimitExceed": Advice(
        "Too many security groups for an instance.", "give fewer security_group_ids"
    ),
    "InvalidPrivateIpAddress": Advice("The address isn't in the vSwitch's block.", _ADDRESS),
    "InvalidPrivateIpAddress.Malformed": Advice("The address isn't one.", _ADDRESS),
    "InvalidPrivateIpAddress.Duplicated": Advice("The address is in use.", _ADDRESS),
    "InvalidIp.IpAssigned": Advice("The address is in use.", _ADDRESS),
    "InvalidVSwitchId.IpInvalid": Advice("The address can't be used in the vSwitch.", _ADDRESS),
    "QuotaExceeded.PrivateIpAddress": Advice("The vSwitch has no free address.", "choose another vswitch_id"),
    "InvalidInternetChargeType.ValueNotSupported": Advice(
        "The charge type of the traffic isn't possible.", "choose another internet_charge_type"
    ),
    "InvalidInternetMaxBandwidthOut.Malformed": Advice(
        "The bandwidth isn't allowed.", "choose an internet_max_bandwidth_out from 0 to 100"
    ),
    "InvalidParameter.Bandwidth": Advice("The bandwidth isn't allowed.", "lower internet_max_bandwidth_out"),
    "InvalidNetworkType.Mismatch": Advice(
        "The traffic's settings don't fit the network.",
        "change internet_charge_type or internet_max_bandwidth_out",
    ),
}

TAG: Topic = {
    "InvalidTagKey.Malformed": Advice(
        "A tag's key isn't allowed.",
        "choose keys in tags of 1 to 128 characters that don't start with aliyun or acs: and have no http://",
    ),
    "InvalidTagValue.Malformed": Advice(
        "A tag's value isn't allowed.",
        "choose values in tags of up to 128 characters without acs: and http://",
    ),
    "Duplicate.TagKey": Advice("Two tags have the same key.", "let the keys in tags differ"),
    "NumberExceed.Tags": Advice("More than 20 tags.", "give 20 tags at most"),
    "QuotaExceed.Tags": Advice("More tags than the resource takes.", "give 20 tags at most"),
    "OperationDenied.QuotaExceed": Advice("More tags than the resource takes.", "give 20 tags at most"),
    "InvalidTagCount": Advice("More tags than the resource takes.", "give 20 tags at most"),
    "InvalidResourceId.NotFound": Advice("What is tagged doesn't exist any more.", ANEW),
}

ORDER: Topic = {
    "NotApplicable": Advice(
        "The account may not call the operation: it is another site's, or not a virtual network operator's.",
        "do it in the console, or ask Alibaba Cloud in a ticket to let the account do it here; its site, mainland "
        "China's or the international one, is found by itself, unless `aliyun:endpoints.bssopenapi` names an endpoint",
    ),
}

TOPICS: Mapping[str, Topic] = {
    "Credentials and permissions": ACCESS,
    "The service is busy, or has seen this before": BUSY,
    "The account": ACCOUNT,
    "What is on sale, and where": CAPACITY,
    "Capacity reservations": RESERVATION,
    "Private pools": POOL,
    "Elasticity assurances": ASSURANCE,
    "Instances": INSTANCE,
    "Disks": DISK,
    "Network": NETWORK,
    "Tags": TAG,
    "Orders (BSS)": ORDER,
}
"""All codes, by what they are about; each code stands in one topic."""

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "Invalid.PrivatePoolOptions.status": {
        "The PrivatePool has been used up.": "raise instance_amount of the reservation, make fewer instances in it, "
        "or set private_pool.match_criteria='Open', which falls back to capacity outside it",
        "The PrivatePool is expired or inactive.": "wait until the reservation is Active; if it has ended, make a "
        "new one, or use another private_pool",
        "The PrivatePool status is not valid.": "wait until the reservation is Active, and run `pulumi up` again",
        "The Instance should be created within 48 hours once the PrivatePool is started.": "make the instances "
        "within 48 hours of the reservation's start; now, replace the reservation or use another private_pool",
    },
    "Invalid.PrivatePoolOptions.MatchCriteria": {
        "Target mode does not support this operation.": "set private_pool.match_criteria='Open' (or match_criteria "
        "of the reservation), then make this change",
        "The PrivatePoolOptions.MatchCriteria does not match the PrivatePool.": "let private_pool.match_criteria "
        "be the reservation's match_criteria: 'Target' with its id, or 'Open' without one",
    },
    "Invalid.PrivatePoolOptions.Id": {
        'The specified parameter "PrivatePoolOptions.Id" should be empty.': "leave out private_pool.id, or set "
        "private_pool.match_criteria='Target'",
        "The specified PrivatePoolOptions.Id is not supported for the action.": "give the id of a capacity "
        "reservation (crp-…): other private pools can't be managed by this operation",
    },
    "Invalid.InstanceId": {
        "Instance does not exist.": ANEW,
        "The Instance dose not attached to a PrivatePool.": "run `pulumi refresh`: the instance has left its "
        "private pool",
        "Modify DedicatedHost Instance's attachment attributes is not supported.": "leave out private_pool: an "
        "instance on a dedicated host can't use one",
        "Modify Spot Instance's attachment attributes is not supported.": "leave out private_pool: a spot instance "
        "can't use one",
        "Modify Classic Network Instance's attachment attributes is not supported.": "leave out private_pool: an "
        "instance in the classic network can't use one",
    },
    "Invalid.InstanceType": {
        "The InstanceType does not match the PrivatePool.": "give the instance the instance_type of its "
        "reservation, or another private_pool",
    },
    "Invalid.ZoneId": {
        "The ZoneId does not match the PrivatePool.": "put the instance (zone_id, and with it vswitch_id) into the "
        "zone_id of its reservation, or use another private_pool",
    },
    "OperationDenied": {
        "The instance amount in the specified SecurityGroup reach its limit.": "choose other security_group_ids",
        "The current status of the resource does not support this operation.": _WAIT_FOR_IT,
        "The specified Image is disabled or is deleted.": "choose another image_id",
        "The specified instance is out of usage.": "try another instance_type, or wait",
        "The type of the disk does not support the operation.": "replace the instance, or choose another category "
        "for the disk",
        "The status of the disk or the instance that the disk is attaching with does not support the operation.": (
            _WAIT_FOR_IT
        ),
        "The current user does not support this operation.": "ask in a ticket for the operation to be opened to the "
        "account",
    },
    "MissingParameter": {
        "The input parameter StartTime is missing.": _REPORT,
        'The input parameter "VSwitchId" that is mandatory for processing this request is not supplied.': (
            "give vswitch_id"
        ),
        "The input parameter ImageId that is mandatory for processing this request is not supplied.": "give image_id",
        "The input parameter InstanceType that is mandatory for processing this request is not supplied.": (
            "give instance_type"
        ),
    },
    "InvalidParameter": {
        "The input parameter InstanceId is invalid.": "check adopt_id, or the id in the state: it isn't an instance's",
        'The specified parameter "InternetMaxBandwidthOut" is not valid.': "choose an internet_max_bandwidth_out "
        "from 0 to 100",
    },
    "InvalidParameter.Mismatch": {
        "Specified security group and virtual switch are not in the same VPC.": _ONE_VPC,
        "Specified virtual switch is not in the specified zone.": "choose a vswitch_id in zone_id, or leave zone_id "
        "out: it is the vSwitch's",
    },
    "InvalidParameter.Conflict": {
        "The specified image does not support the specified instance type.": "choose another image_id or "
        "instance_type",
    },
    "ChargeTypeViolation": {
        "Pay-As-You-Go instances do not support this operation.": "leave out what only subscriptions have "
        "(auto_renew, auto_renew_period), or use instance_charge_type='PrePaid'",
    },
    "InvalidDiskSize.TooSmall": {
        "Specified disk size is less than the size of snapshot": "raise the data disk's size to its snapshot's",
        "Specified new disk size is less than the original disk size.": "keep the disk's size, or replace the "
        "instance: a disk can only grow",
    },
    "InvalidInstanceId.NotSupport": {
        "Pre pay instance does not support this operation.": "set stopped_mode='KeepCharging': a subscription is "
        "paid already",
    },
    "Throttling": {
        "Request was denied due to request throttling, please try again after 5 minutes.": "wait five minutes, and "
        "run `pulumi up` again: this change is allowed once in that time",
    },
}
"""Where the way out depends on the sentence: code → the documented sentence → what to do."""

UNKNOWN = "look the code up in the API Error Center, https://error-center.alibabacloud.com"

_BY_CODE = {code: advice for topic in TOPICS.values() for code, advice in topic.items()}
_BY_SENTENCE = {
    (code, sentence.rstrip(". ")): do
    for code, sentences in SENTENCES.items()
    for sentence, do in sentences.items()
}


def what_to_do(code: str, action: str, message: str) -> str:
    """The way out of a refusal.

    Args:
        code: The API's error code.
        action: The operation that was refused.
        message: The API's sentence, which some codes need; the dot at its end makes no difference.
    """
    advice = _BY_CODE.get(code)
    general = advice.do if advice else UNKNOWN
    return _BY_SENTENCE.get((code, message.rstrip(". ")), general).replace("{action}", ram_action(action))
