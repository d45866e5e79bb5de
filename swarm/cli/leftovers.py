"""What an ended run has left behind: what can go, and what holds and why.

Finds and says; what can go is removed by whoever calls `act`.  The rule: a worktree can go when nothing in it is only
there; a commit's ref can go when a branch of the user's contains the commit; the run itself when all of it has landed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from swarm.cli.kept import asides, is_landed, only_here, users_commits, works
from swarm.cli.whereabouts import worktree
from swarm.core.state import State
from swarm.core.words import some
from swarm.errors import SwarmError
from swarm.git import refs
from swarm.git.hub import Hub
from swarm.git.library import library
from swarm.git.repository import UserRepository
from swarm.git.worktree import Worktree
from swarm.paths import DOOR, RunDir


@dataclass(frozen=True, slots=True)
class Removal:
    """One thing that can go; `size` in bytes on the disk."""

    what: str
    size: int
    act: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Hold:
    """One thing that stays, and the command that would let it go ("" where there is none)."""

    why: str
    way_out: str = ""


@dataclass(frozen=True, slots=True)
class Leftovers:
    """Of one run.  `act` the removals in their order: each leaves a state from which the rest can be done later."""

    removals: list[Removal] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sweep:
    """The look at one run that has ended and that nobody works on."""

    run: RunDir
    state: State
    user: UserRepository
    hub: Hub
    keep_branches: bool

    def leftovers(self) -> Leftovers:
        """Everything that is left of it."""
        found = Leftovers()
        for one in (*self._worktrees(), *self._mail(), *self._scratch()):
            self._file(found, one)
        if self.keep_branches:
            found.holds.append(Hold("branches, journal and summary, as asked"))
            return found
        users = users_commits(self.user)
        for one in (*self._branches(users), *self._asides()):
            self._file(found, one)
        self._file(found, self._whole(found, users))
        return found

    def _file(self, found: Leftovers, one: Removal | Hold) -> None:
        if isinstance(one, Hold):
            found.holds.append(one)
        else:
            found.removals.append(one)

    def _worktrees(self) -> Iterator[Removal | Hold]:
        for name in self.state.workers:
            tree = worktree(self.run, name)
            if not tree.path.exists() and not tree.admin.path.exists():
                continue
            trouble = _only_there(tree)
            if trouble:
                yield Hold(f"the worktree of {name}: {trouble}", f"look: cd {tree.path}")
            else:
                stamp = self.run.mailbox(name).path / "setup.done"
                yield Removal(f"the worktree of {name}", usage(tree.path), partial(_remove_tree, tree, stamp))
        for slot in range(max(1, self.state.plan.gates)):
            path, name = self.run.landing(slot), f"landing-{slot + 1}"
            tree = Worktree(self.run.home.hub, path, f"{self.run.name}.{name}", library)
            if path.exists() or tree.admin.path.exists():
                stamp = self.run.path / f"{name}.setup"
                yield Removal(f"the worktree of gate {slot + 1}", usage(path), partial(_remove_tree, tree, stamp))

    def _mail(self) -> Iterator[Removal | Hold]:
        if not self.run.mail.exists():
            return
        unread = next(_letters(self.run.mail), None)
        if unread is not None:
            yield Hold(f"mail that nobody has taken: {unread}", f"swarm resume {self.run.name}   takes it")
            return
        yield Removal("the mail", usage(self.run.mail), self._remove_mail)

    def _remove_mail(self) -> None:
        """The door in the user's checkout leads there; it goes too."""
        shutil.rmtree(self.run.mail)
        door = self.user.top / DOOR
        for link in (door / "inbox", door / "worktrees"):
            if link.is_symlink() and Path(os.readlink(link)).is_relative_to(self.run.path):
                link.unlink()

    def _scratch(self) -> Iterator[Removal | Hold]:
        candidates = list(self.hub.list_refs(f"{refs.of_run(self.run.name)}candidate"))
        if candidates:
            yield Removal("merges that were tried", 0, partial(self.hub.delete_refs, candidates))
        if self.run.live.exists() and any(self.run.live.iterdir()):
            yield Removal("notes of attempts", usage(self.run.live), partial(_empty, self.run.live))

    def _branches(self, users: Collection[str]) -> Iterator[Removal | Hold]:
        every = [one for one in works(self.hub, self.run.name) if one.ref.startswith(self._own_refs)]
        elsewhere = {*users, self.state.tip} if self.state.tip and is_landed(self.hub, self.state, users) else users
        lonely = only_here(self.hub, (one.commit for one in every), elsewhere)
        names = [one.name for one in every if one.commit in lonely]
        if names:
            way_out = f"swarm rescue {names[0]} --to BRANCH" if len(names) == 1 else "swarm rescue   lists it"
            yield Hold(f"work that no branch of yours has: {some(names)}", way_out)
        gone = [one.ref for one in every if one.commit not in lonely]
        if gone:
            what = "a branch of an attempt" if len(gone) == 1 else f"{len(gone)} branches of attempts"
            yield Removal(what, 0, partial(self.hub.delete_refs, gone))

    @property
    def _own_refs(self) -> tuple[str, ...]:
        """Where the run's own refs begin; what an agent called otherwise belongs to no run."""
        return f"{refs.HEADS}swarm/{self.run.name}/", refs.of_run(self.run.name)

    def _asides(self) -> Iterator[Hold]:
        for one in asides(self.run, self.hub, self.state):
            way_out = f"swarm rescue {one.name} --to DIR, then delete it"
            yield Hold(f"a repository that was set aside: {one.path}", way_out)

    def _whole(self, found: Leftovers, users: Collection[str]) -> Removal | Hold:
        """The run itself: its journal, summary, logs, and the refs that hold what it borrowed and made."""
        if not is_landed(self.hub, self.state, users):
            return Hold("what it has merged is in no branch of yours", f"swarm merge --run {self.run.name}")
        if not self.state.all_merged and any(task.attempts for task in self.state.tasks.values()):
            return Hold("journal and summary, because not every task has landed", f"look: {self.run.path}")
        if found.holds:
            return Hold("journal and summary, because of the above")
        rest = usage(self.run.path) - sum(one.size for one in found.removals)
        return Removal("its journal, summary and logs", max(0, rest), self._remove_whole)

    def _remove_whole(self) -> None:
        self.hub.delete_refs(self.hub.list_refs(refs.of_run(self.run.name)))
        self.user.drop_published(self.run.name)
        self.user.unpin(self.run.name)
        home = self.run.home
        if home.current.exists() and home.current.read_text().strip() == self.run.name:
            home.current.unlink()
        # One rename, then at leisure: half a run would look like one.
        gone = home.gone / f"{self.run.name}.{os.getpid()}"
        gone.parent.mkdir(mode=0o700, exist_ok=True)
        self.run.path.rename(gone)
        shutil.rmtree(home.gone)


