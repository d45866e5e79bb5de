"""`swarm take` and `swarm release`: whose an agent's conversation is, and until when."""

from __future__ import annotations

from pathlib import Path

import pytest
from look_world import MadeRun, make_run, swarm
from seat import Seat, until

from swarm.cli.context import load
from swarm.core import events as e
from swarm.core.state import TaskState
from swarm.tmux.pane import Pane
from swarm.tmux.server import TmuxServer

PLAN = """\
version: 1
name: demo
verify: ["true"]
agent: claude
permissions: all
sandbox: none
workers: [{name: worker-1}, {name: worker-2}]
tasks:
  - {id: one, prompt: Do it.}
  - {id: line, command: "true"}
"""


@pytest.fixture
def made(repo: Path, monkeypatch: pytest.MonkeyPatch) -> MadeRun:
    monkeypatch.chdir(repo)
    found = make_run(repo, PLAN, executor="tmux")
    found.claim("one")
    found.say(e.AgentIdentified("one", 1, "s-1", ""))
    return found


def task(made: MadeRun) -> TaskState:
    return load(made.dir).tasks["one"]


@pytest.mark.tmux
def test_it_is_the_persons_until_they_detach(made: MadeRun, server: TmuxServer, pane: Pane, terminal: Seat) -> None:
    terminal.run("take one")
    until(lambda: terminal.shows("the worker speaks"))
    assert (task(made).status, task(made).taken_by) == ("paused", "operator")
    terminal.leave()
    assert (task(made).status, task(made).taken_by) == ("running", "")
    assert terminal.shows("the agent of one goes on")
    assert server.panes() == {"worker-1": pane}


@pytest.mark.tmux
def test_a_line_that_breaks_lets_go_of_nothing(made: MadeRun, server: TmuxServer, pane: Pane, terminal: Seat) -> None:
    terminal.run("take one")
    until(lambda: terminal.shows("the worker speaks"))
    terminal.close()
    until(lambda: "0" in server._client.run(["display-message", "-p", "#{session_attached}"]).stdout)
    assert task(made).taken_by == "operator"


@pytest.mark.tmux
def test_neither_does_a_pane_that_is_closed(made: MadeRun, server: TmuxServer, pane: Pane, terminal: Seat) -> None:
    terminal.run("take one")
    until(lambda: terminal.shows("the worker speaks"))
    server.close(pane)
    terminal.leave()
    until(lambda: terminal.shows("swarm release one"))
    assert task(made).taken_by == "operator"


@pytest.mark.tmux
def test_one_that_was_handed_back_meanwhile_is_left_alone(
    made: MadeRun, pane: Pane, terminal: Seat, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.run("take one")
    until(lambda: terminal.shows("the worker speaks"))
    assert swarm(capsys, "release", "one").out.startswith("the agent of one goes on")
    terminal.leave()
    assert not terminal.shows("goes on")
    assert task(made).status == "running"


def test_without_a_look_at_it_it_is_taken_all_the_same(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    said = swarm(capsys, "take", "one", "--no-attach")
    assert (said.code, said.out.splitlines()[0]) == (0, "one is in your hands")
    assert "swarm release one" in said.err
    assert task(made).taken_by == "operator"
    again = swarm(capsys, "take", "one", "--no-attach")
    assert (again.code, "one is in the hands of operator already" in again.err) == (1, True)
    assert swarm(capsys, "release", "one").code == 0


@pytest.mark.tmux
def test_without_a_terminal_nothing_is_taken(made: MadeRun, pane: Pane, capsys: pytest.CaptureFixture[str]) -> None:
    said = swarm(capsys, "take", "one")
    assert (said.code, "in a terminal only" in said.err) == (1, True)
    assert task(made).taken_by == ""


def test_a_shell_line_has_no_conversation(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    made.claim("line", "worker-2")
    said = swarm(capsys, "take", "line", "--no-attach")
    assert said.code == 1
    assert "line can't be taken over: command has no conversation that a terminal could show" in said.err


def test_an_unknown_task_is_told_so(made: MadeRun, capsys: pytest.CaptureFixture[str]) -> None:
    said = swarm(capsys, "take", "ine")
    assert (said.code, "there is no task 'ine' in run demo" in said.err) == (1, True)
