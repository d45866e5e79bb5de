from __future__ import annotations

from pathlib import Path

import pytest
from look_world import MadeRun, make_run, swarm

from swarm.core import events as e


@pytest.fixture
def made(repo: Path, monkeypatch: pytest.MonkeyPatch) -> MadeRun:
    monkeypatch.chdir(repo)
    return make_run(repo)


def test_it_says_what_landed_and_what_did_not(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    tip = made.land("one", {"a.txt": "1\n2\n", "src/app.py": ""})
    left = made.seal("bad", {"half.txt": "half\n"})
    made.fail("bad", "its agent exited with status 3", left)
    made.finish()
    said = swarm(capsys, "summary")
    assert said.code == 0
    assert said.out.startswith("# demo: 1 of 4 merged, 1 failed, 1 ready, 1 blocked\n")
    assert f"| one | The first one | {tip[:10]} | 2 | +2 −1 | 1 | " in said.out
    assert "### bad is failed\n\n1 attempt used up; the last one: its agent exited with status 3\n" in said.out
    assert f"- its work is kept at {left[:10]} on swarm/demo/bad.1: `swarm rescue bad`" in said.out
    assert "### below is blocked" in said.out
    assert "- next: `swarm retry bad`" in said.out
    assert made.dir.summary.read_text() == said.out


def test_json_has_sizes_attempts_and_times(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    tip = made.land("one", {"a.txt": "1\n2\n"})
    made.finish()
    found = swarm(capsys, "summary", "--json").json
    one = found["tasks"][0]
    assert (one["id"], one["merged"], one["size"]) == ("one", tip, {"files": 1, "added": 2, "removed": 0})
    assert one["attempts"][0]["outcome"] == "sealed"
    assert found["time"]["critical_path"] == ["one"]
    assert found["counts"]["merged"] == 1
    assert Path(found["path"]) == made.dir.summary


def test_tasks_that_landed_in_one_batch_have_sizes_of_their_own(
    made: MadeRun, capsys: pytest.CaptureFixture[str]
) -> None:
    made.land("one", {"a.txt": "1\n"})
    made.land("two", {"b.txt": "1\n2\n3\n"})
    sizes = {task["id"]: task["size"] for task in swarm(capsys, "summary", "--json").json["tasks"]}
    assert (sizes["one"]["added"], sizes["two"]["added"]) == (1, 3)


def test_a_run_whose_base_was_red_says_so(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    made.say(e.RunFailed("the checks failed on the base"))
    said = swarm(capsys, "summary")
    assert "- the run failed: the checks failed on the base" in said.out
    assert "Nothing has landed." in said.out


def test_a_hub_that_is_gone_costs_only_the_sizes(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    made.land("one", {"a.txt": "1\n"})
    made.hub.path.rename(made.hub.path.with_name("gone"))
    said = swarm(capsys, "summary")
    assert said.code == 0
    assert "| one | The first one |" in said.out


def test_the_page_is_whole_in_one_file_beside_the_summary(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    tip = made.land("one", {"a.txt": "1\n2\n"})
    made.fail("bad", "its agent exited with status 3")
    made.finish()
    said = swarm(capsys, "summary", "--html")
    assert (said.code, said.out) == (0, f"{made.dir.page}\n")
    text = made.dir.page.read_text()
    assert text.count("<svg ") == 2 and text.count("</svg>") == 2
    assert "<h1>demo: 1 of 4 merged, 1 failed, 1 ready, 1 blocked</h1>" in text
    assert f'<td class="text">{tip[:10]}</td>' in text and "+2 −0" in text
    assert "failed: 1 attempt used up; the last one: its agent exited with status 3" in text
    assert "checks of one: pass, landed" in text
    assert not made.dir.summary.exists()


def test_the_page_goes_where_it_is_said(made: MadeRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = tmp_path / "report.html"
    assert swarm(capsys, "summary", "--html", str(where)).out == f"{where}\n"
    assert where.read_text().startswith("<!doctype html>")
    said = swarm(capsys, "summary", "--html", str(tmp_path / "nowhere" / "report.html"))
    assert said.code == 1
    assert "can't be written: No such file or directory" in said.err and "summary --html FILE" in said.err


def test_a_page_is_no_json(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    assert swarm(capsys, "summary", "--html", "--json").code == 2
