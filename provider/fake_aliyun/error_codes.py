"""Error codes with their HTTP status and sentence: what is documented, as data.

`DOCUMENTED` holds every row of the error tables of CreateCapacityReservation, ReleaseCapacityReservation,
ReleaseInstance (BSS) and DeleteInstance. `COMMON` holds what the gateway and the other operations answer;
where a vendor page could not be consulted, the sentence is an assumption and the code is the one that clients
look for.
"""

from __future__ import annotations

Row = tuple[int, str, str]

COMMON: tuple[Row, ...] = (
    (
        400,
        "MissingParameter",
        "The input parameter that is mandatory for processing this request is not supplied.",
    ),
    (400, "InvalidParameter", "The specified parameter is not valid."),
    (404, "InvalidAction.NotFound", "Specified api is not found, please check your url and method."),
    (400, "InvalidVersion", "Specified parameter Version is not valid."),
    (404, "InvalidAccessKeyId.NotFound", "Specified access key is not found."),
    (400, "MissingAccessKeyId", "AccessKeyId is mandatory for this action."),
    (400, "MissingSignature", "Signature is mandatory for this action."),
    (400, "MissingSignatureNonce", "SignatureNonce is mandatory for this action."),
    (400, "MissingTimestamp", "Timestamp is mandatory for this action."),
    (400, "IncompleteSignature", "The request signature does not conform to Aliyun standards."),
    (400, "SignatureDoesNotMatch", "Specified signature is not matched with our calculation."),
    (400, "SignatureNonceUsed", "Specified signature nonce was used already."),
    (400, "InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted."),
    (400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired."),
    (400, "UnsupportedSignatureMethod", "The specified SignatureMethod is not supported."),
    (400, "MissingSecurityToken", "SecurityToken is mandatory for this action."),
    (400, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired."),
    (400, "InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed."),
    (
        400,
        "InvalidSecurityToken.MismatchWithAccessKey",
        "Specified SecurityToken mismatch with the AccessKey.",
    ),
    (400, "Throttling", "Request was denied due to request throttling."),
    (400, "Throttling.User", "Request was denied due to user flow control."),
    (400, "Throttling.Api", "Request was denied due to api flow control."),
    (400, "Throttling.ConcurrentLimitExceeded", "Request was denied due to concurrent limit exceeded."),
    (400, "Rejected.Throttling", "Request was denied due to request throttling."),
    (503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server."),
    (403, "LastTokenProcessing", "The last token request is processing."),
    (400, "InvalidClientToken.ValueNotSupported", "The ClientToken provided is invalid."),
    (400, "DryRunOperation", "Request validation has been passed with DryRun flag set."),
    (404, "InvalidRegionId.NotFound", "The specified RegionId does not exist."),
    (404, "InvalidDiskId.NotFound", "The specified disk does not exist."),
    (404, "InvalidImageId.NotFound", "The specified ImageId does not exist."),
    (404, "InvalidVSwitchId.NotFound", "The specified VSwitchId does not exist."),
    (404, "InvalidSecurityGroupId.NotFound", "The specified SecurityGroupId does not exist."),
    (404, "InvalidKeyPairName.NotFound", "The specified KeyPairName does not exist."),
    (404, "InvalidResourceId.NotFound", "The specified ResourceId does not exist."),
    (403, "QuotaExceed.ElasticQuota", "The number of the specified ECS instances has exceeded the quota."),
    (400, "NumberExceed.Tags", "The maximum number of tags is exceeded."),
    (400, "NumberExceed.ResourceIds", "The maximum number of resource ids is exceeded."),
    (400, "Duplicate.TagKey", "The tag keys are duplicated."),
    (400, "InvalidTagKey.Malformed", "The specified Tag.n.Key is not valid."),
    (400, "InvalidTagValue.Malformed", "The specified Tag.n.Value is not valid."),
    (400, "InvalidResourceType.NotFound", "The specified ResourceType does not exist."),
    (400, "InvalidParameter.TokenValue", "The specified NextToken is not valid."),
    (403, "InstanceLastSecurityGroup", "You cannot remove the last security group of the instance."),
    (
        403,
        "InvalidInstanceId.AlreadyExists",
        "The specified instance already exists in the specified security group.",
    ),
    (403, "InstanceNotInSecurityGroup", "The instance is not in the specified security group."),
    (
        400,
        "InstanceSecurityGroupLimitExceeded",
        "The maximum number of security groups of an instance is exceeded.",
    ),
    (400, "InvalidInstanceStatus.NotStopped", "The specified instance is not stopped."),
    (404, "EntityNotExist.Role", "The specified role does not exist."),
)

DOCUMENTED: tuple[Row, ...] = (
    (400, "MissingParameter.RegionId", "The specified RegionId should not be null."),
    (400, "InvalidParameter.Name", "The specified PrivatePoolOptions.Name is invalid."),
    (400, "InvalidParameter.PrivatePoolOptions.Ids", "The specified PrivatePoolOptions.Ids is invalid."),
    (400, "DedicatedHostNotSupported", "DedicatedHost is not supported for PrivatePool."),
    (400, "SpotNotSupported", "Spot is not supported for PrivatePool."),
    (400, "ClassicNetworkNotSupported", "Classic network is not supported for PrivatePool."),
    (400, "Invalid.InstanceId", "Instance does not exist."),
    (400, "Invalid.PrivatePoolOptions.MatchCriteria", "Target mode does not support this operation."),
    (
        400,
        "MissingParameter.PrivatePoolOptions.Id",
        "The specified PrivatePoolOptions.Id should not be null.",
    ),
    (400, "Invalid.PrivatePoolOptions.Id", "The PrivatePool does not exist."),
    (400, "Invalid.InstanceType", "The InstanceType does not match the PrivatePool."),
    (400, "Invalid.InstanceChargeType", "The InstanceChargeType does not match the PrivatePool."),
    (400, "Invalid.ZoneId", "The ZoneId does not match the PrivatePool."),
    (400, "Invalid.PrivatePoolOptions.status", "The PrivatePool has been used up."),
    (
        400,
        "Invalid.PrivatePoolOptions.MatchCriteria",
        "The PrivatePoolOptions.MatchCriteria does not match the PrivatePool.",
    ),
    (400, "InvalidPlatform.ValueNotSupported", "The Platform does not match the PrivatePool."),
    (400, "Invalid.PrivatePoolOptions.status", "The PrivatePool is expired or inactive."),
    (400, "Invalid.PrivatePoolOptions.status", "The PrivatePool status is not valid."),
    (
        400,
        "Invalid.PrivatePoolOptions.status",
        "The Instance should be created within 48 hours once the PrivatePool is started.",
    ),
    (400, "InvalidAliUid", "The PrivatePool does not belong to the user of the Instance."),
    (400, "Invalid.InstanceId", "The Instance dose not attached to a PrivatePool."),
    (400, "MissingParameter.PackageType", 'The specified parameter "PackageType" can not be empty.'),
    (
        400,
        "MissingParameter.PrivatePoolOptions.Ids",
        'The specified parameter "PrivatePoolOptions.Ids" can not be empty.',
    ),
    (
        400,
        "MissingParameter.PrivatePoolOptions.Id",
        'The specified parameter "PrivatePoolOptions.Id" can not be empty.',
    ),
    (
        400,
        "MissingParameter.InstanceCpuCoreCount",
        'The specified parameter "InstanceCpuCoreCount" can not be empty.',
    ),
    (400, "MissingParameter.InstanceAmount", 'The specified parameter "InstanceAmount" can not be empty.'),
    (
        400,
        "MissingParameter.InstanceCpuCoreCountOrInstanceAmount",
        (
            'The specified parameter "InstanceCpuCoreCount" and "InstanceAmount" must not be empty at the'
            " same time."
        ),
    ),
    (400, "Invalid.TooManyPrivatePoolOptions.Ids", "Too many PrivatePoolOptions.Ids in this request."),
    (400, "Invalid.TooManyZoneIds", "Too many ZoneIds in the request."),
    (400, "Invalid.TooManyInstanceTypes", "Too many InstanceTypes in the request."),
    (400, "Invalid.TooManyUnpaidPrivatePool", "Too many PrivatePools create but still unpaid."),
    (
        400,
        "Invalid.InstanceCpuCoreCountOrInstanceAmount",
        "Both InstanceCpuCoreCount and InstanceAmount are provided.",
    ),
    (
        400,
        "Invalid.PrivatePoolOptions.Ids",
        'The specified parameter "PrivatePoolOptions.Ids" exist invalid element Id.',
    ),
    (400, "Invalid.PackageType", 'The specified parameter "PackageType" is invalid.'),
    (400, "Invalid.PrivatePool.Purchase", "The PrivatePool has already paid."),
    (400, "Invalid.AssuranceTimes.NotSupported", "The value of AssuranceTimes is not supported."),
    (400, "Invalid.TooManyInstanceTypes", 'The specified parameter "InstanceType" should only has one item.'),
    (
        400,
        "Invalid.PrivatePoolOptions.MatchCriteria",
        'The specified parameter "PrivatePoolOptions.MatchCriteria" is invalid.',
    ),
    (400, "RepeatStartPrivatePool", "PrivatePool has already been started."),
    (
        400,
        "Invalid.PrivatePoolOptions.Id",
        'The specified parameter "PrivatePoolOptions.Id" should be empty.',
    ),
    (400, "Invalid.InstanceId", "Modify DedicatedHost Instance's attachment attributes is not supported."),
    (400, "Invalid.InstanceId", "Modify Spot Instance's attachment attributes is not supported."),
    (400, "Invalid.InstanceId", "Modify Classic Network Instance's attachment attributes is not supported."),
    (
        400,
        "Invalid.Action.ReleaseCapacityReservation",
        (
            "Release action is not supported when using Limited endTimeType, please change it to Unlimited"
            " first."
        ),
    ),
    (
        400,
        "Invalid.PrivatePoolOptions.Id",
        "The specified PrivatePoolOptions.Id is not supported for the action.",
    ),
    (
        400,
        "InvalidOperation.ReleasePrivatePoolUnsupported",
        "The specified private pool does not support release.",
    ),
    (
        400,
        "InvalidPermission.ResourceShareAssocoated",
        "The current resource is associated to a shared relationship and cannot be released.",
    ),
    (
        500,
        "InternalError",
        "The request processing has failed due to some unknown error, exception or failure.",
    ),
    (400, "InvalidParameter.RegionId", "The specified RegionId is invalid."),
    (400, "NoStock", "The stock in the availability zone is insufficient."),
    (400, "MissingParameter", "The input parameter StartTime is missing."),
    (400, "OperationDenied", "The specified instanceType or zone is not available or not authorized."),
    (
        400,
        "InvalidStartTime.NotSupported",
        (
            "The specified StartTime should be within 180 calendar days from the current date, and you must"
            " specify a precision to hour."
        ),
    ),
    (400, "InvalidStartTime.MalFormed", "The specified StartTime is out of the permitted range."),
    (400, "Invalid.PrivatePoolOptionsName.MalFormed", "The specified PrivatePoolOptions.Name is not valid."),
    (400, "Invalid.ZoneId", "The specified ZoneId is not valid."),
    (400, "Invalid.InstanceType", "The specified InstanceType is not valid."),
    (400, "Invalid.TimeSlot", "The param time slot is invalid."),
    (400, "Invalid.EndTime", 'The specified parameter "EndTime" is not valid.'),
    (400, "StartTime.NotNeed", 'The specified parameter "StartTime" should leave empty.'),
    (
        400,
        "AccountForbidden.ProductCreationLimited",
        "The commodity must be officially operated by Aliyun and in pay-as-you-go billing method.",
    ),
    (400, "RegionUnauthorized", "There is no authority to create private pool in the specified region."),
    (
        400,
        "PriceNotFound",
        "The price of your queried resource is not available now, please try other resources.",
    ),
    (403, "Zone.NotOpen", "The specified zone is not granted to you to buy resources yet."),
    (403, "InvalidResourceType.NotSupported", "%s"),
    (
        403,
        "OperationDenied.NoStock",
        (
            "The resource is out of stock in the specified zone. Please try other types, or choose other"
            " regions and zones."
        ),
    ),
    (403, "InvalidInstanceType.NotSupported", "The specified InstanceType is invalid."),
    (403, "Invalid.ZoneIds", "At least one of the specified ZoneIds are invalid."),
    (403, "Zone.NotOnSale", "The specified zone is not available for purchase."),
    (404, "InvalidZoneId.NotFound", "The specified zoneId does not exist."),
    (404, "InvalidResourceGroup.NotFound", "The ResourceGroup provided does not exist in our records."),
    (
        400,
        "IdempotentParameterMismatch",
        (
            "The request uses the same client token as a previous, but non-identical request. Do not reuse a"
            " client token with different requests, unless the requests are identical."
        ),
    ),
    (400, "DependencyViolation.RouteEntry", "Specified instance is used by route entry."),
    (
        400,
        "DependencyViolation.SLBConfiguring",
        "Specified operation is denied as your instance is using by another product.",
    ),
    (400, "InvalidParameter", "The input parameter InstanceId is invalid."),
    (403, "ChargeTypeViolation", "The operation is not permitted due to charge type of the instance."),
    (
        400,
        "InvalidOperation.DeletionProtection",
        'The operation is not allowed due to "{0}" is protected by deletion protection.',
    ),
    (403, "IncorrectInstanceStatus", "The current status of the resource does not support this operation."),
    (
        403,
        "IncorrectInstanceStatus.Initializing",
        "The specified instance status does not support this operation.",
    ),
    (
        403,
        "InstanceLockedForSecurity",
        "The specified operation is denied as your instance is locked for security reasons.",
    ),
    (404, "InvalidInstanceId.NotFound", "The specified InstanceId does not exist."),
)
