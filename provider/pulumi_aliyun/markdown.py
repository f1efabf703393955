"""Markdown from what others wrote: names, values and messages that may hold anything.

What a pull request's program says ends up in a comment that is posted with somebody else's rights. So nothing of
it may notify a person, link, hide, or break out of its place, on GitHub or on GitLab.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 200
"""Characters of one value; more says nothing to a reader of a comment."""

_JOINER = "\u2060"
"""Takes no room, and keeps `@name`, `#1` and `http://` from meaning anything."""
_TELLING = re.compile(r"(?<=[@#!%~&$])(?=\w)|(?<=:)(?=//)|(?<=\bwww)(?=\.)|(?<=\bGH)(?=-\d)", re.IGNORECASE)
_CODE = re.compile(r"(?<!`)`([^`\s][^`]*)`(?!`)")
_VENDORS = re.compile(r"(https://www\.alibabacloud\.com/help/[\w./-]*[\w-])")
"""The pages that messages name as their sources: the one place that text may lead to."""
_API = re.compile(r"^api-[a-z]+-[0-9-]+-(?=[a-z])")
"""How the names of pages about an operation begin: too long for a phone, and no news."""
_MARKUP = re.compile(r"([\\`*_\[\]|~$])")


def code(value: str, longest: int = LONGEST) -> str:
    """The value as a code span, on one line."""
    shown = printable(shortened(value, longest)) or '""'
    fence = "`" * (_longest_run(shown) + 1)
    if shown[0] in "` " or shown[-1] in "` ":
        shown = f" {shown} "
    return f"{fence}{shown}{fence}"


def text(value: str) -> str:
    """The value as plain text, on one line; what stands in backticks stays code, and the vendor's pages links."""
    pieces = _CODE.split(" ".join(value.split()))
    return "".join(
        code(piece, longest=len(piece)) if n % 2 else _linked(piece) for n, piece in enumerate(pieces)
    )


def _linked(value: str) -> str:
    pieces = _VENDORS.split(value)
    return "".join(
        f"[{_escaped(_API.sub('', piece.rsplit('/', 1)[-1]))}]({piece})" if n % 2 else _escaped(piece)
        for n, piece in enumerate(pieces)
    )


def _escaped(value: str) -> str:
    shown = _TELLING.sub(_JOINER, printable(value))
    shown = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKUP.sub(r"\\\1", shown)


def block(value: str, longest: int = 4_000) -> str:
    """The value as a code block; of a long one the end, where the error stands."""
    lines = [printable(line) for line in value.strip().splitlines()]
    shown = "\n".join(lines)
    if len(shown) > longest:
        shown = f"…{shown[-longest:]}"
    fence = "`" * max(3, _longest_run(shown) + 1)
    return f"{fence}text\n{shown}\n{fence}"


def folded(summary: str, body: str) -> str:
    """A part that opens when it is asked for; the summary is ours, never somebody else's."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def printable(value: str) -> str:
    """The value with all that can't be seen written out: control and format characters, halves of characters."""
    if value.isprintable():
        return value
    return "".join(
        each if unicodedata.category(each)[0] != "C" and each not in "\u2028\u2029" else _written_out(each)
        for each in value
    )


def _written_out(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def shortened(value: str, longest: int = LONGEST) -> str:
    """The value, with its length in place of what is too long."""
    if len(value) <= longest:
        return value
    return f"{value[: longest // 2]}… ({len(value):,} characters)"


def _longest_run(value: str) -> int:
    return max((len(run) for run in re.findall("`+", value)), default=0)
