"""The wire: envelopes, formats, spellings, and what is not a proper request."""

import json
import socket
import xml.etree.ElementTree as ET
from urllib.parse import urlencode

import pytest
from wire import INSTANCE, RESERVATION, sign_v1


def xml(api, action, **given):
    api.common = {"Format": "XML"}
    answer = api(action, given)
    assert answer.headers["content-type"] == "text/xml;charset=utf-8"
    return answer, ET.fromstring(answer.text)


def test_a_success_has_a_request_id_and_is_json(api):
    """The id stands in the body and in a header."""
    answer = api("DescribeRegions")
    assert answer.headers["content-type"].startswith("application/json")
    assert answer["RequestId"] == answer.headers["x-acs-request-id"]
    assert len(answer["RequestId"]) == 36


def test_an_error_has_the_vendors_envelope(api):
    """RequestId, HostId, Code, Message and Recommend."""
    answer = api("DeleteInstance", InstanceId="i-none")
    assert list(answer.json) == ["RequestId", "HostId", "Code", "Message", "Recommend"]
    assert answer.status == 404


@pytest.mark.parametrize(
    ("action", "given", "name"),
    [
        ("DescribeCapacityReservations", {"Status": "none"}, "Status"),
        ("DescribeInstances", {"InstanceIds": "[1]"}, "InstanceIds"),
        ("DescribeDisks", {"DiskIds": "[1]"}, "DiskIds"),
    ],
)
def test_a_refusal_names_what_is_not_valid(api, action, given, name):
    """As the vendor's sentences do."""
    answer = api(action, {"RegionId": "cn-hangzhou", **given})
    assert answer.message == f'The specified parameter "{name}" is not valid.'


def test_xml_repeats_an_element_for_each_entry(api):
    """As the vendor's samples show it."""
    api("RunInstances", {**INSTANCE, "Amount": 2, "Tag.1.Key": "a<&", "Tag.1.Value": ""})
    answer, root = xml(api, "DescribeInstances", RegionId="cn-hangzhou")
    assert root.tag == "DescribeInstancesResponse"
    assert [each.text for each in root.findall("Instances/Instance/Tags/Tag/TagKey")] == ["a<&", "a<&"]
    assert {each.text for each in root.findall("Instances/Instance/IoOptimized")} == {"true"}
    assert answer.status == 200


@pytest.mark.parametrize("text", ["a\x01b", "a\ufffeb", "a\uffffb"])
def test_xml_has_no_characters_that_it_can_not_have(api, text):
    """What has no place in it comes as a question mark."""
    api.run(**{"Tag.1.Key": text})
    _, root = xml(api, "DescribeInstances", RegionId="cn-hangzhou")
    assert root.findtext("Instances/Instance/Tags/Tag/TagKey") == "a?b"


def test_an_error_in_xml_is_an_error_element(api):
    """With the same fields."""
    answer, root = xml(api, "DeleteInstance", InstanceId="i-none")
    assert (root.tag, root.findtext("Code"), answer.status) == ("Error", "InvalidInstanceId.NotFound", 404)


def test_version_1_answers_xml_unless_asked_for_json(api):
    """Which is the vendor's default for it."""
    common = api.v1("DescribeRegions")
    del common["Format"]
    common["Signature"] = sign_v1("POST", common, "testsecret")
    assert api.send("/?" + urlencode(common), b"", {}).text.startswith("<?xml")


def test_acs3_answers_json_unless_xml_is_accepted(api):
    """The header Accept decides."""
    assert api.acs3("DescribeRegions")["Regions"]
    assert api.acs3("DescribeRegions", accept="application/xml").text.startswith("<?xml")


@pytest.mark.parametrize("spelling", ["true", "True", "TRUE"])
def test_booleans_are_read_in_any_case(api, spelling):
    """Each language's clients write them their own way."""
    instance = api.run(DeletionProtection=spelling)
    assert api.instance(instance)["deletion_protection"] is True


