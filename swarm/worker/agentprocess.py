"""The agent of one attempt as a process, for one turn: its environment, its start, and whoever it left behind.

It reads its prompt from a file; how it is watched and ended is swarm.worker.child.  The exit of the last turn is
recorded once, by `link()`.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swarm.clock import boot_id
from swarm.core.assignment import Assignment
from swarm.executors.invocation import worker_env
from swarm.files import directory, open_log, read_json, read_part, write_json, write_json_once
from swarm.paths import AttemptDir, MailDir
from swarm.process import Identity, alive, end_all, ended_within, holders, marked, signal_group
from swarm.process.boxed import Started
from swarm.process.family import Family
from swarm.process.terminal import Terminal
from swarm.secrets import secrets
from swarm.worker.child import Child, Limits
from swarm.worker.ports import Ports

MOST_IN_ENVIRONMENT = 64 * 1024
"""Bytes of a prompt that are also given as a variable; the kernel takes 128 KiB for one string."""

EXITED = "exited"


def marks(mail: MailDir, work: Assignment) -> dict[str, str]:
    """What is in the environment of every process of this attempt and of no other."""
    return {"SWARM_MAIL": str(mail.path), "SWARM_TASK": work.task, "SWARM_ATTEMPT": str(work.attempt)}


def environment(
    outer: Mapping[str, str], mail: MailDir, attempt: AttemptDir, work: Assignment, ports: Mapping[str, int]
) -> dict[str, str]:
    """The agent's whole environment: an allow-list of ours, its secrets, the plan's own values, and where it is.
    Raises SwarmError where a secret is not there."""
    # Not only for the sake of what is passed: in a pane, tmux sets the PATH of its client, whatever it was told.
    env = worker_env(outer) | secrets(mail.run, work.worker, work.secrets, work.pass_env)
    env |= dict(work.env) | {name: str(port) for name, port in ports.items()}
    env |= marks(mail, work)
    env |= {
        "SWARM_RUN": work.run,
        "SWARM_WORKER": work.worker,
        "SWARM_BASE": work.base,
        "SWARM_PROMPT_FILE": str(attempt.prompt),
        "SWARM_ATTEMPT_DIR": str(attempt.path),
    }
    name, mailbox = signature(work)
    for who in ("AUTHOR", "COMMITTER"):
        env |= {f"GIT_{who}_NAME": name, f"GIT_{who}_EMAIL": mailbox}
    prompt = read_part(attempt.prompt, 0, MOST_IN_ENVIRONMENT + 1)
    if len(prompt) <= MOST_IN_ENVIRONMENT and b"\0" not in prompt:
        env["SWARM_PROMPT"] = prompt.decode("utf-8", "replace")
    return env


def signature(work: Assignment) -> tuple[str, str]:
    """The name and address with which the attempt commits."""
    name, _, mailbox = work.identity.rstrip(">").rpartition(" <")
    return (name, mailbox) if name and mailbox else (work.worker, f"{work.worker}@swarm")


@dataclass(frozen=True, slots=True)
class Start:
    """How one turn is started: `argv`, `env` beyond what every agent has, its standard input, and where it prints."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    stdin: Path | None
    log: Path
    pane: bool = False
    """Whether it has the worker's terminal to itself."""
    taken: bool = False
    """Whether a person has taken the conversation over: then nothing ends it but them, and no time counts."""


class AgentProcess(Child):
    """A started agent.  `record_exit` its end once it has no further turn."""

    def __init__(
        self, work: Assignment, mail: MailDir, attempt: AttemptDir, worktree: Path, start: Start,
        family: Family | None = None, box: Sequence[str] = (), ran: float = 0.0,
    ) -> None:  # fmt: skip
        """`ran`: seconds that earlier turns of the attempt have taken of its time.  Raises NotStarted where it can't be
        started, or is to have a pane to itself and there is none."""
        timeout = None if work.timeout is None or start.taken else max(0.0, work.timeout - ran)
        idle = None if start.pane else work.idle  # what it prints there is not seen
        terminal = Terminal() if start.pane else None
        self.work, self.attempt, self.taken = work, attempt, start.taken
        self._ports = Ports(mail.run.home.ports)
        env = environment(os.environ, mail, attempt, work, self._ports.lease(work.lease, str(mail.path)))
        alive = open_log(attempt.alive)
        try:
            super().__init__(
                start.argv, env={**env, **start.env}, cwd=worktree, stdin=start.stdin, log=start.log,
                marks=marks(mail, work), limits=Limits(timeout, idle, work.grace), family=family,
                pass_fds=(alive,), box=box, terminal=terminal,
            )  # fmt: skip
        except BaseException:
            self._ports.release()
            raise
        finally:
            os.close(alive)
        with suppress(OSError):  # the agent may have removed its directory; this only helps whoever comes after us
            write_json(attempt.agent, self._identities())

    def ended(self) -> int | None:
        """As `Child.ended`; its ports are free then."""
        code = super().ended()
        if code is not None:
            self._ports.release()
        return code

    def _identities(self) -> dict[str, Any]:
        found: dict[str, Any] = {"pid": self.who.pid, "start": self.who.start, "boot": boot_id()}
        if self.inside is not None:
            found |= {"inside_pid": self.inside.pid, "inside_start": self.inside.start}
        return found


def record_exit(attempt: AttemptDir, code: int, ended: str) -> None:
    """Record how the attempt's agent ended, once."""
    directory(attempt.path)  # its agent may have removed it, or put something else there
    write_json_once(attempt.exit, {"code": code, "ended": ended, "at": time.time()})


def end_left_over(work: Assignment, mail: MailDir, attempt: AttemptDir) -> None:
    """End an agent that an earlier program started, and whoever it left behind.

    Its group first: an agent that cleared its environment bears no marks.  Then whoever bears them, or still has the
    descriptor that the agent was given.  What has neither, and has left the group, is not found: parenthood, which
    tells in the lifetime of the program that started it, ended with that program.  What is written of the group's
    leader the agent could write itself, so a stranger, who has neither marks nor descriptor nor log, is left alone.
    """
    said = read_json(attempt.agent)
    own = marks(mail, work)
    ours = frozenset({*marked(own), *holders(attempt.alive), *holders(attempt.log)})
    who, inside = (_identity(said, key) for key in ("", "inside_"))
    if inside is not None and inside in ours:  # it ends with the program that started it; this only sees it empty
        Started(inside, inside).clear()
    if who is not None and who in ours and alive(who) and signal_group(who, signal.SIGTERM):
        ended_within(who, work.grace)
        signal_group(who, signal.SIGKILL)
    end_all(lambda: list({*marked(own), *holders(attempt.alive)}), work.grace)


def _identity(said: Mapping[str, Any], key: str) -> Identity | None:
    """Who is recorded, if that was since the machine was started."""
    pid, start = said.get(f"{key}pid"), said.get(f"{key}start")
    if type(pid) is int and type(start) is int and pid > 0 and said.get("boot") == boot_id():
        return Identity(pid, start)
    return None


def wait_for_any(descriptors: list[int], seconds: float) -> None:
    """Wait until one of them is readable, at most so long."""
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    poll.poll(seconds * 1000)
