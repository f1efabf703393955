"""The Markdown of a preview, for a pull request: `pulumi preview --json` → one comment.

The order is the reader's: what comes of it in one line, what is refused, what is about to be lost, what is
bought, and then each change with the properties that cause it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, ClassVar

from . import rules, stakes
from .markdown import block, code, folded, printable, shortened, text
from .preview import ABSENT, SECRET, Preview, Step, UnreadablePreviewError, counted, parse, read, shown

LIMIT = 65_000
"""Bytes of a comment: GitHub takes 65,536 characters."""


def markdown(data: bytes, source: str, name: str = "", *, now: datetime | None = None) -> str:
    """The comment for what `pulumi preview --json` has printed.

    Args:
        data: What it printed.
        source: Where that stands, for messages.
        name: Which of a repository's stacks it is, for the heading and the marker.
        now: The time that tells what is still paid for; this moment if left out.

    Raises:
        UnreadablePreviewError: if it is anything else; the message is one line.
    """
    found = parse(data, source)
    try:
        return comment(read(found), name, now or datetime.now(timezone.utc))
    except (ArithmeticError, AttributeError, KeyError, RecursionError, TypeError, ValueError):
        # Whoever sends a pull request can send any JSON: what isn't shaped like the engine's isn't guessed at.
        raise UnreadablePreviewError(
            f"{source} is JSON like that of `pulumi preview --json`, but its steps have another shape"
        ) from None


def marker(name: str = "") -> str:
    """The hidden first line, by which a workflow finds the comment that it keeps up to date."""
    return f"<!-- pulumi-aliyun report{f': {_harmless(name)}' if name else ''} -->"


def comment(preview: Preview, name: str, now: datetime) -> str:
    """The Markdown of a preview."""
    if preview.refusals:
        return _joined([_refused(preview, name), _warned(preview)])
    lost = _foremost(stakes.lost(preview, now))
    counts = [(verb, preview.having(*operations)) for verb, operations in _VERBS.items()]
    planned = ", ".join(f"{len(steps):,} to {verb}" for verb, steps in counts if steps)
    parts = [
        _headed(name, f"{'⚠️ ' if lost else ''}{planned}" if planned else "✅ nothing changes"),
        _section("About to be lost", lost),
        _section("Bought", _bullets(stakes.bought(preview), 10_000)),
        _warned(preview),
    ]
    sections = [
        _Section(f"To {verb}: {len(steps):,}", _entries(steps), folds=verb == "create")
        for verb, steps in counts
        if steps
    ]
    # What is lost comes first, and what is made anew last.
    return _fitting(parts, sections[::-1])


def failed(stderr: str, name: str = "") -> str:
    """The Markdown of a preview that failed before it could print anything."""
    said = "This is what `pulumi` said:\n\n" + block(stderr)
    return _joined([_headed(name, "❌ the preview failed before it began"), said])


_VERBS = {
    "create": ("create", "import", "create-replacement"),
    "change": ("update",),
    "replace": ("replace",),
    "delete": ("delete",),
}


def _harmless(name: str) -> str:
    return shortened(printable(name)).replace("-->", "").replace("<!--", "").strip()


def _headed(name: str, outcome: str) -> str:
    return f"{marker(name)}\n### {f'{code(name)}: ' if name else ''}{outcome}"


def _section(title: str, body: str) -> str:
    return f"#### {title}\n{body}" if body else ""


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


def _bullets(items: Iterable[str], room: int) -> str:
    """A list, as far as there is room for it, in bytes; what is left out is counted."""
    lines: list[str] = []
    left_out = 0
    for item in items:
        room -= _size(item) + 3
        if room < 0:
            left_out += 1
        else:
            lines.append(f"- {item}")
    return "\n".join([*lines, *([f"- … and {left_out:,} more, left out here"] if left_out else [])])


_MOST_OPEN = 20


def _foremost(losses: Iterable[str]) -> str:
    """What is lost, what will be refused first; of many, those after the first ones open when asked for."""
    items = sorted(
        losses, key=lambda item: "\n" not in item
    )  # a loss that is refused says why in a line of its own
    shown, rest = _bullets(items[:_MOST_OPEN], 7_500), items[_MOST_OPEN:]
    return f"{shown}\n\n{folded(f'{len(rest):,} more', _bullets(rest, 7_500))}" if rest else shown


def _warned(preview: Preview) -> str:
    return _section("Warnings", _bullets((text(shortened(each, 500)) for each in preview.warnings), 5_000))


# ---- refused -----------------------------------------------------------------------------------------------


def _refused(preview: Preview, name: str) -> str:
    """What is refused, each with its way out, which the message itself has."""
    refused, failed, blocks, pages = [], [], [], []
    for resource, message in preview.refusals:
        first, _, rest = message.partition("\n")
        if "Traceback (most recent call last)" in message:
            failed += [_refusal("", raised) for raised in [_raised(rest)] if raised]
            blocks.append(_printed("Traceback", rest))
        elif resource:
            refused.append(_refusal(resource, _ENGINES.sub("", message)))
        elif "not allowed:" in first:
            entries, documented = _listed(rest)
            refused += [_refusal(*_named(entry)) for entry in entries]
            pages += [text(shortened(page)) for page in documented]
        else:
            failed.append(_refusal("", message))
    if preview.printed:
        blocks.append(_printed("What the program printed", preview.printed))
    items = refused + failed
    outcome = f"refused: {counted(len(items), 'problem', 'problems')}" if refused else "the preview failed"
    told = "Nothing was changed, and nothing was bought."
    sources = ", ".join(list(dict.fromkeys(pages))[:_MOST_PAGES])
    basis = f"These rules are documented in {sources}." if pages else ""
    return _joined(
        [_headed(name, f"❌ {outcome}"), told, _bullets(items, 30_000), basis, *blocks[:1]]
    ).rstrip()


_ENGINES = re.compile(r"^\S+ resource '.*?' has a problem: ")
"""How the engine begins what a provider refuses; the resource is named beside it already."""

_MOST_PAGES = 12
_LONG_BLOCK = 15
"""Lines from which on a block opens only when it is asked for."""


def _raised(traceback: str) -> str:
    """The exception that a traceback ends with, without the way to it."""
    lines = traceback.rstrip().splitlines()
    way = [n for n, line in enumerate(lines) if line.startswith("  ")]
    return "\n".join(lines[way[-1] + 1 :]) if way else ""


def _printed(title: str, lines: str) -> str:
    shown = block(lines)
    return folded(title, shown) if shown.count("\n") > _LONG_BLOCK else shown


def _listed(lines: str) -> tuple[list[str], list[str]]:
    """The entries of a list in a message, each with the lines that belong to it, and the pages named below it."""
    entries: list[str] = []
    pages: list[str] = []
    for line in lines.splitlines():
        if line.startswith("  see https://"):
            pages.append(line.removeprefix("  see "))
        elif line.startswith("  - ") or not entries:
            entries.append(line.removeprefix("  - "))
        else:
            entries[-1] += f"\n{line}"
    return entries, pages


def _named(line: str) -> tuple[str, str]:
    resource, _, message = line.partition(": ")
    return (resource, message) if message else ("", line)


def _refusal(resource: str, message: str) -> str:
    """`**name** · path` and the sentence; what follows in lines of its own stays so."""
    first, *others = [line.strip() for line in shortened(message, 2_000).splitlines() if line.strip()]
    path, _, sentence = first.partition(": ")
    if not sentence or " " in path.split('["')[0]:
        path, sentence = "", first
    subject = " · ".join(code(each) for each in (resource, path) if each)
    lines = [f"{subject}\\\n  {text(sentence)}" if subject else text(sentence)]
    for each in others:
        label, _, said = each.partition(": ")
        lines.append(f"  **To mend it:** {text(said)}" if label == "what to do" else f"  {text(each)}")
    return "\\\n".join(lines)


# ---- each change -------------------------------------------------------------------------------------------


def _differences(path: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    """The innermost values that differ, with their paths."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted(old.keys() | new.keys()):
            inner = (
                f"{path}.{key}" if key.isidentifier() else f"{path}[{json.dumps(key, ensure_ascii=False)}]"
            )
            yield from _differences(inner, old.get(key, ABSENT), new.get(key, ABSENT))
    elif (
        isinstance(old, list) and isinstance(new, list) and any(isinstance(each, dict) for each in old + new)
    ):
        for index in range(max(len(old), len(new))):
            before = old[index] if index < len(old) else ABSENT
            after = new[index] if index < len(new) else ABSENT
            yield from _differences(f"{path}[{index}]", before, after)
    elif old != new or old == SECRET:
        yield path, old, new


