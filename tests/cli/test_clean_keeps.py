"""Cleaning never loses work: what did not land is kept under other names, and a person alone can throw it away."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from look_world import MadeRun, make_run, swarm

from swarm.core import events as e
from swarm.core.events import Outcome
from swarm.git import refs
from swarm.git.repository import discover

PLAN = """\
version: 1
name: demo
workers: [{name: worker-1}]
tasks:
  - {id: one, command: "true"}
"""
TWO = PLAN + '  - {id: bad, command: "true", limits: {retries: 0}}\n'


def git(repo: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(repo), *words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def merge(made: MadeRun, repo: Path) -> None:
    """What `swarm merge` does to the user's branch."""
    ref = refs.integration("demo")
    discover(repo).fetch_from(made.hub.path, [f"+{ref}:{ref}"])
    git(repo, "merge", "--quiet", "--ff-only", ref)
    made.say(e.TargetMerged("main", made.base, made.tip))


def names(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, object]]:
    return {one["name"]: one for one in swarm(capsys, "rescue", "--json").json["kept"]}


@pytest.fixture
def superseded(repo: Path, monkeypatch: pytest.MonkeyPatch) -> MadeRun:
    """The first attempt of a task ended with work that did not land, the second one landed, and the user has it."""
    monkeypatch.chdir(repo)
    made = make_run(repo, PLAN)
    made.claim("one")
    made.say(e.AttemptEnded("one", 1, Outcome.FAILED, "no", made.seal("one", {"first.txt": "first\n"})))
    made.land("one", {"second.txt": "second\n"}, attempt=2)
    made.finish()
    merge(made, repo)
    return made


@pytest.fixture
def failed(repo: Path, monkeypatch: pytest.MonkeyPatch) -> MadeRun:
    """One landed and the user has it, bad failed with work."""
    monkeypatch.chdir(repo)
    made = make_run(repo, TWO)
    made.land("one", {"a.txt": "a\n"})
    made.fail("bad", "no", made.seal("bad", {"half.txt": "half\n"}))
    made.finish()
    merge(made, repo)
    return made


