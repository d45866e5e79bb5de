"""The reader `lines`: a plain stream of JSON objects for agents of one's own, one object to a line.

Each object may have any of these keys; docs/protocol.md is the contract:

    {"session": "…", "model": "…"}         which conversation this is, and which model runs
    {"text": "…"}, {"tool": "…"}           what it says; what it is about to do
    {"usage": {"input_tokens": 9, "output_tokens": 2, "usd": 0.01, "cached_tokens": 0}}   used since the last such line
    {"error": "…"}                         the turn has died; or {"kind": "limit", "text": "…", "until": 1763636100}
    {"end": true}                          the turn has come to an end of its own

A stream that stops without `end` or `error` has broken off.  What is no JSON object is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swarm.agents.reading import JsonLines, Kind, Trouble
from swarm.core.events import Usage


class LinesReader(JsonLines):
    """Reads such a stream."""

    def take(self, event: Mapping[str, Any]) -> str:
        """See the module."""
        said = self.said
        said.session = _text(event, "session") or said.session
        said.model = _text(event, "model") or said.model
        shown = ""
        if text := _text(event, "text"):
            said.text = text
            shown += f"{text}\n"
        if tool := _text(event, "tool"):
            shown += f"→ {tool}\n"
        if "usage" in event:
            said.usage = _sum(said.usage, event["usage"])
        if "error" in event:
            said.trouble = _trouble(event["error"])
            shown += f"✗ {said.trouble.text}\n"
        if event.get("end"):
            said.ended = True
        return shown


def _text(event: Mapping[str, Any], key: str) -> str:
    found = event.get(key)
    return found if isinstance(found, str) else ""


def _trouble(said: object) -> Trouble:
    if not isinstance(said, Mapping):
        return Trouble(Kind.BROKEN, str(said))
    until = said.get("until")
    named = float(until) if isinstance(until, int | float) and not isinstance(until, bool) else None
    kind = said.get("kind")
    known = Kind(kind) if kind in set(Kind) else Kind.BROKEN
    return Trouble(known, _text(said, "text") or known.value, named)


def _sum(one: Usage, more: Mapping[str, Any]) -> Usage:
    return Usage(
        one.input_tokens + _number(more, "input_tokens"), one.output_tokens + _number(more, "output_tokens"),
        round(one.usd + max(0.0, float(more.get("usd", 0.0))), 9), one.cached_tokens + _number(more, "cached_tokens"),
    )  # fmt: skip


def _number(said: Mapping[str, Any], key: str) -> int:
    return max(0, int(said.get(key, 0)))
