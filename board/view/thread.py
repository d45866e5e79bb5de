"""What was said to a task and by it, with where each message has got to.  Pure.

Knows the state and what is remembered of a task; nothing of mailboxes.  A message that was just written here and that
the leader has not taken yet comes in as `Draft`.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from board.view import harmless
from board.view.sheet import Sheet, TextLine, TextRole, joined, told
from swarm.core import events as e
from swarm.core.state import State

MOST_LINES = 500
"""Lines of one message that are shown."""


class Stage(enum.StrEnum):
    """Where a message has got to, as people read it."""

    SENT = "sent"
    TAKEN = "taken"
    KEPT = "kept until somebody runs it"
    UNREAD = "delivered, unread"
    READ = "read"
    OPEN = "not answered yet"
    ANSWERED = "answered"
    SETTLED = "settled in its pane"
    REFUSED = "refused"


_MARKS: dict[Stage, tuple[str, TextRole]] = {
    Stage.SENT: ("…", "dim"), Stage.TAKEN: ("→", "dim"), Stage.KEPT: ("◌", "hint"), Stage.UNREAD: ("●", "strong"),
    Stage.READ: ("✓", "good"), Stage.OPEN: ("?", "strong"), Stage.ANSWERED: ("✓", "good"),
    Stage.SETTLED: ("✓", "dim"), Stage.REFUSED: ("✗", "bad"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that was written on this board.  `at` in Unix seconds."""

    id: str
    at: float
    to: str
    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the thread.  `at` in Unix seconds; `words`: why it was refused."""

    at: float
    who: str
    text: str
    stage: Stage
    words: str = ""


def thread(state: State, past: Iterable[tuple[float, e.Event]], drafts: Iterable[Draft] = ()) -> list[Said]:
    """The messages, oldest first.  `past`: times and events; what programs say to each other is left out."""
    events = list(past)
    answers = {
        event.reply_to: event for _, event in events if isinstance(event, e.MessageAccepted) and event.kind == "answer"
    }
    settled = {event.question for _, event in events if isinstance(event, e.QuestionWithdrawn)}
    asked: set[str] = set()
    found: list[Said] = []
    for at, event in events:
        match event:
            case e.MessageAccepted(kind="note" | "report"):
                found.append(Said(at, f"{event.sender} to {event.to}", event.text, _stage(state, event)))
            case e.QuestionAsked() if event.question not in asked:
                asked.add(event.question)
                stage = Stage.SETTLED if event.question in settled else _asked(state, event)
                found.append(Said(at, f"{event.task} asks", event.text, stage))
            case e.QuestionAnswered():
                found.append(Said(at, f"answer to {event.task}", event.text, _answered(state, event, answers)))
            case _:
                pass
    return found + [said for draft in drafts if (said := _draft(state, draft)) is not None]


def sheet(said: Iterable[Said]) -> Sheet:
    """The thread as lines; one jumps from message to message."""
    lines: list[TextLine] = []
    stops: list[int] = []
    for one in said:
        stops.append(len(lines))
        lines += _lines(one)
    return Sheet(lines, stops) if lines else told("no messages yet (m writes one)")


def unread(said: Iterable[Said]) -> int:
    """How many wait for somebody: delivered and not read, or asked and not answered."""
    return sum(one.stage in (Stage.UNREAD, Stage.OPEN) for one in said)


def _stage(state: State, event: e.MessageAccepted) -> Stage:
    """Of several mailboxes the one that is furthest behind."""
    if event.id in state.kept:
        return Stage.KEPT
    if any((event.id, recipient) in state.undelivered for recipient in event.recipients):
        return Stage.TAKEN
    if any(event.id in state.unread.get(recipient, ()) for recipient in event.recipients):
        return Stage.UNREAD
    return Stage.READ


def _asked(state: State, event: e.QuestionAsked) -> Stage:
    task = state.tasks.get(event.task)
    is_open = task is not None and any(event.question == question for question, _ in task.questions)
    return Stage.OPEN if is_open else Stage.ANSWERED


def _answered(state: State, event: e.QuestionAnswered, answers: Mapping[str | None, e.MessageAccepted]) -> Stage:
    told = answers.get(event.question)
    return _stage(state, told) if told else Stage.TAKEN


def _draft(state: State, draft: Draft) -> Said | None:
    """What was written here: until the leader has taken it, and after that only where it was refused."""
    ok, words = state.answers.get(draft.id, (True, ""))
    if not ok:
        return Said(draft.at, f"operator to {draft.to}", draft.text, Stage.REFUSED, words)
    if draft.id in state.taken:
        return None
    return Said(draft.at, f"operator to {draft.to}", draft.text, Stage.SENT)


@lru_cache(maxsize=4096)
def _lines(said: Said) -> tuple[TextLine, ...]:
    mark, look = _MARKS[said.stage]
    clock = time.strftime("%H:%M:%S", time.localtime(said.at))
    words = f": {harmless.line(said.words)}" if said.words else ""
    head = joined((f"{clock}  ", "dim"), (harmless.line(said.who), "hint"), (f"  {mark} {said.stage}{words}", look))
    return (head, *(TextLine(f"  {line}") for line in harmless.block(said.text)[:MOST_LINES]))
