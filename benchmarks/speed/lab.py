"""What the measurements are made with: a fake cloud, stacks of ours and of a provider that does nothing, a watch."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "engine"))

from harness import Stack  # noqa: E402 - the tests' own way to run the engine

SKIP_CHECKPOINTS = {"PULUMI_EXPERIMENTAL": "1", "PULUMI_SKIP_CHECKPOINTS": "true"}
"""Has the engine write its state once, at the end: how large stacks are made ready to be measured."""

INSTANCE = {
    "instance_type": "ecs.g6.large",
    "image_id": "aliyun_3_x64_20G_alibase_20240819.vhd",
    "vswitch_id": "vsw-bp1s5fnvk4gn2tws0",
    "security_group_ids": ["sg-bp67acfmxazb4p"],
    "zone_id": "cn-hangzhou-h",
    "instance_name": "web-1",
    "tags": {"team": "web", "environment": "production"},
}
RESERVATION = {
    "instance_type": "ecs.g6.xlarge",
    "instance_amount": 2,
    "zone_id": "cn-hangzhou-h",
    "name": "batch-jobs",
    "tags": {"team": "batch"},
}
BSS_INSTANCE = {
    "product_code": "waf",
    "subscription_type": "PayAsYouGo",
    "product_type": "waf",
    "parameters": {"Region": "cn-hangzhou", "Edition": "basic"},
}
KINDS = {"EcsInstance": INSTANCE, "CapacityReservation": RESERVATION, "BssInstance": BSS_INSTANCE}

_OURS = """
from pulumi_aliyun import {kind} as Kind

for number in range({count}):
    Kind(f"resource-{{number}}", **{arguments})
"""
_FLOOR = """
from nothing import Nothing as Kind

for number in range({count}):
    Kind(f"resource-{{number}}", {arguments})
"""
_NOTHING = """
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider

OUTPUTS = {{f"output_{{number}}": "a value of some length" for number in range({outputs})}}


class Provider(ResourceProvider):
    serialize_as_secret_always = False

    def create(self, props):
        return CreateResult("id", {{**props, **OUTPUTS}})

    def diff(self, id, olds, news):
        return DiffResult(changes=False)

    def read(self, id, props):
        return ReadResult(id, props)

    def delete(self, id, props):
        pass


class Nothing(Resource, module="bench", name="Nothing"):
    def __init__(self, name, arguments):
        super().__init__(Provider(), name, {{**arguments, **dict.fromkeys(OUTPUTS)}})
"""
_OUTPUTS = {"EcsInstance": 20, "CapacityReservation": 12, "BssInstance": 8}
"""How many properties the state of one of ours has besides its arguments."""


class Fake:
    """A fake cloud in a process of its own."""

    def __init__(self, *options: str) -> None:
        command = [sys.executable, "-m", "fake_aliyun", "serve", "--port", "0", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[-1]
        self._seen = 0

    @property
    def environ(self) -> dict[str, str]:
        """What tells a program of it."""
        endpoints = {f"ALIBABA_CLOUD_ENDPOINT_{name}": self.url for name in ("ECS", "BSSOPENAPI", "STS")}
        return {
            **endpoints,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "testid",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "testsecret",
            "ALIBABA_CLOUD_REGION_ID": "cn-hangzhou",
        }

    def settings(self, **settings: Any) -> None:
        """Changes its settings."""
        body = json.dumps(settings).encode()
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/_fake/settings", data=body)).read()

    def disturb(self, faults: list[dict[str, Any]]) -> None:
        """Has requests of any action refused, lost or stalled at random."""
        body = json.dumps({"action": "*", "faults": faults}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/_fake/faults", data=body)).read()

    def leave_alone(self) -> None:
        """Ends that."""
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/_fake/faults", method="DELETE")).read()

    def served(self) -> list[dict[str, Any]]:
        """Gives the requests since the last time that this was asked."""
        with urllib.request.urlopen(f"{self.url}/_fake/requests?since={self._seen}") as answer:
            requests: list[dict[str, Any]] = json.load(answer)
        self._seen = max([self._seen, *(int(each["n"]) for each in requests)])
        return requests

    def stop(self) -> None:
        """Ends it."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


