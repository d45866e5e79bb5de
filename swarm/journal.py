"""The journal: JSON lines with a contiguous number and a crc chained over the line before; the only truth of a run.

Knows entries, not what they mean.  One writer (the leader, under its lock; a lock on the journal itself keeps a second
one out even where that file was taken away), any number of readers.  A batch of entries is one write and one
fdatasync.  A torn last line is set aside and cut; a bad line with good ones behind it is corruption and refuses.  A
write that fails is cut back to the last good line, and the journal takes nothing more.  What was cut back may have
been read by then: a reader notices, and says from where on it has to be told anew.
"""

from __future__ import annotations

import fcntl
import gc
import itertools
import os
import stat
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from swarm.core.events import Entry, Event
from swarm.errors import Busy, SwarmError
from swarm.files import is_same_file
from swarm.lines import decode_line, encode_line


class CorruptJournal(SwarmError):
    """A line that can't be read is followed by others that can."""


class JournalFull(SwarmError):
    """A write failed (disk full, I/O error).  Nothing half-written is left, and this journal takes nothing more."""


class CutBack(Exception):
    """Lines that this reader had read are no longer in the journal: their write had failed and was taken back.

    What was read up to and with entry `seq` still holds.  The reader stands behind it, and goes on from there.
    """

    def __init__(self, seq: int) -> None:
        super().__init__(f"the journal was cut back to entry {seq}")
        self.seq = seq


class Reader:
    """Reads a journal from the start and, asked again, whatever has been added since."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._begin()

    def _begin(self) -> None:
        self.offset = 0
        self._crcs = array("I")
        """Of each line that was read: a later look tells by them what of it still stands there."""
        self._last = b""
        """The last line that was read."""

    @property
    def seq(self) -> int:
        """The number of the last entry that was read; 0 before the first."""
        return len(self._crcs)

    @property
    def crc(self) -> int:
        """What the next line's crc builds on."""
        return self._crcs[-1] if self._crcs else 0

    def read(self) -> list[Entry]:
        """The entries after the last one read.  An unfinished last line is left for the next time.

        Raises CutBack where lines that were read before are gone, CorruptJournal, SwarmError where no plain file is,
        FileNotFoundError when there is no journal.
        """
        with _open(self.path) as file, _no_collection():
            file.seek(self.offset - len(self._last))
            if file.read(len(self._last)) != self._last:
                raise self._cut_back()
            try:
                return list(self._entries(file))
            except CorruptJournal:
                if not self._crcs:
                    raise
                raise self._cut_back() from None

    def _cut_back(self) -> CutBack:
        """Stand behind the last line that is still as it was read.  Raises CorruptJournal where the journal is that."""
        before = self._crcs
        self._begin()
        with _open(self.path) as file:
            for entry in self._entries(file):
                if entry.seq > len(before) or before[entry.seq - 1] != self.crc:
                    self._step_back()
                    break
        return CutBack(self.seq)

    def _step_back(self) -> None:
        """Forget the last line: it is new."""
        self.offset -= len(self._last)
        self._crcs.pop()
        with _open(self.path) as file:
            data = file.read(self.offset) if self._crcs else b""
        self._last = data[data.rfind(b"\n", 0, -1) + 1 :]

    def _entries(self, file: IO[bytes]) -> Iterator[Entry]:
        """The entries of the whole lines from here on, each counted as read when it is yielded."""
        bad: ValueError | KeyError | TypeError | None = None
        for line in file:
            if not line.endswith(b"\n"):
                return
            if bad is not None:
                raise CorruptJournal(
                    f"{self.path}: the line at byte {self.offset} can't be read ({bad}), but others follow it",
                    "the journal was changed by something else: restore it from a copy",
                )
            try:
                entry, crc = decode_line(line[:-1], self.seq + 1, self.crc)
            except (ValueError, KeyError, TypeError) as error:
                bad = error
                continue
            self._crcs.append(crc)
            self._last, self.offset = line, self.offset + len(line)
            yield entry


