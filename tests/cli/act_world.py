"""A run that lives, for the verbs that act: a leader and workers as processes of their own, started by `swarm`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from inbox.watch import Watch
from swarm import lease
from swarm.cli.context import load
from swarm.core.state import State, TaskState
from swarm.git.repository import discover
from swarm.paths import RunDir, home

PATIENCE = 30.0
"""Seconds after which a test gives up waiting."""


@dataclass(slots=True)
class LivingRun:
    """The run `demo` of a repository, with its leader in the foreground of a process of ours."""

    dir: RunDir
    leader: subprocess.Popen[bytes]

    def until(self, holds: Callable[[State], bool]) -> State:
        """The state as soon as something holds of it."""
        deadline = time.monotonic() + PATIENCE
        with Watch([self.dir.path]) as bell:
            while True:
                bell.clear()
                state = load(self.dir) if self.dir.journal.exists() else State()
                if holds(state):
                    return state
                assert time.monotonic() < deadline, (
                    f"still {[(t.id, t.status, t.reason) for t in state.tasks.values()]}"
                )
                bell.wait(0.5)

    def until_task(self, name: str, status: str) -> TaskState:
        """The task as soon as it has that status."""
        return self.until(lambda state: name in state.tasks and state.tasks[name].status == status).tasks[name]

    def kill_leader(self) -> None:
        """As the kernel would when memory is short."""
        self.leader.send_signal(signal.SIGKILL)
        self.leader.wait()

    def ended(self) -> int:
        """The leader's exit code."""
        return self.leader.wait(PATIENCE)

    def living_workers(self) -> list[str]:
        """Workers whose programs live."""
        state = load(self.dir)
        return [name for name in state.workers if lease.is_held(self.dir.mailbox(name).lock)]

    def kill_worker(self, name: str) -> None:
        """Kill a worker's program, and wait until it is gone."""
        lock = self.dir.mailbox(name).lock
        os.kill(int(lease.holder(lock)["pid"]), signal.SIGKILL)
        lease.wait_until_free(lock)

    def kill_all(self) -> None:
        """Leave nothing behind, whatever the test came to."""
        self.kill_leader()
        for name in self.living_workers() if self.dir.journal.exists() else ():
            self.kill_worker(name)


def _has_workers(state: State) -> bool:
    return bool(state.workers) and all(worker.up for worker in state.workers.values())


@contextmanager
def living_run(
    repo: Path, plan: str, workers: int = 2, ready: Callable[[State], bool] = _has_workers
) -> Iterator[LivingRun]:
    """`swarm start` on a task file, until it is `ready`: its workers are there."""
    (repo.parent / "plan.yaml").write_text(plan)
    argv = [sys.executable, "-P", "-m", "swarm", "start", "--executor", "process", "--run", "demo"]
    argv += ["--workers", str(workers), "--task-file", str(repo.parent / "plan.yaml")]
    with open(repo.parent / "leader.txt", "wb") as out:
        leader = subprocess.Popen(argv, cwd=repo, stdout=out, stderr=out, start_new_session=True)
    run = LivingRun(home(discover(repo).common_dir).run("demo"), leader)
    try:
        run.until(ready)
        yield run
    finally:
        run.kill_all()
