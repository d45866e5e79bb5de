from __future__ import annotations

from pathlib import Path

import pytest
from git_world import run_git

from swarm.git import refs
from swarm.git.merge import changed, commits_between
from swarm.git.worktree import Author, SealRefused, Worktree

ANN = Author("worker-1", "worker-1@swarm.localhost")
BRANCH = "refs/heads/swarm/r1/t.1"


def test_uncommitted_work_is_committed_on_the_attempts_branch(tree: Worktree, base: str) -> None:
    (tree.path / "new file.txt").write_text("x")
    (tree.path / "a.txt").unlink()
    (tree.path / "x.cache").write_text("ignored")
    sealed = tree.seal("t: work\n\nand why", ANN)
    assert sealed.committed and not tree.status_dirty()
    assert tree.hub.read_ref(BRANCH) == sealed.commit == tree.head()
    assert changed(tree.hub, base, sealed.commit) == {"new file.txt", "a.txt"}
    entry = run_git(tree.path, "log", "-1", "--format=%an <%ae> %cn|%B")
    assert entry.strip() == "worker-1 <worker-1@swarm.localhost> worker-1|t: work\n\nand why"
    assert tree.has_work(base)


def test_an_agent_that_committed_everything_is_sealed_as_it_is(tree: Worktree, base: str) -> None:
    (tree.path / "new.txt").write_text("x")
    run_git(tree.path, "add", "-A")
    run_git(tree.path, "commit", "-qm", "by the agent")
    sealed = tree.seal("m", ANN)
    assert not sealed.committed
    assert sealed.commit == run_git(tree.path, "rev-parse", "HEAD")


def test_no_work_is_seen_as_no_work(tree: Worktree, base: str) -> None:
    run_git(tree.path, "commit", "-q", "--allow-empty", "-m", "empty")
    sealed = tree.seal("m", ANN)
    assert not sealed.committed
    assert not tree.has_work(base)


def test_sealing_again_is_harmless(tree: Worktree) -> None:
    (tree.path / "new.txt").write_text("x")
    one = tree.seal("m", ANN)
    two = tree.seal("m", ANN)
    assert two.commit == one.commit and not two.committed


def test_the_door_stays_out_of_a_seal_and_of_a_rescue(tree: Worktree, base: str) -> None:
    (tree.path / ".swarm" / "inbox").mkdir(parents=True)
    (tree.path / ".swarm" / ".gitignore").write_text("*\n")
    (tree.path / ".swarm" / "inbox" / "note").write_text("x")
    assert tree.rescue(refs.rescue("r1", "t", 1), "m") is None
    assert not tree.status_dirty()
    (tree.path / "new.txt").write_text("x")
    rescued = tree.rescue(refs.rescue("r1", "t", 1), "m")
    assert rescued
    assert changed(tree.hub, base, rescued) == {"new.txt"}
    assert changed(tree.hub, base, tree.seal("m", ANN).commit) == {"new.txt"}


def test_a_door_that_is_not_ignored_stays_out_too(tree: Worktree, base: str) -> None:
    (tree.path / ".swarm").mkdir()
    (tree.path / ".swarm" / "note").write_text("x")
    (tree.path / ".gitignore").write_text("!.swarm\n!.swarm/**\n")
    (tree.path / "new.txt").write_text("x")
    run_git(tree.path, "add", "-f", ".swarm")
    sealed = tree.seal("m", ANN)
    assert changed(tree.hub, base, sealed.commit) == {".gitignore", "new.txt"}
    assert (tree.path / ".swarm" / "note").exists()


def test_a_seal_takes_the_door_out_of_what_the_agent_committed(tree: Worktree, base: str) -> None:
    (tree.path / ".swarm").mkdir()
    (tree.path / ".swarm" / "note").write_text("x")
    run_git(tree.path, "add", "-f", ".swarm")
    run_git(tree.path, "commit", "-qm", "oops")
    assert changed(tree.hub, base, tree.seal("m", ANN).commit) == set()


def test_a_nested_repository_is_left_out_and_said(tree: Worktree, base: str) -> None:
    nested = tree.path / "vendor" / "lib"
    nested.mkdir(parents=True)
    run_git(nested, "init", "-q")
    run_git(nested, "commit", "-q", "--allow-empty", "-m", "x")
    (tree.path / "new.txt").write_text("x")
    sealed = tree.seal("m", ANN)
    assert sealed.left == ("vendor/lib",)
    assert tree.status_dirty()
    assert changed(tree.hub, base, sealed.commit) == {"new.txt"}


