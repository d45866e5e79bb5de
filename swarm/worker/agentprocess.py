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
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from swarm.clock import boot_id
from swarm.core.assignment import Assignment
from swarm.executors.invocation import worker_env
from swarm.files import directory, make_way, read_json, read_part, write_json, write_json_once
from swarm.paths import AttemptDir, MailDir
from swarm.process import Identity, alive, ended_within, has_open, identity, marked, signal_group, spawn, sweep

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
    prompt = read_part(attempt.prompt, 0, MOST_IN_ENVIRONMENT + 1)
    if len(prompt) <= MOST_IN_ENVIRONMENT and b"\0" not in prompt:
        env["SWARM_PROMPT"] = prompt.decode("utf-8", "replace")
    return env


def signature(worker: str) -> tuple[str, str]:
    """The name and address with which a worker commits."""
    return worker, f"{worker}@swarm"


class AgentProcess:
    """A started agent.  Seconds are on the monotonic clock of this machine: no jump of the wall clock matters."""

    def __init__(self, work: Assignment, mail: MailDir, attempt: AttemptDir, worktree: Path) -> None:
        self.work, self.attempt = work, attempt
        self.ending = ""
        """Why we are ending it ourselves, or "" while we are not."""
        self._marks = marks(mail, work)
        with _leased(work.lease) as ports:
            env = environment(os.environ, mail, attempt, work, ports)
        make_way(attempt.log)
        prompt = attempt.prompt if attempt.prompt.exists() else None
        pid = spawn(work.argv, env=env, cwd=worktree, stdin=prompt, stdout=attempt.log)
        self.who = identity(pid) or Identity(pid, None)
        with suppress(OSError):  # the agent may have removed its directory; this only helps whoever comes after us
            write_json(attempt.agent, {"pid": pid, "start": self.who.start, "boot": boot_id()})
        self._pidfd = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
        self._began = self._moved = time.monotonic()
        self._size = 0
        self._suspended: float | None = None
        self._kill_at: float | None = None

    def fileno(self) -> int | None:
        """A descriptor that is readable once the agent has ended; None where the platform has none."""
        return self._pidfd

    def ended(self) -> int | None:
        """The exit code (128 + n for signal n), recorded on disk, once the agent is gone; None while it runs."""
        pid, status = os.waitpid(self.who.pid, os.WNOHANG)
        if pid == 0:
            return None
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
                signal_group(self.who, signal.SIGKILL, self._marks)
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
        signal_group(self.who, signal.SIGTERM, self._marks)
        self._kill_at = time.monotonic() + grace

    def suspend(self) -> None:
        """Stop its clock and its processes."""
        if self._suspended is None and not self.ending and signal_group(self.who, signal.SIGSTOP, self._marks):
            self._suspended = time.monotonic()

    def go_on(self) -> None:
        """Undo `suspend`; the time between does not count."""
        if self._suspended is None:
            return
        pause = time.monotonic() - self._suspended
        self._began, self._moved, self._suspended = self._began + pause, self._moved + pause, None
        signal_group(self.who, signal.SIGCONT, self._marks)

    def _finish(self, code: int) -> None:
        """End whoever it left behind, then record its exit, once."""
        sweep(self._marks, self.work.grace)
        if self._pidfd is not None:
            os.close(self._pidfd)
            self._pidfd = None
        directory(self.attempt.path)  # the agent may have removed it, or put something else there
        write_json_once(self.attempt.exit, {"code": code, "ended": self.ending or EXITED, "at": time.time()})


def end_left_over(work: Assignment, mail: MailDir, attempt: AttemptDir) -> None:
    """End an agent that an earlier program started, and whoever it left behind.

    Its group first: an agent that cleared its environment bears no marks.  What is written of it, the agent could write
    itself, so somebody who neither bears the marks nor has the attempt's log open is not taken for it.
    """
    said = read_json(attempt.agent)
    pid, start = said.get("pid"), said.get("start")
    if type(pid) is int and type(start) is int and pid > 0 and said.get("boot") == boot_id():
        who = Identity(pid, start)
        ours = has_open(who, attempt.log) or who in marked(marks(mail, work))
        if ours and alive(who) and signal_group(who, signal.SIGTERM):
            ended_within(who, work.grace)
            signal_group(who, signal.SIGKILL)
    sweep(marks(mail, work), work.grace)


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
