"""The reader of what aider prints, of 0.86: plain text, and between it the events of its analytics log.  Pure.

One process is one turn.  It says nothing of its end but the event `exit`, and exits with 0 whatever came of it: a turn
without an event `message_send` failed, and the text before says why.  Its tokens and cost stand in these events.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from swarm.agents import service, toollines
from swarm.agents.reading import JsonLines, Kind, Trouble
from swarm.core.events import Usage

ERROR = re.compile(r"litellm\.(?P<name>[A-Za-z]+)|(?P<other>The API provider is not able to authenticate you)")

KINDS = {
    "RateLimitError": Kind.LIMIT,
    "AuthenticationError": Kind.REFUSED,
    "PermissionDeniedError": Kind.REFUSED,
    "InternalServerError": Kind.OVERLOAD,
    "ServiceUnavailableError": Kind.OVERLOAD,
    "APIConnectionError": Kind.OVERLOAD,
    "Timeout": Kind.OVERLOAD,
}
"""Its errors by the names that they have in the library through which it calls models."""

MODEL = re.compile(r"(?:Main m|M)odel: (?P<model>\S+) with ")
NOISE = re.compile(
    r"HTTPSConnectionPool|Detected dumb terminal|Warning: Input is not a terminal|Repo-map: |"
    r"Can't initialize prompt toolkit|\s*\Z"
)


class AiderStream(JsonLines):
    """One attempt of aider."""

    def __init__(self) -> None:
        super().__init__()
        self._error = ""
        self._kind = Kind.BROKEN
        self._sent = False
        """Whether the service has answered in this turn."""

    def begin(self) -> None:
        """See `Reader.begin`."""
        super().begin()
        self._error, self._kind, self._sent = "", Kind.BROKEN, False

    def line(self, text: str) -> str:
        """See `Reader.line`."""
        if text.startswith('{"event": '):
            return super().line(text)
        model, error = MODEL.match(text), ERROR.match(text)
        if model:
            self.said.model = model["model"].partition("/")[2] or model["model"]
        if error:
            self._error = text.strip()
            self._kind = KINDS.get(error["name"] or "") or service.of_words(text)
        return "" if NOISE.match(text) else f"{text}\n"

    def take(self, event: Mapping[str, Any]) -> str:
        """See `JsonLines.take`."""
        match event.get("event"):
            case "message_send":
                used = event["properties"]
                self._sent = True
                self.said.usage += Usage(used["prompt_tokens"], used["completion_tokens"], used.get("cost") or 0.0)
                return ""
            case "exit":
                return self._ended()
            case _:
                return ""

    def _ended(self) -> str:
        self.said.ended = True
        if self._sent:
            return ""
        text = self._error or "the service gave no answer"
        self.said.trouble = Trouble(self._kind, text)
        return f"✗ {toollines.cut(text)}\n"
