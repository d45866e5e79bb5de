"""Events: the facts of a run, frozen and in the past tense.  The journal is a list of them; the state is their fold.

Knows nothing of how a fact came about or what follows from it.  An event that speaks of an attempt carries
(task, attempt).  Commits are full object ids.  A later version may add a field with a default, never change one.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from swarm.core.plan import Plan, Role, Task


class Outcome(enum.StrEnum):
    """How an attempt ended without work that could enter the merge queue."""

    FAILED = "failed"
    """The agent exited with an error or said that it failed."""
    EMPTY = "empty"
    """The agent ended well, but what the task expects is not there."""
    UNSEALABLE = "unsealable"
    """The worktree was left in the middle of a merge or rebase, so there is no commit to take."""
    TIMEOUT = "timeout"
    IDLE = "idle"
    LOST = "lost"
    """The worker died, or never took the attempt.  It is not the task's fault."""
    REJECTED = "rejected"
    """The executor or the worker could not start it (no such program, setup failed)."""
    CANCELLED = "cancelled"
    """We ended it ourselves, on the operator's word."""


class Verdict(enum.StrEnum):
    """What the gate said of a candidate."""

    PASS = "pass"  # noqa: S105 (a verdict, not a password)
    FAIL = "fail"
    ERROR = "error"
    """The gate could not run or did not end in time: neither red nor green."""


class Event:
    """A fact.  All events are frozen dataclasses."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """What an attempt used, as its agent reported it."""

    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0
    cached_tokens: int = 0
    """How many of the input tokens were read from a cache."""

    def __add__(self, other: Usage) -> Usage:
        """Both together, to a millionth of a dollar."""
        return Usage(
            self.input_tokens + other.input_tokens, self.output_tokens + other.output_tokens,
            round(self.usd + other.usd, 6), self.cached_tokens + other.cached_tokens,
        )  # fmt: skip

    def less(self, other: Usage) -> Usage:
        """What this is more than the other; nothing is below zero."""
        return Usage(
            max(0, self.input_tokens - other.input_tokens), max(0, self.output_tokens - other.output_tokens),
            max(0.0, round(self.usd - other.usd, 6)), max(0, self.cached_tokens - other.cached_tokens),
        )  # fmt: skip


# ── the run ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class RunStarted(Event):
    """First event of every journal.  `repo` is the user's checkout; `target` the branch it was on (None: detached)."""

    run: str
    repo: str
    base: str
    target: str | None
    plan: Plan
    executor: str = "tmux"


@dataclass(frozen=True, slots=True)
class LeaderStarted(Event):
    """A leader took the run over.  `boot` identifies the machine's boot: under another one no process is left."""

    pid: int
    boot: str


@dataclass(frozen=True, slots=True)
class TasksAdded(Event):
    """Tasks joined the running plan, and roles that they are the first to use."""

    tasks: tuple[Task, ...]
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True)
class BudgetSet(Event):
    """The operator said how many USD the run may use in all."""

    usd: float
    by: str


@dataclass(frozen=True, slots=True)
class RunStopping(Event):
    """The operator asked the run to stop: nothing new is claimed, attempts under way are ended and kept."""

    by: str


@dataclass(frozen=True, slots=True)
class RunStopped(Event):
    """Nothing is under way any more; `swarm resume` goes on."""


@dataclass(frozen=True, slots=True)
class RunFinished(Event):
    """Nothing is left that could move."""


@dataclass(frozen=True, slots=True)
class RunFailed(Event):
    """The run could not begin, e.g. because the base is red."""

    reason: str


# ── workers ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class WorkerSpawned(Event):
    """A worker's program was started; `place` is its pane id, or "" where it has none."""

    worker: str
    place: str


@dataclass(frozen=True, slots=True)
class WorkerReady(Event):
    """A worker's program says that it lives and waits for work."""

    worker: str
    pid: int


@dataclass(frozen=True, slots=True)
class WorkerDetached(Event):
    """A worker's program lives on, but its pane is gone: it needs a new one."""

    worker: str


@dataclass(frozen=True, slots=True)
class WorkerLost(Event):
    """A worker's program is gone (its lock is free)."""

    worker: str
    reason: str


