"""Instances: their states, their disks, and what may be done to them when."""

import json
import time

import pytest
from wire import INSTANCE, REGION, ZONE

from fake_aliyun.clock import utc


def state(api, instance):
    return api.instance(instance)["status"]


def shown(api, instance):
    (found,) = api("DescribeInstances", RegionId=REGION, InstanceIds=f'["{instance}"]')["Instances"][
        "Instance"
    ]
    return found


def stopped(api, **more):
    instance = api.run(**more)
    assert api("StopInstance", InstanceId=instance).status == 200
    return instance


def disks(api, **given):
    return api("DescribeDisks", RegionId=REGION, **given)["Disks"]["Disk"]


def test_states_follow_each_other_in_time(api):
    """Pending half a second, Running after two; Stopping for one."""
    api.fake.settings(profile="realistic")
    api.control("clock", {"rate": 0})
    instance = api.run()
    assert state(api, instance) == "Pending"
    api.fake.clock.advance(0.5)
    assert state(api, instance) == "Starting"
    api.fake.clock.advance(1.5)
    assert state(api, instance) == "Running"
    api("StopInstance", InstanceId=instance)
    assert state(api, instance) == "Stopping"
    api.fake.clock.advance(1)
    assert state(api, instance) == "Stopped"
    api("StartInstance", InstanceId=instance)
    assert state(api, instance) == "Starting"
    api.fake.clock.advance(1.5)
    api("RebootInstance", InstanceId=instance)
    assert state(api, instance) == "Starting"
    api.fake.clock.advance(1.5)
    assert state(api, instance) == "Running"


def test_a_deleted_instance_vanishes_but_stays_in_the_state(api):
    """Its id gives an empty list, and 404 where one is required."""
    instance = stopped(api)
    assert api("DeleteInstance", InstanceId=instance).status == 200
    assert api("DescribeInstances", RegionId=REGION, InstanceIds=f'["{instance}"]')["TotalCount"] == 0
    assert api("StartInstance", InstanceId=instance).code == "InvalidInstanceId.NotFound"
    assert state(api, instance) == "Released"


@pytest.mark.parametrize("action", ["StopInstance", "RebootInstance", "DeleteInstance"])
def test_a_wrong_state_is_refused(api, action):
    """Stop and reboot need Running, delete needs Stopped."""
    instance = api.run() if action == "DeleteInstance" else stopped(api)
    answer = api(action, InstanceId=instance)
    assert (answer.status, answer.code) == (403, "IncorrectInstanceStatus")


def test_a_running_instance_can_be_released_by_force(api):
    """Though not one that is still being made."""
    assert api("DeleteInstance", InstanceId=api.run(), Force="true").status == 200
    api.fake.settings(profile="realistic")
    answer = api("DeleteInstance", InstanceId=api.run(), Force="true")
    assert answer.code == "IncorrectInstanceStatus.Initializing"


def test_a_prepaid_instance_can_be_deleted_when_it_has_expired(api):
    """Not before, and only when told that it is a subscription; then it can't be started either."""
    instance = stopped(api, InstanceChargeType="PrePaid", Period=1)
    assert api("DeleteInstance", InstanceId=instance).code == "ChargeTypeViolation"
    api.fake.clock.advance(40 * 86_400)
    assert api("StartInstance", InstanceId=instance).code == "IncorrectInstanceStatus"
    assert api("DeleteInstance", InstanceId=instance).code == "ChargeTypeViolation"
    assert api("DeleteInstance", InstanceId=instance, TerminateSubscription="true").status == 200


@pytest.mark.parametrize(
    ("given", "end"),
    [
        ({"AutoRenew": "true"}, "2027-03-15"),
        ({"AutoRenew": "true", "AutoRenewPeriod": 6}, "2027-08-15"),
        ({"AutoRenew": "true", "PeriodUnit": "Week", "AutoRenewPeriod": 3}, "2027-03-05"),
        ({"AutoRenew": "false"}, "2027-02-15"),
    ],
)
def test_an_instance_that_renews_itself_does_not_expire(api, given, end):
    """It is prolonged at its end, as often as needed."""
    # 15 January 2027, 09:00 UTC
    api.fake.clock.set(1_800_003_600)
    instance = stopped(api, InstanceChargeType="PrePaid", Period=1, **given)
    api.fake.clock.advance(40 * 86_400)
    (seen,) = api("DescribeInstances", RegionId=REGION)["Instances"]["Instance"]
    assert seen["ExpiredTime"].startswith(end)
    expected = "" if given["AutoRenew"] == "true" else "IncorrectInstanceStatus"
    assert api("StartInstance", InstanceId=instance).code == expected


def test_disks_survive_or_go_by_their_flag(api):
    """DeleteWithInstance; a kept one is Available."""
    kept = {"DataDisk.2.Size": 20, "DataDisk.2.DeleteWithInstance": "false", "DataDisk.2.DiskName": "kept"}
    instance = stopped(api, **{"DataDisk.1.Size": 20, **kept})
    assert [each["Type"] for each in disks(api, InstanceId=instance)] == ["system", "data", "data"]
    api("DeleteInstance", InstanceId=instance)
    (left,) = disks(api)
    assert (left["DiskName"], left["Status"], left["InstanceId"]) == ("kept", "Available", "")


