"""The door in a worktree: `.swarm/inbox/<name>/` takes files for others, `.swarm/inbox/self/` holds what came.

Any shell is a client: `echo text > .swarm/inbox/worker-2/note.txt` sends, `cat .swarm/inbox/self/*` reads.  The
directory ignores itself, and holds nothing but links, so an agent's `git clean` costs nothing.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

from inbox.drops import SETTLE_NS, DropBox
from inbox.message import Rejected
from swarm.errors import SwarmError
from swarm.files import directory, free_name
from swarm.paths import DOOR, MailDir
from swarm.worker.post import Post

SELF = "self"
LINKS = ("inbox", "worktrees")
IGNORE, IGNORES_ALL = ".gitignore", b"*\n"


def check_door(checkout: Path) -> None:
    """SwarmError when something that is not our door stands in its place: a person's own files are not taken down."""
    door = checkout / DOOR
    if not os.path.lexists(door):
        return
    if door.is_symlink() or not door.is_dir() or not all(_is_ours(entry) for entry in list(door.iterdir())):
        way_out = f"that name is ours; move yours away: mv {DOOR} …"
        raise SwarmError(f"{door} is not the door that swarm hangs there", way_out)


def take_down(checkout: Path) -> None:
    """Remove the door, links and all; a person's own `.swarm` is left alone."""
    door = checkout / DOOR
    if door.is_symlink() or not door.is_dir() or not all(_is_ours(entry) for entry in list(door.iterdir())):
        return
    for entry in list(door.iterdir()):
        entry.unlink()
    door.rmdir()


def _is_ours(entry: Path) -> bool:
    """Also a file whose contents were lost with the power, or that a killed program never came to write."""
    if entry.name == IGNORE:
        return entry.is_file() and not entry.is_symlink() and not entry.read_bytes().strip(IGNORES_ALL + b"\0")
    return entry.name in LINKS and entry.is_symlink()


def hang(worktree: Path, mail: MailDir, more: Mapping[str, Path] = MappingProxyType({})) -> None:
    """Make the door in a worktree, or make it again; `more` links go beside the inbox.  What stands in the way, by an
    agent's doing, is moved to the owner's mail directory; in a person's checkout ask `check_door` first."""
    door, aside = worktree / DOOR, mail.path / "displaced"
    if door.is_symlink() or not door.is_dir():
        _displace(door, aside)
    door.mkdir(mode=0o700, exist_ok=True)
    for name in (IGNORE, LINKS[0], *more):
        if not _is_ours(door / name):
            _displace(door / name, aside)
    _ignore_itself(door / IGNORE)
    for name, target in {LINKS[0]: mail.drops, **more}.items():
        _link(door / name, target)


def _ignore_itself(path: Path) -> None:
    """Have the ignore file whole, and on the disk: without it the door would stand in a person's `git status`."""
    if path.exists() and path.read_bytes() == IGNORES_ALL:
        return
    with path.open("wb") as file:
        file.write(IGNORES_ALL)
        file.flush()
        os.fsync(file.fileno())


def _displace(path: Path, aside: Path) -> None:
    """Move what is there out of the way, whatever it is."""
    if os.path.lexists(path):
        directory(aside)
        shutil.move(path, free_name(aside / path.name))


def make_drops(mail: MailDir, names: list[str]) -> None:
    """Make the directories into which the owner of this mail can drop files for others."""
    directory(mail.drops)
    for name in names:
        directory(mail.drops / name)
    _link(mail.drops / SELF, mail.inbox / "new")


def _link(path: Path, target: Path) -> None:
    if path.is_symlink() and os.readlink(path) == str(target):
        return
    with suppress(FileNotFoundError):
        path.unlink()
    path.symlink_to(target)


class Doors:
    """All drop directories of one owner."""

    def __init__(self, mail: MailDir) -> None:
        self._mail = mail
        self._boxes: dict[str, DropBox] = {}
        self._known = self._names()

    def restore(self) -> None:
        """Make the directories again that were there at first, where an agent has removed them."""
        if not set(self._known) <= set(self._names()):
            make_drops(self._mail, self._known)

    def paths(self) -> list[Path]:
        """The directories to be watched."""
        return [self._mail.drops / name for name in self._names()]

    def collect(self, post: Post) -> bool:
        """Send what was dropped and has settled.  True while something is still growing."""
        unsettled = False
        for name in self._names():
            box = self._box(name)
            for dropped in box.collect(SETTLE_NS, time.time_ns()):
                with suppress(Rejected):
                    post.note(dropped.message(self._mail.owner, name))
                box.remove(dropped)
            unsettled = unsettled or box.unsettled
        return unsettled

    def _box(self, name: str) -> DropBox:
        if name not in self._boxes:
            self._boxes[name] = DropBox(self._mail.drops / name, self._mail.outbox / "bad")
        return self._boxes[name]

    def _names(self) -> list[str]:
        with suppress(FileNotFoundError):
            return sorted(entry.name for entry in os.scandir(self._mail.drops) if entry.is_dir(follow_symlinks=False))
        return []
