"""Directories and repositories in which no run can start, and odd ones in which it can."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from caller import Inside, git, refused, swarm
from footprint import nothing_changes

TASKS = "version: 1\nname: r\ntasks:\n  - {id: a, command: echo a > made.txt}\n"


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    file = tmp_path / "t.yaml"
    file.write_text(TASKS)
    return file


def nowhere(top: Path) -> Path:
    return made(top.parent / "plain directory")


def made(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def bare(top: Path) -> Path:
    git(top.parent, "clone", "-q", "--bare", str(top), "bare.git")
    return top.parent / "bare.git"


def inside_git(top: Path) -> Path:
    return top / ".git" / "refs"


def empty(top: Path) -> Path:
    git(top.parent, "init", "-q", "empty")
    return top.parent / "empty"


def partial(top: Path) -> Path:
    git(top, "config", "uploadpack.allowFilter", "true")
    git(top.parent, "clone", "-q", "--filter=blob:none", f"file://{top}", "partial")
    return top.parent / "partial"


def broken_config(top: Path) -> Path:
    (top / ".git" / "config").write_text("[core\n")
    return top


def broken_head(top: Path) -> Path:
    (top / ".git" / "HEAD").write_text("rubbish\n")
    return top


def missing_objects(top: Path) -> Path:
    for file in (top / ".git" / "objects").glob("??/*"):
        file.unlink()
    return top


def tracked_door(top: Path) -> Path:
    made(top / ".swarm")
    (top / ".swarm" / "notes").write_text("mine\n")
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "a door of my own")
    return top


def file_for_a_door(top: Path) -> Path:
    (top / ".swarm").write_text("the user's own notes\n")
    return top


def directory_for_a_door(top: Path) -> Path:
    made(top / ".swarm")
    (top / ".swarm" / "notes").write_text("the user's own notes\n")
    return top


def link_for_a_door(top: Path) -> Path:
    made(top.parent / "elsewhere")
    (top / ".swarm").symlink_to(top.parent / "elsewhere")
    return top


def worktrees_behind_the_door(top: Path) -> Path:
    made(top / ".swarm" / "worktrees")
    (top / ".swarm" / ".gitignore").write_text("*\n")
    (top / ".swarm" / "worktrees" / "notes").write_text("the user's own notes\n")
    return top


PLACES: dict[Callable[[Path], Path], tuple[str, ...]] = {
    nowhere: ("plain directory", "is not in a git repository", "git init"),
    bare: ("bare.git", "bare repository", "git clone"),
    inside_git: ("inside a git directory", "checkout"),
    empty: ("empty has no commits yet", "git commit"),
    partial: ("partial is a partial clone", "git fetch --refetch"),
    broken_config: ("git can't read the repository", "config"),
    broken_head: ("repo",),
    missing_objects: ("repo",),
    tracked_door: (".swarm is tracked by git", "git rm"),
    file_for_a_door: (".swarm", "move"),
    directory_for_a_door: (".swarm", "move"),
    link_for_a_door: (".swarm", "move"),
    worktrees_behind_the_door: (".swarm", "move"),
}


@pytest.mark.parametrize("make", PLACES, ids=lambda make: make.__name__)
def test_a_place_where_nothing_can_run_is_told(
    make: Callable[[Path], Path], repo: Path, tasks: Path, tmp_path: Path, world: Path, inside: Inside
) -> None:
    place = make(repo)
    with nothing_changes(tmp_path, world):
        said = inside(place, "start", "--task-file", tasks, "--executor", "process")
    refused(said, 1, *PLACES[make])


@pytest.mark.parametrize("verb", ["status", "resume", "merge"])
def test_outside_a_repository_every_verb_says_so(verb: str, tmp_path: Path, world: Path, inside: Inside) -> None:
    with nothing_changes(tmp_path, world):
        said = inside(tmp_path, verb)
    refused(said, 1, "is not in a git repository", "cd to one")


@pytest.mark.parametrize("verb", ["status", "resume", "merge"])
def test_without_a_run_every_verb_says_how_to_begin_one(
    verb: str, repo: Path, tmp_path: Path, world: Path, inside: Inside
) -> None:
    with nothing_changes(tmp_path, world):
        said = inside(repo, verb)
    refused(said, 1, "no run in this repository yet", "swarm start --workers 4 --task-file tasks.yaml")


def test_a_workers_own_worktree_is_no_place_to_start(repo: Path, tasks: Path) -> None:
    assert swarm(repo, "start", "--task-file", tasks, "--executor", "process", "--workers", "1").code == 0
    place = repo / ".swarm" / "worktrees" / "worker-1"
    refused(swarm(place, "start", "--task-file", tasks), 1, "is a worktree of a run", "run it in your own checkout")


# odd, and good

WRITTEN = {"README.md": "a small repository\n"}


def detached(top: Path) -> Path:
    git(top, "checkout", "-q", "--detach")
    return top


def dirty(top: Path) -> Path:
    (top / "README.md").write_text("changed\n")
    return top


def mid_merge(top: Path) -> Path:
    clash(top)
    git(top, "merge", "-q", "other", code=1)
    return top


def mid_rebase(top: Path) -> Path:
    clash(top)
    git(top, "rebase", "-q", "other", code=1)
    return top


def clash(top: Path) -> None:
    git(top, "switch", "-q", "-c", "other")
    (top / "README.md").write_text("theirs\n")
    git(top, "commit", "-q", "-am", "theirs")
    git(top, "switch", "-q", "main")
    (top / "README.md").write_text("ours\n")
    git(top, "commit", "-q", "-am", "ours")


def shallow(top: Path) -> Path:
    for number in range(3):
        git(top, "commit", "-q", "--allow-empty", "-m", f"more {number}")
    git(top.parent, "clone", "-q", "--depth=1", f"file://{top}", "shallow")
    return top.parent / "shallow"


def odd_path(top: Path) -> Path:
    return Path(top.rename(made(top.parent / 'it\'s a "dir" $(x) – ünï') / "re po"))


def path_of_bytes(top: Path) -> Path:
    return Path(top.rename(made(top.parent / os.fsdecode(b"caf\xe9")) / "repo"))


def linked_worktree(top: Path) -> Path:
    git(top, "worktree", "add", "-q", "../linked", "-b", "linked")
    return top.parent / "linked"


def subdirectory(top: Path) -> Path:
    return top / "src"


def submodule(top: Path) -> Path:
    outer = top.parent / "outer"
    git(top.parent, "clone", "-q", str(top), "outer")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(top), "part")
    git(outer, "commit", "-q", "-m", "a part")
    return outer


def inside_a_submodule(top: Path) -> Path:
    return submodule(top) / "part"


def sha256(top: Path) -> Path:
    git(top.parent, "init", "-q", "-b", "main", "--object-format=sha256", "sha256")
    git(top.parent / "sha256", "commit", "-q", "--allow-empty", "-m", "start")
    return top.parent / "sha256"


ODD = (
    detached, dirty, mid_merge, mid_rebase, shallow, odd_path, path_of_bytes, linked_worktree, subdirectory, submodule,
    inside_a_submodule, sha256,
)  # fmt: skip


@pytest.mark.parametrize("make", ODD, ids=lambda make: make.__name__)
def test_an_odd_place_is_a_good_one(make: Callable[[Path], Path], repo: Path, tasks: Path) -> None:
    place = make(repo)
    before = git(place, "--no-optional-locks", "status", "--porcelain=v2", "--branch")
    said = swarm(place, "start", "--task-file", tasks, "--executor", "process", "--workers", "1")
    assert said.code == 0, said
    assert git(place, "show", "swarm/r:made.txt") == "a"
    assert git(place, "--no-optional-locks", "status", "--porcelain=v2", "--branch") == before


def test_a_run_from_a_detached_head_lands_where_it_is_told_to(repo: Path, tasks: Path) -> None:
    detached(repo)
    assert swarm(repo, "start", "--task-file", tasks, "--executor", "process", "--workers", "1").code == 0
    refused(swarm(repo, "merge"), 1, "detached HEAD", "swarm merge --into BRANCH")
    assert swarm(repo, "merge", "--into", "main").code == 0
    assert git(repo, "show", "main:made.txt") == "a"
