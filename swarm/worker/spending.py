"""What the attempt under way uses: told to the leader now and then, and bounded by its budget.

Knows an attempt and the post.  The leader writes each figure into its journal, so it is told at a slow pace, and only
when it has grown by a tenth: a long attempt is told some fifty times and not some thousand.
"""

from __future__ import annotations

import time

from swarm.core.events import Usage
from swarm.worker.attempt import Attempt
from swarm.worker.post import Post

LOOK = 1.0
"""Seconds between two looks: what an agent notes of its usage is in a file."""

PACE = 10.0
"""Seconds between two figures that the leader is told."""

GROWTH = 1.1


class Spending:
    """What was told of one attempt's usage."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._told = Usage()
        self._look_at = self._tell_at = 0.0

    def look(self, attempt: Attempt) -> bool:
        """Tell what is new.  True once it has used what it may use."""
        now = time.monotonic()
        if now < self._look_at:
            return False
        self._look_at = now + LOOK
        used = attempt.used()
        if now >= self._tell_at and _has_grown(self._told, used):
            self._post.used(attempt.work.task, attempt.work.attempt, used)
            self._told, self._tell_at = used, now + PACE
        return attempt.overspends(used)


def _has_grown(told: Usage, used: Usage) -> bool:
    return used.usd > told.usd * GROWTH or used.output_tokens > told.output_tokens * GROWTH
