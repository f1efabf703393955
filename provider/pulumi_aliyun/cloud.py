"""The only door to the vendor's SDKs: clients, credentials, endpoints, retries.

An operation is called by its name with the parameters as the API reference writes them, and its answer comes
back the same way. The SDKs take most of a second to import, so they are imported by the first call.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import logging
import os
import random
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from . import answers, assumed, configuration, pace, sdk_models, wire
from .bridge import WORKERS, Operation
from .errors import (
    EXPIRED,
    THROTTLING,
    TRANSIENT,
    UNDER_WAY,
    AliyunError,
    ApiError,
    InvalidInput,
    NoAnswer,
    NoCredentials,
    TimedOut,
)
from .redaction import keep, without_secrets

T = TypeVar("T")

RETRY_BUDGET_S = 180.0
"""How long one call is tried again while the API throttles, is unavailable or breaks connections."""

UNREACHABLE_BUDGET_S = 15.0
"""How long one call is tried again while nobody is there at all."""

NONSENSE_BUDGET_S = 60.0
"""How long one call is tried again while what answers doesn't seem to be the API."""

THROTTLED_MOST_S = 2.0
"""The longest pause of one that was throttled: its operation's queue has the right pace."""

UNDER_WAY_S = 0.7
"""How often the same call is made while the API is still at it."""

Parameters = Mapping[str, Any]
Answer = dict[str, Any]
Item = dict[str, Any]

_configuration = configuration.Configuration()
_refusal: InvalidInput | None = None


def configure(lookup: configuration.Lookup) -> None:
    """Take the run's configuration; the engine hands it over once per provider process."""
    global _configuration, _refusal  # noqa: PLW0603 - one configuration per process, as the engine has it
    _configuration, _refusal = configuration.Configuration(), None
    try:
        _configuration = configuration.load(lookup)
    except InvalidInput as error:
        _refusal = error  # the engine would show a traceback: whoever asks first says it
    for made in (_new_client, _credential):
        made.cache_clear()


def refuse_misconfiguration() -> None:
    """Raise if the configuration has a value that can't be meant."""
    if _refusal is not None:
        raise InvalidInput(str(_refusal))


def region() -> str:
    """The configured region, or "" when there is none."""
    return _configuration.region


def caller() -> str:
    """A short name for who calls which cloud, the same in every run; "" where the credentials don't tell. No secret."""
    given = _configuration.assume_role.get("roleArn") or _lasting_access_key()
    where = sorted(_configuration.endpoints.items())
    return hashlib.sha256(f"{given} {where}".encode()).hexdigest()[:12] if given else ""


def _lasting_access_key() -> str:
    found = _found_credential()
    return "" if found is None or found.security_token else str(found.access_key_id or "")


def _found_credential() -> Any:
    """What calls are signed with; None where there is nothing: the next call says what is wrong with it."""
    try:
        return _credential().get_credential()
    except Exception:  # noqa: BLE001 - whatever a source of credentials may raise
        return None


def has_endpoint(product: str) -> bool:
    """Whether the user has named an endpoint for a product."""
    return bool(_configuration.endpoints.get(product))


# ---- one call ----------------------------------------------------------------------------------------------


def ecs(
    operation: Operation, region_id: str, action: str, parameters: Parameters, *, repeatable: bool = True
) -> Answer:
    """Call an operation of ECS in a region.

    Args:
        operation: The engine's call.
        region_id: The region.
        action: The operation's name.
        parameters: Its parameters.
        repeatable: Whether the call does no harm if it is carried out a second time, a while later.
    """
    models = sdk_models.of("alibabacloud_ecs20140526")
    send = _sender("ecs", region_id, models, action, parameters)
    return _retried(operation, action, send, repeatable=repeatable)


def bss(operation: Operation, action: str, parameters: Parameters, *, site: str) -> Answer:
    """Call an operation of BSS at the site of a region; `Success: false` inside HTTP 200 is an error."""
    models = sdk_models.of("alibabacloud_bssopenapi20171214")
    return _retried(operation, action, _sender("bssopenapi", site, models, action, parameters))


