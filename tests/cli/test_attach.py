from __future__ import annotations

from pathlib import Path

import pytest
from look_world import MadeRun, make_run, swarm
from seat import Seat, until

from swarm.tmux.pane import Pane
from swarm.tmux.server import TmuxServer


@pytest.fixture
def made(repo: Path, monkeypatch: pytest.MonkeyPatch) -> MadeRun:
    monkeypatch.chdir(repo)
    return make_run(repo, executor="tmux")


@pytest.mark.tmux
@pytest.mark.parametrize("name", ["worker-1", "one"])
def test_a_worker_or_its_task_is_shown_until_the_person_leaves(
    made: MadeRun, server: TmuxServer, pane: Pane, terminal: Seat, name: str
) -> None:
    made.claim("one")
    terminal.run(f"attach {name}")
    until(lambda: terminal.shows("the worker speaks"))
    terminal.type("hello", "Enter")
    until(lambda: "hello" in server.capture(pane.id, 10))
    terminal.leave()
    assert server.panes() == {"worker-1": pane}, "the worker goes on"


@pytest.mark.tmux
def test_read_only_keys_do_not_reach_the_worker(
    made: MadeRun, server: TmuxServer, pane: Pane, terminal: Seat
) -> None:
    terminal.run("attach worker-1 --read-only")
    until(lambda: terminal.shows("the worker speaks"))
    terminal.type("hello", "Enter")
    terminal.leave()
    assert "hello" not in server.capture(pane.id, 10)


@pytest.mark.tmux
def test_without_a_terminal_it_names_the_log(made: MadeRun, pane: Pane, capsys: pytest.CaptureFixture[str]) -> None:
    made.claim("one")
    said = swarm(capsys, "attach", "worker-1")
    assert said.code == 1
    assert "in a terminal only" in said.err
    assert "swarm log one -f" in said.err


def test_an_ended_run_has_no_pane_and_names_the_log(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    made.land("one", {"a.txt": "a\n"})
    made.finish()
    said = swarm(capsys, "attach", "worker-1")
    assert said.code == 1
    assert "worker-1 has no pane: the run is over" in said.err
    assert "swarm log one -f" in said.err


def test_a_task_that_nobody_works_on_is_told_so(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    said = swarm(capsys, "attach", "below")
    assert said.code == 1
    assert "nobody works on below now: it is blocked" in said.err


def test_a_run_of_plain_processes_has_no_panes(
    repo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo)
    made = make_run(repo, executor="process")
    made.claim("one")
    said = swarm(capsys, "attach", "one")
    assert said.code == 1
    assert "has no panes" in said.err
    assert "swarm log one -f" in said.err
