"""Files that .gitattributes has git convert: they come out right, and nobody's work is what git only calls modified."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from git_world import run_git

from swarm.git.command import GitFailed
from swarm.git.hub import Hub
from swarm.git.merge import Clean, merge
from swarm.git.repository import UserRepository, discover
from swarm.git.worktree import Author, Worktree

WHO = Author("worker-1", "worker-1@swarm")
BRANCH = "swarm/r1/t.1"


def commit(top: Path, files: dict[str, bytes]) -> None:
    """Commit these bytes as they are, whatever the attributes say."""
    for name, data in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(data)
        blob = run_git(top, "hash-object", "-w", "--no-filters", name)
        run_git(top, "update-index", "--add", "--cacheinfo", f"100644,{blob},{name}")
    run_git(top, "commit", "-q", "-m", "files")


def worktree(user: UserRepository, tmp_path: Path, name: str = "worker-1") -> Worktree:
    """A worktree on a fresh branch at the user's HEAD."""
    hub = Hub(tmp_path / "state" / "hub.git")
    hub.create(user)
    made = Worktree(hub.path, tmp_path / "trees" / name, f"r1-{name}")
    made.create(user.resolve("HEAD"))
    made.switch(BRANCH, user.resolve("HEAD"))
    return made


def distrust(tree: Worktree) -> None:
    """Have git compare every file by content: it was written in the second of the index, as after any checkout."""
    moment = os.stat(tree.admin.path / "index").st_mtime
    for name in run_git(tree.path, "ls-files", "-z").split("\0")[:-1]:
        os.utime(tree.path / name, (moment, moment))


RULES = b"*.txt text\n*.c ident\n*.dos text eol=crlf\n"
BREAKING = {"a.txt": b"a\r\nb\r\n", "mixed.dos": b"a\r\nb\n", "id.c": b"$Id: by hand $\n", "plain": b"plain\n"}


@pytest.fixture
def breaking(top: Path) -> UserRepository:
    """A repository in which committed files break the rules of its .gitattributes."""
    commit(top, {**BREAKING, "fine.dos": b"a\nb\n", ".gitattributes": RULES})
    return discover(top)


def test_a_seal_commits_only_what_was_changed_where_other_files_break_the_rules(
    breaking: UserRepository, tmp_path: Path
) -> None:
    tree = worktree(breaking, tmp_path)
    distrust(tree)
    (tree.path / "plain").write_text("changed\n")
    (tree.path / "new.txt").write_bytes(b"new\r\n")
    sealed = tree.seal("t", WHO)
    changed = run_git(tree.path, "diff", "--name-only", breaking.resolve("HEAD"), sealed.commit).split()
    assert changed == ["new.txt", "plain"]


def test_a_change_of_a_file_that_breaks_the_rules_is_sealed(breaking: UserRepository, tmp_path: Path) -> None:
    tree = worktree(breaking, tmp_path)
    distrust(tree)
    (tree.path / "a.txt").write_bytes(b"a\r\nB\r\n")
    os.chmod(tree.path / "mixed.dos", 0o755)
    sealed = tree.seal("t", WHO)
    assert run_git(tree.path, "show", f"{sealed.commit}:a.txt") == "a\nB", "as git itself commits it"
    changed = run_git(tree.path, "diff", "--name-only", breaking.resolve("HEAD"), sealed.commit).split()
    assert changed == ["a.txt", "mixed.dos"]


def test_two_branches_do_not_clash_in_a_file_that_neither_touched(breaking: UserRepository, tmp_path: Path) -> None:
    tips = []
    for number, ours in enumerate((b"a\r\nb\r\n", b"a\r\nchanged\r\n"), 1):
        tree = worktree(breaking, tmp_path, f"worker-{number}")
        tree.switch(f"swarm/r1/t{number}.1", breaking.resolve("HEAD"))
        distrust(tree)
        (tree.path / "a.txt").write_bytes(ours)
        os.utime(tree.path / "a.txt", (1, 1))
        (tree.path / f"of-{number}").write_text("work\n")
        tips.append(tree.seal("t", WHO).commit)
    assert isinstance(merge(tree.hub, *tips), Clean)


def test_a_file_that_only_breaks_the_rules_is_nothing_to_rescue(breaking: UserRepository, tmp_path: Path) -> None:
    tree = worktree(breaking, tmp_path)
    distrust(tree)
    assert tree.status(), "git itself calls them modified"
    assert tree.rescue("refs/swarm/r1/rescue/t.1", "rescued") is None


def test_a_file_of_another_encoding_is_written_in_it(top: Path, tmp_path: Path) -> None:
    # Two directories with attributes of their own, so that git drops what it knows of the first before it is done.
    commit(
        top, {f"wide/{n}.u": b"x\n" for n in range(3)} | {"wide/.gitattributes": b"*.u working-tree-encoding=UTF-16\n"}
    )
    commit(top, {f"z/{n}.txt": b"x\n" for n in range(3)} | {"z/.gitattributes": b"* -text\n"})
    tree = worktree(discover(top), tmp_path)
    assert (tree.path / "wide/1.u").read_bytes().decode("utf-16") == "x\n"
    assert tree.status() == []


def test_a_worktree_that_git_cannot_read_is_no_rescue_and_can_be_moved_away(top: Path, tmp_path: Path) -> None:
    commit(top, {"wide.u": b"x\n", ".gitattributes": b"*.u working-tree-encoding=UTF-16\n"})
    user = discover(top)
    tree = worktree(user, tmp_path)
    (tree.path / "wide.u").write_bytes(b"no byte order mark\n")
    with pytest.raises(GitFailed, match=r"wide\.u"):
        tree.rescue("refs/swarm/r1/rescue/t.1", "rescued")
    tree.set_aside(tmp_path / "aside")
    assert tree.rescue("refs/swarm/r1/rescue/t.1", "rescued") is None
    tree.create(user.resolve("HEAD"))
    tree.switch("swarm/r1/t.2", user.resolve("HEAD"))
    assert (tmp_path / "aside/worker-1/wide.u").read_bytes() == b"no byte order mark\n"
    assert tree.status() == []
