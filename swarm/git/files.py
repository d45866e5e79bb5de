"""Files that git's own directories consist of, written so that power loss leaves the old or the new one, never half.

Knows nothing of git's layout or of commands.
"""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NEW = ".swarm-new-"
"""How temporary names begin; one that a killed process left may be deleted."""


def replace(path: Path, data: bytes) -> None:
    """Put `data` at `path` by temporary file, fsync and rename, and make the name durable."""
    descriptor, temporary = tempfile.mkstemp(prefix=NEW, dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.rename(temporary, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def content(path: Path) -> bytes | None:
    """What the file at `path` holds, or None where no regular file is there (a link is not followed)."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def free_name(wanted: Path) -> Path:
    """`wanted`, or with .2, .3 … after it: the first name that nothing has."""
    candidate, number = wanted, 2
    while os.path.lexists(candidate):
        candidate = wanted.with_name(f"{wanted.name}.{number}")
        number += 1
    return candidate


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the flock on `path` (made if missing); waits in the kernel, and a killed holder frees it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def make_removable(top: Path) -> None:
    """Give ourselves write permission on every directory below; some tools (Go's module cache) take it away."""
    for directory, _, _ in os.walk(top):
        mode = os.lstat(directory).st_mode
        if not mode & stat.S_IWUSR or not mode & stat.S_IXUSR:
            os.chmod(directory, stat.S_IMODE(mode) | stat.S_IRWXU)
