"""What the board asks other programs for: the diff of a task as text, and the way into its pane.

Knows the command line of swarm, not how a diff is made or what a pane is.  A verb runs in the user's repository, and
SWARM_MAIL, a mailbox of the run, tells it which run is meant: the newest one need not be the one on the board.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

MOST = 4 << 20
"""Bytes of a diff that are shown; those of binary files don't count."""

LONG = 1 << 16
"""Bytes of a line that are waited for."""

_BINARY = b"GIT binary patch"
_FILE = b"diff --git "


@dataclass(frozen=True, slots=True)
class Verbs:
    """How swarm is started.  `mail` is a mailbox of the run, `prefix` what stands before the verb."""

    mail: Path
    prefix: tuple[str, ...] = (sys.executable, "-P", "-m", "swarm")

    async def diff(self, repo: str, task: str) -> tuple[bool, str]:
        """Whether it worked, and the diff or what was said instead.  The program ends when the caller is cancelled."""
        environment = self._environment() | {"GIT_PAGER": "cat", "PAGER": "cat", "NO_COLOR": "1", "TERM": "dumb"}
        with tempfile.TemporaryFile() as talk:  # a file never fills up as a second pipe would
            try:
                process = await asyncio.create_subprocess_exec(
                    *self.prefix, "diff", task, cwd=repo or None, env=environment, start_new_session=True,
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=talk,
                )  # fmt: skip
            except OSError as error:
                return False, f"swarm diff could not be started: {error.strerror}"
            answer = await _answer(process)
            if process.returncode == 0 or len(answer) > MOST:
                more = f"\n… and more: swarm diff {task}" if len(answer) > MOST else ""
                return True, answer[:MOST].decode(errors="replace") + more
            talk.seek(0)
            return False, (talk.read(MOST) or answer).decode(errors="replace")

    def attach(self, repo: str, task: str, verb: str = "attach") -> int:
        """Give the terminal to the task's pane until the person leaves it; the exit code.  With the verb `take` its
        agent's conversation is theirs meanwhile."""
        argv = [*self.prefix, verb, task]
        return subprocess.run(argv, cwd=repo or None, env=self._environment(), check=False).returncode

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "SWARM_MAIL": str(self.mail)}


async def _answer(process: asyncio.subprocess.Process) -> bytes:
    """What the program writes, at most MOST + 1 bytes of it; in any case the program is gone afterwards."""
    assert process.stdout is not None
    found = _Text()
    try:
        while len(found.kept) <= MOST and (chunk := await process.stdout.read(1 << 16)):
            found.add(chunk)
        if len(found.kept) <= MOST:
            found.end()
            await process.wait()
        return bytes(found.kept[: MOST + 1])
    finally:
        if process.returncode is None:
            _kill(process.pid)
            await process.communicate()  # to the end of the pipe: asyncio lets go of it only then


class _Text:
    """A diff without the bytes of binary files, which come in letters that nobody reads."""

    def __init__(self) -> None:
        self.kept = bytearray()
        self._rest = b""
        self._within = False

    def add(self, chunk: bytes) -> None:
        """Take what came, up to the last end of a line; a line that goes on for ever is taken as it comes."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            self._within = self._within and not line.startswith(_FILE)
            if not self._within:
                self.kept += line + b"\n"
            self._within = self._within or line == _BINARY
        if len(self._rest) > LONG:
            self.end()

    def end(self) -> None:
        """Nothing more comes of this line."""
        if not self._within:
            self.kept += self._rest
        self._rest = b""


def _kill(group: int) -> None:
    """End the verb with whatever it has started: it leads a process group of its own."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass  # it has just ended by itself
