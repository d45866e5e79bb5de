"""What stands in the worktrees of a run and nowhere else, once nobody works in them.

Looks, and changes nothing but by `hold`, which puts it under a ref.  An agent had the run of these directories: git is
told where everything is, and what it can't look into counts as work.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from swarm import lease
from swarm.cli.whereabouts import worktree
from swarm.core.state import State
from swarm.errors import SwarmError
from swarm.files import content
from swarm.git import refs
from swarm.git.admin import link_text
from swarm.git.merge import tree_of
from swarm.git.rescue import is_rescued
from swarm.git.snapshot import copied_index, nested
from swarm.git.worktree import Worktree
from swarm.paths import RunDir

_ID = r"[a-z0-9][a-z0-9_-]{0,62}"
_BRANCH = re.compile(rf"swarm/({_ID})/{_ID}\.[0-9]{{1,9}}\Z")


@dataclass(frozen=True, slots=True)
class Remains:
    """A worktree with something in it that no ref holds.  `name` is `worktree/<worker>`; `what` says what, whole."""

    name: str
    task: str
    tree: Worktree
    what: str

    @property
    def path(self) -> Path:
        """The directory."""
        return self.tree.path


def remains(run: RunDir, state: State) -> Iterator[Remains]:
    """Those of all workers that are not at work."""
    for worker in state.workers:
        tree = worktree(run, worker)
        standing = tree.path.exists() or tree.admin.path.exists()
        if standing and not lease.is_held(run.mailbox(worker).lock):
            what = only_there(tree)
            if what:
                yield Remains(f"worktree/{worker}", _task(tree), tree, what)


def only_there(tree: Worktree) -> str:
    """What would be lost with a worktree, or ""."""
    try:
        what = _commits(tree) or (_files(tree) if tree.path.exists() else "")
        return "" if what and _is_held(tree) else what
    except SwarmError as error:
        return f"it can't be read ({error.message})"


def hold(one: Remains) -> str | None:
    """Put everything that stands there under a ref of the hub, and return its commit; None where nothing is left.

    Said again it finds the same.  Repositories inside are set aside, whole.
    """
    return one.tree.rescue(_ref(one.tree), _words(one.tree))


def held_by(one: Remains) -> str:
    """Where the names of the refs that `hold` makes begin."""
    return _ref(one.tree)


def _commits(tree: Worktree) -> str:
    operation = tree.admin.operation()
    if operation:
        return f"{operation} is not finished"
    if any(tree.only_here(commit) for commit in {tree.head(), *tree.admin.heads()} if commit):
        return "it holds commits that no branch has"
    return ""


def _files(tree: Worktree) -> str:
    """What is in the directory beside what is committed.  SwarmError where git can't tell."""
    if not tree.admin.is_whole():
        raise SwarmError("git does not know it as a worktree")
    if tree.admin.is_new():
        return ""
    link = tree.path / ".git"
    if link.is_dir() or (content(link) or b"") not in (b"", link_text(tree.admin.path)):
        return "a repository of its own stands in it"
    if tree.is_as_committed():
        return ""
    if tree.status_dirty():
        return "it holds changes that are not committed"
    with copied_index(tree.git) as env:
        inside = nested(tree.git, env)
    if inside.whole or inside.inner:
        return f"a repository stands in it: {(*inside.whole, *inside.inner)[0]}"
    if inside.submodules:
        return f"a submodule is checked out in it, which nobody looks into: {inside.submodules[0]}"
    head = tree.head()
    if head is None or tree.tree() != tree_of(tree.hub, head):
        return "it holds changes that git was told not to look at"
    return ""


def _is_held(tree: Worktree) -> bool:
    return tree.path.exists() and tree.admin.is_whole() and is_rescued(tree, _ref(tree), _words(tree))


def _words(tree: Worktree) -> str:
    return f"found in the worktree {tree.name}"


def _task(tree: Worktree) -> str:
    return (tree.admin.branch() or "").rpartition("/")[2].partition(".")[0]


def _ref(tree: Worktree) -> str:
    run, _, worker = tree.name.partition(".")
    branch = tree.admin.branch() or ""
    known = _BRANCH.match(branch)  # the file lies where agents write
    return refs.rescue_of_branch(branch) if known and known[1] == run else refs.rescue(run, worker, 0)
