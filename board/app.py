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
from board.feed import WAITING, Batch, Feed
from board.pulse import Pulse
from board.reading import Reading
from board.steering import Steering
from board.verbs import Verbs
from board.view import harmless
from board.view.header import header
from board.views import View, Views
from board.widgets.dialogs import Ask, Confirm, Tell
from board.widgets.foot import Foot
from board.widgets.head import Head, Notice
from board.widgets.kanban import Kanban
from board.widgets.panel import Panel, Tab
from board.widgets.spread import NARROW
from swarm.core.state import TaskState
from swarm.core.status import Status
from swarm.paths import RunDir


class BoardApp(App[None]):
    """The board of one run.  `read_only`: no key sends anything.  `verbs`: how swarm itself is started."""

    CSS = """
    Screen { layout: vertical; }
    #filter { display: none; height: 1; border: none; padding: 0 1; }
    Screen.pictured Panel { height: 25%; min-height: 6; }
    Screen.zoomed Views { display: none; }
    Screen.zoomed Panel { height: 1fr; }
    Screen.narrow Panel { display: none; }
    Screen.narrow.zoomed Panel { display: block; }
    """
    ENABLE_COMMAND_PALETTE = False
    TITLE = "swarm"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "attach"),
        Binding("tab", "tab(1)", priority=True),
        Binding("shift+tab", "tab(-1)", priority=True),
        Binding("d", "diff"),
        Binding("m", "message"),
        Binding("r", "steer('retry')"),
        Binding("p", "steer('pause')"),
        Binding("M", "steer('approve')"),
        Binding("x", "cancel"),
        Binding("w", "why"),
        Binding("z", "zoom"),
        Binding("pageup,ctrl+b", "turn(-1)"),
        Binding("pagedown,ctrl+f", "turn(1)"),
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
        self.reading = Reading(run, self.feed, self.verbs, self.show_panel)
        self.kanban, self.head, self.notice, self.panel = Kanban(), Head(), Notice(), Panel()
        self.views = Views(self.kanban, self.feed)
        self.foot = Foot(partial(keys.footer, keys.READING if read_only else keys.STEERING))
        self.open_tab = Tab.LOG
        self._has_read = False
        self.pulse = Pulse(self.feed.bell, self.look, self.scan)

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self.head
        yield self.notice
        yield self.views
        yield self.panel
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
        self._has_read = True
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
        self.views.tick(time.time())
        if self.open_tab is Tab.LOG:
            self.show_panel()
        self.steering.wonder()

    def show(self, batch: Batch) -> None:
        """Show one batch of changes."""
        now = time.time()
        self.views.show(batch, now)
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
        return self.feed.state.tasks.get(self.kanban.chosen or "") if self._has_read else None

    def on_kanban_chosen(self, event: Kanban.Chosen) -> None:
        """Another card, or another state of it."""
        self.show_panel()

    def on_kanban_spread(self, event: Kanban.Spread) -> None:
        """Other columns are on the screen."""
        self.head.mark_columns(event.columns)

    def on_resize(self) -> None:
        """In a narrow terminal the list has the screen to itself."""
        self.screen_stack[0].set_class(self.size.width < NARROW, "narrow")

    def show_panel(self) -> None:
        """Show the chosen card's reason and the open tab's text."""
        task = self.chosen_task
        if task is None:
            self.panel.caption.show(None, "", self.open_tab)
            self.panel.page.show((), None, at_end=False)
            return
        self.panel.caption.show(self.kanban.card, self.reading.reason(task), self.open_tab)
        topic = (task.id, self.open_tab, task.attempt)
        text = self.reading.text(task, self.open_tab)
        self.panel.page.show(text, topic, at_end=self.open_tab not in (Tab.DIFF, Tab.PROMPT))

    # keys that only look

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Tab belongs to the board only where no window is open above it."""
        return not (action == "tab" and len(self.screen_stack) > 1)

    def action_tab(self, by: int) -> None:
        """The next tab."""
        tabs = list(Tab)
        self.open_tab = tabs[(tabs.index(self.open_tab) + by) % len(tabs)]
        self.show_panel()

    def action_diff(self) -> None:
        """The diff, fetched anew, with the whole screen for it."""
        self.open_tab = Tab.DIFF
        self.reading.forget_diff(self.kanban.chosen or "")
        self.screen.add_class("zoomed")
        self.show_panel()

    def action_zoom(self) -> None:
        """The text over the whole screen, and back."""
        self.screen.toggle_class("zoomed")

    def action_turn(self, pages: int) -> None:
        """Scroll the text."""
        self.panel.page.turn(pages)

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
            self.views.filter(event.value)
            self.foot.show_filter(harmless.line(event.value, 30))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The filter stays, the keys go back to the board."""
        if event.input.id == "filter":
            event.input.display = False
            self.views.focus_shown()

    def action_leave(self) -> None:
        """Out of the zoom; then out of the filter."""
        field = self.query_one("#filter", Input)
        if self.screen.has_class("zoomed") and not field.display:
            self.screen.remove_class("zoomed")
            return
        field.value = ""
        field.display = False
        self.views.focus_shown()

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

    def action_message(self) -> None:
        """A note to the task, or the answer to what it asks."""
        task = self.chosen_task
        if task is None or not self.steering.allowed:
            return
        asks = task.status is Status.WAITING and task.question is not None
        prompt = f"answer {task.id}: {task.question[1]}" if asks and task.question else f"message to {task.id}"
        self.push_screen(Ask(harmless.line(prompt)), partial(self._write, task.id, asks))

    def _write(self, task: str, asks: bool, text: str | None) -> None:
        if text:
            (self.steering.answer if asks else self.steering.note)(task, text)

    def say(self, text: str, bad: bool = False) -> None:
        """A word to the person, in a corner, for a while."""
        self.notify(harmless.line(text), severity="warning" if bad else "information", markup=False)


def main(run_dir: Path, *, read_only: bool = False, view: str = View.KANBAN) -> int:
    """Show the board of a run, with this view first, until the person quits; the exit code."""
    app = BoardApp(run_dir, read_only=read_only)
    app.views.begin_with(View(view))
    app.run()
    return app.return_code or 0
