"""Whole runs whose workers have agents of their own."""

from __future__ import annotations

import pytest
from leader_world import LeaderWorld

PLAN = """\
version: 1
agents:
  one: {{command: [sh, -c, 'echo "one $MINE $0" > $SWARM_TASK.txt'], model: ['{{{{model}}}}'], pass_env: [MINE]}}
  two: {{command: [sh, -c, 'echo "two $KEY $0" > $SWARM_TASK.txt'], model: ['{{{{model}}}}'], pass_env: [KEY]}}
workers:
  - {{name: first, skills: [a], agent: one, model: big}}
  - {{name: second, skills: [b], agent: {second}}}
tasks:
  - {{id: open, skills: [a], prompt: Do it.}}
  - {{id: named, skills: [a], agent: two, prompt: Do it.}}
  - {{id: other, skills: [b], prompt: Do it.}}
"""


def test_a_task_that_names_no_agent_is_done_by_that_of_its_worker(
    world_of_runs: LeaderWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINE", "mine")
    monkeypatch.setenv("KEY", "key")
    done = world_of_runs.start(PLAN.format(second="two"))
    assert done.returncode == 0, done.stderr
    wrote = {name: world_of_runs.git("show", f"swarm/r:{name}.txt") for name in ("open", "named", "other")}
    assert wrote == {"open": "one mine big", "named": "two key sh", "other": "two key sh"}


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ("nobody", "task other: there is no agent 'nobody'"),
        ("qwen", "task other: qwen can't keep to `permissions: ask`"),
    ],
)
def test_what_a_workers_agent_can_not_do_is_said_before_the_run_begins(
    second: str, why: str, world_of_runs: LeaderWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = world_of_runs.path / "bin"
    fake.mkdir()
    for name in ("qwen", "node"):
        (fake / name).write_text("#!/bin/sh\n")
        (fake / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake}:/usr/bin:/bin")
    file = world_of_runs.plan(PLAN.format(second=second))
    said = world_of_runs.swarm("start", "--run", "r", "--task-file", file, "--dry-run", "--executor", "process")
    assert (said.returncode, why in said.stderr) == (1, True), said.stderr
    checked = world_of_runs.swarm("check", file)
    assert why.partition(": ")[2] in checked.stdout, checked.stdout


def test_a_task_without_any_agent_needs_one_from_each_worker_that_could_get_it(world_of_runs: LeaderWorld) -> None:
    file = world_of_runs.plan(PLAN.format(second="two").replace(", agent: two}", "}"))
    words = ("start", "--run", "r", "--task-file", file, "--dry-run", "--executor", "process")
    said = world_of_runs.swarm(*words)
    assert (said.returncode, "task other has no command and no agent" in said.stderr) == (1, True), said.stderr
    assert "no agent for other" in world_of_runs.swarm("check", file).stdout
    said = world_of_runs.swarm(*words, "--agent", "two")
    assert (said.returncode, "by the agents: one, two" in said.stdout) == (0, True), said.stderr
