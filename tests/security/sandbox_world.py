"""One sandboxed attempt after another, each a shell line carried out as a worker does it, and what stands outside."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from worker_world import PATIENCE, WorkerWorld

from swarm.core.events import AttemptEnded, WorkSealed
from swarm.core.plan import Fence, Sandbox
from swarm.errors import SwarmError
from swarm.sandbox import check
from swarm.worker.agentprocess import AgentProcess
from swarm.worker.attempt import Attempt

BOX = Sandbox(Fence.BWRAP)
NO_NET = Sandbox(Fence.BWRAP, network=False)
SECRET = "the-planted-secret"


def trouble() -> str:
    """Why no sandbox can be had on this machine, or ""."""
    try:
        check(NO_NET, os.environ)
    except SwarmError as error:
        return error.message
    return ""


needs_bwrap = pytest.mark.skipif(bool(why := trouble()), reason=f"bubblewrap can't be used here: {why}")


@dataclass
class SandboxWorld:
    """A worker's world, and the attempts that were carried out in it."""

    place: WorkerWorld
    attempts: int = 0
    log: str = ""
    """What the last agent printed."""
    code: int | None = None
    attempt: Attempt = field(init=False)

    def begin(self, line: str, **more: Any) -> AgentProcess:
        """Prepare the next attempt and start its agent."""
        self.attempts += 1
        work = self.place.work(line, self.attempts, **{"sandbox": BOX, "timeout": PATIENCE, **more})
        self.attempt = Attempt(self.place.run, work)
        refused = self.attempt.prepare()
        assert refused is None, refused
        agent = self.attempt.start()
        assert isinstance(agent, AgentProcess), agent
        return agent

    def finish(self, agent: AgentProcess) -> WorkSealed | AttemptEnded:
        """Watch it to its end, as a worker does, and conclude the attempt."""
        deadline = time.monotonic() + PATIENCE
        while (code := agent.ended()) is None:
            assert time.monotonic() < deadline, self.place.attempt(self.attempts).log.read_text()
            agent.watch(0)
            self.attempt.carry()
            time.sleep(0.01)
        self.attempt.carry(last=True)
        self.code = code
        ended = self.attempt.conclude(code, agent.ending or "exited")
        self.attempt.close()
        self.log = self.place.attempt(self.attempts).log.read_text(errors="replace")
        return ended

    def run(self, line: str, **more: Any) -> WorkSealed | AttemptEnded:
        """A whole attempt."""
        return self.finish(self.begin(line, **more))

    def sealed(self, line: str, **more: Any) -> str:
        """A whole attempt that has to leave work; its commit."""
        event = self.run(line, **more)
        assert isinstance(event, WorkSealed) and event.commit, (event, self.log)
        return event.commit

    def git(self, *words: str) -> str:
        """git in the hub, from outside."""
        command = ["git", f"--git-dir={self.place.run.home.hub}", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    @property
    def hub(self) -> Path:
        return self.place.run.home.hub


def alive_with(word: str) -> list[str]:
    """Command lines of living processes that hold this word."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if word.encode() in command and entry.name != str(os.getpid()):
            found.append(command.replace(b"\0", b" ").decode())
    return found
