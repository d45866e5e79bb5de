"""The machine: programs and their versions, room on the disk and in memory, and the limits that runs run into.

Knows nothing of repositories and runs.  Numbers come from what was measured with 64 workers, with a margin.
"""

from __future__ import annotations

import os
import platform
import resource
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from swarm.cli.health.agents import agents
from swarm.cli.health.finding import Finding, fail, ok, told, warn
from swarm.cli.preflight import watchers_in_use
from swarm.core.plan import Fence, Sandbox
from swarm.core.units import size_text
from swarm.errors import SwarmError
from swarm.git.version import check_version as check_git
from swarm.packages import how_to_install
from swarm.sandbox import check as check_sandbox
from swarm.tmux.version import check_version as check_tmux

LEAST_DISK, GOOD_DISK = 200_000_000, 2_000_000_000
LEAST_MEMORY, GOOD_MEMORY = 200_000_000, 1_000_000_000
"""Bytes.  A worker takes about 20 MB by itself; its agent takes what it takes."""

GOOD_FILES = 4096
"""Open files: tmux spins at 98% when they run out, and its clients hang."""

GOOD_WATCHES = 8192
SPARE_INSTANCES = 16
"""inotify instances that have to be free: one for each watching process."""

PYTHON = (3, 11)
PROC = Path("/proc")


def machine(place: Path) -> Iterator[Finding]:
    """Everything.  `place`: an existing directory on the disk on which our state lies."""
    yield python(sys.version_info[:3])
    yield git()
    yield tmux()
    yield from agents()
    yield sandbox()
    yield disk(place, shutil.disk_usage(place).free)
    yield memory(PROC)
    yield inotify(PROC)
    yield open_files(*resource.getrlimit(resource.RLIMIT_NOFILE))


def python(version: tuple[int, ...]) -> Finding:
    """The interpreter that runs this."""
    text = f"{'.'.join(map(str, version))} on {platform.system()}"
    return ok("python", text) if version >= PYTHON else fail("python", text, "install Python 3.11 or later")


def git() -> Finding:
    """git, and whether it can merge without a worktree."""
    try:
        return ok("git", ".".join(map(str, check_git())))
    except SwarmError as error:
        return told("git", error)


def tmux() -> Finding:
    """tmux; a run can do without, by another executor."""
    try:
        return ok("tmux", ".".join(map(str, check_tmux())))
    except SwarmError as error:
        way_out = f"{how_to_install('tmux')}; or without panes: swarm start --executor process"
        return fail("tmux", error.message, way_out)


def sandbox() -> Finding:
    """bubblewrap, and whether it really starts; a run can do without."""
    began = time.monotonic()
    try:
        check_sandbox(Sandbox(Fence.BWRAP, network=False), os.environ)
    except SwarmError as error:
        return warn("sandbox", error.message.removeprefix("sandbox: "), error.hint)
    return ok("sandbox", f"bwrap starts here, in {(time.monotonic() - began) * 1000:.0f} ms")


def disk(place: Path, free: int) -> Finding:
    """Room for worktrees."""
    text, way_out = f"{size_text(free)} free for {place}", "swarm clean; or point XDG_STATE_HOME to a larger disk"
    if free < LEAST_DISK:
        return fail("disk", text, way_out)
    return ok("disk", text) if free >= GOOD_DISK else warn("disk", text, way_out)


def memory(proc: Path) -> Finding:
    """What the kernel calls available."""
    try:
        lines = (proc / "meminfo").read_text().splitlines()
    except OSError:
        return ok("memory", "unknown on this platform")
    free = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)
    if free is None:
        return ok("memory", "unknown on this platform")
    text, way_out = f"{size_text(free)} available", "close something, or start fewer --workers"
    if free < LEAST_MEMORY:
        return fail("memory", text, way_out)
    return ok("memory", text) if free >= GOOD_MEMORY else warn("memory", text, way_out)


def inotify(proc: Path) -> Finding:
    """Limits of the watcher.  At their end messages still arrive, by a scan each second."""
    try:
        watches = int((proc / "sys/fs/inotify/max_user_watches").read_text())
        instances = int((proc / "sys/fs/inotify/max_user_instances").read_text())
    except (OSError, ValueError):
        return ok("inotify", "unknown on this platform; messages are found by a scan each second")
    used = watchers_in_use(proc)
    text = f"{instances - used} of {instances} instances free, {watches} watches"
    if instances - used < SPARE_INSTANCES:
        return warn("inotify", text, f"sudo sysctl fs.inotify.max_user_instances={max(512, instances * 2)}")
    if watches < GOOD_WATCHES:
        return warn("inotify", text, f"sudo sysctl fs.inotify.max_user_watches={GOOD_WATCHES * 8}")
    return ok("inotify", text)


def open_files(soft: int, hard: int) -> Finding:
    """Descriptors; we raise the soft limit ourselves as far as the hard one goes."""
    if hard == resource.RLIM_INFINITY or hard >= GOOD_FILES:
        return ok("open files", f"{soft} (up to {'any number' if hard == resource.RLIM_INFINITY else hard})")
    return warn("open files", f"{soft} (up to {hard})", f"ulimit -Hn {GOOD_FILES * 2}; or start fewer --workers")
