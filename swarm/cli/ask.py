"""Ask a person, wait for the answer, and print it.  For agents.

examples:
  swarm ask "which port should the server listen on?"

The task shows as *needs you* until somebody answers.  If your shell ends the wait, the answer is in `swarm inbox`.
"""

from __future__ import annotations

import argparse
import os

from swarm.agents import tools, waiting
from swarm.cli.wording import add_text, text_of


def arguments(parser: argparse.ArgumentParser) -> None:
    """The words of `swarm ask`."""
    add_text(parser, "QUESTION", "what to ask")


def run(options: argparse.Namespace) -> int:
    """Wait as long as it takes.  The answer alone goes to stdout."""
    print(waiting.ask(tools.inside(os.environ), text_of(options.text)))
    return 0
