"""Writes the pages that are generated, in whole or in part; with --check, says which of them aren't current.

Usage: python scripts/pages.py [--check]
"""

from __future__ import annotations

import functools
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import constraints
import error_codes
import figures
import reference
from fake_aliyun.coverage import markdown

ROOT = Path(__file__).parent.parent
PAGES: Mapping[str, Callable[[], str]] = {
    "README.md": figures.readme,
    "docs/constraints.md": constraints.reference,
    "docs/errors.md": error_codes.reference,
    "docs/fake-coverage.md": markdown,
    "docs/troubleshooting.md": reference.troubleshooting,
    **{f"docs/{name}": functools.partial(reference.page, name) for name in reference.PAGES},
}


def main() -> int:
    """Write the pages, or say whether they are current."""
    stale = {name: text for name, write in PAGES.items() if (text := write()) != _written(name)}
    if sys.argv[1:] == ["--check"]:
        for name in stale:
            print(f"{name} is not what the code says; run `make docs`", file=sys.stderr)
        return 1 if stale else 0
    stale["docs/licences.md"] = _licences()  # not checked: a new release of a dependency may bring another
    for name, text in stale.items():
        (ROOT / name).write_text(text, encoding="utf-8")
    return 0


def _licences() -> str:
    """The page with the licences of all that `.venv-lowest` has: this package and what it needs."""
    program = str(Path(sys.executable).with_name("pip-licenses"))
    environment = str(ROOT / ".venv-lowest" / "bin" / "python")
    command = [program, "--python", environment, "--format=markdown"]
    table = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return re.sub(
        r"(<!-- generated: licences -->\n).*(<!-- end -->)",
        lambda match: f"{match[1]}\n{table.strip()}\n\n{match[2]}",
        _written("docs/licences.md"),
        flags=re.DOTALL,
    )


def _written(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8") if (ROOT / name).exists() else ""


if __name__ == "__main__":
    sys.exit(main())
