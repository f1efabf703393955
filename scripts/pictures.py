"""Draws what docs/ shows: the architecture from its text, and a preview that refuses from a run of the engine.

The preview is that of the program in docs/quickstart.md which has mistakes; its text goes into that page, too.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

import local_pulumi

DOCS = local_pulumi.ROOT / "docs"
_WIDTH = 116
_REFUSED = re.compile(
    r"(```python\n(?P<program>(?:(?!```).)*?)```\n\n```console\n\$ pulumi preview\n)[^`]*?error:.*?(```)",
    re.DOTALL,
)
_WEB_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_PROGRESS = re.compile(r"^(?:\x1b\[[0-9;]*m)*@ .*\n", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n{3,}")


def main() -> int:
    """Draw what isn't drawn as it is now."""
    _architecture()
    _preview()
    return 0


def _architecture() -> None:
    source, picture = DOCS / "architecture.mmd", DOCS / "architecture.svg"
    stamp = f"<!-- drawn from {source.name} {hashlib.sha256(source.read_bytes()).hexdigest()} -->\n"
    if picture.exists() and picture.read_text(encoding="utf-8").endswith(stamp):
        return
    mermaid = Path(sys.executable).with_name("mermaidx")
    subprocess.run([mermaid, "--quiet", "-i", source, "-o", picture], check=True)
    with picture.open("a", encoding="utf-8") as file:
        file.write(stamp)


def _preview() -> None:
    page = DOCS / "quickstart.md"
    text = page.read_text(encoding="utf-8")
    match = _REFUSED.search(text)
    assert match  # noqa: S101 - a test knows the page's blocks
    coloured = Text.from_ansi(tidied(_run(match["program"])))
    page.write_text(
        text[: match.start()] + match[1] + f"{coloured.plain.strip()}\n" + match[3] + text[match.end() :],
        encoding="utf-8",
    )
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(
            record=True, width=_WIDTH, file=nowhere, force_terminal=True, color_system="standard"
        )
        console.print(Text("$ pulumi preview", style="bold"))
        console.print(coloured)
    picture = console.export_svg(title="pulumi preview", unique_id="preview")
    (DOCS / "preview.svg").write_text(_WEB_FONTS.sub("", picture), encoding="utf-8")


def tidied(printed: str) -> str:
    """What the engine prints, without the lines that only say how far it is."""
    return _BLANK_LINES.sub("\n\n", _PROGRESS.sub("", printed.replace(" \n", "\n"))).strip() + "\n"


def _run(program: str) -> str:
    """Preview a program in a project of its own, as the quickstart has it."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / "Pulumi.yaml").write_text("name: capacity\nruntime: python\n", encoding="utf-8")
        (project / "__main__.py").write_text(program, encoding="utf-8")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "ALI"))}
        environ = {
            **kept,
            **local_pulumi.variables(project / "state"),
            "PATH": os.pathsep.join([local_pulumi.path(), os.environ["PATH"]]),
            "ALIBABA_CLOUD_REGION_ID": "cn-hangzhou",
        }
        for command in ("pulumi stack init dev", "pulumi preview --non-interactive --color always"):
            answer = subprocess.run(
                command.split(), cwd=project, env=environ, check=False, capture_output=True, text=True
            )
    return answer.stdout + answer.stderr


if __name__ == "__main__":
    sys.exit(main())
