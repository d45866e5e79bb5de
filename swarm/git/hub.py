"""The hub: our own bare repository, in which all the work of a run lives, beside the user's and borrowing its objects.

Knows nothing of tasks, worktrees or merging; others work in it through `Hub.git`.

Agents write in it with their own git.  What they must not change for each other (configuration, excludes, where objects
are borrowed from) is kept a second time under `swarm/keep` and put back by `restore_config`, which costs a few small
reads; call it before anything that could run a program named there: a checkout, a merge, an upload.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from swarm.errors import SwarmError
from swarm.files import content, locked, sync_directory, write_whole
from swarm.git import refs
from swarm.git.admin import Admin
from swarm.git.command import (
    Git,
    GitFailed,
    Runner,
    join0,
    oid,
    plain,
    text_of,
    zero,
)
from swarm.git.loose import Told, loose_commit, loose_ref
from swarm.git.repository import UserRepository
from swarm.git.settings import kept, write_kept
from swarm.git.stale import past_stale_locks
from swarm.git.standing import Standing

_KEPT = ("config", "info/exclude", "objects/info/alternates", "shallow")
"""Files of ours.  One that has no copy under swarm/keep must not be there at all."""
MOST_REMEMBERED = 100_000
"""Commits."""
_NEVER = ("config.worktree", "info/attributes", "info/grafts", "info/sparse-checkout")


@dataclass(frozen=True)
class Hub:
    """The bare repository at `path` (absolute)."""

    path: Path
    runner: Runner = field(default=plain, compare=False)
    config: tuple[str, ...] = ()
    """Settings for git over ours, as `name=value`."""
    standing: Standing | None = field(default=None, compare=False)
    """Gits that stay open for this program, where it has any (`kept_open`)."""

    def kept_open(self) -> Hub:
        """The same hub for a program that asks it again and again; `close` it at the end."""
        return replace(self, standing=Standing(self.git))

    def close(self) -> None:
        """End the gits that stay open."""
        if self.standing is not None:
            self.standing.close()

    @cached_property
    def git(self) -> Git:
        """Hardened git in the hub, without any work tree."""
        return Git(self.path, None, self.runner, self.config)

    @cached_property
    def own(self) -> Path:
        """The directory inside the hub that git does not know: copies, locks, and what was moved aside."""
        return self.path / "swarm"

    @cached_property
    def worktrees(self) -> Path:
        """Where git keeps the admin directory of each worktree."""
        return self.path / "worktrees"

    def create(self, user: UserRepository) -> None:
        """Make the hub, or bring an existing one up to date with the user's repository.

        May be killed at any point and run again.  SwarmError for a partial clone, whose objects can't be borrowed, and
        for a hub that was made for another object format.
        """
        check_whole(user)
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(self.path.parent / "hub.lock"):
            for left_over in self.path.parent.glob(".making-*"):
                # the git of a killed program may still write in it: what stays now goes the next time
                shutil.rmtree(left_over, ignore_errors=True)
            made = Path(tempfile.mkdtemp(prefix=".making-", dir=self.path.parent))
            try:
                self._make(made, user)
            finally:
                shutil.rmtree(made, ignore_errors=True)  # after a Ctrl-C our own git may, too
            self.restore_config()
            self.mend_worktrees()

    def _make(self, made: Path, user: UserRepository) -> None:
        """Make a whole hub in `made`; move it into place, or take over only what it would keep."""
        fresh = made / "hub.git"
        fresh.mkdir(mode=0o700)
        # HEAD names a branch that never exists: newer git reads a bare repository's attributes from HEAD.
        init = ("init", "--quiet", "--bare", "--template=", "--initial-branch=swarm-none")
        Git(fresh, None, self.runner).run(*init, f"--object-format={user.object_format}")
        keep = kept(text_of(content(fresh / "config") or b""), user)
        if os.path.lexists(self.path):
            if not (self.path / "HEAD").is_file():
                raise SwarmError(f"{self.path} is damaged: its HEAD is missing", "move it away, then start again")
            if _format(content(self.own / "keep/config") or keep["config"]) != _format(keep["config"]):
                raise SwarmError(f"{self.path} holds another object format", "move it away, then start again")
        else:
            for directory in ("info", "worktrees", "swarm"):
                (fresh / directory).mkdir(mode=0o700, exist_ok=True)
            write_kept(fresh / "swarm/keep", keep)
            write_whole(fresh / "HEAD", content(fresh / "HEAD") or b"")
            Hub(fresh, self.runner).restore_config()
            sync_directory(fresh)
            os.rename(fresh, self.path)
            sync_directory(self.path.parent)
            return
        write_kept(self.own / "keep", keep)

    def restore_config(self) -> None:
        """Put back every file of ours that an agent changed, and remove those that would change what git does."""
        kept, never = self._watched
        for keep, live in kept:
            wanted = content(keep)
            if content(live) == wanted:
                continue
            _remove(live, wanted or b"")
            if wanted is not None:
                live.parent.mkdir(exist_ok=True)
                write_whole(live, wanted)
        for live in never:
            if os.path.lexists(live):
                _remove(live)

    @cached_property
    def _watched(self) -> tuple[list[tuple[Path, Path]], list[Path]]:
        """What `restore_config` looks at, some thousand times in a run: each copy with its file, and what must not be
        there."""
        return [(self.own / "keep" / name, self.path / name) for name in _KEPT], [self.path / name for name in _NEVER]

    def mend_worktrees(self) -> None:
        """Mend, or move aside, every admin directory that would make git itself fail everywhere in the hub.

        git writes them one file after another, so an agent's `worktree add` that is killed leaves an empty one.
        """
        for directory in sorted(self.worktrees.glob("*")):
            admin = Admin(directory)
            if admin.is_ours():
                admin.mend_commondir()
            elif not admin.is_whole():
                admin.set_aside(self.own / "broken")

    def read_ref(self, ref: str) -> str | None:
        """The object a ref holds, None only where there is good evidence that there is no such ref."""
        held = loose_ref(self.path, ref)
        return self.list_refs(ref).get(ref) if held is None else held or None

    def list_refs(self, prefix: str) -> dict[str, str]:
        """All refs equal to `prefix` or below it as a directory, with what they hold."""
        done = self.git.run("for-each-ref", "--format=%(objectname) %(refname)", prefix)
        if done.err:  # a broken ref is left out with a warning and exit 0: that is not "absent"
            raise GitFailed(("for-each-ref", prefix), done.code, text_of(done.err), self.path)
        return {name: held for held, name in (line.split(" ", 1) for line in text_of(done.out).splitlines())}

    def cas(
        self, ref: str, old: str | None, new: str, reason: str = "swarm", also: Mapping[str, str] | None = None
    ) -> bool:
        """Move `ref` from `old` (None: it must not exist) to `new`; True too where it already holds `new`.

        False only where the ref really holds something else.  GitFailed when git could not try (a lock, a disk).
        `also`: refs that are set in the same step, whatever they held before, and not at all where it does not move.
        """
        expected = oid(old) if old else zero(new)
        held = [part for other, commit in (also or {}).items() for part in (f"update {other}", oid(commit), "")]
        try:
            self._update("-z", "--stdin", "-m", reason, input=join0([*held, f"update {ref}", oid(new), expected]))
        except GitFailed:
            now = self.read_ref(ref)
            if now == new:
                return True
            if now == old:
                raise
            return False
        return True

    def told(self, commit: str) -> Told | None:
        """What a commit says, from its own file or a git that stays open; None where neither can tell."""
        found = loose_commit(self.path / "objects", commit)
        return self.standing.told(commit) if found is None and self.standing is not None else found

    def remembered(self, commit: str) -> Told | None:
        """The same, read once: for ways through history, which never changes."""
        if commit not in self._told:
            told = self.told(commit)
            if told is None:
                return None
            if len(self._told) >= MOST_REMEMBERED:
                self._told.clear()
            self._told[commit] = told
        return self._told[commit]

    @cached_property
    def _told(self) -> dict[str, Told]:
        return {}

    def is_commit(self, object_id: str) -> bool:
        """Whether the hub has a commit of this id."""
        return self.told(object_id) is not None or self.kind(object_id) == "commit"

    def kind(self, object_id: str) -> str | None:
        """commit, tree, blob or tag; None where the hub has no such object."""
        done = self.git.run("cat-file", "--batch-check=%(objecttype)", input=f"{oid(object_id)}\n".encode())
        said = text_of(done.out).strip()
        return None if said.endswith("missing") else said

    def anchor(self, ref: str, commit: str) -> None:
        """Hold a commit by a ref, whatever the ref held before."""
        self.anchor_all({ref: commit})

    def anchor_all(self, held: Mapping[str, str]) -> None:
        """Set many refs, all or none, in one process."""
        parts = [part for ref, commit in held.items() for part in (f"update {ref}", oid(commit), "")]
        if parts:
            self._update("-z", "--stdin", "-m", "swarm: anchor", input=join0(parts))

    def delete_refs(self, names: Iterable[str]) -> None:
        """Delete refs, all or none, in one process; one that does not exist is deleted already."""
        parts = [part for ref in names for part in (f"delete {ref}", "")]
        if parts:
            self._update("-z", "--stdin", input=join0(parts))

    def _update(self, *args: str, input: bytes | None = None) -> None:
        past_stale_locks(self.git, lambda: self.git.run("update-ref", "--no-deref", *args, input=input))

    def pin_base(self, run: str, commit: str) -> None:
        """Hold what the run starts from."""
        self.anchor(refs.base(run), commit)


def check_whole(user: UserRepository) -> None:
    """SwarmError unless the hub can borrow the objects of this repository."""
    if user.is_partial():
        mend = "git fetch --refetch --no-filter, then unset remote.<name>.promisor and remote.<name>.partialclonefilter"
        raise SwarmError(f"{user.top} is a partial clone: objects are missing in it", mend)


def _format(config: bytes | None) -> bool:
    return b"objectformat = sha256" in (config or b"").lower()


def _remove(path: Path, wanted: bytes = b"") -> None:
    """Remove whatever is there.  Who waits at a pipe for its other end (a git of ours, maybe) reads what was wanted
    there, and goes on: once the name is gone, nobody else could let it go."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif path.is_fifo() and not path.is_symlink():
        both_ends = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            path.unlink(missing_ok=True)
            with suppress(BlockingIOError):  # more than a pipe holds
                os.write(both_ends, wanted)
        finally:
            os.close(both_ends)
    else:
        path.unlink(missing_ok=True)
