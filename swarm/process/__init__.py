"""The one door for processes: to start them, know them again, signal them and end them (a module each).

Knows nothing of git, tmux or agents, and never uses a shell.
"""

from swarm.process.ending import MOST_OUTPUT, Overrun, end_all, ended_within, sweep, wait_for_child, watch_child
from swarm.process.places import at_work
from swarm.process.signals import signal_group, signal_process
from swarm.process.starting import Done, NotStarted, TimedOut, environment, finish, run, spawn, strip_git
from swarm.process.who import Identity, alive, bearers, has_proc, holders, identity, marked

__all__ = [
    "MOST_OUTPUT",
    "Done",
    "Identity",
    "NotStarted",
    "Overrun",
    "TimedOut",
    "alive",
    "at_work",
    "bearers",
    "end_all",
    "ended_within",
    "environment",
    "finish",
    "has_proc",
    "holders",
    "identity",
    "marked",
    "run",
    "signal_group",
    "signal_process",
    "spawn",
    "strip_git",
    "sweep",
    "wait_for_child",
    "watch_child",
]
