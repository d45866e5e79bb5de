"""A run without git, tmux or agents: the real rules decide, a script says what becomes of each action.

Entries go into a State of its own and, if there is one, into a real journal, exactly as a leader would write them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from swarm.core import events as e
from swarm.core.actions import Action, Assign, Deliver, Land, Prove, Publish, Spawn, Stop, Withdraw, wanted
from swarm.core.commands import Refused, decide
from swarm.core.evolve import evolve
from swarm.core.plan import Plan, Task, WorkerSpec
from swarm.core.rules import admit
from swarm.core.state import State
from swarm.core.status import Status
from swarm.journal import Journal

BEGAN = 1_700_000_000.0
"""Wall time of the first entry; each further one is a second later."""

Fate = Callable[[Task, int], str]
"""What becomes of an attempt: seal, fail, red, error, ask, run (for ever), lost."""


def oid(*parts: object) -> str:
    """An object id that is always the same for the same parts."""
    return hashlib.sha1(repr(parts).encode()).hexdigest()


def plan(tasks: Sequence[Task], workers: int = 3) -> Plan:
    """A plan with so many equal workers."""
    return Plan("sim", tuple(tasks), workers=tuple(WorkerSpec(f"worker-{n}") for n in range(1, workers + 1)))


@dataclass
class Run:
    """One simulated run.  `said` receives every entry after it was folded."""

    plan: Plan
    fate: Fate
    journal: Journal | None = None
    began: float = BEGAN
    holds_gate: bool = False
    """True: candidates are not judged, so that work stays under verification."""

    def __post_init__(self) -> None:
        self.state = State()
        self.entries: list[e.Entry] = []

    @classmethod
    def written(cls, path: Path, plan: Plan, fate: Fate, began: float = BEGAN) -> Run:
        """A run with a journal on disk."""
        path.parent.mkdir(parents=True, exist_ok=True)
        return cls(plan, fate, Journal(path), began)

    def record(self, *events: e.Event) -> e.Entry:
        """One entry."""
        at = self.began + len(self.entries)
        entry = e.Entry(len(self.entries) + 1, at, float(len(self.entries)), events)
        if self.journal:
            [entry] = self.journal.append([(entry.at, entry.mono, events)])
        self.entries.append(entry)
        evolve(self.state, entry)
        return entry

    def begin(self, name: str = "sim", repo: str = "") -> Run:
        """The first entries of every journal."""
        self.record(e.RunStarted(name, repo, oid("base"), "main", self.plan))
        self.record(e.LeaderStarted(1, "boot"))
        return self

    def command(self, verb: str, task: str, text: str = "") -> bool:
        """An operator's command, as the leader takes it; False where it is refused."""
        try:
            decision = decide(self.state, verb, {"task": task, "text": text}, "operator", f"c{len(self.entries)}")
        except Refused:
            return False
        self.record(*decision.events)
        return True

    def step(self) -> bool:
        """One decision, or one effect; False when nothing moves any more."""
        decided = admit(self.state, float(len(self.entries)))
        if decided:
            self.record(*decided)
            return True
        return any(self._act(action) for action in list(wanted(self.state)))

    def play(self, steps: int = 10_000) -> Run:
        """Go on until nothing moves, at most so many steps."""
        while steps and not self.state.over and self.step():
            steps -= 1
        return self

    def _act(self, action: Action) -> bool:
        match action:
            case Spawn(worker=worker):
                self.record(e.WorkerSpawned(worker, "%1"), e.WorkerReady(worker, 10))
            case Assign(task=task, attempt=attempt):
                self._attempt(task, attempt)
            case Prove():
                return self._judge(action)
            case Land(candidate=number, old=old, new=new):
                self.record(e.CandidateLanded(number, old, new))
            case Publish(tip=tip):
                self.record(e.Published(tip, "swarm/sim"))
            case Deliver(id=id, recipient=recipient):
                self.record(e.MessageDelivered(id, recipient))
            case Stop(task=task, attempt=attempt) | Withdraw(task=task, attempt=attempt):
                self.record(e.AttemptEnded(task, attempt, e.Outcome.CANCELLED, "it was ended"))
            case _:
                return False
        return True

    def _attempt(self, name: str, attempt: int) -> None:
        self.record(e.AttemptAssigned(name, attempt))
        fate = self.fate(self.state.tasks[name].task, attempt)
        if fate == "claimed":
            return
        self.record(e.AttemptStarted(name, attempt, 100))
        match fate:
            case "seal" | "red" | "error":
                usage = e.Usage(1000, 200, 0.05)
                self.record(e.WorkSealed(name, attempt, oid(name, attempt), usage=usage))
            case "fail":
                self.record(e.AttemptEnded(name, attempt, e.Outcome.FAILED, "the agent gave up: tests do not pass"))
            case "lost":
                self.record(e.AttemptEnded(name, attempt, e.Outcome.LOST, "its worker died"))
            case "ask":
                self.record(e.QuestionAsked(name, attempt, f"q-{name}", "may I drop the table users?"))
            case _:
                pass

    def _judge(self, action: Prove) -> bool:
        fates = {self.fate(self.state.tasks[m.task].task, m.attempt) for m in action.chain if m.task}
        if self.holds_gate and action.chain:
            return False
        commits = tuple(oid("merged", member.task, member.attempt) for member in action.chain)
        verdict = e.Verdict.FAIL if "red" in fates else e.Verdict.ERROR if "error" in fates else e.Verdict.PASS
        commit, own = commits[-1] if commits else action.onto, commits[len(commits) - action.own :]
        text = "" if verdict is e.Verdict.PASS else "2 failed, 31 passed\nbash: no such tool"
        self.record(e.CandidateJudged(action.candidate, commit, verdict, excerpt=text, seconds=3.5, commits=own))
        return True