@dataclass(frozen=True)
class Taken:
    """What one command of the engine took."""

    seconds: float
    calls: Counter[str] = field(default_factory=Counter)
    memory_mb: float = 0.0
    """The peak of the provider's process."""


class Side:
    """One stack: of ours, or of the provider that does nothing."""

    def __init__(self, stack: Stack, fake: Fake | None) -> None:
        self.stack, self.fake = stack, fake
        self.served: list[dict[str, Any]] = []
        """What was asked of the cloud by the last command."""

    def take(self, command: str, *flags: str, **environ: str) -> Taken:
        """Runs a command and says what it took; one that fails is an error.

        Args:
            command: preview, up, refresh or destroy.
            flags: of the command.
            environ: Environment variables to add.
        """
        if self.fake:
            self.fake.served()
        confirmed = [] if command == "preview" else ["--yes", "--skip-preview"]
        before = dict(self.stack.environ)
        self.stack.environ.update(environ)
        began = time.perf_counter()
        process = self.stack.start(command, *confirmed, *flags)
        memory = _Memory(process.pid)
        code = process.wait()
        seconds = time.perf_counter() - began
        self.stack.environ.clear()
        self.stack.environ.update(before)
        if code:
            raise RuntimeError(f"{command} ended with {code}:\n{self.stack.printed()}")
        self.served = self.fake.served() if self.fake else []
        return Taken(seconds, Counter(str(each["action"]) for each in self.served), memory.peak())


class _Memory:
    """Looks now and then how much memory the provider's process of a command has had at most."""

    def __init__(self, pid: int) -> None:
        self._engine = psutil.Process(pid)
        self._ended = threading.Event()
        self._peak = 0
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        provider: psutil.Process | None = None
        while not self._ended.wait(0.1 if provider else 0.5):
            with contextlib.suppress(psutil.Error, ProcessLookupError):  # it has just ended
                provider = provider or self._provider()
                if provider:
                    self._peak = max(self._peak, _memory(provider))

    def _provider(self) -> psutil.Process | None:
        children = self._engine.children(recursive=True)
        return next((each for each in children if "pulumi.dynamic" in each.cmdline()), None)

    def peak(self) -> float:
        """Gives the peak in MB."""
        self._ended.set()
        self._thread.join()
        return self._peak / 1e6


def _memory(process: psutil.Process) -> int:
    """The peak up to now where the system keeps one; else what it has at this moment."""
    status = Path(f"/proc/{process.pid}/status")
    if status.exists():
        peak = status.read_text().partition("VmHWM:")[2].split()
        return int(peak[0]) * 1024 if peak else 0
    return int(process.memory_info().rss)


def hidden_bytes(side: Side) -> list[str]:
    """What the state of the one resource holds that isn't the user's: the hidden inputs and outputs, as JSON."""
    resource = side.stack.resources()["resource-0"]
    return [
        f"{json.dumps(key)}:{json.dumps(value)},"
        for part in ("inputs", "outputs")
        for key, value in sorted(resource[part].items())
        if key.startswith("__")
    ]


@contextmanager
def laboratory(kind: str, count: int, *fake_options: str) -> Iterator[tuple[Side, Side]]:
    """Two stacks of the same shape: ours with a fake cloud of its own, and the floor."""
    fake = Fake(*fake_options)
    with tempfile.TemporaryDirectory() as folder:
        try:
            ours = Stack(Path(folder) / "ours", environ=fake.environ)
            ours.program(_OURS.format(kind=kind, count=count, arguments=KINDS[kind]))
            floor = Stack(Path(folder) / "floor")
            floor.program(_FLOOR.format(count=count, arguments=KINDS[kind]))
            floor.write("nothing.py", _NOTHING.format(outputs=_OUTPUTS[kind]))
            for stack in (ours, floor):
                shutil.rmtree(stack.backend / ".pulumi")
                stack.pulumi(
                    "stack", "init", stack.name
                )  # a real one: without checkpoints, the engine needs it
            yield Side(ours, fake), Side(floor, None)
        finally:
            fake.stop()