def shares_of(operation: Operation, region_id: str, resource_id: str) -> list[Item]:
    """The resource shares that a resource is in."""
    action = "ListResourceShareAssociations"
    query = {"RegionId": region_id, "AssociationType": "Resource", "ResourceId": resource_id}
    send = functools.partial(_called, _client("resourcesharing", region_id), action, "2020-01-10", query)
    return listed(_retried(operation, action, send), "ResourceShareAssociations")


def _called(client: Any, action: str, version: str, query: Parameters) -> Answer:
    """Call an operation that no SDK of ours has a method for."""
    from alibabacloud_tea_openapi.utils_models import OpenApiRequest, Params
    from darabonba.runtime import RuntimeOptions

    params = Params(
        action=action,
        version=version,
        protocol="HTTPS",
        pathname="/",
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    given = {name: str(value) for name, value in query.items() if value is not None}
    send = functools.partial(client.call_api, params, OpenApiRequest(query=given), RuntimeOptions())
    return _logged(action, lambda: _once(action, lambda: send()["body"]))


_changes: list[str] = []


def changes() -> int:
    """How often a call of this process that may have changed something has begun, or ended."""
    return len(_changes)


def _noted(action: str) -> None:
    if not wire.reads(action):
        _changes.append(action)


def _retried(
    operation: Operation, action: str, send: Callable[[], Answer], *, repeatable: bool = True
) -> Answer:
    seen, renewed = 0, False

    def once() -> Answer:
        nonlocal seen
        seen = _renewals
        pace.of(action).wait(operation)
        _noted(action)
        try:
            answer = wire.answered(operation, action, send, repeatable=repeatable)
        except ApiError as error:
            if error.code in THROTTLING and not error.wants_rest:
                pace.of(action).throttled()
            raise
        finally:
            _noted(action)
        pace.of(action).answered()
        return answer

    def worth_it(error: BaseException) -> bool:
        nonlocal renewed
        if isinstance(error, ApiError) and error.code in EXPIRED:
            before, renewed = renewed, True
            return not before and _renewed(seen)
        if not isinstance(error, (ApiError, NoAnswer)) or not error.retryable:
            return False
        why = error.reason if isinstance(error, NoAnswer) else error.code
        operation.say(f"{action}: {why}; trying again ({operation.passed():.0f} s)")
        return True

    return _persistently(operation, once, worth_it, RETRY_BUDGET_S, _Pauses(0.05, 5.0))


def patiently(operation: Operation, call: Callable[[], Answer], *, limit: float | None = None) -> Answer:
    """Make a call that the API refuses while its resource is between two states, until it doesn't.

    Args:
        operation: The engine's call.
        call: The call.
        limit: Seconds to go on for; as long as the operation may wait, if none is given.
    """

    def between_states(error: BaseException) -> bool:
        if not isinstance(error, ApiError) or not (error.code in TRANSIENT or error.wants_rest):
            return False
        why = "allowed once in 5 minutes" if error.wants_rest else error.code
        operation.say(f"{error.action}: {why}; trying again ({operation.passed():.0f} s)")
        return True

    return _persistently(operation, call, between_states, limit or operation.limit, _Pauses(0.5, 10.0))


def _persistently(
    operation: Operation,
    call: Callable[[], T],
    worth_it: Callable[[BaseException], bool],
    budget: float,
    pauses: _Pauses,
) -> T:
    """Make a call again while it fails with what is worth it: backoff, jitter, and an end.

    Raises:
        TimedOut: The time that the user allows for the operation would not suffice for another try.
        Interrupted: The run is being cancelled; a pause ends at once then.
    """
    import tenacity

    left = operation.left()

    def attempt() -> T:
        operation.stop_if_abandoned()
        return call()

    def spent(state: tenacity.RetryCallState) -> float:
        return (state.seconds_since_start or 0.0) + state.upcoming_sleep

    def enough(state: tenacity.RetryCallState) -> bool:
        error = _failure(state)
        limit = error.budget if isinstance(error, NoAnswer) else budget
        return spent(state) > min(limit, budget, left)

    def last(state: tenacity.RetryCallState) -> T:
        error = _failure(state)
        if isinstance(error, AliyunError):
            error.tried = state.seconds_since_start or 0.0
        if spent(state) > left:
            raise TimedOut(
                f"{error}\n  custom_timeouts allows {operation.timeout:.0f} s for it, and may allow more"
            ) from None
        raise error

    return tenacity.Retrying(
        retry=tenacity.retry_if_exception(worth_it),
        wait=lambda state: pauses.after(_failure(state)),
        stop=enough,
        retry_error_callback=last,
        sleep=operation.pause,
    )(attempt)


def _failure(state: Any) -> BaseException:
    error: BaseException = state.outcome.exception()
    return error


class _Pauses:
    """How long to wait before each further try: longer each time, never quite the same, or as the API says."""

    def __init__(self, first: float, most: float) -> None:
        self._next = first
        self._most = most

    def after(self, error: BaseException) -> float:
        """The pause that follows a failure."""
        jitter = random.uniform(0.7, 1.3)  # noqa: S311
        if isinstance(error, ApiError) and error.retry_after is not None:
            return error.retry_after * max(jitter, 1.0)
        if isinstance(error, ApiError) and error.code in UNDER_WAY:
            return jitter * UNDER_WAY_S
        throttled = isinstance(error, ApiError) and error.code in THROTTLING and not error.wants_rest
        most = THROTTLED_MOST_S if throttled else self._most
        pause, self._next = self._next, min(self._next * 1.5, self._most)
        return min(pause, most) * jitter


def _logged(action: str, once: Callable[[], Answer]) -> Answer:
    """One line per API call on stderr with PULUMI_ALIYUN_LOG=1: action, duration, outcome, RequestId."""
    if os.environ.get("PULUMI_ALIYUN_LOG") != "1":
        return once()
    started, outcome, request_id = time.monotonic(), "ok", ""
    try:
        answer = once()
        request_id = word(answer.get("RequestId"))
    except ApiError as error:
        outcome, request_id = f"{error.status} {error.code}", error.request_id
        raise
    except NoAnswer as error:
        outcome = error.reason
        raise
    finally:
        took = (time.monotonic() - started) * 1000
        print(f"aliyun {action} {took:.0f} ms {outcome} {request_id}", file=sys.stderr, flush=True)  # noqa: T201
    return answer


def _sender(
    product: str, region_id: str, models: Any, action: str, parameters: Parameters
) -> Callable[[], Answer]:
    """The call as the SDK makes it, any number of times."""
    from darabonba.runtime import RuntimeOptions

    _client(product, region_id)  # a configuration that can't be meant is refused before anything else
    given = {name: value for name, value in parameters.items() if value is not None}
    for name in _SECRET_PARAMETERS:
        keep(given.get(name))
    request = getattr(models, f"{action}Request")().from_map(given)
    if strangers := given.keys() - request.to_map().keys():
        raise TypeError(f"{action} has no {', '.join(sorted(strangers))}")  # the SDK would drop it silently

    def send() -> Any:
        method = getattr(_client(product, region_id), f"{_snake(action)}_with_options")
        return answers.read(action, given, method(request, RuntimeOptions()).body)

    return functools.partial(_logged, action, functools.partial(_once, action, send))


def _once(action: str, send: Callable[[], Any]) -> Answer:
    from alibabacloud_tea_openapi.exceptions import AlibabaCloudException

    try:
        answer = send()
    except AlibabaCloudException as error:
        raise _refused(action, error) from None
    except Exception as error:  # noqa: BLE001 - whatever the SDK makes of a broken answer
        raise _unanswered(action, error) from None
    if not isinstance(answer, dict) or not answer.get("RequestId"):
        raise NoAnswer(action, "the answer is not one of the API's", budget=NONSENSE_BUDGET_S)
    code = word(answer.get("Code"))
    if answer.get("Success") is False or (code not in _WELL and answer.get("Success") is None):
        raise ApiError(
            action,
            code or "Unknown",
            _sentence(str(answer.get("Message") or "")),
            request_id=word(answer.get("RequestId")),
        )
    return answer


_WELL = {"", "Success", "200"}
"""The codes of answers that refuse nothing."""

LONGEST_ID = 128
_NEVER_IN_IDS = {" ", ","}
"""A comma would make it two, where ids are listed."""


def new_id(action: str, found: Any, prefix: str = "") -> str:
    """The id that a creating call answered, if it can be one.

    Raises:
        NoAnswer: It can't; whether something was made is found out by the next run.
    """
    if (
        not isinstance(found, str)
        or not found
        or not found.startswith(prefix)
        or not found.isprintable()
        or set(found) & _NEVER_IN_IDS
        or len(found) > LONGEST_ID
    ):
        raise NoAnswer(action, f"it names no id that begins with {prefix!r}" if prefix else "it names no id")
    return found


_SECRET_PARAMETERS = ("Password", "UserData")


def _sentence(message: str) -> str:
    """The API's sentence, without what it quotes: a refused signature quotes the whole request."""
    message = message.split(" server string to sign", maxsplit=1)[0].split("\n", maxsplit=1)[0]
    return without_secrets(message)[:500]


def word(value: Any) -> str:
    """A code or an id out of an answer, if it can be one: else nothing, whatever stands in its place."""
    is_one = isinstance(value, str) and value.isprintable() and len(value) <= LONGEST_ID
    return value if is_one and value != "None" else ""


def _refused(action: str, error: Any) -> ApiError | NoAnswer:
    data = error.data if isinstance(error.data, dict) else {}
    status, retry_after = int(error.status_code or 400), getattr(error, "retry_after", None)
    code = word(data.get("Code") or error.code)
    if not code:
        return _nonsense(action, f"HTTP status {status} without a code of the API's", status)
    return ApiError(
        action,
        code,
        _sentence(str(data.get("Message") or "")),
        request_id=word(data.get("RequestId")),
        status=status,
        retry_after=retry_after / 1000 if isinstance(retry_after, (int, float)) else None,
    )


def _unanswered(action: str, error: BaseException) -> AliyunError:
    """Say what went wrong by its kind alone: the SDK's text quotes the request, passwords included."""
    chain = list(_chain(error))
    for part in chain:
        if isinstance(part, AliyunError):  # of another call, which was needed for this one
            return part
    kinds = {type(part).__name__ for part in chain}
    if isinstance(error, answers.Odd):
        return NoAnswer(action, str(error), budget=NONSENSE_BUDGET_S)
    if "CredentialException" in kinds:
        given = _configuration.credentials
        return NoCredentials(given.source, profile=bool(given.profile))
    for names, reason, budget, do in _NETWORK:
        if kinds & names:
            return NoAnswer(
                action, f"{reason} ({_tls_detail(error) or wire.came.host})", budget=budget, do=do
            )
    if not wire.came.status:
        return NoAnswer(action, "what came back could not be understood", budget=NONSENSE_BUDGET_S)
    kind = word(wire.came.kind.partition(";")[0]) or "something"
    what = "broken JSON" if kind.endswith("json") else kind
    return _nonsense(
        action,
        f"HTTP status {wire.came.status} with {what} in the place of the API's answer",
        wire.came.status,
    )


def _nonsense(action: str, reason: str, status: int) -> NoAnswer:
    """What isn't the API's: a broken service may recover, and who refuses in its place goes on refusing."""
    refused = 400 <= status < 500 and status not in _MAY_PASS_STATUS  # noqa: PLR2004
    budget = 0.0 if refused else RETRY_BUDGET_S if status >= 500 else NONSENSE_BUDGET_S  # noqa: PLR2004
    return NoAnswer(
        action,
        f"{reason} ({wire.came.host})",
        budget=budget,
        do="see who answers there: check the endpoint, and the proxy in between (HTTPS_PROXY, NO_PROXY)",
    )


_MAY_PASS_STATUS = frozenset({408, 425, 429})
"""Of the statuses that blame the caller, those that may pass."""


def _tls_detail(error: BaseException) -> str:
    """Why a TLS connection failed, in OpenSSL's own words."""
    parts = [part for part in _chain(error) if isinstance(part, ssl.SSLError)]
    details = [getattr(part, "verify_message", "") or part.reason for part in parts]
    return next((f"{wire.came.host}: {detail}" for detail in details if detail), "")


_CHECK_NETWORK = "check the network and the proxy settings (HTTPS_PROXY, NO_PROXY)"
_CHECK_TLS = (
    "have this machine trust the certificate of what answers there (a proxy that opens TLS has one of its own), "
    "check its clock, and whether an endpoint of yours speaks TLS (aliyun:protocol)"
)
_CHECK_ADDRESS = "check the region's name and aliyun:endpoints, and the network"

_NETWORK = (
    # what the SDK's error consists of, in plain words, how long to go on trying, and what a person can do
    (
        {"SSLError", "SSLCertVerificationError"},
        "the TLS connection failed",
        0.0,
        _CHECK_TLS,
    ),
    ({"TooLong"}, "it is longer than any of the API's", 0.0, "check the endpoint and the proxy settings"),
    ({"ProxyError"}, "the proxy refused the connection", UNREACHABLE_BUDGET_S, _CHECK_NETWORK),
    (
        {"NameResolutionError", "gaierror"},
        "the endpoint's name can't be resolved",
        UNREACHABLE_BUDGET_S,
        _CHECK_ADDRESS,
    ),
    (
        {"ConnectTimeout", "ConnectTimeoutError"},
        "the connection timed out",
        UNREACHABLE_BUDGET_S,
        _CHECK_ADDRESS,
    ),
    ({"ReadTimeout", "ReadTimeoutError"}, "no answer came in time", RETRY_BUDGET_S, _CHECK_NETWORK),
    ({"ConnectionRefusedError"}, "the connection was refused", UNREACHABLE_BUDGET_S, _CHECK_ADDRESS),
    (
        {"ConnectionError", "ConnectionResetError", "ProtocolError", "RetryError"},
        "the connection broke",
        RETRY_BUDGET_S,
        _CHECK_NETWORK,
    ),
)


def _chain(error: BaseException) -> Iterable[BaseException]:
    seen: set[int] = set()
    queue: list[Any] = [error]
    while queue:
        part = queue.pop()
        if isinstance(part, BaseException) and id(part) not in seen:
            seen.add(id(part))
            yield part
            inner = [part.__cause__, part.__context__, getattr(part, "inner_exception", None)]
            queue += [*inner, *part.args, getattr(part, "reason", None)]


def _snake(action: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in action).lstrip("_")


# ---- clients -----------------------------------------------------------------------------------------------

_clients_lock = threading.Lock()


def _client(product: str, region_id: str) -> Any:
    refuse_misconfiguration()
    with _clients_lock:
        return _new_client(product, region_id)


@functools.cache
def _new_client(product: str, region_id: str) -> Any:
    from alibabacloud_tea_openapi.utils_models import Config
    from darabonba.core import DaraCore

    wire.bound_answers(DaraCore)
    if os.environ.get("DEBUG", "").lower() == "sdk":
        del os.environ["DEBUG"]  # the SDK would print whole requests, passwords included
    config = Config(
        credential=_credential(),
        region_id=region_id,
        **_SDK,
    )
    config.endpoint, config.protocol = _endpoint(product)
    if product == "resourcesharing":
        from alibabacloud_tea_openapi.client import Client

        # Who answers for ECS at an address of the user's own is asked: a fake knows all products.
        config.endpoint = _endpoint("ecs")[0] or f"resourcesharing.{region_id}.aliyuncs.com"
        config.protocol = _endpoint("ecs")[1]
        return Client(config)
    if product == "ecs":
        from alibabacloud_ecs20140526.client import Client as EcsClient

        return EcsClient(config)
    if product == "bssopenapi":
        from alibabacloud_bssopenapi20171214.client import Client as BssClient

        return BssClient(config)
    from alibabacloud_tea_openapi.client import Client

    config.endpoint = config.endpoint or f"{product}.{region_id}.aliyuncs.com"
    return Client(config)


_SDK: dict[str, Any] = {
    "connect_timeout": int(wire.CONNECT_TIMEOUT_S * 1000),
    "read_timeout": int(wire.READ_TIMEOUT_S * 1000),
    "max_idle_conns": WORKERS,
    "user_agent": "pulumi-aliyun",
}
"""What the SDK would otherwise choose itself."""


_renewals = 0


def _renewed(seen: int) -> bool:
    """Whether the call that was refused may go through with other credentials: not where the source has the same.

    Those that can't be got at this moment are asked for by the next try, which is itself tried again.

    Args:
        seen: How often they had been renewed when the call was made.
    """
    global _renewals  # noqa: PLW0603 - the process's
    with _clients_lock:
        if _renewals == seen:
            before = _found_credential()
            for made in (_new_client, _credential):
                made.cache_clear()
            after = _found_credential()
            if before and after and after.security_token == before.security_token:
                return False
            _renewals += 1
        return True


def _endpoint(product: str) -> tuple[str | None, str]:
    """Host and protocol; without a host of the user's, the SDK knows the region's."""
    protocol = _configuration.protocol.lower()
    address = _configuration.endpoints.get(product, "")
    if "://" not in address:
        return address.rstrip("/") or None, protocol
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise InvalidInput(
            f"aliyun:endpoints.{product}: {address!r} is neither host[:port] nor an http(s) URL"
        )
    return parts.netloc, parts.scheme


@functools.cache
def _credential() -> Any:
    sdk_models.without_aiohttp()
    from alibabacloud_credentials import client
    from alibabacloud_credentials.provider import CLIProfileCredentialsProvider

    logging.getLogger("credentials").disabled = True  # it prints a traceback for each source that has none
    given, role = _configuration.credentials, _configuration.assume_role
    if role.get("roleArn"):
        if not given.access_key:
            raise InvalidInput(
                "aliyun:assumeRole needs an access key to assume the role with: set aliyun:accessKey and "
                "aliyun:secretKey, or ALIBABA_CLOUD_ACCESS_KEY_ID and …_SECRET; or describe the role in a profile"
            )
        life = int(role.get("sessionExpiration") or _SESSION_S)
        return client.Client(provider=assumed.Role(functools.partial(_assume, role, life), life))
    if given.profile:
        return client.Client(provider=CLIProfileCredentialsProvider(profile_name=given.profile))
    return _key() if given.access_key else client.Client()


def _key() -> Any:
    """The access key that the configuration names."""
    from alibabacloud_credentials import client, models

    given = _configuration.credentials
    return client.Client(
        models.Config(
            type="sts" if given.security_token else "access_key",
            access_key_id=given.access_key,
            access_key_secret=given.secret_key,
            security_token=given.security_token or None,
        )
    )


_SESSION_S = 3600


def _assume(role: Mapping[str, Any], life: int) -> Answer:
    """AssumeRole, with the access key that the configuration names."""
    from alibabacloud_tea_openapi.client import Client
    from alibabacloud_tea_openapi.utils_models import Config

    endpoint, protocol = _endpoint("sts")
    client = Client(
        Config(credential=_key(), endpoint=endpoint or "sts.aliyuncs.com", protocol=protocol, **_SDK)
    )
    query = {
        "RoleArn": role["roleArn"],
        "RoleSessionName": role.get("sessionName") or "pulumi-aliyun",
        "DurationSeconds": life,
        "Policy": role.get("policy"),
        "ExternalId": role.get("externalId"),
    }
    send = functools.partial(_called, client, "AssumeRole", "2015-04-01", query)
    return wire.answered(Operation(), "AssumeRole", send, repeatable=True)  # who needs it tries again


# ---- lists -------------------------------------------------------------------------------------------------


MOST_PAGES = 1000
"""Nobody has a hundred thousand of what is listed here: a list that goes on is none."""


def pages(
    operation: Operation, region_id: str, action: str, parameters: Parameters, key: str
) -> Iterable[Item]:
    """The items of all pages of a listing operation of ECS."""
    return itertools.chain.from_iterable(page_by_page(operation, region_id, action, parameters, key))


def page_by_page(
    operation: Operation, region_id: str, action: str, parameters: Parameters, key: str
) -> Iterator[list[Item]]:
    """The same, a list for each page."""
    token, before = None, {None}
    for _ in range(MOST_PAGES):
        answer = ecs(operation, region_id, action, {**parameters, "NextToken": token})
        yield listed(answer, key)
        token = answer.get("NextToken")
        if not token:
            return
        if token in before:
            break
        before.add(token)
    raise NoAnswer(action, "its pages have no end")


def listed(answer: Answer, key: str) -> list[Item]:
    """The items of a list that the API wraps in an object of one key; [] where it is absent."""
    return [item for item in answers.items(answer, key) or [] if item]
