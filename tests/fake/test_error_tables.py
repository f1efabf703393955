"""Every row of the five error tables: produced by a rule, or injected with its documented status."""

import time

import pytest
from wire import INSTANCE, RESERVATION, ZONE

from fake_aliyun.clock import utc
from fake_aliyun.error_codes import DOCUMENTED

WINDOWS = "win2022_21H2_x64"
OTHER_ZONE = "cn-hangzhou-i"


def create(api, **more):
    return api("CreateCapacityReservation", {**RESERVATION, **more})


def run(api, **more):
    return api("RunInstances", {**INSTANCE, **more})


def run_in(api, reservation, **more):
    return run(api, **api.target(reservation), **more)


def release(api, reservation):
    given = {"RegionId": "cn-hangzhou", "PrivatePoolOptions.Id": reservation}
    return api("ReleaseCapacityReservation", given)


def describe(api, ids):
    given = {"RegionId": "cn-hangzhou", "PrivatePoolOptions.Ids": ids}
    return api("DescribeCapacityReservations", given)


def attach(api, instance, **more):
    given = {"RegionId": "cn-hangzhou", "InstanceId": instance, "PrivatePoolOptions.MatchCriteria": "Open"}
    return api("ModifyInstanceAttachmentAttributes", {**given, **more})


def delete(api, **changes):
    """Deletes a stopped instance that was changed from outside."""
    instance = api.run(**{name: changes.pop(name) for name in list(changes) if name[0].isupper()})
    api.control(f"instances/{instance}", {"status": "Stopped", **changes})
    return api("DeleteInstance", InstanceId=instance)


def foreign(api):
    """Uses a pool of another account."""
    api.control("accounts", {"access_key_id": "other", "access_key_secret": "other"})
    pool = api.reserve()
    api.key = api.secret = "other"
    return run_in(api, pool)


def used_up(api):
    pool = api.reserve(InstanceAmount=1)
    api.run(**api.target(pool))
    return run_in(api, pool)


def released(api):
    pool = api.reserve()
    release(api, pool)
    return run_in(api, pool)


def scheduled(api):
    made = api.control("capacity_reservations", {"start_time": time.time() + 3600})
    return release(api, made["id"])


def shared(api):
    pool = api.reserve()
    api.control(f"capacity_reservations/{pool}", {"shared_with": ["42"]})
    return release(api, pool)


def classic(api):
    instance = api.run()
    api.control(f"instances/{instance}", {"network": "classic"})
    return attach(api, instance)


def locked(api):
    instance = api.run()
    api.control(f"instances/{instance}", {"status": "Stopped", "operation_locks": ["security"]})
    return api("StartInstance", InstanceId=instance)


def initializing(api):
    api.fake.settings(profile="realistic")
    return api("DeleteInstance", InstanceId=api.run())


def mismatch(api):
    bss = api.as_("bss")
    given = {"ProductCode": "vipcloudfw", "SubscriptionType": "PayAsYouGo", "ClientToken": "t"}
    bss("CreateInstance", given)
    return bss("CreateInstance", given, ProductType="other")


def later(days):
    return utc(time.time() + days * 24 * 3600)


def with_settings(act, **settings):
    def produce(api):
        api.fake.settings(**settings)
        return act(api)

    return produce


