"""The views of a run, one at a time: the kanban, the graph of its tasks, its timeline.  One task is chosen in all.

Knows the feed and the three widgets.  The kanban holds the cards, the filter and the choice; the others are drawn from
the state, and only while they are on the screen: a hidden view costs nothing.
"""

from __future__ import annotations

import enum
import time

from textual.app import ComposeResult
from textual.containers import Container

from board.feed import Batch, Feed
from board.view.timeline import Shown
from board.widgets.canvas import Canvas
from board.widgets.chart import TimeChart
from board.widgets.graph import Graph
from board.widgets.kanban import Kanban
from swarm.core.critical import critical
from swarm.core.timeline import timeline

MANY = 1000
"""Tasks above which lines, bars and the critical path follow once a second and not with each event; marks always do."""


class View(enum.StrEnum):
    """What of a run is shown."""

    KANBAN = "kanban"
    GRAPH = "graph"
    TIMELINE = "timeline"


class Views(Container):
    """The place of the view that is shown."""

    DEFAULT_CSS = "Views { height: 1fr; } Views > * { display: none; } Views > .shown { display: block; }"

    def __init__(self, kanban: Kanban, feed: Feed) -> None:
        super().__init__()
        self.kanban, self._feed = kanban, feed
        self.graph, self.chart = Graph(kanban.cards), TimeChart()
        self.widgets: dict[View, Kanban | Canvas] = {
            View.KANBAN: kanban, View.GRAPH: self.graph, View.TIMELINE: self.chart,
        }  # fmt: skip
        self._stale = False
        """Whether the picture shows less than is known."""
        self.begin_with(View.KANBAN)

    def compose(self) -> ComposeResult:
        """All of them; one is displayed."""
        yield from self.widgets.values()

    def begin_with(self, view: View) -> None:
        """Show this one."""
        self.view = view
        for name, widget in self.widgets.items():
            widget.set_class(name is view, "shown")

    def focus_shown(self) -> None:
        """The keys go to the view that is shown."""
        self.widgets[self.view].focus()

    # what comes in

    def show(self, batch: Batch, now: float) -> None:
        """Show one batch of changes."""
        if batch.everything:
            self.kanban.tick(now)
            self.kanban.replace(batch.cards)
        elif batch.cards:
            self.kanban.put(batch.cards)
        if self.view is View.KANBAN or not (batch.everything or batch.entries):
            return
        if batch.everything or (len(batch.cards) and len(self.kanban.cards) <= MANY):
            self._draw(now)
        else:
            self._stale = True
            self.graph.refresh()

    def tick(self, now: float) -> None:
        """Let the running times go on."""
        self.kanban.tick(now)
        if self.view is View.TIMELINE or self._stale:
            self._draw(now)

    def filter(self, query: str) -> None:
        """Only the tasks that fit can be chosen; the pictures dim the others."""
        self.kanban.filter(query)
        self._draw(time.time())

    def on_kanban_chosen(self, event: Kanban.Chosen) -> None:
        """Another task, or another state of it."""
        for canvas in (self.graph, self.chart):
            canvas.choose(self.kanban.chosen)

    def on_canvas_picked(self, event: Canvas.Picked) -> None:
        """A task was chosen in a picture."""
        self.kanban.choose(event.task)

    def turn(self, by: int) -> None:
        """The next view, or the one before."""
        views = list(View)
        self.begin_with(views[(views.index(self.view) + by) % len(views)])
        self.focus_shown()
        self._draw(time.time())
        self._make_room()

    def on_mount(self) -> None:
        """A picture may be what one begins with."""
        self._make_room()

    def _make_room(self) -> None:
        """A picture needs more of the screen than lists do; and no column is on it."""
        self.screen.set_class(self.view is not View.KANBAN, "pictured")
        self.kanban.tell_spread(hidden=self.view is not View.KANBAN)

    def _draw(self, now: float) -> None:
        """Bring the picture up to date, if one is shown."""
        state = self._feed.state
        if self.view is View.KANBAN:
            return
        seen = self.kanban.every.deck if self.kanban.query_text else None
        self._stale = False
        path = critical(state, now)
        if self.view is View.GRAPH:
            self.graph.cards = self.kanban.cards
            self.graph.show({task.id: task.task.depends_on for task in state.tasks.values()}, path, seen)
        else:
            shown = Shown(self.kanban.chosen, frozenset(path), seen)
            self.chart.show(timeline(state, self._feed.chronicle, now), shown)
        for canvas in (self.graph, self.chart):
            canvas.choose(self.kanban.chosen)
