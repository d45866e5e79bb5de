"""Bring back work that did not land: what failed attempts left, what was found in a worktree, what no ref holds.

examples:
  swarm rescue                        what there is in this run, and of runs that are gone
  swarm rescue bad                    what there is of one task
  swarm rescue bad --branch again     its newest work, as a branch in your repository
  swarm rescue bad --to ../bad        the same, as plain files in a new directory
  swarm rescue rescue/bad.1 --diff    what that one changes
  swarm rescue bad.2/vendor --to ../vendor     a repository that was set aside

Nothing is ever taken out of where it is kept, and nothing that is there already is written over.  swarm clean leaves it
alone until a branch of yours has it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from swarm.cli.context import add_run, find_run, here, load, run_names
from swarm.cli.keepsakes import Keepsakes, Kept, keepsakes, landmark
from swarm.cli.kept import Aside, Work
from swarm.cli.permit import refuse_agents
from swarm.cli.remains import Remains, hold
from swarm.cli.say import BOLD, DIM, hint, moment, paint
from swarm.core import words
from swarm.core.plaintext import harmless, one_line
from swarm.core.state import State
from swarm.core.why import shown_status
from swarm.errors import SwarmError, UsageError
from swarm.git import merge, refs
from swarm.git.command import bytes_of
from swarm.git.export import export
from swarm.git.hub import Hub


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm rescue`."""
    parser.add_argument("name", nargs="?", metavar="TASK", help="a task, or a name that the list shows")
    add_run(parser)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--branch", metavar="NAME", help="bring it as a new branch of your repository")
    how.add_argument("--to", type=Path, metavar="DIR", help="bring it as plain files in a new directory")
    how.add_argument("--diff", action="store_true", help="show what it changes")
    how.add_argument("--json", action="store_true", help="one object: {run, kept: [{name, kind, task, commit, …}]}")


def run(options: argparse.Namespace) -> int:
    """List what is kept, show or bring back one of it."""
    found = _keepsakes(options.run)
    shown = found.named(options.name)
    if options.branch or options.to:
        refuse_agents(here()[1], "rescue")
    if options.branch or options.to or options.diff:
        return _deal(found, _chosen(shown, options.name), options)
    if options.json:
        kept = [_object(found, one) for one in shown]
        print(json.dumps({"run": found.state.run if found.state else None, "kept": kept}))
        return 0
    if not shown:
        whose = f"of {options.name} " if options.name else ""
        where = found.run or "this repository"
        print(f"nothing {whose}is kept aside in {where}: all there was has landed, or is in a branch of yours")
        hint("swarm status" if found.state else "swarm runs")
        return 0
    _list(found, shown)
    hint(_way_back(shown[-1]))
    return 0


def _keepsakes(name: str | None) -> Keepsakes:
    user, home = here()
    if name is None and not run_names(home) and home.hub.exists():
        return keepsakes(user, home, None, None)
    run_dir = find_run(name)
    return keepsakes(user, run_dir.home, run_dir, load(run_dir))


def _list(found: Keepsakes, shown: list[Kept]) -> None:
    width = max(len(one.name) for one in shown)
    for one in shown:
        name = paint(f"{one.name:<{width}}", BOLD)
        if isinstance(one, Aside):
            print(f"{name}  a repository set aside: {paint(str(one.path), DIM)}")
        elif isinstance(one, Remains):
            print(f"{name}  {one.what}: {paint(str(one.path), DIM)}")
        else:
            files, added, removed = _size(found, one)
            size = f"{words.commit(one.commit)}  {files} {'file' if files == 1 else 'files'}, +{added} -{removed}"
            print(f"{name}  {size}, {_when(found.hub, one)}  {paint(_what(found.state, one), DIM)}")


def _what(state: State | None, one: Work) -> str:
    if one.kind == "kept":
        return f"of a run that is gone, {one.name.split('/')[1].partition('.')[0]}"
    if one.kind == "stash":
        return "stashed by an agent"
    if one.kind == "lost":
        return "a commit that no branch holds: amended, reset or dropped"
    if one.kind == "rescue":
        return f"found in the worktree of {one.task} (attempt {one.attempt}) before it was used again"
    task = state.tasks.get(one.task) if state else None
    if task is None:
        return "a branch that an agent made"
    if task.worker is not None and task.attempt == one.attempt:
        return f"attempt {one.attempt} of {one.task}, under way"
    deleted = "" if one.ref else "; its branch was deleted"
    return f"attempt {one.attempt} of {one.task}, which is {shown_status(task)}{deleted}"


def _size(found: Keepsakes, one: Work) -> tuple[int, int, int]:
    """Files, lines added and lines removed since it left the run's history."""
    stats = merge.diffstat(found.hub, landmark(found, one), one.commit)
    return len(stats), sum(stat.added or 0 for stat in stats), sum(stat.removed or 0 for stat in stats)


