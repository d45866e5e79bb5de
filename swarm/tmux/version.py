"""Which tmux is installed, and whether it will do.

Knows nothing of servers or panes.
"""

from __future__ import annotations

import re
import shutil

from libtmux.common import get_version_str
from libtmux.exc import LibTmuxException

from swarm.errors import SwarmError
from swarm.packages import how_to_install

OLDEST = (3, 0)
"""Pane options (`set-option -p`) and `new-window -e` came with 3.0."""


def version() -> tuple[int, ...] | None:
    """The numbers of the tmux on PATH, (3, 3) for 3.3a; None where there is none.

    A development build that names no number counts as newer than all others.
    """
    program = shutil.which("tmux")
    if program is None:
        return None
    try:
        text = get_version_str(tmux_bin=program)
    except (LibTmuxException, IndexError):  # a program of that name that doesn't answer like tmux
        return None
    numbers = re.search(r"(\d+)\.(\d+)", text)
    return (int(numbers[1]), int(numbers[2])) if numbers else (999, 0)


def check_version() -> tuple[int, ...]:
    """The version, or SwarmError with the command that installs one that will do."""
    seen = version()
    oldest = ".".join(map(str, OLDEST))
    if seen is None:
        raise SwarmError("tmux was not found", how_to_install("tmux"))
    if seen < OLDEST:
        raise SwarmError(f"tmux {oldest} or later is needed, found {'.'.join(map(str, seen))}", how_to_install("tmux"))
    return seen
