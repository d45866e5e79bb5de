"""Merging without a worktree: trees and commits made in the hub, and the checks on what a merge changed.

Knows nothing of tasks, refs or verification.  Nothing here moves a ref, and no program named by a repository runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from swarm.git.command import GitFailed, is_oid, oid, parts0, text_of
from swarm.git.hub import Hub
from swarm.git.paths import entries, forbidden

AUTHOR = ("swarm", "swarm@localhost")
RENAMES = ("-M50%", "-l7000")
"""As in git's own merge, so that both see the same renames."""


@dataclass(frozen=True, slots=True)
class Clean:
    """The merge succeeded; `tree` is its result."""

    tree: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """The merge needs a person or an agent, in these paths."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """One merge of a chain: what is merged, the merge commit's message and its time (Unix seconds)."""

    head: str
    message: str
    when: int


@dataclass(frozen=True, slots=True)
class Chained:
    """Every member merged on top of the one before; `commits` are the merge commits in order."""

    commits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Broken:
    """Member `index` conflicts in `paths`.  `with_tip`: it does so with the tip alone, whoever goes before it."""

    index: int
    paths: tuple[str, ...]
    with_tip: bool


@dataclass(frozen=True, slots=True)
class Commit:
    """One line of history.  `when` in Unix seconds."""

    id: str
    author: str
    when: int
    subject: str


@dataclass(frozen=True, slots=True)
class FileStat:
    """Lines added and removed in one path; None for a binary file."""

    path: str
    added: int | None
    removed: int | None


def merge(hub: Hub, tip: str, head: str) -> Clean | Conflict:
    """What merging `head` into `tip` gives.  GitFailed where git could not tell."""
    command = ("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", oid(tip), oid(head))
    done = hub.git.run(*command, ok=(0, 1))
    parts = parts0(done.out)
    # Exit 1 is a conflict or a bad object; only a tree id in front tells.
    if not parts or not is_oid(parts[0]):
        raise GitFailed(command, done.code, text_of(done.err), hub.path)
    if done.code == 0:
        return Clean(parts[0])
    return Conflict(tuple(sorted({path for path in parts[1:] if path})))


def commit(hub: Hub, tree: str, parents: Sequence[str], message: str, when: int) -> str:
    """A commit by us.  The same arguments give the same id, so that making it again after a crash is harmless."""
    return _written(hub, tree, parents, message, when) or _made(hub, tree, parents, message, when)


def _written(hub: Hub, tree: str, parents: Sequence[str], message: str, when: int) -> str | None:
    """The commit, written by a git that stays open; None where there is none or it could not."""
    if hub.standing is None or when < 0 or len(set(parents)) != len(parents):
        return None
    who = "{} <{}> {} +0000".format(*AUTHOR, when)
    above = "".join(f"parent {oid(parent)}\n" for parent in parents)
    head = f"tree {oid(tree)}\n{above}author {who}\ncommitter {who}\n\n"
    return hub.standing.write_commit(head.encode() + message_bytes(message), hub.own)


def _made(hub: Hub, tree: str, parents: Sequence[str], message: str, when: int) -> str:
    name, email = AUTHOR
    date = f"@{when} +0000"
    env = {
        "GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email, "GIT_AUTHOR_DATE": date,
        "GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": email, "GIT_COMMITTER_DATE": date,
    }  # fmt: skip
    above = [word for parent in parents for word in ("-p", oid(parent))]
    return oid(hub.git.text("commit-tree", oid(tree), *above, input=message_bytes(message), env=env))


def message_bytes(message: str) -> bytes:
    """A commit message as git takes it: UTF-8, no NUL, one newline at its end."""
    return message.replace("\0", "").strip().encode("utf-8", "replace") + b"\n"


def chain(hub: Hub, tip: str, members: Sequence[Member]) -> Chained | Broken:
    """Merge each member on top of the one before, from `tip` on; stops at the first that conflicts, is no commit, has
    no history in common with what is there, or brings a path that git would not check out."""
    made: list[str] = []
    for index, member in enumerate(members):
        on = made[-1] if made else tip
        if not hub.is_commit(member.head):
            kind = hub.kind(member.head)
            return Broken(index, (f"{member.head}, which is {f'a {kind}' if kind else 'not there'}",), with_tip=True)
        try:
            merged = _grown(hub, on, member.head) or merge(hub, on, member.head)
        except GitFailed:
            if merge_base(hub, on, member.head) is not None:
                raise
            return Broken(index, (f"{member.head}, which has no history in common with it",), with_tip=True)
        if isinstance(merged, Conflict):
            with_tip = on == tip or isinstance(merge(hub, tip, member.head), Conflict)
            return Broken(index, merged.paths, with_tip)
        if paths := forbidden(hub, on, merged.tree):
            return Broken(index, paths, with_tip=True)
        made.append(commit(hub, merged.tree, (on, member.head), member.message, member.when))
    return Chained(tuple(made))


MOST_STEPS = 1000
"""Commits of a line of history that are looked at before git is asked."""


def _grown(hub: Hub, tip: str, head: str) -> Clean | None:
    """What merging `head` gives where nothing but single steps lead from `tip` to it: what `head` holds.  None where
    that is not known."""
    found = told = hub.told(head)
    for _ in range(MOST_STEPS):
        if found is None or told is None or len(told.parents) != 1:
            return None
        if told.parents == (tip,):
            return Clean(found.tree)
        told = hub.remembered(told.parents[0])
    return None


