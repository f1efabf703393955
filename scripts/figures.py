"""The README's figures beside another provider, from what `make bench` has measured."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
MEASURED = README.parent / "docs" / "performance.json"
PEERS = {"up": "35.5 s, 180 calls", "refresh": "8.4 s, 320 calls", "destroy": "32.5 s, 40 calls"}
"""pulumi-alicloud at its commit 9d2b1e47, on engine 3.259.0, at the engine's default parallelism."""
_SECTION = re.compile(r"(<!-- generated: figures -->\n).*?(<!-- end -->)", re.DOTALL)


def readme() -> str:
    """The README as it is, with the figures as they were measured last."""
    table = "\n".join(_table())
    return _SECTION.sub(
        lambda found: f"{found[1]}\n{table}\n\n{found[2]}", README.read_text(encoding="utf-8")
    )


def _table() -> Iterator[str]:
    rows = [each for each in json.loads(MEASURED.read_text())["figures"] if each["case"] == "peers"]
    count = max((row["resources"] for row in rows), default=20)
    yield f"| {count} ECS instances | pulumi-alicloud | pulumi-aliyun |"
    yield "|---|---|---|"
    for row in rows:
        command = re.split(r"[,(]", row["what"])[0].strip()
        yield f"| `pulumi {command}` | {PEERS.get(command, '')} | {row['ours_s']:.1f} s, {_calls(row)} |"


def _calls(row: dict[str, float]) -> str:
    return f"{row['calls']:.0f} call" + ("" if row["calls"] == 1 else "s")
