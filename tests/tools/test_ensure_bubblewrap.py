"""tools/ensure-bubblewrap.sh on other machines than this: PATH holds only stand-ins that note how they were called."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "ensure-bubblewrap.sh"
MANAGER = 'echo "$@" >>"$CALLS"'


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A directory for PATH with the few tools that any machine has."""
    place = tmp_path / "bin"
    place.mkdir()
    for name in ("sh", "env", "dirname", "cat"):
        (place / name).symlink_to(shutil.which(name) or "")
    return place


def run(machine: Path, tools: Mapping[str, str]) -> tuple[int, str, list[str]]:
    """Exit code, standard error, and the calls of the package manager."""
    calls = machine.parent / "calls"
    for name, body in tools.items():
        (machine / name).write_text(f"#!/bin/sh\n{body}\n")
        (machine / name).chmod(0o755)
    done = subprocess.run(
        ["sh", str(SCRIPT)], env={"PATH": str(machine), "CALLS": str(calls)}, capture_output=True, text=True
    )
    return done.returncode, done.stderr, calls.read_text().splitlines() if calls.exists() else []


def test_one_that_is_there_is_left_alone(machine: Path) -> None:
    assert run(machine, {"bwrap": "exit 0", "apt-get": MANAGER, "id": "echo 0"}) == (0, "", [])


def test_it_is_installed_where_that_is_allowed(machine: Path) -> None:
    code, _, calls = run(machine, {"apt-get": MANAGER, "id": "echo 0"})
    assert (code, calls[-1]) == (0, "install -y --no-install-recommends bubblewrap")


def test_where_it_is_not_allowed_the_command_is_told_and_nothing_fails(machine: Path) -> None:
    code, said, calls = run(machine, {"apt-get": MANAGER, "id": "echo 1000", "sudo": "exit 1"})
    assert (code, calls) == (0, [])
    assert "type: sudo apt-get install -y --no-install-recommends bubblewrap" in said
