"""The life of a tmux server's process: who it is, whether it still is, and waiting for its end.

Knows nothing of sockets or sessions.  A pid comes round again, so a process is named by its pid *and* the kernel's
start time, and is watched and signalled through a pidfd, which can't turn into somebody else.
"""

from __future__ import annotations

import json
import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Life:
    """One process.  `started` is in clock ticks since boot, as /proc tells it."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> Life | None:
        """The process that has this pid now; None where there is none."""
        started = start_time(pid)
        return None if started is None else cls(pid, started)

    @classmethod
    def recorded(cls, path: Path) -> Life | None:
        """What `record` wrote; None where nothing legible is written.  It may have ended since."""
        try:
            seen = json.loads(path.read_text())
            return cls(int(seen["pid"]), int(seen["started"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def record(self, path: Path) -> None:
        """Write it down, whole or not at all."""
        fresh = path.with_name(path.name + ".tmp")
        fresh.write_text(json.dumps(asdict(self)))
        fresh.replace(path)

    def is_over(self) -> bool:
        """Whether the process has ended; one that is dead and not yet reaped has."""
        return self.ends_within(0)

    def ends_within(self, seconds: float) -> bool:
        """Wait for the end; False where it still lives after that time."""
        with self._handle() as handle:
            if handle is None:
                return True
            waiter = select.poll()  # not select(): a descriptor above 1023 is no error here
            waiter.register(handle, select.POLLIN)
            return bool(waiter.poll(seconds * 1000))

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; nothing happens where the process is over."""
        with self._handle() as handle:
            if handle is not None:
                try:
                    signal.pidfd_send_signal(handle, number)
                except ProcessLookupError:
                    return  # it ended between the look and the signal

    @contextmanager
    def _handle(self) -> Iterator[int | None]:
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            yield None
            return
        try:
            # Asked after the handle was opened: if it is the same process now, the handle is of it.
            yield handle if start_time(self.pid) == self.started else None
        finally:
            os.close(handle)


def start_time(pid: int) -> int | None:
    """Clock ticks since boot at which the process began (field 22 of /proc/PID/stat, see proc(5))."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return int(text.rpartition(")")[2].split()[19])
