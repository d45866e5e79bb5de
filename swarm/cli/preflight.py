"""Before a run begins: whether disk, memory, processes and watchers of this machine will do for so many workers.

Refuses only what can't be done by any number of workers; says the rest, with numbers and the way out.  What a worker's
agent needs beyond its worktree is not known here, and not counted.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from swarm.core.plan import Plan
from swarm.core.units import size_text
from swarm.errors import SwarmError
from swarm.files import free
from swarm.git.repository import UserRepository

BLOCK = 4096
WORKER_MEMORY = 30 << 20
"""Bytes of a worker's program while it works; measured 25 MB at rest."""

WORKER_PROCESSES = 4
"""Its program, the agent, a shell and a git; tasks that the kernel counts."""

LEADER_FILES, WORKER_FILES = 64, 8
"""Descriptors that the leader and the tmux server hold; for each worker pipes, a lock and a watch."""

PACKING = frozenset({"btrfs", "zfs", "f2fs", "squashfs", "bcachefs"})
"""File systems that may store a file in less room than it has bytes."""

CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Demand:
    """What a run needs.  `worktree` in bytes."""

    workers: int
    gates: int
    worktree: int

    @property
    def disk(self) -> int:
        """Bytes of all worktrees together."""
        return (self.workers + self.gates) * self.worktree


@dataclass(frozen=True, slots=True)
class Supply:
    """What the machine has free; None where it does not tell."""

    disk: int
    memory: int | None
    processes: int | None
    files: int | None
    watchers: int | None


def check_room_for_workers(user: UserRepository, plan: Plan, base: str, place: Path, kind: str) -> list[str]:
    """What to warn of.  `place`: where worktrees will lie, `kind`: the file system there.  SwarmError where not even
    one worker can work."""
    demand = Demand(len(plan.workers), plan.gates, worktree_size(user, base))
    supply = Supply(free(place), _memory(), _processes(), _files(), _watchers())
    least = Demand(1, 1, demand.worktree).disk
    if least > supply.disk and kind not in PACKING:
        raise SwarmError(
            f"no room for a run: one worktree and that of a gate take {size_text(least)}, "
            f"{size_text(supply.disk)} are free at {place}",
            "free some space: swarm clean;   or name another disk: worktrees: DIR in the task file",
        )
    return list(warnings(demand, supply, place))


def warnings(demand: Demand, supply: Supply, place: Path) -> Iterator[str]:
    """What the run may run into, each with its way out.  Pure."""
    if demand.disk > supply.disk:
        fitting = max(1, supply.disk // max(1, demand.worktree) - demand.gates)
        yield (
            f"{demand.workers} workers and {demand.gates} gates need {size_text(demand.disk)} for worktrees, "
            f"{size_text(supply.disk)} are free at {place}: --workers {fitting} fits, or worktrees: DIR elsewhere"
        )
    if supply.memory is not None and demand.workers * WORKER_MEMORY > supply.memory:
        fitting = max(1, supply.memory // WORKER_MEMORY)
        yield (
            f"{demand.workers} workers take {size_text(demand.workers * WORKER_MEMORY)} of memory without agents, "
            f"{size_text(supply.memory)} are available: --workers {fitting} fits"
        )
    if supply.processes is not None and demand.workers * WORKER_PROCESSES > supply.processes:
        fitting = max(1, supply.processes // WORKER_PROCESSES)
        yield (
            f"{demand.workers} workers need about {demand.workers * WORKER_PROCESSES} processes, "
            f"{supply.processes} more are allowed: --workers {fitting}, or raise ulimit -u"
        )
    needed = LEADER_FILES + demand.workers * WORKER_FILES
    if supply.files is not None and needed > supply.files:
        yield (
            f"{demand.workers} workers need about {needed} open files, {supply.files} are allowed: "
            f"ulimit -Hn {needed * 2}, or fewer --workers"
        )
    if supply.watchers is not None and demand.workers + 2 > supply.watchers:
        yield (
            f"{demand.workers} workers need {demand.workers + 2} inotify instances, {supply.watchers} are free: "
            "messages will take up to a second; sudo sysctl fs.inotify.max_user_instances=1024"
        )


def worktree_size(user: UserRepository, base: str) -> int:
    """Bytes on the disk of the files of a commit, as `ls-tree` knows them: each in whole blocks."""
    sizes = user.git.run("ls-tree", "-r", "-z", "--full-tree", "--format=%(objectsize)", base).out.split(b"\0")
    return sum(-(-int(size) // BLOCK) * BLOCK for size in sizes if size.isdigit())


def _memory() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def _processes() -> int | None:
    """How many more this user, or this control group, may start."""
    left = []
    soft, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    if soft != resource.RLIM_INFINITY and os.getuid() != 0:  # root is not bound by it
        left.append(soft - sum(_is_mine(entry) for entry in Path("/proc").glob("[0-9]*")))
    try:
        most = (CGROUP / "pids.max").read_text().strip()
        left += [int(most) - int((CGROUP / "pids.current").read_text())] if most != "max" else []
    except (OSError, ValueError):
        pass  # no such controller here: nothing bounds it
    return max(0, min(left)) if left else None


def _is_mine(entry: Path) -> bool:
    try:
        return entry.stat().st_uid == os.getuid()
    except OSError:
        return False


def _files() -> int | None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if hard == resource.RLIM_INFINITY else hard


def _watchers() -> int | None:
    try:
        most = int(Path("/proc/sys/fs/inotify/max_user_instances").read_text())
    except (OSError, ValueError):
        return None
    return most - watchers_in_use(Path("/proc"))


def watchers_in_use(proc: Path) -> int:
    """How many inotify instances this user's processes hold; those of others can't be seen, and don't count."""
    found = 0
    for descriptors in proc.glob("[0-9]*/fd"):
        try:
            with os.scandir(descriptors) as entries:
                found += sum(os.readlink(entry.path) == "anon_inode:inotify" for entry in entries)
        except OSError:
            continue  # somebody else's, or gone meanwhile
    return found
