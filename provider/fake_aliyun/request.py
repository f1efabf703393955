"""A request as it came over the wire, and the answer as it goes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

# Where the control plane is, beside the API.
CONTROL = "/_fake/"
# What the protocol itself uses; everything else in query and form is a business parameter.
COMMON = frozenset(
    {
        "Action",
        "Version",
        "Format",
        "AccessKeyId",
        "Signature",
        "SignatureMethod",
        "SignatureVersion",
        "SignatureNonce",
        "SignatureType",
        "Timestamp",
        "SecurityToken",
        "BearerToken",
    }
)


@dataclass
class Request:
    """One HTTP request; header names are in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    form: dict[str, str] = field(default_factory=dict)

    @cached_property
    def params(self) -> dict[str, str]:
        """Query and form together."""
        return {**self.query, **self.form}

    @cached_property
    def business(self) -> dict[str, str]:
        """The parameters without those of the protocol."""
        return {name: value for name, value in self.params.items() if name not in COMMON}

    @property
    def action(self) -> str:
        """The operation that is asked for; empty when none is."""
        return self.headers.get("x-acs-action") or self.params.get("Action", "")

    @property
    def version(self) -> str:
        """The version of the API, which also tells the product."""
        return self.headers.get("x-acs-version") or self.params.get("Version", "")

    @property
    def wants_xml(self) -> bool:
        """Whether the answer is to be XML.

        RPC v1 answers XML unless asked for JSON; ACS3 answers JSON unless asked for XML.
        """
        if "authorization" in self.headers:
            return "xml" in self.headers.get("accept", "")
        return self.params.get("Format", "XML").upper() != "JSON"


@dataclass
class Reply:
    """One HTTP answer, and what is to be done to the connection with it.

    Attributes:
        status: The HTTP status.
        body: The body.
        content_type: Its type.
        headers: Further headers.
        truncate: How many bytes of the body are sent before the connection ends; none is all.
        reset: Whether the connection ends by RST: instead of the answer, or where it is cut.
    """

    status: int
    body: bytes
    content_type: str = "application/json;charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    truncate: int | None = None
    reset: bool = False
