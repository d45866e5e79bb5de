"""Draw the dependencies of a task file, or of a run with the status of each task.

examples:
  swarm graph tasks.yaml
  swarm graph tasks.yaml --format mermaid > graph.mmd
  swarm graph --run                        the newest run, as it stands
  swarm graph --run add-auth --format dot | dot -Tsvg > graph.svg
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from swarm.cli.context import find_run, load
from swarm.cli.say import hint
from swarm.cli.taskfile import root_of
from swarm.core.graph import FORMATS
from swarm.core.plan import Plan
from swarm.core.why import shown_status
from swarm.errors import UsageError
from swarm.taskfile import load as load_file


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm graph`."""
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="the task file (- for stdin)")
    parser.add_argument("--run", nargs="?", const="", metavar="NAME", help="a run instead (default: the newest)")
    parser.add_argument("--format", choices=list(FORMATS), default="ascii", help="default: ascii")


def run(options: argparse.Namespace) -> int:
    """Print the graph."""
    if (options.file is None) == (options.run is None):
        raise UsageError("say what to draw", "swarm graph FILE, or: swarm graph --run")
    if options.file is not None:
        plan = load_file(options.file, root_of(options.file))
        print(FORMATS[options.format](plan, {}), end="")
        hint(f"swarm start --workers 4 --task-file {options.file}")
        return 0
    plan, statuses = _of_run(options.run or None)
    print(FORMATS[options.format](plan, statuses), end="")
    hint("swarm status;   swarm why TASK")
    return 0


def _of_run(name: str | None) -> tuple[Plan, dict[str, str]]:
    """The plan with the tasks that have joined it, and the status of each."""
    state = load(find_run(name))
    plan = replace(state.plan, tasks=tuple(found.task for found in state.tasks.values()))
    return plan, {found.id: shown_status(found) for found in state.tasks.values()}
