"""Whole runs with a sandbox: gates, retries, messages, a killed leader, a machine without bubblewrap."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from leader_world import LeaderWorld, task, tasks
from sandbox_world import SECRET, needs_bwrap

from swarm.core.events import CandidateJudged

pytestmark = [needs_bwrap, pytest.mark.slow]


@pytest.fixture
def runs(repo: Path, tmp_path: Path) -> Iterator[LeaderWorld]:
    found = LeaderWorld(repo, tmp_path)
    try:
        yield found
    finally:
        found.end()


def connects(port: int) -> str:
    """A shell line that succeeds where the port is reached."""
    return f'{sys.executable} -c "import socket; socket.create_connection((\'127.0.0.1\', {port}), 5)"'


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_commits_from_sandboxes_are_merged_verified_and_passed_on(runs: LeaderWorld) -> None:
    commits = "echo {0} >{0}; git add {0}; git commit -qm 'by {0}'; echo rest >{0}.rest"
    done = runs.start(
        tasks(
            task("one", commits.format("one")),
            task("two", commits.format("two") + "; cat one", "one"),
            task("three", "cat one two; git log >log.txt; swarm send operator hello; swarm done fine", "one", "two"),
            task("fail-first", 'test "$SWARM_ATTEMPT" = 2 && echo ok >ok.txt', retries=1),
            sandbox="bwrap",
            verify=["git diff --quiet HEAD", "git add -A && git stash list", "! git grep -n '^<<<<<<<'"],
        )
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout, done.stderr, runs.statuses())
    assert set(runs.statuses().values()) == {"merged"}
    assert {"by one", "by two"} <= set(runs.git("log", "--format=%s", "swarm/r").splitlines())
    assert runs.git("show", "swarm/r:one.rest") == "rest"
    assert runs.git("status", "--porcelain") == ""


def test_a_gate_is_in_the_sandbox_too(runs: LeaderWorld, port: int, world: Path) -> None:
    (world / "home/key").write_text(SECRET)
    checks = [
        f"test ! -e '{world}/home/key'", "echo x >>README.md", f"echo x >'{runs.repo}/x'",
        f"! {connects(port)}", "git log -1 --format=%s",
    ]  # fmt: skip
    done = runs.start(tasks(task("one", "echo 1 >one"), sandbox={"network": "off"}, verify=checks))
    assert done.returncode == 0, (done.stderr, [event.excerpt for event in runs.events(CandidateJudged)])
    assert not (runs.repo / "x").exists()


def test_a_red_gate_is_red_and_one_that_leaves_a_daemon_leaves_none(runs: LeaderWorld) -> None:
    word = f"80{os.getpid()}.5"
    line = f"(setsid env -i sleep {word} >/dev/null 2>&1 &); test ! -e bad"
    rows = task("one", "echo 1 >bad", retries=0), task("two", "echo 2 >two")
    done = runs.start(tasks(*rows, sandbox="bwrap", verify=[line]))
    assert done.returncode == 3
    assert runs.statuses() == {"one": "failed", "two": "merged"}
    found = [entry for entry in Path("/proc").glob("[0-9]*/cmdline") if word.encode() in read(entry)]
    assert found == []


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_task_may_differ_from_its_run(runs: LeaderWorld, port: int) -> None:
    done = runs.start(
        tasks(
            task("off", f"! {connects(port)} && echo 1 >off"),
            task("on", f"{connects(port)} && echo 1 >on", sandbox={"network": "on"}),
            task("free", f"test -e '{runs.repo}/README.md' && echo 1 >free", sandbox="none"),
            sandbox={"network": "off"},
        )
    )  # fmt: skip
    assert done.returncode == 0, (done.stderr, runs.statuses())


def test_the_command_line_has_the_last_word(runs: LeaderWorld) -> None:
    line = f"test -e '{runs.repo}/README.md' && echo 1 >seen || echo 1 >hidden"
    leader = runs.lead(
        "start", "--run", "r", "--sandbox", "bwrap", "--executor", "process", "--workers", "1",
        "--task-file", runs.plan(tasks(task("one", line, sandbox="none"))),
    )  # fmt: skip
    leader.communicate(timeout=90)
    assert "hidden" in runs.git("ls-tree", "--name-only", "swarm/r").split()


def test_an_agent_outlives_its_leader_and_is_taken_over(runs: LeaderWorld, tmp_path: Path) -> None:
    (tmp_path / "gate").mkdir()
    wait = f"while ! test -e '{tmp_path}/gate/open'; do sleep 0.05; done"
    box = {"write": [str(tmp_path / "gate")]}
    leader = runs.begin(tasks(task("one", f"echo up; {wait}; echo 1 >one", sandbox=box)))
    runs.until(lambda: "up" in runs.run.attempt("one", 1).log.read_text())
    os.killpg(leader.pid, signal.SIGKILL)
    leader.wait()
    (tmp_path / "gate/open").touch()
    done = runs.swarm("resume", "r")
    assert done.returncode == 0, done.stderr
    assert runs.state.tasks["one"].attempt == 1


def test_where_bubblewrap_is_missing_nothing_begins(runs: LeaderWorld, tmp_path: Path) -> None:
    few = tmp_path / "bin"
    few.mkdir()
    for name in ("git", "sh", "tmux", "env"):
        found = next(path for path in os.environ["PATH"].split(":") if os.path.exists(f"{path}/{name}"))
        (few / name).symlink_to(f"{found}/{name}")
    plan = runs.plan(tasks(task("one", "echo 1 >one"), sandbox="bwrap"))
    refused = runs.swarm("start", "--run", "r", "--executor", "process", "--task-file", plan, PATH=str(few))
    assert refused.returncode == 1 and "bwrap was not found" in refused.stderr and "→" in refused.stderr
    assert not runs.run.path.exists()
    told = runs.swarm("doctor", PATH=str(few)).stdout
    assert "sandbox: bwrap was not found" in told


def test_doctor_has_tried_it(runs: LeaderWorld) -> None:
    assert "sandbox: bwrap starts here" in runs.swarm("doctor").stdout
