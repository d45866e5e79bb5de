"""Starting a child process: run one to its end, or start one that outlives the call.  Never by a shell of ours.

Knows nothing of git, tmux or agents, nor of any process that it did not start.
"""

from __future__ import annotations

import errno
import math
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
from typing import IO

from swarm.errors import SwarmError
from swarm.process.ending import LONGEST_POLL, wait_for_child


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
        return finish(process, argv, input, timeout)
    except BaseException:
        _kill_unreaped(process)
        raise


def finish(
    process: subprocess.Popen[bytes], argv: Sequence[str], input: bytes | None = None, timeout: float | None = None
) -> Done:
    """Take what a child with pipes writes until it ends; it leads a session of its own.

    Raises TimedOut after `timeout` seconds (the child's process group is killed first).  Interrupted otherwise, it
    leaves the child to its work.
    """
    deadline = math.inf if timeout is None else time.monotonic() + timeout
    said = _said(process, input or b"", deadline)
    if said is None or not _has_ended(process, deadline):
        _kill_unreaped(process)
        raise TimedOut(f"{argv[0]} did not end within {timeout:g} s: {' '.join(argv)[:200]}")
    out, err = said
    return Done(tuple(argv), process.returncode, out, err)


def _said(process: subprocess.Popen[bytes], input: bytes, deadline: float) -> tuple[bytes, bytes] | None:
    """What it writes until it closes its pipes, while it is given `input`; None where the deadline comes first."""
    parts: dict[int, list[bytes]] = {pipe.fileno(): [] for pipe in (process.stdout, process.stderr) if pipe}
    names = list(parts)
    poll = select.poll()
    for number in names:
        poll.register(number, select.POLLIN)
    sink = process.stdin.fileno() if process.stdin else None
    if sink is not None:
        os.set_blocking(sink, False)
        poll.register(sink, select.POLLOUT)
    open_pipes = set(names)
    while open_pipes or sink is not None:
        left = deadline - time.monotonic()
        ready = [number for number, _ in poll.poll(max(0.0, min(left, LONGEST_POLL)) * 1000)]
        if not ready and left <= 0:
            return None
        for number in ready:
            if number == sink:
                input = _given(number, input)
                if not input:
                    poll.unregister(number)
                    _close(process.stdin)
                    sink = None
            elif part := os.read(number, 1 << 16):
                parts[number].append(part)
            else:
                poll.unregister(number)
                open_pipes.discard(number)
    _close(process.stdout)
    _close(process.stderr)
    out, err = (b"".join(parts[number]) for number in names)
    return out, err


def _given(sink: int, input: bytes) -> bytes:
    """What is left of `input` once the pipe has taken what it takes now; nothing where nobody reads it any more."""
    try:
        return input[os.write(sink, input) :] if input else b""
    except BlockingIOError:
        return input
    except BrokenPipeError:
        return b""


def _has_ended(process: subprocess.Popen[bytes], deadline: float) -> bool:
    """Wait for its end, and reap it.  On a descriptor of the kernel: `Popen.wait` with a timeout sleeps between looks,
    and a child that has closed its pipes ends a moment later, so that each would cost a millisecond."""
    if process.poll() is None:
        if not wait_for_child(process.pid, max(0.0, deadline - time.monotonic())):
            return False
        process.wait()
    return True


def _close(pipe: IO[bytes] | None) -> None:
    if pipe is not None:
        with suppress(OSError):  # of what it did not take nothing is owed
            pipe.close()


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
            source_fd = _plain(stdin, os.O_RDONLY) if stdin else os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
            source = files.enter_context(os.fdopen(source_fd, "rb"))
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
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for pipe in (process.stdin, process.stdout, process.stderr):
        _close(pipe)
    process.wait()


def environment(base: Mapping[str, str], allow: Iterable[str]) -> dict[str, str]:
    """The part of `base` whose names are in `allow`."""
    return {name: base[name] for name in allow if name in base}


def strip_git(environ: MutableMapping[str, str]) -> None:
    """Remove every GIT_* variable in place: inside a git hook or alias they name the wrong repository."""
    for name in [name for name in environ if name.startswith("GIT_")]:
        del environ[name]
