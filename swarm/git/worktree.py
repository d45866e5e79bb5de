"""A pooled worktree of the hub: made once, then switched from attempt to attempt without losing what it holds.

Knows nothing of tasks, agents or the journal.  An agent has the run of the directory, so git is never left to discover
anything inside it, nothing found there is believed, and nothing is deleted before `rescue` put it under a ref.  Calls
on one worktree don't overlap, and the agent's processes have ended before `rescue`, `switch` and `seal`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from swarm.errors import SwarmError
from swarm.files import NEW, content, free_name, locked, make_removable
from swarm.git import refs
from swarm.git.admin import link_text
from swarm.git.command import MARK, GitFailed, join0, oid
from swarm.git.index import read_index
from swarm.git.merge import is_ancestor, patch, same_tree
from swarm.git.place import Place
from swarm.git.rescue import rescue
from swarm.git.seal import Author, Sealed, SealRefused, seal
from swarm.git.snapshot import copied_index, hidden, nested, snapshot, unhide
from swarm.paths import DOOR
from swarm.process import sweep

GRACE = 5.0
"""Seconds in which a git command left by a killed program may end by itself after TERM."""

__all__ = ["Author", "SealRefused", "Sealed", "Worktree"]


@dataclass(frozen=True)
class Worktree(Place):
    """One worker's worktree, or one in which candidates are verified."""

    def create(self, commit: str) -> None:
        """Make the worktree, detached at `commit`, or mend what is broken about it; what it holds is left alone.

        May be killed at any point and run again; a program that takes a worktree over calls this first.  SwarmError
        when a directory of somebody else's is in the way.
        """
        self.hub.restore_config()
        # A git command outlives the killed program that started it; two in one worktree would tread on each other.
        sweep({MARK: str(self.admin.path)}, GRACE)
        with locked(self.hub.own / "worktrees.lock"):
            self._make_admin(oid(commit))
        if self.admin.is_new():
            self.admin.unlock()
            self.git.run("checkout", "-q", "-f", "--detach", commit, "--")
            self.admin.mark_made()
        elif not content(self.admin.path / "index"):
            self.git.run("read-tree", self.head() or commit)

    def _make_admin(self, commit: str) -> None:
        if self.path.is_symlink():
            self.path.unlink()
        found = {name for name in _names(self.path) if not name.startswith(NEW)}
        if self.admin.path.exists() and not self._owns_admin():
            self.admin.set_aside(self.hub.own / "broken")
        if self.admin.path.exists():
            if not found:
                self.admin.mark_new()
            self.admin.mend(self.path, commit)
            self.link(self.aside)
            return
        if found and content(self.path / ".git") != link_text(self.admin.path):
            raise SwarmError(f"{self.path} is in the way: not empty, and no worktree of ours", "move it away")
        # The directory and its link come first: `git worktree prune` removes an admin directory that leads nowhere.
        self.link(self.aside)
        self.admin.make(self.path, commit, self.hub.own, new=not found - {".git"})

    def _owns_admin(self) -> bool:
        """False for a worktree that an agent made under our name."""
        gitdir = (content(self.admin.path / "gitdir") or b"").strip()
        return self.admin.is_ours() or gitdir in (b"", os.fsencode(self.path / ".git"))

    def has_work(self, base: str) -> bool:
        """Whether what is committed here differs from `base` at all."""
        head = self.head()
        return head is not None and not same_tree(self.hub, head, base)

    def tree(self) -> str:
        """Everything that stands here as a tree in the hub, committed or not, untracked files included."""
        self.check()
        self.hub.restore_config()
        with copied_index(self.git) as env:
            return snapshot(self.git, nested(self.git, env).foreign, env)

    def diff(self, base: str) -> str:
        """Everything that differs from `base` as a patch, committed or not, untracked files included."""
        return patch(self.hub, base, self.tree())

    def rescue(self, ref_base: str, message: str, rescued: Path | None = None) -> str | None:
        """See `swarm.git.rescue`."""
        return rescue(self, ref_base, message, rescued)

    def switch(self, branch: str | None, commit: str, clean_full: bool = False) -> None:
        """Check out `commit` on a fresh `branch` (None: detached) with nothing left of what was there before.

        Ignored files stay unless `clean_full`; `.swarm` always stays.  Call `rescue` first.  Returns only on positive
        evidence: HEAD is the commit and nothing differs from it; SwarmError otherwise.
        """
        self.check()
        self.hub.restore_config()
        self.admin.mend(self.path, oid(commit))
        self.link(self.aside)
        self._forget_operations(branch)
        self.admin.assign(branch)
        if branch is None:
            self.git.run("checkout", "-q", "-f", "--detach", commit, "--")
        else:
            self._keep_old(branch, commit)
            self.git.run("checkout", "-q", "-f", "--no-track", "--ignore-other-worktrees", "-B", branch, commit, "--")
        self.admin.flush_head()
        if clean_full or not self._is_bare_of_rest(commit):
            self._clean(clean_full)
        elif self._stands_at(branch, commit):
            return
        self._prove(branch, commit)

    def _forget_operations(self, branch: str | None) -> None:
        self.admin.scrub()
        self.unlock_branch(branch)
        try:
            unhide(self.git, *hidden(self.git))
        except GitFailed:
            (self.admin.path / "index").unlink(missing_ok=True)  # damaged; the checkout makes it anew

    def _keep_old(self, branch: str, commit: str) -> None:
        """Hold what the branch has, if the switch would drop it."""
        old = self.hub.read_ref(f"{refs.HEADS}{branch}")
        if old and not is_ancestor(self.hub, old, commit):
            self.hold(refs.rescue_of_branch(branch), old)

    def _clean(self, full: bool) -> None:
        command = ("clean", "-q", "-ffdx" if full else "-ffd", "-e", f"/{DOOR}")
        if self.git.run(*command, ok=(0, 1)).code:
            make_removable(self.path)
            self.git.run(*command)

    def _is_bare_of_rest(self, commit: str) -> bool:
        """Whether the index holds what `commit` holds and the files are as in the index, with nothing beside them: no
        changed or untracked file, no empty directory.  One look in the place of three; False where it does not tell."""
        found, told = read_index(self.admin.path / "index"), self.hub.told(commit)
        if found is None or found.tree is None or told is None:
            differs = self.git.run("diff-index", "--quiet", "--cached", commit, "--", ok=(0, 1)).code != 0
        else:
            differs = found.tree != told.tree
        if differs or not self.holds_plain_files():
            return False
        listed = self.git.lines0("ls-files", "-z", "-m", "-o", "--directory", "--exclude-standard")
        return not [path for path in listed if path != f"{DOOR}/"]

    def _stands_at(self, branch: str | None, commit: str) -> bool:
        return self.head() == commit and (not branch or self.admin.head() == f"{refs.HEADS}{branch}")

    def _prove(self, branch: str | None, commit: str) -> None:
        if not self._stands_at(branch, commit):
            raise SwarmError(f"{self.path} is not at {commit} after the switch", "try again")
        left = self.status()
        if left:
            left = self._rewrite(left)
        if left or any(hidden(self.git)):
            raise SwarmError(f"{self.path} is not clean after the switch: {', '.join(left[:5])}", "try again")

    def _rewrite(self, entries: list[str]) -> list[str]:
        """Write modified files once more; returns what differs for another reason.

        A file whose committed form breaks the rules of its own .gitattributes (line ends) differs as soon as it is
        checked out: written by git from the commit just now, it is right.
        """
        modified = {entry for entry in entries if entry[:3] in (" M ", " T ")}
        paths = [entry[3:] for entry in modified]
        for path in paths:
            (self.path / path).unlink(missing_ok=True)
        self.git.run("checkout-index", "-q", "-f", "-z", "--stdin", input=join0(paths))
        return [entry for entry in self.status() if entry not in modified]

    def seal(self, message: str, author: Author) -> Sealed:
        """See `swarm.git.seal`."""
        return seal(self, message, author)

    def set_aside(self, rescued: Path) -> Path:
        """Move the whole directory under `rescued`: the last resort where `rescue` can't read it.  `create` follows."""
        rescued.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = free_name(rescued / self.path.name)
        shutil.move(self.path, target)
        return target

    def remove(self) -> None:
        """Delete the worktree and its admin directory, whatever they hold: call `rescue` first."""
        with locked(self.hub.own / "worktrees.lock"):
            gone = Path(tempfile.mkdtemp(prefix="gone-", dir=self.hub.own))
            if self.admin.path.exists():
                self.admin.set_aside(gone)
            shutil.rmtree(gone)
        if self.path.is_symlink():
            self.path.unlink()
        elif self.path.exists():
            make_removable(self.path)
            shutil.rmtree(self.path)


def _names(directory: Path) -> list[str]:
    return os.listdir(directory) if directory.exists() else []