def _left_at(hub: Hub, tip: str, head: str) -> str | None:
    """Where a branch of one commit left the line of merges that ends in `tip`; None where that is not known."""
    told = hub.told(head)
    if told is None or len(told.parents) != 1:
        return None
    on: str = tip
    for _ in range(MOST_STEPS):
        if on == told.parents[0]:
            return on
        step = hub.remembered(on)
        if step is None or not step.parents or head in (on, *step.parents):
            return None
        on = step.parents[0]
    return None


def merge_bases(hub: Hub, one: str, other: str) -> list[str]:
    """All best common ancestors; [] for unrelated histories."""
    done = hub.git.run("merge-base", "--all", oid(one), oid(other), ok=(0, 1))
    return text_of(done.out).split()


def merge_base(hub: Hub, one: str, other: str) -> str | None:
    """A best common ancestor, or None for unrelated histories."""
    return next(iter(merge_bases(hub, one, other)), None)


def is_ancestor(hub: Hub, older: str, newer: str) -> bool:
    """Whether `newer` contains `older`."""
    return hub.git.run("merge-base", "--is-ancestor", oid(older), oid(newer), ok=(0, 1)).code == 0


def tree_of(hub: Hub, commit_id: str) -> str:
    """The tree of a commit."""
    told = hub.told(commit_id)
    return told.tree if told else oid(hub.git.text("rev-parse", "--verify", f"{oid(commit_id)}^{{tree}}"))


def same_tree(hub: Hub, one: str, other: str) -> bool:
    """Whether two commits hold the same files."""
    ours, theirs = hub.told(one), hub.told(other)
    if ours and theirs:
        return ours.tree == theirs.tree
    first, second = hub.git.text("rev-parse", f"{oid(one)}^{{tree}}", f"{oid(other)}^{{tree}}").split()
    return oid(first) == oid(second)


def changed(hub: Hub, before: str, after: str) -> frozenset[str]:
    """The paths that differ between two commits or trees; a rename is two paths."""
    return frozenset(change.path for change in entries(hub, before, after))


def renamed(hub: Hub, before: str, after: str) -> dict[str, str]:
    """Old path to new path of every rename between two commits or trees."""
    command = ("diff-tree", "-r", "-z", "--name-status", "--diff-filter=R", *RENAMES, oid(before), oid(after))
    parts = hub.git.lines0(*command)
    return dict(zip(parts[1::3], parts[2::3], strict=True))


def strays(hub: Hub, tip: str, candidate: str, head: str) -> list[str]:
    """Paths that differ between tip and candidate although the branch `head` did not change them; [] is good.

    A path that was renamed on the tip's side receives the branch's change under its new name.  With several merge bases
    a path counts as the branch's only if it differs from each of them.
    """
    grown = _grown(hub, tip, head)
    if grown is not None and grown.tree == tree_of(hub, candidate):
        return []  # it holds what the branch holds, and the branch has all that the tip has
    paths = changed(hub, tip, candidate)
    if not paths:
        return []
    left = _left_at(hub, tip, head)
    bases = [left] if left else merge_bases(hub, tip, head)
    if not bases:
        return sorted(paths)
    allowed = frozenset.intersection(*(_allowed(hub, base, tip, head, paths) for base in bases))
    return sorted(paths - allowed)


def _allowed(hub: Hub, base: str, tip: str, head: str, paths: frozenset[str]) -> frozenset[str]:
    ours = changed(hub, base, head)
    if paths <= ours:  # the common case needs no search for renames
        return ours
    return ours | {new for old, new in renamed(hub, base, tip).items() if old in ours}


def commits_between(hub: Hub, older: str, newer: str) -> list[Commit]:
    """The commits that `newer` has and `older` has not, newest first."""
    command = ("log", "-z", "--no-show-signature", "--format=%H%x1f%at%x1f%an%x1f%s", f"{oid(older)}..{oid(newer)}")
    # %s is one line; -z puts a NUL between entries and none at the end
    entries = [entry for entry in text_of(hub.git.run(*command).out).split("\0") if entry]
    return [_commit(entry) for entry in entries]


def _commit(entry: str) -> Commit:
    commit_id, when, author, subject = entry.split("\x1f", 3)
    return Commit(commit_id, author, int(when), subject)


def diffstat(hub: Hub, before: str, after: str) -> list[FileStat]:
    """Lines added and removed for each path that differs."""
    entries = hub.git.lines0("diff-tree", "-r", "-z", "--numstat", "--no-renames", oid(before), oid(after))
    return [_file_stat(*entry.split("\t", 2)) for entry in entries]


def patch(hub: Hub, before: str, after: str, *, binary: bool = False) -> str:
    """What differs between two commits or trees, for people; with `binary` as `git apply` takes it."""
    options = ("--binary", "--full-index") if binary else ()
    return text_of(hub.git.run("diff-tree", "-r", "-p", "-M", "--no-color", *options, oid(before), oid(after)).out)


def _file_stat(added: str, removed: str, path: str) -> FileStat:
    return FileStat(path, int(added) if added != "-" else None, int(removed) if removed != "-" else None)


def landed(hub: Hub, older: str, newer: str) -> dict[str, list[FileStat]]:
    """What each commit on the first-parent way from `older` to `newer` changed there, in one call however many."""
    command = ("log", "-z", "--no-show-signature", "--first-parent", "--diff-merges=first-parent", "--numstat",
               "--no-renames", "--format=%x1e%H", f"{oid(older)}..{oid(newer)}")  # fmt: skip
    found: dict[str, list[FileStat]] = {}
    stats: list[FileStat] = []
    for entry in hub.git.lines0(*command):
        if entry.startswith("\x1e"):  # no path comes first in an entry: its line counts do
            stats = found.setdefault(entry[1:], [])
        else:
            stats.append(_file_stat(*entry.lstrip("\n").split("\t", 2)))
    return found
