"""Say why a task is where it is, what is at the root of it, and the command that lifts it.

examples:
  swarm why api
  swarm why api --json | jq -r .command
"""

from __future__ import annotations

import argparse
import json

from swarm.cli.context import add_run, find_run, leader_alive, load, task_of
from swarm.cli.say import BOLD, DIM, YELLOW, hint, paint, until
from swarm.core import models, report, words
from swarm.core.plaintext import harmless, one_line
from swarm.core.state import State, TaskState
from swarm.core.status import TERMINAL
from swarm.core.why import Reason, chain, shown_status, why

MOST_LINKS = 20
"""Links of a chain that are shown; --json has them all."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm why`."""
    parser.add_argument("task", metavar="TASK", help="which task")
    add_run(parser)
    parser.add_argument("--json", action="store_true", help="one object: {task, status, reason, command, …}")


def run(options: argparse.Namespace) -> int:
    """Print the reason, and what holds it up in turn."""
    run_dir = find_run(options.run)
    state = load(run_dir)
    task = task_of(state, options.task)
    led = leader_alive(run_dir) or state.over
    links = chain(state, task)
    root = links[-1] if links else task
    reason, own = _reason(state, root, led), _reason(state, task, led)
    if options.json:
        print(json.dumps({
            "task": task.id, "status": shown_status(task), "reason": own.text,
            "command": reason.command or None, "until": own.until,
            "model_mismatch": models.mismatch(state, task) or None,
            "clashes": report.clashes(task),
            "chain": [{"task": one.id, "status": shown_status(one), "reason": why(state, one).text} for one in links],
        }))  # fmt: skip
        return 0
    _tell(task, own)
    for one in _some(links):
        print(paint(f"  ← {one.id} is {shown_status(one)}: {one_line(why(state, one).text, 160)}", DIM))
    for seen in task.clashes.values():
        print(paint(f"  {words.CLASH} it {one_line(words.clash(seen, task.id), 160)}", YELLOW))
    if task.clashes:
        print(paint("    as the branches stand; whichever lands second would go back", DIM))
    if other := models.mismatch(state, task):
        print(paint(f"  {one_line(other, 160)}", YELLOW))
    if task.attempts and root is task:
        print(paint(f"  attempts: {_attempts(task)};  the last one's output: swarm log {task.id}", DIM))
    hint(reason.command or "swarm status --watch")
    return 0


def _tell(task: TaskState, reason: Reason) -> None:
    first, *rest = harmless(reason.text + until(reason.until)).splitlines() or [""]
    print(f"{paint(task.id, BOLD)} is {shown_status(task)}" + (f": {first}" if first else ""))
    for line in rest:
        print(f"    {line}")


def _reason(state: State, task: TaskState, led: bool) -> Reason:
    """The task's reason; a run that nobody leads moves nothing, whatever the state says."""
    if led or task.status in TERMINAL:
        return why(state, task)
    return Reason("nobody leads the run at the moment, so nothing moves", f"swarm resume {state.run}")


def _some(links: list[TaskState]) -> list[TaskState]:
    """The nearest links and the root: a chain may be as long as the plan."""
    return links if len(links) <= MOST_LINKS else [*links[: MOST_LINKS - 1], links[-1]]


def _attempts(task: TaskState) -> str:
    return ", ".join(f"{attempt.number} {attempt.outcome or 'under way'}" for attempt in task.attempts[-5:])
