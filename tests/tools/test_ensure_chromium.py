"""tools/ensure-chromium.sh on other machines than this: PATH holds only stand-ins that note how they were called."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from bare_machine import Machine

SCRIPT = Path(__file__).parents[2] / "tools" / "ensure-chromium.sh"
MANAGER = 'echo "$@" >>"$CALLS"'


def run(machine: Machine, tools: Mapping[str, str]) -> tuple[int, str, list[str]]:
    return machine.run(SCRIPT, tools)


@pytest.mark.parametrize("name", ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"])
def test_one_that_is_there_is_left_alone(machine: Machine, name: str) -> None:
    assert run(machine, {name: "exit 0", "apt-get": MANAGER, "id": "echo 0"}) == (0, "", [])


@pytest.mark.parametrize(
    ("manager", "expected"),
    [
        ("apt-get", "install -y --no-install-recommends chromium-headless-shell"),
        ("dnf", "install -y chromium"),
        ("apk", "add chromium"),
    ],
)
def test_it_is_installed_where_that_is_allowed(machine: Machine, manager: str, expected: str) -> None:
    code, _, calls = run(machine, {manager: MANAGER, "id": "echo 0"})
    assert (code, calls[-1]) == (0, expected)


def test_where_it_is_not_allowed_the_command_is_told_and_nothing_fails(machine: Machine) -> None:
    code, said, calls = run(machine, {"apt-get": MANAGER, "id": "echo 1000", "sudo": "exit 1"})
    assert (code, calls) == (0, [])
    assert "type: sudo apt-get install -y --no-install-recommends chromium-headless-shell" in said


def test_a_registry_that_fails_stops_nothing(machine: Machine) -> None:
    code, said, _ = run(machine, {"apt-get": "exit 100", "id": "echo 0"})
    assert code == 0 and "could not be installed" in said
