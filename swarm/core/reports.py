"""What the messages of workers and their agents mean: `interpret(state, sender, …) -> events`.  Pure.

The sender is stamped by the directory that a message lay in.  Nothing that a worker says can merge, approve, raise a
limit or change the plan: it can only report on the attempt that it was given, ask, and talk.  A report on an attempt
that is no longer its worker's is set aside, never lost: its commit stays on the attempt's branch.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from swarm.core import accounts, codec, pausing, pools, words
from swarm.core import events as e
from swarm.core.digest import digest
from swarm.core.events import Outcome, Usage
from swarm.core.plaintext import one_line
from swarm.core.routing import is_talked_out
from swarm.core.state import State, TaskState
from swarm.core.status import UNDER_WAY, Status, is_allowed
from swarm.core.units import MOST_USD, is_object_id, is_session


class Unreadable(Exception):
    """A report that makes no sense; the text says why.  It is put aside, and nothing changes."""


MOST_TOKENS = 10**12
"""More than one attempt can use: whatever says so is not a number to add up."""

MOST_REASON = 2000
"""Letters of what a service says of a refusal."""

MOST_NAME = 200
"""Letters of what an agent calls its model."""

REPORT_KINDS = frozenset(
    {
        "ready", "detached", "started", "identified", "limited", "used", "released", "sealed", "ended", "ask", "unask",
        "read",
    }
)
"""Kinds of messages that are reports to the leader, not talk."""


def interpret(state: State, sender: str, kind: str, text: str, id: str) -> list[e.Event]:
    """What a worker's report means now; [] for what is already known.  Raises Unreadable."""
    if kind == "read":
        return _read(state, sender, text.strip())
    if sender not in state.workers:
        raise Unreadable(f"{sender} is not a worker")
    if kind == "ask":
        return _ask(state, sender, text, id)
    if kind == "unask":
        return _unask(state, sender, text.strip())
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("its text is not JSON") from None
    if not isinstance(said, dict):
        raise Unreadable("its text is not a JSON object")
    try:
        return _RULES[kind](state, sender, said)
    except (KeyError, TypeError, codec.DecodeError) as error:
        raise Unreadable(f"{kind} report: {error}") from None


def _ready(state: State, sender: str, said: Mapping[str, Any]) -> list[e.Event]:
    pid, worker = _pid(said), state.workers[sender]
    if worker.up and worker.spawned and worker.pid == pid:
        return []  # it said so before
    return [e.WorkerReady(sender, pid)]


def _detached(state: State, sender: str, said: Mapping[str, Any]) -> list[e.Event]:
    return [e.WorkerDetached(sender)] if state.workers[sender].spawned else []


def _started(state: State, sender: str, said: Mapping[str, Any]) -> list[e.Event]:
    task, attempt = _attempt(state, said)
    if not _current(task, sender, attempt) or task.taken:
        return []
    return [e.AttemptStarted(task.id, attempt, _pid(said))]


def _identified(state: State, sender: str, said: Mapping[str, Any]) -> list[e.Event]:
    task, attempt = _attempt(state, said)
    event = codec.decode(e.AgentIdentified, dict(said))
    session = event.session if is_session(event.session) else ""
    event = dataclasses.replace(event, session=session, model=one_line(event.model, MOST_NAME))
    told = bool(event.session or event.model)
    return [event] if told and _current(task, sender, attempt) and is_allowed(task.status, event) else []


def _limited(state: State, sender: str, said: Mapping[str, Any]) -> list[e.Event]:
    task, attempt = _attempt(state, said)
    event = codec.decode(e.AttemptLimited, dict(said))
    until = event.until if event.until is not None and math.isfinite(event.until) else None
    # not what the letter says: an agent could close any other
    whose = accounts.account(state.plan, pools.present(state, task))
    event = dataclasses.replace(event, account=whose, reason=event.reason[:MOST_REASON], until=until)
    return [event] if _current(task, sender, attempt) and is_allowed(task.status, event) else []


def _used(state: State, sender: str, said: Mapping[str, Any]) -> list[e.Event]:
    task, attempt = _attempt(state, said)
    event = codec.decode(e.AttemptUsed, dict(said))
    event = dataclasses.replace(event, usage=_sensible(event.usage))
    news = _current(task, sender, attempt) and is_allowed(task.status, event) and event.usage != task.spending
    return [event] if news else []


def _released(state: State, sender: str, said: Mapping[str, Any]) -> list[e.Event]:
    """Whoever had taken it over has ended its agent's program: that lets go of it, too."""
    task, attempt = _attempt(state, said)
    event = codec.decode(e.AttemptContinued, dict(said))
    if not (_current(task, sender, attempt) and task.taken_by):
        return []
    return [event, *pausing.asked_again(task, task.questions)]


