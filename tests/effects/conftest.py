"""The world that the tests of effects share."""

from __future__ import annotations

from pathlib import Path

import pytest
from effects_world import EffectsWorld, effects_world


@pytest.fixture
def effects(repo: Path, tmp_path: Path) -> EffectsWorld:
    """A repository with its hub and a prover."""
    return effects_world(repo, tmp_path)
