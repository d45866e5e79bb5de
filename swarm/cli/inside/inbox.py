"""Read your messages.

examples:
  swarm inbox                 what is unread; it stays unread
  swarm inbox --ack           the same, and file it as read
  swarm inbox --watch         print messages as they come
"""

from __future__ import annotations

import argparse
import os

from swarm.agents import tools
from swarm.cli.letters import Reading, show_unread
from swarm.errors import SwarmError


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm inbox`."""
    parser.add_argument("who", nargs="?", metavar="WHO", help="whose messages (default: your own)")
    parser.add_argument("--watch", action="store_true", help="print messages as they come, until interrupted")
    parser.add_argument("--ack", action="store_true", help="file what was printed as read")
    parser.add_argument("--json", action="store_true", help="one object; with --watch, one for each message")


def run(options: argparse.Namespace) -> int:
    """Print the notes and answers in the worker's inbox."""
    show_unread(own(options), in_json=options.json, ack=options.ack)
    return 0


def own(options: argparse.Namespace) -> Reading:
    """The box that an agent may read: its worker's.  Raises SwarmError for anybody else's."""
    mail = tools.inside(os.environ).mail
    if options.who not in (None, mail.owner):
        raise SwarmError(f"the messages of {options.who} are not for {mail.owner}", "swarm inbox")
    return Reading(mail, tools.FOR_AGENTS)
