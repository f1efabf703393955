"""The vocabulary in which arguments and their documented constraints are declared.

An argument is declared once, in the body of its resource's class, with its kind, its rules, its documented
default and what a change of it means. Type checkers read the constructor's signature from these
declarations; `failures` reads the rules; the reference and the docstrings are generated from both.

A value is plain (it can be judged) or unknown: an output, something awaitable, another resource, or what the
engine puts in their place at preview. What is unknown is skipped, at any depth.
"""

from __future__ import annotations

import contextlib
import difflib
import functools
import inspect
import itertools
import math
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, TypeVar, get_args, get_origin, overload
from typing import get_type_hints as type_hints

import pulumi
from pulumi.output import Unknown

from pulumi_aliyun import outputs as _outputs

if TYPE_CHECKING:
    from typing_extensions import Self

    from pulumi_aliyun.pages import Source

T = TypeVar("T")
G = TypeVar("G")


class Field(Generic[T, G]):
    """An argument: assigned as `T` in the constructor, read as `Output[G]` from the resource."""

    if TYPE_CHECKING:

        @overload
        def __get__(self, resource: None, owner: Any) -> Self: ...
        @overload
        def __get__(self, resource: object, owner: Any) -> pulumi.Output[G]: ...
        def __get__(self, resource: Any, owner: Any) -> Any: ...
        def __set__(self, resource: object, value: T) -> None: ...


Required = Field[pulumi.Input[T], T]
Optional = Field["pulumi.Input[T] | None", T]


# --- unknown values -------------------------------------------------------------------------------------

_PLAIN = frozenset({str, int, float, bool, dict, list, tuple, type(None)})
_UNKNOWN = (Unknown, pulumi.Output, pulumi.Resource)


def unknown(value: Any) -> bool:
    """Whether nothing can be said of the value before the program has run."""
    return type(value) not in _PLAIN and (isinstance(value, _UNKNOWN) or inspect.isawaitable(value))


def partly_unknown(value: Any) -> bool:
    """Whether the value, or anything inside it, is unknown before the program has run."""
    if isinstance(value, Mapping):
        return any(partly_unknown(each) for each in value.values())
    if isinstance(value, (list, tuple)):
        return any(partly_unknown(each) for each in value)
    return unknown(value)


# --- how values are shown ---------------------------------------------------------------------------------

_LONGEST = 60
_WRITTEN_OUT = 10**18


def shown(value: Any) -> str:
    """The value as a message names it: short, printable, and never the contents of a container."""
    if isinstance(value, str):
        if len(value) <= _LONGEST:
            return str.__repr__(value)
        return f"{str.__repr__(value[:40])[:-1]}…'"
    if isinstance(value, (bool, float)):
        return repr(value)
    if isinstance(value, int):
        if -_WRITTEN_OUT < value < _WRITTEN_OUT:
            return int.__repr__(value)
        return f"a number of some {math.ceil(value.bit_length() * math.log10(2)):,} digits"
    if isinstance(value, Mapping):
        return _counted(len(value), "entry", "entries")
    if isinstance(value, (list, tuple)):
        return _counted(len(value), "item", "items")
    return "this"


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _nature(value: Any) -> str:
    """What the value is, where another kind of value is needed."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return "text"
    if isinstance(value, bool):
        return "a yes-or-no value"
    if isinstance(value, float) and not math.isfinite(value):
        return "not a finite number"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, (list, tuple, set, frozenset)):
        return "a list"
    return "bytes" if isinstance(value, (bytes, bytearray)) else f"of type {type(value).__name__}"


def _quoted(key: Any) -> str:
    """A key as a path shows it: `tags["acs:owner"]`."""
    text = key if isinstance(key, str) else str(shown(key))
    inner = str.__repr__(text[:_LONGEST])[1:-1].replace("\\'", "'").replace('"', '\\"')
    return f'["{inner}{"…" if len(text) > _LONGEST else ""}"]'


def _listed(values: Iterable[Any], last: str = "or") -> str:
    *first, final = map(str, values)
    return f"{', '.join(first)} {last} {final}" if first else final


def closest(word: Any, words: Collection[str]) -> str | None:
    """The word that was probably meant."""
    if not isinstance(word, str) or len(word) > _LONGEST:
        return None
    known = {_skeleton(each): each for each in words}
    near = difflib.get_close_matches(_skeleton(word), known, n=1)
    return known[near[0]] if near else None


def _skeleton(word: str) -> str:
    return word.replace("_", "").replace("-", "").replace(" ", "").casefold()


# --- what is found ------------------------------------------------------------------------------------------


class Report:
    """The failures of one resource, as they are found."""

    __slots__ = ("aged", "failed", "lines", "now", "secret")

    def __init__(self, now: datetime | None) -> None:
        self.now = now
        self.aged = False
        """Whether the value at hand stands in the state already, so that the time isn't held against it."""
        self.secret = False
        self.lines: list[str] = []
        self.failed: list[str] = []

    @contextlib.contextmanager
    def shielded(self, secret: bool) -> Iterator[None]:
        """Show no value meanwhile, if it is secret or what it stands in is."""
        before, self.secret = self.secret, self.secret or secret
        yield
        self.secret = before

    def add(self, path: str, text: str) -> None:
        """Something is wrong at the path."""
        self.failed.append(path)
        self.lines.append(f"{path}: {text}" if text.endswith("?") else f"{path}: {text}.")

    def about(self, path: str, value: Any, problem: str) -> None:
        """The value at the path has a problem."""
        self.add(path, f"{'this value' if self.secret else shown(value)} {problem}")

    def wrong_kind(self, path: str, value: Any, kind: Kind) -> None:
        """The value at the path is of another kind than the one needed."""
        scalar = isinstance(value, (str, int, float)) and not self.secret
        text = f"{shown(value) if scalar else 'this'} is {_nature(value)}; {kind.noun} is needed"
        self.add(path, text if self.secret else f"{text}, such as {kind.written()}")

    def touches(self, name: str) -> bool:
        """Whether something is wrong already with the argument or inside it."""
        return any(path == name or path.startswith((f"{name}.", f"{name}[")) for path in self.failed)


