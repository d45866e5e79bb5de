"""The cell of an attempt: what a sandboxed agent may write besides its worktree.

    <attempt>/cell/git      seen as the worktree's admin directory in the hub: a repository of its own
    <attempt>/cell/mail     seen as the worker's mail directory: see `swarm.worker.hatch`
    <attempt>/cell/attempt  seen as the attempt's directory: its verdict, report and usage; the prompt beside them

Everything else of the run, the journal, other mail, other attempts and worktrees, the hub but for its objects, and the
user's checkout, is not there; but for the last of these parts of earlier attempts of the task, to read, where the agent
goes on with a conversation that it had in one of them.
"""

from __future__ import annotations

from pathlib import Path

from swarm.core.assignment import Assignment
from swarm.files import is_directory
from swarm.git import refs
from swarm.git.cell import Cell
from swarm.git.place import Place
from swarm.paths import AttemptDir, MailDir, RunDir
from swarm.room import Room
from swarm.sandbox import Bind
from swarm.worker.agentprocess import signature
from swarm.worker.hatch import Hatch, make_mailbox


class AttemptCell:
    """The cell of one attempt.  Without a sandbox there is none, and everything here does nothing."""

    def __init__(self, run: RunDir, work: Assignment, place: Place) -> None:
        attempt, mail = run.attempt(work.task, work.attempt), run.mailbox(work.worker)
        self._attempt, self._mail, self._work = attempt, mail, work
        self._own_attempt, self._own_mail = AttemptDir(attempt.cell / "attempt"), MailDir(attempt.cell / "mail")
        self._repository = Cell(attempt.cell / "git", place)
        more = (
            Bind(self._own_mail.path, mail.path, write=True), Bind(self._own_attempt.path, attempt.path, write=True),
            Bind(attempt.prompt, attempt.prompt), *(Bind(path, path) for path in _before(run, work)),
        )  # fmt: skip
        self._room = Room(run, Path(work.repo), work.sandbox, work.setup, self._repository, more)
        self._hatch: Hatch | None = None

    @property
    def said(self) -> AttemptDir:
        """Where the agent leaves its verdict, its report and its usage."""
        return self._own_attempt if self._room.closed else self._attempt

    def make(self) -> tuple[str, ...]:
        """Make it anew; the command to put before that of the agent.  SwarmError where there can be no sandbox."""
        if not self._room.closed:
            return ()
        if not self._attempt.prompt.exists():
            self._attempt.prompt.write_bytes(b"")
        self._repository.make(f"{refs.HEADS}{self._work.branch}", self._work.base, signature(self._work))
        self._own_attempt.path.mkdir(mode=0o700, exist_ok=True)
        make_mailbox(self._own_mail, self._mail)
        return self._room.box()

    def carry(self, last: bool = False) -> bool:
        """Carry letters in and out; see `Hatch.carry`."""
        if not self._room.closed or not self._own_mail.path.is_dir():
            return False
        self._hatch = self._hatch or Hatch(self._own_mail, self._mail)
        return self._hatch.carry(last)

    def take_over(self) -> None:
        """Bring what was committed inside into the hub.  SwarmError where that can't be done."""
        if self._room.closed:
            self._repository.take_over(self._work.branch, self._work.base, self._room.export_box)


def _before(run: RunDir, work: Assignment) -> list[Path]:
    """What earlier attempts of the task left where they saw their own directories, where its agent is to go on with a
    conversation: there it may have kept it.  The directories are ours; what lies in them is read inside alone."""
    earlier = range(1, work.attempt) if work.earlier else ()
    places = (run.attempt(work.task, number).cell / "attempt" for number in earlier)
    return [path for path in places if is_directory(path)]


