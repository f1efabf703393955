"""Which resource of the stack has which id: what one takes over is never another's to give back.

One process of the provider learns it in one operation of the engine: from `check` and `diff` it knows what is
in the program, before anything is made, and what is deleted comes last.
"""

from __future__ import annotations

from .errors import InvalidInput


class _Run:
    """What this process has learnt; ids are known with their kind, `(kind, id)`."""

    def __init__(self) -> None:
        self.holders: dict[tuple[str, str], str] = {}
        """The URN under which the state has it, or that asks for it."""
        self.taken: dict[tuple[str, str], str] = {}
        """The URN that takes it over, or took it over in an earlier run."""
        self.now: set[tuple[str, str]] = set()
        """What was taken over in this run."""
        self.settled: set[tuple[str, str]] = set()
        """URN and id: taken over in an earlier run, so what replaces it is bought."""


_run = _Run()


def asked(kind: str, urn: str, adopt_id: str) -> str | None:
    """A resource that isn't in the state asks to take an id over; the reason if another one has it."""
    holder = _run.holders.get((kind, adopt_id))
    if holder is None:
        _run.holders[kind, adopt_id] = _run.taken[kind, adopt_id] = urn
    elif holder != urn:
        return (
            f"adopt_id: {adopt_id} is in this stack already, as {_name(holder)!r}; remove one of the two, or "
            f"rename with ResourceOptions(aliases=…)"
        )
    return None


def has(kind: str, urn: str, resource_id: str, *, adopted: bool) -> None:
    """The state has this id for a resource of the program.

    Args:
        kind: What it is one of.
        urn: The resource.
        resource_id: Its id.
        adopted: Whether it was taken over.

    Raises:
        InvalidInput: Another resource of the program takes it over, or has done so.
    """
    holder = _run.holders.setdefault((kind, resource_id), urn)
    if holder != urn:
        raise InvalidInput(
            f"{resource_id} is also taken over by {_name(holder)!r}, with adopt_id\n"
            f"  what to do: remove one of the two from the program; {resource_id} itself stays as it is"
        )
    if adopted:
        _run.taken[kind, resource_id] = urn


def made(kind: str, urn: str, resource_id: str) -> None:
    """This run has bought it for a resource: its id, which others get as an output, is no other's."""
    _run.holders.setdefault((kind, resource_id), urn)


def settled(urn: str, adopt_id: str) -> None:
    """An earlier run has taken it over for this resource: the argument has done its work."""
    _run.settled.add((urn, adopt_id))


def wanted(kind: str, urn: str, adopt_id: str) -> bool:
    """Whether what is to be created is to be taken over; a replacement of it has to be bought."""
    key = kind, adopt_id
    replaced = _run.holders.get(key) == urn and _run.taken.get(key) != urn
    return not replaced and (urn, adopt_id) not in _run.settled


def done(kind: str, urn: str, adopt_id: str) -> None:
    """It is taken over."""
    _run.taken[kind, adopt_id] = urn
    _run.now.add((kind, adopt_id))


def leaves(urn: str) -> None:
    """The resource gets another id than it had."""
    for key in [key for key, holder in _run.taken.items() if holder == urn]:
        del _run.taken[key]


def taken_by(kind: str, urn: str, resource_id: str) -> str:
    """The name of the resource that keeps what another gives up; "" if none does."""
    holder = _run.taken.get((kind, resource_id))
    kept = holder is not None and (holder != urn or (kind, resource_id) in _run.now)
    return _name(holder) if holder and kept else ""


def _name(urn: str) -> str:
    return urn.rsplit("::", 1)[-1]
