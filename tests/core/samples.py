"""One sample of each kind of event, and a run in any status, for tests that walk all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from swarm.core import events as e
from swarm.core.events import Clash, Member, Outcome, Usage, Verdict
from swarm.core.evolve import evolve
from swarm.core.plan import OnFailure, Plan, Task, WorkerSpec
from swarm.core.state import State
from swarm.core.status import Status

BASE, HEAD, GREEN = "b" * 40, "c" * 40, "d" * 40
TASK = "api"

TASKS = (
    Task(TASK, "The API", "Write it.", on_failure=OnFailure.SKIP),
    Task("docs", "The docs", "Describe it.", depends_on=(TASK,)),
)
PLAN = Plan("shop", TASKS, workers=(WorkerSpec("worker-1"), WorkerSpec("worker-2")))

SAMPLES: tuple[e.Event, ...] = (
    e.RunStarted("shop-1", "/checkouts/shop", BASE, "main", PLAN),
    e.LeaderStarted(4711, "boot-1"),
    e.TasksAdded((Task("extra", "More", "Do more."),)),
    e.BudgetSet(60.0, "operator"),
    e.RunStopping("operator"),
    e.RunStopped(),
    e.RunFinished(),
    e.RunFailed("the base is red"),
    e.WorkerSpawned("worker-1", "%3"),
    e.WorkerReady("worker-1", 4712),
    e.WorkerDetached("worker-1"),
    e.WorkerLost("worker-1", "its lock is free"),
    e.WorkerBroken("worker-1", "no such program"),
    e.TaskClaimed(TASK, 1, "worker-1", BASE),
    e.AttemptAssigned(TASK, 1),
    e.AttemptStarted(TASK, 1, 4713),
    e.ReservationExpired(TASK, 1),
    e.QuestionAsked(TASK, 1, "question-1", "Which port?"),
    e.QuestionAnswered(TASK, 1, "question-1", "8080"),
    e.QuestionWithdrawn(TASK, 1, "question-1"),
    e.AttemptSuspended(TASK, 1),
    e.AttemptTaken(TASK, 1, "operator"),
    e.AttemptContinued(TASK, 1),
    e.AgentIdentified(TASK, 1, "conversation-1", "model-4-6"),
    e.AttemptLimited(TASK, 1, "claude", "you have hit your limit", 5000.0),
    e.AttemptUsed(TASK, 1, Usage(8, 4, 0.2)),
    e.AccountLifted("claude", "operator"),
    e.WorkSealed(TASK, 1, HEAD, "", Usage(10, 5, 0.25)),
    e.AttemptEnded(TASK, 1, Outcome.FAILED, "it exited with 1", HEAD, "look there", Usage(1, 1, 0.1)),
    e.ResultSetAside(TASK, 1, HEAD, "attempt 2 has taken over"),
    e.TaskGaveUp(TASK, 1, "3 attempts used up"),
    e.TaskSkipped(TASK, 1, "docs"),
    e.TaskPaused(TASK, 1),
    e.TaskUnpaused(TASK, 1),
    e.TaskCancelled(TASK, 1, "operator"),
    e.TaskRetried(TASK, 1, "operator"),
    e.WorkHeld(TASK, 1, "its work waits for a person's review"),
    e.ReportAccepted(TASK, 1),
    e.WorkApproved(TASK, 1, "operator"),
    e.CandidateFormed(1, BASE, (Member(TASK, 1, HEAD, 1000),)),
    e.CandidateJudged(1, GREEN, Verdict.PASS, "gates/1.log", "2 passed", 1.25, commits=(GREEN,)),
    e.CandidateUnbuildable(1, (Clash(TASK, ("a.py",)),)),
    e.CandidateDropped(1, "it is of no use"),
    e.CandidateSplit(1),
    e.GateFailed(TASK, 1, 1, "1 failed", "gates/1.log"),
    e.MergeConflicted(TASK, 1, 1, ("a.py", "b.py"), "do it again"),
    e.CandidateLanding(1, BASE, GREEN),
    e.CandidateLanded(1, BASE, GREEN),
    e.TipMoved(HEAD),
    e.TipStrayed(HEAD),
    e.TipRefused(HEAD, "the checks are red"),
    e.Published(GREEN, "swarm/shop-1"),
    e.TargetOffered("main", HEAD, "operator-1"),
    e.TargetRefused("operator-1", "it conflicts"),
    e.TargetMerged("main", BASE, GREEN),
    e.ClashSeen(TASK, 1, "docs", 1, ("a.py", "b.py"), 3),
    e.ClashGone(TASK, "docs"),
    e.MessageAccepted("note-1", "worker-1", "worker-2", "note", "hello\nthere", ("worker-2",)),
    e.MessageDelivered("note-1", "worker-2"),
    e.MessageRead("note-1", "worker-2"),
    e.ActionHindered("land 1", "git was killed"),
    e.ActionResumed("land 1"),
    e.CommandTaken("operator-1", "pause", False, "there is no task 'x'"),
)

_BEGUN: tuple[e.Event, ...] = (
    e.RunStarted("shop-1", "/checkouts/shop", BASE, "main", PLAN),
    e.LeaderStarted(4711, "boot-1"),
    e.CandidateFormed(0, BASE, ()),
    e.CandidateJudged(0, BASE, Verdict.PASS),
    e.CandidateLanding(0, None, BASE),
    e.CandidateLanded(0, None, BASE),
    e.Published(BASE, "swarm/shop-1"),
    e.WorkerSpawned("worker-1", "%1"),
    e.WorkerReady("worker-1", 4712),
)
_CLAIMED = (*_BEGUN, e.TaskClaimed(TASK, 1, "worker-1", BASE))
_RUNNING = (*_CLAIMED, e.AttemptAssigned(TASK, 1), e.AttemptStarted(TASK, 1, 4713))
_SEALED = (*_RUNNING, e.WorkSealed(TASK, 1, HEAD))
_VERIFYING = (*_SEALED, e.CandidateFormed(1, BASE, (Member(TASK, 1, HEAD, 1000),)))
_FAILED = (
    *_RUNNING, e.AttemptEnded(TASK, 1, Outcome.FAILED, "it exited with 1"),
    e.TaskGaveUp(TASK, 1, "1 attempt used up"),
)  # fmt: skip

HISTORIES: dict[Status, tuple[e.Event, ...]] = {
    Status.PENDING: _BEGUN,
    Status.CLAIMED: _CLAIMED,
    Status.RUNNING: _RUNNING,
    Status.WAITING: (*_RUNNING, e.QuestionAsked(TASK, 1, "question-1", "Which port?")),
    Status.PAUSED: (*_RUNNING, e.AttemptSuspended(TASK, 1)),
    Status.SEALED: _SEALED,
    Status.VERIFYING: _VERIFYING,
    Status.REVIEW: (*_SEALED, e.WorkHeld(TASK, 1, "its work waits for a person's review")),
    Status.MERGED: (
        *_VERIFYING, e.CandidateJudged(1, GREEN, Verdict.PASS, commits=(GREEN,)), e.CandidateLanding(1, BASE, GREEN),
        e.CandidateLanded(1, BASE, GREEN)),
    Status.FAILED: _FAILED,
    Status.SKIPPED: (*_BEGUN, e.TaskSkipped(TASK, 0, "docs")),
    Status.CANCELLED: (*_BEGUN, e.TaskCancelled(TASK, 0, "operator")),
}  # fmt: skip
"""A history that leaves the task `api` in each status."""


def entries(events: Sequence[e.Event], seq: int = 0) -> Iterator[e.Entry]:
    """One entry for each event, a second apart."""
    for number, event in enumerate(events, seq + 1):
        yield e.Entry(number, 1_700_000_000.0 + number, float(number), (event,))


def told(*events: e.Event, state: State | None = None) -> State:
    """The state after these events, from nothing or from an earlier state."""
    state = State() if state is None else state
    for entry in entries(events, state.seq):
        evolve(state, entry)
    return state


def run_in(status: Status, *more: e.Event) -> State:
    """A run whose task `api` is in that status, and what happened after."""
    return told(*HISTORIES[status], *more)
