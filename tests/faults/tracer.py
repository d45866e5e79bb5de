"""Runs a program and kills it, or one that it starts, at the N-th system call of a kind: `tracer.py PLAN -- argv`.

PLAN is JSON: {"victim": "self" | "worker", "kinds": [...], "at": [N, ...], "side": "before" | "after", "report": FILE}.
"self" is the program; a worker is any program below it that is called as `swarm worker`, and all of them count
together.  N counts the calls of these kinds that all threads of the victims make, from 1; each N kills one victim, and
with none the calls are only counted.  The report is one JSON object: how many calls there were, and what was hit.  Exit
code: as the program's, 128 + n for signal n.

Knows ptrace(2), nothing of swarm but that one word.  strace(1) could do half of it: it counts each thread by itself,
and has no way to kill on the way out of a call.  A call that is hit on the way in is not carried out: the kernel looks
for a fatal signal between the tracer's stop and the call.  What is killed is the whole process, threads included; what
it started goes on.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

CALLS = {
    "write": {1: "write", 18: "pwrite64", 20: "writev", 296: "pwritev", 40: "sendfile", 326: "copy_file_range"},
    "sync": {74: "fsync", 75: "fdatasync"},
    "create": {2: "open", 257: "openat", 85: "creat"},
    "rename": {82: "rename", 264: "renameat", 316: "renameat2"},
    "link": {86: "link", 265: "linkat", 88: "symlink", 266: "symlinkat"},
    "unlink": {87: "unlink", 263: "unlinkat", 84: "rmdir"},
    "mkdir": {83: "mkdir", 258: "mkdirat"},
    "spawn": {56: "clone", 57: "fork", 58: "vfork", 435: "clone3", 59: "execve"},
    "lock": {73: "flock"},
    "change": {76: "truncate", 77: "ftruncate", 90: "chmod", 91: "fchmod", 268: "fchmodat", 280: "utimensat"},
    "signal": {62: "kill", 424: "pidfd_send_signal"},
}
"""System calls that change something outside of the process, by kind, with their numbers on x86-64."""

SEIZE, INTERRUPT, LISTEN, SYSCALL, CONT, DETACH, SETOPTIONS, SYSCALL_INFO = (
    0x4206, 0x4207, 0x4208, 24, 7, 17, 0x4200, 0x420E,
)  # fmt: skip
SYSGOOD, FORK, VFORK, CLONE, EXEC, EXITKILL = 1, 2, 4, 8, 16, 0x100000
EVENT_EXEC, EVENT_STOP = 4, 128
STOPPING = (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
WALL = 0x40000000
CREATES = os.O_CREAT | os.O_TRUNC

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


class CallInfo(ctypes.Structure):
    """struct ptrace_syscall_info, as far as the arguments of a call."""

    _fields_ = (
        ("op", ctypes.c_uint8), ("pad", ctypes.c_uint8 * 3), ("arch", ctypes.c_uint32), ("ip", ctypes.c_uint64),
        ("sp", ctypes.c_uint64), ("nr", ctypes.c_uint64), ("args", ctypes.c_uint64 * 6), ("rest", ctypes.c_uint64 * 4),
    )  # fmt: skip


def why_not() -> str:
    """Why nothing can be traced here; empty where it can."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return f"the numbers of system calls are those of Linux on x86-64, not {platform.system()} {platform.machine()}"
    child = os.fork()
    if child == 0:
        signal.pause()
    denied = _libc.ptrace(SEIZE, child, None, None) == -1
    why = os.strerror(ctypes.get_errno())
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, WALL)
    return f"ptrace is not allowed here: {why}" if denied else ""


def ptrace(request: int, tid: int, address: Any = None, data: Any = None) -> None:
    """Raises ProcessLookupError where the thread is gone, as it may be at any moment."""
    if _libc.ptrace(request, tid, address, data) == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


