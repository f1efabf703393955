"""The only door to the vendor's SDKs: clients, credentials, endpoints, retries, shared polls.

An operation is called by its name with the parameters as the API reference writes them, and its answer comes
back the same way. The SDKs take most of a second to import, so they are imported by the first call.
"""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import os
import random
import sys
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus, urlsplit

from . import configuration
from .bridge import Operation, cancelled
from .errors import TRANSIENT, AliyunError, ApiError, InvalidInput, NoAnswer, NoCredentials, TimedOut

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


# ---- shared calls ----------------------------------------------------------------------------------------

GATHER_S = 0.015
"""How long a call waits for others that want the same done to theirs."""


class _Asked:
    def __init__(self, operation: Operation, item_id: str) -> None:
        self.operation = operation
        self.id = item_id
        self.done = threading.Event()
        self.error: BaseException | None = None


class Together:
    """Makes one call for up to 100 operations that want the same done, each to its own resource.

    The first of them waits a moment for the others and calls for all. Where the API refuses the lot, each is
    asked for by itself, so that one bad resource fails alone and with its own reason.
    """

    def __init__(
        self,
        one: Callable[[Operation, Hashable, str], Any],
        many: Callable[[Operation, Hashable, list[str]], Iterable[str]],
    ) -> None:
        """Take the two ways of doing it.

        Args:
            one: Does it to one resource.
            many: Does it to many; returns the ids of those that it was refused for.
        """
        self._one = one
        self._many = many
        self._groups: dict[Hashable, list[_Asked]] = {}
        self._lock = threading.Lock()

    def ask(self, operation: Operation, how: Hashable, item_id: str) -> None:
        """Have it done to one resource, in the same call as all who ask for the same at this moment."""
        asked = _Asked(operation, item_id)
        with self._lock:
            group = self._groups.setdefault(how, [])
            group.append(asked)
        if group[0] is asked:
            time.sleep(GATHER_S)
            with self._lock:
                del self._groups[how]
            for start in range(0, len(group), 100):
                self._call(how, group[start : start + 100])
        while not asked.done.wait(0.5):
            operation.stop_if_abandoned()
        if asked.error is not None:
            raise asked.error

    def _call(self, how: Hashable, group: list[_Asked]) -> None:
        alone = {asked.id for asked in group}
        if len(group) > 1:
            with contextlib.suppress(AliyunError):  # each by itself, then
                alone = set(self._many(group[0].operation, how, [asked.id for asked in group]))
        for asked in group:
            try:
                if asked.id in alone:
                    self._one(asked.operation, how, asked.id)
            except BaseException as error:  # noqa: BLE001 - it belongs to the one who asked
                asked.error = error
            finally:
                asked.done.set()


# ---- shared polls ------------------------------------------------------------------------------------------


class _Waiter:
    """One operation that wants to see its item, again and again, until it has what it waits for."""

    def __init__(self) -> None:
        self.since = time.monotonic()
        self.due = self.since
        self.seen = threading.Event()
        self.item: Item | None = None
        self.error: Exception | None = None

    def schedule(self) -> None:
        """Ask soon while young, more rarely as time goes by."""
        age = time.monotonic() - self.since
        self.due = time.monotonic() + min(max(0.25, age * 0.4), 5.0)


