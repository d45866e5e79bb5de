"""Random kills: whatever dies when, the run ends in the same place, nothing twice, and workers go on alone."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

TASKS = 6
PATIENCE = 120.0

PLAN = """\
version: 1
name: kills
verify: ["test ! -e broken"]
limits: {{retries: 1}}
tasks:
{tasks}
"""

COMMAND = """\
  - id: t{n}
    depends_on: [{upstreams}]
    command: |
      echo "$SWARM_TASK.$SWARM_ATTEMPT start" >> {ledger}
      sleep 0.{pause}
      echo "mark-$SWARM_TASK" > f{n}.txt
      echo "$SWARM_TASK.$SWARM_ATTEMPT end" >> {ledger}
"""


@dataclass
class World:
    """A repository, a plan of six tasks in three layers, and a ledger that lies outside of everything."""

    repo: Path
    ledger: Path
    executor: str

    def swarm(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-m", "swarm", *words],
            cwd=self.repo,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    def begin(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "swarm", *words],
            cwd=self.repo, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def starts(self) -> list[str]:
        lines = self.ledger.read_text().splitlines() if self.ledger.exists() else []
        return [line.split()[0] for line in lines if line.endswith(" start")]

    def status(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.swarm("status", "--json").stdout)
        return found


@pytest.fixture(params=["process", "tmux"])
def stage(request: pytest.FixtureRequest, repo: Path, tmp_path: Path) -> World:
    ledger = tmp_path / "ledger"
    tasks = "".join(
        COMMAND.format(
            n=n,
            pause=n % 3 + 1,
            ledger=ledger,
            upstreams=", ".join(f"t{up}" for up in (n - 2, n - 3) if n >= 2 and up >= 0),
        )
        for n in range(TASKS)
    )
    (tmp_path / "tasks.yaml").write_text(PLAN.format(tasks=tasks))
    return World(repo, ledger, request.param)


def started(stage: World, tmp_path: Path) -> subprocess.Popen[bytes]:
    plan = str(tmp_path / "tasks.yaml")
    return stage.begin("start", "--workers", "3", "--task-file", plan, "--executor", stage.executor)


def is_made(stage: World) -> bool:
    return stage.swarm("status", "--json").returncode == 0


def assert_whole(stage: World) -> None:
    """The same final place as without any kill."""
    status = stage.status()
    assert status["state"] == "finished"
    assert status["counts"] == {"merged": TASKS, "failed": 0}
    tree = subprocess.run(
        ["git", "ls-tree", "-r", "--name-only", "swarm/kills"],
        cwd=stage.repo,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert {f"f{n}.txt" for n in range(TASKS)} <= set(tree)
    subprocess.run(["git", "fsck", "--strict"], cwd=stage.repo, check=True, capture_output=True)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_leaders_killed_at_random_cost_no_attempt_and_no_work(stage: World, tmp_path: Path, seed: int) -> None:
    chance = random.Random(f"{seed}-{stage.executor}")
    leader = started(stage, tmp_path)
    for _ in range(4):
        time.sleep(chance.uniform(0.05, 0.9))
        os.killpg(leader.pid, signal.SIGKILL)
        leader.wait()
        if not is_made(stage):
            leader = started(stage, tmp_path)
        else:
            leader = stage.begin("resume")
    leader.wait(PATIENCE)
    last = stage.swarm("resume")
    assert last.returncode == 0, last.stderr
    assert_whole(stage)
    assert sorted(stage.starts()) == sorted(f"t{n}.1" for n in range(TASKS))


@pytest.mark.parametrize("seed", [1, 2])
def test_workers_killed_at_random_are_replaced_and_no_attempt_runs_twice(
    stage: World, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(f"{seed}-{stage.executor}-workers")
    leader = started(stage, tmp_path)
    deadline = time.monotonic() + PATIENCE
    killed = 0
    while killed < 2 and leader.poll() is None and time.monotonic() < deadline:
        time.sleep(chance.uniform(0.2, 0.5))
        up = [w["pid"] for w in stage.status()["workers"] if w["pid"]] if is_made(stage) else []  # type: ignore[attr-defined]
        with suppress(ProcessLookupError):  # a status may be older than a death
            if up:
                os.kill(chance.choice(up), signal.SIGKILL)
                killed += 1
    assert leader.wait(PATIENCE) == 0
    assert_whole(stage)
    assert len(stage.starts()) == len(set(stage.starts()))
