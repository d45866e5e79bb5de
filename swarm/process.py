"""The one door for child processes: run one to its end, start one that outlives the call, signal exactly the right one.

Knows nothing of git, tmux or agents, and never uses a shell.  A process number alone names nobody, because numbers come
round again; a process is named by its number *and* the kernel's start time, and a family of processes by marks in their
environment.  Where there is no /proc the start time is None and `marked` finds nobody.
"""

from __future__ import annotations

import errno
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from swarm.errors import SwarmError

KILL_ROUNDS = 100
"""How often `sweep` looks again for processes that were born while it killed their parents."""
WAIT_AFTER_KILL = 5.0
"""Seconds that one round of KILL is given; only a process stuck in the kernel needs them."""
EXEC_SECONDS = 1.0
"""How long an exec may take before its process counts as one without environment; it takes far below a millisecond."""
WATCHED_AT_ONCE = 64
"""Descriptors that `sweep` holds open at one time, so that it works with a low limit too."""


class NotStarted(SwarmError):
    """The program could not be started: missing, not executable, too many arguments, no such directory."""


class TimedOut(SwarmError):
    """The program did not end in its time, and its whole process group was killed."""


@dataclass(frozen=True, slots=True)
class Done:
    """A process that has ended.  `code` is negative for a signal, as in the standard library."""

    argv: tuple[str, ...]
    code: int
    out: bytes
    err: bytes


def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | None = None,
    input: bytes | None = None,
    timeout: float | None = None,
) -> Done:
    """Run `argv` to its end and return what it wrote; any exit code is an answer, not an error.

    The child has a session of its own, so Ctrl-C in our terminal does not tear it in half.  Raises NotStarted, and
    TimedOut after `timeout` seconds (the child's process group is killed first).
    """
    try:
        process = subprocess.Popen(
            argv,
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL if input is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise _not_started(argv, error) from error
    try:
        out, err = process.communicate(input, timeout)
    except BaseException as error:
        _kill_unreaped(process)
        if isinstance(error, subprocess.TimeoutExpired):
            raise TimedOut(f"{argv[0]} did not end within {timeout:g} s: {' '.join(argv)[:200]}") from error
        raise
    return Done(tuple(argv), process.returncode, out, err)


def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | None,
    stdin: Path | None,
    stdout: Path,
    new_session: bool = True,
    pass_fds: Sequence[int] = (),
) -> int:
    """Start `argv` and return its process number at once; reaping it is the caller's part.

    Standard input comes from the file `stdin` or is empty; output and errors are appended to the file `stdout`, so the
    child never depends on a reader.  `pass_fds` stay open in the child (a lock that it inherits).  Raises NotStarted,
    also where a pipe, a link or a directory stands in the place of one of the files.
    """
    with ExitStack() as files:
        try:
            source = files.enter_context(os.fdopen(_source(stdin), "rb"))
            sink = files.enter_context(os.fdopen(_plain(stdout, os.O_WRONLY | os.O_APPEND | os.O_CREAT), "ab"))
            process = subprocess.Popen(
                argv,
                env=env,
                cwd=cwd,
                stdin=source,
                stdout=sink,
                stderr=sink,
                start_new_session=new_session,
                pass_fds=pass_fds,
            )
        except OSError as error:
            raise _not_started(argv, error) from error
    # A Popen that is dropped unreaped is polled by the *next* Popen, which would steal the exit status from our caller.
    process.returncode = 0
    return process.pid


def _source(stdin: Path | None) -> int:
    return _plain(stdin, os.O_RDONLY) if stdin else os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)


def _plain(path: Path, flags: int) -> int:
    """A plain file, opened so that a pipe put in its place does not make us wait.  Raises OSError for anything else."""
    fd = os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    if not S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(errno.ENXIO, "it is not a plain file", os.fspath(path))
    os.set_blocking(fd, True)
    return fd


def _not_started(argv: Sequence[str], error: OSError) -> NotStarted:
    where = f": {os.fspath(error.filename)!r}" if error.filename and error.filename != argv[0] else ""
    message = f"{argv[0]} could not be started, {error.strerror}{where}"
    return NotStarted(message, "check that it is installed and on PATH")


