"""Sum a run up as Markdown: what was asked, what landed, what did not and why, and where the time went.

examples:
  swarm summary
  swarm summary > pull-request.md
  swarm summary --html                     one page with pictures: the graph of tasks, and a timeline
  swarm summary --html report.html
  swarm summary --json | jq '.time'

It is also kept in the run's directory as summary.md; the page as summary.html.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from swarm.cli.context import add_run, find_run, load, read
from swarm.cli.say import hint, moment
from swarm.core.page import page
from swarm.core.state import State
from swarm.core.summary import Size, figures, summary
from swarm.core.timeline import Chronicle, timeline
from swarm.errors import SwarmError
from swarm.files import write_whole
from swarm.git import merge
from swarm.git.command import GitFailed
from swarm.git.hub import Hub
from swarm.git.library import library
from swarm.paths import RunDir


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm summary`."""
    add_run(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one object: {run, counts, tasks, time, usage, …}")
    form.add_argument(
        "--html", nargs="?", const=None, default=False, type=Path, metavar="FILE",
        help="a page with pictures instead, whole in one file (default: summary.html in the run's directory)",
    )  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Make it, keep it, print it."""
    run_dir = find_run(options.run)
    if options.html is not False:
        return _page(run_dir, options.html or run_dir.page)
    state = load(run_dir)
    now = time.time()
    sizes = _sizes(run_dir, state)
    text = summary(state, sizes, now, moment(state.began or now))
    write_whole(run_dir.summary, text.encode("utf-8", "replace"))
    if options.json:
        print(json.dumps({**figures(state, sizes, now), "path": str(run_dir.summary)}))
        return 0
    print(text, end="")
    hint(f"kept in {run_dir.summary};   swarm merge   lands the run")
    return 0


def _page(run_dir: RunDir, path: Path) -> int:
    """Write the page, and print where it is."""
    state, now = load(run_dir), time.time()
    found = timeline(state, Chronicle.of(read(run_dir)), now)
    text = page(state, _sizes(run_dir, state), found, now, moment(state.began or now))
    try:
        write_whole(path, text.encode("utf-8", "replace"))
    except OSError as error:
        way_out = "swarm summary --html FILE   writes it elsewhere"
        raise SwarmError(f"{path} can't be written: {error.strerror}", way_out) from None
    print(path)
    hint(f"open it in a browser: xdg-open {path}")
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
