"""A worktree of the hub as a place: where it is, who owns its admin directory, what stands in it.

Knows nothing of what is done there; `swarm.git.worktree` does it.  An agent has the run of the directory, so git is
never left to discover anything inside it, and nothing found there is believed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from swarm.errors import SwarmError
from swarm.files import NEW, content, write_whole
from swarm.git import refs
from swarm.git.admin import Admin, link_text
from swarm.git.command import Git, Runner, is_oid, oid, parts0, plain
from swarm.git.hub import Hub
from swarm.git.index import read_index
from swarm.git.snapshot import NOT_THE_DOOR, directories, move_out
from swarm.paths import DOOR

_STATUS = ("status", "--porcelain", "-z", "--no-renames", "--untracked-files=normal", "--ignore-submodules=all")

_PLAIN = re.compile(rb"(?:H (?:100644|100755|120000) [0-9a-f]+ 0\t[^\0]+\0)*")
"""What `ls-files -v -s -z` says where it lists nothing but files and links, none of them hidden or in conflict."""


@dataclass(frozen=True)
class Place:
    """The worktree at `path` (absolute), known to the hub as `name`, which is unique among all runs of the hub."""

    hub_path: Path
    path: Path
    name: str
    runner: Runner = field(default=plain, compare=False)

    @cached_property
    def hub(self) -> Hub:
        """The repository that it belongs to."""
        return Hub(self.hub_path, self.runner)

    @cached_property
    def admin(self) -> Admin:
        """Its admin directory in the hub."""
        return Admin(self.hub.worktrees / self.name)

    @cached_property
    def git(self) -> Git:
        """Hardened git in this worktree.

        One file after another: with checkout.workers above 1, git 2.39 forgets the encoding of a file that
        .gitattributes asks for (working-tree-encoding), writes it as it is committed, and ends with 0.
        """
        return Git(self.admin.path, self.path, self.runner)

    @property
    def aside(self) -> Path:
        """Where a repository goes that is found in the way, unless somebody says where."""
        return self.hub.own / "rescued" / self.name

    def check(self) -> None:
        """SwarmError unless git can work here and the directory is not a link to somewhere else."""
        if self.path.is_symlink() or not self.admin.is_whole():
            raise SwarmError(f"{self.path} is not a whole worktree of {self.hub_path}", "make it again")

    def link(self, rescued: Path) -> None:
        """Put the `.git` file right; a whole repository that stands in its place is moved to `rescued`."""
        link = self.path / ".git"
        for left_over in self.path.glob(f"{NEW}*"):
            left_over.unlink()
        if content(link) == link_text(self.admin.path):
            return
        self.path.mkdir(parents=True, exist_ok=True)
        if link.is_dir() and not link.is_symlink():
            move_out(self.path, [".git"], rescued)
        write_whole(link, link_text(self.admin.path))

    def head(self) -> str | None:
        """The commit that is checked out; None on a branch that does not exist."""
        name = self.admin.head()
        return name if is_oid(name) else self.hub.read_ref(name)

    def status(self) -> list[str]:
        """Porcelain status entries: changed and untracked files, without ignored ones and submodules."""
        self.hub.restore_config()  # to compare a file, git may run the filter that the configuration names
        return self.git.lines0(*_STATUS, "--", NOT_THE_DOOR)

    def differences(self) -> list[str]:
        """The same, with each untracked file by itself, and with what is at our door."""
        self.hub.restore_config()
        return self.git.lines0(*_STATUS[:-2], "--untracked-files=all", "--ignore-submodules=all")

    def status_dirty(self) -> bool:
        """Whether anything is not committed."""
        return bool(self.status())

    def is_as_committed(self) -> bool:
        """Whether everything here is just as HEAD says: nothing changed, staged, new, hidden or in conflict, and no
        repository inside.  Two looks instead of a dozen; False where git can't tell.
        """
        return self.holds_plain_files() and not self.status_dirty()

    def holds_plain_files(self) -> bool:
        """Whether what git knows of here is nothing but files and links, none of them hidden, in conflict or in our
        door, with no repository among them.  False where git can't tell."""
        found = read_index(self.admin.path / "index")
        paths = self._listed() if found is None else found.paths if found.plain else None
        if paths is None or any(path.split("/", 1)[0] == DOOR for path in paths):
            return False
        return not any(os.path.lexists(self.path / directory / ".git") for directory in directories(paths))

    def _listed(self) -> Sequence[str] | None:
        """The paths of the index, as git lists them; None where there is anything special about one."""
        listed = self.git.run("ls-files", "-v", "-s", "-z", ok=(0, 128))
        if listed.code or not _PLAIN.fullmatch(listed.out):
            return None
        return [entry.partition("\t")[2] for entry in parts0(listed.out)]

    def only_here(self, commit: str) -> bool:
        """Whether this is a commit that no ref of the hub reaches."""
        kind = self.hub.git.run("cat-file", "-t", oid(commit), ok=(0, 128))
        if kind.out.strip() != b"commit":
            return False
        return not self.hub.git.text("for-each-ref", "--count=1", "--contains", commit)

    def hold(self, ref_base: str, commit: str) -> str:
        """Hold a commit by the first free name of a rescue."""
        ref, number = ref_base, 2
        while not self.hub.cas(ref, None, commit, "swarm: rescue"):
            ref, number = f"{ref_base}.{number}", number + 1
        return commit

    def unlock_branch(self, branch: str | None) -> None:
        """Remove the lock of a git process of this worktree that was killed while it moved its branch."""
        if branch:
            (self.hub_path / f"{refs.HEADS}{branch}.lock").unlink(missing_ok=True)