class Watch:
    """Describes many items of one kind in one region with one call for up to 100 of them.

    Whoever needs an item waits here; one thread asks for all of them together, so that n operations that wait
    cost a call for every hundred of them and not one each.
    """

    def __init__(self, describe: Callable[[Operation, list[str]], dict[str, Item]]) -> None:
        self._describe = describe
        self._waiters: dict[str, list[_Waiter]] = {}
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None

    def once(self, operation: Operation, item_id: str) -> Item | None:
        """The item as it is now; None if it doesn't exist."""
        seen = self.until(operation, item_id, lambda item: (item,), limit=None)
        return seen[0] if seen else None

    def until(
        self,
        operation: Operation,
        item_id: str,
        done: Callable[[Item | None], T | None],
        *,
        limit: float | None,
        what: str = "",
        patience: float | None = None,
    ) -> T | None:
        """Wait until `done` returns something of the item (None: it doesn't exist), and return that.

        Args:
            operation: The engine's call.
            item_id: The id of what is waited for.
            done: Sees the item after each look.
            limit: Seconds since the operation began; then it is an error. None: no limit.
            what: What is being waited for, for the resource's row.
            patience: Seconds from now; then the answer is None.

        Raises:
            TimedOut: `limit` seconds have passed since the operation began.
            Interrupted: The run is being cancelled.
        """
        waiter = _Waiter()
        with self._wake:
            self._waiters.setdefault(item_id, []).append(waiter)
            if self._thread is None:
                self._thread = threading.Thread(target=self._poll, daemon=True)
                self._thread.start()
            self._wake.notify()
        try:
            while True:
                while not waiter.seen.wait(0.5):
                    operation.stop_if_abandoned()
                waiter.seen.clear()
                if waiter.error is not None:
                    raise waiter.error
                if (result := done(waiter.item)) is not None:
                    return result
                if patience is not None and time.monotonic() - waiter.since > patience:
                    return None
                passed = time.monotonic() - operation.started
                if limit is not None and passed > limit:
                    raise TimedOut(
                        f"{what}: {item_id} is not there after {passed:.0f} s ({_state(waiter.item)}); it is kept "
                        f"in the state\n  what to do: run `pulumi up` again to wait on, or allow more time with "
                        f"ResourceOptions(custom_timeouts=…)"
                    )
                operation.stop_if_abandoned()
                if what:
                    operation.say(f"{what} ({_state(waiter.item)}, {passed:.0f} s)")
        finally:
            with self._wake:
                self._waiters[item_id].remove(waiter)
                if not self._waiters[item_id]:
                    del self._waiters[item_id]

    def _poll(self) -> None:
        while True:
            with self._wake:
                if not self._waiters:
                    self._thread = None
                    return
                waiting = [waiter for group in self._waiters.values() for waiter in group]
                pause = min(waiter.due for waiter in waiting) - time.monotonic()
                if pause > 0:
                    self._wake.wait(pause)
                    continue
            time.sleep(0.01)  # the others of a burst are just arriving
            with self._wake:
                asked = {item_id: list(group) for item_id, group in self._waiters.items()}
            self._ask(asked)

    def _ask(self, asked: dict[str, list[_Waiter]]) -> None:
        ids = list(asked)
        for start in range(0, len(ids), 100):
            part, found, failure = ids[start : start + 100], {}, None
            try:
                found = self._describe(Operation(), part)
            except Exception as error:  # noqa: BLE001 - it belongs to those who wait
                failure = error
            for item_id in part:
                for waiter in asked[item_id]:
                    waiter.item, waiter.error = found.get(item_id), failure
                    waiter.schedule()
                    waiter.seen.set()


def _state(item: Item | None) -> str:
    return str(item.get("Status", "?")) if item else "not listed"


@functools.cache
def reservations(region_id: str) -> Watch:
    """The capacity reservations of a region, by id; released ones are shown as such."""

    def describe(operation: Operation, ids: list[str]) -> dict[str, Item]:
        parameters = {
            "RegionId": region_id,
            "PrivatePoolOptions": {"Ids": json.dumps(ids)},
            "Status": "All",
            "MaxResults": 100,
        }
        try:
            answer = ecs(operation, region_id, "DescribeCapacityReservations", parameters)
        except ApiError as error:
            if error.code != "Invalid.PrivatePoolOptions.Ids":
                raise
            if len(ids) == 1:
                return {}
            # One unknown id refuses them all: ask one by one.
            return {key: item for one in ids for key, item in describe(operation, [one]).items()}
        return {item["PrivatePoolOptionsId"]: item for item in listed(answer, "CapacityReservationSet")}

    return Watch(describe)


@functools.cache
def instances(region_id: str) -> Watch:
    """The ECS instances of a region, by id."""

    def describe(operation: Operation, ids: list[str]) -> dict[str, Item]:
        parameters = {"RegionId": region_id, "InstanceIds": json.dumps(ids), "MaxResults": 100}
        answer = ecs(operation, region_id, "DescribeInstances", parameters)
        return {item["InstanceId"]: item for item in listed(answer, "Instances")}

    return Watch(describe)


@functools.cache
def attachments(region_id: str) -> Watch:
    """The private pools that instances of a region use, by instance id."""

    def describe(operation: Operation, ids: list[str]) -> dict[str, Item]:
        parameters = {"RegionId": region_id, "InstanceIds": json.dumps(ids), "PageSize": 100}
        answer = ecs(operation, region_id, "DescribeInstanceAttachmentAttributes", parameters)
        return {item["InstanceId"]: item for item in listed(answer, "Instances")}

    return Watch(describe)


@functools.cache
def bss_instances() -> Watch:
    """The instances that the billing system lists, by id."""

    def describe(operation: Operation, ids: list[str]) -> dict[str, Item]:
        parameters = {"InstanceIDs": ",".join(ids), "PageNum": 1, "PageSize": 100}
        data = bss(operation, "QueryAvailableInstances", parameters).get("Data") or {}
        return {item["InstanceID"]: item for item in listed(data, "InstanceList")}

    return Watch(describe)


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
