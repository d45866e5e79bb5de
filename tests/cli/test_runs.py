from __future__ import annotations

from pathlib import Path

import pytest
from look_world import make_run, swarm

from swarm.cli.diskuse import taken
from swarm.core import events as e


@pytest.fixture(autouse=True)
def inside(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo)


def test_no_run_is_an_error_that_names_start(capsys: pytest.CaptureFixture[str]) -> None:
    said = swarm(capsys, "runs")
    assert said.code == 1
    assert "swarm start" in said.err


def test_no_run_is_an_empty_list_for_a_script(capsys: pytest.CaptureFixture[str]) -> None:
    said = swarm(capsys, "runs", "--json").json
    assert (said["runs"], said["current"]) == ([], None)


def test_each_run_has_a_line_with_what_came_of_it(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = make_run(repo, name="first")
    first.land("one", {"a.txt": "a\n"})
    first.finish()
    make_run(repo, name="second")
    lines = swarm(capsys, "runs").out.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == ["first", "second"]
    assert "finished" in lines[0]
    assert "1 of 4 merged" in lines[0]
    assert "stopped" in lines[1], "its journal says running, but nobody leads it"


def test_json_says_what_landed_where(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_run(repo)
    tip = made.land("one", {"a.txt": "a\n"})
    made.say(e.TargetMerged("main", made.base, tip))
    found = swarm(capsys, "runs", "--json").json
    assert found["current"] == "demo"
    [one] = found["runs"]
    assert (one["run"], one["base"], one["integration"], one["target_merged"]) == ("demo", made.base, tip, tip)
    assert one["counts"] == {"merged": 1, "failed": 0, "ready": 2, "blocked": 1}


def test_an_unreadable_journal_does_not_hide_the_other_runs(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = make_run(repo, name="broken")
    lines = broken.dir.journal.read_bytes().splitlines(keepends=True)
    broken.dir.journal.write_bytes(b"rubbish\n" + b"".join(lines))
    make_run(repo, name="whole")
    said = swarm(capsys, "runs")
    assert said.code == 0
    assert "unreadable" in said.out.splitlines()[0]
    assert "whole" in said.out.splitlines()[1]


def test_what_a_run_takes_on_the_disk_is_told(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_run(repo)
    before = swarm(capsys, "runs", "--json").json
    (made.dir.worktrees / "ballast").write_bytes(b"x" * 3_000_000)
    after = swarm(capsys, "runs", "--json").json
    assert 3_000_000 <= after["runs"][0]["disk"] - before["runs"][0]["disk"] < 3_100_000
    assert after["runs"][0]["disk_counted"] is True and after["free"] > 0
    said = swarm(capsys, "runs").out.splitlines()
    assert said[0].endswith("MB") and said[1].endswith("are free there")


def test_counting_stops_when_its_time_is_up(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / str(number)).mkdir()
    assert taken([tmp_path], 0.0).whole is False
    assert taken([tmp_path], 60.0).whole is True
    assert taken([tmp_path / "nix"], 60.0).size == 0
