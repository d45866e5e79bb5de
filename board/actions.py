"""What the keys of the board do: look closer, ask, and steer the run by messages to the leader.

Knows the parts of the board by their names; decides nothing about the run, and shows nothing of what was sent but that
it was: the journal tells what became of it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

from textual.app import SuspendNotSupported, SystemCommand
from textual.screen import Screen
from textual.widgets import Input

from board import keys
from board.desk import Desk
from board.feed import Feed
from board.reading import Reading
from board.steering import Steering
from board.verbs import Verbs
from board.view import harmless
from board.view.ending import ending
from board.view.needs import Need, Reply, is_same, needs
from board.view.tabs import Tab
from board.views import Views
from board.widgets.dialogs import Confirm, Tell
from board.widgets.foot import Foot
from board.widgets.kanban import Kanban
from board.widgets.needs import NeedsYou
from swarm.core.state import TaskState


class Actions(Screen[None]):
    """The actions of the board (keys.ACTIONS)."""

    feed: Feed
    verbs: Verbs
    steering: Steering
    reading: Reading
    kanban: Kanban
    views: Views
    desk: Desk
    foot: Foot

    @property
    def chosen_task(self) -> TaskState | None:
        """The chosen task."""
        return self.desk.chosen_task

    def commands(self) -> Iterator[SystemCommand]:
        """The palette: every action by its name, and the colours."""
        for one in keys.ACTIONS:
            if one.name != keys.PALETTE and not (one.steers and self.steering.read_only):
                act = partial(self.app.run_action, one.name, self)
                yield SystemCommand(one.title, f"{one.help} ({one.shown})", act)
        yield SystemCommand("Theme", "other colours", self.app.action_change_theme)

    # keys that only look

    def action_tab(self, by: int) -> None:
        """The next tab."""
        self.desk.turn_tab(by)

    def action_open(self, tab: str) -> None:
        """A tab by its name."""
        self.desk.open(Tab(tab))

    def action_diff(self) -> None:
        """The diff, fetched anew, with the whole screen for it."""
        self.desk.show_diff()

    def action_view(self, by: int) -> None:
        """The next view, or the one before."""
        self.views.turn(by)

    def action_zoom(self) -> None:
        """The text over the whole screen, and back."""
        self.desk.toggle_zoom()

    def action_turn(self, pages: int) -> None:
        """Scroll the text."""
        self.desk.panel.page.turn(pages)

    def action_jump(self, by: int) -> None:
        """The next file, message, command or linked card of the text, or the one before."""
        self.desk.panel.page.jump(by)

    def action_pick(self) -> None:
        """Choose one of these from a list."""
        self.desk.pick()

    def action_card(self, by: int) -> None:
        """The next card, also where the cards can't be seen."""
        self.kanban.action_move(by)

    def action_why(self) -> None:
        """The reason, and what stands behind it."""
        task = self.chosen_task
        if task is not None:
            self.app.push_screen(Tell(self.reading.reasons(task)))

    def action_help(self) -> None:
        """The keys."""
        self.app.push_screen(Tell(keys.help_lines(read_only=self.steering.read_only, width=self.size.width - 6)))

    def action_summary(self) -> None:
        """How far the run is, or what became of it."""
        if self.feed.state.tasks and not isinstance(self.app.screen, Tell):
            self.app.push_screen(Tell(ending(self.feed.state, time.time())))

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
        """Out of the filter."""
        field = self.query_one("#filter", Input)
        field.value = ""
        field.display = False
        self.views.focus_shown()

    def action_attach(self) -> None:
        """The task's pane has the terminal until it is left."""
        self._show_pane("attach")

    def action_take(self) -> None:
        """The same, and its agent's conversation is the person's until they leave it."""
        if self.steering.allowed:
            task = self.chosen_task
            self._show_pane("attach" if task is not None and task.taken_by else "take")

    def _show_pane(self, verb: str) -> None:
        task = self.chosen_task
        if task is None or task.worker is None:
            self.say(f"nobody works on {task.id} now" if task else f"there is nothing to {verb}", True)
            return
        try:
            with self.app.suspend():
                code = self.verbs.attach(self.feed.state.repo, task.id, verb)
        except SuspendNotSupported:
            self.say(f"this terminal can't be shared; in another one: swarm {verb} {task.id}", True)
            return
        if code:
            self.say(f"swarm {verb} {task.id} ended with exit code {code}", True)

    async def on_foot_pressed(self, event: Foot.Pressed) -> None:
        """A click on a key in the last line."""
        [name] = [one.name for one in keys.ACTIONS if one.shown == event.key]
        await self.app.run_action(name, self)

    # what waits for a person

    def action_needs_you(self) -> None:
        """The list of all that waits, with its replies."""
        window = NeedsYou(needs(self.feed.state), time.time(), self._reply)
        self.app.push_screen(window, self._go_to)

    def show_needs(self, now: float) -> None:
        """Keep the list true while it is open."""
        for screen in self.app.screen_stack:
            if isinstance(screen, NeedsYou) and screen.is_mounted:
                screen.show(needs(self.feed.state), now)

    def _go_to(self, task: str | None) -> None:
        if task is not None:
            self.kanban.choose(task)

    def _reply(self, shown: Need, reply: Reply, text: str) -> None:
        """A reply goes to what was shown, or to nobody."""
        if not self.steering.allowed:
            return
        if not is_same(shown, self.feed.state):
            self.say(f"{shown.task} waits for something else by now: nothing was sent", True)
        elif reply.verb == "cancel":
            self._ask_to_cancel(shown.task)
        else:
            self.steering.reply(shown, reply, text)

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
            self._ask_to_cancel(task.id)

    def _ask_to_cancel(self, task: str) -> None:
        question = f"cancel {task}? what it did so far is kept on its branch"
        self.app.push_screen(Confirm(question), partial(self._cancel, task))

    def _cancel(self, task: str, yes: bool | None) -> None:
        if yes:
            self.steering.cancel(task)

    def action_message(self) -> None:
        """A note to the task, or the answer to what it asks, on the line below its messages."""
        self.desk.write()

    def say(self, text: str, bad: bool = False) -> None:
        """A word to the person, in a corner, for a while."""
        self.notify(harmless.line(text), severity="warning" if bad else "information", markup=False)
