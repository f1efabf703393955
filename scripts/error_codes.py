"""docs/errors.md, from the provider's own tables."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_aliyun.advice import BSS_ACTIONS, SENTENCES, TOPICS
from pulumi_aliyun.catalogue import entries
from pulumi_aliyun.cloud import RETRY_BUDGET_S
from pulumi_aliyun.errors import GONE, MAY_PASS, RETRYABLE, TOKEN_MISMATCH, TRANSIENT, ApiError

HEAD = """\
# Errors

Every code that the API may answer a program of this provider with: what it means, and what to do.
Generated from the provider's own tables by `make docs`; don't edit it.

What a preview refuses never reaches the API: [constraints.md](constraints.md) lists that. Where the API refuses,
the message says what was being done, the API's code and sentence, the way out, and the id of the request:

```text
{example}
```

The last column says whether the provider makes the call again by itself:

- *yes*: for {minutes:.0f} minutes at most, with growing pauses, and not before the time that the service names;
- *for a while*: what is between two states is asked for again, within the operation's own time;
- *next run*: the refusal may pass without a change of the program, so the next `pulumi up` asks anew and never gets
  the old refusal repeated;
- *no*: the program has to change, or something outside it.

An answer of HTTP status 429 or 5xx is always tried again, whatever its code. Where no usable answer comes, the message
names the reason; what was carried out without an answer is found by the next run.

A permission error names the RAM action to grant. For ECS that is `ecs:` and the operation's name; for BSS it is

{bss}
"""


def reference() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    example = ApiError(
        "CreateCapacityReservation",
        "NoStock",
        "The stock in the availability zone is insufficient.",
        request_id="473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E",
    )
    bss = "\n".join(f"- {operation}: `{name}`" for operation, name in sorted(BSS_ACTIONS.items()))
    yield HEAD.format(example=example, minutes=RETRY_BUDGET_S / 60, bss=bss)
    pages = _pages()
    for heading, topic in TOPICS.items():
        yield f"## {heading}"
        yield ""
        yield "| Code | Means | What to do | Tried again | Page |"
        yield "|---|---|---|---|---|"
        for code, advice in topic.items():
            do = advice.do.replace("{action}", "that is named")
            yield _row(f"`{code}`", advice.means, do, again(code), pages.get(code, ""))
            for sentence, special in SENTENCES.get(code, {}).items():
                yield _row("", f"“{sentence}”", special, "", "")
        yield ""


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _pages() -> dict[str, str]:
    """The vendor's pages that name a code, where the catalogue of constraints knows it."""
    found: dict[str, dict[str, str]] = {}
    for entry in entries():
        page = entry.source.page
        for code in entry.source.codes:
            found.setdefault(code, {})[page.title] = f"[{page.title}]({page.address})"
    return {code: ", ".join(links[title] for title in sorted(links)) for code, links in found.items()}


def again(code: str) -> str:
    """Whether the provider makes a refused call again."""
    if code in RETRYABLE:
        return "yes"
    if code in TRANSIENT:
        return "for a while"
    if code in MAY_PASS:
        return "next run"
    if code in TOKEN_MISMATCH:
        return "no; what the earlier run got is looked for"
    if code in GONE:
        return "no; when deleting, it counts as done"
    return "no"
