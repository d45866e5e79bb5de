"""What the board asks other programs for: the diff of a task as text, and the way into its pane.

Knows the command line of swarm, not how a diff is made or what a pane is.  A verb runs in the user's repository and is
told by the environment which run is meant; nobody types into it.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import dataclass

MOST = 1 << 20
"""Bytes of a diff that are shown."""


@dataclass(frozen=True, slots=True)
class Verbs:
    """How swarm is started.  `prefix` is what stands before the verb."""

    prefix: tuple[str, ...] = (sys.executable, "-m", "swarm")

    async def diff(self, run: str, repo: str, task: str) -> tuple[bool, str]:
        """Whether it worked, and the diff or what was said instead.  The program ends when the caller is cancelled."""
        environment = _environment(run) | {"GIT_PAGER": "cat", "PAGER": "cat", "NO_COLOR": "1", "TERM": "dumb"}
        try:
            process = await asyncio.create_subprocess_exec(
                *self.prefix, "diff", task, cwd=repo or None, env=environment,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
        except OSError as error:
            return False, f"swarm diff could not be started: {error.strerror}"
        try:
            assert process.stdout is not None
            data = await _at_most(process.stdout, MOST + 1)
            if len(data) <= MOST:
                return await process.wait() == 0, data.decode(errors="replace")
            return True, data[:MOST].decode(errors="replace") + f"\n… and more: swarm diff {task}"
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    def attach(self, run: str, repo: str, task: str) -> int:
        """Give the terminal to the task's pane until the person leaves it; the exit code."""
        argv = [*self.prefix, "attach", task]
        return subprocess.run(argv, cwd=repo or None, env=_environment(run), check=False).returncode


async def _at_most(stream: asyncio.StreamReader, most: int) -> bytes:
    """What comes until the end, or the first `most` bytes of it."""
    found = bytearray()
    while len(found) < most and (chunk := await stream.read(min(1 << 16, most - len(found)))):
        found += chunk
    return bytes(found)


def _environment(run: str) -> dict[str, str]:
    return {**os.environ, "SWARM_RUN": run}
