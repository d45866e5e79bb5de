"""A run on the disk, for the tests of the board."""

from __future__ import annotations

from pathlib import Path

import pytest
from simulated import SHOWN, Run, plan, showcase, shown_fate

from swarm.paths import RunDir


@pytest.fixture
def run_dir(tmp_path: Path) -> RunDir:
    return RunDir(tmp_path / "runs" / "add-auth")


@pytest.fixture
def run(run_dir: RunDir) -> Run:
    """A run with something in every column."""
    return showcase(Run.written(run_dir.journal, plan(SHOWN, 4), shown_fate))
