"""How long a run will still take, as far as that can be told honestly.  Pure; linear in tasks and dependencies.

An open task counts as long as the merged ones took on average.  What is left takes no less than its longest chain, and
no less than all of it shared out among the workers; the greater of the two is the estimate.  Tasks that a person holds
up, and what depends on them, are not in it: nobody knows when they go on.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from swarm.core.state import State, TaskState
from swarm.core.status import TERMINAL, UNDER_WAY, Status
from swarm.core.summary import work

LEAST = 2
"""Merged tasks from which on there is an estimate."""

HELD = frozenset({Status.WAITING, Status.REVIEW, Status.PAUSED})


@dataclass(frozen=True, slots=True)
class Estimate:
    """`left`: seconds that what can go on will still take.  `held`: tasks that are not in it."""

    left: float
    held: int


def estimate(state: State, now: float) -> Estimate | None:
    """The estimate at `now` (Unix seconds); None while too little is known, and once the run is over."""
    merged = [task for task in state.tasks.values() if task.status is Status.MERGED]
    workers = sum(not worker.broken for worker in state.workers.values())
    if state.over or len(merged) < LEAST or not workers:
        return None
    usual = sum(work(task, now) for task in merged) / len(merged)
    expected, held = {}, 0
    chains: dict[str, float] = {}
    for task in _downwards(state):
        above = [name for name in task.task.depends_on if state.tasks[name].status not in TERMINAL]
        if task.status in HELD or any(name not in expected for name in above):
            held += 1
            continue
        expected[task.id] = _remains(task, usual, now)
        chains[task.id] = expected[task.id] + max((chains[name] for name in above), default=0.0)
    if not expected:
        return None
    longest = max(chains.values())
    return Estimate(max(longest, sum(expected.values()) / workers), held)


def _downwards(state: State) -> list[TaskState]:
    """The open tasks, each after the open ones that it depends on."""
    waits = {
        task.id: sum(state.tasks[name].status not in TERMINAL for name in task.task.depends_on)
        for task in state.tasks.values()
        if task.status not in TERMINAL
    }
    todo = deque(name for name, count in waits.items() if not count)
    found = []
    while todo:
        found.append(state.tasks[todo.popleft()])
        for name in state.below[found[-1].id]:
            if name in waits:
                waits[name] -= 1
                if not waits[name]:
                    todo.append(name)
    return found


def _remains(task: TaskState, usual: float, now: float) -> float:
    """What one task will still take; one that is at it longer than usual may end at any moment."""
    if task.status in (Status.SEALED, Status.VERIFYING):
        return 0.0
    if task.status in UNDER_WAY and task.attempts:
        return max(0.0, usual - (now - task.attempts[-1].started))
    return usual
