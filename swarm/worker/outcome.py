"""What an attempt that has ended amounts to: sealed work, or an end with a reason.  Pure.

The exit code alone decides nothing: what the agent said, what is in the worktree and who ended it count too.
"""

from __future__ import annotations

from dataclasses import dataclass

from swarm.core.events import AttemptEnded, Outcome, Usage, WorkSealed
from swarm.core.plaintext import harmless, one_line
from swarm.core.plan import Expects
from swarm.core.units import usd_text

FEEDBACK_BYTES = 4000
"""How much of the log's end the next attempt is shown."""


@dataclass(frozen=True, slots=True)
class End:
    """How the agent's process ended.  `said_ok`: its own word by `swarm done` (True), `swarm fail` (False), or None."""

    code: int
    ended: str
    said_ok: bool | None
    said: str
    log_tail: str
    trouble: str = ""
    """What its output tells of an error that ended it, whatever its exit status."""
    budget: float | None = None
    """USD that it might use."""


@dataclass(frozen=True, slots=True)
class Left:
    """What it left behind.  `commit`: HEAD after the seal; `work`: it changes something; `refusal`: why no seal."""

    commit: str | None
    work: bool
    report: str
    refusal: str = ""
    note: str = ""


_STOPPED = {
    "cancelled": (Outcome.CANCELLED, "it was ended on the operator's word"),
    "timeout": (Outcome.TIMEOUT, "it took longer than its timeout"),
    "idle": (Outcome.IDLE, "it printed nothing for longer than its idle limit"),
    "flood": (Outcome.FAILED, "it printed more than 256 MiB"),
    "lost": (Outcome.LOST, "the worker's program died while it ran"),
    "pane": (Outcome.LOST, "its pane was closed while it worked in it"),
    "spent": (Outcome.CANCELLED, "the run's budget is used up"),
}


def judge(task: str, attempt: int, expects: Expects, end: End, left: Left, usage: Usage) -> WorkSealed | AttemptEnded:
    """The report on an attempt."""
    outcome, reason = _outcome(expects, end, left, usage)
    if outcome is None:
        return WorkSealed(task, attempt, left.commit if left.work else None, left.report, usage, left.note)
    feedback = _feedback(outcome, reason, end)
    return AttemptEnded(task, attempt, outcome, reason, left.commit, feedback, usage)


def _outcome(expects: Expects, end: End, left: Left, usage: Usage) -> tuple[Outcome | None, str]:
    if end.ended in _STOPPED:
        return _STOPPED[end.ended]
    if end.ended == "budget":
        return Outcome.FAILED, f"it has used {usd_text(usage.usd)} of the {usd_text(end.budget or 0.0)} that it may use"
    if end.said_ok is False:
        return Outcome.FAILED, end.said or "its agent said that it failed"
    if end.code != 0 and end.said_ok is None and not end.trouble:
        last = one_line("\n".join(reversed(end.log_tail.splitlines())))
        return Outcome.FAILED, f"its agent exited with status {end.code}" + (f": {last}" if last else "")
    if end.trouble and end.said_ok is None:
        return Outcome.FAILED, end.trouble
    if left.refusal:
        return Outcome.UNSEALABLE, left.refusal
    if expects is Expects.COMMITS and not left.work:
        return Outcome.EMPTY, "its agent ended well but changed nothing"
    if expects is Expects.REPORT and not left.report.strip():
        return Outcome.EMPTY, "its agent ended well but left no report"
    return None, ""


def _feedback(outcome: Outcome, reason: str, end: End) -> str:
    if outcome in (Outcome.LOST, Outcome.CANCELLED):
        return ""
    tail = harmless(end.log_tail)[-FEEDBACK_BYTES:].strip()
    return f"Your last attempt did not count: {reason}." + (f"\nThe end of what it printed:\n{tail}" if tail else "")
