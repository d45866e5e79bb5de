"""What an agent is told when it asks which tasks there are: the nearest to its own first, then what is open.  Pure.

Knows the state alone.  Bounded, so that it is no longer for a plan of ten thousand tasks: an agent needs to know whom
to talk to, not the whole plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from swarm.core.state import State, TaskState
from swarm.core.status import TERMINAL
from swarm.core.why import shown_status

MOST = 60
"""Tasks of one listing."""

MOST_UPSTREAMS = 20
"""Upstreams that are named of each."""


def listing(state: State, worker: str) -> dict[str, Any]:
    """As JSON: `you` (its task, or null), `tasks` (each with id, title, status, worker, depends_on), `more` (how
    many are left out), `counts` (how many tasks are in each status)."""
    own = state.workers[worker].task if worker in state.workers else None
    found = list(islice(dict.fromkeys(_near(state, own)), MOST))
    return {
        "you": own,
        "tasks": [_shown(state.tasks[name]) for name in found],
        "more": len(state.tasks) - len(found),
        "counts": {status.value: count for status, count in sorted(state.counts.items()) if count},
    }


def _near(state: State, own: str | None) -> Iterator[str]:
    """Its own, those before and behind it, those under way, the other open ones, then the rest: ids, some twice."""
    if own is not None:
        yield own
        yield from state.tasks[own].task.depends_on
        yield from state.below.get(own, ())
    yield from state.under_way
    yield from (name for name, task in state.tasks.items() if task.status not in TERMINAL)
    yield from state.tasks


def _shown(task: TaskState) -> dict[str, Any]:
    return {
        "id": task.id,
        "title": task.task.title,
        "status": shown_status(task),
        "worker": task.worker,
        "depends_on": list(task.task.depends_on[:MOST_UPSTREAMS]),
    }
