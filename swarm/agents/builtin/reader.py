"""The reader of the built-in agent's own lines (swarm.agents.builtin.lines).  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swarm.agents import toollines
from swarm.agents.reading import JsonLines, Kind, Trouble
from swarm.core.events import Usage


class BuiltinStream(JsonLines):
    """One attempt of the built-in agent.  Usage is that of each request, added up."""

    def __init__(self) -> None:
        super().__init__()
        self._mid_line = False
        self._answered = True

    def take(self, event: Mapping[str, Any]) -> str:
        """See `JsonLines.take`."""
        if event["type"] == "text":
            return self._text(event["text"])
        shown = self._take(event)
        if self._mid_line and (shown or self.said.ended):
            self._mid_line = False
            return f"\n{shown}"
        return shown

    def _text(self, piece: str) -> str:
        if self._answered:
            self.said.text, self._answered = "", False
        self.said.text += str(piece)
        self._mid_line = not piece.endswith("\n")
        return piece

    def _take(self, event: Mapping[str, Any]) -> str:
        match event["type"]:
            case "start":
                self.said.session, self.said.model = str(event["session"]), str(event["model"])
                return f"• {event['model']}\n"
            case "usage":
                self._used(event)
                return ""
            case "tool":
                return toollines.used(event["name"], event["input"])
            case "result":
                return toollines.gave(event["text"], event["error"])
            case "note":
                return f"✉ {event['sender']}: {toollines.cut(event['text'])}\n"
            case "asks":
                return f"? asks for permission: {toollines.cut(event['call'])}\n"
            case "denied":
                self.said.denied.append(str(event["call"]))
                return f"✗ not permitted: {toollines.cut(event['call'])}\n"
            case "retry":
                return f"… {toollines.cut(event['why'])}; once more in {event['seconds']:g} s\n"
            case "cleared":
                return f"… {event['tokens']} tokens: old results are left out from here on\n"
            case "end":
                return self._end(event["trouble"])
            case _:
                return ""

    def _used(self, event: Mapping[str, Any]) -> None:
        before = self.said.usage
        self.said.model = str(event["model"]) or self.said.model
        self.said.usage = Usage(
            before.input_tokens + int(event["input_tokens"]), before.output_tokens + int(event["output_tokens"]),
            before.usd + float(event["usd"] or 0.0), before.cached_tokens + int(event["cache_read"]),
        )  # fmt: skip
        self._answered = True

    def _end(self, trouble: Mapping[str, Any] | None) -> str:
        self.said.ended = True
        if trouble is None:
            return ""
        until = trouble["until"]
        until = None if until is None else float(until)
        self.said.trouble = Trouble(Kind(trouble["kind"]), str(trouble["text"]), until)
        return f"✗ {toollines.cut(trouble['text'])}\n"
