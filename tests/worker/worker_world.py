"""A worker without a leader: a hub, a mailbox, real worker programs, and the letters that go in and come out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from inbox.maildir import Maildir
from inbox.message import Message
from swarm.core import codec
from swarm.core.assignment import Assignment
from swarm.core.plan import Expects
from swarm.executors.invocation import worker_argv, worker_env
from swarm.git.hub import Hub
from swarm.git.repository import discover
from swarm.leader.launch import make_mail
from swarm.paths import AttemptDir, Home, MailDir, RunDir, private_dir

PATIENCE = 60.0
"""Seconds after which a test gives up waiting."""

NAME = "worker-1"


def until(what: Callable[[], object], why: Callable[[], object] = str) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, why()
        time.sleep(0.01)


@dataclass
class WorkerWorld:
    """A run with a hub and a mailbox for worker-1; programs that were begun are ended by the fixture."""

    run: RunDir
    repo: Path
    base: str
    programs: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def mail(self) -> MailDir:
        return self.run.mailbox(NAME)

    @property
    def worktree(self) -> Path:
        return self.run.worktrees / NAME

    def attempt(self, number: int = 1, task: str = "job") -> AttemptDir:
        return self.run.attempt(task, number)

    def work(self, line: str, attempt: int = 1, **more: Any) -> Assignment:
        """An assignment of a shell line."""
        made = Assignment(
            run=self.run.name, task="job", attempt=attempt, worker=NAME, base=self.base,
            branch=f"swarm/{self.run.name}/job.{attempt}", argv=("/bin/sh", "-c", line), expects=Expects.ANY, grace=1.0,
            repo=str(self.repo), title="the job",
        )  # fmt: skip
        return replace(made, **more)

    def assign(self, work: Assignment) -> None:
        self.put("assign", json.dumps(codec.encode(work)), work.key)

    def put(self, kind: str, text: str, id: str) -> None:
        """A letter of the leader to the worker."""
        Maildir(self.mail.inbox).send(Message(id, "leader", NAME, kind, text, time.time()))

    def begin(self, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start a program of the worker, as a host does."""
        self.mail.path.mkdir(exist_ok=True)
        with open(self.mail.log, "ab") as log:
            program = subprocess.Popen(
                worker_argv(self.run, NAME), env=env or worker_env(os.environ), cwd=self.run.path,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.programs.append(program)
        return program

    def letters(self, kind: str) -> list[Message]:
        """What the worker has sent of this kind so far; it is not moved on."""
        try:
            return [message for _, message in Maildir(self.mail.outbox).receive({kind})]
        except (FileNotFoundError, PermissionError):  # its agent is at it
            return []

    def said(self) -> str:
        """The worker's own words, for a failing test."""
        return self.mail.log.read_text() if self.mail.log.exists() else "(nothing)"

    def until(self, what: Callable[[], object]) -> None:
        until(what, self.said)

    def end_of(self, attempt: int = 1, task: str = "job") -> dict[str, Any]:
        """The report on an attempt, once it is there: its fields, and its kind as `kind`."""
        found: list[dict[str, Any]] = []

        def reported() -> bool:
            for kind in ("sealed", "ended"):
                for letter in self.letters(kind):
                    said = json.loads(letter.text)
                    if (said["task"], said["attempt"]) == (task, attempt):
                        found.append({**said, "kind": kind})
            return bool(found)

        self.until(reported)
        return found[0]

    def show(self, commit: str, path: str) -> str:
        """A file of a commit in the hub."""
        command = ["git", f"--git-dir={self.run.home.hub}", "show", f"{commit}:{path}"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def names(self, commit: str) -> list[str]:
        """The paths of a commit in the hub."""
        command = ["git", f"--git-dir={self.run.home.hub}", "ls-tree", "-r", "--name-only", commit]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()

    def refs(self, under: str) -> list[str]:
        command = ["git", f"--git-dir={self.run.home.hub}", "for-each-ref", "--format=%(refname)", under]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()

    def end(self) -> None:
        """End all programs, and with them their agents."""
        for program in self.programs:
            program.send_signal(signal.SIGCONT)
        for program in self.programs:
            program.kill()
            program.wait()


def worker_world(repo: Path, path: Path) -> WorkerWorld:
    home = Home(private_dir(path / "state"))
    user = discover(repo)
    Hub(home.hub).create(user)
    run = RunDir(home.runs / "bench")
    for directory in (run.worktrees, run.live, run.path / "attempts"):
        private_dir(directory)
    make_mail(run, [NAME, "worker-2", "operator"])
    return WorkerWorld(run, repo, user.resolve("HEAD"))
