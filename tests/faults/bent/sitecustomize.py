"""Bends the world for one interpreter: its disk fails at a planned call, its date is off, or a library is missing.

Python imports this at its start, in leaders, workers and verbs alike (`bending.py` makes the interpreter).  The
program under trial is not changed: what is bent is the standard library's door to the system, which is where a disk or
a clock would lie.  The plan is `bent.json` beside pyvenv.cfg.  Only the standard library.

    who      leader, worker, verb or any: whose calls count
    call     one of CALLS: the kind of call
    nth      which call of a process fails (from 1); those behind it as well where `until` is not "once"
    errno    by name; "SHORT" writes half, and has the next write on the same file fail with ENOSPC
    below    directories: only calls on files in them count
    name     a part of the path that a file has to have as well
    absent   modules that can't be imported
    trace    a file for all calls that change what is on the disk, in their order, a line of JSON each
"""

from __future__ import annotations

import errno
import json
import os
import sys
import threading
import time

HERE = sys.prefix
CALLS = ("write", "fsync", "rename", "link", "mkdir", "create", "unlink", "truncate", "fork", "thread")


def who() -> str:
    words = sys.orig_argv
    if "swarm" not in words:
        return "other"
    verb = words[words.index("swarm") + 1] if words.index("swarm") + 1 < len(words) else ""
    return {"start": "leader", "resume": "leader", "worker": "worker"}.get(verb, "verb")


def read_plan() -> dict:
    try:
        with open(os.path.join(HERE, "bent.json")) as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


class Disk:
    """Counts the calls of one kind on the files below some directories, and has the planned ones fail."""

    def __init__(self, plan: dict) -> None:
        self.call, self.nth, self.errno = plan["call"], plan["nth"], plan["errno"]
        self.once = plan.get("until", "once") == "once"
        self.below = tuple(plan.get("below", ()))
        self.name = plan.get("name", "")
        self.count = 0
        self.guard = threading.Lock()
        self.doomed: set[int] = set()

    def is_ours(self, path: object, dir_fd: int | None = None) -> bool:
        try:
            if isinstance(path, int):
                name = os.readlink(f"/proc/self/fd/{path}")
            elif dir_fd is not None:
                name = os.path.join(os.readlink(f"/proc/self/fd/{dir_fd}"), os.fsdecode(path))
            else:
                name = os.path.abspath(os.fsdecode(path))
        except OSError:
            return False
        return name.startswith(self.below) and self.name in name

    def is_due(self, what: str) -> bool:
        """Whether this call is one that fails; it is counted."""
        with self.guard:
            self.count += 1
            number = self.count
        if self.nth == 0:  # a dry run: only written down
            self.note("calls", f"{os.getpid()} {number} {what}")
            return False
        if number < self.nth or (self.once and number > self.nth):
            return False
        if not self.once and not os.path.exists(os.path.join(HERE, "bent.json")):  # mended meanwhile
            return False
        return self.note("fired", f"{os.getpid()} {number} {what}", only_first=self.once)

    def note(self, name: str, line: str, only_first: bool = False) -> bool:
        flags = REAL["open"], os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_EXCL if only_first else 0)
        try:
            descriptor = flags[0](os.path.join(HERE, name), flags[1], 0o600)
        except FileExistsError:
            return False
        REAL["write"](descriptor, f"{line}\n".encode())
        os.close(descriptor)
        return True

    def fail(self) -> None:
        number = getattr(errno, "ENOSPC" if self.errno == "SHORT" else self.errno)
        raise OSError(number, os.strerror(number))


REAL = {name: getattr(os, name) for name in ("open", "write", "pwrite", "fsync", "fdatasync", "rename", "link",
                                             "mkdir", "unlink", "ftruncate", "replace")}  # fmt: skip


