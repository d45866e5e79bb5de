"""A host without tmux: each worker's program is a plain process of its own session (CI, containers, cron).

Knows how to start one; whether it lives is said by its lock.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from swarm import lease
from swarm.executors.invocation import worker_argv, worker_env
from swarm.files import directory, make_way
from swarm.paths import RunDir
from swarm.process import spawn


@dataclass(frozen=True, slots=True)
class ProcessHost:
    """Starts worker programs that outlive the leader.  Their own words go to mail/<worker>/worker.log."""

    run: RunDir
    environ: Mapping[str, str]

    def ensure(self, worker: str) -> str:
        """Start the program unless one holds the worker's lock."""
        mail = self.run.mailbox(worker)
        if not lease.is_held(mail.lock):
            directory(mail.path)  # an agent may have removed it, or put something else there
            make_way(mail.log)
            env = worker_env(self.environ)
            pid = spawn(worker_argv(self.run, worker), env=env, cwd=self.run.path, stdin=None, stdout=mail.log)
            # Collect it when it ends, so that no zombie is left while the leader lives.
            threading.Thread(target=os.waitpid, args=(pid, 0), name=f"reap-{worker}", daemon=True).start()
        return ""

    def attach(self, worker: str) -> list[str] | None:
        """There is no terminal to attach to."""
        return None

    def shutdown(self) -> None:
        """Nothing is left to end: the programs quit by themselves."""
