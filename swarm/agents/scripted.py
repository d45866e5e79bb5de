"""The scripted agent: for tests, examples and the demo.  It does the steps that its prompt spells out, and no thinking.

The definition only; the program is swarm.agents.script, started in a process of its own.
"""

from __future__ import annotations

import sys

from swarm.agents.definition import Agent, Launch, Order


def _launch(order: Order) -> Launch:
    # -P: the worktree is the current directory, and may hold packages of any name.
    return Launch((sys.executable, "-P", "-m", "swarm.agents.script"))


SCRIPTED = Agent(
    "scripted", "does the ```steps of its prompt (tests, examples, the demo)", _launch, lambda: "", places=False
)
