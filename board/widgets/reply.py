"""The line at the foot of the messages: what is written there goes to the task, or answers what it asks.

Knows to which question it answers, not how anything is sent.  Posts Written when something is to be sent and Left when
the person is done; a text that was not sent waits for the next time at the same task.
"""

from __future__ import annotations

from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.widgets import Input

from board.view import harmless

MOST = 8000
"""Letters of a message that is written here."""


class Reply(Input):
    """A line to a task.  `question`: id of the question that it answers, None for a note."""

    DEFAULT_CSS = """
    Reply { display: none; height: 1; background: $surface; }
    Reply.-textual-compact { padding: 0 1; }
    Reply:focus { background: $primary 20%; }
    """
    BINDINGS = [Binding("escape", "leave", show=False), Binding("up,down", "nothing", show=False)]  # noqa: RUF012

    class Written(Message):
        """Something is to be sent."""

        def __init__(self, task: str, question: str | None, text: str) -> None:
            super().__init__()
            self.task, self.question, self.text = task, question, text

    class Left(Message):
        """The person is done with the line."""

    def __init__(self) -> None:
        super().__init__(compact=True, select_on_focus=False, max_length=MOST)
        self.about = ""
        """The task that it is for."""
        self.question: str | None = None
        self._drafts: dict[str, str] = {}

    def turn_to(self, task: str, question: str | None, prompt: str) -> None:
        """It is for this task from now on.  `prompt`: harmless words on what to write.

        Not while it is being written on: the question it answers is the one that stood there when it was begun.
        """
        if self.has_focus and task == self.about:
            return
        if task != self.about:
            self._drafts[self.about] = self.value
            self._write(self._drafts.pop(task, ""))
        self.about, self.question, self.placeholder = task, question, f"› {prompt}"

    def give_back(self, task: str, text: str) -> None:
        """It could not be sent: it is kept for that task."""
        if task == self.about:
            self._write(text)
        else:
            self._drafts[task] = text

    def _write(self, text: str) -> None:
        self.value = text
        self.cursor_position = len(text)

    async def action_submit(self) -> None:
        """Send what was written, if anything was."""
        text = self.value.strip()
        if text:
            self.value = ""
            self.post_message(self.Written(self.about, self.question, text))
        self.post_message(self.Left())

    def action_leave(self) -> None:
        """Stop writing; the text stays."""
        self.post_message(self.Left())

    def _on_paste(self, event: events.Paste) -> None:
        """What is pasted becomes one harmless line."""
        self.insert_text_at_cursor(harmless.line(event.text, MOST))
        event.stop()
        event.prevent_default()

    def action_nothing(self) -> None:
        """There is one line."""
