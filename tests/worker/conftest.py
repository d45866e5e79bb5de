"""The world that the tests of the worker share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from worker_world import WorkerWorld, worker_world


@pytest.fixture
def place(repo: Path, tmp_path: Path) -> Iterator[WorkerWorld]:
    """A worker's world; whatever program the test began is ended with it."""
    found = worker_world(repo, tmp_path)
    try:
        yield found
    finally:
        found.end()
