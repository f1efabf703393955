"""The only door to the vendor's SDKs: clients, credentials, endpoints, retries, shared polls.

An operation is called by its name with the parameters as the API reference writes them, and its answer comes
back the same way. The SDKs take most of a second to import, so they are imported by the first call.
"""

from __future__ import annotations

import functools
import logging
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus, urlsplit

from . import configuration
from .bridge import Operation, cancelled
from .errors import TRANSIENT, ApiError, InvalidInput, NoAnswer, NoCredentials

T = TypeVar("T")

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 10.0
RETRY_BUDGET_S = 180.0
"""How long one call is tried again while the API throttles, is unavailable or breaks connections."""

UNREACHABLE_BUDGET_S = 15.0
"""How long one call is tried again while nobody is there at all."""

Parameters = Mapping[str, Any]
Answer = dict[str, Any]
Item = dict[str, Any]

_configuration = configuration.Configuration()


def configure(lookup: configuration.Lookup) -> None:
    """Take the run's configuration; the engine hands it over once per provider process."""
    global _configuration  # noqa: PLW0603 - one configuration per process, as the engine has it
    _configuration = configuration.load(lookup)
    for made in (_new_client, _credential):
        made.cache_clear()


def region() -> str:
    """The configured region, or "" when there is none."""
    return _configuration.region


# ---- one call ----------------------------------------------------------------------------------------------


def ecs(operation: Operation, region_id: str, action: str, parameters: Parameters) -> Answer:
    """Call an operation of ECS in a region."""
    return _retried(operation, action, functools.partial(_ecs_once, region_id, action, parameters))


def bss(operation: Operation, action: str, parameters: Parameters) -> Answer:
    """Call an operation of BSS; an answer of `Success: false` inside HTTP 200 is an error."""
    return _retried(operation, action, functools.partial(_bss_once, action, parameters))


def _ecs_once(region_id: str, action: str, parameters: Parameters) -> Answer:
    from alibabacloud_ecs20140526 import models

    return _once(_client("ecs", region_id), models, action, parameters)


def _bss_once(action: str, parameters: Parameters) -> Answer:
    from alibabacloud_bssopenapi20171214 import models

    site = _configuration.region or "cn-hangzhou"
    answer = _once(_client("bssopenapi", site), models, action, parameters)
    if answer.get("Success") is False:
        raise ApiError(
            action,
            str(answer.get("Code", "")),
            str(answer.get("Message", "")),
            request_id=str(answer.get("RequestId", "")),
        )
    return answer


def _retried(operation: Operation, action: str, once: Callable[[], Answer]) -> Answer:
    import stamina

    stamina.instrumentation.set_on_retry_hooks([])  # its own would print a line per retry

    started = time.monotonic()

    def again(error: Exception) -> bool | float:
        if cancelled.is_set() or not isinstance(error, (ApiError, NoAnswer)) or not error.retryable:
            return False
        if isinstance(error, NoAnswer):
            budget = UNREACHABLE_BUDGET_S if error.unreachable else RETRY_BUDGET_S
            operation.say(f"{action}: {error.reason}; trying again")
            return time.monotonic() - started < budget
        operation.say(f"{action}: {error.code}; trying again")
        if error.retry_after is not None:
            return error.retry_after * random.uniform(1.0, 1.2)  # noqa: S311 - jitter
        return True

    for attempt in stamina.retry_context(
        on=again, attempts=None, timeout=RETRY_BUDGET_S, wait_initial=0.2, wait_max=8.0, wait_jitter=0.4
    ):
        with attempt:
            operation.stop_if_abandoned()
            return _logged(action, once)
    raise AssertionError(action)


