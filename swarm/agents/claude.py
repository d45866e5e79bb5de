"""Claude Code (`claude`), as of 2.1.197.  Its stream is read by swarm.agents.claudestream.

Headless it asks no question at its start (folder trust, onboarding, the API key); whom it asks for permissions, see
swarm.agents.claudesettings.  Its login is the user's own: a key in the environment, or what `claude` keeps in $HOME.
"""

from __future__ import annotations

import os

from swarm.agents import claudefirst, own
from swarm.agents import claudesettings as told
from swarm.agents.definition import Agent, Launch, Order
from swarm.core.plan import Fence, Mode, Permission, Task

PASSED = (
    "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "ANTHROPIC_MODEL", "ANTHROPIC_CUSTOM_HEADERS",
    "ANTHROPIC_DEFAULT_OPUS_MODEL", "ANTHROPIC_DEFAULT_SONNET_MODEL", "ANTHROPIC_DEFAULT_HAIKU_MODEL",
    "CLAUDE_CONFIG_DIR", "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_USE_BEDROCK", "AWS_REGION", "AWS_PROFILE", "AWS_BEARER_TOKEN_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX", "CLOUD_ML_REGION", "ANTHROPIC_VERTEX_PROJECT_ID",
    "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "NODE_EXTRA_CA_CERTS",
)  # fmt: skip
"""How it logs in and where it calls; the others of its many variables belong to whoever started the leader."""

HOME = (".claude:rw", ".claude.json:rw", ".local/bin", ".local/share/claude")
"""What it has below $HOME: its login, its conversations, and often its program."""

ENV = {
    **own.ENV,
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "CLAUDE_CODE_MAX_RETRIES": "3",  # then the swarm waits, where people see it, and the whole account with it
    "MCP_TOOL_TIMEOUT": str(own.LONG * 1000),  # a person may take a day; in milliseconds
}

TRUSTED = {"CLAUDE_CODE_SANDBOXED": "1"}
"""Interactive it would ask of each worktree whether its files are trusted.  Whoever has it work in this repository has
said so; with that, the `allow` rules of the repository's own `.claude/` count."""

PROGRAM = "claude"
SETTINGS, SERVERS = "claude/settings.json", "claude/servers.json"
READ_PROMPT = "Your task is in the file {{prompt}}. Read it, and do it."


def _launch(order: Order) -> Launch:
    task = order.task
    headless = task.mode is Mode.HEADLESS
    common = (*(_HEADLESS if headless else ()), *_limits(order, task.mode))
    prompt = () if headless else ("--", READ_PROMPT)
    return Launch(
        argv=(PROGRAM, "--session-id", "{{session}}", *common, *prompt),
        again=(PROGRAM, "--resume", "{{session}}", *common, *prompt),
        taken=(PROGRAM, "--resume", "{{session}}", *_limits(order, Mode.INTERACTIVE)) if headless else (),
        env={**ENV, **({} if headless else TRUSTED), **({"IS_SANDBOX": "1"} if _is_boxed(task) else {})},
        files={SETTINGS: told.settings(task), SERVERS: told.servers(task)},
        pass_env=PASSED,
        home=own.there(*HOME),
        stdin=headless,
        session=order.session,
    )


_HEADLESS = ("-p", "--output-format", "stream-json", "--verbose")


def _limits(order: Order, mode: Mode) -> tuple[str, ...]:
    """What it may do, with what, for how much, and with which model.  In a pane it asks there."""
    task = order.task
    words = ["--permission-mode", told.MODES[task.permissions], "--settings", f"{{{{attempt}}}}/{SETTINGS}"]
    words += ["--mcp-config", f"{{{{attempt}}}}/{SERVERS}", "--strict-mcp-config"]
    if mode is Mode.HEADLESS and told.asks_by_tool(task):
        words += ["--permission-prompt-tool", told.PERMIT]
    if task.tools:
        words.append(f"--tools={','.join(task.tools)}")
    if mode is Mode.INTERACTIVE:
        words += ["--add-dir", "{{attempt}}"]  # the prompt lies there
    elif order.budget is not None:
        words += ["--max-budget-usd", "{{budget}}"]
    return (*words, *own.model(task))


def _is_boxed(task: Task) -> bool:
    return task.sandbox.kind is not Fence.NONE


def _missing() -> str:
    return own.absent(PROGRAM, "npm install -g @anthropic-ai/claude-code")


def _objection(task: Task) -> str:
    """As root, Claude Code itself refuses to go without permissions outside of a sandbox; and what it asks at its first
    start would wait in a pane, unseen."""
    if task.permissions is Permission.ALL and os.geteuid() == 0 and not _is_boxed(task):
        return "claude does not run with `permissions: all` as root; write `sandbox: bwrap`, or `permissions: edits`"
    return claudefirst.unanswered(os.environ) if task.mode is Mode.INTERACTIVE else ""


CLAUDE = Agent(
    "claude", "Claude Code", _launch, _missing, reader="claude", priced=True, listens=True, modes=frozenset(Mode),
    resumes="anywhere", objection=_objection, by_hand=("claude", "--resume", "{{session}}"),
)  # fmt: skip
