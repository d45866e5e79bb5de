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
from dataclasses import dataclass

from swarm.cli.context import add_run, find_run, load
from swarm.cli.whereabouts import add_name, worker_of
from swarm.core.state import State
from swarm.errors import SwarmError
from swarm.executors.tmux import TmuxHost
from swarm.leader.launch import HOSTS
from swarm.paths import RunDir
from swarm.tmux.pane import Pane
from swarm.tmux.server import TmuxServer
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
    window = window_of(run_dir, state, options.name)
    argv = window.argv(read_only=options.read_only)
    os.execvp(argv[0], argv)


@dataclass(frozen=True, slots=True)
class Window:
    """The pane of a worker, which this terminal can show."""

    server: TmuxServer
    pane: Pane

    def argv(self, read_only: bool = False) -> list[str]:
        """The command that shows it until it is left; what was printed so far is out."""
        sys.stdout.flush()
        return self.server.attach_argv(self.pane, read_only=read_only)

    def is_there(self) -> bool:
        """Whether it is still the worker's."""
        found = (self.server.panes() or {}).get(self.pane.worker)
        return found is not None and found.id == self.pane.id


def window_of(run: RunDir, state: State, name: str) -> Window:
    """The pane of a worker or of a task's worker.  Raises SwarmError where there is none, or no terminal to show it in,
    with what shows the same."""
    worker = worker_of(state, name).name
    instead = f"swarm log {_task(state, name)} -f"
    if HOSTS[state.executor] is not TmuxHost:
        raise SwarmError(f"run {run.name} has no panes: its workers are plain processes (--executor)", instead)
    check_version()
    server = TmuxHost(run, os.environ).server
    pane = (server.panes() or {}).get(worker)
    if pane is None:
        why = "the run is over" if state.over else "tmux is gone, or the pane was closed; the leader makes it again"
        raise SwarmError(f"{worker} has no pane: {why}", instead if state.over else f"swarm resume;   {instead}")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise SwarmError("a pane can be shown in a terminal only", instead)
    if os.environ.get("TMUX"):
        print("this terminal is in a tmux of yours: its prefix reaches the worker's when typed twice", file=sys.stderr)
    return Window(server, pane)


def _task(state: State, name: str) -> str:
    """The task that a name speaks of, for a command to type."""
    worker = state.workers.get(name)
    if worker is None:
        return name
    last = [task.id for task in state.tasks.values() for attempt in task.attempts if attempt.worker == name]
    return worker.task or (last[-1] if last else "TASK")
