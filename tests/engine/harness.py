"""The real Pulumi engine, used as a user uses it: an isolated project in a folder of its own.

`Stack` is a project with one stack, driven by the commands that a user would type. Nothing of it is shared
with other tests or with the user's own Pulumi: home, backend, settings and environment are its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

REPOSITORY = Path(__file__).resolve().parents[2]
_OWN = Path(sys.prefix)
NEWEST = _OWN if (_OWN / ".complete").exists() else REPOSITORY / ".venv"  # `make pythons` has several
LOWEST = REPOSITORY / ".venv-lowest"
ENGINE = REPOSITORY / ".build" / "engine"

_SECONDS_FOR_A_COMMAND = 240
_ENGINES_OWN = ("pulumi:pulumi:Stack", "pulumi:providers:")
_FROM_OUTSIDE = ("PATH", "TMPDIR", "LANG", "LC_ALL")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what it puts into the background so, and children inherit it. The engine ends its plugins by
    # SIGINT, and would wait 5 s for each in vain.
    signal.signal(signal.SIGINT, signal.default_int_handler)


class PulumiError(AssertionError):
    """A command that ended otherwise than the test asked for; the message shows all that it printed."""


@dataclass(frozen=True)
class Result:
    """What a Pulumi command came to.

    Attributes:
        command: what was run.
        exit_code: 0 where all went well.
        output: stdout and stderr together, as a user sees them.
        events: the engine's own record of the operation, where there is one.
    """

    command: str
    exit_code: int
    output: str
    events: tuple[dict[str, Any], ...] = ()

    @property
    def changes(self) -> dict[str, int]:
        """How many resources had which operation, as the summary says: `{"create": 2, "same": 1}`."""
        for event in reversed(self.events):
            if "summaryEvent" in event:
                return event["summaryEvent"]["resourceChanges"] or {}
        return {}

    @property
    def operations(self) -> dict[str, list[str]]:
        """The operations planned or done, in order, by the name of the resource: `{"web": ["create"]}`."""
        found: dict[str, list[str]] = {}
        steps = (event["resourcePreEvent"] for event in self.events if "resourcePreEvent" in event)
        for metadata in (step["metadata"] for step in steps):
            if not metadata["type"].startswith(_ENGINES_OWN):
                found.setdefault(name_of(metadata["urn"]), []).append(metadata["op"])
        return found

    @property
    def diagnostics(self) -> list[str]:
        """The warnings and errors, each as `severity: message`."""
        events = (event["diagnosticEvent"] for event in self.events if "diagnosticEvent" in event)
        return [
            f"{event['severity']}: {event['message'].strip()}"
            for event in events
            if event["severity"] in {"warning", "error"} and not event.get("ephemeral")
        ]

    def __str__(self) -> str:
        return f"`{self.command}` ended with {self.exit_code}:\n{self.output}"


class Stack:
    """A Pulumi project with one stack, alone in its folder.

    Attributes:
        folder: holds all that is this stack's.
        project: the project's folder, with `__main__.py`.
        environ: the whole environment in which Pulumi runs; a test may change it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        environ: Mapping[str, str] | None = None,
        name: str = "dev",
        project: str = "test",
        backend: Path | None = None,
        venv: Path = NEWEST,
    ) -> None:
        """Make the project, still without a program.

        Args:
            folder: where; must not exist.
            environ: environment variables to add, such as those of a fake cloud.
            name: of the stack.
            project: the project's name.
            backend: another stack's `backend`, to share it.
            venv: the Python environment that the program runs in.
        """
        for needed, what in ((ENGINE / "pulumi", "engine"), (venv / ".complete", "Python environment")):
            if not needed.exists():
                raise FileNotFoundError(f"the {what} is not there ({needed}): run `make setup`")
        self.folder = folder
        self.project = folder / "project"
        self.backend = backend or folder / "backend"
        self.name = name
        self.project.mkdir(parents=True)
        self.backend.mkdir(exist_ok=True)
        (folder / "home").mkdir()
        self.environ = {key: os.environ[key] for key in _FROM_OUTSIDE if key in os.environ} | {
            "HOME": str(folder / "home"),
            "PULUMI_HOME": str(folder / "home" / "pulumi"),
            "PULUMI_BACKEND_URL": self.backend.as_uri(),
            "PULUMI_STACK": name,
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "1",
            "PULUMI_DEBUG_COMMANDS": "1",  # for --event-log
            "PATH": os.pathsep.join([f"{venv}/bin", str(ENGINE), os.environ["PATH"]]),
            **(environ or {}),
        }
        (self.project / "Pulumi.yaml").write_text(f"name: {project}\nruntime: python\n")
        self._initialise(project)

    def _initialise(self, project: str) -> None:
        """Do as `pulumi stack init` does, which alone would take as long as a third of an `up`."""
        stacks = self.backend / ".pulumi" / "stacks" / project
        stacks.mkdir(parents=True, exist_ok=True)
        (self.backend / ".pulumi" / "meta.yaml").write_text("version: 1\n")
        checkpoint = {"stack": f"organization/{project}/{self.name}"}
        (stacks / f"{self.name}.json").write_text(json.dumps({"version": 3, "checkpoint": checkpoint}))

    def program(self, text: str) -> None:
        """Write the program; common indentation is taken off."""
        self.write("__main__.py", text)

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project; common indentation is taken off."""
        path = self.project / name
        path.write_text(textwrap.dedent(text))
        return path

    def config(self, key: str, value: str, *, secret: bool = False, path: bool = False) -> Result:
        """Set a value of the stack's configuration; with `path`, the key is one like `aliyun:tags.a`."""
        flags = ["--secret" if secret else "--plaintext", *(["--path"] if path else [])]
        return self.pulumi("config", "set", *flags, "--", key, value)

    def preview(self, *flags: str, fails: bool | None = False) -> Result:
        """Run `pulumi preview`; see `operation`."""
        return self.operation("preview", *flags, fails=fails)

    def up(self, *flags: str, fails: bool | None = False) -> Result:
        """Run `pulumi up` without its preview; see `operation`."""
        return self.operation("up", "--yes", "--skip-preview", *flags, fails=fails)

    def refresh(self, *flags: str, fails: bool | None = False) -> Result:
        """Run `pulumi refresh` without its preview; see `operation`."""
        return self.operation("refresh", "--yes", "--skip-preview", *flags, fails=fails)

    def destroy(self, *flags: str, fails: bool | None = False) -> Result:
        """Run `pulumi destroy` without its preview; see `operation`."""
        return self.operation("destroy", "--yes", "--skip-preview", *flags, fails=fails)

    def operation(self, *arguments: str, fails: bool | None = False) -> Result:
        """Run a command that has the engine at work, and return its result with the engine's events.

        Args:
            arguments: of `pulumi`.
            fails: whether an exit code other than 0 is asked for; None takes either.

        Raises:
            PulumiError: if it ended otherwise than asked for, or not at all.
        """
        events = self.folder / "events.json"
        events.unlink(missing_ok=True)
        return self.pulumi(*arguments, "--event-log", str(events), fails=fails, events=events)

    def pulumi(self, *arguments: str, fails: bool | None = False, events: Path | None = None) -> Result:
        """Run any `pulumi` command on this stack; `fails` as in `operation`."""
        process = self.start(*arguments)
        try:
            process.wait(_SECONDS_FOR_A_COMMAND)
        except subprocess.TimeoutExpired:
            self.kill_all()
            raise PulumiError(f"`pulumi {' '.join(arguments)}` did not end:\n{self.printed()}") from None
        lines = events.read_text().splitlines() if events and events.exists() else []
        result = Result(
            command=f"pulumi {' '.join(arguments)}",
            exit_code=process.returncode,
            output=self.printed(),
            events=tuple(json.loads(line) for line in lines),
        )
        if fails is not None and fails != (result.exit_code != 0):
            raise PulumiError(str(result))
        return result

    def cancel(self) -> Result:
        """Run `pulumi cancel`, which a killed engine's lock makes necessary."""
        return self.pulumi("cancel", "--yes")

    def start_up(self, *flags: str) -> subprocess.Popen[bytes]:
        """Start `pulumi up` without its preview and return at once."""
        return self.start("up", "--yes", "--skip-preview", *flags)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a `pulumi` command in a process group of its own; what it prints is in `printed()`.

        The language host and the program are in that group, the provider is in another: see `processes`.
        """
        flags = ["--non-interactive", "--color=never"]
        command = [ENGINE / "pulumi", arguments[0], *flags, *arguments[1:]]
        with (self.folder / "printed.txt").open("w") as printed:
            return subprocess.Popen(
                command,
                cwd=self.project,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def printed(self) -> str:
        """Return what the last command started has printed up to now."""
        return (self.folder / "printed.txt").read_text(errors="replace")

    def processes(self) -> list[psutil.Process]:
        """Return all live processes of this stack: engine, language host, program and provider."""
        return [process for process in psutil.process_iter() if self._owns(process)]

    def provider_processes(self) -> list[psutil.Process]:
        """Return those of this stack's processes that serve its dynamic resources."""
        return [process for process in self.processes() if "pulumi.dynamic" in _command_line(process)]

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a started command's process group, and wait for its end; the provider lives on."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def kill_all(self) -> None:
        """Kill all processes of this stack, and wait until none is left."""
        while living := self.processes():
            for process in living:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            psutil.wait_procs(living, timeout=1)

    def _owns(self, process: psutil.Process) -> bool:
        try:
            is_alive = process.status() != psutil.STATUS_ZOMBIE
            return is_alive and process.environ().get("PULUMI_HOME") == self.environ["PULUMI_HOME"]
        except psutil.Error:
            return False

    def export(self, *flags: str) -> dict[str, Any]:
        """Return the stack's state, as `pulumi stack export` has it."""
        target = self.folder / "export.json"
        self.pulumi("stack", "export", "--file", str(target), *flags)
        return json.loads(target.read_text())

    def resources(self) -> dict[str, dict[str, Any]]:
        """Return the state's resources by name, without the stack and the old halves of replacements."""
        state = self.export("--show-secrets")["deployment"].get("resources", [])
        return {
            name_of(resource["urn"]): resource
            for resource in state
            if not resource["type"].startswith(_ENGINES_OWN) and not resource.get("delete")
        }

    def outputs(self) -> dict[str, Any]:
        """Return the stack's outputs, secrets in plain text."""
        return json.loads(self.pulumi("stack", "output", "--json", "--show-secrets").output)


def _command_line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:  # it has just ended
        return []


def name_of(urn: str) -> str:
    """Return the name of a resource from its URN."""
    return urn.rsplit("::", 1)[-1]
