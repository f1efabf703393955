"""Where region, credentials and endpoints come from: stack, pulumi-alicloud's stack keys, environment, chain.

Read on both sides: by the program (the region alone, for validation) and by the provider's process (all of
it). Nothing here imports an SDK.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import InvalidInput

Lookup = Callable[[str], "str | None"]
"""Reads one key of the stack's configuration, as `namespace:key`; None where it isn't set."""

_NAMESPACES = ("aliyun", "alicloud")
_STATIC = ("accessKey", "secretKey", "securityToken")
PRODUCTS = ("ecs", "bssopenapi", "sts")


@dataclass(frozen=True)
class Credentials:
    """One group of credentials, all from one source; with nothing set, the official chain is asked."""

    source: str = "the default credential chain"
    access_key: str = ""
    secret_key: str = field(default="", repr=False)
    security_token: str = field(default="", repr=False)
    profile: str = ""


@dataclass(frozen=True)
class Configuration:
    """The configuration of one run."""

    region: str = ""
    credentials: Credentials = field(default_factory=Credentials)
    assume_role: Mapping[str, Any] = field(default_factory=dict)
    endpoints: Mapping[str, str] = field(default_factory=dict)
    protocol: str = "HTTPS"


NO_REGION = (
    "region_id: no region is known; set one with `pulumi config set aliyun:region cn-hangzhou`, "
    "the environment variable ALIBABA_CLOUD_REGION_ID, or region_id on the resource"
)


def region(lookup: Lookup) -> str:
    """The configured region, or "" when there is none."""
    return _first(lookup, "region") or os.environ.get("ALIBABA_CLOUD_REGION_ID", "")


def load(lookup: Lookup) -> Configuration:
    """The whole configuration.

    Raises:
        InvalidInput: A key has a value that can't be meant.
    """
    protocol = (_first(lookup, "protocol") or "HTTPS").upper()
    if protocol not in {"HTTP", "HTTPS"}:
        raise InvalidInput(f"aliyun:protocol: {protocol!r} is not allowed; use HTTPS or HTTP")
    return Configuration(
        region=region(lookup),
        credentials=_credentials(lookup),
        assume_role=_object(lookup, "assumeRole"),
        endpoints=_endpoints(lookup),
        protocol=protocol,
    )


def _first(lookup: Lookup, key: str) -> str:
    return next((value for space in _NAMESPACES if (value := lookup(f"{space}:{key}"))), "")


def _credentials(lookup: Lookup) -> Credentials:
    for space in _NAMESPACES:
        access, secret, token = (lookup(f"{space}:{key}") or "" for key in _STATIC)
        if access or secret:
            if not (access and secret):
                missing = "secretKey" if access else "accessKey"
                raise InvalidInput(
                    f"{space}:{missing} is not set, though its other half is; "
                    f"set it with `pulumi config set --secret {space}:{missing} …`, or remove both"
                )
            return Credentials(f"the stack's configuration ({space}:)", access, secret, token)
        if profile := lookup(f"{space}:profile"):
            return Credentials(f"the profile {profile!r} ({space}:profile)", profile=profile)
    access = os.environ.get("ALIBABA_CLOUD_ACCESS_KEY_ID", "")
    secret = os.environ.get("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "")
    if access and secret:
        token = os.environ.get("ALIBABA_CLOUD_SECURITY_TOKEN", "")
        return Credentials("the environment (ALIBABA_CLOUD_ACCESS_KEY_ID)", access, secret, token)
    if profile := os.environ.get("ALIBABA_CLOUD_PROFILE", ""):
        return Credentials(f"the profile {profile!r} (ALIBABA_CLOUD_PROFILE)", profile=profile)
    return Credentials()


def _endpoints(lookup: Lookup) -> dict[str, str]:
    found = {key: str(value) for key, value in _object(lookup, "endpoints").items() if value}
    for product in PRODUCTS:
        if product not in found and (url := os.environ.get(f"ALIBABA_CLOUD_ENDPOINT_{product.upper()}")):
            found[product] = url
    return found


def _object(lookup: Lookup, key: str) -> dict[str, Any]:
    """An object of the configuration, as JSON text; pulumi-alicloud also takes a list with one of them."""
    text = _first(lookup, key)
    if not text:
        return {}
    try:
        value = json.loads(text)
    except ValueError:
        raise InvalidInput(
            f"aliyun:{key} is not an object; set its parts with `pulumi config set --path 'aliyun:{key}.…' …`"
        ) from None
    if isinstance(value, list):
        value = {name: part for item in value if isinstance(item, dict) for name, part in item.items()}
    if not isinstance(value, dict):
        raise InvalidInput(
            f"aliyun:{key} is not an object; set its parts with `pulumi config set --path 'aliyun:{key}.…' …`"
        )
    return value