SHOWN = (
    Task("schema", "Design the schema of accounts and sessions", "Write the tables.", priority=5),
    Task("docs", "Describe the login flow for operators", "Write docs."),
    Task("lint", "Turn on the linter", "Add ruff."),
    Task("api", "Endpoints for login, logout and refresh", "Write the API.", depends_on=("schema",)),
    Task("hashing", "Passwords are hashed with argon2id", "Hash.", depends_on=("schema",)),
    Task("migrate", "Move the old accounts over", "Migrate.", depends_on=("schema",)),
    Task("mail", "Send the confirmation mail", "Mail."),
    Task("captcha", "A captcha after five wrong passwords", "Captcha."),
    Task("audit-log-with-a-long-name", "Every login leaves a line in the audit log", "Log it.", depends_on=("schema",)),
    Task("ui", "The login page, keyboard first", "Build the page.", depends_on=("api",)),
    Task("e2e", "End-to-end tests of the whole flow", "Test it.", depends_on=("ui", "migrate")),
    Task("report", "A report on what an attacker could still do", "Report.", depends_on=("captcha",)),
    Task("theme", "Dark mode", "Dark."),
    Task("i18n", "Messages in three languages 日本語 français deutsch", "Translate."),
)
"""Tasks for a board with something in every column (`showcase`)."""


def showcase(run: Run) -> Run:
    """Drive a run of SHOWN, whose fates are `shown_fate`, to where every column has a card."""
    run.begin("add-auth")
    for _ in range(400):
        if run.state.tasks["api"].status is Status.MERGED and not run.holds_gate:
            run.holds_gate = True
        if run.state.tasks["theme"].status is Status.PENDING:
            run.command("pause", "theme")
        if not run.step():
            break
    return run


def shown_fate(task: Task, attempt: int) -> str:
    """The fates of SHOWN."""
    fates = {"captcha": "fail", "migrate": "ask", "hashing": "run", "mail": "error", "ui": "run"}
    return fates.get(task.id, "red" if task.id == "api" and attempt == 1 else "seal")
