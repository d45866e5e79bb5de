"""What the operator does on the board: a command or a note, sent to the leader as a message; and what comes back.

Knows the operator's mailbox; changes nothing by itself.  A command is a message of the kind "command" whose text is
`{"verb": "pause", "args": {"task": "api"}}`; a note has a task or a worker as its address.  The leader answers with a
"reply" that names the message and whose text is `{"ok": true, "text": "…"}`.  Other mail of the operator is left where
it is.
"""

from __future__ import annotations

import json
import os
import time
from collections import deque
from dataclasses import dataclass

from inbox.maildir import Maildir
from inbox.message import NOTE, Message, new_id
from swarm.paths import RunDir

OPERATOR = "operator"
LEADER = "leader"
COMMAND = "command"
REPLY = "reply"

MOST_WRITTEN = 200
"""Messages that are remembered after they were sent."""

PATIENCE = 5.0
"""Seconds after which a command without an answer is worth a word."""


@dataclass(slots=True)
class Sent:
    """Something that was sent and not answered yet.  `what` in the operator's words; `at` in monotonic seconds."""

    what: str
    at: float
    told: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What the leader said to something that was sent here.  `ok`: it was done."""

    what: str
    ok: bool
    text: str


class Operator:
    """The operator of one run, as far as this board speaks for them."""

    def __init__(self, run: RunDir) -> None:
        mail = run.mailbox(OPERATOR)
        self.inbox = Maildir(mail.inbox)
        self._outbox = Maildir(mail.outbox)
        self._open: dict[str, Sent] = {}
        self.written: deque[Message] = deque(maxlen=MOST_WRITTEN)
        """What was sent, oldest first."""

    def command(self, verb: str, task: str, **args: str) -> str:
        """Send a command about a task; the message's id.  Raises Rejected or OSError when it can't be written."""
        text = json.dumps({"verb": verb, "args": {"task": task, **args}}, ensure_ascii=False)
        return self._send(LEADER, COMMAND, text, f"{verb} {task}")

    def note(self, to: str, text: str) -> str:
        """Send a note to a task or a worker; its id.  Raises Rejected or OSError when it can't be written."""
        return self._send(to, NOTE, text, f"note to {to}")

    def _send(self, to: str, kind: str, text: str, what: str) -> str:
        sent_ns = time.time_ns()
        id = new_id(OPERATOR, sent_ns, int.from_bytes(os.urandom(4), "big"))
        # Known before it is sent: the answer may come before `send` returns.
        self._open[id] = Sent(what, time.monotonic())
        try:
            message = Message(id, OPERATOR, to, kind, text, sent_ns / 1e9)
            self._outbox.create().send(message)
        except BaseException:
            del self._open[id]
            raise
        self.written.append(message)
        return id

    def answers(self) -> list[Answer]:
        """Answers that have come to what was sent here; each is given once and acknowledged."""
        found: list[Answer] = []
        if not self._open or not self.inbox.exists():
            return found
        for name, message in self.inbox.receive([REPLY]):
            sent = self._open.get(message.reply_to or "")
            if sent is not None and self.inbox.acknowledge(name):
                del self._open[message.reply_to or ""]
                found.append(Answer(sent.what, *_said(message.text)))
        return found

    def unanswered(self) -> list[str]:
        """What has waited for an answer for longer than PATIENCE; each is told once.  Notes need no answer."""
        now = time.monotonic()
        late = [s for s in self._open.values() if not s.told and now - s.at > PATIENCE and not s.what.startswith(NOTE)]
        for sent in late:
            sent.told = True
        return [sent.what for sent in late]


def _said(text: str) -> tuple[bool, str]:
    """Whether it was done, and the words.  A text of another shape is shown as it is."""
    try:
        said = json.loads(text)
        return bool(said["ok"]), str(said["text"])
    except (ValueError, KeyError, TypeError):
        return True, text
