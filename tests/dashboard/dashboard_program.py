"""`swarm dashboard` as a person starts it: a program of its own, on any free port, over a run with something in it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from simulated import SHOWN, Run, plan, showcase, shown_fate

from swarm.paths import RunDir

ARGV = (sys.executable, "-P", "-m", "swarm", "dashboard", "--port", "0")
PATIENCE = 60.0
"""Seconds for what would otherwise never end."""


def shown_run(place: Path) -> RunDir:
    """A run with a card in every column."""
    found = RunDir(place / "runs" / "add-auth")
    showcase(Run.written(found.journal, plan(SHOWN, 4), shown_fate))
    return found


class Program:
    """A dashboard that runs.  `url` is its newest link."""

    def __init__(self, run: RunDir, *words: str, env: Mapping[str, str] | None = None) -> None:
        environment = {**os.environ, "SWARM_MAIL": str(run.mailbox("operator").path), **(env or {})}
        self.process = subprocess.Popen(
            [*ARGV, "--json", *words], env=environment, cwd=run.path, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        self.said = self.next_link()
        self.url = str(self.said["url"])

    def next_link(self) -> dict[str, object]:
        """What it prints next, once it has."""
        line = self._out.readline()
        found: dict[str, object] = json.loads(line) if line else {"url": "", "err": self._err.read()}
        return found

    @property
    def _out(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout

    @property
    def _err(self) -> IO[str]:
        assert self.process.stderr is not None
        return self.process.stderr

    @property
    def boards(self) -> list[int]:
        """Process numbers of the boards it has started and that live."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def interrupt(self) -> tuple[int, str]:
        """Press Ctrl-C; the exit code, and what it has said beside its answer."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE)
        return code, self._err.read()

    def close(self) -> None:
        """End it in any case."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._out.close()
        self._err.close()


@contextmanager
def program(run: RunDir, *words: str, env: Mapping[str, str] | None = None) -> Iterator[Program]:
    """A dashboard of that run."""
    found = Program(run, *words, env=env)
    try:
        yield found
    finally:
        found.close()
