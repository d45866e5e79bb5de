"""The seal: what an agent left in its worktree is fixed in a commit on its branch.

Knows nothing of whether the work is good, or of what happens to it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from swarm.errors import SwarmError
from swarm.git import refs
from swarm.git.command import oid
from swarm.git.merge import is_ancestor, message_bytes, tree_of
from swarm.git.place import Place
from swarm.git.rescue import rescue
from swarm.git.snapshot import directories, nested, stage_all, staged
from swarm.paths import DOOR


@dataclass(frozen=True, slots=True)
class Author:
    """Who stands in a commit that a seal makes."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """An attempt's work, fixed: `commit` is the tip of its branch.

    `committed`: the seal itself had to commit something.  `left`: nested repositories, which no commit holds.
    """

    commit: str
    committed: bool
    left: tuple[str, ...] = ()


class SealRefused(SwarmError):
    """The work can't be sealed as it stands: git is in the middle of something, or files are in conflict."""

    def __init__(self, reason: str, paths: tuple[str, ...], rescued: str | None) -> None:
        super().__init__(f"the worktree can't be sealed: {reason}", "finish or abort it there, then commit")
        self.reason = reason
        self.paths = paths
        self.rescued = rescued
        """The commit that holds everything as it was found."""


def seal(place: Place, message: str, author: Author) -> Sealed:
    """Fix the attempt's work in a commit on the branch of the last `switch`, committing what is not committed.

    The branch follows HEAD where the agent left it; what it held is rescued.  An agent that only went to look at an
    older commit has its branch unchanged.  SealRefused, after a rescue, in mid-merge or with conflicts; GitFailed where
    git can't read what it has to, with everything left as it stands.
    """
    place.check()
    branch = place.admin.branch()
    if branch is None:
        raise SwarmError(f"{place.path} has no attempt to seal")
    place.hub.restore_config()
    place.link(place.aside)
    place.admin.unlock()
    place.unlock_branch(branch)
    if place.admin.operation() is None and place.admin.head() == f"{refs.HEADS}{branch}":
        done = _sealed_plainly(place, message, author)
        if done is not None:
            return done
    _refuse_unfinished(place, branch)
    head = _return_to(place, branch)
    left = nested(place.git).foreign
    tree = _staged(place, head, left)
    committed = tree != tree_of(place.hub, head)
    if committed:
        head = _commit(place, tree, head, message, author)
    return Sealed(head, committed, left)


def _sealed_plainly(place: Place, message: str, author: Author) -> Sealed | None:
    """The seal where HEAD is the branch and nothing here is special: three git commands.  None where more is to be
    looked at; then nothing has changed but the index."""
    head = place.head()
    if head is None or not place.holds_plain_files():
        return None
    entries = place.differences()
    if not entries:
        return Sealed(head, committed=False)
    if any(_is_special(place, entry) for entry in entries):
        return None
    place.git.run("add", "-A")
    command = ("commit", "-q", "--no-verify", "--no-post-rewrite", "--no-status", "--cleanup=verbatim", "-F", "-")
    env = {**_signed(author), "GIT_REFLOG_ACTION": "swarm: seal"}
    done = place.git.run(*command, input=message_bytes(message), env=env, ok=tuple(range(256)))
    made = place.head()
    told = place.hub.told(made) if made else None
    if done.code or made is None or told is None or told.parents != (head,):
        return None
    return Sealed(made, committed=True)


def _is_special(place: Place, entry: str) -> bool:
    """Whether a change may be more than a file: something at our door, a repository, or a file that .gitattributes has
    git convert, which may differ only because its committed form breaks these rules."""
    state, path = entry[:2], entry[3:]
    if path.endswith(("/", ".gitattributes")) or path.split("/", 1)[0] == DOOR:
        return True
    above = [place.path, *(place.path / directory for directory in directories([path]))]
    return state[1] in "MT" and any(os.path.lexists(directory / ".gitattributes") for directory in above)


def _staged(place: Place, head: str, left: tuple[str, ...]) -> str:
    """Everything that stands there as a tree."""
    stage_all(place.git, left)
    tree = staged(place.git)
    if tree is None:
        # An agent staged a file and then lost what git had stored of it.  The file is there: an index that knows
        # nothing of what was staged has git read it again.
        place.git.run("read-tree", head)
        stage_all(place.git, left)
        tree = staged(place.git)
    if tree is None:
        raise SwarmError(f"what stands in {place.path} can't be made a tree: objects are missing")
    return tree


def _refuse_unfinished(place: Place, branch: str) -> None:
    """Raise SealRefused where a commit of everything would record half of something."""
    entries = place.git.lines0("ls-files", "-u", "-z")
    paths = tuple(sorted({entry.partition("\t")[2] for entry in entries}))
    operation = place.admin.operation()
    if operation or paths:
        reason = f"{operation} is not finished" if operation else f"conflicts in {', '.join(paths[:5])}"
        raise SealRefused(reason, paths, rescue(place, refs.rescue_of_branch(branch), f"not sealed: {reason}"))


def _return_to(place: Place, branch: str) -> str:
    """Make HEAD the attempt's branch again, at the work that the agent left; returns the commit."""
    ref = f"{refs.HEADS}{branch}"
    tip = place.hub.read_ref(ref)
    head = tip if place.admin.head() == ref else place.head()
    if head is None and tip is None:
        raise SwarmError(f"{place.path} has neither a commit nor its branch {branch}")
    if place.admin.head() == ref or head is None:
        head = tip
    elif tip and tip != head and is_ancestor(place.hub, head, tip) and not place.status_dirty():
        place.git.run("checkout", "-q", "--ignore-other-worktrees", branch, "--")
        head = tip
    else:
        if tip and not is_ancestor(place.hub, tip, head):
            place.hold(refs.rescue_of_branch(branch), tip)
        place.hub.cas(ref, tip, head, "swarm: the branch follows HEAD")
    if place.admin.head() != ref:
        place.git.run("symbolic-ref", "HEAD", ref)
    assert head is not None
    return head


def _commit(place: Place, tree: str, parent: str, message: str, author: Author) -> str:
    command = ("commit-tree", tree, "-p", parent)
    made = oid(place.git.text(*command, input=message_bytes(message), env=_signed(author)))
    place.git.run("update-ref", "-m", "swarm: seal", "HEAD", made, parent)
    return made


def _signed(author: Author) -> dict[str, str]:
    return {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", author.name), ("EMAIL", author.email))}  # fmt: skip