def _changes(step: Step) -> Iterator[str]:
    """The properties that cause the step, old → new."""
    if step.op in {"create", "import", "create-replacement"}:
        for name, value in sorted(step.new.items()):
            if value is not None:
                yield f"{code(name)}: {shown(value, step, name)}"
        return
    for name in step.changed:
        old = step.was(name)
        why = ", **which replaces it**" if name in step.replacing else ""
        new = step.new.get(name, ABSENT)
        found = list(_differences(name, ABSENT if old is None else old, new))
        for path, before, after in found:
            if before == after:  # both secrets, and nobody may tell whether they are the same
                yield f"{code(path)}: {code(SECRET)}, {'may change' if path != name else 'changes'}{why}"
            else:
                now = _default(step, name) if path == name and after is ABSENT else ""
                yield f"{code(path)}: {shown(before)} → {now or shown(after, step, name)}{why}"
        if not found:
            yield f"{code(name)}{why}"


def _default(step: Step, name: str) -> str:
    """What stands for an argument of ours that is no longer given; "" where no page says."""
    argument = rules.arguments(step.provider.resource).get(name) if step.kind else None
    return "" if argument is None or argument.default is None else f"{shown(argument.default)}, the default"


_MOST_PROPERTIES = 40


_MOST_ALIKE = 100


