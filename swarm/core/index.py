"""The indexes of a state: which task could be claimed, is used up, doomed, queued, under way.

Called by the fold alone, whenever a task changes its status.  Nothing here decides anything; every index can be made
again from the facts (a property test does).  Cost of one change: the degree of its task, plus one binary insertion.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable

from swarm.core import events as e
from swarm.core.plan import OnFailure
from swarm.core.state import State, TaskState, releases
from swarm.core.status import Status, following

_ON_THE_WAY = frozenset({Status.CLAIMED, Status.RUNNING, Status.WAITING, Status.SEALED, Status.VERIFYING})


def step(state: State, found: TaskState, event: e.Event) -> None:
    """Take one task through the table.  IllegalEvent where the table has no entry."""
    enter(state, found, following(found.status, event, found.id))


def enter(state: State, found: TaskState, status: Status) -> None:
    """Put a task into a status and set every index right."""
    old = found.status
    _leave(state, found, old)
    found.status = status
    state.counts[old] -= 1
    state.counts[status] += 1
    if status is Status.PENDING:
        file_pending(state, found)
    elif status is Status.SEALED:
        state.queue[found.id] = None
    _file_active(state, found)
    if not found.released and releases(found):
        _release(state, found)
    if _dooms(found):
        for name in state.below[found.id]:
            _doom(state, state.tasks[name], found.id)


def requeue(state: State, tasks: Iterable[TaskState]) -> None:
    """Put sealed tasks back at the front of the queue, in the given order: first sealed, first served."""
    front = dict.fromkeys(found.id for found in tasks)
    state.queue = front | {name: None for name in state.queue if name not in front}


def file_pending(state: State, found: TaskState) -> None:
    """Put a pending task into the one index it belongs to, if any."""
    for name in found.task.depends_on:
        if _dooms(state.tasks[name]):
            _doom(state, found, name)
    if found.id in state.doomed:
        return
    if found.exhausted:
        state.spent[found.id] = None
    elif found.open_upstreams == 0:
        bisect.insort(state.ready, (*found.rank, found.id))


def occupy(state: State, found: TaskState, worker: str) -> None:
    """An attempt of the task is the worker's from now on."""
    found.worker = worker
    state.workers[worker].task = found.id
    state.under_way[found.id] = None


def free(state: State, found: TaskState) -> None:
    """The task's attempt is over: its worker can take another one."""
    if found.worker is not None:
        state.workers[found.worker].task = None
    found.worker = None
    state.under_way.pop(found.id, None)


def _leave(state: State, found: TaskState, old: Status) -> None:
    if old is Status.PENDING:
        _unready(state, found)
        state.spent.pop(found.id, None)
        state.doomed.pop(found.id, None)
    elif old is Status.SEALED:
        state.queue.pop(found.id, None)


def _unready(state: State, found: TaskState) -> None:
    entry = (*found.rank, found.id)
    at = bisect.bisect_left(state.ready, entry)
    if at < len(state.ready) and state.ready[at] == entry:
        del state.ready[at]


def _file_active(state: State, found: TaskState) -> None:
    paused_at_work = found.status is Status.PAUSED and found.worker is not None
    if found.status in _ON_THE_WAY or paused_at_work:
        state.active[found.id] = None
    else:
        state.active.pop(found.id, None)


def _release(state: State, found: TaskState) -> None:
    found.released = True
    for name in state.below[found.id]:
        dependent = state.tasks[name]
        dependent.open_upstreams -= 1
        if dependent.status is Status.PENDING and dependent.open_upstreams == 0:
            file_pending(state, dependent)


def _dooms(found: TaskState) -> bool:
    if found.status is Status.SKIPPED:
        return True
    return found.status is Status.FAILED and found.task.on_failure is OnFailure.SKIP


def _doom(state: State, found: TaskState, because: str) -> None:
    if found.status is Status.PENDING:
        _unready(state, found)
        state.spent.pop(found.id, None)
        state.doomed[found.id] = because
