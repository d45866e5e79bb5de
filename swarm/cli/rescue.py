"""Bring back work that did not land: what failed attempts left, what was found in a worktree before it was reused.

examples:
  swarm rescue                        what there is in this run
  swarm rescue bad                    what there is of one task
  swarm rescue bad --to bad-again     its newest work, as a branch in your repository
  swarm rescue rescue/bad.1 --to x    that one
  swarm rescue bad.2/vendor --to ../vendor     a repository that was set aside, as a directory

Nothing is ever taken out of where it is kept; swarm clean leaves it alone until a branch of yours has it.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from swarm.cli.context import add_run, find_run, load
from swarm.cli.kept import Aside, Work, asides, only_here, users_commits, works
from swarm.cli.permit import refuse_agents
from swarm.cli.say import BOLD, DIM, hint, paint
from swarm.core import words
from swarm.core.state import State
from swarm.core.suggest import did_you_mean
from swarm.core.why import shown_status
from swarm.errors import SwarmError
from swarm.git import merge
from swarm.git.hub import Hub
from swarm.git.library import library
from swarm.git.repository import UserRepository, discover
from swarm.paths import RunDir

Kept = Work | Aside


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm rescue`."""
    parser.add_argument("name", nargs="?", metavar="TASK", help="a task, or a name that the list shows")
    add_run(parser)
    parser.add_argument("--to", metavar="BRANCH|DIR", help="bring it there; neither may exist yet")
    parser.add_argument("--json", action="store_true", help="one object: {run, kept: [{name, kind, task, commit, …}]}")


def run(options: argparse.Namespace) -> int:
    """List what is kept, or bring one of it back."""
    run_dir = find_run(options.run)
    if options.to is not None:
        refuse_agents(run_dir.home, "rescue")
    state = load(run_dir)
    user = discover(Path(state.repo))
    hub = Hub(run_dir.home.hub, library)
    found = _kept(run_dir, state, user, hub, options.name)
    if options.to is not None:
        return _bring(_chosen(found, state, options.name), options.to, user, hub)
    if options.json:
        print(json.dumps({"run": state.run, "kept": [_object(hub, state, one) for one in found]}))
        return 0
    if not found:
        whose = f"of {options.name} " if options.name else ""
        print(f"nothing {whose}is kept aside in {state.run}: all there was has landed, or is in a branch of yours")
        hint("swarm status")
        return 0
    _list(hub, state, found)
    hint(f"swarm rescue {found[-1].name} --to {_suggested(found[-1])}")
    return 0


def _kept(run: RunDir, state: State, user: UserRepository, hub: Hub, name: str | None) -> list[Kept]:
    """What only we hold; of one task or with one name where that is given.  The newest of a task comes last."""
    every = works(hub, run.name)
    elsewhere = users_commits(user) | ({state.tip} if state.tip else set())
    lonely = only_here(hub, (one.commit for one in every), elsewhere)
    there: list[Kept] = [*sorted((one for one in every if one.commit in lonely), key=_age), *asides(run, hub, state)]
    if name is None:
        return there
    found = [one for one in there if name in (one.name, one.task)]
    known = {*state.tasks, *(one.name for one in there), *(one.name for one in every)}
    if not found and name not in known:
        near = did_you_mean(name, known)
        raise SwarmError(f"there is no task {name!r} and nothing of that name{near}", "swarm rescue")
    return found


def _age(one: Work) -> tuple[str, int, bool, str]:
    """By task and attempt; what was sealed on the branch comes after what was found beside it."""
    return one.task, one.attempt, not one.name.startswith("rescue/"), one.name


def _list(hub: Hub, state: State, found: list[Kept]) -> None:
    width = max(len(one.name) for one in found)
    for one in found:
        if isinstance(one, Aside):
            print(f"{paint(f'{one.name:<{width}}', BOLD)}  a repository set aside: {paint(str(one.path), DIM)}")
            continue
        files, added, removed = _size(hub, state, one)
        size = f"{words.commit(one.commit)}  {files} {'file' if files == 1 else 'files'}, +{added} -{removed}"
        print(f"{paint(f'{one.name:<{width}}', BOLD)}  {size}  {paint(_what(state, one), DIM)}")


def _what(state: State, one: Work) -> str:
    task = state.tasks.get(one.task)
    if task is None:
        return "a branch that an agent made"
    if one.name.startswith("rescue/"):
        return f"found in the worktree of {one.task} (attempt {one.attempt}) before it was used again"
    under_way = task.worker is not None and task.attempt == one.attempt
    return f"attempt {one.attempt} of {one.task}, " + ("under way" if under_way else f"which is {shown_status(task)}")


def _size(hub: Hub, state: State, one: Work) -> tuple[int, int, int]:
    """Files, lines added and lines removed since it left the run's history."""
    stats = merge.diffstat(hub, merge.merge_base(hub, state.tip or state.base, one.commit) or state.base, one.commit)
    return len(stats), sum(stat.added or 0 for stat in stats), sum(stat.removed or 0 for stat in stats)


def _object(hub: Hub, state: State, one: Kept) -> dict[str, object]:
    if isinstance(one, Aside):
        return {"name": one.name, "kind": "repository", "task": one.task or None, "path": str(one.path)}
    kind = "rescue" if one.name.startswith("rescue/") else "branch"
    files, added, removed = _size(hub, state, one)
    return {"name": one.name, "kind": kind, "task": one.task or None, "attempt": one.attempt or None, "ref": one.ref,
            "commit": one.commit, "files": files, "added": added, "removed": removed}  # fmt: skip


def _chosen(found: list[Kept], state: State, name: str | None) -> Kept:
    """The one that is meant: the only one, or a task's newest attempt."""
    if name is None:
        raise SwarmError("say what to bring back", "swarm rescue   lists it;   swarm rescue NAME --to BRANCH")
    if not found:
        raise SwarmError(f"nothing of {name} is kept aside: it has landed, or is in a branch of yours", "swarm rescue")
    branches = [one for one in found if isinstance(one, Work) and not one.name.startswith("rescue/")]
    if len(found) > 1 and not branches:
        names = ", ".join(one.name for one in found)
        raise SwarmError(f"several things are kept of {name}: {names}", "name one of them")
    return branches[-1] if branches else found[0]


def _suggested(one: Kept) -> str:
    """A name for the branch or directory, free of what the hub's names mean."""
    return f"rescued-{one.name.replace('/', '-').replace('.', '-')}"


def _bring(one: Kept, to: str, user: UserRepository, hub: Hub) -> int:
    if isinstance(one, Aside):
        target = Path(to)
        if target.exists() or target.is_symlink():
            raise SwarmError(f"{to} is there already", f"swarm rescue {one.name} --to another directory")
        shutil.copytree(one.path, target, symlinks=True)
        print(f"{to} now has what {one.name} holds; the original stays in {one.path}")
        hint(f"git -C {to} status")
        return 0
    if user.branch_tip(to) is not None:
        raise SwarmError(f"there is a branch {to} already", f"swarm rescue {one.name} --to {_suggested(one)}")
    hub.restore_config()
    user.fetch_from(hub.path, [f"{one.ref}:refs/heads/{to}"])
    print(f"branch {to} is at {words.commit(one.commit)}, the work of {one.name}")
    hint(f"git diff {user.head_branch() or 'HEAD'}...{to};   git switch {to}")
    return 0
