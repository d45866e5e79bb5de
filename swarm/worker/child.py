"""A child that a worker watches: its deadlines, what it prints, its suspension, its end, and whoever it left behind.

Knows processes and a log, nothing of attempts.  The child has a session and process group of its own and appends to a
file: it depends on neither this program nor a terminal; unless it is given our terminal, which it has to itself until
it ends.  Seconds are on the monotonic clock: no jump of the wall clock matters.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from swarm.files import make_way, open_log
from swarm.process import MOST_OUTPUT, Identity, end_all, marked
from swarm.process.boxed import start
from swarm.process.family import Family
from swarm.process.terminal import Terminal

CANCELLED, TIMEOUT, IDLE, FLOOD, BUDGET, SPENT = "cancelled", "timeout", "idle", "flood", "budget", "spent"
"""Why a child is ended by us; `budget` is its own, `spent` is the run's."""
SAID, PANE = "said", "pane"
"""And one that has a terminal: it has said how it ended, or its terminal was closed."""
TAKEN, RELEASED = "taken", "released"
"""Why the turn of an agent is ended, and not its attempt: a person takes over, or lets go."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds in all, seconds without output, seconds between TERM and KILL, bytes of output."""

    timeout: float | None
    idle: float | None
    grace: float
    output: int = MOST_OUTPUT


class Child:
    """A started process.  `leaves`: what it leaves running stays, provided that it ends well (in a `box` nothing can).

    Raises NotStarted; ValueError for a NUL in its command or environment; OSError where its log can't be written.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        stdin: Path | None,
        log: Path,
        marks: Mapping[str, str],
        limits: Limits,
        family: Family | None,
        leaves: bool = False,
        pass_fds: Sequence[int] = (),
        box: Sequence[str] = (),
        terminal: Terminal | None = None,
    ) -> None:
        self.ending = ""
        """Why we are ending it ourselves, or "" while we are not."""
        self.log, self.limits, self.terminal = log, limits, terminal
        self._marks, self._family, self._leaves = dict(marks), family, leaves
        make_way(log)  # what an agent has put in its place
        self._log: int | None = open_log(log)
        try:
            self._process = (
                start(argv, env=env, cwd=cwd, stdin=stdin, stdout=log, box=box, pass_fds=pass_fds)
                if terminal is None
                else terminal.start(argv, env=env, cwd=cwd, pass_fds=pass_fds)
            )
        except BaseException:
            os.close(self._log)
            raise
        self.who, self.inside = self._process.who, self._process.inside
        self._pidfd = os.pidfd_open(self.who.pid) if hasattr(os, "pidfd_open") else None
        self._began = self._moved = self._looked = time.monotonic()
        self._size = self._printed()
        self._suspended: float | None = None
        self._kill_at: float | None = None
        self._code: int | None = None

    @property
    def ran(self) -> float:
        """Seconds that it has run, without those in which it was suspended."""
        return (time.monotonic() if self._suspended is None else self._suspended) - self._began

    def fileno(self) -> int | None:
        """A descriptor that is readable once the child has ended; None where there is none (any more)."""
        return self._pidfd

    def ended(self) -> int | None:
        """The exit code (128 + n for signal n) once the child and all it left are gone; None while it runs.

        Safe to ask again, also after an error.
        """
        if self._code is None:
            pid, status = os.waitpid(self.who.pid, os.WNOHANG if self.terminal is None else os.WNOHANG | os.WUNTRACED)
            if pid and os.WIFSTOPPED(status):
                self._bring_back()
            if pid == 0 or os.WIFSTOPPED(status):
                return None
            self._process.clear()
            code = os.waitstatus_to_exitcode(status)
            self._code = 128 - code if code < 0 else code
        if not self._leaves or self._code or self.ending:
            self._end_the_rest()
        if self.terminal is not None and not self._closed:
            self.terminal.take_back()
        self._close()
        return self._code

    def watch(self, waits: bool = False) -> None:
        """Look at the deadlines, and at what it prints: output is a sign of life, and too much of it the end.

        `waits`: it waits for a person, so its clock has stood still since the last look.
        """
        now = time.monotonic()
        if waits and self._suspended is None:
            self._began, self._moved = self._began + now - self._looked, self._moved + now - self._looked
        self._looked = now
        size = self._printed()
        if size != self._size:
            self._size, self._moved = size, now
        if size > self.limits.output and not self.ending:
            self.stop(FLOOD, 0.0)
        if self._suspended is not None:
            return
        if self._kill_at is not None:
            if now >= self._kill_at:
                self._process.kill(self._marks)
        elif self.limits.timeout is not None and now - self._began > self.limits.timeout:
            self.stop(TIMEOUT, self.limits.grace)
        elif self.limits.idle is not None and now - self._moved > self.limits.idle:
            self.stop(IDLE, self.limits.grace)

    def stop(self, why: str, grace: float) -> None:
        """TERM to its group now, KILL after `grace` seconds."""
        if self.ending:
            return
        self.ending = why
        self.go_on()
        self._process.signal(signal.SIGTERM, self._marks)
        self._kill_at = time.monotonic() + grace

    def suspend(self) -> None:
        """Stop its clock and its processes."""
        if self._suspended is None and not self.ending and self._process.signal(signal.SIGSTOP, self._marks):
            self._suspended = time.monotonic()

    def go_on(self) -> None:
        """Undo `suspend`; the time between does not count."""
        if self._suspended is None:
            return
        pause = time.monotonic() - self._suspended
        self._began, self._moved, self._suspended = self._began + pause, self._moved + pause, None
        self._looked = time.monotonic()
        self._process.signal(signal.SIGCONT, self._marks)

    def _bring_back(self) -> None:
        """A person has typed ctrl-z: there is no shell to type `fg` to."""
        if self._suspended is None:
            self._process.signal(signal.SIGCONT, self._marks)

    def _left(self) -> list[Identity]:
        """Whoever still lives of those that it started."""
        found = dict.fromkeys(marked(self._marks))
        found.update(dict.fromkeys(self._family.members() if self._family else ()))
        return list(found)

    def _end_the_rest(self) -> None:
        end_all(self._left, 0.0 if self.ending == FLOOD else self.limits.grace)
        if self._family:
            self._family.reap()

    def _printed(self) -> int:
        """Bytes in the file that it was given, also where that has lost its name."""
        return os.fstat(self._log).st_size if self._log is not None else 0

    @property
    def _closed(self) -> bool:
        return self._log is None

    def _close(self) -> None:
        """Let go of what was held for it; what was printed beyond the limit goes."""
        if self._log is not None:
            if self.ending == FLOOD:
                os.ftruncate(self._log, self.limits.output)
            os.close(self._log)
            self._log = None
        if self._pidfd is not None:
            os.close(self._pidfd)
            self._pidfd = None
