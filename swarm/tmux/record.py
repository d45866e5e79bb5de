"""Which process the server is, written beside its socket, so that it is found when the socket is lost.

Knows nothing of tmux.  It is read by whoever comes next, perhaps after a crash: what isn't legible counts as missing.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from swarm.process import Identity


def write(path: Path, who: Identity) -> None:
    """Write it down, whole or not at all.  Not synced: after a power loss there is no server either."""
    fresh = path.with_name(path.name + ".tmp")
    fresh.write_text(json.dumps(asdict(who)))
    fresh.replace(path)


def read(path: Path) -> Identity | None:
    """What was written; None where nothing legible is.  The process may have ended since."""
    try:
        seen = json.loads(path.read_text())
        return Identity(int(seen["pid"]), None if seen["start"] is None else int(seen["start"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
