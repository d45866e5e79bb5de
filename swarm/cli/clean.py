"""Remove what ended runs have left: worktrees, mail, branches that have landed, and runs that have landed whole.

examples:
  swarm clean --dry-run
  swarm clean                     all runs that have ended
  swarm clean add-auth            give that run up: it goes, also if it could go on, and its unmerged work is kept aside
  swarm clean --older-than 14d    those that ended so long ago;   --keep 3: all but the newest three
  swarm clean --keep-branches     only what lies in directories
  swarm clean --discard add-auth  throw away what is nowhere else, too; shows it first, and asks for the name

Work that is nowhere else stays, a worktree with changes in it, and a run that has not landed: each is told with the
command that would let it go, and --force changes nothing about that.  Ignored files (caches, virtual environments) in
worktrees go.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from swarm import lease
from swarm.cli.context import here, leader_alive, load, run_names, run_of
from swarm.cli.discard import discard
from swarm.cli.diskuse import usage
from swarm.cli.keeping import forget_published, tidy
from swarm.cli.kept import only_here, unheld, users_commits
from swarm.cli.leftovers import Sweep
from swarm.cli.permit import refuse_agents
from swarm.cli.removal import Hold, Leftovers, Removal
from swarm.cli.say import DIM, hint, paint
from swarm.core import units, words
from swarm.core.state import Phase, State
from swarm.core.units import size_text
from swarm.errors import Busy, SwarmError, UsageError
from swarm.files import locked
from swarm.git.hub import Hub
from swarm.git.library import library
from swarm.git.lost import let_gone
from swarm.git.repository import UserRepository, discover
from swarm.leader.launch import take_lead
from swarm.paths import Home, RunDir
from swarm.worker.door import take_down


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm clean`."""
    parser.add_argument("runs", nargs="*", metavar="RUN", help="these runs, for good (default: all that have ended)")
    parser.add_argument("--keep-branches", action="store_true", help="leave all branches and refs where they are")
    parser.add_argument("--older-than", type=_seconds, metavar="TIME", help="only runs that ended so long ago, as 14d")
    parser.add_argument("--keep", type=int, metavar="N", help="leave the newest N runs alone")
    parser.add_argument("--discard", metavar="RUN|NAME", help="throw a run away, or one thing that swarm rescue lists")
    parser.add_argument("--force", action="store_true", help="the same; exits with 1 where something stays")
    parser.add_argument("--dry-run", "-n", action="store_true", help="say what would go, and remove nothing")
    parser.add_argument("--json", action="store_true", help="one object: {runs: [{run, removed, stays}], freed, …}")


def _seconds(text: str) -> float:
    try:
        return units.seconds(text)
    except units.UnitError as error:
        raise argparse.ArgumentTypeError(f"{error.message}: {error.hint}") from None


@dataclass(slots=True)
class Report:
    """What was done, or would be."""

    dry_run: bool
    freed: int = 0
    runs: dict[str, Leftovers] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    """What removals and the hub had to say."""


def run(options: argparse.Namespace) -> int:
    """Clean each run, then the hub if nothing needs it any more."""
    user, home = here()
    refuse_agents(home, "clean")
    if options.keep is not None and options.keep < 0:
        raise UsageError("--keep takes a number from 0 on")
    if options.discard is not None:
        with _quiet(home):
            return discard(user, home, options.discard, dry_run=options.dry_run)
    named = [run_of(home, name) for name in dict.fromkeys(options.runs)]
    report = Report(options.dry_run)
    with _quiet(home) as alone:
        for run_dir in _selected(named or [home.run(name) for name in run_names(home)], home, options):
            _clean(run_dir, bool(named), options, report)
        _clean_home(home, user, alone, report)
    stays = any(found.holds for found in report.runs.values())
    if options.json:
        print(json.dumps(_object(report)))
    else:
        for line in report.said:
            print(line)
        print(f"{'would free' if options.dry_run else 'freed'} {size_text(report.freed)}")
        if options.force and stays:
            print("--force lets nothing go that is nowhere else: what stays is told above, each with its way out")
        hint("swarm clean   does it" if options.dry_run else "swarm runs")
    return 1 if options.force and stays else 0


@contextmanager
def _quiet(home: Home) -> Iterator[bool]:
    """One cleans at a time, and nobody starts a run meanwhile.  False where a leader lives: its run is left alone, the
    others can't be resumed as long as it does."""
    if not home.path.exists():
        yield True
        return
    with locked(home.clean_lock):
        try:
            own = take_lead(home, "")
        except Busy:
            yield False
            return
        try:
            yield True
        finally:
            own.release()


def _selected(runs: list[RunDir], home: Home, options: argparse.Namespace) -> list[RunDir]:
    """Those that --keep and --older-than leave over."""
    newest = run_names(home)[-options.keep :] if options.keep else []
    found = [one for one in runs if one.name not in newest]
    if options.older_than is None:
        return found
    return [one for one in found if _ended(one) < time.time() - options.older_than]


