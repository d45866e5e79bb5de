"""Open the kanban of a run: columns that follow it live, a card's log and diff, its pane, your word to it.

examples:
  swarm board
  swarm board --run add-auth --read-only
  swarm board --no-notify                  no bell and no notification when a task needs you or the run ends
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from swarm.cli.context import add_run, find_run
from swarm.cli.permit import refuse_agents
from swarm.paths import RunDir

ENTER = "\x1b[?1049h\x1b[2J\x1b[H"
"""The other screen of a terminal, cleared."""

LEAVE = "\x1b[?1049l"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm board`."""
    add_run(parser)
    parser.add_argument("--read-only", action="store_true", help="look only; no key changes anything")
    parser.add_argument(
        "--no-notify", dest="notify", action="store_false", help="don't ring when a task needs you or the run ends"
    )


def run(options: argparse.Namespace) -> int:
    """Show the board until the person quits."""
    if not options.read_only:
        refuse_agents(find_run(options.run).home, "steer by the board (--read-only shows it)")
    return show(find_run(options.run), read_only=options.read_only, notify=options.notify)


def show(run_dir: RunDir, *, read_only: bool = False, notify: bool = True, view: str = "kanban") -> int:
    """The board of a run with this view first (kanban, graph, timeline); the exit code.

    Nobody knows the board: it is loaded by its name, here and nowhere else.
    """
    at_once = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    if at_once:  # what draws the board takes half a second to load; it draws over this, and leaves the screen as it was
        print(f"{ENTER} {run_dir.name}  reading the journal", end="", flush=True)
    try:
        main = importlib.import_module("board.app").main
    except BaseException:
        if at_once:
            print(LEAVE, end="", flush=True)
        raise
    code: int = main(run_dir.path, read_only=read_only, notify=notify, view=view)
    return code
