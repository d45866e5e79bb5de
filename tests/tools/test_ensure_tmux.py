"""tools/ensure-tmux.sh on other machines than this: PATH holds only stand-ins that note how they were called."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from bare_machine import Machine

SCRIPT = Path(__file__).parents[2] / "tools" / "ensure-tmux.sh"
ROOT = {"id": "echo 0"}
USER = {"id": "echo 1000", "sudo": "exit 1"}
SUDOER = {"id": "echo 1000", "sudo": 'shift; [ "$1" = true ] || exec "$@"'}


def run(machine: Machine, tools: Mapping[str, str]) -> tuple[int, str, list[str]]:
    return machine.run(SCRIPT, tools)


def manager(installs: str = "3.3a") -> str:
    """A package manager that notes its arguments and, asked to install, puts a tmux of that version on PATH."""
    tmux = f'printf \'#!/bin/sh\\necho tmux {installs}\\n\' >"$PATH/tmux"; chmod 755 "$PATH/tmux"'
    return f'echo "$@" >>"$CALLS"\ncase "$*" in *tmux*) {tmux} ;; esac'


@pytest.mark.parametrize("version", ["tmux 3.0", "tmux 3.3a", "tmux next-3.6", "tmux 10.1", "tmux openbsd-7.4"])
def test_a_recent_tmux_is_left_alone(machine: Machine, version: str) -> None:
    assert run(machine, {"tmux": f"echo {version}", "apt-get": manager(), **ROOT}) == (0, "", [])


@pytest.mark.parametrize("rights", [ROOT, SUDOER], ids=["root", "sudo"])
def test_it_is_installed_where_that_is_allowed(machine: Machine, rights: dict[str, str]) -> None:
    code, _, calls = run(machine, {"apt-get": manager(), **rights})
    assert (code, calls) == (0, ["update -qq", "install -y --no-install-recommends tmux"])


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("apt-get", "sudo apt-get install -y --no-install-recommends tmux"),
        ("dnf", "sudo dnf install -y tmux"),
        ("pacman", "sudo pacman -S --noconfirm tmux"),
        ("apk", "sudo apk add tmux"),
        ("zypper", "sudo zypper --non-interactive install tmux"),
    ],
)
def test_else_one_line_says_what_to_type(machine: Machine, name: str, command: str) -> None:
    code, said, calls = run(machine, {name: manager(), **USER})
    assert (code, said, calls) == (1, f"tmux (3.0 or later) is missing, type: {command}\n", [])


def test_brew_needs_no_rights(machine: Machine) -> None:
    code, _, calls = run(machine, {"brew": manager(), **USER})
    assert (code, calls) == (0, ["install tmux"])


def test_no_package_manager_is_said(machine: Machine) -> None:
    code, said, _ = run(machine, ROOT)
    assert code == 1
    assert "no package manager was found: install tmux" in said


def test_an_install_that_fails_names_the_command(machine: Machine) -> None:
    code, said, _ = run(machine, {"dnf": "exit 1", **ROOT})
    assert code == 1
    assert said.endswith("could not be installed, type: dnf install -y tmux\n")


def test_a_system_with_an_old_tmux_only_is_refused(machine: Machine) -> None:
    code, said, _ = run(machine, {"tmux": "echo tmux 2.8", "apk": manager(installs="2.9"), **ROOT})
    assert code == 1
    assert "this is tmux 2.8" in said
    assert "older than 3.0" in said
