"""What Claude Code is told by files, made anew for each attempt: its hooks, its MCP servers, and what it may do.

Pure.  `$SWARM_PYTHON` is the interpreter that has our packages: a variable, so that no path has to be quoted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from swarm.agents.own import LONG, OWN, PYTHON, SOON, VERBS
from swarm.core.plan import Mode, Permission, Task

MODES: Mapping[Permission, str] = {
    Permission.ASK: "default",
    Permission.EDITS: "acceptEdits",
    Permission.ALL: "bypassPermissions",
}
"""Our permissions in Claude Code's words.  What its mode does not allow, a person is asked."""

TALK = ("mcp__swarm", *(f"Bash(swarm {verb}:*)" for verb in VERBS))
"""To speak in the swarm needs nobody's permission."""

COMMIT = ("Bash(git add:*)", "Bash(git commit:*)")
"""Whoever may change files may commit them."""

NEVER = ("EnterWorktree", "ExitWorktree", "EnterPlanMode", "ExitPlanMode", "AskUserQuestion")
"""Tools that lead away from the task's own worktree, or into a mode that a person has to end; and its own question,
whose answer is a choice on its own screen: it asks with `ask`."""

WAKES: Mapping[str, Any] = {"asyncRewake": True}
"""Of a hook that goes on beside the agent: with exit status 2, what it prints to its errors has the agent go on."""

PERMIT = "mcp__person__permit"
"""The tool of `swarm permission tool` that asks a person.  Claude Code calls it itself; its model does not see it."""


def settings(task: Task) -> str:
    """The file for `--settings`."""
    listed = {"allow": _allowed(task), "deny": list(NEVER)}
    found: dict[str, Any] = {"permissions": listed, "hooks": _hooks(task.mode)}
    if task.mode is Mode.INTERACTIVE and task.permissions is Permission.ALL:
        found["skipDangerousModePermissionPrompt"] = True  # the task file's `permissions: all` is the answer
    return _text(found)


def servers(task: Task) -> str:
    """The file for `--mcp-config`: the swarm's own tools, and where a person may be asked, the one that asks."""
    found = {"swarm": _server("mcp")}
    if asks_by_tool(task):
        found["person"] = _server("permission", "tool")
    return _text({"mcpServers": found})


def asks_by_tool(task: Task) -> bool:
    """Whether permissions are asked for through the tool PERMIT: headless, no PermissionRequest hook is called."""
    return task.mode is Mode.HEADLESS and task.permissions is not Permission.ALL


def _allowed(task: Task) -> list[str]:
    commit = () if task.permissions is Permission.ASK else COMMIT
    return list(dict.fromkeys((*TALK, *commit, *task.allow)))


_STEPS = ("PostToolUse", "PostToolUseFailure")
_COUNTED = ("SessionStart", "SessionEnd", "StopFailure")
"""At these only what it uses is counted: what it prints in its pane nobody reads."""


def _hooks(mode: Mode) -> dict[str, Any]:
    if mode is Mode.HEADLESS:
        return {name: _hook(SOON, "hook", "claude") for name in (*_STEPS, "Stop")}
    own = _hook(SOON, "hook", "claude", "--interactive")
    return {
        **dict.fromkeys((*_STEPS, "UserPromptSubmit", *_COUNTED), own),
        "Stop": [*own, *_hook(LONG, "hook", "claude", "--wake", **WAKES)],
        "PermissionRequest": _hook(LONG, "permission", "hook"),
    }


def _hook(seconds: int, *words: str, **more: Any) -> list[dict[str, Any]]:
    line = " ".join((f'exec "${PYTHON}"', *OWN, *words))
    return [{"hooks": [{"type": "command", "command": line, "timeout": seconds, **more}]}]


def _server(*words: str) -> dict[str, Any]:
    return {"type": "stdio", "command": f"${{{PYTHON}}}", "args": [*OWN, *words]}


def _text(found: Mapping[str, Any]) -> str:
    return json.dumps(found, indent=1) + "\n"