def test_a_security_lock_releases_the_disks_whatever_their_flags(api):
    """Even if the property of DeleteWithInstance is False."""
    instance = stopped(api, **{"DataDisk.1.Size": 20, "DataDisk.1.DeleteWithInstance": "false"})
    api.control(f"instances/{instance}", {"operation_locks": ["security"]})
    assert shown(api, instance)["OperationLocks"]["LockReason"][0]["LockReason"] == "security"
    assert api("DeleteInstance", InstanceId=instance).status == 200
    assert disks(api) == []


def test_an_instance_is_released_at_its_time(api):
    """AutoReleaseTime, to the minute; taken back, it is not."""
    moment = utc(api.fake.clock.now() + 3600)
    one, two = api.run(AutoReleaseTime=moment), api.run(AutoReleaseTime=moment)
    assert shown(api, one)["AutoReleaseTime"] == moment[:16] + "Z"
    assert api("ModifyInstanceAutoReleaseTime", InstanceId=two).status == 200
    api.fake.clock.advance(3601)
    assert (state(api, one), state(api, two)) == ("Released", "Running")


def test_a_release_time_is_rounded_down_to_the_minute(api):
    """If the seconds value is not 00."""
    api.control("clock", {"set": "2030-01-01T00:00:00Z", "rate": 0})
    instance = api.run(AutoReleaseTime="2030-01-01T01:00:59Z")
    api.fake.clock.advance(3599)
    assert state(api, instance) == "Running"
    api.fake.clock.advance(1)
    assert state(api, instance) == "Released"


def test_a_batch_has_numbered_names(api):
    """By the ordered form, or by suffixes."""
    api("RunInstances", {**INSTANCE, "Amount": 2, "InstanceName": "web[7,3]-x"})
    api("RunInstances", {**INSTANCE, "Amount": 2, "HostName": "node", "UniqueSuffix": "true"})
    found = api.fake.state()["instances"]
    assert [each["instance_name"] for each in found[:2]] == ["web007-x", "web008-x"]
    assert [each["host_name"] for each in found[2:]] == ["node001", "node002"]
    assert found[2]["instance_name"] == found[2]["id"]


def test_a_batch_is_made_as_far_as_there_is_stock(api):
    """With MinAmount; without it all or none."""
    api.fake.settings(stock={f"{ZONE}/ecs.g6.xlarge": 3})
    assert api("RunInstances", {**INSTANCE, "Amount": 5}).code == "OperationDenied.NoStock"
    made = api("RunInstances", {**INSTANCE, "Amount": 5, "MinAmount": 2})["InstanceIdSets"]["InstanceIdSet"]
    assert len(made) == 3
    assert api("RunInstances", INSTANCE).code == "OperationDenied.NoStock"
    api("DeleteInstance", InstanceId=made[0], Force="true")
    assert api("RunInstances", INSTANCE).status == 200


def test_a_dry_run_is_an_error_that_says_it_would_have_worked(api):
    """And makes nothing, nor uses up its token."""
    answer = api("RunInstances", {**INSTANCE, "DryRun": "true", "ClientToken": "t"})
    assert (answer.status, answer.code) == (400, "DryRunOperation")
    assert api("RunInstances", {**INSTANCE, "DryRun": "true", "ImageId": ""}).code == "MissingParameter"
    assert api("RunInstances", {**INSTANCE, "ClientToken": "t"}).status == 200
    assert len(api.fake.state()["instances"]) == 1


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"Amount": "101"}, "InvalidParameter.Amount"),
        ({"Amount": "0"}, "InvalidParameter.Amount"),
        ({"InstanceType": "bogus.huge"}, "InvalidInstanceType.ValueNotSupported"),
        ({"VSwitchId": ""}, "MissingParameter"),
        ({"SecurityGroupId": "sg-2"}, "InvalidParameter.Conflict"),
        ({f"SecurityGroupIds.{n}": f"sg-{n}" for n in range(1, 7)}, "InstanceSecurityGroupLimitExceeded"),
        ({"InternetMaxBandwidthOut": "101"}, "InvalidInternetMaxBandwidthOut.ValueNotSupported"),
        ({"Password": "weak"}, "InvalidPassword.Malformed"),
        ({"UserData": "not base64!"}, "InvalidUserData.Base64FormatInvalid"),
        ({"UserData": "A" * 43_696}, "InvalidUserData.SizeExceeded"),
        ({"InstanceChargeType": "PrePaid"}, "InvalidPeriod"),
        ({"InstanceChargeType": "PrePaid", "Period": 1, "DeletionProtection": "true"}, "ChargeTypeViolation"),
        ({"AutoReleaseTime": utc(time.time() + 60)}, "InvalidAutoReleaseTime.Malformed"),
        ({"SystemDisk.Size": "19"}, "InvalidSystemDiskSize.ValueNotSupported"),
        (
            {"SystemDisk.PerformanceLevel": "PL3", "SystemDisk.Size": 1000},
            "InvalidSystemDiskSize.ValueNotSupported",
        ),
        ({"SystemDisk.Category": "floppy"}, "InvalidSystemDiskCategory.ValueNotSupported"),
        ({"DataDisk.1.Category": "cloud_essd"}, "InvalidDataDiskSize.ValueNotSupported"),
        ({"SystemDisk.Category": "cloud_essd_entry"}, "InvalidSystemDiskCategory.ValueNotSupported"),
        (
            {"DataDisk.1.Category": "cloud_essd_entry", "DataDisk.1.Size": 10},
            "InvalidDataDiskCategory.ValueNotSupported",
        ),
        (
            {"DataDisk.1.Category": "cloud_regional_disk_auto", "DataDisk.1.Size": 9},
            "InvalidDataDiskSize.ValueNotSupported",
        ),
        (
            {"DataDisk.1.Category": "elastic_ephemeral_disk_premium", "DataDisk.1.SnapshotId": "s-1"},
            "InvalidDataDiskCategory.ValueNotSupported",
        ),
        ({"HostName": "-x"}, "InvalidHostName.Malformed"),
        ({"PrivateIpAddress": "1.2.3"}, "InvalidPrivateIpAddress.Malformed"),
    ],
)
def test_what_the_documentation_forbids_is_refused(api, given, code):
    """With its code, and nothing is made."""
    assert api("RunInstances", {**INSTANCE, **given}).code == code
    assert api.fake.state()["instances"] == []


