"""The contract of an executor: six methods, keyed by attempt.  No engine of ours may need a seventh.

    PENDING -> RUNNING -> EXITED(code) | CANCELLED | LOST        terminal states absorb

At most one process tree for a key.  EXITED only with a code that came from the process itself; everything that is
inferred is LOST, which means "may still be running" and kills nobody by itself.  The executor detects, the leader
decides: a retry is a new attempt with a key of its own, and the intent is in the journal before `start`.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol

from swarm.core.assignment import Assignment
from swarm.errors import SwarmError


class Rejected(SwarmError):
    """This attempt can never run here."""


class Unavailable(SwarmError):
    """The executor can't be reached now; the same call may work later."""


class Life(enum.StrEnum):
    """Where an attempt is in its life, as an executor sees it."""

    PENDING = "pending"
    RUNNING = "running"
    EXITED = "exited"
    CANCELLED = "cancelled"
    LOST = "lost"


TERMINAL = frozenset({Life.EXITED, Life.CANCELLED, Life.LOST})


@dataclass(frozen=True, slots=True)
class Seen:
    """One attempt in a snapshot.  `code` with EXITED only; `place` is where it runs (a worker, a node)."""

    state: Life
    code: int | None = None
    place: str = ""
    reason: str = ""


class Executor(Protocol):
    """Where attempts run.  Every method may be called again at any time, also by another leader after a crash."""

    def start(self, work: Assignment) -> None:
        """Have it run.  Idempotent on its key; returns once accepted.  Raises Rejected or Unavailable."""

    def observe(self) -> dict[str, Seen]:
        """A whole snapshot of what was started and not forgotten, from nothing: no memory of ours is needed."""

    def cancel(self, key: str, grace: float) -> None:
        """A request, legal in every state; confirmed only by `observe`.  `grace` seconds between TERM and KILL."""

    def read_log(self, key: str, offset: int) -> tuple[bytes, int]:
        """What the attempt has printed from `offset` on, and the next offset."""

    def attach(self, key: str) -> list[str] | None:
        """A command that shows the attempt in this terminal, or None where there is nothing to attach to."""

    def forget(self, key: str) -> None:
        """The leader has recorded the end: it need not be observed any more."""