IDS = '["' + '","'.join(["crp-1"] * 101) + '"]'
STOCK = f"{ZONE}/ecs.g6.xlarge"
SPOT = {"SpotStrategy": "SpotAsPriceGo"}
HOST = {"DedicatedHostId": "dh-1"}
OPEN = {"PrivatePoolOptions.MatchCriteria": "Open"}
TARGET = {"PrivatePoolOptions.MatchCriteria": "Target"}
POOL = "The PrivatePool"
# What the fake's rules produce: (code, how its sentence begins) → a request that is refused with it.
PRODUCED = {
    ("MissingParameter.RegionId", ""): lambda api: create(api, RegionId=None),
    ("InvalidParameter.PrivatePoolOptions.Ids", ""): lambda api: describe(api, '{"a": 1}'),
    ("DedicatedHostNotSupported", ""): lambda api: run(api, **OPEN, **HOST),
    ("SpotNotSupported", ""): lambda api: run(api, **OPEN, **SPOT),
    ("Invalid.InstanceId", "Instance does not exist"): lambda api: attach(api, "i-none"),
    ("MissingParameter.PrivatePoolOptions.Id", "The specified PrivatePool"): lambda api: run(api, **TARGET),
    ("Invalid.PrivatePoolOptions.Id", "The PrivatePool does not exist"): lambda api: release(api, "crp-none"),
    ("Invalid.InstanceType", "The InstanceType does not"): lambda api: run_in(
        api, api.reserve(), InstanceType="ecs.c6.large"
    ),
    ("Invalid.InstanceChargeType", ""): lambda api: run_in(
        api, api.reserve(), InstanceChargeType="PrePaid", Period=1
    ),
    ("Invalid.ZoneId", "The ZoneId does not"): lambda api: run_in(api, api.reserve(), ZoneId=OTHER_ZONE),
    ("Invalid.PrivatePoolOptions.status", f"{POOL} has been used up"): used_up,
    ("Invalid.PrivatePoolOptions.status", f"{POOL} is expired"): released,
    ("Invalid.PrivatePoolOptions.MatchCriteria", "The PrivatePoolOptions.MatchCriteria"): lambda api: run_in(
        api, api.reserve(**OPEN)
    ),
    ("Invalid.PrivatePoolOptions.MatchCriteria", "The specified"): lambda api: create(
        api, **{"PrivatePoolOptions.MatchCriteria": "Closed"}
    ),
    ("InvalidPlatform.ValueNotSupported", ""): lambda api: run_in(api, api.reserve(), ImageId=WINDOWS),
    ("InvalidAliUid", ""): foreign,
    ("MissingParameter.InstanceAmount", ""): lambda api: create(api, InstanceAmount=None),
    ("Invalid.TooManyPrivatePoolOptions.Ids", ""): lambda api: describe(api, IDS),
    ("Invalid.TooManyZoneIds", ""): lambda api: create(api, **{"ZoneId.2": OTHER_ZONE}),
    ("Invalid.TooManyInstanceTypes", "The specified"): lambda api: create(
        api, InstanceType="ecs.g6.large,ecs.g6.xlarge"
    ),
    ("Invalid.PrivatePoolOptions.Id", "The specified parameter"): lambda api: run(
        api, **OPEN, **{"PrivatePoolOptions.Id": "crp-1"}
    ),
    ("Invalid.InstanceId", "Modify DedicatedHost"): lambda api: attach(api, api.run(**HOST)),
    ("Invalid.InstanceId", "Modify Spot"): lambda api: attach(api, api.run(**SPOT)),
    ("Invalid.InstanceId", "Modify Classic"): classic,
    ("Invalid.Action.ReleaseCapacityReservation", ""): lambda api: release(
        api, api.reserve(EndTimeType="Limited", EndTime=later(1))
    ),
    ("Invalid.PrivatePoolOptions.Id", "The specified PrivatePoolOptions.Id is"): lambda api: release(
        api, "eap-1"
    ),
    ("InvalidOperation.ReleasePrivatePoolUnsupported", ""): scheduled,
    ("InvalidPermission.ResourceShareAssocoated", ""): shared,
    ("InvalidParameter.RegionId", ""): lambda api: create(api, RegionId="cn-nowhere"),
    ("NoStock", ""): with_settings(create, stock={STOCK: 1}),
    ("OperationDenied.NoStock", ""): with_settings(create, stock={STOCK: 0}),
    ("InvalidStartTime.NotSupported", ""): lambda api: create(api, StartTime=later(181)),
    ("InvalidStartTime.MalFormed", ""): lambda api: create(api, StartTime="tomorrow"),
    ("StartTime.NotNeed", ""): lambda api: create(api, StartTime=later(1)),
    ("Invalid.PrivatePoolOptionsName.MalFormed", ""): lambda api: create(
        api, **{"PrivatePoolOptions.Name": "1st"}
    ),
    ("Invalid.ZoneId", "The specified ZoneId"): lambda api: create(api, **{"ZoneId.1": "cn hangzhou"}),
    ("Invalid.InstanceType", "The specified InstanceType"): lambda api: create(api, InstanceType="g6.xlarge"),
    ("Invalid.EndTime", ""): lambda api: create(api, EndTimeType="Limited", EndTime=later(-1)),
    ("RegionUnauthorized", ""): with_settings(create, closed_regions=["cn-hangzhou"]),
    ("PriceNotFound", ""): with_settings(create, unpriced_types=["ecs.g6.xlarge"]),
    ("Zone.NotOpen", ""): with_settings(create, closed_zones=[ZONE]),
    ("Zone.NotOnSale", ""): with_settings(create, unsold_zones=[ZONE]),
    ("InvalidInstanceType.NotSupported", ""): with_settings(
        lambda api: create(api, InstanceType="ecs.zz9.large"), strict=True
    ),
    ("InvalidZoneId.NotFound", ""): lambda api: create(api, **{"ZoneId.1": "cn-hangzhou-z"}),
    ("InvalidResourceGroup.NotFound", ""): with_settings(
        lambda api: create(api, ResourceGroupId="rg-none"), strict=True
    ),
    ("IdempotentParameterMismatch", ""): mismatch,
    ("DependencyViolation.RouteEntry", ""): lambda api: delete(api, dependencies=["RouteEntry"]),
    ("DependencyViolation.SLBConfiguring", ""): lambda api: delete(api, dependencies=["SLB"]),
    ("InvalidParameter", "The input parameter InstanceId"): lambda api: api("DeleteInstance", InstanceId="x"),
    ("ChargeTypeViolation", ""): lambda api: delete(api, InstanceChargeType="PrePaid", Period=1),
    ("InvalidOperation.DeletionProtection", ""): lambda api: delete(api, DeletionProtection="true"),
    ("IncorrectInstanceStatus", ""): lambda api: api("DeleteInstance", InstanceId=api.run()),
    ("IncorrectInstanceStatus.Initializing", ""): initializing,
    ("InstanceLockedForSecurity", ""): locked,
    ("InvalidInstanceId.NotFound", ""): lambda api: api("DeleteInstance", InstanceId="i-none"),
}


