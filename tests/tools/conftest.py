"""Machines of our own making, for the tests of what installs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from bare_machine import TOOLS, Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with the few tools that any has."""
    place = tmp_path / "bin"
    place.mkdir()
    for name in TOOLS:
        (place / name).symlink_to(shutil.which(name) or "")
    return Machine(place)
