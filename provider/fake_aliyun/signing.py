"""Verifies who asks: ACS3-HMAC-SHA256 and RPC v1, freshness, nonces and STS tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import quote

from fake_aliyun.clock import parse_utc
from fake_aliyun.errors import ApiError

if TYPE_CHECKING:
    from fake_aliyun.accounts import Credential
    from fake_aliyun.request import Request

# Assumption: a request is stale 15 minutes before or after the server's time, and a nonce is remembered as
# long. The time is the machine's, not the fake's clock: clients sign with their own.
FRESH_S = 15 * 60
_SHORT = 40
_ACS3 = re.compile(r"ACS3-HMAC-SHA256 Credential=([^,]*), ?SignedHeaders=([^,]*), ?Signature=([0-9a-fA-F]*)")
# Assumption: the headers that carry the request's meaning have to be signed where they are sent.
_MUST_BE_SIGNED = ("host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce")


@dataclass
class Claim:
    """What a request says about its sender, before any of it is believed."""

    access_key_id: str
    token: str
    timestamp: str
    nonce: str
    signature: str


class Nonces:
    """Remembers nonces for at least `FRESH_S`, in two generations."""

    def __init__(self) -> None:
        self._new: set[int] = set()
        self._old: set[int] = set()
        self._turned = time.monotonic()
        self._lock = Lock()

    def use(self, access_key_id: str, nonce: str) -> bool:
        """Takes a nonce; tells whether it was unused."""
        key = hash((access_key_id, nonce))
        with self._lock:
            if time.monotonic() - self._turned > 2 * FRESH_S:
                self._new, self._old, self._turned = set(), self._new, time.monotonic()
            if key in self._new or key in self._old:
                return False
            self._new.add(key)
        return True


def verify(request: Request, credentials: Mapping[str, Credential], nonces: Nonces, now: float) -> Credential:
    """Finds out who sent a request.

    Args:
        request: The request.
        credentials: The known credentials by access key.
        nonces: The nonces used so far.
        now: The fake's time, for the expiry of STS tokens.

    Raises:
        ApiError: It is not what a holder of the secret has signed just now.
    """
    acs3 = "authorization" in request.headers
    claim = _claim_acs3(request) if acs3 else _claim_v1(request)
    credential = credentials.get(claim.access_key_id)
    if credential is None:
        raise ApiError("InvalidAccessKeyId.NotFound")
    _check_fresh(claim)
    expected = _sign_acs3(request, credential.secret) if acs3 else _sign_v1(request, credential.secret)
    if not hmac.compare_digest(expected.encode(), claim.signature.encode()):
        raise ApiError(
            "SignatureDoesNotMatch",
            f"Specified signature is not matched with our calculation. server string to sign"
            f" is:{_to_sign(request)}",
        )
    _check_token(claim, credential, now)
    if not nonces.use(claim.access_key_id, claim.nonce):
        raise ApiError("SignatureNonceUsed")
    return credential


def _claim_acs3(request: Request) -> Claim:
    found = _ACS3.fullmatch(request.headers["authorization"])
    if found is None:
        raise ApiError("IncompleteSignature")
    signed = found[2].split(";")
    for name in _MUST_BE_SIGNED:
        if name in request.headers and name not in signed:
            raise ApiError("IncompleteSignature")
    if any(name not in request.headers for name in signed):
        raise ApiError("IncompleteSignature")
    return Claim(
        access_key_id=found[1],
        token=request.headers.get("x-acs-security-token", ""),
        timestamp=request.headers.get("x-acs-date", ""),
        nonce=request.headers.get("x-acs-signature-nonce", ""),
        signature=found[3].lower(),
    )


def _claim_v1(request: Request) -> Claim:
    given = request.params
    for name in ("AccessKeyId", "Signature"):
        if not given.get(name):
            raise ApiError(f"Missing{name}")
    if given.get("SignatureMethod", "HMAC-SHA1") not in _DIGESTS:
        raise ApiError("UnsupportedSignatureMethod")
    if given.get("SignatureVersion", "1.0") != "1.0":
        raise ApiError("IncompleteSignature")
    return Claim(
        access_key_id=given["AccessKeyId"],
        token=given.get("SecurityToken", ""),
        timestamp=given.get("Timestamp", ""),
        nonce=given.get("SignatureNonce", ""),
        signature=given["Signature"],
    )


def _check_fresh(claim: Claim) -> None:
    if not claim.timestamp:
        raise ApiError("MissingTimestamp")
    if not claim.nonce:
        raise ApiError("MissingSignatureNonce")
    moment = parse_utc(claim.timestamp)
    if moment is None:
        raise ApiError("InvalidTimeStamp.Format")
    if abs(moment - time.time()) > FRESH_S:
        raise ApiError("InvalidTimeStamp.Expired")


def _check_token(claim: Claim, credential: Credential, now: float) -> None:
    if claim.token == credential.token:
        if credential.expires is not None and now >= credential.expires:
            raise ApiError("InvalidSecurityToken.Expired")
        return
    if not claim.token:
        raise ApiError("MissingSecurityToken")
    if not credential.token:
        raise ApiError("InvalidSecurityToken.MismatchWithAccessKey")
    raise ApiError("InvalidSecurityToken.Malformed")


def _encode(text: str) -> str:
    return _encode_short(text) if len(text) <= _SHORT else quote(text, safe="~")


@lru_cache(maxsize=4096)
def _encode_short(text: str) -> str:
    """Encodes what is likely to come again, such as names."""
    return quote(text, safe="~")


_DIGESTS = {"HMAC-SHA1": "sha1", "HMAC-SHA256": "sha256"}


def string_to_sign_v1(method: str, params: Mapping[str, str]) -> str:
    """Writes what RPC v1 signs: the method, a slash and the sorted parameters, each percent-encoded."""
    query = "&".join(
        f"{_encode(name)}={_encode(params[name])}" for name in sorted(params) if name != "Signature"
    )
    # Of what needs encoding, an encoded query has only these.
    again = query.replace("%", "%25").replace("=", "%3D").replace("&", "%26")
    return f"{method}&%2F&{again}"


def signature_v1(method: str, params: Mapping[str, str], secret: str) -> str:
    """Signs as RPC v1 does: base64 of the HMAC of the string to sign, keyed by the secret and `&`."""
    digest = _DIGESTS[params.get("SignatureMethod", "HMAC-SHA1")]
    signed = hmac.digest(f"{secret}&".encode(), string_to_sign_v1(method, params).encode(), digest)
    return base64.b64encode(signed).decode()


def _sign_v1(request: Request, secret: str) -> str:
    return signature_v1(request.method, request.params, secret)


def canonical_request(request: Request) -> str:
    """Writes the canonical request of ACS3: method, path, query, headers, their names, the body's hash."""
    found = _ACS3.fullmatch(request.headers["authorization"])
    names = found[2] if found else ""
    # Clients may sort the query by name or by the encoded pair; names come once, so it is the same.
    query = "&".join(f"{_encode(name)}={_encode(value)}" for name, value in sorted(request.query.items()))
    headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in names.split(";"))
    body = hashlib.sha256(request.body).hexdigest()
    return f"{request.method}\n{request.path}\n{query}\n{headers}\n{names}\n{body}"


def _sign_acs3(request: Request, secret: str) -> str:
    hashed = hashlib.sha256(canonical_request(request).encode("utf-8", "surrogateescape")).hexdigest()
    return hmac.digest(secret.encode(), f"ACS3-HMAC-SHA256\n{hashed}".encode(), "sha256").hex()


def _to_sign(request: Request) -> str:
    if "authorization" in request.headers:
        return canonical_request(request)
    return string_to_sign_v1(request.method, request.params)
