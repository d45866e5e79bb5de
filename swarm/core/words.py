"""Every sentence that the program says about a run, in one place.  Pure: values in, text out.

Lower-case, past tense where something happened, whole, no full stop right after an id.  Knows nothing of who reads it:
the terminal, the board, the log and the prompts all take their sentences from here.
"""

from __future__ import annotations

from collections.abc import Sequence

from swarm.core import events as e
from swarm.core.events import Outcome, Verdict
from swarm.core.plaintext import one_line
from swarm.core.plan import Review
from swarm.core.quota import Account
from swarm.core.state import State, TaskState
from swarm.core.status import Status

CLASH = "≠"
"""The shape that goes with a clash, whatever its colour."""

SHORT = 10
"""Hex digits of a commit id shown to people."""


def commit(oid: str | None) -> str:
    """A commit id as people read it."""
    return oid[:SHORT] if oid else "nothing"


def some(names: Sequence[str], most: int = 4) -> str:
    """A list for a sentence: `a, b, c and 5 more`."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def gave_up(task: TaskState) -> str:
    """Why a task has no attempts left."""
    count = "attempt" if task.attempt == 1 else "attempts"
    if task.overspent:
        return f"its budget of {task.task.limits.budget:g} USD is used up after {task.attempt} {count}"
    return f"{task.attempt} {count} used up; the last one: {task.reason or 'it ended without work'}"


def held_for_review(review: Review | None) -> str:
    """Why sealed work waits."""
    if review and review.role:
        return f"its work waits for a review by {review.role}"
    return "its work waits for a person's review"


def strays(paths: Sequence[str]) -> str:
    """Why a clean merge was not taken."""
    return f"merging it would change files that it did not touch: {some(paths)}"


def conflict_feedback(paths: Sequence[str], tip: str) -> str:
    """What the next attempt is told after a conflict."""
    listed = "\n".join(f"  {path}" for path in paths)
    return (
        f"Your last attempt did not merge: other work had landed meanwhile (now at {commit(tip)}), and these files "
        f"conflict with it:\n{listed}\nThis worktree is on the newest state. Do the task again on top of it, "
        "keeping what the others did."
    )


def red_feedback(judged: e.CandidateJudged) -> str:
    """What the next attempt is told after a red gate."""
    return (
        "Your last attempt was merged with the other work on trial, and the checks failed on the result "
        "(they may well have passed on your branch alone). Nothing of it landed. The end of the output:\n"
        f"{judged.excerpt}"
    )


def base_is_red(judged: e.CandidateJudged) -> str:
    """Why a run could not begin."""
    what = "failed" if judged.verdict is Verdict.FAIL else "could not run"
    return f"the checks {what} on the base {commit(judged.commit)} before any work began:\n{judged.excerpt}"


def gate_could_not_run(judged: e.CandidateJudged) -> str:
    """Why work that is neither red nor green is held."""
    last = judged.excerpt.strip().splitlines()
    return f"the checks could not run: {last[-1] if last else 'no output'}"


def target_conflicts(target: str, paths: Sequence[str]) -> str:
    """Why the target branch could not be brought in."""
    return f"{target} has moved and conflicts with the run in {some(paths)}"


def target_is_red(target: str, judged: e.CandidateJudged) -> str:
    """Why the target branch could not be brought in."""
    return f"the run merged with {target} does not pass the checks:\n{judged.excerpt}"


def asks_more(questions: int) -> str:
    """What an answer adds where that many questions are left."""
    if not questions:
        return ""
    return "; it asks something else, too" if questions == 1 else f"; it asks {questions} other things, too"


def in_hands(task: TaskState) -> str:
    """Why nobody but a person goes on with it."""
    return f"{task.taken_by} has taken it over"


def waits_for_account(account: Account) -> str:
    """Why nothing on an account goes on."""
    if account.refused:
        return f"its account {account.name} was refused, which only you can mend: {one_line(account.reason, 300)}"
    return f"its account {account.name} is at its limit: {one_line(account.reason, 300)}"


def _limited(event: e.AttemptLimited) -> str:
    reason = one_line(event.reason, 300)
    if event.refused:
        return f"{event.task} needs you: its account {event.account} was refused: {reason}"
    return f"{event.task} waits for its account {event.account}: {reason}"


def program_ended(trouble: str) -> str:
    """Why a worker counts as lost; `trouble` is what its program said last."""
    return f"its program ended: {one_line(trouble)}" if trouble else "its program ended"


def worker_keeps_dying(losses: int, last: str) -> str:
    """Why a worker was given up.  `last`: why it was lost the last time."""
    return f"its program ended {losses} times in a row without finishing an attempt; the last time: {last}"


def stray_conflicts(found: str, paths: Sequence[str]) -> str:
    """Why a commit that somebody else put into the integration ref can't be built on."""
    return f"somebody moved the integration ref to {commit(found)}, which conflicts with the run in {some(paths)}"