def _ended(run: RunDir) -> float:
    """When a run ended; one that did not, or can't be read, is taken for new."""
    try:
        state = load(run)
    except SwarmError:
        return time.time()
    return state.ended if state.over and state.ended else time.time()


def _clean(run_dir: RunDir, named: bool, options: argparse.Namespace, report: Report) -> None:
    """Clean one run."""
    try:
        state = load(run_dir)
        found = _look(run_dir, state, named, options.keep_branches)
    except SwarmError as error:
        found = Leftovers(holds=[Hold(error.message, error.hint)])
    report.runs[run_dir.name] = found
    for removal in found.removals:
        said = None if options.dry_run else removal.act()
        report.freed += removal.size
        if said:
            report.said.append(f"{run_dir.name}: {removal.what}: {said}")
        if not options.json:
            _tell_removal(run_dir.name, removal, options.dry_run)
    if not options.json:
        _tell_holds(run_dir.name, found)


def _look(run_dir: RunDir, state: State, named: bool, keep_branches: bool) -> Leftovers:
    alive = [name for name in state.workers if lease.is_held(run_dir.mailbox(name).lock)]
    if leader_alive(run_dir) or alive:
        who = words.some(alive) if alive else "its leader"
        return Leftovers(holds=[Hold(f"all of it: {who} still works", f"swarm stop --run {run_dir.name}")])
    if not state.over:
        return Leftovers(holds=[Hold("all of it: it was left in the middle", f"swarm resume {run_dir.name}")])
    if state.phase is Phase.STOPPED and not named:
        return Leftovers(holds=[Hold("all of it: it was stopped and can go on", f"swarm clean {run_dir.name}")])
    user = discover(Path(state.repo))
    return Sweep(run_dir, state, user, Hub(run_dir.home.hub, library), keep_branches, named).leftovers()


def _tell_removal(name: str, removal: Removal, dry_run: bool) -> None:
    size = paint(f"  {size_text(removal.size)}", DIM) if removal.size else ""
    print(f"{name}: {'would remove' if dry_run else 'removed'} {removal.what}{size}")


def _tell_holds(name: str, found: Leftovers) -> None:
    for hold in found.holds:
        print(f"{name}: stays: {hold.why}" + (paint(f"  → {hold.way_out}", DIM) if hold.way_out else ""))


def _clean_home(home: Home, user: UserRepository, alone: bool, report: Report) -> None:
    """What was being removed when something died, what was kept and is in a branch of the user's by now, and the hub
    once no run is left and all it holds is elsewhere."""
    report.freed += usage(home.gone)
    if not report.dry_run and home.gone.exists():
        shutil.rmtree(home.gone)
    hub = Hub(home.hub, library)
    if report.dry_run or not hub.path.exists():
        return
    published = forget_published(home, user, hub)
    report.said += [f"kept/{name} is in a branch of yours, and kept no longer" for name in published]
    if not alone or run_names(home):
        return
    needed = _why_needed(home, hub, user)
    if needed:
        report.said.append(f"the hub stays: {needed}")
        return
    report.freed += usage(hub.path)
    tidy(home, user, hub)
    home.gone.mkdir(mode=0o700, exist_ok=True)
    hub.path.rename(home.gone / hub.path.name)
    shutil.rmtree(home.gone)
    take_down(user.top)
    report.said.append("the hub went too: nothing is in it that you don't have")


def _why_needed(home: Home, hub: Hub, user: UserRepository) -> str:
    """What only the hub holds: a worktree, a repository set aside, a commit that no branch of the user's has."""
    aside = [path for name in ("rescued", "broken") for path in (hub.own / name).glob("*")]
    trees = list(hub.worktrees.glob("*"))
    if aside or trees:
        return f"{(aside or trees)[0]} is in it"
    users = users_commits(user) | let_gone(hub)
    lonely = only_here(hub, hub.list_refs("refs").values(), users)
    if lonely or home.kept.exists():
        return "it keeps work that no branch of yours has  → swarm rescue   lists it"
    lost = unheld(hub, None, users)
    if lost:
        which = words.some([one.name for one in lost])
        return f"on no branch are {which}  → swarm rescue   lists them;   swarm clean --discard {lost[0].name}"
    return ""


def _object(report: Report) -> dict[str, object]:
    runs = [
        {
            "run": name,
            "removed": [{"what": one.what, "size": one.size} for one in found.removals],
            "stays": [{"why": one.why, "way_out": one.way_out or None} for one in found.holds],
        }
        for name, found in report.runs.items()
    ]
    return {"runs": runs, "freed": report.freed, "dry_run": report.dry_run, "said": report.said}
