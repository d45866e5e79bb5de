"""Clashes between live branches: which branches are live, when a look at them is due, what a look has to know.  Pure.

Knows nothing of git.  A clash is shown before it costs anything, and decides nothing: what merges is found out by the
merge queue alone.  An attempt that is under way is live with what its agent has committed so far; sealed work is live
until it has landed, failed or goes back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from swarm.core.events import ClashSeen
from swarm.core.state import PAUSES, Phase, State, TaskState
from swarm.core.status import Status

PACE = 3.0
"""Seconds between the beginnings of two looks."""

PROBE = "probe"
"""The name of the action in the journal."""

_LIVE = frozenset({Status.RUNNING, Status.WAITING, Status.SEALED, Status.VERIFYING, Status.REVIEW})

Pair = tuple[str, str]
"""Two tasks, in the order of the alphabet."""


@dataclass(frozen=True, slots=True)
class Live:
    """A live branch.  `commit`: its sealed work; None while its agent works, when only git knows what it holds."""

    attempt: int
    commit: str | None


@dataclass(frozen=True, slots=True)
class Glance:
    """What a look has to know of the run: the tip, the live branches by task, and the clashes that were seen."""

    tip: str
    live: Mapping[str, Live]
    known: Mapping[Pair, ClashSeen]


def glance(state: State) -> Glance | None:
    """What a look at the run needs, or None where there is nothing to look at: fewer than two live branches, or a run
    that does not want it, is not running, or met with so much trouble in this that it was given up."""
    trouble = state.hindered.get(PROBE)
    given_up = trouble is not None and (trouble.rests or trouble.count > len(PAUSES))
    if not state.plan.probe or state.phase is not Phase.RUNNING or state.tip is None or given_up:
        return None
    tasks = list(_live_tasks(state))
    if len(tasks) < 2:
        return None
    known = {(seen.task, seen.other): seen for task in tasks for seen in task.clashes.values()}
    return Glance(state.tip, {task.id: _live(task) for task in tasks}, known)


def is_live(task: TaskState) -> bool:
    """Whether the task has work that is still to be merged: an attempt under way, or sealed work."""
    return task.status in _LIVE or (task.status is Status.PAUSED and task.worker is not None)


def are_live(state: State, seen: ClashSeen) -> bool:
    """Whether a clash still speaks of live branches."""
    both = (seen.task, seen.attempt), (seen.other, seen.other_attempt)
    return all(is_live(state.tasks[name]) and state.tasks[name].attempt == attempt for name, attempt in both)


def forget(state: State, task: TaskState) -> None:
    """The task's branch is not live any more: it clashes with nobody."""
    for other in task.clashes:
        del state.tasks[other].clashes[task.id]
    task.clashes.clear()


def _live_tasks(state: State) -> Iterator[TaskState]:
    """Those that may have changed a file: who is done by a report alone has nothing to merge."""
    found = [state.tasks[name] for name in state.active]
    if state.counts[Status.REVIEW]:  # what waits for a person is in no index
        found += (task for task in state.tasks.values() if task.status is Status.REVIEW)
    return (task for task in found if is_live(task) and (task.worker is not None or task.commit is not None))


def _live(task: TaskState) -> Live:
    return Live(task.attempt, task.commit if task.worker is None else None)
