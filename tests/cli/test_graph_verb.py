from __future__ import annotations

from pathlib import Path

import pytest
from look_world import PLAN, make_run, swarm

from swarm.core import events as e
from swarm.core.plan import Task


@pytest.fixture(autouse=True)
def inside(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("ascii", "   2  two    The second one  <- one\n"),
        ("mermaid", "t0 --> t1\n"),
        ("dot", '"one" -> "two";\n'),
        ("svg", "<title>two: The second one, after one</title>"),
    ],
)
def test_a_file_is_drawn_in_each_format(repo: Path, capsys: pytest.CaptureFixture[str], form: str, text: str) -> None:
    (repo / "tasks.yaml").write_text(PLAN)
    said = swarm(capsys, "graph", "tasks.yaml", "--format", form)
    assert said.code == 0
    assert text in said.out


def test_a_run_is_drawn_with_statuses_and_newcomers(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_run(repo)
    made.land("one", {"a.txt": "a\n"})
    made.fail("bad", "no")
    made.say(e.TasksAdded((Task("late", "late", "x", depends_on=("two",), command="true"),)))
    for said in (swarm(capsys, "graph", "--run"), swarm(capsys, "graph", "--run", "demo")):
        shown = {line.removeprefix("   1").split()[0]: line for line in said.out.replace("   2", "    ").splitlines()}
        assert "merged" in shown["one"]
        assert "failed" in shown["bad"]
        assert "blocked" in shown["below"]
        assert "late" in said.out


def test_a_picture_of_a_run_has_its_statuses_and_its_critical_path(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = make_run(repo)
    made.land("one", {"a.txt": "a\n"})
    said = swarm(capsys, "graph", "--run", "--format", "svg")
    assert said.out.startswith("<svg ") and said.out.endswith("</svg>\n")
    assert '<g class="task merged path">' in said.out


@pytest.mark.parametrize("words", [[], ["tasks.yaml", "--run", "demo"], ["tasks.yaml", "--live"]])
def test_one_thing_has_to_be_named(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    said = swarm(capsys, "graph", *words)
    assert said.code == 2
    assert "swarm graph FILE" in said.err


def test_what_is_followed_has_no_format(capsys: pytest.CaptureFixture[str]) -> None:
    assert swarm(capsys, "graph", "--live", "--format", "dot").code == 2
