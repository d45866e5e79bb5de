"""The verbs `wait` and `watch`: what goes on until a message comes, or for ever.

Know no more of a message than `inbox.exchange`, which prints it.
"""

from __future__ import annotations

import argparse
import time

from inbox.exchange import deliver, existing
from inbox.watch import Watch, pause_after, wait_for


def wait(arguments: argparse.Namespace) -> int:
    """Prints the oldest unread message as soon as there is one.  1 when none came in time."""
    box = existing(arguments.box)
    deadline = None if arguments.timeout is None else time.monotonic() + arguments.timeout
    with Watch([box.new]) as bell:
        while True:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            found = wait_for(box, timeout=left, bell=bell)
            if found is None:
                return 1
            if deliver(box, *found, arguments):  # else another reader took it: wait for the next
                return 0


def watch(arguments: argparse.Namespace) -> int:
    """Prints every message as it comes, those already there first.  Ends only by an interrupt or an error."""
    box = existing(arguments.box)
    shown: set[str] = set()
    with Watch([box.new]) as bell:
        while True:
            bell.clear()
            for name, message in box.receive(passing_over=shown):
                deliver(box, name, message, arguments)
                shown.add(name)
            shown.intersection_update(box.unread())
            bell.wait(pause_after(box))
