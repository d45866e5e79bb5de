"""What is learnt from what an agent prints: readers of streams, line by line.  Pure.

Knows no file and no terminal.  A reader is fed each line once, in order, of all turns of an attempt; it answers with
what people are shown of it, and keeps in `said` what the line told.  A line that it does not understand is shown as it
is: a program that changed its format is still readable.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from swarm.core.events import Usage


class Kind(enum.StrEnum):
    """Kinds of trouble that end a turn."""

    LIMIT = "limit"
    """The account's usage limit, or too many requests: nobody on that account gets on before it is over."""
    REFUSED = "refused"
    """The account itself is refused (a wrong key, no credit): a person has to see to it."""
    OVERLOAD = "overload"
    """The service is overloaded or broken (5xx, 529): it passes."""
    BROKEN = "broken"
    """The turn died: an error of another kind, or silence where its end should have been."""
    BUDGET = "budget"
    """It reached the bound that we gave it."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a turn did not come to its own end.  `until`: Unix seconds, where the service names a time."""

    kind: Kind
    text: str
    until: float | None = None


@dataclass(slots=True)
class Said:
    """What an agent's output has told so far.  `usage` is of the whole attempt."""

    session: str = ""
    model: str = ""
    """The model that really ran, as it says itself."""
    usage: Usage = Usage()
    text: str = ""
    """The last words of its last turn."""
    ended: bool = False
    """Whether the present turn has come to an end of its own, well or not."""
    trouble: Trouble | None = None
    denied: list[str] = field(default_factory=list)
    """What it was not permitted to do in its last turn."""
    earlier: str = ""
    """The conversation of earlier attempts with which this one goes on, told before its first line."""
    spent: Usage = Usage()
    """What those have used of it: for programs that count over a whole conversation."""


class Reader(Protocol):
    """Reads one attempt's output."""

    said: Said

    def begin(self) -> None:
        """A turn begins."""
        ...

    def line(self, text: str) -> str:
        """Take one line, without its newline; what people see of it, with newlines, or ""."""
        ...


class AsItIs:
    """A reader that learns nothing: every line is shown, and its turn ends as its exit status says."""

    def __init__(self) -> None:
        self.said = Said(ended=True)
        self._begun = False

    def begin(self) -> None:
        """See `Reader.begin`."""
        self._begun = True

    def line(self, text: str) -> str:
        """See `Reader.line`.  What stands before its turn is ours."""
        return f"{text}\n" if self._begun else ""


class JsonLines:
    """A reader of JSON objects, one to a line.  A subclass says what an object means, by `take`."""

    def __init__(self) -> None:
        self.said = Said()

    def begin(self) -> None:
        """A turn begins: nothing is known of its end yet."""
        self.said.ended, self.said.trouble, self.said.text = False, None, ""
        self.said.denied.clear()

    def line(self, text: str) -> str:
        """See `Reader.line`."""
        if not text.startswith("{"):
            return f"{text}\n" if text.strip() else ""
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            return f"{text}\n"
        try:
            return self.take(found)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError):
            return ""  # a shape that we do not know: nothing is concluded from it

    def take(self, event: Mapping[str, Any]) -> str:
        """One object of the stream."""
        raise NotImplementedError