# --- rules --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    """What the documentation demands of one value."""

    id: str
    problem: Callable[[Any], str | None]
    """What is wrong with the value, as the rest of a sentence that begins with the value."""
    limit: str
    """The rule in a few words, for the reference."""
    source: Source
    refused: tuple[Any, ...] = ()
    accepted: tuple[Any, ...] = ()


@dataclass(frozen=True)
class TimeRule:
    """What the documentation demands of a moment, seen from now."""

    id: str
    problem: Callable[[datetime, datetime], str | None]
    limit: str
    source: Source
    refused: tuple[Any, ...] = ()
    accepted: tuple[Any, ...] = ()


def length(low: int, high: int, source: Source, *, or_empty: bool = False, way_out: str = "") -> Rule:
    """From `low` to `high` characters, both included."""
    wanted = f"{low} to {high} characters" if low else f"at most {high} characters"

    def problem(value: str) -> str | None:
        count = len(value)
        if low <= count <= high or (or_empty and not count):
            return None
        return f"is {_counted(count, 'character', 'characters')} long; {way_out or f'use {wanted}'}"

    return Rule(
        "length",
        problem,
        f"{wanted}{', or empty' if or_empty else ''}",
        source,
        refused=(*(("a" * (low - 1),) if low and not (or_empty and low == 1) else ()), "a" * (high + 1)),
        accepted=("a" * low, "a" * high),
    )


def not_empty(source: Source) -> Rule:
    """At least one character that isn't a space."""
    return Rule(
        "not-empty",
        lambda value: None if value.strip() else "is empty; give it a value",
        "not empty",
        source,
        refused=("",),
    )


def not_starting(*prefixes: str, source: Source) -> Rule:
    """None of the prefixes at the beginning."""

    def problem(value: str) -> str | None:
        if not value.startswith(prefixes):
            return None
        prefix = next(each for each in prefixes if value.startswith(each))
        return f"begins with {prefix!r}, which is not allowed; choose another beginning"

    return Rule(
        "forbidden-beginning",
        problem,
        f"doesn't begin with {_listed(prefixes)}",
        source,
        refused=tuple(f"{each}x" for each in prefixes),
        accepted=tuple(f"x-{each}x" for each in prefixes if each.isalnum()),
    )


def not_containing(*parts: str, source: Source) -> Rule:
    """None of the parts anywhere."""

    def problem(value: str) -> str | None:
        for part in parts:
            if part in value:
                return f"contains {part!r}, which is not allowed; leave it out"
        return None

    return Rule(
        "forbidden-part",
        problem,
        f"doesn't contain {_listed(parts)}",
        source,
        refused=tuple(f"x{each}y" for each in parts),
        accepted=("http:/x",),
    )


def starting(*prefixes: str, source: Source, way_out: str = "") -> Rule:
    """One of the prefixes at the beginning."""
    wanted = _listed(repr(each) for each in prefixes)
    return Rule(
        "beginning",
        lambda value: (
            None
            if value.startswith(prefixes)
            else f"doesn't begin with {wanted}; {way_out or 'see that it is the right one'}"
        ),
        f"begins with {_listed(prefixes)}",
        source,
    )


