"""A sandboxed agent goes on with the conversation of an earlier attempt, and sees nothing else of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from modelserver import ModelServer, directive
from sandbox_world import BOX, needs_bwrap
from worker_world import WorkerWorld, worker_world

from swarm.agents.builtin.adapter import BUILTIN
from swarm.agents.definition import Order
from swarm.core.assignment import Assignment
from swarm.core.plan import Permission, Task

pytestmark = needs_bwrap


@pytest.fixture
def place(repo: Path, tmp_path: Path) -> Iterator[WorkerWorld]:
    found = worker_world(repo, tmp_path)
    try:
        yield found
    finally:
        found.end()


def assign(place: WorkerWorld, url: str, attempt: int, earlier: str, *steps: dict[str, Any]) -> None:
    wanted = Task("job", "the job", "…", agent="builtin", model="scripted", permissions=Permission.ALL)
    launch = BUILTIN.launch(Order(wanted, f"session-{attempt}"))
    work: Assignment = replace(
        place.work("", attempt=attempt, timeout=None, sandbox=BOX), argv=launch.argv, again=launch.again,
        env={"ANTHROPIC_BASE_URL": url, "ANTHROPIC_AUTH_TOKEN": "a-token"}, files=launch.files, session=launch.session,
        agent="builtin", reader=BUILTIN.reader, places=True, account="builtin", earlier=earlier,
    )  # fmt: skip
    place.attempt(attempt).path.mkdir(parents=True, exist_ok=True)
    place.attempt(attempt).prompt.write_text(directive(*steps))
    place.assign(work)


def test_the_built_in_agents_conversation_goes_on_in_a_later_attempt(place: WorkerWorld) -> None:
    look = f"cd {place.run.path}/attempts && ls -d */* */*/* > $OLDPWD/seen.txt; touch job.1/cell/attempt/x"
    with ModelServer() as server:
        place.begin()
        assign(place, server.url, 1, "", {"write": ["a", "1"]}, {"text": "I have found the cause."})
        assert place.end_of()["kind"] == "sealed"
        assign(place, server.url, 2, "session-1", {"shell": look}, {"text": "Done."})
        end = place.end_of(2)
        assert end["kind"] == "sealed", place.attempt(2).log.read_text()
        said = [str(asked.body["messages"]) for asked in server.conversations()]
    assert "I have found the cause." in said[-1] and "Read-only file system" in said[-1]
    seen = set(place.show(end["commit"], "seen.txt").split())
    assert {"job.1/cell", "job.1/cell/attempt"} == {path for path in seen if path.startswith("job.1")}


def test_who_goes_on_with_none_sees_nothing_of_it(place: WorkerWorld) -> None:
    place.begin()
    place.assign(place.work("true", sandbox=BOX))
    place.end_of()
    place.assign(place.work(f"ls {place.run.path}/attempts > seen.txt", attempt=2, sandbox=BOX))
    assert place.show(place.end_of(2)["commit"], "seen.txt").split() == ["job.2"]
