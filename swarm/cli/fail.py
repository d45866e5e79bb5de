"""Say that the task can't be done, and why.  For agents; exit afterwards.

examples:
  swarm fail "the API that this builds on does not exist"
"""

from __future__ import annotations

import argparse
import os

from swarm.agents import tools
from swarm.cli.wording import add_text, text_of


def arguments(parser: argparse.ArgumentParser) -> None:
    """The words of `swarm fail`."""
    add_text(parser, "REASON", "why, as the next attempt and the operator should read it")


def run(options: argparse.Namespace) -> int:
    """Leave the verdict in the attempt's directory."""
    tools.fail(tools.inside(os.environ), text_of(options.text))
    print("noted as failed; end your work now, what is in the worktree is kept")
    return 0
