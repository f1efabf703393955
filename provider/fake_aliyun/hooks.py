"""What only the console, other products or fate can do to resources; for tests, by the control plane."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fake_aliyun.cloud import Cloud

Body = Mapping[str, Any]


def mapping(given: Any) -> dict[str, Any]:
    """Checks that a value is a mapping."""
    if not isinstance(given, dict):
        raise ValueError(f"{given!r} is not a JSON object")
    return given


def number(name: str, given: Any) -> float:
    """Checks that a value is a number."""
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not -1e12 < given < 1e12:
        raise ValueError(f"{name!r} is a number, not {given!r}")
    return float(given)


def _add_account(cloud: Cloud, resource_id: str, given: Body) -> Any:  # noqa: ARG001
    known = {"access_key_id", "access_key_secret", "account_id", "vno", "arn"}
    if set(given) - known or not given.get("access_key_id") or not given.get("access_key_secret"):
        raise ValueError(
            f"an account has access_key_id and access_key_secret; known: {', '.join(sorted(known))}"
        )
    account = cloud.add_account(
        str(given["access_key_id"]),
        str(given["access_key_secret"]),
        account_id=str(given.get("account_id", "")),
        vno=given.get("vno"),
        arn=str(given.get("arn", "")),
    )
    return {"account_id": account.id}


HOOKS: dict[str, Callable[[Cloud, str, Body], Any]] = {
    "accounts": _add_account,
}
