"""What an ended run has left behind: what can go, and what holds and why.

Finds and says; what can go is removed by whoever calls `act`.  The rules: a worktree can go when nothing in it is only
there and no process of the run lives; a commit's ref when a branch of the user's contains the commit.  The run itself
goes when all it proved has landed and nothing else holds; work that did not land is then kept under other names
(`swarm.cli.keeping`), of tasks that landed by another attempt always, of others where the user gave the run up.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from swarm.cli import strays
from swarm.cli.diskuse import usage
from swarm.cli.keeping import keep, label_of
from swarm.cli.kept import Work, asides, is_landed, only_here, users_commits, works
from swarm.cli.remains import only_there
from swarm.cli.removal import Hold, Leftovers, Removal
from swarm.cli.whereabouts import worktree
from swarm.core.state import State
from swarm.core.status import Status
from swarm.core.words import some
from swarm.executors.invocation import worker_env
from swarm.git import refs
from swarm.git.hub import Hub
from swarm.git.library import library
from swarm.git.lost import let_go
from swarm.git.repository import UserRepository
from swarm.git.worktree import Worktree
from swarm.paths import DOOR, RunDir, socket_dir
from swarm.process import sweep
from swarm.setup import GRACE, mark, tear_down
from swarm.tmux.server import TmuxServer


@dataclass(frozen=True)
class Sweep:
    """The look at one run that has ended and that nobody works on.  `given_up`: the user has named it."""

    run: RunDir
    state: State
    user: UserRepository
    hub: Hub
    keep_branches: bool
    given_up: bool = False

    def leftovers(self) -> Leftovers:
        """Everything that is left of it."""
        found = Leftovers()
        living = strays.of_run(self.run)
        if living:
            who = some([strays.name(one) for one in living])
            why = f"the worktrees: of the run there still runs {who}"
            found.holds.append(Hold(why, "swarm doctor --fix   ends it"))
        for one in (*(() if living else self._worktrees()), *self._mail(), *self._scratch()):
            found.file(one)
        if self.keep_branches:
            found.holds.append(Hold("branches, journal and summary, as asked"))
            return found
        for one in self._branches():
            found.file(one)
        self._whole(found)
        return found

    def everything(self) -> Iterator[Removal]:
        """All of it, whether or not it is somewhere else: for whoever was told to throw it away."""
        for name in self.state.workers:
            tree = worktree(self.run, name)
            if tree.path.exists() or tree.admin.path.exists():
                yield self.removal_of_workers_tree(name)
        yield from self._gates()
        for one in asides(self.run, self.hub, self.state):
            yield Removal(f"the repository {one.name}", 0, partial(shutil.rmtree, one.path))
        yield self.removal_of_whole(0)

    def unlanded(self) -> bool:
        """Whether what the run has proved is in no branch of the user's."""
        return not is_landed(self.hub, self.state, self._users)

    @cached_property
    def _users(self) -> set[str]:
        return users_commits(self.user)

    def _worktrees(self) -> Iterator[Removal | Hold]:
        for name in self.state.workers:
            tree = worktree(self.run, name)
            if not tree.path.exists() and not tree.admin.path.exists():
                continue
            trouble = only_there(tree)
            if trouble:
                what = f"the worktree of {name}: {trouble}"
                yield Hold(what, f"swarm rescue worktree/{name} --branch NEW --run {self.run.name};   cd {tree.path}")
            else:
                yield self.removal_of_worktree(tree, f"the worktree of {name}", self._stamp(name))
        yield from self._gates()

    def _gates(self) -> Iterator[Removal]:
        for slot in range(max(1, self.state.plan.gates)):
            path, name = self.run.landing(slot), f"landing-{slot + 1}"
            tree = Worktree(self.run.home.hub, path, f"{self.run.name}.{name}", library)
            if path.exists() or tree.admin.path.exists():
                stamp = self.run.path / f"{name}.setup"
                yield self.removal_of_worktree(tree, f"the worktree of gate {slot + 1}", stamp)

    def removal_of_worktree(self, tree: Worktree, what: str, stamp: Path) -> Removal:
        """Its removal, whatever it holds; `teardown:` runs in it first."""
        return Removal(what, usage(tree.path), partial(self._remove_tree, tree, stamp))

    def removal_of_workers_tree(self, worker: str) -> Removal:
        """The same by the worker's name."""
        return self.removal_of_worktree(worktree(self.run, worker), f"the worktree of {worker}", self._stamp(worker))

    def _stamp(self, worker: str) -> Path:
        return self.run.mailbox(worker).path / "setup.done"

    def _remove_tree(self, tree: Worktree, stamp: Path) -> str:
        """What was set up is torn down, however that ends.  Then the stamp of its setup goes before it: a worktree that
        is made anew must be set up anew."""
        said = ""
        lines = self.state.plan.teardown
        if lines and tree.path.is_dir() and stamp.exists():
            constant = {name: value for name, value in self.state.plan.env.items() if value != "auto"}
            env = {**worker_env(os.environ), **constant, "SWARM_RUN": self.run.name}
            said = tear_down(lines, tree.path, env, self.run.path / "teardown.log")
        left = sweep(mark(stamp), GRACE)
        if left:
            said = "; ".join(filter(None, [said, f"ended what its setup had left running ({left})"]))
        stamp.unlink(missing_ok=True)
        tree.remove()
        return said

    def _mail(self) -> Iterator[Removal | Hold]:
        if not self.run.mail.exists():
            return
        unread = next(_letters(self.run.mail), None)
        if unread is not None and not self.given_up:
            yield Hold(f"mail that nobody has taken: {unread}", f"swarm resume {self.run.name}   takes it")
            return
        yield Removal("the mail", usage(self.run.mail), self._remove_mail)

    def _remove_mail(self) -> None:
        """The door in the user's checkout leads there; it goes too."""
        shutil.rmtree(self.run.mail)
        door = self.user.top / DOOR
        for link in (door / "inbox", door / "worktrees"):
            target = Path(os.readlink(link)) if link.is_symlink() else None
            if target and (target.is_relative_to(self.run.path) or target == self.run.elsewhere):
                link.unlink()

    def _scratch(self) -> Iterator[Removal | Hold]:
        candidates = list(self.hub.list_refs(f"{refs.of_run(self.run.name)}candidate"))
        if candidates:
            yield Removal("merges that were tried", 0, partial(self.hub.delete_refs, candidates))
        if self.run.live.exists() and any(self.run.live.iterdir()):
            yield Removal("notes of attempts", usage(self.run.live), partial(_empty, self.run.live))

    @cached_property
    def _works(self) -> tuple[list[Work], list[Work]]:
        """The run's own work: (what only we have, what has landed or is in a branch of the user's)."""
        own = f"{refs.HEADS}swarm/{self.run.name}/", refs.of_run(self.run.name)
        every = [one for one in works(self.hub, self.run.name) if one.ref.startswith(own)]
        landed = self.state.tip and is_landed(self.hub, self.state, self._users)
        elsewhere = {*self._users, self.state.tip} if landed and self.state.tip else self._users
        lonely = only_here(self.hub, (one.commit for one in every), elsewhere)
        return [one for one in every if one.commit in lonely], [one for one in every if one.commit not in lonely]

    def _branches(self) -> Iterator[Removal | Hold]:
        lonely, gone = self._works
        names = [one.name for one in lonely if not self._is_settled(one.task)]
        if names:
            way_out = f"swarm rescue {names[0]} --branch NEW" if len(names) == 1 else "swarm rescue   lists it"
            yield Hold(f"work that no branch of yours has: {some(names)}", f"{way_out};   {self._give_up}")
        if gone:
            what = "a branch of an attempt" if len(gone) == 1 else f"{len(gone)} branches of attempts"
            yield Removal(what, 0, partial(self._drop, gone))
        for one in asides(self.run, self.hub, self.state):
            if not self._is_settled(one.task):
                way_out = f"swarm rescue {one.name} --to DIR;   {self._give_up}"
                yield Hold(f"a repository that was set aside: {one.path}", way_out)

    @property
    def _give_up(self) -> str:
        return f"swarm clean {self.run.name}   keeps it aside"

    def _drop(self, gone: list[Work]) -> None:
        """It is somewhere else, if not by its commits: squashed, its commits would otherwise look lost."""
        let_go(self.hub, (one.commit for one in gone))
        self.hub.delete_refs(one.ref for one in gone)

    def _is_settled(self, task: str) -> bool:
        """Whether the task's unmerged work is of no consequence to the run: another attempt landed, or all is over."""
        found = self.state.tasks.get(task)
        return self.given_up or (found is not None and found.status is Status.MERGED)

    def _whole(self, found: Leftovers) -> None:
        """The run itself: its journal, summary, logs, and the refs that hold what it borrowed and made."""
        if not is_landed(self.hub, self.state, self._users):
            found.file(Hold("what it has merged is in no branch of yours", f"swarm merge --run {self.run.name}"))
            return
        begun = any(task.attempts for task in self.state.tasks.values())
        if not self.state.all_merged and begun and not self.given_up:
            way_out = f"swarm clean {self.run.name};   look: {self.run.path}"
            found.file(Hold("journal and summary, because not every task has landed", way_out))
            return
        if found.holds:
            found.file(Hold("journal and summary, because of the above"))
            return
        self._keep(found)
        found.file(self.removal_of_whole(sum(one.size for one in found.removals)))

    def _keep(self, found: Leftovers) -> None:
        """What did not land is kept under other names before the run goes."""
        lonely, set_aside = self._works[0], list(asides(self.run, self.hub, self.state))
        if not lonely and not set_aside:
            return
        names = some([*(one.name for one in lonely), *(one.name for one in set_aside)])
        act = partial(keep, self.run, self.state, self.user, self.hub, lonely, set_aside)
        found.file(Removal(f"the names of {names}, kept as kept/{label_of(self.state)}/…", 0, act))

    def removal_of_whole(self, counted: int) -> Removal:
        """The end of the run; `counted` bytes of it are counted elsewhere."""
        size = max(0, usage(self.run.path) + (usage(self.run.elsewhere) if self.run.elsewhere else 0) - counted)
        return Removal("its journal, summary and logs", size, self._remove_whole)

    def _remove_whole(self) -> str:
        said = self._leave_elsewhere()
        if self.state.tip:
            let_go(self.hub, [self.state.tip])
        branches = self.hub.list_refs(f"{refs.HEADS}swarm/{self.run.name}")
        self.hub.delete_refs([*branches, *self.hub.list_refs(refs.of_run(self.run.name).rstrip("/"))])
        self.user.drop_published(self.run.name)
        self.user.unpin(self.run.name)
        TmuxServer(socket_dir(self.run), self.run.name).kill()
        home = self.run.home
        if home.current.exists() and home.current.read_text().strip() == self.run.name:
            home.current.unlink()
        # One rename, then at leisure: half a run would look like one.
        gone = home.gone / f"{self.run.name}.{os.getpid()}"
        gone.parent.mkdir(mode=0o700, exist_ok=True)
        self.run.path.rename(gone)
        shutil.rmtree(home.gone)
        return said

    def _leave_elsewhere(self) -> str:
        """Remove the directory that `worktrees:` named for the run, and its parent when no other run is there."""
        away = self.run.elsewhere
        if away is None or not away.is_dir():
            return ""
        if any(away.iterdir()):
            return f"{away} is not empty, and stays"
        away.rmdir()
        if not any(away.parent.iterdir()):
            away.parent.rmdir()
        return ""


def _letters(mail: Path) -> Iterator[Path]:
    """Messages that their sender has put down and the leader has not taken."""
    for place in (*mail.glob("*/outbox/new"), *(path for path in mail.glob("*/drops/*") if path.name != "self")):
        yield from (path for path in place.iterdir() if not path.name.startswith("."))


def _empty(directory: Path) -> None:
    for path in directory.iterdir():
        path.unlink()
