"""The agent of one attempt as a process: its environment, its start, its end, and whoever it left behind.

The agent has a session and process group of its own, reads its prompt from a file and writes to a file: it depends on
neither this program nor a terminal.  Its exit is recorded once, by `link()`.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from swarm.child import Child, start
from swarm.clock import boot_id
from swarm.core.assignment import Assignment
from swarm.executors.invocation import worker_env
from swarm.files import read_json, write_json, write_json_once
from swarm.paths import AttemptDir, MailDir
from swarm.process import Identity, alive, ended_within, signal_group, sweep

MOST_IN_ENVIRONMENT = 64 * 1024
"""Bytes of a prompt that are also given as a variable; the kernel takes 128 KiB for one string."""

CANCELLED, TIMEOUT, IDLE = "cancelled", "timeout", "idle"
EXITED = "exited"


def marks(mail: MailDir, work: Assignment) -> dict[str, str]:
    """What is in the environment of every process of this attempt and of no other."""
    return {"SWARM_MAIL": str(mail.path), "SWARM_TASK": work.task, "SWARM_ATTEMPT": str(work.attempt)}


def environment(
    outer: Mapping[str, str], mail: MailDir, attempt: AttemptDir, work: Assignment, ports: Mapping[str, int]
) -> dict[str, str]:
    """The agent's whole environment: an allow-list of ours, the plan's own values, and where it is."""
    # Not only for the sake of what is passed: in a pane, tmux sets the PATH of its client, whatever it was told.
    env = worker_env(outer) | {name: outer[name] for name in work.pass_env if name in outer}
    env |= dict(work.env) | {name: str(port) for name, port in ports.items()}
    env |= marks(mail, work)
    env |= {
        "SWARM_RUN": work.run,
        "SWARM_WORKER": work.worker,
        "SWARM_BASE": work.base,
        "SWARM_PROMPT_FILE": str(attempt.prompt),
        "SWARM_ATTEMPT_DIR": str(attempt.path),
    }
    name, mailbox = signature(work.worker)
    for who in ("AUTHOR", "COMMITTER"):
        env |= {f"GIT_{who}_NAME": name, f"GIT_{who}_EMAIL": mailbox}
    prompt = attempt.prompt.read_text("utf-8", "replace") if attempt.prompt.exists() else ""
    if len(prompt.encode()) <= MOST_IN_ENVIRONMENT and "\0" not in prompt:
        env["SWARM_PROMPT"] = prompt
    return env


def signature(worker: str) -> tuple[str, str]:
    """The name and address with which a worker commits."""
    return worker, f"{worker}@swarm"


class AgentProcess:
    """A started agent.  Seconds are on the monotonic clock of this machine: no jump of the wall clock matters."""

    def __init__(
        self, work: Assignment, mail: MailDir, attempt: AttemptDir, worktree: Path, box: Sequence[str] = ()
    ) -> None:
        self.work, self.attempt = work, attempt
        self.ending = ""
        """Why we are ending it ourselves, or "" while we are not."""
        self._marks = marks(mail, work)
        with _leased(work.lease) as ports:
            env = environment(os.environ, mail, attempt, work, ports)
        prompt = attempt.prompt if attempt.prompt.exists() else None
        self._child = start(work.argv, env=env, cwd=worktree, stdin=prompt, stdout=attempt.log, box=box)
        with suppress(OSError):  # the agent may have removed its directory; this only helps whoever comes after us
            write_json(attempt.agent, _record(self._child))
        self._pidfd = os.pidfd_open(self.who.pid) if hasattr(os, "pidfd_open") else None
        self._began = self._moved = time.monotonic()
        self._size = 0
        self._suspended: float | None = None
        self._kill_at: float | None = None

    @property
    def who(self) -> Identity:
        """Our own child: the agent, or the program of its sandbox."""
        return self._child.who

    def fileno(self) -> int | None:
        """A descriptor that is readable once the agent has ended; None where the platform has none."""
        return self._pidfd

    def ended(self) -> int | None:
        """The exit code (128 + n for signal n), recorded on disk, once the agent is gone; None while it runs."""
        pid, status = os.waitpid(self.who.pid, os.WNOHANG)
        if pid == 0:
            return None
        self._child.clear()
        code = os.waitstatus_to_exitcode(status)
        code = 128 - code if code < 0 else code
        self._finish(code)
        return code

    def watch(self, size: int) -> None:
        """Look at the deadlines.  `size` is that of its log: output is a sign of life."""
        now = time.monotonic()
        if size != self._size:
            self._size, self._moved = size, now
        if self._suspended is not None:
            return
        if self._kill_at is not None:
            if now >= self._kill_at:
                self._child.kill(self._marks)
        elif self.work.timeout is not None and now - self._began > self.work.timeout:
            self.stop(TIMEOUT, self.work.grace)
        elif self.work.idle is not None and now - self._moved > self.work.idle:
            self.stop(IDLE, self.work.grace)

    def stop(self, why: str, grace: float) -> None:
        """TERM to its group now, KILL after `grace` seconds."""
        if self.ending:
            return
        self.ending = why
        self.go_on()
        self._child.signal(signal.SIGTERM, self._marks)
        self._kill_at = time.monotonic() + grace

    def suspend(self) -> None:
        """Stop its clock and its processes."""
        if self._suspended is None and not self.ending and self._child.signal(signal.SIGSTOP, self._marks):
            self._suspended = time.monotonic()

    def go_on(self) -> None:
        """Undo `suspend`; the time between does not count."""
        if self._suspended is None:
            return
        pause = time.monotonic() - self._suspended
        self._began, self._moved, self._suspended = self._began + pause, self._moved + pause, None
        self._child.signal(signal.SIGCONT, self._marks)

    def _finish(self, code: int) -> None:
        """End whoever it left behind, then record its exit, once."""
        sweep(self._marks, self.work.grace)
        if self._pidfd is not None:
            os.close(self._pidfd)
            self._pidfd = None
        record = {"code": code, "ended": self.ending or EXITED, "at": time.time()}
        try:
            write_json_once(self.attempt.exit, record)
        except FileNotFoundError:  # the agent removed the directory of its own attempt
            self.attempt.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_json_once(self.attempt.exit, record)


def end_left_over(work: Assignment, mail: MailDir, attempt: AttemptDir) -> None:
    """End an agent that an earlier program started, and whoever it left behind.

    Its group first: an agent that cleared its environment bears no marks.  A sandbox ends with the program that
    started it; here it is only seen to be empty.
    """
    said = read_json(attempt.agent)
    who, inside = (_recorded(said, key) for key in ("", "inside_"))
    if inside is not None:
        Child(inside, inside).clear()
    if who is not None and alive(who) and signal_group(who, signal.SIGTERM):
        ended_within(who, work.grace)
        signal_group(who, signal.SIGKILL)
    sweep(marks(mail, work), work.grace)


def _record(child: Child) -> dict[str, Any]:
    """Which processes these are, for a program that takes over."""
    record = {"pid": child.who.pid, "start": child.who.start, "boot": boot_id()}
    if child.inside is not None:
        record |= {"inside_pid": child.inside.pid, "inside_start": child.inside.start}
    return record


def _recorded(said: Mapping[str, Any], key: str) -> Identity | None:
    pid, began = said.get(f"{key}pid"), said.get(f"{key}start")
    if isinstance(pid, int) and isinstance(began, int) and said.get("boot") == boot_id():
        return Identity(pid, began)
    return None


@contextmanager
def _leased(names: tuple[str, ...]) -> Iterator[dict[str, int]]:
    """Free TCP ports of this machine, all held at once so that they differ, and let go just before the agent starts."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in names]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        yield {name: one.getsockname()[1] for name, one in zip(names, sockets, strict=True)}


def wait_for_any(descriptors: list[int], seconds: float) -> None:
    """Wait until one of them is readable, at most so long."""
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    poll.poll(seconds * 1000)
