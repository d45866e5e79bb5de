"""Small whole runs by the real command line with the process executor, and what can be seen of them afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from swarm import lease
from swarm.cli.context import here
from swarm.core.events import Event
from swarm.core.evolve import replay
from swarm.core.state import State
from swarm.journal import Reader
from swarm.paths import RunDir

PATIENCE = 90.0
"""Seconds after which a run is taken for hung."""

SWARM = [sys.executable, "-P", "-m", "swarm"]

E = TypeVar("E", bound=Event)


@dataclass
class LeaderWorld:
    """A repository, at most one run, and the leaders that were begun."""

    repo: Path
    path: Path
    leaders: list[subprocess.Popen[str]] = field(default_factory=list)

    def swarm(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*SWARM, *words], cwd=self.repo, env={**os.environ, **env}, capture_output=True, text=True, timeout=PATIENCE
        )

    def plan(self, text: str) -> str:
        file = self.path / "tasks.yaml"
        file.write_text(text)
        return str(file)

    def start(self, plan: str, workers: int = 2, executor: str = "process") -> subprocess.CompletedProcess[str]:
        """Start the run and see it to its end."""
        leader = self.begin(plan, workers, executor)
        out, err = leader.communicate(timeout=PATIENCE)
        return subprocess.CompletedProcess(leader.args, leader.returncode, out, err)

    def begin(self, plan: str, workers: int = 2, executor: str = "process") -> subprocess.Popen[str]:
        """Start the run and leave it to itself."""
        return self.lead(
            "start", "--run", "r", "--workers", str(workers), "--task-file", self.plan(plan), "--executor", executor
        )

    def lead(self, *words: str) -> subprocess.Popen[str]:
        leader = subprocess.Popen(
            [*SWARM, *words], cwd=self.repo, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, start_new_session=True,
        )  # fmt: skip
        self.leaders.append(leader)
        return leader

    @property
    def run(self) -> RunDir:
        before = os.getcwd()
        os.chdir(self.repo)
        try:
            return here()[1].run("r")
        finally:
            os.chdir(before)

    @property
    def state(self) -> State:
        return replay(Reader(self.run.journal).read())

    def events(self, kind: type[E]) -> list[E]:
        """All events of a kind, in order."""
        entries = Reader(self.run.journal).read()
        return [event for entry in entries for event in entry.events if isinstance(event, kind)]

    def prompt(self, task: str, attempt: int) -> str:
        return self.run.attempt(task, attempt).prompt.read_text()

    def git(self, *words: str) -> str:
        return subprocess.run(["git", *words], cwd=self.repo, check=True, capture_output=True, text=True).stdout.strip()

    def statuses(self) -> dict[str, str]:
        return {name: str(task.status) for name, task in self.state.tasks.items()}

    def until(self, what: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self._is(what):
            assert time.monotonic() < deadline, self.told()
            time.sleep(0.03)

    def _is(self, what: Callable[[], object]) -> bool:
        try:
            return bool(what())
        except FileNotFoundError:  # the run is only being made
            return False

    def told(self) -> str:
        with suppress(FileNotFoundError):
            return json.dumps(self.statuses())
        return "there is no run yet"

    def kill_agent(self, task: str, number: int) -> None:
        """Send its first attempt's agent a signal."""
        os.kill(json.loads(self.run.attempt(task, 1).agent.read_text())["pid"], number)

    def end(self) -> None:
        """End all leaders, then all workers with their agents."""
        for leader in self.leaders:
            if leader.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(leader.pid, signal.SIGKILL)
            leader.communicate()
        if self.leaders and self.run.journal.exists():
            state = self.state
            living = [name for name in state.workers if lease.is_held(self.run.mailbox(name).lock)]
            if living or not state.over:
                self.swarm("stop")


def tasks(*rows: dict[str, Any], **top: Any) -> str:
    """A task file (JSON is YAML)."""
    return json.dumps({"version": 1, "name": "r", **top, "tasks": list(rows)})


def task(name: str, command: str, *upstreams: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "command": command, "depends_on": list(upstreams), **more}


def writes(name: str, **more: Any) -> dict[str, Any]:
    """A task that writes a file of its own name."""
    return task(name, f"echo {name} > {name}.txt", **more)