def starting_with_a_letter(source: Source) -> Rule:
    """A letter first, of any script: Chinese characters are letters."""
    return Rule(
        "first-character",
        lambda value: (
            "doesn't begin with a letter or a Chinese character; put one first"
            if value and not value[0].isalpha()
            else None
        ),
        "begins with a letter or a Chinese character",
        source,
        refused=("1st", "_first", "-first"),
        accepted=("first", "第一", "Été"),
    )


def letters_digits_and(characters: str, source: Source) -> Rule:
    """Letters and digits of any script, and the characters given."""
    latin = re.compile(f"[A-Za-z0-9{re.escape(characters)}]*")
    links = ("http://", "https://")
    allowed = frozenset(characters)

    def problem(value: str) -> str | None:
        if latin.fullmatch(value) or value.startswith(links):
            return None  # a link is told of by the rule against its beginning
        for each in value:
            if not (each.isalnum() or each in allowed or unicodedata.category(each)[0] == "M"):
                kinds = f"letters, Chinese characters, digits and {' '.join(characters)}"
                return f"contains {each!r}, which is not allowed; use {kinds}"
        return None

    return Rule(
        "characters",
        problem,
        f"letters, Chinese characters, digits and {' '.join(characters)}",
        source,
        refused=("a name", "name!", "a/b"),
        accepted=(f"a{characters}1", "中文名称"),
    )


def one_of(*values: str, source: Source) -> Rule:
    """One of the values listed."""
    allowed = frozenset(values)
    wanted = _listed(map(repr, values))

    def problem(value: str) -> str | None:
        if value in allowed:
            return None
        meant = closest(value, values)
        return f"is not one of {wanted}" + (f"; did you mean {meant!r}?" if meant else "; use one of them")

    return Rule(
        "values",
        problem,
        _listed(f"`{each}`" for each in values),
        source,
        refused=(_misspelt(values[0]), f"{values[-1]}x"),
        accepted=values,
    )


def _misspelt(value: str) -> str:
    return value.lower() if value != value.lower() else value.upper()


def between(low: float, high: float, source: Source, *, unit: str = "") -> Rule:
    """From `low` to `high`, both included."""
    wanted = f"from {low:,} to {high:,}{unit and f' {unit}'}"
    return Rule(
        "range",
        lambda value: None if low <= value <= high else f"is not allowed; use a number {wanted}",
        wanted,
        source,
        refused=(low - 1, high + 1),
        accepted=(low, high),
    )


def at_least(low: int, source: Source, *, way_out: str = "") -> Rule:
    """`low` or more."""
    return Rule(
        "range",
        lambda value: None if value >= low else f"is not allowed; {way_out or f'use at least {low}'}",
        f"at least {low}",
        source,
        refused=(low - 1, -1),
        accepted=(low, 1001),
    )


def count(low: int, high: int, source: Source, *, what: str = "items") -> Rule:
    """From `low` to `high` items or entries, both included."""
    wanted = f"{low} to {high}" if low else f"at most {high}"

    def problem(value: Sequence[Any] | Mapping[str, Any]) -> str | None:
        return None if low <= len(value) <= high else f"are not allowed here; give {wanted} {what}"

    return Rule("count", problem, f"{wanted} {what}", source)


def without_repetition(source: Source) -> Rule:
    """No item twice."""

    def problem(value: Sequence[Any]) -> str | None:
        seen = set()
        for each in value:
            if isinstance(each, str):
                if each in seen:
                    return f"name {shown(each)} more than once; name it once"
                seen.add(each)
        return None

    return Rule("unique", problem, "each once", source)


# --- kinds of values ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """A kind of value, with the rules for it."""

    rules: tuple[Rule, ...] = ()
    example: Any = None
    noun: str = ""

    def check(self, value: Any, path: str, report: Report) -> None:
        """Reports what is wrong with the value."""
        raise NotImplementedError

    def normalised(self, value: Any) -> Any:
        """The value as it is sent: 2.0 is 2 where whole numbers are needed."""
        return value

    def comparable(self, value: Any) -> Any:
        """What is equal for values that mean the same to the API."""
        return self.normalised(value)

    def written(self) -> str:
        """The example as a program has it."""
        return repr(self.example)

    def annotation(self) -> str:
        """The type of the value, as a signature has it."""
        return type(self.example).__name__

    def parts(self) -> Iterator[tuple[str, Kind]]:
        """The kinds of what is inside, each with its path."""
        return iter(())

    @property
    def members(self) -> Mapping[str, Argument]:
        """What a mapping can hold, if its members have names of their own."""
        return {}

    @property
    def between(self) -> tuple[Relation, ...]:
        """What is demanded of several members together."""
        return ()

    @property
    def limits(self) -> tuple[Rule | TimeRule, ...]:
        """All rules for the value itself."""
        return self.rules

    def holds(self, value: Any, path: str, report: Report) -> None:
        """Reports the rules that the value breaks."""
        for rule in self.rules:
            problem = rule.problem(value)
            if problem is not None:
                report.about(path, value, problem)


