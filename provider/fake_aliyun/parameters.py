"""Flat wire parameters: what an operation takes, and reading them.

An operation declares its parameters in one string: names as on the wire, separated by blanks; `.N` stands for
a number from 1; `!` marks a required one; `:int`, `:float` and `:bool` its type where it is not text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from fake_aliyun.errors import ApiError

_INDEX = re.compile(r"\.(\d+)(?=\.|$)")
_INT = re.compile(r"-?[0-9]{1,18}")
_FLOAT = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
# Accepted by every operation: clients add them to requests whether the operation's page lists them or not. A
# ClientToken counts only where it is declared.
EVERYWHERE = frozenset(
    {"RegionId", "ClientToken", "OwnerAccount", "OwnerId", "ResourceOwnerAccount", "ResourceOwnerId"}
)
# Assumption: no list of a request is longer; what is longer is not a request that any page describes.
_LONGEST_LIST = 1000


@dataclass(frozen=True)
class Parameter:
    """One declared parameter."""

    name: str
    kind: str
    required: bool


def declared(spec: str) -> dict[str, Parameter]:
    """Reads an operation's declaration."""
    found = {}
    for word in spec.split():
        name, _, kind = word.partition(":")
        found[name.rstrip("!")] = Parameter(name.rstrip("!"), kind or "str", name.endswith("!"))
    return found


@lru_cache(maxsize=4096)
def general(name: str) -> str:
    """Gives the declared form of a wire name, `Tag.N.Key` for `Tag.3.Key`.

    An index out of range stays as it is.
    """
    return _INDEX.sub(lambda found: ".N" if 1 <= int(found[1][:9]) <= _LONGEST_LIST else found[0], name)


def check(action: str, known: Mapping[str, Parameter], given: Mapping[str, str]) -> None:
    """Refuses what is unknown, has the wrong type or is missing.

    Raises:
        ApiError: The first of these.
    """
    for name, value in given.items():
        parameter = known.get(general(name))
        if parameter is None:
            if name in EVERYWHERE:
                continue
            raise ApiError(
                "InvalidParameter", f'The specified parameter "{name}" is not supported by {action}.'
            )
        if value and not _is(parameter.kind, value):
            raise ApiError(
                f"InvalidParameter.{name}", f'The specified parameter "{name}" is not valid.', status=400
            )
    for parameter in known.values():
        if parameter.required and not _has(given, parameter.name):
            raise missing(parameter.name)


def missing(name: str) -> ApiError:
    """Makes the error for a required parameter that is not given or empty."""
    # "MissingParameter.RegionId: The specified RegionId should not be null." and the like are documented for
    # some; for the others the common code is the assumption.
    plain = name.removesuffix(".N")
    specific = ApiError(f"MissingParameter.{plain}")
    if specific.message.startswith("The specified"):
        return specific
    return ApiError(
        "MissingParameter",
        f'The input parameter "{plain}" that is mandatory for processing this request is not supplied.',
    )


def _is(kind: str, value: str) -> bool:
    if kind == "int":
        return _INT.fullmatch(value) is not None
    if kind == "float":
        return _FLOAT.fullmatch(value) is not None
    # Clients write booleans in their own language's spelling.
    return kind != "bool" or value.lower() in {"true", "false"}


def _has(given: Mapping[str, str], name: str) -> bool:
    if ".N" not in name:
        return bool(given.get(name))
    head, _, rest = name.partition(".N")
    # An object in a list is incomplete without its required field; a list itself needs one entry.
    entries = {found[1] for key in given if (found := re.match(rf"{re.escape(head)}\.(\d+)(?:\.|$)", key))}
    return bool(entries) and all(given.get(f"{head}.{index}{rest}") for index in entries)


class Params:
    """The business parameters of one request, read by their wire names.

    Args:
        given: The flat parameters.
        caller_arn: The identity that signed the request.
    """

    def __init__(self, given: dict[str, str], caller_arn: str = "") -> None:
        self.given = given
        self.caller_arn = caller_arn

    def has(self, name: str) -> bool:
        """Tells whether a parameter is in the request, be it empty."""
        return name in self.given

    def text(self, name: str, default: str = "") -> str:
        """Reads text; an empty value counts as not given."""
        return self.given.get(name) or default

    def integer(self, name: str, default: int = 0) -> int:
        """Reads an integer."""
        value = self.given.get(name)
        return int(value) if value else default

    def number(self, name: str, default: float = 0.0) -> float:
        """Reads a number."""
        value = self.given.get(name)
        return float(value) if value else default

    def flag(self, name: str, default: bool = False) -> bool:
        """Reads a boolean in any case."""
        value = self.given.get(name)
        return value.lower() == "true" if value else default

    def one_of(self, name: str, allowed: tuple[str, ...], default: str = "", code: str = "") -> str:
        """Reads one of several words.

        Raises:
            ApiError: It is none of them: `code`, by default `InvalidParameter.<name>`.
        """
        value = self.text(name, default)
        if value and value not in allowed:
            sentence = f'The specified parameter "{name}" is not valid.'
            raise ApiError(code or f"InvalidParameter.{name}", "" if code else sentence)
        return value

    def texts(self, name: str) -> list[str]:
        """Reads `Name.1`, `Name.2`, … in the order of their numbers, skipping empty ones."""
        found = [
            (int(key[len(name) + 1 :]), value)
            for key, value in self.given.items()
            if value and key.startswith(name + ".") and key[len(name) + 1 :].isdecimal()
        ]
        return [value for _, value in sorted(found)]

    def objects(self, name: str) -> list[dict[str, str]]:
        """Reads `Name.1.Key`, `Name.1.Value`, … as one mapping per number."""
        found: dict[int, dict[str, str]] = {}
        prefix = name + "."
        for key, value in self.given.items():
            if key.startswith(prefix):
                head, _, rest = key.removeprefix(prefix).partition(".")
                if rest and head.isdecimal():
                    found.setdefault(int(head), {})[rest] = value
        return [found[number] for number in sorted(found)]

    def ids(self, name: str, code: str = "", most: int = 100) -> list[str]:
        """Reads a JSON list of at most 100 ids.

        Raises:
            ApiError: It is not such a list: `code`, by default `InvalidParameter`.
        """
        text = self.text(name)
        if not text:
            return []
        refusal = ApiError(
            code or "InvalidParameter", "" if code else f'The specified parameter "{name}" is not valid.'
        )
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            # "Separate multiple IDs with commas (,)": a plain list is accepted where it costs nothing.
            found = text.split(",") if text[0] not in '["{' else None
        if isinstance(found, str):
            found = [found]
        if (
            not isinstance(found, list)
            or not all(isinstance(each, str) for each in found)
            or len(found) > most
        ):
            raise refusal
        return [each.strip() for each in found]
