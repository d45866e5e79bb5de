"""The work that a run keeps outside its integration ref: branches of attempts, rescues, repositories set aside.

Knows the hub's refs and the run's directory; brings nothing back and removes nothing.  `rescue` lists it, `clean`
leaves it alone until it is somewhere else too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from swarm.core.state import State
from swarm.git import merge, refs
from swarm.git.command import text_of
from swarm.git.hub import Hub
from swarm.git.repository import UserRepository
from swarm.paths import RunDir


@dataclass(frozen=True, slots=True)
class Work:
    """One commit that only a ref of the hub holds.

    `name` is what a person types: `bad.1` for the branch of an attempt, `rescue/bad.1` for what was found in its
    worktree, a branch's own name where an agent made it (then `task` is empty).
    """

    name: str
    task: str
    attempt: int
    ref: str
    commit: str


@dataclass(frozen=True, slots=True)
class Aside:
    """A repository that was found inside a worktree and moved out of it, whole.  `name` as in `Work`."""

    name: str
    task: str
    path: Path


def works(hub: Hub, run: str) -> list[Work]:
    """Everything that refs of the hub hold for the run, merged or not, and the branches that agents made themselves."""
    own = f"{refs.HEADS}swarm/"
    ours = f"{own}{run}"
    rescued = f"{refs.of_run(run)}rescue"
    found = [_work(ref, ref.removeprefix(f"{ours}/"), commit) for ref, commit in hub.list_refs(ours).items()]
    found += [
        _work(ref, "rescue/" + ref.removeprefix(f"{rescued}/"), commit)
        for ref, commit in hub.list_refs(rescued).items()
    ]
    return found + [
        Work(ref.removeprefix(refs.HEADS), "", 0, ref, commit)
        for ref, commit in hub.list_refs(refs.HEADS.rstrip("/")).items()
        if not ref.startswith(own)
    ]


def _work(ref: str, name: str, commit: str) -> Work:
    """`[rescue/]<task>.<attempt>[.<number>]`; an agent may have made a branch there that is called otherwise."""
    task, _, rest = name.rpartition("/")[2].partition(".")
    number = rest.partition(".")[0]
    return Work(name, task, int(number) if number.isdecimal() else 0, ref, commit)


def asides(run: RunDir, hub: Hub, state: State) -> Iterator[Aside]:
    """The repositories that were set aside, by attempts and by workers."""
    for task in state.tasks.values():
        for attempt in task.attempts:
            place = run.attempt(task.id, attempt.number).rescued
            yield from _inside(place, f"{task.id}.{attempt.number}", task.id)
    for worker in state.workers:
        yield from _inside(hub.own / "rescued" / f"{run.name}.{worker}", worker, "")


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
