"""The reader of pi's stream (`pi --mode json`), of 0.73.  Pure.

One process is one turn, from `session` to `agent_end`.  Each message of its model comes whole with `message_end`, with
its own tokens (input without what a cache held) and cost; one that failed has the stop reason `error`.  It exits with 0
whatever came of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swarm.agents import service, toollines
from swarm.agents.reading import JsonLines, Trouble
from swarm.core.events import Usage


class PiStream(JsonLines):
    """One attempt of pi."""

    def __init__(self) -> None:
        super().__init__()
        self._root = ""

    def take(self, event: Mapping[str, Any]) -> str:
        """See `JsonLines.take`."""
        match event.get("type"):
            case "session":
                self.said.session, self._root = event["id"], event.get("cwd", "")
                return ""
            case "message_end" if event["message"].get("role") == "assistant":
                return self._spoken(event["message"])
            case "tool_execution_start":
                return toollines.used(event["toolName"], event.get("args") or {}, self._root)
            case "tool_execution_end":
                return self._gave(event)
            case "auto_retry_start":
                return f"… {toollines.cut(str(event.get('errorMessage', '')))}; trying again\n"
            case "agent_end":
                self.said.ended = True
                return f"✗ {toollines.cut(self.said.trouble.text)}\n" if self.said.trouble else ""
            case _:
                return ""

    def _spoken(self, message: Mapping[str, Any]) -> str:
        said, used = self.said, message["usage"]
        said.model = message.get("model") or said.model
        cached = used.get("cacheRead", 0)
        fresh = used["input"] + used.get("cacheWrite", 0)
        said.usage += Usage(fresh + cached, used["output"], (used.get("cost") or {}).get("total") or 0.0, cached)
        said.trouble = None
        if message.get("stopReason") == "error":
            text = str(message.get("errorMessage") or "the service gave no answer")
            said.trouble = Trouble(service.of_words(text), text)
        words = "".join(part.get("text", "") for part in message["content"] if part.get("type") == "text").strip()
        if not words:
            return ""
        said.text = words
        return f"\n{words}\n"

    def _gave(self, event: Mapping[str, Any]) -> str:
        error = bool(event.get("isError"))
        if not error and event["toolName"] != "bash":
            return ""
        parts = event["result"].get("content") or ()
        return toollines.gave("\n".join(part.get("text", "") for part in parts), error)
