"""The journal: JSON lines with a contiguous number and a crc chained over the line before; the only truth of a run.

Knows entries, not what they mean.  One writer (the leader, under its lock), any number of readers.  A batch of entries
is one write and one fdatasync.  A torn last line is set aside and cut; a bad line with good ones behind it is
corruption and refuses.  A write that fails is cut back to the last good line, and the journal takes nothing more.
"""

from __future__ import annotations

import gc
import itertools
import json
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from swarm.core import codec
from swarm.core.events import EVENTS, Entry, Event
from swarm.errors import SwarmError

VERSION = 1
"""Version of the lines.  Older ones are read; a newer one is refused."""


class CorruptJournal(SwarmError):
    """A line that can't be read is followed by others that can."""


class JournalFull(SwarmError):
    """A write failed (disk full, I/O error).  Nothing half-written is left, and this journal takes nothing more."""


def encode_line(entry: Entry, crc: int) -> tuple[bytes, int]:
    """One line with its newline, and the crc that the next line builds on."""
    # "event" is the name of no field of any event, which a test holds.
    events = [{"event": type(event).__name__, **codec.encode(event)} for event in entry.events]
    record = {"seq": entry.seq, "v": VERSION, "at": entry.at, "mono": entry.mono, "events": events}
    body = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    crc = zlib.crc32(body, crc)
    return b'{"crc":"%08x",' % crc + body[1:] + b"\n", crc


def decode_line(line: bytes, seq: int, crc: int) -> tuple[Entry, int]:
    """The entry of one line (without its newline) and its crc.

    Raises ValueError when it is not the line that must come here, SwarmError when it is whole but written by a newer
    version: that one must never be taken for torn, and cut.
    """
    if not line.startswith(b'{"crc":"') or line[16:18] != b'",':
        raise ValueError("it does not begin with a crc")
    body = b"{" + line[18:]
    found = zlib.crc32(body, crc)
    if line[8:16] != b"%08x" % found:
        raise ValueError("its crc does not fit")
    record = json.loads(body.decode("utf-8", "surrogatepass"))
    if record["v"] > VERSION:
        raise SwarmError(f"the journal was written by a newer version of swarm (format {record['v']})", "update swarm")
    if record["seq"] != seq:
        raise ValueError(f"its number is {record['seq']}, not {seq}")
    try:
        events = tuple(_event(one) for one in record["events"])
    except (KeyError, codec.DecodeError) as error:
        unknown = f"entry {seq} of the journal is unknown to this version of swarm ({error})"
        raise SwarmError(unknown, "update swarm") from None
    return Entry(seq, record["at"], record["mono"], events), found


def _event(record: dict[str, Any]) -> Event:
    kind = EVENTS[record.pop("event")]
    return codec.decode(kind, record)


class Reader:
    """Reads a journal from the start and, asked again, whatever has been added since."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = 0
        self.seq = 0
        self.crc = 0

    def read(self) -> list[Entry]:
        """The entries after the last one read.  An unfinished last line is left for the next time.

        Raises CorruptJournal; FileNotFoundError when there is no journal.
        """
        with open(self.path, "rb") as file:
            file.seek(self.offset)
            data = file.read()
        with _no_collection():
            return list(self._entries(data))

    def _entries(self, data: bytes) -> Iterator[Entry]:
        start = 0
        while (end := data.find(b"\n", start)) >= 0:
            try:
                entry, self.crc = decode_line(data[start:end], self.seq + 1, self.crc)
            except (ValueError, KeyError, TypeError) as error:
                if b"\n" in data[end + 1 :]:
                    raise CorruptJournal(
                        f"{self.path}: the line at byte {self.offset} can't be read ({error}), but others follow it",
                        "the journal was changed by something else: restore it from a copy",
                    ) from None
                return
            self.seq = entry.seq
            self.offset += end + 1 - start
            start = end + 1
            yield entry


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
        reader = Reader(path)
        self.entries: list[Entry] = reader.read() if path.exists() else []
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        self._path, self._seq, self._crc, self._size = path, reader.seq, reader.crc, reader.offset
        self._broken = False
        try:
            _set_torn_tail_aside(path, self._fd, self._size)
            _sync_directory(path.parent)
        except OSError as error:
            os.close(self._fd)
            text = f"{path} could not be opened for writing: {error}"
            raise JournalFull(text, "free some space, then: swarm resume") from error

    def append(self, batch: Sequence[tuple[float, float, tuple[Event, ...]]]) -> list[Entry]:
        """Write entries of (wall seconds, boot seconds, events) and return them once they are on the disk.

        Raises JournalFull; then nothing of the batch is in the file.
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

    def _write(self, data: bytes) -> None:
        try:
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
        """Close the file; the journal can't be used any more."""
        os.close(self._fd)


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
