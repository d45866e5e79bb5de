"""Everything that only we hold, of one run and of those that are gone, under the names by which a person calls it.

Joins what refs hold, what no ref holds, what stands in worktrees and what was set aside; shows and removes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from swarm.cli.kept import (
    Aside,
    Work,
    asides,
    asides_of_gone_runs,
    of_gone_runs,
    only_here,
    unheld,
    users_commits,
    works,
)
from swarm.cli.remains import Remains, remains
from swarm.core.state import State
from swarm.core.suggest import did_you_mean
from swarm.errors import SwarmError
from swarm.git import merge
from swarm.git.hub import Hub
from swarm.git.library import library
from swarm.git.lost import let_gone
from swarm.git.repository import UserRepository
from swarm.paths import Home, RunDir

Kept = Work | Aside | Remains


@dataclass(frozen=True)
class Keepsakes:
    """What is kept.  `state` and the run's name are missing where only runs that are gone have left something."""

    user: UserRepository
    hub: Hub
    state: State | None
    every: list[Work]
    """All that refs hold, also what a branch of the user's has."""
    kept: list[Kept]

    @property
    def run(self) -> str:
        """The name of the run; "" where there is none."""
        return self.state.run if self.state else ""

    @cached_property
    def names(self) -> set[str]:
        """What a person may ask for."""
        found = {one.name for one in (*self.every, *self.kept)} | {one.task for one in self.every if one.task}
        return found | set(self.state.tasks if self.state else ())

    def named(self, name: str | None) -> list[Kept]:
        """All of it, or that of one task or with one name.  SwarmError for a name that nothing and nobody has."""
        if name is None:
            return self.kept
        found = [one for one in self.kept if name in (one.name, one.task)]
        if not found and name not in self.names:
            near = did_you_mean(name, self.names)
            raise SwarmError(f"there is no task {name!r} and nothing of that name{near}", "swarm rescue")
        return found


def keepsakes(user: UserRepository, home: Home, run: RunDir | None, state: State | None) -> Keepsakes:
    """The look at a run, and at what is kept of those that are gone.  The newest of a task comes last."""
    hub = Hub(home.hub, library)
    users = users_commits(user) | let_gone(hub)
    elsewhere = users | ({state.tip} if state and state.tip else set())
    every = works(hub, run.name) if run else of_gone_runs(hub)
    lonely = only_here(hub, (one.commit for one in every), elsewhere)
    held = [one for one in every if one.commit in lonely]
    of_gone = [one for one in held if one.kind == "kept"]
    own = sorted((one for one in held if one.kind != "kept"), key=_age)
    kept: list[Kept] = [*unheld(hub, run, elsewhere), *of_gone, *asides_of_gone_runs(home), *own]
    if run and state:
        kept += [*asides(run, hub, state), *remains(run, state)]
    return Keepsakes(user, hub, state, every, kept)


def landmark(found: Keepsakes, one: Work) -> str:
    """What a piece of work began from: where it left the history of its run, else of the user's repository."""
    state = found.state if one.kind != "kept" else None
    ends = [end for end in ((state.tip, state.base) if state else ()) if end]
    ends += [found.user.resolve("HEAD")] if found.user.has_commit() else []
    bases = (merge.merge_base(found.hub, end, one.commit) for end in ends)
    return next((base for base in bases if base), None) or _nothing(found.hub)


def _nothing(hub: Hub) -> str:
    """The empty tree: a history of its own began from nothing."""
    return hub.git.text("hash-object", "-w", "-t", "tree", "--stdin", input=b"")


def _age(one: Work) -> tuple[str, int, bool, str]:
    """By task and attempt; what was sealed on the branch comes after what was found beside it."""
    return one.task, one.attempt, one.kind != "rescue", one.name
