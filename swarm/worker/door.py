"""The door in a worktree: `.swarm/inbox/<name>/` takes files for others, `.swarm/inbox/self/` holds what came.

Any shell is a client: `echo text > .swarm/inbox/worker-2/note.txt` sends, `cat .swarm/inbox/self/*` reads.  The
directory ignores itself, and holds nothing but links, so an agent's `git clean` costs nothing.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from inbox.drops import SETTLE_NS, DropBox
from inbox.message import Rejected
from swarm.paths import DOOR, MailDir
from swarm.worker.post import Post

SELF = "self"


def hang(worktree: Path, mail: MailDir) -> None:
    """Make the door in a worktree, or make it again."""
    door = worktree / DOOR
    if door.is_symlink() or (door.exists() and not door.is_dir()):
        door.unlink()
    door.mkdir(mode=0o700, exist_ok=True)
    (door / ".gitignore").write_text("*\n")
    _link(door / "inbox", mail.drops)


def make_drops(mail: MailDir, names: list[str]) -> None:
    """Make the directories into which the owner of this mail can drop files for others."""
    mail.drops.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in names:
        (mail.drops / name).mkdir(mode=0o700, exist_ok=True)
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

    def paths(self) -> list[Path]:
        """The directories to be watched."""
        return [self._mail.drops / name for name in self._names()]

    def collect(self, post: Post) -> bool:
        """Send what was dropped and has settled.  True while something is still growing."""
        unsettled = False
        for name in self._names():
            box = self._boxes.setdefault(name, DropBox(self._mail.drops / name, self._mail.outbox / "bad"))
            for dropped in box.collect(SETTLE_NS, time.time_ns()):
                with suppress(Rejected):
                    post.note(dropped.message(self._mail.owner, name))
                box.remove(dropped)
            unsettled = unsettled or box.unsettled
        return unsettled

    def _names(self) -> list[str]:
        with suppress(FileNotFoundError):
            return sorted(entry.name for entry in os.scandir(self._mail.drops) if entry.is_dir(follow_symlinks=False))
        return []
