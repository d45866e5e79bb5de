"""The gate: shell lines of the plan, run one after the other in a directory; what they say, in one of three verdicts.

Knows a directory and commands, not git or tasks.  The commands run in a session of their own, marked in their
environment, and are ended with all they started when they take too long or are no longer wanted.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from swarm.core.events import Verdict
from swarm.core.plaintext import harmless
from swarm.errors import SwarmError
from swarm.files import directory, make_way, size_of, tail
from swarm.process import identity, signal_group, spawn, sweep, wait_for_child

SHELL = "/bin/sh"
EXCERPT_BYTES = 4000
"""How much of the output's end is kept in the journal and shown to people and agents."""

SHELL_MEANS = {126: ": a file there could not be executed", 127: ": a command was not found"}
"""What a shell says by these statuses."""

GRACE = 2.0
"""Seconds between TERM and KILL for a gate that is ended."""

MARK = "SWARM_GATE"
"""In the environment of every process of a gate: which one."""


class Halt:
    """Says to a gate under way that it is no longer wanted.  Safe to set from any thread."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        self._set = False

    def fileno(self) -> int:
        """Readable once it is set."""
        return self._read

    def is_set(self) -> bool:
        """Whether it was set."""
        return self._set

    def set(self) -> None:
        """The gate is to end."""
        self._set = True
        os.write(self._write, b"\0")

    def __del__(self) -> None:
        os.close(self._read)
        os.close(self._write)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the gate said.  `excerpt`: the end of the output, harmless to show; `seconds` of wall time."""

    verdict: Verdict
    excerpt: str
    seconds: float


def judge(
    commands: Sequence[str], cwd: Path, env: Mapping[str, str], mark: str, log: Path, timeout: float, halt: Halt
) -> Judgement:
    """Run the commands until one fails.  The output of all goes to `log` (appended).  `timeout` seconds for all.

    PASS: all exited with 0.  FAIL: one exited with something else.  ERROR: one could not be started, was killed by a
    signal that was not ours, or the time ran out: neither red nor green.
    """
    began = time.monotonic()
    directory(log.parent)  # what agents wrote runs here, and may have put anything in the place of either
    make_way(log)
    before = size_of(log)
    for line in commands:
        left = timeout - (time.monotonic() - began)
        trouble = _run(line, cwd, {**env, MARK: mark}, mark, log, left, halt)
        if trouble is not None:
            verdict, why = trouble
            _append(log, f"── {line}\n── {why}\n")
            return Judgement(verdict, _excerpt(log, before), time.monotonic() - began)
    return Judgement(Verdict.PASS, _excerpt(log, before), time.monotonic() - began)


def _excerpt(log: Path, before: int) -> str:
    """The end of what was said since the log was `before` bytes long: a gate that runs twice says it once."""
    own = size_of(log) - before
    return harmless(tail(log, min(EXCERPT_BYTES, own + 1)))  # one more: `tail` begins after the first line's end


def _run(
    line: str, cwd: Path, env: Mapping[str, str], mark: str, log: Path, seconds: float, halt: Halt
) -> tuple[Verdict, str] | None:
    """None when the command is green, else the verdict and why."""
    _append(log, f"$ {line}\n")
    try:
        pid = spawn([SHELL, "-c", line], env=env, cwd=cwd, stdin=None, stdout=log)
    except SwarmError as error:
        return Verdict.ERROR, error.message
    try:
        code = _wait(pid, seconds, halt, mark)
    finally:
        sweep({MARK: mark}, GRACE)
    if code is None:
        return Verdict.ERROR, "it was ended" if halt.is_set() else "it did not end in time"
    if code < 0:
        return Verdict.ERROR, f"it was killed by signal {-code}"
    return None if code == 0 else (Verdict.FAIL, f"exit status {code}{SHELL_MEANS.get(code, '')}")


def _wait(pid: int, seconds: float, halt: Halt, mark: str) -> int | None:
    """The exit code of our child, or None when it had to be ended."""
    who = identity(pid)
    if not wait_for_child(pid, seconds, halt.fileno()):
        if who is not None:
            signal_group(who, signal.SIGKILL, {MARK: mark})
        os.waitpid(pid, 0)
        return None
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _append(log: Path, text: str) -> None:
    # A gate runs what agents wrote: a pipe in the place of its log must not make us wait, a link not write elsewhere.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with open(os.open(log, flags, 0o600), "a", encoding="utf-8") as file:
        file.write(text)
