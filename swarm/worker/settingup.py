"""The `setup:` of a worktree as its worker carries it out: what it needs is brought, then its commands run one by one.

Knows a worktree and its stamp, not the attempt for which this is done.  Each command is a watched child, so that a
worker which installs for half an hour still hears that it is to stop.  What a command leaves running on purpose (a
database) stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from swarm import setup
from swarm.core.plan import Setup
from swarm.files import open_log, size_of, write_whole
from swarm.process import Overrun, sweep
from swarm.process.family import Family
from swarm.worker.child import CANCELLED, FLOOD, TIMEOUT, Child, Limits

_WHY = {CANCELLED: Overrun.UNWANTED, TIMEOUT: Overrun.LATE, FLOOD: Overrun.FLOOD}


class SettingUp:
    """One setup under way.  What the commands print goes to `log`."""

    def __init__(
        self, source: Path, worktree: Path, wanted: Setup, env: Mapping[str, str], stamp: Path, log: Path,
        family: Family | None, box: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self._box = box
        self._worktree, self._stamp, self._log, self._family = worktree, stamp, log, family
        self._mark = setup.mark(stamp)
        self._env = {**env, **self._mark}
        self._version = setup.due(source, wanted, stamp)
        self._todo: list[str] = []
        self._line, self._printed = "", 0
        if self._version is not None:
            setup.bring(source, worktree, wanted)
            sweep(self._mark, setup.GRACE)  # of a setup that was cut short with the program that ran it
            self._todo = list(wanted.run)

    def next(self) -> Child | None:
        """The next command, started; None when there is none left, and that is noted."""
        if self._version is None:
            return None
        if not self._todo:
            write_whole(self._stamp, self._version.encode())
            if self._family is not None:
                self._family.spare()
            return None
        self._line = self._todo.pop(0)
        self._say(f"$ {self._line}\n")
        self._printed = size_of(self._log)
        limits = Limits(timeout=setup.LONGEST, idle=None, grace=setup.GRACE)
        return Child(
            [setup.SHELL, "-c", self._line], env=self._env, cwd=self._worktree, stdin=None, log=self._log,
            marks=self._mark, limits=limits, family=self._family, leaves=True, box=self._box,
        )  # fmt: skip

    def check(self, child: Child, code: int) -> None:
        """SwarmError when the command has not done its work."""
        if child.ending:
            raise setup.overran(self._line, _WHY[child.ending], self._log)
        if code:
            raise setup.failed(self._line, code, self._log, self._printed)

    def _say(self, text: str) -> None:
        with open(open_log(self._log), "a", encoding="utf-8") as file:
            file.write(text)
