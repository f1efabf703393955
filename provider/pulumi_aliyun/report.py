"""The Markdown of a preview, for a pull request: `pulumi preview --json` → one comment.

The order is the reader's: what comes of it in one line, what is refused, what is about to be lost, what is
bought, and then each change with the properties that cause it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, ClassVar

from . import _entry, rules
from .errors import AliyunError
from .markdown import block, code, folded, printable, shortened, text

LIMIT = 65_000
"""Bytes of a comment: GitHub takes 65,536 characters."""

Values = Mapping[str, Any]
"""Inputs or outputs as the engine's JSON has them; secrets are "[secret]" there already."""

_OURS = "pulumi-python:dynamic/aliyun:"
_UNSEEN = frozenset({"pulumi:pulumi:Stack", f"{_OURS}Identity"})
_KINDS = ("CapacityReservation", "EcsInstance", "BssInstance")
_DIGEST = {"steps": list, "diagnostics": list, "changeSummary": dict}
"""What a preview's JSON has at least one of."""
_SECRET = "[secret]"  # noqa: S105 - what stands in the place of one
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

_MOST_NAMES = 8
_TIMES = "\N{MULTIPLICATION SIGN}"


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
        return _name(self.urn)

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
        return str(_provider(self.kind).noun) if self.kind else code(self.type)

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

    def having(self, *operations: str) -> list[Step]:
        """The steps with one of the operations, by name."""
        return [step for step in self.steps if step.op in operations]


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
    found = _read(data, source)
    try:
        return comment(_preview(found), name, now or datetime.now(timezone.utc))
    except (ArithmeticError, AttributeError, KeyError, RecursionError, TypeError, ValueError):
        # Whoever sends a pull request can send any JSON: what isn't shaped like the engine's isn't guessed at.
        raise UnreadablePreviewError(
            f"{source} is JSON like that of `pulumi preview --json`, but its steps have another shape"
        ) from None


def _read(data: bytes, source: str) -> Values:
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


def _preview(digest: Values) -> Preview:
    diagnostics = [
        (str(each.get("urn", "")), str(each.get("severity", "")), str(each.get("message", "")).strip())
        for each in digest.get("diagnostics") or []
    ]
    steps = [_step(each, diagnostics) for each in digest.get("steps") or []]
    errors = [(urn, message) for urn, severity, message in diagnostics if severity == "error"]
    if len(errors) > 1:  # the engine's own last words add nothing
        last_words = ("error: an unhandled error occurred: program exited", "error: preview failed")
        errors = [each for each in errors if not each[1].startswith(last_words)] or errors
    shown = {step.urn for step in steps}
    return Preview(
        steps=tuple(
            sorted(
                (step for step in steps if step.type not in _UNSEEN),
                key=lambda step: (step.type, step.name, step.urn),
            )
        ),
        refusals=tuple((_name(urn), message.removeprefix("error: ")) for urn, message in errors),
        warnings=tuple(
            f"{_name(urn)}: {message}" if urn else message.removeprefix("warning: ")
            for urn, severity, message in diagnostics
            if severity == "warning" and (urn not in shown or urn.split("::")[2:3] == ["pulumi:pulumi:Stack"])
        ),
    )


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
        name: _SECRET if name in _ALWAYS_SECRET else value
        for name, value in dict(values or {}).items()
        if not name.startswith("__")
    }


def _top(path: str) -> str:
    """The property's own name in a path such as `tags["a.b"]` or `disks[0].size`."""
    return path.split(".", 1)[0].split("[", 1)[0] or path


def _name(urn: str) -> str:
    return urn.split("::", 3)[-1]


def _provider(kind: str) -> Any:
    return _entry.load(kind)


_ALWAYS_SECRET = frozenset(
    name
    for kind in _KINDS
    for name, argument in rules.arguments(_provider(kind).resource).items()
    if argument.secret
)


# ---- the comment -------------------------------------------------------------------------------------------


