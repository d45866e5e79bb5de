"""One answer of the model, before a dialect puts it into its own words.  Pure."""

from __future__ import annotations

import enum
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass

from modelserver.calling import Call, calls, example
from modelserver.conversation import Conversation, Role
from modelserver.script import FALLBACK, Step


class Stop(enum.Enum):
    """Why the model stopped."""

    END = enum.auto()
    TOOL = enum.auto()
    LENGTH = enum.auto()


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the answer to request n used: recognisable, so that a reader of usage can be checked to the token.

    `fresh` is the input that was in no cache; the whole input is fresh + read + written.
    """

    fresh: int
    output: int
    read: int
    written: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said and called."""

    text: str
    calls: tuple[Call, ...]
    tokens: Tokens
    stop: Stop


def answer(step: Step, conversation: Conversation) -> Answer:
    """The step, said with the tools of this conversation."""
    called = tuple(calls(step, conversation))
    text = "" if any(tool.name == "tool_search" for tool, _ in called) else _text(step, conversation, bool(called))
    stop = Stop.LENGTH if step.stop == "length" else Stop.TOOL if called else Stop.END
    return Answer(text, called, tokens(sum(role is Role.MODEL for role, _ in conversation.items)), stop)


def tokens(n: int) -> Tokens:
    """What the answer after `n` items of the model uses."""
    return Tokens(fresh=1000 + n, output=50 + n, read=200 + n, written=30 + n)


def _text(step: Step, conversation: Conversation, called: bool) -> str:
    """Side questions (titles, summaries) come with a schema or without tools, and get the least that will do."""
    if conversation.tools or called:
        return step.text
    if conversation.schema:
        return json.dumps(example(conversation.schema))
    if step.write is not None and "SEARCH/REPLACE" in conversation.system:
        path, body = step.write
        return f"{step.text}\n\n{path}\n```\n<<<<<<< SEARCH\n=======\n{body}>>>>>>> REPLACE\n```\n"
    if step.write is not None and "file listing" in conversation.system:
        path, body = step.write
        return f"{step.text}\n\n{path}\n```\n{body}```\n"
    return FALLBACK.text if step.write or step.shell or step.tool or step.tools else step.text


_numbers = itertools.count(1)


def new_id(prefix: str) -> str:
    """An id that no other answer has."""
    return f"{prefix}scripted{next(_numbers):06d}"


def pieces(text: str, size: int = 24) -> Iterator[str]:
    """A text as a stream brings it."""
    return (text[at : at + size] for at in range(0, len(text), size))
