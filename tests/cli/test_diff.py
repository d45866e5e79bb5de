from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from look_world import MadeRun, make_run, swarm

from swarm.cli import main
from swarm.core import events as e


@pytest.fixture
def made(repo: Path, monkeypatch: pytest.MonkeyPatch) -> MadeRun:
    monkeypatch.chdir(repo)
    return make_run(repo)


def test_merged_work_is_shown_against_what_it_started_from(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    made.land("one", {"a.txt": "first\n"})
    made.land("two", {"b.txt": "second\n"})
    said = swarm(capsys, "diff", "two")
    assert said.code == 0
    assert "+second" in said.out
    assert "first" not in said.out, "that is the work of another task"


def test_a_running_task_is_shown_as_its_worktree_is_now(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    made.claim("one")
    made.write("one", {"new.txt": "not committed\n", "src/app.py": "print('changed')\n"})
    said = swarm(capsys, "diff", "one")
    assert "+not committed" in said.out
    assert "-print('hello')" in said.out
    assert "holds now" in said.err


def test_what_is_piped_can_be_applied(made: MadeRun, repo: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    made.claim("one")
    path = made.write("one", {"umlaut.txt": "grün\n"})
    (path / "latin.txt").write_bytes(b"gr\xfcn\n")
    (path / "binary").write_bytes(bytes(range(256)))
    capsysbinary.readouterr()
    assert main(["diff", "one"]) == 0
    subprocess.run(["git", "-C", str(repo), "apply"], input=capsysbinary.readouterr().out, check=True)
    assert (repo / "latin.txt").read_bytes() == b"gr\xfcn\n"
    assert (repo / "binary").read_bytes() == bytes(range(256))
    assert (repo / "umlaut.txt").read_text() == "grün\n"


def test_what_a_failed_attempt_left_is_shown(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    made.fail("bad", "no", commit=made.seal("bad", {"half.txt": "half\n"}))
    said = swarm(capsys, "diff", "bad")
    assert "+half" in said.out
    assert "bad is failed" in said.err
    assert "swarm retry bad" in said.err


def ended(attempt: int, commit: str | None) -> e.AttemptEnded:
    return e.AttemptEnded("bad", attempt, e.Outcome.FAILED, "no", commit)


def test_work_of_an_earlier_attempt_has_its_own_base(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    left = made.seal("bad", {"half.txt": "half\n"})
    made.claim("bad")
    made.say(ended(1, left))
    made.land("one", {"a.txt": "first\n"}, worker="worker-2")
    made.claim("bad", attempt=2)
    made.say(ended(2, None))
    said = swarm(capsys, "diff", "bad")
    assert "+half" in said.out
    assert "first" not in said.out, "it landed after that attempt had begun"


def test_stat_counts_lines_and_files(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    made.land("one", {"a.txt": "1\n2\n", "src/app.py": ""})
    lines = swarm(capsys, "diff", "one", "--stat").out.splitlines()
    assert [line.split() for line in lines] == [
        ["+2", "-0", "a.txt"], ["+0", "-1", "src/app.py"], ["+2", "-1", "in", "2", "files"],
    ]  # fmt: skip


def test_a_task_without_work_says_why(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    said = swarm(capsys, "diff", "below")
    assert said.code == 1
    assert "below has changed nothing so far: it waits for bad" in said.err
