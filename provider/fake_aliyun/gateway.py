"""The chain that every API request passes: signature → fault → rate limit → operation → journal."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fake_aliyun import parameters, rendering
from fake_aliyun.clock import utc
from fake_aliyun.errors import ApiError
from fake_aliyun.operations import VERSIONS, Answer, Operation
from fake_aliyun.parameters import Params
from fake_aliyun.request import Reply, Request
from fake_aliyun.signing import verify
from fake_aliyun.table import find

if TYPE_CHECKING:
    from fake_aliyun.accounts import Account, Credential
    from fake_aliyun.cloud import Cloud
    from fake_aliyun.faults import Fault

_METHODS = ("GET", "POST")


@dataclass
class Call:
    """One request on its way through the chain, with what is known of it so far."""

    cloud: Cloud
    request: Request
    request_id: str
    caller: Credential | None = None
    error: ApiError | None = None


def handle(cloud: Cloud, request: Request) -> Reply:
    """Answers a request, whatever it is, and records it."""
    call = Call(cloud, request, cloud.ids.request())
    _wait(cloud.settings.latency)
    reply = _refusable(call, lambda: _answer(call))
    _record(call, reply)
    return reply


def _refusable(call: Call, step: Callable[[], Reply]) -> Reply:
    """Takes a step; if it is refused, the refusal is the answer."""
    try:
        return step()
    except ApiError as error:
        call.error = error
    except Exception:  # noqa: BLE001 - whatever it is, a client gets a proper answer
        # A mistake in the fake itself: the console gets the reason.
        import traceback

        traceback.print_exc()
        call.error = ApiError("InternalError")
    return rendering.failure(call.request, call.error, call.request_id)


def _answer(call: Call) -> Reply:
    cloud = call.cloud
    operation = _find(call.request)
    caller = call.caller = verify(call.request, cloud.credentials, cloud.nonces, cloud.clock.now())
    fault = cloud.faults.take(operation.action, call.request.params)
    if fault is None:
        return _perform(call, operation, caller)
    if not fault.replaces:
        before = 0.0 if fault.after_action else fault.stall_s
        reply = _refusable(call, lambda: _perform(call, operation, caller, before))
        _wait(fault.stall_s - before)
        return _spoil(fault, reply)
    if fault.after_action:
        _refusable(call, lambda: _perform(call, operation, caller))
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
    operation = find(product, request.action)
    if operation is None:
        raise ApiError(
            "InvalidAction.NotFound",
            f"Specified api is not found, please check your url and method. "
            f"The fake does not serve {request.action} of {product}.",
        )
    return operation


def _perform(call: Call, operation: Operation, caller: Credential, wait: float = 0.0) -> Reply:
    """Does what is asked, after a while; what was asked before with the same token is not done again."""
    cloud, account, given = call.cloud, caller.account, call.request.business
    if cloud.settings.rate_limit is not None:
        cloud.rates.pass_or_throttle(account.id, cloud.settings.rate_limit)
    parameters.check(operation.action, operation.parameters, given)

    def run() -> Answer:
        _wait(wait)
        with cloud.lock:
            return operation.function(account, Params(given, caller.arn), cloud.catch_up())

    token = given.get("ClientToken", "") if operation.has_token else ""
    answer = _once(cloud, operation, account, given, run) if token else run()
    return rendering.success(call.request, answer, call.request_id)


def _once(
    cloud: Cloud, operation: Operation, account: Account, given: dict[str, str], run: Callable[[], Answer]
) -> Answer:
    """Runs an operation unless the same was asked before with the same token."""
    key = (given.get("RegionId", ""), operation.action, given["ClientToken"])
    mismatch = ApiError("IdempotentParameterMismatch")
    if operation.mismatch:
        mismatch = ApiError("IdempotenceParamNotMatch", operation.mismatch)
    with cloud.lock:
        first = account.tokens.begin(key, given, cloud.clock.now(), cloud.settings.token_life_s, mismatch)
    if first is not None:
        return first
    kept: Answer | ApiError | None = None
    try:
        kept = answer = run()
    except ApiError as error:
        # BSS keeps only what succeeded.
        if error.lasting and operation.product == "Ecs":
            kept = error
        raise
    finally:
        with cloud.lock:
            account.tokens.finish(key, kept)
    return answer


def _strike(call: Call, fault: Fault) -> Reply:
    """Answers with the fault instead of the action's answer."""
    call.error = None
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
    return _spoil(fault, reply)


def _spoil(fault: Fault, reply: Reply) -> Reply:
    """Spoils an answer on its way."""
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
            "account_id": call.caller.account.id if call.caller else "",
            "request_id": call.request_id,
        },
        call.request.business,
    )
