"""Where a verb is: which repository, which run, who leads it.  Shared by the verbs that need a run."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from swarm import lease
from swarm.core.events import Entry
from swarm.core.evolve import replay
from swarm.core.plan import ID_PATTERN
from swarm.core.state import State, TaskState
from swarm.core.suggest import did_you_mean
from swarm.errors import SwarmError
from swarm.git.repository import UserRepository, discover
from swarm.journal import Reader
from swarm.paths import Home, RunDir, home


def add_run(parser: argparse.ArgumentParser) -> None:
    """The option that says which run is meant."""
    parser.add_argument("--run", metavar="NAME", help="the run that is meant (default: the newest)")


def here() -> tuple[UserRepository, Home]:
    """The user's repository around the current directory, and our state for it."""
    try:
        user = discover(Path.cwd())
    except FileNotFoundError:
        raise SwarmError("the current directory is gone", "cd to your repository") from None
    return user, home(user.common_dir)


def find_run(name: str | None) -> RunDir:
    """The run of that name, else the one this process is in (an agent's shell), else the repository's newest."""
    mail = os.environ.get("SWARM_MAIL")
    if name is None and mail:
        run = RunDir(Path(mail).parent.parent)
        if not run.journal.exists():
            raise SwarmError(f"SWARM_MAIL leads to no run: {mail}", "unset SWARM_MAIL outside an attempt")
        return run
    return run_of(here()[1], name)


def run_of(state_home: Home, name: str | None) -> RunDir:
    """The run of that name, or the newest.  Raises SwarmError where there is none."""
    found = _current(state_home) if name is None else name
    if found is None:
        raise SwarmError("there is no run in this repository yet", "swarm start --workers 4 --task-file tasks.yaml")
    run = state_home.run(found)
    if not ID_PATTERN.match(found) or not run.journal.exists():
        raise SwarmError(
            f"there is no run {found!r}{did_you_mean(found, run_names(state_home))}", "swarm runs lists them"
        )
    return run


def _current(state_home: Home) -> str | None:
    try:
        name = state_home.current.read_text().strip()
    except (FileNotFoundError, UnicodeDecodeError):
        name = ""
    if ID_PATTERN.match(name) and state_home.run(name).journal.exists():
        return name
    names = run_names(state_home)
    return names[-1] if names else None


def run_names(state_home: Home) -> list[str]:
    """All runs of a repository, the oldest first."""
    if not state_home.runs.exists():
        return []
    found = [entry for entry in state_home.runs.iterdir() if (entry / "journal.jsonl").exists()]
    return [entry.name for entry in sorted(found, key=lambda entry: (entry / "plan.yaml").stat().st_mtime)]


def read(run: RunDir) -> list[Entry]:
    """All entries of the run's journal.  Raises SwarmError where there is nothing in it that can be read."""
    entries = Reader(run.journal).read()
    if not entries:
        raise SwarmError(f"{run.journal} holds no entry that can be read", "restore it from a copy, or: swarm start")
    return entries


def load(run: RunDir) -> State:
    """The run's state, folded from its journal.  Raises SwarmError as `read` does, and where it is of another run."""
    state = replay(read(run))
    if state.run != run.name:
        raise SwarmError(f"{run.journal} is the journal of run {state.run!r}", "restore the right one from a copy")
    return state


def leader_alive(run: RunDir) -> bool:
    """Whether a living leader works on this run."""
    lock = run.home.leader_lock
    return lease.is_held(lock) and lease.holder(lock).get("run") == run.name


def task_of(state: State, name: str) -> TaskState:
    """The task of that id.  Raises SwarmError with a suggestion."""
    found = state.tasks.get(name)
    if found is None:
        raise SwarmError(
            f"there is no task {name!r} in run {state.run}{did_you_mean(name, state.tasks)}", "swarm status"
        )
    return found
