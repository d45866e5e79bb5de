"""`swarm clean` may be killed at any step, and two may be asked for at once: nothing is lost, and the next one ends it.

It is killed just before its n-th change of the disk or start of a program, by a hook of the interpreter's.
"""

from __future__ import annotations

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

HOOK = """\
import os, sys
left = int(os.environ.get("DIE_AT", "0"))
CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree", "subprocess.Popen", "os.posix_spawn"}
def count(event, args):
    global left
    if left and event in CHANGES and os.environ["STATE"] in repr(args):
        left -= 1
        if not left:
            os.kill(os.getpid(), 9)
if left:
    sys.addaudithook(count)
"""
PLAN = """\
version: 1
name: demo
workers: [{name: worker-1}]
tasks:
  - {id: one, command: "true"}
"""
PROGRAM = (sys.executable, "-P", "-m", "swarm")
STEPS = (1, 2, 4, 7, 11, 16, 22, 30, 40, 60, 90)


@pytest.fixture
def made(repo: Path, monkeypatch: pytest.MonkeyPatch) -> MadeRun:
    """A run that landed whole, whose first attempt was superseded, with a repository set aside."""
    monkeypatch.chdir(repo)
    made = make_run(repo, PLAN)
    made.claim("one")
    made.say(e.AttemptEnded("one", 1, Outcome.FAILED, "no", made.seal("one", {"first.txt": "first\n"})))
    made.land("one", {"second.txt": "second\n"}, attempt=2)
    (made.dir.attempt("one", 1).rescued / "vendor").mkdir(parents=True)
    (made.dir.attempt("one", 1).rescued / "vendor" / "f").write_text("nested\n")
    made.finish()
    ref = refs.integration("demo")
    discover(repo).fetch_from(made.hub.path, [f"+{ref}:{ref}"])
    subprocess.run(["git", "-C", repo, "merge", "--quiet", "--ff-only", ref], check=True)
    made.say(e.TargetMerged("main", made.base, made.tip))
    return made


def kept(capsys: pytest.CaptureFixture[str]) -> set[str]:
    """Last parts of the names of what is kept, wherever it is kept by now."""
    return {one["name"].rpartition("/")[2] for one in swarm(capsys, "rescue", "--json").json["kept"]}


def is_killed(repo: Path, hook: Path, world: Path, at: int) -> bool:
    """Whether a clean was killed before its n-th step."""
    path = os.pathsep.join([str(hook), os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "PYTHONPATH": path, "DIE_AT": str(at), "STATE": str(world / "state")}
    done = subprocess.run([*PROGRAM, "clean"], cwd=repo, env=env, capture_output=True, timeout=100)
    assert done.returncode in (0, -signal.SIGKILL), done
    return done.returncode != 0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_clean_that_is_killed_anywhere_is_ended_by_the_next(
    made: MadeRun, repo: Path, tmp_path: Path, world: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(HOOK)
    assert kept(capsys) == {"one.1", "vendor"}
    killed = 0
    for at in STEPS:
        killed += is_killed(repo, tmp_path / "hook", world, at)
        assert kept(capsys) == {"one.1", "vendor"}, f"lost at step {at}"
    assert killed > 5, "the hook does not bite"
    said = swarm(capsys, "clean")
    assert said.code == 0, said
    assert kept(capsys) == {"one.1", "vendor"}
    assert not made.dir.path.exists() and not made.dir.home.gone.exists()
    subprocess.run(["git", "-C", made.hub.path, "fsck", "--connectivity-only"], check=True, capture_output=True)


def test_two_cleans_at_once_take_turns(made: MadeRun, repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = [
        subprocess.Popen([*PROGRAM, "clean"], cwd=repo, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(2)
    ]
    for one in both:
        out, _ = one.communicate(timeout=100)
        assert one.returncode == 0 and "Traceback" not in out, out
    assert kept(capsys) == {"one.1", "vendor"}
    assert not made.dir.path.exists()
