"""Where a worker or a task works: what `attach`, `path` and `diff` need to know of a name that a person typed.

Knows the run's state and its worktrees; changes nothing.
"""

from __future__ import annotations

import argparse

from swarm.core.report import branch
from swarm.core.state import State, TaskState, WorkerState
from swarm.core.suggest import did_you_mean
from swarm.core.why import shown_status
from swarm.errors import SwarmError
from swarm.git.library import library
from swarm.git.worktree import Worktree
from swarm.paths import RunDir


def add_name(parser: argparse.ArgumentParser) -> None:
    """The argument that names a worker or a task."""
    parser.add_argument("name", metavar="WORKER|TASK", help="a worker, or the task that it works on")


def worker_of(state: State, name: str) -> WorkerState:
    """The worker of that name, or the one that has the task of that name in hand.

    Raises SwarmError for an unknown name, and for a task that nobody works on now.
    """
    worker = state.workers.get(name)
    if worker is not None:
        return worker
    task = state.tasks.get(name)
    if task is None:
        near = did_you_mean(name, [*state.workers, *state.tasks])
        raise SwarmError(f"there is no worker and no task {name!r} in run {state.run}{near}", "swarm status")
    if task.worker is None:
        hint = f"swarm log {name};   swarm diff {name}"
        raise SwarmError(f"nobody works on {name} now: it is {shown_status(task)}", hint)
    return state.workers[task.worker]


def worktree(run: RunDir, worker: str) -> Worktree:
    """The worktree of a worker, made or not."""
    return Worktree(run.home.hub, run.worktrees / worker, f"{run.name}.{worker}", library)


def standing(run: RunDir, state: State, task: TaskState) -> Worktree | None:
    """The worktree that still stands on the task's newest attempt, under way or ended; None where none does.

    Worktrees are pooled: the worker's next task takes it over.
    """
    if not task.attempts:
        return None
    found = worktree(run, task.attempts[-1].worker)
    ours = found.path.is_dir() and found.admin.branch() == branch(state, task)
    return found if ours else None
