"""The state of a run: what the fold of the journal has found so far.

Knows nothing of how it changes (swarm.core.evolve) or what follows from it (swarm.core.rules, swarm.core.actions).
Beside the facts it keeps a few indexes (ready tasks in order, the queue, who is idle), so that one event costs by the
degree of its task and not by the number of tasks.  Indexes are written by evolve alone and can be made again from the
facts.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from swarm.core.events import ClashSeen, MessageAccepted, Usage
from swarm.core.merging import Candidate, Offer, Stray
from swarm.core.plan import MergePolicy, OnFailure, Plan, Task, WorkerSpec
from swarm.core.quota import Account
from swarm.core.status import Status

MAX_LOSSES = 5
"""Lost attempts that a task may have beyond its retries: a machine that keeps dying must not run for ever."""

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds after each hindrance until the next try.  What is hindered once more than that is given up."""


class Phase(enum.StrEnum):
    """Where the run as a whole stands."""

    STARTING = "starting"
    """The base is being verified; no worker exists yet."""
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(slots=True)
class Attempt:
    """What is remembered of one attempt, for people.  Times are Unix seconds."""

    number: int
    worker: str
    base: str
    started: float
    ended: float | None = None
    outcome: str = ""
    session: str = ""
    """Its agent's conversation, where it has one."""
    model: str = ""
    """The model that ran, as its agent says."""
    usage: Usage = Usage()


@dataclass(slots=True)
class TaskState:
    """One task in this run."""

    task: Task
    index: int
    status: Status = Status.PENDING
    since: float = 0.0
    """When it came into this status, in Unix seconds."""
    open_upstreams: int = 0
    released: bool = False
    """Its dependents no longer wait for it (merged, or failed with `on_failure: continue`)."""
    attempt: int = 0
    attempts: list[Attempt] = field(default_factory=list)
    failures: int = 0
    losses: int = 0
    allowance: int = 1
    worker: str | None = None
    """Whose attempt is still under way, whatever the status says (a cancelled task's agent takes a while to end)."""
    claimed_at: float = 0.0
    """`mono` seconds of the claim, then of the assignment: the reservation's deadline counts from here."""
    assigned: bool = False
    expired: bool = False
    taken: bool = False
    """Its worker has the attempt in hand: it can't be withdrawn any more."""
    base: str | None = None
    commit: str | None = None
    """The sealed head of the newest attempt that left one."""
    sealed_at: int = 0
    merged: str | None = None
    approved: bool = False
    strays: tuple[str, ...] = ()
    """Paths that its merge would change though its branch did not: accepted once it is approved."""
    deferred_at: str | None = None
    """The tip under which it clashed with work not yet landed: it waits until the tip has moved."""
    candidate: int | None = None
    feedback: str = ""
    """What the next attempt is told about the last one."""
    reason: str = ""
    """Why it failed, was held or skipped."""
    questions: list[tuple[str, str]] = field(default_factory=list)
    """(message id, text) of what its agent asks and nobody has answered, oldest first."""
    report: str = ""
    started: float | None = None
    ended: float | None = None
    suspended: bool = False
    """The operator holds its attempt, whatever else it waits for."""
    taken_by: str = ""
    """Who has taken its agent's conversation over, and has not let go."""
    usage: Usage = Usage()
    """What its attempts have used that have ended."""
    spending: Usage = Usage()
    """What the one under way has used, as far as that was told."""
    forgiven: float = 0.0
    """USD that were used before the operator gave it new attempts: they don't count against its budget."""
    clashes: dict[str, ClashSeen] = field(default_factory=dict)
    """By the other task: what was seen of their branches; only while both are live (swarm.core.clashes)."""
    mail: list[str] = field(default_factory=list)
    """Ids of messages kept for it until somebody runs it."""

    @property
    def id(self) -> str:
        return self.task.id

    @property
    def question(self) -> tuple[str, str] | None:
        """The question that is to be answered next."""
        return self.questions[0] if self.questions else None

    @property
    def exhausted(self) -> bool:
        """True when no further attempt is allowed."""
        return self.failures >= self.allowance or self.losses > MAX_LOSSES or self.overspent

    @property
    def overspent(self) -> bool:
        """True when what its attempts have used, since the operator last gave it new ones, has reached its budget."""
        budget = self.task.limits.budget
        return budget is not None and self.usage.usd - self.forgiven >= budget

    @property
    def rank(self) -> tuple[int, int]:
        """Order among ready tasks: the greatest goes first (priority, then place in the file)."""
        return (self.task.priority, -self.index)


@dataclass(slots=True)
class WorkerState:
    """One worker.  `up`: its program has reported; `spawned`: it was started and has not been lost since."""

    spec: WorkerSpec
    spawned: bool = False
    spawned_at: float = 0.0
    """`mono` seconds of its program's start, for the deadline of its first word."""
    up: bool = False
    broken: str = ""
    place: str = ""
    pid: int | None = None
    task: str | None = None
    losses: int = 0
    said: int = 0
    """Messages of its agent that were carried since its attempt began, each counted once for every mailbox."""
    said_bytes: int = 0
    lost: str = ""
    """Why its program was lost the last time."""

    @property
    def name(self) -> str:
        return self.spec.name


