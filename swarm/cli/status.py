"""Say where everything stands: workers, tasks, and what waits for you.

examples:
  swarm status
  swarm status --watch
  swarm status --json | jq .counts
"""

from __future__ import annotations

import argparse
import json
import sys
import time

from inbox.watch import Watch
from swarm.cli.context import add_run, find_run, leader_alive, load
from swarm.cli.say import BOLD, DIM, GREEN, RED, YELLOW, duration, hint, paint, until
from swarm.core import models, report, words
from swarm.core.plaintext import one_line
from swarm.core.state import State, TaskState
from swarm.core.units import size_text
from swarm.core.why import shown_status, why
from swarm.files import LITTLE_FREE, free
from swarm.paths import RunDir

MARKS = {
    "blocked": "·", "ready": "○", "claimed": "◔", "running": "●", "waiting": "?", "paused": "‖", "sealed": "◆",
    "verifying": "◈", "review": "?", "merged": "✓", "failed": "✗", "skipped": "-", "cancelled": "-",
}  # fmt: skip
"""A shape for each status: a colour is never the only sign."""

COLOURS = {"merged": GREEN, "failed": RED, "waiting": YELLOW, "review": YELLOW, "running": BOLD, "blocked": DIM}

MOST_SHOWN = 60
"""Tasks that are listed; --all lists them all."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm status`."""
    add_run(parser)
    parser.add_argument("--json", action="store_true", help="one documented object (docs/protocol.md)")
    parser.add_argument("--watch", action="store_true", help="show it again at every change, until the run is over")
    parser.add_argument("--all", action="store_true", help="list every task, however many")


def run(options: argparse.Namespace) -> int:
    """Print the state once, or at every change."""
    run_dir = find_run(options.run)
    if not options.watch:
        _show(run_dir, options)
        return 0
    with Watch([run_dir.path]) as bell:
        while True:
            bell.clear()
            if sys.stdout.isatty() and not options.json:
                print("\x1b[H\x1b[2J", end="")
            state = _show(run_dir, options)
            if state.over or not leader_alive(run_dir):
                return 0
            bell.wait(2.0)


def _show(run_dir: RunDir, options: argparse.Namespace) -> State:
    state = load(run_dir)
    alive = leader_alive(run_dir)
    if options.json:
        print(json.dumps(report.status(state, leader_alive=alive, worktrees=str(run_dir.worktrees))))
        return state
    shown = report.shown_phase(state, leader_alive=alive)
    print(f"{paint(state.run, BOLD)} is {shown}: {words.progress(state)}" + _age(state))
    _workers(state)
    _tasks(state, None if options.all else MOST_SHOWN)
    _disk(run_dir)
    _next(state, shown)
    return state


def _disk(run: RunDir) -> None:
    """Said where it is short: the free room is one call, what takes it is for `runs` and `doctor` to count."""
    left = free(run.worktrees)
    if left < LITTLE_FREE:
        print(paint(f"  the disk is nearly full: {size_text(left)} are free at {run.worktrees}", YELLOW))
        print(paint("  → swarm runs   says what takes it;   swarm clean   lets go what has landed", DIM))


def _age(state: State) -> str:
    if state.began is None:
        return ""
    return f", {duration((state.ended or time.time()) - state.began)}"


def _workers(state: State) -> None:
    """Who does what; nobody, once the run is over."""
    if state.over:
        return
    for worker in state.workers.values():
        absent = worker.broken or ("starting" if report.is_starting(state, worker) else "not up")
        what = worker.task or ("idle" if worker.up else absent)
        print(f"  {worker.name:<12} {one_line(what, 60)}")


def _tasks(state: State, most: int | None) -> None:
    """The tasks that tell most, in the order of the file."""
    tasks = list(state.tasks.values())
    if most is not None and len(tasks) > most:
        interesting = [task for task in tasks if shown_status(task) not in ("merged", "blocked", "ready")]
        tasks = interesting[:most]
    width = max((len(task.id) for task in tasks), default=0)
    for task in tasks:
        print("  " + _line(state, task, width))
        if other := models.mismatch(state, task):
            print(paint(f"  {'!':>13} {one_line(other, 90)}", YELLOW))
        if task.clashes:
            print(paint(f"  {words.CLASH:>13} {one_line(words.clashes(task), 90)}", YELLOW))
    if len(tasks) < len(state.tasks):
        print(paint(f"  {len(state.tasks) - len(tasks)} more; --all lists them", DIM))


def _line(state: State, task: TaskState, width: int) -> str:
    status = shown_status(task)
    head = paint(f"{MARKS[status]} {status:<9}", COLOURS.get(status, "0"))
    reason = why(state, task)
    return f"{head} {task.id:<{width}}  {paint(one_line(reason.text, 90) + until(reason.until), DIM)}"


def _next(state: State, shown: str) -> None:
    waiting = report.needs_you(state)
    if waiting:
        hint(f"{waiting[0].id} needs you: {why(state, waiting[0]).command}")
    elif shown == "stopped":
        hint("swarm resume")
    elif shown == "finished":
        hint(
            "swarm merge"
            if state.all_merged
            else "swarm why TASK;   swarm retry TASK;   swarm merge   lands what is green"
        )
    else:
        hint("swarm board;   swarm why TASK;   swarm attach WORKER")
