"""Open the kanban of a run: columns that follow it live, a card's log and diff, its pane, your word to it.

examples:
  swarm board
  swarm board --run add-auth --read-only
  swarm board --no-notify                  no bell and no notification when a task needs you or the run ends
"""

from __future__ import annotations

import argparse
import importlib

from swarm.cli.context import add_run, find_run


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm board`."""
    add_run(parser)
    parser.add_argument("--read-only", action="store_true", help="look only; no key changes anything")
    parser.add_argument(
        "--no-notify", dest="notify", action="store_false", help="don't ring when a task needs you or the run ends"
    )


def run(options: argparse.Namespace) -> int:
    """Nobody knows the board: it is loaded by its name, here and nowhere else."""
    main = importlib.import_module("board.app").main
    code: int = main(find_run(options.run).path, read_only=options.read_only, notify=options.notify)
    return code
