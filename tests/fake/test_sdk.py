"""The vendor's own Python SDKs against the fake."""

import json

import pytest
from alibabacloud_bssopenapi20171214 import models as bss_models
from alibabacloud_bssopenapi20171214.client import Client as BssClient
from alibabacloud_ecs20140526 import models
from alibabacloud_ecs20140526.client import Client
from alibabacloud_tea_openapi.exceptions import ClientException, ServerException, ThrottlingException
from alibabacloud_tea_openapi.models import Config
from darabonba.exceptions import UnretryableException

REGION, ZONE = "cn-hangzhou", "cn-hangzhou-h"


def config(fake, **more):
    given = {"access_key_id": "testid", "access_key_secret": "testsecret", "read_timeout": 5000, **more}
    return Config(protocol="http", endpoint=fake.url.removeprefix("http://"), region_id=REGION, **given)


@pytest.fixture(params=["ACS3-HMAC-SHA256", "v2"])
def client(fake_aliyun, request):
    """A client of either signature, in a cloud in which everything happens at once."""
    fake_aliyun.settings(profile="instant")
    old = {"signature_algorithm": "v2"} if request.param == "v2" else {}
    return Client(config(fake_aliyun, **old))


def reserve(client, **more):
    pool = models.CreateCapacityReservationRequestPrivatePoolOptions(name="池-1", match_criteria="Target")
    request = models.CreateCapacityReservationRequest(
        region_id=REGION,
        zone_id=[ZONE],
        instance_type="ecs.g6.xlarge",
        instance_amount=2,
        private_pool_options=pool,
        tag=[models.CreateCapacityReservationRequestTag(key="k", value="a b+c~*'é")],
        **more,
    )
    return client.create_capacity_reservation(request).body.private_pool_options_id


def test_a_reservation_and_its_instances_live_and_die(client):
    """The models of the SDK read every field that the fake answers."""
    reservation = reserve(client, client_token="t")
    assert reserve(client, client_token="t") == reservation
    pool = models.RunInstancesRequestPrivatePoolOptions(id=reservation, match_criteria="Target")
    run = models.RunInstancesRequest(
        region_id=REGION,
        zone_id=ZONE,
        image_id="aliyun_3",
        instance_type="ecs.g6.xlarge",
        v_switch_id="vsw-1",
        security_group_ids=["sg-1", "sg-2"],
        amount=2,
        deletion_protection=False,
        private_pool_options=pool,
        system_disk=models.RunInstancesRequestSystemDisk(category="cloud_essd", size="40"),
        data_disk=[models.RunInstancesRequestDataDisk(size=20, delete_with_instance=True)],
    )
    ids = client.run_instances(run).body.instance_id_sets.instance_id_set
    request = models.DescribeInstancesRequest(region_id=REGION, instance_ids=json.dumps(ids), max_results=10)
    found = client.describe_instances(request).body
    assert found.total_count == 2
    assert {each.status for each in found.instances.instance} == {"Running"}
    attribute = found.instances.instance[0].ecs_capacity_reservation_attr
    assert attribute.capacity_reservation_id == reservation
    described = client.describe_capacity_reservations(
        models.DescribeCapacityReservationsRequest(region_id=REGION)
    )
    (item,) = described.body.capacity_reservation_set.capacity_reservation_item
    assert item.private_pool_options_name == "池-1"
    assert item.tags.tag[0].tag_value == "a b+c~*'é"
    assert item.allocated_resources.allocated_resource[0].used_amount == 2
    for each in ids:
        client.stop_instance(models.StopInstanceRequest(instance_id=each))
        client.delete_instance(models.DeleteInstanceRequest(instance_id=each))
    named = models.ReleaseCapacityReservationRequestPrivatePoolOptions(id=reservation)
    client.release_capacity_reservation(
        models.ReleaseCapacityReservationRequest(region_id=REGION, private_pool_options=named)
    )
    described = client.describe_capacity_reservations(
        models.DescribeCapacityReservationsRequest(region_id=REGION)
    )
    assert described.body.total_count == 0


def test_an_error_reaches_the_caller_with_code_and_request_id(client):
    """As the SDK's own exception."""
    with pytest.raises(ClientException) as caught:
        client.delete_instance(models.DeleteInstanceRequest(instance_id="i-none"))
    assert (caught.value.code, caught.value.status_code) == ("InvalidInstanceId.NotFound", 404)
    assert caught.value.request_id
    assert caught.value.data["Recommend"]


def test_throttling_and_server_errors_are_told_apart(client, fake_aliyun):
    """The SDK knows throttling by the header alone, and how long to wait."""
    fake_aliyun.faults.add("DescribeRegions", code="Throttling.User", retry_after_ms=700)
    fake_aliyun.faults.add("DescribeRegions", code="InternalError")
    with pytest.raises(ThrottlingException) as caught:
        client.describe_regions(models.DescribeRegionsRequest())
    assert caught.value.retry_after == 700
    with pytest.raises(ServerException) as caught:
        client.describe_regions(models.DescribeRegionsRequest())
    assert caught.value.code == "InternalError"


@pytest.mark.parametrize("fault", [{"reset": True}, {"body": "<html>"}, {"truncate": 5}])
def test_a_broken_answer_breaks_the_call(client, fake_aliyun, fault):
    """And the next one works again, on whatever connection."""
    fake_aliyun.faults.add("DescribeRegions", **fault)
    with pytest.raises(UnretryableException):
        client.describe_regions(models.DescribeRegionsRequest())
    assert client.describe_regions(models.DescribeRegionsRequest()).body.regions.region


def test_bss_orders_and_releases(fake_aliyun):
    """HTTP 200 with Success false is no exception for the SDK."""
    client = BssClient(config(fake_aliyun))
    parameter = bss_models.CreateInstanceRequestParameter(code="Region", value=REGION)
    order = bss_models.CreateInstanceRequest(
        product_code="vipcloudfw", subscription_type="Subscription", period=1, parameter=[parameter]
    )
    made = client.create_instance(order).body
    assert made.success is True
    query = bss_models.QueryAvailableInstancesRequest(instance_ids=made.data.instance_id)
    assert client.query_available_instances(query).body.data.instance_list[0].region == REGION
    fake_aliyun.settings(vno=False)
    release = bss_models.ReleaseInstanceRequest(
        product_code="vipcloudfw", subscription_type="Subscription", instance_ids=made.data.instance_id
    )
    assert client.release_instance(release).body.success is False


def test_an_error_in_xml_is_understood(fake_aliyun):
    """By its exact content type; only with the new signature."""
    client = Client(config(fake_aliyun))
    body = "<?xml version='1.0'?><Error><RequestId>R1</RequestId><Code>Odd</Code><Message>m</Message></Error>"
    fake_aliyun.faults.add("DescribeRegions", body=body, status=400, content_type="text/xml;charset=utf-8")
    with pytest.raises(ClientException) as caught:
        client.describe_regions(models.DescribeRegionsRequest())
    assert (caught.value.code, caught.value.request_id) == ("Odd", "R1")
