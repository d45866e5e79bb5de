"""The agent that is any shell line: `command:` of a task.

It gets its prompt on stdin, as the file $SWARM_PROMPT_FILE and, where it is short enough, as $SWARM_PROMPT.
"""

from __future__ import annotations

from swarm.agents.definition import Agent, Launch, Order

SHELL = "/bin/sh"


def _launch(order: Order) -> Launch:
    return Launch((SHELL, "-c", order.task.command or "true"))


COMMAND = Agent("command", "any shell line (`command:` in the task)", _launch, lambda: "", places=False)
