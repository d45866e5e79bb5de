"""The dialect of OpenAI's Responses (`POST …/responses`).  Pure."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

from modelserver.answer import Answer, Stop, new_id, pieces
from modelserver.anthropic_messages import Event
from modelserver.conversation import Conversation, Role, Tool, text_of
from modelserver.openai_chat import error

__all__ = ["conversation", "error", "events", "whole"]

_ROLES = {"user": Role.USER, "assistant": Role.MODEL}
_SILENT = frozenset({"reasoning", "tool_search_call"})


def conversation(body: dict[str, Any]) -> Conversation:
    """What the request says."""
    found = Conversation(
        model=body.get("model", ""), stream=bool(body.get("stream")), system=body.get("instructions") or ""
    )
    given = body.get("input") or []
    tools = list(body.get("tools") or [])
    for item in [{"role": "user", "content": given}] if isinstance(given, str) else given:
        kind = item.get("type", "message")
        if kind == "message":
            found.items.append((_ROLES.get(item.get("role"), Role.SYSTEM), text_of(item.get("content"))))
        elif kind.endswith("_output"):
            found.items.append((Role.TOOL, ""))
            tools += item.get("tools") or []  # what a search for tools has found
        elif kind not in _SILENT:
            found.items.append((Role.MODEL, ""))
    for tool in tools:
        found.tools |= dict(_tools(tool))
    found.schema = ((body.get("text") or {}).get("format") or {}).get("schema")
    return found


def _tools(tool: dict[str, Any], namespace: str = "") -> Iterator[tuple[str, Tool]]:
    if tool.get("type") == "namespace":
        for inner in tool.get("tools", []):
            yield from _tools(inner, tool["name"])
        return
    name = tool.get("name") or tool.get("type", "")
    yield name, Tool(name, tool.get("parameters") or {}, tool.get("type") == "custom", namespace)


def whole(answer: Answer, asked: Conversation) -> dict[str, Any]:
    """The answer in one piece."""
    short = answer.stop is Stop.LENGTH
    return {
        "id": new_id("resp_"), "object": "response", "created_at": int(time.time()), "model": asked.model,
        "status": "incomplete" if short else "completed", "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if short else None,
        "output": _output(answer), "parallel_tool_calls": False, "usage": _usage(answer),
    }  # fmt: skip


def _output(answer: Answer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if answer.text:
        content = [{"type": "output_text", "text": answer.text, "annotations": []}]
        found.append({"id": new_id("msg_"), "type": "message", "role": "assistant", "content": content})
    for tool, given in answer.calls:
        item = {"id": new_id("fc_"), "call_id": new_id("call_"), "name": tool.name}
        if tool.namespace:
            item["namespace"] = tool.namespace
        if tool.name == "tool_search":
            del item["name"]
            found.append({**item, "type": "tool_search_call", "execution": "client", "arguments": given})
        elif tool.free:
            found.append({**item, "type": "custom_tool_call", "input": given})
        else:
            found.append({**item, "type": "function_call", "arguments": json.dumps(given)})
    return [{**item, "status": "completed"} for item in found]


def _usage(answer: Answer) -> dict[str, Any]:
    tokens = answer.tokens
    read = tokens.fresh + tokens.read
    return {
        "input_tokens": read, "input_tokens_details": {"cached_tokens": tokens.read},
        "output_tokens": tokens.output, "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": read + tokens.output,
    }  # fmt: skip


def events(answer: Answer, asked: Conversation) -> Iterator[Event]:
    """The answer as a stream."""
    for number, data in zip(itertools.count(), _events(whole(answer, asked))):
        yield data["type"], {**data, "sequence_number": number}


def _events(response: dict[str, Any]) -> Iterator[dict[str, Any]]:
    opening = {**response, "status": "in_progress", "incomplete_details": None, "output": [], "usage": None}
    yield {"type": "response.created", "response": opening}
    for index, item in enumerate(response["output"]):
        message = item["type"] == "message"
        opened = {**item, "content": []} if message else item
        yield {"type": "response.output_item.added", "output_index": index, "item": opened}
        if message:
            yield from _message(item, index)
        yield {"type": "response.output_item.done", "output_index": index, "item": item}
    yield {"type": f"response.{response['status']}", "response": response}


def _message(item: dict[str, Any], index: int) -> Iterator[dict[str, Any]]:
    where = {"item_id": item["id"], "output_index": index, "content_index": 0}
    (part,) = item["content"]
    yield {"type": "response.content_part.added", **where, "part": {**part, "text": ""}}
    for piece in pieces(part["text"]):
        yield {"type": "response.output_text.delta", **where, "delta": piece}
    yield {"type": "response.output_text.done", **where, "text": part["text"]}
    yield {"type": "response.content_part.done", **where, "part": part}