def _sealed(state: State, sender: str, said: Mapping[str, Any]) -> list[e.Event]:
    task, attempt = _attempt(state, said)
    event = codec.decode(e.WorkSealed, dict(said))
    event = dataclasses.replace(event, commit=_commit(event.commit), usage=_sensible(event.usage))
    if _current(task, sender, attempt):
        return [event]
    return _late(task, sender, attempt, event.commit, event)


def _ended(state: State, sender: str, said: Mapping[str, Any]) -> list[e.Event]:
    task, attempt = _attempt(state, said)
    event = codec.decode(e.AttemptEnded, dict(said))
    event = dataclasses.replace(event, commit=_commit(event.commit), usage=_sensible(event.usage))
    if _current(task, sender, attempt):
        return [event]
    return _late(task, sender, attempt, event.commit, None)


def _late(task: TaskState, sender: str, attempt: int, commit: str | None, sealed: e.WorkSealed | None) -> list[e.Event]:
    """A result of an attempt that was taken for lost.  Any other attempt has ended in what was said first, and what is
    said of an attempt by somebody else than its worker means nothing at all."""
    known = next((a for a in task.attempts if a.number == attempt and a.worker == sender), None)
    if known is None or known.outcome != Outcome.LOST:
        return []
    if sealed and attempt == task.attempt and task.status in (Status.PENDING, Status.PAUSED):
        return [sealed]
    if commit is None:
        return []
    return [e.ResultSetAside(task.id, attempt, commit, words.set_aside(task, attempt))]


def _read(state: State, sender: str, id: str) -> list[e.Event]:
    """Read is delivered, even where the delivery itself is not on record yet."""
    if (id, sender) in state.undelivered:
        return [e.MessageDelivered(id, sender), e.MessageRead(id, sender)]
    return [e.MessageRead(id, sender)] if id in state.unread.get(sender, ()) else []


def _ask(state: State, sender: str, text: str, id: str) -> list[e.Event]:
    said = text.strip()
    if id in state.taken:
        if state.taken[id] != digest(sender, said):
            raise Unreadable(words.taken_before(id))
        return []
    if is_talked_out(state, sender):
        raise Unreadable(words.talked_out())
    name = state.workers[sender].task
    task = state.tasks[name] if name else None
    if task is None or task.status not in (Status.RUNNING, Status.WAITING, Status.PAUSED):
        raise Unreadable("a question belongs to a running attempt")
    return [e.QuestionAsked(task.id, task.attempt, id, said)]


def _unask(state: State, sender: str, id: str) -> list[e.Event]:
    """The task goes on, unless its agent asks something else, too."""
    name = state.workers[sender].task
    task = state.tasks[name] if name else None
    if task is None or task.status not in (Status.WAITING, Status.PAUSED) or id not in dict(task.questions):
        return []
    rest = [asked for asked in task.questions if asked[0] != id]
    again = rest if task.status is Status.WAITING else []
    return [e.QuestionWithdrawn(task.id, task.attempt, id), *pausing.asked_again(task, again)]


def _attempt(state: State, said: Mapping[str, Any]) -> tuple[TaskState, int]:
    task = state.tasks.get(str(said["task"]))
    if task is None or type(said["attempt"]) is not int:
        raise Unreadable(f"there is no attempt {said.get('task')}.{said.get('attempt')}")
    return task, said["attempt"]


def _pid(said: Mapping[str, Any]) -> int:
    pid = said["pid"]
    if type(pid) is not int or not 0 < pid < 1 << 31:
        raise Unreadable(f"{pid!r:.60} is not a process id")
    return pid


def _commit(commit: str | None) -> str | None:
    if commit is not None and not is_object_id(commit):
        raise Unreadable(f"{commit!r:.60} is not a full object id")
    return commit


def _current(task: TaskState, sender: str, attempt: int) -> bool:
    under_way = task.status in UNDER_WAY or task.status is Status.CANCELLED
    return under_way and task.worker == sender and task.attempt == attempt


_RULES: dict[str, Callable[[State, str, Mapping[str, Any]], list[e.Event]]] = {
    "ready": _ready,
    "detached": _detached,
    "started": _started,
    "identified": _identified,
    "limited": _limited,
    "used": _used,
    "released": _released,
    "sealed": _sealed,
    "ended": _ended,
}


def usage(said: Mapping[str, Any] | None) -> Usage:
    """Usage as an agent wrote it; zeros where it wrote nothing that makes sense."""
    try:
        found = codec.decode(Usage, dict(said or {}))
    except codec.DecodeError:
        return Usage()
    return _sensible(found)


def _sensible(found: Usage) -> Usage:
    """Zeros for what nobody can have used: an agent must not be able to lower the sum, nor to make it not a number."""
    tokens = 0 <= found.input_tokens < MOST_TOKENS and 0 <= found.output_tokens < MOST_TOKENS
    return found if tokens and 0 <= found.usd < MOST_USD else Usage()
