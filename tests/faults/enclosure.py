"""Places apart, in which a trial may break more than its own directory: namespaces that go with its last process.

A trial that needs one is made by a second program inside it (`--inner`), which hands its outcome back in a file.  Knows
unshare(1) and what it takes; nothing of trials.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

INSIDE = "SWARM_FAULTS_INSIDE"
"""In the environment of a program that runs inside: the name of its enclosure."""


@dataclass(frozen=True)
class Enclosure:
    """A way to be apart.  `argv` stands in front of the program; `tools` have to be installed."""

    name: str
    argv: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    root: bool = False
    """Whether it takes the machine's own root: only that one mounts a disk."""
    loop: bool = False

    @property
    def is_entered(self) -> bool:
        """Whether this program runs in it, or needs no entering."""
        return not self.argv or os.environ.get(INSIDE) == self.name

    def lacks(self) -> str:
        """Why a trial can't be made in it on this machine; nothing where it can."""
        if self.is_entered:
            return ""
        missing = [tool for tool in self.tools if shutil.which(tool) is None]
        if missing:
            return f"{', '.join(missing)} not installed"
        if self.root and not _is_real_root():
            return "it takes root"
        if self.loop and not Path("/dev/loop-control").exists():
            return "there are no loop devices"
        return _refusal(self.argv)


def _is_real_root() -> bool:
    """Root of the machine, not of a user namespace."""
    return os.geteuid() == 0 and Path("/proc/self/uid_map").read_text().split() == ["0", "0", "4294967295"]


@cache
def _refusal(argv: tuple[str, ...]) -> str:
    """What the system says to entering it."""
    if shutil.which(argv[0]) is None:
        return f"{argv[0]} not installed"
    done = subprocess.run([*argv, "true"], capture_output=True, text=True)
    return "" if done.returncode == 0 else f"{' '.join(argv)}: {done.stderr.strip()}"


NOWHERE = Enclosure("none")
"""The machine as it is."""

MOUNTS = Enclosure("mounts", ("unshare", "--user", "--map-root-user", "--mount"), ("mount", "umount"))
"""Mounts of its own (tmpfs, bind), and limits of its own for what the kernel counts by user."""

DISKS = Enclosure("disks", ("unshare", "--mount"), ("mount", "umount", "mkfs.ext4"), root=True, loop=True)
"""File systems of its own on loop devices."""
