"""The secrets of a run's tasks: whether they are there before it begins, and kept for its workers.

Knows names only; what they hold is swarm.secrets' matter.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from swarm import secrets
from swarm.agents.definition import Order
from swarm.agents.registry import known
from swarm.core import pools
from swarm.core.plan import Plan, Task
from swarm.errors import SwarmError
from swarm.paths import RunDir


def check_secrets(tasks: Iterable[Task], workers: Sequence[str]) -> None:
    """SwarmError where a task lists one that some worker would not have."""
    there = [{*os.environ, *secrets.of_user(worker)} for worker in workers]
    for task in tasks:
        for name in task.secrets:
            if not all(name in one for one in there):
                error = secrets.missing(name)
                raise SwarmError(f"task {task.id}: {error.message}", error.hint)


def keep_secrets(run: RunDir, plan: Plan, tasks: Iterable[Task]) -> None:
    """Keep what the tasks list and their agents need, whichever of the plan's workers does them, as far as it is in our
    environment."""
    adapters, crew = known(plan.agents), pools.kinds(plan.workers)
    names: dict[str, None] = {}
    seen: set[tuple[str, str | None]] = set()
    for way in (way for task in tasks for way in pools.ways(plan, task, crew)):
        names.update(dict.fromkeys(way.secrets))
        if way.agent in adapters and (way.agent, way.model) not in seen:
            seen.add((way.agent, way.model))
            names.update(dict.fromkeys(adapters[way.agent].launch(Order(way, "")).pass_env))
    secrets.keep(run, names, os.environ)
