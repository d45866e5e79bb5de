"""What a worker's program keeps in its mail directory: its lock, its boxes, its drop directories; and their mending.

Knows nothing of attempts.  An agent is told where this directory is, and may remove it, or parts of it, or put
something else there.  What is ours is made again; what lay in it is lost, and that is said.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

from inbox.maildir import Maildir
from swarm import lease
from swarm.agents.tools import LISTING
from swarm.files import directory, make_way
from swarm.paths import MailDir

KEPT = 1000
"""Messages that were dealt with and stay in each box, for people who want to read them again."""


class House:
    """The mail directory of a program that lives.  `own` is its lock."""

    def __init__(self, mail: MailDir, own: lease.Lease) -> None:
        self._mail = mail
        self._locks = [own]
        self.replaced = False
        """Another program has taken the lock in our place: we finish what we have, and begin nothing."""
        self._boxes = (Maildir(mail.inbox), Maildir(mail.outbox))
        self._directories = [mail.path, mail.drops]
        for box in self._boxes:
            self._directories += box.directories

    def mend(self) -> bool:
        """Make again what is missing.  True when letters may have been lost with it.  OSError where it can't be."""
        broken = [place for place in self._directories if not _is_sound(place)]
        for place in broken:
            os.chmod(directory(place), 0o700)
        if not self.replaced and not self._locks[-1].is_ours():
            self._lock()
        return bool(broken)

    def tidy(self) -> None:
        """Delete the oldest of what was dealt with: a run may last for months.  A listing for which nobody waited any
        more is of no use to a later attempt."""
        for name, _ in self._boxes[0].receive({LISTING}):
            self._boxes[0].acknowledge(name)
        for box in self._boxes:
            box.prune(KEPT)

    def note(self, **more: Any) -> None:
        """Leave something in the lock for whoever asks who held it, where the disk takes it."""
        with suppress(OSError):
            self._locks[-1].note({"pid": os.getpid(), **more})

    def leave(self) -> None:
        """Let the lock go."""
        while self._locks:
            self._locks.pop().release()

    def _lock(self) -> None:
        """The old lock is kept as well: who waits for it to be free waits for our end."""
        make_way(self._mail.lock)
        own = lease.take(self._mail.lock, {"pid": os.getpid()})
        if own is None:
            self.replaced = True
        else:
            self._locks.append(own)


def _is_sound(place: Path) -> bool:
    try:
        mode = os.lstat(place).st_mode
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return False
    return stat.S_ISDIR(mode) and mode & stat.S_IRWXU == stat.S_IRWXU
