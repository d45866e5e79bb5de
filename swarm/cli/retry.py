"""Give a task new attempts, and those that were skipped because of it.

examples:
  swarm retry api
  swarm retry api docs

For tasks that failed, were skipped, cancelled, or are held for review.
"""

from __future__ import annotations

import argparse

from swarm.cli.tell import add_tasks, tell


def arguments(parser: argparse.ArgumentParser) -> None:
    """The words of `swarm retry`."""
    add_tasks(parser)


def run(options: argparse.Namespace) -> int:
    """Have it tried again."""
    return tell(options, "retry", "swarm status --watch")
