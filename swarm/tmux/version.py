"""Which tmux is installed, and whether it will do.

Knows nothing of servers or panes.  The command to type where tmux is missing is made here.
"""

from __future__ import annotations

import os
import re
import shutil

from libtmux.common import get_version_str
from libtmux.exc import LibTmuxException

from swarm.errors import SwarmError

OLDEST = (3, 0)
"""Pane options (`set-option -p`) and `new-window -e` came with 3.0."""

INSTALL = {
    "apt-get": "apt-get install tmux",
    "dnf": "dnf install tmux",
    "pacman": "pacman -S tmux",
    "apk": "apk add tmux",
    "zypper": "zypper install tmux",
    "brew": "brew install tmux",
}


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
        raise SwarmError("tmux was not found", install_hint())
    if seen < OLDEST:
        raise SwarmError(f"tmux {oldest} or later is needed, found {'.'.join(map(str, seen))}", install_hint())
    return seen


def install_hint() -> str:
    """What to type on this machine to get tmux."""
    for manager, command in INSTALL.items():
        if shutil.which(manager):
            sudo = "" if os.getuid() == 0 or manager == "brew" else "sudo "
            return f"type: {sudo}{command}"
    return "install tmux with your system's package manager"
