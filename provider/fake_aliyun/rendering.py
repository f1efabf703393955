"""Writes answers: JSON, or XML in the vendor's form."""

from __future__ import annotations

import json
from typing import Any

from fake_aliyun.errors import ApiError
from fake_aliyun.request import Reply, Request

# The Python SDK reads XML only with exactly this type.
_XML = "text/xml;charset=utf-8"
_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def success(request: Request, answer: dict[str, Any], request_id: str) -> Reply:
    """Writes an operation's answer."""
    return _write(request, 200, f"{request.action}Response", {"RequestId": request_id, **answer})


def failure(request: Request, error: ApiError, request_id: str) -> Reply:
    """Writes the error envelope."""
    return _write(
        request,
        error.status,
        "Error",
        {
            "RequestId": request_id,
            "HostId": request.headers.get("host", ""),
            "Code": error.code,
            "Message": error.message,
            "Recommend": f"https://api.alibabacloud.com/troubleshoot?q={error.code}&requestId={request_id}",
        },
    )


def _write(request: Request, status: int, root: str, content: dict[str, Any]) -> Reply:
    headers = {"x-acs-request-id": content["RequestId"]}
    if request.wants_xml:
        text = "<?xml version='1.0' encoding='UTF-8'?>" + _element(root, content)
        return Reply(status, text.encode("utf-8", "replace"), _XML, headers)
    return Reply(status, _dumps(content).encode("utf-8", "replace"), headers=headers)


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, each) for each in value)
    if isinstance(value, dict):
        inner = "".join(_element(each, content) for each, content in value.items())
    elif isinstance(value, bool):
        inner = "true" if value else "false"
    else:
        inner = _escape("" if value is None else str(value))
    return f"<{name}>{inner}</{name}>"


def _escape(text: str) -> str:
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # XML 1.0 has no place for most control characters, nor for these two.
    return "".join(
        each if (each >= " " or each in "\t\n\r") and each not in "\ufffe\uffff" else "?" for each in plain
    )
