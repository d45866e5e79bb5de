"""Our family: everything that descends from this process, whatever it did to its environment, session or group.

Knows no marks and ends nobody.  The kernel lets a process adopt the orphans among its descendants instead of init
(prctl(2), PR_SET_CHILD_SUBREAPER, Linux 3.4): whoever forks twice and lets its parent end comes back to us, so that
parenthood tells who is ours for as long as this process lives.  After its death others have to tell (`marked`,
`holders`).  Without the call only those are found whose parents live.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

from swarm.process.who import Identity, Stat, stat_of

_PR_SET_CHILD_SUBREAPER = 36


class Family:
    """The descendants of this process, from the making of this object on.  One for a process, made at its start."""

    def __init__(self) -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._spared: frozenset[Identity] = frozenset()

    def members(self) -> list[Identity]:
        """All living descendants, without those that are spared, and without what descends from these."""
        if not _has_children():
            return []
        children: dict[int, list[tuple[int, Stat]]] = {}
        for pid, stat in _all():
            children.setdefault(stat.parent, []).append((pid, stat))
        found: list[Identity] = []
        todo = [os.getpid()]
        while todo:
            for pid, stat in children.get(todo.pop(), ()):
                who = Identity(pid, stat.start)
                if who not in self._spared:
                    todo.append(pid)
                    found.extend([who] if stat.state not in "ZX" else [])
        return found

    def spare(self) -> None:
        """Whoever lives now is to stay."""
        self._spared |= frozenset(self.members())

    def reap(self, *children: int) -> None:
        """Collect the adopted that have ended; never one of these `children`, whose end their starter waits for."""
        while True:
            try:
                seen = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if seen is None or seen.si_pid in children:
                return
            os.waitpid(seen.si_pid, 0)


def _has_children() -> bool:
    """Whether anybody is our child, living or dead: who has none has no descendants, since orphans come to us."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _all() -> list[tuple[int, Stat]]:
    if not Path("/proc/self/stat").exists():
        return []
    numbers = [int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit()]
    return [(pid, stat) for pid in numbers if (stat := stat_of(pid)) is not None]