def test_the_branch_follows_an_agent_that_made_its_own(tree: Worktree) -> None:
    run_git(tree.path, "checkout", "-q", "-b", "feature")
    (tree.path / "new.txt").write_text("x")
    run_git(tree.path, "add", "-A")
    run_git(tree.path, "commit", "-qm", "on another branch")
    (tree.path / "more.txt").write_text("y")
    feature = run_git(tree.path, "rev-parse", "HEAD")
    sealed = tree.seal("m", ANN)
    assert tree.hub.read_ref(BRANCH) == sealed.commit
    assert [entry.subject for entry in commits_between(tree.hub, feature, sealed.commit)] == ["m"]
    assert tree.hub.read_ref("refs/heads/feature") == feature, "the agent's own branch is not moved"
    assert tree.admin.head() == BRANCH


def test_what_a_left_branch_held_is_rescued(tree: Worktree, base: str) -> None:
    (tree.path / "one.txt").write_text("x")
    run_git(tree.path, "add", "-A")
    run_git(tree.path, "commit", "-qm", "one")
    one = run_git(tree.path, "rev-parse", "HEAD")
    run_git(tree.path, "checkout", "-q", "--detach", base)
    (tree.path / "two.txt").write_text("x")
    sealed = tree.seal("m", ANN)
    assert changed(tree.hub, base, sealed.commit) == {"two.txt"}
    assert tree.hub.read_ref(BRANCH) == sealed.commit
    assert tree.hub.read_ref(refs.rescue("r1", "t", 1)) == one


def test_an_agent_that_only_looks_at_an_older_commit_loses_nothing(tree: Worktree, base: str) -> None:
    (tree.path / "one.txt").write_text("x")
    run_git(tree.path, "add", "-A")
    run_git(tree.path, "commit", "-qm", "one")
    one = run_git(tree.path, "rev-parse", "HEAD")
    run_git(tree.path, "checkout", "-q", base)
    sealed = tree.seal("m", ANN)
    assert sealed.commit == one == tree.hub.read_ref(BRANCH)
    assert (tree.path / "one.txt").exists()


def test_a_renamed_or_deleted_branch_comes_back(tree: Worktree) -> None:
    (tree.path / "one.txt").write_text("x")
    run_git(tree.path, "branch", "-m", "mine")
    sealed = tree.seal("m", ANN)
    assert tree.hub.read_ref(BRANCH) == sealed.commit
    assert run_git(tree.path, "symbolic-ref", "HEAD") == BRANCH


@pytest.mark.parametrize("how", ["merge", "rebase", "cherry-pick"])
def test_a_seal_in_the_middle_of_an_operation_is_refused_and_everything_rescued(tree: Worktree, how: str) -> None:
    run_git(tree.path, "checkout", "-q", "-b", "other")
    (tree.path / "a.txt").write_text("theirs\n")
    run_git(tree.path, "commit", "-qam", "theirs")
    run_git(tree.path, "checkout", "-q", "swarm/r1/t.1")
    (tree.path / "a.txt").write_text("ours\n")
    run_git(tree.path, "commit", "-qam", "ours")
    run_git(tree.path, how, "other", code=1)
    (tree.path / "new.txt").write_text("x")
    with pytest.raises(SealRefused, match=how) as caught:
        tree.seal("m", ANN)
    assert caught.value.paths == ("a.txt",)
    assert caught.value.rescued == tree.hub.read_ref(refs.rescue("r1", "t", 1))
    assert tree.hub.git.text("show", f"{caught.value.rescued}:new.txt") == "x"
    assert tree.admin.operation(), "it is still there for the agent to finish"


def test_stale_locks_do_not_stop_a_seal(tree: Worktree) -> None:
    for path in (tree.admin.path / "index.lock", tree.admin.path / "HEAD.lock", tree.hub_path / f"{BRANCH}.lock"):
        path.touch()
    (tree.path / "new.txt").write_text("x")
    assert tree.seal("m", ANN).committed


