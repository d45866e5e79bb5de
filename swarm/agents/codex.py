"""Codex (`codex`), as of 0.169.0.  Its stream is read by swarm.agents.codexstream.

Everything it is told stands in its arguments, as `-c` settings: `resume` takes no other way.  It can't ask a person
when it runs headless, so it has no `permissions: ask`.  With `edits` its commands run in its own sandbox: they write in
the worktree, and where commits and the attempt's own words go (never git's settings or hooks), and reach no network.
"""

from __future__ import annotations

from swarm.agents import own
from swarm.agents.definition import NEVER_ASKS, Agent, Launch, Order
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

PROGRAM = "codex"


def _launch(order: Order) -> Launch:
    told = (*QUIET, *_permissions(order.task), *_tools(), *_hooks(), *own.model(order.task))
    return Launch(
        argv=(PROGRAM, "exec", "--json", *told, "-"),
        again=(PROGRAM, "exec", "resume", "--json", *told, "{{session}}", "-"),
        taken=(PROGRAM, "resume", *told, "{{session}}"),
        env=own.ENV,
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


def _hooks() -> tuple[str, ...]:
    # Hooks given by argument are not reviewed by a person; those of the repository stay off, as it is not trusted.
    entry = f"[{{hooks=[{{type=\"command\", command='{own.hook(PROGRAM)}', timeout={own.SOON}}}]}}]"
    return ("-c", f"hooks={{PostToolUse={entry}, Stop={entry}}}", "--dangerously-bypass-hook-trust")


def _objection(task: Task) -> str:
    if task.allow:
        return "codex has no list of allowed tools; write `permissions: edits` or `all` without `allow`"
    return own.unlimited(PROGRAM, task)


def _missing() -> str:
    return own.absent(PROGRAM, "npm install -g @openai/codex")


CODEX = Agent(
    "codex", "Codex", _launch, _missing, reader="codex", listens=True, resumes="anywhere",
    permissions=NEVER_ASKS, objection=_objection,
    by_hand=("codex", "resume", "{{session}}"),
)  # fmt: skip
