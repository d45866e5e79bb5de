"""The local executor: a pool of worker programs that are there before the work is.

Starting an attempt is one message to a worker.  Everything is on disk: `live/<key>` says which attempts were accepted
and for whom, the worker's inbox and the attempt's records say how far they are.  Knows nothing of where the worker
programs live (a tmux pane, a plain process): that is a Host.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from typing import Any, Protocol

from inbox.maildir import Maildir
from inbox.message import Malformed, Message
from swarm import lease
from swarm.core import codec
from swarm.core.assignment import Assignment
from swarm.core.plan import ID_PATTERN
from swarm.executors.contract import Life, Rejected, Seen, Unavailable
from swarm.files import directory, make_way, read_json, read_part, write_json
from swarm.paths import AttemptDir, MailDir, RunDir

LEADER = "leader"
ASSIGN = "assign"
CANCEL = "cancel"
QUIT = "quit"


class Host(Protocol):
    """Where the worker programs of a pool live."""

    def ensure(self, worker: str) -> str:
        """Have the worker's program run; its place ("" where it has none).  Does nothing where it runs already."""

    def attach(self, worker: str) -> list[str] | None:
        """A command that shows the worker in this terminal."""

    def shutdown(self) -> None:
        """End what the host itself started.  The workers have been asked to quit before."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Keeps the contract of swarm.executors.contract for the workers of one run."""

    run: RunDir
    host: Host

    def start(self, work: Assignment) -> None:
        """Accept an attempt: note it in `live/`, then put the assignment into its worker's inbox."""
        box = self._inbox(work.worker)
        if not box.exists() and not (self.run.worktrees / work.worker).exists():
            raise Rejected(f"{work.worker} has no mailbox in {self.run.path}")
        text = json.dumps(codec.encode(work))
        try:
            directory(self.run.live)
            write_json(self.run.live / work.key, _live(work))
            # Who has worked has had a box; an agent may have removed it since, and its program not yet mended that.
            message = Message(work.key, LEADER, work.worker, ASSIGN, text, time.time())
            mended_inbox(self.run.mailbox(work.worker)).send(message)
        except Malformed as error:
            self.forget(work.key)
            raise Rejected(f"its assignment can't be handed over: {error}", "shorten its command or its env") from None
        except OSError as error:
            raise Unavailable(f"{work.key} could not be handed over: {error.strerror}", "is the disk full?") from error

    def has(self, work: Assignment) -> bool:
        """Whether this attempt was accepted before: its assignment lies, or lay, in its worker's inbox."""
        box, name = self._inbox(work.worker), f"{work.key}.{ASSIGN}"
        return any(os.path.lexists(place / name) for place in (box.new, box.cur, box.done))

    def observe(self) -> dict[str, Seen]:
        """Every attempt that was accepted and not forgotten."""
        if not self.run.live.exists():
            return {}
        names = sorted(name for name in os.listdir(self.run.live) if not name.startswith("."))
        return {name: self._see(name, self._note(name)) for name in names}

    def cancel(self, key: str, grace: float, *, spent: bool = False) -> None:
        """Withdraw the attempt if its worker has not taken it, else ask the worker to end it; `spent`: because the
        run's budget is used up."""
        live = self._note(key)
        if not live or self.withdraw(key):
            return
        box = mended_inbox(self.run.mailbox(live["worker"]))
        text = json.dumps({"key": key, "grace": grace, **({"why": "spent"} if spent else {})})
        box.send(Message(f"{key}.{CANCEL}", LEADER, live["worker"], CANCEL, text, time.time()))

    def withdraw(self, key: str) -> bool:
        """Take the attempt back.  True when it can't begin any more; False when its worker has already taken it.

        One rename decides: the worker claims the assignment by moving the very same file.
        """
        path = self.run.live / key
        live = self._note(key)
        if not live:
            return True
        if live.get("withdrawn"):
            return True
        box = self._inbox(live["worker"])
        name = f"{key}.{ASSIGN}"
        if os.path.lexists(box.cur / name) or os.path.lexists(box.done / name):
            return False
        try:
            os.rename(box.new / name, box.bad / name)
        except (FileNotFoundError, NotADirectoryError):
            return not (os.path.lexists(box.cur / name) or os.path.lexists(box.done / name))
        write_json(path, {**live, "withdrawn": True})
        return True

    def read_log(self, key: str, offset: int) -> tuple[bytes, int]:
        """What the attempt has printed from `offset` on, at most 1 MiB at a time."""
        attempt = self._attempt(key)
        if attempt is None or not attempt.log.exists():
            return b"", offset
        data = read_part(attempt.log, offset, 1 << 20)
        return data, offset + len(data)

    def attach(self, key: str) -> list[str] | None:
        """The host's command for the attempt's worker."""
        live = self._note(key)
        return self.host.attach(live["worker"]) if live else None

    def forget(self, key: str) -> None:
        """Drop the note in `live/`."""
        make_way(self.run.live / key)
        (self.run.live / key).unlink(missing_ok=True)

    def quit(self, worker: str, name: str) -> None:
        """Ask a worker's program to end once it is idle.  `name` makes the request one of its kind."""
        box = mended_inbox(self.run.mailbox(worker))
        box.send(Message(f"{name}-{worker}", LEADER, worker, QUIT, "", time.time()))

    def forget_quit(self, worker: str) -> None:
        """Withdraw requests to quit that were meant for an earlier program: one about to start would obey them."""
        box = mended_inbox(self.run.mailbox(worker))
        for name in box.unread():
            if name.endswith(f".{QUIT}"):
                box.acknowledge(name)

    def _inbox(self, worker: str) -> Maildir:
        return Maildir(self.run.mailbox(worker).inbox)

    def _note(self, key: str) -> dict[str, Any]:
        """The note in `live/`; {} where there is none, or it names nobody: an agent can reach it."""
        live = read_json(self.run.live / key)
        names = [live.get("worker"), live.get("task")]
        makes_sense = all(isinstance(name, str) and ID_PATTERN.match(name) for name in names)
        return live if makes_sense and type(live.get("attempt")) is int else {}

    def _attempt(self, key: str) -> AttemptDir | None:
        live = self._note(key)
        return self.run.attempt(live["task"], live["attempt"]) if live else None

    def _see(self, key: str, live: dict[str, Any]) -> Seen:
        if not live:
            return Seen(Life.LOST, reason="its note can't be read")
        worker, attempt = live["worker"], self.run.attempt(live["task"], live["attempt"])
        if live.get("withdrawn"):
            return Seen(Life.CANCELLED, place=worker, reason="withdrawn before it began")
        ended = read_json(attempt.exit)
        if ended:
            cancelled = ended.get("ended") == "cancelled"
            return Seen(
                Life.CANCELLED if cancelled else Life.EXITED, None if cancelled else ended.get("code"), worker,
                str(ended.get("ended", "")),
            )  # fmt: skip
        box = self._inbox(worker)
        if not os.path.lexists(box.cur / f"{key}.{ASSIGN}"):
            return Seen(Life.PENDING, place=worker)
        if lease.is_held(self.run.mailbox(worker).lock):
            return Seen(Life.RUNNING, place=worker)
        return Seen(Life.LOST, place=worker, reason=f"the program of {worker} is gone")


def mended_inbox(mail: MailDir) -> Maildir:
    """An inbox to be written to, whatever an agent has put in the place of its directories: that is moved beside."""
    box = Maildir(mail.inbox)
    for path in (mail.path, *box.directories):
        directory(path)
    return box


def _live(work: Assignment) -> dict[str, Any]:
    return {"worker": work.worker, "task": work.task, "attempt": work.attempt}