def test_no_hook_and_no_filter_of_an_agent_runs_in_a_seal(tree: Worktree, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    for name in ("core.fsmonitor", "filter.evil.clean", "filter.evil.process", "gpg.program", "commit.template"):
        run_git(tree.hub_path, "config", name, f"touch '{canary}'")
    run_git(tree.hub_path, "config", "commit.gpgSign", "true")
    (tree.path / ".gitattributes").write_text("* filter=evil\n")
    (tree.hub_path / "hooks").mkdir()
    for name in ("pre-commit", "post-commit", "reference-transaction", "commit-msg"):
        (tree.hub_path / "hooks" / name).write_text(f"#!/bin/sh\ntouch '{canary}'\n")
        (tree.hub_path / "hooks" / name).chmod(0o755)
    (tree.path / "new.txt").write_text("x")
    assert tree.seal("m", ANN).committed
    assert not canary.exists()


def test_a_hidden_file_stays_out_of_the_seal_as_its_owner_wished(tree: Worktree, base: str) -> None:
    run_git(tree.path, "update-index", "--assume-unchanged", "a.txt")
    (tree.path / "a.txt").write_text("local settings")
    (tree.path / "new.txt").write_text("x")
    assert changed(tree.hub, base, tree.seal("m", ANN).commit) == {"new.txt"}


def test_the_next_attempt_starts_from_its_own_base(tree: Worktree, base: str) -> None:
    (tree.path / "new.txt").write_text("x")
    sealed = tree.seal("m", ANN)
    assert tree.rescue(refs.rescue("r1", "t", 1), "m") is None, "what is sealed needs no rescue"
    tree.switch("swarm/r1/t.2", base)
    assert tree.hub.read_ref(BRANCH) == sealed.commit
    assert not (tree.path / "new.txt").exists()


def test_an_index_that_no_tree_can_be_made_of_is_read_anew_and_nothing_is_lost(tree: Worktree, base: str) -> None:
    (tree.path / "new.txt").write_text("new")
    run_git(tree.path, "update-index", "--add", "--cacheinfo", f"100644,{'1' * 40},ghost.txt")
    run_git(tree.path, "update-index", "--skip-worktree", "ghost.txt")
    sealed = tree.seal("m", ANN)
    assert (tree.path / "new.txt").read_text() == "new"
    assert sealed.commit != base
    assert tree.hub.read_ref(BRANCH) == sealed.commit
    names = run_git(tree.path, "ls-tree", "-r", "--name-only", sealed.commit).split()
    assert "new.txt" in names
    assert "ghost.txt" not in names


@pytest.mark.parametrize("apart", ["", "door", "attributes", "nested", "hidden", "staged"])
def test_the_commit_of_a_seal_is_the_same_whatever_way_it_went(tree: Worktree, base: str, apart: str) -> None:
    """What stands apart makes more looks necessary, and changes nothing about the commit."""
    (tree.path / "new.txt").write_text("x")
    (tree.path / "a.txt").write_text("changed\n")
    (tree.path / "src" / "b.txt").unlink()
    if apart == "door":
        (tree.path / ".gitignore").write_text("*.cache\n!/.swarm\n")
        (tree.path / ".swarm").mkdir()
        (tree.path / ".swarm" / "x").touch()
    elif apart == "attributes":
        (tree.path / ".gitattributes").write_text("*.none text\n")
    elif apart == "nested":
        run_git(tree.path, "init", "-q", "inside")
    elif apart == "hidden":
        run_git(tree.path, "update-index", "--assume-unchanged", ".gitignore")
    elif apart == "staged":
        run_git(tree.path, "add", "-A")
    message = "t: a # title\n\n# no comment: it stays\n\n\nSwarm-Run: r1\n"
    sealed = tree.seal(message, ANN)
    text = run_git(tree.path, "cat-file", "commit", sealed.commit)
    head, _, said = text.partition("\n\n")
    lines = head.splitlines()
    assert said + "\n" == message
    assert [lines[1], *(line.rpartition("> ")[0] for line in lines[2:])] == [
        f"parent {base}", *(f"{who} worker-1 <worker-1@swarm.localhost" for who in ("author", "committer")),
    ]  # fmt: skip
    assert {"new.txt", "a.txt", "src/b.txt"} <= changed(tree.hub, base, sealed.commit)
    assert not [path for path in changed(tree.hub, base, sealed.commit) if path.startswith((".swarm", "inside"))]
    assert "swarm: seal" in run_git(tree.path, "reflog", "-1", BRANCH)


def test_a_seal_of_a_file_that_only_seems_changed_changes_nothing(tree: Worktree, base: str) -> None:
    """Its .gitattributes was deleted, and git still goes by the one in the index."""
    (tree.path / ".gitattributes").write_text("*.txt text eol=crlf\n")
    run_git(tree.path, "add", "-A")
    run_git(tree.path, "commit", "-qm", "rules")
    rules = run_git(tree.path, "rev-parse", "HEAD")
    (tree.path / "a.txt").write_bytes((tree.path / "a.txt").read_bytes().replace(b"\n", b"\r\n"))
    (tree.path / ".gitattributes").unlink()
    sealed = tree.seal("m", ANN)
    assert changed(tree.hub, rules, sealed.commit) == {".gitattributes"}
