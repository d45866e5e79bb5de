"""The leader's loop: record what has become true, decide what follows, record that, begin what is wanted; wait; again.

    1. take results of effects and letters, and record what they mean
    2. ask `admit` until it has nothing more to say, and record each answer
    3. make all that durable: one write, one fdatasync
    4. only then move letters on, begin what `wanted` says, and stop what it no longer says
    5. wait for one of: a result, a letter, a worker's death, a deadline

That is the only wait in the program.  Whatever is killed when, the journal is ahead of the world, never behind it: an
effect that was begun and not recorded is wanted again by the next leader, and every effect may be carried out twice.
"""

from __future__ import annotations

import select
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from inbox.drops import SETTLE_NS
from inbox.watch import Watch
from swarm import clock, lease
from swarm.core import actions as a
from swarm.core import clashes, queue, words
from swarm.core import events as e
from swarm.core.evolve import evolve, is_pertinent
from swarm.core.rules import admit, next_deadline, resumed
from swarm.core.state import PAUSES, State
from swarm.effects import trouble
from swarm.effects.lanes import Result, Results
from swarm.effects.proving import unproved
from swarm.errors import SwarmError
from swarm.files import check_room
from swarm.journal import Journal
from swarm.leader.hands import Hands
from swarm.leader.mail import OPERATOR, Letter, Meaning, PostOffice, meaning
from swarm.leader.requests import Outside, effect
from swarm.verify import Halt
from swarm.worker.door import Doors
from swarm.worker.post import Post

SWEEP = 1.0
"""Seconds between two scans of all outboxes, whatever the watcher says."""

SETTLE = SETTLE_NS / 1e9
"""Seconds that a dropped file has to stand still before it is a message."""

_DEATH = "death of "

_WAY_OUT = "mend that (a full disk, a limit: swarm doctor looks), then: swarm resume; workers go on with what they have"

Listener = Callable[[e.Entry, State], None]


