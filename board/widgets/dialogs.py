"""The few windows that ask or tell: a question with yes and no, a page to read.

Know their own words; what the answer means is the caller's.  Texts are shown as text, never as markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

Result = TypeVar("Result")


class Window(ModalScreen[Result]):
    """A frame in the middle of the screen, the board dimmed behind it."""

    DEFAULT_CSS = """
    Window { align: center middle; background: $background 60%; }
    Window > Vertical {
        width: auto; max-width: 100%; height: auto; max-height: 100%; overflow-y: auto; scrollbar-size-vertical: 1;
        padding: 0 1; background: $surface; border: round $primary;
    }
    Window Static { width: auto; max-width: 100%; }
    Window .hint { color: $text-muted; margin-top: 1; }
    Window Input { width: 60; max-width: 100%; }
    """


class Confirm(Window[bool]):
    """A question that y answers with True; everything else says no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)"),
        Binding("n,escape,q", "answer(False)"),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self.question = question

    def compose(self) -> ComposeResult:
        """The question, and how to answer it."""
        with Vertical():
            yield Static(Text(self.question), markup=False)
            yield Static("y yes   n no", classes="hint", markup=False)

    def action_answer(self, yes: bool) -> None:
        """Give the answer back."""
        self.dismiss(yes)


class Tell(Window[None]):
    """A page to read; any of the usual keys closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter,w,question_mark,space", "leave")]

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__()
        self.lines = lines

    def compose(self) -> ComposeResult:
        """The page."""
        with Vertical():
            yield Static(Text("\n".join(self.lines)), markup=False)
            yield Static("esc closes", classes="hint", markup=False)

    def action_leave(self) -> None:
        """Close it."""
        self.dismiss(None)
