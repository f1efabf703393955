"""Makes one small mistake at a time in the code, and counts how many of them the tests find: `make mutants`.

The tests are collected and run once, to learn which of them come past which line. Then each mistake is made in a fork
of that process, where the functions that live there get the code of the mutated module; tests that come past the line
are run until one fails. What only runs while a module is imported is counted apart: it can't be made again there.
"""

from __future__ import annotations

import argparse
import ast
import functools
import gc
import os
import pickle
import random
import re
import resource
import signal
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, NamedTuple

import hypothesis
import pytest
from _pytest.runner import runtestprotocol

from pulumi_aliyun import bridge

_PACKAGE = Path(__file__).resolve().parent.parent / "provider" / "pulumi_aliyun"


class Part(NamedTuple):
    """Modules that answer one question, and the quick tests that guard them."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


_LIVES = tuple(
    f"tests/provider/test_{name}.py"
    for name in (
        *("attempts", "marks", "record", "run", "buying", "settling", "identity"),
        *(
            "creating_requests",
            "engine_calls",
            "instance_calls",
            "reservation_calls",
            "lifecycle_calls",
            "lifecycle_parts",
            "reservation_life",
            "bss_instance",
            "bss_orders",
            "instances",
            "answers",
            "lying_lists",
        ),
        *("kills", "histories", "bss_histories", "instances_random"),
    )
)
_SLOW = (
    "--ignore=tests/rules/test_preview.py",
    "--deselect=tests/rules/test_catalogue.py::test_the_reference_is_current",
    "--deselect=tests/rules/test_vocabulary.py::test_nothing_that_can_be_written_gives_a_traceback",
)
PARTS = {
    "rules": Part(("rules", "shared", "ecs_arguments", "ecs_pools", "catalogue"), ("tests/rules", *_SLOW)),
    "diff": Part(
        (
            *("lifecycle", "capacity_reservation", "ecs_instance"),
            *("ecs_disks", "ecs_billing", "ecs_access", "ecs_power"),
        ),
        (
            *_LIVES,
            "tests/rules/test_catalogue.py",  # their rules
            "tests/rules/test_bounds.py",
            *_SLOW,
        ),
    ),
    "tokens": Part(
        ("attempts", "record", "run", "buying", "settling", "identity", "marks", "bss_instance"),
        ("tests/rules/test_catalogue.py", *_SLOW, *_LIVES),
    ),
}

# ---- mistakes ----------------------------------------------------------------------------------------------

_SWAPPED: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.FloorDiv,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.Mult,),
}
_REMOVED = (ast.Expr, ast.Assign, ast.AugAssign, ast.Raise, ast.Continue, ast.Break, ast.Delete)
_NAME = re.compile(r"([A-Za-z_]\w*)?")
"""Texts of this form are names, of the API's or ours; others are sentences for people, and left alone."""


@dataclass
class Mistake:
    """What stands in `holder.field` (at `index`, if that is a list) becomes `new`; None: it is left out."""

    path: Path
    tree: ast.Module
    lines: range
    """Whoever comes past one of them may meet it."""
    holder: ast.AST
    field: str
    index: int | None
    new: ast.AST | None

    def __str__(self) -> str:
        held = getattr(self.holder, self.field)
        old = held if self.index is None else held[self.index]
        return (
            f"{self.path.name}:{self.lines[0]}: {_shown(old)} → {_shown(self.new)} in {_shown(self.holder)}"
        )

    def mutated(self) -> list[CodeType]:
        """The module's code with the mistake in it; from then on the tree has it, too."""
        if self.index is None:
            setattr(self.holder, self.field, self.new)
        else:
            held = getattr(self.holder, self.field)
            held[self.index : self.index + 1] = [] if self.new is None else [self.new]
        return _codes(compile(ast.fix_missing_locations(self.tree), str(self.path), "exec"))


def _shown(node: ast.AST | None) -> str:
    if node is None:
        return "nothing"
    if isinstance(node, ast.cmpop | ast.boolop | ast.operator):
        return type(node).__name__
    return ast.unparse(node).split("\n")[0][:100]


