"""An attempt without a leader: its mailbox, its directory, its environment, and the programs that run inside of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from inbox.maildir import Maildir
from inbox.message import Message, new_id
from inbox.watch import wait_for
from swarm.files import read_json
from swarm.paths import AttemptDir, MailDir, RunDir

PATIENCE = 20.0
"""Seconds after which a test gives up waiting."""


@dataclass(frozen=True, slots=True)
class AttemptWorld:
    """An attempt, the first, of the task `api` in the hands of `worker-1`."""

    run: RunDir
    tree: Path
    number: int = 1

    @property
    def mail(self) -> MailDir:
        return self.run.mailbox("worker-1")

    @property
    def dir(self) -> AttemptDir:
        return self.run.attempt("api", self.number)

    @property
    def env(self) -> dict[str, str]:
        """What a worker adds to its agent's environment."""
        return {
            "SWARM_MAIL": str(self.mail.path),
            "SWARM_TASK": "api",
            "SWARM_ATTEMPT": str(self.number),
            "SWARM_WORKER": "worker-1",
            "SWARM_ATTEMPT_DIR": str(self.dir.path),
        }

    @property
    def verdict(self) -> dict[str, Any]:
        return read_json(self.dir.verdict)

    def start(self, *argv: str, input: str = "", **more: str) -> subprocess.Popen[str]:
        """Start a module of ours inside the attempt."""
        program = subprocess.Popen(
            [sys.executable, "-P", "-m", *argv], cwd=self.tree, env={**os.environ, **self.env, **more}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert program.stdin is not None
        program.stdin.write(input)
        program.stdin.close()
        program.stdin = None
        return program

    def script(self, block: str, **more: str) -> tuple[int, str]:
        """Have the scripted agent do a block of steps; its exit code and all it printed."""
        return ended(self.start("swarm.agents.script", input=f"```steps\n{block}\n```\n", **more))

    def sent(self, kind: str) -> Message:
        """The next message of this kind in the worker's outbox, filed as the leader would."""
        box = Maildir(self.mail.outbox)
        found = wait_for(box, {kind}, PATIENCE)
        assert found is not None, f"no {kind} was sent"
        box.acknowledge(found[0])
        return found[1]

    def waiting(self, kind: str) -> list[str]:
        """Texts of that kind in the worker's outbox that nobody has taken."""
        return [message.text for _, message in Maildir(self.mail.outbox).receive({kind})]

    def unread(self) -> list[str]:
        """Texts of notes in the inbox that the agent has not been given."""
        return [message.text for _, message in Maildir(self.mail.inbox).receive({"note"})]

    def later(self) -> AttemptWorld:
        """The next attempt of the same task."""
        found = replace(self, number=self.number + 1)
        found.dir.path.mkdir()
        return found

    def deliver(self, text: str, kind: str = "note", sender: str = "operator", reply_to: str | None = None) -> str:
        """Put a message into the worker's inbox, as the leader does; its id."""
        now = time.time_ns()
        id = new_id(sender, now, 7)
        Maildir(self.mail.inbox).send(Message(id, sender, "worker-1", kind, text, now / 1e9, reply_to))
        return id


def attempt_world(tmp_path: Path, tree: Path) -> AttemptWorld:
    """A fresh attempt whose worktree is `tree`."""
    world = AttemptWorld(RunDir(tmp_path / "runs" / "r"), tree)
    Maildir(world.mail.inbox).create()
    Maildir(world.mail.outbox).create()
    world.dir.path.mkdir(parents=True)
    return world


def ended(program: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit code and the output of a program, once it has ended."""
    try:
        out, _ = program.communicate(timeout=PATIENCE)
    finally:
        program.kill()
        program.wait()
    return program.returncode, out
