"""The classes of the vendor's SDKs that describe requests and answers, each loaded when it is used.

ECS has four thousand of them in a thousand files. Loading all takes a third of a second and 20 MB, and a run uses
a few dozen. Where an SDK is laid out otherwise, all of it is loaded, as it does by itself.
"""

from __future__ import annotations

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
