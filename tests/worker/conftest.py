"""The world that the tests of the worker share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Desk
from worker_world import WorkerWorld, worker_world

from swarm.executors.tmux import TmuxHost


@pytest.fixture
def place(repo: Path, tmp_path: Path) -> Iterator[WorkerWorld]:
    """A worker's world; whatever program the test began is ended with it."""
    found = worker_world(repo, tmp_path)
    try:
        yield found
    finally:
        found.end()


@pytest.fixture
def desk(place: WorkerWorld, tmp_path: Path) -> Iterator[Desk]:
    """A worker in a pane."""
    found = Desk(place, TmuxHost(place.run, os.environ), tmp_path / "notes")
    try:
        yield found
    finally:
        found.end()
