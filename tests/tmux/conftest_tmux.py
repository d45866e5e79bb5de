"""A real tmux server on a private socket, and a program for its panes that tells what reached it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from swarm.process import alive, identity
from swarm.tmux.pane import Pane
from swarm.tmux.server import TmuxServer

T = TypeVar("T")

TELL = """
import json, os, signal, sys
told = {"argv": sys.argv[2:], "env": dict(os.environ), "cwd": os.getcwd(), "pid": os.getpid()}
with open(sys.argv[1] + ".tmp", "w") as out:
    json.dump(told, out)
os.rename(sys.argv[1] + ".tmp", sys.argv[1])
signal.pause()
"""


@pytest.fixture
def server(world: Path) -> Iterator[TmuxServer]:
    """A server that isn't started yet; it is ended after the test."""
    here = TmuxServer(world / "rt" / "run", "add-auth")
    yield here
    here.kill()


def wait_for(look: Callable[[], T], seconds: float = 20.0) -> T:
    """The first truthy answer; a failed test where none comes in time."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)  # what is waited for is tmux's own doing, and it tells nobody
    return seen


def has_ended(pane: Pane) -> bool:
    """Whether the pane's program is over, as the kernel tells it."""
    who = identity(pane.pid)
    return who is None or not alive(who)


@dataclass(frozen=True)
class Stage:
    """Opens windows with the telling program and reads what it told."""

    server: TmuxServer
    notes: Path

    def open(
        self, name: str, words: Sequence[str] = (), env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> Pane:
        note = str(self.notes / name)
        return self.server.open_window(
            name, [sys.executable, "-c", TELL, note, *words], env or {}, cwd or self.notes
        )

    def told(self, name: str) -> dict[str, Any]:
        """What the program in that window was given: argv, env, cwd, pid."""
        note = self.notes / name
        wait_for(note.exists)
        return dict(json.loads(note.read_text()))


@pytest.fixture
def stage(server: TmuxServer, tmp_path: Path) -> Stage:
    """A running server with the telling program at hand."""
    server.ensure()
    return Stage(server, tmp_path)
