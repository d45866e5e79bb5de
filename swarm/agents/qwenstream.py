"""The reader of Qwen Code's stream (`-o stream-json`), of 0.15: Claude Code's shape with other habits.  Pure.

An error of the service is a result that claims success, with the error as its text.  Its usage has no models and no
cost, and input tokens count with those that a cache held.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swarm.agents import service
from swarm.agents.claudestream import ClaudeStream
from swarm.agents.reading import Trouble
from swarm.core.events import Usage

ERROR = "[API Error: "


class QwenStream(ClaudeStream):
    """One attempt of Qwen Code."""

    def used(self, event: Mapping[str, Any]) -> Usage:
        """See `ClaudeStream.used`."""
        used = event["usage"]
        return Usage(used["input_tokens"], used["output_tokens"], 0.0, used.get("cache_read_input_tokens", 0))

    def trouble(self, event: Mapping[str, Any]) -> Trouble | None:
        """See `ClaudeStream.trouble`."""
        text = str(event.get("result") or (event.get("error") or {}).get("message") or event.get("subtype"))
        if not event.get("is_error") and not text.startswith(ERROR):
            return None
        return Trouble(service.of_words(text), text)
