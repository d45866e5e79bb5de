"""An agent's output as it is read: the raw stream in, readable text out, and what was learnt from it kept.

The agent writes its stream into one file; what people are shown of it goes into another, the attempt's log, which
boards, logs and feedback read.  Knows no process.  Read anew from the start, after a crash, it tells the same.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from pathlib import Path

from swarm.agents.reading import Reader, Said
from swarm.files import directory, make_way, open_log, read_part, size_of
from swarm.worker.hiding import Hidden

TURN = '{"type":"swarm.turn"}'
"""The line in front of each turn.  Written by us: what a stream tells (whose usage it counts) may depend on it."""

CHUNK = 256 * 1024
"""Bytes that are read at a time."""

MOST_PER_LOOK = 16 * CHUNK
"""Bytes that are read at one look while the agent runs: who prints faster than it is read must still be watched."""

MOST_IN_A_LINE = 16 * 1024 * 1024
"""Bytes of a line that is still waited for to end; a longer one is taken in pieces."""


class Stream:
    """The stream of one attempt.  `shown` None: nobody is shown anything (what was said is only learnt again)."""

    def __init__(self, path: Path, shown: Path | None, reader: Reader) -> None:
        self.path, self._shown, self._reader = path, shown, reader
        self._offset = 0
        self._rest = ""
        self._values: dict[tuple[str, str], None] = {}
        self._hidden = Hidden()
        self._held = ""
        """What is not shown yet: it may be the beginning of a secret."""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    @property
    def said(self) -> Said:
        """What its lines have told."""
        return self._reader.said

    def hide(self, values: Mapping[str, str]) -> None:
        """These values, by their names, are neither shown nor learnt from now on, nor those that were hidden before."""
        self._values.update(dict.fromkeys(values.items()))
        self._hidden = Hidden(self._values)

    def begin(self) -> None:
        """A turn begins: what comes is its output.  Of the one before it nothing comes any more."""
        self.read(last=True)
        if self._offset > size_of(self.path):  # the agent has removed it, and a new one is begun
            self._offset = 0
        _append(self.path, f"\n{TURN}\n")
        self.read(last=True)

    def note(self, text: str) -> None:
        """A line of our own among what people are shown."""
        self._show([f"\n── {text}\n"])

    def read(self, last: bool = False) -> None:
        """Take in what is new; `last`: nobody writes any more, so a line without its newline is whole too."""
        end = self._offset + MOST_PER_LOOK
        while self._offset < size_of(self.path) and (last or self._offset < end):
            data = read_part(self.path, self._offset, CHUNK)
            if not data:
                break
            self._offset += len(data)
            self._take(self._decoder.decode(data))
        if last and self._rest:
            rest, self._rest = self._rest, ""
            self._show([self._line(rest)])
        if last:
            held, self._held = self._held, ""
            self._write(held)

    def _take(self, text: str) -> None:
        *lines, self._rest = (self._rest + text).split("\n")
        if len(self._rest) > MOST_IN_A_LINE:
            lines, self._rest = [*lines, self._rest], ""
        self._show([self._line(line) for line in lines])

    def _line(self, line: str) -> str:
        if line != TURN:
            return self._reader.line(self._hidden.line(line))
        self._reader.begin()
        return ""

    def _show(self, texts: list[str]) -> None:
        text = "".join((self._held, *texts))
        ready = self._hidden.ready(text)
        self._held = text[ready:]
        self._write(text[:ready])

    def _write(self, text: str) -> None:
        if text and self._shown is not None:
            _append(self._shown, self._hidden.text(text))


def _append(path: Path, text: str) -> None:
    directory(path.parent)
    make_way(path)  # what an agent has put in its place
    with open(open_log(path), "ab") as file:
        file.write(text.encode("utf-8", "replace"))
