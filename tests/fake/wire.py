"""A hand-made client, apart from all SDKs: it signs requests as the vendor's pages say."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

VERSIONS = {"ecs": "2014-05-26", "bss": "2017-12-14", "sts": "2015-04-01", "vpc": "2016-04-28"}
REGION = "cn-hangzhou"
ZONE = "cn-hangzhou-h"
RESERVATION = {
    "RegionId": REGION,
    "ZoneId.1": ZONE,
    "InstanceType": "ecs.g6.xlarge",
    "InstanceAmount": "2",
    "PrivatePoolOptions.MatchCriteria": "Target",
}
INSTANCE = {
    "RegionId": REGION,
    "ZoneId": ZONE,
    "InstanceType": "ecs.g6.xlarge",
    "ImageId": "aliyun_3_x64_20G",
    "VSwitchId": "vsw-1",
    "SecurityGroupIds.1": "sg-1",
}


def encode(text: str) -> str:
    return quote(text, safe="~")


def sign_v1(method: str, params: dict[str, str], secret: str) -> str:
    """Signature version 1.0: sorted, encoded, encoded again, HMAC-SHA1 with the secret and an ampersand."""
    query = "&".join(f"{encode(name)}={encode(value)}" for name, value in sorted(params.items()))
    text = f"{method}&{encode('/')}&{encode(query)}"
    return base64.b64encode(hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()).decode()


def sign_acs3(method: str, params: dict[str, str], headers: dict[str, str], body: bytes, secret: str) -> str:
    """ACS3-HMAC-SHA256 over the canonical request."""
    query = "&".join(f"{encode(name)}={encode(value)}" for name, value in sorted(params.items()))
    names = sorted(headers)
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    canonical = "\n".join([method, "/", query, lines, ";".join(names), hashlib.sha256(body).hexdigest()])
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        return self.json.get("Code", "") if self.status != 200 else ""

    @property
    def message(self) -> str:
        return self.json.get("Message", "")

    def __getitem__(self, name: str) -> Any:
        assert self.status == 200, self.text
        return self.json[name]


@dataclass
class Api:
    """Calls the fake; `api("Action", Name=…, **{"A.B": …})`."""

    fake: Any
    key: str = "testid"
    secret: str = "testsecret"
    token: str = ""
    product: str = "ecs"
    method: str = "POST"
    common: dict[str, str] = field(default_factory=dict)

    def __call__(self, action: str, given: dict[str, Any] | None = None, **more: Any) -> Answer:
        """Signs by version 1.0 and sends the business parameters as a form."""
        business = {
            name: str(value) for name, value in {**(given or {}), **more}.items() if value is not None
        }
        common = self.v1(action)
        common["Signature"] = sign_v1(self.method, {**common, **business}, self.secret)
        if self.method == "GET":
            return self.send("/?" + urlencode({**common, **business}), b"", {})
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.send("/?" + urlencode(common), urlencode(business).encode(), kind)

    def v1(self, action: str) -> dict[str, str]:
        """The parameters of the protocol, unsigned."""
        common = {
            "Action": action,
            "Version": VERSIONS[self.product],
            "Format": "JSON",
            "AccessKeyId": self.key,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": uuid.uuid4().hex,
            "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            **self.common,
        }
        return {**common, "SecurityToken": self.token} if self.token else common

    def acs3(self, action: str, given: dict[str, Any] | None = None, /, **headers: str) -> Answer:
        """Signs by ACS3 and sends the parameters in the query; headers given here replace the usual ones."""
        params = {name: str(value) for name, value in (given or {}).items()}
        usual = {
            "host": self.fake.url.removeprefix("http://"),
            "x-acs-action": action,
            "x-acs-version": VERSIONS[self.product],
            "x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
            **({"x-acs-security-token": self.token} if self.token else {}),
            **headers,
        }
        signature = sign_acs3(self.method, params, usual, b"", self.secret)
        names = ";".join(sorted(usual))
        usual["Authorization"] = (
            f"ACS3-HMAC-SHA256 Credential={self.key},SignedHeaders={names},Signature={signature}"
        )
        return self.send("/?" + urlencode(params), b"", usual)

    def send(self, target: str, body: bytes, headers: dict[str, str], method: str = "") -> Answer:
        connection = http.client.HTTPConnection(self.fake.url.removeprefix("http://"), timeout=20)
        try:
            connection.request(method or self.method, target, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, text)
        finally:
            connection.close()

    def control(self, path: str, given: Any = None, method: str = "") -> Answer:
        """Calls the control plane."""
        body = b"" if given is None else json.dumps(given).encode()
        return self.send(f"/_fake/{path}", body, {}, method or ("GET" if given is None else "POST"))

    def as_(self, product: str) -> Api:
        """The same for another product."""
        return Api(self.fake, self.key, self.secret, self.token, product, self.method, self.common)

    def reserve(self, **more: Any) -> str:
        """Makes a reservation and gives its id."""
        return self("CreateCapacityReservation", {**RESERVATION, **more})["PrivatePoolOptionsId"]

    def run(self, **more: Any) -> str:
        """Makes an instance and gives its id."""
        return self("RunInstances", {**INSTANCE, **more})["InstanceIdSets"]["InstanceIdSet"][0]

    def reservation(self, reservation_id: str) -> dict[str, Any]:
        """What the state says of a reservation."""
        (found,) = (
            each for each in self.fake.state()["capacity_reservations"] if each["id"] == reservation_id
        )
        return found

    def instance(self, instance_id: str) -> dict[str, Any]:
        """What the state says of an instance."""
        (found,) = (each for each in self.fake.state()["instances"] if each["id"] == instance_id)
        return found

    def target(self, reservation_id: str) -> dict[str, str]:
        """The parameters that put an instance into a reservation's pool."""
        return {"PrivatePoolOptions.MatchCriteria": "Target", "PrivatePoolOptions.Id": reservation_id}