def bend_disk(disk: Disk) -> None:
    def guard(name: str, at: int = 0) -> None:
        real = getattr(os, name)

        def bent(*args: object, **more: object) -> object:
            if disk.is_ours(args[at], more.get("dir_fd") or more.get("dst_dir_fd")) and disk.is_due(
                f"{name} {args[at]!r}" if not isinstance(args[at], int) else f"{name} {where(args[at])}"
            ):
                disk.fail()
            return real(*args, **more)

        setattr(os, name, bent)

    def where(descriptor: int) -> str:
        return os.readlink(f"/proc/self/fd/{descriptor}")

    def write(descriptor: int, data: bytes) -> int:
        if descriptor in disk.doomed:
            disk.doomed.discard(descriptor)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if disk.is_ours(descriptor) and disk.is_due(f"write {where(descriptor)} {len(data)}"):
            if disk.errno != "SHORT":
                disk.fail()
            disk.doomed.add(descriptor)
            return REAL["write"](descriptor, bytes(data)[: len(data) // 2])
        return REAL["write"](descriptor, data)

    def create(path: object, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if flags & os.O_CREAT and disk.is_ours(path, dir_fd) and disk.is_due(f"create {path!r}"):
            disk.fail()
        return REAL["open"](path, flags, mode, dir_fd=dir_fd)

    def refuse_thread(self: threading.Thread) -> None:
        if disk.is_due(f"thread {self.name}"):
            raise RuntimeError("can't start new thread")
        start(self)

    start = threading.Thread.start
    match disk.call:
        case "write":
            os.write = write  # type: ignore[assignment]
            guard("pwrite")
        case "fsync":
            guard("fsync")
            guard("fdatasync")
        case "rename":
            guard("rename", 1)
            guard("replace", 1)
        case "link":
            guard("link", 1)
        case "create":
            os.open = create  # type: ignore[assignment]
        case "truncate":
            guard("ftruncate")
        case "fork":
            bend_fork(disk)
        case "thread":
            threading.Thread.start = refuse_thread  # type: ignore[method-assign]
        case _:
            guard(disk.call)


def bend_fork(disk: Disk) -> None:
    import _posixsubprocess  # noqa: PLC0415 (costs every verb some milliseconds otherwise)
    import subprocess  # noqa: PLC0415

    real = _posixsubprocess.fork_exec

    def fork_exec(*args: object) -> int:
        if disk.is_due(f"fork {args[0]!r:.300}"):
            disk.fail()
        return real(*args)

    _posixsubprocess.fork_exec = fork_exec
    subprocess._fork_exec = fork_exec  # type: ignore[attr-defined]


def trace(file: str, below: tuple[str, ...]) -> None:
    """Write down each call that gives a name, takes one away or flushes."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def place(path: object, dir_fd: object) -> str:
        if isinstance(path, int):
            return os.readlink(f"/proc/self/fd/{path}")
        base = os.readlink(f"/proc/self/fd/{dir_fd}") if isinstance(dir_fd, int) else os.getcwd()
        return os.path.normpath(os.path.join(base, os.fsdecode(path)))

    def follow(name: str, count: int = 1) -> None:
        real = getattr(os, name)

        def traced(*args: object, **more: object) -> object:
            into = more.get("dir_fd", more.get("dst_dir_fd"))
            paths = [place(path, into) for path in args[:count]]
            done = real(*args, **more)
            if paths[-1].startswith(below):
                said = json.dumps([os.getpid(), threading.get_ident(), who(), name, *paths])
                REAL["write"](descriptor, f"{said}\n".encode())
            return done

        setattr(os, name, traced)

    for name in ("fsync", "fdatasync", "mkdir", "write"):
        follow(name)
    for name in ("rename", "replace", "link"):
        follow(name, 2)


def bend_clock(path: str) -> None:
    """The date is off by the seconds in a file, read at each look: it may jump at any time."""
    real = time.time_ns

    def off() -> int:
        try:
            with open(path) as file:
                return int(file.read() or 0) * 1_000_000_000
        except OSError:
            return 0

    time.time_ns = lambda: real() + off()
    time.time = lambda: time.time_ns() / 1e9


PLAN = read_plan()
for module in PLAN.get("absent", ()):
    sys.modules[module] = None  # type: ignore[assignment]
if PLAN.get("clock"):
    bend_clock(PLAN["clock"])
if PLAN.get("trace"):
    trace(PLAN["trace"], tuple(PLAN["below"]))
if PLAN.get("call") and PLAN.get("who", "any") in ("any", who()):
    bend_disk(Disk(PLAN))
