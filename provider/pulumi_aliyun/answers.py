"""Whether what came back is the API's answer: values of the declared kinds, lists that are there, items as asked for.

A proxy, a broken service or another service at the same address may answer anything. What isn't believed here
counts as no answer, so that nothing is held to be gone, or to be ours, because of it.
"""

from __future__ import annotations

import functools
import json
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any

LISTS = {
    "DescribeCapacityReservations": ("CapacityReservationSet", "PrivatePoolOptionsId"),
    "DescribeInstances": ("Instances", "InstanceId"),
    "DescribeInstanceAttachmentAttributes": ("Instances", "InstanceId"),
    "DescribeInstanceAutoRenewAttribute": ("InstanceRenewAttributes", "InstanceId"),
    "DescribeInstanceRamRole": ("InstanceRamRoleSets", "InstanceId"),
    "DescribeDisks": ("Disks", "DiskId"),
    "QueryAvailableInstances": ("Data", "InstanceID"),
}
"""What operations list, and under which name each item has its id."""


COUNTED = frozenset({"Data"})
"""Lists whose length always stands beside them."""


class Odd(Exception):
    """What came back isn't the API's; the text says what is wrong with it."""


def read(action: str, parameters: Mapping[str, Any], body: Any) -> dict[str, Any]:
    """The answer that the SDK has made of what came back, if it can be believed.

    Args:
        action: The operation's name.
        parameters: What it was called with.
        body: The SDK's model of the answer.

    Raises:
        Odd: It can't.
    """
    _read_values(body)
    answer = body.to_map()
    if not isinstance(answer, dict) or not answer.get("RequestId"):
        raise Odd("it has no RequestId")
    if action in LISTS and answer.get("Success") is not False:
        key, name = LISTS[action]
        _believe(items(answer, key), _total(answer), key, name, _asked_for(parameters))
    return typing.cast("dict[str, Any]", answer)


def items(answer: Mapping[str, Any], key: str) -> list[Any] | None:
    """The list that the API wraps in objects under a key; None where it is absent."""
    wrapped = answer.get(key)
    while isinstance(wrapped, dict):
        wrapped = next((value for value in wrapped.values() if isinstance(value, (dict, list))), None)
    return wrapped if isinstance(wrapped, list) else None


def _believe(found: list[Any] | None, total: int | None, key: str, name: str, asked: set[str] | None) -> None:
    if found is None and total != 0:
        raise Odd(f"it has no list of {key}")
    if not found and asked is not None and (total or (total is None and key in COUNTED)):
        raise Odd(f"its list of {key} is empty, and it counts {total}")
    for item in found or []:
        if not item.get(name):
            raise Odd(f"an item of {key} has no {name}")
        if asked is not None and item[name] not in asked:
            raise Odd(f"an item of {key} is another than asked for")


def _total(answer: Mapping[str, Any]) -> int | None:
    data = answer.get("Data")
    total = (data if isinstance(data, Mapping) else answer).get("TotalCount")
    return total if isinstance(total, int) else None


def _asked_for(parameters: Mapping[str, Any]) -> set[str] | None:
    """The ids that were asked for; None if any will do."""
    pool = parameters.get("PrivatePoolOptions")
    ids = parameters.get("InstanceIds") or (pool.get("Ids") if isinstance(pool, Mapping) else None)
    if parameters.get("InstanceIDs"):
        return set(str(parameters["InstanceIDs"]).split(","))
    return set(json.loads(ids)) if isinstance(ids, str) else None


# ---- values ------------------------------------------------------------------------------------------------


def _read_values(model: Any) -> None:
    """Give each value of a model the type that the SDK declares; raise where it can't have it."""
    for name, kind in _declared(type(model)):  # type: ignore[arg-type]
        value = getattr(model, name, None)
        for each in value if isinstance(value, list) else (value,):
            if hasattr(each, "to_map"):
                _read_values(each)
        if kind is not None and value is not None:
            setattr(model, name, _value(name, kind, value))


@functools.cache
def _declared(model: type) -> list[tuple[str, Any]]:
    """A model's attributes; with their type where that is a plain one, or a list of such."""
    hints = typing.get_type_hints(model.__init__)  # type: ignore[misc]
    return [(name, _plain(hint)) for name, hint in hints.items() if name != "return"]


def _plain(hint: Any) -> Any:
    options = [each for each in _options(hint) if each is not type(None)]
    hint = options[0] if len(options) == 1 else hint
    if typing.get_origin(hint) is list:
        (element,) = typing.get_args(hint)
        return (element,) if element in _READERS else None
    return hint if hint in _READERS else None


def _options(hint: Any) -> Iterable[Any]:
    is_union = typing.get_origin(hint) in {typing.Union, types.UnionType}
    return typing.get_args(hint) if is_union else (hint,)


def _value(name: str, kind: Any, value: Any) -> Any:
    is_list = isinstance(kind, tuple)
    if is_list != isinstance(value, list):
        raise Odd(f"its {name} is {'no' if is_list else 'a'} list")
    reader = _READERS[kind[0] if is_list else kind]
    try:
        return [reader(each) for each in value if each is not None] if is_list else reader(value)
    except (TypeError, ValueError, OverflowError):
        raise Odd(f"its {name} is of another kind than the API's") from None


def _text(value: Any) -> str:
    if isinstance(value, (dict, list)):
        raise TypeError
    return value if isinstance(value, str) else json.dumps(value)


def _whole(value: Any) -> int:
    number = int(value)
    if not isinstance(value, str) and number != value:
        raise ValueError
    return number


def _yes(value: Any) -> bool:
    if value in (True, "true", "True"):
        return True
    if value in (False, "false", "False"):
        return False
    raise ValueError


_READERS: dict[Any, Any] = {str: _text, int: _whole, float: float, bool: _yes}
"""How a value is read that the SDK declares as such: some services write numbers as text, or text as numbers."""
