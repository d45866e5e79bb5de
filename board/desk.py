"""The desk: the cards, below them what is known of the chosen one, and the keys that read it and write to it.

Knows feed, reading and steering, and which widget shows what; decides nothing about the run.
"""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from board.feed import Feed
from board.reading import GROWING, Reading
from board.steering import Steering
from board.view import harmless
from board.view.changes import MARK
from board.view.tabs import Tab
from board.views import Views
from board.widgets.kanban import Kanban
from board.widgets.page import Page
from board.widgets.panel import Caption, Panel
from board.widgets.pick import Pick
from board.widgets.reply import Reply
from board.widgets.spread import NARROW
from swarm.core.state import TaskState
from swarm.core.status import Status

AT_START = frozenset({Tab.DIFF, Tab.PROMPT, Tab.VERIFY, Tab.LINKS})
"""Tabs that are read from their beginning; of the others the end is shown, and followed."""


class Desk(Vertical):
    """Cards and detail.  Zoomed, the detail has it all; where it is narrow, either one or the other is seen."""

    DEFAULT_CSS = """
    Desk { height: 1fr; }
    Desk.zoomed Views { display: none; }
    Desk.zoomed Panel { height: 1fr; }
    Desk.narrow Panel { display: none; }
    Desk.narrow.zoomed Panel { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "follow", show=False),
        Binding("escape", "back", show=False),
    ]

    def __init__(self, views: Views, feed: Feed, reading: Reading, steering: Steering) -> None:
        super().__init__()
        self.views = views
        self.feed, self.reading, self.steering = feed, reading, steering
        self.kanban, self.panel = views.kanban, Panel()
        self.open_tab = Tab.PREVIEW
        self.has_read = False
        """Whether the journal has been read once: before that, nobody looks at the state."""

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self.views
        yield self.panel

    # what is shown

    @property
    def chosen_task(self) -> TaskState | None:
        """The chosen task."""
        return self.feed.state.tasks.get(self.kanban.chosen or "") if self.has_read else None

    @property
    def is_zoomed(self) -> bool:
        """Whether the detail has the desk to itself."""
        return self.has_class("zoomed")

    def scan(self) -> None:
        """Look at what grows without a word in the journal."""
        if self.open_tab in GROWING:
            self.show()

    def show(self) -> None:
        """Show the chosen card's reason and the open tab's text."""
        task, panel, tab = self.chosen_task, self.panel, self.open_tab
        panel.reply.display = task is not None and tab is Tab.MESSAGES and not self.steering.read_only
        if task is None:
            panel.caption.show(None, "", tab)
            panel.page.clear()
            return
        panel.caption.show(self.kanban.card, self.reading.reason(task), tab)
        if self.has_class("narrow") and not self.is_zoomed:
            return  # nobody sees it
        panel.page.show(self.reading.sheet(task, tab), (task.id, tab, task.attempt), at_end=tab not in AT_START)
        question = task.question if task.status is Status.WAITING else None
        words = f"answer {task.id}: {question[1]}" if question else f"a note to {task.id}; enter sends, esc leaves"
        panel.reply.turn_to(task.id, question[0] if question else None, harmless.line(words))

    def on_kanban_chosen(self, event: Kanban.Chosen) -> None:
        """Another card, or another state of it."""
        self.show()

    def on_resize(self) -> None:
        """In a narrow terminal the list has the desk to itself."""
        self.set_class(self.size.width < NARROW, "narrow")
        self.show()

    def on_caption_picked(self, event: Caption.Picked) -> None:
        """A click on a tab."""
        self.open(event.tab)

    def on_page_followed(self, event: Page.Followed) -> None:
        """A line that leads to another card."""
        self.kanban.choose(event.task)

    # keys that only look

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter and Escape are the desk's only where they have something to do here."""
        if action == "follow":
            return self.panel.page.goal is not None
        if action == "back":
            return self.is_zoomed or self.panel.page.has_focus
        return True

    def turn_tab(self, by: int) -> None:
        """The next tab, or the one before."""
        tabs = list(Tab)
        self.open(tabs[(tabs.index(self.open_tab) + by) % len(tabs)])

    def open(self, tab: Tab) -> None:
        """Open a tab."""
        self.open_tab = tab
        if self.panel.reply.has_focus:
            self._leave_reply()
        if self.has_class("narrow"):
            self._zoom(True)
        self.show()

    def show_diff(self) -> None:
        """The diff, fetched anew, with the whole desk for it."""
        self.reading.forget_diff(self.kanban.chosen or "")
        self._zoom(True)
        self.open(Tab.DIFF)

    def toggle_zoom(self) -> None:
        """The text over the whole desk, and back."""
        self._zoom(not self.is_zoomed)
        self.show()

    def action_back(self) -> None:
        """Out of the text, to the cards."""
        self._zoom(False)

    def action_follow(self) -> None:
        """To what the line leads to."""
        self.panel.page.follow()

    def pick(self) -> None:
        """Choose one of the places that one jumps to."""
        page = self.panel.page
        places = [(page.sheet.lines[stop].text.removeprefix(MARK), stop) for stop in page.sheet.stops]
        if places:
            self.app.push_screen(Pick(places), lambda stop: None if stop is None else page.point(stop))

    def _zoom(self, on: bool) -> None:
        self.set_class(on, "zoomed")
        self._focus(on)

    # writing

    def write(self) -> None:
        """A note to the task, or the answer to what it asks, on the line below its messages."""
        if self.chosen_task is not None and self.steering.allowed:
            self.open(Tab.MESSAGES)
            self.panel.reply.focus()

    def on_reply_written(self, event: Reply.Written) -> None:
        """Send it; an answer only to the question that it was written to."""
        task = self.feed.state.tasks.get(event.task)
        if task is None:
            return
        asked = task.question[0] if task.question else None
        if event.question is None:
            self.steering.note(task.id, event.text)
        elif event.question == asked:
            self.steering.answer(task.id, event.text, event.question)
        else:
            self.panel.reply.give_back(event.task, event.text)
            self.app.notify(
                f"{task.id} no longer asks that; nothing was sent, your text is kept (m)",
                severity="warning", markup=False,
            )  # fmt: skip
        self.show()
        self.panel.page.end()

    def on_reply_left(self, event: Reply.Left) -> None:
        """Back to where the keys were."""
        self._leave_reply()

    def _leave_reply(self) -> None:
        self._focus(self.is_zoomed)

    def _focus(self, on_text: bool) -> None:
        if on_text:
            self.panel.page.focus()
        else:
            self.views.focus_shown()
