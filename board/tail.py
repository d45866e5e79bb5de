"""The end of a file that grows, followed: what is new is read and the rest is kept.

Knows a path and the lines of board.view.inks; not what the file is.  Files of attempts and gates are written by agents:
only plain files are read, no link is followed, and however much comes at once only its end counts.
"""

from __future__ import annotations

import codecs
import os
import stat
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from board.view import inks
from board.view.sheet import TextLine

TAIL = 128 * 1024
"""Bytes of the end of a file that are read."""

MOST_LINES = 2000
"""Lines that are kept."""

MOST_PENDING = 16 * 1024
"""Letters that are kept of a line without an end: far more than are ever shown of it."""


class Tail:
    """Follows one file.  A file that was replaced or has lost its end is read anew."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: tuple[int, int] | None = None
        self._begin(0)

    def read(self) -> Sequence[TextLine] | None:
        """The newest lines; None where there is no plain file.  The same object as long as nothing has changed."""
        descriptor = open_plain(self.path)
        if descriptor is None:
            self._file = None
            self._begin(0)
            return None
        try:
            found = os.fstat(descriptor)
            if (found.st_dev, found.st_ino) != self._file or found.st_size < self._offset:
                self._file = (found.st_dev, found.st_ino)
                self._begin(0)
            if found.st_size - self._offset > TAIL:
                self._begin(found.st_size - TAIL)
            self._take(os.pread(descriptor, found.st_size - self._offset, self._offset))
        finally:
            os.close(descriptor)
        return self._shown

    def _begin(self, offset: int) -> None:
        """Forget everything; the next byte to be read is at `offset`, within a line perhaps."""
        self._offset = offset
        self._within = offset > 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._lines: deque[TextLine] = deque(maxlen=MOST_LINES)
        self._ink = inks.NO_INK
        self._pending = ""
        self._shown: Sequence[TextLine] = ()

    def _take(self, data: bytes) -> None:
        if not data:
            return
        self._offset += len(data)
        if self._within:
            self._within = False
            data = data.partition(b"\n")[2] or data
        whole, end, rest = (self._pending + self._decoder.decode(data)).rpartition("\n")
        found, self._ink = inks.lines(whole + end, self._ink)
        self._lines.extend(found)
        rest, self._ink = inks.redrawn(rest, self._ink)
        self._pending = rest[:MOST_PENDING] + ("\r" if len(rest) > MOST_PENDING and rest.endswith("\r") else "")
        self._shown = [*self._lines, inks.line(rest, self._ink)[0]] if rest else list(self._lines)


def open_plain(path: Path) -> int | None:
    """A descriptor of a plain file; None where there is none: not there yet, a link, a pipe, a socket."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    return None
