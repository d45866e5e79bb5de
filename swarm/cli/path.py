"""Print the directory in which a worker or a task works.

examples:
  cd "$(swarm path api)"
  code "$(swarm path worker-1)"

A task's directory is there while it runs, and after that until its worker takes the next task.
"""

from __future__ import annotations

import argparse

from swarm.cli.context import add_run, find_run, load
from swarm.cli.whereabouts import add_name, standing, worker_of, worktree
from swarm.core.why import shown_status
from swarm.errors import SwarmError


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm path`."""
    add_name(parser)
    add_run(parser)


def run(options: argparse.Namespace) -> int:
    """Print it."""
    run_dir = find_run(options.run)
    state = load(run_dir)
    task = None if options.name in state.workers else state.tasks.get(options.name)
    if task is None:
        found = worktree(run_dir, worker_of(state, options.name).name)
        if not found.path.is_dir():
            raise SwarmError(f"{options.name} has no worktree: none was made yet, or it was cleaned up", "swarm status")
        print(found.path)
        return 0
    stands = standing(run_dir, state, task)
    if stands is None:
        what = f"no worktree stands on {task.id}, which is {shown_status(task)}"
        raise SwarmError(what, f"swarm diff {task.id}   shows its work" if task.commit else f"swarm why {task.id}")
    print(stands.path)
    return 0
