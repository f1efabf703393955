"""The smallest HTTP client: requests are made ready beforehand, so that the server's time is what is measured."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import time
import uuid
from urllib.parse import quote, urlencode


def fake_request(action: str, **params: str) -> bytes:
    """Makes a request to the fake, signed by version 1.0."""
    given = {
        "Action": action,
        "RegionId": "cn-hangzhou",
        "Format": "JSON",
        "Version": "2014-05-26",
        "AccessKeyId": "testid",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": uuid.uuid4().hex,
        "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        **params,
    }
    query = "&".join(f"{quote(name, safe='~')}={quote(given[name], safe='~')}" for name in sorted(given))
    text = f"POST&%2F&{quote(query, safe='~')}"
    signature = base64.b64encode(hmac.digest(b"testsecret&", text.encode(), hashlib.sha1)).decode()
    target = "/?" + urlencode({**given, "Signature": signature})
    return f"POST {target} HTTP/1.1\r\nHost: fake\r\nContent-Length: 0\r\n\r\n".encode()


def moto_request(action: str, **params: str) -> bytes:
    """Makes a request to moto, which does not look at signatures."""
    body = urlencode({"Action": action, "Version": "2016-11-15", **params})
    credential = (
        "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=b"
    )
    head = (
        f"POST / HTTP/1.1\r\nHost: ec2.us-east-1.amazonaws.com\r\nAuthorization: {credential}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


class Connection:
    """A connection that is kept if the server keeps it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def ask(self, request: bytes) -> bytes:
        """Sends a request and gives the body of the answer; anything but 200 is an error."""
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._receive()
        head, _, body = data.partition(b"\r\n\r\n")
        lower = head.lower()
        length = int(lower.partition(b"content-length:")[2].partition(b"\r\n")[0])
        parts, size = [body], len(body)
        while size < length:
            parts.append(self._receive())
            size += len(parts[-1])
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError((head + b"".join(parts)).decode())
        if b"connection: close" in lower:
            self._socket.close()
            self._socket = None
        return b"".join(parts)

    def _receive(self) -> bytes:
        assert self._socket is not None
        data = self._socket.recv(1 << 18)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data