def test_strict_wants_everything_registered(api):
    """Images, vswitches, groups, key pairs; a registered vswitch has a zone."""
    api.fake.settings(strict=True)
    assert api("RunInstances", INSTANCE).code == "InvalidVSwitchId.NotFound"
    api.control("resources", {"vswitches": {"vsw-1": {"zone_id": "cn-hangzhou-i"}}})
    assert api("RunInstances", INSTANCE).code == "InvalidParameter.Conflict"
    given = {**INSTANCE, "ZoneId": ""}
    assert api("RunInstances", given).code == "InvalidImageId.NotFound"
    api.control("resources", {"images": {INSTANCE["ImageId"]: {}}})
    assert api("RunInstances", given).code == "InvalidSecurityGroupId.NotFound"
    api.control("resources", {"security_groups": {"sg-1": {}}})
    assert api.instance(api.run(ZoneId=""))["zone_id"] == "cn-hangzhou-i"


def test_an_unknown_vswitch_lies_where_it_is_asked_for(api):
    """Else in the region's first zone."""
    assert api.instance(api.run())["zone_id"] == ZONE
    assert api.instance(api.run(ZoneId=""))["zone_id"] == "cn-hangzhou-b"


def test_attributes_change_one_by_one(api):
    """What is not named stays."""
    instance = api.run(Description="before")
    change = {
        "InstanceId": instance,
        "InstanceName": "web-1",
        "SecurityGroupIds.1": "sg-2",
        "SecurityGroupIds.2": "sg-3",
    }
    assert api("ModifyInstanceAttribute", change).status == 200
    found = api.instance(instance)
    assert (found["instance_name"], found["description"]) == ("web-1", "before")
    assert found["security_group_ids"] == ["sg-2", "sg-3"]
    assert (
        api("ModifyInstanceAttribute", InstanceId=instance, UserData="aGk=").code == "IncorrectInstanceStatus"
    )
    api("StopInstance", InstanceId=instance)
    assert api("ModifyInstanceAttribute", InstanceId=instance, UserData="aGk=").status == 200
    assert api("DescribeUserData", RegionId=REGION, InstanceId=instance)["UserData"] == "aGk="


def test_security_groups_are_joined_and_left(api):
    """At most five, at least one, none twice."""
    instance = api.run()
    named = {"InstanceId": instance, "SecurityGroupId": "sg-1"}
    assert api("LeaveSecurityGroup", named).code == "InstanceLastSecurityGroup"
    assert api("JoinSecurityGroup", named).code == "InvalidInstanceId.AlreadyExists"
    for number in range(2, 6):
        assert api("JoinSecurityGroup", named, SecurityGroupId=f"sg-{number}").status == 200
    assert (
        api("JoinSecurityGroup", named, SecurityGroupId="sg-6").code == "InstanceSecurityGroupLimitExceeded"
    )
    assert api("LeaveSecurityGroup", named).status == 200
    assert api("LeaveSecurityGroup", named).code == "InstanceNotInSecurityGroup"


def test_the_type_changes_while_stopped_and_not_twice_in_five_minutes(api):
    """Type or bandwidth, not both."""
    instance = api.run()
    given = {"InstanceId": instance, "InstanceType": "ecs.c6.large"}
    assert api("ModifyInstanceSpec", given).code == "InvalidInstanceStatus.NotStopped"
    api("StopInstance", InstanceId=instance)
    assert api("ModifyInstanceSpec", given, InternetMaxBandwidthOut=5).code == "InvalidParameter.Conflict"
    assert api("ModifyInstanceSpec", given).status == 200
    assert api.instance(instance)["instance_type"] == "ecs.c6.large"
    assert api("ModifyInstanceSpec", given).code == "Throttling"
    api.fake.clock.advance(301)
    assert api("ModifyInstanceSpec", given, InstanceType="ecs.g6.xlarge").status == 200


