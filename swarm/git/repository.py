"""The user's repository: read, pinned, and at the very end published into.

Knows nothing of runs, the hub's layout or tasks.  Touches only refs/swarm/*, except by `fetch_from` and
`fast_forward`, which keep git's own refusals: no branch that is checked out anywhere moves under somebody's feet, and
none loses commits.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from swarm.errors import SwarmError
from swarm.git import refs
from swarm.git.command import (
    ALONE,
    Git,
    GitFailed,
    Profile,
    Runner,
    is_oid,
    looking_from,
    oid,
    parts0,
    plain,
    printable,
    text_of,
    user_git,
)
from swarm.git.stale import past_stale_locks

_FETCH = (
    "fetch", "--atomic", "--no-write-fetch-head", "--no-tags", "--no-prune", "--no-recurse-submodules",
    "--no-auto-maintenance",
)  # fmt: skip

_FROM_THE_HUB = f"--upload-pack={' '.join(f'{name}={value}' for name, value in ALONE.items())} git upload-pack"
"""The other end of a fetch reads the user's own configuration too, and runs its uploadpack.packObjectsHook."""


@dataclass(frozen=True)
class UserRepository:
    """The repository that `swarm` was called in.  Paths are absolute and real."""

    top: Path
    """The top of the work tree that the call came from; may be a linked worktree."""
    git_dir: Path
    common_dir: Path
    """What all worktrees of the repository share; it names the repository."""
    object_format: str
    """sha1 or sha256."""
    runner: Runner = field(default=plain, compare=False)

    @cached_property
    def git(self) -> Git:
        """Hardened git for this repository."""
        return user_git(self.git_dir, self.top, self.runner)

    @property
    def objects(self) -> Path:
        """The directory of objects that the hub borrows."""
        return self.common_dir / "objects"

    def head_branch(self) -> str | None:
        """The short name of the checked-out branch, existing or still unborn; None when HEAD is detached."""
        done = self.git.run("symbolic-ref", "-q", "HEAD", ok=(0, 1))
        name = text_of(done.out).strip()
        return name.removeprefix(refs.HEADS) if name.startswith(refs.HEADS) else None

    def resolve(self, user_text: str) -> str:
        """The commit that a person's text names.  SwarmError for an unknown, ambiguous or option-like name."""
        shown = printable(user_text)
        if not user_text or user_text.startswith("-") or not user_text.isprintable():
            raise SwarmError(f"{shown!r} can't be the name of a commit", "give a branch, a tag or a commit id")
        done = self.git.run("rev-parse", "--verify", "--end-of-options", f"{user_text}^{{commit}}", ok=(0, 1, 128))
        said, found = text_of(done.err), text_of(done.out).strip()
        if "is ambiguous" in said:
            hint = f"write refs/heads/{shown} or refs/tags/{shown}, or a longer commit id"
            raise SwarmError(f"{shown!r} is ambiguous in {self.top}", hint)
        if done.code or not is_oid(found):
            raise SwarmError(f"{shown!r} names no commit in {self.top}", "see `git branch -a` and `git tag`")
        return found

    def is_shallow(self) -> bool:
        """Whether history was cut off by a shallow clone (the hub copes with it)."""
        return self.git.text("rev-parse", "--is-shallow-repository") == "true"

    def is_partial(self) -> bool:
        """Whether objects are missing until a remote is asked for them (the hub can't ask)."""
        pattern = r"^(extensions\.partialclone|remote\..*\.promisor)$"
        found = parts0(self.git.run("config", "-z", "--get-regexp", pattern, ok=(0, 1)).out)
        values = [entry.partition("\n")[2] for entry in found]
        return any(value.lower() not in ("false", "no", "off", "0") for value in values)

    def is_clean(self) -> bool:
        """Whether tracked files and index are as in HEAD.  Untracked files don't count; the index is not written."""
        status = ("status", "--porcelain", "-z", "--untracked-files=no", "--ignore-submodules=dirty")
        return not self.git.run(*status).out

    def check_writable(self) -> None:
        """SwarmError where we may not hang the door, keep refs or publish."""
        for path in (self.top, self.common_dir, self.common_dir / "refs", self.objects):
            if not os.access(path, os.W_OK):
                raise SwarmError(f"{path} can't be written", "a run keeps its result there: look at its owner and mode")

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether `newer` contains `older`; both full ids of commits that exist."""
        return self.git.run("merge-base", "--is-ancestor", oid(older), oid(newer), ok=(0, 1)).code == 0

    def tracks(self, commit: str, path: str) -> bool:
        """Whether the commit holds this path, a file or a directory, given from the top."""
        return bool(self.git.run("ls-tree", "-z", "--full-tree", oid(commit), "--", path).out)

    def pin(self, run: str, commit: str, name: str = "base") -> None:
        """Hold a commit by refs/swarm/<run>/<name>, so that the user's gc can't take what the hub borrows."""
        self._update(f"{refs.of_run(run)}{name}", oid(commit))

    def pins(self, run: str) -> list[str]:
        """The commits that are pinned for a run."""
        return self.git.text("for-each-ref", "--format=%(objectname)", refs.of_run(run)).split()

    def pin_kept(self, commit: str) -> None:
        """Hold a commit for as long as the hub keeps work that rests upon it."""
        self._update(f"{refs.KEPT}{oid(commit)}", commit)

    def kept_pins(self) -> list[str]:
        """What `pin_kept` holds."""
        return self.git.text("for-each-ref", "--format=%(objectname)", refs.KEPT).split()

    def unpin_kept(self, commit: str) -> None:
        """Let such a commit go."""
        self._update("-d", f"{refs.KEPT}{oid(commit)}")

    def unpin(self, run: str) -> None:
        """Drop all pins of a run."""
        pins = self.git.text("for-each-ref", "--format=delete %(refname)", refs.of_run(run))
        self._update("--stdin", input=f"{pins}\n".encode() if pins else b"")

    def _update(self, *args: str, input: bytes | None = None) -> None:
        past_stale_locks(self.git, lambda: self.git.run("update-ref", *args, input=input))

    def has_commit(self) -> bool:
        """Whether HEAD names a commit; False on a branch that is still unborn."""
        return self.git.run("rev-parse", "--quiet", "--verify", "HEAD^{commit}", ok=(0, 1, 128)).code == 0

    def uses_lfs(self, commit: str) -> bool:
        """Whether some .gitattributes of the commit gives files to git-lfs."""
        search = ("grep", "--quiet", "-I", "-F", "-e", "filter=lfs", oid(commit), "--", ":(glob)**/.gitattributes")
        return self.git.run(*search, ok=(0, 1)).code == 0

    def drop_published(self, run: str) -> None:
        """Delete the branch under which a run was published, unless it is checked out.  Whoever calls has made sure
        that another branch contains it."""
        branch = refs.published(run).removeprefix(refs.HEADS)
        if self.branch_tip(branch) is not None and self.checked_out_at(branch) is None:
            self.git.run("branch", "-D", "--", branch)

    def checked_out_at(self, branch: str) -> Path | None:
        """The work tree, ours or another, in which a branch is checked out."""
        where: Path | None = None
        for line in self.git.lines0("worktree", "list", "--porcelain", "-z"):
            if line.startswith("worktree "):
                where = Path(line.removeprefix("worktree "))
            elif line == f"branch {refs.HEADS}{branch}":
                return where
        return None

    def refuse_half_done(self, branch: str) -> None:
        """SwarmError while something in this work tree is under way that will move this branch itself."""
        notes = (self.git_dir / f"rebase-{kind}" / "head-name" for kind in ("merge", "apply"))
        rebased = next((note for note in notes if note.is_file()), None)
        if rebased is not None and rebased.read_text().strip() == f"{refs.HEADS}{branch}":
            hint = "git rebase --continue or --abort, then try again"
            raise SwarmError(f"branch {branch} is being rebased in {self.top}", hint)
        heads = {"MERGE_HEAD": "merge", "CHERRY_PICK_HEAD": "cherry-pick", "REVERT_HEAD": "revert"}
        for name, what in heads.items():
            if self.head_branch() == branch and (self.git_dir / name).exists():
                hint = f"git {what} --continue or --abort, then try again"
                raise SwarmError(f"a {what} is not concluded in {self.top}", hint)

    def branch_tip(self, branch: str) -> str | None:
        """What a branch is at; None where there is no such branch.  SwarmError for what can't be a branch's name."""
        misleading = branch in ("HEAD", "@") or branch.startswith(("-", "refs/")) or "\n" in branch
        if misleading or self.git.run("check-ref-format", f"{refs.HEADS}{branch}", ok=(0, 1)).code:
            raise SwarmError(f"{branch!r} can't be the name of a branch", "name one that git branch lists")
        name = f"{refs.HEADS}{branch}"
        held = self.git.text("for-each-ref", "--format=%(objectname) %(refname)", name).splitlines()
        return next((line.split(" ")[0] for line in held if line.endswith(f" {name}")), None)

    def fetch_from(self, hub: Path, refspecs: Sequence[str]) -> None:
        """Publish: fetch `source:destination` pairs from the hub, all or none.

        A destination under refs/heads only moves forward.  SwarmError when git refuses: checked out, not a
        fast-forward, or a branch whose name is a directory of another's.
        """
        self._fetch(str(hub), refspecs, _FROM_THE_HUB)

    def _fetch(self, source: str, refspecs: Sequence[str], *options: str) -> None:
        settings = ("protocol.file.allow=always", "protocol.version=2", "fetch.writeCommitGraph=false")
        git = replace(self.git, config=settings)
        try:
            past_stale_locks(git, lambda: git.run(*_FETCH, *options, "--", source, *refspecs))
        except GitFailed as error:
            raise _refusal(error) from error

    def fast_forward(self, branch: str, commit: str) -> None:
        """Move a branch forward to a commit that this repository has; made if it does not exist.

        Where it is checked out in this work tree, files move with it, and only if tracked files are clean.  SwarmError,
        with nothing changed, when it is checked out elsewhere, is not an ancestor, or git refuses for another reason.
        """
        place = self.checked_out_at(branch)
        if place is None:
            self._fetch(".", [f"{oid(commit)}:{refs.HEADS}{branch}"])
        elif place.resolve() != self.top:
            raise SwarmError(f"branch {branch} is checked out in {place}", f"run it there: cd {place}")
        else:
            self._fast_forward_here(branch, oid(commit))

    def _fast_forward_here(self, branch: str, commit: str) -> None:
        if not self.is_clean():
            raise SwarmError(f"{self.top} has uncommitted changes", "commit or stash them, then try again")
        own_hand = replace(self.git, profile=Profile.USERS_OWN_HAND)
        try:
            own_hand.run("merge", "--ff-only", "--quiet", "--no-stat", commit)
        except GitFailed as error:
            raise _refusal(error) from error
        if not self.is_ancestor(commit, self.resolve(f"{refs.HEADS}{branch}")):
            raise SwarmError(f"branch {branch} was not moved: HEAD changed meanwhile", "try again")


_CHECKED_OUT = re.compile(r"refusing to fetch into (?:current )?branch '([^']+)'(?: checked out at '(.+)')?", re.DOTALL)


def _refusal(error: GitFailed) -> SwarmError:
    """git's refusal to move a branch, in a person's words."""
    said = error.err
    if match := _CHECKED_OUT.search(said):
        branch = printable(match[1].removeprefix(refs.HEADS))
        where = f" in {printable(match[2])}" if match[2] else ""
        return SwarmError(f"branch {branch} is checked out{where}", "switch to another branch there, then try again")
    if "non-fast-forward" in said or "Not possible to fast-forward" in said or "Diverging branches" in said:
        return SwarmError("the branch has commits of its own and can't be fast-forwarded", "merge them first")
    if "cannot lock ref" in said and "exists; cannot create" in said:
        return SwarmError(f"a branch stands in the way: {printable(said.strip())}", "rename or delete that branch")
    if "would be overwritten by merge" in said:
        return SwarmError(f"files stand in the way: {printable(said.strip())}", "move them away, then try again")
    return error


def discover(cwd: Path, runner: Runner = plain) -> UserRepository:
    """The repository around `cwd`.  SwarmError, with what to do, when there is none that a run could start from."""
    inside = looking_from(runner, cwd, "rev-parse", "--is-inside-work-tree", "--is-bare-repository")
    if inside.code:
        raise _no_repository(cwd, text_of(inside.err))
    in_work_tree, bare = text_of(inside.out).split()
    if in_work_tree != "true":
        what = "a bare repository" if bare == "true" else "inside a git directory"
        raise SwarmError(f"{cwd} is {what}", "run it in a checkout: `git clone` or `git worktree add` makes one")

    def path(question: str) -> Path:
        done = looking_from(runner, cwd, "rev-parse", "--path-format=absolute", question)
        return Path(text_of(done.out).removesuffix("\n")).resolve()

    common_dir = path("--git-common-dir")
    if (common_dir / "swarm" / "keep").is_dir():
        raise SwarmError(f"{cwd} is a worktree of a run, not your checkout", "run it in your own checkout")
    object_format = text_of(looking_from(runner, cwd, "rev-parse", "--show-object-format").out).strip()
    found = UserRepository(path("--show-toplevel"), path("--absolute-git-dir"), common_dir, object_format, runner)
    _check_commits(found)
    return found


def _no_repository(cwd: Path, said: str) -> SwarmError:
    if "dubious ownership" in said:
        return SwarmError(
            f"the repository around {cwd} belongs to somebody else", printable(said.splitlines()[-1].strip())
        )
    if "not a git repository" in said:
        return SwarmError(f"{cwd} is not in a git repository", "cd to one, or `git init` and commit something")
    return SwarmError(
        f"git can't read the repository around {cwd}: {printable(said.strip())}",
        "mend it until `git status` works there",
    )


def _check_commits(found: UserRepository) -> None:
    head = found.git.run("rev-parse", "--verify", "HEAD^{commit}", ok=(0, 128))
    if head.code and not found.git.run("for-each-ref", "--count=1", "refs/heads").out:
        raise SwarmError(f"{found.top} has no commits yet", "commit something first: git commit --allow-empty -m start")