def stray_is_red(found: str, judged: e.CandidateJudged) -> str:
    """Why a commit that somebody else put into the integration ref can't be built on."""
    what = "could not be verified" if judged.verdict is Verdict.ERROR else "does not pass the checks"
    last = judged.excerpt.strip().splitlines()
    detail = f": {last[-1].lstrip('─ ')}" if last else ""
    return f"somebody moved the integration ref to {commit(found)}, and the run merged with it {what}{detail}"


def clash(seen: e.ClashSeen, task: str) -> str:
    """What is wrong between the work of `task` and another's: `clashes with api in a.py, b.py and 2 more`."""
    return f"clashes with {_other(seen, task)} in {_paths(seen)}"


def clashes(found: TaskState) -> str:
    """The clashes of a task in one line; "" where there is none."""
    seen = list(found.clashes.values())
    more = f"; and with {some([_other(one, found.id) for one in seen[1:]])}" if len(seen) > 1 else ""
    return f"{clash(seen[0], found.id)}{more}" if seen else ""


def _other(seen: e.ClashSeen, task: str) -> str:
    return seen.other if task == seen.task else seen.task


def _paths(seen: e.ClashSeen) -> str:
    shown = seen.paths[:3]
    more = len(seen.paths) - len(shown) + seen.more
    return ", ".join(shown) + (f" and {more} more" if more else "")


def talked_out() -> str:
    """Why a message of an agent is not carried."""
    return "this attempt has sent as many messages as one may; the next attempt can send again"


def taken_before(id: str) -> str:
    """Why a message is not taken though its id is known."""
    return f"another message with the id {id} was taken before; give each its own"


def tip_in_the_way(target: str) -> str:
    """Why the target branch was not even tried."""
    return f"{target} can't be brought in: somebody put something into the integration ref that can't be built on"


def worker_is_gone(worker: str) -> str:
    """Why an attempt counts as lost."""
    return f"{worker}, which had it, could not be started again"


def no_merge(members: Sequence[e.Member]) -> str:
    """Why sealed work is held that no merge could be made of, nobody knows why."""
    return f"no merge could be made of {some([member.task for member in members])}, and no conflict was found"


def set_aside(task: TaskState, attempt: int) -> str:
    """Why a late result does not count."""
    if task.attempt != attempt:
        return f"attempt {task.attempt} has taken over"
    return f"{task.id} is {task.status}"


def worker_is_mute(seconds: float) -> str:
    """Why a worker that was started counts as lost."""
    return f"its program did not report within {seconds:g} s"


def no_worker_starts(reason: str) -> str:
    """Why a run without workers failed."""
    return f"no worker could be kept running: {reason}"


_OUTCOMES = {
    Outcome.FAILED: "failed",
    Outcome.EMPTY: "ended without the work it was asked for",
    Outcome.UNSEALABLE: "left a worktree that can't be sealed",
    Outcome.TIMEOUT: "ran out of time",
    Outcome.IDLE: "was silent for too long",
    Outcome.LOST: "was lost",
    Outcome.REJECTED: "could not start",
    Outcome.CANCELLED: "was ended",
}


def outcome(kind: Outcome) -> str:
    """What became of an attempt, as a verb phrase."""
    return _OUTCOMES[kind]


def sentence(event: e.Event) -> str:
    """One event as one line for people; "" for those that only programs need."""
    kinds = (_run, _attempt, _agent, _decision, _merging, _trouble, _message)
    said = next((said for kind in kinds if (said := kind(event))), "")
    first, _, more = said.strip().partition("\n")
    return f"{first.rstrip(' :')} …" if more.strip() else first.rstrip(" :")


def _run(event: e.Event) -> str:
    match event:
        case e.RunStarted():
            workers = len(event.plan.workers)
            return f"run {event.run} began: {len(event.plan.tasks)} tasks, {workers} workers, base {commit(event.base)}"
        case e.LeaderStarted():
            return f"leader started (pid {event.pid})"
        case e.TasksAdded():
            return f"added {some([task.id for task in event.tasks])}"
        case e.BudgetSet():
            return f"{event.by} gave the run a budget of {event.usd:g} USD"
        case e.RunStopping():
            return f"{event.by} asked the run to stop"
        case e.RunStopped():
            return "run stopped"
        case e.RunFinished():
            return "run finished"
        case e.RunFailed():
            return f"run failed: {event.reason}"
        case e.WorkerReady():
            return f"{event.worker} is ready"
        case e.WorkerLost():
            return f"{event.worker} is gone: {event.reason}"
        case e.WorkerBroken():
            return f"{event.worker} was given up: {event.reason}"
        case _:
            return ""


