"""Cleaning where the disk is full or can't be written, where state was taken away, and beside somebody at work."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from look_world import MadeRun, make_run, swarm

from swarm import lease

PLAN = """\
version: 1
name: demo
clean: full
workers: [{name: worker-1}]
tasks:
  - {id: one, command: "true"}
"""
MORTAL = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.getuid() == 0 else ()


@pytest.fixture
def made(repo: Path, monkeypatch: pytest.MonkeyPatch) -> MadeRun:
    """A run that ended with one failed task."""
    monkeypatch.chdir(repo)
    made = make_run(repo, PLAN)
    made.fail("one", "no", made.seal("one", {"half.txt": "half\n", ".gitignore": "*.cache\n"}))
    made.finish()
    return made


def test_ignored_files_go_and_new_ones_hold(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    place = made.tree().path
    (place / "big.cache").write_text("warm\n")
    (place / "new.txt").write_text("new\n")
    assert "not committed" in swarm(capsys, "clean", "demo").out
    (place / "new.txt").unlink()
    swarm(capsys, "clean", "demo")
    assert not place.exists()


def test_a_locked_worktree_of_an_agents_keeps_the_hub(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    own = made.dir.home.path.parent / "agents-own"
    subprocess.run(["git", "-C", made.tree().path, "worktree", "add", "-q", "--lock", "--detach", own], check=True)
    (own / "work.txt").write_text("work\n")
    said = swarm(capsys, "clean", "demo")
    assert "the hub stays" in said.out
    assert (own / "work.txt").exists()
    assert subprocess.run(["git", "-C", own, "status"], capture_output=True).returncode == 0


def test_another_run_at_work_is_left_alone_and_so_is_the_hub(
    made: MadeRun, repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = make_run(repo, PLAN, name="other")
    place = other.write("one", {"x.txt": "x\n"})
    leader = lease.take(made.dir.home.leader_lock, {"pid": os.getpid(), "run": "other"})
    assert leader is not None
    swarm(capsys, "clean", "demo")
    said = swarm(capsys, "clean")
    leader.release()
    assert not made.dir.path.exists()
    assert "other: stays: all of it: its leader still works" in said.out
    assert (place / "x.txt").exists() and made.hub.path.exists()


def test_while_somebody_leads_the_hub_stays_though_no_run_is_left(
    repo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo)
    made = make_run(repo, PLAN)
    made.finish()
    leader = lease.take(made.dir.home.leader_lock, {"pid": os.getpid(), "run": "about-to-begin"})
    assert leader is not None
    swarm(capsys, "clean")
    leader.release()
    assert not made.dir.path.exists() and made.hub.path.exists()
    swarm(capsys, "clean")
    assert not made.hub.path.exists()


def test_state_that_was_taken_away_is_told_or_forgotten(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(made.dir.worktrees)
    said = swarm(capsys, "clean")
    assert said.code == 0 and "Traceback" not in said.err, said
    shutil.rmtree(made.hub.path)
    for verb in (["clean"], ["rescue"], ["doctor"], ["clean", "demo"]):
        said = swarm(capsys, *verb)
        assert said.code in (0, 1) and "Traceback" not in said.err and "bug" not in said.err, said
    shutil.rmtree(made.dir.home.path)
    for verb in (["clean"], ["rescue"], ["doctor", "--fix"], ["clean", "demo"]):
        said = swarm(capsys, *verb)
        assert said.code in (0, 1) and "Traceback" not in said.err and "bug" not in said.err, said


@pytest.mark.parametrize("verb", [["clean"], ["clean", "demo"], ["rescue"], ["runs"], ["doctor", "--fix"]])
def test_a_state_directory_that_can_not_be_written_is_told(made: MadeRun, repo: Path, verb: list[str]) -> None:
    before = sorted(made.dir.home.path.rglob("*"))
    for directory in [made.dir.home.path, *(path for path in made.dir.home.path.rglob("*") if path.is_dir())]:
        if not directory.is_symlink():
            directory.chmod(0o500)
    argv = [*MORTAL, sys.executable, "-P", "-m", "swarm", *verb]
    done = subprocess.run(argv, cwd=repo, capture_output=True, text=True, timeout=100, stdin=subprocess.DEVNULL)
    for directory in [made.dir.home.path, *(path for path in made.dir.home.path.rglob("*") if path.is_dir())]:
        if not directory.is_symlink():
            directory.chmod(0o700)
    assert done.returncode in (0, 1), done
    assert "Traceback" not in done.stderr and "a bug" not in done.stderr, done
    left = {path for path in before if path.exists()}
    assert made.tree().path / "half.txt" in left and made.dir.journal in left
