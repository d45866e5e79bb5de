from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from look_world import MadeRun, make_run, swarm

from swarm import lease
from swarm.core import events as e
from swarm.git import refs
from swarm.git.repository import discover
from swarm.paths import home

PLAN = """\
version: 1
name: demo
workers: [{name: worker-1}, {name: worker-2}]
tasks:
  - {id: one, command: "true"}
  - {id: bad, command: "true", limits: {retries: 0}}
"""
WHOLE = """\
version: 1
name: demo
verify: ["test -f README.md"]
limits: {retries: 0}
tasks:
  - {id: one, command: "echo one > one.txt"}
  - {id: two, command: "echo two > two.txt", depends_on: [one]}
"""


LOCKS = ("leader.lock", "clean.lock")


def git(repo: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(repo), *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def ours(repo: Path) -> list[str]:
    """Refs of ours in the user's repository."""
    return git(repo, "for-each-ref", "--format=%(refname)", "refs/swarm", "refs/heads/swarm").split()


@pytest.fixture
def made(repo: Path, monkeypatch: pytest.MonkeyPatch) -> MadeRun:
    """A finished run: one landed on the integration ref, bad failed and left work."""
    monkeypatch.chdir(repo)
    made = make_run(repo, PLAN)
    made.land("one", {"a.txt": "a\n"})
    made.fail("bad", "no", made.seal("bad", {"half.txt": "half\n"}, worker="worker-2"), worker="worker-2")
    made.finish()
    return made


def merge(made: MadeRun, repo: Path) -> None:
    """What `swarm merge` does to the user's branch."""
    ref = refs.integration("demo")
    discover(repo).fetch_from(made.hub.path, [f"+{ref}:{ref}"])
    git(repo, "merge", "--quiet", "--ff-only", ref)
    made.say(e.TargetMerged("main", made.base, made.tip))


def test_a_run_that_landed_whole_leaves_nothing(
    repo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo)
    (repo / "tasks.yaml").write_text(WHOLE)
    words = ("start", "--executor", "process", "--workers", "1", "--task-file", "tasks.yaml")
    assert swarm(capsys, *words).code == 0
    assert swarm(capsys, "merge").code == 0
    state = home(repo / ".git")
    assert ours(repo)
    said = swarm(capsys, "clean")
    assert said.code == 0
    assert "stays" not in said.out
    assert "the hub went too" in said.out
    assert ours(repo) == []
    assert not state.hub.exists()
    assert list(state.runs.iterdir()) == []
    assert not (repo / ".swarm").exists()
    assert (repo / "two.txt").read_text() == "two\n"
    git(repo, "fsck", "--connectivity-only")


def test_worktrees_and_mail_go_but_work_that_is_nowhere_else_stays(
    made: MadeRun, repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = swarm(capsys, "clean")
    assert said.code == 0
    assert list(made.dir.worktrees.iterdir()) == []
    assert not made.dir.mail.exists()
    assert "stays: what it has merged is in no branch of yours  → swarm merge --run demo" in said.out
    assert "work that no branch of yours has: bad.1" in said.out, "one landed, and its branch is of no consequence"
    assert made.hub.read_ref("refs/heads/swarm/demo/bad.1")
    assert made.hub.read_ref(refs.integration("demo")) == made.tip
    assert swarm(capsys, "status").code == 0, "the journal is there still"


def test_what_a_branch_of_the_users_has_does_not_hold_the_run(
    made: MadeRun, repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    merge(made, repo)
    said = swarm(capsys, "clean")
    assert "stays: work that no branch of yours has: bad.1  → swarm rescue bad.1 --branch NEW;" in said.out
    assert made.hub.read_ref("refs/heads/swarm/demo/one.1") is None, "it landed"
    assert swarm(capsys, "rescue", "bad.1", "--branch", "again").code == 0
    said = swarm(capsys, "clean")
    assert made.hub.read_ref("refs/heads/swarm/demo/bad.1") is None, "the user has it now"
    assert "journal and summary, because not every task has landed" in said.out
    assert made.dir.journal.exists()
    assert git(repo, "show", "again:half.txt") == "half"


def test_a_squashed_merge_counts_as_landed(made: MadeRun, repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = git(repo, "rev-parse", "main")
    ref = refs.integration("demo")
    discover(repo).fetch_from(made.hub.path, [f"+{ref}:{ref}"])
    git(repo, "-c", "user.name=T", "-c", "user.email=t@e.x", "merge", "--quiet", "--squash", ref)
    git(repo, "-c", "user.name=T", "-c", "user.email=t@e.x", "commit", "--quiet", "--message", "squashed")
    made.say(e.TargetMerged("main", before, git(repo, "rev-parse", "main")))
    said = swarm(capsys, "clean")
    assert "what it has merged is in no branch" not in said.out
    assert made.hub.read_ref("refs/heads/swarm/demo/one.1") is None


def test_a_worktree_with_changes_stays(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    path = made.tree("worker-1").path
    (path / "late.txt").write_text("nobody has this\n")
    said = swarm(capsys, "clean")
    assert "stays: the worktree of worker-1: it holds changes that are not committed" in said.out
    assert (path / "late.txt").exists()
    assert not made.tree("worker-2").path.exists()


def test_a_commit_that_no_branch_has_keeps_its_worktree(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    path = made.tree("worker-1").path
    git(path, "checkout", "--quiet", "--detach")
    (path / "own.txt").write_text("own\n")
    git(path, "add", "own.txt")
    git(path, "-c", "user.name=T", "-c", "user.email=t@e.x", "commit", "--quiet", "--message", "on no branch")
    said = swarm(capsys, "clean")
    assert "stays: the worktree of worker-1: it holds commits that no branch has" in said.out
    assert path.exists()


def test_dry_run_says_the_same_and_removes_nothing(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(made.dir.home.path.rglob("*"))
    rehearsed = swarm(capsys, "clean", "--dry-run").out
    assert sorted(path for path in made.dir.home.path.rglob("*") if path.name not in LOCKS) == [
        path for path in before if path.name not in LOCKS
    ]
    done = swarm(capsys, "clean").out
    assert rehearsed.replace("would remove", "removed").replace("would free", "freed") == done


def test_keep_branches_removes_only_what_lies_in_directories(
    made: MadeRun, repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    merge(made, repo)
    held = made.hub.list_refs("refs")
    assert swarm(capsys, "clean", "--keep-branches").code == 0
    assert made.hub.list_refs("refs") == held
    assert list(made.dir.worktrees.iterdir()) == []


def test_a_run_at_work_or_left_in_the_middle_is_not_touched(
    repo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo)
    made = make_run(repo, PLAN)
    made.claim("one")
    place = made.write("one", {})
    assert "it was left in the middle  → swarm resume demo" in swarm(capsys, "clean", "demo").out
    worker = lease.take(made.dir.mailbox("worker-1").lock, {"pid": os.getpid()})
    assert worker is not None
    assert "worker-1 still works" in swarm(capsys, "clean", "demo").out
    worker.release()
    leader = lease.take(made.dir.home.leader_lock, {"pid": os.getpid(), "run": "demo"})
    assert leader is not None
    assert "its leader still works" in swarm(capsys, "clean", "demo").out
    leader.release()
    assert place.exists()


def test_a_stopped_run_goes_only_when_it_is_named(
    repo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo)
    made = make_run(repo, PLAN)
    made.write("one", {})
    made.say(e.RunStopping("the operator"))
    made.say(e.RunStopped())
    assert "it was stopped and can go on" in swarm(capsys, "clean").out
    assert made.tree().path.exists()
    swarm(capsys, "clean", "demo")
    assert not made.tree().path.exists()


def test_mail_that_nobody_has_taken_stays(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    letter = made.dir.mailbox("worker-1").outbox / "new" / "late.sealed"
    letter.write_text("{}")
    assert "mail that nobody has taken" in swarm(capsys, "clean").out
    assert letter.exists()


def test_an_unknown_run_is_told_with_a_suggestion(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    said = swarm(capsys, "clean", "demoo")
    assert said.code == 1
    assert "did you mean demo?" in said.err
    assert made.tree().path.exists()
