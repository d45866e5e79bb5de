"""The files of a commit written into a directory, as a checkout would write them, without being one.

Knows a commit and a place.  The directory has no `.git`, so nothing that is done there reaches a repository.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from swarm.errors import SwarmError
from swarm.git.command import Git, oid
from swarm.git.hub import Hub


def export(hub: Hub, commit: str, to: Path) -> None:
    """Write the commit's files to `to`, which must not exist: it appears by one rename, whole.

    SwarmError where it exists, or can't be made.
    """
    if os.path.lexists(to):
        raise SwarmError(f"{to} is there already", "name another directory")
    hub.restore_config()
    try:
        made = Path(tempfile.mkdtemp(prefix=f".{to.name}.", dir=to.parent))
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise SwarmError(f"{to} can't be made: {why}", "name a directory in one that is yours") from None
    umask = os.umask(0o077)
    os.umask(umask)
    made.chmod(0o777 & ~umask)  # as mkdir would have made it
    with tempfile.TemporaryDirectory(prefix="swarm-index-", dir=hub.own) as scratch:
        env = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
        git = Git(hub.path, made, hub.runner)
        git.run("read-tree", oid(commit), env=env)
        git.run("checkout-index", "-q", "-a", env=env)
    os.rename(made, to)
