"""A person in front of a terminal: a tmux of the test's own, whose one pane is in the user's repository."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path


def until(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not look():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)  # a screen tells nobody that it has changed


class Seat:
    """The terminal, in which one command runs."""

    def __init__(self, socket: Path, cwd: Path) -> None:
        self._socket = socket
        self._tmux = ["tmux", "-u", "-f", "/dev/null", "-S", str(socket)]
        self._cwd = cwd

    def run(self, words: str) -> None:
        """Type a command into a new terminal; it says `left <code>` when that is over."""
        line = f"{sys.executable} -m swarm {words}; echo left $?; exec cat"
        self._call("new-session", "-d", "-x", "120", "-y", "30", "-c", str(self._cwd), "/bin/sh", "-c", line)

    def type(self, *keys: str) -> None:
        self._call("send-keys", *keys)

    def shows(self, text: str) -> bool:
        return text in self._call("capture-pane", "-p")

    def leave(self) -> None:
        """Press the detach key.  tmux takes keys that come within a millisecond of others for a paste: hence again."""

        def has_left() -> bool:
            self.type("C-b", "d")
            return self.shows("left 0")

        until(has_left)

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, check=False)
        self._socket.unlink(missing_ok=True)

    def _call(self, *words: str) -> str:
        return subprocess.run([*self._tmux, *words], capture_output=True, check=True, text=True).stdout
