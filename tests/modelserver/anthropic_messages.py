"""The dialect of Anthropic's Messages (`POST /v1/messages`).  Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from modelserver.answer import Answer, Stop, new_id, pieces
from modelserver.calling import known_type
from modelserver.conversation import Conversation, Role, Tool, text_of

Event = tuple[str | None, Any]
"""An event of a stream: its name, and its data (an object, or text as it is)."""

_STOPS = {Stop.TOOL: "tool_use", Stop.END: "end_turn", Stop.LENGTH: "max_tokens"}
_ERRORS = {
    400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error",
    404: "not_found_error", 413: "request_too_large", 429: "rate_limit_error", 529: "overloaded_error",
}  # fmt: skip


def conversation(body: dict[str, Any]) -> Conversation:
    """What the request says."""
    found = Conversation(
        model=body.get("model", ""), stream=bool(body.get("stream")), system=text_of(body.get("system"))
    )
    for message in body.get("messages", []):
        found.items += _items(message["role"], message["content"])
    for tool in body.get("tools") or []:
        schema = tool.get("input_schema") or known_type(str(tool.get("type", "")))
        found.tools[tool["name"]] = Tool(tool["name"], schema)
    form = (body.get("output_config") or {}).get("format") or body.get("output_format") or {}
    found.schema = form.get("schema")
    return found


def _items(role: str, content: Any) -> Iterator[tuple[Role, str]]:
    if role == "assistant":
        yield Role.MODEL, text_of(content)
        return
    if isinstance(content, list) and any(part.get("type") == "tool_result" for part in content):
        yield Role.TOOL, ""
        content = [part for part in content if part.get("type") == "text"]
    if content:
        yield Role.USER if role == "user" else Role.SYSTEM, text_of(content)


def whole(answer: Answer, asked: Conversation) -> dict[str, Any]:
    """The answer in one piece."""
    blocks: list[dict[str, Any]] = [{"type": "text", "text": answer.text}] if answer.text else []
    blocks += [
        {"type": "tool_use", "id": new_id("toolu_"), "name": tool.name, "input": given} for tool, given in answer.calls
    ]
    return {
        "id": new_id("msg_"), "type": "message", "role": "assistant", "model": asked.model, "content": blocks,
        "stop_reason": _STOPS[answer.stop], "stop_sequence": None, "usage": _usage(answer),
    }  # fmt: skip


def _usage(answer: Answer) -> dict[str, int]:
    tokens = answer.tokens
    return {
        "input_tokens": tokens.fresh, "output_tokens": tokens.output,
        "cache_read_input_tokens": tokens.read, "cache_creation_input_tokens": tokens.written,
    }  # fmt: skip


def events(answer: Answer, asked: Conversation) -> Iterator[Event]:
    """The answer as a stream."""
    for data in _events(whole(answer, asked)):
        yield data["type"], data


def _events(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    opening = {**message, "content": [], "stop_reason": None, "usage": {**message["usage"], "output_tokens": 1}}
    yield {"type": "message_start", "message": opening}
    yield {"type": "ping"}
    for index, block in enumerate(message["content"]):
        empty = {**block, "text": ""} if block["type"] == "text" else {**block, "input": {}}
        yield {"type": "content_block_start", "index": index, "content_block": empty}
        for delta in _deltas(block):
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    delta = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": delta, "usage": message["usage"]}
    yield {"type": "message_stop"}


def _deltas(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if block["type"] == "text":
        yield from ({"type": "text_delta", "text": piece} for piece in pieces(block["text"]))
    else:
        written = json.dumps(block["input"])
        yield from ({"type": "input_json_delta", "partial_json": piece} for piece in pieces(written))


def error(code: int, message: str) -> dict[str, Any]:
    """The body of an error."""
    kind = _ERRORS.get(code, "api_error")
    return {"type": "error", "error": {"type": kind, "message": message or kind}, "request_id": new_id("req_")}