@dataclass(slots=True)
class Leader:
    """One run in the hands of this process, which holds its lock.

    `serve` False: only letters and what they lead to (delivering, landing, publishing) are dealt with; no worker is
    started and nothing is claimed.
    """

    outside: Outside
    journal: Journal
    state: State
    listener: Listener
    own: lease.Lease
    serve: bool = True
    _pending: list[tuple[float, float, tuple[e.Event, ...]]] = field(default_factory=list)
    _entries: list[e.Entry] = field(default_factory=list)
    _begun: set[a.Action] = field(default_factory=set)
    """Begun and still wanted: not to be begun again."""
    _results: Results = field(default_factory=Results)
    _hands: Hands = field(init=False)
    _guarded: set[str] = field(default_factory=set)
    _interrupted: bool = False
    _look_due: float = 0.0

    def __post_init__(self) -> None:
        self._hands = Hands(self._results, self.state.plan.gates)

    def interrupt(self) -> None:
        """End the loop soon, from a signal handler or another thread; workers go on."""
        self._interrupted = True  # no threading.Event: a second ctrl-c would wait for the lock of the first
        self._results.put(Result("interrupt"))

    @property
    def interrupted(self) -> bool:
        """Whether the loop was asked to end before the run did."""
        return self._interrupted

    def loop(self) -> None:
        """Lead until the run is over, or until `interrupt`.  Raises what an effect raised; the journal stays whole."""
        run = self.outside.run
        owners = [*self.state.workers, OPERATOR]
        post = PostOffice(run, owners)
        doors, outbox = Doors(run.mailbox(OPERATOR)), Post(run.mailbox(OPERATOR))
        boxes = [run.mailbox(owner).outbox / "new" for owner in owners]
        try:
            with Watch([*boxes, *doors.paths()], step=5, debounce=5) as bell:
                while not self.interrupted:
                    bell.clear()
                    self._check_lead()
                    if self.serve:
                        check_room(self.outside.run.path, "then: swarm resume; workers go on with what they have")
                    growing = doors.collect(outbox)
                    self._take_results()
                    letters = self._take_letters(post)
                    self._decide()
                    self._commit()
                    for letter, said in letters:
                        post.settle(letter, said)
                    self._direct()
                    if self._done():
                        return
                    self._look_ahead()
                    if not post.more:
                        self._wait(bell, growing)
        except OSError as error:
            raise SwarmError(f"the leader of {run.name} can't go on: {trouble.said(error)}", _WAY_OUT) from error
        finally:
            self._close()

    def adopt(self, worker: str) -> None:
        """A worker of an earlier leader that lives: its death is watched for like any other's."""
        self._guard(worker)

    def keep(self, task: str, attempt: int, commit: str) -> None:
        """Hold what an attempt has left."""
        self._begin(a.Keep(task, attempt, commit))

    def record(self, *events: e.Event) -> None:
        """Let events become true together.  They are durable after the next `_commit`, and have no effect before."""
        if not events:
            return
        at, mono = clock.wall(), clock.since_boot()
        entry = e.Entry(self.state.seq + 1, at, mono, events)
        evolve(self.state, entry)
        self._pending.append((at, mono, events))
        self._entries.append(entry)

    def _check_lead(self) -> None:
        """SwarmError where the lock or the journal that we hold is no longer the one that others see: without the lock
        file a second leader could be let in, and what stands in a journal that was taken away is read by nobody."""
        for path, held in ((self.own.path, self.own.is_ours()), (self.outside.run.journal, self.journal.is_ours())):
            if not held:
                text = f"{path} was removed or replaced while this process led run {self.state.run}; it stops here"
                raise SwarmError(text, "swarm resume; workers go on with what they have")

    def _commit(self) -> None:
        if not self._pending:
            return
        self._check_lead()
        self.journal.append(self._pending)
        entries = self._entries
        self._pending, self._entries = [], []
        for entry in entries:
            self._notice(entry.events)
            self.listener(entry, self.state)

    # what has become true

    def _take_results(self) -> None:
        for result in self._results.take():
            if isinstance(result.key, str):  # a word from one of our own threads that is no effect
                if result.key.startswith(_DEATH):
                    self._worker_died(result.key.removeprefix(_DEATH))
                continue
            self._hands.done(result.key)
            if result.error is not None:
                self._hindered(result.key, result.error)
            else:
                self._record_pertinent(*result.events)

    def _record_pertinent(self, *events: e.Event) -> None:
        """Record those of an effect's events that still mean something: much may have happened since it began."""
        self.record(*(event for event in events if is_pertinent(self.state, event)))

    def _hindered(self, action: a.Action, error: BaseException) -> None:
        """An effect met trouble.  What passes is tried again after a pause, so often and no more; then a merge counts
        as unproved, and anything else ends the leader, with the journal whole."""
        name = a.name(action)
        before = self.state.hindered.get(name)
        if not trouble.passes(error):
            raise error
        if isinstance(action, a.Keep):  # nothing waits for it, and it is begun by nobody else again
            return
        if before is None or before.count < len(PAUSES):
            self.record(e.ActionHindered(name, trouble.said(error)))
        elif isinstance(action, a.Prove):
            why = f"{trouble.said(error)} (tried {before.count + 1} times)"
            self._record_pertinent(unproved(action.candidate, action.onto, why))
        else:
            raise error

    def _take_letters(self, post: PostOffice) -> list[tuple[Letter, Meaning]]:
        found = []
        for letter in post.letters():
            said = meaning(self.state, letter)
            self.record(*said.events)
            found.append((letter, said))
        return found

    def _worker_died(self, name: str) -> None:
        """Its lock was free for a moment: either it is gone, or another program has taken its place."""
        self._guarded.discard(name)
        if lease.is_held(self.outside.run.mailbox(name).lock):
            self._guard(name)
        elif self.state.workers[name].up or self.state.workers[name].spawned:
            last = lease.holder(self.outside.run.mailbox(name).lock).get("trouble")
            self.record(e.WorkerLost(name, words.program_ended(str(last or ""))))

    def _notice(self, events: tuple[e.Event, ...]) -> None:
        """Events that something outside the state hangs on."""
        for event in events:
            match event:
                case e.WorkerReady():
                    self._guard(event.worker)
                case e.WorkSealed() | e.AttemptEnded():
                    self.outside.pool.forget(f"{self.state.run}-{event.task}-{event.attempt}")
                    if event.commit is not None:
                        self.keep(event.task, event.attempt, event.commit)
                case _:
                    pass

    def _guard(self, worker: str) -> None:
        """Have a thread wait on the worker's lock: it wakes when the program dies, however that happens."""
        if worker in self._guarded or not self.serve:
            return
        self._guarded.add(worker)
        lock = self.outside.run.mailbox(worker).lock

        def watch() -> None:
            lease.wait_until_free(lock)
            self._results.put(Result(_DEATH + worker))

        threading.Thread(target=watch, name=f"life-of-{worker}", daemon=True).start()

    # what follows

    def _decide(self) -> None:
        while events := self._admitted():
            self.record(*events)

    def _admitted(self) -> list[e.Event]:
        if self.serve:
            return admit(self.state, clock.since_boot())
        again = resumed(self.state, clock.since_boot())
        return again or (queue.advance(self.state) if self.state.offer else [])

    def _direct(self) -> None:
        """Begin what is wanted and not under way; stop what is under way and no longer wanted."""
        wanted = dict.fromkeys(action for action in a.wanted(self.state) if self.serve or a.needs_no_worker(action))
        for action in self._begun - wanted.keys():
            self._begun.discard(action)
            halt = self.outside.halts.pop(action, None)
            if halt is not None:
                halt.set()
        hurry = not self.state.under_way and not self.state.stack
        for action in wanted:
            if action not in self._begun and self._hands.can_begin(action, hurry):
                self._begun.add(action)
                self._begin(action)

    def _look_ahead(self) -> None:
        """Begin a look for clashes: at a slow pace and never two at once, since nobody waits for it."""
        now = clock.since_boot()
        if self.serve and now >= self._look_due and self._hands.can_begin(a.Probe()) and clashes.glance(self.state):
            self._look_due = now + clashes.PACE
            self._begin(a.Probe())

    def _begin(self, action: a.Action) -> None:
        if isinstance(action, a.Prove):
            self.outside.halts[action] = Halt()
        self._hands.begin(action, effect(self.outside, self.state, action))

    def _done(self) -> bool:
        """Nothing is left to do or to wait for."""
        if self._hands.are_busy or a.rests(self.state):
            return False
        return self.state.over if self.serve else self.state.offer is None and not self._begun

    def _wait(self, bell: Watch, growing: bool) -> None:
        """Wait for whatever comes first; look again soon while a dropped file still grows."""
        deadline = next_deadline(self.state, self.serve)
        sweep = SETTLE if growing else SWEEP
        seconds = sweep if deadline is None else min(sweep, max(0.0, deadline - clock.since_boot()))
        poll = select.poll()
        poll.register(bell.fileno(), select.POLLIN)
        poll.register(self._results.fileno(), select.POLLIN)
        poll.poll(seconds * 1000)

    def _close(self) -> None:
        """End what runs in this process; what runs in others goes on."""
        for halt in self.outside.halts.values():
            halt.set()
        self.outside.lookout.stop()
        self._hands.close()
        self.outside.hub.close()
        self.journal.close()
