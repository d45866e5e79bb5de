"""Life is a lock: a flock on a file says that its holder lives, and the kernel says it the moment it dies.

Knows files and locks, not who uses them.  Locks are opened close-on-exec, so that no child or tmux server inherits one.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
from pathlib import Path
from typing import Any

from swarm.errors import SwarmError
from swarm.files import is_same_file, read_json


class Lease:
    """A lock that this process holds until `release` or its death."""

    def __init__(self, fd: int, path: Path) -> None:
        self._fd = fd
        self.path = path

    def is_ours(self) -> bool:
        """Whether the file at `path` is still the one that we hold.  A file that was removed or replaced lets a second
        holder in, while the kernel keeps our lock on something that nobody looks at any more."""
        return is_same_file(self._fd, self.path)

    def note(self, note: dict[str, Any]) -> None:
        """Leave something else in the file for `holder`."""
        data = json.dumps(note).encode()
        os.pwrite(self._fd, data, 0)
        os.ftruncate(self._fd, len(data))

    def release(self) -> None:
        """Give the lock up."""
        os.close(self._fd)


def _open(path: Path) -> int:
    """A descriptor of the lock's file, made if need be.  Raises OSError for a link, SwarmError for a pipe, which could
    be held by two at once."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    if stat.S_ISREG(os.fstat(fd).st_mode):
        return fd
    os.close(fd)
    raise SwarmError(f"{path} is not a plain file, so it can't be a lock", "move it away")


def _look(path: Path) -> int | None:
    """A descriptor to look at a lock through; None where there is no plain file, and so no lock."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO):
            return None
        raise
    if stat.S_ISREG(os.fstat(fd).st_mode):
        return fd
    os.close(fd)
    return None


def take(path: Path, note: dict[str, Any]) -> Lease | None:
    """The exclusive lock on `path`, or None when somebody holds it.  `note` is left in the file for `holder`."""
    while True:
        fd = _open(path)
        while not _locked(fd, fcntl.LOCK_EX):
            # Somebody who only looks (is_held, wait_until_free) keeps us out for a moment: a shared lock tells.
            if not _locked(fd, fcntl.LOCK_SH):
                os.close(fd)
                return None
        if is_same_file(fd, path):
            return _noted(fd, path, note)
        os.close(fd)  # the file was replaced meanwhile: a lock on one without a name keeps nobody out


def _noted(fd: int, path: Path, note: dict[str, Any]) -> Lease:
    held = Lease(fd, path)
    held.note(note)
    return held


def _locked(fd: int, kind: int) -> bool:
    """Take or change the lock without waiting.  False when others are in the way (then it is not held at all)."""
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_for_turn(path: Path, note: dict[str, Any]) -> Lease:
    """The exclusive lock on `path`, once nobody else holds it."""
    while True:
        fd = _open(path)
        fcntl.flock(fd, fcntl.LOCK_EX)
        if is_same_file(fd, path):
            return _noted(fd, path, note)
        os.close(fd)


def is_held(path: Path) -> bool:
    """True when a living process holds the exclusive lock on `path`."""
    fd = _look(path)
    if fd is None:
        return False
    try:
        return not _locked(fd, fcntl.LOCK_SH)
    finally:
        os.close(fd)


def wait_until_free(path: Path) -> None:
    """Block until nobody holds the exclusive lock on `path`.  It keeps nobody out (see `take`)."""
    fd = _look(path)
    if fd is None:
        return
    try:
        fcntl.flock(fd, fcntl.LOCK_SH)
    finally:
        os.close(fd)


def holder(path: Path) -> dict[str, Any]:
    """What the last holder left about itself; {} when that can't be read."""
    return read_json(path)
