"""What happens to a run and to a terminal while a board is open: it stays up, and shows what is so."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from board_pilot import seen, shown, until
from simulated import SHOWN, Run, plan, showcase, shown_fate

from board.app import BoardApp, Loading
from board.screen import Board
from board.view.columns import Column
from board.widgets.dialogs import Tell
from swarm.core import events as e
from swarm.core.plan import Task
from swarm.paths import RunDir

ROOT = Path(__file__).parents[2]


@pytest.mark.asyncio
async def test_a_run_that_ended_and_goes_on_is_followed_and_its_second_end_is_shown(run_dir: RunDir) -> None:
    tasks = [Task("a", "A", "p"), Task("b", "B", "p")]
    run = Run.written(run_dir.journal, plan(tasks), lambda task, n: "seal" if task.id == "a" or n > 3 else "fail")
    run.begin().play()
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Tell))
        await pilot.press("escape")
        assert run.command("retry", "b")
        await until(pilot, lambda: app.board.kanban.cards["b"].column is not Column.FAILED)
        assert "the run finished" not in seen(app)
        run.play()
        await until(pilot, lambda: isinstance(app.screen, Tell))
        await until(pilot, lambda: "2 of 2 merged" in seen(app))


@pytest.mark.asyncio
async def test_the_first_frame_says_which_run_is_coming_and_then_the_board_is_there_with_all_its_keys(
    run_dir: RunDir,
) -> None:
    showcase(Run.written(run_dir.journal, plan(SHOWN, 4), shown_fate))
    app = BoardApp(words="add-auth", load=lambda: Board(run_dir.path, read_only=True, view="timeline"))
    async with app.run_test(size=(120, 36)) as pilot:
        assert isinstance(app.screen, Loading)
        assert "add-auth" in seen(app)
        await until(pilot, lambda: app.screen is app.board)
        await until(pilot, lambda: "worker-4" in seen(app))
        await pilot.press("v", "tab", "question_mark")
        await until(pilot, lambda: isinstance(app.screen, Tell))
        await pilot.press("escape", "ctrl+p")
        await until(pilot, lambda: "what waits for you" in seen(app))
        await pilot.press("escape", "q")
    assert app.return_code == 0


@pytest.mark.asyncio
async def test_another_run_in_the_place_of_the_one_on_the_board_is_shown_whole(run_dir: RunDir) -> None:
    showcase(Run.written(run_dir.journal, plan(SHOWN, 4), shown_fate))
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, app)
        other = RunDir(run_dir.path.parent / "other")
        Run.written(other.journal, plan([Task("x", "X", "p"), Task("y", "Y", "p")]), lambda *_: "run").begin().play(20)
        os.replace(other.journal, run_dir.journal)
        await until(pilot, lambda: set(app.board.kanban.cards) == {"x", "y"})
        assert app.is_running


@pytest.mark.asyncio
async def test_a_terminal_that_is_resized_while_events_pour_in_is_drawn_to_its_edges(run_dir: RunDir) -> None:
    tasks = [Task(f"t{number}", f"Task {number}", "p") for number in range(300)]
    run = Run.written(run_dir.journal, plan(tasks, 4), lambda *_: "run").begin()
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: len(app.board.kanban.cards) == 300)
        for number, size in enumerate(((40, 12), (200, 60), (59, 24), (80, 24), (20, 5), (140, 40))):
            for task in range(number * 50, number * 50 + 50):
                run.record(e.TaskPaused(f"t{task}", 0))
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert {strip.cell_length for strip in app.screen._compositor.render_strips()} == {size[0]}
        paused = app.board.kanban.lists[Column.NEEDS_YOU].deck
        await until(pilot, lambda: len(paused) == 300)


@pytest.mark.asyncio
async def test_without_colours_nothing_is_told_by_colour(run_dir: RunDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    showcase(Run.written(run_dir.journal, plan(SHOWN, 4), shown_fate))
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, app)
        colours = {
            colour.get_truecolor()
            for strip in app.screen._compositor.render_strips()
            for segment in strip.apply_filter(app._filters[0], app.screen.background_colors[1])
            if segment.style is not None
            for colour in (segment.style.color, segment.style.bgcolor)
            if colour is not None
        }
        assert all(one.red == one.green == one.blue for one in colours)


def test_a_board_that_is_killed_leaves_its_run_as_it_was(run_dir: RunDir) -> None:
    run = showcase(Run.written(run_dir.journal, plan(SHOWN, 4), shown_fate))
    before = {path: path.stat().st_mtime_ns for path in run_dir.path.rglob("*")}
    terminal, side = pty.openpty()
    program = f"from pathlib import Path; from board.app import main; main(Path({str(run_dir.path)!r}))"
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdin=side, stdout=side, stderr=side, cwd=ROOT, start_new_session=True,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"},
    )  # fmt: skip
    os.close(side)
    try:
        said, deadline = b"", time.monotonic() + 30
        while b"migrate" not in said and time.monotonic() < deadline:
            if select.select([terminal], [], [], 1.0)[0]:
                said += os.read(terminal, 1 << 16)
        assert b"migrate" in said
        child.send_signal(signal.SIGKILL)
        child.wait()
    finally:
        child.kill()
        child.wait()
        os.close(terminal)
    assert {path: path.stat().st_mtime_ns for path in run_dir.path.rglob("*")} == before
    assert run.command("answer", "migrate", "yes"), "the journal is the leader's alone"
