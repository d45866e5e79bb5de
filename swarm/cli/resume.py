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
from swarm.cli.say import narrate
from swarm.cli.secrets import keep_secrets
from swarm.core import events as e
from swarm.core import words
from swarm.core.state import Phase, State
from swarm.effects.landing import put_back
from swarm.errors import SwarmError
from swarm.git.hub import Hub
from swarm.git.library import library
from swarm.git.version import check_version
from swarm.leader.launch import take_lead
from swarm.paths import RunDir
from swarm.tmux.version import check_version as check_tmux


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm resume`."""
    parser.add_argument("run_name", nargs="?", metavar="RUN", help="the run (default: the newest)")
    parser.add_argument(
        "--put-back", action="store_true",
        help="first put the run's integration ref back to what was verified last; what stood there is kept",
    )  # fmt: skip
    parser.add_argument("--detach", "-d", action="store_true", help="lead in the background")


def run(options: argparse.Namespace) -> int:
    """Take the lock, then lead."""
    check_version()
    user, home = here()
    refuse_agents(home, "resume")
    run_dir = run_of(home, options.run_name)
    state = load(run_dir)
    if state.executor == "tmux":
        check_tmux()
    keep_secrets(run_dir, state.plan, [found.task for found in state.tasks.values()])
    own = take_lead(home, run_dir.name)
    try:
        if options.put_back:
            _put_back(run_dir)
        elif state.phase is Phase.FINISHED:
            print(f"run {run_dir.name} has finished: nothing is left to do in it")
            return lead(run_dir, user, own, _only_news)  # what waits to be taken, such as a retry, is taken
        if not options.detach:
            return lead(run_dir, user, own)
    finally:
        own.release()
    return detach(run_dir)


_OF_COURSE = (e.LeaderStarted, e.WorkerLost, e.RunFinished)
"""What every look into a finished run leads to: its workers have been sent home."""


def _only_news(entry: e.Entry, state: State) -> None:
    if not all(isinstance(event, _OF_COURSE) for event in entry.events):
        narrate(entry, state)


def _put_back(run_dir: RunDir) -> None:
    """Undo what somebody did to the integration ref."""
    tip = load(run_dir).tip
    if tip is None:
        raise SwarmError(f"run {run_dir.name} has verified nothing yet that could be put back", "swarm resume")
    kept = put_back(Hub(run_dir.home.hub, library), run_dir.name, tip)
    place = f"; what stood there is kept as {kept}" if kept else ""
    print(f"the integration ref of {run_dir.name} is at {words.commit(tip)}{place}")
