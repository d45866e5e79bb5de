"""The indexes of a state: which task could be claimed, is used up, doomed, queued, under way.

Called by the fold alone, whenever a task changes its status.  Nothing here decides anything; every index can be made
again from the facts (a property test does).  Cost of one change: the degree of its task, plus one binary insertion.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable

from swarm.core import clashes
from swarm.core import events as e
from swarm.core.state import Phase, State, TaskState, dooms, releases, wants_review
from swarm.core.status import IllegalEvent, Status, following

_IN_QUEUE = frozenset({Status.SEALED, Status.VERIFYING})
_ON_THE_WAY = frozenset({Status.CLAIMED, Status.RUNNING, Status.WAITING, *_IN_QUEUE})


def step(state: State, found: TaskState, event: e.Event) -> None:
    """Take one task through the table.  IllegalEvent: no entry there, or an event of another attempt."""
    if isinstance(event, e.TaskEvent) and event.attempt != found.attempt:
        raise IllegalEvent(
            f"{type(event).__name__} of attempt {event.attempt} can't happen to {found.id} in attempt {found.attempt}"
        )
    enter(state, found, following(found.status, event, found.id))


def enter(state: State, found: TaskState, status: Status) -> None:
    """Put a task into a status and set every index right."""
    if status is not found.status:
        _move(state, found, status)
    _file_active(state, found)
    if found.clashes and not clashes.is_live(found):
        clashes.forget(state, found)


def _move(state: State, found: TaskState, status: Status) -> None:
    old, doomed = found.status, dooms(found)
    _leave(state, found, old)
    found.status, found.since = status, state.at
    state.counts[old] -= 1
    state.counts[status] += 1
    if status is Status.PENDING:
        file_pending(state, found)
    elif status is Status.SEALED:
        _file_sealed(state, found)
    if status not in _IN_QUEUE:
        state.suspects.discard(found.id)
    if not found.released and releases(found):
        _release(state, found)
    if doomed or dooms(found):
        for name in state.below[found.id]:
            _file_doomed(state, state.tasks[name])


def requeue(state: State, tasks: Iterable[TaskState]) -> None:
    """Put sealed tasks back at the front of the queue, in the given order: first sealed, first served."""
    front = dict.fromkeys(found.id for found in tasks)
    state.queue = front | {name: None for name in state.queue if name not in front}


def file_pending(state: State, found: TaskState) -> None:
    """Put a pending task into the one index it belongs to, if any."""
    because = next((name for name in found.task.depends_on if dooms(state.tasks[name])), None)
    if because is not None:
        state.doomed[found.id] = because
    elif found.exhausted:
        state.spent[found.id] = None
    elif found.open_upstreams == 0:
        bisect.insort(state.ready, (*found.rank, found.id))
        state.ready_skills[found.task.skills] += 1


def reopen(state: State) -> None:
    """There is something to do again in a run that had finished.  One that was stopped or failed waits for `resume`."""
    if state.phase is Phase.FINISHED:
        state.phase, state.ended = Phase.RUNNING, None


def occupy(state: State, found: TaskState, worker: str) -> None:
    """An attempt of the task is the worker's from now on."""
    found.worker = worker
    state.workers[worker].task = found.id
    state.workers[worker].said = state.workers[worker].said_bytes = 0
    state.under_way[found.id] = None


def free(state: State, found: TaskState) -> None:
    """The task's attempt is over: its worker can take another one."""
    if found.worker is not None:
        state.workers[found.worker].task = None
    found.worker = None
    state.under_way.pop(found.id, None)


def _file_sealed(state: State, found: TaskState) -> None:
    state.queue[found.id] = None
    if wants_review(state, found) or found.commit is None:
        state.aside[found.id] = None


def _leave(state: State, found: TaskState, old: Status) -> None:
    if old is Status.PENDING:
        _unfile_pending(state, found)
    elif old is Status.SEALED:
        state.queue.pop(found.id, None)
        state.aside.pop(found.id, None)
    elif old is Status.PAUSED:
        state.limited.pop(found.id, None)
        found.suspended, found.taken_by = False, ""


def _unfile_pending(state: State, found: TaskState) -> None:
    _unready(state, found)
    state.spent.pop(found.id, None)
    state.doomed.pop(found.id, None)


def _unready(state: State, found: TaskState) -> None:
    entry = (*found.rank, found.id)
    at = bisect.bisect_left(state.ready, entry)
    if at < len(state.ready) and state.ready[at] == entry:
        del state.ready[at]
        state.ready_skills[found.task.skills] -= 1
        if not state.ready_skills[found.task.skills]:
            del state.ready_skills[found.task.skills]


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


def _file_doomed(state: State, found: TaskState) -> None:
    """An upstream began or ceased to doom its dependents: file this one anew."""
    if found.status is Status.PENDING:
        _unfile_pending(state, found)
        file_pending(state, found)
