"""What of a conversation is sent: old results left out where room is short, marks for the service's cache.  Pure."""

from __future__ import annotations

from typing import Any

from swarm.agents.builtin.transcript import Block, Message

FULL = 0.75
"""The share of the context from which on room is made: much at once, since each change makes the cache useless."""

KEPT = (12, 4)
"""Messages at the end that are left whole; where that does not suffice, the second number."""

WORTH = 6
"""Messages for which it is worth to lose the cache."""

SHORT = 400
"""Characters of a result, or of an argument, that are never left out."""

MARKED = 2
"""Messages of the user that are marked for the cache: the last one, and the one that the last request ended with."""

_MARK = {"type": "ephemeral"}


def room(used: int, context: int, count: int, cleared: int) -> int:
    """In how many messages, of `count`, results are to be left out once `used` tokens are taken."""
    if used < context * FULL:
        return cleared
    for kept in KEPT:
        if count - kept - cleared >= WORTH:
            return count - kept
    return cleared


def sent(messages: list[Message], cleared: int) -> list[Message]:
    """The messages of a request."""
    found = [_without_bulk(message) if at < cleared else message for at, message in enumerate(messages)]
    users = [at for at, message in enumerate(found) if message["role"] == "user"]
    for at in users[-MARKED:]:
        found[at] = _marked(found[at])
    return found


def system(text: str) -> list[Block]:
    """The system prompt, marked: what stands before it, the tools, is cached with it."""
    return [{"type": "text", "text": text, "cache_control": _MARK}]


def _marked(message: Message) -> Message:
    *others, last = message["content"]
    return {**message, "content": [*others, {**last, "cache_control": _MARK}]}


def _without_bulk(message: Message) -> Message:
    return {**message, "content": [_small(block) for block in message["content"]]}


def _small(block: Block) -> Block:
    match block.get("type"):
        case "tool_result":
            return {**block, "content": _short(block["content"])}
        case "tool_use":
            return {**block, "input": {key: _short(value) for key, value in block["input"].items()}}
        case _:
            return block


def _short(value: Any) -> Any:
    if not isinstance(value, str) or len(value) <= SHORT:
        return value
    return f"({len(value)} characters were here; they were left out to make room)"
