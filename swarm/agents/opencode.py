"""opencode (`opencode`), as of 1.18.33.  Its stream is read by swarm.agents.opencodestream.

All it is told stands in a variable, laid over the user's own configuration, and in a plugin of ours: that hands
messages over at a tool step, and ends a turn which it would otherwise try again for ever without a word.  Headless its
own rules can only refuse, so but for `permissions: all` the plugin has a person asked before each step.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from swarm.agents import gate, own, toolnames
from swarm.agents.definition import Agent, Launch, Order
from swarm.agents.opencodeplugin import PLUGIN, TOOLS
from swarm.agents.providers import needed
from swarm.core.plan import Permission, Task

PASSED = (
    "OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "GEMINI_API_KEY",
    "GOOGLE_GENERATIVE_AI_API_KEY", "OPENROUTER_API_KEY", "GROQ_API_KEY", "MISTRAL_API_KEY", "XAI_API_KEY",
    "DEEPSEEK_API_KEY", "OPENCODE_API_KEY", "OPENCODE_CONFIG", "OPENCODE_CONFIG_DIR", *own.PROXIES,
)  # fmt: skip

ENV = {
    **own.ENV,
    "OPENCODE_DISABLE_AUTOUPDATE": "1",
    "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
}

HOME = (".local/share/opencode:rw", ".local/state/opencode:rw", ".cache/opencode:rw", ".config/opencode:rw")

ALONE = {"formatter": False, "lsp": False}
"""Held at the gate it starts no program of the worktree's by itself after an edit, whatever the repository says."""

FILE = "opencode/swarm.js"
PROGRAM = "opencode"


def _launch(order: Order) -> Launch:
    told = (PROGRAM, "run", "--format", "json", *own.model(order.task))
    return Launch(
        argv=told,
        again=(*told, "--session={{session}}"),
        taken=(PROGRAM, "--session={{session}}", *own.model(order.task)),
        env={**ENV, "OPENCODE_CONFIG_CONTENT": json.dumps(_config(order.task)), **_gate(order.task)},
        files={FILE: PLUGIN},
        pass_env=needed(PASSED, order.task.model),
        home=own.there(*HOME),
    )


def _config(task: Task) -> dict[str, Any]:
    server = {
        "type": "local", "command": ["{{python}}", *own.MCP], "enabled": True, "timeout": own.LONG * 1000,
    }  # fmt: skip
    return {
        "share": "disabled",
        "autoupdate": False,
        "mcp": {"swarm": server},
        "plugin": [f"file://{{{{attempt}}}}/{FILE}"],
        **({**ALONE, "permission": {"*": "deny"}} if _is_gated(task) else {"permission": _tools(task)}),
    }


def _gate(task: Task) -> Mapping[str, str]:
    """Where it is gated it may do nothing before the plugin lays these over its configuration: one that does not load
    leaves it without tools."""
    return {**gate.env(task), TOOLS: json.dumps(_tools(task))} if _is_gated(task) else {}


def _is_gated(task: Task) -> bool:
    return task.permissions is not Permission.ALL


def _tools(task: Task) -> dict[str, Any]:
    """Which tools there are: the last pattern that fits decides."""
    if not task.tools:
        return {"*": "allow"}
    return {"*": "deny", f"{toolnames.TALK[PROGRAM]}*": "allow", **_allowed(task)}


def _allowed(task: Task) -> dict[str, str]:
    found = dict.fromkeys(toolnames.own(PROGRAM, task.tools), "allow")
    return {**found, "external_directory": "allow"}


def _objection(task: Task) -> str:
    return gate.objection(PROGRAM, task) or own.unlike(PROGRAM, task)


def _missing() -> str:
    return own.absent(PROGRAM, "npm install -g opencode-ai")


OPENCODE = Agent(
    "opencode", "opencode", _launch, _missing, reader="opencode", priced=True, listens=True, resumes="worktree",
    objection=_objection,
    by_hand=("opencode", "--session", "{{session}}"),
)  # fmt: skip
