"""The gate: shell lines of the plan, run one after the other in a directory; what they say, in one of three verdicts.

Knows a directory and commands, not git or tasks.  The commands run in a session of their own, marked in their
environment, and are ended with all they started when they take too long or are no longer wanted.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from swarm.core.events import Verdict
from swarm.core.plaintext import harmless
from swarm.errors import SwarmError
from swarm.files import directory, make_way, open_log, size_of, tail
from swarm.process import MOST_OUTPUT, Overrun, end_all, holders, marked
from swarm.process.boxed import start

SHELL = "/bin/sh"
EXCERPT_BYTES = 4000
"""How much of the output's end is kept in the journal and shown to people and agents."""

SHELL_MEANS = {126: ": a file there could not be executed", 127: ": a command was not found"}
"""What a shell says by these statuses."""

GRACE = 2.0
"""Seconds between TERM and KILL for a gate that is ended."""

OVERRUN = {
    Overrun.LATE: "it did not end in time",
    Overrun.FLOOD: "it printed too much",
    Overrun.UNWANTED: "it was ended",
}
"""Why a command was ended."""

MARK = "SWARM_GATE"
"""In the environment of every process of a gate: which one."""


class Halt:
    """Says to a gate under way that it is no longer wanted.  Safe to set from any thread."""

    def __init__(self) -> None:
        self._set = False
        self._ends: tuple[int, ...] = ()  # nothing to close where there is no pipe to be had
        self._ends = os.pipe()

    def fileno(self) -> int:
        """Readable once it is set."""
        return self._ends[0]

    def is_set(self) -> bool:
        """Whether it was set."""
        return self._set

    def set(self) -> None:
        """The gate is to end."""
        self._set = True
        os.write(self._ends[1], b"\0")

    def __del__(self) -> None:
        for end in self._ends:
            os.close(end)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the gate said.  `excerpt`: the end of the output, harmless to show; `seconds` of wall time."""

    verdict: Verdict
    excerpt: str
    seconds: float


def judge(
    commands: Sequence[str], cwd: Path, env: Mapping[str, str], mark: str, log: Path, timeout: float, halt: Halt,
    most: int = MOST_OUTPUT, box: Sequence[str] = (),
) -> Judgement:  # fmt: skip
    """Run the commands until one fails.  The output of all goes to `log` (appended), at most about `most` bytes.
    `timeout` seconds for all.  `box`: the command of the sandbox in which each of them runs.

    PASS: all exited with 0.  FAIL: one exited with something else.  ERROR: one could not be started, was killed by a
    signal that was not ours, printed too much, or the time ran out: neither red nor green.
    """
    began = time.monotonic()
    directory(log.parent)  # what agents wrote runs here, and may have put anything in the place of either
    make_way(log)
    make_way(_alive(cwd, log.parent))
    before = size_of(log)
    for line in commands:
        left = timeout - (time.monotonic() - began)
        trouble = _Command(line, cwd, {**env, MARK: mark}, mark, log, before + most, box).run(left, halt)
        if trouble is not None:
            verdict, why = trouble
            _append(log, f"── {line}\n── {why}\n")
            return Judgement(verdict, _excerpt(log, before), time.monotonic() - began)
    return Judgement(Verdict.PASS, _excerpt(log, before), time.monotonic() - began)


def end_left_over(mark: str, cwd: Path, logs: Path) -> None:
    """End what a gate in the directory `cwd` has left, whoever ran it; `logs` is the directory of its log.

    Found by the mark in the environment, else by the descriptor that every command is given.  Who has cleared the one
    and closed the other is not found.
    """
    alive = _alive(cwd, logs)
    end_all(lambda: list({*marked({MARK: mark}), *holders(alive)}), GRACE)


def _alive(cwd: Path, logs: Path) -> Path:
    return logs / f"{cwd.name}.alive"


def _excerpt(log: Path, before: int) -> str:
    """The end of what was said since the log was `before` bytes long: a gate that runs twice says it once."""
    own = size_of(log) - before
    return harmless(tail(log, min(EXCERPT_BYTES, own + 1)))  # one more: `tail` begins after the first line's end


@dataclass(frozen=True, slots=True)
class _Command:
    line: str
    cwd: Path
    env: Mapping[str, str]
    mark: str
    log: Path
    most: int
    box: Sequence[str]

    def run(self, seconds: float, halt: Halt) -> tuple[Verdict, str] | None:
        """None when the command is green, else the verdict and why."""
        _append(self.log, f"$ {self.line}\n")
        printed = open_log(self.log)
        alive = open_log(_alive(self.cwd, self.log.parent))
        try:
            command = [SHELL, "-c", self.line]
            started = start(command, env=self.env, cwd=self.cwd, stdout=self.log, box=self.box, pass_fds=(alive,))
            try:
                overrun, code = started.finish(seconds, printed, self.most, halt.fileno(), marks={MARK: self.mark})
            finally:
                end_left_over(self.mark, self.cwd, self.log.parent)
            if overrun is Overrun.FLOOD:
                os.ftruncate(printed, self.most)
        except SwarmError as error:
            return Verdict.ERROR, error.message
        finally:
            os.close(alive)
            os.close(printed)
        if overrun is not None:
            return Verdict.ERROR, OVERRUN[overrun]
        if code < 0:
            return Verdict.ERROR, f"it was killed by signal {-code}"
        return None if code == 0 else (Verdict.FAIL, f"exit status {code}{SHELL_MEANS.get(code, '')}")


def _append(log: Path, text: str) -> None:
    # A gate runs what agents wrote: a pipe in the place of its log must not make us wait, a link not write elsewhere.
    with open(open_log(log), "a", encoding="utf-8") as file:
        file.write(text)
