"""Answer what a task's agent asks; it goes on at once.

examples:
  swarm answer api "use port 8080"
  swarm answer api - < decision.md

`swarm status` shows which tasks need you and what they ask.
"""

from __future__ import annotations

import argparse

from swarm.cli.context import add_run
from swarm.cli.tell import tell
from swarm.cli.wording import add_text, text_of


def arguments(parser: argparse.ArgumentParser) -> None:
    """The words of `swarm answer`."""
    parser.add_argument("tasks", nargs=1, metavar="TASK", help="the task that asks")
    add_text(parser, "TEXT", "the answer")
    add_run(parser)


def run(options: argparse.Namespace) -> int:
    """Have the answer carried to its agent."""
    return tell(options, "answer", "swarm status --watch", text=text_of(options.text))
