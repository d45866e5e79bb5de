"""What an agent waits for: the answer to its question, a note from somebody.

Knows the mailbox of one attempt; the wait is on the inbox's bell.  Apart from swarm.agents.tools, because the watcher
takes longer to load than `swarm send` takes in all.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inbox.message import NOTE, Message
from inbox.watch import Watch, wait_for
from swarm.agents.tools import ANSWER, ASK, LEADER, LIST, LISTING, Inside, post, read
from swarm.errors import SwarmError

TURN = 1.0
"""Seconds after which to look whether the leader has refused the question, or nobody waits any more: neither rings a
bell of ours."""

PATIENCE = 15.0
"""Seconds that a listing may take: the leader answers at once, if there is one."""


def ask(here: Inside, question: str) -> str:
    """Ask a person, and wait for the answer, however long that takes.  Raises SwarmError when it was refused."""
    found = answer(here, put(here, question))
    assert found is not None
    read(here.mail, *found)
    return found[1].text


def put(here: Inside, question: str) -> str:
    """Put a question; its id.  Nobody waits yet."""
    if not question.strip():
        raise SwarmError("an empty question has no answer", 'swarm ask "which port should it listen on?"')
    return post(here.mail, LEADER, ASK, question)


def answer(
    here: Inside, id: str, timeout: float | None = None, gone: Callable[[], bool] = lambda: False
) -> tuple[str, Message] | None:
    """The answer to that question, with its name in the inbox, where it stays unread.  None after `timeout` seconds, or
    once whoever asked is `gone`: the question stays open.  Raises SwarmError when it was refused."""
    return _reply(here, ANSWER, id, timeout, gone, lambda: _check_refused(here.outbox.bad / f"{id}.{ASK}"))


def tasks(here: Inside, timeout: float = PATIENCE, gone: Callable[[], bool] = lambda: False) -> dict[str, Any]:
    """Which tasks there are, as swarm.core.listing has it.  Raises SwarmError where no leader answers in time."""
    found = _reply(here, LISTING, post(here.mail, LEADER, LIST, ""), timeout, gone)
    if found is None:
        raise SwarmError("nobody leads the run just now, and nobody else knows its tasks", "go on, and ask again later")
    here.inbox.acknowledge(found[0])
    listed: dict[str, Any] = json.loads(found[1].text)
    return listed


def _reply(
    here: Inside, kind: str, id: str, timeout: float | None, gone: Callable[[], bool],
    look: Callable[[], None] = lambda: None,
) -> tuple[str, Message] | None:  # fmt: skip
    """The letter of that kind that replies to `id`; `look` is called at each turn."""
    deadline = None if timeout is None else time.monotonic() + timeout
    others: set[str] = set()
    with Watch([here.inbox.new]) as bell:
        while not gone():
            left = TURN if deadline is None else max(0.0, min(TURN, deadline - time.monotonic()))
            found = wait_for(here.inbox, {kind}, left, passing_over=others, bell=bell)
            if found is not None and found[1].reply_to == id:
                return found
            if found is not None:
                others.add(found[0])
                continue
            look()
            if deadline is not None and time.monotonic() >= deadline:
                return None
    return None


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
