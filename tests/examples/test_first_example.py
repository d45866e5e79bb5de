"""The first example does what it says, in a repository that knows nothing of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

FIRST = Path(__file__).parents[2] / "examples" / "first.yaml"


def swarm(repo: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "swarm", *words], cwd=repo, capture_output=True, text=True, timeout=120
    )


def test_four_workers_merge_all_of_it_and_the_branch_moves_only_when_told(make_repo: Callable[..., Path]) -> None:
    repo = make_repo({"a.py": "print(1)\n", "dir with space/b.txt": "b\n"}, 3)
    before = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=repo)
    done = swarm(repo, "start", "--workers", "4", "--task-file", str(FIRST))
    assert done.returncode == 0, done.stdout + done.stderr
    status = json.loads(swarm(repo, "status", "--json").stdout)
    assert status["counts"] == {"merged": 5, "failed": 0}
    assert subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=repo) == before
    assert "the page is written" in swarm(repo, "inbox").stdout
    landed = swarm(repo, "merge")
    assert landed.returncode == 0, landed.stderr
    page = (repo / "swarm-first" / "page.md").read_text()
    assert "## survey" in page and "1 py" in page
