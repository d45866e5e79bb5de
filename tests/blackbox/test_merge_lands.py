"""`swarm merge` is the one thing that moves a branch: only forward, only proved, only where it is the user's."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from caller import PROGRAM, Inside, refused, swarm
from caller import git as run_git
from footprint import nothing_changes

PLAN = """\
name: r
verify: ["test ! -e broken", "! grep -q bad src/app.py"]
limits: {retries: 0}
tasks:
  - {id: one, title: the first, command: "echo 1 > one.txt"}
  - {id: two, title: the second, depends_on: [one], command: "echo two >> README.md"}
"""
DEADLINE = 40.0


def git(top: Path, *words: str) -> str:
    return run_git(top, *words)


def run(inside: Inside, repo: Path, text: str = PLAN) -> None:
    file = repo.parent / "t.yaml"
    file.write_text(text)
    said = inside(repo, "start", "--task-file", file, "--executor", "process", "--workers", "1")
    assert said.code == 0, said


@pytest.fixture
def done(repo: Path, inside: Inside) -> Path:
    """A repository in which the run `r` is finished and not landed."""
    run(inside, repo)
    return repo


def commit(repo: Path, path: str, text: str, message: str = "by the user") -> str:
    (repo / path).write_text(text)
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", message)
    return git(repo, "rev-parse", "HEAD")


def tip(repo: Path, ref: str) -> str:
    return git(repo, "rev-parse", ref)


def is_landed(repo: Path, branch: str = "main") -> bool:
    return git(repo, "show", f"{branch}:one.txt") == "1" and git(repo, "show", f"{branch}:README.md").endswith("two")


# it lands


def test_a_clean_checkout_moves_forward_with_its_files(done: Path, inside: Inside) -> None:
    base = tip(done, "main")
    said = inside(done, "merge")
    assert said.code == 0 and "main is now at" in said.out, said
    assert is_landed(done) and (done / "one.txt").read_text() == "1\n"
    assert git(done, "status", "--porcelain") == ""
    assert git(done, "merge-base", "main", base) == base
    assert tip(done, "main") == tip(done, "swarm/r")


def test_landing_twice_says_that_there_is_nothing_to_land(done: Path, inside: Inside) -> None:
    assert inside(done, "merge").code == 0
    with nothing_changes(done):
        said = inside(done, "merge")
    assert said.code == 0 and "already has all" in said.out, said


def test_a_dry_run_changes_nothing(done: Path, inside: Inside, world: Path) -> None:
    with nothing_changes(done, world):
        said = inside(done, "merge", "--dry-run")
        told = json.loads(inside(done, "merge", "--dry-run", "--json").out)
        elsewhere = inside(done, "merge", "--dry-run", "--into", "new")
    assert said.code == 0 and "main would move from" in said.out and "one.txt" in said.out, said
    assert told["target"] == "main" and told["forward"] and told["dry_run"] and told["conflicts"] == []
    assert elsewhere.code == 0, elsewhere


def test_untracked_ignored_and_stashed_things_stay(done: Path, inside: Inside) -> None:
    (done / "README.md").write_text("stashed\n")
    git(done, "stash", "-q")
    (done / "mine.txt").write_text("untracked\n")
    stash = tip(done, "stash")
    assert inside(done, "merge").code == 0
    assert (done / "mine.txt").read_text() == "untracked\n" and tip(done, "stash") == stash and is_landed(done)


def test_a_squash_is_one_commit_with_the_tree_that_was_proved(done: Path, inside: Inside) -> None:
    base = tip(done, "main")
    assert inside(done, "merge", "--squash").code == 0
    assert tip(done, "main^") == base
    assert tip(done, "main^{tree}") == tip(done, "swarm/r^{tree}")
    message = git(done, "log", "-1", "--format=%B", "main")
    assert "the first" in message and "the second" in message and "Swarm-Run: r" in message
    with nothing_changes(done):
        again = inside(done, "merge")
    assert again.code == 0 and "already has all" in again.out, again


def test_into_a_new_branch_leaves_the_checkout_alone(done: Path, inside: Inside) -> None:
    (done / "README.md").write_text("dirty, and no hindrance\n")
    base = tip(done, "main")
    said = inside(done, "merge", "--into", "fresh")
    assert said.code == 0, said
    assert is_landed(done, "fresh") and tip(done, "main") == base
    assert (done / "README.md").read_text() == "dirty, and no hindrance\n"
    assert git(done, "symbolic-ref", "HEAD") == "refs/heads/main"


def test_into_an_existing_branch_brings_its_commits_in_first(done: Path, inside: Inside) -> None:
    git(done, "switch", "-q", "-c", "release")
    theirs = commit(done, "release.txt", "r\n")
    git(done, "switch", "-q", "main")
    base = tip(done, "main")
    said = inside(done, "merge", "--into", "release")
    assert said.code == 0 and "verifying again" in said.err, said
    assert is_landed(done, "release") and git(done, "show", "release:release.txt") == "r"
    assert git(done, "merge-base", "release", theirs) == theirs
    assert tip(done, "main") == base


def test_a_target_that_has_moved_and_is_green_is_brought_in_and_verified(
    done: Path, inside: Inside, world: Path
) -> None:
    theirs = commit(done, "theirs.txt", "t\n")
    said = inside(done, "merge")
    assert said.code == 0, said
    assert is_landed(done) and (done / "theirs.txt").exists()
    assert git(done, "merge-base", "main", theirs) == theirs
    log = next((world / "state/swarm").glob("*/runs/r/journal.jsonl")).read_text()
    assert "TargetOffered" in log and log.count("CandidateLanded") == 4


def test_a_linked_worktree_lands_in_the_branch_that_it_has(done: Path, inside: Inside) -> None:
    git(done, "switch", "-q", "-c", "other")
    git(done, "worktree", "add", "-q", "../linked", "main")
    refused(inside(done, "merge"), 1, "main is checked out in", "linked", "cd ")
    said = inside(done.parent / "linked", "merge")
    assert said.code == 0, said
    assert (done.parent / "linked/one.txt").exists() and not (done / "one.txt").exists()


# it refuses, and nothing has changed


def assert_refused(inside: Inside, repo: Path, *words: str, options: tuple[str, ...] = ()) -> None:
    refs = git(repo, "for-each-ref", "refs/heads", "refs/remotes", "refs/tags")
    ours = rf"{repo}/\.git/((refs/swarm|objects)(/.*)?|ORIG_HEAD)"  # git itself writes the last before it refuses
    with nothing_changes(repo, may_appear=ours, may_change=ours):
        refused(inside(repo, "merge", *options), 1, *words)
    assert git(repo, "for-each-ref", "refs/heads", "refs/remotes", "refs/tags") == refs


def test_a_dirty_checkout_is_refused(done: Path, inside: Inside) -> None:
    (done / "src/app.py").write_text("changed\n")
    assert_refused(inside, done, "uncommitted changes", "commit or stash them", "--into")


def test_staged_changes_are_refused(done: Path, inside: Inside) -> None:
    (done / "staged.txt").write_text("staged\n")
    git(done, "add", "staged.txt")
    assert_refused(inside, done, "uncommitted changes", "commit or stash them")


def test_an_untracked_file_in_the_way_is_refused(done: Path, inside: Inside) -> None:
    (done / "one.txt").write_text("the user's own\n")
    assert_refused(inside, done, "files stand in the way", "one.txt", "move them away")


def test_a_merge_that_is_not_concluded_is_refused(done: Path, inside: Inside) -> None:
    git(done, "switch", "-q", "-c", "side")
    git(done, "commit", "-q", "--allow-empty", "-m", "side")
    git(done, "switch", "-q", "main")
    git(done, "merge", "-q", "--no-ff", "--no-commit", "side")
    assert_refused(inside, done, "a merge is not concluded", "git merge --continue or --abort")


def test_a_rebase_under_way_is_refused(done: Path, inside: Inside) -> None:
    git(done, "switch", "-q", "-c", "side")
    commit(done, "src/app.py", "side\n")
    git(done, "switch", "-q", "main")
    commit(done, "src/app.py", "main\n")
    run_git(done, "rebase", "-q", "side", code=1)
    assert_refused(inside, done, "main is being rebased", "git rebase --continue or --abort")


def test_a_target_that_has_moved_and_conflicts_is_refused_with_a_way_that_works(done: Path, inside: Inside) -> None:
    commit(done, "README.md", "another line\n")
    assert_refused(inside, done, "main has moved and conflicts", "README.md", "git merge refs/swarm/r/integration")
    assert_refused(inside, done, "conflicts", "README.md", options=("--dry-run",))
    run_git(done, "merge", "-q", "refs/swarm/r/integration", code=1)
    commit(done, "README.md", "another line\ntwo\n", "merged by hand")
    said = inside(done, "merge")
    assert said.code == 0 and "already has all" in said.out, said


def test_a_target_that_has_moved_and_is_red_is_refused_with_the_output(done: Path, inside: Inside) -> None:
    commit(done, "src/app.py", "bad\n")
    assert_refused(inside, done, "does not pass the checks", "grep -q bad src/app.py")
    commit(done, "src/app.py", "good\n", "mend it")
    assert inside(done, "merge").code == 0
    assert is_landed(done)


def test_what_was_offered_is_held_against_the_users_own_gc(done: Path, inside: Inside, world: Path) -> None:
    """The hub borrows the commit that was refused."""
    base = tip(done, "main")
    for text in ("bad\n", "bad again\n"):
        commit(done, "src/app.py", text)
        assert inside(done, "merge").code == 1
        git(done, "reset", "-q", "--hard", base)
        git(done, "reflog", "expire", "--expire=now", "--all")
        git(done, "gc", "-q", "--prune=now")
    hub = next((world / "state/swarm").glob("*/hub.git"))
    git(hub, "fsck", "--strict")
    assert inside(done, "merge").code == 0
    assert is_landed(done)


NAMES = ("-x", "", "HEAD", "@", "refs/heads/main", "a..b", "main~1", "with space", "x.lock", "a\nb")


def test_what_can_not_be_a_branch_is_refused(done: Path, inside: Inside) -> None:
    for name in NAMES:
        assert_refused(inside, done, repr(name), "can't be the name of a branch", options=(f"--into={name}",))


def test_a_branch_that_stands_in_the_way_is_refused(done: Path, inside: Inside) -> None:
    git(done, "branch", "release/1")
    assert_refused(inside, done, "stands in the way", "release", options=("--into", "release"))


def test_squashing_onto_no_branch_is_refused(done: Path, inside: Inside) -> None:
    assert_refused(inside, done, "no branch fresh", options=("--squash", "--into", "fresh"))


def test_a_run_with_nothing_green_has_nothing_to_land(repo: Path, inside: Inside) -> None:
    file = repo.parent / "t.yaml"
    file.write_text(PLAN.replace('"test ! -e broken"', '"false"'))
    assert inside(repo, "start", "--task-file", file, "--executor", "process").code == 1
    assert_refused(inside, repo, "nothing to land", "checks failed on the base")


def test_a_run_of_failures_lands_nothing_and_says_so(repo: Path, inside: Inside) -> None:
    file = repo.parent / "t.yaml"
    file.write_text("name: r\nlimits: {retries: 0}\ntasks:\n  - {id: a, command: 'false'}\n")
    assert inside(repo, "start", "--task-file", file, "--executor", "process", "--workers", "1").code == 3
    with nothing_changes(repo):
        said = inside(repo, "merge")
    assert said.code == 0 and "0 of 1 merged" in said.out, said


def test_an_agent_can_not_land_anything(done: Path, inside: Inside, world: Path) -> None:
    mail = next((world / "state/swarm").glob("*/runs/r/mail/worker-1"))
    env = {"SWARM_MAIL": str(mail), "SWARM_TASK": "one", "SWARM_ATTEMPT": "1", "SWARM_WORKER": "worker-1"}
    env["SWARM_ATTEMPT_DIR"] = str(mail.parent.parent / "attempts/one.1")
    with nothing_changes(done):
        refused(swarm(done, "merge", env=env), 1, "an agent can't merge")
        refused(swarm(done, "board", env=env), 1, "an agent can't steer by the board")
        refused(swarm(done, "dashboard", env=env), 1, "an agent can't steer by the dashboard")


# with a leader at work


@pytest.fixture
def led(repo: Path) -> Iterator[Path]:
    """A repository in which task one has landed and task two waits for the file `go`; a leader is at work."""
    flags = repo.parent
    two = f"touch {flags}/here; while [ ! -e {flags}/go ]; do sleep 0.05; done; echo two >> README.md"
    file = flags / "t.yaml"
    file.write_text(PLAN.replace("echo two >> README.md", two))
    argv = [*PROGRAM, "start", "--task-file", str(file), "--executor", "process", "--workers", "1"]
    leader = subprocess.Popen(
        argv, cwd=repo, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + DEADLINE
    while not (flags / "here").exists():
        assert time.monotonic() < deadline and leader.poll() is None, "the task did not begin"
        time.sleep(0.02)
    yield repo
    (flags / "go").touch()
    assert leader.wait(DEADLINE) == 0


def test_under_a_leader_what_is_green_so_far_lands_and_the_rest_later(led: Path, inside: Inside) -> None:
    theirs = commit(led, "theirs.txt", "t\n")
    said = inside(led, "merge")
    assert said.code == 0 and "1 of 2 merged" in said.out, said
    assert (led / "one.txt").exists() and git(led, "merge-base", "main", theirs) == theirs


def test_under_a_leader_a_red_target_is_refused_all_the_same(led: Path, inside: Inside) -> None:
    commit(led, "src/app.py", "bad\n")
    refs = git(led, "for-each-ref", "refs/heads")
    refused(inside(led, "merge"), 1, "does not pass the checks")
    assert git(led, "for-each-ref", "refs/heads") == refs


def test_while_another_run_is_led_a_finished_one_lands(done: Path, inside: Inside) -> None:
    flags = done.parent
    file = flags / "other.yaml"
    file.write_text(
        "name: other\ntasks:\n"
        f"  - {{id: x, command: 'touch {flags}/here; until [ -e {flags}/go ]; do sleep 0.1; done'}}\n"
    )
    argv = [*PROGRAM, "start", "--task-file", str(file), "--executor", "process", "--workers", "1"]
    leader = subprocess.Popen(
        argv, cwd=done, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + DEADLINE
    while not (flags / "here").exists():
        assert time.monotonic() < deadline and leader.poll() is None, "the task did not begin"
        time.sleep(0.02)
    said = inside(done, "merge", "--run", "r")
    (flags / "go").touch()
    leader.wait(DEADLINE)
    assert said.code == 0 and "main is now at" in said.out, said
    assert is_landed(done)
