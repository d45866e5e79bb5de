"""The fold: `evolve(state, entry)` is the only door through which a state changes.

Knows no clock, disk or process: the same entries give the same state, always.  Each event has one handler; what an
event does to a task's status is not here but in the table (swarm.core.status).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from swarm.core import clashes
from swarm.core import events as e
from swarm.core.fold import accounts, attempts, messages, queue
from swarm.core.index import file_pending, reopen
from swarm.core.plan import Task, dependents
from swarm.core.state import Phase, State, TaskState, WorkerState
from swarm.core.status import IllegalEvent, is_allowed

Handler = Callable[[State, Any, e.Entry], None]


def evolve(state: State, entry: e.Entry) -> State:
    """Apply one entry, in place, and return the state.  IllegalEvent where the table forbids it."""
    state.at = entry.at
    for event in entry.events:
        _HANDLERS[type(event)](state, event, entry)
    state.seq = entry.seq
    return state


def is_pertinent(state: State, event: e.Event) -> bool:
    """Whether what an effect found out still speaks of anything: the world may have moved on while it was under way."""
    match event:
        case e.CandidateJudged() | e.CandidateUnbuildable():
            candidate = state.candidates.get(event.candidate)
            return candidate is not None and candidate.judged is None and candidate.unbuildable is None
        case e.CandidateLanded():
            landing = state.candidates.get(event.candidate)
            return landing is not None and landing.landing
        case e.TipStrayed() | e.TipRefused():
            return any(state.candidates[number].landing for number in state.stack)
        case e.CandidateDropped():
            return event.candidate in state.candidates
        case e.ClashSeen():
            known = state.tasks[event.task].clashes.get(event.other)
            return known != event and clashes.are_live(state, event)
        case e.ClashGone():
            return event.other in state.tasks[event.task].clashes
        case e.TaskEvent():
            found = state.tasks[event.task]
            over = isinstance(event, e.AttemptEnded | e.AttemptAssigned) and found.worker is None
            return found.attempt == event.attempt and is_allowed(found.status, event) and not over
        case _:
            return True


def replay(entries: Iterable[e.Entry]) -> State:
    """The state after all entries, from nothing."""
    state = State()
    for entry in entries:
        evolve(state, entry)
    return state


def _run_started(state: State, event: e.RunStarted, entry: e.Entry) -> None:
    state.run, state.repo, state.base, state.target = event.run, event.repo, event.base, event.target
    state.plan, state.executor, state.began = event.plan, event.executor, entry.at
    state.workers = {spec.name: WorkerState(spec) for spec in event.plan.workers}
    _join(state, event.plan.tasks)


def _tasks_added(state: State, event: e.TasksAdded, entry: e.Entry) -> None:
    if event.roles:
        state.plan = replace(state.plan, roles=(*state.plan.roles, *event.roles))
    _join(state, event.tasks)
    reopen(state)


def _budget_set(state: State, event: e.BudgetSet, entry: e.Entry) -> None:
    state.plan = replace(state.plan, run_budget=event.usd)
    reopen(state)


def _join(state: State, tasks: tuple[Task, ...]) -> None:
    """Add tasks whose upstreams are among them or already there."""
    for task in tasks:
        found = TaskState(task, index=len(state.tasks), allowance=1 + task.limits.retries)
        state.tasks[task.id] = found
        state.counts[found.status] += 1
    for name, below in dependents(tasks).items():
        state.below.setdefault(name, []).extend(below)
    for task in tasks:
        found = state.tasks[task.id]
        found.open_upstreams = sum(not state.tasks[name].released for name in task.depends_on)
        file_pending(state, found)


def _leader_started(state: State, event: e.LeaderStarted, entry: e.Entry) -> None:
    if event.boot != state.boot or not event.boot:
        _new_clock(state, entry.mono)
    state.boot, state.ended, state.reason = event.boot, None, ""
    state.hindered.clear()
    if state.stray is not None and state.stray.refused:
        state.stray = None  # it may have been put back: the next landing looks
    state.phase = Phase.RUNNING if state.tip else Phase.STARTING
    for worker in state.workers.values():
        worker.broken, worker.losses = "", 0


def _new_clock(state: State, mono: float) -> None:
    """The machine was started anew, and the clock of deadlines with it: what ran from an earlier time runs from now."""
    for name in state.under_way:
        state.tasks[name].claimed_at = mono
    for worker in state.workers.values():
        worker.spawned_at = mono
    for account in state.accounts.values():
        account.restart_clock(state.at, mono)


def _stopping(state: State, event: e.RunStopping, entry: e.Entry) -> None:
    state.phase = Phase.STOPPING


def _stopped(state: State, event: e.RunStopped, entry: e.Entry) -> None:
    state.phase, state.ended = Phase.STOPPED, entry.at


def _finished(state: State, event: e.RunFinished, entry: e.Entry) -> None:
    state.phase, state.ended = Phase.FINISHED, entry.at


def _failed(state: State, event: e.RunFailed, entry: e.Entry) -> None:
    state.phase, state.ended, state.reason = Phase.FAILED, entry.at, event.reason


def _spawned(state: State, event: e.WorkerSpawned, entry: e.Entry) -> None:
    worker = state.workers[event.worker]
    worker.spawned, worker.place, worker.spawned_at = True, event.place, entry.mono


def _ready(state: State, event: e.WorkerReady, entry: e.Entry) -> None:
    worker = state.workers[event.worker]
    worker.spawned = worker.up = True
    worker.pid, worker.broken = event.pid, ""


def _detached(state: State, event: e.WorkerDetached, entry: e.Entry) -> None:
    worker = state.workers[event.worker]
    worker.spawned, worker.place = False, ""


def _lost(state: State, event: e.WorkerLost, entry: e.Entry) -> None:
    worker = state.workers[event.worker]
    worker.spawned = worker.up = False
    worker.pid, worker.lost = None, event.reason
    worker.losses += 1


def _broken(state: State, event: e.WorkerBroken, entry: e.Entry) -> None:
    worker = state.workers[event.worker]
    worker.spawned = worker.up = False
    worker.pid, worker.broken = None, event.reason


def _clash_seen(state: State, event: e.ClashSeen, entry: e.Entry) -> None:
    if not clashes.are_live(state, event):
        raise IllegalEvent(f"the work of {event.task} and {event.other} can't clash: it is not live")
    state.tasks[event.task].clashes[event.other] = event
    state.tasks[event.other].clashes[event.task] = event


def _clash_gone(state: State, event: e.ClashGone, entry: e.Entry) -> None:
    state.tasks[event.task].clashes.pop(event.other, None)
    state.tasks[event.other].clashes.pop(event.task, None)


_HANDLERS: dict[type[e.Event], Handler] = {
    e.RunStarted: _run_started,
    e.TasksAdded: _tasks_added,
    e.BudgetSet: _budget_set,
    e.LeaderStarted: _leader_started,
    e.RunStopping: _stopping,
    e.RunStopped: _stopped,
    e.RunFinished: _finished,
    e.RunFailed: _failed,
    e.WorkerSpawned: _spawned,
    e.WorkerReady: _ready,
    e.WorkerDetached: _detached,
    e.WorkerLost: _lost,
    e.WorkerBroken: _broken,
    e.ClashSeen: _clash_seen,
    e.ClashGone: _clash_gone,
    **accounts.HANDLERS,
    **attempts.HANDLERS,
    **queue.HANDLERS,
    **messages.HANDLERS,
}
