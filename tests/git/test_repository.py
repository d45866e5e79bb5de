from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from git_world import make_repository, run_git

from swarm.errors import SwarmError
from swarm.git import refs
from swarm.git.hub import Hub
from swarm.git.merge import commit, tree_of
from swarm.git.repository import UserRepository, discover


def test_a_repository_is_found_from_anywhere_in_its_checkout(top: Path) -> None:
    for cwd in (top, top / "src"):
        found = discover(cwd)
        assert (found.top, found.git_dir, found.common_dir) == (top, top / ".git", top / ".git")
        assert found.object_format == "sha1"
        assert found.head_branch() == "main"


@pytest.mark.parametrize("name", ["with space", "quo'te\"s", "nön-äscii", "new\nline", "-dash", "end\n"])
def test_a_repository_is_found_whatever_its_path(tmp_path: Path, name: str) -> None:
    top = make_repository(tmp_path / name)
    found = discover(top)
    assert found.top == top
    assert found.is_clean()
    assert found.checked_out_at("main") == top


def test_a_linked_worktree_of_the_user_is_a_place_to_start_from(top: Path, tmp_path: Path) -> None:
    run_git(top, "worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    found = discover(tmp_path / "linked")
    assert found.top == tmp_path / "linked"
    assert found.common_dir == top / ".git"
    assert found.git_dir == top / ".git" / "worktrees" / "linked"
    assert found.head_branch() == "side"
    assert found.checked_out_at("main") == top
    assert found.objects.is_dir()


def test_places_that_a_run_can_not_start_from_say_what_to_do(tmp_path: Path, top: Path) -> None:
    (tmp_path / "nothing").mkdir()
    run_git(tmp_path, "init", "-q", "--bare", "bare.git")
    (tmp_path / "empty").mkdir()
    run_git(tmp_path / "empty", "init", "-q")
    cases = {
        tmp_path / "nothing": "not in a git repository",
        tmp_path / "bare.git": "bare repository",
        top / ".git": "inside a git directory",
        tmp_path / "empty": "no commits yet",
    }
    for cwd, message in cases.items():
        with pytest.raises(SwarmError, match=message) as caught:
            discover(cwd)
        assert caught.value.hint


def test_a_workers_worktree_is_not_taken_for_the_users_checkout(hub: Hub, base: str, tmp_path: Path) -> None:
    run_git(hub.path, "worktree", "add", "-q", "--detach", str(tmp_path / "w"), base)
    with pytest.raises(SwarmError, match="worktree of a run"):
        discover(tmp_path / "w")


def test_git_variables_of_the_caller_lead_nowhere(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere")
    assert discover(top).is_clean()


def test_head_branch_knows_detached_and_unborn(top: Path, user: UserRepository) -> None:
    run_git(top, "checkout", "-q", "--orphan", "new")
    assert user.head_branch() == "new"
    run_git(top, "checkout", "-q", "-f", "--detach", "main")
    assert user.head_branch() is None


def test_resolve_takes_what_a_person_would_write(top: Path, user: UserRepository, base: str) -> None:
    run_git(top, "tag", "-a", "-m", "t", "v1")
    run_git(top, "branch", "feature/x")
    for text in ("HEAD", "main", "v1", "feature/x", "refs/heads/main", base, base[:8], "main@{0}", "HEAD^0"):
        assert user.resolve(text) == base


@pytest.mark.parametrize(
    "text",
    ["", "nothing", "--help", "-n1", "HEAD..HEAD", "HEAD:a.txt", "HEAD^{tree}", "a\nb", "0" * 40, "$(touch x)", "../x"],
)
def test_resolve_refuses_what_names_no_commit(user: UserRepository, text: str) -> None:
    with pytest.raises(SwarmError):
        user.resolve(text)


def test_resolve_refuses_a_name_that_is_two_things(top: Path, user: UserRepository) -> None:
    run_git(top, "commit", "-q", "--allow-empty", "-m", "x")
    run_git(top, "tag", "main", "HEAD~1")
    with pytest.raises(SwarmError, match="ambiguous"):
        user.resolve("main")
    assert user.resolve("refs/heads/main") == run_git(top, "rev-parse", "refs/heads/main")


def test_is_clean_sees_tracked_changes_only_and_writes_no_index(top: Path, user: UserRepository) -> None:
    (top / "untracked").write_text("x")
    os.utime(top / "a.txt", (1, 1))
    before = (top / ".git" / "index").read_bytes()
    assert user.is_clean()
    assert (top / ".git" / "index").read_bytes() == before
    (top / "a.txt").write_text("x")
    assert not user.is_clean()
    run_git(top, "add", "a.txt")
    assert not user.is_clean()


def test_tracks(user: UserRepository, base: str) -> None:
    assert user.tracks(base, "a.txt") and user.tracks(base, "src") and user.tracks(base, "src/b.txt")
    assert not user.tracks(base, ".swarm") and not user.tracks(base, "*.txt")


def test_reading_in_mid_merge_disturbs_nothing(top: Path, user: UserRepository, base: str) -> None:
    run_git(top, "checkout", "-q", "-b", "other")
    (top / "a.txt").write_text("theirs")
    run_git(top, "commit", "-qam", "theirs")
    run_git(top, "checkout", "-q", "main")
    (top / "a.txt").write_text("ours")
    run_git(top, "commit", "-qam", "ours")
    run_git(top, "merge", "other", code=1)
    before = run_git(top, "status")
    assert not user.is_clean()
    assert user.head_branch() == "main"
    user.pin("r1", base)
    with pytest.raises(SwarmError):
        user.fast_forward("main", user.resolve("other"))
    assert run_git(top, "status") == before


def test_a_pin_keeps_what_the_hub_borrows_from_the_users_gc(top: Path, user: UserRepository, hub: Hub) -> None:
    run_git(top, "commit", "-q", "--allow-empty", "-m", "soon gone")
    gone = user.resolve("HEAD")
    user.pin("r1", gone)
    run_git(top, "reset", "-q", "--hard", "HEAD~1")
    run_git(top, "reflog", "expire", "--expire=now", "--all")
    run_git(top, "gc", "-q", "--prune=now")
    assert hub.git.text("cat-file", "-t", gone) == "commit"
    user.unpin("r1")
    assert run_git(top, "for-each-ref", "refs/swarm") == ""
    user.unpin("r1")


@pytest.fixture
def landed(hub: Hub, base: str) -> str:
    """An integration one commit ahead of the base, which changes a.txt."""
    blob = hub.git.text("hash-object", "-w", "--stdin", input=b"landed\n")
    listing = hub.git.run("ls-tree", "-z", base).out.replace(
        run_git(hub.path, "rev-parse", f"{base}:a.txt").encode(), blob.encode()
    )
    made = commit(hub, hub.git.text("mktree", "-z", input=listing), [base], "landed", 1)
    hub.anchor(refs.integration("r1"), made)
    return made


def publish(user: UserRepository, hub: Hub) -> None:
    user.fetch_from(hub.path, [f"{refs.integration('r1')}:{refs.published('r1')}"])


def test_publishing_makes_a_branch_and_touches_nothing_else(
    top: Path, user: UserRepository, hub: Hub, landed: str, base: str
) -> None:
    before = run_git(top, "status", "--porcelain", "--branch"), run_git(top, "for-each-ref")
    publish(user, hub)
    assert run_git(top, "rev-parse", "swarm/r1") == landed
    assert not (top / ".git" / "FETCH_HEAD").exists()
    run_git(top, "branch", "-D", "swarm/r1")
    assert before == (run_git(top, "status", "--porcelain", "--branch"), run_git(top, "for-each-ref"))
    assert user.resolve("HEAD") == base


def test_publishing_refuses_a_branch_that_is_checked_out(
    top: Path, user: UserRepository, hub: Hub, landed: str
) -> None:
    run_git(top, "checkout", "-q", "-b", "swarm/r1")
    with pytest.raises(SwarmError, match="checked out"):
        publish(user, hub)


def test_publishing_refuses_to_drop_commits_of_the_user(top: Path, user: UserRepository, hub: Hub, landed: str) -> None:
    run_git(top, "checkout", "-q", "-b", "swarm/r1")
    run_git(top, "commit", "-q", "--allow-empty", "-m", "mine")
    run_git(top, "checkout", "-q", "main")
    with pytest.raises(SwarmError, match="fast-forward"):
        publish(user, hub)


def test_publishing_says_when_a_branch_name_is_in_the_way(
    top: Path, user: UserRepository, hub: Hub, landed: str
) -> None:
    run_git(top, "branch", "swarm/r1/x")
    with pytest.raises(SwarmError, match="in the way"):
        publish(user, hub)


def test_a_run_and_one_of_its_tasks_can_both_be_published(user: UserRepository, hub: Hub, landed: str) -> None:
    publish(user, hub)
    user.fetch_from(hub.path, [f"{refs.integration('r1')}:{refs.published_task('r1', 't', 1)}"])


def test_publishing_runs_no_hook(top: Path, user: UserRepository, hub: Hub, landed: str, tmp_path: Path) -> None:
    (top / ".git" / "hooks").mkdir(exist_ok=True)
    hook = top / ".git" / "hooks" / "reference-transaction"
    hook.write_text(f"#!/bin/sh\ntouch '{tmp_path}/canary'\n")
    hook.chmod(0o755)
    publish(user, hub)
    user.pin("r1", landed)
    assert not (tmp_path / "canary").exists()


def test_the_users_checkout_moves_forward_with_its_files(
    top: Path, user: UserRepository, hub: Hub, landed: str
) -> None:
    publish(user, hub)
    (top / "untracked").write_text("mine")
    user.fast_forward("main", landed)
    assert run_git(top, "rev-parse", "main", "HEAD").split() == [landed, landed]
    assert (top / "a.txt").read_text() == "landed\n"
    assert (top / "untracked").read_text() == "mine"
    user.fast_forward("main", landed)


def test_a_dirty_checkout_is_not_moved(top: Path, user: UserRepository, hub: Hub, landed: str, base: str) -> None:
    publish(user, hub)
    (top / "src" / "b.txt").write_text("mine")
    with pytest.raises(SwarmError, match="uncommitted changes"):
        user.fast_forward("main", landed)
    assert user.resolve("HEAD") == base
    assert (top / "src" / "b.txt").read_text() == "mine"


def test_the_users_own_hooks_run_when_their_checkout_moves(
    top: Path, user: UserRepository, hub: Hub, landed: str, tmp_path: Path
) -> None:
    publish(user, hub)
    hook = top / ".git" / "hooks" / "post-merge"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\n")
    hook.chmod(0o755)
    user.fast_forward("main", landed)
    assert (tmp_path / "ran").exists()


def test_a_branch_checked_out_elsewhere_is_not_moved(
    top: Path, user: UserRepository, hub: Hub, landed: str, base: str, tmp_path: Path
) -> None:
    publish(user, hub)
    run_git(top, "worktree", "add", "-q", "-b", "side", str(tmp_path / "linked"))
    with pytest.raises(SwarmError, match="linked"):
        user.fast_forward("side", landed)
    assert user.resolve("side") == base


def test_a_branch_in_the_middle_of_a_rebase_is_not_moved(
    top: Path, user: UserRepository, hub: Hub, landed: str, base: str
) -> None:
    publish(user, hub)
    run_git(top, "commit", "-q", "--allow-empty", "-m", "x")
    run_git(top, "reset", "-q", "--hard", base)
    run_git(top, "rebase", "-q", "--exec", "false", "--root", code=1)
    with pytest.raises(SwarmError):
        user.fast_forward("main", landed)
    assert user.resolve("main") == base


def test_a_branch_that_nobody_has_checked_out_moves_forward_only(
    top: Path, user: UserRepository, hub: Hub, landed: str, base: str
) -> None:
    publish(user, hub)
    run_git(top, "branch", "side")
    user.fast_forward("side", landed)
    assert user.resolve("side") == landed
    user.fast_forward("new", landed)
    assert user.resolve("new") == landed
    mine = commit(hub, tree_of(hub, base), [base], "mine", 2)
    hub.anchor(refs.integration("r2"), mine)
    user.fetch_from(hub.path, [f"{refs.integration('r2')}:{refs.published('r2')}"])
    with pytest.raises(SwarmError, match="fast-forward"):
        user.fast_forward("side", mine)
    assert user.resolve("side") == landed


def test_what_we_write_into_the_users_repository_outlives_a_power_loss(user: UserRepository, hub: Hub) -> None:
    """Each ref and object is flushed.  By git's default a ref is not, and after a power loss it is empty."""
    new = commit(hub, tree_of(hub, user.resolve("HEAD")), (user.resolve("HEAD"),), "new", 1)
    hub.cas(refs.integration("r1"), None, new, "test")
    told = Path(os.environ["HOME"], "events")
    Path(os.environ["HOME"], ".gitconfig").write_text(f"[trace2]\n\teventTarget = {told}\n")
    user.pin("r1", user.resolve("HEAD"))
    assert _flushes(told) == [1]
    user.fetch_from(hub.path, [f"{refs.integration('r1')}:{refs.published('r1')}"])
    assert sorted(_flushes(told)) == [1, 1, 1], "a commit and a ref, by two processes"


def _flushes(told: Path) -> list[int]:
    """How often each git command that flushed anything has waited for the disk."""
    events = [json.loads(line) for line in told.read_text().splitlines()]
    return [int(one["value"]) for one in events if one.get("key") == "fsync/hardware-flush"]
