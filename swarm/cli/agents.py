"""Which agent does which task: what the file leaves open is taken from the command line, and each has to be there.

Knows adapters by name only.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import replace

from swarm.agents.registry import trouble
from swarm.core.plan import AGENT_OF_START, Task
from swarm.errors import SwarmError


def add_agent(parser: argparse.ArgumentParser) -> None:
    """The options that say what a file leaves open."""
    parser.add_argument("--agent", metavar="NAME", help="the agent of tasks whose file names none")
    parser.add_argument("--model", metavar="NAME", help="the model of tasks whose file names none")


def with_agents(tasks: Iterable[Task], agent: str | None, model: str | None) -> tuple[Task, ...]:
    """The tasks, each with an agent that can be used here.  Raises SwarmError where one has none."""
    return tuple(_with_agent(task, agent, model) for task in tasks)


def _with_agent(task: Task, agent: str | None, model: str | None) -> Task:
    chosen = (task.agent if task.agent != AGENT_OF_START else agent) or AGENT_OF_START
    if chosen == AGENT_OF_START:
        raise SwarmError(
            f"task {task.id} has no command and no agent",
            "give it a `command:`, an `agent:` for the file or the task, or say --agent NAME",
        )
    why_not = trouble(chosen)
    if why_not:
        raise SwarmError(f"task {task.id}: {why_not}", "swarm doctor says which agents can be used here")
    return replace(task, agent=chosen, model=task.model or model)
