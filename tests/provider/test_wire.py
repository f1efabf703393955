"""What stalls, goes on for ever or is given up by the user ends; what was asked twice is done once."""

from __future__ import annotations

import gzip
import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from test_cloud import RESERVATION

from pulumi_aliyun import bridge, cloud, wire
from pulumi_aliyun.errors import ApiError, Interrupted, NoAnswer, TimedOut


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECOND_READ_S", "SECOND_WRITE_S", "LAST_ANSWER_S"):
        monkeypatch.setattr(wire, name, 0.1)
    monkeypatch.setattr(wire, "_usual", {})


@pytest.fixture
def ctrl_c() -> Iterator[Callable[[], None]]:
    """Press Ctrl-C in a moment."""
    timer = threading.Timer(0.5, bridge.cancelled.set)
    yield timer.start
    timer.cancel()
    bridge.cancelled.clear()


def asked(fake: Any, action: str) -> int:
    """How often an operation was asked for, answered or not."""
    return sum(each["action"] == action for each in fake.requests())


@pytest.mark.parametrize("after_action", [False, True])
def test_a_read_that_stalls_is_asked_a_second_time(ecs: Any, fake_aliyun: Any, after_action: bool) -> None:
    """The second answer is taken, while the first hasn't come."""
    fake_aliyun.faults.add("DescribeInstances", stall_s=30, after_action=after_action)
    assert ecs("DescribeInstances")["RequestId"]
    assert asked(fake_aliyun, "DescribeInstances") >= 1  # the one that stalls isn't answered yet


def test_while_one_stalls_another_that_broke_is_made_again(ecs: Any, fake_aliyun: Any) -> None:
    """What has stalled for so long is not what one waits for."""
    for fault in ({"stall_s": 30}, {"reset": True}, {"stall_s": 30}, {"stall_s": 30}):
        fake_aliyun.faults.add("DescribeInstances", **fault)
    assert ecs("DescribeInstances")["RequestId"]
    assert asked(fake_aliyun, "DescribeInstances") >= 2  # those that stall aren't answered yet


def test_who_is_told_that_the_first_is_under_way_waits_for_it(ecs: Any, fake_aliyun: Any) -> None:
    """The same token is carried out once, and its first call has the answer."""
    fake_aliyun.faults.add("CreateCapacityReservation", stall_s=1.0, after_action=True)
    fake_aliyun.faults.add("CreateCapacityReservation", code="LastTokenProcessing", times=2)
    assert ecs("CreateCapacityReservation", **RESERVATION)["PrivatePoolOptionsId"]
    codes = [each["code"] for each in fake_aliyun.requests() if each["action"] == "CreateCapacityReservation"]
    assert set(codes) <= {"LastTokenProcessing", ""}


def test_a_purchase_that_stalls_is_made_once(ecs: Any, fake_aliyun: Any) -> None:
    """Both calls bear the same ClientToken."""
    fake_aliyun.faults.add("CreateCapacityReservation", stall_s=30, after_action=True)
    made = ecs("CreateCapacityReservation", **RESERVATION)["PrivatePoolOptionsId"]
    assert [each["id"] for each in fake_aliyun.state()["capacity_reservations"]] == [made]


def test_what_does_harm_when_carried_out_late_is_sent_once(ecs: Any, fake_aliyun: Any) -> None:
    """A stop that is made twice could hit what was started in between."""
    fake_aliyun.faults.add("StopInstance", code="OperationDenied", stall_s=1.0, times=0)
    with pytest.raises(ApiError):
        cloud.ecs(bridge.Operation(), "cn-hangzhou", "StopInstance", {"InstanceId": "i-1"}, repeatable=False)
    assert asked(fake_aliyun, "StopInstance") == 1