def test_a_superseded_attempt_does_not_hold_its_run_and_is_kept(
    superseded: MadeRun, repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = swarm(capsys, "clean")
    assert "demo: stays" not in said.out, said.out
    assert not superseded.dir.path.exists()
    [name] = names(capsys)
    assert name.startswith("kept/demo.") and name.endswith("/one.1")
    git(repo, "gc", "--quiet", "--prune=now")
    assert swarm(capsys, "rescue", name, "--branch", "again").code == 0
    assert git(repo, "show", "again:first.txt") == "first"
    said = swarm(capsys, "clean")
    assert "is in a branch of yours, and kept no longer" in said.out
    assert "the hub went too" in said.out
    assert git(repo, "for-each-ref", "refs/swarm") == ""
    assert not superseded.dir.home.kept.exists()


def test_what_is_kept_outlives_the_users_own_history(
    superseded: MadeRun, repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    swarm(capsys, "clean")
    git(repo, "checkout", "--quiet", "--orphan", "fresh")
    git(repo, "-c", "user.name=T", "-c", "user.email=t@e.x", "commit", "--quiet", "--message", "anew")
    git(repo, "branch", "-D", "main")
    git(repo, "reflog", "expire", "--expire=now", "--all")
    git(repo, "gc", "--quiet", "--prune=now")
    name = next(name for name in names(capsys) if name.endswith("one.1"))
    assert swarm(capsys, "rescue", name, "--branch", "again").code == 0
    assert git(repo, "show", "again:README.md") == "a small repository"


def test_a_run_of_the_same_name_does_not_mix_with_what_is_kept(
    superseded: MadeRun, repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    swarm(capsys, "clean")
    [before] = names(capsys)
    later = make_run(repo, PLAN)
    later.at += 500
    later.fail("one", "no", later.seal("one", {"later.txt": "later\n"}))
    later.finish()
    assert set(names(capsys)) == {before, "one.1"}
    swarm(capsys, "clean", "demo")
    assert len(names(capsys)) == 2 and before in names(capsys)


def test_a_failed_task_holds_its_run_until_the_user_gives_it_up(
    failed: MadeRun, repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = swarm(capsys, "clean", "--force")
    assert said.code == 1
    assert "work that no branch of yours has: bad.1" in said.out and "swarm clean demo   keeps it aside" in said.out
    assert "--force lets nothing go" in said.out
    assert failed.dir.journal.exists()
    assert swarm(capsys, "clean", "demo").code == 0
    assert not failed.dir.path.exists()
    [name] = names(capsys)
    assert name.endswith("/bad.1")
    label = name.split("/")[1]
    assert (failed.dir.home.kept / label / "journal.jsonl").exists(), "it says what became of the task"


def test_a_run_that_did_not_land_stays_though_it_is_named(
    repo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo)
    made = make_run(repo, PLAN)
    made.land("one", {"a.txt": "a\n"})
    made.finish()
    for words in (["clean"], ["clean", "demo"], ["clean", "demo", "--force"]):
        assert "what it has merged is in no branch of yours  → swarm merge --run demo" in swarm(capsys, *words).out
        assert made.dir.journal.exists() and made.hub.read_ref(refs.integration("demo")) == made.tip


def test_a_repository_that_was_set_aside_is_kept_with_its_run(
    failed: MadeRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    aside = failed.dir.attempt("bad", 1).rescued / "vendor"
    aside.mkdir(parents=True)
    (aside / "file").write_text("nested\n")
    assert "a repository that was set aside" in swarm(capsys, "clean").out
    swarm(capsys, "clean", "demo")
    name = next(name for name in names(capsys) if name.endswith("/vendor"))
    assert swarm(capsys, "rescue", name, "--to", str(tmp_path / "back")).code == 0
    assert (tmp_path / "back" / "file").read_text() == "nested\n"


def test_a_lost_commit_holds_the_hub_until_it_is_let_go(
    superseded: MadeRun, repo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    superseded.tree().switch(None, superseded.base)
    superseded.hub.delete_refs(["refs/heads/swarm/demo/one.1"])
    said = swarm(capsys, "clean")
    assert "the hub stays: on no branch are lost/" in said.out
    [name] = names(capsys)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{name}\n"))
    assert swarm(capsys, "clean", "--discard", name).code == 0
    assert names(capsys) == {}
    assert "the hub went too" in swarm(capsys, "clean").out


# throwing away


def test_nothing_is_discarded_until_its_name_is_typed(
    failed: MadeRun, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = failed.tree().path
    (place / "late.txt").write_text("late\n")
    for typed in ("", "\n", "yes\n", "dem\n"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        said = swarm(capsys, "clean", "--discard", "demo")
        assert said.code == 1 and "nothing was thrown away" in said.err
        assert "bad.1" in said.out and "worktree/worker-1" in said.out
        assert place.exists() and failed.dir.journal.exists()
    assert swarm(capsys, "clean", "--discard", "demo", "--dry-run").code == 0
    assert place.exists()
    monkeypatch.setattr(sys, "stdin", io.StringIO("demo\n"))
    assert swarm(capsys, "clean", "--discard", "demo").code == 0
    assert not failed.dir.path.exists() and names(capsys) == {}
    assert "the hub went too" in swarm(capsys, "clean").out


def test_one_thing_is_discarded_by_its_name(
    failed: MadeRun, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (failed.tree().path / "late.txt").write_text("late\n")
    monkeypatch.setattr(sys, "stdin", io.StringIO("worktree/worker-1\n"))
    assert swarm(capsys, "clean", "--discard", "worktree/worker-1").code == 0
    assert not failed.tree().path.exists()
    assert list(names(capsys)) == ["bad.1"]
    monkeypatch.setattr(sys, "stdin", io.StringIO("demo:bad.1\n"))
    assert swarm(capsys, "clean", "--discard", "demo:bad.1").code == 0
    assert names(capsys) == {}


def test_a_run_at_work_can_not_be_discarded(
    repo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo)
    made = make_run(repo, PLAN)
    agent = subprocess.Popen(["sleep", "1000"], env={"SWARM_MAIL": str(made.dir.mailbox("worker-1").path)})
    monkeypatch.setattr(sys, "stdin", io.StringIO("demo\n"))
    try:
        said = swarm(capsys, "clean", "--discard", "demo")
    finally:
        agent.kill()
        agent.wait()
    assert said.code == 1 and f"sleep (pid {agent.pid})" in said.err
    assert made.dir.journal.exists()


@pytest.mark.parametrize("name", ["nix", "kept/x/y", "../..", ""])
def test_what_is_not_there_can_not_be_discarded(
    failed: MadeRun, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    said = swarm(capsys, "clean", "--discard", name)
    assert said.code == 1 and "→ swarm" in said.err and "Traceback" not in said.err


# what lives


@pytest.mark.parametrize("mark", ["SWARM_MAIL={}/mail/worker-1", "SWARM_GATE={}#0"])
def test_a_process_of_the_run_holds_its_worktrees(
    failed: MadeRun, capsys: pytest.CaptureFixture[str], mark: str
) -> None:
    name, _, value = mark.format(failed.dir.path).partition("=")
    left_over = subprocess.Popen(["sleep", "1000"], env={name: value})
    try:
        said = swarm(capsys, "clean", "demo")
        assert f"there still runs sleep (pid {left_over.pid})" in said.out
        assert failed.tree().path.exists() and failed.dir.journal.exists()
    finally:
        os.kill(left_over.pid, signal.SIGKILL)
        left_over.wait()
    swarm(capsys, "clean", "demo")
    assert not failed.dir.path.exists()


def test_what_a_setup_left_running_goes_with_its_worktree(failed: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    stamp = failed.dir.mailbox("worker-1").path / "setup.done"
    database = subprocess.Popen(["sleep", "1000"], env={"SWARM_SETUP": str(stamp)})
    other = subprocess.Popen(["sleep", "1000"], env={"SWARM_SETUP": f"{stamp}.other"})
    try:
        assert "ended what its setup had left running (1)" in swarm(capsys, "clean", "demo").out
        assert database.wait(30) == -signal.SIGTERM
        assert other.poll() is None
    finally:
        for one in (database, other):
            one.kill()
            one.wait()


# which runs


def test_only_old_runs_go_and_the_newest_stay(
    repo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo)
    runs = [make_run(repo, PLAN, name=name) for name in ("first", "second", "third")]
    for made in runs:
        made.finish()
    for age, made in enumerate(runs):
        os.utime(made.dir.plan, (1_700_000_000 + age, 1_700_000_000 + age))
    assert "first" not in swarm(capsys, "clean", "--older-than", "366d", "--keep", "3").out
    said = swarm(capsys, "clean", "--keep", "2", "--json").json
    assert [one["run"] for one in said["runs"]] == ["first"]
    assert not runs[0].dir.path.exists() and runs[1].dir.path.exists()
    runs[2].say(e.LeaderStarted(1, "b"))
    runs[2].at = 4_000_000_000.0
    runs[2].finish()
    assert [one["run"] for one in swarm(capsys, "clean", "--older-than", "1d", "--json").json["runs"]] == ["second"]
    assert runs[2].dir.path.exists()


@pytest.mark.parametrize("words", [["--older-than", "14"], ["--older-than", "soon"], ["--keep", "-1"], ["--keep", "x"]])
def test_a_wrong_bound_is_told(failed: MadeRun, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    said = swarm(capsys, "clean", *words)
    assert said.code == 2 and "Traceback" not in said.err


def test_json_says_what_went_and_what_stays(failed: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    said = swarm(capsys, "clean", "--json").json
    [run] = said["runs"]
    assert run["run"] == "demo" and any("worktree" in one["what"] for one in run["removed"])
    assert any("bad.1" in one["why"] and one["way_out"] for one in run["stays"])
    assert said["freed"] > 0 and said["dry_run"] is False


# teardown


def test_what_was_set_up_is_torn_down_and_a_failure_blocks_nothing(
    repo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(repo)
    torn = tmp_path / "torn"
    lines = f'teardown: ["pwd >> {torn}", "exit 3", "echo $SWARM_RUN $NAME >> {torn}"]\nenv: {{NAME: x}}\n'
    made = make_run(repo, lines + PLAN)
    place = made.write("one", {})
    made.finish()
    assert swarm(capsys, "clean", "--dry-run").code == 0
    assert not (tmp_path / "torn").exists()
    (made.dir.mailbox("worker-1").path / "setup.done").write_text("x")
    said = swarm(capsys, "clean", "demo")
    assert (tmp_path / "torn").read_text() == f"{place}\ndemo x\n"
    assert "teardown command failed with status 3: exit 3" in said.out
    assert not place.exists()
