"""The columns of the board, which status belongs where, and the shape of each status.  Pure.

Knows no task.  A shape goes with every colour, so that the board reads the same without colours.  All shapes are one
cell wide and stand in the fonts that terminals come with.
"""

from __future__ import annotations

import enum

from swarm.core.shapes import MARKS as MARKS
from swarm.core.status import BLOCKED, READY, Status


class Column(enum.StrEnum):
    """The columns, from left to right."""

    BLOCKED = "Blocked"
    READY = "Ready"
    RUNNING = "Running"
    NEEDS_YOU = "Needs you"
    VERIFYING = "Verifying"
    MERGED = "Merged"
    FAILED = "Failed"


PLACE: dict[str, Column] = {
    BLOCKED: Column.BLOCKED,
    READY: Column.READY,
    Status.CLAIMED: Column.RUNNING,
    Status.RUNNING: Column.RUNNING,
    Status.WAITING: Column.NEEDS_YOU,
    Status.REVIEW: Column.NEEDS_YOU,
    Status.PAUSED: Column.NEEDS_YOU,  # only a person lets it go on; under Running it would look as if it moved
    Status.SEALED: Column.VERIFYING,
    Status.VERIFYING: Column.VERIFYING,
    Status.MERGED: Column.MERGED,
    Status.FAILED: Column.FAILED,
    Status.SKIPPED: Column.FAILED,
    Status.CANCELLED: Column.FAILED,
}
"""Where each shown status stands (swarm.core.why.shown_status)."""

COLUMN_MARKS: dict[Column, str] = {
    Column.BLOCKED: MARKS[BLOCKED],
    Column.READY: MARKS[READY],
    Column.RUNNING: MARKS[Status.RUNNING],
    Column.NEEDS_YOU: MARKS[Status.REVIEW],
    Column.VERIFYING: MARKS[Status.VERIFYING],
    Column.MERGED: MARKS[Status.MERGED],
    Column.FAILED: MARKS[Status.FAILED],
}
"""The shape at a column's head."""

CLASH_MARK = "≠"
"""The shape of a clash with another live branch, beside the name of the task."""

_BY_URGENCY = (
    Column.NEEDS_YOU, Column.RUNNING, Column.VERIFYING, Column.FAILED, Column.READY, Column.BLOCKED, Column.MERGED,
)  # fmt: skip

URGENCY: dict[Column, int] = {column: rank for rank, column in enumerate(_BY_URGENCY)}
"""The order of columns where there is room for one list only: what a person has to look at comes first."""
