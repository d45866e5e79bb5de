"""Which agent does which task: what the file leaves open is taken from the command line, and each has to be there.

Knows adapters by name only.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from swarm.agents.registry import refusal, trouble
from swarm.core.plan import AGENT_OF_START, Plan, Role, Task
from swarm.core.roles import suits
from swarm.errors import SwarmError


def add_agent(parser: argparse.ArgumentParser) -> None:
    """The options that say what a file leaves open."""
    parser.add_argument("--agent", metavar="NAME", help="the agent of tasks whose file names none")
    parser.add_argument("--model", metavar="NAME", help="the model of tasks whose file names none")


def with_agents(plan: Plan, agent: str | None, model: str | None) -> tuple[Task, ...]:
    """The tasks, each with an agent that can be used here and keeps to what the task asks for.  Raises SwarmError where
    one has none."""
    roles = {role.name: role for role in plan.roles}
    absent = cache(lambda name: trouble(name, plan.agents))  # looked for once, and not for each task
    return tuple(_with_agent(plan, task, roles.get(task.role or ""), agent, model, absent) for task in plan.tasks)


def _with_agent(
    plan: Plan, task: Task, role: Role | None, agent: str | None, model: str | None, absent: Callable[[str], str]
) -> Task:
    chosen = (task.agent if task.agent != AGENT_OF_START else agent) or AGENT_OF_START
    if chosen == AGENT_OF_START:
        raise SwarmError(
            f"task {task.id} has no command and no agent",
            "give it a `command:`, an `agent:` for the file or the task, or say --agent NAME",
        )
    why_not = absent(chosen)
    if why_not:
        raise SwarmError(f"task {task.id}: {why_not}", "swarm doctor says which agents can be used here")
    asked = task.model
    if asked is not None and role is not None and role.model == asked and not suits(asked, chosen):
        asked = None
    found = replace(task, agent=chosen, model=asked or model)
    refused = refusal(found, plan.agents)
    if refused:
        raise SwarmError(f"task {task.id}: {refused}", "in the task, or at the top of the file for all")
    return found
