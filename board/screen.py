"""The screen of the board: a kanban of one run that follows the journal.

Knows how feed, widgets and texts fit together; what the keys do is in board.actions, what shows it in board.app.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from board import keys
from board.actions import Actions
from board.commands import OPERATOR, Operator
from board.desk import Desk
from board.feed import WAITING, Batch, Feed
from board.forecast import Forecast
from board.notify import Herald, Notifier
from board.pulse import Pulse
from board.reading import Reading
from board.steering import Steering
from board.verbs import Verbs
from board.view import harmless
from board.view.header import Header, header
from board.views import View, Views
from board.widgets.foot import Foot
from board.widgets.head import Head, Notice
from board.widgets.kanban import Kanban
from swarm.files import LITTLE_FREE, free
from swarm.paths import RunDir


class Board(Actions):
    """The board of one run.  `read_only`: no key sends anything.  `verbs`: how swarm itself is started.  `notify`: have
    the person told when a task needs them and when the run ends."""

    DEFAULT_CSS = """
    Board { layout: vertical; }
    Board #filter { display: none; height: 1; border: none; padding: 0 1; }
    Board.pictured Panel { height: 25%; min-height: 6; }
    Board.pictured .zoomed Panel { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(one.keys, one.name, priority="tab" in one.keys) for one in keys.ACTIONS),
        Binding("escape", "leave"),
    ]

    def __init__(
        self, run_dir: Path, *, read_only: bool = False, verbs: Verbs | None = None, notify: bool = False,
        view: str = View.KANBAN,
    ) -> None:  # fmt: skip
        super().__init__()
        run = RunDir(run_dir)
        self.run_dir = run
        self.verbs = verbs or Verbs(run.mailbox(OPERATOR).path)
        operator = Operator(run)
        self.feed = Feed(run.journal, [operator.inbox.new])
        self.steering = Steering(operator, self.say, read_only=read_only)
        self.reading = Reading(run, self.feed, self.verbs, operator, self.show_panel)
        self.kanban = Kanban()
        self.views = Views(self.kanban, self.feed)
        self.views.begin_with(View(view))
        self.desk = Desk(self.views, self.feed, self.reading, self.steering)
        self.panel = self.desk.panel
        self.head, self.notice = Head(), Notice()
        self.foot = Foot(partial(keys.footer, keys.READING if read_only else keys.STEERING))
        self.herald = Herald(self._to_terminal)
        self.notifier = Notifier(self.herald.tell if notify else lambda _: None)
        self.forecast = Forecast()
        self._free: int | None = None
        self._was_over = False
        self.pulse = Pulse(self.feed.bell, self.look, self.scan)

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self.head
        yield self.notice
        yield self.desk
        yield Input(placeholder="words to look for", id="filter", compact=True)
        yield self.foot

    # following

    def on_mount(self) -> None:
        """Read what there is, then follow."""
        self.views.focus_shown()
        self.notice.show("reading the journal")
        self.run_worker(self._begin())

    async def _begin(self) -> None:
        # A long journal takes a second or two; nothing else reads the state before this is done.
        batch = await asyncio.to_thread(self.feed.poll)
        self.desk.has_read = True
        self.show(Batch(batch.cards, True, batch.notice, batch.entries))
        self.pulse.start()

    async def on_unmount(self) -> None:
        """Take the bell down, and end what is still being fetched."""
        self.pulse.stop()
        self.feed.close()
        await self.herald.close()
        await self.reading.close()

    def look(self) -> None:
        """Take what is new from the journal and the mail."""
        self.show(self.feed.poll())
        self.steering.hear()

    def scan(self) -> None:
        """Once a second: the journal, the mail, running times, the log of the chosen card, the disk, the estimate."""
        now = time.time()
        self._free = little_room(self.run_dir)
        self.forecast.look(self.feed.state, now)
        self.look()
        self.views.tick(now)
        self.desk.scan()
        self.steering.wonder()

    def show(self, batch: Batch) -> None:
        """Show one batch of changes."""
        now = time.time()
        self.views.show(batch, now)
        found = self.show_head(now, batch.notice)
        self.notifier.look(batch.cards, self.feed.state.over, found.ending)
        self.show_needs(now)
        if self.feed.state.over and not self._was_over:
            self.action_summary()
        self._was_over = self.feed.state.over
        if batch.entries:
            self.show_panel()

    def show_head(self, now: float, notice: str) -> Header:
        """The line of the run, and what is wrong with it."""
        found = header(self.feed.state, now, self.forecast.known(now), self._free)
        self.head.show(found)
        trouble = found.trouble[0] if found.trouble else ""
        number = f"(1 of {len(found.trouble)}) " if len(found.trouble) > 1 else ""
        text = notice or found.ending or number + trouble
        self.notice.show(harmless.line(text), bad=text != found.ending and text != WAITING)
        return found

    # the chosen card

    def on_kanban_spread(self, event: Kanban.Spread) -> None:
        """Other columns are on the screen."""
        self.head.mark_columns(event.columns)

    def show_panel(self) -> None:
        """Show the chosen card's reason and the open tab's text as they are now."""
        self.desk.show()

    def _to_terminal(self, sequence: str) -> None:
        driver = self.app._driver
        if driver is not None:
            driver.write(sequence)


def little_room(run: RunDir) -> int | None:
    """Bytes that are free on the disk of the worktrees, where that is little; None where it is enough."""
    try:
        left = free(run.worktrees)
    except OSError:
        return None  # the disk is gone: the journal's notice tells of that
    return left if left < LITTLE_FREE else None
