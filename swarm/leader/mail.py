"""The leader's mail: what lies in the outboxes, and what each letter means for the state.

A letter is moved on only after its meaning is in the journal.  The sender is the owner of the box it lay in, whatever
the letter says about itself.
"""

from __future__ import annotations

import heapq
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

from inbox.maildir import Maildir
from inbox.message import MAX_TEXT_BYTES, Message, is_stamped, kind_of
from swarm.core import events as e
from swarm.core import reports, words
from swarm.core.commands import Refused, decide
from swarm.core.digest import digest
from swarm.core.listing import listing
from swarm.core.routing import is_talked_out, route
from swarm.core.state import State
from swarm.files import is_directory
from swarm.paths import RunDir

OPERATOR = "operator"
COMMAND = "command"
REPLY = "reply"
READ = "read"
LIST, LISTING = "list", "listing"

TURN = 64
"""Letters of one box that are taken at a time, reports and others each."""

_FIRST = frozenset({"ready", "started"})

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
        self._since: dict[str, dict[str, int]] = {owner: {} for owner in owners}
        """When each letter came that waited at the last look, in Unix nanoseconds."""
        self._duds: dict[str, set[str]] = {owner: set() for owner in owners}
        """Names that were no letters when we looked: looked at again, but they take nobody's turn."""
        self.more = False
        """Whether the last `letters` left some lying that could have been taken."""

    def letters(self) -> Iterator[Letter]:
        """What waits, each sender's in the order of sending; of each box at most TURN reports and TURN others a time.

        So a flood of one sender keeps neither the others nor results and deadlines waiting, and its talk not even its
        own reports.  Names alone don't tell the order: a worker's reports on an attempt have names of their own making.
        `started` goes first whatever the clock said: a question taken before its attempt began would be refused.
        """
        self.more = False
        for owner, box in self._boxes.items():
            if not self._is_whole(owner, box):
                continue  # a link would have us take, and file away, what lies elsewhere; its program mends it
            chosen = self._choose(owner, box)
            found = _received(box, chosen)
            self._duds[owner] = chosen - {name for name, _ in found}
            for name, message in sorted(found, key=lambda one: (one[1].kind not in _FIRST, one[1].sent)):
                yield Letter(box, name, owner, message)

    def _is_whole(self, owner: str, box: Maildir) -> bool:
        """Whether the outbox is made of directories, and of no links to others."""
        return all(is_directory(place) for place in (self._run.mailbox(owner).path, *box.directories))

    def _choose(self, owner: str, box: Maildir) -> set[str]:
        known, duds = self._since[owner], self._duds[owner]
        since = {name: known[name] if name in known else _came(box, name) for name in _names(box)}
        self._since[owner] = since
        parts: tuple[list[str], list[str]] = ([], [])
        for name in since.keys() - duds:
            kind = kind_of(name)
            if kind is not None:
                parts[kind in reports.REPORT_KINDS].append(name)
        self.more = self.more or any(len(part) > TURN for part in parts)
        first = (heapq.nsmallest(TURN, part, key=lambda name: (since[name], name)) for part in parts)
        return {name for part in first for name in part} | (duds & since.keys())

    def settle(self, letter: Letter, meaning: Meaning) -> None:
        """Move a letter on, after its meaning has been recorded, and answer it where it was a command."""
        if letter.message.kind == COMMAND and not meaning.rejected:
            self._answer(letter.message, meaning)
        try:
            if letter.message.kind == LIST and not meaning.rejected:
                self._list(letter, meaning)
            if meaning.rejected:
                letter.box.reject(letter.name, meaning.rejected)
            letter.box.acknowledge(letter.name)
        except _SPOILT:
            self.more = False  # taken again once its owner has mended the box, it is known; no hurry until then

    def _answer(self, command: Message, meaning: Meaning) -> None:
        text = json.dumps({"ok": meaning.ok, "text": meaning.answer})
        reply = Message(f"{command.id}.reply", "leader", OPERATOR, REPLY, text, command.sent, command.id)
        Maildir(self._run.mailbox(OPERATOR).inbox).send(reply)

    def _list(self, letter: Letter, meaning: Meaning) -> None:
        """The listing has the id of the letter that asked for it, so that it is one however often it is sent, and can
        be pruned like other talk.  It stands in no journal."""
        asked = letter.message
        reply = Message(asked.id, "leader", letter.sender, LISTING, meaning.answer, asked.sent, asked.id)
        Maildir(self._run.mailbox(letter.sender).inbox).send(reply)


