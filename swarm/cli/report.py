"""Leave the attempt's written report, which the tasks that build on this one are given.  For agents.

examples:
  swarm report "the cache is never emptied: see src/cache.py:41"
  swarm report - < findings.md

A second report takes the place of the first.
"""

from __future__ import annotations

import argparse
import os

from swarm.agents import tools
from swarm.cli.wording import add_text, text_of


def arguments(parser: argparse.ArgumentParser) -> None:
    """The words of `swarm report`."""
    add_text(parser, "TEXT", "the report, as Markdown")


def run(options: argparse.Namespace) -> int:
    """Write it into the attempt's directory."""
    here = tools.inside(os.environ)
    tools.report(here, text_of(options.text))
    print(f"the report of {here.task} is written; `swarm done` when the work is")
    return 0
