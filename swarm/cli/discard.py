"""Throwing work away on a person's word: a run with all that is only in it, or one thing that `swarm rescue` lists.

The one place where work goes that is nowhere else.  It is shown first, and nothing happens until its name is typed.
Commits leave the lists, not the disk: their objects stay as long as the hub does.
"""

from __future__ import annotations

import shutil
import sys

from swarm import lease
from swarm.cli import strays
from swarm.cli.context import leader_alive, load, run_names, run_of
from swarm.cli.keeping import drop, tidy
from swarm.cli.keepsakes import Keepsakes, Kept, keepsakes
from swarm.cli.kept import Aside, Work
from swarm.cli.leftovers import Sweep
from swarm.cli.remains import Remains
from swarm.cli.say import hint
from swarm.core.state import State
from swarm.core.words import commit, some
from swarm.errors import EXIT_DONE, EXIT_MEND, SwarmError
from swarm.git import refs
from swarm.git.hub import Hub
from swarm.git.library import library
from swarm.git.lost import let_go
from swarm.git.repository import UserRepository
from swarm.paths import Home, RunDir


def discard(user: UserRepository, home: Home, name: str, *, dry_run: bool) -> int:
    """Show what would be lost, have its name typed, and let it go.  Under the lock of `swarm clean`."""
    if name in run_names(home):
        return _run(user, run_of(home, name), dry_run)
    owner, _, rest = name.partition(":")
    run = run_of(home, owner) if rest else run_of(home, None) if run_names(home) else None
    found = keepsakes(user, home, run, load(run) if run else None)
    chosen = [one for one in found.kept if (rest or name) == one.name or _is_of_label(one, name)]
    if not chosen:
        raise SwarmError(f"there is no run {name!r}, and nothing of that name is kept", "swarm runs;   swarm rescue")
    _tell(chosen)
    if not _typed(name, dry_run):
        return EXIT_DONE if dry_run else EXIT_MEND
    if run and any(isinstance(one, Remains) for one in chosen):
        _refuse_living(run, load(run))
    for one in chosen:
        _let_go(found, run, one)
    tidy(home, user, found.hub)
    print(f"{name} is gone")
    hint("swarm clean")
    return EXIT_DONE


def _is_of_label(one: Kept, name: str) -> bool:
    """Whether it is of the run that is gone and kept under this label."""
    return one.name.startswith((f"kept/{name}/", f"{name}/")) and one.name.startswith("kept/")


def _run(user: UserRepository, run: RunDir, dry_run: bool) -> int:
    state = load(run)
    _refuse_living(run, state)
    hub = Hub(run.home.hub, library)
    sweep = Sweep(run, state, user, hub, keep_branches=False, given_up=True)
    own = f"{refs.HEADS}swarm/{run.name}/", refs.of_run(run.name)
    every = keepsakes(user, run.home, run, state).kept
    lost = [one for one in every if (one.ref if isinstance(one, Work) else f"{own[1]}{one.name}").startswith(own)]
    _tell(lost)
    if state.tip and state.tip != state.base and sweep.unlanded():
        print(f"  {commit(state.tip)}  what the run has merged, which is in no branch of yours")
    if not _typed(run.name, dry_run):
        return EXIT_DONE if dry_run else EXIT_MEND
    let_go(hub, (one.commit for one in lost if isinstance(one, Work)))
    for removal in sweep.everything():
        said = removal.act()
        if said:
            print(f"{removal.what}: {said}", file=sys.stderr)
    print(f"run {run.name} is gone")
    hint("swarm clean   looks at the rest;   swarm runs")
    return EXIT_DONE


def _refuse_living(run: RunDir, state: State) -> None:
    alive = [name for name in state.workers if lease.is_held(run.mailbox(name).lock)]
    if leader_alive(run) or alive:
        who = some(alive) if alive else "its leader"
        raise SwarmError(f"run {run.name}: {who} still works", f"swarm stop --run {run.name}")
    living = strays.of_run(run)
    if living:
        who = some([strays.name(one) for one in living])
        raise SwarmError(f"of run {run.name} there still runs {who}", "swarm doctor --fix   ends it")


def _tell(kept: list[Kept]) -> None:
    print("this is nowhere else:" if kept else "nothing of it is nowhere else")
    for one in kept:
        match one:
            case Work():
                print(f"  {one.name}  {commit(one.commit)}")
            case Aside():
                print(f"  {one.name}  a repository set aside: {one.path}")
            case Remains():
                print(f"  {one.name}  {one.what}: {one.path}")


def _typed(name: str, dry_run: bool) -> bool:
    """Whether the person typed the name, on a terminal or into a pipe."""
    if dry_run:
        return False
    print(f"type {name} to throw it away: ", end="", flush=True)
    if sys.stdin.readline().strip() == name:
        return True
    print("nothing was thrown away", file=sys.stderr)
    hint(f"swarm rescue   lists it;   echo {name} | swarm clean --discard {name}   throws it away")
    return False


def _let_go(found: Keepsakes, run: RunDir | None, one: Kept) -> None:
    match one:
        case Aside():
            shutil.rmtree(one.path)
        case Remains():
            assert run is not None and found.state is not None
            worker = one.name.partition("/")[2]
            sweep = Sweep(run, found.state, found.user, found.hub, keep_branches=False)
            sweep.removal_of_workers_tree(worker).act()
        case Work():
            if one.ref:
                drop(found.hub, [one.ref])
            else:
                let_go(found.hub, [one.commit])
