"""The real coding CLIs that `make test-agents` runs, as one table: whence each comes, and how it is led to loopback.

Knows no scenario.  A new CLI is a row; what it can't do stands in `cannot`, and that scenario is skipped with the
reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

DUMMY = "sk-dummy-for-tests"
"""What stands for a key everywhere.  No real one is ever in reach."""


@dataclass(frozen=True)
class Cli:
    """One CLI.  `agent`: its name as an adapter; `source`: npm or pypi, and the package; `program`: its executable."""

    agent: str
    source: str
    package: str
    program: str
    model: str
    env: Callable[[str], Mapping[str, str]]
    """The variables that lead it to the server at this URL, with dummy keys."""
    files: Callable[[str], Mapping[str, str]] = lambda url: {}
    """Files below its HOME that it needs, by path."""
    cannot: Mapping[str, str] = field(default_factory=dict)
    """Scenarios that it can't take part in, by the words of SCENARIOS, and why."""


SCENARIOS = ("commits", "messages", "permission", "pause", "401", "429", "529", "killed")
"""What each of them is put through, see test_real_clis."""

CLIS = (
    Cli(
        "claude", "npm", "@anthropic-ai/claude-code", "claude", "claude-sonnet-4-5",
        lambda url: {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": DUMMY, "CLAUDE_CODE_MAX_RETRIES": "1"},
    ),
)  # fmt: skip
