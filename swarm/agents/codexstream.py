"""The reader of Codex's stream (`codex exec --json`), of 0.169.  Pure.

One process is one turn, from `thread.started` to `turn.completed` or `turn.failed`; `error` alone ends nothing.  The
usage of `turn.completed` is that of the whole thread since it began, also in an earlier attempt: what that attempt used
is subtracted.  Input tokens count with those that a cache held.  Codex says neither its model nor what it costs.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from swarm.agents import service, toollines
from swarm.agents.reading import JsonLines, Trouble
from swarm.core.events import Usage

NOISE = ("`--dangerously-bypass-hook-trust` is enabled",)
"""Beginnings of what it says at each start about how we started it."""


class CodexStream(JsonLines):
    """One attempt of Codex."""

    def __init__(self) -> None:
        super().__init__()
        self._totals: dict[str, Usage] = {}
        """What each thread has used in this attempt, by its id."""

    def take(self, event: Mapping[str, Any]) -> str:
        """See `JsonLines.take`."""
        match event.get("type"):
            case "thread.started":
                self.said.session = event["thread_id"]
                return ""
            case "item.started":
                return self._begun(event["item"])
            case "item.completed":
                return self._done(event["item"])
            case "turn.completed":
                self.said.ended = True
                self._used(event["usage"])
                return ""
            case "turn.failed":
                return self._failed(event["error"]["message"])
            case "error":
                return f"… {toollines.cut(event['message'])}\n"
            case _:
                return ""

    def _begun(self, item: Mapping[str, Any]) -> str:
        match item.get("type"):
            case "command_execution":
                return f"$ {toollines.cut(_command(item['command']))}\n"
            case "mcp_tool_call":
                return toollines.used(item["tool"], item.get("arguments") or {})
            case _:
                return ""

    def _done(self, item: Mapping[str, Any]) -> str:
        match item.get("type"):
            case "agent_message":
                self.said.text = item["text"]
                return f"\n{item['text'].strip()}\n"
            case "command_execution":
                if item.get("status") == "declined":
                    self.said.denied.append(_command(item["command"]))
                return toollines.gave(item.get("aggregated_output") or "", bool(item.get("exit_code")))
            case "mcp_tool_call":
                error = item.get("error")
                return toollines.gave(str(error.get("message", error)), error=True) if error else ""
            case "file_change":
                return "".join(f"• {change.get('kind', 'change')} {change['path']}\n" for change in item["changes"])
            case "web_search":
                return f"• search {toollines.cut(item.get('query') or '')}\n"
            case "error" if not item["message"].startswith(NOISE):
                return f"… {toollines.cut(item['message'])}\n"
            case _:
                return ""

    def _used(self, usage: Mapping[str, Any]) -> None:
        said = self.said
        total = Usage(usage["input_tokens"], usage["output_tokens"], 0.0, usage.get("cached_input_tokens", 0))
        self._totals[said.session] = total.less(said.spent) if said.session == said.earlier else total
        said.usage = sum(self._totals.values(), Usage())

    def _failed(self, message: str) -> str:
        self.said.ended = True
        self.said.trouble = Trouble(service.of_words(message), message)
        return f"✗ {toollines.cut(message)}\n"


def _command(command: str) -> str:
    """The shell line itself, without the shell around it."""
    try:
        words = shlex.split(command)
    except ValueError:
        return command
    return words[2] if len(words) == 3 and words[1] in ("-c", "-lc") else command