@pytest.mark.parametrize(
    ("action", "given", "status", "code"),
    [
        ("Nonsense", {}, 404, "InvalidAction.NotFound"),
        ("CreateSnapshot", {}, 404, "InvalidAction.NotFound"),
        ("DescribeInstances", {"RegionId": "cn-hangzhou", "Nonsense": "1"}, 400, "InvalidParameter"),
        ("DescribeInstances", {"RegionId": "cn-hangzhou", "Tag.0.Key": "1"}, 400, "InvalidParameter"),
        ("DescribeInstances", {"RegionId": "cn-nowhere"}, 404, "InvalidRegionId.NotFound"),
        ("DeleteInstance", {}, 400, "MissingParameter"),
        ("RunInstances", {**INSTANCE, "Amount": "many"}, 400, "InvalidParameter.Amount"),
        ("RunInstances", {**INSTANCE, "DryRun": "perhaps"}, 400, "InvalidParameter.DryRun"),
        ("RunInstances", {**INSTANCE, "SpotPriceLimit": "1e5"}, 400, "InvalidParameter.SpotPriceLimit"),
        ("TagResources", {"RegionId": "cn-hangzhou", "Tag.1.Value": "x"}, 400, "MissingParameter"),
    ],
)
def test_what_is_not_in_the_table_is_a_proper_error(api, action, given, status, code):
    """An unknown action, an unknown, missing or mistyped parameter; and it stands in the requests."""
    answer = api(action, given)
    assert (answer.status, answer.code) == (status, code)
    last = api.fake.requests()[-1]
    assert (last["action"], last["status"], last["code"]) == (action, status, code)


def test_an_unknown_version_is_a_proper_error(api):
    """As is none at all."""
    api.common = {"Version": "1999-01-01"}
    assert api("DescribeRegions").code == "InvalidVersion"
    api.common = {"Version": ""}
    assert api("DescribeRegions").code == "MissingParameter"


def test_another_method_or_path_is_a_proper_error(api):
    """Never HTML."""
    for method, target in (("PUT", "/?Format=JSON"), ("GET", "/some/path?Format=JSON"), ("PATCH", "/")):
        answer = api.send(target, b"", {}, method)
        assert answer.status in (404, 405)
        assert "<html" not in answer.text.lower()


def raw(api, data, ends=True):
    """Sends bytes, and gives all that comes until the fake ends the connection, or after the client has."""
    host, port = api.fake.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(data)
        if ends:
            connection.shutdown(socket.SHUT_WR)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/2.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 300 + b"\r\n",
    ],
)
def test_what_is_not_http_gets_one_json_answer(api, data):
    """And the connection ends."""
    head, _, body = raw(api, data).partition(b"\r\n\r\n")
    assert head.split(b" ")[1] in (b"400", b"413", b"431", b"501")
    assert b"Connection: close" in head
    assert json.loads(body)["Code"] == "InvalidRequest"
    assert json.loads(body)["HostId"] == api.fake.url.removeprefix("http://")


def signed(api, method="GET", **more):
    """A query that asks for the regions, signed by version 1.0."""
    common = {**api.v1("DescribeRegions"), **more}
    return urlencode({**common, "Signature": sign_v1(method, common, api.secret)})


def test_a_client_that_is_still_sending_gets_the_refusal(api):
    """And no reset: it sends the rest of what is too long, then reads the answer."""
    data = b"POST / HTTP/1.1\r\nContent-Length: 20000000\r\n\r\n" + b"a" * 20_000_000
    assert raw(api, data).startswith(b"HTTP/1.1 413 Content Too Large\r\n")


@pytest.mark.parametrize("origin", ["http://some.host:80/", "http://some.host", "HTTP://some.host/"])
def test_a_request_as_to_a_proxy_is_answered(api, origin):
    """With the whole address in its first line, with a path or without."""
    assert raw(api, f"GET {origin}?{signed(api)} HTTP/1.1\r\n\r\n".encode()).startswith(
        b"HTTP/1.1 200 OK\r\n"
    )


def test_the_slash_of_a_parameter_is_not_that_of_a_path(api):
    """Where the whole address is in the first line, and has no path."""
    data = f"GET http://some.host?{signed(api)}&OwnerAccount=a/b HTTP/1.1\r\n\r\n".encode()
    assert b"SignatureDoesNotMatch" in raw(api, data)


def test_characters_that_are_not_encoded_are_read_as_utf_8(api):
    """Some clients send them as they are."""
    query = signed(api, OwnerAccount="池").replace("%E6%B1%A0", "池")
    assert "池" in query
    assert raw(api, f"GET /?{query} HTTP/1.1\r\n\r\n".encode()).startswith(b"HTTP/1.1 200 OK\r\n")


def test_the_type_of_a_form_is_read_in_any_case(api):
    """As the names of all media types."""
    kind = {"Content-Type": "Application/X-WWW-Form-Urlencoded; Charset=UTF-8"}
    assert api.send("/", signed(api, "POST").encode(), kind).status == 200


