"""The workers of a run: those that the file declares, cut or filled up to the number asked for, and what they can't do.

Knows the plan alone.
"""

from __future__ import annotations

from swarm.core.plan import Plan, Task, WorkerSpec
from swarm.errors import UsageError

MOST_WORKERS = 256
USUAL = 4
"""Workers of a run whose file declares none, where nobody says how many."""


def staff(plan: Plan, count: int | None) -> tuple[WorkerSpec, ...]:
    """The workers, each with a name that no task has.  Raises UsageError for a number that can't be."""
    if count is not None and not 1 <= count <= MOST_WORKERS:
        raise UsageError(f"--workers {count}: a run has 1 to {MOST_WORKERS} workers")
    declared = list(plan.workers)
    wanted = count if count is not None else len(declared) or USUAL
    taken = {worker.name for worker in declared} | {task.id for task in plan.tasks}
    free = (name for n in range(1, MOST_WORKERS * 2 + len(taken)) if (name := f"worker-{n}") not in taken)
    while len(declared) < wanted:
        declared.append(WorkerSpec(next(free)))
    return tuple(declared[:wanted])


def unskilled(plan: Plan, workers: tuple[WorkerSpec, ...]) -> list[Task]:
    """The tasks that ask for skills which no single one of these workers has."""
    able = {worker.skills for worker in workers}
    return [task for task in plan.tasks if not any(set(task.skills) <= set(skills) for skills in able)]
