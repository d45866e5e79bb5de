"""Pause a task: one that has not begun is not begun, one whose agent works has the agent suspended.

examples:
  swarm pause api
  swarm pause api docs

Its clock stands still too.  `swarm unpause TASK` lets it go on.
"""

from __future__ import annotations

import argparse

from swarm.cli.tell import add_tasks, tell


def arguments(parser: argparse.ArgumentParser) -> None:
    """The words of `swarm pause`."""
    add_tasks(parser)


def run(options: argparse.Namespace) -> int:
    """Have it paused."""
    return tell(options, "pause", f"swarm unpause {options.tasks[0]}   lets it go on")
