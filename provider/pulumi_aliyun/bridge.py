"""All that reaches past the public API of `pulumi.dynamic`.

The SDK's servicer calls `provider.create(props)` from a frame that knows the URN, the timeout and the gRPC
context, and passes none of it on. Everything here reads that frame or its module, and each reach falls back
to plain behaviour where a future SDK differs: no URN, no progress, a plain error.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import functools
import gc
import itertools
import json
import math
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent import futures
from dataclasses import dataclass, field, replace
from typing import Any, Concatenate, NoReturn, ParamSpec, TypeVar

from .errors import AliyunError, Interrupted
from .redaction import keep, without_secrets

WORKERS = 128
"""Operations served at a time; the SDK ships 4, and the engine's `--parallel` is the true limit."""

_SERVICER_METHODS = frozenset({"Check", "Diff", "Create", "Read", "Update", "Delete"})

ROW_S = 2.0
"""How soon a resource's row may show something new; the longer it takes, the more rarely."""
LINE_S, LINE_IN_CI_S = 0.2, 3.0
"""How soon any row may: what is no terminal gets a line for each, and the engine doesn't say which it is."""

DEFAULT_TIMEOUT_S = 600.0
"""How long an operation waits when the user sets no customTimeouts."""

S = TypeVar("S")
P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

_said_last = 0.0

# ---- the engine's call that we are in ------------------------------------------------------------------


@dataclass(eq=False)
class Operation:
    """One call of the engine about one resource."""

    urn: str = ""
    timeout: float = 0.0
    """Seconds that the user's customTimeouts allow; 0.0 when none is set."""
    context: Any = None
    request: Any = None
    id: str = ""
    """Set as soon as the resource exists: a failure after that keeps the resource in the state."""
    outputs: dict[str, Any] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)
    undeterred: bool = False
    """Whether it goes on when the user presses Ctrl-C: it undoes what must not stay."""
    doing: str = ""
    """What was under way last, as the resource's row shows it."""
    _said: float = 0.0

    @property
    def name(self) -> str:
        """The resource's name, as the user wrote it."""
        return self.urn.rsplit("::", 1)[-1]

    @property
    def reads(self) -> bool:
        """Whether the engine only wants to know how the resource is."""
        return self.request is not None and self.request.DESCRIPTOR.name == "ReadRequest"

    def say(self, message: str) -> None:
        """Show what is under way in the resource's own row; at most a line every few seconds in CI."""
        self.doing = message
        global _said_last  # noqa: PLW0603 - the process's
        now = time.monotonic()
        spacing = LINE_IN_CI_S if os.environ.get("CI") else LINE_S
        if now - self._said >= ROW_S + 0.2 * self.passed() and now - _said_last >= spacing:
            self._said = _said_last = now
            log("INFO", message, self.urn, ephemeral=True)

    def tell(self, message: str, severity: str = "INFO") -> None:
        """Leave a message beside the resource in the run's diagnostics."""
        log(severity, message, self.urn)

    def passed(self) -> float:
        """Seconds since the engine asked for this."""
        return time.monotonic() - self.started

    def left(self) -> float:
        """Seconds that the user's customTimeouts leave; without end if there are none."""
        return self.started + self.timeout - time.monotonic() if self.timeout else math.inf

    @property
    def limit(self) -> float:
        """Seconds that it may wait for its resource: as long as the user's customTimeouts allow, or ten minutes."""
        return self.timeout or DEFAULT_TIMEOUT_S

    @functools.cached_property
    def stored_inputs(self) -> dict[str, Any] | None:
        """The resource's inputs as the engine hands them over from the state; see `old_inputs`."""
        for name in ("old_inputs", "inputs"):
            with contextlib.suppress(AttributeError, ValueError):
                if self.request.HasField(name):
                    from pulumi.runtime import rpc

                    found: dict[str, Any] = rpc.deserialize_properties(
                        getattr(self.request, name), keep_internal=True
                    )
                    return found
        return None

    def pause(self, seconds: float) -> None:
        """Sleep; Ctrl-C ends it."""
        (time.sleep if self.undeterred else cancelled.wait)(seconds)

    def to_its_end(self, *, in_time: bool) -> Operation:
        """The same call of the engine, for what must not be left half-done: Ctrl-C doesn't end it.

        Args:
            in_time: Whether the time limit does.
        """
        return replace(self, undeterred=True, timeout=self.timeout if in_time else 0.0)

    def stop_if_abandoned(self) -> None:
        """Raise when the run is being cancelled or the engine that asked is gone."""
        if cancelled.is_set() and not self.undeterred:
            raise Interrupted(
                "the run was cancelled"
                + (f"; last under way: {self.doing}" if self.doing else "")
                + (f"; {self.id} is kept in the state" if self.id else "")
                + "\n  what to do: run the command again, and it goes on from here"
            )
        if self.context is not None and not self.context.is_active():
            raise Interrupted("the engine that asked for this is gone")