@dataclass(frozen=True, slots=True)
class WorkerBroken(Event):
    """A worker's program could not be started; the run goes on without it."""

    worker: str
    reason: str


# ── an attempt ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class TaskEvent(Event):
    """A fact about one attempt of one task."""

    task: str
    attempt: int


@dataclass(frozen=True, slots=True)
class TaskClaimed(TaskEvent):
    """The intent to run: written before anything is started.  `base` is the integration tip it will start from."""

    worker: str
    base: str


@dataclass(frozen=True, slots=True)
class AttemptAssigned(TaskEvent):
    """The executor accepted the attempt."""


@dataclass(frozen=True, slots=True)
class AttemptStarted(TaskEvent):
    """The worker took the attempt; from here on it may have effects."""

    pid: int


@dataclass(frozen=True, slots=True)
class ReservationExpired(TaskEvent):
    """The worker did not take the attempt in time; it is to be withdrawn."""


@dataclass(frozen=True, slots=True)
class QuestionAsked(TaskEvent):
    """The agent waits for a person.  `question` is the message's id."""

    question: str
    text: str


@dataclass(frozen=True, slots=True)
class QuestionAnswered(TaskEvent):
    """The answer was given; the agent goes on."""

    question: str
    text: str


@dataclass(frozen=True, slots=True)
class QuestionWithdrawn(TaskEvent):
    """The agent needs no answer any more: whoever looked at its pane has told it there."""

    question: str


@dataclass(frozen=True, slots=True)
class AttemptSuspended(TaskEvent):
    """The operator paused a running attempt."""


@dataclass(frozen=True, slots=True)
class AttemptContinued(TaskEvent):
    """The operator let a paused attempt go on, or whoever had taken it over let go."""


@dataclass(frozen=True, slots=True)
class AttemptTaken(TaskEvent):
    """A person took the conversation of the attempt's agent over, in its worker's pane: until they let go, nobody else
    goes on with it."""

    by: str


@dataclass(frozen=True, slots=True)
class AgentIdentified(TaskEvent):
    """The agent said which conversation this is and which model runs; "" for what it did not say."""

    session: str
    model: str


@dataclass(frozen=True, slots=True)
class AttemptLimited(TaskEvent):
    """The agent's account was refused for now (a usage limit, too many requests) or for good (a wrong key): the attempt
    waits, and so does everything on that account.  `until`: Unix seconds; None: no time was named."""

    account: str
    reason: str
    until: float | None = None
    refused: bool = False
    """For good: no time passes that would mend it, so a person has to."""


@dataclass(frozen=True, slots=True)
class AttemptUsed(TaskEvent):
    """What the attempt under way has used so far.  Told now and then; how it ended says the same of the whole."""

    usage: Usage


@dataclass(frozen=True, slots=True)
class AccountLifted(Event):
    """What is on the account may go on."""

    account: str
    by: str


@dataclass(frozen=True, slots=True)
class WorkSealed(TaskEvent):
    """The attempt's work is fixed in `commit`; it enters the merge queue (without one, it is done by its report)."""

    commit: str | None
    report: str = ""
    usage: Usage = Usage()
    note: str = ""


@dataclass(frozen=True, slots=True)
class AttemptEnded(TaskEvent):
    """The attempt is over with nothing to merge.  `commit` still holds whatever it left, on its own branch."""

    outcome: Outcome
    reason: str
    commit: str | None = None
    feedback: str = ""
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True)
class ResultSetAside(TaskEvent):
    """A result came too late to count; its commit is kept on the attempt's branch."""

    commit: str | None
    why: str


# ── a task, decided by the leader or the operator ────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class TaskGaveUp(TaskEvent):
    """The task has used up its attempts."""

    reason: str


@dataclass(frozen=True, slots=True)
class TaskSkipped(TaskEvent):
    """An upstream failed and says that its dependents are skipped."""

    because: str


@dataclass(frozen=True, slots=True)
class TaskPaused(TaskEvent):
    """The operator paused a task that was not running."""


@dataclass(frozen=True, slots=True)
class TaskUnpaused(TaskEvent):
    """The operator let a paused task go on."""