def test_charge_types_change_both_ways(api):
    """A prepaid one has an end, which can be moved by renewing."""
    instance = api.run()
    given = {"RegionId": REGION, "InstanceIds": json.dumps([instance]), "InstanceChargeType": "PrePaid"}
    assert api("ModifyInstanceChargeType", given).code == "InvalidPeriod"
    assert api("ModifyInstanceChargeType", given, Period=1)["OrderId"]
    first = api.instance(instance)["expired_time"]
    assert api("RenewInstance", InstanceId=instance, Period=1)["OrderId"]
    assert api.instance(instance)["expired_time"] > first
    renewal = {"RegionId": REGION, "InstanceId": instance, "RenewalStatus": "AutoRenewal", "Duration": 3}
    assert api("ModifyInstanceAutoRenewAttribute", renewal).status == 200
    (shown_renewal,) = api("DescribeInstanceAutoRenewAttribute", RegionId=REGION, InstanceId=instance)[
        "InstanceRenewAttributes"
    ]["InstanceRenewAttribute"]
    assert (shown_renewal["RenewalStatus"], shown_renewal["Duration"]) == ("AutoRenewal", 3)
    assert api("ModifyInstanceChargeType", given, InstanceChargeType="PostPaid").status == 200
    assert api.instance(instance)["expired_time"].startswith("2999")


def test_names_and_tags_are_as_free_as_the_page_says(api):
    """RunInstances wants no letter first, as ModifyInstanceAttribute does, and lets values begin with `acs:`."""
    free = {
        "InstanceName": "1web",
        "SystemDisk.DiskName": "2.system",
        "Tag.1.Key": "role",
        "Tag.1.Value": "acs:ram",
    }
    instance = api.run(**free)
    assert api.instance(instance)["tags"] == {"role": "acs:ram"}
    answer = api("ModifyInstanceAttribute", InstanceId=instance, InstanceName="2web")
    assert answer.code == "InvalidInstanceName.Malformed"


def test_entry_disks_are_for_entry_families(api):
    """The families u1 and e have them."""
    disk = {
        "SystemDisk.Category": "cloud_essd_entry",
        "DataDisk.1.Category": "cloud_essd_entry",
        "DataDisk.1.Size": 10,
    }
    for instance_type in ("ecs.u1-c1m2.large", "ecs.e-c1m1.large"):
        instance = api.run(InstanceType=instance_type, **disk)
        assert {each["Category"] for each in disks(api, InstanceId=instance)} == {"cloud_essd_entry"}


def test_a_system_disk_is_replaced_while_stopped(api):
    """The old one is gone; the image is the new one."""
    instance = api.run()
    (old,) = disks(api, InstanceId=instance)
    given = {"InstanceId": instance, "ImageId": "win2022"}
    assert api("ReplaceSystemDisk", given).code == "IncorrectInstanceStatus"
    api("StopInstance", InstanceId=instance)
    new = api("ReplaceSystemDisk", given, **{"SystemDisk.Size": 60})["DiskId"]
    assert [(each["DiskId"], each["Size"]) for each in disks(api)] == [(new, 60)]
    assert new != old["DiskId"]
    assert api.instance(instance)["image_id"] == "win2022"


def test_a_disk_grows_and_is_renamed(api):
    """It never shrinks."""
    api.run()
    (disk,) = disks(api)
    named = {"DiskId": disk["DiskId"]}
    assert api("ResizeDisk", named, NewSize=40).code == "InvalidDiskSize.TooSmall"
    assert api("ResizeDisk", named, NewSize=4000).code == "InvalidDiskSize.NotSupported"
    assert api("ResizeDisk", named, NewSize=41).status == 200
    assert api("ModifyDiskAttribute", named, DiskName="root", DeleteWithInstance="false").status == 200
    assert api("ModifyDiskSpec", named, PerformanceLevel="PL0").status == 200
    (found,) = disks(api)
    assert (found["Size"], found["DiskName"], found["DeleteWithInstance"]) == (41, "root", False)
    assert found["PerformanceLevel"] == "PL0"


def test_roles_and_key_pairs_come_and_go(api):
    """Each instance with its own result."""
    instance = api.run()
    given = {"RegionId": REGION, "InstanceIds": json.dumps([instance, "i-none"])}
    assert api("AttachInstanceRamRole", given, RamRoleName="r")["FailCount"] == 1
    (shown_role,) = api("DescribeInstanceRamRole", RegionId=REGION, InstanceIds=json.dumps([instance]))[
        "InstanceRamRoleSets"
    ]["InstanceRamRoleSet"]
    assert shown_role["RamRoleName"] == "r"
    assert api("DetachInstanceRamRole", given, RamRoleName="r")["FailCount"] == 1
    assert api("AttachKeyPair", given, KeyPairName="k")["FailCount"] == "1"
    assert api.instance(instance)["key_pair_name"] == "k"
    assert api("DetachKeyPair", given, KeyPairName="k")["TotalCount"] == "2"
    assert api.instance(instance)["key_pair_name"] == ""


