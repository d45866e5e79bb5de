"""The repository of a cell: what a sandboxed agent commits in, and how its work gets from there into the hub.

Inside the sandbox it lies where the worktree's `.git` file leads.  It is whole and nobody else's: objects of its own
on top of those of the hub, which are borrowed and can't be written; branches, stash, configuration and hooks of its
own.  So an agent can do whatever git can do, and none of it reaches another task's work.

Nothing in there is believed, and no git of ours outside a sandbox runs on it.  A script, in a sandbox again, lists its
refs and packs what is new; the hub takes the pack as a server takes one from a stranger (`--strict`), and then what the
worktree's own admin directory would say is made up from plain facts: ids, a name of ours, the index.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from swarm.core.plaintext import harmless
from swarm.errors import SwarmError
from swarm.files import content, make_removable, read_part, tail
from swarm.git import refs
from swarm.git.admin import Admin
from swarm.git.command import MARK, is_oid
from swarm.git.merge import is_ancestor
from swarm.git.place import Place
from swarm.process import wait_for_child
from swarm.process.boxed import Started, start

MOST_LISTED = 8 << 20
"""Bytes of the list of refs that is read: far more than anybody makes on purpose."""
LOOSE = 100
"""Objects up to which a pack is unpacked, as git's own servers do: a run has hundreds of attempts."""
DEPTH = 5
"""How many repositories may borrow from one another, as in git."""
SECONDS = 900.0
"""How long an export, and taking it over, may take."""

_OWN = b"[core]\n\tbare = false\n\tfsync = none\n"
# fsync: what lasts is what the hub takes over.

EXPORT = r"""
set -e
umask 077
exec 2>"$OUT/said"
git for-each-ref --format='%(objectname) %(refname)' >"$OUT/refs"
{
    git for-each-ref --format='%(objectname)'
    git rev-parse -q --verify 'HEAD^{commit}' || true
    for head in $HEADS; do echo "$head"; done
    git write-tree 2>/dev/null || git ls-files -u | cut -d ' ' -f 2
    echo "^$BASE"
    echo "^$BASE^{tree}"
} >"$OUT/tips"
git pack-objects -q --revs --thin --stdout <"$OUT/tips" >"$OUT/pack"
echo whole >"$OUT/whole"
"""
"""Run by sh inside; $OUT is a directory for the answer."""



def _user(author: tuple[str, str] | None) -> bytes:
    if author is None:
        return b""
    name, address = (one.replace("\\", "\\\\").replace('"', '\\"') for one in author)
    return f'[user]\n\tname = "{name}"\n\temail = "{address}"\n'.encode()


