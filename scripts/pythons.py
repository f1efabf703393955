"""Runs the tests that depend on Python on every supported Python that this machine has.

Each gets an environment of its own below `.build`. On the engine, the quickstart lives its whole life.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from console import LOGS, exit_code, say
from environment import make

_ROOT = Path(__file__).resolve().parent.parent
_VERSIONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
_TESTS = (
    "tests/rules",
    "tests/provider",
    "tests/fake",
    "tests/report",
    "tests/engine/test_quickstart.py",
    "tests/test_packaging.py",
)


def main() -> None:
    """Say for each version how its tests ended, or that it isn't here."""
    results = {version: _tested(version) for version in _VERSIONS}
    say("".join(f"\nPython {version}: {result}" for version, result in results.items()))
    if "failed" in results.values():
        raise SystemExit(1)


def _tested(version: str) -> str:
    python = _found(version)
    if python is None:
        return "not on this machine; CI has it"
    environment = LOGS / f"python{version}"
    make(environment, ["--group", "dev"], python=python)
    pytest = str(environment / "bin" / "pytest")
    command = [pytest, "-q", "-n", "logical", "-p", "no:cacheprovider", *_TESTS]
    return "failed" if subprocess.run(command, cwd=_ROOT, check=False).returncode else "passed"


def _found(version: str) -> Path | None:
    """An interpreter of PATH, or of pyenv, whose command on PATH works only where the version is chosen."""
    on_path = shutil.which(f"python{version}")
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    candidates = [Path(on_path)] if on_path else []
    candidates += pyenv.glob(f"versions/{version}.*/bin/python{version}")
    return next(filter(_works, candidates), None)


def _works(python: Path) -> bool:
    answer = subprocess.run([python, "-c", "import ensurepip, ssl, venv"], capture_output=True, check=False)
    return answer.returncode == 0


if __name__ == "__main__":
    sys.exit(exit_code(main))