@dataclass(frozen=True)
class _Entry:
    """One resource of a section, or several alike: their line, and the lines below it, which may be left out."""

    line: str
    below: tuple[str, ...]
    count: int


def _entries(steps: Iterable[Step]) -> list[_Entry]:
    """Each resource with what causes its step; those that have all of it in common stand together."""
    alike: dict[tuple[object, ...], list[Step]] = {}
    for step in steps:
        below = _below(step)
        alike.setdefault((step.noun, below, "" if below else step.urn), []).append(step)
    return [
        _Entry(_line(group[n : n + _MOST_ALIKE]), _below(group[0]), len(group[n : n + _MOST_ALIKE]))
        for group in alike.values()
        for n in range(0, len(group), _MOST_ALIKE)
    ]


def _line(alike: Sequence[Step]) -> str:
    if len(alike) == 1:
        (step,) = alike
        return f"- {code(step.name)}, {step.noun}{f' {code(step.id)}' if step.id else ''}"
    names = (f"{code(step.name)}{f' ({code(step.id)})' if step.id else ''}" for step in alike)
    return f"- {len(alike):,} {stakes.TIMES} {alike[0].noun}: {', '.join(names)}"


def _below(step: Step) -> tuple[str, ...]:
    """The properties that cause the step, and what is said of it, each as a line of an inner list."""
    below = list(_changes(step))
    if len(below) > _MOST_PROPERTIES:
        below[_MOST_PROPERTIES:] = [f"… and {len(below) - _MOST_PROPERTIES:,} more"]
    if step.half_made:
        below.append("goes on with what an earlier run could not finish")
    return tuple(f"  - {each}" for each in below + [text(shortened(note, 500)) for note in step.notes])


@dataclass
class _Section:
    """The resources with one fate."""

    title: str
    entries: list[_Entry]
    folds: bool
    named: int = 0
    """How many entries, from the first, there is room for."""
    whole: int = 0
    """How many of these have the lines below them, too."""

    LONG: ClassVar[int] = 24
    """Lines from which on a section opens only when it is asked for."""

    def markdown(self) -> str:
        """The section as it stands now."""
        lines = [
            line
            for n, entry in enumerate(self.entries[: self.named])
            for line in (entry.line, *(entry.below if n < self.whole else ()))
        ]
        if left_out := _resources(self.entries[self.named :]):
            lines.append(f"- … and {left_out:,} more, left out here")
        body = "\n".join(lines)
        return (
            folded(f"<b>{self.title}</b>", body)
            if self.folds or len(lines) > self.LONG
            else f"#### {self.title}\n{body}"
        )


def _resources(entries: Iterable[_Entry]) -> int:
    return sum(entry.count for entry in entries)


def _fitting(parts: Sequence[str], sections: Sequence[_Section]) -> str:
    """The comment, with as much of the sections as a comment takes; what is left out is said."""
    room = LIMIT - _size(_joined(parts)) - 500 * (1 + len(sections))  # headings, and what is said of the rest
    for section in sections:  # first each resource's line,
        for entry in section.entries:
            if (room := room - _size(entry.line) - 1) < 0:
                break
            section.named += 1
    for section in sections:  # then what causes it
        for entry in section.entries[: section.named]:
            if (room := room - sum(_size(line) + 1 for line in entry.below)) < 0:
                break
            section.whole += 1
    missing = sum(_resources(section.entries[section.whole :]) for section in sections)
    note = (
        f"> A comment takes 65,536 characters: the properties of {counted(missing, 'resource', 'resources')} are "
        f"left out here. `pulumi preview --diff` shows all."
        if missing
        else ""
    )
    return _joined([parts[0], note, *parts[1:], *(section.markdown() for section in sections)])


def _size(written: str) -> int:
    return len(written.encode())
