from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from look_world import swarm

from swarm.cli.preflight import Demand, Supply, warnings, worktree_size
from swarm.git.repository import discover

PLENTY = Supply(10**12, 10**12, 10**6, 10**6, 10**6)
TASKS = "version: 1\nname: r\ntasks:\n  - {id: a, command: echo a > made.txt}\n"


def said(demand: Demand, **less: int | None) -> str:
    values = {name: getattr(PLENTY, name) for name in ("disk", "memory", "processes", "files", "watchers")} | less
    return "\n".join(warnings(demand, Supply(**values), Path("/d")))


def test_where_there_is_plenty_nothing_is_said() -> None:
    assert said(Demand(8, 1, 10**6)) == ""
    assert said(Demand(8, 1, 10**6), memory=None, processes=None, files=None, watchers=None) == ""


@pytest.mark.parametrize(
    ("less", "words"),
    [
        ({"disk": 50_000_000}, ["8 workers and 1 gates need 90 MB", "50 MB are free at /d", "--workers 4 fits"]),
        ({"memory": 100 << 20}, ["251.7 MB of memory", "104.9 MB are available", "--workers 3"]),
        ({"processes": 9}, ["about 32 processes", "9 more are allowed", "--workers 2"]),
        ({"files": 100}, ["about 128 open files", "100 are allowed", "ulimit -Hn"]),
        ({"watchers": 3}, ["10 inotify instances", "3 are free", "max_user_instances"]),
    ],
)
def test_what_is_short_is_said_with_numbers_and_a_way_out(less: dict[str, int], words: list[str]) -> None:
    text = said(Demand(8, 1, 10_000_000), **less)
    assert len(text.splitlines()) == 1
    assert [word for word in words if word not in text] == []


def test_a_worktree_takes_what_its_files_take_on_the_disk(make_repo: Callable[..., Path]) -> None:
    repo = make_repo({"one": "x", "two": "y" * 5000, "deep/é three": "z" * 4096})
    assert worktree_size(discover(repo), discover(repo).resolve("HEAD")) == 4096 + 8192 + 4096


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    argv = ["mount", "-t", "tmpfs", "-o", "size=24m", "none", str(disk)]
    if os.getuid() != 0 or subprocess.run(argv, capture_output=True).returncode:
        pytest.skip("a small disk can't be mounted here")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.mark.parametrize(("size", "code"), [(13 << 20, 1), (6 << 20, 0)])
def test_what_can_not_fit_is_refused_and_what_may_is_told(
    small_disk: Path, make_repo: Callable[..., Path], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], size: int, code: int,
) -> None:  # fmt: skip
    repo = make_repo({"big": "x" * size})
    (repo / "t.yaml").write_text(f"worktrees: {small_disk}\n{TASKS}")
    monkeypatch.chdir(repo)
    said = swarm(capsys, "start", "--task-file", "t.yaml", "--executor", "process", "--workers", "9", "--dry-run")
    assert said.code == code
    if code:
        assert "no room for a run: one worktree and that of a gate take 27.3 MB" in said.err
        assert "worktrees: DIR" in said.err
    else:
        assert "--workers 3 fits" in said.err
