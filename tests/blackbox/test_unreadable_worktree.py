"""A worktree that git itself can't read costs one attempt, not the worker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

TASKS = """\
version: 1
name: unreadable
tasks:
  - {id: spoil, command: "printf 'no byte order mark' > wide.u", limits: {retries: 0}, priority: high}
  - {id: after, command: "echo done > after.txt"}
"""


def swarm(repo: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "swarm", *args], cwd=repo, capture_output=True, text=True, check=False)


def test_the_next_task_gets_a_new_worktree_and_the_old_one_is_kept(make_repo: Callable[..., Path]) -> None:
    # "x\n" in UTF-16: what the agent writes in its place has no byte order mark, and `git add` refuses everything.
    repo = make_repo({".gitattributes": "*.u working-tree-encoding=UTF-16\n"})
    (repo / "wide.u").write_bytes("x\n".encode("utf-16"))
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.invalid")
    subprocess.run(["git", "add", "wide.u"], cwd=repo, check=True)
    subprocess.run(["git", *identity, "commit", "--quiet", "-m", "wide"], cwd=repo, check=True)
    (repo / "tasks.yaml").write_text(TASKS)

    done = swarm(repo, "start", "--workers", "1", "--executor", "process", "--task-file", "tasks.yaml")

    assert done.returncode == 3, done.stderr
    tasks = {task["id"]: task for task in json.loads(swarm(repo, "status", "--json").stdout)["tasks"]}
    assert tasks["spoil"]["status"] == "failed" and "wide.u" in tasks["spoil"]["reason"]
    assert tasks["after"]["status"] == "merged" and tasks["after"]["attempt"] == 1
    kept = [path.read_bytes() for path in Path(os.environ["XDG_STATE_HOME"]).glob("swarm/*/runs/*/attempts/**/wide.u")]
    assert kept == [b"no byte order mark"]
