"""What the tabs of a card say, as sheets: its log, its messages, its events, its prompt, its gate, its links.

Knows an attempt's files and the past of a task; nothing of widgets.  The diff comes from another program (board.verbs).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence

from board.feed import Past
from board.tail import TAIL, open_plain
from board.view import harmless
from board.view.sheet import Sheet, TextLine, told
from swarm.core import words
from swarm.core.state import TaskState
from swarm.paths import RunDir

MOST_LINES = 2000
"""Lines of a prompt or an event that are shown."""


def preview(task: TaskState, log: Sequence[TextLine] | None) -> Sheet:
    """The newest attempt's output; `log` is None where it has none."""
    if not task.attempt:
        return told("no attempt has begun yet")
    if not log:
        return told(f"attempt {task.attempt} has not written anything yet")
    return Sheet(log)


def prompt(run: RunDir, task: TaskState) -> Sheet:
    """What the newest attempt was told; before there is one, what the plan says."""
    text = _beginning(run, task) if task.attempt else None
    if text is None:
        text = task.task.prompt or task.task.command or ""
    lines = [TextLine(line) for line in harmless.block(text)[:MOST_LINES]]
    return Sheet(lines) if lines else told("it has no prompt")


def events(past: Iterable[Past]) -> Sheet:
    """What happened to the task, oldest first; one jumps from event to event."""
    found: list[TextLine] = []
    stops: list[int] = []
    for at, event in past:
        lines = harmless.block(words.sentence(event))
        if lines:
            stops.append(len(found))
            found.append(TextLine(f"{_clock(at)}  {lines[0]}"))
            found += [TextLine(f"          {line}", "dim") for line in lines[1:MOST_LINES]]
    return Sheet(found, stops) if found else told("nothing has happened to it yet")


def of_what(task: TaskState, now: float) -> str:
    """What a diff that was just fetched is of."""
    if task.worker is not None:
        return f"as of {_clock(now)}, committed or not (d: anew)"
    return f"{words.commit(task.commit)} against its base" if task.commit else ""


def _beginning(run: RunDir, task: TaskState) -> str | None:
    """The prompt's file, up to as much as is read of any file."""
    descriptor = open_plain(run.attempt(task.id, task.attempt).prompt)
    if descriptor is None:
        return None
    try:
        return os.pread(descriptor, TAIL, 0).decode(errors="replace")
    finally:
        os.close(descriptor)


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))
