"""Paths that git itself refuses to have in a work tree: `.git/config`, `..`, and what file systems take for them.

Knows trees, not who made them.  `git add` makes no such path, `mktree` and `fast-import` do; merged in without a work
tree it would pass unseen, and from then on nobody could check out the tip.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from swarm.git.command import bytes_of, oid, text_of
from swarm.git.hub import Hub
from swarm.git.snapshot import directories
from swarm.git.standing import Change, changes_in

_REFUSED = re.compile(r"^(?:Ignoring path (.*)|.*[Ii]nvalid path '(.*)')$", re.MULTILINE)
"""What git 2.39 says of such a path (with exit 0), and what other versions may."""


_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+=@-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.+=@-]*)*")
"""A path in which no part begins with a dot, and no letter means anything to any file system: every name that git
refuses (`.git` and `..`, and what a file system takes for them) has one or the other."""

_LONGEST = 1000
"""Letters of a path that is plain."""


def _are_plain(paths: list[str]) -> bool:
    """Whether these can stand beside one another in one tree, and git would check each of them out."""
    if len(set(paths)) != len(paths) or not directories(paths).isdisjoint(paths):
        return False
    return all(len(path) <= _LONGEST and _PLAIN.fullmatch(path) for path in paths)


def entries(hub: Hub, before: str, after: str) -> list[Change]:
    """What differs between two commits or trees; a rename is two."""
    if hub.standing is not None:
        trees = [told.tree if (told := hub.told(one)) else one for one in (before, after)]
        found = hub.standing.changes(*trees)
        if found is not None:
            return found
    return changes_in(hub.git.run("diff-tree", "-r", "-z", "--no-renames", oid(before), oid(after)).out)


def forbidden(hub: Hub, before: str, after: str) -> tuple[str, ...]:
    """The paths that `after` has, `before` has not, and git would not check out.

    git is asked, by adding what has changed to an index of its own, so that its judgement is the one that counts later.
    Not for names of plain letters: there is nothing in them that it could object to.
    """
    changed = [change for change in entries(hub, before, after) if change.status != "D"]
    if _are_plain([change.path for change in changed]):
        return ()
    lines = [bytes_of(f"{change.mode} {change.held}\t{change.path}\0") for change in changed]
    with tempfile.TemporaryDirectory(prefix="index-", dir=hub.own) as scratch:
        env = {"GIT_INDEX_FILE": str(Path(scratch, "index"))}
        done = hub.git.run("update-index", "-z", "--index-info", input=b"".join(lines), ok=(0, 128), env=env)
    if done.code == 0 and not done.err:
        return ()
    named = tuple(one or other for one, other in _REFUSED.findall(text_of(done.err)))
    return named or (f"a path of which git says: {text_of(done.err).strip()}",)
