"""Send a message to a worker, a task, a role or everybody.

examples:
  swarm send worker-2 "leave the migrations alone"
  swarm send api "the endpoint needs a limit"       whoever works on the task api; kept until somebody does
  swarm send role:reviewer - < notes.md

Agents read it at their next step; nothing is ever typed into their panes.
"""

from __future__ import annotations

import argparse

from swarm.cli.context import add_run, find_run
from swarm.cli.inside import send as inside
from swarm.cli.operator import say
from swarm.cli.wording import text_of


def arguments(parser: argparse.ArgumentParser) -> None:
    """The words of `swarm send`."""
    inside.arguments(parser)
    add_run(parser)


def run(options: argparse.Namespace) -> int:
    """Send it from the operator's own mailbox."""
    return say(find_run(options.run), options.to, text_of(options.text))
