from __future__ import annotations

import time

import pytest
from board_pilot import shown, until
from simulated import SHOWN, Run, plan, showcase, shown_fate

from board.app import BoardApp
from board.screen import Board
from board.views import View
from swarm.core.plan import Task
from swarm.paths import RunDir

pytestmark = pytest.mark.asyncio


@pytest.fixture
def run(run_dir: RunDir) -> Run:
    return showcase(Run.written(run_dir.journal, plan(SHOWN, 4), shown_fate, time.time() - 300))


def lines(app: BoardApp) -> list[str]:
    """The lines of the screen."""
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


def seen(app: BoardApp) -> str:
    return "\n".join(lines(app))


async def test_a_key_goes_through_the_views_and_back(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, app)
        found = []
        for key in ("v", "v", "v", "V", "V"):
            await pilot.press(key)
            await pilot.pause()
            found.append((app.board.views.view, app.focused))
        views = app.board.views
        assert found == [
            (View.GRAPH, views.graph), (View.TIMELINE, views.chart), (View.KANBAN, app.board.kanban),
            (View.TIMELINE, views.chart), (View.GRAPH, views.graph),
        ]  # fmt: skip


async def test_the_graph_shows_every_task_with_its_lines(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    app.board.views.begin_with(View.GRAPH)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, app)
        text = seen(app)
        assert all(task in text for task in run.state.tasks if len(task) < 20)
        assert "▸✓ api ─" in text and "? migrate ─" in text and "14 tasks in 4 columns" in text


async def test_keys_move_along_the_lines_and_act_on_the_same_task(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, app)
        await pilot.press("v")
        path = []
        for key in ("h", "right", "l", "l", "left", "k", "down", "G", "g", "left", "left"):
            await pilot.press(key)
            await pilot.pause()
            path.append(app.board.kanban.chosen)
        assert path == [
            "schema", "hashing", "ui", "e2e", "ui", "ui", "mail", "mail", "ui", "api", "schema",
        ]  # fmt: skip
        assert app.board.views.graph.chosen == app.board.kanban.chosen
        await pilot.press("w")
        assert "schema: merged as" in seen(app)


async def test_the_chosen_task_is_the_same_in_all_views(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, app)
        app.board.kanban.choose("ui")
        await pilot.press("v", "v")
        await pilot.pause()
        assert "ui, attempt 1: under way" in seen(app)
        await pilot.press("h", "v")
        await pilot.pause()
        assert app.board.kanban.chosen in ("i18n", "captcha", "audit-log-with-a-long-name")
        await until(pilot, lambda: app.board.panel.caption.card is app.board.kanban.card)


async def test_a_click_chooses_a_task_in_a_picture(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    app.board.views.begin_with(View.GRAPH)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, app)
        graph = app.board.views.graph
        row, first, _ = graph.drawing.place("ui") or (0, 0, 0)
        await pilot.click(graph, offset=(first + 1, graph.rows.index(row)))
        assert app.board.kanban.chosen == "ui"
        await pilot.press("v")
        await pilot.pause()
        chart = app.board.views.chart
        bar = chart.timeline.lanes[0].bars[-1]
        await pilot.click(chart, offset=(chart.chart.name_width + chart.chart.span(bar)[0], 1))
        assert app.board.kanban.chosen == "hashing"


async def test_an_event_reaches_the_picture(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    app.board.views.begin_with(View.GRAPH)
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, app)
        run.command("answer", "migrate", "yes")
        await until(pilot, lambda: "● migrate" in seen(app))
        await pilot.press("v")
        run.command("pause", "migrate")
        await until(pilot, lambda: "= migrate" in seen(app) or "● migrate" in seen(app))


async def test_what_the_filter_leaves_out_is_dim_and_can_not_be_chosen(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(120, 36)) as pilot:
        await shown(pilot, app)
        await pilot.press("v", "slash", *"login", "enter")
        await pilot.pause()
        assert app.focused is app.board.views.graph
        assert app.board.kanban.chosen in app.board.kanban.every.deck
        for key in ("g", "G", "h", "l", "l", "j"):
            await pilot.press(key)
            await pilot.pause()
            assert app.board.kanban.chosen in app.board.kanban.every.deck
        graph = app.board.views.graph
        row, first, _ = graph.drawing.place("lint") or (0, 0, 0)
        [stroke] = [one for one in graph.drawing.line(row, first, 6, graph.look) if "lint" in one.text]
        assert stroke.dim


