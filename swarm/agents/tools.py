"""The agent's side of the conversation: what a program inside an attempt can say, and where it is written.

Knows the mailbox and the directory of one attempt, nothing of the leader.  The verbs for agents, the scripted agent and
every adapter with tools of its own speak through here.  Each `swarm send` loads it, so it imports only what is light;
waiting for something to come is in swarm.agents.waiting.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inbox.maildir import Maildir
from inbox.message import MAX_TEXT_BYTES, NOTE, Malformed, Message, new_id
from swarm.errors import SwarmError
from swarm.files import write_json, write_json_once, write_whole
from swarm.paths import AttemptDir, MailDir

LEADER = "leader"
ASK, UNASK, ANSWER, READ = "ask", "unask", "answer", "read"
LIST, LISTING = "list", "listing"
"""An agent asks which tasks there are; the leader says so."""

FOR_AGENTS = frozenset({NOTE, ANSWER})
"""Kinds of messages in a worker's inbox that are meant for its agent; the others are for the worker's program."""

MOST_VERDICT = 4000
"""Characters of what `done` and `fail` say that are kept: it stands on cards and in lists."""

NAMES = ("SWARM_MAIL", "SWARM_TASK", "SWARM_ATTEMPT", "SWARM_ATTEMPT_DIR")
"""Variables by which a program knows its attempt; a CLI that hides its own from its servers passes these."""


@dataclass(frozen=True, slots=True)
class Inside:
    """The attempt that this process belongs to."""

    mail: MailDir
    dir: AttemptDir
    task: str
    attempt: int

    @property
    def inbox(self) -> Maildir:
        return Maildir(self.mail.inbox)

    @property
    def outbox(self) -> Maildir:
        return Maildir(self.mail.outbox)


def is_inside(environ: Mapping[str, str]) -> bool:
    """Whether a process with this environment belongs to an attempt."""
    return all(environ.get(name) for name in NAMES)


def inside(environ: Mapping[str, str]) -> Inside:
    """The attempt of a process with this environment.  Raises SwarmError outside of one."""
    if not is_inside(environ) or not environ["SWARM_ATTEMPT"].isdecimal():
        raise SwarmError(
            "this is for an agent inside an attempt, and here is none (SWARM_ATTEMPT_DIR is not set)",
            "a person steers with: swarm send, swarm answer, swarm retry, swarm cancel",
        )
    return Inside(
        MailDir(Path(environ["SWARM_MAIL"])),
        AttemptDir(Path(environ["SWARM_ATTEMPT_DIR"])),
        environ["SWARM_TASK"],
        int(environ["SWARM_ATTEMPT"]),
    )


def send(here: Inside, to: str, text: str) -> str:
    """Send a note to a worker, a task, `role:NAME`, `operator`, `leader` or `all`; its id.  The leader carries it."""
    return post(here.mail, to, NOTE, text)


def post(mail: MailDir, to: str, kind: str, text: str) -> str:
    """Put a message into the owner's outbox; its id.  Raises SwarmError for what no message can be."""
    now = time.time_ns()
    id = new_id(mail.owner, now, int.from_bytes(os.urandom(4)))
    if len(text.encode("utf-8", "replace")) > MAX_TEXT_BYTES:
        raise SwarmError(
            f"a message holds at most {MAX_TEXT_BYTES} bytes", "leave it in a file of the repository, and send its name"
        )
    try:
        Maildir(mail.outbox).send(Message(id, mail.owner, to, kind, text, now / 1e9))
    except Malformed as error:
        raise SwarmError(error.why, 'names are as in: swarm send worker-2 "text"') from None
    except FileNotFoundError:
        raise SwarmError(f"{mail.outbox} is gone, and the run with it", "swarm runs") from None
    return id


def withdraw(here: Inside, question: str) -> None:
    """Nobody needs to answer that question (its id) any more."""
    post(here.mail, LEADER, UNASK, question)


def read(mail: MailDir, name: str, message: Message) -> bool:
    """File a message as read by the box's owner, and let the leader know.  False when another reader was faster."""
    if not Maildir(mail.inbox).acknowledge(name):
        return False
    post(mail, LEADER, READ, message.id)
    return True


def done(here: Inside, summary: str = "") -> None:
    """Say that the attempt is done.  Raises SwarmError when it has said how it ended before."""
    _verdict(here, True, summary)


def fail(here: Inside, reason: str) -> None:
    """Say that it can't be done.  Raises SwarmError when it has said how it ended before."""
    _verdict(here, False, reason)


def _verdict(here: Inside, ok: bool, text: str) -> None:
    # By link(): the first word counts, whoever says another one at the same time.
    if not write_json_once(here.dir.verdict, {"ok": ok, "text": text.strip()[:MOST_VERDICT]}):
        raise SwarmError(
            f"attempt {here.attempt} of {here.task} has already said how it ended", "exit now; the first word counts"
        )


def report(here: Inside, text: str) -> None:
    """Leave the attempt's written report, in place of an earlier one.  Raises SwarmError for an empty one."""
    if not text.strip():
        raise SwarmError("an empty report says nothing", "swarm report - < report.md")
    write_whole(here.dir.report, text.encode("utf-8", "replace"))


def use(here: Inside, input_tokens: int, output_tokens: int, usd: float) -> None:
    """Say what the attempt has used in all."""
    write_json(here.dir.usage, {"input_tokens": input_tokens, "output_tokens": output_tokens, "usd": usd})
