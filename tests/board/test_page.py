from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from board.view.sheet import Sheet, TextLine
from board.widgets.page import Page

pytestmark = pytest.mark.asyncio


class Shown(App[None]):
    """A page alone; what it shows is there before it has a size."""

    def __init__(self, lines: int, *, at_end: bool) -> None:
        super().__init__()
        self.page = Page()
        self._lines, self._at_end = lines, at_end

    def compose(self) -> ComposeResult:
        self.page.show(sheet(self._lines), "topic", at_end=self._at_end)
        yield self.page


def sheet(lines: int) -> Sheet:
    return Sheet([TextLine(f"line {n}") for n in range(lines)], stops=range(0, lines, 50))


def last(page: Page) -> str:
    """The lowest line in sight."""
    return page.lines_shown[min(page.scroll_offset.y + page.size.height, len(page.lines_shown)) - 1]


async def test_what_is_shown_before_there_is_room_begins_at_its_end() -> None:
    app = Shown(200, at_end=True)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        assert last(app.page) == "line 199"


@pytest.mark.parametrize("sizes", [[(60, 40), (60, 10), (20, 30)], [(60, 5), (100, 50)]])
async def test_the_end_stays_in_sight_whatever_the_size_and_who_reads_further_up_is_left_there(
    sizes: list[tuple[int, int]]
) -> None:
    app = Shown(200, at_end=True)
    async with app.run_test(size=(60, 20)) as pilot:
        for size in sizes:
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert last(app.page) == "line 199"
        app.page.action_lines(-100)
        top = app.page.lines_shown[app.page.scroll_offset.y]
        await pilot.resize_terminal(60, 20)
        await pilot.pause()
        assert app.page.lines_shown[app.page.scroll_offset.y] == top
        app.page.show(sheet(300), "topic", at_end=True)
        assert app.page.lines_shown[app.page.scroll_offset.y] == top


async def test_jumps_go_on_from_where_one_has_scrolled_to() -> None:
    app = Shown(400, at_end=False)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        for by, line in ((1, 0), (1, 50), (1, 100), (-1, 50)):
            app.page.jump(by)
            assert app.page.pointed == line
        app.page.action_lines(210)
        app.page.jump(1)
        assert app.page.pointed == 300
        app.page.action_lines(-90)
        app.page.jump(-1)
        assert app.page.pointed == 200
        app.page.show(sheet(20), "topic", at_end=False)
        assert app.page.pointed is None
