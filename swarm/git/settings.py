"""What a hub holds that is ours alone: its settings, what must never be committed, where objects are borrowed from.

Knows the user's repository and bytes; `swarm.git.hub` puts them into their places.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from swarm.files import content, write_whole
from swarm.git.command import bytes_of, text_of
from swarm.git.repository import UserRepository

_SETTINGS = b"""\
[core]
\tfsync = all
\tlogAllRefUpdates = always
[gc]
\tauto = 0
\tpruneExpire = never
\treflogExpire = never
\treflogExpireUnreachable = never
\tworktreePruneExpire = never
[maintenance]
\tauto = false
[receive]
\tautogc = false
[advice]
\tdetachedHead = false
[extensions]
\tpreciousObjects = true
[user]
\tname = swarm worker
\temail = worker@swarm
"""
# gc: what an agent leaves unreachable is still its work, and its own `git gc` must not take it.  preciousObjects: nor
# an explicit `git gc --prune=now`, which between a commit and its ref takes everybody else's newest work (git 2.5 on).
# user: an agent's environment says who it is; one that loses that must not commit as the user, or write some name here.


def kept(config: str, user: UserRepository) -> dict[str, bytes | None]:
    """The files of ours for this user's repository; `config` is what `git init` found out about the file system."""
    shallow = content(user.common_dir / "shallow") if user.is_shallow() else None
    return {
        "config": bytes_of(config) + _SETTINGS,
        "info/exclude": _excludes(user),
        "objects/info/alternates": alternate(user.objects),
        "shallow": shallow,
    }


def write_kept(directory: Path, files: Mapping[str, bytes | None]) -> None:
    for name, data in files.items():
        path = directory / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if data is None:
            path.unlink(missing_ok=True)
        elif content(path) != data:
            write_whole(path, data)


def _excludes(user: UserRepository) -> bytes:
    """What must never be committed: our door, and all that the user excludes outside the tracked .gitignore files.

    Without the user's own excludes a seal would commit the secrets and editor files that they keep out that way.
    """
    named = user.git.run("config", "-z", "--type=path", "--get", "core.excludesFile", ok=(0, 1)).out
    default = Path(os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")) / "git" / "ignore"
    theirs = user.top / text_of(named.rstrip(b"\0")) if named else default
    parts = [b"/.swarm"]
    for file in (user.common_dir / "info" / "exclude", theirs):
        with suppress(OSError):
            parts.append(file.read_bytes() if file.is_file() else b"")
    return b"\n".join([*parts, b""])


def alternate(objects: Path) -> bytes:
    """What objects/info/alternates says of one directory; git's C-style quotes are needed only for a newline in it."""
    raw = os.fsencode(objects)
    if b"\n" in raw:
        raw = b'"' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n") + b'"'
    return raw + b"\n"
