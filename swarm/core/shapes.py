"""The shape of each status, for the board, pictures and whoever else shows a task in one cell.  Pure.

Knows no colours.  All shapes are one cell wide and stand in the fonts that terminals come with.
"""

from __future__ import annotations

from swarm.core.status import BLOCKED, READY, Status

MARKS: dict[str, str] = {
    BLOCKED: "◇",
    READY: "○",
    Status.CLAIMED: "◔",
    Status.RUNNING: "●",
    Status.WAITING: "?",
    Status.REVIEW: "!",
    Status.PAUSED: "=",
    Status.SEALED: "◫",
    Status.VERIFYING: "◐",
    Status.MERGED: "✓",
    Status.FAILED: "✗",
    Status.SKIPPED: "↷",
    Status.CANCELLED: "∅",
}
"""One shape for each shown status (swarm.core.why.shown_status)."""