@dataclass
class Tracer:
    """The program under trace.  `modes`: for each process "count" (it is a victim) or "pass" (it may start one)."""

    plan: dict[str, Any]
    main: int
    kinds: dict[int, str] = field(default_factory=dict)
    modes: dict[int, str] = field(default_factory=dict)
    groups: dict[int, int] = field(default_factory=dict)
    """The process of each thread."""
    counts: dict[str, int] = field(default_factory=dict)
    seen: int = 0
    due: dict[int, str] = field(default_factory=dict)
    """Threads that die on the way out of the call they are in, with what it is."""
    hits: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for kind in self.plan["kinds"]:
            self.kinds.update(dict.fromkeys(CALLS[kind], kind))
        self.modes[self.main] = "count" if self.plan["victim"] == "self" else "pass"

    def follow(self) -> int:
        """Go along until the program has ended; its exit code."""
        while True:
            tid, status = os.waitpid(-1, WALL)
            if os.WIFSTOPPED(status):
                with suppress(ProcessLookupError):  # another thread was killed meanwhile
                    self._stopped(tid, os.WSTOPSIG(status), status >> 16)
            else:
                self.groups.pop(tid, None)
                if tid == self.main:
                    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)

    def _stopped(self, tid: int, sig: int, event: int) -> None:
        group = self.groups.get(tid) or self._new(tid)
        if sig == signal.SIGTRAP | 0x80:
            self._call(tid, group)
            sig = 0
        elif event == EVENT_EXEC and not self._may_go_on(group):
            ptrace(DETACH, tid)
            return
        elif event == EVENT_STOP and sig in STOPPING:
            ptrace(LISTEN, tid)
            return
        elif event:
            sig = 0
        ptrace(SYSCALL if self.modes[group] == "count" else CONT, tid, None, sig)

    def _new(self, tid: int) -> int:
        """A thread or process that was not seen before; those of a worker's host may start one."""
        group = tid
        with suppress(OSError), open(f"/proc/{tid}/status") as status:
            group = next(int(line.split()[1]) for line in status if line.startswith("Tgid:"))
        self.groups[tid] = group
        self.modes.setdefault(group, "pass")
        return group

    def _may_go_on(self, group: int) -> bool:
        """After an exec: whether this is a victim, or may start one.  Everything else is let go."""
        if self.plan["victim"] == "self" or group == self.main:
            return True
        argv = _argv(group)
        if b"worker" in argv and b"swarm" in argv and b"python" in os.path.basename(argv[0]):
            self.modes[group] = "count"
            ptrace(SETOPTIONS, group, None, SYSGOOD | CLONE)
            return True
        return os.path.basename(argv[0]) in (b"tmux", b"sh")

    def _call(self, tid: int, group: int) -> None:
        """A victim's thread is on its way into a call, or out of one."""
        info = CallInfo()
        ptrace(SYSCALL_INFO, tid, ctypes.sizeof(info), ctypes.byref(info))
        if info.op == 2 and tid in self.due:
            self._kill(group, f"after {self.due.pop(tid)}")
        if info.op != 1 or info.nr not in self.kinds:
            return
        what = _what(group, tid, info)
        if not what:
            return
        self.seen += 1
        self.counts[self.kinds[info.nr]] = self.counts.get(self.kinds[info.nr], 0) + 1
        if self.seen not in self.plan["at"]:
            return
        if self.plan["side"] == "before":
            self._kill(group, f"before {what}")
        else:
            self.due[tid] = what

    def _kill(self, group: int, what: str) -> None:
        self.hits.append(f"{what} (number {self.seen})")
        os.kill(group, signal.SIGKILL)

    def report(self) -> None:
        """Write down what was seen."""
        with open(self.plan["report"], "w") as file:
            json.dump({"seen": self.seen, "counts": self.counts, "hits": self.hits}, file)


def _argv(pid: int) -> list[bytes]:
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read().split(b"\0")


def _what(group: int, tid: int, info: CallInfo) -> str:
    """The call in words; nothing for one without effect outside: a wake-up by a pipe, an open to read, a thread."""
    kind = next(kind for kind, calls in CALLS.items() if info.nr in calls)
    name, args = CALLS[kind][info.nr], info.args
    if kind in ("write", "sync", "lock") or name in ("ftruncate", "fchmod"):
        try:
            path = os.readlink(f"/proc/{group}/fd/{args[0]}")
        except OSError:
            return ""
        if not path.startswith("/") or path.startswith("/dev/"):
            return ""
        return f"{name} of {os.path.basename(path)}"
    if kind == "create":
        flags = args[1 if name == "open" else 2] if name != "creat" else CREATES
        if not flags & CREATES:
            return ""
    if (name == "clone" and args[0] & 0x10000) or name == "clone3":  # CLONE_THREAD; Python's threads come by clone3
        return ""
    first = 1 if name.endswith("at") or name in ("openat", "renameat2") else 0
    if kind in ("spawn", "signal"):
        return name
    return f"{name} of {os.path.basename(_string(tid, args[first]))}"


def _string(tid: int, address: int) -> str:
    """A path in the memory of a thread."""
    try:
        with open(f"/proc/{tid}/mem", "rb", buffering=0) as memory:
            memory.seek(address)
            return os.fsdecode(memory.read(4096).split(b"\0")[0])
    except (OSError, ValueError, OverflowError):
        return "?"


def main() -> int:
    plan, argv = json.loads(sys.argv[1]), sys.argv[3:]
    gate, opened = os.pipe()
    program = os.fork()
    if program == 0:
        os.close(opened)
        os.read(gate, 1)
        os.execvp(argv[0], argv)
    os.close(gate)
    wanted = SYSGOOD | CLONE | EXITKILL if plan["victim"] == "self" else SYSGOOD | CLONE | FORK | VFORK | EXEC
    ptrace(SEIZE, program, None, wanted)
    ptrace(INTERRUPT, program)
    os.close(opened)
    tracer = Tracer(plan, program)
    code = tracer.follow()
    tracer.report()
    return 128 - code if code < 0 else code


if __name__ == "__main__":
    sys.exit(main())
