"""Paths that git itself refuses to have in a work tree: `.git/config`, `..`, and what file systems take for them.

Knows trees, not who made them.  `git add` makes no such path, `mktree` and `fast-import` do; merged in without a work
tree it would pass unseen, and from then on nobody could check out the tip.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from swarm.git.command import bytes_of, oid, parts0, text_of
from swarm.git.hub import Hub

_REFUSED = re.compile(r"^(?:Ignoring path (.*)|.*[Ii]nvalid path '(.*)')$", re.MULTILINE)
"""What git 2.39 says of such a path (with exit 0), and what other versions may."""


def forbidden(hub: Hub, before: str, after: str) -> tuple[str, ...]:
    """The paths that `after` has, `before` has not, and git would not check out.

    git is asked, by adding what has changed to an index of its own, so that its judgement is the one that counts later.
    """
    entries = iter(parts0(hub.git.run("diff-tree", "-r", "-z", "--no-renames", oid(before), oid(after)).out))
    changed = [(entry.split(" "), path) for entry, path in zip(entries, entries, strict=True)]
    lines = [bytes_of(f"{fields[1]} {fields[3]}\t{path}\0") for fields, path in changed if fields[4] != "D"]
    if not lines:
        return ()
    with tempfile.TemporaryDirectory(prefix="index-", dir=hub.own) as scratch:
        env = {"GIT_INDEX_FILE": str(Path(scratch, "index"))}
        done = hub.git.run("update-index", "-z", "--index-info", input=b"".join(lines), ok=(0, 128), env=env)
    if done.code == 0 and not done.err:
        return ()
    named = tuple(one or other for one, other in _REFUSED.findall(text_of(done.err)))
    return named or (f"a path of which git says: {text_of(done.err).strip()}",)
