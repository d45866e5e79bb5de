"""The admin directory of one worktree (hub.git/worktrees/<name>): made whole, mended, scrubbed of what is unfinished.

Knows git's documented layout (gitrepository-layout(5)) and runs no command.

We write these few files ourselves: `git worktree add` writes them in place, one after another, and one SIGKILL in
between leaves a 0-byte commondir that stops every git command in the repository.  Here a directory appears by one
rename, with everything in it on disk.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from swarm.files import content, free_name, sync_directory, write_whole
from swarm.git.command import is_oid

_COMMONDIR = b"../..\n"
_LOCKED = b"a worktree of swarm\n"
"""git's own file against `worktree prune` and `worktree remove`; its text tells our worktrees from an agent's."""
_MAKING = "swarm-making"
"""Stands until the first checkout is complete: until then nothing in the worktree is anybody's work."""

_BRANCH = "swarm-branch"
"""Which branch the worktree was last switched to, whatever its agent checked out since."""

_OPERATIONS = {
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase or am",
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "BISECT_LOG": "a bisect",
}
_LASTING = frozenset(
    {"HEAD", "commondir", "gitdir", "index", "locked", "logs", "modules", "refs", "ORIG_HEAD", _MAKING, _BRANCH}
)
"""What a switch keeps; everything else is state of an unfinished operation, a lock or local settings."""
_HEADS = (
    "HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD", "MERGE_AUTOSTASH",
    "rebase-merge/autostash", "rebase-apply/autostash", "rebase-merge/orig-head", "rebase-apply/orig-head",
)  # fmt: skip
"""Files that may be all that still names a commit."""


@dataclass(frozen=True)
class Admin:
    """The admin directory at `path`, existing or not."""

    path: Path

    def is_whole(self) -> bool:
        """Whether git itself can work with it."""
        return all((content(self.path / name) or b"").strip() for name in ("commondir", "gitdir", "HEAD"))

    def is_ours(self) -> bool:
        """Whether we made it."""
        return content(self.path / "locked") == _LOCKED

    def is_new(self) -> bool:
        """Whether the first checkout was never completed."""
        return (self.path / _MAKING).exists()

    def mark_made(self) -> None:
        """The first checkout is complete: from here on what is found in the worktree is work."""
        (self.path / _MAKING).unlink(missing_ok=True)
        sync_directory(self.path)

    def mark_new(self) -> None:
        """The worktree's files are gone or were never there, so its index describes nothing."""
        write_whole(self.path / _MAKING, b"")
        (self.path / "index").unlink(missing_ok=True)

    def branch(self) -> str | None:
        """The branch that `assign` named last (short name)."""
        return (content(self.path / _BRANCH) or b"").decode() or None

    def assign(self, branch: str | None) -> None:
        """Remember whose work is done here from now on; None: nobody's."""
        if branch is None:
            (self.path / _BRANCH).unlink(missing_ok=True)
        else:
            write_whole(self.path / _BRANCH, branch.encode())

    def head(self) -> str:
        """What HEAD says: a full ref name or a commit id."""
        text = (content(self.path / "HEAD") or b"").decode("utf-8", "surrogateescape").strip()
        return text.removeprefix("ref:").strip()

    def flush_head(self) -> None:
        """Have HEAD on the disk: git flushes refs, but not the file that says which of them is checked out (2.39), and
        after a power loss that is empty."""
        descriptor = os.open(self.path / "HEAD", os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_directory(self.path)

    def make(self, worktree: Path, commit: str, scratch: Path, new: bool) -> None:
        """Make the directory for a worktree with a detached HEAD at `commit`: built under `scratch`, then renamed."""
        built = Path(tempfile.mkdtemp(prefix=f"new-{self.path.name}.", dir=scratch))
        files = {"commondir": _COMMONDIR, "gitdir": _gitdir(worktree), "HEAD": _head(commit), "locked": _LOCKED}
        if new:
            files[_MAKING] = b""
        for name, data in files.items():
            write_whole(built / name, data)
        self.path.parent.mkdir(exist_ok=True)
        os.rename(built, self.path)
        sync_directory(self.path.parent)

    def mend(self, worktree: Path, commit: str) -> None:
        """Put right what is broken in an existing directory, and nothing else; a HEAD that is lost becomes `commit`."""
        self.mend_commondir()
        if content(self.path / "gitdir") != _gitdir(worktree):
            write_whole(self.path / "gitdir", _gitdir(worktree))
        if content(self.path / "locked") != _LOCKED:
            write_whole(self.path / "locked", _LOCKED)
        if not _is_head(content(self.path / "HEAD")):
            write_whole(self.path / "HEAD", _head(commit))

    def mend_commondir(self) -> None:
        """The one file whose loss stops git in the whole hub."""
        if content(self.path / "commondir") != _COMMONDIR:
            write_whole(self.path / "commondir", _COMMONDIR)

    def set_aside(self, where: Path) -> None:
        """Move the directory out of git's sight without losing what is in it."""
        where.mkdir(exist_ok=True)
        os.rename(self.path, free_name(where / self.path.name))

    def operation(self) -> str | None:
        """What git is in the middle of ("a rebase"), or None."""
        return next((what for name, what in _OPERATIONS.items() if (self.path / name).exists()), None)

    def heads(self) -> Iterator[str]:
        """The ids of commits that this directory names, HEAD first if it is detached."""
        for name in _HEADS:
            for line in (content(self.path / name) or b"").decode("ascii", "replace").split():
                if is_oid(line):
                    yield line

    def adopt(self, other: Admin) -> None:
        """Take over what `other`, which a stranger wrote, says: the index, and operations that are not finished with
        the commits that they name.  No other word of it."""
        for name in _OPERATIONS:
            told = other.path / name
            if told.is_dir() and not told.is_symlink():
                (self.path / name).mkdir(exist_ok=True)
            elif told.exists():
                ids = [word for word in (content(told) or b"").decode("ascii", "replace").split() if is_oid(word)]
                write_whole(self.path / name, "".join(f"{one}\n" for one in ids).encode())
        index = content(other.path / "index")
        if index is not None:
            write_whole(self.path / "index", index)

    def unlock(self) -> None:
        """Remove lock files of git processes that are no more; call it only when nobody works in the worktree."""
        for name in ("index.lock", "HEAD.lock"):
            (self.path / name).unlink(missing_ok=True)

    def scrub(self) -> None:
        """Remove everything that an unfinished operation, a lock or local settings left and a checkout would keep."""
        for entry in self.path.iterdir():
            if entry.name not in _LASTING and not entry.name.startswith("sharedindex."):
                _remove(entry)
        for name in ("refs/bisect", "refs/rewritten"):
            _remove(self.path / name)


def link_text(admin: Path) -> bytes:
    """What the `.git` file of a worktree holds."""
    return b"gitdir: " + os.fsencode(admin) + b"\n"


def _gitdir(worktree: Path) -> bytes:
    return os.fsencode(worktree / ".git") + b"\n"


def _head(commit: str) -> bytes:
    return f"{commit}\n".encode()


def _is_head(data: bytes | None) -> bool:
    text = (data or b"").decode("utf-8", "replace")
    return text.startswith("ref: refs/heads/") or is_oid(text.strip())


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
