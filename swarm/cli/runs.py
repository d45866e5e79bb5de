"""List the runs of this repository, the newest last.

examples:
  swarm runs
  swarm runs --json | jq -r '.runs[] | select(.state == "stopped") | .run'
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

from swarm.cli.context import here, leader_alive, load, run_names
from swarm.cli.diskuse import DiskUse, taken
from swarm.cli.say import BOLD, DIM, GREEN, RED, YELLOW, duration, hint, paint
from swarm.core import report, words
from swarm.core.state import State
from swarm.core.units import size_text
from swarm.errors import SwarmError
from swarm.files import free
from swarm.paths import Home, RunDir

COUNTING = 2.0
"""Seconds for which directories are counted, all runs together; what is left then is told as `over`."""

COLOURS = {"running": BOLD, "finished": GREEN, "failed": RED, "stopped": YELLOW}


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm runs`."""
    parser.add_argument("--json", action="store_true", help="one object: {runs: [{run, state, counts, started, …}]}")


def run(options: argparse.Namespace) -> int:
    """Print a line for each run."""
    _, home = here()
    names = run_names(home)
    seconds = COUNTING / max(1, len(names))
    if options.json:
        found = [_object(home.run(name)) | _room(home.run(name), seconds) for name in names]
        print(json.dumps({"runs": found, "current": _current(home, names), "free": free(home.path)}))
        return 0
    if not names:
        raise SwarmError("there is no run in this repository yet", "swarm start --workers 4 --task-file tasks.yaml")
    width = max(len(name) for name in names)
    for name in names:
        print(f"{_line(home.run(name), width)}, {room_of(home.run(name), seconds).text()}")
    print(paint(f"{size_text(free(home.path))} are free there", DIM))
    hint("swarm status --run NAME;   swarm resume NAME;   swarm clean")
    return 0


def room_of(run: RunDir, seconds: float) -> DiskUse:
    """What a run takes on the disk, counted for at most so many seconds."""
    return taken([run.path, *([run.elsewhere] if run.elsewhere else [])], seconds)


def _room(run: RunDir, seconds: float) -> dict[str, Any]:
    found = room_of(run, seconds)
    return {"disk": found.size, "disk_counted": found.whole}


def _current(home: Home, names: list[str]) -> str | None:
    """The run that verbs mean when they are told none."""
    said = home.current.read_text().strip() if home.current.exists() else ""
    return said if said in names else names[-1] if names else None


def _line(run_dir: RunDir, width: int) -> str:
    try:
        state = load(run_dir)
    except SwarmError as error:
        return f"{run_dir.name:<{width}}  {paint('unreadable', RED)}  {error.message}"
    shown = report.shown_phase(state, leader_alive=leader_alive(run_dir))
    began = state.began or time.time()
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(began))
    took = duration((state.ended or time.time()) - began)
    return f"{run_dir.name:<{width}}  {when}  {paint(f'{shown:<8}', COLOURS[shown])}  {_result(state)}, {took}"


def _result(state: State) -> str:
    landed = "" if state.target_merged is None else f", landed as {words.commit(state.target_merged)}"
    return words.progress(state) + landed


def _object(run_dir: RunDir) -> dict[str, Any]:
    try:
        state = load(run_dir)
    except SwarmError as error:
        return {"run": run_dir.name, "state": None, "path": str(run_dir.path), "reason": error.message}
    return {
        "run": state.run,
        "state": report.shown_phase(state, leader_alive=leader_alive(run_dir)),
        "path": str(run_dir.path),
        "base": state.base,
        "integration": state.tip,
        "target": state.target,
        "target_merged": state.target_merged,
        "tasks": len(state.tasks),
        "counts": report.counts(state),
        "started": state.began,
        "ended": state.ended,
        "reason": state.reason or None,
    }
