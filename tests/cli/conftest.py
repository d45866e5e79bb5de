"""What the tests of the verbs that show a pane share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from look_world import MadeRun
from seat import Seat

from swarm.paths import socket_dir
from swarm.tmux.pane import Pane
from swarm.tmux.server import TmuxServer


@pytest.fixture
def server(made: MadeRun) -> Iterator[TmuxServer]:
    found = TmuxServer(socket_dir(made.dir), made.dir.name)
    yield found
    found.kill()


@pytest.fixture
def pane(server: TmuxServer, tmp_path: Path) -> Pane:
    """The pane of worker-1, in which a program echoes what is typed."""
    server.ensure()
    return server.open_window("worker-1", ["/bin/sh", "-c", "echo the worker speaks; exec cat"], {}, tmp_path)


@pytest.fixture
def terminal(world: Path, repo: Path) -> Iterator[Seat]:
    found = Seat(world / "rt" / "outer.sock", repo)
    yield found
    found.close()
