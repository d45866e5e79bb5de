"""Qwen Code (`qwen`), as of 0.15.10.  Its stream is read by swarm.agents.qwenstream.

Its settings come from a file that lies above the user's own.  Headless it waits a minute at most for whoever would say
whether it may do something (a hook's answer, or a program's on its standard input), so it has no `permissions: ask`;
with `edits` it has no shell at all, so it speaks in the swarm by its tools alone, and what it leaves is committed when
it ends.
"""

from __future__ import annotations

import json

from swarm.agents import own, toolnames
from swarm.agents.definition import NEVER_ASKS, Agent, Launch, Order
from swarm.core.plan import Permission, Task

PASSED = (
    "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL", "DASHSCOPE_API_KEY", "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL", "GEMINI_API_KEY", *own.PROXIES,
)  # fmt: skip

MODES = {Permission.EDITS: "auto-edit", Permission.ALL: "yolo"}
"""Our permissions in its words."""

SETTINGS = "qwen/settings.json"
PROGRAM = "qwen"


def _launch(order: Order) -> Launch:
    mode = MODES.get(order.task.permissions, "default")
    told = ("--approval-mode", mode, *own.model(order.task))
    headless = (PROGRAM, "-o", "stream-json", *told)
    return Launch(
        argv=(*headless, "--session-id", "{{session}}"),
        again=(*headless, "--resume", "{{session}}"),
        taken=(PROGRAM, *told, "--resume", "{{session}}"),
        env={
            **own.ENV,
            "QWEN_CODE_NO_RELAUNCH": "true",  # its second process does not hear our signals
            "QWEN_CODE_SYSTEM_SETTINGS_PATH": f"{{{{attempt}}}}/{SETTINGS}",
        },
        files={SETTINGS: json.dumps(_settings(order.task), indent=1) + "\n"},
        pass_env=PASSED,
        home=own.there(".qwen:rw"),
        session=order.session,
    )


def _settings(task: Task) -> dict[str, object]:
    tools = {"tools": {"core": list(toolnames.own(PROGRAM, task.tools))}} if task.tools else {}
    hook = [{"hooks": [{"type": "command", "command": own.hook(PROGRAM), "timeout": own.SOON * 1000}]}]
    server = {"command": "{{python}}", "args": list(own.MCP), "trust": True, "timeout": own.LONG * 1000}
    return {
        "general": {"enableAutoUpdate": False, "disableAutoUpdate": True},
        "privacy": {"usageStatisticsEnabled": False},
        "telemetry": {"enabled": False},
        **tools,
        "mcpServers": {"swarm": server},
        "hooks": {"PostToolUse": hook, "Stop": hook},
    }


def _objection(task: Task) -> str:
    if task.allow:
        return "qwen has no shell headless but with `permissions: all`; leave `allow` out"
    return own.unlike(PROGRAM, task)


def _missing() -> str:
    return own.absent(PROGRAM, "npm install -g @qwen-code/qwen-code")


QWEN = Agent(
    "qwen", "Qwen Code", _launch, _missing, reader="qwen", listens=True, resumes="worktree",
    permissions=NEVER_ASKS, objection=_objection,
    by_hand=("qwen", "--resume", "{{session}}"),
)  # fmt: skip
