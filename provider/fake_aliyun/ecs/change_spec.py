"""Changing what an instance is made of: type, bandwidth, place in the network."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from fake_aliyun.ecs import checks, places, pools, run_instances
from fake_aliyun.ecs.model import Instance
from fake_aliyun.errors import ApiError
from fake_aliyun.operations import Answer, Operations
from fake_aliyun.parameters import Params

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account

OPERATIONS = Operations("Ecs")
# "400 Throttling: Request was denied due to request throttling, please try again after 5 minutes." Assumption: that is
# said of a second change of the same instance's type.
_REST_S = 5 * 60.0


def _new_type(account: Account, p: Params, found: Instance, now: float) -> str:
    """Reads the new type; an instance has to be Stopped to get it."""
    instance_type = p.text("InstanceType")
    if places.shape(instance_type) is None:
        raise ApiError(
            "InvalidInstanceType.ValueNotSupported",
            "The specified InstanceType does not exist or beyond the permitted range.",
        )
    if found.settle(account.cloud.settings, now) != "Stopped":
        raise ApiError("InvalidInstanceStatus.NotStopped")
    if now < found.spec_changed + _REST_S:
        raise ApiError(
            "Throttling", "Request was denied due to request throttling, please try again after 5 minutes."
        )
    return instance_type


def _change_type(account: Account, found: Instance, instance_type: str, now: float) -> None:
    """Gives an instance its new type.

    Public capacity is exchanged at once. A private pool is left: the pages don't list ModifyInstanceSpec
    among what matches pools again, but StartInstance, which then looks for capacity of the new type.
    """
    before, public = found.instance_type, found.public
    pools.leave(found)
    found.instance_type = instance_type
    if public and not account.cloud.take_stock(found.zone_id, instance_type, 1):
        found.instance_type = before
        pools.restore(found, None, public)
        raise ApiError("OperationDenied.NoStock")
    found.public = public
    found.spec_changed = now


@OPERATIONS(
    "InstanceId! InstanceType InternetMaxBandwidthOut:int InternetMaxBandwidthIn:int ClientToken DryRun:bool",
    unused="SystemDisk.Category Temporary.EndTime Temporary.InternetMaxBandwidthOut:int Temporary.StartTime"
    " AllowMigrateAcrossZone:bool Async:bool Disk.N.Category Disk.N.DiskId Disk.N.PerformanceLevel"
    " ModifyMode",
    mismatch="There is a idempotence signature mismatch between this and last request.",
)
def modify_instance_spec(account: Account, p: Params, now: float) -> Answer:
    """Changes the type or the bandwidth of a pay-as-you-go instance, one of both at a time."""
    found = checks.instance(account, p.text("InstanceId"))
    checks.unlocked(found)
    if found.charge_type != "PostPaid":
        raise ApiError("ChargeTypeViolation")
    wants_bandwidth = p.has("InternetMaxBandwidthOut") or p.has("InternetMaxBandwidthIn")
    if p.has("InstanceType") == wants_bandwidth:
        raise ApiError("InvalidParameter.Conflict", "Give InstanceType or InternetMaxBandwidthOut, not both.")
    instance_type = "" if wants_bandwidth else _new_type(account, p, found, now)
    outbound = run_instances.bandwidth(p, "InternetMaxBandwidthOut", found.bandwidth_out)
    if p.flag("DryRun"):
        raise ApiError("DryRunOperation", lasting=False)
    if instance_type:
        _change_type(account, found, instance_type, now)
    else:
        found.bandwidth_out = outbound
        found.bandwidth_in = p.integer("InternetMaxBandwidthIn", found.bandwidth_in)
    return {}


@OPERATIONS(
    "RegionId! InstanceId! InstanceType! ClientToken OperatorType",
    unused="SystemDisk.Category AutoPay:bool Disk.N.Category Disk.N.DiskId Disk.N.PerformanceLevel EndTime"
    " MigrateAcrossZone:bool ModifyMode RebootTime RebootWhenFinished:bool",
    mismatch="Request uses a client token in a previous request but is not identical to that request.",
)
def modify_prepay_instance_spec(account: Account, p: Params, now: float) -> Answer:
    """Changes the type of a prepaid instance."""
    found = checks.instance(account, p.text("InstanceId"))
    p.one_of("OperatorType", ("upgrade", "downgrade"), "upgrade")
    if found.charge_type != "PrePaid":
        raise ApiError("ChargeTypeViolation")
    if found.expired(now):
        raise ApiError("IncorrectInstanceStatus")
    _change_type(account, found, _new_type(account, p, found, now), now)
    return {"OrderId": account.cloud.ids.order()}


@OPERATIONS(
    "InstanceId! InternetMaxBandwidthOut:int InternetMaxBandwidthIn:int NetworkChargeType"
    " AllocatePublicIp:bool"
    " ClientToken",
    unused="AutoPay:bool EndTime ISP StartTime",
)
def modify_instance_network_spec(account: Account, p: Params, now: float) -> Answer:
    """Changes an instance's public bandwidth and how it is charged."""
    found = checks.instance(account, p.text("InstanceId"))
    checks.unlocked(found)
    charge = p.one_of("NetworkChargeType", ("PayByTraffic", "PayByBandwidth"), found.internet_charge_type)
    # "Pay-by-bandwidth: Subscription instances: 0 to 200."
    most = 200 if (charge, found.charge_type) == ("PayByBandwidth", "PrePaid") else 100
    found.bandwidth_out = run_instances.bandwidth(p, "InternetMaxBandwidthOut", found.bandwidth_out, most)
    found.bandwidth_in = p.integer("InternetMaxBandwidthIn", found.bandwidth_in)
    found.internet_charge_type = charge
    if p.flag("AllocatePublicIp") and not found.public_ip:
        found.public_ip = run_instances.public_ip(account)
    return {"OrderId": account.cloud.ids.order()} if found.charge_type == "PrePaid" else {}


