"""Add tasks to a running plan.  They may depend on its tasks, and begin as soon as a worker is free.

examples:
  swarm add more.yaml
  swarm add - < more.yaml

FILE is a task file like any other.  What it says about the run as a whole (workers, verify, setup, …) is not taken:
the run keeps its own.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from swarm.cli.agents import add_agent, with_agents
from swarm.cli.context import add_run, find_run, leader_alive, load
from swarm.cli.order import order
from swarm.cli.say import hint
from swarm.cli.secrets import check_secrets, keep_secrets
from swarm.core import codec
from swarm.core.plan import AGENT_OF_START, Plan, Task
from swarm.core.state import State
from swarm.errors import SwarmError
from swarm.room import check as check_sandboxes
from swarm.taskfile import load as load_file
from swarm.taskfile import settings

_OF_THE_RUN = {
    "base": "base", "workers": "workers", "verify": "verify", "setup": "setup", "teardown": "teardown",
    "merge": "merge", "gates": "gates", "probe": "probe", "clean": "clean", "run_budget": "limits.run_budget",
    "verify_timeout": "limits.verify_timeout", "worktrees": "worktrees", "sandbox": "sandbox",
}  # fmt: skip
"""Fields of a plan that speak of the run as a whole, and how the file calls them."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm add`."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the task file (- for stdin)")
    add_agent(parser)
    add_run(parser)


def run(options: argparse.Namespace) -> int:
    """Check the file as `start` does, against the running plan; then have the leader take its tasks."""
    run_dir = find_run(options.run)
    state = load(run_dir)
    own = settings()
    plan = load_file(options.file, Path(state.repo), state.tasks.keys(), own=own)
    here = _in_the_run(plan, state.plan)
    agent = options.agent or _usual_agent(state) or own.agent
    tasks = with_agents(here, here.workers, agent, options.model or own.model)
    _check_agents(tasks, plan, state.plan)
    check_secrets(tasks, [*state.workers])
    check_sandboxes(run_dir, Path(state.repo), [task.sandbox for task in tasks])
    keep_secrets(run_dir, here, tasks)
    args = {"tasks": [codec.encode(task) for task in tasks], "roles": [codec.encode(role) for role in plan.roles]}
    answer = order(run_dir, "add", args)
    left_out = _left_out(plan, state.plan)
    if left_out:
        print(f"not taken from the file, the run keeps its own: {', '.join(left_out)}", file=sys.stderr)
    print(answer.text)
    hint("swarm status --watch" if leader_alive(run_dir) else f"swarm resume {state.run}   no leader runs now")
    return 0


def _in_the_run(plan: Plan, running: Plan) -> Plan:
    """The file's tasks among the run's workers, whose agents the run alone may know."""
    agents = {spec.name: spec for spec in (*plan.agents, *running.agents)}
    return replace(
        running, tasks=plan.tasks, agents=tuple(agents.values()), roles=(*running.roles, *plan.roles)
    )


def _check_agents(tasks: Iterable[Task], file: Plan, running: Plan) -> None:
    """Own agents are those that the run began with."""
    for task in tasks:
        found = [next((spec for spec in plan.agents if spec.name == task.agent), None) for plan in (file, running)]
        if found[0] != found[1]:
            raise SwarmError(
                f"task {task.id}: the run does not know the agent {task.agent!r}, or knows another one of that name",
                "a run keeps the `agents:` that it began with; start another run",
            )


def _usual_agent(state: State) -> str | None:
    """The agent of all tasks of the run that are no shell lines, where there is just one."""
    agents = {found.task.agent for found in state.tasks.values() if found.task.command is None}
    return next(iter(agents - {AGENT_OF_START}), None) if len(agents) == 1 else None


def _left_out(file: Plan, running: Plan) -> list[str]:
    """What the file says about the run as a whole, and the run does otherwise."""
    nothing = Plan("", ())
    said = [name for name in _OF_THE_RUN if getattr(file, name) != getattr(nothing, name)]
    return [_OF_THE_RUN[name] for name in said if getattr(file, name) != getattr(running, name)]
