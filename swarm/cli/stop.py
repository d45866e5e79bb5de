"""Stop a run: attempts under way are ended, workers quit, and what was done is kept.

examples:
  swarm stop
  swarm stop --run add-auth

Works without a leader too: workers that outlived theirs are ended the same way.  `swarm resume` goes on.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from inbox.watch import Watch
from swarm import lease
from swarm.cli.context import add_run, find_run, leader_alive, load
from swarm.cli.following import Following
from swarm.cli.order import answer_to, give, order
from swarm.cli.permit import refuse_agents
from swarm.cli.say import hint, narrate
from swarm.core import words
from swarm.core.state import Phase, State
from swarm.errors import SwarmError
from swarm.git.hub import Hub
from swarm.git.library import library
from swarm.git.repository import discover
from swarm.leader.launch import dismiss, open_leader, take_lead
from swarm.paths import RunDir

LOOK = 0.3
"""Seconds between two looks at whether the leader still lives.  A poll: its lock rings no bell."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm stop`."""
    add_run(parser)


def run(options: argparse.Namespace) -> int:
    """Have the leader stop, and see it go; where there is none, be it for as long as that takes."""
    run_dir = find_run(options.run)
    refuse_agents(run_dir.home, "stop")
    if leader_alive(run_dir):
        _have_it_stopped(run_dir)
        _see_it_go(run_dir)
    state = load(run_dir)
    if not state.over or _living(run_dir, state):
        _stop_it(run_dir, state)
        state = load(run_dir)
    print(f"{state.run} is {state.phase}: {words.progress(state)}; nothing of it runs any more")
    hint(
        "swarm merge   lands it"
        if state.all_merged
        else f"swarm resume {state.run}   goes on;   swarm merge   lands what is green"
    )
    return 0


def _have_it_stopped(run: RunDir) -> None:
    """Order the stop.  A run that is ending already needs no order."""
    try:
        print(order(run, "stop", {}).text)
    except SwarmError:
        if load(run).phase in (Phase.STARTING, Phase.RUNNING):
            raise


def _see_it_go(run: RunDir) -> None:
    """Show what happens until the leader has gone."""
    told = Following(run.journal)
    told.catch_up()
    with Watch([run.path]) as bell:
        while True:
            bell.clear()
            alive = leader_alive(run)  # asked first: whatever it wrote before it went is shown
            for entry in told.entries():
                narrate(entry, told.state)
            if not alive:
                return
            bell.wait(LOOK)


def _living(run: RunDir, state: State) -> bool:
    return any(lease.is_held(run.mailbox(worker).lock) for worker in state.workers)


def _stop_it(run: RunDir, state: State) -> None:
    """Be the leader that stops the run: the order lies in the mail before it leads, so it begins nothing new."""
    own = take_lead(run.home, run.name)
    try:
        user, hub = discover(Path(state.repo)), Hub(run.home.hub, library)
        asked = "" if state.over else give(run, "stop", {})
        leader = open_leader(run, user, hub, narrate, own, serve=not state.over)
        if asked:
            leader.loop()
            answer_to(run, asked)
        dismiss(leader)
    finally:
        own.release()
