"""Hand a task that you have taken over back to its agent, which goes on with the conversation.

examples:
  swarm release api
  swarm release api docs

To detach from its pane (ctrl-b d), or to end the agent's program there, lets go of it, too.
"""

from __future__ import annotations

import argparse

from swarm.cli.tell import add_tasks, tell


def arguments(parser: argparse.ArgumentParser) -> None:
    """The words of `swarm release`."""
    add_tasks(parser)


def run(options: argparse.Namespace) -> int:
    """Let go."""
    return tell(options, "release", "swarm status")
