"""Changing instances in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fake_aliyun.ecs import checks, run_instances
from fake_aliyun.errors import ApiError
from fake_aliyun.operations import Answer, Operations
from fake_aliyun.parameters import Params

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account

OPERATIONS = Operations("Ecs")


@OPERATIONS(
    "InstanceId! InstanceName Description HostName Password UserData DeletionProtection:bool"
    " SecurityGroupIds.N"
    " CreditSpecification",
    unused="AdditionalInfo.EnableHighDensityMode:bool"
    " CpuOptions.Core:int CpuOptions.ThreadsPerCore:int CpuOptions.TopologyType"
    " CpuOptions.NestedVirtualization EnableJumboFrame:bool EnableNetworkEncryption:bool"
    " NetworkInterfaceQueueNumber:int Recyclable:bool"
    " PrivateDnsNameOptions.EnableInstanceIdDnsAAAARecord:bool"
    " PrivateDnsNameOptions.EnableInstanceIdDnsARecord:bool"
    " PrivateDnsNameOptions.EnableIpDnsARecord:bool PrivateDnsNameOptions.EnableIpDnsPtrRecord:bool"
    " PrivateDnsNameOptions.HostnameType RemoteConnectionOptions.Password"
    " RemoteConnectionOptions.Type",
)
def modify_instance_attribute(account: Account, p: Params, now: float) -> Answer:
    """Changes an instance's attributes; what is not given stays.

    Assumption: an empty Description clears it.
    """
    found = checks.instance(account, p.text("InstanceId"))
    status = found.settle(account.cloud.settings, now)
    checks.unlocked(found)
    name, text = run_instances.instance_name(p), checks.description(p)
    host = run_instances.host_name(p.text("HostName"), windows=found.platform == "windows")
    user_data = run_instances.user_data(p)
    run_instances.password(p)
    if p.has("UserData") and status != "Stopped":
        # "the instance must be in the Stopped state" to change its user data.
        raise ApiError("IncorrectInstanceStatus")
    if p.flag("DeletionProtection") and found.charge_type != "PostPaid":
        # "This attribute applies only to pay-as-you-go instances."
        raise ApiError("ChargeTypeViolation")
    if p.texts("SecurityGroupIds"):
        found.security_group_ids = run_instances.security_groups(account, p.texts("SecurityGroupIds"))
    found.deletion_protection = p.flag("DeletionProtection", found.deletion_protection)
    found.name, found.host_name = name or found.name, host or found.host_name
    if p.has("Description"):
        found.description = text
    if p.has("UserData"):
        found.user_data = user_data
    if p.text("CreditSpecification"):
        found.other["CreditSpecification"] = p.one_of("CreditSpecification", ("Standard", "Unlimited"))
    return {}


@OPERATIONS(
    "RegionId! InstanceId! HttpEndpoint! HttpTokens",
    unused="HttpPutResponseHopLimit:int InstanceMetadataTags",
)
def modify_instance_metadata_options(account: Account, p: Params, now: float) -> Answer:
    """Says how an instance's metadata can be reached."""
    found = checks.instance(account, p.text("InstanceId"))
    endpoint = p.one_of("HttpEndpoint", ("enabled", "disabled"))
    tokens = p.one_of("HttpTokens", ("optional", "required"), found.other.get("HttpTokens", "optional"))
    found.other.update(HttpEndpoint=endpoint, HttpTokens=tokens)
    return {}


@OPERATIONS(
    "RegionId! InstanceId.N! ActionOnMaintenance NotifyOnMaintenance:bool",
    unused="MaintenanceWindow.N.StartTime MaintenanceWindow.N.EndTime",
)
def modify_instance_maintenance_attributes(account: Account, p: Params, now: float) -> Answer:
    """Says what is done to instances when their host is maintained."""
    action = p.one_of("ActionOnMaintenance", ("Stop", "AutoRecover", "AutoRedeploy"))
    notify = "true" if p.flag("NotifyOnMaintenance") else "false"
    for found in [checks.instance(account, each) for each in p.texts("InstanceId")]:
        if action:
            found.other["ActionOnMaintenance"] = action
        if p.has("NotifyOnMaintenance"):
            found.other["NotifyOnMaintenance"] = notify
    return {}
