"""The host of the default pool: each worker's program lives in a window of the run's private tmux server.

Knows windows, not attempts.  A window whose program is gone is replaced; a server that is gone is started again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from swarm.errors import SwarmError
from swarm.executors.invocation import worker_argv, worker_env
from swarm.paths import RunDir, socket_dir
from swarm.process import alive, identity
from swarm.tmux.pane import Pane
from swarm.tmux.server import TmuxServer


@dataclass(slots=True)
class TmuxHost:
    """The panes of one run."""

    run: RunDir
    environ: Mapping[str, str]
    server: TmuxServer = field(init=False)

    def __post_init__(self) -> None:
        self.server = TmuxServer(socket_dir(self.run), self.run.name)

    def ensure(self, worker: str) -> str:
        """Have a pane in which the worker's program runs; its id (`%3`)."""
        self.server.ensure()
        panes = self.server.panes()
        if panes is None:  # unknown is not "none": a second window would hide the first
            raise SwarmError("tmux does not say which panes there are", "look at `swarm doctor`")
        pane = panes.get(worker)
        if pane is not None:
            if _runs(pane):
                return pane.id
            self.server.close(pane)
        opened = self.server.open_window(
            worker, worker_argv(self.run, worker), worker_env(self.environ), self.run.worktrees
        )
        return opened.id

    def attach(self, worker: str) -> list[str] | None:
        """The command that shows the worker's pane in this terminal."""
        pane = (self.server.panes() or {}).get(worker)
        return self.server.attach_argv(pane) if pane else None

    def shutdown(self) -> None:
        """End the private server and its panes."""
        self.server.kill()


def _runs(pane: Pane) -> bool:
    who = identity(pane.pid)
    return who is not None and alive(who)
