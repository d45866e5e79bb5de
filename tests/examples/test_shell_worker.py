"""A worker written in shell from docs/protocol.md takes part in a run in place of our own."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from swarm import lease
from swarm.cli import main
from swarm.cli.context import load
from swarm.core.status import Status
from swarm.files import read_json
from swarm.paths import RunDir, home

WORKER = Path(__file__).parents[2] / "examples" / "shell-worker" / "worker.sh"

PLAN = """\
version: 1
tasks:
  - id: first
    command: 'cat "$SWARM_PROMPT_FILE" - >first.txt; echo "it''s \\"first\\" é 😀"'
  - id: second
    depends_on: [first]
    command: test -f first.txt && echo more >>first.txt && git add . && git commit -qm "by the agent"
  - id: findings
    expects: report
    command: 'printf "one\\n\\"two\\"\\n" >"$SWARM_ATTEMPT_DIR/report.md"'
  - id: lazy
    retries: 0
    command: 'true'
  - id: wrong
    retries: 0
    command: echo half >half.txt; echo why >&2; exit 7
  - id: endless
    retries: 0
    timeout: 1s
    command: sleep 600
"""

missing = [program for program in ("awk", "iconv", "flock", "setsid") if not shutil.which(program)]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(missing), reason=f"the example needs {' and '.join(missing)}")]


@pytest.fixture
def run(repo: Path) -> RunDir:
    """The directory that a run called `shelly` will have."""
    return home(repo / ".git").run("shelly")


@pytest.fixture
def worker(run: RunDir) -> Iterator[subprocess.Popen[bytes]]:
    """The shell worker, started before the leader: whoever holds the lock is the worker."""
    process = subprocess.Popen(["sh", str(WORKER), str(run.path), "worker-1"])
    wait_until(lambda: lease.is_held(run.mailbox("worker-1").lock))
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_run_is_worked_off_by_a_shell_script(
    repo: Path, run: RunDir, worker: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo)
    (repo / "tasks.yaml").write_text(PLAN)
    options = ["--workers", "1", "--executor", "process", "--run", "shelly", "--task-file", "tasks.yaml"]
    code = main(["start", *options])

    state = load(run)
    assert {name: task.status for name, task in state.tasks.items()} == {
        "first": Status.MERGED, "second": Status.MERGED, "findings": Status.MERGED,
        "lazy": Status.FAILED, "wrong": Status.FAILED, "endless": Status.FAILED,
    }  # fmt: skip
    assert {name: task.attempts[-1].outcome for name, task in state.tasks.items() if task.status is Status.FAILED} == {
        "lazy": "empty", "wrong": "failed", "endless": "timeout",
    }  # fmt: skip
    assert code == 3
    assert worker.wait(30) == 0, "asked to quit, it ended by itself"

    assert not run.mailbox("worker-1").log.exists(), "our own worker was never started"
    assert read_json(run.attempt("first", 1).start)["pid"] == worker.pid
    assert state.tasks["findings"].report == 'one\n"two"'
    assert 'it\'s "first" é 😀' in run.attempt("first", 1).log.read_text()
    assert "why" in state.tasks["wrong"].feedback
    shown = subprocess.check_output(["git", "show", "swarm/shelly:first.txt"], cwd=repo, text=True)
    assert shown.startswith("# Task first") and shown.endswith("more\n")
