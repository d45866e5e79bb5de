"""Say that the attempt is done.  For agents; exit afterwards.

examples:
  swarm done
  swarm done "the parser handles nested lists now"
"""

from __future__ import annotations

import argparse
import os

from swarm.agents import tools
from swarm.cli.wording import add_text, text_of


def arguments(parser: argparse.ArgumentParser) -> None:
    """The words of `swarm done`."""
    add_text(parser, "SUMMARY", "what was done, in a sentence", needed=False)


def run(options: argparse.Namespace) -> int:
    """Leave the verdict in the attempt's directory."""
    tools.done(tools.inside(os.environ), text_of(options.text))
    print("noted as done; end your work now, what is in the worktree is committed for you")
    return 0