def _attempt(event: e.Event) -> str:
    match event:
        case e.TaskClaimed():
            return f"{event.worker} claimed {event.task} (attempt {event.attempt})"
        case e.ReservationExpired():
            return f"{event.task} was not taken in time"
        case e.QuestionAsked():
            return f"{event.task} needs you: {event.text}"
        case e.QuestionAnswered():
            return f"{event.task} was answered: {event.text}"
        case e.QuestionWithdrawn():
            return f"{event.task} needs no answer any more"
        case e.AttemptSuspended():
            return f"{event.task} was paused"
        case e.AttemptTaken():
            return f"{event.task} was taken over by {event.by}"
        case e.AttemptContinued():
            return f"{event.task} goes on"
        case e.WorkSealed():
            return f"{event.task} was sealed" + (f" at {commit(event.commit)}" if event.commit else " with its report")
        case e.AttemptEnded():
            return f"{event.task} (attempt {event.attempt}) {outcome(event.outcome)}: {event.reason}"
        case e.ResultSetAside():
            return f"a late result of {event.task} (attempt {event.attempt}) was set aside: {event.why}"
        case _:
            return ""


def _agent(event: e.Event) -> str:
    match event:
        case e.AgentIdentified():
            return f"{event.task} (attempt {event.attempt}) runs with {event.model}" if event.model else ""
        case e.AttemptLimited():
            return _limited(event)
        case e.AccountLifted():
            who = "" if event.by == "leader" else f", says {event.by}"
            return f"what waited for the account {event.account} may go on{who}"
        case _:
            return ""


def _decision(event: e.Event) -> str:
    match event:
        case e.TaskGaveUp():
            return f"{event.task} failed: {event.reason}"
        case e.TaskSkipped():
            return f"{event.task} was skipped because {event.because} failed"
        case e.TaskPaused():
            return f"{event.task} was paused"
        case e.TaskUnpaused():
            return f"{event.task} was unpaused"
        case e.TaskCancelled():
            return f"{event.task} was cancelled by {event.by}"
        case e.TaskRetried():
            return f"{event.task} gets new attempts from {event.by}"
        case e.WorkHeld():
            return f"{event.task} is held: {event.reason}"
        case e.ReportAccepted():
            return f"the report of {event.task} was accepted"
        case e.WorkApproved():
            return f"{event.task} was approved by {event.by}"
        case _:
            return ""


def _merging(event: e.Event) -> str:
    match event:
        case e.CandidateFormed():
            return f"verifying {_members(event)}"
        case e.CandidateJudged():
            return f"candidate {event.candidate} {_verdict(event)}"
        case e.CandidateSplit():
            return f"candidate {event.candidate} is red with several tasks in it; trying parts of it"
        case e.GateFailed():
            return f"{event.task} was red once merged and goes back with the output"
        case e.MergeConflicted():
            return f"{event.task} conflicts in {some(event.paths)} and goes back"
        case e.CandidateLanded():
            return f"landed {commit(event.new)}"
        case e.Published(branch=str(branch)):
            return f"published {commit(event.tip)} as {branch}"
        case e.TargetRefused():
            return f"not merged: {event.reason}"
        case e.TargetMerged():
            return f"{event.target} moved to {commit(event.new)}"
        case e.ClashSeen():
            return f"{event.task} {clash(event, event.task)}"
        case e.ClashGone():
            return f"{event.task} no longer clashes with {event.other}"
        case _:
            return ""


def _trouble(event: e.Event) -> str:
    match event:
        case e.TipMoved():
            return f"somebody moved the integration ref to {commit(event.found)}"
        case e.TipStrayed():
            return f"somebody moved the integration ref to {commit(event.found)}; it is verified before it counts"
        case e.TipRefused():
            return f"nothing lands: {event.reason}"
        case e.ActionHindered():
            return f"{event.action} was hindered and is tried again: {event.reason}"
        case _:
            return ""


def _members(event: e.CandidateFormed) -> str:
    names = [member.task or "the target branch" for member in event.members]
    return some(names) if names else "the base"


def _verdict(event: e.CandidateJudged) -> str:
    said = {Verdict.PASS: "is green", Verdict.FAIL: "is red", Verdict.ERROR: "could not be verified"}[event.verdict]
    known = ", known from the same tree" if event.cached else ""
    return f"{said} ({event.seconds:.1f} s{known})" + (" on the second run" if event.flaky else "")


def _message(event: e.Event) -> str:
    match event:
        case e.MessageAccepted(kind="note"):
            return f"message from {event.sender} to {event.to}: {event.text.strip()}"
        case e.CommandTaken(ok=False):
            return f"{event.verb} was refused: {event.answer}"
        case _:
            return ""


def progress(state: State) -> str:
    """Counts for a status line: `7 of 12 merged, 3 running, 1 failed, 1 blocked`."""
    ready = len(state.ready) + len(state.spent)
    waiting = {"ready": ready, "blocked": state.counts[Status.PENDING] - ready}
    shown = {status.value: state.counts[status] for status in Status if status not in (Status.MERGED, Status.PENDING)}
    parts = [f"{count} {status}" for status, count in (shown | waiting).items() if count]
    return ", ".join([f"{state.counts[Status.MERGED]} of {len(state.tasks)} merged", *parts])
