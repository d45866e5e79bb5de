"""The leader's mail: what lies in the outboxes, and what each letter means for the state.

A letter is moved on only after its meaning is in the journal.  The sender is the owner of the box it lay in, whatever
the letter says about itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from inbox.maildir import Maildir
from inbox.message import MAX_TEXT_BYTES, Message
from swarm.core import events as e
from swarm.core import reports
from swarm.core.commands import Refused, decide
from swarm.core.routing import route
from swarm.core.state import State
from swarm.executors.mailroom import TAKEN_AWAY, put, stand
from swarm.paths import RunDir

OPERATOR = "operator"
COMMAND = "command"
REPLY = "reply"
READ = "read"

MOST_ID = 160
"""Letters of an id: what we send on account of a message has an id made of that of the message."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in an outbox.  `sender` is stamped by the box."""

    box: Maildir
    name: str
    sender: str
    message: Message


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a letter leads to: events, an answer to the operator, or its rejection."""

    events: tuple[e.Event, ...] = ()
    answer: str = ""
    ok: bool = True
    rejected: str = ""


class PostOffice:
    """All outboxes of a run."""

    def __init__(self, run: RunDir, owners: list[str]) -> None:
        self._run = run
        self._boxes = {owner: Maildir(run.mailbox(owner).outbox) for owner in owners}

    def letters(self) -> Iterator[Letter]:
        """Every letter that waits, each sender's in the order of sending.

        Names alone don't tell it: a worker's reports on an attempt have names of their own making, and a question
        that was taken before the report that its attempt began would be refused.
        """
        for owner, box in self._boxes.items():
            for name, message in sorted(self._waiting(owner, box), key=lambda found: found[1].sent):
                yield Letter(box, name, owner, message)

    def _waiting(self, owner: str, box: Maildir) -> list[tuple[str, Message]]:
        """What lies in an outbox; nothing, for this time, where its owner takes it away while we look."""
        try:
            stand(self._run.mailbox(owner))
            return list(box.receive())
        except TAKEN_AWAY:
            return []

    def settle(self, letter: Letter, meaning: Meaning) -> None:
        """Move a letter on, after its meaning has been recorded, and answer it where it was a command."""
        if letter.message.kind == COMMAND and not meaning.rejected:
            self._answer(letter.message, meaning)
        with suppress(*TAKEN_AWAY):  # then it is met again, and known
            if meaning.rejected:
                letter.box.reject(letter.name, meaning.rejected)
            letter.box.acknowledge(letter.name)

    def _answer(self, command: Message, meaning: Meaning) -> None:
        text = json.dumps({"ok": meaning.ok, "text": meaning.answer})
        reply = Message(f"{command.id}.reply", "leader", OPERATOR, REPLY, text, command.sent, command.id)
        mail = self._run.mailbox(OPERATOR)
        put(mail, Maildir(mail.inbox), reply)


def meaning(state: State, letter: Letter) -> Meaning:
    """What a letter means now."""
    message = replace(letter.message, sender=letter.sender)
    if len(message.id) > MOST_ID:
        return Meaning(rejected=f"its id is longer than {MOST_ID} letters", ok=False)
    if message.kind in reports.REPORT_KINDS and (letter.sender != OPERATOR or message.kind == READ):
        # Their names can be guessed: somebody else's note of the same name must not make one pass for known.
        return _report(state, message)
    if message.id in state.taken:
        return Meaning(answer="it was taken before")
    if message.kind == COMMAND:
        return _command(state, message)
    return _talk(state, message)


def _command(state: State, message: Message) -> Meaning:
    """Only the operator's box holds commands; the same kind in another box is refused."""
    if message.sender != OPERATOR:
        return Meaning(rejected=f"{message.sender} may not command", ok=False, answer="only the operator commands")
    verb = "?"
    try:
        said = json.loads(message.text)
        verb, args = str(said["verb"]), dict(said.get("args", {}))
        decision = decide(state, verb, args, message.sender, message.id)
    except (ValueError, KeyError, TypeError):
        taken = e.CommandTaken(message.id, verb, False, "the command could not be read")
        return Meaning((taken,), taken.answer, ok=False)
    except Refused as refused:
        return Meaning((e.CommandTaken(message.id, verb, False, str(refused)),), str(refused), ok=False)
    return Meaning((*decision.events, e.CommandTaken(message.id, verb, True, decision.answer)), decision.answer)


def _report(state: State, message: Message) -> Meaning:
    try:
        return Meaning(tuple(reports.interpret(state, message.sender, message.kind, message.text, message.id)))
    except reports.Unreadable as error:
        return Meaning(rejected=str(error), ok=False)


def _talk(state: State, message: Message) -> Meaning:
    """A note from somebody to somebody."""
    try:
        _check_length(message)
        way = route(state, message.sender, message.to)
    except Refused as refused:
        return Meaning(_returned(state, message, str(refused)), rejected=str(refused), ok=False)
    accepted = e.MessageAccepted(
        message.id, message.sender, message.to, "note", message.text, way.recipients, way.task, message.reply_to
    )
    return Meaning((accepted,))


def _check_length(message: Message) -> None:
    """A text that just fitted under the headers of its writer may not fit under ours."""
    size = len(message.text.encode())
    if size > MAX_TEXT_BYTES:
        raise Refused(f"its text has {size} bytes, at most {MAX_TEXT_BYTES} are taken")


def _returned(state: State, message: Message, why: str) -> tuple[e.Event, ...]:
    """The sender of a message that nobody can have is told, once: it would wait for an answer for ever."""
    id = f"{message.id}.returned"
    if id in state.taken:
        return ()
    text = f"your message to {message.to} was not delivered: {why}"
    to = message.sender
    return (e.MessageAccepted(id, "leader", to, "note", text, recipients=(to,), reply_to=message.id),)
