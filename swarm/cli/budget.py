"""Say how much the run may use in all; once its budget is used up, nothing new begins until it is raised.

examples:
  swarm budget '60 USD'
  swarm budget 12.50
"""

from __future__ import annotations

import argparse

from swarm.cli.context import add_run, find_run, leader_alive
from swarm.cli.order import order
from swarm.cli.say import hint
from swarm.core.units import usd


def arguments(parser: argparse.ArgumentParser) -> None:
    """The words of `swarm budget`."""
    parser.add_argument("money", metavar="MONEY", help="what the run may use in all, what it has used included")
    add_run(parser)


def run(options: argparse.Namespace) -> int:
    """Raise it, or lower it."""
    most = usd(options.money)
    run_dir = find_run(options.run)
    print(order(run_dir, "budget", {"usd": most}).text)
    hint("swarm status" if leader_alive(run_dir) else f"swarm resume {run_dir.name}   no leader runs now")
    return 0
