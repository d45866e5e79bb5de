"""What every dialect's request boils down to: who said what so far, and which tools there are.  Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


class Role(enum.StrEnum):
    """Who an item of a conversation is from."""

    SYSTEM = "system"
    USER = "user"
    MODEL = "model"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that the client offers.  `schema` of its input as JSON schema; `free`: its input is plain text."""

    name: str
    schema: dict[str, Any] = field(default_factory=dict)
    free: bool = False
    namespace: str = ""

    @property
    def properties(self) -> dict[str, Any]:
        return self.schema.get("properties") or {}


@dataclass(slots=True)
class Conversation:
    """One request.  `schema`: the JSON schema that the answer's text has to fit, where one is asked for."""

    items: list[tuple[Role, str]] = field(default_factory=list)
    tools: dict[str, Tool] = field(default_factory=dict)
    schema: dict[str, Any] | None = None
    model: str = "scripted"
    stream: bool = False
    system: str = ""

    def turns(self, after: int = -1) -> int:
        """How often the model has spoken after item `after`; items of it that follow one another are one turn."""
        roles = [role for role, _ in self.items]
        return sum(
            role is Role.MODEL and (at == 0 or roles[at - 1] is not Role.MODEL)
            for at, role in enumerate(roles)
            if at > after
        )

    def user_texts(self) -> Iterator[tuple[int, str]]:
        """Where the user speaks, and what, in order."""
        return ((at, text) for at, (role, text) in enumerate(self.items) if role is Role.USER)


def text_of(content: Any) -> str:
    """The text of a message's content: a string, or a list of parts."""
    if isinstance(content, str):
        return content
    parts = [part for part in content or [] if isinstance(part, dict)]
    return "\n".join(part["text"] for part in parts if isinstance(part.get("text"), str))