def test_a_public_address_is_given_once(api):
    """Where there is bandwidth."""
    instance = api.run()
    assert api("AllocatePublicIpAddress", InstanceId=instance).status == 403
    assert api("ModifyInstanceNetworkSpec", InstanceId=instance, InternetMaxBandwidthOut=5).status == 200
    address = api("AllocatePublicIpAddress", InstanceId=instance)["IpAddress"]
    assert api.instance(instance)["public_ip"] == address
    assert api("AllocatePublicIpAddress", InstanceId=instance).code == "AllocatedAlready"


def test_several_are_started_and_stopped_at_once(api):
    """AllTogether fails as a whole; SuccessFirst tells of each."""
    one, two = api.run(), stopped(api)
    both = {"RegionId": REGION, "InstanceId.1": one, "InstanceId.2": two}
    assert api("StopInstances", both).code == "IncorrectInstanceStatus"
    assert state(api, one) == "Running"
    answer = api("StopInstances", both, BatchOptimization="SuccessFirst")
    codes = [each["Code"] for each in answer["InstanceResponses"]["InstanceResponse"]]
    assert codes == ["200", "IncorrectInstanceStatus"]
    assert api("StartInstances", both).status == 200
    assert api("RebootInstances", both).status == 200
    assert api("DeleteInstances", both).code == "IncorrectInstanceStatus"
    assert api("DeleteInstances", both, Force="true", DryRun="true").code == "DRYRUN.SUCCESS"
    assert api("DeleteInstances", both, Force="true").status == 200


def test_tags_are_limited_to_twenty_on_a_resource(api):
    """Old and new together; keys that are there get the new value."""
    instance = api.run(**{f"Tag.{n}.Key": f"k{n}" for n in range(1, 20)})
    named = {"RegionId": REGION, "ResourceType": "instance", "ResourceId.1": instance}
    both = {"Tag.1.Key": "k1", "Tag.1.Value": "v", "Tag.2.Key": "new"}
    assert api("TagResources", {**named, **both}).status == 200
    assert api("TagResources", {**named, "Tag.1.Key": "more"}).code == "NumberExceed.Tags"
    assert api.instance(instance)["tags"]["k1"] == "v"
    assert api("UntagResources", {**named, "TagKey.1": "k1"}).status == 200
    listed = api("ListTagResources", named)["TagResources"]["TagResource"]
    assert len(listed) == 19
    assert api("UntagResources", {**named, "All": "true"}).status == 200
    assert api.instance(instance)["tags"] == {}
    assert api("TagResources", {**named, "ResourceId.1": "i-none", "Tag.1.Key": "a"}).code == (
        "InvalidResourceId.NotFound"
    )


def test_what_stands_around_an_instance_can_be_read(api):
    """As other providers do before and after they make one."""
    instance = api.run()
    api.product = "vpc"
    assert api("DescribeVSwitchAttributes", VSwitchId="vsw-1", RegionId=REGION)["ZoneId"] == ZONE
    api.product = "ecs"
    group = api("DescribeSecurityGroupAttribute", RegionId=REGION, SecurityGroupId="sg-1")
    assert group["VpcId"] == api.instance(instance)["vpc_id"]
    eni = shown(api, instance)["NetworkInterfaces"]["NetworkInterface"][0]["NetworkInterfaceId"]
    found = api("DescribeNetworkInterfaces", {"RegionId": REGION, "NetworkInterfaceId.1": eni})
    assert found["NetworkInterfaceSets"]["NetworkInterfaceSet"][0]["InstanceId"] == instance
    for action in ("DescribeInstanceStatus", "DescribeInstanceMaintenanceAttributes"):
        assert api(action, {"RegionId": REGION, "InstanceId.1": instance})["TotalCount"] == 1
    assert api("DescribeInstanceAttribute", InstanceId=instance)["Status"] == "Running"
    assert (
        api("DescribeInstanceTypes", {"InstanceTypes.1": "ecs.g6.xlarge"})["InstanceTypes"]["InstanceType"][
            0
        ]["CpuCoreCount"]
        == 4
    )
    assert ZONE in [each["ZoneId"] for each in api("DescribeZones", RegionId=REGION)["Zones"]["Zone"]]


def test_sold_out_types_are_shown_as_such(api):
    """DescribeAvailableResource follows the stock."""
    api.fake.settings(stock={f"{ZONE}/ecs.g6.xlarge": 0})
    given = {
        "RegionId": REGION,
        "DestinationResource": "InstanceType",
        "ZoneId": ZONE,
        "InstanceType": "ecs.g6.xlarge",
    }
    (zone,) = api("DescribeAvailableResource", given)["AvailableZones"]["AvailableZone"]
    (resource,) = zone["AvailableResources"]["AvailableResource"][0]["SupportedResources"][
        "SupportedResource"
    ]
    assert resource["Status"] == "SoldOut"


