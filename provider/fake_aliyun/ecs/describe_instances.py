"""Reading instances."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fake_aliyun import pages
from fake_aliyun.clock import utc, utc_minute
from fake_aliyun.ecs import checks, places
from fake_aliyun.ecs.model import Instance
from fake_aliyun.errors import ApiError
from fake_aliyun.operations import Answer, Operations
from fake_aliyun.parameters import Params

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account

OPERATIONS = Operations("Ecs")
_STATES = ("Pending", "Starting", "Running", "Stopping", "Stopped")
_MOST_RENEWALS = 100
# "2999-09-08T16:00Z" is what a pay-as-you-go instance shows as its end.
_NEVER = "2999-09-08T16:00Z"


@OPERATIONS(
    "RegionId! InstanceIds Status Tag.N.Key Tag.N.Value ZoneId VpcId VSwitchId InstanceType"
    " InstanceTypeFamily"
    " InstanceName InstanceChargeType ImageId KeyPairName SecurityGroupId ResourceGroupId InternetChargeType"
    " InstanceNetworkType PrivateIpAddresses PublicIpAddresses LockReason PageNumber:int PageSize:int"
    " MaxResults:int"
    " NextToken DryRun:bool Filter.N.Key Filter.N.Value DeviceAvailable:bool EipAddresses HpcClusterId"
    " HttpEndpoint HttpPutResponseHopLimit:int HttpTokens InnerIpAddresses IoOptimized:bool Ipv6Address.N"
    " RdmaIpAddresses",
    unused="AdditionalAttributes.N NeedSaleCycle:bool",
)
def describe_instances(account: Account, p: Params, now: float) -> Answer:
    """Lists instances; unknown ids are left out."""
    region_id = checks.region(p)
    filters = _filters(account, p, now)
    ids = p.ids("InstanceIds", "InvalidInstanceIds.Malformed") if p.text("InstanceIds") else None
    if _nobody_has(p):
        ids = []
    settings = account.cloud.settings
    if p.flag("DryRun"):
        raise ApiError("DryRunOperation", lasting=False)

    def fits(instance: Instance) -> bool:
        return all(each(instance) for each in filters)

    row = account.instances.in_region(region_id)
    if ids is not None:
        known = [account.instances.get(each) for each in dict.fromkeys(ids)]
        found = [each for each in known if each and each.region_id == region_id and fits(each)]
        row = sorted(found, key=lambda each: each.number)
    if p.text("MaxResults") or p.text("NextToken"):
        # "If you do not set this parameter or set it to a value less than 10, the default value is 10. If you
        # set this parameter to a value greater than 100, the default value is 100."
        size = pages.clamped(p, "MaxResults", 10)
        if ids is None:
            page, token, total = pages.by_token(
                account.instances, region_id, p, fits if filters else None, size
            )
        else:
            page, token, total = pages.behind(row, p, size)
        about = {"NextToken": token, "TotalCount": total, "PageNumber": 1, "PageSize": size}
    else:
        page, about = pages.by_number([each for each in row if fits(each)] if filters else row, p)
        about["NextToken"] = ""
    for each in page:
        each.settle(settings, now)
    return {"Instances": {"Instance": [describe(each) for each in page]}, **about}


def _nobody_has(p: Params) -> bool:
    """Tells whether a request asks for what no instance of the fake has."""
    addresses = any(p.text(name) for name in ("EipAddresses", "InnerIpAddresses", "RdmaIpAddresses"))
    always = p.flag("IoOptimized", True) and p.flag("DeviceAvailable", True)
    return addresses or bool(p.texts("Ipv6Address")) or not always


def _filters(account: Account, p: Params, now: float) -> list[Callable[[Instance], bool]]:
    """Gives the conditions of a request; none is all instances."""
    status = p.one_of("Status", _STATES)
    tags = checks.wanted_tags(p)
    private, public = p.ids("PrivateIpAddresses"), p.ids("PublicIpAddresses")
    text = p.text
    conditions: dict[str, Callable[[Instance], bool]] = {
        "Status": lambda each: each.settle(account.cloud.settings, now) == status,
        # A star stands for any characters.
        "InstanceName": lambda each: _like(each.name, text("InstanceName")),
        "SecurityGroupId": lambda each: text("SecurityGroupId") in each.security_group_ids,
        "InstanceTypeFamily": lambda each: each.instance_type.startswith(text("InstanceTypeFamily") + "."),
        "LockReason": lambda each: any(lock["LockReason"] == text("LockReason") for lock in each.locks),
        "PrivateIpAddresses": lambda each: each.private_ip in private,
        "PublicIpAddresses": lambda each: each.public_ip in public,
    }
    given = [condition for name, condition in conditions.items() if text(name)]
    other = {name: text(name) for name in _OTHER if text(name)}
    if other:
        given.append(lambda each: all(_other(each, name) == value for name, value in other.items()))
    times = checks.times(p)
    if times:
        given.append(lambda each: checks.in_times(times, each.creation_time, each.expired_time))
    equal = {attribute: text(name) for name, attribute in _EQUAL.items() if text(name)}
    if equal:
        given.append(lambda each: all(getattr(each, name) == value for name, value in equal.items()))
    if tags:
        given.append(lambda each: checks.has_tags(each.tags, tags))
    return given


# With what an instance has that was not told anything.
_OTHER = {
    "HpcClusterId": "",
    "HttpEndpoint": "enabled",
    "HttpTokens": "optional",
    "HttpPutResponseHopLimit": "0",
}


def _other(each: Instance, name: str) -> str:
    return each.other.get(name, _OTHER[name])


_EQUAL = {
    "ZoneId": "zone_id",
    "VpcId": "vpc_id",
    "VSwitchId": "vswitch_id",
    "InstanceType": "instance_type",
    "InstanceChargeType": "charge_type",
    "ImageId": "image_id",
    "KeyPairName": "key_pair_name",
    "ResourceGroupId": "resource_group_id",
    "InternetChargeType": "internet_charge_type",
    "InstanceNetworkType": "network",
}


def _like(text: str, pattern: str) -> bool:
    parts = pattern.split("*")
    if len(parts) == 1:
        return text == pattern
    if not text.startswith(parts[0]) or not text.endswith(parts[-1]):
        return False
    at = len(parts[0])
    for part in parts[1:-1]:
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return at + len(parts[-1]) <= len(text)


def describe(each: Instance) -> dict[str, Any]:
    """Writes an instance as DescribeInstances shows it."""
    form = places.shape(each.instance_type)
    return {
        "InstanceId": each.id,
        "InstanceName": each.name,
        "Description": each.description,
        "HostName": each.host_name,
        "SerialNumber": f"{each.id.removeprefix('i-'):0>20}",
        "RegionId": each.region_id,
        "ZoneId": each.zone_id,
        "ClusterId": "",
        "Status": each.status,
        "StoppedMode": each.stopped_mode if each.status == "Stopped" else "Not-applicable",
        "InstanceType": each.instance_type,
        "InstanceTypeFamily": form.family if form else "",
        "Cpu": form.cpu if form else 0,
        "Memory": form.memory_gib * 1024 if form else 0,
        "CpuOptions": {"CoreCount": max(1, form.cpu // 2) if form else 0, "ThreadsPerCore": 2, "Numa": ""},
        "GPUAmount": 0,
        "GPUSpec": "",
        "ImageId": each.image_id,
        "OSName": "Windows Server" if each.platform == "windows" else "Alibaba Cloud Linux",
        "OSNameEn": "Windows Server" if each.platform == "windows" else "Alibaba Cloud Linux",
        "OSType": each.platform,
        "IoOptimized": True,
        "InstanceNetworkType": each.network,
        "VpcAttributes": _vpc(each),
        "InnerIpAddress": {"IpAddress": []},
        "PublicIpAddress": {"IpAddress": [each.public_ip] if each.public_ip else []},
        "EipAddress": {"AllocationId": "", "InternetChargeType": "", "IpAddress": "", "Bandwidth": 0},
        "RdmaIpAddress": {"IpAddress": []},
        "NetworkInterfaces": {"NetworkInterface": [network_interface(each)]},
        "SecurityGroupIds": {"SecurityGroupId": each.security_group_ids},
        "InternetChargeType": each.internet_charge_type,
        "InternetMaxBandwidthIn": each.bandwidth_in,
        "InternetMaxBandwidthOut": each.bandwidth_out,
        "VlanId": "",
        "CreationTime": utc_minute(each.creation_time),
        "StartTime": utc_minute(each.start_time),
        "ExpiredTime": utc_minute(each.expired_time) or _NEVER,
        "AutoReleaseTime": utc_minute(each.auto_release_time),
        "InstanceChargeType": each.charge_type,
        "SaleCycle": "" if each.charge_type == "PostPaid" else each.period_unit,
        "SpotStrategy": each.spot_strategy,
        "SpotPriceLimit": each.spot_price_limit,
        "DeletionProtection": each.deletion_protection,
        "Recyclable": False,
        "DeviceAvailable": True,
        "KeyPairName": each.key_pair_name,
        "ResourceGroupId": each.resource_group_id,
        "CreditSpecification": each.other.get("CreditSpecification", ""),
        "DedicatedHostAttribute": {
            "DedicatedHostId": each.dedicated_host_id,
            "DedicatedHostName": "",
            "DedicatedHostClusterId": "",
        },
        "DedicatedInstanceAttribute": {
            "Affinity": each.other.get("Affinity", ""),
            "Tenancy": each.other.get("Tenancy", ""),
        },
        "DeploymentSetId": each.other.get("DeploymentSetId", ""),
        "HpcClusterId": each.other.get("HpcClusterId", ""),
        "SpotDuration": int(each.other.get("SpotDuration", "0")),
        "HibernationOptions": {"Configured": False},
        "MetadataOptions": {
            "HttpEndpoint": _other(each, "HttpEndpoint"),
            "HttpTokens": _other(each, "HttpTokens"),
            "HttpPutResponseHopLimit": int(_other(each, "HttpPutResponseHopLimit")),
        },
        "ImageOptions": {"LoginAsNonRoot": False},
        "EcsCapacityReservationAttr": {
            "CapacityReservationId": each.pool.id if each.pool else "",
            "CapacityReservationPreference": each.pool_criteria.lower(),
        },
        "OperationLocks": {"LockReason": each.locks},
        "Tags": checks.shown_tags(each.tags),
        "LocalStorageAmount": 0,
        "LocalStorageCapacity": 0,
    }


def _vpc(each: Instance) -> dict[str, Any]:
    return {
        "VpcId": each.vpc_id,
        "VSwitchId": each.vswitch_id,
        "NatIpAddress": "",
        "PrivateIpAddress": {"IpAddress": [each.private_ip]},
    }


def network_interface(each: Instance) -> dict[str, Any]:
    """Writes an instance's primary network interface. Its ids follow from the instance's."""
    digits = f"{int(each.id.removeprefix('i-'), 36) % 2**32:08x}"
    return {
        "NetworkInterfaceId": f"eni-{each.id.removeprefix('i-')}",
        "MacAddress": f"00:16:{digits[:2]}:{digits[2:4]}:{digits[4:6]}:{digits[6:]}",
        "PrimaryIpAddress": each.private_ip,
        "Type": "Primary",
        "PrivateIpSets": {"PrivateIpSet": [{"PrivateIpAddress": each.private_ip, "Primary": True}]},
    }


@OPERATIONS("InstanceId!")
def describe_instance_attribute(account: Account, p: Params, now: float) -> Answer:
    """Shows one instance."""
    found = checks.instance(account, p.text("InstanceId"))
    found.settle(account.cloud.settings, now)
    shown = describe(found)
    answer = {name: shown[name] for name in _ATTRIBUTES}
    return {**answer, "IoOptimized": "optimized", "CreationTime": utc(found.creation_time)}


_ATTRIBUTES = (
    "ClusterId",
    "Cpu",
    "CreditSpecification",
    "DedicatedHostAttribute",
    "Description",
    "EipAddress",
    "ExpiredTime",
    "HostName",
    "ImageId",
    "InnerIpAddress",
    "InstanceChargeType",
    "InstanceId",
    "InstanceName",
    "InstanceNetworkType",
    "InstanceType",
    "InternetChargeType",
    "InternetMaxBandwidthIn",
    "InternetMaxBandwidthOut",
    "Memory",
    "OperationLocks",
    "PublicIpAddress",
    "RegionId",
    "SecurityGroupIds",
    "SerialNumber",
    "Status",
    "StoppedMode",
    "VlanId",
    "VpcAttributes",
    "ZoneId",
)


@OPERATIONS("RegionId! InstanceId.N ZoneId PageNumber:int PageSize:int", unused="ClusterId")
def describe_instance_status(account: Account, p: Params, now: float) -> Answer:
    """Lists the states of instances."""
    region_id = checks.region(p)
    ids = p.texts("InstanceId")
    row = chosen(account, region_id, ids)
    row = [each for each in row if p.text("ZoneId", each.zone_id) == each.zone_id]
    # "The number of entries per page for paging. Valid values: 1 to 50. Default value: 10."
    page, about = pages.by_number(row, p, most=50)
    return {
        "InstanceStatuses": {
            "InstanceStatus": [
                {"InstanceId": each.id, "Status": each.settle(account.cloud.settings, now)} for each in page
            ]
        },
        **about,
    }


def chosen(account: Account, region_id: str, ids: list[str]) -> list[Instance]:
    """Gives a region's instances, or those of the given ids that are there."""
    if not ids:
        return account.instances.in_region(region_id)
    known = (account.instances.get(each) for each in dict.fromkeys(ids))
    return [each for each in known if each and each.region_id == region_id]


