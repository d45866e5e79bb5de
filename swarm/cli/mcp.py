"""Serve the tools of an agent over MCP, on standard input and output.  Started by the CLI of an agent, in an attempt.

examples:
  swarm mcp
  swarm mcp --patience 50         for a client that gives up calls after a minute

Tools: send_message, read_messages, task_done, task_failed, ask, list_tasks.
"""

from __future__ import annotations

import argparse
import os
import sys

from swarm.agents import tools
from swarm.agents.mcp import Server
from swarm.agents.toolbox import Desk


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm mcp`."""
    parser.add_argument(
        "--patience", type=float, metavar="SECONDS",
        help="how long ask waits; the answer is then given in a further turn (default: as long as it takes)",
    )  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Until standard input ends."""
    Server(Desk(tools.inside(os.environ)), sys.stdout.buffer, options.patience).serve(sys.stdin.buffer)
    return 0
