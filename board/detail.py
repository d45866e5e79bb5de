"""What the tabs of a card say: its log, its messages, its events, its prompt, as harmless lines.

Knows an attempt's files and the past of a task; nothing of widgets.  The diff comes from another program (board.verbs),
here it only gets its roles.  Files of attempts are written by agents: only plain files are read, and only their end.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable
from pathlib import Path

from board.feed import Past
from board.view import harmless
from board.widgets.page import TextLine, TextRole
from swarm.core import events as e
from swarm.core import words
from swarm.core.state import TaskState
from swarm.paths import RunDir

TAIL = 128 * 1024
"""Bytes of the end of a log that are read."""

MOST_LINES = 2000
"""Lines of any text that are shown."""


def log(run: RunDir, task: TaskState) -> list[TextLine]:
    """The end of the newest attempt's output."""
    if not task.attempt:
        return [TextLine("no attempt has begun yet", "dim")]
    text = tail(run.attempt(task.id, task.attempt).log)
    if text is None:
        return [TextLine(f"attempt {task.attempt} has not written anything yet", "dim")]
    return [TextLine(line) for line in harmless.block(text, MOST_LINES)]


def prompt(run: RunDir, task: TaskState) -> list[TextLine]:
    """What the newest attempt was told; before there is one, what the plan says."""
    text = tail(run.attempt(task.id, task.attempt).prompt) if task.attempt else None
    if text is None:
        text = task.task.prompt or task.task.command or ""
    return [TextLine(line) for line in harmless.block(text)[:MOST_LINES]] or [TextLine("it has no prompt", "dim")]


def messages(past: Iterable[Past]) -> list[TextLine]:
    """What was said to the task or by who runs it, and questions with their answers; oldest first."""
    found: list[TextLine] = []
    for one in past:
        match one.event:
            case e.MessageAccepted(kind="note" | "report", sender=sender, to=to, text=text):
                found += _said(one.at, f"{sender} to {to}", text)
            case e.QuestionAsked(text=text, task=task):
                found += _said(one.at, f"{task} asks", text)
            case e.QuestionAnswered(text=text):
                found += _said(one.at, "answer", text)
            case _:
                pass
    return found or [TextLine("no messages yet (m writes one)", "dim")]


def _said(at: float, who: str, text: str) -> list[TextLine]:
    head = TextLine(f"{_clock(at)}  {harmless.line(who)}", "hint")
    return [head, *(TextLine(f"  {line}") for line in harmless.block(text)[:MOST_LINES])]


def events(past: Iterable[Past]) -> list[TextLine]:
    """What happened to the task, oldest first."""
    found: list[TextLine] = []
    for one in past:
        lines = harmless.block(words.sentence(one.event))
        if lines:
            found.append(TextLine(f"{_clock(one.at)}  {lines[0]}"))
            found += [TextLine(f"          {line}", "dim") for line in lines[1:MOST_LINES]]
    return found or [TextLine("nothing has happened to it yet", "dim")]


def diff(text: str, *, ok: bool) -> list[TextLine]:
    """A diff with its roles, or what was said instead of one."""
    lines = harmless.block(text)
    more = [TextLine(f"… and {len(lines) - MOST_LINES} lines more", "dim")] if len(lines) > MOST_LINES else []
    if not ok:
        said = [TextLine(line, "bad") for line in lines[:MOST_LINES]]
        return said or [TextLine("swarm diff failed without a word", "bad")]
    return [TextLine(line, _role(line)) for line in lines[:MOST_LINES]] + more or [TextLine("no changes", "dim")]


def _role(line: str) -> TextRole:
    if line.startswith(("+++", "---", "diff ", "index ")):
        return "strong"
    if line.startswith("@@"):
        return "hint"
    return "good" if line.startswith("+") else "bad" if line.startswith("-") else "plain"


def tail(path: Path) -> str | None:
    """The end of a plain file, from the start of a line; None where there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None  # not there yet, a link, a socket: nothing to show in any case
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return None
        start = max(0, found.st_size - TAIL)
        data = os.pread(descriptor, TAIL, start)
    finally:
        os.close(descriptor)
    if start:
        data = data.partition(b"\n")[2] or data
    return data.decode(errors="replace")


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))
