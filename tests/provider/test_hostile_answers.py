"""Whatever comes back for a call that buys: an error that says what to do, and what was bought is had once.

The calls go through the vendor's SDK to a real HTTP server, which carries them out and then answers otherwise.
"""

from __future__ import annotations

import gzip
import itertools
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from cloud_model import CloudModel
from engine_model import Engine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from smallest import INSTANCE, ORDER, RESERVATION
from test_answers import DROPPED, leaves, spoiled
from test_histories import alive, connected

from fake_aliyun import FakeAliyun, gateway, server, table
from fake_aliyun.request import Reply, Request
from pulumi_aliyun import bridge, cloud, polls, wire
from pulumi_aliyun.bss_instance import BssInstanceProvider
from pulumi_aliyun.capacity_reservation import CapacityReservationProvider
from pulumi_aliyun.ecs_instance import EcsInstanceProvider
from pulumi_aliyun.errors import AliyunError

BOUGHT: dict[str, tuple[Any, dict[str, Any]]] = {
    "CreateCapacityReservation": (CapacityReservationProvider(), RESERVATION),
    "RunInstances": (EcsInstanceProvider(), INSTANCE),
    "CreateInstance": (BssInstanceProvider(), ORDER),
}
"""What is bought by which call."""
ANSWERS: dict[str, dict[str, Any]] = {
    "CreateCapacityReservation": {"RequestId": "r", "PrivatePoolOptionsId": "crp-1"},
    "RunInstances": {
        "RequestId": "r",
        "OrderId": "1",
        "TradePrice": 1.5,
        "InstanceIdSets": {"InstanceIdSet": ["i-1"]},
    },
    "CreateInstance": {
        "RequestId": "r",
        "Code": "Success",
        "Message": "Successful!",
        "Success": True,
        "Data": {"OrderId": "1", "InstanceId": "waf-1"},
    },
}
"""The shapes of the true answers."""

EXAMPLES = int(os.environ.get("HOSTILE_ANSWERS", "150"))
"""How many are met by each call."""


# ---- answers as nobody gives them ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spoil:
    """One way to answer otherwise."""

    name: str
    make: Callable[[dict[str, Any]], bytes]
    """Makes what goes over the wire of the true answer."""
    stays_open: bool = False
    """Whether the connection is kept for the next call."""

    def __repr__(self) -> str:
        return self.name


def http(
    status: int, body: str | bytes, *head: str, kind: str = "application/json", length: int | None = None
) -> bytes:
    """An answer on the wire."""
    data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Status", f"Content-Type: {kind}", *head]
    lines += ["Connection: close"] * ("Connection: keep-alive" not in head)
    lines += [f"Content-Length: {len(data) if length is None else length}"] * (length != -1)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def instead(name: str, status: int, body: str | bytes, *head: str, **more: Any) -> Spoil:
    """An answer that has nothing of the true one."""
    return Spoil(f"{status} {name}", lambda _: http(status, body, *head, **more))


def of_true(name: str, make: Callable[[bytes], bytes], *, stays_open: bool = False) -> Spoil:
    """The true answer, otherwise on the wire."""
    return Spoil(name, lambda answer: make(json.dumps(answer).encode()), stays_open)


def at(path: tuple[Any, ...], value: Any) -> Spoil:
    """The true answer with something else at a path."""
    shown = "dropped" if value is DROPPED else f"is {value!r}"[:60]
    return Spoil(
        f"{'.'.join(map(str, path))} {shown}",
        lambda answer: http(200, json.dumps(spoiled(answer, path, value)), "Connection: keep-alive"),
        stays_open=True,
    )


def nested(depth: int, *, inside: str = "") -> Any:
    """A list in a list in a list."""
    value: Any = inside
    for _ in range(depth):
        value = [value]
    return value


