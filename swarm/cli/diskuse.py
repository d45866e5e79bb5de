"""What directories take on the disk.

Counting a large tree takes as long as listing it, so whoever only shows the number gives a time at which to stop.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from swarm.core.units import size_text


@dataclass(frozen=True, slots=True)
class DiskUse:
    """Bytes on the disk.  Not `whole`: there was no time to count the rest."""

    size: int
    whole: bool = True

    def text(self) -> str:
        """`1.2 GB`, or `over 1.2 GB`."""
        return size_text(self.size) if self.whole else f"over {size_text(self.size)}"


def usage(path: Path) -> int:
    """Bytes that a directory takes on the disk; a file with several names counts once.  0 where there is nothing."""
    return taken([path], float("inf")).size


def taken(paths: Iterable[Path], seconds: float) -> DiskUse:
    """What these directories take together, counted for at most so many seconds."""
    seen: set[tuple[int, int]] = set()
    total, deadline = 0, time.monotonic() + seconds
    for path in paths:
        for directory, _, names in os.walk(path):
            if time.monotonic() > deadline:
                return DiskUse(total, whole=False)
            for name in (".", *names):
                try:
                    found = os.lstat(os.path.join(directory, name))
                except FileNotFoundError:
                    continue  # it went away meanwhile
                if found.st_nlink > 1:
                    if (found.st_dev, found.st_ino) in seen:
                        continue
                    seen.add((found.st_dev, found.st_ino))
                total += found.st_blocks * 512
    return DiskUse(total)

