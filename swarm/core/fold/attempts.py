"""What the events of attempts and tasks do to a state.

Knows nothing of the merge queue or messages, nor of which event is allowed when: the table does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from swarm.core import events as e
from swarm.core.digest import digest
from swarm.core.events import Outcome, Usage
from swarm.core.index import free, occupy, reopen, step
from swarm.core.state import Attempt, State, TaskState
from swarm.core.status import IllegalEvent, Status


def _claimed(state: State, event: e.TaskClaimed, entry: e.Entry) -> None:
    found = state.tasks[event.task]
    if event.attempt != found.attempt + 1 or state.workers[event.worker].task is not None:
        raise IllegalEvent(f"{event.worker} can't claim attempt {event.attempt} of {found.id} after {found.attempt}")
    occupy(state, found, event.worker)
    found.attempt, found.base, found.claimed_at = event.attempt, event.base, entry.mono
    found.assigned = found.expired = found.taken = found.approved = False
    found.questions, found.deferred_at, found.strays = [], None, ()
    found.started, found.ended = found.started or entry.at, None
    found.attempts.append(Attempt(event.attempt, event.worker, event.base, entry.at))
    step(state, found, event)


def _assigned(state: State, event: e.AttemptAssigned, entry: e.Entry) -> None:
    found = state.tasks[event.task]
    found.assigned, found.claimed_at = True, entry.mono
    step(state, found, event)


def _started(state: State, event: e.AttemptStarted, entry: e.Entry) -> None:
    found = state.tasks[event.task]
    found.taken = True
    step(state, found, event)


def _expired(state: State, event: e.ReservationExpired, entry: e.Entry) -> None:
    found = state.tasks[event.task]
    found.expired = True
    step(state, found, event)


def _asked(state: State, event: e.QuestionAsked, entry: e.Entry) -> None:
    found = state.tasks[event.task]
    if event.question not in (id for id, _ in found.questions):  # asked again when the task goes on
        found.questions.append((event.question, event.text))
    if event.question not in state.taken:
        asker = found.worker or ""
        state.taken[event.question] = digest(asker, event.text)
        if asker in state.workers:
            state.workers[asker].said += 1
            state.workers[asker].said_bytes += len(event.text)
    step(state, found, event)


def _answered(state: State, event: e.QuestionAnswered | e.QuestionWithdrawn, entry: e.Entry) -> None:
    found = state.tasks[event.task]
    found.questions = [asked for asked in found.questions if asked[0] != event.question]
    step(state, found, event)


def _identified(state: State, event: e.AgentIdentified, entry: e.Entry) -> None:
    found = state.tasks[event.task]
    last = found.attempts[-1]
    last.session, last.model = event.session or last.session, event.model or last.model
    step(state, found, event)


def _suspended(state: State, event: e.AttemptSuspended, entry: e.Entry) -> None:
    found = state.tasks[event.task]
    step(state, found, event)
    found.suspended = True


def _taken(state: State, event: e.AttemptTaken, entry: e.Entry) -> None:
    found = state.tasks[event.task]
    step(state, found, event)
    found.suspended, found.taken_by = True, event.by


def _used(state: State, event: e.AttemptUsed, entry: e.Entry) -> None:
    found = state.tasks[event.task]
    found.spending = event.usage
    step(state, found, event)


def _sealed(state: State, event: e.WorkSealed, entry: e.Entry) -> None:
    found = state.tasks[event.task]
    _close(state, found, entry, "sealed", event.usage)
    found.commit, found.report, found.sealed_at = event.commit, event.report, int(entry.at)
    step(state, found, event)


def _ended(state: State, event: e.AttemptEnded, entry: e.Entry) -> None:
    found = state.tasks[event.task]
    _close(state, found, entry, event.outcome, event.usage)
    found.commit = event.commit or found.commit
    if found.status is not Status.CANCELLED:
        found.reason = event.reason
    if event.outcome is Outcome.LOST:
        found.losses += 1
    elif event.outcome is not Outcome.CANCELLED:
        found.failures += 1
        found.feedback = event.feedback or event.reason
    step(state, found, event)


def _close(state: State, found: TaskState, entry: e.Entry, outcome: str, usage: Usage) -> None:
    if not found.attempts:
        raise IllegalEvent(f"{found.id} has no attempt that could end")
    if found.worker is not None and outcome != Outcome.LOST:
        state.workers[found.worker].losses = 0
    free(state, found)
    if usage == Usage() and outcome == Outcome.LOST:
        usage = found.spending  # whoever could have told more is gone
    found.questions, found.spending = [], Usage()
    found.attempts[-1].ended = entry.at
    found.attempts[-1].outcome = outcome
    found.attempts[-1].usage = usage
    found.usage = found.usage + usage
    state.usage = state.usage + usage


def _set_aside(state: State, event: e.ResultSetAside, entry: e.Entry) -> None:
    """The commit is kept by the attempt's branch; remembered, so that a repeated report means nothing."""
    for attempt in state.tasks[event.task].attempts:
        if attempt.number == event.attempt:
            attempt.outcome = "set aside"