def _committed(hub: Hub, commit: str) -> tuple[int, str]:
    """(Unix seconds, subject)."""
    when, _, subject = hub.git.text("log", "-1", "--format=%ct %s", commit, "--").partition(" ")
    return int(when), one_line(subject, 200)


def _when(hub: Hub, one: Work) -> str:
    return moment(_committed(hub, one.commit)[0])


def _object(found: Keepsakes, one: Kept) -> dict[str, object]:
    if isinstance(one, Aside):
        return {"name": one.name, "kind": "repository", "task": one.task or None, "path": str(one.path)}
    if isinstance(one, Remains):
        return {"name": one.name, "kind": "worktree", "task": one.task or None, "path": str(one.path),
                "what": one.what}  # fmt: skip
    files, added, removed = _size(found, one)
    when, subject = _committed(found.hub, one.commit)
    return {"name": one.name, "kind": one.kind, "task": one.task or None, "attempt": one.attempt or None,
            "ref": one.ref or None, "commit": one.commit, "subject": subject, "when": when, "files": files,
            "added": added, "removed": removed}  # fmt: skip


def _chosen(shown: list[Kept], name: str | None) -> Kept:
    """The one that is meant: the only one, or a task's newest attempt."""
    if name is None:
        raise SwarmError("say what to bring back", "swarm rescue   lists it;   swarm rescue NAME --branch NEW")
    if not shown:
        raise SwarmError(f"nothing of {name} is kept aside: it has landed, or is in a branch of yours", "swarm rescue")
    branches = [one for one in shown if isinstance(one, Work) and one.kind == "branch"]
    if len(shown) > 1 and not branches:
        names = words.some([one.name for one in shown], 8)
        raise SwarmError(f"several things are kept of {name}: {names}", "name one of them")
    return branches[-1] if branches else shown[0]


def _way_back(one: Kept) -> str:
    """How it comes back, under a name that nothing is likely to have."""
    free = f"rescued-{one.name.replace('/', '-').replace('.', '-')}"
    how = f"--to ../{free}" if isinstance(one, Aside) else f"--branch {free}"
    return f"swarm rescue {one.name} {how}"


def _deal(found: Keepsakes, one: Kept, options: argparse.Namespace) -> int:
    if isinstance(one, Aside):
        return _copy(one, options)
    if options.branch and found.user.branch_tip(options.branch) is not None:
        raise SwarmError(f"there is a branch {options.branch} already", _way_back(one))
    work = _held(found, one) if isinstance(one, Remains) else one
    if options.diff:
        return _show(found, work)
    if options.to:
        export(found.hub, work.commit, options.to.absolute())
        print(f"{options.to} has the files of {words.commit(work.commit)}, the work of {one.name}")
        hint(f"swarm rescue {one.name} --branch NEW   has its history too")
        return 0
    return _fetch(found, work, options.branch)


def _held(found: Keepsakes, one: Remains) -> Work:
    commit = hold(one)
    if commit is None:
        what = f"no branch can hold what stood in {one.path}: it was set aside, whole"
        raise SwarmError(what, "swarm rescue   lists it;   swarm rescue NAME --to DIR")
    ref = next(ref for ref, held in found.hub.list_refs(refs.of_run(found.run).rstrip("/")).items() if held == commit)
    return Work(one.name, one.task, 0, ref, commit)


def _copy(one: Aside, options: argparse.Namespace) -> int:
    if options.to is None:
        raise UsageError(f"{one.name} is a whole repository: bring it with --to DIR")
    if options.to.exists() or options.to.is_symlink():
        raise SwarmError(f"{options.to} is there already", f"swarm rescue {one.name} --to another directory")
    shutil.copytree(one.path, options.to, symlinks=True)
    print(f"{options.to} now has what {one.name} holds; the original stays in {one.path}")
    hint(f"git -C {options.to} status")
    return 0


def _show(found: Keepsakes, work: Work) -> int:
    text = merge.patch(found.hub, landmark(found, work), work.commit, binary=not sys.stdout.isatty())
    if sys.stdout.isatty():
        print(harmless(bytes_of(text).decode("utf-8", "replace")))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(bytes_of(text))
    hint(_way_back(work))
    return 0


def _fetch(found: Keepsakes, work: Work, branch: str) -> int:
    """Make the branch.  What no ref holds gets one first: only a ref can be fetched."""
    if not work.ref:
        ref = refs.kept("found", work.commit)
        found.hub.anchor(ref, work.commit)
        work = replace(work, ref=ref)
    found.hub.restore_config()
    found.user.fetch_from(found.hub.path, [f"{work.ref}:refs/heads/{branch}"])
    print(f"branch {branch} is at {words.commit(work.commit)}, the work of {work.name}")
    hint(f"git diff {found.user.head_branch() or 'HEAD'}...{branch};   git switch {branch}")
    return 0