def _kill_unreaped(process: subprocess.Popen[bytes]) -> None:
    """Kill a child's whole group; safe because the number of an unreaped child belongs to nobody else."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            with suppress(OSError):
                pipe.close()
    process.wait()


def environment(base: Mapping[str, str], allow: Iterable[str]) -> dict[str, str]:
    """The part of `base` whose names are in `allow`."""
    return {name: base[name] for name in allow if name in base}


def strip_git(environ: MutableMapping[str, str]) -> None:
    """Remove every GIT_* variable in place: inside a git hook or alias they name the wrong repository."""
    for name in [name for name in environ if name.startswith("GIT_")]:
        del environ[name]


@dataclass(frozen=True, slots=True)
class Identity:
    """One process while this machine is up: its number and its start (clock ticks since boot; None unknown)."""

    pid: int
    start: int | None


@dataclass(frozen=True, slots=True)
class _Stat:
    state: str
    group: int
    start: int
    environment: tuple[int, int]


def _stat(pid: int) -> _Stat | None:
    """The fields of /proc/<pid>/stat that we use (proc(5): 3, 5, 22, 50 and 51), or None for no such process."""
    try:
        line = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = line[line.rindex(b")") + 2 :].split()
    return _Stat(fields[0].decode(), int(fields[2]), int(fields[19]), (int(fields[47]), int(fields[48])))


def _has_proc() -> bool:
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
    if not _has_proc():
        return Identity(pid, None) if _answers(pid) else None
    stat = _stat(pid)
    return Identity(pid, stat.start) if stat else None


def alive(who: Identity) -> bool:
    """Whether exactly this process still runs.  A zombie does not, and a newcomer with its number is somebody else."""
    if not _has_proc():
        return _answers(who.pid)
    stat = _stat(who.pid)
    return stat is not None and stat.state not in "ZX" and who.start in (None, stat.start)


def has_open(who: Identity, path: Path) -> bool:
    """Whether exactly this process has the file at `path` open now: a sign that it is ours which nobody can write down.

    False where there is no /proc, or no such file.
    """
    try:
        wanted = os.stat(path, follow_symlinks=False)
        seen = [_opened(entry.path) for entry in os.scandir(f"/proc/{who.pid}/fd")]
    except (FileNotFoundError, NotADirectoryError, ProcessLookupError, PermissionError):
        return False
    return (wanted.st_dev, wanted.st_ino) in seen and alive(who)


def _opened(link: str) -> tuple[int, int] | None:
    try:
        found = os.stat(link)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    return found.st_dev, found.st_ino


def _pidfd(pid: int) -> int | None:
    """A descriptor that stays with this process, or None where the kernel (before 5.3) or the platform has none."""
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        raise
    except OSError:
        return None


def signal_process(who: Identity, sig: int) -> bool:
    """Send `sig` to exactly this process; False when it is gone (nobody else is ever hit)."""
    try:
        descriptor = _pidfd(who.pid)
    except ProcessLookupError:
        return False
    try:
        # Compared after the descriptor was opened: from here on the descriptor cannot change hands.
        if not alive(who):
            return False
        if descriptor is None:
            os.kill(who.pid, sig)
        else:
            signal.pidfd_send_signal(descriptor, sig)
        return True
    except ProcessLookupError:
        return False
    finally:
        if descriptor is not None:
            os.close(descriptor)


def signal_group(leader: Identity, sig: int, marks: Mapping[str, str] | None = None) -> bool:
    """Send `sig` to the process group that `leader` leads; False when nobody was signalled.

    While the leader exists, even as a zombie, its number belongs to its group and the group is signalled at once.  When
    it is gone the number may have come round again, so only members that carry `marks` are signalled, one by one.
    """
    if not _has_proc():
        return _signal_whole_group(leader.pid, sig)
    stat = _stat(leader.pid)
    if stat is not None:
        ours = leader.start in (None, stat.start) and stat.group == leader.pid
        return ours and _signal_whole_group(leader.pid, sig)
    if not marks:
        return False
    members = [who for who in marked(marks) if (seen := _stat(who.pid)) and seen.group == leader.pid]
    return sum(signal_process(who, sig) for who in members) > 0


def _signal_whole_group(group: int, sig: int) -> bool:
    try:
        os.killpg(group, sig)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def marked(marks: Mapping[str, str]) -> list[Identity]:
    """Our user's living processes that were started with all of these NAME=value pairs in their environment.

    A process that cleared its environment is not found; that is what locks and process groups are for.
    """
    if not marks:
        raise ValueError("marked needs at least one mark: without any, every process would match")
    wanted = {os.fsencode(f"{name}={value}") for name, value in marks.items()}
    if not _has_proc():
        return []
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and (who := _if_marked(int(entry.name), wanted)):
            found.append(who)
    return found


def _if_marked(pid: int, wanted: set[bytes]) -> Identity | None:
    # The environment alone first: it rules out nearly every process of the machine by one read.
    if not _carries(pid, wanted):
        return None
    try:
        before = _stat(pid)
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
    return all(pair in carried for pair in wanted) and wanted.issubset(carried.split(b"\0"))


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
    stat = _stat(pid)
    return stat is not None and (stat.environment[0] != stat.environment[1] or stat.environment[1] == 0)


def _read_environ(pid: int) -> bytes:
    descriptor = os.open(f"/proc/{pid}/environ", os.O_RDONLY | os.O_CLOEXEC)
    try:
        return b"".join(iter(lambda: os.read(descriptor, 1 << 17), b""))
    finally:
        os.close(descriptor)


def sweep(marks: Mapping[str, str], grace: float) -> int:
    """End all marked processes except ourselves: TERM, and KILL after `grace` seconds, until none is left.

    Returns how many were found.  Children that appear meanwhile are found by looking again; a family that forks faster
    than it can be killed is given up after KILL_ROUNDS looks (ask `marked` who is left).
    """
    met: set[Identity] = set()
    deadline = time.monotonic() + grace
    while (left := deadline - time.monotonic()) > 0 and (others := _others(marks)):
        _signal_new(others, met, signal.SIGTERM)
        _wait_for_one(others, left)
    for _ in range(KILL_ROUNDS):
        if not (others := _others(marks)):
            break
        for who in others:
            signal_process(who, signal.SIGKILL)
        met.update(others)
        _wait_for_all(others, WAIT_AFTER_KILL)
    return len(met)


def _others(marks: Mapping[str, str]) -> list[Identity]:
    return [who for who in marked(marks) if who.pid != os.getpid()]


def _signal_new(others: Iterable[Identity], met: set[Identity], sig: int) -> None:
    for who in others:
        if who not in met:
            signal_process(who, sig)
            met.add(who)


def _wait_for_one(others: Sequence[Identity], seconds: float) -> None:
    """Wait until one of the first of `others` has ended, or for `seconds`."""
    with ExitStack() as stack:
        poll = select.poll()
        for who in others[:WATCHED_AT_ONCE]:
            try:
                descriptor = _pidfd(who.pid)
            except ProcessLookupError:
                return
            if descriptor is None:
                seconds = min(seconds, 0.02)  # no pidfd here: look again at this pace
            else:
                stack.callback(os.close, descriptor)
                poll.register(descriptor, select.POLLIN)
        poll.poll(max(1, seconds * 1000))


def _wait_for_all(others: Sequence[Identity], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0 and (living := [who for who in others if alive(who)]):
        _wait_for_one(living, left)


def ended_within(who: Identity, seconds: float) -> bool:
    """Wait for the end of exactly this process; False when it still runs after that time."""
    _wait_for_all([who], seconds)
    return not alive(who)


LONGEST_POLL = 24 * 3600.0
"""Seconds of the longest single wait: the kernel takes milliseconds in an int."""


def wait_for_child(pid: int, seconds: float, *also: int) -> bool:
    """Wait until this child of ours has ended; reaping it is the caller's part.

    False after so many seconds (inf is allowed), or once one of the descriptors `also` is readable first.
    """
    descriptor = os.pidfd_open(pid)
    try:
        poll = select.poll()
        for one in (descriptor, *also):
            poll.register(one, select.POLLIN)
        deadline = time.monotonic() + seconds
        while True:
            left = min(LONGEST_POLL, max(0.0, deadline - time.monotonic()))
            ready = {one for one, _ in poll.poll(left * 1000)}
            if ready or deadline <= time.monotonic():
                return descriptor in ready
    finally:
        os.close(descriptor)
