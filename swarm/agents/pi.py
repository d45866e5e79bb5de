"""pi (`pi`), as of 0.73.1.  Its stream is read by swarm.agents.pistream.

It knows no permissions, only which tools it has: with `edits` it has no shell, and what it leaves is committed when it
ends.  It has no MCP, so it speaks in the swarm by the verbs, and with `edits` not at all.
"""

from __future__ import annotations

from swarm.agents import own
from swarm.agents.definition import NEVER_ASKS, Agent, Launch, Order
from swarm.agents.providers import needed
from swarm.core.plan import Permission, Task

PASSED = (
    "ANTHROPIC_API_KEY", "ANTHROPIC_OAUTH_TOKEN", "OPENAI_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY",
    "DEEPSEEK_API_KEY", "GROQ_API_KEY", "XAI_API_KEY", "MISTRAL_API_KEY", "PI_CODING_AGENT_DIR", *own.PROXIES,
)  # fmt: skip

FOR_EDITS = "read,grep,find,ls,edit,write"
PROGRAM = "pi"


def _launch(order: Order) -> Launch:
    task = order.task
    model = ("--model", task.model) if task.model else ()
    tools = ("--tools", FOR_EDITS) if task.permissions is not Permission.ALL else ()
    told = (PROGRAM, "--mode", "json", *model, *tools)
    return Launch(
        argv=(*told, "-p", "@{{prompt}}"),
        again=(*told, "--session", "{{session}}", "-p", "@{{prompt}}"),
        taken=(PROGRAM, *model, *tools, "--session", "{{session}}"),
        env={"PI_OFFLINE": "1", "PI_TELEMETRY": "0"},
        pass_env=needed(PASSED, task.model),
        home=own.there(".pi:rw"),
        stdin=False,
    )


def _objection(task: Task) -> str:
    if task.allow:
        return "pi has no list of allowed tools; write `permissions: edits` or `all` without `allow`"
    if task.model and task.model.startswith("-"):
        return f"{task.model!r} is no model of pi"
    return own.unlimited(PROGRAM, task)


def _missing() -> str:
    return own.absent(PROGRAM, "npm install -g @mariozechner/pi-coding-agent")


PI = Agent(
    "pi", "pi", _launch, _missing, reader="pi", priced=True, resumes="worktree",
    permissions=NEVER_ASKS, objection=_objection,
    by_hand=("pi", "--session", "{{session}}"),
)  # fmt: skip
