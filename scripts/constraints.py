"""docs/constraints.md, from the catalogue of constraints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pulumi_aliyun.catalogue import NOW, RESOURCES, Entry, entries, program
from pulumi_aliyun.rules import failures

LONGEST_EXAMPLE = 60


def reference() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Constraints"
    yield ""
    yield "Every documented constraint, where it is enforced, and what is said where it isn't heeded."
    yield "Generated from the declarations by `make docs`; don't edit it."
    yield ""
    for heading, chosen in _sections():
        yield f"## {heading}"
        yield ""
        yield from _table(chosen)
        yield ""
        yield from _examples(chosen)
    pages = {entry.source.page for entry in entries() if entry.source.page.address}
    yield from sorted(f"[{page.title}]: {page.address}" for page in pages)


def _sections() -> Iterator[tuple[str, list[Entry]]]:
    for cls in RESOURCES:
        yield cls.__name__, [entry for entry in entries() if entry.resource is cls]
    rest = [entry for entry in entries() if entry.resource is None]
    yield "What the provider sees to", [entry for entry in rest if entry.when == "by the provider"]
    yield "What only the API can know", [entry for entry in rest if entry.when == "only the API can know"]


def _table(chosen: list[Entry]) -> Iterator[str]:
    yield "| Constraint | In short | Enforced | The documentation says | Error of the API |"
    yield "|---|---|---|---|---|"
    for entry in chosen:
        codes = ", ".join(f"`{code}`" for code in entry.source.codes)
        title = entry.source.page.title
        sentence = f"{f'[{title}]' if entry.source.page.address else title}: {entry.source.sentence}"
        cells = (f"`{entry.id}`", entry.limit, entry.when, sentence, codes)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _examples(chosen: list[Entry]) -> Iterator[str]:
    shown = [entry for entry in chosen if (entry.refused or entry.accepted) and not _is_common(entry)]
    if not shown:
        return
    yield "### Examples"
    yield ""
    for entry in shown:
        yield f"- `{entry.id}`"
        for example in entry.refused:
            told = _told(entry, example)
            yield f"  - refused: {_code(example)}: *{told}*"
        if entry.accepted:
            yield f"  - accepted: {', '.join(map(_code, entry.accepted))}"
    yield ""


def _is_common(entry: Entry) -> bool:
    """Whether the examples are of another kind of value, which is told alike for all texts."""
    return entry.id.endswith(".kind") and entry.limit == "text"


def _told(entry: Entry, example: Any) -> str:
    """The message for a refused example."""
    assert entry.resource is not None  # noqa: S101 - only what has a resource has examples
    lines = failures(entry.resource, program(entry, example), now=NOW)
    return (" ".join(lines) or "not refused").replace("*", "\\*").replace("`", "'").replace("_", "\\_")


def _code(example: Any) -> str:
    text = repr(example)
    if len(text) > LONGEST_EXAMPLE:
        size = f" ({len(example):,} characters)" if isinstance(example, str) else ""
        text = f"{text[:40]}…{size}"
    return f"`` {text} ``" if "`" in text else f"`{text}`"
