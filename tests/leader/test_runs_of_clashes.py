"""Whole runs in which branches clash: seen before either has landed, and over once one has."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from leader_world import LeaderWorld, task, tasks

from swarm.core.events import CandidateLanded, ClashGone, ClashSeen, MergeConflicted


def status(found: LeaderWorld) -> dict[str, Any]:
    """`swarm status --json`, its tasks by id."""
    said = json.loads(found.swarm("status", "--json").stdout)
    return {one["id"]: one for one in said["tasks"]}


def waits(found: LeaderWorld, name: str) -> str:
    """A shell line that ends when the test says so."""
    return f"touch {found.path}/at-{name}; while test ! -e {found.path}/go-{name}; do sleep 0.05; done"


def two(found: LeaderWorld, **top: Any) -> str:
    """Two tasks that write the same line and commit, then wait."""
    commit = 'echo "$SWARM_TASK" >> README.md && git commit -qam "$SWARM_TASK" && '
    return tasks(*(task(name, commit + waits(found, name)) for name in ("a", "b")), **top)


def test_a_clash_of_two_agents_at_work_is_seen_before_either_has_landed(world_of_runs: LeaderWorld) -> None:
    leader = world_of_runs.begin(two(world_of_runs))
    world_of_runs.until(lambda: world_of_runs.events(ClashSeen))
    seen = status(world_of_runs)
    assert {one["status"] for one in seen.values()} == {"running"}
    assert seen["a"]["clashes"] == [{"task": "b", "paths": ["README.md"], "more": 0}]
    assert seen["b"]["clashes"] == [{"task": "a", "paths": ["README.md"], "more": 0}]
    assert "clashes with b in README.md" in world_of_runs.swarm("status").stdout
    assert "clashes with a in README.md" in world_of_runs.swarm("why", "b").stdout
    assert "a clashes with b in README.md" in world_of_runs.swarm("log").stdout
    assert len(world_of_runs.events(CandidateLanded)) == 1  # the base
    for name in ("a", "b"):
        (world_of_runs.path / f"go-{name}").touch()
    leader.communicate(timeout=60)
    assert world_of_runs.statuses() == {"a": "merged", "b": "merged"}
    assert all(one["clashes"] == [] for one in status(world_of_runs).values())
    assert len(world_of_runs.events(MergeConflicted)) == 1
    left = world_of_runs.run.home.hub / "swarm" / "trial"
    assert not left.exists()


def test_a_clash_is_gone_once_an_agent_has_changed_its_mind(world_of_runs: LeaderWorld) -> None:
    commit = 'echo "$SWARM_TASK" >> README.md && git commit -qam "$SWARM_TASK" && '
    amend = " && git reset -q --hard HEAD^ && echo b > b.txt && git add . && git commit -qm other && "
    rows = (
        task("a", commit + waits(world_of_runs, "a")),
        task("b", commit + waits(world_of_runs, "amend") + amend + waits(world_of_runs, "b")),
    )
    leader = world_of_runs.begin(tasks(*rows))
    world_of_runs.until(lambda: world_of_runs.events(ClashSeen))
    (world_of_runs.path / "go-amend").touch()
    world_of_runs.until(lambda: world_of_runs.events(ClashGone))
    assert [one["clashes"] for one in status(world_of_runs).values()] == [[], []]
    for name in ("a", "b"):
        (world_of_runs.path / f"go-{name}").touch()
    leader.communicate(timeout=60)
    assert world_of_runs.statuses() == {"a": "merged", "b": "merged"}
    assert not world_of_runs.events(MergeConflicted)


def test_a_leader_that_was_killed_knows_the_clash_and_goes_on_looking(world_of_runs: LeaderWorld) -> None:
    leader = world_of_runs.begin(two(world_of_runs))
    world_of_runs.until(lambda: world_of_runs.events(ClashSeen))
    leader.kill()
    leader.communicate()
    assert status(world_of_runs)["a"]["clashes"]
    worktree = world_of_runs.run.worktrees / "worker-1"
    again = world_of_runs.lead("resume")
    subprocess.run(["git", "reset", "-q", "--hard", "HEAD^"], cwd=worktree, check=True)
    world_of_runs.until(lambda: world_of_runs.events(ClashGone))
    assert len(world_of_runs.events(ClashSeen)) == 1
    for name in ("a", "b"):
        (world_of_runs.path / f"go-{name}").touch()
    again.communicate(timeout=60)
