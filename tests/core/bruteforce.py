"""What the indexes of a state must be, found the slow way from the facts alone; and what must hold of any state."""

from __future__ import annotations

from collections import Counter

from swarm.core.accounts import account
from swarm.core.events import Usage
from swarm.core.report import counts
from swarm.core.state import State, TaskState, dooms, releases, wants_review
from swarm.core.status import UNDER_WAY, Status
from swarm.core.why import shown_status

LIVE = {Status.RUNNING, Status.WAITING, Status.SEALED, Status.VERIFYING, Status.REVIEW}
ON_THE_WAY = {Status.CLAIMED, Status.RUNNING, Status.WAITING, Status.SEALED, Status.VERIFYING}


def check(state: State) -> None:
    """Raise AssertionError where an index differs from the facts."""
    _pending(state)
    _queue(state)
    _workers(state)
    _messages(state)
    _clashes(state)
    _accounts(state)
    assert +state.counts == Counter(task.status for task in state.tasks.values())
    shown = Counter(shown_status(task) for task in state.tasks.values())
    assert {name: count for name, count in counts(state).items() if count} == dict(shown)
    for task in state.tasks.values():
        assert task.failures <= task.allowance


def _pending(state: State) -> None:
    tasks = state.tasks
    pending = [task for task in tasks.values() if task.status is Status.PENDING]
    doomed = {task.id for task in pending if any(dooms(tasks[name]) for name in task.task.depends_on)}
    assert set(state.doomed) == doomed
    assert all(cause in tasks[name].task.depends_on and dooms(tasks[cause]) for name, cause in state.doomed.items())
    assert set(state.spent) == {task.id for task in pending if task.exhausted and task.id not in doomed}
    for task in tasks.values():
        assert task.open_upstreams == sum(not tasks[name].released for name in task.task.depends_on)
        assert task.released or not releases(task)
    could_start = [task for task in pending if task.open_upstreams == 0 and not task.exhausted]
    ready = [task for task in could_start if task.id not in doomed]
    assert state.ready == sorted((*task.rank, task.id) for task in ready)
    assert state.ready_skills == Counter(task.task.skills for task in ready)


def _queue(state: State) -> None:
    sealed = [task for task in state.tasks.values() if task.status is Status.SEALED]
    verifying = {task.id for task in state.tasks.values() if task.status is Status.VERIFYING}
    assert set(state.queue) == {task.id for task in sealed}
    assert set(state.aside) == {task.id for task in sealed if wants_review(state, task) or task.commit is None}
    assert set(state.candidates) == set(state.stack)
    assert sorted(state.stack) == state.stack
    members = [m.task for number in state.stack for m in state.candidates[number].members if m.task]
    assert Counter(members) == Counter(verifying)
    assert state.suspects <= set(state.queue) | verifying
    for task in state.tasks.values():
        inside = task.candidate is not None and task.id in members
        assert inside == (task.status is Status.VERIFYING)


def _workers(state: State) -> None:
    busy = {worker.task: worker.name for worker in state.workers.values() if worker.task is not None}
    assert busy == {task.id: task.worker for task in state.tasks.values() if task.worker is not None}
    assert set(state.under_way) == set(busy)
    assert set(state.active) == {task.id for task in state.tasks.values() if _is_active(task)}
    for task in state.tasks.values():
        if task.worker is not None:
            assert task.status in UNDER_WAY | {Status.CANCELLED}
        elif task.status in UNDER_WAY:
            assert task.status is Status.PAUSED


def _is_active(task: TaskState) -> bool:
    return task.status in ON_THE_WAY or (task.status is Status.PAUSED and task.worker is not None)


def _accounts(state: State) -> None:
    """Only a paused task waits for its account, and each belongs to one that was refused once."""
    for name in state.limited:
        assert state.tasks[name].status is Status.PAUSED
        assert account(state.plan, state.tasks[name].task) in state.accounts
    for task in state.tasks.values():
        assert not task.suspended or task.status is Status.PAUSED
        assert task.worker is not None or task.spending == Usage()


def _clashes(state: State) -> None:
    """Each is known of both sides, and speaks of the attempts that they are in, whose work is not merged."""
    for task in state.tasks.values():
        for other, seen in task.clashes.items():
            assert state.tasks[other].clashes[task.id] is seen
            assert (task.id, task.attempt) in {(seen.task, seen.attempt), (seen.other, seen.other_attempt)}
            assert task.status in LIVE or (task.status is Status.PAUSED and task.worker is not None)


def _messages(state: State) -> None:
    mail = [(id, task.id) for task in state.tasks.values() for id in task.mail]
    assert sorted(mail) == sorted((id, message.task) for id, message in state.kept.items())
    assert all(id in state.taken and recipient in m.recipients for (id, recipient), m in state.undelivered.items())
