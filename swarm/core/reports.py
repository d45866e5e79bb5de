"""What the messages of workers and their agents mean: `interpret(state, sender, …) -> events`.  Pure.

The sender is stamped by the directory that a message lay in.  Nothing that a worker says can merge, approve, raise a
limit or change the plan: it can only report on the attempt that it was given, ask, and talk.  A report on an attempt
that is no longer its worker's is set aside, never lost: its commit stays on the attempt's branch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from swarm.core import codec
from swarm.core import events as e
from swarm.core.events import Outcome, Usage
from swarm.core.state import State, TaskState
from swarm.core.status import UNDER_WAY, Status


class Unreadable(Exception):
    """A report that makes no sense; the text says why.  It is put aside, and nothing changes."""


REPORT_KINDS = frozenset({"ready", "detached", "started", "sealed", "ended", "ask", "read"})
"""Kinds of messages that are reports to the leader, not talk."""


def interpret(state: State, sender: str, kind: str, text: str, id: str) -> list[e.Event]:
    """What a worker's report means now; [] for what is already known.  Raises Unreadable."""
    if kind == "ask":
        return _ask(state, sender, text, id)
    if kind == "read":
        return [e.MessageRead(text.strip(), sender)]
    try:
        said = json.loads(text)
    except ValueError:
        raise Unreadable("its text is not JSON") from None
    if not isinstance(said, dict):
        raise Unreadable("its text is not a JSON object")
    try:
        return _RULES[kind](state, sender, said)
    except (KeyError, TypeError, codec.DecodeError) as error:
        raise Unreadable(f"{kind} report: {error}") from None


def _ready(state: State, sender: str, said: Mapping[str, Any]) -> list[e.Event]:
    return [e.WorkerReady(sender, int(said["pid"]))]


def _detached(state: State, sender: str, said: Mapping[str, Any]) -> list[e.Event]:
    return [e.WorkerDetached(sender)]


def _started(state: State, sender: str, said: Mapping[str, Any]) -> list[e.Event]:
    task, attempt = _attempt(state, said)
    if not _current(task, sender, attempt) or task.status is not Status.CLAIMED:
        return []
    return [e.AttemptStarted(task.id, attempt, int(said["pid"]))]


def _sealed(state: State, sender: str, said: Mapping[str, Any]) -> list[e.Event]:
    task, attempt = _attempt(state, said)
    event = codec.decode(e.WorkSealed, dict(said))
    if _current(task, sender, attempt):
        return [event]
    return _late(state, task, attempt, event.commit, event)


def _ended(state: State, sender: str, said: Mapping[str, Any]) -> list[e.Event]:
    task, attempt = _attempt(state, said)
    event = codec.decode(e.AttemptEnded, dict(said))
    if _current(task, sender, attempt):
        return [event]
    return _late(state, task, attempt, event.commit, None)


def _late(
    state: State, task: TaskState, attempt: int, commit: str | None, sealed: e.WorkSealed | None
) -> list[e.Event]:
    """A result of an attempt that is over for the leader.  Repeated reports of a known result mean nothing."""
    known = next((a for a in task.attempts if a.number == attempt), None)
    if known is None or known.outcome in ("sealed", "red", "conflict", "set aside") or commit is None:
        return []
    lost = known.outcome == Outcome.LOST
    if sealed and lost and attempt == task.attempt and task.status is Status.PENDING:
        return [sealed]
    if not lost:
        return []
    return [e.ResultSetAside(task.id, attempt, commit, f"attempt {task.attempt} of {task.id} has taken over")]


def _ask(state: State, sender: str, text: str, id: str) -> list[e.Event]:
    name = state.workers[sender].task if sender in state.workers else None
    task = state.tasks[name] if name else None
    if task is None or task.status not in (Status.RUNNING, Status.WAITING):
        raise Unreadable("a question belongs to a running attempt")
    return [e.QuestionAsked(task.id, task.attempt, id, text.strip())]


def _attempt(state: State, said: Mapping[str, Any]) -> tuple[TaskState, int]:
    task = state.tasks.get(str(said["task"]))
    if task is None or type(said["attempt"]) is not int:
        raise Unreadable(f"there is no attempt {said.get('task')}.{said.get('attempt')}")
    return task, said["attempt"]


def _current(task: TaskState, sender: str, attempt: int) -> bool:
    under_way = task.status in UNDER_WAY or task.status is Status.CANCELLED
    return under_way and task.worker == sender and task.attempt == attempt


_RULES: dict[str, Callable[[State, str, Mapping[str, Any]], list[e.Event]]] = {
    "ready": _ready,
    "detached": _detached,
    "started": _started,
    "sealed": _sealed,
    "ended": _ended,
}


def usage(said: Mapping[str, Any] | None) -> Usage:
    """Usage as an agent wrote it; zeros where it wrote nothing that makes sense."""
    try:
        found = codec.decode(Usage, dict(said or {}))
    except codec.DecodeError:
        return Usage()
    sensible = found.input_tokens >= 0 and found.output_tokens >= 0 and 0 <= found.usd < 1e9
    return found if sensible else Usage()