@OPERATIONS("InstanceId! IpAddress", unused="VlanId")
def allocate_public_ip_address(account: Account, p: Params, now: float) -> Answer:
    """Gives a running or stopped instance a public address; the first stays."""
    found = checks.instance(account, p.text("InstanceId"))
    if found.settle(account.cloud.settings, now) not in ("Running", "Stopped"):
        raise ApiError("IncorrectInstanceStatus")
    checks.unlocked(found)
    if found.public_ip:
        raise ApiError(
            "AllocatedAlready", "The specified instance already has a public IP address.", status=403
        )
    if found.bandwidth_out == 0:
        raise ApiError(
            "InvalidInternetMaxBandwidthOut.ValueNotSupported",
            "The instance has no public bandwidth.",
            status=403,
        )
    found.public_ip = p.text("IpAddress") or run_instances.public_ip(account)
    return {"IpAddress": found.public_ip}


@OPERATIONS("InstanceId! VSwitchId! PrivateIpAddress SecurityGroupId.N VpcId")
def modify_instance_vpc_attribute(account: Account, p: Params, now: float) -> Answer:
    """Moves a stopped instance to another vswitch of its zone, or changes its private address."""
    found = checks.instance(account, p.text("InstanceId"))
    if found.settle(account.cloud.settings, now) != "Stopped":
        raise ApiError("IncorrectInstanceStatus")
    known = account.known("vswitches", p.text("VSwitchId"))
    if known is None:
        raise ApiError("InvalidVSwitchId.NotFound")
    if known.get("zone_id", found.zone_id) != found.zone_id:
        raise ApiError("InvalidParameter.Conflict", "The vSwitch lies in another zone than the instance.")
    groups = run_instances.security_groups(account, p.texts("SecurityGroupId"))
    address = p.text("PrivateIpAddress")
    if address and address != found.private_ip:
        run_instances.free_address(account, address)
        account.private_ips.discard(found.private_ip)
        found.private_ip = str(ipaddress.IPv4Address(address))
        account.private_ips.add(found.private_ip)
    found.vswitch_id = p.text("VSwitchId")
    found.vpc_id = p.text("VpcId") or known.get("vpc_id") or run_instances.vpc_of(found.vswitch_id)
    found.security_group_ids = groups or found.security_group_ids
    return {}
