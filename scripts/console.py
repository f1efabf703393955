"""What the set-up scripts share: words for people, steps with a progress line, and locks.

All of it is said on stderr, so that `make env` has stdout for itself.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import final

LOGS = Path(__file__).resolve().parent.parent / ".build"
_SECONDS_BETWEEN_LINES = 20  # where there is no terminal, as in CI
_LINES_OF_A_FAILURE = 10
_WIDTH_OF_A_FAILURE = 160


class SetupError(Exception):
    """What failed and the way out, in words for a person."""


def say(text: str) -> None:
    """Say one line."""
    print(text, file=sys.stderr, flush=True)


def exit_code(program: Callable[[], None]) -> int:
    """Run a script's main function: a failure is said without a traceback."""
    try:
        program()
    except SetupError as error:
        say(f"\nmake setup: {error}")
        return 1
    except KeyboardInterrupt:
        say("\nmake setup: interrupted; the next run goes on from here")
        return 130
    return 0


@contextlib.contextmanager
def locked(path: Path, waiting_for: str) -> Iterator[None]:
    """Hold the lock of a file, which ends with this process however it ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Waiting for {waiting_for} …")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@final
class Step:
    """A long step, with one line that tells how far it is.

    On a terminal the line is updated in place, elsewhere it is repeated now and then.
    `detail` is the line's middle part and may be set at any time.
    """

    def __init__(self, title: str) -> None:
        self.detail = ""
        self._title = title
        self._log = LOGS / f"{re.sub(r'[^a-z0-9.]+', '-', title.lower())}.log"
        self._started = time.monotonic()
        self._on_terminal = sys.stderr.isatty()
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Step:
        if not self._on_terminal:
            say(f"{self._title} …")
        LOGS.mkdir(exist_ok=True)
        self._log.unlink(missing_ok=True)
        self._ticker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._ticker.join()
        say(f"\r\033[K{self._line()}" if self._on_terminal else self._line())

    def run(
        self,
        command: Sequence[str | Path],
        *,
        on_line: Callable[[str], None] = lambda _: None,
        environ: Mapping[str, str] | None = None,
        folder: Path | None = None,
        is_stuck: Callable[[], bool] = lambda: False,
    ) -> None:
        """Run a command in a process group of its own, which never outlives this call.

        Args:
            command: the program and its arguments.
            on_line: called with each line that the command prints.
            environ: the whole environment; None is this process's.
            folder: where it runs.
            is_stuck: asked every second; the command is ended when it answers True.

        Raises:
            SetupError: with the last lines of the output, if the command fails or is stuck.
        """
        last: deque[str] = deque(maxlen=_LINES_OF_A_FAILURE)
        with (
            self._log.open("a") as file,
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=environ,
                cwd=folder,
                text=True,
                errors="replace",
                start_new_session=True,
            ) as process,
        ):

            def read() -> None:
                for line in process.stdout or ():
                    file.write(line)
                    last.append(f"  {line.rstrip()[:_WIDTH_OF_A_FAILURE]}\n")
                    on_line(line.rstrip())

            reader = threading.Thread(target=read, daemon=True)
            reader.start()
            try:
                stuck = _wait(process, is_stuck)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                reader.join()
        if stuck or process.returncode:
            what = "was stuck and has been ended" if stuck else f"ended with code {process.returncode}"
            raise SetupError(f"“{self._title}” {what}\n{''.join(last)}  (all of it: {self._log})")

    def _line(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self._started), 60)
        elapsed = f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"
        return f"{self._title}: {self.detail}, {elapsed}" if self.detail else f"{self._title}: {elapsed}"

    def _tick(self) -> None:
        while not self._ended.wait(0.5 if self._on_terminal else _SECONDS_BETWEEN_LINES):
            if self._on_terminal:
                width = os.get_terminal_size(sys.stderr.fileno()).columns or 80
                print(f"\r\033[K{self._line()[: width - 1]}", end="", file=sys.stderr, flush=True)
            else:
                say(self._line())


def _wait(process: subprocess.Popen[str], is_stuck: Callable[[], bool]) -> bool:
    """Wait for the end of a process, or until it is stuck: the answer tells which."""
    while not is_stuck():
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(1)
            return False
    return True
