"""What waits for a person, as one list: the exact question or the reason, and what one key replies.  Pure.

Knows nothing of how a reply is sent.  Each need has a token, which names exactly what was shown: a reply goes with it,
and is refused where something else is asked by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from board.view import harmless, waiting
from swarm.core import accounts, words
from swarm.core.report import branch
from swarm.core.state import State, TaskState
from swarm.core.status import Status

MOST_LINES = 200
"""Lines of a question that are shown."""

Kind = Literal["asks", "held", "refused", "paused"]


@dataclass(frozen=True, slots=True)
class Reply:
    """One key and what it does.  `verb` is the leader's; `text` an answer that is sent with it."""

    key: str
    word: str
    verb: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """One task that waits for a person.  `since` in Unix seconds; `lines` are harmless; `token`: see the module."""

    task: str
    kind: Kind
    status: str
    since: float
    lines: tuple[str, ...]
    replies: tuple[Reply, ...]
    token: str


ANSWERS = (
    Reply("Y", "yes", "answer", "yes"),
    Reply("N", "no", "answer", "no"),
    Reply("enter", "answer", "answer"),
    Reply("x", "cancel", "cancel"),
)
"""To a question; `enter` opens a line to write.  Capitals: the list's own key, struck twice, answers nothing."""

VERDICTS = (Reply("M", "merge", "approve"), Reply("r", "try again", "retry"), Reply("x", "cancel", "cancel"))
"""To held work."""

LEAVE = (Reply("p", "go on", "unpause"), Reply("x", "cancel", "cancel"))
"""To a task that was paused."""


HANDS = (Reply("p", "hand it back", "release"), Reply("x", "cancel", "cancel"))
"""To a task that a person has taken over."""


def needs(state: State) -> tuple[Need, ...]:
    """Everything that waits for a person, what waits longest first; what somebody paused comes last."""
    held = [found for task in state.tasks.values() if (found := need(task, state)) is not None]
    return tuple(sorted(held, key=lambda one: (one.kind == "paused", one.since)))


def need(task: TaskState, state: State) -> Need | None:
    """What a task waits for; None where it waits for nobody."""
    match task.status:
        case Status.WAITING if task.question is not None:
            id, text = task.question
            more = words.asks_more(len(task.questions) - 1).lstrip("; ")
            lines = (*harmless.block(text)[:MOST_LINES], *([f"({more})"] if more else []))
            return Need(task.id, "asks", task.status, task.since, lines or ("(no text)",), ANSWERS, id)
        case Status.REVIEW:
            where = f"{words.commit(task.commit)} on {branch(state, task)}" if task.commit else "its report"
            lines = (*harmless.block(task.reason)[:MOST_LINES], f"held: {where}")
            return Need(task.id, "held", task.status, task.since, lines, VERDICTS, task.commit or "")
        case Status.PAUSED if task.taken_by:
            text = harmless.line(f"{words.in_hands(task)}; its agent waits until they hand it back", 300)
            return Need(task.id, "paused", task.status, task.since, (text,), HANDS, "taken")
        case Status.PAUSED if (account := accounts.waits(state, task)) is not None:
            kind: Kind = "refused" if account.refused else "paused"
            lines = (harmless.line(waiting.note(state, task), 300), f"going on lets all on {account.name} go on")
            return Need(task.id, kind, task.status, task.since, lines, LEAVE, f"{account.name} {account.tries}")
        case Status.PAUSED:
            who = f"its agent on {task.worker} is suspended" if task.worker else "it has not begun"
            return Need(task.id, "paused", task.status, task.since, (f"it was paused; {who}",), LEAVE, "")
        case _:
            return None


def is_same(before: Need, state: State) -> bool:
    """Whether what was shown is still what the task waits for."""
    task = state.tasks.get(before.task)
    now = need(task, state) if task is not None else None
    return now is not None and (now.kind, now.token) == (before.kind, before.token)