def mistakes(path: Path) -> Iterator[Mistake]:
    """All that can be made in the functions of a module, in the order of its lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for child in ast.iter_child_nodes(tree):
        yield from _below(path, tree, child, range(0), inside=False)


def _below(path: Path, tree: ast.Module, holder: ast.AST, lines: range, *, inside: bool) -> Iterator[Mistake]:
    if isinstance(holder, ast.stmt):
        body: list[Any] = getattr(holder, "body", None) or []
        last = body[0].lineno - 1 if body else holder.end_lineno or 0
        lines = range(holder.lineno, max(holder.lineno, last) + 1)
    for field, value in ast.iter_fields(holder):
        if field in {"annotation", "returns", "decorator_list", "args"} and not isinstance(holder, ast.Call):
            continue
        within = inside or (isinstance(holder, ast.FunctionDef | ast.Lambda) and field == "body")
        for index, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or _is_docstring(child):
                continue
            of_child = range(child.lineno, child.lineno + 1) if isinstance(child, ast.stmt) else lines
            for new in _instead(holder, field, child) if within else ():
                yield Mistake(path, tree, of_child, holder, field, index, new)
            yield from _below(path, tree, child, lines, inside=within)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _instead(holder: ast.AST, field: str, node: ast.AST) -> Iterator[ast.AST | None]:
    """What may stand in a node's place by mistake; None: nothing."""
    yield from (swapped() for swapped in _SWAPPED.get(type(node), ()))
    if isinstance(node, ast.Constant) and not isinstance(holder, ast.JoinedStr):
        yield from _other_constants(node.value)
    if isinstance(node, _REMOVED):
        yield ast.If(test=ast.Constant(value=False), body=[node], orelse=[])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    if isinstance(node, ast.BoolOp):
        yield from (_rather(kept, node) for kept in node.values)
    if isinstance(node, ast.keyword):
        yield None
    if isinstance(node, ast.expr) and field in {"test", "ifs"}:
        yield from (_rather(ast.Constant(value=always), node) for always in (True, False))
    if isinstance(holder, ast.Return) and isinstance(node, ast.expr) and ast.unparse(node) != "None":
        yield _rather(ast.Constant(value=None), node)
    if isinstance(holder, ast.ExceptHandler) and field == "type":
        yield ast.Tuple(elts=[], ctx=ast.Load())


def _rather(this: ast.expr, that: ast.expr) -> ast.AST:
    """This for that; but the function goes on naming the same variables, as the closures alive need it."""
    return ast.IfExp(test=ast.Constant(value=True), body=this, orelse=that)


def _other_constants(value: object) -> Iterator[ast.AST]:
    if isinstance(value, bool):
        yield ast.Constant(value=not value)
    elif isinstance(value, int | float):
        yield ast.Constant(value=value + 1)
    elif isinstance(value, str) and _NAME.fullmatch(value):
        yield ast.Constant(value=f"{value}_")


# ---- the tests ---------------------------------------------------------------------------------------------


def _codes(code: CodeType) -> list[CodeType]:
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    return [code, *(each for part in inner for each in _codes(part))]


_CACHE = type(functools.cache(len))


class Living:
    """What the collected tests have imported of the package, where mistakes can be made."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.codes = {path: _codes(compile(path.read_bytes(), str(path), "exec")) for path in paths}
        every = gc.get_objects()
        self.functions = [
            item for item in every if isinstance(item, FunctionType) and _is_ours(item.__code__)
        ]
        caches = (item for item in every if isinstance(item, _CACHE))
        self.caches = [item for item in caches if _is_ours(item.__wrapped__.__code__)]

    def take(self, mistake: Mistake) -> bool:
        """Make the mistake in this process; tells whether that is possible, and makes a difference."""
        try:
            pairs = zip(self.codes[mistake.path], mistake.mutated(), strict=True)
            changed = {old: new for old, new in pairs if old != new}
            for function in self.functions:
                function.__code__ = changed.get(function.__code__, function.__code__)
        except (SyntaxError, TypeError, ValueError):
            return False
        for cache in self.caches:
            cache.cache_clear()
        return bool(changed)


def _is_ours(code: CodeType) -> bool:
    return code.co_filename.startswith(str(_PACKAGE))


class Learnt(NamedTuple):
    """What one undisturbed run of all tests has shown."""

    seconds: dict[int, float]
    """How long each test takes that passes."""
    past: dict[tuple[str, int], set[int]]
    """Which tests come past which line."""


def _learn(items: list[pytest.Item]) -> Learnt:
    learnt = Learnt({}, defaultdict(set))
    current = 0

    def at_line(frame: FrameType, event: str, _: object) -> Callable[..., Any]:
        if event == "line":
            learnt.past[frame.f_code.co_filename, frame.f_lineno].add(current)
        return at_line

    def at_call(frame: FrameType, _event: str, _: object) -> Callable[..., Any] | None:
        return at_line if _is_ours(frame.f_code) else None

    threading.settrace(at_call)
    for current, item in enumerate(items):
        began = time.process_time()
        sys.settrace(at_call)
        passed = _passes(item, items[current + 1] if current + 1 < len(items) else None)
        sys.settrace(None)
        if passed:
            learnt.seconds[current] = time.process_time() - began
    return learnt


def _passes(item: pytest.Item, following: pytest.Item | None) -> bool:
    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=following))


_QUICK_S, _LONG_S, _ENOUGH_S = 0.1, 0.5, 2.5
_ORACLES = 3
_WAITED_S = 6.0
"""How long an operation waits, learning included: by many mistakes it would wait for ever."""


def _chosen(past: Iterable[int], seconds: dict[int, float], items: list[pytest.Item]) -> list[int]:
    """All quick tests, some of the others, drawn, oracles of bounds, and the histories with kills; in that order.

    Long ones only where there are few others.
    """
    known = sorted((number for number in past if number in seconds), key=lambda number: seconds[number])
    bounds = [number for number in known if "test_bounds" in items[number].nodeid][:_ORACLES]
    last = bounds + [number for number in known if "test_kills" in items[number].nodeid]
    known = [number for number in known if number not in last]
    others = [number for number in known if _QUICK_S <= seconds[number] < _LONG_S]
    random.Random(len(others)).shuffle(others)  # noqa: S311 - a sample, not a secret
    chosen = [number for number in known if seconds[number] < _QUICK_S]
    spent = 0.0
    for number in others + [number for number in known if seconds[number] >= _LONG_S]:
        if spent < _ENOUGH_S:
            chosen.append(number)
            spent += seconds[number]
    return chosen + last


def _in_fork(task: Callable[[], bytes], seconds: int) -> bytes | None:
    """What a fork of this process answers; None if it dies, or takes longer."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        for stream in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        signal.alarm(30 + 4 * seconds)  # the machine may be busy; a mistake may wait for ever
        status = 1
        try:
            with os.fdopen(writing, "wb") as answer:
                answer.write(task())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        told = answer.read()
    return told if os.waitpid(child, 0)[1] == 0 else None


