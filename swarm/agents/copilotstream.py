"""The reader of Copilot's stream (`copilot --output-format json`), of 1.0.  Pure.

One process is one turn, and ends with `result`.  What its model says and does comes whole in `assistant.message`; what
is ephemeral comes again in another event, but for calls of its service that failed and are tried again.  It tells no
tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swarm.agents import service, toollines
from swarm.agents.reading import JsonLines, Kind, Trouble

SHELLS = frozenset({"bash", "powershell"})


class CopilotStream(JsonLines):
    """One attempt of Copilot."""

    def __init__(self) -> None:
        super().__init__()
        self._shells: set[str] = set()
        """Calls of a shell that are under way."""

    def take(self, event: Mapping[str, Any]) -> str:
        """See `JsonLines.take`."""
        match event.get("type"):
            case "assistant.message":
                return self._spoken(event["data"])
            case "tool.execution_start":
                return self._used(event["data"])
            case "tool.execution_complete":
                return self._gave(event["data"])
            case "model.call_failure":
                return f"… the service said {event['data'].get('statusCode') or 'nothing'}\n"
            case "session.error":
                self.said.trouble = _trouble(event["data"])
                return f"✗ {toollines.cut(self.said.trouble.text)}\n"
            case "result":
                return self._ended(event)
            case _:
                return ""

    def _spoken(self, data: Mapping[str, Any]) -> str:
        self.said.model = data.get("model") or self.said.model
        words = str(data.get("content") or "").strip()
        if not words:
            return ""
        self.said.text = words
        return f"\n{words}\n"

    def _used(self, data: Mapping[str, Any]) -> str:
        name = data["toolName"]
        if name in SHELLS:
            self._shells.add(data["toolCallId"])
        return toollines.used(name, data.get("arguments") or {})

    def _gave(self, data: Mapping[str, Any]) -> str:
        """What a tool gave back: shown where it is an error, or what a shell printed."""
        shell = data["toolCallId"] in self._shells
        self._shells.discard(data["toolCallId"])
        if data.get("success"):
            return toollines.gave(_printed(str((data.get("result") or {}).get("content", "")))) if shell else ""
        error = data.get("error") or {}
        if error.get("code") == "denied":
            self.said.denied.append(str(error.get("message", "")))
        return toollines.gave(str(error.get("message", "")), True)

    def _ended(self, event: Mapping[str, Any]) -> str:
        said = self.said
        said.ended, said.session = True, event.get("sessionId") or said.session
        if event.get("exitCode") and said.trouble is None:
            said.trouble = Trouble(Kind.BROKEN, f"it ended with status {event['exitCode']}")
        return ""


def _printed(text: str) -> str:
    """Without the line that it adds for its model."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("<shellId: "))


def _trouble(data: Mapping[str, Any]) -> Trouble:
    text, status = str(data.get("message") or "the service gave no answer"), data.get("statusCode")
    return Trouble(service.of_status(status) if isinstance(status, int) else service.of_words(text), text)