def test_resource_groups_are_joined(api):
    """By instances, not by reservations."""
    instance = api.run()
    given = {"ResourceGroupId": "rg-1", "ResourceId": instance, "ResourceType": "instance"}
    assert api("JoinResourceGroup", given).status == 200
    assert api.instance(instance)["resource_group_id"] == "rg-1"
    kind = {"ResourceType": "capacityreservation", "ResourceId": api.reserve()}
    assert api("JoinResourceGroup", {**given, **kind}).code == "InvalidResourceType.NotFound"


def test_what_only_describes_an_instance_is_shown_as_it_came(api):
    """And can be changed where there is an operation for it."""
    instance = api.run(HttpTokens="required", DeploymentSetId="ds-1", CreditSpecification="Standard")
    found = shown(api, instance)
    assert found["MetadataOptions"]["HttpTokens"] == "required"
    assert (found["DeploymentSetId"], found["CreditSpecification"]) == ("ds-1", "Standard")
    named = {"RegionId": REGION, "InstanceId": instance, "HttpEndpoint": "disabled"}
    assert api("ModifyInstanceMetadataOptions", named).status == 200
    options = shown(api, instance)["MetadataOptions"]
    assert (options["HttpEndpoint"], options["HttpTokens"]) == ("disabled", "required")
    named = {"RegionId": REGION, "InstanceId.1": instance}
    change = {**named, "ActionOnMaintenance": "Stop", "NotifyOnMaintenance": "True"}
    assert api("ModifyInstanceMaintenanceAttributes", change).status == 200
    (attribute,) = api("DescribeInstanceMaintenanceAttributes", named)["MaintenanceAttributes"][
        "MaintenanceAttribute"
    ]
    assert (attribute["ActionOnMaintenance"]["Value"], attribute["NotifyOnMaintenance"]) == ("Stop", True)


def test_a_category_is_changed_where_the_page_allows_it(api):
    """Not from or to what is no valid value, nor down in a subscription; a level needs its size."""
    instance = api.run(
        **{
            "DataDisk.1.Category": "cloud_efficiency",
            "DataDisk.1.Size": 40,
            "DataDisk.2.Category": "cloud",
            "DataDisk.2.Size": 40,
        }
    )
    by_use, basic = (each["DiskId"] for each in disks(api, InstanceId=instance)[1:])
    assert api("ModifyDiskSpec", DiskId=by_use, DiskCategory="cloud_essd", PerformanceLevel="PL2").code == (
        "InvalidDiskSize.NotSupported"
    )
    for category in ("cloud_essd", "cloud_ssd", "cloud_essd_entry"):
        assert api("ModifyDiskSpec", DiskId=by_use, DiskCategory=category).status == 200
    (shown_disk,) = disks(api, DiskIds=f'["{by_use}"]')
    assert (shown_disk["Category"], shown_disk["PerformanceLevel"]) == ("cloud_essd_entry", "")
    refused = "InvalidDiskCategory.NotSupported"
    assert api("ModifyDiskSpec", DiskId=by_use, DiskCategory="cloud_ssd").code == refused
    assert api("ModifyDiskSpec", DiskId=by_use, DiskCategory="cloud").code == refused
    assert api("ModifyDiskSpec", DiskId=basic, DiskCategory="cloud_essd").code == refused
    prepaid = api.run(InstanceChargeType="PrePaid", Period=1)
    (system,) = disks(api, InstanceId=prepaid)
    assert api("ModifyDiskSpec", DiskId=system["DiskId"], DiskCategory="cloud_ssd").code == refused


def test_a_key_pair_is_ignored_on_windows(api):
    """Only the password takes effect there."""
    instance = api.run(ImageId="win2022_21H2_x64.vhd", KeyPairName="operators")
    assert shown(api, instance)["KeyPairName"] == ""


def test_roles_are_asked_for_fifty_instances_at_a_time_and_renewals_for_a_hundred(api):
    """And for something at all."""
    fifty = json.dumps([api.run() for _ in range(2)] * 26)
    assert (
        api("DescribeInstanceRamRole", RegionId=REGION, InstanceIds=fifty).code
        == "InvalidInstanceIds.Malformed"
    )
    assert api("DescribeInstanceRamRole", RegionId=REGION).code == "MissingParameter"
    many = ",".join(["i-1"] * 101)
    assert (
        api("DescribeInstanceAutoRenewAttribute", RegionId=REGION, InstanceId=many).code == "InvalidParameter"
    )
    assert api("DescribeInstanceAutoRenewAttribute", RegionId=REGION).code == "MissingParameter"


