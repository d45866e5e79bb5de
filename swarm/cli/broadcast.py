"""Send a message to every worker.

examples:
  swarm broadcast "the staging database is down until noon"
"""

from __future__ import annotations

import argparse

from swarm.cli.context import add_run, find_run
from swarm.cli.inside import broadcast as inside
from swarm.cli.operator import say
from swarm.cli.wording import text_of


def arguments(parser: argparse.ArgumentParser) -> None:
    """The words of `swarm broadcast`."""
    inside.arguments(parser)
    add_run(parser)


def run(options: argparse.Namespace) -> int:
    """Send it from the operator's own mailbox."""
    return say(find_run(options.run), "all", text_of(options.text))