@OPERATIONS("RegionId! InstanceId!")
def describe_user_data(account: Account, p: Params, now: float) -> Answer:
    """Shows an instance's user data."""
    region_id = checks.region(p)
    found = checks.instance(account, p.text("InstanceId"))
    return {"RegionId": region_id, "InstanceId": found.id, "UserData": found.user_data}


@OPERATIONS("RegionId! InstanceId.N PageNumber:int PageSize:int")
def describe_instance_maintenance_attributes(account: Account, p: Params, now: float) -> Answer:
    """Lists maintenance attributes: what every instance has from the start."""
    row = chosen(account, checks.region(p), p.texts("InstanceId"))
    page, about = pages.by_number(row, p)
    shown = [
        {
            "InstanceId": each.id,
            "MaintenanceWindows": {"MaintenanceWindow": []},
            "NotifyOnMaintenance": each.other.get("NotifyOnMaintenance") == "true",
            "ActionOnMaintenance": {
                "Value": each.other.get("ActionOnMaintenance", "AutoRecover"),
                "DefaultValue": "AutoRecover",
                "SupportedValues": {"SupportedValue": ["Stop", "AutoRecover", "AutoRedeploy"]},
            },
        }
        for each in page
    ]
    return {"MaintenanceAttributes": {"MaintenanceAttribute": shown}, **about}


