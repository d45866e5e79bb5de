from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from git_world import run_git

from swarm.errors import SwarmError
from swarm.git import refs
from swarm.git.command import MARK, plain
from swarm.git.hub import Hub
from swarm.git.merge import changed, commit, tree_of
from swarm.git.worktree import Worktree
from swarm.process import Done, alive, identity, spawn

CANARY = "touch '{}'"


def follow_up(tree: Worktree, name: str = "next.txt") -> str:
    """A commit on the base that adds one file, made in the hub."""
    blob = tree.hub.git.text("hash-object", "-w", "--stdin", input=b"next\n")
    base = tree.hub.read_ref(refs.base("r1"))
    assert base
    listing = tree.hub.git.run("ls-tree", "-z", base).out + f"100644 blob {blob}\t{name}\0".encode()
    made = tree.hub.git.text("mktree", "-z", input=listing)
    return commit(tree.hub, made, [base], "next", 1)


def files(path: Path) -> set[str]:
    return {str(f.relative_to(path)) for f in path.rglob("*") if not f.is_dir()} - {".git"}


BASE_FILES = {".gitignore", "a.txt", "src/b.txt"}


def test_a_new_worktree_holds_its_commit_and_is_known_to_git_by_its_name(tree: Worktree) -> None:
    assert files(tree.path) == BASE_FILES
    listed = run_git(tree.hub_path, "worktree", "list", "--porcelain")
    assert f"worktree {tree.path}\n" in listed
    assert run_git(tree.path, "rev-parse", "--absolute-git-dir") == str(tree.hub_path / "worktrees" / "r1-worker-1")
    assert run_git(tree.path, "status", "--porcelain") == ""
    assert run_git(tree.path, "symbolic-ref", "HEAD") == "refs/heads/swarm/r1/t.1"


@pytest.mark.parametrize("name", ["with space", "quo'te\"s", "nön-äscii", "new\nline", "-dash"])
def test_a_worktree_works_whatever_its_path(hub: Hub, base: str, tmp_path: Path, name: str) -> None:
    tree = Worktree(hub.path, tmp_path / name / "w", "r1-w")
    tree.create(base)
    tree.switch("swarm/r1/t.1", base)
    assert run_git(tree.path, "status", "--porcelain") == ""


@pytest.mark.parametrize("top", ["sha256"], indirect=True)
def test_a_worktree_works_with_sha256(tree: Worktree, base: str) -> None:
    (tree.path / "new.txt").write_text("x")
    assert len(tree.rescue(refs.rescue("r1", "t", 1), "m") or "") == 64
    tree.switch(None, base)


def test_create_again_leaves_work_alone(tree: Worktree, base: str) -> None:
    (tree.path / "a.txt").write_text("changed")
    (tree.path / "new.txt").write_text("new")
    run_git(tree.path, "add", "a.txt")
    tree.create(base)
    assert run_git(tree.path, "status", "--porcelain") == "M  a.txt\n?? new.txt"


def test_eight_worktrees_are_made_at_once(hub: Hub, base: str, tmp_path: Path) -> None:
    trees = [Worktree(hub.path, tmp_path / f"t{n}" / "worker", f"r1-worker-{n}") for n in range(8)]

    def make(tree: Worktree) -> None:
        tree.create(base)
        tree.switch(f"swarm/r1/{tree.name}.1", base)

    with ThreadPoolExecutor(8) as pool:
        for made in [pool.submit(make, tree) for tree in trees]:
            made.result()
    assert all(files(tree.path) == BASE_FILES for tree in trees)
    assert run_git(hub.path, "worktree", "list").count("\n") == 8


