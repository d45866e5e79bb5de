"""aider (`aider`), as of 0.86.2.  What it prints is read by swarm.agents.aiderstream.

It edits files and commits by itself, and runs no command: so `edits` and `all` mean the same, and it has neither the
swarm's tools nor its verbs.  Messages reach it with its next turn.  Its conversation is a file of the attempt.
"""

from __future__ import annotations

from swarm.agents import own
from swarm.agents.definition import NEVER_ASKS, Agent, Launch, Order
from swarm.agents.providers import needed
from swarm.core.plan import Task

PASSED = (
    "OPENAI_API_KEY", "OPENAI_API_BASE", "ANTHROPIC_API_KEY", "ANTHROPIC_API_BASE", "GEMINI_API_KEY",
    "OPENROUTER_API_KEY", "DEEPSEEK_API_KEY", "GROQ_API_KEY", "XAI_API_KEY", "MISTRAL_API_KEY",
    "AIDER_MODEL", "AIDER_WEAK_MODEL", "AIDER_OPENAI_API_BASE", *own.PROXIES,
)  # fmt: skip

ENV = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    # Without an identity in git's configuration it writes one, `Your Name`, into the repository that all share.  The
    # worker's own name, in GIT_AUTHOR_NAME and such, goes before this one.
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "user.name",
    "GIT_CONFIG_VALUE_0": "swarm",
    "GIT_CONFIG_KEY_1": "user.email",
    "GIT_CONFIG_VALUE_1": "swarm@swarm",
}

QUIET = (
    "--yes-always", "--no-pretty", "--no-stream", "--no-check-update", "--no-show-release-notes",
    "--no-show-model-warnings", "--no-detect-urls", "--no-suggest-shell-commands", "--no-gitignore", "--no-analytics",
    "--no-attribute-author", "--no-attribute-committer",
)  # fmt: skip

FILES = (
    "--analytics-log", "/dev/stdout",  # exact counts, as lines between; nothing is sent anywhere
    "--chat-history-file", "{{attempt}}/aider.chat.md", "--input-history-file", "{{attempt}}/aider.input",
)  # fmt: skip

PROGRAM = "aider"


def _launch(order: Order) -> Launch:
    told = (PROGRAM, *QUIET, *FILES, *own.model(order.task), "--message-file", "{{prompt}}")
    return Launch(
        argv=told,
        again=(*told, "--restore-chat-history"),
        env=ENV,
        pass_env=needed(PASSED, order.task.model),
        home=own.there(".aider.conf.yml", ".aider.model.settings.yml", ".aider:rw"),
        stdin=False,
        session=order.session,
    )


def _objection(task: Task) -> str:
    if task.allow:
        return "aider runs no tools that `allow` could list; leave it out"
    return own.unlimited(PROGRAM, task)


def _missing() -> str:
    return own.absent(PROGRAM, "pipx install aider-chat")


AIDER = Agent(
    "aider", "aider", _launch, _missing, reader="aider", priced=True,
    permissions=NEVER_ASKS, objection=_objection,
)  # fmt: skip
