"""`worktrees:` puts the worktrees of a run where it says, and everything follows; where that can't be it is told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from caller import Said, git, refused, swarm

TASKS = """\
version: 1
name: r
worktrees: {worktrees}
verify: ["test -f README.md"]
limits: {{retries: 0}}
tasks:
  - {{id: a, command: "pwd -P > where-$SWARM_RUN.txt"}}
  - {{id: b, command: "false"}}
"""
START = ("start", "--executor", "process", "--workers", "1", "--task-file", "t.yaml")


def start(repo: Path, worktrees: str, *more: str) -> Said:
    (repo / "t.yaml").write_text(TASKS.format(worktrees=worktrees))
    return swarm(repo, *START, *more)


@pytest.mark.parametrize("named", ["elsewhere", "~/elsewhere"])
def test_worktrees_lie_where_the_file_says(named: str, repo: Path, tmp_path: Path, world: Path) -> None:
    said = start(repo, named)
    assert said.code == 3, said
    place = (world / "home" if named.startswith("~") else tmp_path) / "elsewhere"
    where = Path(git(repo, "show", "swarm/r:where-r.txt"))
    assert where.is_relative_to(place) and where.name == "worker-1"
    assert swarm(repo, "path", "worker-1").out.strip() == str(where)
    assert json.loads(swarm(repo, "status", "--json").out)["workers"][0]["worktree"] == str(where)
    assert (repo / ".swarm" / "worktrees" / "worker-1").is_dir()
    assert sorted(path.name for path in where.parent.iterdir()) == [".landing", "worker-1"]
    second = start(repo, named, "--run", "s")
    assert second.code == 3, second
    assert Path(git(repo, "show", "swarm/s:where-s.txt")).parent != where.parent, "two runs never share one"
    for run in ("r", "s"):
        assert swarm(repo, "merge", "--run", run).code == 0
        assert swarm(repo, "clean", run).code == 0
    assert list(place.iterdir()) == []


def test_what_somebody_put_there_stays(repo: Path, tmp_path: Path) -> None:
    start(repo, "elsewhere")
    own = Path(git(repo, "show", "swarm/r:where-r.txt")).parent
    (own / "mine.txt").write_text("mine\n")
    swarm(repo, "merge")
    said = swarm(repo, "clean", "r")
    assert f"{own} is not empty, and stays" in said.out
    assert (own / "mine.txt").read_text() == "mine\n"


def test_a_disk_that_is_gone_is_told_and_nothing_is_made_in_its_place(repo: Path, tmp_path: Path) -> None:
    start(repo, "elsewhere")
    shutil.move(tmp_path / "elsewhere", tmp_path / "unmounted")
    refused(swarm(repo, "retry", "b"), 1, "the worktrees of run r are gone", "mount that disk again")
    refused(swarm(repo, "resume"), 1, "the worktrees of run r are gone", "mount that disk again")
    assert not (tmp_path / "elsewhere").exists()
    shutil.move(tmp_path / "unmounted", tmp_path / "elsewhere")
    assert swarm(repo, "resume").code == 3


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ("repo", "is inside the repository"),
        ("repo/wt", "is inside the repository"),
        ("repo/.git/wt", "is inside the repository"),
        ("link/wt", "is inside the repository"),
        ("file", "is not a directory"),
        ("file/wt", "is not a directory"),
    ],
)
def test_where_worktrees_can_not_be_is_told_before_anything_is_made(
    named: str, why: str, repo: Path, tmp_path: Path, world: Path
) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(repo)
    refused(start(repo, named), 1, why)
    assert not list((world / "state").iterdir())


def test_a_directory_of_another_runs_is_not_taken_over(repo: Path, tmp_path: Path) -> None:
    start(repo, "elsewhere")
    own = Path(git(repo, "show", "swarm/r:where-r.txt")).parent
    (own.parent / "s").mkdir()
    (own.parent / "s" / "x").write_text("x")
    refused(start(repo, "elsewhere", "--run", "s"), 1, "holds something already", "--run NAME")