@dataclass(frozen=True, slots=True)
class TaskCancelled(TaskEvent):
    """The operator gave the task up.  An attempt under way is ended; its work is kept on its branch."""

    by: str


@dataclass(frozen=True, slots=True)
class TaskRetried(TaskEvent):
    """The operator gave the task a fresh set of attempts."""

    by: str


@dataclass(frozen=True, slots=True)
class WorkHeld(TaskEvent):
    """Sealed work waits for a person: by policy, or because the gate could not judge it."""

    reason: str
    strays: tuple[str, ...] = ()
    """Paths that merging it would change though its branch did not: approving it accepts exactly these."""


@dataclass(frozen=True, slots=True)
class ReportAccepted(TaskEvent):
    """A sealed task without a commit is done by its report: there is nothing to merge."""


@dataclass(frozen=True, slots=True)
class WorkApproved(TaskEvent):
    """A person let held work into the merge queue."""

    by: str


# ── the merge queue ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Member:
    """One head in a candidate: a task's sealed commit, or (task "") a commit of the target branch."""

    task: str
    attempt: int
    commit: str
    when: int
    """Unix seconds of its merge commit: from the journal, so that the same merge is the same object id again."""
    strays: tuple[str, ...] = ()
    """Paths that its branch did not change, but that a person accepted to be changed by its merge."""


@dataclass(frozen=True, slots=True)
class Clash:
    """A task and the paths that stand in its way."""

    task: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CandidateFormed(Event):
    """The intent to verify: onto `onto` come the members of the candidates `below`, then `members`, one by one."""

    candidate: int
    onto: str
    members: tuple[Member, ...]
    below: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CandidateJudged(Event):
    """The gate's verdict on exactly this commit."""

    candidate: int
    commit: str
    verdict: Verdict
    log: str = ""
    """Path of the gate's whole output, relative to the run's directory."""
    excerpt: str = ""
    """The end of that output, fit to be given back to an agent."""
    seconds: float = 0.0
    cached: bool = False
    flaky: bool = False
    commits: tuple[str, ...] = ()
    """The merge commit of each member, the last one being `commit`."""


@dataclass(frozen=True, slots=True)
class CandidateUnbuildable(Event):
    """The members could not be merged: `conflicts` clash with the tip itself, `strays` would undo something there,
    `deferred` clash only with others in this candidate."""

    candidate: int
    conflicts: tuple[Clash, ...] = ()
    deferred: tuple[str, ...] = ()
    strays: tuple[Clash, ...] = ()


@dataclass(frozen=True, slots=True)
class CandidateDropped(Event):
    """A candidate is of no use any more; its members are sealed again."""

    candidate: int
    why: str


@dataclass(frozen=True, slots=True)
class CandidateSplit(Event):
    """A candidate of several was red: one of its members is, and halves will tell which."""

    candidate: int


@dataclass(frozen=True, slots=True)
class GateFailed(TaskEvent):
    """A candidate of one was red: the work goes back to its task."""

    candidate: int
    feedback: str
    log: str = ""


@dataclass(frozen=True, slots=True)
class MergeConflicted(TaskEvent):
    """The work does not merge onto the tip: it goes back to its task."""

    candidate: int
    paths: tuple[str, ...]
    feedback: str


@dataclass(frozen=True, slots=True)
class CandidateLanding(Event):
    """The intent to move the integration ref from `old` (None: it is created) to `new`."""

    candidate: int
    old: str | None
    new: str


@dataclass(frozen=True, slots=True)
class CandidateLanded(Event):
    """The integration ref was moved; the members are merged."""

    candidate: int
    old: str | None
    new: str


@dataclass(frozen=True, slots=True)
class TipMoved(Event):
    """The tip is `found`, whoever put it there.  Only journals of earlier versions say so: see TipStrayed."""

    found: str


@dataclass(frozen=True, slots=True)
class TipStrayed(Event):
    """Somebody else moved the integration ref to the commit `found`: it is merged onto the tip and verified before
    anything is built on it, and until then nothing lands."""

    found: str


@dataclass(frozen=True, slots=True)
class TipRefused(Event):
    """What somebody else put into the integration ref can't be built on: nothing lands until a person has put it back.
    `found` is "" where it is no commit."""

    found: str
    reason: str


