"""Lock files of refs that a killed git has left: found by git's own complaint, and removed once nobody can need them.

A lock belongs to a process that was alive when we met it, or to none any more.  So we wait for every git that worked on
this repository at that moment; a lock that is still the same file after all of them have ended is nobody's.  Only locks
of refs of ours and of packed-refs are touched, the latter only in a repository of our own.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from swarm.git.command import Git, GitFailed, Profile
from swarm.process import at_work, ended_within, has_proc

T = TypeVar("T")

PATIENCE = 5.0
"""Seconds for the gits that are at work to end; a longer one may be anything, and the lock stays."""

_COMPLAINT = re.compile(r"Unable to create '(?P<lock>.+\.lock)': File exists")
_OURS = ("refs/swarm/", "refs/heads/swarm/")
_READS_ONLY = frozenset({"cat-file", "diff-tree", "hash-object"})
"""The gits that stay open (swarm.git.standing): they lock nothing."""


def past_stale_locks(git: Git, act: Callable[[], T]) -> T:
    """What `act` gives, done again for each lock in its way that nobody holds; raises what it raises otherwise."""
    while True:
        try:
            return act()
        except GitFailed as error:
            lock = stale(git, error)
            if lock is None:
                raise
            lock.unlink(missing_ok=True)


def stale(git: Git, error: GitFailed) -> Path | None:
    """The lock that git complains of, where it is one of ours to remove and nobody holds it."""
    found = _COMPLAINT.search(error.err)
    lock = Path(found["lock"]) if found else None
    if lock is None or not _is_ours(git, lock) or not has_proc():
        return None  # without /proc nobody can be found, and so nobody be waited for
    before = _file(lock)
    deadline = time.monotonic() + PATIENCE
    places = [git.git_dir, git.git_dir.parent]  # beside our hub lie the worktrees, around the user's .git their files
    for who in at_work("git", places, but=_READS_ONLY):
        if not ended_within(who, max(0.0, deadline - time.monotonic())):
            return None
    return lock if before is not None and _file(lock) == before else None


def _is_ours(git: Git, lock: Path) -> bool:
    if not lock.is_relative_to(git.git_dir):
        return False
    name = lock.relative_to(git.git_dir).as_posix()
    return name.startswith(_OURS) or (name == "packed-refs.lock" and git.profile is Profile.OURS)


def _file(path: Path) -> tuple[int, int, int] | None:
    """Which file stands there."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns
