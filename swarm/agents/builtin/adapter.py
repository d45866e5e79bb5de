"""The built-in agent's definition.  The program is started in a process of its own."""

from __future__ import annotations

from importlib.util import find_spec

from swarm.agents import places
from swarm.agents.builtin.settings import FILE, Orders
from swarm.agents.definition import Agent, Launch, Order

KEYS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_CUSTOM_HEADERS")
"""Secrets: what the model's service is reached with, and the agent's shell never sees."""

PASSED = (
    *KEYS, "ANTHROPIC_BASE_URL", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "SWARM_BUILTIN_MODEL", "SWARM_BUILTIN_PRICES", "SWARM_BUILTIN_STEPS",
    "SWARM_BUILTIN_CONTEXT", "SWARM_BUILTIN_ANSWER", "SWARM_BUILTIN_PATIENCE",
)  # fmt: skip


def _launch(order: Order) -> Launch:
    task = order.task
    orders = Orders(task.model or "", task.permissions, task.allow, task.tools, order.budget)
    # -P: the worktree is the current directory, and may hold packages of any name.
    begin = (
        places.PYTHON, "-P", "-m", "swarm.agents.builtin", "--settings", f"{places.ATTEMPT}/{FILE}",
        "--session", places.SESSION,
    )  # fmt: skip
    return Launch(
        begin, again=(*begin, "--resume"), files={FILE: orders.encoded()}, pass_env=PASSED, session=order.session
    )


def _missing() -> str:
    return "" if find_spec("anthropic") else "the Python package anthropic is not installed beside swarm"


BUILTIN = Agent(
    "builtin", "a plain loop of our own on Anthropic's API: needs ANTHROPIC_API_KEY, or ANTHROPIC_BASE_URL and a token",
    _launch, _missing, reader="builtin", priced=True, listens=True, resumes="anywhere",
)  # fmt: skip
