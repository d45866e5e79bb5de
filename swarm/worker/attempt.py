"""One attempt, carried out: prepare the worktree, start the agent, seal what it left, say what came of it.

Every step leaves a record, so that a program that was killed between any two of them can be followed by another:
start.json (made by `link()`, before the agent exists), or its twin in `started/`, means that the attempt may never be
started again; exit.json that the agent is gone.  What an agent left is sealed on the attempt's branch whatever became
of it.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from swarm import lease
from swarm.agents.readers import READERS
from swarm.core import codec, reports
from swarm.core.assignment import Assignment
from swarm.core.events import AttemptEnded, Outcome, Usage, WorkSealed
from swarm.core.plan import Clean
from swarm.errors import SwarmError
from swarm.executors.invocation import worker_env
from swarm.files import directory, make_way, read_json, tail, write_json_once
from swarm.git import refs
from swarm.git.command import GitFailed
from swarm.git.merge import same_tree
from swarm.git.worktree import Author, SealRefused, Worktree
from swarm.paths import AttemptDir, RunDir
from swarm.process.family import Family
from swarm.worker.agentprocess import EXITED, AgentProcess, end_left_over, record_exit, signature
from swarm.worker.cell import AttemptCell
from swarm.worker.child import BUDGET, CANCELLED, FLOOD, IDLE, PANE, RELEASED, SAID, SPENT, TAKEN, TIMEOUT, Child
from swarm.worker.dialogue import Dialogue
from swarm.worker.door import hang
from swarm.worker.outcome import FEEDBACK_BYTES, End, Left, judge
from swarm.worker.settingup import SettingUp

LOST = "lost"
ENDED = frozenset({EXITED, CANCELLED, TIMEOUT, IDLE, FLOOD, BUDGET, SPENT, PANE, LOST})
"""How an attempt can have ended, in its exit record."""

_NOT_PREPARED = "its worktree could not be prepared"
MOST_REPORT = 200_000
"""Bytes of a written report that are handed on."""


class Attempt:
    """One assignment in the hands of its worker."""

    def __init__(self, run: RunDir, work: Assignment, family: Family | None = None) -> None:
        self.work = work
        self._family = family
        self.dir: AttemptDir = run.attempt(work.task, work.attempt)
        self._run = run
        self._started = run.started(work.task, work.attempt)
        self._mail = run.mailbox(work.worker)
        self._path = run.worktrees / work.worker
        self._tree = Worktree(run.home.hub, self._path, _tree_name(run, work.worker))
        self._cell = AttemptCell(run, work, self._tree)
        self._box: tuple[str, ...] = ()
        self._lock: lease.Lease | None = None
        self._setup: SettingUp | None = None
        self.dialogue = Dialogue(work, self._mail, self.dir, self._cell.said, self._tree, family)

    @property
    def may_start(self) -> bool:
        """False once the agent may have been started, by us or by a program before us."""
        return not (self.dir.start.exists() or self._started.exists())

    def begin(self) -> Child | WorkSealed | AttemptEnded:
        """Begin the attempt, or bring to its end what an earlier program began: a child to be watched, or the end."""
        if not self.may_start:
            return self.abandoned()
        return self._prepare() or self._go_on()

    def follow(self, child: Child, code: int) -> Child | WorkSealed | AttemptEnded | None:
        """What comes after a child that has ended with `code`: the next one, the end of the attempt, or None: a wait
        between two turns, see `go_on`."""
        if isinstance(child, AgentProcess):
            return self._after_turn(child, code)
        assert self._setup is not None
        try:
            self._setup.check(child, code)
        except SwarmError as error:
            if child.ending == CANCELLED:
                return self._end(Outcome.CANCELLED, "it was ended on the operator's word")
            return self._end(Outcome.REJECTED, f"{_NOT_PREPARED}: {error}")
        return self._go_on()

    def _prepare(self) -> AttemptEnded | None:
        """Have the worktree stand on the attempt's branch at its base.  What was in it before is rescued.

        Returns the end of the attempt where that can't be done.
        """
        try:
            if self.work.reader not in ("", *READERS):
                return self._end(Outcome.REJECTED, f"nobody here can read what it prints ({self.work.reader!r:.60})")
            directory(self.dir.path)
            make_way(self.dir.lock)
            self._lock = lease.take(self.dir.lock, {"pid": os.getpid()})
            if self._lock is None:
                return self._end(Outcome.LOST, "another program holds this attempt")
            self._tree.create(self.work.base)
            self._rescue()
            self._tree.switch(self.work.branch, self.work.base, clean_full=self.work.clean is Clean.FULL)
            self._box = self._cell.make()
            self._setup = SettingUp(
                Path(self.work.repo), self._path, self.work.setup, worker_env(os.environ),
                self._mail.path / "setup.done", self.dir.log, self._family, self._box,
            )  # fmt: skip
        except (SwarmError, OSError) as error:
            return self._end(Outcome.REJECTED, f"{_NOT_PREPARED}: {error}")
        return None

    def _go_on(self) -> Child | WorkSealed | AttemptEnded:
        """The next command of the setup, or the agent once there is none."""
        assert self._setup is not None
        try:
            command = self._setup.next()
            if command is not None:
                return command
            hang(self._path, self._mail)
        except (SwarmError, OSError, ValueError) as error:  # ValueError: a NUL in a command
            return self._end(Outcome.REJECTED, f"{_NOT_PREPARED}: {error}")
        return self._start()

    def _rescue(self) -> None:
        """Keep what is in the worktree, by a ref where git can read it, else by moving the whole directory aside.

        A file that git can't read (an encoding that .gitattributes asks for and that it does not have) would otherwise
        keep every later attempt from being prepared here.
        """
        message = f"rescued before {self.work.branch}"
        try:
            self._tree.rescue(self._rescue_ref(), message, self.dir.rescued)
        except GitFailed:
            self._tree.set_aside(self.dir.rescued)
            self._tree.rescue(self._rescue_ref(), message, self.dir.rescued)
            self._tree.create(self.work.base)

    def _start(self) -> Child | WorkSealed | AttemptEnded:
        """Start the agent.  It is recorded first, and twice: what may have begun is never begun again, though an agent
        removes the directory of its attempt."""
        record = {"worker": self.work.worker, "pid": os.getpid(), "at": time.time(), "argv": list(self.work.argv)}
        try:
            self._started.parent.mkdir(mode=0o700, exist_ok=True)
            orders = codec.encode(self.work)
            if not (write_json_once(self._started, orders) and write_json_once(self.dir.start, record)):
                return self.abandoned()
        except OSError as error:
            return self._end(Outcome.REJECTED, f"its start could not be recorded: {error}")
        return self._start_agent()

    # turns

    def _start_agent(self) -> Child | WorkSealed | AttemptEnded:
        """Start the agent's first turn."""
        try:
            return self.dialogue.begin(self._box)
        except (SwarmError, OSError, ValueError) as error:  # ValueError: a NUL in its command or environment
            end_left_over(self.work, self._mail, self.dir)
            record_exit(self.dir, 127, EXITED)
            return self._end(Outcome.REJECTED, str(error))

    def _after_turn(self, child: AgentProcess, code: int) -> Child | WorkSealed | AttemptEnded | None:
        self.carry(last=True)
        said = bool(read_json(self._cell.said.verdict))
        ended = _ending(child, said)
        last = self.dialogue.after(child, code, said or not _may_go_on(child, ended))
        if last or self.overspends(self.used()):
            ended = ended if last else BUDGET
            record_exit(self.dir, code, ended)
            return self.conclude(code, ended, self.dialogue.trouble)
        return self.go_on()

    def watch(self, child: Child, hung_up: bool) -> None:
        """An agent that has the pane to itself does not end by itself: it is ended once it has said how it ended
        (nobody ends it for that under a person's hands), or there is no pane any more.  `hung_up`: the kernel has said
        so."""
        self.dialogue.watch(child)
        if child.terminal is not None and not self.dialogue.taken and self._cell.said.verdict.exists():
            child.stop(SAID, child.limits.grace)
        elif child.terminal is not None and hung_up:
            child.stop(PANE, child.limits.grace)

    def go_on(self, lifted: bool = False) -> Child | WorkSealed | AttemptEnded | None:
        """Between two turns: the next one, where its time has come.  `lifted`: its account may go on."""
        try:
            return self.dialogue.next(lifted)
        except (SwarmError, OSError, ValueError) as error:
            record_exit(self.dir, 127, EXITED)
            return self.conclude(127, EXITED, f"a further turn could not start: {error}")

    def give_up(self, why: str) -> WorkSealed | AttemptEnded:
        """Between two turns: there is to be no further one."""
        record_exit(self.dir, 0, why)
        return self.conclude(0, why)

    def abandoned(self) -> WorkSealed | AttemptEnded:
        """The end of an attempt that an earlier program began: its agent is ended if it still runs, its work sealed."""
        ended = self._exit()
        if ended is None:
            end_left_over(self.work, self._mail, self.dir)
            record_exit(self.dir, 0, LOST)
            ended = self._exit() or (0, LOST)
        self.dialogue.turns.learn()
        return self.conclude(*ended)

    def _exit(self) -> tuple[int, str] | None:
        """What the record of the exit says; None where there is none that we can have written."""
        said = read_json(self.dir.exit)
        code, ended = said.get("code"), said.get("ended")
        return (code, ended) if type(code) is int and isinstance(ended, str) and ended in ENDED else None

    def conclude(self, code: int, ended: str, trouble: str = "") -> WorkSealed | AttemptEnded:
        """Seal what is in the worktree, and judge the attempt.  `trouble`: what ended it, if its output can't tell."""
        self.carry(last=True)
        said = read_json(self._cell.said.verdict)
        met = self.dialogue.turns.said.trouble
        end = End(
            code,
            ended,
            said["ok"] if isinstance(said.get("ok"), bool) else None,
            str(said.get("text", ""))[:FEEDBACK_BYTES],
            "" if self.work.pane else tail(self.dir.log, FEEDBACK_BYTES),
            trouble or (met.text if met else ""),
            self.work.budget,
        )
        return judge(self.work.task, self.work.attempt, self.work.expects, end, self._left(), self.used())

    def overspends(self, used: Usage) -> bool:
        """Whether that is all that it may use."""
        return self.work.budget is not None and used.usd > 0 and used.usd >= self.work.budget

    def used(self) -> Usage:
        """What its own output says, else what was noted by `swarm` verbs."""
        said = self.dialogue.turns.said.usage
        return said if said != Usage() else reports.usage(read_json(self._cell.said.usage))

    def model(self) -> str:
        """The model that runs in a pane, where nothing that is printed is read."""
        found = read_json(self._cell.said.transcripts).get("model") if self.work.pane else ""
        return found if isinstance(found, str) else ""

    def carry(self, last: bool = False) -> bool:
        """Carry the letters of a sandboxed agent.  True while a file that it dropped is still growing; `last`: it has
        ended, and so has whoever it left behind."""
        return self._cell.carry(last)

    def close(self) -> None:
        """Let the attempt's lock go."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _left(self) -> Left:
        report = tail(self._cell.said.report, MOST_REPORT)
        message = (
            f"{self.work.task}: {self.work.title}\n\n"
            f"Swarm-Run: {self.work.run}\nSwarm-Task: {self.work.task}\nSwarm-Attempt: {self.work.attempt}\n"
        )
        try:
            if self._tree.admin.branch() != self.work.branch:
                return self._left_on_branch(report)
            self._cell.take_over()
            sealed = self._tree.seal(message, Author(*signature(self.work)))
            return Left(sealed.commit, self._tree.has_work(self.work.base), report)
        except SealRefused as refused:
            return Left(None, False, report, refusal=refused.message)
        except (SwarmError, OSError) as error:
            return Left(None, False, report, refusal=f"it could not be sealed: {error}")

    def _left_on_branch(self, report: str) -> Left:
        """Of an attempt that was sealed before, in a worktree where another one stands by now."""
        commit = self._tree.hub.read_ref(f"{refs.HEADS}{self.work.branch}")
        return Left(commit, commit is not None and not same_tree(self._tree.hub, commit, self.work.base), report)

    def _end(self, outcome: Outcome, reason: str) -> AttemptEnded:
        feedback = "" if outcome is Outcome.LOST else reason
        return AttemptEnded(self.work.task, self.work.attempt, outcome, reason, None, feedback)

    def _rescue_ref(self) -> str:
        return refs.rescue(self.work.run, self.work.task, self.work.attempt)


def _ending(child: Child, said: bool) -> str:
    """How a turn has ended; `said`: its agent has said how."""
    if child.ending == SAID or (said and child.ending in ("", PANE, TAKEN, RELEASED)):
        return EXITED
    return child.ending or EXITED


def _may_go_on(child: AgentProcess, ended: str) -> bool:
    """Whether a turn that has ended like that is not the end of its attempt."""
    return ended in (EXITED, TAKEN, RELEASED) or (child.taken and ended == PANE)


def _tree_name(run: RunDir, worker: str) -> str:
    """The worktree's name in the hub, which other runs share."""
    return f"{run.name}.{worker}"
