"""One worker's pane as tmux tells of it, and the format that asks for it.  Pure.

Knows no server.  A pane is addressed by its `%id` only, since tmux matches names by prefix, and is ours only if it
carries the user option `@swarm_worker`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from swarm.core.plan import ID_PATTERN

MARK = "@swarm_worker"
ASK = f"#{{pane_id}} #{{pane_pid}} #{{window_id}} #{{{MARK}}}"


@dataclass(frozen=True, slots=True)
class Pane:
    """Where a worker shows.  `id` is tmux's %number, `window` its @number, `pid` the program's."""

    worker: str
    id: str
    pid: int
    window: str

    @classmethod
    def parse(cls, line: str) -> Pane | None:
        """A line that `ASK` printed; None for a pane that isn't ours."""
        words = line.split(" ")
        return cls(words[3], words[0], int(words[1]), words[2]) if len(words) == 4 and words[3] else None


def by_worker(lines: Iterable[str]) -> dict[str, Pane]:
    """Each worker's pane.  Viewers share windows, so a pane may be told of often; of two the newer counts."""
    found: dict[str, Pane] = {}
    for pane in filter(None, map(Pane.parse, lines)):
        known = found.get(pane.worker)
        if known is None or int(pane.id[1:]) > int(known.id[1:]):
            found[pane.worker] = pane
    return found


def checked_name(name: str) -> str:
    """A name that tmux reads as nothing but a name; ValueError else."""
    if not ID_PATTERN.match(name):
        raise ValueError(f"not a name: {name!r}")
    return name


def checked_id(pane_id: str) -> str:
    """A pane's address that is nothing else; ValueError else."""
    if not re.fullmatch(r"%\d+", pane_id):
        raise ValueError(f"not a pane: {pane_id!r}")
    return pane_id
