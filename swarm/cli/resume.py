"""Go on with a run whose leader has stopped or was killed.  Workers that are still at it are taken over.

examples:
  swarm resume
  swarm resume add-auth --detach
"""

from __future__ import annotations

import argparse

from swarm.cli.context import here, load, run_of
from swarm.cli.leading import detach, lead
from swarm.cli.permit import refuse_agents
from swarm.git.version import check_version
from swarm.leader.launch import take_lead
from swarm.tmux.version import check_version as check_tmux


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm resume`."""
    parser.add_argument("run_name", nargs="?", metavar="RUN", help="the run (default: the newest)")
    parser.add_argument("--detach", "-d", action="store_true", help="lead in the background")


def run(options: argparse.Namespace) -> int:
    """Take the lock, then lead."""
    check_version()
    user, home = here()
    refuse_agents(home, "resume")
    run_dir = run_of(home, options.run_name)
    if load(run_dir).executor == "tmux":
        check_tmux()
    own = take_lead(home, run_dir.name)
    try:
        if not options.detach:
            return lead(run_dir, user)
    finally:
        own.release()
    return detach(run_dir)