def test_create_survives_a_kill_at_any_point(hub: Hub, base: str, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from swarm.git.worktree import Worktree; print('go', flush=True)\n"
        "Worktree(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]).create(sys.argv[4])"
    )
    for step in range(12):
        tree = Worktree(hub.path, tmp_path / "trees" / f"w{step}", f"r1-w{step}")
        argv = [sys.executable, "-c", code, str(hub.path), str(tree.path), tree.name, base]
        child = subprocess.Popen(argv, stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(step * 0.002)  # not a wait for something: the point at which it is killed
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        run_git(hub.path, "worktree", "list")
        tree.create(base)
        assert files(tree.path) == BASE_FILES
        assert not tree.status_dirty()
        assert tree.rescue(refs.rescue("r1", "t", 1), "m") is None


@pytest.mark.parametrize("name", ["commondir", "gitdir", "HEAD", "locked"])
def test_an_admin_file_emptied_by_a_crash_is_mended(tree: Worktree, base: str, name: str) -> None:
    (tree.path / "a.txt").write_text("work")
    (tree.admin.path / name).write_bytes(b"")
    tree.create(base)
    assert run_git(tree.path, "status", "--porcelain") == " M a.txt"


def test_a_lost_admin_directory_is_made_again_and_the_work_is_rescued(tree: Worktree, base: str) -> None:
    (tree.path / "a.txt").write_text("work")
    shutil.rmtree(tree.admin.path)
    tree.create(base)
    assert (tree.path / "a.txt").read_text() == "work"
    rescued = tree.rescue(refs.rescue("r1", "t", 1), "m")
    assert rescued
    assert changed(tree.hub, base, rescued) == {"a.txt"}


def test_a_worktree_deleted_by_hand_is_made_again(tree: Worktree, base: str) -> None:
    shutil.rmtree(tree.path)
    tree.create(base)
    assert files(tree.path) == BASE_FILES
    tree.switch("swarm/r1/t.2", base)


def test_commits_of_a_worktree_deleted_by_hand_are_rescued(tree: Worktree) -> None:
    run_git(tree.path, "checkout", "-q", "--detach")
    run_git(tree.path, "commit", "-q", "--allow-empty", "-m", "only here")
    held = run_git(tree.path, "rev-parse", "HEAD")
    shutil.rmtree(tree.path)
    assert tree.rescue(refs.rescue("r1", "t", 1), "m") == held
    assert tree.hub.read_ref(refs.rescue("r1", "t", 1)) == held


def test_a_directory_of_somebody_else_is_refused(hub: Hub, base: str, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "precious").write_text("x")
    with pytest.raises(SwarmError, match="in the way"):
        Worktree(hub.path, tmp_path / "theirs", "r1-w").create(base)
    assert files(tmp_path / "theirs") == {"precious"}


def test_a_worktree_replaced_by_a_link_is_not_followed(tree: Worktree, base: str, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("x")
    shutil.rmtree(tree.path)
    tree.path.symlink_to(tmp_path / "precious")
    with pytest.raises(SwarmError):
        tree.switch(None, base)
    with pytest.raises(SwarmError):
        tree.rescue("refs/swarm/r1/rescue/t.1", "m")
    tree.create(base)
    assert files(tree.path) == BASE_FILES
    assert files(tmp_path / "precious") == {"file"}


def test_an_agents_worktree_of_our_name_is_moved_aside(hub: Hub, base: str, tmp_path: Path) -> None:
    run_git(hub.path, "worktree", "add", "-q", "--detach", str(tmp_path / "r1-worker-1"), base)
    tree = Worktree(hub.path, tmp_path / "trees" / "worker-1", "r1-worker-1")
    tree.create(base)
    assert files(tree.path) == BASE_FILES
    assert (hub.own / "broken" / "r1-worker-1" / "HEAD").exists()


def test_neither_prune_nor_remove_by_an_agent_takes_a_worktree(tree: Worktree) -> None:
    run_git(tree.path, "worktree", "prune", "--expire=now")
    run_git(tree.hub_path, "worktree", "remove", "--force", str(tree.path), code=128)
    assert files(tree.path) == BASE_FILES


def test_switch_leaves_only_the_new_commit_and_ignored_files(tree: Worktree) -> None:
    new = follow_up(tree)
    (tree.path / "a.txt").write_text("changed")
    (tree.path / "src" / "b.txt").unlink()
    (tree.path / "junk" / "deep").mkdir(parents=True)
    (tree.path / "junk" / "deep" / "x").write_text("x")
    (tree.path / "warm.cache").write_text("warm")
    (tree.path / ".swarm" / "inbox").mkdir(parents=True)
    (tree.path / ".swarm" / "inbox" / "x").write_text("x")
    tree.switch("swarm/r1/t.2", new)
    assert files(tree.path) == BASE_FILES | {"next.txt", "warm.cache", ".swarm/inbox/x"}
    assert (tree.path / "a.txt").read_text().startswith("line 0\n")
    assert tree.head() == new
    tree.switch(None, new, clean_full=True)
    assert files(tree.path) == BASE_FILES | {"next.txt", ".swarm/inbox/x"}
    assert tree.admin.head() == new


def test_the_head_of_a_switched_worktree_is_on_the_disk(
    tree: Worktree, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """git does not flush it, and an empty one has `git fsck` fail in the whole hub after a power loss."""
    flushed: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        flushed.append(f"{os.readlink(f'/proc/self/fd/{descriptor}')} {os.fstat(descriptor).st_ino}")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    tree.switch("swarm/run/t.1", base)
    head = tree.admin.path / "HEAD"
    assert f"{head} {head.stat().st_ino}" in flushed


def test_switch_works_from_any_directory_of_the_caller(
    tree: Worktree, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree.path / "junk").write_text("x")
    monkeypatch.chdir(tree.path / "src")
    tree.switch(None, base)
    assert files(tree.path) == BASE_FILES


def test_a_caller_whose_directory_is_gone_can_still_switch(
    tree: Worktree, base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    tree.switch(None, base)


def test_a_git_command_left_by_a_killed_program_is_ended_first(tree: Worktree, base: str, tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], MARK: str(tree.admin.path)}
    pid = spawn(["sleep", "1000"], env=env, cwd=None, stdin=None, stdout=tmp_path / "log")
    left = identity(pid)
    assert left
    try:
        tree.create(base)
        assert not alive(left)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def test_a_switch_that_did_not_come_out_clean_is_an_error(tree: Worktree, base: str) -> None:
    def disturbed(argv: Sequence[str], env: Mapping[str, str], input: bytes | None, timeout: float | None) -> Done:
        """git, and a process of the agent that still lives and writes right after the checkout, and the cleaning."""
        done = plain(argv, env, input, timeout)
        if "checkout" in argv or "clean" in argv:
            (tree.path / "late.txt").write_text("x")
        return done

    with pytest.raises(SwarmError, match=r"not clean after the switch: .*late\.txt"):
        Worktree(tree.hub_path, tree.path, tree.name, disturbed).switch(None, base)


@pytest.mark.parametrize("kind", ["merge", "rebase", "rebase --apply", "cherry-pick", "bisect"])
def test_switch_forgets_an_unfinished_operation(tree: Worktree, base: str, kind: str) -> None:
    break_off(tree, kind)
    tree.switch("swarm/r1/t.2", base)
    said = run_git(tree.path, "status")
    assert "clean" in said and "rebas" not in said and "bisect" not in said and "merg" not in said
    assert tree.admin.operation() is None


def break_off(tree: Worktree, kind: str) -> None:
    """Leave the worktree in the middle of something, in conflict where the operation can be."""
    run_git(tree.path, "checkout", "-q", "-b", "other")
    (tree.path / "a.txt").write_text("theirs\n")
    run_git(tree.path, "commit", "-qam", "theirs")
    run_git(tree.path, "checkout", "-q", "swarm/r1/t.1")
    (tree.path / "a.txt").write_text("ours\n")
    run_git(tree.path, "commit", "-qam", "ours")
    (tree.path / "untracked.txt").write_text("kept")
    if kind == "bisect":
        run_git(tree.path, "bisect", "start", "HEAD", "HEAD~1", code=0)
    else:
        run_git(tree.path, *kind.split(), "other", code=1)
        assert "<<<<<<<" in (tree.path / "a.txt").read_text()


@pytest.mark.parametrize("kind", ["merge", "rebase", "rebase --apply", "cherry-pick", "bisect"])
def test_rescue_holds_what_an_unfinished_operation_left(tree: Worktree, base: str, kind: str) -> None:
    break_off(tree, kind)
    rescued = tree.rescue(refs.rescue("r1", "t", 1), "found")
    assert rescued
    assert tree.hub.read_ref(refs.rescue("r1", "t", 1)) == rescued
    assert tree.hub.git.text("show", f"{rescued}:untracked.txt") == "kept"
    if kind != "bisect":
        assert "<<<<<<<" in tree.hub.git.text("show", f"{rescued}:a.txt")
    assert tree.admin.operation()
    assert (tree.path / "untracked.txt").exists()


def test_rescue_of_a_clean_worktree_on_its_branch_is_nothing(tree: Worktree) -> None:
    (tree.path / "x.cache").write_text("ignored")
    run_git(tree.path, "commit", "-q", "--allow-empty", "-m", "on the branch")
    assert tree.rescue(refs.rescue("r1", "t", 1), "m") is None
    assert tree.hub.list_refs("refs/swarm/r1/rescue") == {}


def test_rescue_brings_back_every_kind_of_change(tree: Worktree, base: str) -> None:
    names = ["with space", "quo'te\"s", "nön-äscii", "new\nline", "-dash", ":(top)magic", "*.glob", "back\\slash"]
    for name in names:
        (tree.path / name).write_text(name)
    raw = os.fsencode(tree.path) + b"/latin\xe9"
    with open(raw, "wb") as file:
        file.write(b"\0binary\xff")
    (tree.path / "link").symlink_to("/nowhere at all")
    (tree.path / "a.txt").chmod(0o755)
    (tree.path / "src" / "b.txt").unlink()
    (tree.path / "staged.txt").write_text("staged")
    run_git(tree.path, "add", "staged.txt")
    (tree.path / "staged.txt").unlink()
    before = run_git(tree.path, "status", "--porcelain")
    rescued = tree.rescue(refs.rescue("r1", "t", 1), "m")
    assert rescued
    assert run_git(tree.path, "status", "--porcelain") == before, "nothing was disturbed"
    tree.switch("swarm/r1/t.2", base)
    assert files(tree.path) == BASE_FILES
    run_git(tree.path, "checkout", rescued, "--", ".")
    for name in names:
        assert (tree.path / name).read_text() == name
    with open(raw, "rb") as file:
        assert file.read() == b"\0binary\xff"
    assert (tree.path / "link").readlink() == Path("/nowhere at all")
    assert os.access(tree.path / "a.txt", os.X_OK)
    assert "src/b.txt" in changed(tree.hub, base, rescued)
    assert run_git(tree.path, "show", f"{rescued}^2:staged.txt") == "staged", "the index is the second parent"


def test_rescue_again_finds_the_same_rescue(tree: Worktree) -> None:
    (tree.path / "new.txt").write_text("x")
    run_git(tree.path, "add", "new.txt")
    (tree.path / "new.txt").write_text("y")
    one = tree.rescue(refs.rescue("r1", "t", 1), "m")
    time.sleep(1.1)  # another second, so that a new commit would have another id
    assert tree.rescue(refs.rescue("r1", "t", 1), "m") == one
    assert one
    assert tree.hub.git.text("show", f"{one}:new.txt") == "y", "equal length, same second: not taken for unchanged"
    assert len(tree.hub.list_refs("refs/swarm/r1/rescue")) == 1


def test_a_second_rescue_takes_the_next_name(tree: Worktree) -> None:
    ref = refs.rescue("r1", "t", 1)
    (tree.path / "new.txt").write_text("x")
    one = tree.rescue(ref, "m")
    (tree.path / "new.txt").write_text("y")
    two = tree.rescue(ref, "m")
    assert (tree.hub.read_ref(ref), tree.hub.read_ref(f"{ref}.2")) == (one, two)


def test_rescue_holds_a_detached_commit_that_no_ref_reaches(tree: Worktree) -> None:
    run_git(tree.path, "checkout", "-q", "--detach")
    run_git(tree.path, "commit", "-q", "--allow-empty", "-m", "only here")
    held = run_git(tree.path, "rev-parse", "HEAD")
    assert tree.rescue(refs.rescue("r1", "t", 1), "m") == held


def test_rescue_holds_an_autostash(tree: Worktree) -> None:
    (tree.path / "a.txt").write_text("ours\n")
    run_git(tree.path, "commit", "-qam", "ours")
    (tree.path / "src" / "b.txt").write_text("stashed")
    run_git(tree.path, "rebase", "-q", "--autostash", "--exec", "false", "HEAD~1", code=1)
    assert (tree.path / "src" / "b.txt").read_text() != "stashed"
    rescued = tree.rescue(refs.rescue("r1", "t", 1), "m")
    assert rescued
    assert tree.hub.git.text("show", f"{rescued}^2:src/b.txt") == "stashed"


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
def test_hidden_changes_are_rescued_and_gone_after_a_switch(tree: Worktree, base: str, flag: str) -> None:
    run_git(tree.path, "update-index", flag, "a.txt")
    (tree.path / "a.txt").write_text("hidden")
    assert run_git(tree.path, "status", "--porcelain") == ""
    rescued = tree.rescue(refs.rescue("r1", "t", 1), "m")
    assert rescued
    assert tree.hub.git.text("show", f"{rescued}:a.txt") == "hidden"
    tree.switch("swarm/r1/t.2", base)
    assert (tree.path / "a.txt").read_text().startswith("line 0\n")
    assert {line[0] for line in run_git(tree.path, "ls-files", "-v").splitlines()} == {"H"}


def test_a_sparse_checkout_is_whole_after_a_switch_and_no_deletion_in_a_rescue(tree: Worktree, base: str) -> None:
    run_git(tree.path, "sparse-checkout", "set", "--no-cone", "/a.txt")
    assert files(tree.path) == {"a.txt"}
    (tree.path / "new.txt").write_text("x")
    rescued = tree.rescue(refs.rescue("r1", "t", 1), "m")
    assert rescued
    assert changed(tree.hub, base, rescued) == {"new.txt"}
    tree.switch("swarm/r1/t.2", base)
    assert files(tree.path) == BASE_FILES
    assert run_git(tree.path, "status", "--porcelain") == ""


def test_a_forged_time_does_not_pass_for_clean(tree: Worktree, base: str) -> None:
    file = tree.path / "a.txt"
    os.utime(file, (1_000_000_000, 1_000_000_000))
    run_git(tree.path, "update-index", "--refresh")
    seen = file.stat()
    time.sleep(1.1)  # git compares seconds: what a forger can't set, the time of the last change of state, differs now
    file.write_text(file.read_text().replace("line 1\n", "LINE 1\n"))
    os.utime(file, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    tree.switch("swarm/r1/t.2", base)
    assert "LINE" not in file.read_text()


def nested_repository(path: Path, commits: bool) -> None:
    path.mkdir(parents=True)
    run_git(path, "init", "-q")
    (path / "file").write_text("nested")
    if commits:
        run_git(path, "add", "file")
        run_git(path, "commit", "-qm", "nested")


@pytest.mark.parametrize("commits", [True, False])
def test_a_nested_repository_is_moved_whole(tree: Worktree, base: str, tmp_path: Path, commits: bool) -> None:
    nested_repository(tree.path / "new dir" / "inside", commits)
    (tree.path / "new dir" / "plain.txt").write_text("plain")
    rescued = tree.rescue(refs.rescue("r1", "t", 1), "m", tmp_path / "rescued")
    assert rescued
    assert changed(tree.hub, base, rescued) == {"new dir/plain.txt"}
    moved = tmp_path / "rescued" / "new dir" / "inside"
    assert (moved / "file").read_text() == "nested"
    assert (run_git(moved, "log", "--format=%s") == "nested") if commits else (moved / ".git").is_dir()
    tree.switch(None, base)
    assert files(tree.path) == BASE_FILES


def test_a_nested_repository_that_the_agent_committed_as_a_link_is_moved_too(
    tree: Worktree, base: str, tmp_path: Path
) -> None:
    nested_repository(tree.path / "linked", commits=True)
    run_git(tree.path, "add", "-A")
    run_git(tree.path, "commit", "-qm", "with a link")
    tree.rescue(refs.rescue("r1", "t", 1), "m", tmp_path / "rescued")
    tree.switch("swarm/r1/t.2", base)
    assert run_git(tmp_path / "rescued" / "linked", "log", "--format=%s") == "nested"
    assert files(tree.path) == BASE_FILES


def test_a_repository_made_in_a_tracked_directory_loses_only_its_git_directory(
    tree: Worktree, base: str, tmp_path: Path
) -> None:
    run_git(tree.path / "src", "init", "-q")
    (tree.path / "src" / "b.txt").write_text("work")
    rescued = tree.rescue(refs.rescue("r1", "t", 1), "m", tmp_path / "rescued")
    assert rescued
    assert tree.hub.git.text("show", f"{rescued}:src/b.txt") == "work"
    assert (tmp_path / "rescued" / "src" / ".git" / "HEAD").exists()
    tree.switch(None, base)
    assert files(tree.path) == BASE_FILES


def test_a_repository_in_a_tracked_directory_is_seen_where_nothing_else_has_changed(
    tree: Worktree, base: str, tmp_path: Path
) -> None:
    run_git(tree.path / "src", "init", "-q")
    assert not tree.status_dirty(), "git itself says nothing about it"
    assert tree.rescue(refs.rescue("r1", "t", 1), "m", tmp_path / "rescued") is None
    assert (tmp_path / "rescued" / "src" / ".git" / "HEAD").exists()
    assert not (tree.path / "src" / ".git").exists()


def test_a_repository_in_place_of_the_worktrees_own_is_moved_and_the_files_are_rescued(
    tree: Worktree, base: str, tmp_path: Path
) -> None:
    (tree.path / ".git").unlink()
    run_git(tree.path, "init", "-q")
    (tree.path / "new.txt").write_text("x")
    run_git(tree.path, "add", "-A")
    run_git(tree.path, "commit", "-qm", "in the wrong repository")
    rescued = tree.rescue(refs.rescue("r1", "t", 1), "m", tmp_path / "rescued")
    assert rescued
    assert changed(tree.hub, base, rescued) == {"new.txt"}
    assert run_git(tmp_path / "rescued", "--git-dir=.git", "log", "--format=%s") == "in the wrong repository"
    tree.switch(None, base)
    assert run_git(tree.path, "rev-parse", "HEAD") == base


def test_a_damaged_index_is_no_hindrance(tree: Worktree, base: str) -> None:
    (tree.admin.path / "index").write_bytes(b"DIRC garbage")
    (tree.path / "new.txt").write_text("x")
    rescued = tree.rescue(refs.rescue("r1", "t", 1), "m")
    assert rescued
    assert changed(tree.hub, base, rescued) == {"new.txt"}
    tree.switch(None, base)
    assert files(tree.path) == BASE_FILES


def test_stale_locks_of_killed_processes_are_no_hindrance(tree: Worktree, base: str) -> None:
    for path in (tree.admin.path / "index.lock", tree.admin.path / "HEAD.lock"):
        path.touch()
    (tree.hub_path / "refs/heads/swarm/r1/t.1.lock").touch()
    (tree.path / "new.txt").write_text("x")
    assert tree.rescue(refs.rescue("r1", "t", 1), "m")
    tree.switch("swarm/r1/t.1", base)


def test_switch_to_a_branch_that_has_commits_holds_them(tree: Worktree, base: str) -> None:
    run_git(tree.path, "commit", "-q", "--allow-empty", "-m", "work")
    old = run_git(tree.path, "rev-parse", "HEAD")
    tree.switch("swarm/r1/t.1", base)
    assert tree.hub.read_ref(refs.rescue("r1", "t", 1)) == old


def test_directories_without_write_permission_are_cleaned(tree: Worktree, base: str) -> None:
    (tree.path / "mod" / "pkg").mkdir(parents=True)
    (tree.path / "mod" / "pkg" / "x").write_text("x")
    (tree.path / "mod" / "pkg").chmod(0o555)
    tree.switch(None, base)
    assert files(tree.path) == BASE_FILES


def test_files_whose_line_ends_break_their_own_rules_do_not_stop_a_switch(tree: Worktree) -> None:
    blob = tree.hub.git.text("hash-object", "-w", "--stdin", input=b"a\r\nb\r\n")
    rules = tree.hub.git.text("hash-object", "-w", "--stdin", input=b"* text=auto eol=lf\n")
    listing = f"100644 blob {rules}\t.gitattributes\0" + f"100644 blob {blob}\tdos.txt\0"
    made = commit(tree.hub, tree.hub.git.text("mktree", "-z", input=listing.encode()), [], "dos", 1)
    for _ in range(3):
        tree.switch(None, made)
        assert (tree.path / "dos.txt").read_bytes() == b"a\r\nb\r\n"
        os.utime(tree.path / "dos.txt")


def plant(tree: Worktree, canary: Path) -> None:
    """All the programs that an agent could name for the next git command to run."""
    run = CANARY.format(canary)
    config = {
        "core.fsmonitor": run,
        "filter.evil.smudge": f"{run}; cat",
        "filter.evil.clean": f"{run}; cat",
        "filter.evil.process": run,
        "merge.evil.driver": run,
        "diff.external": run,
        "diff.evil.textconv": run,
        "core.pager": run,
        "core.editor": run,
        "core.alternateRefsCommand": run,
        "alias.status": f"!{run}",
    }
    for name, value in config.items():
        run_git(tree.hub_path, "config", name, value)
    (tree.path / ".gitattributes").write_text("* filter=evil merge=evil diff=evil\n")
    (tree.hub_path / "info" / "attributes").write_text("* filter=evil merge=evil diff=evil\n")
    for hooks in (tree.hub_path / "hooks", tree.admin.path / "hooks"):
        hooks.mkdir(exist_ok=True)
        for name in ("post-checkout", "pre-commit", "reference-transaction", "post-index-change", "post-commit"):
            (hooks / name).write_text(f"#!/bin/sh\n{run}\n")
            (hooks / name).chmod(0o755)


def test_nothing_that_an_agent_planted_runs_in_our_hands(tree: Worktree, base: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    plant(tree, canary)
    (tree.path / "a.txt").write_text("work")
    nested_repository(tree.path / "nested", commits=True)
    run_git(tree.path / "nested", "config", "core.fsmonitor", CANARY.format(canary))
    tree.rescue(refs.rescue("r1", "t", 1), "m", tmp_path / "rescued")
    tree.diff(base)
    plant(tree, canary)
    tree.status_dirty()
    tree.switch("swarm/r1/t.2", base)
    assert not canary.exists()


def test_a_link_to_another_repository_in_place_of_the_worktrees_own_is_not_believed(
    tree: Worktree, base: str, tmp_path: Path
) -> None:
    canary = tmp_path / "canary"
    (tmp_path / "evil").mkdir()
    run_git(tmp_path / "evil", "init", "-q")
    run_git(tmp_path / "evil", "config", "core.fsmonitor", CANARY.format(canary))
    (tree.path / ".git").write_text(f"gitdir: {tmp_path}/evil/.git\n")
    tree.status_dirty()
    tree.rescue(refs.rescue("r1", "t", 1), "m")
    tree.switch(None, base)
    assert not canary.exists()
    assert run_git(tree.path, "rev-parse", "HEAD") == base


def test_git_variables_of_the_caller_have_no_effect(tree: Worktree, base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "GIT_DIR",
        "GIT_INDEX_FILE",
        "GIT_WORK_TREE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_COMMON_DIR",
        "GIT_NAMESPACE",
    ):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.bare")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "true")
    (tree.path / "new.txt").write_text("x")
    assert tree.rescue(refs.rescue("r1", "t", 1), "m")
    tree.switch(None, base)
    assert files(tree.path) == BASE_FILES


def test_diff_shows_uncommitted_and_untracked_work_too(tree: Worktree, base: str) -> None:
    (tree.path / "committed.txt").write_text("one\n")
    run_git(tree.path, "add", "-A")
    run_git(tree.path, "commit", "-qm", "c")
    (tree.path / "untracked.txt").write_text("two\n")
    patch = tree.diff(base)
    assert "+one" in patch and "+two" in patch
    assert run_git(tree.path, "status", "--porcelain") == "?? untracked.txt"


def test_a_worktree_moved_aside_can_be_made_again(tree: Worktree, base: str, tmp_path: Path) -> None:
    (tree.path / "new.txt").write_text("x")
    moved = tree.set_aside(tmp_path / "rescued")
    assert (moved / "new.txt").read_text() == "x"
    tree.create(base)
    assert files(tree.path) == BASE_FILES


def test_remove_leaves_nothing_that_git_would_stumble_over(tree: Worktree, base: str) -> None:
    tree.remove()
    assert not tree.path.exists()
    assert run_git(tree.hub_path, "worktree", "list").count("\n") == 0
    tree.create(base)
    assert tree_of(tree.hub, base)


def test_an_empty_directory_does_not_outlive_the_switch(tree: Worktree, base: str) -> None:
    (tree.path / "build" / "deep").mkdir(parents=True)
    (tree.path / "kept.cache").touch()
    tree.switch("swarm/r1/t.2", base)
    assert not (tree.path / "build").exists()
    assert (tree.path / "kept.cache").exists()


@pytest.mark.parametrize("version", ["2", "4"])
def test_a_switch_leaves_just_what_the_commit_holds_whoever_reads_the_index(
    tree: Worktree, base: str, version: str
) -> None:
    run_git(tree.path, "update-index", "--index-version", version)
    run_git(tree.path, "rm", "-q", "a.txt")
    (tree.path / "src" / "b.txt").write_text("hidden\n")
    run_git(tree.path, "update-index", "--assume-unchanged", "src/b.txt")
    (tree.path / "new.txt").touch()
    assert tree.rescue(refs.rescue("r1", "t", 2), "m")
    tree.switch("swarm/r1/t.2", base)
    assert (tree.path / "src" / "b.txt").read_text() == "b\n" * 20
    assert (tree.path / "a.txt").exists() and not (tree.path / "new.txt").exists()
    assert run_git(tree.path, "status", "--porcelain") == ""
