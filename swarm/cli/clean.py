"""Remove what ended runs have left: worktrees, mail, branches that have landed, and runs that have landed whole.

examples:
  swarm clean --dry-run
  swarm clean                     all runs that have ended
  swarm clean add-auth            that one; also if it was stopped and could go on
  swarm clean --keep-branches     only what lies in directories

Work that is nowhere else stays, and so does a worktree with changes in it: each is told with the command that
would let it go.  Ignored files (caches, virtual environments) in worktrees go.  Journal and summary stay as well, until
every task of the run has landed in a branch of yours.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from swarm import lease
from swarm.cli.context import here, leader_alive, load, run_names, run_of
from swarm.cli.kept import only_here, users_commits
from swarm.cli.leftovers import Hold, Leftovers, Sweep, usage
from swarm.cli.permit import refuse_agents
from swarm.cli.say import DIM, hint, paint
from swarm.core.state import Phase, State
from swarm.core.units import size_text
from swarm.core.words import some
from swarm.errors import Busy, SwarmError
from swarm.git.hub import Hub
from swarm.git.library import library
from swarm.git.repository import UserRepository, discover
from swarm.leader.launch import take_lead
from swarm.paths import Home, RunDir
from swarm.worker.door import take_down


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm clean`."""
    parser.add_argument("runs", nargs="*", metavar="RUN", help="these runs (default: all that have ended)")
    parser.add_argument("--keep-branches", action="store_true", help="leave all branches and refs where they are")
    parser.add_argument("--dry-run", "-n", action="store_true", help="say what would go, and remove nothing")


def run(options: argparse.Namespace) -> int:
    """Clean each run, then the hub if nothing needs it any more."""
    user, home = here()
    refuse_agents(home, "clean")
    named = [run_of(home, name) for name in dict.fromkeys(options.runs)]
    freed = 0
    with _quiet(home):
        for run_dir in named or [home.run(name) for name in run_names(home)]:
            freed += _clean(run_dir, bool(named), options)
        freed += _clean_home(home, user, options.dry_run)
    print(f"{'would free' if options.dry_run else 'freed'} {size_text(freed)}")
    hint("swarm clean   does it" if options.dry_run else "swarm runs")
    return 0


@contextmanager
def _quiet(home: Home) -> Iterator[None]:
    """Nobody starts a run meanwhile.  Where a leader lives its run is left alone, and the others can't be resumed."""
    if not home.path.exists():
        yield
        return
    try:
        own = take_lead(home, "")
    except Busy:
        yield
        return
    try:
        yield
    finally:
        own.release()


def _clean(run_dir: RunDir, named: bool, options: argparse.Namespace) -> int:
    """Clean one run; the bytes that were, or would be, freed."""
    try:
        state = load(run_dir)
        found = _look(run_dir, state, named, options.keep_branches)
    except SwarmError as error:
        found = Leftovers(holds=[Hold(error.message, error.hint)])
    if not options.dry_run:
        for removal in found.removals:
            removal.act()
    _tell(run_dir.name, found, options.dry_run)
    return sum(removal.size for removal in found.removals)


def _look(run_dir: RunDir, state: State, named: bool, keep_branches: bool) -> Leftovers:
    alive = [name for name in state.workers if lease.is_held(run_dir.mailbox(name).lock)]
    if leader_alive(run_dir) or alive:
        who = some(alive) if alive else "its leader"
        return Leftovers(holds=[Hold(f"all of it: {who} still works", f"swarm stop --run {run_dir.name}")])
    if not state.over:
        return Leftovers(holds=[Hold("all of it: it was left in the middle", f"swarm resume {run_dir.name}")])
    if state.phase is Phase.STOPPED and not named:
        return Leftovers(holds=[Hold("all of it: it was stopped and can go on", f"swarm clean {run_dir.name}")])
    user = discover(Path(state.repo))
    return Sweep(run_dir, state, user, Hub(run_dir.home.hub, library), keep_branches).leftovers()


def _tell(name: str, found: Leftovers, dry_run: bool) -> None:
    done = "would remove" if dry_run else "removed"
    for removal in found.removals:
        size = paint(f"  {size_text(removal.size)}", DIM) if removal.size else ""
        print(f"{name}: {done} {removal.what}{size}")
    for hold in found.holds:
        print(f"{name}: stays: {hold.why}" + (paint(f"  → {hold.way_out}", DIM) if hold.way_out else ""))


def _clean_home(home: Home, user: UserRepository, dry_run: bool) -> int:
    """What was being removed when something died, and the hub once no run is left and all it holds is elsewhere."""
    freed = usage(home.gone)
    if not dry_run and home.gone.exists():
        shutil.rmtree(home.gone)
    hub = Hub(home.hub, library)
    if dry_run or run_names(home) or not hub.path.exists() or _is_needed(hub, user):
        return freed
    freed += usage(hub.path)
    hub.path.rename(home.gone)
    shutil.rmtree(home.gone)
    take_down(user.top)
    print("the hub went too: nothing is in it that you don't have")
    return freed


def _is_needed(hub: Hub, user: UserRepository) -> bool:
    """Whether the hub holds a worktree, a repository set aside, or a commit that no branch of the user's has."""
    aside = [path for name in ("rescued", "broken") for path in (hub.own / name).glob("*")]
    trees = list(hub.worktrees.glob("*"))
    held = hub.list_refs("refs").values()
    return bool(aside or trees or only_here(hub, held, users_commits(user)))
