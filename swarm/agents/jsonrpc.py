"""JSON-RPC 2.0 as MCP speaks it over pipes: one message a line.  Pure: bytes in, values and bytes out.

Knows no method.  What is no message becomes the error that the specification names for it; nothing raises but
`Wrong`, for those who answer a request.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

MOST_BYTES = 4 << 20
"""Bytes of one line.  A message of ours has 256 KiB at most."""

PARSE_ERROR, INVALID_REQUEST, NO_METHOD, INVALID_PARAMS, INTERNAL = -32700, -32600, -32601, -32602, -32603

Id = str | int | float


class Wrong(Exception):
    """A request that can't be answered: its code and why."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Request:
    """Wants a response."""

    id: Id
    method: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notification:
    """Wants none."""

    method: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """No message at all.  `id` where it could be read."""

    id: Id | None
    code: int
    text: str


def messages(line: bytes) -> Iterator[Request | Notification | Refusal]:
    """What a line says.  Responses to us are passed over: we ask nothing.  A batch is its parts, one by one."""
    if len(line) > MOST_BYTES:
        yield Refusal(None, INVALID_REQUEST, f"a message holds at most {MOST_BYTES} bytes")
        return
    try:
        found = json.loads(line, parse_constant=_no_number)
    except (ValueError, RecursionError):
        yield Refusal(None, PARSE_ERROR, "this is not JSON")
        return
    if isinstance(found, list) and found:
        yield from (one for part in found for one in _message(part))
    else:
        yield from _message(found)


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _message(found: object) -> Iterator[Request | Notification | Refusal]:
    if not isinstance(found, dict):
        yield Refusal(None, INVALID_REQUEST, "a message is an object")
        return
    method, params, id = found.get("method"), found.get("params"), found.get("id")
    known = id if isinstance(id, str | int | float) and not isinstance(id, bool) else None
    if method is None and ("result" in found or "error" in found):
        return
    if not isinstance(method, str) or found.get("jsonrpc") != "2.0":
        yield Refusal(known, INVALID_REQUEST, 'a request has "jsonrpc": "2.0" and a method')
    elif params is not None and not isinstance(params, dict):
        yield Refusal(known, INVALID_REQUEST, "params are an object")
    elif "id" not in found:
        yield Notification(method, params or {})
    elif known is None:
        yield Refusal(None, INVALID_REQUEST, "an id is a text or a number")
    else:
        yield Request(known, method, params or {})


def result(id: Id, value: dict[str, Any]) -> bytes:
    """The line of a response."""
    return _line({"jsonrpc": "2.0", "id": id, "result": value})


def error(id: Id | None, code: int, text: str) -> bytes:
    """The line of a response that says why there is none."""
    return _line({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": text}})


def notification(method: str, params: dict[str, Any]) -> bytes:
    """The line of a notification."""
    return _line({"jsonrpc": "2.0", "method": method, "params": params})


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode() + b"\n"
