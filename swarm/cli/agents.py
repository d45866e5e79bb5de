"""Which agent does which task: what file and workers leave open is taken from the command line; each has to be there.

Knows adapters by name only.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache

from swarm.agents.registry import refusal, trouble
from swarm.core import pools
from swarm.core.plan import AGENT_OF_START, Plan, Role, Task, WorkerSpec
from swarm.core.roles import suits
from swarm.errors import SwarmError


def add_agent(parser: argparse.ArgumentParser) -> None:
    """The options that say what a file leaves open."""
    parser.add_argument("--agent", metavar="NAME", help="the agent of tasks whose file names none")
    parser.add_argument("--model", metavar="NAME", help="the model of tasks whose file names none")


def with_agents(
    plan: Plan, workers: Iterable[WorkerSpec], agent: str | None, model: str | None
) -> tuple[Task, ...]:
    """The tasks, each with an agent that can be used here and keeps to what the task asks for, whichever of `workers`
    does it.  Raises SwarmError where one has none."""
    roles = {role.name: role for role in plan.roles}
    absent = cache(lambda name: trouble(name, plan.agents))  # looked for once, and not for each task
    crew = pools.kinds(workers)
    found = tuple(_with_agent(task, roles.get(task.role or ""), agent, model) for task in plan.tasks)
    for task in found:
        for way in pools.ways(plan, task, crew):
            _check(plan, way, absent)
    return found


def agents_of(plan: Plan, workers: Iterable[WorkerSpec]) -> list[str]:
    """The agents that may do some task, in the order of the file; AGENT_OF_START where one is left open."""
    crew = pools.kinds(workers)
    return list(dict.fromkeys(way.agent for task in plan.tasks for way in pools.ways(plan, task, crew)))


def _with_agent(task: Task, role: Role | None, agent: str | None, model: str | None) -> Task:
    chosen = (task.agent if task.agent != AGENT_OF_START else agent) or AGENT_OF_START
    asked = task.model
    if asked is not None and role is not None and role.model == asked and not suits(asked, chosen):
        asked = None
    return replace(task, agent=chosen, model=asked or model)


def _check(plan: Plan, task: Task, absent: Callable[[str], str]) -> None:
    """That its agent can do the task."""
    if task.agent == AGENT_OF_START:
        raise SwarmError(
            f"task {task.id} has no command and no agent",
            "give it a `command:`, an `agent:` for the file, the task or all workers, or say --agent NAME",
        )
    why_not = absent(task.agent)
    if why_not:
        raise SwarmError(f"task {task.id}: {why_not}", "swarm doctor says which agents can be used here")
    refused = refusal(task, plan.agents)
    if refused:
        raise SwarmError(f"task {task.id}: {refused}", "in the task, or at the top of the file for all")
