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
from swarm.core.events import AttemptEnded, WorkSealed
from swarm.errors import SwarmError
from swarm.files import directory, make_way
from swarm.paths import RunDir
from swarm.process.family import Family
from swarm.worker.agentprocess import wait_for_any
from swarm.worker.attempt import Attempt
from swarm.worker.begun import assigned, begun_without_letter
from swarm.worker.child import BUDGET, CANCELLED, SPENT, Child
from swarm.worker.door import Doors
from swarm.worker.house import House
from swarm.worker.post import Post
from swarm.worker.screen import LogView, Screen
from swarm.worker.told import Told, words_of

SWEEP = 1.0
"""Seconds between two scans of the inbox whatever the watcher says: a watcher that fails only delays."""

LOOK = 0.1
"""Seconds between two looks at a running agent's log and deadlines.  A poll: no kernel event tells that a file grew
without costing more than this when it grows fast."""

MOST_TROUBLES = 10
"""Turns in a row that may end in trouble while nothing is under way, before the program gives up."""

CONTROL = frozenset({"assign", "cancel", "suspend", "take", "continue", "quit"})
"""Kinds of messages that are for this program; all others are for its agent."""


def main(run: RunDir, name: str) -> int:
    """Be the worker `name` of a run until asked to quit.  Returns the exit status."""
    screen = Screen()
    mail = run.mailbox(name)
    directory(mail.path)  # an agent may have removed it, or put something else there
    make_way(mail.lock)
    own = lease.take(mail.lock, {"pid": os.getpid()})
    if own is None:
        screen.say(f"{name} is busy in a program that lost its pane; this one takes over when that is done")
        own = lease.wait_for_turn(mail.lock, {"pid": os.getpid()})
    house = House(mail, own)
    try:
        Program(run, name, screen, house).loop()
    except Exception as error:
        house.note(trouble=words_of(error))  # the leader says it of the worker
        raise
    finally:
        # From here on nobody is told: the leader ends tmux as soon as the lock is free.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        house.leave()
    return 0