VALUES: list[Any] = [
    DROPPED,
    None,
    "",
    " ",
    "nonsense",
    -7,
    0,
    True,
    False,
    1e300,
    float("nan"),
    10**400,
    [],
    {},
    [None],
    [[]],
    ["x", None],
    {"a": {"b": 1}},
    nested(50),
    {"Data": nested(20)},
    "x" * 100_000,
    "\x00\x1b[31m",
    "\ud800",
    "crp-bp1 x",
    " crp-bp1x",
    "crp-bp1x\n",
    "crp-\x07",
    "crp-\u202e1",
    "i-bp1x y",
    "i-bp1x\r\ni-2",
    "i-" + "x" * 200,
    "waf-1 ",
    "waf\t1",
    ["i-bp1 x"],
    ["crp-bp1x"],
    "waf-1,waf-2",
]
LIES: dict[str, tuple[tuple[Any, ...], Any]] = {
    "CreateCapacityReservation": (("PrivatePoolOptionsId",), "crp-stranger"),
    "RunInstances": (("InstanceIdSets", "InstanceIdSet"), ["i-stranger", "i-other"]),
    "CreateInstance": (("Data", "InstanceId"), "waf-stranger"),
}
"""Ids that could be true."""
BODIES = [
    instead("page", 200, "<html>Log in</html>", kind="text/html"),
    instead("page said to be JSON", 200, "<html>Log in</html>"),
    *(
        instead(text[:30] or "nothing", 200, text)
        for text in (
            "",
            "null",
            "[]",
            "[1, 2]",
            "7",
            '"text"',
            "true",
            "{}",
            '{"RequestId": "r"}',
            '{"RequestId": "r", "Code": "Success"}',
            '{"Code": "Forbidden.RAM", "Message": "no", "RequestId": "r"}',
            '{"Code": "Forbidden.RAM", "Message": "no", "RequestId": "r", "Success": false}',
            '{"Code": null, "Message": ["a"], "RequestId": "r", "Success": false}',
            '{"RequestId": "r", "Success": "false"}',
            '{"RequestId": {"a": 1}}',
            '{"RequestId": "r", "Data": []}',
            "[" * 100_000,
            '{"a":' * 100_000,
            '{"a": NaN}',
            "\ufeff{}",
        )
    ),
    instead("no UTF-8", 200, b'{"RequestId": "\xff\xfe"}'),
    instead("NULs", 200, b"\x00" * 1000),
    instead("huge", 200, b" " * 3_000_000),
    instead("nothing", 204, ""),
    *(
        instead(f"to {where}", status, "", f"Location: {where}")
        for status in (301, 302, 303, 307, 308)
        for where in ("/", "http://127.0.0.1:9/", "file:///etc/passwd", "")
    ),
    instead("multiple choices", 300, "{}"),
    instead("not modified", 304, ""),
    *(
        instead(text[:30] or "nothing", status, text)
        for status in (400, 401, 403, 404, 407, 408, 409, 418, 429, 451, 500, 502, 503, 504, 599)
        for text in (
            "",
            "{}",
            "[]",
            "<html>",
            '{"Code": "Forbidden.RAM", "Message": "no", "RequestId": "r"}',
            '{"Code": 7, "Message": {"a": 1}, "RequestId": []}',
            '{"Code": "A\\nB", "Message": "\\u001b[31m", "RequestId": "r"}',
        )
    ),
    *(
        instead(f"retry after {value!r}", 429, '{"Code": "Throttling"}', f"x-acs-retry-after: {value}")
        for value in ("nonsense", "-1", "0", "1e9", "99999999999999999999", "")
    ),
    Spoil("no HTTP at all", lambda _: b"\x16\x03\x01 hello\r\n\r\n"),
    Spoil("nothing at all", lambda _: b""),
    Spoil("a status line alone", lambda _: b"HTTP/1.1 200 OK\r\n"),
    Spoil("no status", lambda _: b"HTTP/1.1 abc OK\r\n\r\n{}"),
    Spoil("too many headers", lambda _: b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500 + b"\r\n{}"),
    Spoil("a header too long", lambda _: b"HTTP/1.1 200 OK\r\nA: " + b"b" * 100_000 + b"\r\n\r\n{}"),
    Spoil("broken chunks", lambda _: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
]
FRAMES = [
    of_true("cut", lambda data: http(200, data[: len(data) // 2])),
    of_true("cut to one byte", lambda data: http(200, data[:1])),
    of_true("shorter than said", lambda data: http(200, data, length=len(data) + 10)),
    of_true("longer than said", lambda data: http(200, data, length=len(data) - 3)),
    of_true("longer than said, kept open", lambda data: http(200, data, length=5), stays_open=True),
    of_true("twice on one connection", lambda data: http(200, data) * 2, stays_open=True),
    of_true("twice in one body", lambda data: http(200, data * 2)),
    of_true("no length", lambda data: http(200, data, length=-1)),
    of_true("negative length", lambda data: http(200, data, "Content-Length: -5", length=-1)),
    of_true("no number for a length", lambda data: http(200, data, "Content-Length: much", length=-1)),
    of_true("no gzip", lambda data: http(200, data, "Content-Encoding: gzip")),
    of_true("gzip", lambda data: http(200, gzip.compress(data), "Content-Encoding: gzip")),
    of_true("cut gzip", lambda data: http(200, gzip.compress(data)[:-9], "Content-Encoding: gzip")),
    of_true(
        "gzip of too much", lambda _: http(200, gzip.compress(b" " * 3_000_000), "Content-Encoding: gzip")
    ),
    of_true("unknown encoding", lambda data: http(200, data, "Content-Encoding: rot13")),
    of_true("as text", lambda data: http(200, data, kind="text/plain")),
    of_true("as XML", lambda data: http(200, data, kind="text/xml; charset=nonsense")),
    of_true("in UTF-16", lambda data: http(200, data.decode().encode("utf-16"))),
    of_true("in a list", lambda data: http(200, b"[" + data + b"]")),
    of_true("in quotes", lambda data: http(200, json.dumps(data.decode()))),
    of_true("after a page", lambda data: http(200, b"<html></html>" + data)),
    *(
        of_true(f"under {status}", lambda data, status=status: http(status, data))  # type: ignore[misc]
        for status in (201, 202, 203, 206, 226, 299, 300, 302, 400, 403, 404, 429, 500, 502, 503, 504)
    ),
]


def spoils(action: str) -> st.SearchStrategy[tuple[Spoil, bool]]:
    """Ways to answer an operation otherwise, and whether it is carried out before: what is true of it always is."""
    chosen = [
        at(path, value)
        for path, value in itertools.product(leaves(ANSWERS[action]), VALUES)
        if path != LIES["CreateInstance"][0] or not (value == "nonsense" or isinstance(value, (int, float)))
    ]  # whatever is a word may be the id of what is ordered
    values = st.sampled_from(chosen)
    return st.one_of(
        st.tuples(values | st.sampled_from(FRAMES), st.just(True)),
        st.tuples(st.sampled_from(BODIES), st.booleans()),
    )


# ---- one stack that meets them ---------------------------------------------------------------------------------


class Met:
    """A stack on a fake cloud that answers a creating call otherwise while `spoil` is set."""

    def __init__(self, patch: pytest.MonkeyPatch, fake: FakeAliyun) -> None:
        self.fake = fake
        self.spoil: Spoil | None = None
        self.carried_out = True
        ecs, bss = cloud.ecs, cloud.bss
        self.cloud = CloudModel(patch, fake)
        patch.setattr(cloud, "ecs", ecs)
        patch.setattr(cloud, "bss", bss)
        connected(fake)
        for name in ("RETRY_BUDGET_S", "NONSENSE_BUDGET_S", "UNREACHABLE_BUDGET_S"):
            patch.setattr(cloud, name, 0.0)
        patch.setattr(wire, "LONGEST_ANSWER", 1_000_000)
        patch.setattr(bridge, "DEFAULT_TIMEOUT_S", 40.0)
        patch.setattr(gateway, "handle", self._handle(gateway.handle))
        patch.setattr(server.Handler, "_send", _send(server.Handler._send))
        self.engine = Engine(patch, begins=self.cloud.begins)
        patch.setattr(polls.Watch, "until", _until(polls.Watch.until))

    def _handle(self, true: Any) -> Callable[..., Reply]:
        def handle(there: Any, request: Request) -> Reply:
            if self.spoil is None or request.action not in BOUGHT:
                return true(there, request)
            answer = ANSWERS[request.action]
            if self.carried_out:
                reply = true(there, request)
                assert reply.status == 200, reply.body
                answer = json.loads(reply.body)
            raw = Reply(0, self.spoil.make(answer))
            raw.truncate = int(self.spoil.stays_open)
            return raw

        return handle

    def up(self, program: Any) -> str:
        """Run `pulumi up`, and return its error; one that isn't ours is a defect."""
        try:
            self.engine.up(program)
        except AliyunError as error:
            return str(error)
        return ""


def _until(true: Any) -> Callable[..., Any]:
    """The model's, which takes it for a defect that something never comes: here it may."""

    def until(watch: Any, operation: Any, item_id: str, done: Any, *, what: str = "", **patience: Any) -> Any:
        try:
            return true(watch, operation, item_id, done, what=what, **patience)
        except AssertionError:
            raise polls.timed_out(operation, what, item_id, None) from None

    return until


def _send(true: Any) -> Callable[..., None]:
    def send(handler: server.Handler, reply: Reply, method: str) -> None:
        if reply.status:
            true(handler, reply, method)
            return
        handler._open = bool(reply.truncate)
        handler.wfile.write(reply.body)

    return send


@pytest.fixture(scope="module")
def serving() -> Iterator[FakeAliyun]:
    """A fake cloud for all examples."""
    table.whole()
    with FakeAliyun(profile="instant") as fake:
        yield fake


def met_once(fake: FakeAliyun, action: str, spoil: Spoil, *, carried_out: bool, first: bool) -> list[str]:
    """Meet an answer once, and run the command again: what each of both says, and all that lives is in the state."""
    fake.reset()
    fake.settings(profile="instant")
    before = {} if first else {"before": BOUGHT["CreateCapacityReservation"]}
    program = {**before, "bought": BOUGHT[action]}
    said = []
    with pytest.MonkeyPatch.context() as patch:
        met = Met(patch, fake)
        if before:
            assert met.up(before) == ""
        for met.spoil, met.carried_out in ((spoil, carried_out), (None, True)):
            said.append(met.up(program))
        met.cloud.sleep(20.0)
        assert met.engine.state.keys() == program.keys()
        is_believed_for_ever = action == "CreateInstance" and "is not listed" in said[-1]
        lost = alive(fake).keys() - {entry.id for entry in met.engine.state.values()}
        assert len(lost) <= is_believed_for_ever
    return said


def can_be_read(said: str) -> bool:
    """Whether a message says what to do, in characters that a terminal shows."""
    return "what to do: " in said and all(line.isprintable() for line in said.splitlines())


@pytest.mark.parametrize("action", BOUGHT)
def test_what_was_bought_is_had_once_whatever_was_answered(serving: FakeAliyun, action: str) -> None:
    """The message names the operation and the way out, the next run is content, and cloud and state agree."""

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(met=spoils(action), first=st.booleans())
    def meet(met: tuple[Spoil, bool], first: bool) -> None:
        spoil, carried_out = met
        said, then = met_once(serving, action, spoil, carried_out=carried_out, first=first)
        assert not said or (said.startswith(f"{action}: ") and can_be_read(said)), said
        assert then == ""

    meet()


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("carried_out", [True, False])
@pytest.mark.parametrize("action", BOUGHT)
def test_an_id_that_is_a_lie_has_nothing_bought_twice(
    serving: FakeAliyun, action: str, carried_out: bool, first: bool
) -> None:
    """What bears a mark is found and had; of an order only a person can know, and none is placed again."""
    path, lie = LIES[action]
    said, then = met_once(serving, action, at(path, lie), carried_out=carried_out, first=first)
    assert "stranger" in said and can_be_read(said)
    assert then == "" or (action == "CreateInstance" and "waf-stranger is not listed" in then)
    orders = [each for each in serving.requests() if each["action"] == "CreateInstance" and not each["code"]]
    assert len(orders) <= 1
