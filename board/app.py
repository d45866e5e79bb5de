"""The board: a kanban of one run that follows the journal, and the keys that steer it.

Knows how feed, widgets, steering and texts fit together, and decides nothing about the run: a key that changes
something sends a message to the leader, and the board shows what the journal says of it.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.app import App, ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.widgets import Input

from board import keys
from board.commands import OPERATOR, Operator
from board.desk import Desk
from board.feed import WAITING, Batch, Feed
from board.pulse import Pulse
from board.reading import Reading
from board.steering import Steering
from board.verbs import Verbs
from board.view import harmless
from board.view.header import header
from board.widgets.dialogs import Confirm, Tell
from board.widgets.foot import Foot
from board.widgets.head import Head, Notice
from board.widgets.kanban import Kanban
from swarm.core.state import TaskState
from swarm.paths import RunDir


class BoardApp(App[None]):
    """The board of one run.  `read_only`: no key sends anything.  `verbs`: how swarm itself is started."""

    CSS = """
    Screen { layout: vertical; }
    #filter { display: none; height: 1; border: none; padding: 0 1; }
    """
    ENABLE_COMMAND_PALETTE = False
    TITLE = "swarm"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "attach"),
        Binding("tab", "tab(1)", priority=True),
        Binding("shift+tab", "tab(-1)", priority=True),
        Binding("r", "steer('retry')"),
        Binding("p", "steer('pause')"),
        Binding("M", "steer('approve')"),
        Binding("x", "cancel"),
        Binding("w", "why"),
        Binding("slash", "filter"),
        Binding("escape", "leave"),
        Binding("question_mark", "help"),
        Binding("q", "quit"),
    ]

    def __init__(self, run_dir: Path, *, read_only: bool = False, verbs: Verbs | None = None) -> None:
        super().__init__()
        run = RunDir(run_dir)
        self.verbs = verbs or Verbs(run.mailbox(OPERATOR).path)
        operator = Operator(run)
        self.feed = Feed(run.journal, [operator.inbox.new])
        self.steering = Steering(operator, self.say, read_only=read_only)
        self.reading = Reading(run, self.feed, self.verbs, operator, self.show_panel)
        self.desk = Desk(self.feed, self.reading, self.steering)
        self.kanban, self.panel = self.desk.kanban, self.desk.panel
        self.head, self.notice = Head(), Notice()
        self.foot = Foot(partial(keys.footer, keys.READING if read_only else keys.STEERING))
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
        self.kanban.focus()
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
        await self.reading.close()

    def look(self) -> None:
        """Take what is new from the journal and the mail."""
        self.show(self.feed.poll())
        self.steering.hear()

    def scan(self) -> None:
        """Once a second: the journal, the mail, running times, the log of the chosen card."""
        self.look()
        self.kanban.tick(time.time())
        self.desk.scan()
        self.steering.wonder()

    def show(self, batch: Batch) -> None:
        """Show one batch of changes."""
        now = time.time()
        if batch.everything:
            self.kanban.tick(now)
            self.kanban.replace(batch.cards)
        elif batch.cards:
            self.kanban.put(batch.cards)
        found = header(self.feed.state, now)
        self.head.show(found)
        bad = bool(batch.notice) and batch.notice != WAITING
        self.notice.show(harmless.line(batch.notice or found.ending), bad=bad)
        if batch.entries:
            self.show_panel()

    # the chosen card

    @property
    def chosen_task(self) -> TaskState | None:
        """The chosen task."""
        return self.desk.chosen_task

    def on_kanban_spread(self, event: Kanban.Spread) -> None:
        """Other columns are on the screen."""
        self.head.mark_columns(event.columns)

    def show_panel(self) -> None:
        """Show the chosen card's reason and the open tab's text as they are now."""
        self.desk.show()

    # keys that only look

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Tab belongs to the board only where no window is open above it."""
        return not (action == "tab" and len(self.screen_stack) > 1)

    def action_tab(self, by: int) -> None:
        """The next tab."""
        self.desk.turn_tab(by)

    def action_why(self) -> None:
        """The reason, and what stands behind it."""
        task = self.chosen_task
        if task is not None:
            self.push_screen(Tell(self.reading.reasons(task)))

    def action_help(self) -> None:
        """The keys."""
        self.push_screen(Tell(keys.HELP))

    def action_filter(self) -> None:
        """Type words; the board follows."""
        field = self.query_one("#filter", Input)
        field.display = True
        field.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """The filter while it is typed."""
        if event.input.id == "filter":
            self.kanban.filter(event.value)
            self.foot.show_filter(harmless.line(event.value, 30))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The filter stays, the keys go back to the board."""
        if event.input.id == "filter":
            event.input.display = False
            self.kanban.focus()

    def action_leave(self) -> None:
        """Out of the filter."""
        field = self.query_one("#filter", Input)
        field.value = ""
        field.display = False
        self.kanban.focus()

    def action_attach(self) -> None:
        """The task's pane has the terminal until it is left."""
        task = self.chosen_task
        if task is None or task.worker is None:
            self.say(f"nobody works on {task.id} now" if task else "there is nothing to attach to", True)
            return
        try:
            with self.suspend():
                code = self.verbs.attach(self.feed.state.repo, task.id)
        except SuspendNotSupported:
            self.say(f"this terminal can't be shared; in another one: swarm attach {task.id}", True)
            return
        if code:
            self.say(f"swarm attach {task.id} ended with exit code {code}", True)

    # keys that change the run

    def action_steer(self, what: str) -> None:
        """Retry, pause or approve the chosen task."""
        task = self.chosen_task
        if task is not None:
            {"retry": self.steering.retry, "pause": self.steering.pause, "approve": self.steering.approve}[what](task)

    def action_cancel(self) -> None:
        """Give the task up, after asking."""
        task = self.chosen_task
        if task is not None and self.steering.allowed:
            question = f"cancel {task.id}? what it did so far is kept on its branch"
            self.push_screen(Confirm(question), partial(self._cancel, task.id))

    def _cancel(self, task: str, yes: bool | None) -> None:
        if yes:
            self.steering.cancel(task)

    def say(self, text: str, bad: bool = False) -> None:
        """A word to the person, in a corner, for a while."""
        self.notify(harmless.line(text), severity="warning" if bad else "information", markup=False)


def main(run_dir: Path, *, read_only: bool = False) -> int:
    """Show the board of a run until the person quits; the exit code."""
    app = BoardApp(run_dir, read_only=read_only)
    app.run()
    return app.return_code or 0