def current_operation() -> Operation:
    """The engine's call that this thread serves; an empty one outside the provider's process."""
    frame = sys._getframe(1)  # noqa: SLF001 - the SDK does not pass the request on
    while frame is not None:
        if frame.f_code.co_name in _SERVICER_METHODS and "request" in frame.f_locals:
            context, request = frame.f_locals.get("context"), frame.f_locals["request"]
            if hasattr(context, "abort_with_status"):
                return Operation(
                    urn=str(getattr(request, "urn", "")),
                    timeout=float(getattr(request, "timeout", 0.0)),
                    context=context,
                    request=request,
                )
        frame = frame.f_back  # type: ignore[assignment]
    return Operation()


def old_inputs(operation: Operation, *, hidden: bool = False) -> dict[str, Any] | None:
    """The resource's inputs as the state has them; None where the engine doesn't say."""
    found = operation.stored_inputs
    return found and {key: value for key, value in found.items() if hidden or not key.startswith("__")}


def ignored(operation: Operation) -> list[str]:
    """The property paths whose changes the user wants ignored."""
    return [str(path) for path in getattr(operation.request, "ignoreChanges", ())]


# ---- a diff that shows which property causes what ------------------------------------------------------------

_detail = threading.local()


def detail(
    operation: Operation, changed: list[str], replaces: list[str], *, sealed: Collection[str] = ()
) -> None:
    """Have the answer to the current Diff name each changed property, and whether it replaces.

    Of a mapping or a list, each changed member is named: `replace_on_changes` may be one of those.

    Args:
        operation: The engine's call.
        changed: The changed properties.
        replaces: Those of them that replace.
        sealed: Properties whose keys nobody is to see.
    """
    if operation.context is None or not changed or not _can_detail():
        return
    from pulumi.runtime import rpc
    from pulumi.runtime.proto import provider_pb2

    kinds = provider_pb2.PropertyDiff
    old = old_inputs(operation) or {}
    new = rpc.deserialize_properties(operation.request.news, keep_unknowns=True, keep_internal=True)
    fields = {}
    for name in changed:
        suffix = "_REPLACE" if name in replaces else ""
        before, after = old.get(name), new.get(name)
        whole = name in sealed or rpc.is_rpc_secret(before) or rpc.is_rpc_secret(after)
        for path, change in [_change(name, before, after)] if whole else _members(name, before, after):
            kind = getattr(kinds, change + suffix)
            fields[path] = kinds(kind=kind, inputDiff=name in old or name in new)
    _detail.fields = {"detailedDiff": fields, "hasDetailedDiff": True, "diffs": changed}


def _members(path: str, old: Any, new: Any) -> Iterator[tuple[str, str]]:
    """The paths of what differs between two values, and how; the whole where nothing inside it does."""
    members: list[tuple[str, Any, Any]] = []
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        members = [(_key(key), old.get(key), new.get(key)) for key in sorted(old.keys() | new.keys())]
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        members = [(f"[{n}]", before, after) for n, (before, after) in enumerate(zip(old, new, strict=True))]
    differing = [(f"{path}{key}", before, after) for key, before, after in members if before != after]
    for each in differing:
        yield from _members(*each)
    if not differing:
        yield _change(path, old, new)


def _change(path: str, old: Any, new: Any) -> tuple[str, str]:
    return path, "ADD" if old is None else "DELETE" if new is None else "UPDATE"


def _key(key: str) -> str:
    """A mapping's key in a property path, as the engine reads it."""
    return f".{key}" if key.isidentifier() else "[" + json.dumps(key, ensure_ascii=False) + "]"


class _DetailedDiff:
    """Stands for the servicer's `proto` module; its DiffResponse also takes what `detail` has left."""

    def __init__(self, proto: Any) -> None:
        self._proto = proto

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._proto, name)
        return _DetailedResponse(value) if name == "DiffResponse" else value


