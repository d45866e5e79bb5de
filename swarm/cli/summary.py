"""Sum a run up as Markdown: what was asked, what landed, what did not and why, and where the time went.

examples:
  swarm summary
  swarm summary > pull-request.md
  swarm summary --json | jq '.time'

It is also kept in the run's directory as summary.md.
"""

from __future__ import annotations

import argparse
import json
import time

from swarm.cli.context import add_run, find_run, load
from swarm.cli.say import hint
from swarm.core.state import State
from swarm.core.summary import Size, figures, summary
from swarm.files import write_whole
from swarm.git import merge
from swarm.git.command import GitFailed
from swarm.git.hub import Hub
from swarm.git.library import library
from swarm.paths import RunDir


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm summary`."""
    add_run(parser)
    parser.add_argument("--json", action="store_true", help="one object: {run, counts, tasks, time, usage, …}")


def run(options: argparse.Namespace) -> int:
    """Make it, keep it, print it."""
    run_dir = find_run(options.run)
    state = load(run_dir)
    now = time.time()
    sizes = _sizes(run_dir, state)
    text = summary(state, sizes, now, time.strftime("%Y-%m-%d %H:%M", time.localtime(state.began)))
    write_whole(run_dir.summary, text.encode("utf-8", "replace"))
    if options.json:
        print(json.dumps({**figures(state, sizes, now), "path": str(run_dir.summary)}))
        return 0
    print(text, end="")
    hint(f"kept in {run_dir.summary};   swarm merge   lands the run")
    return 0


def _sizes(run: RunDir, state: State) -> dict[str, Size]:
    """How much each merge changed, by its commit; nothing where the hub is gone."""
    if state.tip is None:
        return {}
    try:
        found = merge.landed(Hub(run.home.hub, library), state.base, state.tip)
    except GitFailed:
        return {}
    return {
        commit: Size(len(stats), sum(one.added or 0 for one in stats), sum(one.removed or 0 for one in stats))
        for commit, stats in found.items()
    }
