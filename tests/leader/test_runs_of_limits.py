"""Whole runs: what is claimed when, and what ends an attempt."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from leader_world import LeaderWorld, task, tasks, writes

from swarm.core.events import AttemptEnded, Outcome, TaskClaimed

USED = """printf '{"input_tokens": 10, "output_tokens": 5, "usd": %s}' 3.0 > $SWARM_ATTEMPT_DIR/usage.json; """


def test_an_attempt_that_takes_too_long_or_says_nothing_is_ended(world_of_runs: LeaderWorld) -> None:
    rows = [
        task("long", "while :; do echo x; sleep 0.1; done", limits={"timeout": "1s", "retries": 0}),
        task("silent", "sleep 1000", limits={"idle": "1s", "retries": 0}),
    ]
    done = world_of_runs.start(tasks(*rows))
    assert done.returncode == 3, done.stderr
    assert {event.task: str(event.outcome) for event in world_of_runs.events(AttemptEnded)} == {
        "long": "timeout", "silent": "idle",
    }  # fmt: skip


def test_what_was_spent_beyond_the_budget_stops_new_attempts(world_of_runs: LeaderWorld) -> None:
    rows = [task(f"t{number}", f"echo x > t{number}.txt; {USED}") for number in range(4)]
    done = world_of_runs.start(tasks(*rows, limits={"run_budget": "5 USD"}), workers=1)
    assert done.returncode == 3, done.stderr
    assert list(world_of_runs.statuses().values()) == ["merged", "merged", "pending", "pending"]
    assert world_of_runs.state.usage.usd == 6.0
    assert "budget" in world_of_runs.swarm("why", "t3").stdout


@pytest.mark.parametrize("usage", ['{"usd": -1000}', '{"usd": NaN}', '{"usd": 1e400}', "[]", '{"usd": "3"}'])
def test_what_an_agent_says_of_its_spending_can_not_lower_the_sum(world_of_runs: LeaderWorld, usage: str) -> None:
    lie = f"echo '{usage}' > $SWARM_ATTEMPT_DIR/usage.json; echo x > x.txt"
    assert world_of_runs.start(tasks(task("a", lie)), workers=1).returncode == 0
    assert world_of_runs.state.usage.usd == 0.0


def test_the_urgent_is_claimed_first(world_of_runs: LeaderWorld) -> None:
    rows = [writes("low", priority="low"), writes("plain"), writes("high", priority="high")]
    assert world_of_runs.start(tasks(*rows), workers=1).returncode == 0
    assert [event.task for event in world_of_runs.events(TaskClaimed)] == ["high", "plain", "low"]


def test_tasks_that_touch_the_same_files_do_not_run_side_by_side(world_of_runs: LeaderWorld) -> None:
    ledger = world_of_runs.path / "ledger"
    line = f"echo start >> {ledger}; sleep 0.2; echo $SWARM_TASK >> src/shared.txt; echo end >> {ledger}"
    rows = [task(name, line, files=["src/**"]) for name in ("a", "b", "c")]
    done = world_of_runs.start(tasks(*rows), workers=3)
    assert done.returncode == 0, done.stderr
    assert ledger.read_text().split() == ["start", "end"] * 3
    assert world_of_runs.git("show", "swarm/r:src/shared.txt").split() == ["a", "b", "c"]


def test_skills_decide_who_may_have_a_task(world_of_runs: LeaderWorld) -> None:
    plan = tasks(
        *[writes(f"t{number}", skills=["sql"]) for number in range(3)],
        workers=[{"name": "plain"}, {"name": "dba", "skills": ["sql"]}],
    )
    leader = world_of_runs.lead("start", "--run", "r", "--task-file", world_of_runs.plan(plan), "--executor", "process")
    assert leader.wait(60) == 0
    assert {event.worker for event in world_of_runs.events(TaskClaimed)} == {"dba"}


def test_a_setup_that_fails_is_a_rejected_attempt_with_its_reason(world_of_runs: LeaderWorld) -> None:
    line = "case $(pwd) in */worktrees/*) echo no such tool; exit 9;; esac"
    plan = tasks(writes("a"), setup={"run": [line]}, limits={"retries": 1})
    done = world_of_runs.start(plan, workers=1)
    assert done.returncode == 3, done.stderr
    first, second = world_of_runs.events(AttemptEnded)
    assert (first.outcome, second.outcome) == (Outcome.REJECTED, Outcome.REJECTED)
    assert "status 9" in first.reason and "no such tool" in first.reason


def calls_of_tmux(found: LeaderWorld, count: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command lines of all calls of tmux in a run of so many tasks with four workers."""
    real = shutil.which("tmux")
    assert real is not None
    wrapper, calls = found.path / "bin" / "tmux", found.path / "calls"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\necho "$@" >> {calls}\nexec {real} "$@"\n')
    wrapper.chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}")
        rows = [task(f"t{number}", f"echo x > t{number}.txt; sleep 0.1") for number in range(count)]
        done = found.start(tasks(*rows), workers=4, executor="tmux")
    assert done.returncode == 0, done.stderr
    return calls.read_text().splitlines()


@pytest.mark.tmux
def test_handing_out_a_task_makes_no_call_of_tmux(
    make_repo: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []
    for count in (4, 12):
        (tmp_path / str(count)).mkdir()
        found = LeaderWorld(make_repo(name=f"repo-{count}"), tmp_path / str(count))
        lines = calls_of_tmux(found, count, monkeypatch)
        assert not [line for line in lines if "send-keys" in line]
        counts.append(len(lines))
    assert counts[0] == counts[1]


@pytest.mark.slow
def test_the_time_that_a_person_takes_to_answer_is_not_the_agents(world_of_runs: LeaderWorld) -> None:
    world_of_runs.begin(tasks(task("asks", 'swarm ask "which?" > answer.txt', timeout="8s", retries=0)), workers=1)
    world_of_runs.until(lambda: world_of_runs.statuses()["asks"] == "waiting")
    time.sleep(9.0)  # longer than it may take
    assert world_of_runs.swarm("answer", "asks", "this one").returncode == 0
    world_of_runs.until(lambda: world_of_runs.state.over)
    assert world_of_runs.statuses() == {"asks": "merged"}
