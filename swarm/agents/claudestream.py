"""The reader of Claude Code's stream (`--output-format stream-json`), of 2.1.  Pure.

One process of it is one turn.  It says `system/init` and `result`, more than once where a task in the background wakes
it again; usage and cost of a result are those of the whole process, so they are added up over turns.  `assistant`
events carry placeholders for usage, and are never counted.  An error of the service is a `result` with
`subtype: success`, `is_error: true` and the HTTP status.  Streams of this shape derive from `ClaudeStream`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from swarm.agents import toollines
from swarm.agents.reading import JsonLines, Kind, Trouble
from swarm.agents.service import of_status
from swarm.core.events import Usage

SYNTHETIC = "<synthetic>"
"""The model of words that the program puts into its model's mouth: an error."""

NO_OUTPUT = "(Bash completed with no output)"

MOST_TRIED = "error_max_turns"
MOST_SPENT = "error_max_budget_usd"

ERRORS = {
    "rate_limit": Kind.LIMIT,
    "authentication_failed": Kind.REFUSED,
    "billing_error": Kind.REFUSED,
    "overloaded": Kind.OVERLOAD,
    "server_error": Kind.OVERLOAD,
}
"""Kinds of trouble by the program's own words, where there is no HTTP status: the network failed, and such."""


class ClaudeStream(JsonLines):
    """One attempt of Claude Code."""

    def __init__(self) -> None:
        super().__init__()
        self._root = ""
        self._before = Usage()
        """What earlier turns used."""
        self._reset: float | None = None
        """When the usage limit that was hit ends, Unix seconds."""
        self._error = ""
        """The program's own word for an error of the service."""
        self._tools: dict[str, str] = {}
        """Names of the tools in use, by the id of the use."""

    def begin(self) -> None:
        """See `Reader.begin`."""
        super().begin()
        self._before = self.said.usage
        self._reset, self._error = None, ""
        self._tools.clear()

    def take(self, event: Mapping[str, Any]) -> str:
        """See `JsonLines.take`."""
        match event.get("type"):
            case "system":
                return self._system(event)
            case "assistant":
                return self._spoken(event)
            case "user":
                return "".join(self._given(part) for part in _parts(event) if part.get("type") == "tool_result")
            case "rate_limit_event":
                return self._limit(event["rate_limit_info"])
            case "result":
                return self._result(event)
            case _:
                return ""

    def _system(self, event: Mapping[str, Any]) -> str:
        match event.get("subtype"):
            case "init":
                self.said.session, self.said.model = event["session_id"], plain_model(event["model"])
                self.said.ended = False  # a task in the background may wake it after a result
                self._root = event.get("cwd", "")
                return ""
            case "api_retry":
                why = " ".join(str(event[key]) for key in ("error_status", "error") if event.get(key))
                what = f"said {why}" if event.get("error_status") else "did not answer"
                tries = f"{event['attempt']} of {event['max_retries']}"
                return f"… the service {what}; trying again in {event['retry_delay_ms'] / 1000:.0f} s ({tries})\n"
            case _:
                return ""

    def _spoken(self, event: Mapping[str, Any]) -> str:
        """What the model says and does; of an agent below it (`parent_tool_use_id`) only what it does."""
        below = bool(event.get("parent_tool_use_id"))
        model = event["message"].get("model", "")
        if model == SYNTHETIC:
            self._error = str(event.get("error", ""))
            return ""  # its text stands in the result too
        if model and not below:
            self.said.model = plain_model(model)
        return "".join(self._part(part, below) for part in _parts(event))

    def _part(self, part: Mapping[str, Any], below: bool) -> str:
        match part.get("type"):
            case "text" if not below and part["text"].strip():
                return f"\n{part['text'].strip()}\n"
            case "tool_use":
                self._tools[part["id"]] = part["name"]
                return ("  " if below else "") + toollines.used(part["name"], part["input"], self._root)
            case _:
                return ""

    def _given(self, part: Mapping[str, Any]) -> str:
        """What a tool gave back: shown where it is an error, or what a shell printed."""
        name = self._tools.pop(part.get("tool_use_id", ""), "")
        content = part.get("content") or ""
        text = content if isinstance(content, str) else "\n".join(one.get("text", "") for one in content)
        text = text.removeprefix("<tool_use_error>").removesuffix("</tool_use_error>")
        error = bool(part.get("is_error"))
        if text == NO_OUTPUT:
            return ""
        return toollines.gave(text, error) if error or name == "Bash" else ""

    def _limit(self, limit: Mapping[str, Any]) -> str:
        if limit.get("status") == "rejected" and isinstance(limit.get("resetsAt"), int | float):
            self._reset = float(limit["resetsAt"])
        return ""

    # the end of a turn

    def _result(self, event: Mapping[str, Any]) -> str:
        said = self.said
        said.session = event.get("session_id") or said.session
        said.ended, said.text = True, event.get("result") or ""
        said.usage = self._before + self.used(event)
        said.denied[:] = [_denial(one) for one in event.get("permission_denials") or ()]
        said.trouble = self.trouble(event)
        shown = [f"✗ {said.trouble.text}\n"] if said.trouble else []
        shown += [f"✗ not permitted: {denial}\n" for denial in said.denied]
        return "".join(shown)

    def used(self, event: Mapping[str, Any]) -> Usage:
        """What the process has used, by its result.  Input tokens count with those that a cache held."""
        models = (event.get("modelUsage") or {}).values()
        cached = sum(one["cacheReadInputTokens"] for one in models)
        fresh = sum(one["inputTokens"] + one["cacheCreationInputTokens"] for one in models)
        usd = event.get("total_cost_usd") or 0.0
        return Usage(fresh + cached, sum(one["outputTokens"] for one in models), usd, cached)

    def trouble(self, event: Mapping[str, Any]) -> Trouble | None:
        """Why the turn did not come to its own end, by its result."""
        subtype, status = event.get("subtype"), event.get("api_error_status")
        text = event.get("result") or "; ".join(map(str, event.get("errors") or ())) or str(subtype)
        if subtype in (MOST_TRIED, MOST_SPENT):
            return Trouble(Kind.BUDGET, text)
        if not event.get("is_error"):
            return None
        kind = of_status(status) if isinstance(status, int) else ERRORS.get(self._error, Kind.BROKEN)
        return Trouble(kind, text, self._reset if kind is Kind.LIMIT else None)


def plain_model(name: str) -> str:
    """The model without what the program adds for its own use (`[1m]`: a longer context)."""
    return name.partition("[")[0]


def _parts(event: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    content = event["message"].get("content")
    return [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []


def _denial(denial: Mapping[str, Any]) -> str:
    return toollines.used(denial["tool_name"], denial.get("tool_input") or {}).strip()
