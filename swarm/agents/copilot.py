"""GitHub Copilot CLI (`copilot`), as of 1.0.102.  Its stream is read by swarm.agents.copilotstream.

It can't ask a person when it runs headless: what it is not allowed it is refused at once, so it has no `permissions:
ask`.  What it uses stands in a file that it writes at its end, anew for each turn, and nowhere in its stream: it is not
told.  A conversation goes on in the directory in which it began.
"""

from __future__ import annotations

import json
import re

from swarm.agents import own
from swarm.agents.definition import NEVER_ASKS, Agent, Launch, Order
from swarm.core.plan import Permission, Task

PASSED = (
    "COPILOT_GITHUB_TOKEN", "COPILOT_GH_HOST", "COPILOT_HOME", "COPILOT_MODEL", "COPILOT_OFFLINE",
    "COPILOT_PROVIDER_BASE_URL", "COPILOT_PROVIDER_TYPE", "COPILOT_PROVIDER_API_KEY", "COPILOT_PROVIDER_BEARER_TOKEN",
    "COPILOT_PROVIDER_WIRE_API", "COPILOT_PROVIDER_MODEL_ID", "COPILOT_PROVIDER_WIRE_MODEL", *own.PROXIES,
)  # fmt: skip
"""`GH_TOKEN` and `GITHUB_TOKEN`, which it takes too, open more than its models: to be listed as secrets, if at all."""

ENV = {**own.ENV, "COPILOT_AUTO_UPDATE": "false"}

PROGRAM = "copilot"
SERVERS = "copilot/servers.json"

COMMIT = ("shell(git add)", "shell(git commit)", "shell(git status)")
"""Whoever may change files may commit them."""

QUIET = ("--disable-builtin-mcps", "--no-auto-update", "--no-remote", "--disable-client-telemetry")
HEADLESS = ("--output-format", "json", "--no-ask-user")

_SHELL = re.compile(r"(?:Bash|bash|shell)\((?P<pattern>[^()]+)\)\Z")


def _launch(order: Order) -> Launch:
    task = order.task
    servers = (f"--additional-mcp-config=@{{{{attempt}}}}/{SERVERS}",)
    told = (*QUIET, *servers, *_permissions(task), *own.model(task), "--session-id={{session}}")
    headless = (PROGRAM, *HEADLESS, *told)
    return Launch(
        argv=headless,
        again=headless,  # an id that it knows it goes on with
        taken=(PROGRAM, *told),
        env=ENV,
        files={SERVERS: _servers()},
        pass_env=PASSED,
        home=own.there(".copilot:rw"),
        session=order.session,
    )


def _permissions(task: Task) -> tuple[str, ...]:
    """Ours in its words."""
    if task.permissions is Permission.ALL:
        return ("--allow-all",)
    listed = ("write", "swarm", "shell(swarm:*)", *COMMIT, *map(_pattern, task.allow))
    return tuple(f"--allow-tool={one}" for one in dict.fromkeys(listed))


def _pattern(allowed: str) -> str:
    """One of `allow` as it writes it: a shell line by its beginning."""
    found = _SHELL.match(allowed)
    return f"shell({re.sub(r':?[ ]?[*]$', ':*', found['pattern'].strip())})" if found else allowed


def _servers() -> str:
    server = {"type": "local", "command": "{{python}}", "args": list(own.MCP), "tools": ["*"]}
    return json.dumps({"mcpServers": {"swarm": server}}, indent=1) + "\n"


def _objection(task: Task) -> str:
    unknown = next((one for one in task.allow if not (_SHELL.match(one) or re.fullmatch(r"[\w-]+", one))), "")
    if unknown:
        return f"copilot can't allow {unknown!r}; write the name of a tool, or a command as in `Bash(make test:*)`"
    return own.unlimited(PROGRAM, task)


def _missing() -> str:
    return own.absent(PROGRAM, "npm install -g @github/copilot")


COPILOT = Agent(
    "copilot", "GitHub Copilot CLI", _launch, _missing, reader="copilot", counted=False, resumes="worktree",
    permissions=NEVER_ASKS, objection=_objection, by_hand=("copilot", "--session-id", "{{session}}"),
)  # fmt: skip
