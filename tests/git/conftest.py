"""A user's repository and a hub in tmp_path, with an empty home and no git configuration of anybody's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from git_world import make_repository

from swarm.git.hub import Hub
from swarm.git.repository import UserRepository, discover
from swarm.git.worktree import Worktree


@pytest.fixture(autouse=True)
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No configuration reaches a test from the machine it runs on."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[init]\n\tdefaultBranch = main\n")
    monkeypatch.setenv("HOME", str(home))
    for name in [name for name in os.environ if name.startswith(("GIT_", "XDG_"))]:
        monkeypatch.delenv(name)
    return home


@pytest.fixture(params=["sha1"])
def top(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return make_repository(tmp_path / "the user's repo", f"--object-format={request.param}")


@pytest.fixture
def user(top: Path) -> UserRepository:
    return discover(top)


@pytest.fixture
def hub(user: UserRepository, tmp_path: Path) -> Hub:
    made = Hub(tmp_path / "state" / "hub.git")
    made.create(user)
    made.pin_base("r1", user.resolve("HEAD"))
    return made


@pytest.fixture
def base(user: UserRepository) -> str:
    return user.resolve("HEAD")


@pytest.fixture
def tree(hub: Hub, base: str, tmp_path: Path) -> Worktree:
    """A worktree that an attempt works in."""
    made = Worktree(hub.path, tmp_path / "trees" / "worker-1", "r1-worker-1")
    made.create(base)
    made.switch("swarm/r1/t.1", base)
    return made