Boxed = Callable[[Path], Sequence[str]]
"""The command of a sandbox in which the cell is seen and the given directory can be written."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The repository at `path`, for the work that is done in `place`."""

    path: Path
    place: Place

    def make(self, head: str, commit: str, author: tuple[str, str] | None = None) -> None:
        """Make it anew, with HEAD (a full ref or a commit) at `commit` and the worktree's index.  `author`: name and
        address of whoever commits there."""
        self.remove()
        for name in ("objects/info", "objects/pack", "refs/heads", "refs/tags", "info", "logs"):
            (self.path / name).mkdir(mode=0o700, parents=True)
        keep = self.place.hub.own / "keep"
        files = {
            "HEAD": f"{head}\n".encode() if is_oid(head) else f"ref: {head}\n".encode(),
            "config": (content(keep / "config") or b"") + _OWN + _user(author),
            "objects/info/alternates": os.fsencode(self.place.hub_path / "objects") + b"\n",
            "info/exclude": content(keep / "info/exclude"),
            "shallow": content(keep / "shallow"),
            "index": content(self.place.admin.path / "index"),
        }
        if not is_oid(head):
            files[head] = f"{commit}\n".encode()
        for name, data in files.items():
            if data is not None:
                (self.path / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                (self.path / name).write_bytes(data)

    def remove(self) -> None:
        """Delete it; what an agent made of it may be unwritable."""
        if self.path.exists():
            make_removable(self.path)
            shutil.rmtree(self.path)

    def take_over(self, branch: str, base: str, boxed: Boxed) -> None:
        """Bring what was committed and staged here into the hub, and have the worktree's admin directory say it.

        May be killed at any point and run again.  SwarmError where git can't read the cell or the hub refuses what is
        in it; then nothing has changed but that the hub may hold more objects.
        """
        if not self.path.is_dir():
            return
        mine = Admin(self.path)
        with tempfile.TemporaryDirectory(prefix="export-", dir=self.path.parent, ignore_cleanup_errors=True) as scratch:
            out = Path(scratch)
            self._export(out, base, [head for head in mine.heads() if is_oid(head)], boxed(out))
            self._feed(out / "pack")
            found = _listed(out / "refs")
        self._adopt(branch, found, mine)

    def _export(self, out: Path, base: str, heads: list[str], box: Sequence[str]) -> None:
        plain = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "GIT_NO_REPLACE_OBJECTS": "1"}
        asked = {"OUT": str(out), "BASE": base, "HEADS": " ".join(heads), "GIT_DIR": str(self.place.admin.path)}
        env, said = {**plain, **asked, MARK: str(self.path)}, self.path.with_name("export.log")
        code = _end(start(["/bin/sh", "-c", EXPORT], env=env, cwd=self.place.path, stdout=said, box=box))
        if code != 0 or content(out / "whole") is None:
            last = (tail(out / "said", 2000) or tail(said, 2000)).strip().splitlines() or [f"status {code}"]
            raise SwarmError(f"the repository of its sandbox can't be read: {harmless(last[-1])[:300]}")

    def _feed(self, pack: Path) -> None:
        """Have the hub take a pack, checking every object and link in it."""
        count = int.from_bytes(read_part(pack, 8, 4))  # a link or a pipe in its place reads as nothing
        if count == 0:
            return
        command = ("unpack-objects", "-q") if count <= LOOSE else ("index-pack", "--stdin", "--fix-thin")
        git, said = self.place.hub.git, self.path.with_name("unpack.log")
        argv = git.argv(*command, "--strict")
        if _end(start(argv, env=git.environ(), cwd=self.place.hub_path, stdin=pack, stdout=said)) != 0:
            last = tail(said, 2000).strip().splitlines() or ["nothing was said"]
            raise SwarmError(f"the hub refused what was committed in the sandbox: {harmless(last[-1])[:300]}")

    def _adopt(self, branch: str, found: dict[str, str], mine: Admin) -> None:
        place, own = self.place, f"{refs.HEADS}{branch}"
        head = mine.head()
        at = head if is_oid(head) else found.get(head)
        tip = found.get(own)
        before = place.hub.read_ref(own)
        if tip and tip != before and not (before and is_ancestor(place.hub, tip, before)):
            if before and not is_ancestor(place.hub, before, tip):
                place.hold(refs.rescue_of_branch(branch), before)
            place.hub.anchor(own, tip)
        if head != own and at:
            place.git.run("update-ref", "--no-deref", "HEAD", at)
        for held in dict.fromkeys([*found.values(), *mine.heads()]):
            if held != at and place.only_here(held):
                place.hold(refs.rescue_of_branch(branch), held)
        place.admin.adopt(mine)


def _end(started: Started) -> int:
    """Its exit code; it is killed when it takes too long."""
    if not wait_for_child(started.who.pid, SECONDS):
        started.kill()
    return started.reap()


def borrowed(objects: Path, depth: int = DEPTH) -> list[Path]:
    """The object directories that this one borrows from, at any depth.  Their lists are read as git reads them."""
    found: list[Path] = []
    for line in (content(objects / "info/alternates") or b"").splitlines():
        if depth and line and not line.startswith((b"#", b'"')):
            other = Path(os.path.normpath(objects / os.fsdecode(line)))
            found += [other, *borrowed(other, depth - 1)]
    return found


def _listed(path: Path) -> dict[str, str]:
    """Refs and what they hold."""
    data = read_part(path, 0, MOST_LISTED + 1)
    if len(data) > MOST_LISTED:
        raise SwarmError("the repository of its sandbox holds too many refs")
    pairs = (line.partition(" ") for line in data.decode("utf-8", "surrogateescape").splitlines())
    return {name: held for held, _, name in pairs if is_oid(held)}
