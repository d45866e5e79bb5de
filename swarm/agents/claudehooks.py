"""What Claude Code's hooks are answered, by their events.  Pure.

A step of its (`PostToolUse`, `PostToolUseFailure`) takes messages into its context, as words of the user's side; `Stop`
takes them as the reason to go on.  `PostToolBatch` would come once for several tools at a time, but what it says stands
there with the authority of the system, which is not for messages.  Others with hooks of this shape may use them too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

PROMPT = "UserPromptSubmit"
"""A person has typed something."""

STEPS = frozenset({"PostToolUse", "PostToolUseFailure", PROMPT})
STOP = "Stop"
PERMISSION = "PermissionRequest"


def context(event: str, text: str) -> str:
    """The answer that puts a text before the model at its next step."""
    return _answer({"hookSpecificOutput": {"hookEventName": event, "additionalContext": text}})


def go_on(text: str) -> str:
    """The answer to `Stop` that has the model go on with a text."""
    return _answer({"decision": "block", "reason": text})


def decision(allowed: bool, why: str) -> str:
    """The answer to `PermissionRequest`; `why` is told the model where it is not allowed."""
    found: dict[str, Any] = {"behavior": "allow"} if allowed else {"behavior": "deny", "message": why}
    return _answer({"hookSpecificOutput": {"hookEventName": PERMISSION, "decision": found}})


def _answer(found: Mapping[str, Any]) -> str:
    return json.dumps(found) + "\n"
