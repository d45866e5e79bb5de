"""tools/ensure-bubblewrap.sh on other machines than this: PATH holds only stand-ins that note how they were called."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bare_machine import Machine

SCRIPT = Path(__file__).parents[2] / "tools" / "ensure-bubblewrap.sh"
MANAGER = 'echo "$@" >>"$CALLS"'


def run(machine: Machine, tools: Mapping[str, str]) -> tuple[int, str, list[str]]:
    return machine.run(SCRIPT, tools)


def test_one_that_is_there_is_left_alone(machine: Machine) -> None:
    assert run(machine, {"bwrap": "exit 0", "apt-get": MANAGER, "id": "echo 0"}) == (0, "", [])


def test_it_is_installed_where_that_is_allowed(machine: Machine) -> None:
    code, _, calls = run(machine, {"apt-get": MANAGER, "id": "echo 0"})
    assert (code, calls[-1]) == (0, "install -y --no-install-recommends bubblewrap")


def test_where_it_is_not_allowed_the_command_is_told_and_nothing_fails(machine: Machine) -> None:
    code, said, calls = run(machine, {"apt-get": MANAGER, "id": "echo 1000", "sudo": "exit 1"})
    assert (code, calls) == (0, [])
    assert "type: sudo apt-get install -y --no-install-recommends bubblewrap" in said
