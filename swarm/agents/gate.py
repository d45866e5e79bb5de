"""The gate before each step of an agent whose CLI asks a hook and no person: how it gets there, and how it answers.

The hook is `swarm permission step AGENT`.  It lets through what needs nobody (swarm.agents.freedom) and asks a person
about the rest.  Whatever goes wrong is a no: CLIs take a hook that fails for a yes unless it says otherwise, so its
line has a second half for the case that our program can't even say that.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from swarm.agents.freedom import Freedom, unknown_rule
from swarm.agents.own import LONG, OWN, PYTHON
from swarm.agents.permission import Decision
from swarm.core.plan import Permission, Task
from swarm.errors import SwarmError

MAY, TREE = "SWARM_MAY", "SWARM_TREE"
"""Variables: what it may do unasked, as JSON, and the worktree.  Its CLI has them before the agent can do anything."""

WORDS = (*OWN, "permission", "step")
"""Behind the interpreter; the agent's name follows."""

PATIENCE = LONG - 3600
"""Seconds after which nobody's answer is a no: before the CLI would give up, and go on."""

NOBODY = Decision(False, "nobody has answered; do without it, or end with task_failed")


def env(task: Task) -> Mapping[str, str]:
    """The variables of an agent that is held at the gate."""
    may = {"edits": task.permissions is Permission.EDITS, "allow": task.allow}
    return {MAY: json.dumps(may), TREE: "{{worktree}}"}


def hook(agent: str) -> str:
    """The shell line of the hook."""
    line = " ".join((f'"${PYTHON}"', *WORDS, agent))
    return f"{line} || {{ echo 'swarm permission could not ask anybody' >&2; exit 2; }}"


def freedom(agent: str, environ: Mapping[str, str]) -> Freedom:
    """What that agent may do unasked.  Raises SwarmError where it was not said."""
    try:
        may = json.loads(environ[MAY])
        return Freedom(agent, may["edits"] is True, tuple(may["allow"]), environ[TREE])
    except (KeyError, ValueError, TypeError) as error:
        raise SwarmError(f"what {agent} may do was not said in ${MAY} and ${TREE}: {error!r}") from None


def step(agent: str, event: Mapping[str, Any], tree: str) -> tuple[str, Mapping[str, Any]]:
    """The tool that a hook's event means, and what it is given.  Raises SwarmError where it does not say.

    Codex says beside it where a command would run: that is given too, where it is not the worktree.
    """
    tool, given, place = (event.get(key) for key in ("tool_name", "tool_input", "cwd"))
    if not isinstance(tool, str) or not isinstance(given, dict):
        raise SwarmError("the event does not say which tool is meant, and with what")
    if agent != "codex":
        return tool, given
    if not isinstance(place, str):
        raise SwarmError("the event does not say where the step would be taken")
    return tool, given if os.path.realpath(place) == os.path.realpath(tree) else {**given, "cwd": place}


def answer(agent: str, decision: Decision) -> str:
    """The answer in the words of the agent's CLI; of Codex and Gemini CLI nothing is a yes, with exit status 0."""
    match agent:
        case "codex":
            said = {"permissionDecision": "deny", "permissionDecisionReason": decision.why}
            found: object = {"hookSpecificOutput": {"hookEventName": "PreToolUse", **said}}
        case "gemini":
            found = {"decision": "deny", "reason": decision.why}
        case _:  # a plugin of our own
            return json.dumps({"allowed": decision.allowed, "why": decision.why}) + "\n"
    return "" if decision.allowed else json.dumps(found) + "\n"


def objection(agent: str, task: Task) -> str:
    """What of the task's `allow` can't be kept to, or ""."""
    unknown = unknown_rule(task.allow)
    if not unknown:
        return ""
    return f"{agent} can't allow {unknown!r}; write the name of a tool, or a shell command as in `Bash(make test:*)`"
