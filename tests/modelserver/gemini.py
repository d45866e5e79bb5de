"""The dialect of Gemini (`POST …/models/NAME:generateContent` and `:streamGenerateContent`).  Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modelserver.answer import Answer, Stop, new_id, pieces
from modelserver.anthropic_messages import Event
from modelserver.conversation import Conversation, Role, Tool, text_of

_ERRORS = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
}  # fmt: skip


def conversation(body: dict[str, Any]) -> Conversation:
    """What the request says; which model, and whether it is to be streamed, stands in its path."""
    found = Conversation(system=text_of((body.get("systemInstruction") or {}).get("parts")))
    for content in body.get("contents", []):
        found.items += _items(content.get("role", "user"), content.get("parts", []))
    for tool in body.get("tools") or []:
        for function in tool.get("functionDeclarations", []):
            schema = function.get("parametersJsonSchema") or function.get("parameters") or {}
            found.tools[function["name"]] = Tool(function["name"], schema)
    wanted = body.get("generationConfig") or {}
    found.schema = wanted.get("responseJsonSchema") or wanted.get("responseSchema")
    return found


def _items(role: str, parts: list[dict[str, Any]]) -> Iterator[tuple[Role, str]]:
    if role == "model":
        yield Role.MODEL, text_of(parts)
        return
    if any("functionResponse" in part for part in parts):
        yield Role.TOOL, ""
        parts = [part for part in parts if "text" in part]
    if parts:
        yield Role.USER, text_of(parts)


def whole(answer: Answer, asked: Conversation) -> dict[str, Any]:
    """The answer in one piece."""
    text = [{"text": answer.text}] if answer.text else []
    return _chunk([*text, *_calls(answer)], asked, answer)


def events(answer: Answer, asked: Conversation) -> Iterator[Event]:
    """The answer as a stream."""
    for piece in pieces(answer.text):
        yield None, _chunk([{"text": piece}], asked)
    yield None, _chunk(_calls(answer) or [{"text": ""}], asked, answer)


def _calls(answer: Answer) -> list[dict[str, Any]]:
    return [{"functionCall": {"name": tool.name, "args": given}} for tool, given in answer.calls]


def _chunk(parts: list[dict[str, Any]], asked: Conversation, last: Answer | None = None) -> dict[str, Any]:
    """A part of the stream; the last one says how the answer ended and what it used."""
    candidate: dict[str, Any] = {"index": 0, "content": {"role": "model", "parts": parts}}
    found: dict[str, Any] = {"candidates": [candidate], "modelVersion": asked.model, "responseId": new_id("")}
    if last is not None:
        candidate["finishReason"] = "MAX_TOKENS" if last.stop is Stop.LENGTH else "STOP"
        read = last.tokens.fresh + last.tokens.read
        found["usageMetadata"] = {
            "promptTokenCount": read, "candidatesTokenCount": last.tokens.output,
            "totalTokenCount": read + last.tokens.output, "cachedContentTokenCount": last.tokens.read,
        }  # fmt: skip
    return found


def error(code: int, message: str) -> dict[str, Any]:
    """The body of an error."""
    status = _ERRORS.get(code, "INTERNAL")
    return {"error": {"code": code, "message": message or status, "status": status}}
