"""Start a run: hand the tasks of a file to workers, verify each merge, land what is green on the run's own branch.

examples:
  swarm start --workers 4 --task-file tasks.yaml
  swarm start --task-file tasks.yaml --base main --detach
  swarm start --task-file tasks.yaml --dry-run

Your checkout and your branches are not touched; `swarm merge` lands the result when you say so.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
from dataclasses import replace
from pathlib import Path

from swarm.cli.agents import add_agent, agents_of, with_agents
from swarm.cli.context import here
from swarm.cli.elsewhere import elsewhere
from swarm.cli.health.state import file_system
from swarm.cli.leading import detach, lead
from swarm.cli.permit import refuse_agents
from swarm.cli.preflight import check_room_for_workers
from swarm.cli.secrets import check_secrets, keep_secrets
from swarm.cli.staff import staff, unskilled
from swarm.core.plan import ID_PATTERN, Fence, Mode, Plan, WorkerSpec, layers
from swarm.core.taskfile import Settings
from swarm.errors import SwarmError, UsageError
from swarm.files import check_room, nearest
from swarm.git.hub import Hub, check_whole
from swarm.git.library import library
from swarm.git.repository import UserRepository
from swarm.git.version import check_version
from swarm.leader.launch import HOSTS, Beginning, already, create, is_free, take_lead
from swarm.paths import DOOR, Home
from swarm.room import check as check_sandboxes
from swarm.taskfile import load, settings, source
from swarm.tmux.version import check_version as check_tmux
from swarm.worker.door import check_door


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm start`."""
    parser.add_argument(
        "--task-file", "-f", type=Path, metavar="FILE", required=True, help="the task file (- for stdin)"
    )
    parser.add_argument(
        "--workers", "-w", type=int, metavar="N", help="how many workers (default: as the file says, else 4)"
    )
    parser.add_argument("--base", metavar="REF", help="what to start from (default: as the file says, else HEAD)")
    add_agent(parser)
    parser.add_argument("--executor", choices=sorted(HOSTS), default="tmux", help="where workers live (default: tmux)")
    parser.add_argument(
        "--sandbox", choices=[kind.value for kind in Fence], help="for all tasks and gates, whatever the file says"
    )
    parser.add_argument("--run", metavar="NAME", help="a name for the run (default: from the file)")
    parser.add_argument("--board", action="store_true", help="open the kanban; the leader works in the background")
    parser.add_argument("--detach", "-d", action="store_true", help="lead in the background")
    parser.add_argument("--dry-run", "-n", action="store_true", help="say what would be done, and do nothing")


def run(options: argparse.Namespace) -> int:
    """Check everything that can be checked, make the run, lead it."""
    check_version()
    if options.executor == "tmux":
        _check_panes()
    user, home = here()
    refuse_agents(home, "start")
    check_whole(user)
    user.check_writable()
    check_room(home.path, "or point XDG_STATE_HOME elsewhere")
    text = source(options.task_file)
    configured = settings()
    plan = _with_options(load(options.task_file, user.top, data=text, own=configured), options, configured)
    _check_interactive(plan, options.executor)
    base = _base(user, plan.base if options.base is None else options.base)
    check_door(user.top)
    name = _name(home, options.run, plan)
    check_sandboxes(home.run(name), user.top, [plan.sandbox, *(task.sandbox for task in plan.tasks)])
    check_secrets(plan.tasks, [worker.name for worker in plan.workers])
    worktrees = elsewhere(user, home, name, plan.worktrees)
    place = nearest(worktrees or home.path)
    for line in check_room_for_workers(user, plan, base, place, file_system(place)):
        print(f"warning: {line}", file=sys.stderr)
    if options.dry_run:
        return _rehearse(name, plan, base)
    own = take_lead(home, name)
    try:
        hub = Hub(home.hub, library)
        hub.create(user)
        beginning = Beginning(name, plan, text, base, user.head_branch(), options.executor, worktrees)
        run_dir = create(home, user, hub, beginning)
        keep_secrets(run_dir, plan, plan.tasks)
        if not (options.detach or options.board):
            return lead(run_dir, user, own)
    finally:
        own.release()
    code = detach(run_dir)
    if code == 0 and options.board:
        os.execv(sys.executable, [sys.executable, "-P", "-m", "swarm", "board", "--run", name])
    return code


def _check_interactive(plan: Plan, executor: str) -> None:
    """An agent can have a pane to itself only where there are panes."""
    alone = [task.id for task in plan.tasks if task.mode is Mode.INTERACTIVE]
    if alone and executor != "tmux":
        raise SwarmError(
            f"{', '.join(alone)}: `mode: interactive` needs a pane, and --executor {executor} has none",
            "leave --executor away, or take the line out",
        )


def _check_panes() -> None:
    try:
        check_tmux()
    except SwarmError as error:
        raise SwarmError(error.message, f"{error.hint}, or do without panes: --executor process") from None


def _with_options(plan: Plan, options: argparse.Namespace, own: Settings) -> Plan:
    """The plan with what the command line and the user's settings add: workers, agent and model, sandbox.  Agents must
    be there now."""
    if options.sandbox is not None:
        kind = Fence(options.sandbox)
        boxed = tuple(replace(task, sandbox=replace(task.sandbox, kind=kind)) for task in plan.tasks)
        plan = replace(plan, tasks=boxed, sandbox=replace(plan.sandbox, kind=kind))
    workers = _workers(plan, options.workers)
    tasks = with_agents(plan, workers, options.agent or own.agent, options.model or own.model)
    return replace(plan, tasks=tasks, workers=workers)


def _workers(plan: Plan, count: int | None) -> tuple[WorkerSpec, ...]:
    """The workers of the run.  Raises SwarmError where none of them could ever take some task."""
    workers = staff(plan, count)
    for task in unskilled(plan, workers):
        raise SwarmError(
            f"no worker has the skills that task {task.id} asks for: {', '.join(task.skills)}",
            "declare one under `workers:` with these skills, or raise --workers",
        )
    return workers


def _base(user: UserRepository, ref: str | None) -> str:
    commit = user.resolve("HEAD" if ref is None else ref)
    if user.tracks(commit, DOOR):
        raise SwarmError(f"{DOOR} is tracked by git at {commit[:10]}", f"that name is ours: git rm -r --cached {DOOR}")
    return commit


def _name(home: Home, wanted: str | None, plan: Plan) -> str:
    """The run's name: the one asked for, else the plan's, with a number where that is taken."""
    if wanted is not None:
        if not ID_PATTERN.match(wanted):
            raise UsageError(f"--run {wanted!r}: a name is 1 to 63 of a-z 0-9 _ -, beginning with a letter or digit")
        if not is_free(home.run(wanted)):
            raise already(home.run(wanted))
        return wanted
    names = (plan.name if n == 1 else f"{plan.name[:58]}-{n}" for n in itertools.count(1))
    return next(name for name in names if is_free(home.run(name)))


def _rehearse(name: str, plan: Plan, base: str) -> int:
    """Say what would be done."""
    print(f"run {name} would start {len(plan.workers)} workers on {base[:10]}:")
    for depth, layer in enumerate(layers(plan.tasks), 1):
        print(f"  {depth}. " + ", ".join(task.id for task in layer))
    print(f"by the agents: {', '.join(agents_of(plan, plan.workers))}")
    print("each merge would be verified by: " + ("; ".join(plan.verify) or "nothing (no `verify:` in the file)"))
    return 0
