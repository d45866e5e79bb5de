"""Runs of the built-in agent as a user has them: a key in the environment, a task file, and merged work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from caller import swarm
from modelserver import ModelServer, directive

pytestmark = pytest.mark.slow

KEY = "sk-a-key-of-the-user"


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(key=KEY) as server:
        yield server


FIRST = (
    {"text": "I begin.", "write": ["one.txt", "one\n"]},
    {"tool": ["send_message", {"to": "two", "text": "one.txt is there"}]},
    {"shell": "git add -A && git commit -qm 'Add one.txt' && git log -1 --format=%an"},
    {"tool": ["task_done", {"summary": "one.txt is written"}]},
)
SECOND = ({"tool": ["edit", {"path": "one.txt", "old": "one", "new": "two"}]}, {"text": "Done."})
PLAN = {
    "name": "r", "agent": "builtin", "model": "scripted", "permissions": "all", "verify": ["test -e README.md"],
    "tasks": [
        {"id": "one", "prompt": directive(*FIRST)},
        {"id": "two", "depends_on": ["one"], "prompt": directive(*SECOND)},
    ],
}  # fmt: skip


def test_two_tasks_go_from_start_to_merged(repo: Path, server: ModelServer) -> None:
    file = repo.parent / "t.yaml"
    file.write_text(json.dumps(PLAN))
    env = {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": KEY}
    said = swarm(repo, "start", "--task-file", file, "--executor", "process", "--workers", "2", env=env)
    assert said.code == 0, (said, swarm(repo, "log").out)
    status = json.loads(swarm(repo, "status", "--json").out)
    assert {task["id"]: task["status"] for task in status["tasks"]} == {"one": "merged", "two": "merged"}
    assert status["usage"]["input_tokens"] == sum(1230 + 3 * n for n in (0, 1, 2, 3, 0, 1))
    log = swarm(repo, "log", "one").out
    assert "I begin." in log and "• create one.txt" in log and "worker-" in log
    assert "one.txt is there" in str(server.conversations()[4].body["messages"]), "the message is in its prompt"
    assert swarm(repo, "merge").code == 0 and (repo / "one.txt").read_text() == "two\n"
    everything = [path for path in repo.parent.rglob("*") if path.is_file() and "objects" not in path.parts]
    assert [path for path in everything if KEY.encode() in path.read_bytes()] == []
