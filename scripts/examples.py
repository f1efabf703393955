"""Checks the examples' types as their readers' editors do: each in its own folder, by mypy and by pyright."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_BIN = Path(sys.executable).parent
_MYPY: list[str | Path] = [_BIN / "mypy", "--strict", "--no-error-summary", "--config-file=", "__main__.py"]


def main() -> int:
    """Check all; say what is wrong, and return whether anything is."""
    folders = sorted(path.parent for path in (_ROOT / "examples").rglob("Pulumi.yaml"))
    cache = ["--cache-dir", str(_ROOT / ".mypy_cache" / "examples")]
    codes = [subprocess.run([*_MYPY, *cache], cwd=folder, check=False).returncode for folder in folders]
    return int(any(codes) or _pyright(folders) != 0)


def _pyright(folders: list[Path]) -> int:
    """What editors run; it needs Node.js, and is left out where there is none."""
    if shutil.which("node") is None:
        print("pyright has not looked at the examples: there is no node on PATH")
        return 0
    settings = {
        "include": [str(folder) for folder in folders],
        "executionEnvironments": [{"root": str(folder)} for folder in folders],
    }
    with tempfile.TemporaryDirectory() as empty:  # pyright looks through the folder that its settings are in
        project = Path(empty) / "pyrightconfig.json"
        project.write_text(json.dumps(settings))
        command: list[str | Path] = [_BIN / "pyright", "--project", project, "--pythonpath", sys.executable]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        print(ended.stdout, ended.stderr)
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main())