def patiently(operation: Operation, limit: float, call: Callable[[], Answer]) -> Answer:
    """Make a call that the API refuses while its resource is between two states, until it doesn't."""
    import stamina

    def between_states(error: Exception) -> bool:
        if not isinstance(error, ApiError) or error.code not in TRANSIENT or cancelled.is_set():
            return False
        operation.say(f"{error.action}: {error.code}; trying again")
        return True

    for attempt in stamina.retry_context(
        on=between_states, attempts=None, timeout=limit, wait_initial=0.5, wait_max=10.0, wait_jitter=0.5
    ):
        with attempt:
            operation.stop_if_abandoned()
            return call()
    raise AssertionError


def _logged(action: str, once: Callable[[], Answer]) -> Answer:
    """One line per API call on stderr with PULUMI_ALIYUN_LOG=1: action, duration, outcome, RequestId."""
    if os.environ.get("PULUMI_ALIYUN_LOG") != "1":
        return once()
    started, outcome, request_id = time.monotonic(), "ok", ""
    try:
        answer = once()
        request_id = str(answer.get("RequestId", ""))
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


def _once(client: Any, models: Any, action: str, parameters: Parameters) -> Answer:
    from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
    from darabonba.runtime import RuntimeOptions

    given = {name: value for name, value in parameters.items() if value is not None}
    request = getattr(models, f"{action}Request")().from_map(given)
    if strangers := given.keys() - request.to_map().keys():
        raise TypeError(f"{action} has no {', '.join(sorted(strangers))}")  # the SDK would drop it silently
    method = getattr(client, f"{_snake(action)}_with_options")
    try:
        body = method(request, RuntimeOptions()).body
        answer = body.to_map()
    except AlibabaCloudException as error:
        raise _refused(action, error, parameters) from None
    except Exception as error:  # noqa: BLE001 - whatever the SDK makes of a broken answer
        raise _unanswered(action, error) from None
    if not isinstance(answer, dict) or not answer.get("RequestId"):
        raise NoAnswer(action, "the answer is not one of the API's")
    return answer


LONGEST_ID = 128


def new_id(action: str, found: Any, prefix: str = "") -> str:
    """The id that a creating call answered, if it can be one.

    Raises:
        NoAnswer: It can't; whether something was made is found out by the next run.
    """
    if (
        not isinstance(found, str)
        or not found.startswith(prefix)
        or not found.isprintable()
        or len(found) > LONGEST_ID
    ):
        raise NoAnswer(action, f"it names no {prefix}… id" if prefix else "it names no id")
    return found


_SECRET_PARAMETERS = frozenset({"Password", "UserData"})


def _sentence(message: str, parameters: Parameters) -> str:
    """The API's sentence, without what it quotes: a refused signature quotes the whole request."""
    message = message.split(" server string to sign", maxsplit=1)[0].split("\n", maxsplit=1)[0]
    for name in _SECRET_PARAMETERS & parameters.keys():
        for written in (
            str(parameters[name]),
            quote(str(parameters[name]), safe=""),
            quote_plus(str(parameters[name])),
        ):
            if written:
                message = message.replace(written, "[secret]")
    return message[:500]


def _refused(action: str, error: Any, parameters: Parameters) -> ApiError:
    data = error.data if isinstance(error.data, dict) else {}
    retry_after = getattr(error, "retry_after", None)
    return ApiError(
        action,
        str(error.code or data.get("Code") or "Unknown"),
        _sentence(str(data.get("Message") or error.message or ""), parameters),
        request_id=str(data.get("RequestId") or error.request_id or ""),
        status=int(error.status_code or 400),
        retry_after=retry_after / 1000 if isinstance(retry_after, (int, float)) else None,
    )


def _unanswered(action: str, error: BaseException) -> NoAnswer | NoCredentials:
    """Say what went wrong by its kind alone: the SDK's text quotes the request, passwords included."""
    kinds = {type(part).__name__ for part in _chain(error)}
    if "CredentialException" in kinds:
        return NoCredentials(_configuration.credentials.source)
    for names, reason, retryable, unreachable in _NETWORK:
        if kinds & names:
            return NoAnswer(action, reason, retryable=retryable, unreachable=unreachable)
    return NoAnswer(action, f"it could not be understood ({type(error).__name__})")


