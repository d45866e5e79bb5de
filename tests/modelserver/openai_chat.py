"""The dialect of OpenAI's Chat Completions (`POST …/chat/completions`).  Pure."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from modelserver.answer import Answer, Stop, new_id, pieces
from modelserver.anthropic_messages import Event
from modelserver.conversation import Conversation, Role, Tool, text_of

_ROLES = {"user": Role.USER, "assistant": Role.MODEL, "tool": Role.TOOL, "function": Role.TOOL}
_STOPS = {Stop.TOOL: "tool_calls", Stop.END: "stop", Stop.LENGTH: "length"}
_ERRORS = {400: "invalid_request_error", 401: "invalid_api_key", 429: "rate_limit_exceeded"}


def conversation(body: dict[str, Any]) -> Conversation:
    """What the request says."""
    found = Conversation(model=body.get("model", ""), stream=bool(body.get("stream")))
    for message in body.get("messages", []):
        if message["role"] in ("system", "developer"):
            found.system += text_of(message.get("content")) + "\n"
        else:
            found.items.append((_ROLES.get(message["role"], Role.USER), text_of(message.get("content"))))
    for tool in body.get("tools") or []:
        function = tool.get("function") or {}
        name = function.get("name", "")
        found.tools[name] = Tool(name, function.get("parameters") or {})
    found.schema = ((body.get("response_format") or {}).get("json_schema") or {}).get("schema")
    return found


def whole(answer: Answer, asked: Conversation) -> dict[str, Any]:
    """The answer in one piece."""
    message: dict[str, Any] = {"role": "assistant", "content": answer.text or None}
    if answer.calls:
        message["tool_calls"] = _calls(answer)
    choice = {"index": 0, "message": message, "finish_reason": _STOPS[answer.stop], "logprobs": None}
    return {**_head("chat.completion", asked), "choices": [choice], "usage": _usage(answer)}


def _head(kind: str, asked: Conversation) -> dict[str, Any]:
    return {"id": new_id("chatcmpl-"), "object": kind, "created": int(time.time()), "model": asked.model}


def _calls(answer: Answer) -> list[dict[str, Any]]:
    return [
        {
            "index": index, "id": new_id("call_"), "type": "function",
            "function": {"name": tool.name, "arguments": json.dumps(given)},
        }
        for index, (tool, given) in enumerate(answer.calls)
    ]  # fmt: skip


def _usage(answer: Answer) -> dict[str, Any]:
    tokens = answer.tokens
    read = tokens.fresh + tokens.read
    return {
        "prompt_tokens": read, "completion_tokens": tokens.output, "total_tokens": read + tokens.output,
        "prompt_tokens_details": {"cached_tokens": tokens.read},
    }  # fmt: skip


def events(answer: Answer, asked: Conversation) -> Iterator[Event]:
    """The answer as a stream."""
    head = _head("chat.completion.chunk", asked)

    def chunk(delta: dict[str, Any], stop: str | None = None) -> Event:
        return None, {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": stop}]}

    yield chunk({"role": "assistant", "content": ""})
    yield from (chunk({"content": piece}) for piece in pieces(answer.text))
    yield from (chunk({"tool_calls": [call]}) for call in _calls(answer))
    yield chunk({}, _STOPS[answer.stop])
    yield None, {**head, "choices": [], "usage": _usage(answer)}
    yield None, "[DONE]"


def error(code: int, message: str) -> dict[str, Any]:
    """The body of an error."""
    kind = _ERRORS.get(code, "server_error")
    return {"error": {"message": message or kind, "type": kind, "code": kind, "param": None}}
