"""What tests of a running board have at hand: waiting for it, reading its screen, and what it has sent."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from board.app import BoardApp
from board.commands import OPERATOR
from board.feed import WAITING
from inbox.maildir import Maildir
from swarm.paths import RunDir


def script(path: Path, body: str) -> tuple[str, ...]:
    """A stand-in for the command line of swarm."""
    path.write_text(body)
    return (sys.executable, str(path))


async def until(pilot: Pilot[None], holds: Callable[[], object]) -> None:
    """Wait for a condition, at most ten seconds."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline, "it did not come to be"
        await pilot.pause(0.01)


async def shown(pilot: Pilot[None], app: BoardApp) -> None:
    """Wait until the journal has been read and laid out."""
    await until(pilot, lambda: app.board.kanban.cards or app.board.notice.text == WAITING)
    await pilot.pause()


def seen(app: BoardApp) -> str:
    """What stands on the screen, as text."""
    return "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())


def commands(run: RunDir) -> list[object]:
    """The texts of what the board has sent."""
    outbox = Maildir(run.mailbox(OPERATOR).outbox)
    found = [message for _, message in outbox.receive()] if outbox.exists() else []
    return [json.loads(one.text) if one.kind == "command" else (one.to, one.text) for one in found]


def toasts(app: BoardApp) -> list[str]:
    return [notification.message for notification in app._notifications]