_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class _Text(Kind):
    noun: str = "text"

    def check(self, value: Any, path: str, report: Report) -> None:
        if not isinstance(value, str):
            if not unknown(value):
                report.wrong_kind(path, value, self)
        elif not value.isascii() and (half := _SURROGATE.search(value)):
            report.about(path, value, unsendable(half.group(), secret=report.secret))
        else:
            self.holds(value, path, report)

    def normalised(self, value: Any) -> Any:
        return str.__str__(value) if isinstance(value, str) and type(value) is not str else value


def unsendable(character: str, *, secret: bool = False) -> str:
    """Why a text with half of a surrogate pair can't be sent."""
    which = "a character" if secret else f"the character {character!r}"
    return f"contains {which} that is half of a pair and can't be sent; remove it"


_TOO_LONG_TO_COUNT = 2**53


@dataclass(frozen=True)
class _WholeNumber(Kind):
    noun: str = "a whole number"

    def check(self, value: Any, path: str, report: Report) -> None:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            if not unknown(value):
                report.wrong_kind(path, value, self)
        elif isinstance(value, float) and not value.is_integer():
            finite = math.isfinite(value)
            problem = "has a fraction" if finite else "is not a finite number"
            report.about(path, value, f"{problem}; a whole number is needed, such as {self.written()}")
        elif not -_TOO_LONG_TO_COUNT <= value <= _TOO_LONG_TO_COUNT:
            report.about(path, value, "is too large; use a smaller number")
        else:
            self.holds(value, path, report)

    def normalised(self, value: Any) -> Any:
        return int(value) if isinstance(value, float) and value.is_integer() else value


@dataclass(frozen=True)
class _Number(Kind):
    noun: str = "a number"

    def check(self, value: Any, path: str, report: Report) -> None:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            if not unknown(value):
                report.wrong_kind(path, value, self)
        elif isinstance(value, float) and not math.isfinite(value):
            report.about(path, value, f"is not a finite number; use {self.written()} or the like")
        elif not -_TOO_LONG_TO_COUNT <= value <= _TOO_LONG_TO_COUNT:
            report.about(path, value, "is too large; use a smaller number")
        else:
            self.holds(value, path, report)


@dataclass(frozen=True)
class _YesOrNo(Kind):
    noun: str = "True or False"
    example: Any = True

    def check(self, value: Any, path: str, report: Report) -> None:
        if not isinstance(value, bool) and not unknown(value):
            subject = shown(value) if isinstance(value, (str, int, float)) else "this"
            report.add(path, f"{subject} is {_nature(value)}; write True or False, without quotes")


_TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z")
_TIME_OF_THE_API = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2})(?::[0-9]{2}(?:\.[0-9]+)?)?Z"
)


def moment(value: Any) -> datetime | None:
    """The moment that a time in the documented format stands for, if it is one."""
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    try:
        return datetime(*map(int, match.groups()), tzinfo=timezone.utc)  # type: ignore[arg-type, misc, unused-ignore]
    except ValueError:
        return None


def told(value: Any) -> datetime | None:
    """The moment that a time stands for as the API writes it: with its seconds, or to the minute."""
    match = _TO_THE_MINUTE.fullmatch(value) if isinstance(value, str) else None
    return moment(f"{match[1]}:00Z" if match else value)


_TO_THE_MINUTE = re.compile(r"(.{10}T..:..)Z")


@dataclass(frozen=True)
class _Time(Kind):
    times: tuple[TimeRule, ...] = ()
    noun: str = "a text with a time in UTC"
    example: Any = "2027-10-30T06:32:00Z"

    @property
    def limits(self) -> tuple[Rule | TimeRule, ...]:
        return self.times

    def check(self, value: Any, path: str, report: Report) -> None:
        if not isinstance(value, str):
            if not unknown(value):
                report.wrong_kind(path, value, self)
            return
        time = moment(value)
        if time is None:
            dated = _TIME.fullmatch(value)
            problem = "doesn't exist on the calendar or the clock" if dated else "is not a time in UTC"
            way_out = f"write it in the form yyyy-MM-ddTHH:mm:ssZ, such as {self.written()}"
            report.about(path, value, f"{problem}; {way_out}")
        elif report.now is not None and not report.aged:
            for rule in self.times:
                wrong = rule.problem(time, report.now)
                if wrong is not None:
                    report.about(path, value, wrong)

    def comparable(self, value: Any) -> Any:
        match = _TIME_OF_THE_API.fullmatch(value) if isinstance(value, str) else None
        return match.groups() if match else value


