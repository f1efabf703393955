"""What `pulumi preview --json` says, read into steps: what is planned for each resource, and what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from . import _entry, rules
from .errors import AliyunError
from .lifecycle import Provider
from .markdown import code, printable, shortened

Values = Mapping[str, Any]
"""Inputs or outputs as the engine's JSON has them; secrets are "[secret]" there already."""

_OURS = "pulumi-python:dynamic/aliyun:"
_UNSEEN = frozenset({"pulumi:pulumi:Stack", f"{_OURS}Identity"})
_KINDS = ("CapacityReservation", "EcsInstance", "BssInstance")
_DIGEST = {"steps": list, "diagnostics": list, "changeSummary": dict}
"""What a preview's JSON has at least one of."""
SECRET = "[secret]"  # noqa: S105 - what stands in the place of one
_UNKNOWN = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""What the engine writes in place of a value that only the run will know, one for each kind of value."""


class UnreadablePreviewError(AliyunError):
    """What was given is not what `pulumi preview --json` prints."""


# ---- what the engine says ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """What is planned for one resource."""

    op: str
    urn: str
    old: Values
    """Its inputs as the state has them."""
    live: Values
    """Its outputs as the state has them."""
    new: Values
    id: str = ""
    retained: bool = False
    """Whether it stays in the cloud when it leaves the stack."""
    half_made: bool = False
    changed: tuple[str, ...] = ()
    replacing: frozenset[str] = frozenset()
    sources: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Which resources' URNs an input is made from."""
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As the user wrote it."""
        return name_of(self.urn)

    @property
    def type(self) -> str:
        """The type's token."""
        return self.urn.split("::")[2].rsplit("$", 1)[-1] if self.urn.count("::") > 2 else ""  # noqa: PLR2004

    @property
    def kind(self) -> str:
        """`EcsInstance` and the like; "" for what isn't ours."""
        kind = self.type.removeprefix(_OURS)
        return kind if kind in _KINDS and kind != self.type else ""

    @property
    def noun(self) -> str:
        """What a person calls it."""
        return self.provider.noun if self.kind else code(self.type)

    @property
    def provider(self) -> Provider:
        """What serves a resource of ours."""
        return _provider(self.kind)

    def was(self, name: str) -> Any:
        """A property before the run: what the program gave, else what the cloud has."""
        return self.live.get(name) if self.old.get(name) is None else self.old[name]

    def wanted(self, name: str) -> Any:
        """A property after the run, as far as the program says."""
        return self.new.get(name)


@dataclass(frozen=True)
class Preview:
    """What one preview came to."""

    steps: tuple[Step, ...]
    refusals: tuple[tuple[str, str], ...]
    """The name of the resource, where there is one, and the message."""
    warnings: tuple[str, ...]
    printed: str = ""
    """What the program wrote to its stderr, where it ended itself and the engine can't say why."""

    def having(self, *operations: str) -> list[Step]:
        """The steps with one of the operations, by name."""
        return [step for step in self.steps if step.op in operations]


def parse(data: bytes, source: str) -> Values:
    """What `pulumi preview --json` has printed, as JSON; its steps are still to be read.

    Raises:
        UnreadablePreviewError: if it is anything else; the message is one line.
    """
    try:
        written = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadablePreviewError(
            f"{source} is not text, so it isn't from `pulumi preview --json`"
        ) from None
    if not written.strip():
        raise UnreadablePreviewError(
            f"{source} is empty: `pulumi preview --json` failed before it could print; its stderr says why"
        )
    try:
        found = json.loads(written)
    except (ValueError, RecursionError) as error:
        raise UnreadablePreviewError(
            f"{source} is not JSON, or not all of it: {_why(error, written)}"
        ) from None
    if not isinstance(found, dict) or not any(
        isinstance(found.get(key), kind) for key, kind in _DIGEST.items()
    ):
        raise UnreadablePreviewError(
            f"{source} is JSON, but not that of `pulumi preview --json`, which has steps and a changeSummary"
        )
    return found


def _why(error: Exception, written: str) -> str:
    if not isinstance(error, json.JSONDecodeError):
        return "it is nested too deeply, or has a number too long"
    lines = written.rstrip().split("\n")
    if not error.msg.startswith("Extra data") and written.lstrip()[0] in "{[" and error.lineno >= len(lines):
        return f"it breaks off in line {len(lines)}"
    line = printable(shortened(lines[error.lineno - 1].strip(), 60))
    return f"line {error.lineno} is {line!r} (keep stderr out of it: `2>preview.err`)"


