"""A doorbell over directories: it says that something may have changed, never what.

Knows paths only (and, in `wait_for`, a Maildir to scan).  A ring means "scan now"; a scan once a second is the truth.
So a bell that rings for nothing costs a scan, and a bell that stays silent (inotify used up, its queue overrun, no
watchfiles that could be loaded) costs a delay of at most one scan's interval.  The caller's loop:

    bell = Watch([maildir.new])
    while True:
        bell.clear()                    # before the scan: what comes during it rings again
        for name, message in maildir.receive(): ...
        bell.wait(pause_after(maildir))

What watchfiles (1.3) is known to do, and what is done about it: it arms at the first `next()`, and what came between a
scan and that is never told: so it rings once it has armed.  A directory deleted and made again leaves it deaf, even
where the new one has the same inode number: so it arms again when a watched path itself is deleted, when its inode
changes, or when a missing one appears.  Its default filter hides `.git` and its default debounce waits 1.6 s: both are
set.  It waits by polling its own queue every `step` milliseconds, which costs about 0.65% of a processor at 5.
"""

from __future__ import annotations

import atexit
import os
import select
import threading
import time
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Self

from inbox.drops import SETTLE_NS
from inbox.maildir import Maildir
from inbox.message import Message

try:
    from watchfiles import Change, watch

    ABSENT = ""
except ImportError as error:  # a wheel for another libc, say: the sweep carries everything, a little later
    ABSENT = f"nothing is watched: {error}"

SWEEP = 1.0
"""Seconds between two scans when no bell rings."""

_LOOK_AGAIN = 0.5
"""Seconds between two looks at whether the watched directories are still the same ones."""

_TRY_AGAIN = 1.0
"""Seconds until the next attempt where the kernel refuses to watch."""

_Marks = dict[str, tuple[int, int] | None]
"""Device and inode of each path; None where nothing is."""