def marker(name: str = "") -> str:
    """The hidden first line, by which a workflow finds the comment that it keeps up to date."""
    return f"<!-- pulumi-aliyun report{f': {_harmless(name)}' if name else ''} -->"


def comment(preview: Preview, name: str, now: datetime) -> str:
    """The Markdown of a preview."""
    if preview.refusals:
        return _joined([_refused(preview, name), _warned(preview)])
    lost = _bullets(_lost(preview, now), 15_000)
    counts = [(verb, preview.having(*operations)) for verb, operations in _VERBS.items()]
    planned = ", ".join(f"{len(steps):,} to {verb}" for verb, steps in counts if steps)
    parts = [
        _headed(name, f"{'⚠️ ' if lost else ''}{planned}" if planned else "✅ nothing changes"),
        _section("About to be lost", lost),
        _section("Bought", _bullets(_bought(preview), 10_000)),
        _warned(preview),
    ]
    sections = [
        _Section(f"To {verb}: {len(steps):,}", [_Entry(step) for step in steps], folds=verb == "create")
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


def _warned(preview: Preview) -> str:
    return _section("Warnings", _bullets((text(shortened(each, 500)) for each in preview.warnings), 5_000))


# ---- refused -----------------------------------------------------------------------------------------------


def _refused(preview: Preview, name: str) -> str:
    """What is refused, each with its way out, which the message itself has."""
    refused, failed, blocks = [], [], []
    for resource, message in preview.refusals:
        first, _, rest = message.partition("\n")
        if "Traceback (most recent call last)" in message:
            blocks.append(block(rest))
        elif resource:
            refused.append(_refusal(resource, message))
        elif "not allowed:" in first:
            refused += [_refusal(*_named(line)) for line in _listed(rest)]
        else:
            failed.append(_refusal("", message))
    items = refused + failed
    outcome = f"refused: {_counted(len(items), 'problem', 'problems')}" if refused else "the preview failed"
    told = "Nothing was changed, and nothing was bought."
    return _joined([_headed(name, f"❌ {outcome}"), told, _bullets(items, 30_000), *blocks[:1]]).rstrip()


def _listed(lines: str) -> list[str]:
    """The entries of a list in a message, each with the lines that belong to it."""
    entries: list[str] = []
    for line in lines.splitlines():
        if line.startswith("  - ") or not entries:
            entries.append(line.removeprefix("  - "))
        else:
            entries[-1] += f"\n{line}"
    return entries


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


# ---- lost and bought ---------------------------------------------------------------------------------------


def _lost(preview: Preview, now: datetime) -> Iterator[str]:
    """What the run would take away for good, resource by resource."""
    for step in preview.having("replace", "delete", "update"):
        tell = _LOSSES.get(step.kind)
        if tell is None:
            continue
        if step.op != "update" and (step.retained or step.was("on_delete") == "retain"):
            yield f"{code(step.name)} leaves the stack; {code(step.id)} stays in the cloud, and is billed on"
            continue
        found = list(tell(step, now))
        if found:
            going = {"replace": " is replaced", "delete": " is deleted"}.get(step.op, "")
            lines = [f"{code(step.name)}{going}: {'; '.join(found)}"]
            if going:
                reasons = _provider(step.kind).undeletable(step.live, now=now)
                lines += [f"  - **this will be refused:** {text(reason)}" for reason in reasons]
            yield "\n".join(lines)


def _lost_with_reservation(step: Step, _now: datetime) -> Iterator[str]:
    if step.live.get("status") in ("Released", "Expired"):
        return
    before, after = step.was("instance_amount"), step.wanted("instance_amount")
    what = f"for {_shown(step.was('instance_type'))} in {_shown(step.was('zone_id'))}"
    if step.op != "update":
        places = (
            _counted(before, "reserved place", "reserved places") if _is_number(before) else "reserved places"
        )
        yield f"{places} {what}, which only the stock of another moment can bring back"
        return
    if _is_number(before) and _is_number(after) and after < before:
        yield f"{before - after} of {_counted(before, 'reserved place', 'reserved places')} {what}"
    if "end_time" in step.changed and step.wanted("end_time") is not None:
        yield f"the reservation ends by itself at {_shown(step.wanted('end_time'), step, 'end_time')}"


def _lost_with_instance(step: Step, _now: datetime) -> Iterator[str]:
    if step.op == "update":
        if "auto_release_time" in step.changed and step.wanted("auto_release_time"):
            when = _shown(step.wanted("auto_release_time"), step, "auto_release_time")
            yield f"the instance is released by itself at {when}, with its disks"
        return
    yield f"the system disk{_disk(step.live.get('system_disk') or {})}"
    for disk in step.live.get("data_disks") or []:
        if disk.get("delete_with_instance") is False:
            yield f"a data disk{_disk(disk)} stays in the cloud, and is billed on"
        else:
            yield f"a data disk{_disk(disk)}"
    if step.live.get("private_ip") not in (None, "", step.wanted("private_ip_address")):
        yield f"the private address {_shown(step.live['private_ip'])}"
    if step.live.get("public_ip"):
        yield f"the public address {_shown(step.live['public_ip'])}"


def _disk(disk: Values) -> str:
    size = f"{disk['size']:,} GiB" if _is_number(disk.get("size")) else ""
    words = [code(str(disk["disk_name"])) if disk.get("disk_name") else "", size]
    words.append(code(str(disk["category"])) if disk.get("category") else "")
    found = " ".join(word for word in words if word)
    return f" ({found})" if found else ""


def _lost_with_order(step: Step, now: datetime) -> Iterator[str]:
    if step.op == "update":
        return
    end = rules.moment(step.live.get("end_time"))
    paid = step.was("subscription_type") == "Subscription" and end is not None and end > now
    until = f", paid until {_shown(step.live['end_time'])}" if paid else ""
    what = f"{_shown(step.was('product_code'))} {code(step.id)}{until}"
    if step.was("on_delete") == "refund":
        yield f"{what}, is given back (RefundInstance)"
    else:
        yield f"{what}, is released (ReleaseInstance, for virtual network operators only)"


_LOSSES = {
    "CapacityReservation": _lost_with_reservation,
    "EcsInstance": _lost_with_instance,
    "BssInstance": _lost_with_order,
}


def _bought(preview: Preview) -> Iterator[str]:
    """What is billed from the run on: what is alike in one line, with its count."""
    groups: dict[str, list[Step]] = {}
    for step in preview.having("create", "replace", "update"):
        tell = _PURCHASES.get(step.kind)
        what = tell(step) if tell else ""
        if what and not step.wanted("adopt_id"):
            groups.setdefault(what, []).append(step)
    for what, steps in groups.items():
        names = ", ".join(code(step.name) for step in steps[:_MOST_NAMES])
        more = f" and {len(steps) - _MOST_NAMES:,} more" if len(steps) > _MOST_NAMES else ""
        yield f"{len(steps):,} {_TIMES} {what}: {names}{more}"
    for step in preview.having("create"):
        if step.wanted("adopt_id"):
            taken_over = _shown(step.wanted("adopt_id"), step, "adopt_id")
            yield f"{code(step.name)} is bought already: {taken_over} is taken over"


def _bought_reservation(step: Step) -> str:
    before, after = step.was("instance_amount"), step.wanted("instance_amount")
    if step.op == "update":
        if "instance_amount" not in step.changed:
            return ""
        if not _is_number(after):
            return f"places {_shown(after, step, 'instance_amount')}"
        if not _is_number(before) or after <= before:
            return ""
        places = _counted(after - before, "more place", "more places")
    else:
        known = _is_number(after)
        places = (
            _counted(after, "place", "places")
            if known
            else f"places, {_shown(after, step, 'instance_amount')},"
        )
    end = step.wanted("end_time")
    until = f"until {_shown(end, step, 'end_time')}" if end else "until destroyed"
    where = _shown(step.wanted("zone_id"), step, "zone_id")
    what = _shown(step.wanted("instance_type"), step, "instance_type")
    return f"{step.noun} of {places} for {what} in {where}, billed from the first moment {until}"


def _bought_instance(step: Step) -> str:
    prepaid = step.wanted("instance_charge_type") == "PrePaid"
    if step.op == "update":
        if not (prepaid and "instance_charge_type" in step.changed):
            return ""
        return f"{step.noun} made prepaid{_period(step)}"
    place = "zone_id" if step.wanted("zone_id") else "vswitch_id"
    what = _shown(step.wanted("instance_type"), step, "instance_type")
    words = [
        f"{step.noun} {what} in {_shown(step.wanted(place), step, place)}",
        f"**prepaid**{_period(step)}, can't be deleted before" if prepaid else "",
        "spot" if (step.wanted("spot_strategy") or "NoSpot") != "NoSpot" else "",
        _pool(step),
    ]
    return ", ".join(word for word in words if word)


def _period(step: Step) -> str:
    period, unit = step.wanted("period"), str(step.wanted("period_unit") or "Month").lower()
    renewed = ", renewed by itself" if step.wanted("auto_renew") is True else ""
    return (f" for {_counted(period, unit, f'{unit}s')}" if _is_number(period) else "") + renewed


def _pool(step: Step) -> str:
    pool = step.wanted("private_pool")
    if pool is None:
        return ""
    if isinstance(pool, Mapping):
        id_, criteria = pool.get("id"), pool.get("match_criteria")
        if id_ is None:
            return f"private pool {_shown(criteria)}"
        if not _is_unknown(id_):
            return f"in the private pool {_shown(id_)}"
    makers = " and ".join(code(_name(urn)) for urn in step.sources.get("private_pool") or ())
    return f"in the private pool of {makers}" if makers else "in a private pool known later"


def _bought_order(step: Step) -> str:
    if step.op == "update":
        return ""
    product = _shown(step.wanted("product_code"), step, "product_code")
    if step.wanted("product_type"):
        product += f" ({_shown(step.wanted('product_type'), step, 'product_type')})"
    if step.wanted("subscription_type") != "Subscription":
        return f"{product}, paid as used"
    months, renewal = step.wanted("period"), step.wanted("renew_status")
    period = f" for {_counted(months, 'month', 'months')}" if _is_number(months) else ""
    renewed = ", renewed by itself" if renewal == "AutoRenewal" else ""
    return f"{product}, **subscription**{period}, paid at once{renewed}"


_PURCHASES = {
    "CapacityReservation": _bought_reservation,
    "EcsInstance": _bought_instance,
    "BssInstance": _bought_order,
}


def _is_unknown(value: Any) -> bool:
    return isinstance(value, str) and value in _UNKNOWN


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _counted(count: float, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


# ---- each change -------------------------------------------------------------------------------------------


class _Absent:
    """In place of a value that isn't there."""


_ABSENT = _Absent()


def _differences(path: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    """The innermost values that differ, with their paths."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted(old.keys() | new.keys()):
            inner = (
                f"{path}.{key}" if key.isidentifier() else f"{path}[{json.dumps(key, ensure_ascii=False)}]"
            )
            yield from _differences(inner, old.get(key, _ABSENT), new.get(key, _ABSENT))
    elif (
        isinstance(old, list) and isinstance(new, list) and any(isinstance(each, dict) for each in old + new)
    ):
        for index in range(max(len(old), len(new))):
            before = old[index] if index < len(old) else _ABSENT
            after = new[index] if index < len(new) else _ABSENT
            yield from _differences(f"{path}[{index}]", before, after)
    elif old != new or old == _SECRET:
        yield path, old, new


def _shown(value: Any, step: Step | None = None, name: str = "") -> str:
    """A value in the program's words; what only the run will know, with whom it comes from."""
    if _is_unknown(value):
        makers = ", ".join(code(_name(urn)) for urn in step.sources.get(name) or ()) if step else ""
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
    return "known later" if _is_unknown(value) else value


def _changes(step: Step) -> Iterator[str]:
    """The properties that cause the step, old → new."""
    if step.op in {"create", "import", "create-replacement"}:
        for name, value in sorted(step.new.items()):
            if value is not None:
                yield f"{code(name)}: {_shown(value, step, name)}"
        return
    for name in step.changed:
        old = step.was(name)
        why = ", **which replaces it**" if name in step.replacing else ""
        new = step.new.get(name, _ABSENT)
        found = list(_differences(name, _ABSENT if old is None else old, new))
        for path, before, after in found:
            if before == after:  # both secrets, and nobody may tell whether they are the same
                yield f"{code(path)}: {code(_SECRET)}, {'may change' if path != name else 'changes'}{why}"
            else:
                now = _default(step, name) if path == name and after is _ABSENT else ""
                yield f"{code(path)}: {_shown(before)} → {now or _shown(after, step, name)}{why}"
        if not found:
            yield f"{code(name)}{why}"


def _default(step: Step, name: str) -> str:
    """What stands for an argument of ours that is no longer given; "" where no page says."""
    argument = rules.arguments(_provider(step.kind).resource).get(name) if step.kind else None
    return "" if argument is None or argument.default is None else f"{_shown(argument.default)}, the default"


_MOST_PROPERTIES = 40


class _Entry:
    """One resource of a section: its line, and the lines below it, which may be left out."""

    def __init__(self, step: Step) -> None:
        kept = f" {code(step.id)}" if step.id else ""
        self.line = f"- {code(step.name)}, {step.noun}{kept}"
        below = list(_changes(step))
        if len(below) > _MOST_PROPERTIES:
            below[_MOST_PROPERTIES:] = [f"… and {len(below) - _MOST_PROPERTIES:,} more"]
        if step.half_made:
            below.append("goes on with what an earlier run could not finish")
        self.below = [f"  - {each}" for each in below + [text(shortened(note, 500)) for note in step.notes]]


@dataclass
class _Section:
    """The resources with one fate."""

    title: str
    entries: list[_Entry]
    folds: bool
    brief: int = 0
    """How many entries, from the end, are without the lines below them."""
    left_out: int = 0
    """How many entries, from the end, are left out."""

    LONG: ClassVar[int] = 24
    """Lines from which on a section opens only when it is asked for."""

    def markdown(self) -> str:
        """The section as it stands now."""
        shown = self.entries[: len(self.entries) - self.left_out]
        full = len(self.entries) - self.brief
        lines = [
            line for n, entry in enumerate(shown) for line in (entry.line, *(entry.below if n < full else ()))
        ]
        if self.left_out:
            lines.append(f"- … and {self.left_out:,} more, left out here")
        body = "\n".join(lines)
        return (
            folded(f"<b>{self.title}</b>", body)
            if self.folds or len(lines) > self.LONG
            else f"#### {self.title}\n{body}"
        )


def _fitting(parts: Sequence[str], sections: Sequence[_Section]) -> str:
    """The comment, with as much of the sections as a comment takes; what is left out is said."""
    room = LIMIT - _size(_joined(parts)) - 500 * (1 + len(sections))  # headings, and what is said of the rest
    for section in sections:
        section.left_out = len(section.entries)
        section.brief = len(section.entries)
    for section in sections:  # first each resource's line,
        for entry in section.entries:
            if (room := room - _size(entry.line) - 1) < 0:
                break
            section.left_out -= 1
    for section in sections:  # then what causes it
        for entry in section.entries[: len(section.entries) - section.left_out]:
            if (room := room - sum(_size(line) + 1 for line in entry.below)) < 0:
                break
            section.brief -= 1
    missing = sum(section.brief for section in sections)
    note = (
        f"> A comment takes 65,536 characters: the properties of {_counted(missing, 'resource', 'resources')} are "
        f"left out here. `pulumi preview --diff` shows all."
        if missing
        else ""
    )
    return _joined([parts[0], note, *parts[1:], *(section.markdown() for section in sections)])


def _size(written: str) -> int:
    return len(written.encode())
