"""The world that the tests of the leader share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from leader_world import LeaderWorld


@pytest.fixture
def world_of_runs(repo: Path, tmp_path: Path) -> Iterator[LeaderWorld]:
    """A repository in which a run may be started; whatever runs at the end is ended."""
    found = LeaderWorld(repo, tmp_path)
    try:
        yield found
    finally:
        found.end()
