"""A whole world outside the core, in memory: git, gates, workers with their outboxes, an integration ref.

It carries out what the core wants and answers as the real effects and workers do: late, twice, out of order, or never.
It knows the words of the core (actions, events), not its state, and decides nothing that the leader has to decide.
"""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass, field

from swarm.core import actions as a
from swarm.core import codec
from swarm.core import events as e
from swarm.core.events import Clash, Outcome, Usage, Verdict
from swarm.core.plan import Expects, Task

Work = tuple[str, int]
"""(task, attempt): a piece of work, as it is found in the content of a commit."""


@dataclass
class Truth:
    """What is wrong with the work of a plan, hidden from the leader.

    `red`: sets of tasks whose work fails the gate together (of one task: alone).  With `mends`, a later attempt of
    the one that was sent back is free of it.  `clashes`: pairs that do not merge unless the later was begun on top of
    the other.  `strays`: tasks whose merge touches foreign paths.
    """

    red: tuple[frozenset[str], ...] = ()
    mends: bool = False
    clashes: frozenset[frozenset[str]] = frozenset()
    strays: frozenset[str] = frozenset()

    def is_red(self, content: frozenset[Work]) -> bool:
        attempts = dict(content)
        return any(self._all_bad(group, attempts) for group in self.red)

    def _all_bad(self, group: frozenset[str], attempts: dict[str, int]) -> bool:
        if not group <= attempts.keys():
            return False
        return not (self.mends and any(attempts[name] > 1 for name in group))

    def clash(self, one: str, other: str) -> bool:
        return frozenset((one, other)) in self.clashes


@dataclass
class Chances:
    """How often things go wrong, from 0 to 1."""

    fail: float = 0.0
    ask: float = 0.0
    die: float = 0.0
    broken: float = 0.0
    error: float = 0.0
    moved: float = 0.0
    twice: float = 0.0
    halt: float = 0.0
    limit: float = 0.0

    @classmethod
    def calm(cls) -> Chances:
        return cls()


@dataclass
class Program:
    """A worker's program."""

    name: str
    alive: bool = False
    letters: list[Work] = field(default_factory=list)
    now: Work | None = None
    asking: str = ""
    suspended: bool = False
    taken: bool = False
    limited: bool = False
    """Its account was refused: it waits until it is told to go on."""
    cancelled: bool = False
    adopted: bool = False
    """What it has in hand was begun by a program before it."""


@dataclass
class Letter:
    sender: str
    kind: str
    text: str
    id: str


