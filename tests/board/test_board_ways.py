"""Ways to the actions beside their keys: the palette, the mouse on the last line; and what a run's end shows."""

from __future__ import annotations

import pytest
from board_pilot import commands, seen, shown, toasts, until
from simulated import Run, plan
from textual.command import CommandPalette

from board import keys
from board import screen as board_screen
from board.app import BoardApp
from board.screen import Board
from board.view.ending import ending
from board.view.header import header
from board.widgets.dialogs import Confirm, Tell
from board.widgets.needs import NeedsYou
from swarm.core import events as e
from swarm.core.plan import Task
from swarm.paths import RunDir


def test_every_action_has_a_key_of_its_own_a_title_and_a_line_of_help() -> None:
    assert all(one.title and one.help and one.shown for one in keys.ACTIONS)
    for what in ("title", "name", "shown"):
        found = [getattr(one, what) for one in keys.ACTIONS]
        assert len(set(found)) == len(found), what
    bound = [key for one in keys.ACTIONS for key in one.keys.split(",")]
    assert len(set(bound)) == len(bound)
    assert {key for key, _ in keys.STEERING} - {"?", "q"} == set(keys.FIRST_TO_GO)


@pytest.mark.asyncio
async def test_the_palette_has_every_action_and_does_it(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        found = {one.title for one in app.get_system_commands(app.screen)}
        assert found == {one.title for one in keys.ACTIONS if one.name != keys.PALETTE} | {"Theme"}
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        await pilot.press(*"needs you")
        await until(pilot, lambda: "what waits for you" in seen(app))
        await pilot.press("enter", "enter")
        await until(pilot, lambda: isinstance(app.screen, NeedsYou))


@pytest.mark.asyncio
async def test_the_palette_of_a_board_that_only_reads_steers_nothing(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path, read_only=True))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        titles = {one.title for one in app.get_system_commands(app.screen)}
        assert not titles & {one.title for one in keys.ACTIONS if one.steers}
        await pilot.press("question_mark")
        assert "the diff over the whole screen" in seen(app)
        assert "cancel (asks first)" not in seen(app)


@pytest.mark.asyncio
@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_a_click_on_a_key_in_the_last_line_presses_it(run: Run, run_dir: RunDir, size: tuple[int, int]) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=size) as pilot:
        await shown(pilot, app)
        last = seen(app).splitlines()[-1]
        await pilot.click(app.board.foot, offset=(last.index("cancel"), 0))
        assert isinstance(app.screen, Confirm)
        await pilot.press("escape")
        await pilot.click(app.board.foot, offset=(last.index("help") + 3, 0))
        assert isinstance(app.screen, Tell)
        await pilot.press("escape")
        await pilot.click(app.board.foot, offset=(size[0] - 1, 0))
        assert app.is_running, "beside the keys there is nothing to press"
        assert commands(run_dir) == []


@pytest.mark.asyncio
async def test_a_run_that_ends_shows_its_summary_once_and_s_shows_it_again(run_dir: RunDir) -> None:
    tasks = [Task("a", "A", "p"), Task("b", "B", "p", ("a",))]
    run = Run.written(run_dir.journal, plan(tasks), lambda task, _: "seal" if task.id == "a" else "fail").begin()
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        assert len(app.screen_stack) == 1
        run.play()
        await until(pilot, lambda: isinstance(app.screen, Tell))
        await until(pilot, lambda: "sim finished: 1 of 2 merged" in seen(app))
        assert "b is failed: " in seen(app)
        assert "next: swarm merge" in seen(app)
        await pilot.press("escape")
        await pilot.pause(1.2)
        assert len(app.screen_stack) == 1
        await pilot.press("s")
        assert isinstance(app.screen, Tell)
        assert toasts(app) == []


def test_the_end_of_a_long_run_names_what_did_not_land_in_a_few_lines() -> None:
    tasks = [Task(f"t{n}", "[b]x\x1b[2J", "p") for n in range(40)]
    run = Run(plan(tasks, 4), lambda *_: "fail").begin().play()
    lines = ending(run.state, run.state.at)
    assert len(lines) < 20
    assert "  … and 32 more" in lines
    assert not any("\x1b" in line for line in lines)


def test_what_holds_the_whole_run_up_is_told_with_a_way_out() -> None:
    run = Run(plan([Task("a", "", "p"), Task("b", "", "p")], 2), lambda *_: "run").begin().play(20)
    assert header(run.state, run.state.at).trouble == ()
    run.record(e.WorkerBroken("worker-2", "no such \x1b[2J program"))
    run.record(e.BudgetSet(0.0, "operator"))
    run.record(e.ActionHindered("land-1", "a lock is held"))
    found = header(run.state, run.state.at, free=1 << 20).trouble
    ways = [line.split(" → ")[1] for line in found]
    assert ways == ["swarm budget USD", "swarm clean", "swarm doctor", "swarm log"]
    assert "\x1b" not in "".join(found)
    assert "1 MB are free" in found[1]


@pytest.mark.asyncio
async def test_a_disk_that_is_nearly_full_is_told_and_forgotten_again(
    run: Run, run_dir: RunDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [3 << 20]
    monkeypatch.setattr(board_screen, "free", lambda _: left[0])
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "the disk is nearly full" in seen(app))
        left[0] = 1 << 40
        await until(pilot, lambda: "the disk is nearly full" not in seen(app))
