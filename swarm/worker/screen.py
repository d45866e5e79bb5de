"""What a worker shows in its pane: a readable view of the agent's log, for people.  Nothing is ever read back from it.

The pane may go away (tmux killed): then nothing is shown, and nothing else changes.
"""

from __future__ import annotations

import codecs
import os
import select
import sys
import time
from pathlib import Path

from swarm.core.plaintext import harmless
from swarm.files import read_part, size_of

MOST_PER_LOOK = 64 * 1024
"""Bytes of a log that are shown at one look; a flood is cut, the file has it all."""

PATIENCE = 0.3
"""Seconds that one text may take to be shown, and that a terminal which takes nothing is waited for, once."""


class Screen:
    """Standard output, for as long as there is one."""

    def __init__(self) -> None:
        self.gone = False
        """True once the terminal could not be written to."""
        self.lent = False
        """While an agent has the terminal to itself: nothing is shown then."""
        self._held = False
        if sys.stdout.isatty():
            os.set_blocking(sys.stdout.fileno(), False)  # nobody else reads or writes this pane
        self._colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR")

    def say(self, text: str) -> None:
        """Our own words, on a line of their own."""
        dim, plain = ("\x1b[2m", "\x1b[0m") if self._colours else ("", "")
        self._write(f"{dim}── {harmless(text)}{plain}\n")

    def show(self, text: str) -> None:
        """An agent's words: colours kept where the pane has any, every other escape code dropped."""
        self._write(harmless(text, colours=self._colours))

    def _write(self, text: str) -> None:
        if self.gone or self.lent:
            return
        rest = memoryview(text.encode("utf-8", "replace"))
        deadline = time.monotonic() + (0 if self._held else PATIENCE)
        try:
            while rest and self._takes_more(deadline):
                rest = rest[_written(rest) :]
        except OSError:
            self.gone = True  # EIO: the terminal was hung up

    def _takes_more(self, deadline: float) -> bool:
        """Whether it can be written to.  A person may hold it (ctrl-s): what comes then is not shown."""
        poll = select.poll()
        poll.register(sys.stdout.fileno(), select.POLLOUT)
        self._held = not poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
        return not self._held


def _written(text: memoryview) -> int:
    """Bytes of `text` that standard output has taken."""
    try:
        return os.write(sys.stdout.fileno(), text)
    except BlockingIOError:
        return 0


class LogView:
    """Shows a growing file on a screen."""

    def __init__(self, path: Path, screen: Screen) -> None:
        self._path, self._screen, self._offset = path, screen, 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    @property
    def size(self) -> int:
        """Bytes in the file now."""
        return size_of(self._path)

    def look(self) -> bool:
        """Show what is new.  True when there was anything."""
        size = self.size
        if size <= self._offset:
            return False
        skipped = size - self._offset - MOST_PER_LOOK
        if skipped > 0:
            self._screen.say(f"{skipped} bytes not shown; they are in {self._path}")
            self._offset += skipped
        data = read_part(self._path, self._offset, size - self._offset)
        self._offset += len(data)
        self._screen.show(self._decoder.decode(data))
        return True