class Outside:
    """The world.  `carry_out` gives the events that an action ends in; `post` holds letters to the leader."""

    def __init__(self, tasks: dict[str, Task], truth: Truth, chance: Chances, dice: random.Random) -> None:
        self.tasks, self.truth, self.chance, self.dice = tasks, truth, chance, dice
        self.programs: dict[str, Program] = {}
        self.post: dict[str, list[Letter]] = {}
        self.content: dict[str, frozenset[Work]] = {}
        self.bases: dict[Work, str] = {}
        self.taken_back: set[Work] = set()
        self.ref: str | None = None
        self.green: set[str] = set()
        self.gate_runs: list[frozenset[Work]] = []
        self.mailboxes: dict[str, list[str]] = {}
        self.texts: dict[str, str] = {}
        self._letters = 0

    # git

    def base(self) -> str:
        return self.commit("base", frozenset())

    def commit(self, name: str, content: frozenset[Work]) -> str:
        oid = hashlib.sha1(name.encode()).hexdigest()
        self.content[oid] = content
        return oid

    def head(self, work: Work) -> str:
        return self.commit(f"head {work}", frozenset([work]))

    def merged(self, onto: str, member: e.Member) -> str:
        """The same merge is the same commit, whoever makes it."""
        content = self.content[onto] | self.content.get(member.commit, frozenset())
        return self.commit(f"{onto} {member.commit} {member.when}", content)

    def outsider_moves(self) -> None:
        if self.ref is not None:
            work = (f"outsider-{len(self.content)}", 1)
            self.ref = self.commit(f"{self.ref} {work}", self.content[self.ref] | {work})

    # actions

    def carry_out(self, action: a.Action) -> tuple[e.Event, ...]:
        match action:
            case a.Spawn():
                return self._spawn(action.worker)
            case a.Assign():
                return (e.AttemptAssigned(action.task, action.attempt),)
            case a.Withdraw():
                return self._take_back((action.task, action.attempt), Outcome.LOST)
            case a.Stop():
                return self._stop((action.task, action.attempt))
            case a.Prove():
                return self._prove(action)
            case a.Land():
                return self._land(action)
            case a.Publish():
                return (e.Published(action.tip, "swarm/run"),)
            case a.Deliver():
                return self._deliver(action.id, action.recipient)
            case _:
                raise AssertionError(action)

    def assign(self, worker: str, work: Work, base: str) -> None:
        """Idempotent: an attempt that was handed over once is not handed over again."""
        if work not in self.bases:
            self.bases[work] = base
            self.programs[worker].letters.append(work)

    def _spawn(self, worker: str) -> tuple[e.Event, ...]:
        program = self.programs.setdefault(worker, Program(worker))
        if not program.alive:
            if self._happens(self.chance.broken):
                return (e.WorkerBroken(worker, "no such program"),)
            program.alive, program.adopted = True, program.now is not None
            program.asking, program.suspended, program.limited = "", False, False
            self._say(worker, "ready", {"pid": 7})
        return (e.WorkerSpawned(worker, "%1"),)

    def _take_back(self, work: Work, outcome: Outcome) -> tuple[e.Event, ...]:
        for program in self.programs.values():
            if work in program.letters:
                program.letters.remove(work)
                self.taken_back.add(work)
        if work not in self.bases:
            self.bases[work] = ""  # never handed over, and never will be
            self.taken_back.add(work)
        return (e.AttemptEnded(*work, outcome, "taken back"),) if work in self.taken_back else ()

    def _stop(self, work: Work) -> tuple[e.Event, ...]:
        ended = self._take_back(work, Outcome.CANCELLED)
        for program in self.programs.values():
            if program.now == work:
                program.cancelled = True
        return ended

    def _prove(self, action: a.Prove) -> tuple[e.Event, ...]:
        at, made = action.onto, list[str]()
        between: list[str] = []
        for place, member in enumerate(action.chain):
            own = place >= len(action.chain) - action.own
            broken = self._broken(action, at, member, between)
            if broken is not None:
                return (broken,)
            if own and member.task in self.truth.strays and not member.strays:
                return (e.CandidateUnbuildable(action.candidate, strays=(Clash(member.task, ("foreign",)),)),)
            at = self.merged(at, member)
            made.append(at)
            between.append(member.task)
        if action.chain and self._happens(self.chance.error):
            return (e.CandidateJudged(action.candidate, action.onto, Verdict.ERROR, excerpt="no space"),)
        self.gate_runs.append(self.content[at])
        red = self.truth.is_red(self.content[at])
        if not red:
            self.green.add(at)
        verdict = Verdict.FAIL if red else Verdict.PASS
        return (e.CandidateJudged(action.candidate, at, verdict, commits=tuple(made[len(made) - action.own :])),)

    def _broken(self, action: a.Prove, at: str, member: e.Member, between: list[str]) -> e.Event | None:
        """As git would say it of this member: in conflict with the tip itself, or with another one in the chain."""
        mine = dict(self.content.get(member.commit, frozenset()))
        known = self.content.get(self.bases.get((member.task, member.attempt), ""), frozenset())
        for there in self.content[at]:
            if there not in known and any(self.truth.clash(there[0], name) for name in mine):
                if there[0] in between:
                    return e.CandidateUnbuildable(action.candidate, deferred=(member.task,))
                clash = Clash(member.task, (f"{there[0]}.txt",))
                return e.CandidateUnbuildable(action.candidate, conflicts=(clash,))
        return None

    def _land(self, action: a.Land) -> tuple[e.Event, ...]:
        if self.ref in (action.old, action.new):
            self.ref = action.new
            return (e.CandidateLanded(action.candidate, action.old, action.new),)
        assert self.ref is not None
        return (e.TipStrayed(self.ref),)

    def _deliver(self, id: str, recipient: str) -> tuple[e.Event, ...]:
        box = self.mailboxes.setdefault(recipient, [])
        program = self.programs.get(recipient)
        if id not in box:
            box.append(id)
            now = f"{program.now[0]} {program.now[1]}" if program is not None and program.now else ""
            if program is not None and id.endswith((".suspend", ".take", ".continue")) and self.texts[id] == now:
                program.suspended, program.taken = not id.endswith(".continue"), id.endswith(".take")
                program.limited = program.limited and program.suspended
            if program is not None and id.endswith(".answer"):
                program.asking = ""
        return (e.MessageDelivered(id, recipient),)

    # workers

    def work(self, program: Program) -> None:
        """One step of a living worker's program."""
        if program.now is None:
            if program.letters:
                program.now = program.letters.pop(0)
                program.cancelled, program.suspended, program.asking, program.adopted = False, False, "", False
                program.limited = program.taken = False
                task, attempt = program.now
                self._say(program.name, "started", {"task": task, "attempt": attempt, "pid": 8})
                told = {"task": task, "attempt": attempt, "session": f"{task}-{attempt}", "model": ""}
                self._say(program.name, "identified", told)
        elif program.cancelled:
            self._end(program, Outcome.CANCELLED)
        elif program.adopted:
            self._end(program, None if self.dice.random() < 0.5 else Outcome.LOST)
        elif program.limited:
            return
        elif program.taken and self.dice.random() < 0.2:
            self._say(program.name, "released", {"task": program.now[0], "attempt": program.now[1]})
            program.suspended = program.taken = False
        elif program.asking or program.suspended:
            if self._happens(self.chance.fail / 4):
                self._end(program, Outcome.IDLE)
        elif self._happens(self.chance.ask):
            program.asking = self._say(program.name, "ask", None, "which one?")
        elif self._happens(self.chance.limit):
            self._refuse(program)
        elif self._happens(self.chance.fail):
            self._end(program, self.dice.choice([Outcome.FAILED, Outcome.EMPTY, Outcome.TIMEOUT, Outcome.LOST]))
        else:
            self._end(program, None)

    def _refuse(self, program: Program) -> None:
        """Its account is refused: until a time or not, for good or not."""
        assert program.now is not None
        program.limited = True
        until = self.dice.choice([None, 1500.0, 1e9, 3000.0])
        event = e.AttemptLimited(*program.now, "?", self.dice.choice(["full", "no"]), until, self.dice.random() < 0.2)
        self._say(program.name, "used", codec.encode(e.AttemptUsed(*program.now, Usage(1, 1, 0.1))))
        self._say(program.name, "limited", codec.encode(event))

    def die(self, program: Program) -> None:
        program.alive = False

    def _end(self, program: Program, outcome: Outcome | None) -> None:
        assert program.now is not None
        task, attempt = program.now
        used = Usage(10, 5, 0.25)
        if outcome is not None:
            commit = self.head(program.now) if self.dice.random() < 0.5 else None
            body = codec.encode(e.AttemptEnded(task, attempt, outcome, f"it {outcome}", commit, "look there", used))
            self._say(program.name, "ended", body, "", f"{task}.{attempt}.ended")
        else:
            commit = None if self.tasks[task].expects is Expects.REPORT else self.head(program.now)
            body = codec.encode(e.WorkSealed(task, attempt, commit, "" if commit else "found", used))
            self._say(program.name, "sealed", body, "", f"{task}.{attempt}.sealed")
        program.now = None

    def _say(self, sender: str, kind: str, body: object, text: str = "", id: str = "") -> str:
        self._letters += 1
        letter = Letter(sender, kind, text or json.dumps(body), id or f"{sender}-{self._letters}")
        self.post.setdefault(sender, []).append(letter)
        if self._happens(self.chance.twice):
            self.post[sender].append(letter)
        return letter.id

    def _happens(self, chance: float) -> bool:
        return chance > 0 and self.dice.random() < chance
