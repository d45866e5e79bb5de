"""The reader of opencode's stream (`opencode run --format json`), of 1.18.  Pure.

One process is one turn.  Each step of the model ends with `step_finish`, with its own tokens (input without what a
cache held) and cost; the turn ends with the step whose reason is not `tool-calls`, or with `error`.  The lines `retry`
are those of our own plugin (swarm.agents.opencodeplugin).  It does not say its model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swarm.agents import service, toollines
from swarm.agents.opencodeplugin import MOST_TRIES
from swarm.agents.reading import JsonLines, Trouble
from swarm.core.events import Usage

DENIED = ("The user has specified a rule which prevents", "The user rejected permission")
"""Beginnings of what a tool says that was not permitted."""


class OpencodeStream(JsonLines):
    """One attempt of opencode."""

    def take(self, event: Mapping[str, Any]) -> str:
        """See `JsonLines.take`."""
        self.said.session = self.said.session or event.get("sessionID") or ""  # an agent below it has another one
        match event.get("type"):
            case "text":
                self.said.text = event["part"]["text"]
                return f"\n{self.said.text.strip()}\n" if self.said.text.strip() else ""
            case "tool_use":
                return self._used(event["part"])
            case "step_finish":
                return self._finished(event["part"])
            case "retry":
                return self._retried(event["attempt"], event["message"])
            case "error":
                return self._failed(event["error"])
            case _:
                return ""

    def _used(self, part: Mapping[str, Any]) -> str:
        name, state = part["tool"].removeprefix("swarm_"), part["state"]
        shown = toollines.used(name, state.get("input") or {})
        if state.get("status") != "error":
            return shown + (toollines.gave(state.get("output") or "") if name == "bash" else "")
        error = str(state.get("error", ""))
        if error.startswith(DENIED):
            self.said.denied.append(shown.strip())
            return f"{shown}  ✗ not permitted\n"
        return shown + toollines.gave(error, error=True)

    def _finished(self, part: Mapping[str, Any]) -> str:
        tokens, cache = part["tokens"], part["tokens"].get("cache") or {}
        cached = cache.get("read", 0)
        fresh = tokens["input"] + cache.get("write", 0)
        said = tokens["output"] + tokens.get("reasoning", 0)
        self.said.usage += Usage(fresh + cached, said, part.get("cost") or 0.0, cached)
        self.said.ended = part.get("reason") != "tool-calls"
        return ""

    def _retried(self, attempt: int, message: str) -> str:
        if attempt < MOST_TRIES:
            return f"… the service said: {toollines.cut(message)}; trying again ({attempt} of {MOST_TRIES})\n"
        return self._ended(Trouble(service.of_words(message), message))

    def _failed(self, error: Mapping[str, Any]) -> str:
        data = error.get("data") or {}
        message, status = str(data.get("message") or error.get("name")), data.get("statusCode")
        if self.said.trouble is not None and error.get("name") == "MessageAbortedError":
            return ""  # by our plugin, which has said why
        kind = service.of_status(status) if isinstance(status, int) else service.of_words(message)
        return self._ended(Trouble(kind, message))

    def _ended(self, trouble: Trouble) -> str:
        self.said.ended, self.said.trouble = True, trouble
        return f"✗ {toollines.cut(trouble.text)}\n"