class _DetailedResponse:
    def __init__(self, response: Any) -> None:
        self._response = response

    def __getattr__(self, name: str) -> Any:
        return getattr(self._response, name)

    def __call__(self, **fields: Any) -> Any:
        return self._response(**fields, **_detail.__dict__.pop("fields", {}))


def _can_detail() -> bool:
    main = sys.modules.get("__main__")
    proto = getattr(main, "proto", None)
    if isinstance(proto, _DetailedDiff):
        return True
    if main is None or not hasattr(proto, "DiffResponse"):
        return False
    main.proto = _DetailedDiff(proto)  # type: ignore[attr-defined]
    return True


# ---- the process: threads, the end of a run -------------------------------------------------------------

cancelled = threading.Event()
"""Set while operations are under way and the user has pressed Ctrl-C."""

_in_flight: set[Operation] = set()
_answered = time.monotonic()
_at_end: list[Callable[[], None]] = []


def under_way() -> int:
    """How many operations the engine waits for."""
    return len(_in_flight)


LULL_OF_EACH_S = 0.003
"""How much longer the engine may pause for each operation that it waits for: a busy disk holds it up now and then."""


def more_to_come(lull: float, longest: float) -> bool:
    """Whether the engine is still handing over what it wants done, by the times of its last calls.

    Args:
        lull: A pause of so many seconds is an end, unless the calls came more slowly than that before, or so many
            wait that it is nothing to each;
        longest: one of so many seconds always is.
    """
    waiting = sorted(operation.started for operation in _in_flight.copy())
    if len(waiting) < 2:  # noqa: PLR2004 - alone
        return False
    gaps = sorted(after - before for before, after in itertools.pairwise(waiting[-10:]))
    pause = max(lull, 5 * gaps[len(gaps) // 2], LULL_OF_EACH_S * len(waiting))
    return time.monotonic() - waiting[-1] < min(pause, longest)


def side_by_side(do: Callable[[T], R], things: Iterable[T], *, most: int = WORKERS) -> list[R]:
    """Do something with all of them at the same time; when all are done, the first error is raised.

    Args:
        do: What to do with each.
        things: All of them.
        most: How many at a time.
    """
    with futures.ThreadPoolExecutor(max_workers=most) as pool:
        return list(pool.map(do, things))


def at_end(settle: Callable[[], None]) -> None:
    """Have `settle` called once when the engine has recorded all and says that the run is over."""
    if settle not in _at_end:
        _at_end.append(settle)


def silence_s() -> float:
    """How long the engine has asked nothing since it got its last answer."""
    return time.monotonic() - _answered


def prepare() -> None:
    """Set the provider's process up: enough threads, and an ear for the engine's Cancel."""
    _raise_workers(WORKERS)
    _hear_cancel()
    _spare_memory()
    gc.freeze()  # what is loaded stays: garbage is found sooner where it isn't looked through each time


def _spare_memory() -> bool:
    """Have the C library give memory back: what a hundred answers took at the same moment isn't kept for the next."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # another one than glibc
        return False
    return all(mallopt(option, value) for option, value in _MALLOC.items())


_MALLOC = {
    -8: 2,  # M_ARENA_MAX: threads share two heaps, instead of up to eight for each core
    -3: 131072,  # M_MMAP_THRESHOLD: what is larger gets pages of its own, however much of it comes and goes
    -1: 131072,  # M_TRIM_THRESHOLD: nor is more than that kept at the end of a heap
}


class _NobodyIdle(threading.Semaphore):
    """Has a pool start a thread for each call, as long as it may have more.

    Python's own count of idle threads is too high by the calls that were ever queued for want of a thread
    (https://github.com/python/cpython/issues/88354): as many later ones would wait until another one ends.
    """

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        """Say that no thread is idle."""
        return False


def _raise_workers(count: int) -> bool:
    try:
        executor = threading.current_thread()._args[0]()  # type: ignore[attr-defined]  # noqa: SLF001
        if not isinstance(executor, futures.ThreadPoolExecutor) or executor._max_workers >= count:  # noqa: SLF001
            return False
        executor._idle_semaphore = _NobodyIdle(0)  # noqa: SLF001
        executor._max_workers = count  # noqa: SLF001
        for _ in range(executor._work_queue.qsize()):  # noqa: SLF001 - a thread starts on submit only
            executor.submit(int)
    except (AttributeError, IndexError, TypeError):
        return False
    return True


class _CancelPool(futures.ThreadPoolExecutor):
    """Runs the servicer's Cancel: the engine's word that the user, or the run itself, has ended."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> futures.Future[Any]:
        if _in_flight:
            cancelled.set()
            return super().submit(fn, *args, **kwargs)

        def settled(*call_args: Any, **call_kwargs: Any) -> Any:
            with _deaf_to_interrupts():
                while _at_end:
                    with contextlib.suppress(Exception):  # nothing may keep the engine from ending
                        _at_end.pop()()
            return fn(*call_args, **call_kwargs)

        return super().submit(settled, *args, **kwargs)


@contextlib.contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Hear SIGINT only afterwards: the engine sends it five seconds after its Cancel, and kills five seconds later.

    The SDK's main thread would end at once, and then no thread can be started any more, nor a call be made. Python
    lets no other thread change what a signal does; the C library does.
    """
    try:
        set_handler = ctypes.CDLL(None).signal
        set_handler.argtypes, set_handler.restype = (ctypes.c_int, ctypes.c_void_p), ctypes.c_void_p
        before = set_handler(signal.SIGINT, _IGNORE)
    except (AttributeError, OSError, TypeError):  # another C library
        yield
        return
    began = time.monotonic()
    try:
        yield
    finally:
        set_handler(signal.SIGINT, before)
        signal.siginterrupt(signal.SIGINT, True)  # so that it ends a wait
        if time.monotonic() - began > INTERRUPTED_S:  # it may have come meanwhile
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


_IGNORE = 1
"""C's SIG_IGN."""
INTERRUPTED_S = 4.5
"""After so long, the engine's SIGINT may have come."""


def _hear_cancel() -> bool:
    servicer = getattr(sys.modules.get("__main__"), "DynamicResourceProviderServicer", None)
    cancel = getattr(servicer, "Cancel", None)
    if cancel is None or hasattr(cancel, "experimental_thread_pool"):
        return False
    cancel.experimental_thread_pool = _CancelPool(1)
    return True


# ---- answers that the SDK has no word for ----------------------------------------------------------------


def guarded(method: Callable[Concatenate[S, Operation, P], R]) -> Callable[Concatenate[S, P], R]:
    """Answer the engine for a provider's method: clean errors, half-made resources kept, no hang.

    An error before the resource exists is shown as its text. One after that (`Operation.id` is set) also
    puts the id and the known outputs into the state, so that the next `up` goes on with `update`.
    """

    @functools.wraps(method)
    def answer(self: S, *args: P.args, **kwargs: P.kwargs) -> R:
        operation = current_operation()
        if operation.context is not None:
            operation.context.add_callback(lambda: _end_if_orphaned(operation))
        _in_flight.add(operation)
        try:
            _keep_secrets(operation.request)
            _add_hidden(operation.request, args)
            return method(self, operation, *args, **kwargs)
        except BaseException as error:  # a SystemExit would make the engine wait for ever
            if operation.context is None:
                raise
            _refuse(operation, error)
        finally:
            _in_flight.discard(operation)
            global _answered  # noqa: PLW0603 - the process's
            _answered = time.monotonic()

    return answer  # type: ignore[return-value]  # wraps() knows its first parameter's name


def _add_hidden(request: Any, given: tuple[Any, ...]) -> None:
    """Add the hidden properties to what the servicer hands over: older SDKs keep them to themselves."""
    names = [name for name in ("olds", "news", "properties") if hasattr(request, name)]
    for name, properties in zip(names, (each for each in given if isinstance(each, dict)), strict=False):
        struct = getattr(request, name)
        if any(key.startswith("__") and key not in properties for key in struct):
            from pulumi.runtime import rpc

            found = rpc.deserialize_properties(struct, True, keep_internal=True)
            properties.update({key: value for key, value in found.items() if key.startswith("__")})


def _end_if_orphaned(operation: Operation) -> None:
    """The engine was killed: end this process as soon as nothing of ours is on the wire."""
    if operation in _in_flight:
        threading.Thread(target=_end_orphan, daemon=True).start()


def _end_orphan() -> None:
    parent = os.getppid()
    for _ in range(100):
        time.sleep(0.1)
        if not _in_flight or os.getppid() != parent:
            break
    if all(o.context is None or not o.context.is_active() for o in _in_flight.copy()):
        os._exit(1)


def _message(operation: Operation, error: BaseException) -> str:
    if os.environ.get("PULUMI_ALIYUN_TRACEBACK") == "1":
        return without_secrets("".join(traceback.format_exception(error)))
    if isinstance(error, AliyunError):
        return without_secrets(str(error))
    what = operation.request.DESCRIPTOR.name.removesuffix("Request").lower() if operation.request else "call"
    return without_secrets(
        f"{what} of {operation.name or 'the resource'} met an unforeseen {type(error).__name__}: {error}\n"
        f"  what to do: please report this with the output of PULUMI_ALIYUN_TRACEBACK=1; nothing is lost, "
        f"the next run finds what was done"
    )


_SECRET_ARGUMENTS = ("password", "user_data")


def _keep_secrets(request: Any) -> None:
    """Have no message show the secret arguments that a call of the engine hands over."""
    for given in ("properties", "olds", "news"):
        properties = getattr(request, given, None) or {}
        for name in _SECRET_ARGUMENTS:
            if name in properties:  # asking a Struct for a key that it doesn't have would put one there
                keep(properties[name])


def _refuse(operation: Operation, error: BaseException) -> NoReturn:
    import grpc

    context, message = operation.context, _message(operation, error)
    try:
        if operation.id and operation.request is not None:
            _abort_keeping(operation, message)
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, message)
    finally:
        # The newest SDKs catch the abort's exception and abort again, with a traceback.
        context.abort = _raise_again
    raise AssertionError  # an abort always raises


def _raise_again(*_args: Any, **_kwargs: Any) -> None:
    raise  # noqa: PLE0704 - inside the SDK's own except clause


@dataclass
class _Status:
    """What grpc's `abort_with_status` wants."""

    code: Any
    details: str
    trailing_metadata: tuple[tuple[str, bytes], ...]


def _abort_keeping(operation: Operation, message: str) -> None:
    """Abort with ErrorResourceInitFailed: the engine records id, inputs and outputs, and the failure."""
    import grpc
    from google.protobuf import any_pb2
    from pulumi.dynamic.dynamic import PROVIDER_KEY
    from pulumi.runtime.proto import provider_pb2

    request = operation.request
    inputs = request.news if hasattr(request, "news") else request.properties
    outputs = {**operation.outputs, PROVIDER_KEY: dict(inputs)[PROVIDER_KEY]}
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=operation.id, properties=_serialized(outputs), inputs=inputs, reasons=[message]
        )
    )
    # google.rpc.Status by hand: the two generated modules that know it refuse to be loaded together.
    status = (
        bytes([1 << 3])
        + _varint(grpc.StatusCode.UNKNOWN.value[0])
        + _chunk(2, message.encode())
        + _chunk(3, detail.SerializeToString())
    )
    operation.context.abort_with_status(
        _Status(grpc.StatusCode.UNKNOWN, message, (("grpc-status-details-bin", status),))
    )


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:  # noqa: PLR2004
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _chunk(tag: int, data: bytes) -> bytes:
    return bytes([tag << 3 | 2]) + _varint(len(data)) + data


