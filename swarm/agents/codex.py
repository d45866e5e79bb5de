"""Codex (`codex`), as of 0.169.0.  Its stream is read by swarm.agents.codexstream.

Everything it is told stands in its arguments, as `-c` settings: `resume` takes no other way.  But for `all` its
commands run in its own sandbox: they write in the worktree, and where commits and the attempt's own words go (never
git's settings or hooks), and reach no network.  With `ask` a hook before each of them asks a person too.
"""

from __future__ import annotations

import json

from swarm.agents import gate, own
from swarm.agents.definition import Agent, Launch, Order
from swarm.core.plan import Permission, Task

PASSED = ("CODEX_API_KEY", "OPENAI_API_KEY", "CODEX_HOME", *own.PROXIES)

WRITABLE = (
    "{{git_common}}/objects", "{{git_common}}/refs", "{{git_common}}/logs", "{{git_dir}}", "{{mail}}", "{{attempt}}",
)  # fmt: skip
"""Beyond the worktree: what a commit writes, and what `swarm send`, `done` and such do."""

QUIET = (
    "-c", "analytics.enabled=false", "-c", "check_for_update_on_startup=false", "--disable", "plugins",
    "-c", "allow_login_shell=false",  # a login shell sets PATH anew, and `swarm` is gone from it
)  # fmt: skip

GATED = ("-c", 'web_search="disabled"', "--disable", "multi_agent", "--enable", "hooks")
"""Held at the gate it has no tool that calls no hook, and no hook that is turned off."""

UNATTENDED = {"GIT_PAGER": "cat", "GIT_EDITOR": "true"}
"""What a command of its asks on a terminal the agent can answer, and no hook is called: so git asks nothing."""

PROGRAM = "codex"


def _launch(order: Order) -> Launch:
    gated = _is_gated(order.task)
    told = (*QUIET, *(GATED if gated else ()), *_permissions(order.task), *_tools(), *_hooks(order.task))
    told = (*told, *own.model(order.task))
    return Launch(
        argv=(PROGRAM, "exec", "--json", *told, "-"),
        again=(PROGRAM, "exec", "resume", "--json", *told, "{{session}}", "-"),
        taken=(PROGRAM, "resume", *told, "{{session}}"),
        env={**own.ENV, **({**gate.env(order.task), **UNATTENDED} if gated else {})},
        pass_env=PASSED,
        home=own.there(".codex:rw"),
    )


def _permissions(task: Task) -> tuple[str, ...]:
    never = ("-c", 'approval_policy="never"')  # headless there is nobody whom it could ask
    if task.permissions is Permission.ALL:
        return (*never, "-c", 'sandbox_mode="danger-full-access"')
    roots = ", ".join(f"'{root}'" for root in WRITABLE)
    bounds = f"{{network_access=false, writable_roots=[{roots}]}}"
    return (*never, "-c", 'sandbox_mode="workspace-write"', "-c", f"sandbox_workspace_write={bounds}")


def _tools() -> tuple[str, ...]:
    arguments = ", ".join(f'"{word}"' for word in own.MCP)
    needed = ", ".join(f'"{name}"' for name in own.NEEDED)
    server = (
        f"{{command='{{{{python}}}}', args=[{arguments}], env_vars=[{needed}], startup_timeout_sec={own.SOON}, "
        f'tool_timeout_sec={own.LONG}, default_tools_approval_mode="approve"}}'
    )
    return ("-c", f"mcp_servers.swarm={server}")


def _is_gated(task: Task) -> bool:
    return task.permissions is Permission.ASK


def _hooks(task: Task) -> tuple[str, ...]:
    # Hooks given by argument are not reviewed by a person; those of the repository stay off, as it is not trusted.
    after = _hook(own.hook(PROGRAM), own.SOON)
    before = f"PreToolUse={_hook(gate.hook(PROGRAM), own.LONG)}, " if _is_gated(task) else ""
    return ("-c", f"hooks={{{before}PostToolUse={after}, Stop={after}}}", "--dangerously-bypass-hook-trust")


def _hook(line: str, seconds: int) -> str:
    return f"[{{hooks=[{{type=\"command\", command={json.dumps(line)}, timeout={seconds}}}]}}]"


def _objection(task: Task) -> str:
    if task.allow and not _is_gated(task):
        return "codex has a list of allowed tools with `permissions: ask` alone; write that, or leave `allow` out"
    return gate.objection(PROGRAM, task) or own.unlimited(PROGRAM, task)


def _missing() -> str:
    return own.absent(PROGRAM, "npm install -g @openai/codex")


CODEX = Agent(
    "codex", "Codex", _launch, _missing, reader="codex", listens=True, resumes="anywhere",
    objection=_objection,
    by_hand=("codex", "resume", "{{session}}"),
)  # fmt: skip
