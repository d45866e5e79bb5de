"""What an agent waits for: the answer to its question, a note from somebody.

Knows the mailbox of one attempt; the wait is on the inbox's bell.  Apart from swarm.agents.tools, because the watcher
takes longer to load than `swarm send` takes in all.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from inbox.message import NOTE, Message
from inbox.watch import Watch, wait_for
from swarm.agents.tools import ANSWER, ASK, LEADER, Inside, post, read
from swarm.errors import SwarmError

TURN = 2.0
"""Seconds after which to look whether the leader has refused the question: that rings no bell of ours."""


def ask(here: Inside, question: str) -> str:
    """Ask a person, and wait for the answer, however long that takes.  Raises SwarmError when it was refused."""
    if not question.strip():
        raise SwarmError("an empty question has no answer", 'swarm ask "which port should it listen on?"')
    id = post(here.mail, LEADER, ASK, question)
    others: set[str] = set()
    with Watch([here.inbox.new]) as bell:
        while True:
            found = wait_for(here.inbox, {ANSWER}, TURN, passing_over=others, bell=bell)
            if found is None:
                _check_refused(here.outbox.bad / f"{id}.{ASK}")
                continue
            name, message = found
            if message.reply_to == id and read(here.mail, name, message):
                return message.text
            others.add(name)


def _check_refused(path: Path) -> None:
    if not os.path.lexists(path):
        return
    why = path.with_name(f"{path.name}.why")
    reason = why.read_text().strip() if why.exists() else "no reason was given"
    raise SwarmError(f"the question was not taken: {reason}", "go on without an answer, or: swarm fail REASON")


def note(here: Inside, sender: str | None = None, timeout: float | None = None) -> Message | None:
    """The next note (of that sender), filed as read; None when none came within `timeout` seconds."""
    deadline = None if timeout is None else time.monotonic() + timeout
    others: set[str] = set()
    with Watch([here.inbox.new]) as bell:
        while True:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            found = wait_for(here.inbox, {NOTE}, left, passing_over=others, bell=bell)
            if found is None:
                return None
            name, message = found
            if sender in (None, message.sender) and read(here.mail, name, message):
                return message
            others.add(name)
