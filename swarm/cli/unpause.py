"""Let a paused task go on.

examples:
  swarm unpause api
  swarm unpause api docs

An agent that was suspended goes on where it was.  Where a task waits for its account (a usage limit, a wrong key that
you have mended), the account is open again at once, for all on it.
"""

from __future__ import annotations

import argparse

from swarm.cli.tell import add_tasks, tell


def arguments(parser: argparse.ArgumentParser) -> None:
    """The words of `swarm unpause`."""
    add_tasks(parser)


def run(options: argparse.Namespace) -> int:
    """Have it go on."""
    return tell(options, "unpause", "swarm status")
