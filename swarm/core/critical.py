"""The critical path: the chain of dependent tasks that determined when a run ended, or will determine it.  Pure.

Knows what tasks took and who depends on whom; not how many workers there are: the chain is what no number of them would
have shortened.  Times are in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from swarm.core.plan import Task, layers
from swarm.core.state import State, TaskState
from swarm.core.status import TERMINAL, Status


def work(task: TaskState, now: float) -> float:
    """What all attempts of a task took; one under way counts up to now."""
    return sum(max(0.0, (attempt.ended or now) - attempt.started) for attempt in task.attempts)


def heaviest(tasks: Sequence[Task], took: Mapping[str, float]) -> tuple[tuple[str, ...], float]:
    """The chain of dependent tasks that took most, without those that took nothing; and what it took.  Linear."""
    heavy: dict[str, float] = {}
    before: dict[str, str | None] = {}
    for layer in layers(tasks):
        for task in layer:
            before[task.id] = max(task.depends_on, key=heavy.__getitem__, default=None)
            heavy[task.id] = took[task.id] + heavy.get(before[task.id] or "", 0.0)
    last = max(heavy, key=heavy.__getitem__, default=None)
    total, chain = heavy.get(last or "", 0.0), []
    while last is not None:
        if took[last]:
            chain.append(last)
        last = before[last]
    return tuple(reversed(chain)), total


def critical(state: State, now: float) -> tuple[str, ...]:
    """The critical path of a run as it stands.  What has not ended is reckoned to take as long as what has merged did
    on average, or what it has taken already; once the run is over, it is the chain that `swarm summary` names."""
    took = {task.id: work(task, now) for task in state.tasks.values()}
    if not state.over:
        _reckon(state, took)
    return heaviest([task.task for task in state.tasks.values()], took)[0]


def _reckon(state: State, took: dict[str, float]) -> None:
    """Add what open tasks will still take."""
    done = [took[task.id] for task in state.tasks.values() if task.status is Status.MERGED and took[task.id]]
    usual = fmean(done) if done else 1.0
    for task in state.tasks.values():
        if task.status is Status.PENDING:
            took[task.id] += usual
        elif task.status not in TERMINAL:
            took[task.id] = max(took[task.id], usual)