class Watch:
    """Watches the entries of directories (not below them) from one daemon thread.  Start it from any thread.

    `step` and `debounce` in milliseconds.  A path may be missing: it is watched once it is there.  Close it, or use it
    as a context; one that is never closed does not keep the interpreter from ending.
    """

    def __init__(self, paths: Iterable[str | Path] = (), *, step: int = 5, debounce: int = 5) -> None:
        self.trouble: str | None = None
        """Why nothing is watched at the moment, in words; None while all is well."""
        self._step = step
        self._debounce = debounce
        self._paths = {os.path.abspath(path) for path in paths}  # as watchfiles reports them
        self._guard = threading.Lock()
        self._closed = threading.Event()
        self._changed = threading.Event()
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        self._thread = threading.Thread(target=self._run, name="inbox-watch", daemon=True)
        self._thread.start()
        # A daemon thread inside native code that meets an interpreter being taken down aborts it: 1 exit in 10 (3.11).
        atexit.register(self.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def fileno(self) -> int:
        """A descriptor that is readable after a ring, for a selector."""
        return self._reader

    def add(self, path: str | Path) -> None:
        """Watches one more directory; rings once it does.  Adding it again does nothing."""
        with self._guard:
            if os.path.abspath(path) in self._paths:
                return
            self._paths = {*self._paths, os.path.abspath(path)}
        self._changed.set()

    def ring(self) -> None:
        """Rings the bell by hand, from any thread."""
        with self._guard:
            if not self._closed.is_set():
                try:
                    os.write(self._writer, b"\0")
                except BlockingIOError:
                    pass  # thousands of rings are waiting already; one is enough

    def clear(self) -> None:
        """Takes back all rings so far.  Do it before a scan, never after."""
        try:
            while len(os.read(self._reader, 4096)) == 4096:
                pass
        except BlockingIOError:
            pass

    def wait(self, timeout: float | None) -> bool:
        """Whether it rings within `timeout` seconds (None: for ever).  Goes on ringing until `clear`."""
        poll = select.poll()
        poll.register(self._reader, select.POLLIN)
        return bool(poll.poll(None if timeout is None else max(0.0, timeout) * 1000))

    def close(self) -> None:
        """Stops the thread, within a few milliseconds, and gives up the descriptor.  Safe to repeat."""
        with self._guard:
            if self._closed.is_set():
                return
            self._closed.set()
        self._changed.set()
        self._thread.join()
        os.close(self._reader)
        os.close(self._writer)
        atexit.unregister(self.close)

    def _run(self) -> None:
        while not self._closed.is_set():
            self._changed.clear()
            marks = _marks(self._paths)
            present = [path for path, mark in marks.items() if mark is not None]
            if ABSENT:
                self.trouble = ABSENT
                self._changed.wait(_LOOK_AGAIN)
                continue
            if not present:
                self._changed.wait(_LOOK_AGAIN)
                continue
            try:
                self._listen(present, marks)
            except (OSError, RuntimeError) as error:
                # No inotify instances or watches left, or a directory went away just now.  The caller's sweep goes on.
                self.trouble = str(error)
                self._changed.wait(_TRY_AGAIN)

    def _listen(self, present: list[str], marks: _Marks) -> None:
        """Rings at each change, until something has to be armed anew."""
        for changes in watch(
            *present,
            watch_filter=None,
            recursive=False,
            step=self._step,
            debounce=self._debounce,
            rust_timeout=0,
            raise_interrupt=False,
            ignore_permission_denied=True,
            stop_event=_Armed(self, marks),
        ):
            self.ring()
            if any(change is Change.deleted and path in marks for change, path in changes):
                return

    def is_stale(self) -> bool:
        """Whether what is armed now has to go: closed, or a path was added."""
        return self._closed.is_set() or self._changed.is_set()


class _Armed:
    """What watchfiles asks every `step` milliseconds from the moment on that it has armed: whether to stop."""

    def __init__(self, owner: Watch, marks: _Marks) -> None:
        self._owner = owner
        self._marks = marks
        self._rung = False
        self._look = time.monotonic() + _LOOK_AGAIN

    def is_set(self) -> bool:
        if not self._rung:
            self._rung = True
            self._owner.trouble = None
            self._owner.ring()
        if self._owner.is_stale():
            return True
        if time.monotonic() < self._look:
            return False
        self._look = time.monotonic() + _LOOK_AGAIN
        return _marks(self._marks) != self._marks


def wait_for(
    maildir: Maildir,
    kinds: Collection[str] | None = None,
    timeout: float | None = None,
    *,
    passing_over: Collection[str] = (),
    bell: Watch | None = None,
) -> tuple[str, Message] | None:
    """The oldest unread message of these kinds: at once if one is there, else when it comes; None after `timeout`.

    Seconds; None waits for ever.  Names in `passing_over` don't count.  `bell` is one that already watches
    `maildir.new`; without it one is made for this wait.  Nothing is claimed.
    """
    if bell is None:
        with Watch([maildir.new]) as own:
            return wait_for(maildir, kinds, timeout, passing_over=passing_over, bell=own)
    deadline = None if timeout is None else time.monotonic() + timeout
    while True:
        bell.clear()
        for found in maildir.receive(kinds, passing_over):
            return found
        pause = pause_after(maildir)
        if deadline is not None:
            pause = min(pause, deadline - time.monotonic())
            if pause <= 0:
                return None
        bell.wait(pause)


def pause_after(maildir: Maildir) -> float:
    """Seconds until the next scan is due even if no bell rings: soon where a dropped file has yet to settle."""
    return SETTLE_NS / 1e9 if maildir.unsettled else SWEEP


def _marks(paths: Iterable[str]) -> _Marks:
    marks: _Marks = {}
    for path in paths:
        try:
            status = os.stat(path)
            marks[path] = (status.st_dev, status.st_ino)
        except OSError:
            marks[path] = None
    return marks
