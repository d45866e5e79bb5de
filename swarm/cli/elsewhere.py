"""Where worktrees lie if the task file names a directory for them (`worktrees:`): checked, and not made yet.

The run gets a directory of its own below it, so that two runs, or two repositories, never meet there.
"""

from __future__ import annotations

import os
from pathlib import Path

from swarm.errors import SwarmError
from swarm.git.repository import UserRepository
from swarm.paths import Home


def elsewhere(user: UserRepository, home: Home, run: str, named: str | None) -> Path | None:
    """The run's own directory below the one that is named; None where none is.  Relative names begin beside the
    repository.  SwarmError where worktrees can't be there."""
    if named is None:
        return None
    given = Path(os.path.realpath(user.top.parent / os.path.expanduser(named)))
    for place in (user.top, user.common_dir, home.path):
        if given.is_relative_to(os.path.realpath(place)):
            what = "our own state" if place == home.path else "the repository"
            raise _refused(named, f"{given} is inside {what}, {place}", "name one outside: worktrees: ../worktrees")
    there = given
    while not os.path.lexists(there):
        there = there.parent
    if not there.is_dir():
        raise _refused(named, f"{there} is not a directory", "name another one")
    if not os.access(there, os.W_OK | os.X_OK):
        raise _refused(named, f"{there} can't be written", "look at its owner and mode, or name another one")
    own = given / home.path.name / run
    if os.path.lexists(own) and (own.is_symlink() or not own.is_dir() or any(own.iterdir())):
        raise _refused(named, f"{own} holds something already", "move it away, or choose another --run NAME")
    return own


def _refused(named: str, why: str, way_out: str) -> SwarmError:
    return SwarmError(f"worktrees: {named!r} can't be used: {why}", way_out)
