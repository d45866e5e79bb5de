"""A repository, a leader over it and what an attack may not do: the world of all the tables in this directory.

Knows the command line and files, nothing of what a row does.  One leader serves many rows: each row is a task, and its
`echo` of honest work is what shows that the leader took no harm.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swarm.cli.context import here
from swarm.core.events import Event
from swarm.core.evolve import replay
from swarm.core.state import State
from swarm.journal import Reader
from swarm.paths import RunDir

PATIENCE = 400.0
"""Seconds after which a run counts as hung.  No promise of speed: the machine may be busy."""

SWARM = (sys.executable, "-P", "-m", "swarm")

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""What a terminal may obey, or what turns writing around; newline and tab are plain text."""


@dataclass(frozen=True)
class Said:
    """What a call answered; `hung` where it had to be ended."""

    code: int
    out: str
    err: str
    hung: bool = False

    @property
    def text(self) -> str:
        return self.out + self.err


@dataclass
class Ground:
    """A repository with at most one run, called r."""

    repo: Path
    path: Path
    world: Path

    @property
    def canary(self) -> Path:
        """The file outside everything that no row may bring about."""
        return self.path / "pwned"

    def swarm(self, *words: str, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Said:
        """Call a verb; a call that hangs is ended, and says so."""
        child = subprocess.Popen(
            [*SWARM, *words], cwd=cwd or self.repo, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        try:
            out, err = child.communicate(timeout=PATIENCE)
            hung = False
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            out, err = child.communicate()
            hung = True
        return Said(child.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"), hung)

    def start(self, plan: str, workers: int = 2, executor: str = "process", **env: str) -> Said:
        """Start the run of this task file and see it to its end."""
        file = self.path / "tasks.yaml"
        file.write_text(plan)
        words = ("start", "--run", "r", "--workers", str(workers), "--task-file", str(file), "--executor", executor)
        return self.swarm(*words, env=env)

    @property
    def run(self) -> RunDir:
        before = os.getcwd()
        os.chdir(self.repo)
        try:
            return here()[1].run("r")
        finally:
            os.chdir(before)

    @property
    def hub(self) -> Path:
        return self.run.home.hub

    @property
    def state(self) -> State:
        return replay(Reader(self.run.journal).read())

    def events(self, kind: type[Any]) -> list[Any]:
        """All events of a kind, in order."""
        entries = Reader(self.run.journal).read()
        found: list[Event] = [event for entry in entries for event in entry.events if isinstance(event, kind)]
        return found

    def statuses(self) -> dict[str, str]:
        return {name: str(task.status) for name, task in self.state.tasks.items()}

    def until(self, what: Callable[[], object]) -> None:
        """Wait until it holds; a deadline ends what never would."""
        deadline = time.monotonic() + PATIENCE
        while not what():
            assert time.monotonic() < deadline, self.statuses()
            time.sleep(0.1)

    def git(self, *words: str, at: Path | None = None) -> str:
        return subprocess.run(
            ["git", *words], cwd=at or self.repo, check=True, capture_output=True, text=True
        ).stdout.strip()

    def in_hub(self, *words: str) -> str:
        return self.git(f"--git-dir={self.hub}", *words)

    def everything(self) -> bytes:
        """All bytes of our state outside the hub's objects and the worktrees: what is kept of what was said."""
        found = []
        for directory, names, files in os.walk(self.world / "state"):
            names[:] = [name for name in names if name not in ("objects", "worktrees", "landing")]
            for name in files:
                path = Path(directory, name)
                if path.is_file() and not path.is_symlink() and path.stat().st_size < 1 << 24:
                    found.append(path.read_bytes())
        return b"\n".join(found)

    def end(self) -> None:
        """End, one by one, every process of this world that still lives: those that a row has made hang."""
        for pid in living(str(self.world)):
            os.kill(pid, signal.SIGKILL)


def living(mark: str) -> list[int]:
    """Processes, not ourselves, that bear the mark in their environment or on their command line."""
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                said = Path(entry.path, "environ").read_bytes() + Path(entry.path, "cmdline").read_bytes()
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
            if mark.encode() in said:
                found.append(int(entry.name))
    return found


def plan(*rows: dict[str, Any], **top: Any) -> str:
    """A task file (JSON is YAML) in which nothing is tried twice unless a row says so."""
    return json.dumps({"version": 1, "name": "r", "limits": {"retries": 0}, **top, "tasks": list(rows)})


def task(name: str, command: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "command": command, **more}


def ids(table: Mapping[str, object]) -> dict[str, str]:
    """From each row's words to an id that a task may have."""
    return {words: re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:60] for words in table}


def no_insides(said: Said) -> list[str]:
    """What of our insides is to be seen in an answer."""
    return [word for word in ("Traceback", "a bug in swarm", "Errno", 'File "/') if word in said.text]
