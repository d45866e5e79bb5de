"""Who is who: a process named by its number *and* the kernel's start time, a family by marks in the environment.

Signals nobody.  A process number alone names nobody, because numbers come round again.  Where there is no /proc the
start time is None and `marked` finds nobody.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

EXEC_SECONDS = 1.0
"""How long an exec may take before its process counts as one without environment; it takes far below a millisecond."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One process while this machine is up: its number and its start (clock ticks since boot; None unknown)."""

    pid: int
    start: int | None


@dataclass(frozen=True, slots=True)
class Stat:
    """What the kernel says of a process now."""

    state: str
    parent: int
    group: int
    start: int
    environment: tuple[int, int]


def stat_of(pid: int) -> Stat | None:
    """The fields of /proc/<pid>/stat that we use (proc(5): 3, 4, 5, 22, 50 and 51), or None for no such process."""
    try:
        line = _read(f"/proc/{pid}/stat")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = line[line.rindex(b")") + 2 :].split()
    return Stat(fields[0].decode(), int(fields[1]), int(fields[2]), int(fields[19]), (int(fields[47]), int(fields[48])))


def has_proc() -> bool:
    """Whether the kernel tells about processes here (Linux)."""
    return os.path.exists("/proc/self/stat")


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def identity(pid: int) -> Identity | None:
    """Who has this number now, zombies included; None when nobody does."""
    if not has_proc():
        return Identity(pid, None) if _answers(pid) else None
    stat = stat_of(pid)
    return Identity(pid, stat.start) if stat else None


def alive(who: Identity) -> bool:
    """Whether exactly this process still runs.  A zombie does not, and a newcomer with its number is somebody else."""
    if not has_proc():
        return _answers(who.pid)
    stat = stat_of(who.pid)
    return stat is not None and stat.state not in "ZX" and who.start in (None, stat.start)


def marked(marks: Mapping[str, str]) -> list[Identity]:
    """Our user's living processes that were started with all of these NAME=value pairs in their environment.

    A process that cleared its environment is not found; that is what descriptors, groups and families are for.
    """
    if not marks:
        raise ValueError("marked needs at least one mark: without any, every process would match")
    wanted = {os.fsencode(f"{name}={value}") for name, value in marks.items()}
    if not has_proc():
        return []
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and (who := _if_marked(int(entry.name), wanted)):
            found.append(who)
    return found


def bearers(beginnings: Sequence[str]) -> list[Identity]:
    """Our user's living processes, without ourselves, that were started with a NAME=value that begins like one of
    these.  One look at each process, however many beginnings."""
    if not all(beginnings) or not has_proc():
        return []
    wanted = [b"\0" + os.fsencode(text) for text in beginnings]
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
                pid = int(entry.name)
                carried = b"\0" + _environ(pid)
                who = identity(pid) if any(text in carried for text in wanted) else None
                if who is not None and alive(who) and os.stat(f"/proc/{pid}").st_uid == os.getuid():
                    found.append(who)
    return found


def _if_marked(pid: int, wanted: set[bytes]) -> Identity | None:
    # The environment alone first: it rules out nearly every process of the machine by one read.
    if not _carries(pid, wanted):
        return None
    try:
        before = stat_of(pid)
        if before is None or before.state in "ZX" or os.stat(f"/proc/{pid}").st_uid != os.getuid():
            return None
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    who = Identity(pid, before.start)
    return who if _carries(pid, wanted) and identity(pid) == who else None


def _carries(pid: int, wanted: set[bytes]) -> bool:
    """Whether the environment with which the process was started holds all of these NAME=value pairs."""
    try:
        carried = _environ(pid)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False
    for pair in wanted:
        if pair not in carried:
            return False
    return wanted.issubset(carried.split(b"\0"))


def _environ(pid: int) -> bytes:
    """The environment a process was started with.

    For a moment within every exec it reads as empty: a process caught there is looked at again, or `sweep` would
    miss it.
    """
    carried = _read_environ(pid)
    deadline = time.monotonic() + EXEC_SECONDS
    while not carried and _may_have_environment(pid) and time.monotonic() < deadline:
        select.select([], [], [], 0.001)  # a poll: nothing tells when another process's exec is done
        carried = _read_environ(pid)
    return carried


def _may_have_environment(pid: int) -> bool:
    """False for kernel threads and zombies, which run no program, and for a program started with an empty one."""
    os.readlink(f"/proc/{pid}/exe")  # FileNotFoundError without a program
    stat = stat_of(pid)
    return stat is not None and (stat.environment[0] != stat.environment[1] or stat.environment[1] == 0)


def _read_environ(pid: int) -> bytes:
    return _read(f"/proc/{pid}/environ")


def _read(path: str) -> bytes:
    """A file of /proc, of which there are hundreds to read: without the layers of a file object."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = os.read(descriptor, 1 << 17)
        while more := os.read(descriptor, 1 << 17):
            data += more
        return data
    finally:
        os.close(descriptor)


def holders(path: Path) -> list[Identity]:
    """Our user's living processes that have the file at `path` open, also where its name has been removed since.

    An open descriptor comes through fork and exec, whatever becomes of environment, session and group.
    """
    names = {os.fspath(path), f"{path} (deleted)"}
    if not has_proc():
        return []
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and _holds(f"/proc/{name}", names) and (who := identity(int(name))) and alive(who):
            found.append(who)
    return found


def _holds(process: str, names: set[str]) -> bool:
    try:
        return any(_leads_to(f"{process}/fd/{number}", names) for number in os.listdir(f"{process}/fd"))
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False


def _leads_to(descriptor: str, names: set[str]) -> bool:
    try:
        return os.readlink(descriptor) in names
    except (FileNotFoundError, ProcessLookupError):
        return False
