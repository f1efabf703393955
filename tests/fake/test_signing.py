"""Who may ask: both signature schemes, and every way to get them wrong."""

import time
import uuid
from urllib.parse import urlencode

import pytest

from fake_aliyun.signing import signature_v1

# The request of the vendor's page on signatures, with its result.
DOCUMENTED = {
    "AccessKeyId": "testid",
    "Action": "DescribeRegions",
    "Format": "XML",
    "SignatureMethod": "HMAC-SHA1",
    "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
    "SignatureVersion": "1.0",
    "Timestamp": "2016-02-23T12:46:24Z",
    "Version": "2014-05-26",
}


def test_the_documented_request_gets_the_documented_signature():
    """The page's key and secret sign its request as the page says."""
    assert signature_v1("GET", DOCUMENTED, "testsecret") == "OLeaidS1JvxuMvnyHOwuJ+uX5qY="


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("text", ["a b+c~d*e/f", "中文 é", "%41&x=1", ""])
def test_both_schemes_accept_whatever_characters(api, method, text):
    """Blanks, signs and letters of any alphabet are signed alike by client and fake."""
    api.method = method
    assert api("DescribeInstances", RegionId="cn-hangzhou", InstanceName=text).status == 200
    given = {"RegionId": "cn-hangzhou", "InstanceName": text}
    assert api.acs3("DescribeInstances", given).status == 200


def test_hmac_sha256_signs_version_1_too(api):
    """RPC v1 with HMAC-SHA256 is verified with its own digest, not with SHA1."""
    api.common = {"SignatureMethod": "HMAC-SHA256"}
    assert api("DescribeRegions").code == "SignatureDoesNotMatch"
    common = api.v1("DescribeRegions")
    common["Signature"] = signature_v1("GET", common, "testsecret")
    assert api.send("/?" + urlencode(common), b"", {}, "GET").status == 200


def test_a_wrong_secret_is_refused(api):
    """Whatever the scheme."""
    api.secret = "wrong"
    assert (api("DescribeRegions").code, api("DescribeRegions").status) == ("SignatureDoesNotMatch", 400)
    assert api.acs3("DescribeRegions").code == "SignatureDoesNotMatch"


def test_an_unknown_access_key_is_refused(api):
    """With 404, as the real service does."""
    api.key = "nobody"
    answer = api("DescribeRegions")
    assert (answer.status, answer.code) == (404, "InvalidAccessKeyId.NotFound")
    assert api.acs3("DescribeRegions").code == "InvalidAccessKeyId.NotFound"


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_stale_date_is_refused(api, minutes):
    """A quarter of an hour before or after the server's time."""
    stale = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + minutes * 60))
    assert api.acs3("DescribeRegions", **{"x-acs-date": stale}).code == "InvalidTimeStamp.Expired"
    api.common = {"Timestamp": stale}
    assert api("DescribeRegions").code == "InvalidTimeStamp.Expired"


def test_a_malformed_date_is_refused(api):
    """It is not guessed at."""
    api.common = {"Timestamp": "yesterday"}
    assert api("DescribeRegions").code == "InvalidTimeStamp.Format"


def test_moving_the_fakes_clock_does_not_make_requests_stale(api):
    """Clients sign with the machine's time, wherever the fake's clock stands."""
    api.fake.clock.advance(365 * 24 * 3600)
    assert api("DescribeRegions").status == 200


def test_a_nonce_counts_once(api):
    """A replayed request is refused."""
    nonce = uuid.uuid4().hex
    assert api.acs3("DescribeRegions", **{"x-acs-signature-nonce": nonce}).status == 200
    assert api.acs3("DescribeRegions", **{"x-acs-signature-nonce": nonce}).code == "SignatureNonceUsed"


def test_a_refused_request_does_not_use_its_nonce(api):
    """Nobody can use up another's nonce without the secret."""
    nonce = uuid.uuid4().hex
    api.secret = "wrong"
    api.acs3("DescribeRegions", **{"x-acs-signature-nonce": nonce})
    api.secret = "testsecret"
    assert api.acs3("DescribeRegions", **{"x-acs-signature-nonce": nonce}).status == 200


def test_a_tampered_parameter_is_refused(api):
    """What was not signed does not count."""
    common = api.v1("DescribeInstances")
    common["RegionId"] = "cn-hangzhou"
    common["Signature"] = signature_v1("POST", common, "testsecret")
    target = "/?" + urlencode({**common, "RegionId": "cn-beijing"})
    assert api.send(target, b"", {}).code == "SignatureDoesNotMatch"


def test_an_unsigned_action_header_is_refused(api):
    """ACS3 has to sign what the request means."""
    header = "ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=host,Signature=00"
    headers = {"x-acs-action": "DescribeRegions", "x-acs-version": "2014-05-26", "Authorization": header}
    assert api.send("/", b"", headers).code == "IncompleteSignature"


@pytest.mark.parametrize("name", ["AccessKeyId", "Signature", "SignatureNonce", "Timestamp"])
def test_what_the_protocol_needs_is_asked_for(api, name):
    """By a code of its own."""
    common = api.v1("DescribeRegions")
    common.pop(name, None)
    if name != "Signature":
        common["Signature"] = signature_v1("POST", common, "testsecret")
    assert api.send("/?" + urlencode(common), b"", {}).code == f"Missing{name}"


def test_temporary_credentials_work_until_they_expire(api):
    """AssumeRole gives a key, a secret and a token that belong together."""
    sts = api.as_("sts")
    role = {"RoleArn": "acs:ram::1234567890123456:role/deployer", "RoleSessionName": "me"}
    given = sts("AssumeRole", role)["Credentials"]
    api.key, api.secret, api.token = given["AccessKeyId"], given["AccessKeySecret"], given["SecurityToken"]
    assert api("DescribeRegions").status == 200
    assert api.acs3("DescribeRegions").status == 200
    assert api.as_("sts")("GetCallerIdentity")["Arn"].endswith("assumed-role/deployer/me")
    api.fake.clock.advance(3601)
    assert api("DescribeRegions").code == "InvalidSecurityToken.Expired"


def test_a_token_belongs_to_its_key(api):
    """Neither a foreign token nor none will do for a temporary key, nor any for a lasting one."""
    api.token = "some-token"
    assert api("DescribeRegions").code == "InvalidSecurityToken.MismatchWithAccessKey"
    api.token = ""
    role = {"RoleArn": "acs:ram::1234567890123456:role/deployer", "RoleSessionName": "me"}
    given = api.as_("sts")("AssumeRole", role)["Credentials"]
    api.key, api.secret = given["AccessKeyId"], given["AccessKeySecret"]
    assert api("DescribeRegions").code == "MissingSecurityToken"
    api.token = "some-token"
    assert api("DescribeRegions").code == "InvalidSecurityToken.Malformed"
