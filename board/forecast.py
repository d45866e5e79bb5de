"""The newest estimate of a run: made anew when something has happened, and seldom enough to cost next to nothing.

Knows when to ask; how it is estimated is in board.view.estimate.
"""

from __future__ import annotations

import time
from dataclasses import replace

from board.view.estimate import Estimate, estimate
from swarm.core.state import State

SHARE = 0.01
"""Of a processor's time."""


class Forecast:
    """Asked for at any time, looked at once a second.  Times `now` are Unix seconds."""

    def __init__(self) -> None:
        self._found: Estimate | None = None
        self._made = 0.0
        self._seq = -1
        self._due = 0.0

    def look(self, state: State, now: float) -> None:
        """Make it anew where the run has moved and the last one is paid for."""
        began = time.monotonic()
        if state.seq == self._seq or began < self._due:
            return
        self._found, self._made, self._seq = estimate(state, now), now, state.seq
        ended = time.monotonic()
        self._due = ended + (ended - began) / SHARE

    def known(self, now: float) -> Estimate | None:
        """What is left of it now."""
        found = self._found
        return found and replace(found, left=max(0.0, found.left - max(0.0, now - self._made)))
