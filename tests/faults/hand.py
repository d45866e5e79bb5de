"""What every agent of a trial has at hand: its ledger, its marks, and files to write.  Only the standard library.

Knows the ledger and the environment of an attempt; not what kind of work is done with it.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path


class Ledger:
    """Facts of one trial, a line each, appended by one write."""

    def __init__(self, path: Path, who: str) -> None:
        self.path, self.who = path, who

    def note(self, what: str, *words: str) -> None:
        """Append a fact about our attempt."""
        line = " ".join([what, self.who, *words]) + "\n"
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)

    def has_strike(self, task: str) -> bool:
        """Whether an attempt of this task has gone wrong on purpose before."""
        return any(line.split()[:2] == ["strike", task] for line in self.path.read_text().splitlines())

    def strike(self, task: str) -> None:
        """This attempt is about to go wrong on purpose."""
        self.who, who = task, self.who
        self.note("strike")
        self.who = who


TASK = os.environ.get("SWARM_TASK", "task")
ATTEMPT = os.environ.get("SWARM_ATTEMPT", "1")
LEDGER = Ledger(Path(sys.argv[1] if len(sys.argv) > 1 else "ledger"), f"{TASK}.{ATTEMPT}")


def mark() -> str:
    """A word that stands nowhere else in the world."""
    return f"mark-{TASK}.{ATTEMPT}-{secrets.token_hex(8)}"


def put(path: str, text: str, *, append: bool = False) -> None:
    """Write a file of the worktree."""
    where = Path(path)
    where.parent.mkdir(parents=True, exist_ok=True)
    with where.open("a" if append else "w") as file:
        file.write(text)


def left(*words: str) -> None:
    """These marks are in the worktree now."""
    for word in words:
        LEDGER.note("mark", word)
