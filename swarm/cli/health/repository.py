"""The user's repository: what in it a run can't use, or will be surprised by.

Looks, and changes nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from swarm.cli.health.finding import Finding, fail, ok, warn
from swarm.git.repository import UserRepository
from swarm.paths import DOOR


def repository(user: UserRepository) -> Iterator[Finding]:
    """Everything; the first line says which repository it is."""
    head = user.resolve("HEAD") if user.has_commit() else None
    branch = user.head_branch() or "a detached HEAD"
    if head is None:
        way_out = "swarm start --base BRANCH, or commit first"
        yield warn("repository", f"{user.top}: {branch} has no commit yet", way_out)
    else:
        yield ok("repository", f"{user.top} on {branch} at {head[:10]}")
    if user.is_partial():
        mend = "git fetch --refetch --no-filter, then unset remote.<name>.promisor and remote.<name>.partialclonefilter"
        yield fail("partial clone", "objects are missing until a remote is asked for them", mend)
    if user.is_shallow():
        text = "older history is missing, and merges with it can't be made"
        yield warn("shallow clone", text, "git fetch --unshallow")
    if head is not None:
        yield from _contents(user, head)


def _contents(user: UserRepository, head: str) -> Iterator[Finding]:
    """What is committed."""
    if user.tracks(head, DOOR):
        yield fail("door", f"{DOOR} is tracked by git, and that name is ours", f"git rm -r --cached {DOOR}")
    if user.tracks(head, ".gitmodules"):
        text = "submodules are not checked out in the workers' worktrees"
        yield warn("submodules", text, "setup: {run: [git submodule update --init]} in the task file")
    if user.uses_lfs(head):
        there = "git-lfs is here" if shutil.which("git-lfs") else "git-lfs is not installed"
        text = f"files under git-lfs are pointers in the workers' worktrees ({there})"
        yield warn("git-lfs", text, "copy what tasks need: setup: {copy: […]} in the task file")
    if not user.is_clean():
        yield warn("changes", "uncommitted changes are not part of a run", "commit them first, if tasks need them")
