"""opencode (`opencode`), as of 1.18.33.  Its stream is read by swarm.agents.opencodestream.

All it is told stands in a variable, laid over the user's own configuration, and in a plugin of ours: that hands
messages over at a tool step, and ends a turn which it would otherwise try again for ever without a word.  It can't ask
a person when it runs headless, so it has no `permissions: ask`; what is not allowed, it is refused at once.
"""

from __future__ import annotations

import json
import re
from typing import Any

from swarm.agents import own
from swarm.agents.definition import NEVER_ASKS, Agent, Launch, Order
from swarm.agents.opencodeplugin import PLUGIN
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

FILE = "opencode/swarm.js"
PROGRAM = "opencode"

COMMIT = ("git status *", "git add *", "git commit *")
"""Whoever may change files may commit them."""

_SHELL = re.compile(r"(?:Bash|bash)\((?P<pattern>[^()]+)\)\Z")


def _launch(order: Order) -> Launch:
    told = (PROGRAM, "run", "--format", "json", *own.model(order.task))
    return Launch(
        argv=told,
        again=(*told, "--session={{session}}"),
        taken=(PROGRAM, "--session={{session}}", *own.model(order.task)),
        env={**ENV, "OPENCODE_CONFIG_CONTENT": json.dumps(_config(order.task))},
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
        "permission": _permission(task),
    }


def _permission(task: Task) -> dict[str, Any]:
    """Ours in its words.  The last pattern that fits a command decides, and each command of a line is held to them."""
    if task.permissions is Permission.ALL:
        return {"*": "allow"}
    patterns = (*(f"swarm {verb} *" for verb in own.VERBS), *COMMIT, *filter(None, map(_pattern, task.allow)))
    shell = {"*": "deny", **dict.fromkeys(patterns, "allow")}
    tools = {name: "allow" for name in task.allow if name.isidentifier()}
    return {
        "edit": "allow", "bash": shell, "webfetch": "deny", "websearch": "deny", "external_directory": "deny",
        "task": "deny", **tools,
    }  # fmt: skip


def _pattern(allowed: str) -> str:
    """A shell line of `allow` as a pattern of its, or ""."""
    found = _SHELL.match(allowed)
    return re.sub(r":?\s*\*\Z", " *", found["pattern"].strip()) if found else ""


def _objection(task: Task) -> str:
    unknown = next((one for one in task.allow if not (_SHELL.match(one) or one.isidentifier())), "")
    if unknown:
        return f"opencode can't allow {unknown!r}; write the name of a tool, or a command as in `Bash(make test:*)`"
    return own.unlimited(PROGRAM, task)


def _missing() -> str:
    return own.absent(PROGRAM, "npm install -g opencode-ai")


OPENCODE = Agent(
    "opencode", "opencode", _launch, _missing, reader="opencode", priced=True, listens=True, resumes="worktree",
    permissions=NEVER_ASKS, objection=_objection,
    by_hand=("opencode", "--session", "{{session}}"),
)  # fmt: skip
