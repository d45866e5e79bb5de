"""How many git processes a task takes: a number that is the same on every machine, and that must not grow unseen."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from leader_world import LeaderWorld, task, tasks

MOST_IN_A_CHAIN = 10
"""Three of the leader (what was sealed, the candidate, the landing) and six of the worker (look, switch, look again;
look, add, commit), and one for good measure.  Fetches have their own pace and don't count."""

MOST_SIDE_BY_SIDE = 12
"""A branch that was left behind is merged, and may be put off by one that came before it."""


@pytest.fixture
def counted(world_of_runs: LeaderWorld, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that gets a line for each git that our own programs start."""
    bin, log, real = world_of_runs.path / "bin", world_of_runs.path / "gits", shutil.which("git")
    bin.mkdir()
    lines = f'case "$*" in *" fetch "*|*upload-pack*) ;; *) echo "$*" >>{log};; esac\nexec {real} "$@"\n'
    (bin / "git").write_text(f"#!/bin/sh\n{lines}")
    (bin / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin}:{os.environ['PATH']}")
    return log


def count(world: LeaderWorld, log: Path, rows: list[dict[str, object]], name: str, workers: int) -> int:
    log.unlink(missing_ok=True)
    words = ("--run", name, "--workers", str(workers), "--task-file", world.plan(tasks(*rows)))
    done = world.swarm("start", *words, "--executor", "process")
    assert done.returncode == 0, done.stdout + done.stderr
    return len(log.read_text().splitlines())


def chain(length: int) -> list[dict[str, object]]:
    return [task(f"t{n}", f"echo {n} > f{n}", *([f"t{n - 1}"] if n else [])) for n in range(length)]


def fan(width: int) -> list[dict[str, object]]:
    return [task(f"t{n}", f"echo {n} > f{n}") for n in range(width)]


def test_a_task_in_a_chain_takes_no_more_gits_than_it_did(world_of_runs: LeaderWorld, counted: Path) -> None:
    few, many = (count(world_of_runs, counted, chain(length), f"c{length}", 1) for length in (2, 10))
    assert (many - few) / 8 <= MOST_IN_A_CHAIN, counted.read_text()


def test_a_task_beside_others_takes_no_more_gits_than_it_did(world_of_runs: LeaderWorld, counted: Path) -> None:
    few, many = (count(world_of_runs, counted, fan(width), f"f{width}", 2) for width in (2, 10))
    assert (many - few) / 8 <= MOST_SIDE_BY_SIDE, counted.read_text()