_ENOUGH = 1000
"""How many items are looked at: more are allowed nowhere, and nobody reads more messages."""


@dataclass(frozen=True)
class _ListOf(Kind):
    item: Kind = field(default_factory=Kind)
    ordered: bool = True
    noun: str = "a list"

    def annotation(self) -> str:
        return f"Sequence[{self.item.annotation()}]"

    def check(self, value: Any, path: str, report: Report) -> None:
        if not isinstance(value, (list, tuple)):
            if not unknown(value):
                report.wrong_kind(path, value, self)
            return
        self.holds(value, path, report)
        for index, each in enumerate(value[:_ENOUGH]):
            self.item.check(each, f"{path}[{index}]", report)

    def normalised(self, value: Any) -> Any:
        return [self.item.normalised(each) for each in value] if isinstance(value, (list, tuple)) else value

    def comparable(self, value: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            return value
        items = [self.item.comparable(each) for each in value]
        return items if self.ordered or not all(isinstance(each, str) for each in items) else sorted(items)

    def parts(self) -> Iterator[tuple[str, Kind]]:
        yield "[0]", self.item


@dataclass(frozen=True)
class _MappingOf(Kind):
    key: Kind = field(default_factory=Kind)
    value: Kind = field(default_factory=Kind)
    hides_values: bool = False
    noun: str = "a mapping"

    def annotation(self) -> str:
        return f"Mapping[{self.key.annotation()}, {self.value.annotation()}]"

    def check(self, value: Any, path: str, report: Report) -> None:
        if not isinstance(value, Mapping):
            if not unknown(value):
                with report.shielded(self.hides_values):  # a text may be the whole mapping, written as JSON
                    report.wrong_kind(path, value, self)
            return
        if self.rules:
            self.holds({name: each for name, each in value.items() if each is not None}, path, report)
        for name, each in itertools.islice(value.items(), _ENOUGH):
            if each is not None:
                inner = f"{path}{_quoted(name)}"
                self._check_key(name, inner, report)
                with report.shielded(self.hides_values):
                    self.value.check(each, inner, report)

    def _check_key(self, name: Any, path: str, report: Report) -> None:
        if not isinstance(name, str):
            report.add(path, f"the key is {_nature(name)}; write it as text")
        elif half := _SURROGATE.search(name):
            report.add(path, f"the key {unsendable(half.group())}")
        else:
            for rule in self.key.rules:
                problem = rule.problem(name)
                if problem is not None:
                    report.add(path, f"the key {problem}")

    def normalised(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {name: self.value.normalised(each) for name, each in value.items() if each is not None}

    def parts(self) -> Iterator[tuple[str, Kind]]:
        yield "[key]", self.key
        yield '["…"]', self.value


@dataclass(frozen=True)
class _Structure(Kind):
    typed_dict: type = dict
    relations: tuple[Relation, ...] = ()
    noun: str = "a mapping"

    @property
    def members(self) -> Mapping[str, Argument]:
        return _members(self.typed_dict)

    @property
    def between(self) -> tuple[Relation, ...]:
        return self.relations

    def annotation(self) -> str:
        return self.typed_dict.__name__

    def check(self, value: Any, path: str, report: Report) -> None:
        if not isinstance(value, Mapping):
            if not unknown(value):
                report.wrong_kind(path, value, self)
            return
        _check_arguments(self.members, self.relations, value, report, within=f"{path}.")

    def normalised(self, value: Any) -> Any:
        return _normalised(self.members, value) if isinstance(value, Mapping) else value

    def comparable(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        known = self.members
        return {
            name: known[name].comparable(each) if name in known else each
            for name, each in value.items()
            if each is not None
        }

    def parts(self) -> Iterator[tuple[str, Kind]]:
        for name, argument in self.members.items():
            yield f".{name}", argument.kind


_NAMES = {"Output": pulumi.Output, "T": T}
"""What the annotations of the engine's SDK name without importing it here."""


@functools.cache
def _members(typed_dict: type) -> Mapping[str, Argument]:
    members = {}
    for name, hint in type_hints(typed_dict, localns=_NAMES, include_extras=True).items():
        if get_origin(hint) is not Annotated:
            raise TypeError(f"{typed_dict.__name__}.{name} is declared without an argument")
        members[name] = replace(get_args(hint)[1], name=name)
    return members


def text(*rules: Rule, example: str) -> Kind:
    """Text."""
    return _Text(rules, example)


def whole_number(*rules: Rule, example: int) -> Kind:
    """A whole number; 2.0 is one, True is none."""
    return _WholeNumber(rules, example)


def number(*rules: Rule, example: float) -> Kind:
    """A number."""
    return _Number(rules, example)


def yes_or_no() -> Kind:
    """True or False."""
    return _YesOrNo()


def time(*rules: TimeRule) -> Kind:
    """A moment in UTC, in the API's format; the API shows it to the minute."""
    return _Time(times=rules)


def list_of(item: Kind, *rules: Rule, ordered: bool = True) -> Kind:
    """A list whose items are of one kind."""
    return _ListOf(rules, [item.example], item=item, ordered=ordered)


def mapping_of(key: Kind, value: Kind, *rules: Rule, hides_values: bool = False) -> Kind:
    """A mapping whose keys and values are each of one kind."""
    return _MappingOf(rules, {key.example: value.example}, key=key, value=value, hides_values=hides_values)


def structure(typed_dict: type, *relations: Relation, example: Mapping[str, Any]) -> Kind:
    """A mapping with the members of a TypedDict."""
    return _Structure((), dict(example), typed_dict=typed_dict, relations=relations)


# --- between arguments --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Relation:
    """What the documentation demands of several arguments together.

    It is asked with the documented defaults in place of what isn't given, and only if all of its arguments
    are known and nothing is wrong with them by themselves.
    """

    id: str
    arguments: tuple[str, ...]
    """Names; inside a mapping with a dot. The failure is reported at the first of them."""
    problem: Callable[..., str | None]
    limit: str
    source: Source
    refused: tuple[Mapping[str, Any], ...]
    accepted: tuple[Mapping[str, Any], ...]
    at: str
    paths: tuple[tuple[str, str], ...]
    """The names again, each as what stands before the dot and what stands behind it."""
    outer: frozenset[str]


def relation(
    id: str,  # noqa: A002 - the word of the catalogue
    *arguments: str,
    problem: Callable[..., str | None],
    limit: str,
    source: Source,
    at: str = "",
    refused: Iterable[Mapping[str, Any]] = (),
    accepted: Iterable[Mapping[str, Any]] = (),
) -> Relation:
    """A relation whose problem is found by a function of the arguments' values."""
    paths = tuple(name.partition(".")[::2] for name in arguments)
    return Relation(
        id=id,
        arguments=arguments,
        problem=problem,
        limit=limit,
        source=source,
        refused=tuple(refused),
        accepted=tuple(accepted),
        at=at or arguments[0],
        paths=paths,
        outer=frozenset(outer for outer, _ in paths),
    )


# --- arguments ----------------------------------------------------------------------------------------------


class Declared:
    """What a resource's class declares; of a resource, it is the output of that name."""

    name: str

    def __get__(self, resource: pulumi.Resource | None, cls: type) -> Any:
        return self if resource is None else _outputs.of(resource, self.name)


@dataclass(frozen=True)
class Argument(Declared):
    """An argument as its resource declares it."""

    kind: Kind
    doc: str
    source: Source
    required: bool = False
    default: Any = None
    secret: bool = False
    replaces: bool = False
    spelling: Callable[[Any], Any] | None = None
    """What is equal for two spellings of the same value, ours and the API's."""
    api: str = ""
    """The name of the API's parameter; "" for what the API doesn't know."""
    unchecked: str = ""
    """Why no rule can be checked beforehand."""
    way_out: str = ""
    """What to do when it is missing."""
    name: str = ""

    def __set_name__(self, owner: type, name: str) -> None:
        object.__setattr__(self, "name", name)

    @property
    def rules(self) -> tuple[Rule | TimeRule, ...]:
        """The rules for the value itself."""
        return self.kind.limits

    def normalised(self, value: Any) -> Any:
        """The value as it is sent."""
        return self.kind.normalised(value)

    def comparable(self, value: Any) -> Any:
        """What is equal for values that mean the same to the API."""
        value = self.kind.comparable(value)
        return self.spelling(value) if self.spelling and isinstance(value, str) else value


@dataclass(frozen=True)
class Output(Declared):
    """An output as its resource declares it."""

    doc: str
    name: str = ""
    whole: bool = False
    """Whether it is a whole number, as its annotation says."""

    def __set_name__(self, owner: type, name: str) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "whole", "Output[int]" in str(inspect.get_annotations(owner).get(name)))


def required(
    kind: Kind,
    *,
    doc: str,
    source: Source,
    replaces: bool = False,
    api: str = "",
    secret: bool = False,
    spelling: Callable[[Any], Any] | None = None,
    unchecked: str = "",
    way_out: str = "",
) -> Any:
    """An argument that must be given."""
    return Argument(kind, doc, source, True, None, secret, replaces, spelling, api, unchecked, way_out)


def optional(
    kind: Kind,
    *,
    default: Any,
    doc: str,
    source: Source,
    replaces: bool = False,
    api: str = "",
    secret: bool = False,
    spelling: Callable[[Any], Any] | None = None,
    unchecked: str = "",
) -> Any:
    """An argument that can be left out, with its documented default, or None where there is none."""
    return Argument(kind, doc, source, False, default, secret, replaces, spelling, api, unchecked)


def key(
    kind: Kind,
    *,
    doc: str,
    source: Source,
    default: Any = None,
    api: str = "",
    unchecked: str = "",
) -> Argument:
    """A member of a mapping, as the annotation of a TypedDict's key."""
    return Argument(kind, doc, source, False, default, api=api, unchecked=unchecked)


def output(*, doc: str, init: Literal[False] = False) -> Any:  # noqa: ARG001 - read by type checkers
    """What the cloud tells of the resource."""
    return Output(doc)


def keyword(*, default: None) -> Any:
    """A keyword of the constructor that is no argument of the resource."""
    return default


def positional(*, kw_only: Literal[False] = False) -> Any:  # noqa: ARG001 - read by type checkers
    """A parameter of the constructor that is given by its place."""
    return None


# --- what a class declares ----------------------------------------------------------------------------------


@functools.cache
def _declared(cls: type) -> Mapping[str, Any]:
    return {name: each for base in reversed(cls.__mro__) for name, each in vars(base).items()}


@functools.cache
def arguments(cls: type) -> Mapping[str, Argument]:
    """The arguments of a resource's class, in the order of their declaration."""
    return {name: each for name, each in _declared(cls).items() if isinstance(each, Argument)}


@functools.cache
def outputs(cls: type) -> Mapping[str, Output]:
    """The outputs of a resource's class, in the order of their declaration."""
    return {name: each for name, each in _declared(cls).items() if isinstance(each, Output)}


def whole_numbers(cls: type) -> list[str]:
    """The arguments and outputs of a resource's class that are whole numbers."""
    found = [name for name, each in arguments(cls).items() if isinstance(each.kind, _WholeNumber)]
    return found + [name for name, each in outputs(cls).items() if each.whole]


@functools.cache
def relations(cls: type) -> tuple[Relation, ...]:
    """What a resource's class demands of several arguments together."""
    found: tuple[Relation, ...] = _declared(cls).get("relations", ())
    return found


def normalised(cls: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are sent: whole numbers whole, nothing that is None.

    What is unknown or of a wrong kind stays as it is.
    """
    return _normalised(arguments(cls), values)


def _normalised(known: Mapping[str, Argument], values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: known[name].normalised(value) if name in known else value
        for name, value in values.items()
        if value is not None
    }


def same(argument: Argument, old: Any, new: Any) -> bool:
    """Whether two values mean the same to the API."""
    return bool(argument.comparable(old) == argument.comparable(new))


def failures(
    cls: type,
    values: Mapping[str, Any],
    *,
    now: datetime | None,
    olds: Mapping[str, Any] | None = None,
    hidden: Collection[str] = (),
) -> list[str]:
    """Everything that is wrong with a resource's arguments, each as "path: message".

    Args:
        cls: The resource's class.
        values: The arguments as given, with outputs and unknowns as they are.
        now: The time; None where the state isn't known, so that nothing can be said of times.
        olds: The arguments in the state: what stands there unchanged isn't asked about the time.
        hidden: Arguments whose values no message may show, besides the secret ones.
    """
    report = Report(now)
    _check_arguments(arguments(cls), relations(cls), values, report, olds=olds or {}, hidden=hidden)
    return report.lines


def pages(cls: type, lines: Iterable[str]) -> list[str]:
    """The addresses of the pages that the arguments in these failures stand on, each once."""
    known = arguments(cls)
    names = (re.split(r"[.:\[]", line, maxsplit=1)[0] for line in lines)
    found = (known[name].source.page.address for name in names if name in known)
    return list(dict.fromkeys(address for address in found if address))


def _check_arguments(
    known: Mapping[str, Argument],
    together: Iterable[Relation],
    values: Mapping[str, Any],
    report: Report,
    *,
    within: str = "",
    olds: Mapping[str, Any] | None = None,
    hidden: Collection[str] = (),
) -> None:
    given = 0
    for name, argument in known.items():
        value = values.get(name)
        if name in values:
            given += 1
        if value is not None:
            if olds and isinstance(argument.kind, _Time):
                report.aged = name in olds and same(argument, olds[name], value)
            with report.shielded(argument.secret or name in hidden):
                argument.kind.check(value, f"{within}{name}", report)
        elif argument.required:
            report.add(
                f"{within}{name}",
                f"is missing; {argument.way_out or f'give one, such as {argument.kind.written()}'}",
            )
    if given != len(values):
        _report_strangers(known, values, report, within)
    for each in together:
        if not each.outer.isdisjoint(values):
            _check_relation(each, known, values, report, within)


def _report_strangers(
    known: Mapping[str, Argument], values: Mapping[str, Any], report: Report, within: str
) -> None:
    for name in values:
        if name not in known and not (isinstance(name, str) and name.startswith("__")):
            plain = isinstance(name, str) and name.isidentifier() and len(name) <= _LONGEST
            path = f"{within}{name}" if plain else f"{within[:-1]}{_quoted(name)}"
            meant = closest(name, known)
            others = _listed(known, "and") if within else "in the documentation of the class"
            way_out = f"did you mean {meant}?" if meant else f"those that do are {others}"
            report.add(path, f"no such argument exists; {way_out}")


def _check_relation(
    each: Relation, known: Mapping[str, Argument], values: Mapping[str, Any], report: Report, within: str
) -> None:
    seen = []
    for outer, inner in each.paths:
        value = values.get(outer)
        if value is None:
            value = None if inner else known[outer].default
        elif inner and not unknown(value):
            value = _member(known[outer].kind, value, inner)
        if unknown(value):
            return
        seen.append(value)
    if report.failed and any(report.touches(f"{within}{name}") for name in each.arguments):
        return
    problem = each.problem(*seen)
    if problem is not None:
        report.add(f"{within}{each.at}", problem)


def _member(kind: Kind, value: Any, name: str) -> Any:
    """A member of a mapping, or its default."""
    found = value.get(name) if isinstance(value, Mapping) else None
    return kind.members[name].default if found is None and name in kind.members else found


# --- docstrings ---------------------------------------------------------------------------------------------


def document(cls: type) -> None:
    """Gives a resource's class a docstring and a signature that show its arguments with their limits."""
    known = arguments(cls)
    lines = [inspect.cleandoc(vars(cls).get("__doc__") or ""), "", "Args:"]
    lines += ["    resource_name: The name in the program."]
    lines += [f"    {name}: {described(argument)}" for name, argument in known.items()]
    lines += [line for name, argument in known.items() for line in _about_members(argument.kind, name)]
    lines += ["", "Together:", *(f"    {each.at}: {each.limit}." for each in relations(cls))]
    lines += ["", "Attributes:", *(f"    {name}: {each.doc}" for name, each in outputs(cls).items())]
    cls.__doc__ = "\n".join(lines)
    cls.__signature__ = _signature(cls)  # type: ignore[attr-defined]


def described(argument: Argument) -> str:
    """An argument in one line: what it is for, and its limits."""
    limits = [argument.kind.noun, *limits_of(argument.kind)]
    limits += ["required"] if argument.required else []
    limits += [f"default {argument.default!r}"] if argument.default is not None else []
    limits += ["a change replaces the resource"] if argument.replaces else []
    return f"{argument.doc} ({'; '.join(limits)}.)"


_PARTS = {"[key]": "keys", '["…"]': "values", "[0]": "each"}


def limits_of(kind: Kind) -> Iterator[str]:
    """What a value is held against, in a few words each."""
    yield from (rule.limit for rule in kind.limits)
    for place, part in kind.parts():
        if place in _PARTS and part.limits:
            yield f"{_PARTS[place]}: {', '.join(limits_of(part))}"


def _about_members(kind: Kind, path: str) -> Iterator[str]:
    """What can stand inside, and what is demanded of it together."""
    if kind.members:
        yield from ("", f"Members of {path}:")
        yield from (f"    {name}: {described(member)}" for name, member in kind.members.items())
        yield from (f"    {each.at}, together with the others: {each.limit}." for each in kind.between)
    else:
        for place, part in kind.parts():
            yield from _about_members(part, f"{path}{place}")


def _signature(cls: type) -> inspect.Signature:
    own = vars(cls).get("__init__")
    if own is not None:
        return inspect.Signature(list(inspect.signature(own).parameters.values())[1:])
    named, keyword = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    return inspect.Signature(
        [
            inspect.Parameter("resource_name", named, annotation="str"),
            *(
                inspect.Parameter(
                    name,
                    keyword,
                    annotation=f"pulumi.Input[{argument.kind.annotation()}]",
                    default=inspect.Parameter.empty if argument.required else argument.default,
                )
                for name, argument in arguments(cls).items()
            ),
            inspect.Parameter("opts", keyword, annotation="pulumi.ResourceOptions | None", default=None),
        ]
    )