def _serialized(properties: Mapping[str, Any]) -> Any:
    from pulumi.runtime import rpc

    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(rpc.serialize_properties(dict(properties), {}))
    finally:
        loop.close()


# ---- messages and secrets --------------------------------------------------------------------------------


@functools.cache
def _engine() -> Any:
    import grpc
    from pulumi.runtime.proto import engine_pb2_grpc

    return engine_pb2_grpc.EngineStub(grpc.insecure_channel(sys.argv[1]))


def log(severity: str, message: str, urn: str = "", *, ephemeral: bool = False) -> None:
    """Show a message beside a resource: INFO, WARNING or ERROR; an ephemeral one only in its row."""
    try:
        import grpc
        from pulumi.runtime.proto import engine_pb2
    except ImportError:
        return
    with contextlib.suppress(grpc.RpcError, IndexError, ValueError):
        request = engine_pb2.LogRequest(
            severity=getattr(engine_pb2, severity),
            message=without_secrets(message),
            urn=urn,
            ephemeral=ephemeral,
        )
        _engine().Log(request, timeout=2)


def secret(value: Any) -> Any:
    """Mark a value as secret for the engine, whatever the user passed it as."""
    import pulumi
    from pulumi.runtime import rpc

    if value is None or pulumi.contains_unknowns(value) or rpc.is_rpc_secret(value):
        return value
    return rpc.wrap_rpc_secret(value)
