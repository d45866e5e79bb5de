"""Why is this task where it is?  One true reason, and the command that lifts it.  Pure.

Knows the state alone.  `blocked` and `ready` are derived here: nothing stores them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from swarm.core import accounts, words
from swarm.core.merging import Stray
from swarm.core.rules import can_do, rival
from swarm.core.spending import over_budget
from swarm.core.state import Phase, State, TaskState, WorkerState, dooms
from swarm.core.status import BLOCKED, READY, TERMINAL, Status


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason and the next command to type ("" where nothing needs to be done).

    `until`: Unix seconds at which it ends by itself, where that is known; the text does not say it, as the time of day
    is a matter of the place.
    """

    text: str
    command: str = ""
    until: float | None = None


def shown_status(task: TaskState) -> str:
    """The status as people and `status --json` see it: a pending task is blocked or ready."""
    if task.status is not Status.PENDING:
        return task.status.value
    return READY if task.open_upstreams == 0 else BLOCKED


def why(state: State, task: TaskState) -> Reason:
    """The reason for a task's present status.  Costs the degree of the task, or a look at the ready ones' rivals."""
    name = task.id
    match task.status:
        case Status.PENDING:
            return _pending(state, task)
        case Status.CLAIMED:
            return Reason(f"{task.worker} is about to start it")
        case Status.RUNNING:
            return Reason(f"{task.worker} works on it (attempt {task.attempt})", f"swarm attach {name}")
        case Status.WAITING:
            question = task.question[1] if task.question else ""
            more = words.asks_more(len(task.questions) - 1) if task.questions else ""
            return Reason(f"its agent asks: {question}{more}", f'swarm answer {name} "…"')
        case Status.PAUSED:
            return _paused(state, task)
        case Status.SEALED:
            return _sealed(state, task)
        case Status.VERIFYING:
            return Reason(f"candidate {task.candidate} with its work is being verified")
        case Status.REVIEW:
            return Reason(task.reason, f"swarm merge {name}")
        case Status.MERGED:
            what = f"merged as {words.commit(task.merged)}" if task.merged else "its report was accepted"
            return Reason(what, f"swarm diff {name}" if task.merged else "")
        case Status.SKIPPED:
            return Reason(task.reason, f"swarm retry {root_cause(state, task).id}")
        case Status.FAILED | Status.CANCELLED:
            return Reason(task.reason, f"swarm retry {name}")


def root_cause(state: State, task: TaskState) -> TaskState:
    """The failed task at the root of a skipped one; the task itself where none is left to blame."""
    while True:
        upstreams = (state.tasks[name] for name in task.task.depends_on)
        cause = next((upstream for upstream in upstreams if dooms(upstream)), None)
        if cause is None:
            return task
        task = cause


def _paused(state: State, task: TaskState) -> Reason:
    if task.taken_by:
        return Reason(words.in_hands(task), f"swarm release {task.id}")
    account = accounts.waits(state, task)
    if account is None:
        return Reason("it was paused", f"swarm unpause {task.id}")
    return Reason(words.waits_for_account(account), f"swarm unpause {task.id}", account.until)


def _sealed(state: State, task: TaskState) -> Reason:
    if state.over and not (state.stray and state.stray.refused):
        return Reason(f"its work waits for the merge queue, but the run is {state.phase}", "swarm resume")
    if state.stray:
        return _stray(state.stray)
    if task.deferred_at and task.deferred_at == state.tip:
        return Reason("it clashes with work that is being verified, and waits for that to land")
    if state.offer:
        return Reason(f"{state.offer.target} is being brought in first")
    return Reason("its work waits for its turn in the merge queue")


def _stray(stray: Stray) -> Reason:
    """The integration ref was moved by somebody else."""
    if stray.refused:
        return Reason(f"nothing lands: {stray.refused}", "swarm resume --put-back")
    return Reason("somebody moved the integration ref; what stands there is verified first")


def _pending(state: State, task: TaskState) -> Reason:
    if state.stray and state.stray.refused:
        return _stray(state.stray)
    if state.phase in (Phase.STOPPED, Phase.FAILED, Phase.STOPPING):
        return Reason(f"the run is {state.phase}", "swarm resume")
    upstream = _open_upstream(state, task)
    if upstream is not None:
        return _blocked(upstream, root_cause(state, upstream))
    if state.tip is None:
        return Reason("the base is being verified first")
    if over_budget(state):
        more = math.ceil(max(2 * (state.plan.run_budget or 0), state.usage.usd + 1))
        return Reason(f"the run's budget of {state.plan.run_budget:g} USD is used up", f"swarm budget '{more} USD'")
    account = accounts.bar(state, task)
    if account is not None:
        return Reason(words.waits_for_account(account), f"swarm unpause {task.id}", account.until)
    other = rival(state, task)
    if other is not None:
        return Reason(f"its files overlap with those of {other.id}, which is {other.status}", f"swarm why {other.id}")
    return _no_worker(state, task)


def _no_worker(state: State, task: TaskState) -> Reason:
    able = [worker for worker in state.workers.values() if can_do(worker, task)]
    if not state.workers:
        return Reason("the run has no workers", "swarm start --workers N")
    if not able:
        return Reason(f"no worker has the skills {words.some(task.task.skills)}", "swarm cancel " + task.id)
    if all(worker.broken for worker in able):
        return Reason(f"{able[0].name} could not be started: {able[0].broken}", "swarm resume")
    if any(worker.up and worker.task is None for worker in able):
        return Reason("it is about to be claimed")
    return _busy([worker for worker in able if not worker.broken])


def _busy(workers: list[WorkerState]) -> Reason:
    held = [(worker, worker.task) for worker in workers if worker.task is not None]
    if not held:
        return Reason("the workers that could take it are starting")
    worker, other = held[0]
    others = "" if len(workers) == 1 else f", and {len(workers) - 1} more are busy or starting"
    return Reason(f"{worker.name} could take it, but has {other}{others}", f"swarm why {other}")


def _open_upstream(state: State, task: TaskState) -> TaskState | None:
    """The upstream that holds the task back: one that will not move by itself comes first."""
    upstreams = [state.tasks[name] for name in task.task.depends_on]
    waiting = [upstream for upstream in upstreams if not upstream.released]
    ended = (upstream for upstream in waiting if upstream.status in TERMINAL)
    return next(ended, waiting[0] if waiting else None)


def _blocked(upstream: TaskState, cause: TaskState) -> Reason:
    if upstream.status in TERMINAL:
        return Reason(f"its upstream {upstream.id} is {upstream.status}: {upstream.reason}", f"swarm retry {cause.id}")
    return Reason(f"it waits for {upstream.id}, which is {shown_status(upstream)}", f"swarm why {upstream.id}")


def chain(state: State, task: TaskState) -> list[TaskState]:
    """What holds a blocked task back, and what holds that back in turn, down to something that is not blocked."""
    found: list[TaskState] = []
    upstream = _open_upstream(state, task)
    while upstream is not None:
        found.append(upstream)
        upstream = _open_upstream(state, upstream) if upstream.status is Status.PENDING else None
    return found
