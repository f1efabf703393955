"""The tables of each resource's page, from its declaration: the rest of the page is written by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pulumi_aliyun import ecs_disks
from pulumi_aliyun.advice import ORDER, TOPICS
from pulumi_aliyun.bss_instance import BssInstance, BssInstanceProvider
from pulumi_aliyun.capacity_reservation import CapacityReservation, CapacityReservationProvider
from pulumi_aliyun.catalogue import Entry, entries
from pulumi_aliyun.ecs_arguments import EcsInstance
from pulumi_aliyun.ecs_instance import EcsInstanceProvider
from pulumi_aliyun.lifecycle import Provider
from pulumi_aliyun.rules import Argument, arguments, limits_of, outputs, relations

DOCS = Path(__file__).parent.parent / "docs"
PAGES: Mapping[str, tuple[type, type[Provider]]] = {
    "capacity-reservation.md": (CapacityReservation, CapacityReservationProvider),
    "ecs-instance.md": (EcsInstance, EcsInstanceProvider),
    "bss-instance.md": (BssInstance, BssInstanceProvider),
}
_GENERAL = {
    CapacityReservation: ("cloud.", "pool.used-amount", "pool.platform"),
    EcsInstance: ("cloud.", "pool.", "instance."),
    BssInstance: ("product.",),
}
"""Which of the constraints that belong to no argument concern a resource, by the beginning of their ids."""
_DISKS = ("system_disk", "data_disks")
_SECTION = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


_MOST_MET = (
    "Forbidden.RAM",
    "InvalidAccessKeyId.NotFound",
    "SignatureDoesNotMatch",
    "InvalidSecurityToken.Expired",
    "InvalidAccountStatus.NotEnoughBalance",
    "OperationDenied.NoStock",
    "NoStock",
    "QuotaExceed.ElasticQuota",
    "Zone.NotOnSale",
    "InvalidVSwitchId.NotFound",
    "InvalidImageId.NotFound",
    "InvalidParameter.Mismatch",
    "Invalid.PrivatePoolOptions.status",
    "DependencyViolation.SLBConfiguring",
    "NotApplicable",
    "Throttling.User",
)


def page(name: str) -> str:
    """A resource's page as it is, with its tables as the declaration has them now."""
    cls, provider = PAGES[name]
    return _with_sections(
        name,
        arguments=lambda: _arguments(cls, provider),
        outputs=lambda: _outputs(cls),
        errors=lambda: _errors(cls),
    )


def troubleshooting() -> str:
    """The page of that name, with the codes that are met most as the provider's tables have them now."""
    return _with_sections("troubleshooting.md", codes=_codes)


def _codes() -> Iterator[str]:
    yield "| Code | Means | What to do |"
    yield "|---|---|---|"
    for code in _MOST_MET:
        (advice,) = (topic[code] for topic in TOPICS.values() if code in topic)
        yield _row(f"`{code}`", advice.means, advice.do.replace("{action}", "that is named"))


def _with_sections(name: str, **sections: Callable[[], Iterator[str]]) -> str:
    """A page as it is, with its generated sections as they would be generated now."""

    def written(match: re.Match[str]) -> str:
        return match[1] + "\n" + "\n".join(sections[match[2]]()) + "\n\n" + match[3]

    return _SECTION.sub(written, (DOCS / name).read_text(encoding="utf-8"))


def _arguments(cls: type, provider: type[Provider]) -> Iterator[str]:
    known = arguments(cls)
    yield from _table(known, lambda argument: _of_a_change(argument, provider))
    for name, argument in known.items():
        yield from _members(name, argument)
    yield ""
    yield "Together:"
    yield ""
    for each in relations(cls):
        yield f"- `{each.at}`: {each.limit}"


def _table(known: Mapping[str, Argument], changed: Callable[[Argument], str]) -> Iterator[str]:
    yield "| Argument | What it is, and its limits | A change |"
    yield "|---|---|---|"
    for name, argument in known.items():
        limits = [argument.kind.noun, *limits_of(argument.kind)]
        limits += [f"default `{argument.default!r}`"] if argument.default is not None else []
        required = "<br>**required**" if argument.required else ""
        yield _row(f"`{name}`{required}", f"{argument.doc}<br>{'; '.join(limits)}", changed(argument))


def _of_a_change(argument: Argument, provider: type[Provider]) -> str:
    if argument.name in provider.never_differs:
        return "nothing by itself"
    if argument.name in _DISKS:
        return "in place, or replaces: see the members"
    return "replaces" if argument.replaces else "in place"


def _members(path: str, argument: Argument) -> Iterator[str]:
    """What can stand inside an argument whose value has members with names of their own."""
    holders = [argument.kind, *(part for place, part in argument.kind.parts() if place == "[0]")]
    for kind in holders:
        if kind.members:
            yield ""
            yield f"Members of `{path}`{' (each)' if kind is not argument.kind else ''}:"
            yield ""
            yield from _table(kind.members, lambda member: _of_a_member(path, member))
            yield ""
            yield from (f"- `{each.at}`: {each.limit}" for each in kind.between)


def _of_a_member(path: str, member: Argument) -> str:
    if path not in _DISKS:
        return "in place"
    if member.name == "size":
        return "larger: in place; smaller: replaces"
    if member.name == "category":
        return "in place where the API can change it, else replaces"
    return "in place" if member.name in ecs_disks.IN_PLACE else "replaces"


def _outputs(cls: type) -> Iterator[str]:
    yield "| Output | |"
    yield "|---|---|"
    yield "| `id` | The id in the cloud. |"
    for name, each in outputs(cls).items():
        yield _row(f"`{name}`", each.doc)


def _errors(cls: type) -> Iterator[str]:
    advice = {code: each for topic in TOPICS.values() for code, each in topic.items()}
    yield "| Code | Why no preview can tell | What to do |"
    yield "|---|---|---|"
    seen: set[str] = set()
    for entry in entries():
        if entry.when != "only the API can know" or not _concerns(entry, cls):
            continue
        for code in entry.source.codes:
            if code in advice and code not in seen:
                seen.add(code)
                yield _row(f"`{code}`", entry.limit, advice[code].do)
    if cls is BssInstance:
        yield from (_row(f"`{code}`", each.means, each.do) for code, each in ORDER.items())


def _concerns(entry: Entry, cls: type) -> bool:
    return entry.resource is cls or (entry.resource is None and entry.id.startswith(_GENERAL[cls]))


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
