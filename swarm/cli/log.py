"""Show what happened in the run, or what a task's agent printed.

examples:
  swarm log                       the run's events as sentences
  swarm log -f                    and what happens from now on
  swarm log api                   the output of the task's newest attempt
  swarm log api --attempt 1
  swarm log api --gate            what the checks printed about it
  swarm log --json | jq .event    one object a line: {seq, at, event, sentence, …the event's own fields}
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from inbox.watch import Watch
from swarm import lease
from swarm.agents.registry import by_hand
from swarm.cli.context import add_run, find_run, leader_alive, load, task_of
from swarm.cli.following import Following
from swarm.cli.logfile import LogFile
from swarm.cli.say import event_line, hint
from swarm.core import codec, pools, words
from swarm.core import events as e
from swarm.core.plaintext import one_line
from swarm.core.plan import Mode
from swarm.core.state import State, TaskState
from swarm.core.status import TERMINAL
from swarm.core.why import why
from swarm.errors import SwarmError, UsageError
from swarm.journal import Reader
from swarm.paths import RunDir

SWEEP = 1.0
"""Seconds between two looks where no bell rings."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm log`."""
    parser.add_argument("task", nargs="?", metavar="TASK", help="show this task's output instead of the run's events")
    add_run(parser)
    parser.add_argument("--follow", "-f", action="store_true", help="go on until the run, or the task, is over")
    parser.add_argument("--attempt", type=int, metavar="N", help="that attempt of the task (default: the newest)")
    parser.add_argument("--gate", action="store_true", help="what the checks printed about the task's newest candidate")
    parser.add_argument("--json", action="store_true", help="one object a line; with TASK: {task, attempt, log, text}")


def run(options: argparse.Namespace) -> int:
    """Print the events, or the output."""
    run_dir = find_run(options.run)
    if options.task is None:
        if options.attempt is not None or options.gate:
            raise UsageError("--attempt and --gate speak of a task", "swarm log TASK --attempt N")
        return _events(run_dir, options)
    state = load(run_dir)
    task = task_of(state, options.task)
    if options.gate:
        return _print_file(run_dir.path / _gate_log(run_dir, task), state, task, task.attempt, options)
    number = _attempt(task, options.attempt)
    if options.follow and not options.json:
        return _follow_output(run_dir, task.id, number, only=options.attempt is not None)
    return _print_file(run_dir.attempt(task.id, number).log, state, task, number, options)


def _events(run: RunDir, options: argparse.Namespace) -> int:
    show = _as_json if options.json else _as_sentence
    told = Following(run.journal)
    _show_new(told, show)
    if options.follow:
        _follow_events(run, told, show)
    elif not options.json:
        hint("swarm log -f   goes on;   swarm log TASK   shows what its agent printed")
    return 0


def _show_new(told: Following, show: Callable[[e.Entry], None]) -> None:
    for entry in told.entries():
        show(entry)
    sys.stdout.flush()


def _as_sentence(entry: e.Entry) -> None:
    for event in entry.events:
        line = event_line(event, entry.at)
        if line:
            print(line)


def _as_json(entry: e.Entry) -> None:
    for event in entry.events:
        # Named unlike any field of an event: a message has a kind and a text of its own.
        head = {"seq": entry.seq, "at": entry.at, "event": type(event).__name__, "sentence": words.sentence(event)}
        print(json.dumps({**codec.encode(event), **head}))


def _follow_events(run: RunDir, told: Following, show: Callable[[e.Entry], None]) -> None:
    with Watch([run.path], step=20, debounce=20) as bell:
        led = True
        while led and not told.state.over:
            bell.wait(SWEEP)
            bell.clear()
            led = leader_alive(run)  # asked before the look: what the leader wrote last is still seen
            _show_new(told, show)


def _attempt(task: TaskState, wanted: int | None) -> int:
    if not task.attempts:
        raise SwarmError(f"{task.id} has not begun", f"swarm why {task.id}")
    number = task.attempt if wanted is None else wanted
    if not 1 <= number <= task.attempt:
        what = f"{task.id} has had no attempt {number}: there are 1 to {task.attempt}"
        raise SwarmError(what, f"swarm log {task.id}")
    return number


def _gate_log(run: RunDir, task: TaskState) -> str:
    """The log of the newest candidate with the task's work that was judged, relative to the run."""
    candidates: set[int] = set()
    found = ""
    for entry in Reader(run.journal).read():
        for event in entry.events:
            if isinstance(event, e.CandidateFormed) and task.id in {member.task for member in event.members}:
                candidates.add(event.candidate)
            elif isinstance(event, e.CandidateJudged) and event.candidate in candidates:
                found = event.log or found
    if not found:
        raise SwarmError(f"no check has run on the work of {task.id} yet", f"swarm why {task.id}")
    return found


def _print_file(path: Path, state: State, task: TaskState, number: int, options: argparse.Namespace) -> int:
    log = LogFile(path)
    if options.json:
        print(json.dumps({"task": task.id, "attempt": number, "log": str(path), "text": log.rest()}))
        return 0
    if not log.copy(sys.stdout):
        alone = task.task.mode is Mode.INTERACTIVE
        said = f"it works in its pane: swarm attach {task.id}" if alone else f"nothing was printed so far ({path})"
        print(said, file=sys.stderr)
    made = task.attempts[number - 1]
    if made.session:
        agent = pools.of_attempt(state, task, made.worker).agent
        said = f"{one_line(made.session)}{_by_hand(agent, made.session)}"
        print(f"── attempt {number} is the conversation {said}", file=sys.stderr)
    hint(f"swarm log {task.id} -f" if task.worker else f"swarm diff {task.id};   swarm why {task.id}")
    return 0


def _by_hand(agent: str, session: str) -> str:
    """How a person goes on with it, where its agent has a way."""
    line = by_hand(agent, session)
    return f"; to go on with it by hand, in the worktree: {line}" if line else ""


def _follow_output(run: RunDir, name: str, number: int, *, only: bool) -> int:
    """Show an attempt's output as it grows, then that of the next one, until the task is over.

    `only`: until that attempt is over.
    """
    told = Following(run.journal)
    log = LogFile(run.attempt(name, number).log)
    with Watch([run.path, run.attempt(name, number).path], step=20, debounce=20) as bell:
        while True:
            bell.clear()
            alive = leader_alive(run) or lease.is_held(run.attempt(name, number).lock)
            state = told.catch_up()
            task = state.tasks[name]
            ended = not alive or task.worker is None or task.attempt > number
            log.copy(sys.stdout, all_of_it=ended)
            if ended and (only or not alive or state.over or task.status in TERMINAL):
                return _conclude(run, state, task, number)
            if task.attempt > number:
                number += 1
                print(f"── attempt {number} of {name}", file=sys.stderr)
                log = LogFile(run.attempt(name, number).log)
                bell.add(run.attempt(name, number).path)
            else:
                bell.wait(SWEEP)


def _conclude(run: RunDir, state: State, task: TaskState, number: int) -> int:
    """Say how it ended, as far as that is known."""
    if task.worker is not None and not leader_alive(run):
        print("── nobody leads the run, so what came of it will be known after:", file=sys.stderr)
        hint(f"swarm resume {run.name}")
        return 0
    reason = why(state, task)
    print(f"── attempt {number} of {task.id} is over: {one_line(reason.text)}", file=sys.stderr)
    hint(reason.command or f"swarm diff {task.id}")
    return 0