class Plugin:
    """Runs the collected tests against mistakes instead of once."""

    def __init__(self, candidates: list[Mistake], sample: int) -> None:
        self.candidates = candidates
        self.sample = sample
        self.fates: dict[str, Counter[str]] = defaultdict(Counter)

    def pytest_sessionstart(self) -> None:
        """Make no example smaller: that a test fails is all that counts."""
        phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
        hypothesis.settings.register_profile("mutants", derandomize=True, deadline=None, phases=phases)
        hypothesis.settings.load_profile("mutants")
        bridge.DEFAULT_TIMEOUT_S = _WAITED_S

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Learn, then make one mistake after the other."""
        told = _in_fork(lambda: pickle.dumps(tuple(_learn(session.items))), 1800)
        if told is None:
            raise SystemExit("The tests end the process that runs them.")
        learnt = Learnt(*pickle.loads(told))  # noqa: S301 - of our own fork
        print(f"{len(learnt.seconds)} of {len(session.items)} tests pass undisturbed", flush=True)
        living = Living({mistake.path for mistake in self.candidates})
        for mistake in self.candidates:
            fate = _fate(mistake, living, session.items, learnt)
            if fate == "impossible":
                continue
            self.fates[mistake.path.stem][fate] += 1
            if fate in {"survived", "not come past"}:
                print(f"{fate}: {mistake}", flush=True)
            if sum(fates.total() for fates in self.fates.values()) == self.sample:
                break
        return True


def _fate(mistake: Mistake, living: Living, items: list[pytest.Item], learnt: Learnt) -> str:
    past = (learnt.past.get((str(mistake.path), line), set()) for line in mistake.lines)
    chosen = _chosen(set[int]().union(*past), learnt.seconds, items)
    if not chosen:
        return "not come past"

    def task() -> bytes:
        if not living.take(mistake):
            return b"impossible"
        for number, following in zip(chosen, [*chosen[1:], None], strict=True):
            if not _passes(items[number], None if following is None else items[following]):
                return b"found"
        return b"survived"

    told = _in_fork(task, 5 + int(3 * sum(learnt.seconds[number] for number in chosen)))
    return "out of time" if told is None else told.decode()


def main() -> None:
    """Try a sample of the mistakes of one part, and tell which stay unfound."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--sample", type=int, default=300, help="how many mistakes (300)")
    parser.add_argument("--seed", type=int, default=1, help="which ones are drawn (1)")
    chosen = parser.parse_args()
    part = PARTS[chosen.part]
    candidates = [each for module in part.modules for each in mistakes(_PACKAGE / f"{module}.py")]
    random.Random(chosen.seed).shuffle(candidates)  # noqa: S311 - a sample, not a secret
    os.environ.setdefault("HISTORIES", "40")
    plugin = Plugin(candidates, chosen.sample)
    pytest.main(
        ["-q", "-s", "--timeout=0", "-p", "no:cacheprovider", "--disable-warnings", *part.tests],
        plugins=[plugin],
    )
    for module, fates in sorted(plugin.fates.items()):
        print(f"{module}:", ", ".join(f"{count} {fate}" for fate, count in fates.most_common()))


if __name__ == "__main__":
    main()