def rows():
    return [pytest.param(*row, id=f"{row[1]}-{number}") for number, row in enumerate(DOCUMENTED)]


def rule_for(code, message):
    for (known, beginning), produce in PRODUCED.items():
        if known == code and message.startswith(beginning):
            return produce
    return None


@pytest.mark.parametrize(("status", "code", "message"), rows())
def test_a_documented_row_can_be_injected(api, status, code, message):
    """By code and message alone it comes with the status that the table gives it."""
    api.fake.faults.add("DescribeInstances", code=code, message=message)
    answer = api("DescribeInstances", RegionId="cn-hangzhou")
    assert (answer.status, answer.code, answer.message) == (status, code, message)
    assert api("DescribeInstances", RegionId="cn-hangzhou").status == 200


@pytest.mark.parametrize(
    ("status", "code", "message"), [row for row in rows() if rule_for(*row.values[1:]) is not None]
)
def test_a_documented_row_is_produced_by_a_rule(api, status, code, message):
    """The state of the cloud, or the request, is what the sentence says: it is refused with that."""
    answer = rule_for(code, message)(api)
    assert (answer.status, answer.code) == (status, code)
    # "{0}" stands for the instance.
    assert answer.message.split('"')[-1] == message.split('"')[-1]
    assert set(answer.json) >= {"RequestId", "HostId", "Code", "Message", "Recommend"}


def test_the_tables_are_whole():
    """As many different rows as the five pages have, and every rule above stands for one of them."""
    assert len(DOCUMENTED) == len(set(DOCUMENTED)) == 81
    known = [(code, message) for _, code, message in DOCUMENTED]
    for code, beginning in PRODUCED:
        assert any(code == each and message.startswith(beginning) for each, message in known), code
