"""The timeline on the screen: names at the left, times on top, bars scrolled beneath, nearer and further.

Knows a timeline (swarm.core.timeline) and its drawing (board.view.timeline); nothing of a state.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from board.view.rows import duration
from board.view.strokes import Stroke
from board.view.timeline import LEAST, Chart, Shown, fitting
from board.widgets.canvas import Canvas
from swarm.core.timeline import Bar, Timeline


class TimeChart(Canvas):
    """The timeline of a run."""

    DEFAULT_CSS = "TimeChart { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__(fixed=(1, 0))
        self.timeline = Timeline(0.0, 0.0, False)
        self.chart = Chart(self.timeline, 1.0)
        self.shown = Shown()
        self.per: float | None = None
        """Seconds a cell; None: as it fits."""
        self.at: tuple[int, int] | None = None
        """Lane and number of the chosen bar."""

    def show(self, found: Timeline, shown: Shown) -> None:
        """Draw this timeline."""
        follows = self.left + self.room[0] >= self.chart.cells
        self.timeline, self.shown = found, shown
        self._scale()
        self._find()
        self.scroll_by(self.chart.cells if follows else 0, 0)
        self.refresh()

    def choose(self, task: str | None) -> None:
        """This task is the chosen one; of its bars, the newest attempt."""
        if task != self.chosen:
            self.chosen, self.shown = task, replace(self.shown, chosen=task)
            self._find()
            self.show_chosen()
            self.refresh()

    def _find(self) -> None:
        """Another bar is the chosen one, unless the one that is belongs to the chosen task."""
        bar, task = self._chosen_bar, self.chosen
        if bar is None or task not in bar.tasks:
            own = [
                (bar.attempt, lane, place) for lane, found in enumerate(self.timeline.lanes)
                for place, bar in enumerate(found.bars) if task in bar.tasks
            ]  # fmt: skip
            self.at = max(own)[1:] if own else None

    @property
    def _chosen_bar(self) -> Bar | None:
        if self.at is None or self.at[0] >= len(self.timeline.lanes):
            return None
        bars = self.timeline.lanes[self.at[0]].bars
        return bars[self.at[1]] if self.at[1] < len(bars) else None

    def show_chosen(self) -> None:
        """Bring the chosen bar into sight: its start, where it is longer than the screen."""
        bar = self._chosen_bar
        if bar is not None and self.at is not None and self.size.width:
            first, after = self.chart.span(bar)
            self.show_place(self.at[0] * self._stride, first, min(after - first, self.room[0]))

    def _scale(self) -> None:
        self.fixed = (1, Chart(self.timeline, 1.0).name_width)
        self.chart = Chart(self.timeline, self.per or fitting(self.timeline, self.room[0]))

    @property
    def _stride(self) -> int:
        """Rows from one lane to the next: with a gap where there is room."""
        return 2 if 2 * len(self.timeline.lanes) <= self.room[1] + 1 else 1

    # for Canvas

    def extent(self) -> tuple[int, int]:
        """Cells and rows of the whole."""
        return self.chart.cells, max(0, len(self.timeline.lanes) * self._stride - self._stride + 1)

    def strokes(self, row: int, width: int) -> Iterable[Stroke]:
        """A lane, or the gap below one."""
        name = self.chart.name_width
        lane, rest = divmod(row, self._stride)
        if lane >= len(self.timeline.lanes):
            return ()
        if rest:
            return [Stroke(" " * name, "blank"), *self.chart.blank(self.left, width - name)]
        return [self.chart.name(lane), *self.chart.line(lane, self.left, width - name, self.shown)]

    def head(self, width: int) -> Iterable[Stroke]:
        """The axis."""
        name = self.chart.name_width
        return [Stroke(" " * name, "blank"), *self.chart.axis(self.left, width - name)]

    def words(self) -> str:
        """The chosen bar, and the scale."""
        bar = self._chosen_bar
        told = ""
        if bar is not None:
            which = f"{bar.label}, attempt {bar.attempt}" if bar.attempt else f"checks of {bar.label}"
            told = f"{which}: {bar.note}, {duration(bar.until(self.timeline.until) - bar.start)}"
        return "   ".join(part for part in (told, "━ critical path", self.sideways()) if part)

    def task_at(self, row: int, cell: int) -> str | None:
        """The task of a bar; the bar is the chosen one from then on."""
        lane, rest = divmod(row, self._stride)
        if rest or lane >= len(self.timeline.lanes):
            return None
        bar = self.chart.bar_at(lane, cell)
        return self._pick_bar(lane, self.timeline.lanes[lane].bars.index(bar)) if bar else None

    def action_step(self, right: int, down: int) -> None:
        """To the bar before or after, or the one at the same time in another lane."""
        lanes = self.timeline.lanes
        if self._chosen_bar is None or self.at is None:
            return
        lane, place = self.at
        if right:
            place = min(max(0, place + right), len(lanes[lane].bars) - 1)
        else:
            others = [one for one, found in enumerate(lanes) if found.bars and (one - lane) * down > 0]
            if not others:
                return
            lane = (others if down > 0 else others[::-1])[min(abs(down), len(others)) - 1]
            place = self._nearest(lane, self._chosen_bar.start)
        self.pick(self._pick_bar(lane, place))
        self.show_chosen()
        self.refresh()

    def action_zoom(self, by: int) -> None:
        """Nearer or further around the chosen bar, or as it fits."""
        least, most = LEAST, fitting(self.timeline, self.room[0])
        per = self.chart.per / 2**by
        self.per = None if by == 0 or per >= most else max(least, per)
        self._scale()
        self.scroll_by(0, 0)
        self.show_chosen()
        self.refresh()

    def on_resize(self) -> None:
        """Another width, another scale where it is to fit."""
        self._scale()
        self.scroll_by(0, 0)
        self.show_chosen()
        self.refresh()

    def _pick_bar(self, lane: int, place: int) -> str | None:
        """This bar is the chosen one; the task that it stands for, which the filter has to leave."""
        bar = self.timeline.lanes[lane].bars[place]
        seen = self.shown.seen
        tasks = [task for task in bar.tasks if seen is None or task in seen]
        if not tasks:
            return None
        self.at = (lane, place)
        return self.chosen if self.chosen in tasks else tasks[0]

    def _nearest(self, lane: int, start: float) -> int:
        bars = self.timeline.lanes[lane].bars
        return min(range(len(bars)), key=lambda one: (abs(bars[one].start - start), one))
