"""Take an agent's conversation over, in its pane: its turn is ended, and you type to it.  Ctrl-b d hands it back.

examples:
  swarm take api
  swarm take api --no-attach    look at it later: swarm attach api

Nobody else goes on with the task until you let go: by detaching (ctrl-b d), by ending the agent's program, or by
`swarm release api`.  Its agent is then told that you have spoken in its place, and goes on; if it has said meanwhile
that it is done, so it is.  A line that breaks lets go of nothing.
"""

from __future__ import annotations

import argparse
import subprocess

from swarm.agents.definition import Order
from swarm.agents.registry import known
from swarm.cli.attach import window_of
from swarm.cli.context import add_run, find_run, load, task_of
from swarm.cli.order import answer_to, give, order
from swarm.cli.say import hint
from swarm.core.state import State, TaskState
from swarm.errors import SwarmError
from swarm.paths import RunDir


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm take`."""
    parser.add_argument("task", metavar="TASK", help="which task")
    parser.add_argument("--no-attach", action="store_true", help="don't show its pane")
    add_run(parser)


def run(options: argparse.Namespace) -> int:
    """Take it over, show its pane, and let go when that is left."""
    run_dir = find_run(options.run)
    state = load(run_dir)
    task = task_of(state, options.task)
    _check(state, task)
    if options.no_attach:
        print(order(run_dir, "take", {"task": task.id}).text)
        hint(f"swarm attach {task.id};   swarm release {task.id}   hands it back")
        return 0
    window = window_of(run_dir, state, task.id)
    print(order(run_dir, "take", {"task": task.id}).text + "; ctrl-b d hands it back")
    subprocess.run(window.argv(), check=False)  # its status does not tell who left: the person, or the pane
    if window.is_there():
        return _let_go(run_dir, task.id)
    hint(f"swarm status;   swarm release {task.id}   hands it back, if it is still in your hands")
    return 0


def _check(state: State, task: TaskState) -> None:
    """Raises SwarmError where its agent can't be seen in a terminal."""
    agent = known(state.plan.agents).get(task.task.agent)
    if agent is not None and not agent.launch(Order(task.task, "")).taken:
        raise SwarmError(
            f"{task.id} can't be taken over: {agent.name} has no conversation that a terminal could show",
            f"swarm attach {task.id};   swarm send {task.id} '…';   swarm cancel {task.id}",
        )


def _let_go(run: RunDir, task: str) -> int:
    """After its pane was left; where the agent's program was ended there, it has been let go of already."""
    answer = answer_to(run, give(run, "release", {"task": task}))
    if answer.ok:
        print(answer.text)
    hint(f"swarm status;   swarm attach {task}")
    return 0
