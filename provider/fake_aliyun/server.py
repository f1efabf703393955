"""HTTP: reads requests, writes answers, and breaks connections when a fault says so."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import sys
import threading
import time
from socketserver import StreamRequestHandler, TCPServer, ThreadingMixIn
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from fake_aliyun import gateway, rendering
from fake_aliyun.errors import ApiError
from fake_aliyun.request import CONTROL, Reply, Request

if TYPE_CHECKING:
    from fake_aliyun.cloud import Cloud

_LONGEST_BODY = 8 * 1024 * 1024
_LONGEST_LINE = 64 * 1024
_MOST_HEADERS = 200
_MOST_FIELDS = 5000
_FORM = "application/x-www-form-urlencoded"
_ABSOLUTE = re.compile(r"https?://[^/?]*", re.IGNORECASE)
# l_onoff = 1, l_linger = 0: closing sends RST.
_RESET = struct.pack("ii", 1, 0)
_PHRASES = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Content Too Large",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
# What a client may still send of a request that is refused before it was read, and how long that may take.
_MOST_UNREAD = 64 * 1024 * 1024
_UNREAD_S = 5.0


class Malformed(Exception):
    """What was sent is not an HTTP request that can be answered and followed by another."""

    def __init__(self, status: int, reason: str) -> None:
        self.status = status
        super().__init__(f"The HTTP request is not valid: {reason}.")


class Gone(Exception):
    """The client has closed the connection."""


def fields(text: str) -> dict[str, str]:
    """Reads a query or a form; a name that comes twice counts with its last value."""
    try:
        return dict(parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise ApiError("InvalidParameter", "The request has too many parameters.") from None


class Handler(StreamRequestHandler):
    """One connection; kept alive, with one write per answer.

    It reads HTTP itself: the library's parser for mail headers would take most of the time of a request.
    """

    # An idle or stuck connection is closed after that many seconds.
    timeout = 300
    # No answer waits for the acknowledgement of the one before.
    disable_nagle_algorithm = True
    server: Server

    def handle(self) -> None:
        """Answers requests until one side has enough."""
        self._open = True
        with contextlib.suppress(OSError, Gone):
            while self._open:
                self._next()

    def _next(self) -> None:
        """Answers the next request; what is not one is the last."""
        try:
            self._answer()
        except Malformed as error:
            self._open = False
            refusal = ApiError("InvalidRequest", str(error), status=error.status)
            request = Request("", "", {"Format": "JSON"}, {"host": self.server.cloud.address})
            self._send(rendering.failure(request, refusal, self.server.cloud.ids.request()), "GET")
            self._drain()

    def _drain(self) -> None:
        """Reads what the client is still sending: closing on it would reset the connection, and the answer be lost."""
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(_UNREAD_S)
        left = _MOST_UNREAD
        while left > 0 and (data := self.rfile.read1(_LONGEST_LINE)):
            left -= len(data)

    def _answer(self) -> None:
        method, target, old = self._start()
        headers = self._headers()
        if "close" in (each.strip() for each in headers.get("connection", "").lower().split(",")):
            self._open = False
        # "A server … that receives a 100-continue expectation in an HTTP/1.0 request MUST ignore that expectation."
        if headers.get("expect", "").lower() == "100-continue" and not old:
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self._body(headers)
        path, _, query = target.partition("?")
        cloud = self.server.cloud
        try:
            if path.startswith(CONTROL):
                from fake_aliyun import control

                reply = control.handle(cloud, method, path, fields(query), body)
            else:
                is_form = _FORM in headers.get("content-type", "").lower()
                form = body.decode("utf-8", "replace") if is_form else ""
                request = Request(method, path, fields(query), headers, body, fields(form) if form else {})
                reply = gateway.handle(cloud, request)
        except ApiError as error:
            reply = rendering.failure(Request(method, path, {}, headers), error, cloud.ids.request())
        self._send(reply, method)

    def _line(self) -> str:
        line = self.rfile.readline(_LONGEST_LINE + 1)
        if len(line) > _LONGEST_LINE:
            raise Malformed(431, "a line is too long")
        if not line.endswith(b"\n"):
            raise Gone
        return line.decode("latin-1").rstrip("\r\n")

    def _start(self) -> tuple[str, str, bool]:
        """Reads the request line; gives the method, the target, and whether it is HTTP/1.0."""
        line = self._line()
        # "a server … SHOULD ignore at least one empty line" before a request.
        words = (line or self._line()).split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1.") or not words[0].isalpha():
            raise Malformed(400, "the request line")
        old = words[2] == "HTTP/1.0"
        if old:
            self._open = False
        # Some clients send characters beyond ASCII as they are, in UTF-8 as the rest of the protocol.
        target = words[1].encode("latin-1").decode("utf-8", "replace")
        if proxied := _ABSOLUTE.match(target):
            # As a proxy would be asked; without a path, "/" is meant.
            target = target[proxied.end() :]
            target = target if target.startswith("/") else f"/{target}"
        return words[0], target, old

    def _headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        for _ in range(_MOST_HEADERS):
            line = self._line()
            if not line:
                return headers
            name, colon, value = line.partition(":")
            key = name.lower()
            if not colon or not key or key != key.strip():
                raise Malformed(400, "a header")
            headers[key] = f"{headers[key]},{value.strip()}" if key in headers else value.strip()
        raise Malformed(431, "too many headers")

    def _body(self, headers: dict[str, str]) -> bytes:
        encoding = headers.get("transfer-encoding", "").lower()
        if encoding == "chunked":
            return self._chunks()
        if encoding:
            raise Malformed(501, "the transfer encoding")
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdecimal()):
            raise Malformed(400, "the content length")
        if len(length) > 9 or int(length) > _LONGEST_BODY:
            raise Malformed(413, "the body is too long")
        return self._read(int(length))

    def _chunks(self) -> bytes:
        body = b""
        while True:
            digits = self._line().partition(";")[0].strip()
            if not digits or len(digits) > 8 or set(digits.lower()) - set("0123456789abcdef"):
                raise Malformed(400, "a chunk")
            size = int(digits, 16)
            if size == 0:
                while self._line():
                    pass
                return body
            if len(body) + size > _LONGEST_BODY:
                raise Malformed(413, "the body is too long")
            body += self._read(size)
            self._line()

    def _read(self, size: int) -> bytes:
        data = self.rfile.read(size) if size else b""
        if len(data) < size:
            raise Gone
        return data

    def _send(self, reply: Reply, method: str) -> None:
        if reply.reset and reply.truncate is None:
            self._end(reset=True)
            return
        head = [
            f"HTTP/1.1 {reply.status} {_PHRASES.get(reply.status, 'Status')}",
            f"Content-Type: {reply.content_type}",
            f"Content-Length: {len(reply.body)}",
            time.strftime("Date: %a, %d %b %Y %H:%M:%S GMT", time.gmtime(self.server.cloud.clock.now())),
            *(f"{name}: {value}" for name, value in reply.headers.items()),
        ]
        if not self._open:
            head.append("Connection: close")
        body = b"" if method == "HEAD" else reply.body[: reply.truncate]
        self.wfile.write("\r\n".join(head).encode("latin-1", "replace") + b"\r\n\r\n" + body)
        if reply.truncate is not None:
            self._end(reset=reply.reset)

    def _end(self, *, reset: bool) -> None:
        """Ends the connection, by RST if asked."""
        self._open = False
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            # A farewell (FIN) would come before the reset: see `Server.shutdown_request`.
            self.server.abandoned.add(self.connection.fileno())


class Server(ThreadingMixIn, TCPServer):
    """Serves one cloud at one address, a thread per connection.

    Args:
        cloud: The cloud.
        host: The address to listen at.
        port: The port; 0 takes a free one.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024
    allow_reuse_address = True

    def __init__(self, cloud: Cloud, host: str = "127.0.0.1", port: int = 0) -> None:
        self.cloud = cloud
        self.abandoned: set[int] = set()
        self._thread: threading.Thread | None = None
        self._connections: set[socket.socket] = set()
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, port), Handler)
        name = f"[{host}]" if ":" in host else host
        cloud.address = f"{name}:{self.server_address[1]}"
        self.url = f"http://{cloud.address}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serves a new connection."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Closes a connection; one that is to be reset is closed without a farewell."""
        self._connections.discard(request)
        number = request.fileno()
        if number in self.abandoned:
            self.abandoned.discard(number)
            request.close()
            return
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Writes nothing about clients that go away in the middle."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def start(self) -> Server:
        """Serves in a thread of its own until `stop`."""
        self._thread = threading.Thread(
            target=self.serve_forever, args=(0.02,), name="fake-aliyun", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stops serving: frees the port and ends the connections."""
        if self._thread is not None:
            self.shutdown()
            self._thread.join()
            self._thread = None
        self.server_close()
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
