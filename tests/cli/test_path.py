from __future__ import annotations

from pathlib import Path

import pytest
from look_world import make_run, swarm


@pytest.fixture(autouse=True)
def inside(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo)


def test_a_worker_and_its_task_are_at_the_same_place(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_run(repo)
    made.claim("one")
    place = made.write("one", {})
    assert swarm(capsys, "path", "worker-1").out == f"{place}\n"
    assert swarm(capsys, "path", "one").out == f"{place}\n"


def test_an_ended_task_has_a_place_until_the_next_one_begins(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_run(repo)
    made.land("one", {"a.txt": "a\n"})
    assert swarm(capsys, "path", "one").out == f"{made.dir.worktrees / 'worker-1'}\n"
    made.claim("two")
    made.write("two", {})
    said = swarm(capsys, "path", "one")
    assert (said.code, said.out) == (1, "")
    assert "swarm diff one" in said.err


def test_a_task_that_never_ran_has_no_place(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_run(repo)
    said = swarm(capsys, "path", "below")
    assert said.code == 1
    assert "swarm why below" in said.err


def test_an_unknown_name_is_told_with_a_suggestion(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_run(repo)
    said = swarm(capsys, "path", "worker-11")
    assert said.code == 1
    assert "did you mean worker-1?" in said.err
