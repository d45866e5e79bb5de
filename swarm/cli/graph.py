"""Draw the dependencies of a task file, or of a run with the status of each task.

examples:
  swarm graph tasks.yaml
  swarm graph tasks.yaml --format mermaid > graph.mmd
  swarm graph tasks.yaml --format svg > graph.svg
  swarm graph --run                        the newest run, as it stands
  swarm graph --live                       the same as it goes along: the board, opened on the graph
  swarm graph --run add-auth --format dot | dot -Tsvg > graph.svg

Pictures (svg, --live) leave out the line of a dependency that follows from others; the critical path is heavy.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

from swarm.cli.board import show
from swarm.cli.context import find_run, load
from swarm.cli.say import hint
from swarm.cli.taskfile import root_of
from swarm.core.critical import critical
from swarm.core.graph import FORMATS, svg
from swarm.core.state import State
from swarm.core.why import shown_status
from swarm.errors import UsageError
from swarm.taskfile import load as load_file


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm graph`."""
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="the task file (- for stdin)")
    parser.add_argument("--run", nargs="?", const="", metavar="NAME", help="a run instead (default: the newest)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--format", choices=list(FORMATS), default="ascii", help="default: ascii")
    form.add_argument("--live", action="store_true", help="follow the run on the screen; v: timeline, kanban; ?: keys")


def run(options: argparse.Namespace) -> int:
    """Print the graph, or follow it."""
    if (options.file is None) == (options.run is None and not options.live):
        raise UsageError("say what to draw", "swarm graph FILE, or: swarm graph --run")
    if options.live:
        return show(find_run(options.run or None), view="graph")
    if options.file is not None:
        plan = load_file(options.file, root_of(options.file))
        print(FORMATS[options.format](plan, {}), end="")
        hint(f"swarm start --workers 4 --task-file {options.file}")
        return 0
    print(_of_run(load(find_run(options.run or None)), options.format), end="")
    hint("swarm status;   swarm why TASK")
    return 0


def _of_run(state: State, form: str) -> str:
    """The plan with the tasks that have joined it, and the status of each."""
    plan = replace(state.plan, tasks=tuple(found.task for found in state.tasks.values()))
    statuses = {found.id: shown_status(found) for found in state.tasks.values()}
    return svg(plan, statuses, critical(state, time.time())) if form == "svg" else FORMATS[form](plan, statuses)
