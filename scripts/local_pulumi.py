"""A Pulumi that keeps all it has in the `.state` folder: run as a script, this prints it for a shell."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".state"


def variables(state: Path) -> dict[str, str]:
    """Return the environment variables that keep Pulumi within a folder, which is made if need be."""
    backend = state / "backend"
    backend.mkdir(parents=True, exist_ok=True)
    return {
        "PULUMI_HOME": str(state / "home"),
        "PULUMI_BACKEND_URL": backend.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "local",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
    }


def path() -> str:
    """Return the folders that come first on PATH: the Python environment and the engine."""
    return os.pathsep.join([str(ROOT / ".venv" / "bin"), str(ROOT / ".build" / "engine")])


def main() -> None:
    """Print `export` lines, and nothing else."""
    print(f'export PATH={shlex.quote(path())}:"$PATH"')
    for name, value in variables(STATE).items():
        print(f"export {name}={shlex.quote(value)}")


if __name__ == "__main__":
    main()