@pytest.mark.parametrize(("asked", "size"), [(9, 10), (10, 10), (500, 500), (501, 500)])
def test_a_region_s_disks_are_listed_ten_to_five_hundred_at_a_time(api, asked, size):
    """What is less or more means the nearest of these."""
    answer = api("DescribeDisks", RegionId=REGION, MaxResults=asked)
    assert (answer["PageSize"], answer["NextToken"]) == (size, "")


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        ({"PerformanceLevel": "PL0"}, True),
        ({"PerformanceLevel": "PL3"}, False),
        ({"KMSKeyId": "key-1"}, False),
        ({"DeleteAutoSnapshot": "true"}, True),
        ({"DeleteAutoSnapshot": "false"}, False),
        ({"EnableAutoSnapshot": "true"}, False),
        ({"EnableAutomatedSnapshotPolicy": "false"}, True),
        ({"EnableAutomatedSnapshotPolicy": "true"}, False),
        ({"EnableShared": "true"}, False),
        ({"AutoSnapshotPolicyId": "sp-1"}, False),
        ({"LockReason": "security"}, False),
        ({"MultiAttach": "Disabled"}, True),
        ({"MultiAttach": "Enabled"}, False),
        ({"Filter.1.Key": "CreationStartTime", "Filter.1.Value": "2020-01-01T00:00Z"}, True),
        ({"Filter.1.Key": "CreationStartTime", "Filter.1.Value": "2999-01-01T00:00Z"}, False),
    ],
)
def test_a_filter_of_disks_leaves_out_what_does_not_fit(api, given, fits):
    """None is read and then ignored."""
    api(
        "RunInstances",
        {**INSTANCE, "SystemDisk.Category": "cloud_essd", "SystemDisk.PerformanceLevel": "PL0"},
    )
    assert api("DescribeDisks", {"RegionId": REGION, **given})["TotalCount"] == int(fits)


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        ({"EipAddresses": '["1.2.3.4"]'}, False),
        ({"InnerIpAddresses": '["1.2.3.4"]'}, False),
        ({"RdmaIpAddresses": '["1.2.3.4"]'}, False),
        ({"Ipv6Address.1": "::1"}, False),
        ({"IoOptimized": "true"}, True),
        ({"IoOptimized": "false"}, False),
        ({"DeviceAvailable": "false"}, False),
        ({"HttpTokens": "required"}, True),
        ({"HttpTokens": "optional"}, False),
        ({"HttpEndpoint": "enabled"}, True),
        ({"HttpEndpoint": "disabled"}, False),
        ({"HttpPutResponseHopLimit": "0"}, True),
        ({"HttpPutResponseHopLimit": "2"}, False),
        ({"HpcClusterId": "hpc-1"}, False),
        ({"Filter.1.Key": "CreationStartTime", "Filter.1.Value": "2020-01-01T00:00Z"}, True),
        ({"Filter.1.Key": "CreationStartTime", "Filter.1.Value": "2999-01-01T00:00Z"}, False),
        ({"Filter.2.Key": "CreationEndTime", "Filter.2.Value": "2020-01-01T00:00Z"}, False),
        ({"Filter.1.Key": "ExpiredStartTime", "Filter.1.Value": "2999-01-01T00:00Z"}, True),
        ({"Filter.1.Key": "ExpiredEndTime", "Filter.1.Value": "2999-01-01T00:00Z"}, False),
    ],
)
def test_a_filter_of_instances_leaves_out_what_does_not_fit(api, given, fits):
    """None is read and then ignored."""
    api.run(HttpTokens="required")
    assert api("DescribeInstances", {"RegionId": REGION, **given})["TotalCount"] == int(fits)


@pytest.mark.parametrize("given", [{"Filter.1.Key": "Name"}, {"Filter.1.Key": "CreationStartTime"}])
def test_a_filter_by_what_is_no_time_is_refused(api, given):
    """By its key or by its value."""
    assert api("DescribeInstances", {"RegionId": REGION, **given}).code == "InvalidParameter"


@pytest.mark.parametrize("action", ["StartInstances", "StopInstances", "RebootInstances"])
def test_a_dry_run_of_several_says_that_it_went_well_in_its_own_way(api, action):
    """And does nothing; each on its own, no refusal is told."""
    one, other = api.run(), stopped(api)
    given = {"RegionId": REGION, "InstanceId.1": one, "DryRun": "true"}
    fits = {**given, "InstanceId.1": other} if action == "StartInstances" else given
    both = {**given, "InstanceId.2": other}
    assert api(action, fits).code == "DRYRUN.SUCCESS"
    assert api(action, both).code == "IncorrectInstanceStatus"
    assert api(action, both, BatchOptimization="SuccessFirst").code == "DRYRUN.SUCCESS"
    assert [api.instance(each)["status"] for each in (one, other)] == ["Running", "Stopped"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"HostName": "a" * 15}, ""),
        ({"HostName": "a" * 16}, "InvalidHostName.Malformed"),
        ({"HostName": "a.b"}, "InvalidHostName.Malformed"),
        ({"HostName": "12"}, "InvalidHostName.Malformed"),
        ({"HostNames.1": "12"}, "InvalidHostName.Malformed"),
        ({"HostNames.1": "a1", "HostName": "a2"}, "InvalidParameter.Conflict"),
    ],
)
def test_a_host_name_of_windows_is_shorter(api, given, code):
    """And has no periods, nor digits only; elsewhere it may."""
    assert api("RunInstances", {**INSTANCE, "ImageId": "win2022", **given}).code == code
    if "HostNames.1" not in given:
        assert api("RunInstances", {**INSTANCE, **given}).status == 200


