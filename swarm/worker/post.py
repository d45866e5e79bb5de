"""A worker's letters to the leader, through its own outbox.

Reports on an attempt have names of their own making: said twice, they are one message.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from typing import Any

from inbox.maildir import Maildir
from inbox.message import MAX_TEXT_BYTES, NOTE, Message, new_id
from swarm.core import codec
from swarm.core.events import AttemptEnded, Usage, WorkSealed
from swarm.paths import MailDir

LEADER = "leader"

CUT = "\n… (the rest was too long for a letter)"

MOST_NOTE = 10_000
"""Letters of a note or a reason in a letter that would be too long."""


class Post:
    """The outbox of one worker."""

    def __init__(self, mail: MailDir) -> None:
        self._owner = mail.owner
        self._out = Maildir(mail.outbox)

    def ready(self) -> None:
        """This program lives and waits for work."""
        self._send("ready", {"pid": os.getpid()})

    def detached(self) -> None:
        """The pane is gone, the program is not."""
        self._send("detached", {"pid": os.getpid()})

    def started(self, task: str, attempt: int) -> None:
        """The attempt was taken."""
        self._send("started", {"task": task, "attempt": attempt, "pid": os.getpid()}, f"{task}.{attempt}.started")

    def identified(self, task: str, attempt: int, session: str, model: str) -> None:
        """What the agent says of itself: its conversation, and the model that runs."""
        self._send("identified", {"task": task, "attempt": attempt, "session": session, "model": model})

    def limited(self, task: str, attempt: int, account: str, until: float | None, reason: str, refused: bool) -> None:
        """The attempt waits until its account may go on.  `until`: Unix seconds, where the service named a time;
        `refused`: no time mends it."""
        body: dict[str, Any] = {"task": task, "attempt": attempt, "account": account, "until": until}
        self._send("limited", {**body, "reason": reason[:MOST_NOTE], "refused": refused})

    def used(self, task: str, attempt: int, usage: Usage) -> None:
        """What the attempt has used so far."""
        self._send("used", {"task": task, "attempt": attempt, "usage": codec.encode(usage)})

    def released(self, task: str, attempt: int) -> None:
        """Nobody has the attempt in hand any more who had taken it over."""
        self._send("released", {"task": task, "attempt": attempt})

    def ended(self, event: WorkSealed | AttemptEnded) -> None:
        """What came of the attempt."""
        kind = "sealed" if isinstance(event, WorkSealed) else "ended"
        self._send(kind, codec.encode(_fitting(event)), f"{event.task}.{event.attempt}.{kind}")

    def note(self, message: Message) -> None:
        """Pass on what an agent wrote."""
        self._out.send(message)

    def tell(self, to: str, text: str) -> None:
        """A note of our own."""
        self._put(to, NOTE, text)

    def _send(self, kind: str, body: dict[str, Any], id: str = "") -> None:
        self._put(LEADER, kind, json.dumps(body), id)

    def _put(self, to: str, kind: str, text: str, id: str = "") -> None:
        now = time.time_ns()
        name = id or new_id(self._owner, now, int.from_bytes(os.urandom(4)))
        self._out.send(Message(name, self._owner, to, kind, text, now / 1e9))


def _fitting(event: WorkSealed | AttemptEnded) -> WorkSealed | AttemptEnded:
    """The event with its longest text cut until a letter can hold it: as JSON one letter may take up twelve bytes."""
    while (size := len(json.dumps(codec.encode(event)))) > MAX_TEXT_BYTES:
        match event:
            case WorkSealed():
                event = replace(event, report=_cut(event.report, size), note=event.note[:MOST_NOTE])
            case AttemptEnded():
                event = replace(event, reason=event.reason[:MOST_NOTE], feedback=_cut(event.feedback, size))
    return event


def _cut(text: str, size: int) -> str:
    """A text without the share of its end by which `size` is too much."""
    return text[: max(0, len(text) * MAX_TEXT_BYTES // size - len(CUT))] + CUT
