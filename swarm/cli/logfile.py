"""A file that an agent or a check writes to, as text fit for a terminal; each look reads on from the last.

Knows nothing of tasks.  What comes out are whole lines (or all of it, once the writer is gone), so that an escape code
is never cut in two and slips through as text.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import TextIO

from swarm.core.plaintext import harmless

STEP = 256 * 1024
"""Bytes read at a time; a line longer than this is shown in pieces."""


class LogFile:
    """The file at `path`, which may not exist yet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._held = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def copy(self, to: TextIO, *, all_of_it: bool = True) -> bool:
        """Write what is new; without `all_of_it` an unfinished last line is left for the next time.  True if there was
        anything."""
        written = False
        while text := self._read():
            written = True
            to.write(harmless(self._whole_lines(text)))
        if all_of_it and self._held:
            held, self._held = self._held, ""
            to.write(harmless(held) + "\n")
            written = True
        to.flush()
        return written

    def rest(self) -> str:
        """All that is new, as one text."""
        pieces = [self._held]
        self._held = ""
        while text := self._read():
            pieces.append(text)
        return harmless("".join(pieces))

    def _whole_lines(self, text: str) -> str:
        text = self._held + text
        end = text.rfind("\n") + 1 if len(text) < STEP or "\n" in text else len(text)
        self._held = text[end:]
        return text[:end]

    def _read(self) -> str:
        """The next piece; "" at the end.  A character that is not complete yet is left for the next time."""
        try:
            with open(self._path, "rb") as file:
                file.seek(self._offset)
                data = file.read(STEP)
        except FileNotFoundError:
            return ""
        self._offset += len(data)
        return self._decoder.decode(data)