def _came(box: Maildir, name: str) -> int:
    """When a letter was sent: its name says so, or the file."""
    if is_stamped(name):
        return int(name[:20])
    try:
        return os.lstat(box.new / name).st_mtime_ns
    except FileNotFoundError:
        return 0


_SPOILT = (FileNotFoundError, NotADirectoryError, PermissionError)
"""What an agent can do to the box of its worker, whose program mends it.  It must not end the leader."""


def _names(box: Maildir) -> list[str]:
    try:
        return box.unread()
    except _SPOILT:
        return []


def _received(box: Maildir, only: set[str]) -> list[tuple[str, Message]]:
    try:
        return list(box.receive(only=only))
    except _SPOILT:
        return []


def meaning(state: State, letter: Letter) -> Meaning:
    """What a letter means now."""
    message = replace(letter.message, sender=letter.sender)
    if len(message.id) > MOST_ID:
        return Meaning(rejected=f"its id is longer than {MOST_ID} letters", ok=False)
    if message.kind == LIST and letter.sender in state.workers:
        return Meaning(answer=json.dumps(listing(state, letter.sender), ensure_ascii=False))
    if message.kind in reports.REPORT_KINDS and (letter.sender != OPERATOR or message.kind == READ):
        # Their names can be guessed: somebody else's note of the same name must not make one pass for known.
        return _report(state, message)
    if message.id in state.taken:
        return _again(state, message)
    if message.kind == COMMAND:
        return _command(state, message)
    return _talk(state, message)


def _again(state: State, message: Message) -> Meaning:
    """A leader that died before it could move the letter on has left it, or two letters bear one id."""
    if message.kind == COMMAND and message.id in state.answers:
        ok, answer = state.answers[message.id]
        return Meaning(answer=answer, ok=ok)
    known = state.taken[message.id]
    if message.kind != COMMAND and known == digest(message.sender, message.text):
        return Meaning(answer="it was taken before")
    why = words.taken_before(message.id)
    return Meaning(_returned(state, message, why), rejected=why, ok=False, answer=why)


def _command(state: State, message: Message) -> Meaning:
    """Only the operator's box holds commands; the same kind in another box is refused."""
    if message.sender != OPERATOR:
        return Meaning(rejected=f"{message.sender} may not command", ok=False, answer="only the operator commands")
    verb = "?"
    try:
        said = json.loads(message.text)
        verb, args = str(said["verb"]), dict(said.get("args", {}))
        decision = decide(state, verb, args, message.sender, message.id)
    except (ValueError, KeyError, TypeError, RecursionError):
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
    if is_talked_out(state, message.sender):
        return _talked_out(state, message)
    try:
        _check_length(message)
        way = route(state, message.sender, message.to)
    except Refused as refused:
        return Meaning(_returned(state, message, str(refused)), rejected=str(refused), ok=False)
    accepted = e.MessageAccepted(
        message.id, message.sender, message.to, "note", message.text, way.recipients, way.task, message.reply_to
    )
    return Meaning((accepted,))


def _talked_out(state: State, message: Message) -> Meaning:
    """The attempt has sent too much; it is told so once."""
    why, sender = words.talked_out(), message.sender
    found = state.tasks.get(state.workers[sender].task or "")
    name = f"{found.id}.{found.attempt}" if found is not None else f"{sender}.{state.workers[sender].losses}"
    told = e.MessageAccepted(f"{name}.talked-out", "leader", sender, "note", why, recipients=(sender,))
    return Meaning(() if told.id in state.taken else (told,), rejected=why, ok=False)


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
