from __future__ import annotations

import pytest
from board_pilot import commands, seen, shown, toasts, until
from simulated import Run, plan

from board.app import BoardApp
from board.screen import Board
from board.widgets import needs as window
from board.widgets.needs import CHANGED, NeedsYou
from swarm.core import events as e
from swarm.core.plan import Task
from swarm.paths import RunDir

pytestmark = pytest.mark.asyncio


@pytest.fixture
def asking(run_dir: RunDir) -> Run:
    """Two tasks that ask, one of them two things."""
    tasks = [Task("a", "A", "p"), Task("b", "B", "p")]
    run = Run.written(run_dir.journal, plan(tasks), lambda *_: "run").begin().play(40)
    for question, task in enumerate("aab"):
        run.record(e.QuestionAsked(task, 1, f"q{question}", f"question {question}?"))
    return run


def question(run: Run, task: str) -> str:
    asked = run.state.tasks[task].question
    assert asked is not None
    return asked[0]


@pytest.mark.parametrize("size", [(80, 24), (50, 20), (200, 50)])
async def test_one_key_answers_exactly_the_question_that_is_shown(
    run: Run, run_dir: RunDir, size: tuple[int, int]
) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=size) as pilot:
        await shown(pilot, app)
        await pilot.press("n")
        assert isinstance(app.screen, NeedsYou)
        assert "may I drop the table users?" in seen(app)
        await pilot.press("Y")
        args = {"task": "migrate", "text": "yes", "question": question(run, "migrate")}
        assert commands(run_dir) == [{"verb": "answer", "args": args}]
        run.command("answer", "migrate", "yes")
        await until(pilot, lambda: "may I drop the table users?" not in seen(app))
        assert "theme" in seen(app)


async def test_an_answer_is_written_there_and_escape_leaves_the_line_before_the_window(
    asking: Run, run_dir: RunDir
) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await pilot.press("n", "enter", *"not yet", "escape")
        assert isinstance(app.screen, NeedsYou)
        await pilot.press("enter", *"use Y, N or x", "enter")
        args = {"task": "a", "text": "use Y, N or x", "question": "q0"}
        assert commands(run_dir) == [{"verb": "answer", "args": args}]
        await pilot.press("escape")
        assert not isinstance(app.screen, NeedsYou)


async def test_a_reply_is_refused_once_something_else_is_asked(
    asking: Run, run_dir: RunDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "GLANCE", 3600.0)
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await pilot.press("n")
        assert isinstance(app.screen, NeedsYou)
        asking.command("answer", "a", "yes")
        await until(pilot, lambda: "question 1?" in seen(app))
        await pilot.press("Y")
        assert commands(run_dir) == []
        assert CHANGED in seen(app)
        await pilot.press("up", "down", "Y")
        assert commands(run_dir) == [{"verb": "answer", "args": {"task": "a", "text": "yes", "question": "q1"}}]


async def test_an_answer_that_was_being_written_is_not_given_to_the_next_question(
    asking: Run, run_dir: RunDir
) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await pilot.press("n", "enter", *"ye")
        asking.command("answer", "a", "no")
        await until(pilot, lambda: "question 1?" in seen(app))
        await pilot.press("s", "enter")
        assert commands(run_dir) == []
        assert toasts(app) == ["a waits for something else by now: nothing was sent"]


async def test_the_key_that_opens_the_list_answers_nothing_and_closes_it(asking: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await pilot.press("n", "n")
        assert not isinstance(app.screen, NeedsYou)
        assert commands(run_dir) == []


async def test_paused_work_goes_on_by_a_key_and_cancelling_asks_first(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await pilot.press("n", "down", "p", "x", "n", "x", "y")
        assert commands(run_dir) == [
            {"verb": "unpause", "args": {"task": "theme"}},
            {"verb": "cancel", "args": {"task": "theme"}},
        ]


async def test_held_work_is_let_in_by_the_commit_that_is_shown(run_dir: RunDir) -> None:
    run = Run.written(run_dir.journal, plan([Task("a", "", "p"), Task("b", "", "p")]), lambda *_: "error")
    run.begin().play(50)
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, app)
        await pilot.press("n", "M", "j", "r")
        held = {"task": "a", "commit": run.state.tasks["a"].commit}
        assert commands(run_dir) == [{"verb": "approve", "args": held}, {"verb": "retry", "args": {"task": "b"}}]


async def test_g_goes_to_the_card_and_a_board_that_only_reads_sends_nothing(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path, read_only=True))
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, app)
        await pilot.press("n", "Y", "j", "p", "x", "g")
        assert app.board.kanban.chosen == "theme"
        assert not run_dir.mail.exists() or commands(run_dir) == []


async def test_with_nothing_to_do_the_list_says_so_and_no_key_hurts(run_dir: RunDir) -> None:
    Run.written(run_dir.journal, plan([Task("a", "", "p")]), lambda *_: "run").begin().play(20)
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await pilot.press("n", "Y", "N", "enter", "x", "j", "k")
        assert "nothing waits for you" in seen(app)
        await pilot.press("g")
        assert len(app.screen_stack) == 1


async def test_a_click_chooses_and_the_wheel_scrolls(asking: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await pilot.press("n")
        screen = app.screen
        assert isinstance(screen, NeedsYou)
        at = next(place for place, (number, _) in enumerate(screen.list._lines) if number == 1)
        await pilot.click(screen.list, offset=(4, at))
        await pilot.press("Y")
        assert commands(run_dir) == [{"verb": "answer", "args": {"task": "b", "text": "yes", "question": "q2"}}]
