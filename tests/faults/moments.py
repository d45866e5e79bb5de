"""Moments of a run, by the number of lines in its journal: the same on a slow machine and on a fast one."""

from __future__ import annotations

import subprocess
import time

from stage import AT_MOST, Stage


def lines_of(stage: Stage) -> int:
    """How many lines the journal has; 0 while there is none."""
    try:
        return (stage.run / "journal.jsonl").read_bytes().count(b"\n")
    except OSError:
        return 0


def wait_for_lines(stage: Stage, leader: subprocess.Popen[bytes], lines: int) -> None:
    """Until the journal has so many lines, or the leader is gone."""
    patience = time.monotonic() + AT_MOST
    while leader.poll() is None and time.monotonic() < patience and lines_of(stage) < lines:
        time.sleep(0.005)
