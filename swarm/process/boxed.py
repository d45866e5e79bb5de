"""A child of ours with all that lives by it: a process group, or a namespace of processes that ends with its first.

Knows processes, not what they are for, and of the sandbox only this: its program (bubblewrap) is our child and stays
outside, says on a descriptor which process is the first one inside and later how the command ended
(`--json-status-fd`; not a word of that where the command was never begun), and ends when that one has.

The first process of a namespace can't be outlived: when it ends the kernel kills whoever is left, whatever session they
made or environment they cleared, and only then is it a zombie.  So to end it is to end all, and to wait for it is to
wait for all.  Signals go to those inside and spare the program outside: killed by a TERM, it would take everything
inside with it at once, and nobody would have had the time to stop in order.
"""

from __future__ import annotations

import json
import os
import select
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from swarm.process.ending import Overrun, ended_within, watch_child
from swarm.process.signals import signal_followers, signal_group, signal_process
from swarm.process.starting import NotStarted, spawn
from swarm.process.who import Identity, identity, stat_of

STATUS = "--json-status-fd"
BEGUN_WITHIN = 30.0
"""Seconds in which a sandbox has to say who is inside; it takes milliseconds."""
GONE_WITHIN = 30.0
"""Seconds in which the kernel clears a namespace whose first process was killed; it takes milliseconds."""


@dataclass(slots=True)
class Started:
    """A started child.  `who` is ours to reap; `inside` the first process of its namespace, None where it has none.

    `begun` is False once its sandbox is known to have ended without beginning the command.
    """

    who: Identity
    inside: Identity | None = None
    begun: bool = True
    says: int | None = None
    killed: bool = False

    def signal(self, sig: int, marks: Mapping[str, str] | None = None) -> bool:
        """Send it to its group; False when nobody was there.  `marks` as in `signal_group`."""
        if self.inside is None:
            return signal_group(self.who, sig, marks)
        if sig in (signal.SIGSTOP, signal.SIGCONT):
            signal_process(self.who, sig)
        return signal_followers(self.who, sig)

    def kill(self, marks: Mapping[str, str] | None = None) -> None:
        """End it at once: its group, or everybody in its namespace."""
        self.killed = True
        if self.inside is None:
            signal_group(self.who, signal.SIGKILL, marks)
            return
        signal_process(self.inside, signal.SIGKILL)
        signal_process(self.who, signal.SIGCONT)

    def clear(self) -> None:
        """See to it that nobody is left in its namespace.  Call it when `who` has ended, whoever ended it."""
        if self.inside is not None and signal_process(self.inside, signal.SIGKILL):
            ended_within(self.inside, GONE_WITHIN)
        if self.says is not None:
            self.begun = self.killed or b"exit-code" in _rest(self.says)
            os.close(self.says)
            self.says = None

    def finish(
        self, seconds: float, log: int, most: int, *also: int, marks: Mapping[str, str] | None = None
    ) -> tuple[Overrun | None, int]:
        """Wait for its end as `watch_child` does, and end it where that gives a reason; the reason, and its exit code.

        Raises NotStarted as `reap` does.
        """
        overrun = watch_child(self.who.pid, seconds, log, most, *also)
        if overrun is not None:
            self.kill(marks)
        return overrun, self.reap()

    def reap(self) -> int:
        """Wait for its end; its exit code, negative for a signal.  Then nobody of its namespace is left.

        Raises NotStarted where its sandbox could not be made; what that said is in the child's output.
        """
        status = os.waitpid(self.who.pid, 0)[1]
        self.clear()
        if not self.begun:
            raise NotStarted("its sandbox could not be made", "swarm doctor tries it out")
        return os.waitstatus_to_exitcode(status)


def start(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    stdout: Path,
    stdin: Path | None = None,
    box: Sequence[str] = (),
    pass_fds: Sequence[int] = (),
) -> Started:
    """Start `argv` as `swarm.process.spawn` does, inside of `box` (the command of a sandbox, see `swarm.sandbox`).

    A box that can't be made ends by itself, with its reason in `stdout`, and none of `pass_fds` goes into one: by them
    others find who is left, and in a box nobody is.  Raises NotStarted.
    """
    if not box:
        pid = spawn(argv, env=env, cwd=cwd, stdin=stdin, stdout=stdout, pass_fds=pass_fds)
        return Started(identity(pid) or Identity(pid, None))
    says, told = os.pipe()
    try:
        command = [box[0], STATUS, str(told), *box[1:], "--", *argv]
        pid = spawn(command, env=env, cwd=cwd, stdin=stdin, stdout=stdout, pass_fds=[told])
    except BaseException:
        os.close(says)
        raise
    finally:
        os.close(told)
    who = identity(pid) or Identity(pid, None)
    return Started(who, _child_of(who, _first_inside(says)), says=says)


def _first_inside(says: int) -> int | None:
    """The number that the sandbox tells in its first line; None where it ended without a word."""
    said = b""
    deadline = time.monotonic() + BEGUN_WITHIN
    while b"\n" not in said and select.select([says], [], [], max(0.0, deadline - time.monotonic()))[0]:
        part = os.read(says, 1)  # no more than this line: the rest is for later
        said += part
        if not part:
            break
    try:
        found = json.loads(said.partition(b"\n")[0] or b"{}").get("child-pid")
    except ValueError:  # it was killed in the middle of a word
        return None
    return found if isinstance(found, int) else None


def _rest(says: int) -> bytes:
    """What else was said, once nobody is left to say more."""
    os.set_blocking(says, False)
    try:
        return os.read(says, 4096)
    except BlockingIOError:
        return b""


def _child_of(who: Identity, pid: int | None) -> Identity | None:
    """Who bears this number, if it is a child of `who`: one that has ended already left its number to strangers."""
    found = identity(pid) if pid is not None else None
    seen = stat_of(found.pid) if found is not None else None
    return found if seen is not None and seen.parent == who.pid else None
