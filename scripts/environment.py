"""Makes the two Python environments: `.venv` to work in, `.venv-lowest` with the oldest dependencies allowed.

Run by `make setup` with any Python that `find-python` takes; it needs nothing but the standard library.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from console import LOGS, SetupError, Step, exit_code, locked

_ROOT = Path(__file__).resolve().parent.parent
_PIP = "pip>=25.1"  # the first that installs a dependency group
_WAY_OUT = """
  What is downloaded so far is kept; the next run goes on from there.
  Way out: a network in which pip reaches its package index (PIP_INDEX_URL, PIP_CERT, … are heeded)."""


def main() -> None:
    """Make both environments, or bring them up to date with pyproject.toml."""
    with locked(LOGS / "environment.lock", "another set-up of this folder"):
        newest = _ROOT / ".venv"
        make(newest, ["--group", "dev"])
        lowest = LOGS / "lowest.txt"
        lowest.write_text("\n".join(_lowest_versions(newest)) + "\n")
        make(_ROOT / ".venv-lowest", ["--constraint", str(lowest)])


def make(venv: Path, options: list[str], python: Path = Path(sys.executable)) -> None:
    """Make an environment of a Python, or bring it up to date: this package in place, and what `options` add."""
    own = venv / "bin" / "python"
    with Step(f"Python environment {venv.name}") as step:
        if not _works(own):
            step.detail = f"made of {python}"
            _run(step, [python, "-m", "venv", "--clear", venv])
        _run(step, [own, "-m", "pip", "install", "--upgrade", _PIP])
        _run(step, [own, "-m", "pip", "install", "--editable", _ROOT, *options])
    (venv / ".complete").touch()


def _works(python: Path) -> bool:
    """Say whether an environment's Python still runs: the one it was made of may be gone."""
    try:
        answer = subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False)
    except OSError:
        return False
    return answer.returncode == 0


def _run(step: Step, command: list[str | Path]) -> None:
    packages: set[str] = set()

    def count(line: str) -> None:
        if found := re.match(r"\s*(?:Collecting|Requirement already satisfied:) ([\w.-]+)", line):
            packages.add(found[1])
            step.detail = f"{len(packages)} packages found"
        elif line.startswith("Installing collected packages"):
            step.detail = f"installing {line.count(',') + 1} packages"

    environ = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    try:
        step.run(command, on_line=count, environ=environ, folder=_ROOT)
    except SetupError as error:
        raise SetupError(f"a Python environment could not be made: {error}{_WAY_OUT}") from error


def _lowest_versions(venv: Path) -> list[str]:
    """Return the lowest version that pyproject.toml allows of each dependency, as constraints for pip."""
    (site_packages,) = venv.glob("lib/python*/site-packages")
    (package,) = metadata.distributions(name="pulumi-aliyun", path=[str(site_packages)])
    bounds = (re.match(r"([\w.-]+).*>=([\w.]+)", requirement) for requirement in package.requires or ())
    return [f"{bound[1]}=={bound[2]}" for bound in bounds if bound]


if __name__ == "__main__":
    sys.exit(exit_code(main))
