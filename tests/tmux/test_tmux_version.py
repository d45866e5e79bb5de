from __future__ import annotations

from pathlib import Path

import pytest

from swarm.errors import SwarmError
from swarm.tmux.version import check_version, version


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose PATH holds nothing yet."""
    place = tmp_path / "bin"
    place.mkdir()
    monkeypatch.setenv("PATH", str(place))
    return place


def install(machine: Path, name: str, answer: str) -> None:
    (machine / name).write_text(f"#!/bin/sh\necho '{answer}'\n")
    (machine / name).chmod(0o755)


@pytest.mark.parametrize(
    ("answer", "numbers"),
    [("tmux 3.3a", (3, 3)), ("tmux 3.0", (3, 0)), ("tmux next-3.6", (3, 6)), ("tmux 2.9a", (2, 9)),
     ("tmux 10.12", (10, 12)), ("tmux openbsd-7.4", (7, 4)), ("tmux master", (999, 0)), ("something else", None)],
)  # fmt: skip
def test_the_numbers_are_read(machine: Path, answer: str, numbers: tuple[int, ...] | None) -> None:
    install(machine, "tmux", answer)
    assert version() == numbers


def test_a_recent_tmux_will_do(machine: Path) -> None:
    install(machine, "tmux", "tmux 3.0")
    assert check_version() == (3, 0)


def test_an_old_tmux_is_refused_with_what_was_found(machine: Path) -> None:
    install(machine, "tmux", "tmux 2.9a")
    with pytest.raises(SwarmError, match=r"tmux 3\.0 or later is needed, found 2\.9"):
        check_version()


@pytest.mark.parametrize(
    ("manager", "command"), [("apt-get", "apt-get install tmux"), ("dnf", "dnf install tmux"), ("apk", "apk add tmux")]
)
def test_without_tmux_the_hint_is_the_command_of_this_machine(machine: Path, manager: str, command: str) -> None:
    install(machine, manager, "")
    with pytest.raises(SwarmError, match="tmux was not found") as caught:
        check_version()
    assert caught.value.hint.endswith(command)


def test_on_an_unknown_machine_the_hint_is_general(machine: Path) -> None:
    with pytest.raises(SwarmError) as caught:
        check_version()
    assert caught.value.hint == "install tmux with your system's package manager"
