"""The tips of the branches that agents work on: git is asked for them only where one may have moved.

Knows the hub and the names of refs, not what the tips are for.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from swarm.git import refs, trial
from swarm.git.hub import Hub

SETTLED = 2_000_000_000
"""Nanoseconds that a timestamp has to be old to tell that nothing came after it."""


@dataclass(slots=True)
class Tips:
    """What the branches of a run hold.

    git says nothing when an agent commits, and watching its files would wake the leader at every step of every agent.
    But each move of a branch leaves its trace in one of two timestamps, so a look at these tells whether to ask.
    """

    hub: Hub
    run: str
    _held: Mapping[str, str] = field(default_factory=dict)
    _asked: frozenset[str] = frozenset()
    _stamps: tuple[int, ...] = ()

    def of(self, attempts: Mapping[str, int]) -> dict[str, str]:
        """The commit at the tip of each attempt's branch, by task; where there is none, the task is left out."""
        names = {f"{refs.HEADS}{refs.attempt_branch(self.run, task, n)}": task for task, n in attempts.items()}
        if names:
            self._ask(frozenset(names))
        return {names[ref]: commit for ref, commit in self._held.items() if ref in names}

    def _ask(self, asked: frozenset[str]) -> None:
        stamps = self._look()
        if asked == self._asked and stamps == self._stamps:
            return
        self.hub.restore_config()
        self._held, self._asked = trial.heads(trial.modest(self.hub), asked), asked
        settled = all(abs(time.time_ns() - stamp) > SETTLED for stamp in stamps)
        self._stamps = stamps if settled else ()

    def _look(self) -> tuple[int, ...]:
        """When a branch of the run moved last (a lock comes and goes beside it), and when refs were packed."""
        directory = self.hub.path / refs.HEADS / "swarm" / self.run
        return tuple(_mtime(path) for path in (directory, self.hub.path / "packed-refs"))


def _mtime(path: Path) -> int:
    """In nanoseconds; 0 where there is nothing."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
