"""One call on the wire: how long an answer may take, how large it may be, and when it is asked for again.

The SDK's timeouts hold for the gap between two bytes only, and a thread that waits for a byte hears nothing of
Ctrl-C. So each call is sent by a thread of its own, and the engine's thread waits for what comes first: an
answer, a later answer of a call that was sent again, the user's Ctrl-C, or the end of all patience.
"""

from __future__ import annotations

import contextlib
import functools
import math
import queue
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from .bridge import Operation
from .errors import UNDER_WAY, ApiError, Interrupted, NoAnswer

T = TypeVar("T")

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 20.0
"""How long the next byte of an answer may take."""
ANSWER_TIMEOUT_S = 30.0
"""How long a whole answer may take, however its bytes come."""
LAST_ANSWER_S = 3.0
"""How long a change that is on the wire is waited for after Ctrl-C: its answer may have the id of what it made."""
LONGEST_ANSWER = 32 * 1024 * 1024
"""A hundred items take less than one of these megabytes."""

SECOND_READ_S = 0.5
SECOND_WRITE_S = 1.0
"""After how long a call that can be repeated is sent again, while the first is still waited for; then twice as long."""
SLOWNESS = 4.0
"""A service that is slow in general isn't asked twice: only what takes so many times longer than usual is."""

_usual: dict[str, float] = {}
"""How long each operation's answers have taken of late; the loser of two doesn't count."""


def reads(action: str) -> bool:
    """Whether an operation changes nothing."""
    return action.startswith(("Describe", "Query", "List", "AssumeRole"))


def answered(operation: Operation, action: str, send: Callable[[], T], *, repeatable: bool) -> T:
    """Send a call and wait for its answer.

    Args:
        operation: The engine's call; when it is cancelled, a reading call is left at once, a changing one soon.
        action: The operation's name.
        send: Makes the call; may be called again, while the first is under way.
        repeatable: Whether a second call of the same kind does nothing that the first didn't, however late.

    Raises:
        NoAnswer: None came in time.
        Interrupted: The run was cancelled before one came.
    """
    outcomes: queue.SimpleQueue[_Outcome] = queue.SimpleQueue()
    usual = SECOND_READ_S if reads(action) else SECOND_WRITE_S
    began = time.monotonic()
    end, interrupted, sent, under_way = began + min(ANSWER_TIMEOUT_S, operation.left()), None, 1, 1
    _start(sent, action, send, outcomes)
    while True:
        # What others learn meanwhile counts: a hundred calls at once are slow by themselves, each of them.
        patience = max(usual, SLOWNESS * _usual.get(action, usual / 2))
        again = began + (2**sent - 1) * patience if repeatable else math.inf
        try:
            number, answer, error, took = outcomes.get(timeout=max(0.001, min(0.2, again - time.monotonic())))
        except queue.Empty:
            pass
        else:
            under_way -= 1
            if error is None:
                _usual[action] = 0.8 * _usual.get(action, took) + 0.2 * took
                return answer  # type: ignore[no-any-return]
            broken = isinstance(error, NoAnswer) and (number < sent or interrupted)
            if not under_way or not (broken or _is_under_way(error)):
                raise error
        if interrupted is None and (interrupted := _interruption(operation)):
            repeatable, end = False, min(end, time.monotonic() + (0.0 if reads(action) else LAST_ANSWER_S))
        now = time.monotonic()
        if now >= end:
            if interrupted and not reads(action):
                interrupted = Interrupted(
                    f"the run was cancelled before {action} was answered\n"
                    f"  what to do: run the command again; what has come of it is found then"
                )
            raise interrupted or NoAnswer(action, "no answer came in time")
        if now >= again:
            sent, under_way = sent + 1, under_way + 1
            _start(sent, action, send, outcomes)


def _is_under_way(error: BaseException) -> bool:
    """Whether a later call was told that an earlier one is still being carried out."""
    return isinstance(error, ApiError) and error.code in UNDER_WAY


_Outcome = tuple[int, Any, BaseException | None, float]
"""Which of the calls it was, its answer or error, and the seconds that it took."""


def _start(number: int, action: str, send: Callable[[], Any], outcomes: queue.SimpleQueue[_Outcome]) -> None:
    def run() -> None:
        started, answer, failure = time.monotonic(), None, None
        try:
            answer = send()
        except BaseException as error:  # noqa: BLE001 - it is raised where the answer is waited for
            failure = error
        outcomes.put((number, answer, failure, time.monotonic() - started))

    threading.Thread(target=run, daemon=True, name=action).start()


def _interruption(operation: Operation) -> Interrupted | None:
    try:
        operation.stop_if_abandoned()
    except Interrupted as error:
        return error
    return None


# ---- how large an answer may be ------------------------------------------------------------------------------


class TooLong(OSError):
    """An answer that no operation of the API gives."""


class _Came(threading.local):
    """Who was asked last by this thread, and what came: an HTTP status and a content type."""

    host = ""
    status = 0
    kind = ""


came = _Came()


def bound_answers(core: Any) -> None:
    """Have the SDK read no more of an answer than one can be, and follow no redirection.

    Args:
        core: The class of the SDK that makes its HTTP adapters.
    """
    original = getattr(core, "get_adapter", None)
    if original is None or hasattr(original, "__wrapped__"):
        return

    @functools.wraps(original)
    def get_adapter(*args: Any, **kwargs: Any) -> Any:
        adapter = original(*args, **kwargs)
        send = adapter.send

        def bounded(request: Any, stream: bool = False, **options: Any) -> Any:
            came.host, came.status, came.kind = urlsplit(request.url).netloc.rpartition("@")[2], 0, ""
            response = send(request, stream=True, **options)
            came.status, came.kind = response.status_code, response.headers.get("content-type", "")
            _hear_time(response.headers.get("date", ""))
            response.headers.pop("location", None)  # whoever sends the API's clients elsewhere isn't the API
            if not stream:
                _read(response)
            return response

        adapter.send = bounded
        return adapter

    core.get_adapter = staticmethod(get_adapter)


# ---- what time it is ----------------------------------------------------------------------------------------

_ahead = timedelta()
"""By how much the clock of whoever answered last is ahead of this machine's."""


def now() -> datetime:
    """The time by the clock that decides what has run out: this machine's may be wrong."""
    return datetime.now(timezone.utc) + _ahead


def _hear_time(date: str) -> None:
    global _ahead  # noqa: PLW0603 - the process's
    with contextlib.suppress(TypeError, ValueError, OverflowError):
        told = parsedate_to_datetime(date).astimezone(timezone.utc)
        ahead = told - datetime.now(timezone.utc)
        _ahead = ahead if abs(ahead) > _TRANSIT else timedelta()


_TRANSIT = timedelta(seconds=5)
"""From how much on: an answer takes some time, and its date has no fractions."""


def _read(response: Any) -> None:
    parts, size, end = [], 0, time.monotonic() + ANSWER_TIMEOUT_S
    for part in response.iter_content(65536):
        parts.append(part)
        size += len(part)
        if size > LONGEST_ANSWER or time.monotonic() > end:  # nobody waits for it any more
            response.close()
            raise TooLong
    response._content = b"".join(parts)  # noqa: SLF001 - where `Response.content` would have put it
