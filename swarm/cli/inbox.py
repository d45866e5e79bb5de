"""Read messages: yours, or look at what a worker has not read yet.

examples:
  swarm inbox                 what is unread; it stays unread
  swarm inbox --ack           the same, and file it as read
  swarm inbox --watch         print messages as they come
  swarm inbox worker-2        what worker-2 has not read yet
"""

from __future__ import annotations

import argparse
import os

from inbox.maildir import Maildir
from inbox.message import NOTE
from inbox.watch import Watch, pause_after
from swarm.agents import tools
from swarm.cli.context import add_run, find_run, load
from swarm.cli.inside import inbox as inside
from swarm.cli.letters import Reading, show_one, show_unread
from swarm.cli.say import hint
from swarm.core.state import State
from swarm.core.suggest import did_you_mean
from swarm.errors import SwarmError, UsageError
from swarm.leader.launch import make_mail
from swarm.leader.mail import OPERATOR
from swarm.paths import RunDir


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm inbox`."""
    inside.arguments(parser)
    add_run(parser)


def run(options: argparse.Namespace) -> int:
    """Print what is unread in the box that is meant."""
    reading = inside.own(options) if tools.is_inside(os.environ) else _operators(find_run(options.run), options)
    if options.watch:
        _follow(reading, options)
        return 0
    count = show_unread(reading, in_json=options.json, ack=options.ack)
    if count and not (options.json or options.ack or options.who):
        hint('swarm inbox --ack   files these as read;   swarm send WHO "…"   answers')
    return 0


def _operators(run: RunDir, options: argparse.Namespace) -> Reading:
    """The operator's own box, or that of a worker, which only the worker's agent may file as read."""
    if options.who in (None, OPERATOR):
        make_mail(run, [OPERATOR])
        return Reading(run.mailbox(OPERATOR), frozenset({NOTE}))
    if options.ack:
        raise UsageError(f"only {options.who} itself files its messages as read", f"swarm inbox {options.who}")
    return Reading(run.mailbox(_worker(load(run), options.who)), tools.FOR_AGENTS)


def _worker(state: State, name: str) -> str:
    """The worker of that name, or the one that works on the task of that name."""
    if name in state.workers:
        return name
    task = state.tasks.get(name)
    if task is None:
        known = [*state.workers, *state.tasks]
        raise SwarmError(f"there is no worker and no task {name!r}{did_you_mean(name, known)}", "swarm status")
    if task.worker is None:
        kept = f"{len(task.mail)} messages are kept for it" if task.mail else "no message is kept for it"
        raise SwarmError(f"nobody works on {name} now; {kept}", f"swarm why {name}")
    return task.worker


def _follow(reading: Reading, options: argparse.Namespace) -> None:
    """Print messages as they come, those already there first.  Ends by an interrupt."""
    box = Maildir(reading.mail.inbox)
    shown: set[str] = set()
    with Watch([box.new]) as bell:
        while True:
            bell.clear()
            for name, message in reading.unread(passing_over=shown):
                show_one(reading, name, message, in_json=options.json, ack=options.ack)
                shown.add(name)
            shown.intersection_update(box.unread())
            bell.wait(pause_after(box))
