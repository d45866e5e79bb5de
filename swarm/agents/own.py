"""Our own program, as the settings of every CLI name it: its tools over MCP, its hooks, and what they may take.

Knows no CLI.  `$SWARM_PYTHON` is the interpreter that has our packages; each adapter that uses it sets it.
"""

from __future__ import annotations

import os
import shutil

from swarm.agents import toolnames
from swarm.agents.tools import NAMES
from swarm.core.plan import Task

PYTHON = "SWARM_PYTHON"

OWN = ("-P", "-m", "swarm")
"""Behind the interpreter."""

MCP = (*OWN, "mcp")
"""The server of the swarm's tools, over standard input and output."""

ENV = {PYTHON: "{{python}}"}

NEEDED = (*NAMES, "SWARM_RUN", "SWARM_WORKER", "SWARM_BASE", "SWARM_PROMPT_FILE")
"""What our program finds its attempt by, for CLIs that hand only what is listed on to their MCP servers."""

VERBS = ("send", "broadcast", "inbox", "done", "fail", "ask", "report", "tasks")
"""With these an agent speaks in the swarm: that needs nobody's permission."""

SOON, LONG = 60, 7 * 24 * 3600
"""Seconds: that handing messages over may take; that a tool may, in which a person is asked."""

PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE")
"""How this machine gets out, as far as it says so by variables."""


def hook(cli: str) -> str:
    """The shell line of a hook that hands messages over."""
    return " ".join((f'exec "${PYTHON}"', *OWN, "hook", cli))


def there(*paths: str) -> tuple[str, ...]:
    """Those of the paths below $HOME (as in `Launch.home`) that there are."""
    return tuple(path for path in paths if os.path.lexists(os.path.expanduser(f"~/{path.removesuffix(':rw')}")))


def absent(program: str, install: str) -> str:
    """Why a CLI can't start on this machine, with the command that installs it, or ""."""
    return "" if shutil.which(program) else f"{program} was not found on PATH; install it with: {install}"


def model(task: Task) -> tuple[str, ...]:
    """The argument that asks for the task's model, as most CLIs take it."""
    return (f"--model={task.model}",) if task.model else ()


def unlimited(agent: str, task: Task) -> str:
    """Why an agent that has no list of tools can't do the task, or ""."""
    if not task.tools:
        return ""
    return f"{agent} can't be held to a role's list of tools; leave `tools` out of the role, or take `agent: claude`"


def unlike(agent: str, task: Task) -> str:
    """Why an agent that has nothing like any of the tools in the role's list can't do the task, or ""."""
    if not task.tools or toolnames.own(agent, task.tools):
        return ""
    return f"{agent} has none of the tools that the role lists ({', '.join(task.tools)}); change `tools` of the role"
