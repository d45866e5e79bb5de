"""Gemini CLI (`gemini`), as of 0.61.0.  Its stream is read by swarm.agents.geministream.

It takes MCP servers and hooks from settings files alone, and those that an argument could name only where root owns
them with every directory above.  So it is started by swarm.agents.geminihome, with a home that is the user's own but
for its settings.  It can't ask a person when it runs headless, so it has no `permissions: ask`; what is not allowed, it
is refused at once.
"""

from __future__ import annotations

import json
import re

from swarm.agents import own
from swarm.agents.definition import NEVER_ASKS, Agent, Launch, Order
from swarm.core.plan import Permission, Task

PASSED = (
    "GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL", "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_GCA",
    "GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION", "GOOGLE_APPLICATION_CREDENTIALS", "GEMINI_CLI_HOME", *own.PROXIES,
)  # fmt: skip

MODES = {Permission.EDITS: "auto_edit", Permission.ALL: "yolo"}
"""Our permissions in its words."""

SETTINGS, POLICY = "gemini/settings.json", "gemini/policy.toml"
PROGRAM = "gemini"
MOST_TRIES = 3
"""Calls of the service in a row that may fail; then the swarm waits, where people see it, and the whole account."""

COMMIT = ("git status", "git add", "git commit")
"""Whoever may change files may commit them."""

_SHELL = re.compile(r"(?:Bash|run_shell_command|ShellTool)\((?P<prefix>[^()*:\"\\]+?)(?::?\s*\*)?\)\Z")


def _launch(order: Order) -> Launch:
    start = ("{{python}}", "-P", "-m", "swarm.agents.geminihome", "{{attempt}}/gemini", PROGRAM)
    mode = ("--approval-mode", MODES.get(order.task.permissions, "default"), "--policy", f"{{{{attempt}}}}/{POLICY}")
    told = ("--skip-trust", *mode, *own.model(order.task))
    headless = ("-o", "stream-json")
    return Launch(
        argv=(*start, *headless, *told, "--session-id", "{{session}}"),
        again=(*start, *headless, *told, "--resume", "{{session}}"),
        taken=(*start, *told, "--resume", "{{session}}"),
        env={**own.ENV, "GEMINI_CLI_NO_RELAUNCH": "true"},  # its second process does not hear our signals
        files={SETTINGS: json.dumps(_settings(), indent=1) + "\n", POLICY: _policy(order.task)},
        pass_env=PASSED,
        home=own.there(".gemini:rw"),
        session=order.session,
    )


def _settings() -> dict[str, object]:
    hook = {"type": "command", "command": own.hook(PROGRAM), "timeout": own.SOON * 1000}
    hooks = [{"matcher": "*", "hooks": [{"name": "swarm", **hook}]}]
    server = {"command": "{{python}}", "args": list(own.MCP), "trust": True, "timeout": own.LONG * 1000}
    return {
        "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False, "maxAttempts": MOST_TRIES},
        "privacy": {"usageStatisticsEnabled": False},
        "telemetry": {"enabled": False},
        "mcpServers": {"swarm": server},
        "hooks": {"AfterTool": hooks, "AfterAgent": hooks},
    }


def _policy(task: Task) -> str:
    """What is allowed beyond its mode: to speak in the swarm, to commit, and what the task lists."""
    commit = () if task.permissions is Permission.ASK else COMMIT
    listed = [found["prefix"].strip() for found in map(_SHELL.match, task.allow) if found]
    prefixes = list(dict.fromkeys((*(f"swarm {verb}" for verb in own.VERBS), *commit, *listed)))
    rules = [_rule("run_shell_command", f"commandPrefix = {json.dumps(prefixes)}\n")]
    rules += [_rule(name) for name in task.allow if name.isidentifier()]
    return "\n".join(rules)


def _rule(tool: str, more: str = "") -> str:
    return f'[[rule]]\ntoolName = "{tool}"\n{more}decision = "allow"\npriority = 500\n'


def _objection(task: Task) -> str:
    unknown = next((one for one in task.allow if not (_SHELL.match(one) or one.isidentifier())), "")
    if unknown:
        return f"gemini can't allow {unknown!r}; write the name of a tool, or a shell command as in `Bash(make test:*)`"
    return own.unlimited(PROGRAM, task)


def _missing() -> str:
    return own.absent(PROGRAM, "npm install -g @google/gemini-cli")


GEMINI = Agent(
    "gemini", "Gemini CLI", _launch, _missing, program=PROGRAM, reader="gemini", listens=True, resumes="worktree",
    permissions=NEVER_ASKS, objection=_objection,
    by_hand=("gemini", "--resume", "{{session}}"),
)  # fmt: skip
