"""RunInstances: from one to a hundred instances at once; CreateInstance: one, which doesn't start."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from typing import TYPE_CHECKING

from fake_aliyun.clock import parse_utc
from fake_aliyun.ecs import checks, disks, places, pools
from fake_aliyun.ecs.model import Instance
from fake_aliyun.ecs.periods import CHARGE_TYPES, auto_renewal, extended, period
from fake_aliyun.ecs.power import end
from fake_aliyun.errors import ApiError
from fake_aliyun.operations import Answer, Operations
from fake_aliyun.parameters import Params

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account

OPERATIONS = Operations("Ecs")
_MOST_GROUPS = 5
_HALF_AN_HOUR = 30 * 60.0
_THREE_YEARS = 3 * 365.25 * 24 * 3600
_USER_DATA_KIB = 32
_LONGEST_ON_WINDOWS = 15
_PASSWORD = re.compile(r"[A-Za-z0-9()`~!@#$%^&*\-_+=|{}\[\]:;'\"\\<>,.?/]{8,30}")
_HOST_NAME = re.compile(r"[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*")
_ORDERED = re.compile(r"(.*)\[(\d*),(\d*)\](.*)")

_UNUSED = (
    "AdditionalInfo.EnableHighDensityMode:bool CpuOptions.Core:int CpuOptions.Numa"
    " CpuOptions.ThreadsPerCore:int CpuOptions.TopologyType CpuOptions.NestedVirtualization"
    " HibernationOptions.Configured:bool SchedulerOptions.DedicatedHostClusterId"
    " SchedulerOptions.ManagedPrivateSpaceId SecurityOptions.ConfidentialComputingMode"
    " SecurityOptions.TrustedSystemMode SecurityOptions.EnableSecureBoot:bool"
    " SystemDisk.AutoSnapshotPolicyId SystemDisk.EncryptAlgorithm SystemDisk.ProvisionedIops:int"
    " SystemDisk.StorageClusterId Arn.N.AssumeRoleFor:int Arn.N.RoleType Arn.N.Rolearn AutoPay:bool"
    " ClockOptions.PtpStatus DataDisk.N.AutoSnapshotPolicyId DataDisk.N.EncryptAlgorithm"
    " DataDisk.N.ProvisionedIops:int DataDisk.N.StorageClusterId DeploymentSetGroupNo:int ImageFamily"
    " ImageOptions.LoginAsNonRoot:bool IoOptimized Ipv6Address.N Ipv6AddressCount:int Isp ManagedHostId"
    " NetworkInterface.N.DeleteOnRelease:bool NetworkInterface.N.Description"
    " NetworkInterface.N.Ipv6Address.N NetworkInterface.N.Ipv6AddressCount:int"
    " NetworkInterface.N.NetworkCardIndex:int NetworkInterface.N.NetworkInterfaceId"
    " NetworkInterface.N.NetworkInterfaceName NetworkInterface.N.NetworkInterfaceTrafficMode"
    " NetworkInterface.N.QueueNumber:int NetworkInterface.N.QueuePairNumber:int"
    " NetworkInterface.N.RxQueueSize:int NetworkInterface.N.SecondaryPrivateIpAddressCount:int"
    " NetworkInterface.N.SourceDestCheck:bool NetworkInterface.N.TxQueueSize:int"
    " NetworkInterfaceQueueNumber:int NetworkOptions.BandwidthWeighting"
    " NetworkOptions.EnableJumboFrame:bool NetworkOptions.EnableNetworkEncryption:bool NetworkType"
    " PasswordInherit:bool PrivateDnsNameOptions.EnableInstanceIdDnsAAAARecord:bool"
    " PrivateDnsNameOptions.EnableInstanceIdDnsARecord:bool PrivateDnsNameOptions.EnableIpDnsARecord:bool"
    " PrivateDnsNameOptions.EnableIpDnsPtrRecord:bool PrivateDnsNameOptions.HostnameType"
    " SecurityEnhancementStrategy SpotInterruptionBehavior StorageSetId StorageSetPartitionNumber:int"
)
# Shown again by the Describe operations as they came.
ECHOED = (
    "CreditSpecification",
    "HttpEndpoint",
    "HttpTokens",
    "HttpPutResponseHopLimit",
    "DeploymentSetId",
    "HpcClusterId",
    "SpotDuration",
    "Affinity",
    "Tenancy",
)


@OPERATIONS(
    "RegionId! ImageId InstanceType VSwitchId ZoneId SecurityGroupId SecurityGroupIds.N PrivatePoolOptions.Id"
    " PrivatePoolOptions.MatchCriteria Amount:int MinAmount:int ClientToken DryRun:bool InstanceName"
    " Description HostName"
    " HostNames.N UniqueSuffix:bool Password KeyPairName UserData RamRoleName InstanceChargeType"
    " Period:int PeriodUnit"
    " AutoRenew:bool AutoRenewPeriod:int AutoReleaseTime SpotStrategy SpotPriceLimit:float DedicatedHostId"
    " DeletionProtection:bool InternetChargeType InternetMaxBandwidthIn:int InternetMaxBandwidthOut:int"
    " PrivateIpAddress ResourceGroupId Tag.N.Key Tag.N.Value LaunchTemplateId LaunchTemplateName"
    " LaunchTemplateVersion:int SystemDisk.Category SystemDisk.Size:int SystemDisk.DiskName"
    " SystemDisk.Description"
    " SystemDisk.PerformanceLevel SystemDisk.BurstingEnabled:bool SystemDisk.Encrypted:bool"
    " SystemDisk.KMSKeyId"
    " DataDisk.N.Category DataDisk.N.Size:int DataDisk.N.DiskName DataDisk.N.Description"
    " DataDisk.N.PerformanceLevel"
    " DataDisk.N.DeleteWithInstance:bool DataDisk.N.Encrypted:bool DataDisk.N.KMSKeyId DataDisk.N.SnapshotId"
    " DataDisk.N.Device DataDisk.N.BurstingEnabled:bool NetworkInterface.N.InstanceType"
    " NetworkInterface.N.VSwitchId"
    " NetworkInterface.N.SecurityGroupId NetworkInterface.N.SecurityGroupIds.N"
    " NetworkInterface.N.PrimaryIpAddress"
    " CreditSpecification HttpEndpoint HttpTokens HttpPutResponseHopLimit:int DeploymentSetId HpcClusterId"
    " SpotDuration:int Affinity Tenancy",
    unused=_UNUSED,
)
def run_instances(account: Account, p: Params, now: float) -> Answer:
    """Creates and starts instances."""
    draft = _draft(account, p, now)
    made = _make(account, p, now, draft)
    return {"InstanceIdSets": {"InstanceIdSet": made}, **_price(account, draft)}


@OPERATIONS(
    "RegionId! ImageId! InstanceType! VSwitchId ZoneId SecurityGroupId PrivatePoolOptions.Id"
    " PrivatePoolOptions.MatchCriteria ClientToken DryRun:bool InstanceName Description HostName Password"
    " KeyPairName UserData RamRoleName InstanceChargeType Period:int PeriodUnit AutoRenew:bool"
    " AutoRenewPeriod:int SpotStrategy SpotPriceLimit:float DedicatedHostId DeletionProtection:bool"
    " InternetChargeType InternetMaxBandwidthIn:int InternetMaxBandwidthOut:int PrivateIpAddress"
    " ResourceGroupId Tag.N.Key Tag.N.Value SystemDisk.Category SystemDisk.Size:int SystemDisk.DiskName"
    " SystemDisk.Description SystemDisk.PerformanceLevel DataDisk.N.Category DataDisk.N.Size:int"
    " DataDisk.N.DiskName DataDisk.N.Description DataDisk.N.PerformanceLevel"
    " DataDisk.N.DeleteWithInstance:bool DataDisk.N.Encrypted:bool DataDisk.N.KMSKeyId DataDisk.N.SnapshotId"
    " DataDisk.N.Device CreditSpecification HttpEndpoint HttpTokens HttpPutResponseHopLimit:int"
    " DeploymentSetId HpcClusterId SpotDuration:int Affinity Tenancy",
    unused="Arn.N.AssumeRoleFor:int Arn.N.RoleType Arn.N.Rolearn ClusterId DataDisk.N.EncryptAlgorithm"
    " DataDisk.N.StorageClusterId DeploymentSetGroupNo:int HibernationOptions.Configured:bool ImageFamily"
    " InnerIpAddress IoOptimized ManagedHostId NodeControllerId PasswordInherit:bool SecurityEnhancementStrategy"
    " SpotInterruptionBehavior StorageSetId StorageSetPartitionNumber:int SystemDisk.StorageClusterId"
    " UseAdditionalService:bool VlanId",
)
def create_instance(account: Account, p: Params, now: float) -> Answer:
    """Creates one instance, and leaves it stopped.

    Assumption: it has no public address before AllocatePublicIpAddress.
    """
    draft = _draft(account, p, now)
    draft.starts = False
    (made,) = _make(account, p, now, draft)
    return {"InstanceId": made, **_price(account, draft)}


def _price(account: Account, draft: Instance) -> Answer:
    """Writes the order that a prepaid instance is bought with."""
    if draft.charge_type != "PrePaid":
        return {}
    return {"OrderId": account.cloud.ids.order(), "TradePrice": 0.165}


def _make(account: Account, p: Params, now: float, draft: Instance) -> list[str]:
    """Makes instances, as many as there is capacity for."""
    amount = p.integer("Amount", 1)
    least = p.integer("MinAmount", amount)
    # "The number of ECS instances to create. Valid values: 1 to 100."
    if not 1 <= amount <= 100 or not 1 <= least <= amount:
        raise ApiError("InvalidParameter.Amount", 'The specified parameter "Amount" is not valid.')
    system, data = disks.system_disk(p), disks.data_disks(p)
    disks.fit(draft.instance_type, system, data)
    address = _private_ip(account, p, amount)
    checks.quota(account, draft.region_id, amount)
    possible = _possible(account, draft, amount, now)
    if possible < least:
        raise ApiError("OperationDenied.NoStock")
    if p.flag("DryRun"):
        # "If the check succeeds, the DryRunOperation error code is returned."
        raise ApiError("DryRunOperation", lasting=False)
    made = []
    for index in range(possible):
        instance = _copy(account, draft, p, index, possible)
        pools.occupy(account, instance, now)
        _connect(account, instance, address + index if address else None)
        disks.attach_new(account, instance, system, data, now)
        account.instances.add(instance)
        plan_release(account, instance)
        made.append(instance.id)
    return made


def _possible(account: Account, draft: Instance, amount: int, now: float) -> int:
    """Tells how many instances there is capacity for.

    "If minAmount is specified: … Instances are created based on the inventory."
    """
    left = account.cloud.settings.stock.get(f"{draft.zone_id}/{draft.instance_type}", amount)
    if draft.pool_criteria == "Target":
        return min(amount, pools.targeted(account, draft, draft.pool_wanted, now).available)
    if draft.pool_criteria == "Open":
        left += pools.open_capacity(account, draft, now)
    return min(amount, left)


def _draft(account: Account, p: Params, now: float) -> Instance:
    """Reads what all instances of the request have in common."""
    region_id = checks.region(p)
    if p.text("LaunchTemplateId") or p.text("LaunchTemplateName"):
        raise ApiError("InvalidLaunchTemplate.NotFound", "The fake serves no launch templates.", status=404)
    vswitch_id, zone_id, vpc_id = _place(account, p, region_id)
    charge_type = p.one_of("InstanceChargeType", CHARGE_TYPES, "PostPaid")
    criteria, pool_id = pools.options(p)
    spot = p.one_of("SpotStrategy", ("NoSpot", "SpotWithPriceLimit", "SpotAsPriceGo"), "NoSpot")
    # "Dedicated hosts do not support the creation of spot instances. … the SpotStrategy and SpotPriceLimit
    # settings in the request are automatically ignored."
    if p.text("DedicatedHostId"):
        spot = "NoSpot"
    pools.supported(criteria, spot_strategy=spot, dedicated_host_id=p.text("DedicatedHostId"))
    draft = Instance(
        id="",
        account=account,
        region_id=region_id,
        zone_id=zone_id,
        instance_type=_instance_type(account, p),
        image_id=_image(account, p),
        status="Pending",
        since=now,
        creation_time=now,
        start_time=now,
        name=instance_name(p, letter_first=False),
        description=checks.description(p),
        host_name=_host_name(p),
        vswitch_id=vswitch_id,
        vpc_id=vpc_id,
        security_group_ids=_security_groups(account, p),
        charge_type=charge_type,
        pool_criteria=criteria,
        pool_wanted=pool_id,
        internet_charge_type=p.one_of(
            "InternetChargeType", ("PayByTraffic", "PayByBandwidth"), "PayByTraffic"
        ),
        bandwidth_out=bandwidth(p, "InternetMaxBandwidthOut", 0),
        bandwidth_in=_bandwidth_in(p),
        key_pair_name=_key_pair(account, p),
        ram_role_name=p.text("RamRoleName"),
        user_data=user_data(p),
        resource_group_id=checks.resource_group(account, p),
        spot_strategy=spot,
        spot_price_limit=p.number("SpotPriceLimit"),
        dedicated_host_id=p.text("DedicatedHostId"),
        tags=checks.tags(p.objects("Tag")),
    )
    draft.other = {name: p.text(name) for name in ECHOED if p.text(name)}
    password(p)
    _terms(p, draft, now)
    return draft


def _terms(p: Params, draft: Instance, now: float) -> None:
    """Reads what depends on the charge type."""
    draft.deletion_protection = p.flag("DeletionProtection")
    given = p.text("AutoReleaseTime")
    if draft.charge_type == "PostPaid":
        draft.auto_release_time = auto_release_time(given, now) if given else None
        return
    if draft.deletion_protection or given:
        # "This attribute applies only to pay-as-you-go instances."
        raise ApiError("ChargeTypeViolation")
    if draft.spot_strategy != "NoSpot":
        raise ApiError(
            "InvalidParameter.SpotStrategy", 'The specified parameter "SpotStrategy" is not valid.'
        )
    draft.period_unit = p.one_of("PeriodUnit", ("Month", "Week"), "Month")
    draft.expired_time = extended(now, period(p, draft.period_unit), draft.period_unit)
    draft.auto_renew = p.flag("AutoRenew")
    draft.auto_renew_period = auto_renewal(p, draft.period_unit) if draft.auto_renew else 0
    draft.renewal_status = "AutoRenewal" if draft.auto_renew else "Normal"


def auto_release_time(given: str, now: float) -> float:
    """Reads an automatic release time.

    "If the seconds (ss) value is not 00, the release time is automatically rounded down to the current" "
    minute." "The earliest release time is half an hour after the current time." "The latest release time
    cannot be more than three years after the current time."
    """
    moment = parse_utc(given)
    if moment is None or not now + _HALF_AN_HOUR <= moment <= now + _THREE_YEARS:
        raise ApiError(
            "InvalidAutoReleaseTime.Malformed", 'The specified parameter "AutoReleaseTime" is not valid.'
        )
    return moment - moment % 60


def _primary(p: Params) -> dict[str, str]:
    """Gives the primary network interface of the request, if it is described by NetworkInterface.N."""
    for each in p.objects("NetworkInterface"):
        if each.get("InstanceType") == "Primary":
            return each
    return {}


def _place(account: Account, p: Params, region_id: str) -> tuple[str, str, str]:
    """Reads vswitch and zone; gives vswitch, zone and VPC."""
    vswitch_id = p.text("VSwitchId") or _primary(p).get("VSwitchId", "")
    if not vswitch_id:
        raise ApiError("MissingParameter", "VSwitchId is mandatory: an instance lies in a VPC.")
    known = account.known("vswitches", vswitch_id)
    if known is None:
        raise ApiError("InvalidVSwitchId.NotFound")
    zone_id = p.text("ZoneId") or known.get("zone_id") or places.zones(region_id)[0]
    if zone_id not in places.zones(region_id):
        raise ApiError("InvalidZoneId.NotFound")
    if known.get("zone_id", zone_id) != zone_id:
        raise ApiError("InvalidParameter.Conflict", "The specified VSwitchId and ZoneId conflict.")
    checks.zone_open(account, zone_id)
    return vswitch_id, zone_id, known.get("vpc_id") or vpc_of(vswitch_id)


def vpc_of(vswitch_id: str) -> str:
    """Gives the VPC of a vswitch that nobody described: the one named like it."""
    return f"vpc-{vswitch_id.removeprefix('vsw-')}"


def _instance_type(account: Account, p: Params) -> str:
    instance_type = p.text("InstanceType")
    if not instance_type:
        raise ApiError("MissingParameter", "The input parameter InstanceType is missing.")
    if places.shape(instance_type) is None or (
        account.cloud.settings.strict and not places.listed(instance_type)
    ):
        raise ApiError(
            "InvalidInstanceType.ValueNotSupported",
            "The specified InstanceType does not exist or beyond the permitted range.",
        )
    return instance_type


def _image(account: Account, p: Params) -> str:
    if p.text("ImageFamily") and not p.text("ImageId"):
        return f"m-{p.text('ImageFamily')}"
    if not p.text("ImageId"):
        raise ApiError("MissingParameter", "The input parameter ImageId is missing.")
    return _known(account, p, "ImageId", "images", "InvalidImageId.NotFound")


def _key_pair(account: Account, p: Params) -> str:
    """Reads the key pair: "For Windows instances, this parameter is ignored. The parameter is empty by default."."""
    name = _known(account, p, "KeyPairName", "key_pairs", "InvalidKeyPairName.NotFound")
    return "" if p.text("ImageId").startswith("win") else name


def _known(account: Account, p: Params, name: str, kind: str, code: str) -> str:
    value = p.text(name)
    if value and account.known(kind, value) is None:
        raise ApiError(code)
    return value


def _security_groups(account: Account, p: Params) -> list[str]:
    single, several = p.text("SecurityGroupId"), p.texts("SecurityGroupIds")
    if single and several:
        # "you cannot specify both SecurityGroupId and SecurityGroupIds.N at the same time."
        raise ApiError("InvalidParameter.Conflict", "SecurityGroupId and SecurityGroupIds.N conflict.")
    primary = _primary(p)
    groups = several or [single or primary.get("SecurityGroupId", "")]
    groups = [each for each in groups if each] or [
        value for name, value in sorted(primary.items()) if name.startswith("SecurityGroupIds.")
    ]
    if not groups:
        raise ApiError("MissingParameter", "The input parameter SecurityGroupId is missing.")
    return security_groups(account, groups)


def security_groups(account: Account, groups: list[str]) -> list[str]:
    """Checks the security groups of an instance: 1 to 5, each there."""
    if len(groups) > _MOST_GROUPS:
        raise ApiError("InstanceSecurityGroupLimitExceeded")
    for each in groups:
        if account.known("security_groups", each) is None:
            raise ApiError("InvalidSecurityGroupId.NotFound")
    return list(dict.fromkeys(groups))


def instance_name(p: Params, *, letter_first: bool = True) -> str:
    """Reads an instance's name.

    "The name must be 2 to 128 characters in length. It can contain letters and digits in Unicode, and can
    include colons (:), underscores (_), periods (.), and hyphens (-)." In batches also square brackets and
    commas. ModifyInstanceAttribute: "It must start with a letter".
    """
    code, message = "InvalidInstanceName.Malformed", "The name is not valid."
    return checks.named(p.text("InstanceName"), ":_.-[],", code, message, letter_first=letter_first)


def host_name(text: str, *, windows: bool) -> str:
    """Checks a host name: 2 to 64 letters and digits, with single periods and hyphens between them.

    "For Windows instances: The hostname must be 2 to 15 characters in length. It cannot contain periods (.) and
    cannot contain only digits."
    """
    plain = re.sub(r"\$\{instance_id\}|\[\d*,\d*\]", "x", text)
    fits = 2 <= len(text) <= 64 and _HOST_NAME.fullmatch(plain) is not None
    if windows:
        fits = fits and len(plain) <= _LONGEST_ON_WINDOWS and "." not in plain and not plain.isdecimal()
    if text and not fits:
        raise ApiError("InvalidHostName.Malformed", "The specified HostName is not valid.")
    return text


def password(p: Params, name: str = "Password") -> str:
    """Checks a password.

    "The password must be 8 to 30 characters in length and must contain at least three of the following
    character types: uppercase letters, lowercase letters, digits, and special characters."
    """
    text = p.text(name)
    kinds = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9]")
    if text and (not _PASSWORD.fullmatch(text) or sum(bool(re.search(kind, text)) for kind in kinds) < 3):
        raise ApiError("InvalidPassword.Malformed", "The specified Password is not valid.")
    return text


def user_data(p: Params) -> str:
    """Checks user data.

    "The data must be Base64-encoded. The size of instance user data cannot exceed 32 KB before Base64"
    " encoding."
    """
    text = p.text("UserData")
    try:
        plain = base64.b64decode(text.encode(), validate=True)
    except (binascii.Error, ValueError):
        raise ApiError("InvalidUserData.Base64FormatInvalid", "The UserData is not valid Base64.") from None
    if len(plain) > _USER_DATA_KIB * 1024:
        raise ApiError("InvalidUserData.SizeExceeded", "The UserData exceeds 32 KB.")
    return text


def bandwidth(p: Params, name: str, default: int, most: int = 100) -> int:
    """Reads an outbound bandwidth: 0 to 100 Mbit/s, in one case more."""
    value = p.integer(name, default)
    if not 0 <= value <= most:
        raise ApiError(
            "InvalidInternetMaxBandwidthOut.ValueNotSupported", f'"{name}" is between 0 and {most}.'
        )
    return value


def _private_ip(account: Account, p: Params, amount: int) -> ipaddress.IPv4Address | None:
    """Reads the first private address; a batch takes consecutive ones."""
    given = p.text("PrivateIpAddress") or _primary(p).get("PrimaryIpAddress", "")
    if not given:
        return None
    return free_address(account, given, amount)


def free_address(account: Account, given: str, amount: int = 1) -> ipaddress.IPv4Address:
    """Checks that a private address, and those that follow it, are free."""
    try:
        first = ipaddress.IPv4Address(given)
        taken = any(str(first + index) in account.private_ips for index in range(amount))
    except ValueError:
        raise ApiError("InvalidPrivateIpAddress.Malformed", "The PrivateIpAddress is not valid.") from None
    if taken:
        raise ApiError("InvalidPrivateIpAddress.Duplicated", "The PrivateIpAddress is in use.")
    return first


def _host_name(p: Params) -> str:
    """Reads HostName or HostNames.N: "you cannot specify both HostName and HostNames.N at the same time"."""
    windows = p.text("ImageId").startswith("win")
    one, several = p.text("HostName"), p.texts("HostNames")
    if one and several:
        raise ApiError("InvalidParameter.Conflict", "HostName and HostNames.N conflict.")
    for each in several:
        host_name(each, windows=windows)
    return host_name(one, windows=windows)


def _bandwidth_in(p: Params) -> int:
    """Reads the inbound bandwidth: 1 to 10, or to the outbound one if that is more; not given, it is the most."""
    most = max(10, p.integer("InternetMaxBandwidthOut"))
    value = p.integer("InternetMaxBandwidthIn") or most
    if not 1 <= value <= most:
        raise ApiError(
            "InvalidInternetMaxBandwidthIn.Malformed",
            "The specified parameter internetMaxBandwidthIn is not valid.",
        )
    return value


def _copy(account: Account, draft: Instance, p: Params, index: int, amount: int) -> Instance:
    """Makes one instance of the batch: its own id, names and mutable parts."""
    instance = Instance(**{name: getattr(draft, name) for name in Instance.__slots__})
    instance.id = account.cloud.ids.resource("i", draft.region_id)
    instance.security_group_ids = list(draft.security_group_ids)
    instance.tags = dict(draft.tags)
    instance.locks, instance.dependencies, instance.disks = [], [], []
    instance.other = dict(draft.other)
    suffix = p.flag("UniqueSuffix") and amount > 1
    names = p.texts("HostNames")
    host = names[index] if index < len(names) else _numbered(draft.host_name, index, suffix)
    # "The default value is the InstanceId of the instance."
    instance.name = _numbered(draft.name, index, suffix) or instance.id
    instance.host_name = host.replace("${instance_id}", instance.id) or "iZ" + instance.id[2:] + "Z"
    return instance


def _numbered(text: str, index: int, suffix: bool) -> str:
    """Writes a name of a batch: `prefix[begin_number,bits]suffix`, or one with 001 to 999 behind it."""
    found = _ORDERED.fullmatch(text)
    if found:
        return f"{found[1]}{int(found[2] or 0) + index:0{int(found[3] or 3)}d}{found[4]}"
    return f"{text}{index + 1:03d}" if text and suffix else text


def _connect(account: Account, instance: Instance, address: ipaddress.IPv4Address | None) -> None:
    """Gives an instance its addresses. Assumption: private ones are 172.16.0.0/12 in order."""
    while address is None or str(address) in account.private_ips:
        account.addresses_given += 1
        address = ipaddress.IPv4Address("172.16.0.0") + account.addresses_given
    instance.private_ip = str(address)
    account.private_ips.add(instance.private_ip)
    if instance.bandwidth_out > 0 and instance.starts:
        instance.public_ip = public_ip(account)


def public_ip(account: Account) -> str:
    """Gives a public address, from the range that is kept for examples and tests."""
    account.addresses_given += 1
    return str(ipaddress.IPv4Address("198.18.0.0") + account.addresses_given % 2**17)


def plan_release(account: Account, instance: Instance) -> None:
    """Has an instance released at its automatic release time."""
    planned = instance.auto_release_time
    if planned is None:
        return

    def release(moment: float) -> None:
        if instance.auto_release_time == planned and account.instances.get(instance.id) is instance:
            end(account, instance, moment)

    account.at(planned, release)
