"""The parts of the vendor's SDKs that take long to load and are hardly used, each loaded when it is used.

The classes that describe requests and answers: ECS has four thousand of them in a thousand files. Loading all takes
a third of a second and 20 MB, and a run uses a few dozen. And aiohttp, a third of what is left in time and memory,
which the SDKs import for their asynchronous calls; nobody here makes one. Where an SDK is laid out otherwise, all of
it is loaded, as it does by itself.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.util
import re
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

_lock = threading.Lock()


def of(sdk: str) -> ModuleType:
    """The module `models` of an SDK, such as "alibabacloud_ecs20140526"; to be called before its client is loaded."""
    without_aiohttp()
    with _lock:
        name = f"{sdk}.models"
        return sys.modules.get(name) or _lazy(name) or importlib.import_module(name)


def _lazy(name: str) -> ModuleType | None:
    """The module, with its classes still to be loaded; None if its index doesn't tell where they are."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None or not spec.submodule_search_locations:
        return None
    index = Path(spec.origin).read_text(encoding="utf-8")
    files = {found: file for file, found in re.findall(r"^from \.(\w+) import (\w+)$", index, re.MULTILINE)}
    if not files:
        return None
    module = importlib.util.module_from_spec(spec)

    @functools.cache
    def load(found: str) -> Any:
        if found not in files:
            raise AttributeError(f"module {name!r} has no attribute {found!r}")
        return getattr(importlib.import_module(f"{name}.{files[found]}"), found)

    module.__dict__["__getattr__"] = load
    sys.modules[name] = module
    return module


# ---- what only asynchronous calls need ---------------------------------------------------------------------


_IMPORTERS = ("Tea.core", "darabonba.core", "darabonba.response", "darabonba.utils.stream")
"""The modules of the SDKs that import aiohttp; at first, they only name it in signatures."""


class _Later(ModuleType):
    """Stands for a module until somebody uses it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            if sys._getframe(1).f_globals.get("__name__") in _IMPORTERS:  # noqa: SLF001 - who asks?
                return type(name, (), {})
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def without_aiohttp() -> None:
    """Load the modules of the SDKs that import aiohttp without it; to be called before they are loaded otherwise.

    Whoever else imports it, at this moment or later, gets the real one, and so do the SDKs when they use it.
    """
    with _lock:
        if "aiohttp" in sys.modules or _IMPORTERS[0] in sys.modules:
            return
        later = sys.modules["aiohttp"] = _Later("aiohttp")
        for name in _IMPORTERS:
            with contextlib.suppress(
                ImportError, AttributeError
            ):  # another version's: it is loaded as it likes
                importlib.import_module(name)
        if sys.modules.get("aiohttp") is later:
            del sys.modules["aiohttp"]
