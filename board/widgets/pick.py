"""A window with places to choose one from: type a word of it, or go there with the arrows.

Knows lines with numbers; what a number means is the caller's.  Lines are shown as text, never as markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from board.widgets.dialogs import Window

MOST = 500
"""Places that are listed at a time; typing narrows them down."""


class Pick(Window[int | None]):
    """The number of the chosen place; None where the window was left."""

    DEFAULT_CSS = """
    Pick > Vertical { width: 76; max-width: 96%; height: 70%; }
    Pick Input { width: 1fr; height: 1; border: none; padding: 0 1; }
    Pick OptionList { width: 1fr; height: 1fr; border: none; padding: 0; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave"),
        Binding("up", "move(-1)", priority=True),
        Binding("down", "move(1)", priority=True),
    ]

    def __init__(self, places: Sequence[tuple[str, int]]) -> None:
        super().__init__()
        self.places = places
        self._shown: list[int] = []

    def compose(self) -> ComposeResult:
        """The words, the places, and how to choose."""
        with Vertical():
            yield Input(placeholder="words of it", compact=True)
            yield OptionList(markup=False)
            yield Static("↑ ↓ move   enter goes there   esc leaves", classes="hint", markup=False)

    def on_mount(self) -> None:
        """All of them."""
        self._list("")
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Those with the words in them."""
        self._list(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The highlighted one."""
        at = self.query_one(OptionList).highlighted
        self.dismiss(self._shown[at] if at is not None and at < len(self._shown) else None)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click."""
        self.dismiss(self._shown[event.option_index])

    def action_move(self, by: int) -> None:
        """The one below or above."""
        listed = self.query_one(OptionList)
        (listed.action_cursor_down if by > 0 else listed.action_cursor_up)()

    def action_leave(self) -> None:
        """Choose nothing."""
        self.dismiss(None)

    def _list(self, query: str) -> None:
        wanted = query.casefold().split()
        fitting = [(text, number) for text, number in self.places if all(word in text.casefold() for word in wanted)]
        self._shown = [number for _, number in fitting[:MOST]]
        listed = self.query_one(OptionList)
        listed.clear_options()
        listed.add_options(Option(Text(text, no_wrap=True, overflow="ellipsis")) for text, _ in fitting[:MOST])
        listed.highlighted = 0 if fitting else None