@OPERATIONS("RegionId! InstanceId RenewalStatus PageNumber:int PageSize:int")
def describe_instance_auto_renew_attribute(account: Account, p: Params, now: float) -> Answer:
    """Lists how prepaid instances are renewed."""
    region_id = checks.region(p)
    ids = p.text("InstanceId").split(",") if p.text("InstanceId") else []
    # "You must specify at least one of the InstanceId and RenewalStatus parameters." "… up to 100 subscription
    # instance IDs at a time."
    if not ids and not p.text("RenewalStatus"):
        raise ApiError("MissingParameter", "InstanceId or RenewalStatus is required.")
    if len(ids) > _MOST_RENEWALS:
        raise ApiError("InvalidParameter", f"InstanceId takes at most {_MOST_RENEWALS} ids.")
    for each in ids:
        checks.instance(account, each)
    wanted = p.one_of("RenewalStatus", ("AutoRenewal", "Normal", "NotRenewal"))
    row = [
        each
        for each in chosen(account, region_id, ids)
        if each.charge_type == "PrePaid" and wanted in ("", each.renewal_status)
    ]
    page, about = pages.by_number(row, p)
    shown = [
        {
            "InstanceId": each.id,
            "AutoRenewEnabled": each.renewal_status == "AutoRenewal",
            "RenewalStatus": each.renewal_status,
            "Duration": each.auto_renew_period,
            "PeriodUnit": each.period_unit,
        }
        for each in page
    ]
    return {"InstanceRenewAttributes": {"InstanceRenewAttribute": shown}, **about}


def ids_of(p: Params, name: str = "InstanceIds") -> list[str]:
    """Reads a required JSON list of instance ids."""
    ids = p.ids(name, "InvalidInstanceIds.Malformed")
    if not ids:
        raise ApiError("InvalidInstanceIds.Malformed", f"{name} is a list such as {json.dumps(['i-1'])}.")
    return ids