@dataclass(frozen=True, slots=True)
class Published(Event):
    """The integration ref was fetched into the user's repository."""

    tip: str
    branch: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class TargetOffered(Event):
    """`swarm merge` asked for the target branch's `commit` to be brought into the integration ref."""

    target: str
    commit: str
    request: str


@dataclass(frozen=True, slots=True)
class TargetRefused(Event):
    """The target branch could not be brought in: it conflicts, or the result is red."""

    request: str
    reason: str


@dataclass(frozen=True, slots=True)
class TargetMerged(Event):
    """`swarm merge` moved a branch of the user's repository."""

    target: str
    old: str | None
    new: str


# ── clashes ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ClashSeen(Event):
    """Two live branches would not merge with one another as they stand.  It decides nothing; said again where the paths
    have changed.  `task` comes before `other` in the alphabet."""

    task: str
    attempt: int
    other: str
    other_attempt: int
    paths: tuple[str, ...]
    """The first few of the files that are in conflict, in order."""
    more: int = 0
    """How many there are beyond those."""


@dataclass(frozen=True, slots=True)
class ClashGone(Event):
    """The branches of two tasks that clashed don't any more, as they stand.  A clash of which one side has landed,
    ended or begun anew is over without a word."""

    task: str
    other: str


# ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class MessageAccepted(Event):
    """A message was taken from its sender's outbox, once.  `sender` is stamped by the directory it lay in."""

    id: str
    sender: str
    to: str
    kind: str
    text: str
    recipients: tuple[str, ...] = ()
    """Mailboxes that it goes to."""
    task: str = ""
    """The task that it is kept for, where nobody runs that task yet."""
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class MessageDelivered(Event):
    """The message lies in the recipient's inbox, or stands in the prompt of a task's next attempt."""

    id: str
    recipient: str


@dataclass(frozen=True, slots=True)
class MessageRead(Event):
    """The recipient acknowledged the message."""

    id: str
    recipient: str


@dataclass(frozen=True, slots=True)
class ActionHindered(Event):
    """Something outside could not be done just now (git was killed, a lock was held); it is to be tried again.

    `action`: its name, see swarm.core.actions.name.
    """

    action: str
    reason: str


@dataclass(frozen=True, slots=True)
class ActionResumed(Event):
    """The pause after a hindrance is over."""

    action: str


@dataclass(frozen=True, slots=True)
class CommandTaken(Event):
    """An operator's command was applied or refused, once; `answer` is what the operator was told."""

    id: str
    verb: str
    ok: bool
    answer: str


EVENTS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        RunStarted, LeaderStarted, TasksAdded, BudgetSet, RunStopping, RunStopped, RunFinished, RunFailed,
        WorkerSpawned, WorkerReady, WorkerDetached, WorkerLost, WorkerBroken,
        TaskClaimed, AttemptAssigned, AttemptStarted, ReservationExpired, QuestionAsked, QuestionAnswered,
        QuestionWithdrawn, AttemptSuspended, AttemptTaken, AttemptContinued, AgentIdentified, AttemptLimited,
        AttemptUsed, AccountLifted,
        WorkSealed, AttemptEnded, ResultSetAside,
        TaskGaveUp, TaskSkipped, TaskPaused, TaskUnpaused, TaskCancelled, TaskRetried, WorkHeld, ReportAccepted,
        WorkApproved,
        CandidateFormed, CandidateJudged, CandidateUnbuildable, CandidateDropped, CandidateSplit, GateFailed,
        MergeConflicted, CandidateLanding, CandidateLanded, TipMoved, TipStrayed, TipRefused,
        Published,
        TargetOffered, TargetRefused, TargetMerged, ClashSeen, ClashGone,
        MessageAccepted, MessageDelivered, MessageRead, CommandTaken, ActionHindered, ActionResumed,
    )
}  # fmt: skip
"""Every kind of event by its name in the journal."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal: events that became true together.

    `at` is wall time (Unix seconds, for people); `mono` is seconds since the machine's boot (for deadlines).
    """

    seq: int
    at: float
    mono: float
    events: tuple[Event, ...]
