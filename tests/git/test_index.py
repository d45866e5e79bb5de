"""The index as it is read from its file: as git tells it, or not at all; and what is read from a hub's other files."""

from __future__ import annotations

import hashlib
import os
import struct
from pathlib import Path

import pytest
from git_world import run_git

from swarm.git import refs
from swarm.git.hub import Hub
from swarm.git.index import MOST, Index, read_index
from swarm.git.loose import ABSENT, loose_commit, loose_ref
from swarm.git.merge import commit, tree_of
from swarm.git.snapshot import hidden
from swarm.git.worktree import Worktree


def index(top: Path) -> Index | None:
    return read_index(top / ".git" / "index")


def test_it_says_what_git_says(top: Path) -> None:
    for name in ("x", "longer-name-than-that", "d/e/f", "ü\n"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(name)
    os.symlink("x", top / "link")
    run_git(top, "add", "-A")
    run_git(top, "commit", "-qm", "more")
    found = index(top)
    assert found is not None and found.plain and not found.hides and not found.conflicts
    assert list(found.paths) == run_git(top, "ls-files", "-z").split("\0")[:-1]
    assert found.tree == run_git(top, "rev-parse", "HEAD^{tree}")
    (top / "x").write_text("changed")
    run_git(top, "add", "x")
    changed = index(top)
    assert changed is not None and changed.tree is None, "what is out of date is not believed"


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_files_that_git_was_told_not_to_look_at_are_seen(top: Path, flag: str) -> None:
    run_git(top, "update-index", flag, "src/b.txt")
    found = index(top)
    assert found is not None and found.hides and not found.plain


def test_conflicts_intentions_and_links_to_repositories_are_not_plain(top: Path, base: str) -> None:
    (top / "later").touch()
    run_git(top, "add", "-N", "later")
    intended = index(top)
    assert intended is not None and not intended.plain
    run_git(top, "reset", "-q", "--hard")
    run_git(top, "update-index", "--add", "--cacheinfo", f"160000,{base},sub")
    linked = index(top)
    assert linked is not None and not linked.plain
    run_git(top, "reset", "-q", "--hard")
    run_git(top, "checkout", "-qb", "other")
    (top / "a.txt").write_text("other")
    run_git(top, "commit", "-qam", "other")
    run_git(top, "checkout", "-q", "main")
    (top / "a.txt").write_text("main")
    run_git(top, "commit", "-qam", "main")
    run_git(top, "merge", "-q", "other", code=1)
    torn = index(top)
    assert torn is not None and torn.conflicts and not torn.plain


def test_what_is_not_plain_to_read_is_left_to_git(top: Path) -> None:
    path = top / ".git" / "index"
    whole = path.read_bytes()
    assert read_index(top / ".git" / "none") is None
    for spoilt in (b"", whole[:-1], whole[:40], whole[:60] + b"x" + whole[61:], b"DIRC" + bytes(60)):
        path.write_bytes(spoilt)
        assert read_index(path) is None
    body = whole[:-20] + b"link" + struct.pack(">L", 4) + b"abcd"
    path.write_bytes(body + hashlib.sha1(body).digest())
    assert read_index(path) is None, "an extension that changes what the entries mean"
    path.write_bytes(whole)
    run_git(top, "update-index", "--index-version", "4")
    assert read_index(path) is None
    path.write_bytes(whole + bytes(MOST))
    assert read_index(path) is None


def test_one_of_another_hash_is_left_to_git(tmp_path: Path) -> None:
    run_git(tmp_path, "init", "-q", "--object-format=sha256", "r")
    (tmp_path / "r" / "f").touch()
    run_git(tmp_path / "r", "add", "f")
    assert index(tmp_path / "r") is None


def test_hidden_changes_are_found_whether_the_index_can_be_read_here_or_not(tree: Worktree) -> None:
    for version in ("2", "4"):
        run_git(tree.path, "update-index", "--index-version", version)
        assert hidden(tree.git) == ([], [])
        run_git(tree.path, "update-index", "--assume-unchanged", "a.txt")
        assert hidden(tree.git) == (["a.txt"], [])
        run_git(tree.path, "update-index", "--no-assume-unchanged", "a.txt")


def test_a_loose_commit_is_believed_only_by_its_id(hub: Hub, base: str) -> None:
    made = commit(hub, tree_of(hub, base), [base, commit(hub, tree_of(hub, base), [], "x", 1)], "two parents", 1)
    objects = hub.path / "objects"
    told = loose_commit(objects, made)
    assert told is not None and told.tree == tree_of(hub, base) and len(told.parents) == 2
    other = commit(hub, tree_of(hub, base), [], "another", 1)
    file = objects / made[:2] / made[2:]
    file.chmod(0o644)
    file.write_bytes((objects / other[:2] / other[2:]).read_bytes())
    assert loose_commit(objects, made) is None, "another's bytes under its name"
    file.write_bytes(b"x")
    assert loose_commit(objects, made) is None
    assert loose_commit(objects, base) is None, "it lies in the user's repository"
    blob = run_git(hub.path, "hash-object", "-w", "--stdin", code=0)
    assert loose_commit(objects, blob) is None


def test_a_ref_is_read_where_its_file_tells_and_asked_for_where_it_does_not(hub: Hub, base: str) -> None:
    ref = refs.integration("r1")
    assert loose_ref(hub.path, ref) == ABSENT and hub.read_ref(ref) is None
    hub.anchor(ref, base)
    assert loose_ref(hub.path, ref) == base == hub.read_ref(ref)
    run_git(hub.path, "pack-refs", "--all")
    assert loose_ref(hub.path, ref) is None and hub.read_ref(ref) == base
    assert loose_ref(hub.path, refs.integration("r2")) is None, "it might be packed"
    run_git(hub.path, "symbolic-ref", refs.integration("r2"), ref)
    assert loose_ref(hub.path, refs.integration("r2")) is None and hub.read_ref(refs.integration("r2")) == base
    assert loose_ref(hub.path.parent, ref) is None, "no repository tells of no ref"
