"""Send a message to a worker, a task, a role, the operator or everybody.

examples:
  swarm send worker-2 "the schema is in src/schema.sql now"
  swarm send api "your endpoint needs a limit"      whoever works on the task api; kept until somebody does
  swarm send role:reviewer - < notes.md
  swarm send operator "the tests need a database"
"""

from __future__ import annotations

import argparse
import os

from swarm.agents import tools
from swarm.cli.wording import add_text, text_of


def arguments(parser: argparse.ArgumentParser) -> None:
    """The words of `swarm send`."""
    parser.add_argument("to", metavar="WHO", help="a worker, a task, role:NAME, operator, or all")
    add_text(parser, "TEXT", "what to say")


def run(options: argparse.Namespace) -> int:
    """Put it into the worker's outbox; the leader carries it."""
    tools.send(tools.inside(os.environ), options.to, text_of(options.text))
    print(f"sent to {options.to}")
    return 0