def test_a_client_may_close_among_other_wishes(api):
    """The connection ends though the client waits for more."""
    data = f"GET /?{signed(api)} HTTP/1.1\r\nConnection: TE, Close\r\n\r\n".encode()
    assert b"\r\nConnection: close\r\n" in raw(api, data, ends=False)


def test_an_old_client_gets_no_go_ahead(api):
    """It knows none: HTTP/1.0."""
    body = signed(api, "POST").encode()
    head = f"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: {len(body)}\r\n"
    kind = "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    assert raw(api, (head + kind).encode() + body, ends=False).startswith(b"HTTP/1.1 200 OK\r\n")


def test_each_status_has_its_phrase(api):
    """As the standard names it."""
    assert raw(api, b"PUT / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 405 Method Not Allowed\r\n")
    api.fake.faults.add("DescribeRegions", code="ServiceUnavailable")
    data = f"GET /?{signed(api)} HTTP/1.1\r\n\r\n".encode()
    assert raw(api, data).startswith(b"HTTP/1.1 503 Service Unavailable\r\n")


def test_a_connection_is_kept_for_several_requests(api):
    """Two requests in one go are two answers, in order."""
    request = b"GET /_fake/clock HTTP/1.1\r\nHost: x\r\n\r\n"
    assert raw(api, request * 2).count(b"HTTP/1.1 200 OK") == 2


def test_a_body_in_chunks_is_read(api):
    """Some clients don't know its length beforehand."""
    request = (
        b"POST /_fake/settings HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        b'9\r\n{"vno": f\r\n5\r\nalse}\r\n0\r\n\r\n'
    )
    assert b'"vno": false' in raw(api, request)


def test_a_client_that_waits_for_the_go_ahead_gets_it(api):
    """Expect: 100-continue."""
    request = b"POST /_fake/reset HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}"
    assert raw(api, request).startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")


def test_a_mistake_of_the_fake_is_an_internal_error(api, monkeypatch, capsys):
    """Never a traceback on the wire; the console has it."""
    monkeypatch.setattr("fake_aliyun.ecs.zones.places", None)
    answer = api("DescribeRegions")
    assert (answer.status, answer.code) == (500, "InternalError")
    assert "Traceback" in capsys.readouterr().err


def test_secrets_are_masked_in_the_requests(api):
    """Passwords and user data; all else is shown as it came."""
    api("RunInstances", {**INSTANCE, "Password": "Secret-123", "UserData": "aGVsbG8="})
    bss = api.as_("bss")
    given = {"Parameter.1.Code": "AdminPassword", "Parameter.1.Value": "Secret-123"}
    bss("CreateInstance", {"ProductCode": "x", "SubscriptionType": "PayAsYouGo", **given})
    seen = json.dumps(api.fake.requests())
    assert "Secret-123" not in seen
    assert "aGVsbG8=" not in seen
    assert api.fake.requests()[0]["params"]["ImageId"] == INSTANCE["ImageId"]


def test_requests_are_numbered_from_one(api):
    """And can be asked for from a number on."""
    for _ in range(3):
        api("DescribeRegions")
    assert [each["n"] for each in api.control("requests?since=1").json] == [2, 3]
    assert set(api.fake.requests()[0]) >= {"n", "action", "status", "code", "params", "time"}


def test_a_client_token_does_no_harm_where_it_means_nothing(api):
    """Other languages' providers send it with every change."""
    instance = api.run()
    given = {"InstanceId": instance, "InstanceName": "web", "ClientToken": "t", "RegionId": "cn-hangzhou"}
    assert api("ModifyInstanceAttribute", given).status == 200
    assert api("ModifyInstanceAttribute", {**given, "InstanceName": "db"}).status == 200
    assert api.instance(instance)["instance_name"] == "db"


def test_the_location_service_names_the_fake_itself(api):
    """So that clients that look for endpoints stay here."""
    api.common = {"Version": "2015-06-12"}
    answer = api("DescribeEndpoints", {"Id": "cn-hangzhou", "ServiceCode": "ecs", "Type": "openAPI"})
    assert answer["Endpoints"]["Endpoint"][0]["Endpoint"] == api.fake.url.removeprefix("http://")


def test_the_same_reservation_can_be_made_over_both_schemes(api):
    """Query or form, old or new: the operation sees the same."""
    ids = {api("CreateCapacityReservation", RESERVATION)["PrivatePoolOptionsId"]}
    ids.add(api.acs3("CreateCapacityReservation", RESERVATION)["PrivatePoolOptionsId"])
    assert {each["id"] for each in api.fake.state()["capacity_reservations"]} == ids
