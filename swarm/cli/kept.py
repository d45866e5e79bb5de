"""The work that is kept outside of what has landed: branches, rescues, stashes, lost commits, repositories set aside.

Knows the hub and the directories of runs; brings nothing back and removes nothing.  `rescue` lists it, `clean` leaves
it alone until it is somewhere else too.  What stands in worktrees is in `swarm.cli.remains`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from swarm.core.events import AttemptEnded, WorkSealed
from swarm.core.state import State
from swarm.git import merge, refs
from swarm.git.command import text_of
from swarm.git.hub import Hub
from swarm.git.lost import lost
from swarm.git.repository import UserRepository
from swarm.journal import Reader
from swarm.paths import Home, RunDir

STASH = "refs/stash"


@dataclass(frozen=True, slots=True)
class Work:
    """One commit in the hub.  `ref` is "" where none holds it.

    `name` is what a person types: `bad.1` for the branch of an attempt, `rescue/bad.1` for what was found in its
    worktree, `kept/<label>/…` for that of a run that is gone, `stash/1`, `lost/<id>` for a commit on no branch, or the
    name of what an agent made itself (then `task` is empty).
    """

    name: str
    task: str
    attempt: int
    ref: str
    commit: str

    @property
    def kind(self) -> str:
        """branch, rescue, kept, stash or lost."""
        first = self.name.partition("/")[0]
        return first if "/" in self.name and first in ("rescue", "kept", "stash", "lost") else "branch"


@dataclass(frozen=True, slots=True)
class Aside:
    """A repository that was found inside a worktree and moved out of it, whole.  `name` as in `Work`."""

    name: str
    task: str
    path: Path


def works(hub: Hub, run: str) -> list[Work]:
    """Everything that refs of the hub hold for the run, merged or not, and what agents made themselves.  What is kept
    of runs that are gone comes last."""
    branches, rescued = f"{refs.HEADS}swarm/{run}/", f"{refs.of_run(run)}rescue/"
    found, kept = [], []
    for ref, commit in _held(hub).items():
        if ref.startswith(branches):
            found.append(_work(ref, ref.removeprefix(branches), commit))
        elif ref.startswith(rescued):
            found.append(_work(ref, f"rescue/{ref.removeprefix(rescued)}", commit))
        elif ref.startswith(refs.KEPT):
            kept.append(_work(ref, f"kept/{ref.removeprefix(refs.KEPT)}", commit))
        elif ref != STASH and not ref.startswith((f"{refs.HEADS}swarm/", "refs/swarm/")):
            found.append(Work(ref.removeprefix(refs.HEADS).removeprefix("refs/"), "", 0, ref, commit))
    return [*found, *_stashed(hub), *kept]


def of_gone_runs(hub: Hub) -> list[Work]:
    """What refs hold of runs that are gone."""
    held = hub.list_refs(refs.KEPT.rstrip("/"))
    return [_work(ref, f"kept/{ref.removeprefix(refs.KEPT)}", commit) for ref, commit in held.items()]


def _held(hub: Hub) -> dict[str, str]:
    """All refs that lead to a commit, with that commit."""
    fields = "%(refname) %(objecttype) %(objectname) %(*objecttype) %(*objectname)"
    found = {}
    for line in hub.git.text("for-each-ref", f"--format={fields}").splitlines():
        ref, *said = line.split(" ")
        if "commit" in said[::2]:
            found[ref] = said[said.index("commit") + 1]
    return found


def _stashed(hub: Hub) -> Iterator[Work]:
    """The entries of the stash: all but the newest stand in its reflog alone."""
    if hub.read_ref(STASH) is None:
        return
    for number, commit in enumerate(hub.git.text("log", "-g", "--format=%H", STASH, "--").split()):
        yield Work(f"stash/{number}", "", 0, STASH if number == 0 else "", commit)


def _work(ref: str, name: str, commit: str) -> Work:
    """`[rescue/]<task>.<attempt>[.<number>]`; an agent may have made a branch there that is called otherwise."""
    task, _, rest = name.rpartition("/")[2].partition(".")
    number = rest.partition(".")[0]
    return Work(name, task, int(number) if number.isdecimal() else 0, ref, commit)


def unheld(hub: Hub, run: RunDir | None, users: Collection[str]) -> list[Work]:
    """The newest commits that no ref, no worktree and none of `users` has.  Those that the run's journal knows as the
    work of an attempt (somebody deleted its branch) bear its name."""
    known = _sealed(run) if run else {}
    found = []
    for one in lost(hub, users):
        task, attempt = known.get(one.id, ("", 0))
        found.append(Work(f"{task}.{attempt}" if task else f"lost/{one.id[:10]}", task, attempt, "", one.id))
    return found


def _sealed(run: RunDir) -> dict[str, tuple[str, int]]:
    """Every commit that the journal names as what an attempt left: (task, attempt)."""
    events = (event for entry in Reader(run.journal).read() for event in entry.events)
    return {
        event.commit: (event.task, event.attempt)
        for event in events
        if isinstance(event, WorkSealed | AttemptEnded) and event.commit
    }


def asides(run: RunDir, hub: Hub, state: State) -> Iterator[Aside]:
    """The repositories that were set aside, by attempts and by workers."""
    for task in state.tasks.values():
        for attempt in task.attempts:
            place = run.attempt(task.id, attempt.number).rescued
            yield from _inside(place, f"{task.id}.{attempt.number}", task.id)
    for worker in state.workers:
        yield from _inside(hub.own / "rescued" / f"{run.name}.{worker}", worker, "")


def asides_of_gone_runs(home: Home) -> Iterator[Aside]:
    """Those of runs that are gone."""
    for label in sorted(home.kept.glob("*")):
        for holder in sorted((label / "rescued").glob("*")):
            yield from _inside(holder, f"kept/{label.name}/{holder.name}", holder.name.partition(".")[0])


def _inside(place: Path, name: str, task: str) -> Iterator[Aside]:
    if place.is_dir():
        for entry in sorted(place.iterdir()):
            yield Aside(f"{name}/{entry.name}", task, entry)


def only_here(hub: Hub, commits: Iterable[str], elsewhere: Collection[str]) -> set[str]:
    """Those of the commits that none of `elsewhere` contains.  One call of git, however many."""
    wanted = set(commits)
    if not wanted:
        return set()
    lines = [*wanted, *(f"^{commit}" for commit in elsewhere)]
    done = hub.git.run("rev-list", "--stdin", input="".join(f"{line}\n" for line in lines).encode())
    return wanted & set(text_of(done.out).split())


def users_commits(user: UserRepository) -> set[str]:
    """What the branches of the user's repository hold, remote ones too, but for swarm/*, where runs publish theirs."""
    listed = user.git.text("for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/remotes")
    pairs = (line.split(" ", 1) for line in listed.splitlines())
    found = {commit for commit, ref in pairs if not ref.startswith(f"{refs.HEADS}swarm/")}
    return found if user.head_branch() else found | {user.resolve("HEAD")}


def is_landed(hub: Hub, state: State, users: Collection[str]) -> bool:
    """Whether what the run has proved is in a branch of the user's: by its commits, or squashed into one tree."""
    if state.tip is None or state.tip == state.base:
        return True
    if not only_here(hub, [state.tip], users):
        return True
    squashed = state.target_merged
    if squashed is None or only_here(hub, [squashed], users):
        return False
    return merge.tree_of(hub, squashed) == merge.tree_of(hub, state.tip)
