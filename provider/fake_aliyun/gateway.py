"""The chain that every API request passes: signature → fault → rate limit → operation → journal."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fake_aliyun import parameters, rendering
from fake_aliyun.clock import utc
from fake_aliyun.errors import ApiError
from fake_aliyun.operations import VERSIONS, Answer, Operation
from fake_aliyun.parameters import Params
from fake_aliyun.request import Reply, Request
from fake_aliyun.signing import verify
from fake_aliyun.table import TABLE

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account
    from fake_aliyun.cloud import Cloud
    from fake_aliyun.faults import Fault

_METHODS = ("GET", "POST")


@dataclass
class Call:
    """One request on its way through the chain."""

    cloud: Cloud
    request: Request
    request_id: str
    account: Account | None = None
    error: ApiError | None = None


def handle(cloud: Cloud, request: Request) -> Reply:
    """Answers a request, whatever it is, and records it."""
    call = Call(cloud, request, cloud.ids.request())
    if cloud.settings.latency:
        time.sleep(cloud.settings.latency)
    try:
        reply = _answer(call)
    except ApiError as error:
        call.error = error
        reply = rendering.failure(request, error, call.request_id)
    except Exception:
        # A mistake in the fake itself: the client gets a proper answer, the console the reason.
        traceback.print_exc()
        call.error = ApiError("InternalError")
        reply = rendering.failure(request, call.error, call.request_id)
    _record(call, reply)
    return reply


def _answer(call: Call) -> Reply:
    operation = _find(call.request)
    cloud = call.cloud
    call.account = verify(call.request, cloud.credentials, cloud.nonces, cloud.clock.now()).account
    fault = cloud.faults.take(operation.action, call.request.params)
    if fault is None:
        return _perform(call, operation)
    if not fault.replaces:
        return _alter(fault, _perform(call, operation, fault), fault.after_action)
    if fault.after_action:
        _perform(call, operation)
        _wait(fault.stall_s)
        return _strike(call, fault)
    _wait(fault.stall_s)
    return _strike(call, fault)


def _wait(seconds: float) -> None:
    if seconds:
        time.sleep(seconds)


def _find(request: Request) -> Operation:
    """Finds the operation a request asks for."""
    if request.method not in _METHODS:
        raise ApiError("UnsupportedHTTPMethod", "This http method is not supported.", status=405)
    if request.path != "/":
        raise ApiError("InvalidAction.NotFound")
    if not request.action:
        raise ApiError("MissingParameter", "Action is mandatory for this action.")
    if not request.version:
        raise ApiError("MissingParameter", "Version is mandatory for this action.")
    product = VERSIONS.get(request.version)
    if product is None:
        raise ApiError("InvalidVersion")
    operation = TABLE.get((product, request.action))
    if operation is None:
        raise ApiError(
            "InvalidAction.NotFound",
            f"Specified api is not found, please check your url and method. "
            f"The fake does not serve {request.action} of {product}.",
        )
    return operation


def _perform(call: Call, operation: Operation, fault: Fault | None = None) -> Reply:
    """Does what is asked; a fault may make it wait before."""
    cloud, request, account = call.cloud, call.request, call.account
    assert account is not None  # noqa: S101 - verify has set it
    if cloud.settings.rate_limit is not None:
        cloud.rates.pass_or_throttle(account.id, cloud.settings.rate_limit)
    business = request.business
    parameters.check(operation.action, operation.parameters, business)
    wait = fault.stall_s if fault and not fault.after_action else 0.0
    token = business.get("ClientToken") if operation.has_token else None
    if not token:
        _wait(wait)
        answer = _run(call, operation, account, business)
    else:
        answer = _run_once(
            call, operation, account, business, (business.get("RegionId", ""), operation.action, token), wait
        )
    return rendering.success(request, answer, call.request_id)


def _run(call: Call, operation: Operation, account: Account, business: dict[str, str]) -> Answer:
    with call.cloud.lock:
        return operation.function(account, Params(business), call.cloud.catch_up())


def _run_once(
    call: Call,
    operation: Operation,
    account: Account,
    business: dict[str, str],
    key: tuple[str, str, str],
    wait: float,
) -> Answer:
    """Does what is asked unless the same was asked before with the same token."""
    cloud = call.cloud
    with cloud.lock:
        first = account.tokens.begin(key, business, cloud.clock.now(), cloud.settings.token_life_s)
    if first is not None:
        return first
    kept: Answer | ApiError | None = None
    try:
        _wait(wait)
        kept = answer = _run(call, operation, account, business)
    except ApiError as error:
        if error.lasting and operation.product == "Ecs":
            kept = error
        raise
    finally:
        with cloud.lock:
            if kept is None:
                account.tokens.forget(key)
            else:
                account.tokens.finish(key, kept)
    return answer


def _strike(call: Call, fault: Fault) -> Reply:
    """Answers with the fault instead of the action's answer."""
    if fault.code:
        call.error = ApiError(fault.code, fault.message, status=fault.status)
        reply = rendering.failure(call.request, call.error, call.request_id)
    else:
        reply = rendering.success(call.request, {}, call.request_id)
        reply.status = fault.status
    if fault.retry_after_ms:
        reply.headers["x-acs-retry-after"] = str(fault.retry_after_ms)
    if fault.body is not None:
        reply.body = fault.body.encode()
    return _alter(fault, reply, wait=False)


def _alter(fault: Fault, reply: Reply, wait: bool) -> Reply:
    """Spoils an answer on its way."""
    if wait:
        _wait(fault.stall_s)
    return replace(
        reply,
        content_type=fault.content_type or reply.content_type,
        truncate=fault.truncate,
        reset=fault.reset,
    )


def _record(call: Call, reply: Reply) -> None:
    lost = reply.reset and reply.truncate is None
    code = call.error.code if call.error else ""
    call.cloud.journal.add(
        {
            "action": call.request.action,
            "status": 0 if lost else reply.status,
            "code": code or ("ConnectionReset" if lost else ""),
            "time": utc(call.cloud.clock.now()),
            "product": VERSIONS.get(call.request.version, ""),
            "account_id": call.account.id if call.account else "",
            "request_id": call.request_id,
        },
        call.request.business,
    )