def read(digest: Values) -> Preview:
    """The preview's steps and messages; JSON of another shape raises whatever Python does then."""
    diagnostics = [
        (str(each.get("urn", "")), str(each.get("severity", "")), str(each.get("message", "")).strip())
        for each in digest.get("diagnostics") or []
    ]
    steps = [_step(each, diagnostics) for each in digest.get("steps") or []]
    errors = [(urn, message) for urn, severity, message in diagnostics if severity == "error"]
    telling = [each for each in errors if not each[1].startswith(_LAST_WORDS)]
    shown = {step.urn for step in steps}
    return Preview(
        steps=tuple(
            sorted(
                (step for step in steps if step.type not in _UNSEEN),
                key=lambda step: (step.type, _natural(step.name), step.urn),
            )
        ),
        refusals=tuple((name_of(urn), message.removeprefix("error: ")) for urn, message in telling or errors),
        warnings=tuple(
            f"{name_of(urn)}: {message}" if urn else message.removeprefix("warning: ")
            for urn, severity, message in diagnostics
            if severity == "warning" and (urn not in shown or urn.split("::")[2:3] == ["pulumi:pulumi:Stack"])
        ),
        printed=""
        if telling
        else "\n".join(message for _, severity, message in diagnostics if severity == "info#err"),
    )


_LAST_WORDS = ("error: an unhandled error occurred: program exited", "error: preview failed")
"""What the engine ends with; where somebody said more, it adds nothing."""


def _natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts `web-2` before `web-10`."""
    return [
        (len(number), number) if n % 2 else (0, each)
        for n, each in enumerate(re.split("([0-9]+)", name))
        for number in [each.lstrip("0")]
    ]


def _step(step: Values, diagnostics: Iterable[tuple[str, str, str]]) -> Step:
    old, new = step.get("oldState") or {}, step.get("newState") or {}
    detail: Values = step.get("detailedDiff") or {}
    replacing = {*(step.get("replaceReasons") or [])}
    replacing |= {path for path, each in detail.items() if str(each["kind"]).endswith("-replace")}
    changed = {*(step.get("diffReasons") or []), *detail, *replacing}
    inputs, outputs, news = _plain(old.get("inputs")), _plain(old.get("outputs")), _plain(new.get("inputs"))
    if not changed and step["op"] in {"update", "replace"}:
        changed = {name for name in inputs.keys() | news.keys() if inputs.get(name) != news.get(name)}
    urn = str(step["urn"])
    return Step(
        op=str(step["op"]),
        urn=urn,
        old=inputs,
        live=outputs,
        new=news,
        id=str(old.get("id", "")),
        retained=bool(old.get("retainOnDelete")),
        half_made=bool(old.get("initErrors")),
        changed=tuple(sorted({_top(path) for path in changed if not path.startswith("__")})),
        replacing=frozenset(map(_top, replacing)),
        sources=new.get("propertyDependencies") or {},
        notes=tuple(
            message
            for about, severity, message in diagnostics
            if about == urn and severity in {"info", "warning"}
        ),
    )


def _plain(values: Any) -> Values:
    """The properties that the program's reader knows, secrets left out whatever the engine did with them."""
    return {
        name: SECRET if name in _ALWAYS_SECRET else value
        for name, value in dict(values or {}).items()
        if not name.startswith("__")
    }


def _top(path: str) -> str:
    """The property's own name in a path such as `tags["a.b"]` or `disks[0].size`."""
    return path.split(".", 1)[0].split("[", 1)[0] or path


def name_of(urn: str) -> str:
    """The name of a resource from its URN; "" from none."""
    return urn.split("::", 3)[-1]


def _provider(kind: str) -> Provider:
    return cast("Provider", _entry.load(kind))


_ALWAYS_SECRET = frozenset(
    name
    for kind in _KINDS
    for name, argument in rules.arguments(_provider(kind).resource).items()
    if argument.secret
)

# ---- how values are written --------------------------------------------------------------------------------


class _Absent:
    """In place of a value that isn't there."""


ABSENT = _Absent()


def shown(value: Any, step: Step | None = None, name: str = "") -> str:
    """A value in the program's words; what only the run will know, with whom it comes from."""
    if is_unknown(value):
        makers = ", ".join(code(name_of(urn)) for urn in step.sources.get(name) or ()) if step else ""
        return f"*known after {makers}*" if makers else "*known later*"
    if isinstance(value, _Absent) or value is None:
        return "*not set*"
    if isinstance(value, str):
        return code(value)
    written = json.dumps(_without_unknowns(value), ensure_ascii=False)
    return code({"true": "True", "false": "False"}.get(written, written))


def _without_unknowns(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_unknowns(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_unknowns(each) for each in value]
    return "known later" if is_unknown(value) else value


def is_unknown(value: Any) -> bool:
    """Whether only the run will know the value."""
    return isinstance(value, str) and value in _UNKNOWN


def is_number(value: Any) -> bool:
    """Whether the value can be counted with."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def counted(count: float, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{count:,} {one if count == 1 else many}"
