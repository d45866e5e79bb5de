from __future__ import annotations

import os
from pathlib import Path

import pytest
from board_pilot import shown, until
from simulated import SHOWN, Run, plan, showcase, shown_fate

from board.app import BoardApp
from board.notify import Notifier, desktop, sequence
from board.screen import Board
from board.view.card import card
from swarm.core import events as e
from swarm.core.plan import Task
from swarm.paths import RunDir


def told(run: Run, notifier: Notifier) -> None:
    cards = [card(run.state, task) for task in run.state.tasks.values()]
    notifier.look(cards, run.state.over, "the run finished")


def test_each_time_that_a_task_needs_somebody_is_told_once() -> None:
    said: list[str] = []
    notifier = Notifier(said.append)
    run = Run(plan([Task("a", "", "p"), Task("b", "", "p")]), lambda *_: "run").begin().play(40)
    told(run, notifier)
    run.record(e.QuestionAsked("a", 1, "q1", "may I?\x1b]0;owned\x07"))
    told(run, notifier)
    told(run, notifier)
    assert said == ["a needs you: may I?"]
    run.command("answer", "a", "yes")
    told(run, notifier)
    run.record(e.QuestionAsked("a", 1, "q2", "and now?"))
    told(run, notifier)
    assert said == ["a needs you: may I?", "a needs you: and now?"]


def test_what_was_so_when_the_board_was_opened_is_no_news_and_who_pauses_knows_it() -> None:
    said: list[str] = []
    notifier = Notifier(said.append)
    run = showcase(Run(plan(SHOWN, 4), shown_fate))
    told(run, notifier)
    run.command("pause", "ui")
    told(run, notifier)
    assert said == []


def test_the_end_is_told_once_and_again_after_the_run_went_on() -> None:
    said: list[str] = []
    notifier = Notifier(said.append)
    for over in (False, True, True, False, True):
        notifier.look([], over, "the run finished: 3 of 3 merged")
    assert said == ["the run finished: 3 of 3 merged"] * 2


def test_a_terminal_is_given_one_sequence_that_nothing_in_the_text_can_end() -> None:
    assert sequence("a; b", {"TERM": "xterm-256color"}) == "\x1b]9;a, b\x1b\\"
    assert sequence("a", {"TERM": "foot"}) == "\x1b]777;notify;swarm;a\x1b\\"


def test_the_desktop_is_told_only_where_there_is_one(tmp_path: Path) -> None:
    program = tmp_path / "notify-send"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert desktop({"PATH": str(tmp_path), "DISPLAY": ":0"})[0] == str(program)
    assert desktop({"PATH": str(tmp_path)}) == []
    assert desktop({"PATH": str(tmp_path / "none"), "DISPLAY": ":0"}) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("notify", [True, False])
async def test_the_board_tells_the_desktop_unless_it_is_told_not_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, notify: bool
) -> None:
    program, heard = tmp_path / "notify-send", tmp_path / "heard"
    program.write_text(f'#!/bin/sh\necho "$@" >> {heard}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DISPLAY", ":0")
    run_dir = RunDir(tmp_path / "runs" / "r")
    tasks = [Task("a", "", "p"), Task("b", "", "p")]
    run = Run.written(run_dir.journal, plan(tasks), lambda *_: "run").begin().play(40)
    app = BoardApp(Board(run_dir.path, notify=notify))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        run.record(e.QuestionAsked("a", 1, "q1", "may I?"))
        await until(pilot, lambda: app.board.kanban.cards["a"].status == "waiting")
        if notify:
            await until(pilot, heard.exists)
            assert heard.read_text() == "--app-name=swarm -- swarm a needs you: may I?\n"
    assert heard.exists() == notify
