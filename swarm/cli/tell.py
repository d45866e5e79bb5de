"""Orders about tasks: the part that `pause`, `unpause`, `cancel`, `retry` and `answer` share.

Knows no order's meaning; the leader decides, or this process in its place (swarm.cli.order).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from swarm.cli.context import add_run, find_run, leader_alive, load, task_of
from swarm.cli.order import order
from swarm.cli.say import hint


def add_tasks(parser: argparse.ArgumentParser) -> None:
    """One task or several, and the run."""
    parser.add_argument("tasks", nargs="+", metavar="TASK", help="which task, or several")
    add_run(parser)


def tell(options: argparse.Namespace, verb: str, following: str, **args: str) -> int:
    """Give the order for each task and print the answers.  Raises SwarmError at the first that is refused.

    `following`: the next command to type while a leader runs; without one it is `swarm resume`.
    """
    run = find_run(options.run)
    names: Sequence[str] = options.tasks
    state = load(run)
    for name in names:
        task_of(state, name)
    for name in dict.fromkeys(names):
        print(order(run, verb, {"task": name, **args}).text)
    hint(following if leader_alive(run) else f"swarm resume {run.name}   no leader runs now")
    return 0
