"""Show what a task changed: its sealed work against what it started from, or its worktree while it is at work.

examples:
  swarm diff api
  swarm diff api --stat
  swarm diff api | git apply        take it over by hand
"""

from __future__ import annotations

import argparse
import os
import pydoc
import sys
from dataclasses import dataclass

from swarm.cli.context import add_run, find_run, load, task_of
from swarm.cli.say import BOLD, GREEN, RED, YELLOW, hint, paint
from swarm.cli.whereabouts import standing
from swarm.core.plaintext import harmless
from swarm.core.report import branch
from swarm.core.state import State, TaskState
from swarm.core.status import Status
from swarm.core.why import shown_status, why
from swarm.errors import SwarmError
from swarm.git import merge, refs
from swarm.git.command import bytes_of
from swarm.git.hub import Hub
from swarm.git.library import library
from swarm.paths import RunDir


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm diff`."""
    parser.add_argument("task", metavar="TASK", help="which task")
    add_run(parser)
    parser.add_argument("--stat", action="store_true", help="the files and how many lines, not the lines")


@dataclass(frozen=True, slots=True)
class Change:
    """Two trees or commits in the hub, and what the second one is."""

    before: str
    after: str
    what: str


def run(options: argparse.Namespace) -> int:
    """Print the difference; through a pager on a terminal."""
    run_dir = find_run(options.run)
    state = load(run_dir)
    task = task_of(state, options.task)
    hub = Hub(run_dir.home.hub, library)
    change = _change(run_dir, state, task, hub)
    if options.stat:
        _print_stat(merge.diffstat(hub, change.before, change.after))
    elif sys.stdout.isatty():
        os.environ.setdefault("LESS", "FRX")  # as git does: colours, and no pager for what fits the screen
        pydoc.pager(_coloured(merge.patch(hub, change.before, change.after)))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(bytes_of(merge.patch(hub, change.before, change.after, binary=True)))
    print(change.what, file=sys.stderr)
    hint(why(state, task).command if task.status is not Status.MERGED else "swarm merge   lands the run in your branch")
    return 0


def _change(run: RunDir, state: State, task: TaskState, hub: Hub) -> Change:
    """What there is to show of the task.  Raises SwarmError where there is nothing yet."""
    stands = standing(run, state, task)
    commit = task.commit or hub.read_ref(f"{refs.HEADS}{branch(state, task)}")
    under_way = task.worker is not None
    if stands is not None and task.base is not None and (under_way or commit is None):
        what = f"{task.id} is {shown_status(task)}: this is what {stands.path} holds now"
        return Change(task.base, stands.tree(), what)
    if commit is None or task.base is None or under_way:
        raise SwarmError(f"{task.id} has changed nothing so far: {why(state, task).text}", f"swarm why {task.id}")
    # A commit of an attempt before the newest one started from an older tip.
    before = merge.merge_base(hub, task.base, commit) or task.base
    return Change(before, commit, f"{task.id} is {shown_status(task)}: {commit[:10]} against {before[:10]}")


def _print_stat(stats: list[merge.FileStat]) -> None:
    for stat in stats:
        lines = "bin" if stat.added is None else f"+{stat.added} -{stat.removed}"
        print(f"  {lines:>12}  {harmless(stat.path.encode('utf-8', 'replace').decode())}")
    added, removed = sum(stat.added or 0 for stat in stats), sum(stat.removed or 0 for stat in stats)
    print(f"  {f'+{added} -{removed}':>12}  in {len(stats)} {'file' if len(stats) == 1 else 'files'}")


def _coloured(patch: str) -> str:
    """The patch for a terminal: what an agent wrote into a file can't give it orders."""
    safe = harmless(bytes_of(patch).decode("utf-8", "replace"))
    return "\n".join(paint(line, _colour(line)) if _colour(line) else line for line in safe.split("\n"))


def _colour(line: str) -> str:
    if line.startswith(("diff ", "index ", "--- ", "+++ ", "new file", "deleted file", "rename ", "similarity ")):
        return BOLD
    return {"+": GREEN, "-": RED, "@": YELLOW}.get(line[:1], "")