@pytest.mark.parametrize("size", [(80, 24), (200, 50), (50, 24), (59, 12), (30, 8), (20, 5)])
@pytest.mark.parametrize("view", [View.GRAPH, View.TIMELINE])
async def test_no_line_is_wider_than_the_terminal(run: Run, run_dir: RunDir, view: View, size: tuple[int, int]) -> None:
    app = BoardApp(Board(run_dir.path))
    app.board.views.begin_with(view)
    async with app.run_test(size=size) as pilot:
        await shown(pilot, app)
        for key in ("plus", "plus", "l", "minus", "0", "j", "G", "z", "escape"):
            await pilot.press(key)
            await pilot.pause()
            assert all(strip.cell_length == size[0] for strip in app.screen._compositor.render_strips())


async def test_the_chosen_task_stays_in_sight_in_a_large_graph(run_dir: RunDir) -> None:
    tasks = [Task(f"t{n}", "", "p", tuple(f"t{n - back}" for back in (5, 11) if n >= back)) for n in range(120)]
    Run.written(run_dir.journal, plan(tasks), lambda *_: "run").begin().play(20)
    app = BoardApp(Board(run_dir.path))
    app.board.views.begin_with(View.GRAPH)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        for key in (*["l"] * 12, "G", "g", *["h"] * 5):
            await pilot.press(key)
            await pilot.pause()
            assert f" {app.board.kanban.chosen} " in seen(app)


async def test_nearer_and_further_keep_the_chosen_bar_in_sight(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    app.board.views.begin_with(View.TIMELINE)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        fits = app.board.views.chart.chart.per
        await pilot.press("plus", "plus", "plus")
        await pilot.pause()
        assert app.board.views.chart.chart.per == fits / 8
        assert "? migrate" in seen(app)
        await pilot.press("minus", "0")
        await pilot.pause()
        assert app.board.views.chart.chart.per == pytest.approx(fits, rel=0.3)
        assert "now▾" in seen(app)


async def test_hostile_text_is_only_text_in_pictures(run_dir: RunDir) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J[@click=app.quit]go[/] \u202egpj.exe"
    Run.written(run_dir.journal, plan([Task("a", evil, evil), Task("b", evil, evil, ("a",))]), lambda *_: "ask").begin()
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(100, 30)) as pilot:
        await shown(pilot, app)
        for key in ("v", "v"):
            await pilot.press(key)
            await pilot.pause()
            assert not set(seen(app)) & {"\x1b", "\x07", "\u202e"}


async def test_a_journal_that_is_replaced_is_drawn_anew(run: Run, run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    app.board.views.begin_with(View.GRAPH)
    async with app.run_test(size=(100, 30)) as pilot:
        await shown(pilot, app)
        run_dir.journal.unlink()
        tasks = [Task("one", "", "p"), Task("two", "", "p", ("one",))]
        Run.written(run_dir.journal, plan(tasks), lambda *_: "run").begin()
        await until(pilot, lambda: "2 tasks in 2 columns" in seen(app))
        assert "▸◇ two" in seen(app) and "schema" not in seen(app)


async def test_a_board_with_nothing_to_draw_says_so(run_dir: RunDir) -> None:
    app = BoardApp(Board(run_dir.path))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.board.notice.text)
        for key in ("v", "j", "l", "plus", "0", "v", "j", "l", "plus", "0"):
            await pilot.press(key)
            await pilot.pause()
        assert app.is_running


async def test_thousands_of_tasks_are_laid_out_while_the_board_goes_on(run_dir: RunDir) -> None:
    tasks = [Task(f"t{n}", "", "p", (f"t{n // 2 - 1}",) if n > 1 else ()) for n in range(2000)]
    Run.written(run_dir.journal, plan(tasks), lambda *_: "run").begin()
    app = BoardApp(Board(run_dir.path))
    app.board.views.begin_with(View.GRAPH)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app)
        await until(pilot, lambda: "2000 tasks in" in seen(app))
        await until(pilot, lambda: f" {app.board.kanban.chosen} " in seen(app))
