"""The assignments of a worker: out of a letter, and, where letters are gone, out of the records of what was begun.

Knows the run's directories and one worker's mailbox.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

from inbox.maildir import Maildir
from inbox.message import Message
from swarm.core import codec
from swarm.core.assignment import Assignment
from swarm.core.plan import ID_PATTERN
from swarm.files import read_json
from swarm.paths import RunDir


def assigned(message: Message, run: str, worker: str) -> Assignment:
    """What the leader wrote.  ValueError for what it can't have written: an agent can put a file into this box."""
    work = codec.decode(Assignment, json.loads(message.text))
    if message.id != work.key or work.worker != worker or work.run != run:
        raise ValueError(f"it is for {work.worker} in {work.run}, as {work.key}")
    if not ID_PATTERN.match(work.task) or not work.argv:
        raise ValueError(f"it has no task or no command: {work.key}")
    return work


def begun_without_letter(run: RunDir, worker: str) -> Iterator[tuple[str, Assignment]]:
    """Attempts that were started here and that the leader still waits for, though their letters are in no box: an
    agent removed the mail directory, and then the program died, or the report was in it."""
    box = Maildir(run.mailbox(worker).inbox)
    for key in sorted(os.listdir(run.live)) if run.live.exists() else ():
        live = read_json(run.live / key)
        there = any(os.path.lexists(place / f"{key}.assign") for place in (box.new, box.cur, box.done))
        if live.get("worker") != worker or there:
            continue
        try:
            yield key, codec.decode(Assignment, read_json(run.started(live["task"], live["attempt"])))
        except codec.DecodeError:
            continue  # not begun: the leader will find that out by itself
