"""Gemini CLI (`gemini`), as of 0.61.0.  Its stream is read by swarm.agents.geministream.

It takes MCP servers and hooks from settings files alone, and those that an argument could name only where root owns
them with every directory above.  So it is started by swarm.agents.geminihome, with a home that is the user's own but
for its settings.  Headless its own rules can only refuse, so but for `permissions: all` a hook before each step judges
in their place, and asks a person.
"""

from __future__ import annotations

import json

from swarm.agents import gate, own, toolnames
from swarm.agents.definition import Agent, Launch, Order
from swarm.core.plan import Permission, Task

PASSED = (
    "GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL", "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_GCA",
    "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION", "GOOGLE_APPLICATION_CREDENTIALS", "GEMINI_CLI_HOME", *own.PROXIES,
)  # fmt: skip

SETTINGS = "gemini/settings.json"
PROGRAM = "gemini"
AFTER = f"{own.hook(PROGRAM).removeprefix('exec ')} || exit 1"
"""The hook that hands messages over.  Of any other status that tells of an error Gemini CLI thinks that it is to go on,
and so without end where our program is gone."""

MOST_TRIES = 3
"""Calls of the service in a row that may fail; then the swarm waits, where people see it, and the whole account."""

def _launch(order: Order) -> Launch:
    start = ("{{python}}", "-P", "-m", "swarm.agents.geminihome", "{{attempt}}/gemini", PROGRAM)
    gated = order.task.permissions is not Permission.ALL
    told = ("--skip-trust", "--approval-mode", "yolo", *own.model(order.task))
    headless = ("-o", "stream-json")
    return Launch(
        argv=(*start, *headless, *told, "--session-id", "{{session}}"),
        again=(*start, *headless, *told, "--resume", "{{session}}"),
        taken=(*start, *told, "--resume", "{{session}}"),
        env={
            **own.ENV,
            **(gate.env(order.task) if gated else {}),
            "GEMINI_CLI_NO_RELAUNCH": "true",  # its second process does not hear our signals
        },
        files={SETTINGS: json.dumps(_settings(order.task, gated), indent=1) + "\n"},
        pass_env=PASSED,
        home=own.there(".gemini:rw"),
        session=order.session,
    )


def _settings(task: Task, gated: bool) -> dict[str, object]:
    tools = {"tools": {"core": list(toolnames.own(PROGRAM, task.tools))}} if task.tools else {}
    unled = {"advanced": {"ignoreLocalEnv": True}} if gated else {}  # a `.env` would reach our hook, too
    after = _hook(AFTER, own.SOON)
    server = {"command": "{{python}}", "args": list(own.MCP), "trust": True, "timeout": own.LONG * 1000}
    return {
        "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False, "maxAttempts": MOST_TRIES},
        "privacy": {"usageStatisticsEnabled": False},
        "telemetry": {"enabled": False},
        **tools,
        **unled,
        "mcpServers": {"swarm": server},
        "hooksConfig": {"enabled": True, "disabled": []},
        "hooks": {
            **({"BeforeTool": _hook(gate.hook(PROGRAM), own.LONG)} if gated else {}),
            "AfterTool": after,
            "AfterAgent": after,
        },
    }


def _hook(line: str, seconds: int) -> list[dict[str, object]]:
    hook = {"name": "swarm", "type": "command", "command": line, "timeout": seconds * 1000}
    return [{"matcher": "*", "hooks": [hook]}]


def _objection(task: Task) -> str:
    return gate.objection(PROGRAM, task) or own.unlike(PROGRAM, task)


def _missing() -> str:
    return own.absent(PROGRAM, "npm install -g @google/gemini-cli")


GEMINI = Agent(
    "gemini", "Gemini CLI", _launch, _missing, program=PROGRAM, reader="gemini", listens=True, resumes="worktree",
    objection=_objection,
    by_hand=("gemini", "--resume", "{{session}}"),
)  # fmt: skip
