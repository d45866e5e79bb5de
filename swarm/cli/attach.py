"""Look at a worker's pane in this terminal, and type into it if you must.  Ctrl-b d comes back.

examples:
  swarm attach worker-1
  swarm attach api                the worker that has this task in hand
  swarm attach api --read-only    look, and touch nothing
"""

from __future__ import annotations

import argparse
import os
import sys

from swarm.cli.context import add_run, find_run, load
from swarm.cli.whereabouts import add_name, worker_of
from swarm.core.state import State
from swarm.errors import SwarmError
from swarm.executors.tmux import TmuxHost
from swarm.leader.launch import HOSTS
from swarm.paths import RunDir
from swarm.tmux.version import check_version


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm attach`."""
    add_name(parser)
    add_run(parser)
    parser.add_argument("--read-only", "-r", action="store_true", help="keys do nothing but detach")


def run(options: argparse.Namespace) -> int:
    """Become the viewer; tmux says the rest."""
    run_dir = find_run(options.run)
    state = load(run_dir)
    argv = _viewer(run_dir, state, options)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise SwarmError("a pane can be shown in a terminal only", f"swarm log {_task(state, options.name)} -f")
    if os.environ.get("TMUX"):
        print("this terminal is in a tmux of yours: its prefix reaches the worker's when typed twice", file=sys.stderr)
    sys.stdout.flush()
    os.execvp(argv[0], argv)


def _viewer(run: RunDir, state: State, options: argparse.Namespace) -> list[str]:
    """The command that shows the pane.  Raises SwarmError where there is none, with what shows the same."""
    worker = worker_of(state, options.name).name
    instead = f"swarm log {_task(state, options.name)} -f"
    if HOSTS[state.executor] is not TmuxHost:
        raise SwarmError(f"run {run.name} has no panes: its workers are plain processes (--executor)", instead)
    check_version()
    server = TmuxHost(run, os.environ).server
    pane = (server.panes() or {}).get(worker)
    if pane is None:
        why = "the run is over" if state.over else "tmux is gone, or the pane was closed; the leader makes it again"
        raise SwarmError(f"{worker} has no pane: {why}", instead if state.over else f"swarm resume;   {instead}")
    return server.attach_argv(pane, read_only=options.read_only)


def _task(state: State, name: str) -> str:
    """The task that a name speaks of, for a command to type."""
    worker = state.workers.get(name)
    if worker is None:
        return name
    last = [task.id for task in state.tasks.values() for attempt in task.attempts if attempt.worker == name]
    return worker.task or (last[-1] if last else "TASK")