def _only_there(tree: Worktree) -> str:
    """What would be lost with the worktree, or ""."""
    try:
        if not tree.path.exists():
            return ""
        operation = tree.admin.operation()
        if operation:
            return f"{operation} is not finished"
        if tree.status_dirty():
            return "it holds changes that are not committed"
        if any(tree.only_here(commit) for commit in {tree.head(), *tree.admin.heads()} if commit):
            return "it holds commits that no branch has"
    except SwarmError as error:
        return f"it can't be read ({error.message})"
    return ""


def _remove_tree(tree: Worktree, stamp: Path) -> None:
    """The stamp of its setup goes first: a worktree that is made anew must be set up anew."""
    stamp.unlink(missing_ok=True)
    tree.remove()


def _letters(mail: Path) -> Iterator[Path]:
    """Messages that their sender has put down and the leader has not taken."""
    for place in (*mail.glob("*/outbox/new"), *(path for path in mail.glob("*/drops/*") if path.name != "self")):
        yield from (path for path in place.iterdir() if not path.name.startswith("."))


def _empty(directory: Path) -> None:
    for path in directory.iterdir():
        path.unlink()


def usage(path: Path) -> int:
    """Bytes that a directory takes on the disk; a file with several names counts once.  0 where there is nothing."""
    seen: set[tuple[int, int]] = set()
    total = 0
    for directory, _, names in os.walk(path):
        for name in (".", *names):
            try:
                found = os.lstat(os.path.join(directory, name))
            except FileNotFoundError:
                continue  # it went away meanwhile
            if (found.st_dev, found.st_ino) not in seen:
                seen.add((found.st_dev, found.st_ino))
                total += found.st_blocks * 512
    return total
