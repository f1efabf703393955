"""Malformed requests: a proper answer to each, no server error, no hang.

`FUZZ_REQUESTS` says how many; the default is a sample.
"""

import http.client
import os
import random
import socket
import string
from urllib.parse import quote, urlencode

from wire import INSTANCE, RESERVATION, VERSIONS, Api, sign_v1

from fake_aliyun.table import whole

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "3000"))
ODD = [
    "",
    " ",
    "0",
    "-1",
    "1e9",
    "null",
    "true",
    "[]",
    "{}",
    '["a"',
    "é中文",
    "\x00",
    "%00",
    "..",
    "'",
    '"',
    "<a>",
    "&",
    "9" * 30,
]
TABLE = whole()
ACTIONS = sorted(TABLE)


def word(draw):
    return draw.choice([*ODD, "".join(draw.choices(string.printable, k=draw.randint(1, 20)))])


def params(draw, product, action):
    """Declared parameters with odd values, and some that are not declared."""
    base = draw.choice([{}, RESERVATION, INSTANCE])
    names = list(TABLE[product, action].parameters)
    chosen = draw.sample(names, min(len(names), draw.randint(0, 8)))
    given = {name.replace(".N", f".{draw.choice([1, 2, 0, 10**6])}"): word(draw) for name in chosen}
    if draw.random() < 0.1:
        given[word(draw) or "x"] = word(draw)
    kept = {name: value for name, value in base.items() if draw.random() < 0.8}
    return {**kept, "RegionId": "cn-hangzhou", **given}


def signed(draw, api):
    """A well signed request that asks for something odd."""
    product, action = draw.choice(ACTIONS)
    versions = {"Ecs": "ecs", "BssOpenApi": "bss", "Sts": "sts", "Vpc": "vpc"}
    api.product = versions.get(product, "ecs")
    common = api.v1(action)
    common["Format"] = draw.choice(["JSON", "XML", "json", "odd"])
    everything = {**params(draw, product, action), **common}
    everything["Signature"] = sign_v1("POST", everything, "testsecret")
    return "POST", "/?" + urlencode(everything), {}, b""


def garbled(draw, api):
    """A request that is wrong from the ground up."""
    common = api.v1(draw.choice(ACTIONS)[1])
    for name in draw.sample(sorted(common), draw.randint(1, 4)):
        common[name] = word(draw)
    method = draw.choice(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"])
    target = draw.choice(["/", "/?", "/x/y", "/_fake/", "/_fake/state/x/y"]) + "?" + urlencode(common)
    names = ["Authorization", "x-acs-action", "x-acs-version", "x-acs-date", "Accept", "Content-Type"]
    values = ["ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=host;x,Signature=a", VERSIONS["ecs"], "xml"]
    headers = {
        name: quote(draw.choice([*values, word(draw)])) for name in draw.sample(names, draw.randint(0, 4))
    }
    body = draw.choice([b"", b"{", b"[]", b"a=%zz&b", b"\xff\xfe", os.urandom(20)])
    return method, target, headers, body


def broken(draw, api):
    """Bytes that are hardly HTTP; gives the start of the answer."""
    host, port = api.fake.url.removeprefix("http://").split(":")
    start = draw.choice(
        [b"GET / HTTP/1.1", b"POST / HTTP/1.0", b"", b"\x00\xff", b"GET  / HTTP/1.1", b"GET /"]
    )
    lines = [
        draw.choice(
            [b"a: b", b"Content-Length: 5", b"Content-Length: x", b": x", b"Transfer-Encoding: chunked", b"x"]
        )
    ]
    data = b"\r\n".join([start, *lines, b"", draw.choice([b"", b"5\r\nabc", b"zz"])])
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        return connection.recv(65536)


def test_malformed_requests_get_proper_answers(api):
    """Below 500, never HTML, never a traceback, and the fake lives on."""
    draw = random.Random(20260101)
    client = Api(api.fake)
    connection = http.client.HTTPConnection(api.fake.url.removeprefix("http://"), timeout=10)
    for number in range(REQUESTS):
        if number % 10 == 9:
            start = broken(draw, client)
            assert not start or int(start.split(b" ")[1]) < 500, start
            continue
        request = (signed if draw.random() < 0.6 else garbled)(draw, client)
        connection.request(*request[:2], request[3], request[2])
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status < 500, (request, body)
        assert b"Traceback" not in body, (request, body)
        assert b"<html" not in body.lower(), (request, body)
        if answer.getheader("connection") == "close":
            connection.close()
    connection.close()
    api.product = "ecs"
    assert api("DescribeRegions").status == 200
