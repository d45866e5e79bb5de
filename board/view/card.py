"""A task as a card: frozen, harmless text, cheap to make.  Pure.

Knows nothing of widths, colours or widgets.  A card depends on its own task and on which of its upstreams are released,
on nothing else: so `touched` can say which cards an event changes, and one event costs the degree of its task.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from board.view import harmless, waiting
from board.view.columns import PLACE, Column
from swarm.core import events as e
from swarm.core import models, words
from swarm.core.state import State, TaskState
from swarm.core.status import TERMINAL, UNDER_WAY, Status
from swarm.core.why import shown_status


@dataclass(frozen=True, slots=True)
class Card:
    """One task on the board.  `title` and `note` are harmless single lines."""

    id: str
    title: str
    status: str
    """As people see it: a status of swarm.core.status, or blocked or ready."""
    column: Column
    order: tuple[float, int]
    """Sorts the cards of one column; unique within a run."""
    note: str = ""
    """What is worth knowing now: a question, a reason, a clash, who works on it."""
    clash: str = ""
    """With which live branches its own clashes, and where; "" where it clashes with none."""
    attempt: int = 0
    worker: str | None = None
    since: float | None = None
    """Unix seconds since when it has been as it is, where that time is running."""
    took: float | None = None
    """Seconds from its first claim to its end, where it has ended."""
    usd: float = 0.0
    """What its attempts have used, in USD."""
    unread: int = 0
    """Messages to it, or to who works on it, that nobody has read."""


def card(state: State, task: TaskState) -> Card:
    """The card of one task."""
    status = shown_status(task)
    return Card(
        id=task.id,
        title=harmless.line(task.task.title),
        status=status,
        column=PLACE[status],
        order=(_rank(task), task.index),
        note=harmless.line(_note(state, task)),
        clash=harmless.line(words.clashes(task)),
        attempt=task.attempt,
        worker=task.worker,
        since=_since(task),
        took=_took(task),
        usd=task.usage.usd + task.spending.usd,
        unread=_unread(state, task),
    )


def touched(state: State, event: e.Event) -> Iterator[str]:
    """Ids of the tasks whose cards or histories an event may change.  Ask before the event is folded.

    Names a task more than once, perhaps, and may name one that does not exist yet or never will.
    """
    for name in _moved(state, event):
        yield name
        if name in state.tasks:
            yield from state.tasks[name].clashes  # over without a word, where one of the two goes on


def _moved(state: State, event: e.Event) -> Iterator[str]:
    match event:
        case e.RunStarted():
            yield from (task.id for task in event.plan.tasks)
        case e.AttemptLimited() | e.AccountLifted():  # until when the others on that account wait
            yield from subjects(state, event)
            yield from state.limited
        case e.MessageDelivered() | e.MessageRead():
            yield from _work_of(state, (event.recipient,))
            if event.id in state.kept:
                yield state.kept[event.id].task or ""
        case e.TasksAdded():
            yield from (task.id for task in event.tasks)
        case e.TaskEvent():
            yield event.task
            yield from state.below.get(event.task, ())
        case e.CandidateFormed():
            yield from (member.task for member in event.members)
        case e.TipMoved() | e.TipStrayed() | e.TipRefused():
            for number in state.stack:
                yield from _with_dependents(state, number)
        case (
            e.CandidateJudged() | e.CandidateUnbuildable() | e.CandidateDropped() | e.CandidateSplit()
            | e.CandidateLanding() | e.CandidateLanded()
        ):  # fmt: skip
            yield from _with_dependents(state, event.candidate)
        case _:
            yield from subjects(state, event)


def subjects(state: State, event: e.Event) -> Iterator[str]:
    """Ids of the tasks that an event speaks of: in whose history it belongs.  Ask before the event is folded."""
    match event:
        case e.TaskEvent():
            yield event.task
        case e.CandidateFormed():
            yield from (member.task for member in event.members)
        case e.CandidateJudged() | e.CandidateDropped() | e.CandidateSplit() | e.CandidateLanded():
            yield from (member.task for member in _members(state, event.candidate))
        case e.WorkerLost() | e.WorkerBroken():
            yield from _work_of(state, (event.worker,))
        case e.ClashSeen() | e.ClashGone():
            yield from (event.task, event.other)
        case e.MessageAccepted():
            yield from (event.task, event.to.rpartition(":")[2])
            yield from _work_of(state, (event.sender, *event.recipients))
        case _:
            return


def _members(state: State, number: int) -> Iterable[e.Member]:
    candidate = state.candidates.get(number)
    return candidate.members if candidate else ()


def _with_dependents(state: State, number: int) -> Iterator[str]:
    for member in _members(state, number):
        yield member.task
        yield from state.below.get(member.task, ())


def _work_of(state: State, workers: Iterable[str]) -> Iterator[str]:
    """What these workers are busy with."""
    for name in workers:
        worker = state.workers.get(name)
        if worker and worker.task:
            yield worker.task


def _rank(task: TaskState) -> float:
    """Place in its column before the order of the file: the next to go on top, or what waits for a person longest, or
    the newest end."""
    match task.status:
        case Status.PENDING:
            return -task.task.priority if task.open_upstreams == 0 else 0
        case Status.SEALED:
            return float(task.sealed_at)
        case Status.VERIFYING:
            return -1.0
        case Status.WAITING | Status.REVIEW:
            return task.since
        case Status.PAUSED:  # it calls for nobody
            return 1e12 + task.since
        case _:
            return -(task.ended or 0.0) if task.status in TERMINAL else 0


def _since(task: TaskState) -> float | None:
    if task.status in (Status.WAITING, Status.REVIEW, Status.PAUSED):
        return task.since
    if task.status in UNDER_WAY:
        return task.attempts[-1].started if task.worker and task.attempts else None
    if task.status in (Status.SEALED, Status.VERIFYING):
        return float(task.sealed_at)
    return None


def _unread(state: State, task: TaskState) -> int:
    theirs = state.unread.get(task.worker, ()) if task.worker else ()
    return len(task.mail) + len(theirs)


def _took(task: TaskState) -> float | None:
    if task.status not in TERMINAL or task.started is None or task.ended is None:
        return None
    return max(0.0, task.ended - task.started)


def _note(state: State, task: TaskState) -> str:
    """A clash goes before who works on it and before its place in the queue; what a person has to do goes first."""
    if task.clashes and task.status in (Status.RUNNING, Status.SEALED, Status.VERIFYING):
        return f"{words.clashes(task)} · {task.worker}" if task.worker else words.clashes(task)
    if task.status in UNDER_WAY:
        return waiting.note(state, task) or _at_work(state, task)
    match task.status:
        case Status.PENDING:
            return _waits_for(state, task)
        case Status.SEALED:
            return "in the merge queue"
        case Status.VERIFYING:
            return f"candidate {task.candidate}"
        case Status.MERGED:
            return f"as {words.commit(task.merged)}" if task.merged else "its report was accepted"
        case _:
            return task.reason or task.status.value


def _at_work(state: State, task: TaskState) -> str:
    if task.status is Status.WAITING:
        return task.question[1] if task.question else "it asks something"
    if task.status is Status.PAUSED:
        if task.taken_by:
            return f"in the hands of {task.taken_by}"
        return f"paused on {task.worker}" if task.worker else "paused"
    who = f"{task.worker}, attempt {task.attempt}" if task.attempt > 1 else f"{task.worker}"
    other = models.mismatch(state, task)
    return f"{other} · {who}" if other else who


def _waits_for(state: State, task: TaskState) -> str:
    if task.open_upstreams:
        upstreams = [name for name in task.task.depends_on if not state.tasks[name].released]
        return f"waits for {words.some(upstreams, 2)}"
    return f"again: {task.reason}" if task.attempt and task.reason else ""
