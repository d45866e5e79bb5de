"""What of a run one sandboxed process sees: its worktree, a repository of its own, and nothing of anybody else's.

Shared by attempts and gates; knows neither.  Hidden are all state of swarm, its sockets, the user's checkout and their
`.git`; shown are the worktree, the cell's repository where the worktree's `.git` file leads, and, to read alone, that
file and the objects of the hub and of the repositories that it borrows from.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from swarm import sandbox
from swarm.core.plan import Fence, Sandbox, Setup
from swarm.git.cell import Cell, borrowed
from swarm.paths import RunDir, socket_dir
from swarm.sandbox import Bind
from swarm.setup import linked


def hidden(run: RunDir, checkout: Path) -> list[Path]:
    """What no sandbox of the run shows, whatever its task file lists."""
    objects = borrowed(run.home.hub / "objects", depth=1)
    return [run.home.path.parent, run.worktrees, socket_dir(run).parent, checkout, *(path.parent for path in objects)]


def check(run: RunDir, checkout: Path, wanted: Iterable[Sandbox]) -> None:
    """Try out each of these sandboxes, once.  Raises SwarmError where one can't be had."""
    for one in dict.fromkeys(wanted):
        sandbox.check(one, os.environ, hidden(run, checkout))


@dataclass(frozen=True, slots=True)
class Room:
    """The room of one attempt or gate.  `checkout` is the user's; `more` is what else is seen."""

    run: RunDir
    checkout: Path
    sandbox: Sandbox
    setup: Setup
    cell: Cell
    more: tuple[Bind, ...] = ()

    @property
    def closed(self) -> bool:
        """Whether there is a sandbox at all."""
        return self.sandbox.kind is not Fence.NONE

    def box(self) -> tuple[str, ...]:
        """The command to put before another.  Raises SwarmError where it can't be made here."""
        place = self.cell.place
        link = place.path / ".git"
        binds = [
            *self._objects(), *(Bind(path, path) for path in linked(self.checkout, self.setup)),
            Bind(place.path, place.path, write=True), Bind(link, link),
            Bind(self.cell.path, place.admin.path, write=True), *self.more,
        ]  # fmt: skip
        return sandbox.command(self.sandbox, place.path, hidden(self.run, self.checkout), binds, os.environ)

    def export_box(self, out: Path) -> tuple[str, ...]:
        """The same for the script that lists and packs what the cell holds; its answer goes into `out`."""
        place = self.cell.place
        strict = replace(self.sandbox, network=False, home=(), write=())
        binds = [*self._objects(), Bind(self.cell.path, place.admin.path, write=True), Bind(out, out, write=True)]
        return sandbox.command(strict, out, hidden(self.run, self.checkout), binds, os.environ)

    def _objects(self) -> list[Bind]:
        own = self.run.home.hub / "objects"
        return [Bind(path, path) for path in (own, *borrowed(own))]