def _step_only(state: State, event: e.TaskEvent, entry: e.Entry) -> None:
    step(state, state.tasks[event.task], event)


def _final(state: State, event: e.TaskGaveUp | e.TaskSkipped | e.TaskCancelled, entry: e.Entry) -> None:
    found = state.tasks[event.task]
    match event:
        case e.TaskGaveUp():
            found.reason = event.reason
        case e.TaskSkipped():
            found.reason = f"{event.because} {_what_became_of(state.tasks[event.because])}"
        case e.TaskCancelled():
            found.reason = f"cancelled by {event.by}"
    found.ended = entry.at
    step(state, found, event)


def _what_became_of(upstream: TaskState) -> str:
    return "failed" if upstream.status is Status.FAILED else "was skipped"


def _retried(state: State, event: e.TaskRetried, entry: e.Entry) -> None:
    found = state.tasks[event.task]
    found.allowance = found.failures + 1 + found.task.limits.retries
    found.losses, found.approved, found.ended = 0, False, None
    found.forgiven = found.usage.usd
    reopen(state)
    step(state, found, event)


def _held(state: State, event: e.WorkHeld, entry: e.Entry) -> None:
    found = state.tasks[event.task]
    found.reason, found.candidate, found.strays, found.approved = event.reason, None, event.strays, False
    step(state, found, event)


def _approved(state: State, event: e.WorkApproved, entry: e.Entry) -> None:
    found = state.tasks[event.task]
    found.approved, found.reason = True, ""
    step(state, found, event)


def _report_accepted(state: State, event: e.ReportAccepted, entry: e.Entry) -> None:
    found = state.tasks[event.task]
    found.ended, found.reason = entry.at, ""
    step(state, found, event)


def _turned_back(state: State, event: e.GateFailed | e.MergeConflicted, entry: e.Entry) -> None:
    found = state.tasks[event.task]
    found.failures += 1
    found.feedback, found.candidate, found.approved = event.feedback, None, False
    found.reason = "its gate was red" if isinstance(event, e.GateFailed) else "it conflicted"
    found.attempts[-1].outcome = "red" if isinstance(event, e.GateFailed) else "conflict"
    state.suspects.clear()
    step(state, found, event)


HANDLERS: dict[type[e.Event], Callable[[State, Any, e.Entry], None]] = {
    e.TaskClaimed: _claimed,
    e.AttemptAssigned: _assigned,
    e.AttemptStarted: _started,
    e.ReservationExpired: _expired,
    e.QuestionAsked: _asked,
    e.QuestionAnswered: _answered,
    e.QuestionWithdrawn: _answered,
    e.AttemptSuspended: _suspended,
    e.AttemptTaken: _taken,
    e.AttemptContinued: _step_only,
    e.AgentIdentified: _identified,
    e.AttemptUsed: _used,
    e.WorkSealed: _sealed,
    e.AttemptEnded: _ended,
    e.ResultSetAside: _set_aside,
    e.TaskGaveUp: _final,
    e.TaskSkipped: _final,
    e.TaskCancelled: _final,
    e.TaskPaused: _step_only,
    e.TaskUnpaused: _step_only,
    e.TaskRetried: _retried,
    e.WorkHeld: _held,
    e.ReportAccepted: _report_accepted,
    e.WorkApproved: _approved,
    e.GateFailed: _turned_back,
    e.MergeConflicted: _turned_back,
}
"""The handler of each event of an attempt or a task."""
