"""When to look: as soon as the bell rings, no oftener than the eye can follow, and once a second in any case.

Knows a doorbell and the running event loop; nothing of what is looked at.  `start` and everything after it belongs to
one thread.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from inbox.watch import Watch

SCAN = 1.0
"""Seconds between two scans: a bell that stays silent delays by no more than this."""

FRAME = 1 / 30
"""Seconds between two looks while the bell keeps ringing."""


class Pulse:
    """Calls `look` on a ring and `scan` once a second, from `start` to `stop`."""

    def __init__(self, bell: Watch, look: Callable[[], None], scan: Callable[[], None]) -> None:
        self._bell, self._look, self._scan = bell, look, scan
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sweep: asyncio.TimerHandle | None = None
        self._due: asyncio.TimerHandle | None = None
        self._last = 0.0

    def start(self) -> None:
        """From now on, in the running loop."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._bell.fileno(), self._rung)
        self._swept()

    def stop(self) -> None:
        """No more calls.  Safe to repeat, and before `start`."""
        if self._loop is None:
            return
        self._loop.remove_reader(self._bell.fileno())
        for timer in (self._sweep, self._due):
            if timer is not None:
                timer.cancel()
        self._loop = None

    def _rung(self) -> None:
        self._bell.clear()
        if self._due is None and self._loop is not None:
            self._due = self._loop.call_later(max(0.0, self._last + FRAME - time.monotonic()), self._now)

    def _now(self) -> None:
        self._due = None
        self._last = time.monotonic()
        self._look()

    def _swept(self) -> None:
        if self._loop is not None:
            self._sweep = self._loop.call_later(SCAN, self._swept)
            self._scan()
