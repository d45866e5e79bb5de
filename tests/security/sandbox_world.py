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
from swarm.worker.attempt import Attempt
from swarm.worker.child import Child

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

    def begin(self, line: str, **more: Any) -> Child:
        """Prepare the next attempt and start its agent, or the setup before it."""
        self.attempts += 1
        work = self.place.work(line, self.attempts, **{"sandbox": BOX, "timeout": PATIENCE, **more})
        self.attempt = Attempt(self.place.run, work)
        child = self.attempt.begin()
        assert isinstance(child, Child), child
        return child

    def finish(self, child: Child) -> WorkSealed | AttemptEnded:
        """Watch it to its end, as a worker does, and conclude the attempt."""
        deadline = time.monotonic() + PATIENCE
        while True:
            code = child.ended()
            if code is None:
                assert time.monotonic() < deadline, self.place.attempt(self.attempts).log.read_text()
                child.watch()
                self.attempt.carry()
                time.sleep(0.01)
                continue
            self.code = code
            came = self.attempt.follow(child, code)
            if not isinstance(came, Child):
                break
            child = came
        self.attempt.close()
        self.log = self.place.attempt(self.attempts).log.read_text(errors="replace")
        return came

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
