"""The loop of a worker: take an assignment, watch its agent, say how it ended; then the next.

One wait for everything: the bell of the inbox, the agent's end, the next look at its log.  Hang-ups are ignored: a
worker outlives the leader and tmux.  A program that finds another one alive under its name shows that one's log and
waits for its turn, which is how a pane comes back after tmux was killed.
"""

from __future__ import annotations

import json
import os
import signal
from types import FrameType

from inbox.maildir import Maildir
from inbox.message import Message, Rejected
from inbox.watch import Watch
from swarm import lease
from swarm.core import codec, words
from swarm.core.assignment import Assignment
from swarm.core.events import AttemptEnded, WorkSealed
from swarm.core.plan import ID_PATTERN
from swarm.executors.mailroom import TAKEN_AWAY, stand
from swarm.files import make_way
from swarm.paths import RunDir
from swarm.worker.agentprocess import CANCELLED, AgentProcess, wait_for_any
from swarm.worker.attempt import Attempt
from swarm.worker.door import Doors
from swarm.worker.post import Post
from swarm.worker.screen import LogView, Screen

SWEEP = 1.0
"""Seconds between two scans of the inbox whatever the watcher says: a watcher that fails only delays."""

LOOK = 0.1
"""Seconds between two looks at a running agent's log and deadlines.  A poll: no kernel event tells that a file grew
without costing more than this when it grows fast."""

CONTROL = frozenset({"assign", "cancel", "suspend", "continue", "quit"})
"""Kinds of messages that are for this program; all others are for its agent."""


def main(run: RunDir, name: str) -> int:
    """Be the worker `name` of a run until asked to quit.  Returns the exit status."""
    screen = Screen()
    mail = run.mailbox(name)
    stand(mail)
    make_way(mail.lock)
    own = lease.take(mail.lock, {"pid": os.getpid()})
    if own is None:
        screen.say(f"{name} is busy in a program that lost its pane; this one takes over when that is done")
        own = lease.wait_for_turn(mail.lock, {"pid": os.getpid()})
    life = Life(own)
    try:
        Program(run, name, screen, life).loop()
    finally:
        # From here on nobody is told: the leader ends tmux as soon as the lock is free.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        life.release()
    return 0


class Life:
    """The lock that tells that this worker lives.  An agent can remove or replace the file; then it is taken again, and
    the old one, on which the leader may wait, is kept as well."""

    def __init__(self, own: lease.Lease) -> None:
        self._held = [own]

    def keep(self) -> None:
        """Have the file that stands under the lock's name be locked by us."""
        own = self._held[-1]
        if not own.is_in_place:
            make_way(own.path)
            again = lease.take(own.path, {"pid": os.getpid()})
            if again is not None:
                self._held.append(again)

    def release(self) -> None:
        """Give it up."""
        for own in self._held:
            own.release()


