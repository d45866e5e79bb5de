"""Send a message to every worker and the operator.

examples:
  swarm broadcast "I renamed src/db.py to src/store.py"
"""

from __future__ import annotations

import argparse
import os

from swarm.agents import tools
from swarm.cli.wording import add_text, text_of


def arguments(parser: argparse.ArgumentParser) -> None:
    """The words of `swarm broadcast`."""
    add_text(parser, "TEXT", "what to say")


def run(options: argparse.Namespace) -> int:
    """Put it into the worker's outbox; the leader carries it."""
    tools.send(tools.inside(os.environ), "all", text_of(options.text))
    print("sent to all")
    return 0
