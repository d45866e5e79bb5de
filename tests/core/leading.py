"""A leader over the world in `outside`: it drives the core as the real one does, and watches what must always hold.

Its steps come in any order: an action is finished, a letter read, a worker works, dies or comes back, the operator says
something, the leader itself is killed and begins again from the journal.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import bruteforce
from outside import Chances, Outside, Program, Truth, Work

from swarm.core import actions as a
from swarm.core import codec
from swarm.core import events as e
from swarm.core.accounts import bar
from swarm.core.clashes import glance
from swarm.core.commands import Refused, decide
from swarm.core.evolve import evolve, is_pertinent, replay
from swarm.core.plan import Plan, Task
from swarm.core.prompt import kept_messages, prompt
from swarm.core.reports import Unreadable, interpret
from swarm.core.routing import route
from swarm.core.rules import RESERVATION, admit, can_do, next_deadline
from swarm.core.scope import overlap
from swarm.core.state import Phase, State
from swarm.core.status import UNDER_WAY, Status
from swarm.core.why import Reason, why
from swarm.core.words import sentence

VERBS = ("pause", "unpause", "take", "release", "cancel", "retry", "approve", "answer")
APT: dict[Status, tuple[str, ...]] = {
    Status.PENDING: ("pause", "pause", "pause", "cancel"), Status.RUNNING: ("pause", "pause", "take", "cancel"),
    Status.WAITING: ("answer", "answer", "take", "cancel"),
    Status.PAUSED: ("unpause", "unpause", "release", "release", "take", "cancel"),
    Status.REVIEW: ("approve", "approve", "approve", "retry", "cancel"), Status.FAILED: ("retry",),
    Status.SKIPPED: ("retry",), Status.CANCELLED: ("retry",), Status.VERIFYING: ("cancel", "answer", "pause"),
}  # fmt: skip
"""What an operator would say to a task."""

MOST_DECISIONS = 2000
"""Entries in a row that `admit` may ask for without anything from outside: far above what any of these plans needs."""


class Leading:
    """A run in progress."""

    def __init__(self, plan: Plan, truth: Truth, chance: Chances, dice: random.Random) -> None:
        self.dice = dice
        self.outside = Outside({task.id: task for task in plan.tasks}, truth, chance, dice)
        self.state = State()
        self.log: list[e.Entry] = []
        self.going: dict[a.Action, list[str]] = {}
        """Actions under way; for an attempt, the messages that its prompt was written with."""
        self.clock = 0.0
        self.landing: tuple[str | None, str] | None = None
        self.words = 0
        self.record(e.RunStarted("run", "/repo", self.outside.base(), "main", plan))
        self.record(e.LeaderStarted(1, "boot"))

    # the journal

    def record(self, *events: e.Event) -> None:
        entry = e.Entry(len(self.log) + 1, 1000.0 + len(self.log), self.clock, events)
        for event in events:
            self.witness(event, events)
            sentence(event)
        self.log.append(entry)
        evolve(self.state, entry)
        bruteforce.check(self.state)

    def witness(self, event: e.Event, together: tuple[e.Event, ...]) -> None:
        """What must be true of an event at the moment when it is recorded."""
        state, content = self.state, self.outside.content
        match event:
            case e.TaskClaimed():
                self._witness_claim(event, together)
            case e.CandidateLanding():
                assert event.new in self.outside.green
                self.landing = event.old, event.new
            case e.CandidateLanded():
                assert self.landing == (event.old, event.new)
                assert event.new in self.outside.green
                assert event.old is None or content[event.old] <= content[event.new]
                candidate = state.candidates[event.candidate]
                assert all(state.tasks[m.task].attempt == m.attempt for m in candidate.members if m.task)
            case e.AccountLifted(by="leader"):
                assert not state.accounts[event.account].refused
                assert state.accounts[event.account].closed
            case e.TaskGaveUp():
                assert state.tasks[event.task].exhausted
            case e.RunFinished():
                assert not any(task.status in UNDER_WAY for task in state.tasks.values())
                assert state.published == state.tip
            case _:
                pass

    def _witness_claim(self, event: e.TaskClaimed, together: tuple[e.Event, ...]) -> None:
        state = self.state
        task, worker = state.tasks[event.task], state.workers[event.worker]
        assert event.base == state.tip == self.outside.ref or self.outside.ref is not None
        assert all(state.tasks[name].released for name in task.task.depends_on)
        assert worker.up
        assert worker.task is None
        assert can_do(worker, task)
        assert event.attempt == task.attempt + 1
        assert not task.exhausted
        assert bar(state, task) is None
        assert state.phase is Phase.RUNNING
        others = [claim.task for claim in together if isinstance(claim, e.TaskClaimed) and claim is not event]
        beside = [state.tasks[name] for name in (*state.active, *others)]
        assert not any(overlap(task.task.files, other.task.files) for other in beside if other is not task)

    # the loop

    def settle(self) -> None:
        """Record what the leader decides alone, until there is nothing to decide."""
        decided: list[e.Event] = []
        for _ in range(MOST_DECISIONS):
            decided = admit(self.state, self.clock)
            assert decided == admit(self.state, self.clock)
            if not decided:
                break
            self.record(*decided)
        else:
            raise AssertionError(f"the leader never comes to rest: {decided}")
        want = list(a.wanted(self.state))
        assert len(set(want)) == len(want)
        for action in list(self.going):
            if action not in want and isinstance(action, a.Prove):
                del self.going[action]
        for action in want:
            if action not in self.going:
                self.going[action] = self._begin(action)

    def _begin(self, action: a.Action) -> list[str]:
        """What is read off the state when an action is begun."""
        if isinstance(action, a.Deliver):
            self.outside.texts[action.id] = a.message(self.state, action).text
        if not isinstance(action, a.Assign):
            return []
        task = self.state.tasks[action.task]
        assert prompt(self.state, task, "nonce")
        return [message.id for message in kept_messages(self.state, task)]

    def finish(self, action: a.Action, *, heard: bool = True) -> None:
        """An action is carried out; its end is recorded unless the leader died before it heard of it."""
        read = self.going.pop(action)
        events = list(self.outside.carry_out(action))
        if isinstance(action, a.Assign):
            task = self.state.tasks[action.task]
            if task.attempt == action.attempt and task.worker is not None:
                self.outside.assign(task.worker, (task.id, task.attempt), task.base or "")
            events += [e.MessageDelivered(id, task.id) for id in read]
        pertinent = [event for event in events if is_pertinent(self.state, event)]
        if heard and pertinent:
            self.record(*pertinent)

    def read_letter(self, sender: str) -> None:
        letter = self.outside.post[sender].pop(0)
        try:
            events = interpret(self.state, letter.sender, letter.kind, letter.text, letter.id)
        except Unreadable:
            assert letter.kind == "ask"
            return
        if events:
            self.record(*events)

    def look_for_dead(self) -> None:
        """The lock of a worker's program is free."""
        for name, worker in self.state.workers.items():
            program = self.outside.programs.get(name)
            if (worker.spawned or worker.up) and (program is None or not program.alive):
                self.record(e.WorkerLost(name, "its lock is free"))

    def restart(self) -> None:
        """The leader is killed; what it had begun may have happened or not.  The next one knows the journal alone."""
        for action in list(self.going):
            if self.dice.random() < 0.5:
                self.finish(action, heard=False)
        self.going.clear()
        again = replay(self.log)
        assert again == self.state
        self.state = again
        self.record(e.LeaderStarted(2, "boot"))

    def command(self, verb: str, **args: Any) -> str:
        """The operator says something.  The answer; one that begins with `no: ` is a refusal."""
        self.words += 1
        id = f"operator-{self.words}"
        try:
            decision = decide(self.state, verb, args, "operator", id)
        except Refused as refused:
            self.record(e.CommandTaken(id, verb, False, str(refused)))
            return f"no: {refused}"
        self.record(*decision.events, e.CommandTaken(id, verb, True, decision.answer))
        return decision.answer

    def send(self, sender: str, to: str) -> None:
        self.words += 1
        try:
            found = route(self.state, sender, to)
        except Refused:
            return
        id = f"note-{self.words}"
        self.record(e.MessageAccepted(id, sender, to, "note", "hello", found.recipients, found.task))

    # histories

    def chaos(self, steps: int) -> None:
        """Anything happens, in any order."""
        for _ in range(steps):
            self.settle()
            self.dice.choices(
                [
                    self._finish_one, self._read_one, self._work_one, self._meddle, self._accident, self._time,
                    self._look_ahead,
                ],
                [8, 6, 8, 2, 1, 1, 2],
            )[0]()
        self.settle()

    def calm(self, steps: int = 6000) -> None:
        """Nothing goes wrong any more; until nothing is left to happen."""
        self.outside.chance = Chances.calm()
        for _ in range(steps):
            self.settle()
            if not self._happen():
                return
        raise AssertionError("the run never comes to rest")

    def _happen(self) -> bool:
        """Let one thing happen that has to.  False when nothing has."""
        before = len(self.log)
        self.look_for_dead()
        self.settle()
        progress = [self._finish_one, self._read_one, self._work_one]
        for _ in range(40):
            self.dice.choice(progress)()
            if len(self.log) > before:
                return True
        for step in progress * 12:
            step()
        self.settle()
        deadline = next_deadline(self.state)
        if len(self.log) == before and deadline is not None:
            self.clock = max(self.clock, deadline)
            return True
        return len(self.log) > before or self._is_busy()

    def _is_busy(self) -> bool:
        posted = any(self.outside.post.values())
        able = (p for p in self._programs() if p.alive and not (p.asking or p.suspended or p.limited))
        working = any(p.now or p.letters for p in able)
        return posted or working

    def _programs(self) -> list[Program]:
        return list(self.outside.programs.values())

    def _finish_one(self) -> None:
        if self.going:
            self.finish(self.dice.choice(list(self.going)))

    def _read_one(self) -> None:
        senders = [sender for sender, letters in self.outside.post.items() if letters]
        if senders:
            self.read_letter(self.dice.choice(senders))

    def _work_one(self) -> None:
        alive = [program for program in self._programs() if program.alive]
        if alive:
            self.outside.work(self.dice.choice(alive))

    def _look_ahead(self) -> None:
        """What a look for clashes finds, about what was live a while ago."""
        found = glance(self.state)
        if found is None:
            return
        one, other = sorted(self.dice.sample(list(found.live), k=2))
        attempts = (found.live[one].attempt - self.dice.choice([0, 0, 0, 1]), found.live[other].attempt)
        seen = e.ClashSeen(one, attempts[0], other, attempts[1], (self.dice.choice(["a.py", "b.py"]),))
        event = self.dice.choice([seen, seen, e.ClashGone(one, other)])
        if is_pertinent(self.state, event):
            self.record(event)

    def _time(self) -> None:
        self.clock += self.dice.choice([1.0, 1.0, RESERVATION + 1])

    def _meddle(self) -> None:
        """The operator."""
        if self.dice.random() < 0.3:
            self.dice.choice([self._stop, self._resume, self._resume, self._add, self._offer, self._talk])()
            return
        task = self.state.tasks[self.dice.choice(list(self.state.tasks))]
        verbs = APT.get(task.status, VERBS) if self.dice.random() < 0.9 else VERBS
        self.command(self.dice.choice(verbs), task=task.id, text="the first")

    def _stop(self) -> None:
        if self.dice.random() < 0.3:
            self.command("stop")

    def _resume(self) -> None:
        if self.state.over:
            self.record(e.LeaderStarted(3, "boot"))

    def _add(self) -> None:
        upstreams = self.dice.sample(list(self.state.tasks), k=self.dice.randint(0, min(2, len(self.state.tasks))))
        task = Task(f"x{len(self.state.tasks)}", "added", "do it", depends_on=tuple(upstreams))
        self.outside.tasks[task.id] = task
        assert not self.command("add", tasks=[codec.encode(task)]).startswith("no")

    def _offer(self) -> None:
        work: Work = (f"target-{len(self.log)}", 1)
        self.command("offer", target="main", commit=self.outside.commit(f"target {work}", frozenset([work])))

    def _talk(self) -> None:
        names = [*self.state.workers, *self.state.tasks, "all", "role:reviewer", "operator", "leader"]
        self.send(self.dice.choice([*self.state.workers, "operator"]), self.dice.choice(names))
        for box, ids in self.outside.mailboxes.items():
            if ids and self.dice.random() < 0.5:
                self.record(*interpret(self.state, box, "read", self.dice.choice(ids), "read"))

    def _accident(self) -> None:
        chance = self.outside.chance
        if self.dice.random() < chance.die:
            for program in self._programs():
                if self.dice.random() < 0.5:
                    self.outside.die(program)
        if self.dice.random() < 0.5:
            self.look_for_dead()
        if self.dice.random() < chance.moved:
            self.outside.outsider_moves()
        if self.dice.random() < chance.halt:
            self.restart()
        if self.dice.random() < chance.die / 4 and self.state.workers:
            self.record(e.WorkerDetached(self.dice.choice(list(self.state.workers))))

    # the end

    def reasons(self) -> dict[str, Reason]:
        """Why each task that is neither merged nor moving by itself is where it is."""
        tasks = [task for task in self.state.tasks.values() if task.status is not Status.MERGED]
        return {task.id: why(self.state, task) for task in tasks}

    def statuses(self) -> Counter[Status]:
        return Counter(task.status for task in self.state.tasks.values())
