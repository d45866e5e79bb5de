"""A word to a person who looks elsewhere: a task needs them, or the run has ended.  Once for each time that it happens.

Knows cards and the phase of a run, and the ways to be heard: the terminal's bell, its notification (an escape sequence
of our own making, around harmless text) and the desktop's, where there is one.  Nothing here decides anything.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping

from board.view import harmless
from board.view.card import Card
from swarm.core.status import Status

Tell = Callable[[str], None]

CALLING = frozenset({Status.WAITING.value, Status.REVIEW.value})
"""Statuses that call for somebody; who pauses a task knows of it."""

MOST = 120
"""Characters of a notification."""


class Notifier:
    """Tells what is new.  What was so when the board was opened is on the board, and no news."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._known: dict[str, tuple[str, float | None]] = {}
        self._over: bool | None = None

    def look(self, cards: Iterable[Card], over: bool, ending: str) -> None:
        """Take the changed cards and whether the run is over; `ending`: how, in a sentence."""
        first = self._over is None
        for card in cards:
            state = (card.status, card.since)
            if card.status in CALLING and self._known.get(card.id) != state and not first:
                self._tell(harmless.line(f"{card.id} needs you: {card.note}", MOST))
            self._known[card.id] = state
        if over and self._over is False:
            self._tell(harmless.line(ending, MOST))
        self._over = over


def sequence(text: str, environ: Mapping[str, str]) -> str:
    """What makes a terminal show a notification; terminals that know none pass over it.  `text` is harmless."""
    safe = text.replace(";", ",")
    if environ.get("TERM", "").startswith(("foot", "rxvt")):
        return f"\x1b]777;notify;swarm;{safe}\x1b\\"
    return f"\x1b]9;{safe}\x1b\\"


def desktop(environ: Mapping[str, str]) -> list[str]:
    """The program that notifies on this desktop, with its first arguments; [] where there is none."""
    program = shutil.which("notify-send", path=environ.get("PATH"))
    shows = environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")
    return [program, "--app-name=swarm", "--", "swarm"] if program and shows else []


class Herald:
    """Has a text heard: `write` goes to the terminal.  Programs that it starts are waited for by the event loop."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._calls: set[asyncio.Task[None]] = set()

    def tell(self, text: str) -> None:
        """The bell, the terminal's notification, the desktop's."""
        self._write("\x07" + sequence(text, os.environ))
        argv = desktop(os.environ)
        if argv:
            call = asyncio.get_running_loop().create_task(_run([*argv, text]))
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)

    async def close(self) -> None:
        """End what has not been said yet."""
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)


async def _run(argv: list[str]) -> None:
    """A program that fails has nobody to tell: the same word stands on the board."""
    try:
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    except OSError:
        return
    try:
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