class Program:
    """The worker's state between two waits."""

    def __init__(self, run: RunDir, name: str, screen: Screen, life: Life) -> None:
        self._run, self._name, self._screen, self._life = run, name, screen, life
        mail = self._mail = run.mailbox(name)
        self._box = Maildir(mail.inbox)
        self._post = Post(mail)
        self._doors = Doors(mail)
        self._quitting = False
        self._hung_up = self._detached = False
        self._letter = ""
        self._attempt: Attempt | None = None
        self._agent: AgentProcess | None = None
        self._view: LogView | None = None

    def loop(self) -> None:
        """Work until asked to quit, or until the pane is gone and nothing is under way."""
        for sig in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            signal.signal(sig, self._signalled)
        with Watch([self._box.new, *self._doors.paths()], step=5, debounce=5) as bell:
            self._post.ready()
            self._screen.say(f"{self._name} is ready")
            while True:
                bell.clear()
                growing = self._read_mail()
                if self._agent is not None:
                    self._watch_agent(self._agent)
                elif self._quitting or self._hung_up:
                    self._say_detached()
                    return
                self._say_detached()
                self._wait(bell, growing)

    def _read_mail(self) -> bool:
        """Take what has come, and begin what it asks for.  True when there is to be another look soon: something grows
        in a drop directory, or an agent has taken a part of the mail away while we looked."""
        try:
            stand(self._mail)
            self._life.keep()
            growing = self._doors.collect(self._post)
            self._take_messages()
            if self._agent is None and not (self._quitting or self._hung_up):
                self._recover()
                self._take_assignment()
        except TAKEN_AWAY:
            return True
        return growing

    def _wait(self, bell: Watch, growing: bool) -> None:
        if self._agent is None:
            wait_for_any([bell.fileno()], LOOK if growing else SWEEP)
            return
        ended = self._agent.fileno()
        wait_for_any([bell.fileno()] if ended is None else [bell.fileno(), ended], LOOK)

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        """Only remembers: whatever was going on goes on.  The wait ends by itself soon after."""
        if number == signal.SIGHUP:
            self._hung_up = True
        elif number == signal.SIGTERM:
            self._quitting = True
        else:
            self._screen.say("the swarm runs this pane; detach with ctrl-b d, stop it with: swarm stop")

    def _say_detached(self) -> None:
        if self._hung_up and not self._detached:
            self._post.detached()
            self._detached = True

    # messages

    def _take_messages(self) -> None:
        for name, message in self._box.receive(CONTROL - {"assign"}):
            try:
                self._obey(message)
            except (ValueError, TypeError, LookupError, RecursionError) as error:
                self._box.reject(name, f"it makes no sense: {error!r:.200}")
            self._box.acknowledge(name)

    def _obey(self, message: Message) -> None:
        if message.kind == "quit":
            self._quitting = True
        agent, attempt = self._agent, self._attempt
        if agent is None or attempt is None:
            return
        if message.kind == "cancel":
            asked = json.loads(message.text)
            if asked["key"] == attempt.work.key:
                agent.stop(CANCELLED, float(asked["grace"]))
        elif message.text.strip() == f"{attempt.work.task} {attempt.work.attempt}":
            if message.kind == "suspend":
                agent.suspend()
            elif message.kind == "continue":
                agent.go_on()

    def _take_assignment(self) -> None:
        if self._agent is not None:
            return
        for name, message in self._box.receive({"assign"}):
            if self._box.claim(name) and self._begin(name, message):
                return

    def _recover(self) -> None:
        """Bring to an end what a program before us had begun."""
        for name in self._box.claimed():
            if name.endswith(".assign"):
                try:
                    message = self._box.read(name)
                except Rejected as rejected:
                    self._box.reject(name, rejected.why)
                    continue
                if self._begin(name, message) and self._agent is not None:
                    return

    # an attempt

    def _begin(self, letter: str, message: Message) -> bool:
        """Carry an assignment out as far as its agent's start.  False for one that is none."""
        try:
            work = self._assignment(message)
        except (ValueError, TypeError, LookupError, RecursionError, codec.DecodeError) as error:
            self._box.reject(letter, f"no assignment: {error}")
            return False
        attempt = Attempt(self._run, work)
        self._letter, self._attempt = letter, attempt
        self._post.started(work.task, work.attempt)
        if not attempt.may_start:
            self._conclude(attempt.abandoned())
            return True
        self._screen.say(f"{work.task} (attempt {work.attempt}): {work.title}")
        self._doors.restore()
        refused = attempt.prepare()
        if refused is not None:
            self._conclude(refused)
            return True
        started = attempt.start()
        if isinstance(started, AgentProcess):
            self._agent = started
            self._view = LogView(attempt.dir.log, self._screen)
        else:
            self._conclude(started)
        return True

    def _assignment(self, message: Message) -> Assignment:
        """What the leader wrote.  ValueError for what it can't have written: an agent can put a file into this box."""
        work = codec.decode(Assignment, json.loads(message.text))
        if message.id != work.key or work.worker != self._name or work.run != self._run.name:
            raise ValueError(f"it is for {work.worker} in {work.run}, as {work.key}")
        if not ID_PATTERN.match(work.task) or not work.argv:
            raise ValueError(f"it has no task or no command: {work.key}")
        return work

    def _watch_agent(self, agent: AgentProcess) -> None:
        assert self._view is not None and self._attempt is not None
        agent.watch(self._view.size)
        code = agent.ended()
        self._view.look()
        if self._screen.gone and not self._hung_up:
            self._hung_up = True
        if code is not None:
            self._agent = None
            self._conclude(self._attempt.conclude(code, agent.ending or "exited"))

    def _conclude(self, event: WorkSealed | AttemptEnded) -> None:
        """Report the end, then put the assignment away: in that order, so that it is reported for certain."""
        stand(self._mail)
        self._post.ended(event)
        self._box.acknowledge(self._letter)
        if self._attempt is not None:
            self._attempt.close()
        self._attempt, self._letter = None, ""
        self._screen.say(words.sentence(event))
