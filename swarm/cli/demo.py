"""See it work: a toy repository, four workers, a message, a conflict and a red gate, both repaired; half a minute.

No key and no network are needed: the agents are scripted.  All is made in a new directory under the temporary
directory; `swarm demo --clean` removes it again.

examples:
  swarm demo
  swarm demo --clean
"""

from __future__ import annotations

import argparse
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from importlib import resources
from pathlib import Path

from swarm import lease
from swarm.cli import main
from swarm.cli.leading import lead
from swarm.cli.say import BOLD, DIM, narrate, paint
from swarm.core import events as e
from swarm.core.plan import Plan, WorkerSpec
from swarm.core.state import State
from swarm.errors import SwarmError
from swarm.git.hub import Hub
from swarm.git.library import library
from swarm.git.repository import UserRepository, discover
from swarm.git.toy import make_toy
from swarm.git.version import check_version
from swarm.leader.launch import Beginning, create, take_lead
from swarm.paths import Home, home
from swarm.taskfile import load
from swarm.tmux.version import version as tmux_version

WORKERS = 4
PREFIX = "swarm-demo-"

FILES = {
    "README.md": "# hello\n\nTo be written.\n",
    "hello.py": 'def hello(name):\n    return f"Hello, {name}!"\n',
    "test_hello.py": (
        "import unittest\n\nimport hello\n\n\nclass HelloTest(unittest.TestCase):\n"
        '    def test_hello(self):\n        self.assertEqual(hello.hello("you"), "Hello, you!")\n'
    ),
    ".gitignore": "__pycache__/\n",
}
"""The toy repository."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm demo`."""
    parser.add_argument("--clean", action="store_true", help="remove what earlier demos have left")


def run(options: argparse.Namespace) -> int:
    """Make the toy, lead a run in it, land it."""
    if options.clean:
        return _clean()
    check_version()
    executor = "tmux" if tmux_version() else "process"
    where = Path(tempfile.mkdtemp(prefix=PREFIX))
    repo = where / "hello"
    make_toy(repo, FILES, "A library that says hello")
    _introduce(repo, executor)
    os.chdir(repo)
    code = _lead(discover(repo), where, executor)
    if code != 0:
        return code
    print(paint("\nAll six tasks are merged on the branch swarm/demo. Landing that in main, as you would:", BOLD))
    print(paint("$ swarm merge", DIM), flush=True)
    code = main(["merge"])
    _farewell(repo)
    return code


def _introduce(repo: Path, executor: str) -> None:
    print(paint("A toy repository, six tasks, four workers; the agents are scripted, everything else is real.", BOLD))
    print(f"In another terminal:  cd {repo}{_on_path()}")
    print("  swarm status --watch     where everything stands")
    print("  swarm board              the kanban")
    if executor == "tmux":
        print("  swarm attach worker-1    look over a worker's shoulder (detach with ctrl-b d)")
    else:
        print("  (tmux is not installed, so there are no panes to attach to: swarm log -f TASK)")
    print(flush=True)


def _on_path() -> str:
    """What makes `swarm` known to a shell that does not know it, as after `make demo`."""
    own = Path(sys.executable).parent
    return "" if shutil.which("swarm") else f' && export PATH="$PATH:{own}"'


def _lead(user: UserRepository, where: Path, executor: str) -> int:
    plan_file = where / "tasks.yaml"
    plan_file.write_bytes(resources.files("swarm").joinpath("demo.yaml").read_bytes())
    plan = _with_workers(load(plan_file, user.top))
    state_home = home(user.common_dir)
    own = take_lead(state_home, plan.name)
    try:
        hub = Hub(state_home.hub, library)
        hub.create(user)
        base = user.resolve("HEAD")
        beginning = Beginning(plan.name, plan, plan_file.read_bytes(), base, user.head_branch(), executor)
        return lead(create(state_home, user, hub, beginning), user, own, Commentary())
    finally:
        own.release()


def _with_workers(plan: Plan) -> Plan:
    return replace(plan, workers=tuple(WorkerSpec(f"worker-{n}") for n in range(1, WORKERS + 1)))


class Commentary:
    """Prints what happens, and at the points worth it what it means; each remark once."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def __call__(self, entry: e.Entry, state: State) -> None:
        narrate(entry, state)
        for event in entry.events:
            remark = _remark(event)
            if remark and remark not in self._said:
                self._said.add(remark)
                print(paint(f"           ╰ {remark}", DIM), flush=True)


def _remark(event: e.Event) -> str:
    match event:
        case e.CandidateFormed(candidate=0):
            return "a red base would be found here, before any worker starts"
        case e.TaskClaimed():
            return "written down before anything is started; each worker has a git worktree and a pane of its own"
        case e.MessageAccepted(kind="note"):
            return "one worker talks to another: a file in an outbox, carried by the leader (swarm inbox, swarm log)"
        case e.WorkSealed():
            return "what the agent left is fixed in a commit on the task's own branch; now it stands in the merge queue"
        case e.CandidateLanded(old=str()):
            return "the merge itself was checked, not the branch; only now can tasks that depend on it begin"
        case e.GateFailed():
            return (
                "green on its own branch, red once merged: shout() calls a name that rename has changed. Nothing landed"
            )
        case e.MergeConflicted():
            return "both changed the same line; no side is dropped: the task tries again on the newest state"
        case _:
            return ""


def _farewell(repo: Path) -> None:
    print("\nLook around:")
    print(f"  cd {repo} && git log --oneline --graph")
    print("  swarm status;  swarm log;  swarm summary;  swarm why shout")
    print("Remove it all:  swarm demo --clean")
    print("On a repository of yours:  swarm init && swarm start --workers 4 --task-file tasks.yaml")


def _clean() -> int:
    """Remove the directories of demos and our state for them; a demo that still runs is left alone."""
    for where in _demos():
        state_home = _state_of(where)
        if state_home is not None and lease.is_held(state_home.leader_lock):
            print(f"{where} is still running; left alone (swarm stop ends it)")
            continue
        if state_home is not None:
            shutil.rmtree(state_home.path, ignore_errors=True)
        shutil.rmtree(where)
        print(f"removed {where}")
    return 0


def _demos() -> Iterator[Path]:
    """Directories that a demo of this user has made."""
    for where in sorted(Path(tempfile.gettempdir()).glob(f"{PREFIX}*")):
        seen = where.lstat()
        if stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.getuid():
            yield where


def _state_of(where: Path) -> Home | None:
    try:
        return home(discover(where / "hello").common_dir)
    except SwarmError:
        return None
