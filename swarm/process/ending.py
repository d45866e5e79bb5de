"""Ending processes, and waiting for their end.

Knows who by swarm.process.who.  Nothing here starts a process.
"""

from __future__ import annotations

import enum
import os
import select
import signal
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack

from swarm.process.signals import pidfd, signal_process
from swarm.process.who import Identity, alive, marked

KILL_ROUNDS = 100
"""How often `sweep` looks again for processes that were born while it killed their parents."""
WAIT_AFTER_KILL = 5.0
"""Seconds that one round of KILL is given; only a process stuck in the kernel needs them."""
WATCHED_AT_ONCE = 64
"""Descriptors that `sweep` holds open at one time, so that it works with a low limit too."""


def sweep(marks: Mapping[str, str], grace: float) -> int:
    """End all marked processes except ourselves, as `end_all` does."""
    return end_all(lambda: marked(marks), grace)


def end_all(find: Callable[[], list[Identity]], grace: float) -> int:
    """End whoever `find` finds, except ourselves: TERM, and KILL after `grace` seconds, until it finds nobody.

    Returns how many were found.  Children that appear meanwhile are found by looking again; a family that forks faster
    than it can be killed is given up after KILL_ROUNDS looks (ask who is left).
    """
    met: set[Identity] = set()
    deadline = time.monotonic() + grace
    while (left := deadline - time.monotonic()) > 0:
        if not (others := _others(find)):
            return len(met)
        _signal_new(others, met, signal.SIGTERM)
        _wait_for_one(others, left)
    for _ in range(KILL_ROUNDS):
        if not (others := _others(find)):
            break
        for who in others:
            signal_process(who, signal.SIGKILL)
        met.update(others)
        _wait_for_all(others, WAIT_AFTER_KILL)
    return len(met)


def _others(find: Callable[[], list[Identity]]) -> list[Identity]:
    return [who for who in find() if who.pid != os.getpid()]


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
                descriptor = pidfd(who.pid)
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


MOST_OUTPUT = 256 << 20
"""Bytes that a child may print.  Nobody reads so much, and one that prints for ever would fill the disk."""

LOOK = 0.25
"""Seconds between two looks at how much a child has printed.  A poll: the kernel tells nobody that a file has grown too
large without ending the writer of every large file (RLIMIT_FSIZE)."""


class Overrun(enum.Enum):
    """Why a child that still runs is to be ended."""

    LATE = enum.auto()
    FLOOD = enum.auto()
    UNWANTED = enum.auto()


def watch_child(pid: int, seconds: float, log: int, most: int, *also: int) -> Overrun | None:
    """Wait until this child of ours has ended; reaping or ending it is the caller's part.

    Not None once so many seconds have passed, the file behind the descriptor `log` holds more than `most` bytes, or one
    of the descriptors `also` is readable.
    """
    deadline = time.monotonic() + seconds
    while not wait_for_child(pid, min(LOOK, max(0.0, deadline - time.monotonic())), *also):
        if os.fstat(log).st_size > most:
            return Overrun.FLOOD
        if any(select.select([one], [], [], 0)[0] for one in also):
            return Overrun.UNWANTED
        if time.monotonic() >= deadline:
            return Overrun.LATE
    return None


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
