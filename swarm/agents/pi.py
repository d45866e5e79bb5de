"""pi (`pi`), as of 0.73.1.  Its stream is read by swarm.agents.pistream.

It knows no permissions: but for `all` an extension of ours has a person asked before each step.  It has no MCP, so it
speaks in the swarm by the verbs.
"""

from __future__ import annotations

from swarm.agents import gate, own, toolnames
from swarm.agents.definition import Agent, Launch, Order
from swarm.agents.ourgate import ASK
from swarm.agents.providers import needed
from swarm.core.plan import Permission, Task

PASSED = (
    "ANTHROPIC_API_KEY", "ANTHROPIC_OAUTH_TOKEN", "OPENAI_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY",
    "DEEPSEEK_API_KEY", "GROQ_API_KEY", "XAI_API_KEY", "MISTRAL_API_KEY", "PI_CODING_AGENT_DIR", *own.PROXIES,
)  # fmt: skip

FILE = "pi/swarm.js"
PROGRAM = "pi"


EXTENSION = ASK + """\
export default (pi) => {
  pi.on("tool_call", async ({ toolName, input }) => {
    const reason = await refusal("pi", toolName, input)
    return reason === undefined ? undefined : { block: true, reason }
  })
}
"""
"""In JavaScript, loaded by pi's own program."""


def _launch(order: Order) -> Launch:
    task = order.task
    model = ("--model", task.model) if task.model else ()
    gated = task.permissions is not Permission.ALL
    tools = ("--tools", ",".join(toolnames.own(PROGRAM, task.tools))) if task.tools else ()
    extension = ("--extension", f"{{{{attempt}}}}/{FILE}") if gated else ()  # it does not start without
    told = (PROGRAM, "--mode", "json", *model, *tools, *extension)
    return Launch(
        argv=(*told, "-p", "@{{prompt}}"),
        again=(*told, "--session", "{{session}}", "-p", "@{{prompt}}"),
        taken=(PROGRAM, *model, *tools, *extension, "--session", "{{session}}"),
        env={"PI_OFFLINE": "1", "PI_TELEMETRY": "0", **({**own.ENV, **gate.env(task)} if gated else {})},
        files={FILE: EXTENSION} if gated else {},
        pass_env=needed(PASSED, task.model),
        home=own.there(".pi:rw"),
        stdin=False,
    )


def _objection(task: Task) -> str:
    if task.model and task.model.startswith("-"):
        return f"{task.model!r} is no model of pi"
    return gate.objection(PROGRAM, task) or own.unlike(PROGRAM, task)


def _missing() -> str:
    return own.absent(PROGRAM, "npm install -g @mariozechner/pi-coding-agent")


PI = Agent(
    "pi", "pi", _launch, _missing, reader="pi", priced=True, resumes="worktree",
    objection=_objection,
    by_hand=("pi", "--session", "{{session}}"),
)  # fmt: skip