def test_a_service_that_is_slow_in_general_is_asked_once(
    ecs: Any, fake_aliyun: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes as long as usual doesn't stall."""
    fake_aliyun.settings(latency=0.3)
    monkeypatch.setattr(wire, "_usual", {"DescribeInstances": 0.3})
    ecs("DescribeInstances")
    time.sleep(0.5)  # a second one would be answered by now
    assert asked(fake_aliyun, "DescribeInstances") == 1


def test_ctrl_c_ends_a_read_that_stalls(ecs: Any, fake_aliyun: Any, ctrl_c: Callable[[], None]) -> None:
    """Nothing is lost with its answer."""
    fake_aliyun.faults.add("DescribeInstances", stall_s=30, times=0)
    ctrl_c()
    with pytest.raises(Interrupted, match="the run was cancelled"):
        ecs("DescribeInstances")


def test_ctrl_c_leaves_a_purchase_a_moment_and_names_it(
    ecs: Any, fake_aliyun: Any, ctrl_c: Callable[[], None]
) -> None:
    """Its answer may have an id; without one, the message says what was on its way."""
    fake_aliyun.faults.add("CreateCapacityReservation", stall_s=30, times=0)
    ctrl_c()
    with pytest.raises(Interrupted, match="before CreateCapacityReservation was answered"):
        ecs("CreateCapacityReservation", **RESERVATION)


def test_ctrl_c_ends_a_pause(ecs: Any, fake_aliyun: Any, ctrl_c: Callable[[], None]) -> None:
    """Whatever the API asks for, the user is heard."""
    fake_aliyun.faults.add("DescribeInstances", code="Throttling", retry_after_ms=100_000, times=0)
    ctrl_c()
    with pytest.raises(Interrupted, match=r"last under way: DescribeInstances: Throttling"):
        ecs("DescribeInstances")


def test_a_pause_longer_than_the_budget_is_not_waited_for(ecs: Any, fake_aliyun: Any) -> None:
    """A server can't make a run sleep for years."""
    fake_aliyun.faults.add("DescribeInstances", code="Throttling", retry_after_ms=10**12, times=0)
    with pytest.raises(ApiError, match="Throttling"):
        ecs("DescribeInstances")
    assert asked(fake_aliyun, "DescribeInstances") == 1


@pytest.mark.parametrize("fault", [{"code": "Throttling.User"}, {"stall_s": 30}], ids=str)
def test_custom_timeouts_end_retries_and_stalls(ecs: Any, fake_aliyun: Any, fault: dict[str, Any]) -> None:
    """The message says what there was to the end, and for how long it was tried."""
    fake_aliyun.faults.add("DescribeInstances", **fault, times=0)
    where = "cn-hangzhou"
    with pytest.raises(TimedOut, match=r"(?s)DescribeInstances.*custom_timeouts allows 1 s"):
        cloud.ecs(bridge.Operation(timeout=1.0), where, "DescribeInstances", {"RegionId": where})


# ---- what no fake cloud answers ----------------------------------------------------------------------------------


def answering(write: Callable[[Any], None]) -> Iterator[None]:
    """Have the provider call a server that writes what it likes."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            try:
                write(self.wfile)
            except OSError:  # the provider has had enough
                return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        keys = {"aliyun:accessKey": "a", "aliyun:secretKey": "b"}
        cloud.configure({**keys, "aliyun:endpoints": json.dumps({"ecs": url})}.get)
        yield
        server.shutdown()


def test_an_answer_without_an_end_is_cut_off(ecs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs neither all memory nor for ever."""
    monkeypatch.setattr(wire, "LONGEST_ANSWER", 1_000_000)

    def write(to: Any) -> None:
        to.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while True:
            to.write(b"[" * 65536)

    for _ in answering(write):
        with pytest.raises(NoAnswer, match="longer than any"):
            ecs("DescribeInstances")


def test_an_answer_that_trickles_is_given_up(ecs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes in time, and the answer never does."""
    monkeypatch.setattr(wire, "ANSWER_TIMEOUT_S", 0.5)
    monkeypatch.setattr(cloud, "RETRY_BUDGET_S", 0.0)
    pause = threading.Event()

    def write(to: Any) -> None:
        to.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not pause.wait(0.05):
            to.write(b"[")

    for _ in answering(write):
        with pytest.raises(NoAnswer, match="no answer came in time"):
            ecs("DescribeInstances")
        pause.set()


def test_nobody_is_sent_elsewhere(ecs: Any, monkeypatch: pytest.MonkeyPatch, fake_aliyun: Any) -> None:
    """A redirection would hand the session's token to whoever is named."""
    monkeypatch.setattr(cloud, "NONSENSE_BUDGET_S", 0.0)
    elsewhere = fake_aliyun.url.encode()

    def write(to: Any) -> None:
        to.write(b"HTTP/1.1 302 Found\r\nLocation: " + elsewhere + b"/\r\nContent-Length: 0\r\n\r\n")

    for _ in answering(write):
        with pytest.raises(NoAnswer):
            ecs("DescribeInstances")
    assert not fake_aliyun.requests()


JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def sized(body: bytes) -> bytes:
    """A whole answer with a body."""
    return JSON + b"Content-Length: %d\r\n\r\n" % len(body) + body


def bomb() -> bytes:
    """200 kB that unpack to 200 MB."""
    return gzip.compress(b"[" * 200_000_000, 1)


ONCE: dict[str, Callable[[], bytes]] = {
    "closed at once": lambda: b"",
    "closed in the middle": lambda: JSON + b'Content-Length: 500\r\n\r\n{"RequestId"',
    "no HTTP": lambda: b'{"RequestId": "r"}',
    "no status": lambda: b"HTTP/1.1 what\r\n\r\n",
    "another protocol": lambda: b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
    "a length that is none": lambda: JSON + b"Content-Length: -5\r\n\r\n{}",
    "a chunk that is none": lambda: JSON + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
    "packed, and it isn't": lambda: JSON + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
    "packed fifty times": lambda: (
        JSON + b"Content-Encoding: " + b", ".join([b"gzip"] * 50) + b"\r\nContent-Length: 5\r\n\r\nhello"
    ),
    "packed, and huge": lambda: JSON + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + bomb(),
    "a loop of redirections": lambda: b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
    "too deep": lambda: sized(b"[" * 3_000_000),
    "a number of two million digits": lambda: sized(
        b'{"RequestId":"r","TotalCount":' + b"9" * 2_000_000 + b"}"
    ),
    "no number": lambda: sized(b'{"RequestId":"r","TotalCount":NaN,"Instances":{"Instance":[]}}'),
    "no text": lambda: sized(b'{"RequestId":"\xff\xfe","Instances":{"Instance":[]}}'),
}
WITHOUT_END = {
    "of headers": (b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n" * 1000),
    "of one header": (b"HTTP/1.1 200 OK\r\nX-A: ", b"b" * 65536),
    "of a first line": (b"", b"H"),
    "of a chunk's head": (JSON + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x" * 65536),
    "of chunks": (JSON + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n[\r\n"),
    "of patience": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "of hints": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
}


@pytest.mark.parametrize("what", ONCE)
def test_what_no_api_answers_is_no_answer(ecs: Any, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Neither an end of the program nor an answer that is believed: an error of ours, with its reason."""
    for budget in ("RETRY_BUDGET_S", "NONSENSE_BUDGET_S"):
        monkeypatch.setattr(cloud, budget, 0.0)
    answer = ONCE[what]()
    for _ in answering(lambda to: to.write(answer)):
        with pytest.raises(NoAnswer, match="no usable answer from the API: "):
            ecs("DescribeInstances")


@pytest.mark.parametrize("what", WITHOUT_END)
def test_what_has_no_end_is_given_up(ecs: Any, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """However slowly, and of whatever it consists."""
    monkeypatch.setattr(cloud, "RETRY_BUDGET_S", 0.0)
    monkeypatch.setattr(cloud, "NONSENSE_BUDGET_S", 0.0)
    monkeypatch.setattr(wire, "ANSWER_TIMEOUT_S", 1.0)
    first, more = WITHOUT_END[what]
    pause = threading.Event()

    def write(to: Any) -> None:
        to.write(first)
        while not pause.wait(0.01):
            to.write(more)

    for _ in answering(write):
        with pytest.raises(NoAnswer):
            ecs("DescribeInstances")
        pause.set()


def test_ten_megabytes_that_are_an_answer_are_one(ecs: Any) -> None:
    """Large is not wrong."""
    body = b'{"RequestId":"r","Instances":{"Instance":[]},"TotalCount":0,"More":"' + b"y" * 10_000_000 + b'"}'
    for _ in answering(lambda to: to.write(sized(body))):
        assert ecs("DescribeInstances")["RequestId"] == "r"


@pytest.mark.parametrize("pause", [b"-99999999999", b"soon", b"1e999", b"NaN", b""])
def test_a_pause_that_is_none_is_not_waited_for(
    ecs: Any, monkeypatch: pytest.MonkeyPatch, pause: bytes
) -> None:
    """The refusal is shown as any other."""
    monkeypatch.setattr(cloud, "RETRY_BUDGET_S", 0.0)
    body = b'{"RequestId":"r","Code":"Throttling","Message":"x"}'
    head = b"HTTP/1.1 400 Bad\r\nContent-Type: application/json\r\nx-acs-retry-after: " + pause
    for _ in answering(lambda to: to.write(head + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)):
        with pytest.raises(ApiError, match="Throttling"):
            ecs("DescribeInstances")
