"""The hub: what killed git commands and interrupted clean-ups have left in it, and whether its objects are whole.

Looks alone; what is mended is ours, safe, and done only while nobody works in the repository.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from swarm import lease
from swarm.cli import strays
from swarm.cli.diskuse import usage
from swarm.cli.health.finding import Finding, fail, ok, warn
from swarm.core.units import size_text
from swarm.core.words import some
from swarm.git.admin import Admin
from swarm.git.command import printable
from swarm.git.hub import Hub
from swarm.git.library import library
from swarm.git.mend import damage, locks, lost_head, mend_objects, restore_head
from swarm.git.repository import UserRepository
from swarm.paths import Home

FIX = "swarm doctor --fix"


def hub(home: Home, user: UserRepository, *, deep: bool) -> Iterator[Finding]:
    """Everything about the hub of a repository; nothing where there is none.  `deep`: read its objects, too."""
    found = Hub(home.hub, library)
    yield from _remains(home)
    if not found.path.exists():
        return
    if lost_head(found):
        yield fail("hub", "its HEAD is gone, so that git takes it for no repository", FIX, partial(restore_head, found))
        if not deep:
            return
    broken = [path.name for path in sorted(found.worktrees.glob("*")) if not Admin(path).is_whole()]
    if broken:
        yield warn("hub", f"half-made worktrees: {some(broken)}", FIX, found.mend_worktrees)
    left = locks(found)
    if left and not strays.of_home(home) and not _at_work(home):
        names = some([str(path.relative_to(found.path)) for path in left])
        yield warn("hub", f"locks of git commands that are no more: {names}", FIX, partial(_unlock, left))
    if deep:
        yield _objects(found, user)


def _at_work(home: Home) -> bool:
    """Whether some worker lives: its agent may start a git at any moment."""
    return any(lease.is_held(lock) for lock in home.path.glob("runs/*/mail/*/lock"))


def _remains(home: Home) -> Iterator[Finding]:
    """What is half made or half removed."""
    if home.gone.exists():
        text = f"a clean-up was interrupted ({size_text(usage(home.gone))})"
        yield warn("hub", text, FIX, partial(shutil.rmtree, home.gone))
    making = [*home.path.glob(".making-*")]
    if making:
        yield warn("hub", "a start was interrupted while it made the hub", FIX, partial(_remove, making))


def _objects(found: Hub, user: UserRepository) -> Finding:
    wrong = damage(found)
    if not wrong:
        return ok("objects", "git fsck finds nothing wrong in the hub")
    way_out = f"git -C {found.path} fsck   names them; swarm rescue brings back what can still be read"
    text = f"{len(wrong)} damaged or missing: {printable(wrong[0])}"
    return fail("objects", text, way_out, partial(_rebuild, found, user, wrong))


def _rebuild(found: Hub, user: UserRepository, wrong: list[str]) -> bool:
    mend_objects(found, user, wrong)
    return not damage(found)


def _unlock(left: list[Path]) -> None:
    for path in left:
        path.unlink(missing_ok=True)


def _remove(paths: list[Path]) -> None:
    for path in paths:
        shutil.rmtree(path)