def _open(path: Path) -> IO[bytes]:
    """A plain file for reading.  A pipe in its place must not make us wait."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        text = f"{path} can't be read: it is not a plain file"
        raise SwarmError(text, "move it away, and restore the journal from a copy")
    return open(fd, "rb", buffering=1 << 20)


@contextmanager
def _no_collection() -> Iterator[None]:
    """No garbage collection while a hundred thousand small objects are made: it more than doubles the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Journal:
    """The writer.  Open it under the leader's lock only.  `entries` is what was read when it was opened."""

    def __init__(self, path: Path) -> None:
        """Raises Busy where another process has the journal open for writing, JournalFull, and what a Reader raises."""
        if os.path.lexists(path):
            _open(path).close()  # what is no plain file is refused here, with a sentence
        self._fd = os.open(path, _WRITE, 0o600)
        try:
            _alone(path, self._fd)
            reader = Reader(path)
            self.entries: list[Entry] = reader.read()
            self._path, self._seq, self._crc, self._size = path, reader.seq, reader.crc, reader.offset
            self._broken = False
            _ready(path, self._fd, self._size)
        except BaseException:
            os.close(self._fd)
            raise

    def append(self, batch: Sequence[tuple[float, float, tuple[Event, ...]]]) -> list[Entry]:
        """Write entries of (wall seconds, boot seconds, events) and return them once they are on the disk.

        Raises JournalFull; then nothing of the batch is in the file.  Raises SwarmError where the file at the journal's
        path is another one by now: what we wrote would be read by nobody.
        """
        if self._broken:
            raise JournalFull(f"{self._path} took no more after a failed write", "free some space, then: swarm resume")
        entries, lines, crc = [], [], self._crc
        for number, (at, mono, events) in enumerate(batch, self._seq + 1):
            entry = Entry(number, at, mono, events)
            line, crc = encode_line(entry, crc)
            entries.append(entry)
            lines.append(line)
        self._write(b"".join(lines))
        self._seq, self._crc = self._seq + len(entries), crc
        return entries

    def is_ours(self) -> bool:
        """Whether the file at the journal's path is still the one that we write."""
        return is_same_file(self._fd, self._path)

    def _write(self, data: bytes) -> None:
        try:
            if not self.is_ours():
                self._broken = True
                raise SwarmError(f"{self._path} was removed or replaced while its run was led", _REPLACED)
            if os.write(self._fd, data) != len(data):
                raise OSError("short write")
            os.fdatasync(self._fd)
        except OSError as error:
            # An fsync that failed is never tried again: the kernel has already forgotten what it could not write.
            self._broken = True
            self._cut_back()
            raise JournalFull(
                f"{self._path} could not be written: {error.strerror or error}", "free some space, then: swarm resume"
            ) from error
        self._size += len(data)

    def _cut_back(self) -> None:
        try:
            os.ftruncate(self._fd, self._size)
        except OSError:
            pass  # the next one to open it sets the torn rest aside

    def close(self) -> None:
        """Close the file; the journal can't be used any more.  Safe to repeat."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


_WRITE = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK

_REPLACED = "restore it from a copy, then: swarm resume; workers go on with what they have"


def _alone(path: Path, fd: int) -> None:
    """Keep the journal to ourselves.  Raises Busy."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        who = f"the process that holds it is shown by: fuser {path}"
        raise Busy(f"another leader still has {path} open, though it holds no leader.lock", who) from None


def _ready(path: Path, fd: int, size: int) -> None:
    try:
        _set_torn_tail_aside(path, fd, size)
        _sync_directory(path.parent)
    except OSError as error:
        text = f"{path} could not be opened for writing: {error}"
        raise JournalFull(text, "free some space, then: swarm resume") from error


def _set_torn_tail_aside(path: Path, fd: int, size: int) -> None:
    """Cut what stands behind the last good line, after copying it to `<journal>.torn-<offset>`."""
    if os.fstat(fd).st_size <= size:
        return
    with open(path, "rb") as file:
        file.seek(size)
        tail = file.read()
    aside = os.open(_unused(path, size), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        if os.write(aside, tail) != len(tail):
            raise OSError("short write")
        os.fsync(aside)
    finally:
        os.close(aside)
    os.ftruncate(fd, size)
    os.fsync(fd)


def _unused(path: Path, size: int) -> Path:
    """A name for what is set aside: a journal may be torn at the same place more than once."""
    names = (path.with_name(f"{path.name}.torn-{size}" + (f".{count}" if count else "")) for count in itertools.count())
    return next(name for name in names if not os.path.lexists(name))


def _sync_directory(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
