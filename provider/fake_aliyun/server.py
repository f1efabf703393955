"""HTTP: reads requests, writes answers, and breaks connections when a fault says so."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import threading
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from fake_aliyun import control, gateway, rendering
from fake_aliyun.errors import ApiError
from fake_aliyun.request import Reply, Request

if TYPE_CHECKING:
    from fake_aliyun.cloud import Cloud

_LONGEST_BODY = 8 * 1024 * 1024
_MOST_FIELDS = 5000
_FORM = "application/x-www-form-urlencoded"
# l_onoff = 1, l_linger = 0: closing sends RST.
_RESET = struct.pack("ii", 1, 0)


def fields(text: str) -> dict[str, str]:
    """Reads a query or a form; a name that comes twice counts with its last value."""
    try:
        return dict(parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise ApiError("InvalidParameter", "The request has too many parameters.") from None


class Handler(BaseHTTPRequestHandler):
    """One connection; kept alive, with one write per answer."""

    protocol_version = "HTTP/1.1"
    # An idle or stuck connection is closed after that many seconds.
    timeout = 300
    # Together with buffered writing: no answer waits for the acknowledgement of its own first half.
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def handle_one_request(self) -> None:
        """Reads and answers one request."""
        try:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline:
                self.close_connection = True
                return
            if len(self.raw_requestline) > 65536:
                self.requestline, self.request_version, self.command = "", "", ""
                self.send_error(414)
            elif self.parse_request():
                self._answer()
        except (OSError, ValueError):
            # The client went away, or what it sends is not HTTP.
            self.close_connection = True

    def _answer(self) -> None:
        path, _, query = self.path.partition("?")
        if "://" in path:
            path = urlsplit(path).path or "/"
        try:
            body = self._body()
            if body is None:
                return
            if path.startswith(control.PREFIX):
                self._send(control.handle(self.server.cloud, self.command, path, fields(query), body))
                return
            headers: dict[str, str] = {}
            for name, value in self.headers.items():
                key = name.lower()
                headers[key] = f"{headers[key]},{value}" if key in headers else value
            form = (
                body.decode("utf-8", "replace") if body and _FORM in headers.get("content-type", "") else ""
            )
            request = Request(self.command, path, fields(query), headers, body, fields(form) if form else {})
        except ApiError as error:
            self._send(
                rendering.failure(Request(self.command, path, {}, {}), error, self.server.cloud.ids.request())
            )
            return
        self._send(gateway.handle(self.server.cloud, request))

    def _body(self) -> bytes | None:
        """Reads the body; none if the connection can't go on, which is answered already."""
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            return self._chunks()
        length = self.headers.get("content-length", "0").strip()
        if not (length.isascii() and length.isdecimal()):
            self.send_error(400)
            return None
        if len(length) > 9 or int(length) > _LONGEST_BODY:
            self.send_error(413)
            return None
        body = self.rfile.read(int(length)) if int(length) else b""
        if len(body) < int(length):
            self.close_connection = True
            return None
        return body

    def _chunks(self) -> bytes | None:
        parts: list[bytes] = []
        while True:
            size = int(self.rfile.readline(1024).partition(b";")[0].strip() or b"x", 16)
            if size < 0 or sum(map(len, parts)) + size > _LONGEST_BODY:
                self.send_error(413)
                return None
            if size == 0:
                while self.rfile.readline(65537).strip():
                    pass
                return b"".join(parts)
            parts.append(self.rfile.read(size))
            self.rfile.readline(16)

    def _send(self, reply: Reply) -> None:
        if reply.reset and reply.truncate is None:
            self._end(reset=True)
            return
        body = reply.body
        head = [
            f"HTTP/1.1 {reply.status} {responses.get(reply.status, 'Unknown')}",
            f"Content-Type: {reply.content_type}",
            f"Content-Length: {len(body)}",
            f"Date: {self.date_time_string()}",
            *(f"{name}: {value}" for name, value in reply.headers.items()),
        ]
        if self.close_connection:
            head.append("Connection: close")
        if self.command == "HEAD":
            body = b""
        self.wfile.write(
            "\r\n".join(head).encode("latin-1", "replace") + b"\r\n\r\n" + body[: reply.truncate]
        )
        self.wfile.flush()
        if reply.truncate is not None:
            self._end(reset=reply.reset)

    def _end(self, *, reset: bool) -> None:
        """Ends the connection, by RST if asked."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            if reset:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                # The socket is shared with rfile and wfile: it closes when all three are.
                self.server.abandoned.add(self.connection.fileno())
            else:
                self.connection.shutdown(socket.SHUT_RDWR)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Answers what is not even a proper HTTP request, as the API would: in JSON."""
        self.close_connection = True
        error = ApiError(
            "InvalidRequest", f"The HTTP request is not valid: {responses.get(code, code)}.", status=code
        )
        request = Request("", "", {"Format": "JSON"}, {})
        self._send(rendering.failure(request, error, self.server.cloud.ids.request()))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Writes nothing: the journal has it."""


class Server(ThreadingHTTPServer):
    """Serves one cloud at one address.

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
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, port), Handler)
        name = f"[{host}]" if ":" in host else host
        cloud.address = f"{name}:{self.server_address[1]}"
        self.url = f"http://{cloud.address}"

    def server_bind(self) -> None:
        """Binds the address, without asking any name server for its name."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def shutdown_request(self, request: Any) -> None:
        """Closes a connection; one that is to be reset is closed without a farewell."""
        if request.fileno() in self.abandoned:
            self.abandoned.discard(request.fileno())
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
        """Stops serving and frees the port."""
        if self._thread is not None:
            self.shutdown()
            self._thread.join()
            self._thread = None
        self.server_close()
