"""The application: a first frame at once, then the screen of the board.

Loading what the board is made of takes longer than loading Textual; so it is loaded behind a frame that says so, by
name (board.screen).  Knows nothing of runs.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import App, ComposeResult, SystemCommand
from textual.screen import Screen
from textual.widgets import Static

if TYPE_CHECKING:
    from board.screen import Board


class Loading(Screen[None]):
    """The first frame."""

    DEFAULT_CSS = """
    Loading { layout: vertical; }
    Loading #head { height: 2; background: $panel; text-style: bold; padding: 0 1; }
    Loading #notice { height: 1; background: $primary 30%; text-style: bold; padding: 0 1; }
    """

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words

    def compose(self) -> ComposeResult:
        """The name of the run, and what is done."""
        yield Static(self.words, id="head", markup=False)
        yield Static("■ reading the journal", id="notice", markup=False)


class BoardApp(App[None]):
    """Shows a board: `board` itself, or what `load` gives, behind a frame with `words`."""

    TITLE = "swarm"

    def __init__(
        self, board: Board | None = None, *, words: str = "", load: Callable[[], Board] | None = None
    ) -> None:
        super().__init__()
        self.board, self._words, self._load = board, words, load

    def get_default_screen(self) -> Screen[Any]:
        """The board, or the first frame."""
        return self.board or Loading(self._words)

    def on_mount(self) -> None:
        """Load once there is something to look at."""
        if self._load is not None:
            self.call_after_refresh(self.run_worker, self._bring)

    async def _bring(self) -> None:
        assert self._load is not None
        await asyncio.to_thread(importlib.import_module, SCREEN)
        self.board = self._load()
        await self.push_screen(self.board)

    def get_system_commands(self, screen: Screen[Any]) -> Iterator[SystemCommand]:
        """The palette has what the board can do."""
        if self.board is not None:
            yield from self.board.commands()


SCREEN = "board.screen"


def main(run_dir: Path, *, read_only: bool = False, notify: bool = True, view: str = "kanban") -> int:
    """Show the board of a run, with this view first, until the person quits; the exit code."""

    def load() -> Board:
        made: Board = importlib.import_module(SCREEN).Board(run_dir, read_only=read_only, notify=notify, view=view)
        return made

    app = BoardApp(words=run_dir.name, load=load)
    app.run()
    return app.return_code or 0
