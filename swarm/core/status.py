"""The one table: which event takes a task from which status to which.  A missing entry is the error.

Knows nothing of why an event happens or what else it changes (swarm.core.evolve).  docs/states.md is drawn from here.
Blocked and ready are not statuses: they are derived from pending (swarm.core.why).
"""

from __future__ import annotations

import enum

from swarm.core import events as e


class Status(enum.StrEnum):
    """The statuses of a task that are kept."""

    PENDING = "pending"
    CLAIMED = "claimed"
    RUNNING = "running"
    WAITING = "waiting"
    PAUSED = "paused"
    SEALED = "sealed"
    VERIFYING = "verifying"
    REVIEW = "review"
    MERGED = "merged"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


BLOCKED = "blocked"
READY = "ready"

TERMINAL = frozenset({Status.MERGED, Status.FAILED, Status.SKIPPED, Status.CANCELLED})
"""A task here moves no more unless the operator says so."""

UNDER_WAY = frozenset({Status.CLAIMED, Status.RUNNING, Status.WAITING, Status.PAUSED})
"""A task here may have a process of its own."""

_S = Status

TRANSITIONS: dict[Status, dict[type[e.Event], Status]] = {
    _S.PENDING: {
        e.TaskClaimed: _S.CLAIMED,
        e.TaskGaveUp: _S.FAILED,
        e.TaskSkipped: _S.SKIPPED,
        e.TaskPaused: _S.PAUSED,
        e.TaskCancelled: _S.CANCELLED,
        e.WorkSealed: _S.SEALED,  # a late result of an attempt that was taken for lost, before the next one began
    },
    _S.CLAIMED: {
        e.AttemptAssigned: _S.CLAIMED,
        e.ReservationExpired: _S.CLAIMED,
        e.AttemptStarted: _S.RUNNING,
        e.WorkSealed: _S.SEALED,
        e.AttemptEnded: _S.PENDING,
        e.TaskCancelled: _S.CANCELLED,
    },
    _S.RUNNING: {
        e.AttemptAssigned: _S.RUNNING,  # the worker was quicker than the executor's answer
        e.AttemptStarted: _S.RUNNING,
        e.QuestionAsked: _S.WAITING,
        e.AgentIdentified: _S.RUNNING,
        e.AttemptUsed: _S.RUNNING,
        e.AttemptLimited: _S.PAUSED,
        e.AttemptSuspended: _S.PAUSED,
        e.AttemptTaken: _S.PAUSED,
        e.WorkSealed: _S.SEALED,
        e.AttemptEnded: _S.PENDING,
        e.TaskCancelled: _S.CANCELLED,
    },
    _S.WAITING: {
        e.AttemptAssigned: _S.WAITING,
        e.AgentIdentified: _S.WAITING,
        e.AttemptUsed: _S.WAITING,
        e.AttemptLimited: _S.PAUSED,  # asked again when the account may go on
        e.AttemptTaken: _S.PAUSED,
        e.QuestionAsked: _S.WAITING,
        e.QuestionAnswered: _S.RUNNING,
        e.QuestionWithdrawn: _S.RUNNING,
        e.WorkSealed: _S.SEALED,
        e.AttemptEnded: _S.PENDING,
        e.TaskCancelled: _S.CANCELLED,
    },
    _S.PAUSED: {
        e.TaskUnpaused: _S.PENDING,
        e.AttemptContinued: _S.RUNNING,
        e.AttemptAssigned: _S.PAUSED,
        e.AgentIdentified: _S.PAUSED,
        e.AttemptUsed: _S.PAUSED,
        e.AttemptLimited: _S.PAUSED,  # its turn ended while the operator paused
        e.AttemptSuspended: _S.PAUSED,  # it waited for its account, and now for the operator, too
        e.AttemptTaken: _S.PAUSED,
        e.QuestionWithdrawn: _S.PAUSED,
        e.QuestionAsked: _S.PAUSED,  # it was on its way when the operator paused; asked again when the agent goes on
        e.WorkSealed: _S.SEALED,
        e.AttemptEnded: _S.PAUSED,  # what the operator paused is not begun again before they say so
        e.TaskCancelled: _S.CANCELLED,
    },
    _S.SEALED: {
        e.AttemptAssigned: _S.SEALED,
        e.CandidateFormed: _S.VERIFYING,
        e.ReportAccepted: _S.MERGED,
        e.WorkHeld: _S.REVIEW,
        e.TaskCancelled: _S.CANCELLED,
    },
    _S.VERIFYING: {
        e.CandidateDropped: _S.SEALED,
        e.CandidateSplit: _S.SEALED,
        e.GateFailed: _S.PENDING,
        e.MergeConflicted: _S.PENDING,
        e.WorkHeld: _S.REVIEW,
        e.CandidateLanded: _S.MERGED,
    },
    _S.REVIEW: {
        e.WorkApproved: _S.SEALED,
        e.TaskRetried: _S.PENDING,
        e.TaskCancelled: _S.CANCELLED,
    },
    _S.MERGED: {},
    _S.FAILED: {
        e.TaskRetried: _S.PENDING,
        e.TaskCancelled: _S.CANCELLED,
    },
    _S.SKIPPED: {
        e.TaskRetried: _S.PENDING,
    },
    _S.CANCELLED: {
        e.TaskRetried: _S.PENDING,
        e.AttemptAssigned: _S.CANCELLED,
        e.AttemptStarted: _S.CANCELLED,
        e.WorkSealed: _S.CANCELLED,  # the attempt that was under way when the operator cancelled
        e.AttemptEnded: _S.CANCELLED,
    },
}


class IllegalEvent(Exception):
    """An event that the table does not allow: a bug of ours, never the user's fault."""


def following(status: Status, event: e.Event, task: str) -> Status:
    """The status after `event`; IllegalEvent where the table has no entry."""
    entry = TRANSITIONS[status].get(type(event))
    if entry is None:
        raise IllegalEvent(f"{type(event).__name__} can't happen to {task}, which is {status}")
    return entry


def is_allowed(status: Status, event: e.Event) -> bool:
    """Whether the table has an entry."""
    return type(event) in TRANSITIONS[status]


def mermaid() -> str:
    """The table as a Mermaid state diagram (docs/states.md)."""
    lines = ["stateDiagram-v2", "    [*] --> pending"]
    for status, row in TRANSITIONS.items():
        for event, then in row.items():
            if then is not status:
                lines.append(f"    {status} --> {then}: {event.__name__}")
    lines += [f"    {status} --> [*]" for status in Status if status in TERMINAL]
    return "\n".join(lines)


def table() -> str:
    """The table as Markdown: a row for each entry, also those that keep the status."""
    rows = ["| status | event | then |", "|---|---|---|"]
    for status, row in TRANSITIONS.items():
        rows += [f"| {status} | {event.__name__} | {then} |" for event, then in row.items()]
    return "\n".join(rows)


_PAGE = """\
# The statuses of a task

Generated from `swarm/core/status.py` by `python -m tools.states_page`. Change the table there, then run that.

A task is always in one of these statuses, and only an event of the journal takes it to another. What the table does not
list can't happen. *Blocked* and *ready* are not statuses: a pending task is shown as blocked while an upstream holds it
back, else as ready.

```mermaid
{mermaid}
```

## The whole table

Also the events that leave the status as it is.

{table}
"""


def page() -> str:
    """The whole of docs/states.md."""
    return _PAGE.format(mermaid=mermaid(), table=table())
