"""What can be mended in a hub in which nobody works: locks of killed git commands, a lost HEAD, damaged objects.

Knows git's layout; whether anybody works there is for the caller to know.  Nothing is mended by a guess: an object is
taken from the user's repository or stays as it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from swarm.files import content, free_name, write_whole
from swarm.git.command import is_oid, text_of
from swarm.git.hub import Hub
from swarm.git.repository import UserRepository

HEAD = b"ref: refs/heads/swarm-none\n"
"""As `Hub.create` makes it: a branch that never exists."""

FSCK_SECONDS = 120.0


def locks(hub: Hub) -> list[Path]:
    """Lock files of git commands, living or dead, in the hub and the admin directories of its worktrees."""
    places = [hub.path, hub.path / "info", hub.path / "objects" / "info", *hub.worktrees.glob("*")]
    found = [lock for place in places if place.is_dir() for lock in place.glob("*.lock")]
    return sorted([*found, *_below(hub.path / "refs"), *_below(hub.path / "logs")])


def _below(top: Path) -> Iterator[Path]:
    for directory, _, names in os.walk(top):
        yield from (Path(directory) / name for name in names if name.endswith(".lock"))


def lost_head(hub: Hub) -> bool:
    """Whether HEAD is missing or damaged in what is a hub otherwise; git takes it for no repository then."""
    is_hub = hub.own.is_dir() and (hub.path / "objects").is_dir()
    return is_hub and not (content(hub.path / "HEAD") or b"").startswith(b"ref: refs/")


def restore_head(hub: Hub) -> None:
    """Write it as it was made."""
    (hub.path / "refs").mkdir(exist_ok=True)
    write_whole(hub.path / "HEAD", HEAD)


def damage(hub: Hub) -> list[str]:
    """What git finds wrong with the hub's own objects and what its refs lead to; [] where all is well."""
    command = ("fsck", "--no-full", "--no-dangling", "--no-progress")
    done = hub.git.run(*command, ok=tuple(range(129)), timeout=FSCK_SECONDS)
    lines = text_of(done.out + done.err).splitlines()
    return [line for line in lines if line.startswith(("error:", "missing ", "broken ", "fatal:"))] if done.code else []


def mend_objects(hub: Hub, user: UserRepository, found: list[str]) -> int:
    """Take damaged and missing objects from the user's repository, as far as it has them whole; how many.

    A damaged file is moved to `broken/`, not deleted.
    """
    named = {word.strip("',:.") for line in found for word in line.replace("/", " ").split()}
    files = {word for line in found for word in _loose_names(line)}
    mended = 0
    for one in sorted(word for word in named | files if is_oid(word)):
        kind = user.git.run("cat-file", "-t", one, ok=(0, 1, 128))
        if kind.code:
            continue
        data = user.git.run("cat-file", text_of(kind.out).strip(), one).out
        loose = hub.path / "objects" / one[:2] / one[2:]
        if loose.exists():
            aside = hub.own / "broken"
            aside.mkdir(exist_ok=True)
            loose.rename(free_name(aside / one))
        hub.git.run("hash-object", "-w", "-t", text_of(kind.out).strip(), "--stdin", input=data)
        mended += 1
    return mended


def _loose_names(line: str) -> Iterator[str]:
    """Ids in the paths of loose objects: objects/ab/cdef…"""
    parts = line.replace(":", " ").replace("'", " ").split()
    for part in parts:
        pieces = part.split("/")
        if len(pieces) > 1 and len(pieces[-2]) == 2:
            yield pieces[-2] + pieces[-1]
