"""The command `fake-aliyun`."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from fake_aliyun.coverage import markdown

SERVE = [sys.executable, "-m", "fake_aliyun", "serve"]
PAGE = Path(__file__).parents[2] / "docs" / "fake-coverage.md"


@pytest.fixture
def serve():
    """Starts the command; gives the process and its address."""
    started = []

    def start(*arguments):
        process = subprocess.Popen([*SERVE, *arguments], stdout=subprocess.PIPE, text=True)
        started.append(process)
        line = process.stdout.readline()
        found = re.fullmatch(r"fake-aliyun ready at (http://(.+):(\d+))\n", line)
        assert found, line
        return process, found[1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_it_says_when_it_is_ready_and_ends_with_zero(serve):
    """On SIGTERM; the line is the only one."""
    process, url = serve("--profile", "instant", "--latency", "0.01")
    assert b'"latency": 0.01' in urllib.request.urlopen(f"{url}/_fake/settings").read()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert process.stdout.read() == ""


def test_a_taken_port_ends_with_two_and_a_message(serve):
    """Without a traceback."""
    _, url = serve()
    port = url.rpartition(":")[2]
    second = subprocess.run([*SERVE, "--port", port], capture_output=True, text=True, timeout=20, check=False)
    assert second.returncode == 2
    assert second.stdout == ""
    assert port in second.stderr
    assert "Traceback" not in second.stderr


def test_a_wrong_option_ends_with_two():
    """As the usage tells."""
    for wrong in (
        ["--profile", "odd"],
        ["--latency", "-1"],
        ["--port", "70000"],
        ["--host", "no.such.host.invalid"],
    ):
        ended = subprocess.run([*SERVE, *wrong], capture_output=True, text=True, timeout=30, check=False)
        assert ended.returncode == 2
        assert "Traceback" not in ended.stderr


def test_the_coverage_page_is_what_the_command_prints():
    """The page in docs/ is current."""
    printed = subprocess.run(
        [sys.executable, "-m", "fake_aliyun", "coverage"],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    ).stdout
    assert printed == markdown() == PAGE.read_text()


def test_starting_imports_neither_sdks_nor_test_tools():
    """The fake serves anybody's client, and starts in a blink."""
    code = (
        "import sys, fake_aliyun.__main__; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    environ = {**os.environ, "PYTHONPATH": str(PAGE.parents[1] / "provider")}
    command = [sys.executable, "-S", "-c", code]
    loaded = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=20, env=environ
    ).stdout
    names = set(loaded.split())
    assert "fake_aliyun" in names
    assert names <= {*sys.stdlib_module_names, "fake_aliyun", "__main__"}
    assert not names & {"email", "http", "asyncio", "xml", "sqlite3", "unittest"}
