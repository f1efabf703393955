"""Measures the fake beside moto, which is what people know from AWS, in the same run on the same machine.

Usage: python benchmarks/fake/bench.py [--json FILE] [--quick]

moto is measured if it is installed (the dependency group `bench`). Prints a table; `--json` writes the figures, too.
"""

from __future__ import annotations

import argparse
import compileall
import importlib.util
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from wire import Connection, fake_request, moto_request

RUN = {
    "ZoneId": "cn-hangzhou-h",
    "InstanceType": "ecs.g6.xlarge",
    "ImageId": "aliyun_3_x64_20G",
    "VSwitchId": "vsw-1",
    "SecurityGroupId": "sg-1",
}
MOTO_RUN = {"ImageId": "ami-12c6146b", "InstanceType": "t2.micro", "MinCount": "1", "MaxCount": "1"}
# (key, what it says, unit, the bar)
ROWS = (
    ("start_ms", "process start to first answer", "ms", "≤ 150"),
    ("rss_start_mb", "memory after start", "MB", "≤ 45"),
    ("describe_empty_ms", "empty Describe, p50", "ms", "≤ 1"),
    ("creations_1", "instances created per second, 1 connection", "/s", "≥ 1000"),
    ("creations_8", "the same, 8 connections", "/s", "≥ 1000"),
    ("page_100_ms", "page of 100 out of 100 instances, p50", "ms", ""),
    ("page_100000_ms", "page of 100 out of 100,000 instances, p50", "ms", "as before"),
    ("rss_100000_mb", "memory with 100,000 instances", "MB", ""),
)


class Server:
    """A server in a process of its own."""

    def __init__(self, command: list[str], port: int) -> None:
        self.port = port
        environ = {**os.environ, "PYTHONWARNINGS": "ignore"}
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environ
        )

    def wait_for(self, request: Callable[[], bytes]) -> None:
        """Waits for the first answer."""
        while not self._answers(request()):
            if self.process.poll() is not None:
                raise RuntimeError("the server ended before it answered")
            time.sleep(0.002)

    def _answers(self, request: bytes) -> bool:
        try:
            Connection(self.port).ask(request)
        except ConnectionError:
            return False
        return True

    def memory(self) -> float:
        """Gives the resident memory in MB."""
        if sys.platform == "linux":
            status = Path(f"/proc/{self.process.pid}/status").read_text()
            return int(status.partition("VmRSS:")[2].split()[0]) / 1024
        shown = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(self.process.pid)], capture_output=True, text=True, check=True
        )
        return int(shown.stdout) / 1024

    def stop(self) -> None:
        """Ends it."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fake_server() -> Server:
    port = free_port()
    command = [sys.executable, "-m", "fake_aliyun", "serve", "--port", str(port), "--profile", "instant"]
    return Server(command, port)


def moto_server() -> Server:
    port = free_port()
    program = shutil.which("moto_server", path=str(Path(sys.executable).parent)) or "moto_server"
    return Server([sys.executable, program, "-p", str(port)], port)


def started(start: Callable[[], Server], request: Callable[[], bytes], times: int) -> tuple[Server, float]:
    """Starts a server several times; gives the last one and the best time to its first answer."""
    best = float("inf")
    for remaining in range(times, 0, -1):
        begin = time.perf_counter()
        server = start()
        server.wait_for(request)
        best = min(best, time.perf_counter() - begin)
        if remaining > 1:
            server.stop()
    return server, best * 1000


def p50(port: int, request: Callable[[], bytes], times: int) -> float:
    """Gives the median time of a request in ms."""
    connection = Connection(port)
    connection.ask(request())
    spent = []
    for ready in [request() for _ in range(times)]:
        begin = time.perf_counter()
        connection.ask(ready)
        spent.append(time.perf_counter() - begin)
    return statistics.median(spent) * 1000


def rate(port: int, request: Callable[[], bytes], times: int, connections: int) -> float:
    """Gives how many requests per second are answered over some connections."""
    ready = [[request() for _ in range(times // connections)] for _ in range(connections)]

    def send(requests: list[bytes]) -> None:
        connection = Connection(port)
        for each in requests:
            connection.ask(each)

    threads = [threading.Thread(target=send, args=(each,)) for each in ready]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times / (time.perf_counter() - begin)


def measure_fake(quick: bool) -> dict[str, float]:
    """Takes all figures of the fake."""
    create = partial(fake_request, "RunInstances", **RUN)
    page = partial(fake_request, "DescribeInstances", MaxResults="100")
    server, start_ms = started(fake_server, page, 5)
    figures = {"start_ms": start_ms, "rss_start_mb": server.memory()}
    figures["describe_empty_ms"] = p50(server.port, page, 500)
    connection = Connection(server.port)
    connection.ask(fake_request("RunInstances", Amount="100", **RUN))
    figures["page_100_ms"] = p50(server.port, page, 50)
    times = 800 if quick else 4000
    figures["creations_1"] = rate(server.port, create, times, 1)
    figures["creations_8"] = rate(server.port, create, times, 8)
    for _ in range(1000 - 1 - 2 * times // 100):
        connection.ask(fake_request("RunInstances", Amount="100", **RUN))
    figures["page_100000_ms"] = p50(server.port, page, 50)
    figures["rss_100000_mb"] = server.memory()
    server.stop()
    return figures


def measure_moto(quick: bool) -> dict[str, float]:
    """Takes those that moto has the like of; 100,000 instances would take it half an hour."""
    describe = partial(moto_request, "DescribeInstances", MaxResults="100")
    create = partial(moto_request, "RunInstances", **MOTO_RUN)
    server, start_ms = started(moto_server, describe, 2)
    figures = {"start_ms": start_ms, "rss_start_mb": server.memory()}
    figures["describe_empty_ms"] = p50(server.port, describe, 100)
    Connection(server.port).ask(
        moto_request("RunInstances", **{**MOTO_RUN, "MinCount": "100", "MaxCount": "100"})
    )
    figures["page_100_ms"] = p50(server.port, describe, 5)
    times = 80 if quick else 240
    figures["creations_1"] = rate(server.port, create, times, 1)
    figures["creations_8"] = rate(server.port, create, times, 8)
    server.stop()
    return figures


def show(fake: dict[str, float], moto: dict[str, float]) -> None:
    """Prints the table."""
    print(f"{'':44}{'fake_aliyun':>14}{'moto':>14}   bar")
    for key, title, unit, bar in ROWS:
        cells = "".join(f"{_figure(values.get(key), unit):>14}" for values in (fake, moto))
        print(f"{title:44}{cells}   {bar}")


def _figure(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{value:.{2 if value < 10 else 0}f} {unit}"


def main() -> None:
    """Measures, prints, writes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", metavar="FILE", help="write the figures to a file")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    chosen = parser.parse_args()
    # As an installed package is; a checkout may not be, where Python is told to write no bytecode.
    compileall.compile_dir(str(Path(importlib.util.find_spec("fake_aliyun").origin).parent), quiet=2)
    fake = measure_fake(chosen.quick)
    moto = measure_moto(chosen.quick) if importlib.util.find_spec("moto") else {}
    show(fake, moto)
    if not moto:
        print("moto is not installed: `uv sync --group bench` or `pip install 'moto[ec2,server]'`")
    if chosen.json:
        figures: dict[str, Any] = {"fake_aliyun": fake, "moto": moto}
        Path(chosen.json).write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
