"""The world that the tables of attacks share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from attack_world import Ground


@pytest.fixture
def ground(repo: Path, tmp_path: Path, world: Path) -> Iterator[Ground]:
    """A repository in which a run may be attacked; whatever lives at the end is ended."""
    found = Ground(repo, tmp_path, world)
    try:
        yield found
    finally:
        found.end()
