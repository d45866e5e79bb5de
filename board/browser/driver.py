"""The board's side of a page: Textual's driver for the browser, made to end with its server.

Knows the pipes to the server; runs in the board's own process, whose environment (TEXTUAL_DRIVER) says to load it.  The
server says that a page is gone by closing our input, and the kernel says the same when the server was killed: either
way the board ends by itself, and nobody has to look for it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, BinaryIO, Literal, TextIO

from textual import messages
from textual.app import App
from textual.drivers.web_driver import WebDriver

NAME = f"{__name__}:PageDriver"
"""What the environment has to say."""


class PageDriver(WebDriver):
    """Draws for one page.  Opens no address and hands out no file: the person is told to use a terminal."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._write = self._write_all  # type: ignore[assignment]  # it is a partial of os.write there

    def _write_all(self, data: bytes) -> int:
        """Write all of it: os.write alone may stop in the middle of a packet."""
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self.fileno, rest) :]
        except BrokenPipeError:
            pass  # the server is gone; the end of our input says so too, and ends the board
        return len(data)

    def run_input_thread(self) -> None:
        """Take input until it ends; then end the board."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            self.send_message(messages.ExitApp())

    def open_url(self, url: str, new_tab: bool = True) -> None:
        """Say that links are not opened from here."""
        self._app.notify("the board in the browser opens no links", severity="warning", markup=False)

    def deliver_binary(
        self,
        binary: BinaryIO | TextIO,
        *,
        delivery_key: str,
        save_path: Path,
        open_method: Literal["browser", "download"] = "download",
        encoding: str | None = None,
        mime_type: str | None = None,
        name: str | None = None,
    ) -> None:
        """Say that files are not saved from here."""
        binary.close()
        self._app.notify("the board in the browser saves no files: swarm board can", severity="warning", markup=False)