@dataclass(slots=True)
class Hindrance:
    """An action that could not be done just now.  `due`: `mono` seconds of the next try, while it `rests`."""

    count: int = 0
    due: float = 0.0
    rests: bool = False


@dataclass(slots=True)
class State:
    """A run.  `tip` is the integration ref's last known value (None until the base was found green)."""

    run: str = ""
    repo: str = ""
    base: str = ""
    target: str | None = None
    plan: Plan = Plan("", ())
    executor: str = "tmux"
    boot: str = ""
    phase: Phase = Phase.STARTING
    reason: str = ""
    seq: int = 0
    at: float = 0.0
    """Wall time of the newest entry, in Unix seconds."""
    began: float | None = None
    ended: float | None = None
    tip: str | None = None
    published: str | None = None
    published_branch: str | None = None
    target_merged: str | None = None
    tasks: dict[str, TaskState] = field(default_factory=dict)
    below: dict[str, list[str]] = field(default_factory=dict)
    workers: dict[str, WorkerState] = field(default_factory=dict)
    usage: Usage = Usage()
    counts: Counter[Status] = field(default_factory=Counter)

    # the merge queue
    queue: dict[str, None] = field(default_factory=dict)
    """Sealed tasks in the order of sealing."""
    candidates: dict[int, Candidate] = field(default_factory=dict)
    stack: list[int] = field(default_factory=list)
    """Candidates under way; each stands on the one before it, the first on the tip."""
    suspects: set[str] = field(default_factory=set)
    """Tasks, sealed or verifying, of which one is red together with the rest."""
    next_candidate: int = 0
    offer: Offer | None = None
    stray: Stray | None = None
    hindered: dict[str, Hindrance] = field(default_factory=dict)
    """By the name of the action."""
    accounts: dict[str, Account] = field(default_factory=dict)
    """By the name of the account (swarm.core.accounts)."""
    limited: dict[str, None] = field(default_factory=dict)
    """Paused tasks whose attempts wait, or waited when they ended, for their accounts."""

    # messages
    taken: dict[str, str] = field(default_factory=dict)
    """Ids of messages and commands that were applied, each with a digest of what was said (swarm.core.digest)."""
    answers: dict[str, tuple[bool, str]] = field(default_factory=dict)
    """What the operator was told of each command: a leader that died may not have said it."""
    undelivered: dict[tuple[str, str], MessageAccepted] = field(default_factory=dict)
    """(id, mailbox) still to be put there."""
    kept: dict[str, MessageAccepted] = field(default_factory=dict)
    """Messages kept for a task that nobody runs yet, by id."""
    messages: int = 0
    unread: dict[str, set[str]] = field(default_factory=dict)
    """Ids of messages that lie in a mailbox and were not acknowledged, by mailbox."""

    # indexes
    ready: list[tuple[int, int, str]] = field(default_factory=list)
    """Tasks that could be claimed, as (*rank, id), best last."""
    ready_skills: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """How many ready tasks ask for the same skills: tells at once that an idle worker can do none of them."""
    spent: dict[str, None] = field(default_factory=dict)
    """Pending tasks without attempts left."""
    aside: dict[str, None] = field(default_factory=dict)
    """Sealed tasks that do not enter the queue: to be reviewed first, or done by their report."""
    doomed: dict[str, str] = field(default_factory=dict)
    """Pending tasks to be skipped, and because of which upstream."""
    under_way: dict[str, None] = field(default_factory=dict)
    """Tasks with an attempt of their own that has not ended."""
    active: dict[str, None] = field(default_factory=dict)
    """Tasks whose changes are on their way to the tip: claimed up to verifying."""

    def idle_workers(self) -> Iterator[WorkerState]:
        """Workers that could take an attempt now."""
        return (worker for worker in self.workers.values() if worker.up and worker.task is None)

    @property
    def over(self) -> bool:
        """True when the run has ended, for now or for good."""
        return self.phase in (Phase.FINISHED, Phase.FAILED, Phase.STOPPED)

    @property
    def all_merged(self) -> bool:
        """True when every task of the plan is merged."""
        return self.counts[Status.MERGED] == len(self.tasks)


def releases(found: TaskState) -> bool:
    """True when the task's dependents may go on."""
    if found.status is Status.MERGED:
        return True
    return found.status is Status.FAILED and found.task.on_failure is OnFailure.CONTINUE


def dooms(found: TaskState) -> bool:
    """True when the task's dependents are to be skipped."""
    if found.status is Status.SKIPPED:
        return True
    return found.status is Status.FAILED and found.task.on_failure is OnFailure.SKIP


def wants_review(state: State, found: TaskState) -> bool:
    """True when sealed work of the task waits for a person by policy, and nobody has approved it yet."""
    return not found.approved and (found.task.review is not None or state.plan.merge is MergePolicy.MANUAL)
