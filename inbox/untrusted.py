"""Reading a file that anybody may have put there, and setting aside what is not taken.

Knows nothing of messages.  A box is a directory that agents and shells write into; a FIFO, a link to /dev/zero, a
sparse file of a terabyte or a directory named like a message must neither hang, fill nor stop the reader.  What the
*file* is to blame for is `Unsafe`; what the machine is to blame for (no descriptors left, an I/O error) stays an
OSError, so that a good message is never set aside because the reader was in trouble.
"""

from __future__ import annotations

import errno
import os
import stat
import zlib
from pathlib import Path

from inbox.message import MAX_BYTES, Rejected

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

_BLAME = {
    errno.ELOOP: "a symbolic link, not a plain file",
    errno.EMLINK: "a symbolic link, not a plain file",  # what FreeBSD says instead
    errno.EACCES: "not readable",
    errno.EPERM: "not readable",
    errno.ENXIO: "a socket or a device, not a plain file",
    errno.ENODEV: "a socket or a device, not a plain file",
    errno.EOPNOTSUPP: "a socket or a device, not a plain file",
}

_TYPES = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}

_LONGEST_NAME = 200
"""Bytes; leaves room for a suffix and `.why` below the usual limit of 255."""


class Unsafe(Rejected):
    """Not a plain file of ours: another type, another owner, more than one link, or too large."""


def open_regular(path: str | Path, limit: int = MAX_BYTES) -> tuple[int, os.stat_result]:
    """A descriptor (the caller closes it) and its status: a regular file, ours, one link, at most `limit` bytes.

    Never blocks and follows no link in the last part of the path.  Raises FileNotFoundError where nothing is there
    (any more), Unsafe where something else is there, OSError where the machine is in trouble.
    """
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        if error.errno in _BLAME:
            raise Unsafe(_BLAME[error.errno]) from None
        raise
    try:
        status = os.fstat(descriptor)
        _check(status, limit)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor, status


def read_whole(descriptor: int, limit: int = MAX_BYTES) -> bytes:
    """All bytes from the start.  Raises Unsafe when there are more than `limit` by now: it may have grown."""
    chunks: list[bytes] = []
    size = 0
    while chunk := os.pread(descriptor, limit + 1 - size, size):
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            raise Unsafe(f"grew beyond {limit} bytes while it was read")
    return b"".join(chunks)


def read_regular(path: str | Path, limit: int = MAX_BYTES) -> bytes:
    """The bytes of a file; raises as `open_regular` and `read_whole` do."""
    descriptor, _ = open_regular(path, limit)
    try:
        return read_whole(descriptor, limit)
    finally:
        os.close(descriptor)


def set_aside(path: str | Path, bad: str | Path, why: str) -> Path | None:
    """Moves whatever `path` is into the directory `bad`, with the reason in `<name>.why`; the place it has now.

    Nothing that lies there is overwritten: a second one of the same name gets a suffix.  None when it was gone
    already.  Raises OSError when it can't be moved.
    """
    name = _short(os.path.basename(path))
    target = os.path.join(bad, name)
    count = 0
    while os.path.lexists(target) or os.path.lexists(f"{target}.why"):
        count += 1
        target = os.path.join(bad, f"{name}.{count}")
    try:
        _move(path, target)
    except FileNotFoundError:
        if os.path.lexists(path):
            raise
        return None
    _write_why(f"{target}.why", why)
    sync_directory(bad)
    return Path(target)


def sync_directory(path: str | Path) -> None:
    """Makes renames into this directory last through a loss of power.  Raises OSError; never to be tried again."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check(status: os.stat_result, limit: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise Unsafe(f"{_TYPES.get(stat.S_IFMT(status.st_mode), 'something unknown')}, not a plain file")
    if status.st_uid != os.geteuid():
        raise Unsafe(f"belongs to somebody else (uid {status.st_uid})")
    if status.st_nlink > 1:
        raise Unsafe(f"has {status.st_nlink} hard links: it is also written under another name")
    if status.st_size > limit:
        raise Unsafe(f"too large: {status.st_size} bytes, at most {limit} are taken")


def _move(path: str | Path, target: str) -> None:
    try:
        os.rename(path, target)
    except PermissionError:
        # A directory that its owner may not write can't change its parent: the kernel has to rewrite its "..".
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            raise
        os.chmod(path, 0o700)
        os.rename(path, target)


def _write_why(path: str, why: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(why + "\n")


def _short(name: str) -> str:
    encoded = os.fsencode(name)
    if len(encoded) <= _LONGEST_NAME:
        return name
    return f"{os.fsdecode(encoded[:_LONGEST_NAME])}-{zlib.crc32(encoded):08x}"
