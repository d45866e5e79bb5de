"""Small files written whole: tmp, fsync, rename (or link), fsync of the directory; and read without being led astray.

Knows bytes and JSON, not what they mean.  A file of ours is never seen half-written, also after a power loss.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from swarm.errors import SwarmError

LEAST_FREE = 8 << 20
"""Bytes that have to be free on the disk: with less, a journal, an index or an agent's work may be cut off."""

LEAST_NAMES = 64
"""Files that it has to be possible to make, where the file system counts them."""

LITTLE_FREE = 1_000_000_000
"""Bytes of free disk under which people are told."""


def check_room(path: Path, way_out: str) -> None:
    """SwarmError when the disk that holds `path`, existing or not, is nearly full: of bytes, or of names for files."""
    seen = os.statvfs(nearest(path))
    left = seen.f_bavail * seen.f_frsize
    where = ""
    if left < LEAST_FREE:
        where = f"{left >> 10} KiB are free at {nearest(path)}, {LEAST_FREE >> 20} MiB are needed"
    elif seen.f_files and seen.f_favail < LEAST_NAMES:
        where = f"{seen.f_favail} more files can be made at {nearest(path)}, {LEAST_NAMES} are needed (df -i)"
    if where:
        raise SwarmError(f"no space left to work with: {where}", f"free some space, {way_out}")


def free(path: Path) -> int:
    """Bytes that a user may still write on the disk of a path, existing or not."""
    seen = os.statvfs(nearest(path))
    return seen.f_bavail * seen.f_frsize


def nearest(path: Path) -> Path:
    """The path, or the nearest directory above it that exists."""
    while not path.is_dir():
        path = path.parent
    return path


NEW = ".swarm-new-"
"""How temporary names begin; one that a killed process left may be deleted."""

MOST_JSON = 1 << 20
"""Bytes of the largest JSON file that is read; ours are far below."""

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_APPEND = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NOT_THERE = frozenset({
    errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EACCES, errno.EPERM, errno.ENXIO, errno.ENODEV,
})  # fmt: skip


def sync_directory(path: Path) -> None:
    """Make the directory's entries durable."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def is_same_file(fd: int, path: Path) -> bool:
    """Whether `path` names the very file behind a descriptor."""
    try:
        return os.path.samestat(os.fstat(fd), os.lstat(path))
    except (FileNotFoundError, NotADirectoryError):
        return False


def write_whole(path: Path, data: bytes) -> None:
    """Write a file, replacing what was there; a directory is moved beside.  Raises OSError with nothing left behind."""
    draft = _draft(path, data)
    try:
        if is_directory(path):
            move_beside(path)
        os.rename(draft, path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def directory(path: Path) -> Path:
    """Have a directory of ours at `path`, for this user alone.  What an agent has put in its place, a link to another
    one among it, is moved beside it."""
    if not is_directory(path):
        move_beside(path)
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def is_directory(path: Path) -> bool:
    """Whether a directory stands at `path`, and no link to one."""
    return stat.S_ISDIR(_mode(path))


def make_way(path: Path) -> None:
    """Have nothing but a plain file, or nothing at all, at `path`: a link, a pipe or a directory is moved beside it."""
    mode = _mode(path)
    if mode and not stat.S_ISREG(mode):
        move_beside(path)


def move_beside(path: Path) -> None:
    """Rename whatever is there to `<name>.displaced`, or that with a number: nothing is lost by it."""
    with suppress(FileNotFoundError, NotADirectoryError):  # nothing there, or somebody else was quicker
        os.rename(path, free_name(path.with_name(f"{path.name}.displaced")))


def _mode(path: Path) -> int:
    """The type and mode of what is there, links not followed; 0 for nothing."""
    try:
        return os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0


def write_once(path: Path, data: bytes) -> bool:
    """Write a file that can only be written once.  False when it is there already; then nothing has changed."""
    draft = _draft(path, data)
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    sync_directory(path.parent)
    return True


def _draft(path: Path, data: bytes) -> Path:
    draft = path.with_name(f"{NEW}{os.getpid()}.{os.urandom(4).hex()}")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(fd, rest) :]
        os.fsync(fd)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    finally:
        os.close(fd)
    return draft


def write_json(path: Path, value: dict[str, Any]) -> None:
    """`write_whole` of a JSON object."""
    write_whole(path, json.dumps(value).encode() + b"\n")


def write_json_once(path: Path, value: dict[str, Any]) -> bool:
    """`write_once` of a JSON object."""
    return write_once(path, json.dumps(value).encode() + b"\n")


def open_log(path: Path) -> int:
    """A descriptor that appends to a plain file, made if missing.  OSError where a link or a pipe stands there."""
    fd = os.open(path, _APPEND, 0o600)
    if stat.S_ISREG(os.fstat(fd).st_mode):
        return fd
    os.close(fd)
    raise OSError(errno.ENXIO, os.strerror(errno.ENXIO), os.fspath(path))


def size_of(path: Path) -> int:
    """Bytes in a plain file; 0 where there is none."""
    fd = _open_plain(path)
    if fd is None:
        return 0
    try:
        return os.fstat(fd).st_size
    finally:
        os.close(fd)


def content(path: Path) -> bytes | None:
    """What the plain file at `path` holds, or None where there is none (a link is not followed)."""
    fd = _open_plain(path)
    if fd is None:
        return None
    with open(fd, "rb") as file:
        return file.read()


def read_part(path: Path, offset: int, most: int) -> bytes:
    """At most `most` bytes of a plain file from `offset` on; nothing where there is no plain file."""
    fd = _open_plain(path)
    if fd is None:
        return b""
    with open(fd, "rb") as file:
        file.seek(offset)
        return file.read(most)


def _open_plain(path: Path) -> int | None:
    """A descriptor of a plain file, else None.  An agent may have put anything there: a pipe must not make us wait, a
    link not lead us elsewhere.  Raises OSError only where the machine is in trouble.
    """
    try:
        fd = os.open(path, _READ)
    except OSError as error:
        if error.errno in _NOT_THERE:
            return None
        raise
    if stat.S_ISREG(os.fstat(fd).st_mode):
        return fd
    os.close(fd)
    return None


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file; {} where there is none, or it makes no sense or is larger than MOST_JSON."""
    data = read_part(path, 0, MOST_JSON + 1)
    try:
        found = json.loads(data) if len(data) <= MOST_JSON else None
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def read_theirs(path: Path) -> dict[str, Any]:
    """The JSON object in a file of the user's, to which links may lead; {} where there is none that makes sense."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def tail(path: Path, most: int) -> str:
    """The last `most` bytes of a text file, from the start of a line where that is possible; "" where there is none."""
    size = size_of(path)
    data = read_part(path, max(0, size - most), most)
    if size > most and b"\n" in data:
        data = data[data.index(b"\n") + 1 :]
    return data.decode("utf-8", "replace")


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
