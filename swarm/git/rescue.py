"""Rescue: everything in a worktree that no ref holds becomes a commit under a ref, before something is destroyed.

Knows nothing of attempts; the name of the ref is given.  Nothing in the worktree is disturbed.
"""

from __future__ import annotations

import time
from pathlib import Path

from swarm.git.merge import commit as commit_tree
from swarm.git.merge import tree_of
from swarm.git.place import Place
from swarm.git.snapshot import copied_index, move_out, nested, snapshot, staged


def rescue(place: Place, ref_base: str, message: str, rescued: Path | None = None) -> str | None:
    """Put everything that no ref holds under `ref_base` (or `ref_base`.2 …) and return its commit; None: nothing.

    Holds HEAD, the index, uncommitted and untracked files, and the commits of an unfinished operation; the worktree
    stays as it is, except that nested repositories are moved whole to `rescued` (by default inside the hub).
    Running it again finds the same rescue.  Ignored files are not work.
    """
    place.check()
    if place.admin.is_new():
        return None
    aside = rescued or place.aside
    head = place.head()
    others = [held for held in place.admin.heads() if held != head and place.only_here(held)]
    if not place.path.exists():
        found = [place.hold(ref_base, held) for held in [head, *others] if held and place.only_here(held)]
        return next(iter(found), None)
    place.hub.restore_config()
    place.link(aside)
    on_branch = head is not None and place.admin.head() != head
    if on_branch and not others and place.is_as_committed():
        return None
    with copied_index(place.git) as env:
        inside = nested(place.git, env)
        move_out(place.path, [*inside.whole, *inside.inner], aside)
        index = staged(place.git, env)
        tree = snapshot(place.git, inside.submodules, env)
    parents = _parents(place, message, head, index, tree, others)
    if head is not None and tree == tree_of(place.hub, head) and parents == [head]:
        return place.hold(ref_base, head) if place.only_here(head) else None
    return _earlier(place, ref_base, tree, parents) or place.hold(
        ref_base, commit_tree(place.hub, tree, parents, message, int(time.time()))
    )


def is_rescued(place: Place, ref_base: str, message: str) -> bool:
    """Whether a rescue made by these words holds just what stands here now.  Nothing is moved, and no ref is made."""
    place.hub.restore_config()
    head = place.head()
    others = [held for held in place.admin.heads() if held != head and place.only_here(held)]
    with copied_index(place.git) as env:
        inside = nested(place.git, env)
        if inside.foreign or inside.inner:
            return False
        index = staged(place.git, env)
        tree = snapshot(place.git, (), env)
    return _earlier(place, ref_base, tree, _parents(place, message, head, index, tree, others)) is not None


def _parents(
    place: Place, message: str, head: str | None, index: str | None, tree: str, others: list[str]
) -> list[str]:
    """What a rescue rests upon: HEAD, the index where it is like neither HEAD nor the files, unfinished operations."""
    known = tree_of(place.hub, head) if head else None
    parents = [head] if head else []
    if index not in (None, known, tree):
        assert index is not None
        parents.append(commit_tree(place.hub, index, parents, f"index: {message}", 0))
    return parents + others


def _earlier(place: Place, ref_base: str, tree: str, parents: list[str]) -> str | None:
    """A rescue of just this, made before."""
    fields = "--format=%(objectname) %(tree) %(parent)"
    for line in place.hub.git.text("for-each-ref", fields, ref_base, f"{ref_base}.*").splitlines():
        commit, *rest = line.split()
        if rest == [tree, *parents]:
            return commit
    return None