def test_a_host_name_of_windows_is_changed_by_the_same_rule(api):
    """As when the instance is made."""
    instance = api.run(ImageId="win2022")
    answer = api("ModifyInstanceAttribute", InstanceId=instance, HostName="a.b")
    assert answer.code == "InvalidHostName.Malformed"


@pytest.mark.parametrize(
    ("most_out", "given", "seen"),
    [
        (0, None, 10),
        (0, 1, 1),
        (0, 10, 10),
        (0, 11, None),
        (50, None, 50),
        (50, 50, 50),
        (50, 51, None),
        (0, -1, None),
    ],
)
def test_the_inbound_bandwidth_is_at_most_ten_or_the_outbound_one(api, most_out, given, seen):
    """Which is also what it is if nothing is said."""
    asked = {"InternetMaxBandwidthOut": most_out, "InternetMaxBandwidthIn": given}
    answer = api("RunInstances", {**INSTANCE, **asked})
    if seen is None:
        assert answer.code == "InvalidInternetMaxBandwidthIn.Malformed"
        return
    (shown,) = api("DescribeInstances", RegionId=REGION)["Instances"]["Instance"]
    assert shown["InternetMaxBandwidthIn"] == seen


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"AutoRenewPeriod": 60}, ""),
        ({"AutoRenewPeriod": 0}, "InvalidParameter.AutoRenewPeriod"),
        ({"AutoRenewPeriod": 4}, "InvalidParameter.AutoRenewPeriod"),
        ({"AutoRenewPeriod": 3, "PeriodUnit": "Week"}, ""),
        ({"AutoRenewPeriod": 4, "PeriodUnit": "Week"}, "InvalidParameter.AutoRenewPeriod"),
    ],
)
def test_only_some_periods_are_renewed_for(api, given, code):
    """Others than those that are bought."""
    prepaid = {"InstanceChargeType": "PrePaid", "Period": 1, "AutoRenew": "true"}
    assert api("RunInstances", {**INSTANCE, **prepaid, **given}).code == code


def test_the_renewal_of_at_most_a_hundred_is_changed_at_a_time(api):
    """That many ids, and no more."""
    given = {"RegionId": REGION, "InstanceId": ",".join(["i-1"] * 101)}
    assert api("ModifyInstanceAutoRenewAttribute", given).code == "InvalidParameter"


def test_a_renewal_ends_at_the_same_hour_of_the_same_day(api):
    """Not a day later with each."""
    # 15 January 2027, 09:00 UTC
    api.fake.clock.set(1_800_003_600)
    instance = api.run(InstanceChargeType="PrePaid", Period=1)
    for end in ("2027-03-15T16:00", "2027-04-15T16:00"):
        api("RenewInstance", InstanceId=instance, Period=1)
        assert api.instance(instance)["expired_time"].startswith(end)


CREATE = {name: value for name, value in INSTANCE.items() if name != "SecurityGroupIds.1"} | {
    "SecurityGroupId": "sg-1"
}


def test_an_instance_that_is_only_created_does_not_start(api):
    """It is Pending, then Stopped; it is started like any other, and its token is kept like that of any other."""
    api.fake.settings(profile="realistic")
    api.fake.clock.run_at(0)
    instance = api("CreateInstance", {**CREATE, "ClientToken": "t"})["InstanceId"]
    assert api("CreateInstance", {**CREATE, "ClientToken": "t"})["InstanceId"] == instance
    assert api.instance(instance)["status"] == "Pending"
    api.fake.clock.advance(0.5)
    assert api.instance(instance)["status"] == "Stopped"
    assert api("StartInstance", InstanceId=instance).status == 200
    api.fake.clock.advance(1.5)
    assert api.instance(instance)["status"] == "Running"


def test_what_is_only_created_has_its_place_in_a_pool_and_its_price(api):
    """As what is run; a public address it gets when one is asked for."""
    reservation = api.reserve()
    given = {**CREATE, **api.target(reservation), "InternetMaxBandwidthOut": 5}
    instance = api("CreateInstance", given)["InstanceId"]
    assert api.reservation(reservation)["used_amount"] == 1
    assert api.instance(instance)["public_ip"] == ""
    assert api("AllocatePublicIpAddress", InstanceId=instance)["IpAddress"]
    answer = api("CreateInstance", {**CREATE, "InstanceChargeType": "PrePaid", "Period": 1})
    assert (answer["OrderId"].isdecimal(), answer["TradePrice"]) == (True, 0.165)


def test_only_one_instance_is_created_at_a_time(api):
    """Several are run."""
    answer = api("CreateInstance", {**CREATE, "Amount": 2})
    assert (answer.code, "Amount" in answer.message) == ("InvalidParameter", True)