_NETWORK = (
    # what the SDK's error consists of, in plain words, whether to try again, whether nobody is there
    ({"SSLError", "SSLCertVerificationError"}, "the TLS connection failed", False, False),
    ({"ProxyError"}, "the proxy refused the connection", True, True),
    ({"NameResolutionError", "gaierror"}, "the endpoint's name can't be resolved", True, True),
    ({"ConnectTimeout", "ConnectTimeoutError"}, "the connection timed out", True, True),
    ({"ReadTimeout", "ReadTimeoutError"}, "no answer came in time", True, False),
    ({"ConnectionRefusedError"}, "the connection was refused", True, True),
    (
        {"ConnectionError", "ConnectionResetError", "ProtocolError", "RetryError"},
        "the connection broke",
        True,
        False,
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
    with _clients_lock:
        return _new_client(product, region_id)


@functools.cache
def _new_client(product: str, region_id: str) -> Any:
    from alibabacloud_tea_openapi.utils_models import Config

    if os.environ.get("DEBUG", "").lower() == "sdk":
        del os.environ["DEBUG"]  # the SDK would print whole requests, passwords included
    config = Config(
        credential=_credential(),
        region_id=region_id,
        connect_timeout=int(CONNECT_TIMEOUT_S * 1000),
        read_timeout=int(READ_TIMEOUT_S * 1000),
        user_agent="pulumi-aliyun",
    )
    config.endpoint, config.protocol = _endpoint(product)
    if product == "ecs":
        from alibabacloud_ecs20140526.client import Client as EcsClient

        return EcsClient(config)
    from alibabacloud_bssopenapi20171214.client import Client as BssClient

    return BssClient(config)


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
    from alibabacloud_credentials import client, models
    from alibabacloud_credentials.provider import CLIProfileCredentialsProvider

    logging.getLogger("credentials").disabled = True  # it prints a traceback for each source that has none
    given, role = _configuration.credentials, _configuration.assume_role
    if role.get("roleArn"):
        if not given.access_key:
            raise InvalidInput(
                "aliyun:assumeRole needs an access key to assume the role with: set aliyun:accessKey and "
                "aliyun:secretKey, or ALIBABA_CLOUD_ACCESS_KEY_ID and …_SECRET; or describe the role in a profile"
            )
        return client.Client(
            models.Config(
                type="ram_role_arn",
                access_key_id=given.access_key,
                access_key_secret=given.secret_key,
                security_token=given.security_token or None,
                role_arn=role["roleArn"],
                role_session_name=role.get("sessionName") or "pulumi-aliyun",
                role_session_expiration=int(role["sessionExpiration"])
                if role.get("sessionExpiration")
                else None,
                policy=role.get("policy"),
                external_id=role.get("externalId"),
                sts_endpoint=_configuration.endpoints.get("sts"),
            )
        )
    if given.profile:
        return client.Client(provider=CLIProfileCredentialsProvider(profile_name=given.profile))
    if given.access_key:
        return client.Client(
            models.Config(
                type="sts" if given.security_token else "access_key",
                access_key_id=given.access_key,
                access_key_secret=given.secret_key,
                security_token=given.security_token or None,
            )
        )
    return client.Client()


# ---- lists -------------------------------------------------------------------------------------------------


def pages(
    operation: Operation, region_id: str, action: str, parameters: Parameters, key: str
) -> Iterable[Item]:
    """The items of all pages of a listing operation of ECS."""
    token = None
    while True:
        answer = ecs(operation, region_id, action, {**parameters, "NextToken": token})
        yield from listed(answer, key)
        token = answer.get("NextToken")
        if not token:
            return


def listed(answer: Answer, key: str) -> list[Item]:
    """The items of a list that the API wraps in an object of one key; [] where it is absent."""
    wrapped = answer.get(key)
    while isinstance(wrapped, dict):
        wrapped = next((value for value in wrapped.values() if value is not None), None)
    return [item for item in wrapped if item] if isinstance(wrapped, list) else []
