"""Give a task up.  Its agent is ended; what it did is kept on its branch.

examples:
  swarm cancel api
  swarm cancel api docs

Tasks that depend on it wait; `swarm retry TASK` takes it up again.
"""

from __future__ import annotations

import argparse

from swarm.cli.tell import add_tasks, tell


def arguments(parser: argparse.ArgumentParser) -> None:
    """The words of `swarm cancel`."""
    add_tasks(parser)


def run(options: argparse.Namespace) -> int:
    """Have it given up."""
    return tell(options, "cancel", f"swarm retry {options.tasks[0]}   takes it up again")
