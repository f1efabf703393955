"""A fake in this process: for tests and programs in Python."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

if TYPE_CHECKING:
    from types import TracebackType

    from fake_aliyun.clock import Clock
    from fake_aliyun.faults import Faults

F = TypeVar("F", bound=Callable[..., Any])
_REGION = "cn-hangzhou"
_ARGUMENT = "fake_aliyun"


class FakeAliyun:
    """One cloud with its server; isolated from every other.

    Use it as a context manager, or call `start` and `stop`.

    Args:
        seed: Ids and random faults come from it.
        region_id: The region that `environ` names.
        **settings: What `Settings` takes, e.g. `profile="instant"`.
    """

    def __init__(self, *, seed: int | None = None, region_id: str = _REGION, **settings: Any) -> None:
        # Imported here: merely importing the package, as pytest does at every start, costs nothing.
        from fake_aliyun.cloud import Cloud

        self.cloud = Cloud(seed=seed, **settings)
        self.region_id = region_id
        self.url = ""
        self._server: Any = None

    def start(self) -> FakeAliyun:
        """Serves at a free port of this machine until `stop`."""
        from fake_aliyun.server import Server

        self._server = Server(self.cloud).start()
        self.url = self._server.url
        return self

    def stop(self) -> None:
        """Stops serving."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def __enter__(self) -> FakeAliyun:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def environ(self) -> dict[str, str]:
        """The environment variables that point a program at this cloud."""
        credential = next(iter(self.cloud.credentials.values()))
        return {
            "ALIBABA_CLOUD_ENDPOINT_ECS": self.url,
            "ALIBABA_CLOUD_ENDPOINT_BSSOPENAPI": self.url,
            "ALIBABA_CLOUD_ENDPOINT_STS": self.url,
            "ALIBABA_CLOUD_ACCESS_KEY_ID": credential.access_key_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": credential.secret,
            "ALIBABA_CLOUD_REGION_ID": self.region_id,
        }

    @property
    def faults(self) -> Faults:
        """The plan of faults: `faults.add("RunInstances", code="Throttling.User", times=2)`."""
        return self.cloud.faults

    @property
    def clock(self) -> Clock:
        """The fake's time: `clock.advance(3600)`."""
        return self.cloud.clock

    def state(self, account: str = "") -> dict[str, list[dict[str, Any]]]:
        """Gives all resources, as GET /_fake/state does."""
        from fake_aliyun.view import state

        return state(self.cloud, account)

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        """Gives the requests answered so far, as GET /_fake/requests does."""
        return self.cloud.journal.since(since)

    def settings(self, **settings: Any) -> dict[str, Any]:
        """Changes settings, as POST /_fake/settings does, and gives all of them."""
        self.cloud.change_settings(**settings)
        return self.cloud.settings.shown()

    def reset(self, seed: int | None = None) -> None:
        """Puts everything back to the start."""
        self.cloud.reset(seed)


class _Mock:
    """What `mock_aliyun` gives: a context manager that is a decorator, too."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        self._running: list[tuple[FakeAliyun, dict[str, str | None]]] = []

    def __enter__(self) -> FakeAliyun:
        fake = FakeAliyun(**self._options).start()
        self._running.append((fake, {name: os.environ.get(name) for name in fake.environ}))
        os.environ.update(fake.environ)
        return fake

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        fake, before = self._running.pop()
        fake.stop()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    def __call__(self, function: F) -> F:
        shown = inspect.signature(function)
        wants = _ARGUMENT in shown.parameters

        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            with self as fake:
                return function(*args, **kwargs, **({_ARGUMENT: fake} if wants else {}))

        # pytest and others must not look for the argument that is given here.
        rest = [each for name, each in shown.parameters.items() if name != _ARGUMENT]
        run.__signature__ = shown.replace(parameters=rest)  # type: ignore[attr-defined]
        return cast("F", run)


@overload
def mock_aliyun(function: F) -> F: ...
@overload
def mock_aliyun(**options: Any) -> _Mock: ...
def mock_aliyun(function: F | None = None, **options: Any) -> F | _Mock:
    """Runs a function or a block against a fake cloud of its own.

    The environment variables of the provider and the SDKs point at it meanwhile. As a context manager it
    gives the `FakeAliyun`; a decorated function that takes an argument `fake_aliyun` gets it there.

    Args:
        function: The function, where it is used as a decorator without options.
        **options: What `FakeAliyun` takes.
    """
    mock = _Mock(options)
    return mock if function is None else mock(function)
