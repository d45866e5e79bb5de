"""`swarm clean` may be killed at any step, and two may be asked for at once: nothing is lost, and the next one ends it.

It is killed just before its n-th change of the disk or start of a program, by a hook of the interpreter's.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from caller import PROGRAM, git, swarm

HOOK = """\
import os, sys
left = int(os.environ.get("DIE_AT", "0"))
CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree", "subprocess.Popen", "os.posix_spawn"}
def count(event, args):
    global left
    if left and event in CHANGES and os.environ["STATE"] in repr(args) + os.environ.get("ALL", ""):
        left -= 1
        if not left:
            os.kill(os.getpid(), 9)
if left:
    sys.addaudithook(count)
"""
TASKS = """\
version: 1
name: r
verify: ["test -f README.md"]
tasks:
  - {id: a, command: 'echo "$SWARM_ATTEMPT" > made.txt; echo mark-$SWARM_ATTEMPT > m.txt; test "$SWARM_ATTEMPT" = 2'}
  - {id: b, command: "echo b > b.txt", depends_on: [a]}
"""


@pytest.fixture
def ended(repo: Path, tmp_path: Path) -> Path:
    """A repository with a run that landed whole, and whose first attempt was superseded."""
    (repo / "t.yaml").write_text(TASKS)
    said = swarm(repo, "start", "--executor", "process", "--workers", "1", "--task-file", "t.yaml")
    assert said.code == 0, said
    assert swarm(repo, "merge").code == 0
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(HOOK)
    return repo


def kept(repo: Path) -> set[str]:
    return {one["name"].rpartition("/")[2] for one in json.loads(swarm(repo, "rescue", "--json").out)["kept"]}


def killed(repo: Path, tmp_path: Path, world: Path, at: int) -> bool:
    """Whether a clean was killed before its n-th step."""
    path = os.pathsep.join([str(tmp_path / "hook"), os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "PYTHONPATH": path, "DIE_AT": str(at), "STATE": str(world / "state")}
    done = subprocess.run([*PROGRAM, "clean"], cwd=repo, env=env, capture_output=True, timeout=100)
    assert done.returncode in (0, -signal.SIGKILL), done
    return done.returncode != 0


@pytest.mark.slow
def test_a_clean_that_is_killed_anywhere_is_ended_by_the_next(ended: Path, tmp_path: Path, world: Path) -> None:
    before = kept(ended)
    assert "a.1" in before
    survivors = 0
    for at in (*range(1, 60, 3), *range(60, 2000, 97)):
        if not killed(ended, tmp_path, world, at):
            break
        survivors += 1
        assert before <= kept(ended), f"lost at step {at}"
        git(ended, "fsck", "--connectivity-only")
    assert survivors > 10, "the hook does not bite"
    said = swarm(ended, "clean")
    assert said.code == 0, said
    assert before <= kept(ended)
    assert list((world / "state").glob("swarm/*/runs/*")) == []


def test_two_cleans_at_once_take_turns(ended: Path) -> None:
    before = kept(ended)
    both = [
        subprocess.Popen([*PROGRAM, "clean"], cwd=ended, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(2)
    ]
    for one in both:
        out, _ = one.communicate(timeout=100)
        assert one.returncode == 0 and "Traceback" not in out, out
    assert before <= kept(ended)
