"""The two clocks of a run: wall time for people, seconds since boot for deadlines; and which boot this is.

The boot clock is shared by all processes and by leaders that follow one another; no change of the date moves it.
"""

from __future__ import annotations

import time
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def wall() -> float:
    """Unix seconds."""
    return time.time()


def since_boot() -> float:
    """Seconds since the machine's boot, sleep included where the platform can tell."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def boot_id() -> str:
    """A name of this boot of this machine; "" where the platform has none."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""
