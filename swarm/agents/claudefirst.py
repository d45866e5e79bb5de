"""What Claude Code asks at an interactive start, in a dialog in its pane, and whether it has been answered for good.

Knows the file in which it keeps such answers, and only reads it.  Headless nothing is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from swarm.files import read_theirs

KEPT_OF_A_KEY = 20
"""Of an API key that it was allowed to use it keeps the last characters."""


def unanswered(environ: Mapping[str, str]) -> str:
    """What a person has to do once before it starts without a dialog, or ""."""
    said = read_theirs(Path(environ.get("CLAUDE_CONFIG_DIR") or environ.get("HOME", "")) / ".claude.json")
    if said.get("hasCompletedOnboarding") is not True:
        return "claude asks at its very first start: run `claude` once, and answer it"
    key = environ.get("ANTHROPIC_API_KEY", "")
    answers = said.get("customApiKeyResponses")
    approved = answers.get("approved", ()) if isinstance(answers, dict) else ()
    if key and not environ.get("ANTHROPIC_AUTH_TOKEN") and key[-KEPT_OF_A_KEY:] not in approved:
        return "claude asks whether it may use ANTHROPIC_API_KEY: run `claude` once with it, and say yes"
    return ""