class Program:
    """The worker's state between two waits."""

    def __init__(self, run: RunDir, name: str, screen: Screen, house: House) -> None:
        self._run, self._name, self._screen, self._house = run, name, screen, house
        mail = run.mailbox(name)
        self._box = Maildir(mail.inbox)
        self._post = Post(mail)
        self._doors = Doors(mail)
        self._family = Family()
        self._ready = self._quitting = False
        self._hung_up = self._detached = False
        self._growing = False
        self._troubles = 0
        self._letter = ""
        self._attempt: Attempt | None = None
        self._child: Child | None = None
        self._view: LogView | None = None
        self._told = Told(self._post, screen)
        self._suspended = False

    def loop(self) -> None:
        """Work until asked to quit, or until the pane is gone and nothing is under way.

        Where the machine is in trouble (a full disk, a directory that can't be read), each turn is tried again, once a
        second.  Raises that trouble when it lasts and nothing is under way: whoever starts the next program is told.
        """
        for sig in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            signal.signal(sig, self._signalled)
        with Watch([self._box.new, *self._doors.paths()], step=5, debounce=5) as bell:
            while True:
                bell.clear()
                try:
                    if self._turn():
                        return
                    self._troubles = 0
                except (OSError, SwarmError) as error:
                    self._bear(error)
                self._wait(bell)

    def _turn(self) -> bool:
        """Whatever is due now.  True when there is nothing left to be here for."""
        if self._keep_house() or not self._ready:
            self._take_up_the_lost()
        if not self._ready:
            self._post.ready()
            self._screen.say(f"{self._name} is ready")
            self._ready = True
        self._growing = self._doors.collect(self._post)
        if self._attempt is not None:
            self._growing = self._attempt.carry() or self._growing
        self._take_messages()
        self._family.reap(*([] if self._child is None else [self._child.who.pid]))
        if self._child is not None:
            self._watch(self._child)
        elif self._attempt is not None and self._letter:
            self._take(None if self._suspended else self._attempt.go_on())
        elif self._quitting or self._hung_up or self._house.replaced:
            self._say_detached()
            return True
        else:
            self._recover()
            self._take_assignment()
        self._say_detached()
        return False

    def _bear(self, error: OSError | SwarmError) -> None:
        """Trouble of the machine: what was going on is taken up again as after a crash, at the pace of the sweep."""
        self._troubles += 1
        if self._troubles == 1:
            self._screen.say(f"in trouble, trying again: {words_of(error)}")
        if self._child is not None or (self._attempt is not None and self._attempt.dialogue.waits):
            return
        if self._attempt is not None:
            self._attempt.close()
            self._attempt, self._letter = None, ""
        if self._troubles >= MOST_TROUBLES:
            raise error

    def _keep_house(self) -> bool:
        """Have our mail directory whole; True when parts of it had gone."""
        if not self._house.mend():
            return False
        self._doors.restore()
        self._told.forget()
        text = f"a part of {self._name}'s mail directory was removed; letters there that nobody had read are lost"
        self._screen.say(text)
        self._post.tell("operator", text)
        return True

    def _wait(self, bell: Watch) -> None:
        if self._troubles:  # the bell would ring again at once for what could not be taken
            wait_for_any([], SWEEP if self._child is None else LOOK)
        elif self._child is None:
            wait_for_any([bell.fileno()], LOOK if self._growing else SWEEP)
        else:
            ended = self._child.fileno()
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
        child, attempt = self._child, self._attempt
        if attempt is None:
            return
        if message.kind == "cancel":
            asked = json.loads(message.text)
            if asked["key"] == attempt.work.key:
                self._cancel(attempt, child, float(asked["grace"]), SPENT if asked.get("why") == SPENT else CANCELLED)
        elif message.text.strip() == f"{attempt.work.task} {attempt.work.attempt}":
            self._suspended, attempt.dialogue.taken = message.kind == "suspend", message.kind == "take"
            if child is not None:
                (child.suspend if self._suspended else child.go_on)()
            elif not self._suspended:
                self._take(attempt.go_on(lifted=message.kind == "continue"))

    def _cancel(self, attempt: Attempt, child: Child | None, grace: float, why: str) -> None:
        if child is not None:
            child.stop(why, grace)
        else:
            self._conclude(attempt.give_up(why))

    def _take_assignment(self) -> None:
        if self._child is not None:
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
                if self._begin(name, message) and self._child is not None:
                    return

    def _take_up_the_lost(self) -> None:
        """Say what became of attempts that were begun here, and whose letters are gone with the mail directory."""
        current = self._attempt.work.key if self._attempt is not None else ""
        for key, work in begun_without_letter(self._run, self._name):
            if key != current:
                attempt = Attempt(self._run, work, self._family)
                self._post.ended(attempt.abandoned())

    # an attempt

    def _begin(self, letter: str, message: Message) -> bool:
        """Carry an assignment out as far as its first child's start.  False for one that is none."""
        try:
            work = assigned(message, self._run.name, self._name)
        except (ValueError, TypeError, LookupError, RecursionError, codec.DecodeError) as error:
            self._box.reject(letter, f"no assignment: {error}")
            return False
        self._house.tidy()
        self._letter, self._attempt = letter, Attempt(self._run, work, self._family)
        self._told, self._suspended = Told(self._post, self._screen), False
        self._post.started(work.task, work.attempt)
        if self._attempt.may_start:
            self._screen.say(f"{work.task} (attempt {work.attempt}): {work.title}")
            self._doors.restore()
        self._view = LogView(self._attempt.dir.log, self._screen)
        self._take(self._attempt.begin())
        return True

    def _watch(self, child: Child) -> None:
        assert self._view is not None and self._attempt is not None
        child.watch(self._attempt.dialogue.asks())
        self._attempt.watch(child, self._hung_up)
        code = child.ended()
        self._attempt.dialogue.read()
        if self._told.news(self._attempt) and code is None:  # who has ended is not ended any more
            child.stop(BUDGET, child.limits.grace)
        self._view.look()
        if self._screen.gone and not self._hung_up:
            self._hung_up = True
        if code is not None:
            self._child = None
            self._screen.lent = False
            self._take(self._attempt.follow(child, code))

    def _take(self, came: Child | WorkSealed | AttemptEnded | None) -> None:
        if came is None:
            if self._attempt is not None:
                self._told.waits(self._attempt)
        elif isinstance(came, Child):
            self._child = came
            self._screen.lent = came.terminal is not None
            if self._suspended:  # the order came while it was being started
                came.suspend()
        else:
            self._conclude(came)

    def _conclude(self, event: WorkSealed | AttemptEnded) -> None:
        """Report the end, then put the assignment away: in that order, so that it is reported for certain."""
        self._post.ended(event)
        self._box.acknowledge(self._letter)
        if self._attempt is not None:
            self._attempt.close()
        self._attempt, self._letter = None, ""
        self._screen.say(words.sentence(event))
