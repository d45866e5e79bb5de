"""The reader of Gemini CLI's stream (`-o stream-json`), of 0.61.  Pure.

One process is one turn, from `init` to `result`, whose counts are those of the process: they are added up over turns.
Its input tokens count with those that a cache held.  It does not say what it costs.  The status of an error of the
service stands, as often as not, only in what it complains of on the way, in plain lines between.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from swarm.agents import service, toollines
from swarm.agents.reading import JsonLines, Trouble
from swarm.core.events import Usage

NOISE = re.compile(
    r"Warning: |YOLO mode is enabled|Ripgrep is not available|    at |\s*(?:cause|status|retryDelayMs|details): |[\]}]|"
    r"Error executing tool .*denied by policy"
)
"""Plain lines of no interest to people: about the terminal, and the traces of its own errors."""

DENIED = "policy_violation"


class GeminiStream(JsonLines):
    """One attempt of Gemini CLI."""

    def __init__(self) -> None:
        super().__init__()
        self._before = Usage()
        self._status = 0
        """The last HTTP status that it complained of in this turn."""
        self._tools: dict[str, tuple[str, str]] = {}
        """Names and shown lines of the tools in use, by the id of the use."""
        self._speaking = False

    def begin(self) -> None:
        """See `Reader.begin`."""
        super().begin()
        self._before, self._status, self._speaking = self.said.usage, 0, False
        self._tools.clear()

    def line(self, text: str) -> str:
        """See `Reader.line`."""
        if not text.startswith("{"):
            self._status = service.status_in(text) or self._status
            if NOISE.match(text):
                return ""
            return self._closed() + (f"{toollines.cut(text)}\n" if text.strip() else "")
        return super().line(text)

    def take(self, event: Mapping[str, Any]) -> str:
        """See `JsonLines.take`."""
        match event.get("type"):
            case "init":
                self.said.session, self.said.model = event["session_id"], event["model"]
                return ""
            case "message" if event.get("role") == "assistant":
                return self._spoken(event["content"])
            case "tool_use":
                shown = toollines.used(event["tool_name"], event.get("parameters") or {})
                self._tools[event["tool_id"]] = (event["tool_name"], shown.strip())
                return self._closed() + shown
            case "tool_result":
                return self._given(event)
            case "error":
                return self._closed() + f"… {toollines.cut(str(event.get('message', '')))}\n"
            case "result":
                return self._closed() + self._result(event)
            case _:
                return ""

    def _spoken(self, words: str) -> str:
        """What the model says comes in pieces; the first begins a paragraph."""
        first = not self._speaking
        if first:
            self.said.text = ""
        self._speaking = True
        self.said.text += words
        return f"\n{words}" if first else words

    def _closed(self) -> str:
        """Ends what the model was saying."""
        was, self._speaking = self._speaking, False
        return "\n" if was else ""

    def _given(self, event: Mapping[str, Any]) -> str:
        name, shown = self._tools.pop(event["tool_id"], ("", ""))
        error = event.get("status") == "error"
        if error and (event.get("error") or {}).get("type") == DENIED:
            self.said.denied.append(shown)
            return f"  ✗ not permitted: {shown}\n"
        text = event.get("output") or (event.get("error") or {}).get("message", "")
        return toollines.gave(text, error) if error or name == "run_shell_command" else ""

    def _result(self, event: Mapping[str, Any]) -> str:
        said, stats = self.said, event.get("stats") or {}
        said.ended = True
        used = Usage(stats.get("input_tokens", 0), stats.get("output_tokens", 0), 0.0, stats.get("cached", 0))
        said.usage = self._before + used
        if event.get("status") == "success":
            return ""
        message = (event.get("error") or {}).get("message", "") or str(event.get("status"))
        status = service.status_in(message) or self._status
        said.trouble = Trouble(service.of_status(status) if status else service.of_words(message), message)
        return f"✗ {toollines.cut(message)}\n"
