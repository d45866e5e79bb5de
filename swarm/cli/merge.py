"""Land the run in your branch, or let held tasks into the merge queue.

examples:
  swarm merge                     the branch you were on when the run began
  swarm merge --dry-run           say what would happen
  swarm merge --into release      another branch; made if it does not exist
  swarm merge --squash            one commit instead of the run's history
  swarm merge api docs            these tasks, held for review, may be merged

What lands is exactly what the checks have passed: where your branch has moved meanwhile, it is merged into the run
first and verified again.  Your branch only ever moves forward, and only if your checkout is clean.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from inbox.watch import Watch
from swarm.cli.context import add_run, find_run, here, load, task_of
from swarm.cli.following import Following
from swarm.cli.leading import report_progress
from swarm.cli.order import lead_for_once, order
from swarm.cli.permit import refuse_agents
from swarm.cli.say import hint
from swarm.core import events as e
from swarm.core import words
from swarm.core.state import State
from swarm.errors import Busy, SwarmError
from swarm.git import merge as git_merge
from swarm.git import refs
from swarm.git.command import printable
from swarm.git.hub import Hub
from swarm.git.library import library
from swarm.git.repository import UserRepository, discover
from swarm.paths import RunDir


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `swarm merge`."""
    parser.add_argument("tasks", nargs="*", metavar="TASK", help="held tasks to let into the queue")
    add_run(parser)
    parser.add_argument("--into", metavar="BRANCH", help="the branch to land in (default: the one the run began on)")
    parser.add_argument("--squash", action="store_true", help="land one commit")
    parser.add_argument("--dry-run", "-n", action="store_true", help="say what would happen, and change nothing")
    parser.add_argument("--json", action="store_true", help="print the outcome as one object")


@dataclass(frozen=True, slots=True)
class Landing:
    """What is to land: the run's tip on a branch that is at `old` (None: there is no such branch)."""

    run: RunDir
    state: State
    user: UserRepository
    hub: Hub
    target: str
    old: str | None

    @property
    def tip(self) -> str:
        assert self.state.tip is not None
        return self.state.tip

    @property
    def is_forward(self) -> bool:
        """The branch can simply move to the tip."""
        return self.old is None or git_merge.is_ancestor(self.hub, self.old, self.tip)

    @property
    def is_done(self) -> bool:
        """The branch has the tip already, or all that is in it."""
        return self.old is not None and (
            git_merge.is_ancestor(self.hub, self.tip, self.old)
            or git_merge.tree_of(self.hub, self.tip) == git_merge.tree_of(self.hub, self.old)  # squashed
        )


def run(options: argparse.Namespace) -> int:
    """Approve the named tasks, or land the run."""
    run_dir = find_run(options.run)
    refuse_agents(run_dir.home, "merge")
    if options.tasks:
        return _approve(run_dir, options.tasks)
    found = _look(run_dir, options.into)
    if options.dry_run:
        return _rehearse(found, options)
    return _land(found, options)


def _approve(run_dir: RunDir, names: list[str]) -> int:
    state = load(run_dir)
    for name in names:
        task_of(state, name)
    for name in names:
        print(order(run_dir, "approve", {"task": name}).text)
    hint("swarm status")
    return 0


def _look(run_dir: RunDir, into: str | None) -> Landing:
    """The run and the branch as they are now.  Raises SwarmError where there is nothing to land or nowhere to."""
    state = load(run_dir)
    user = _checkout(run_dir, state)
    target = state.target if into is None else into
    if target is None:
        raise SwarmError(
            "the run began on a detached HEAD, so there is no branch to land in", "swarm merge --into BRANCH"
        )
    if state.tip is None:
        raise SwarmError(
            f"run {state.run} has nothing to land: {state.reason or 'it has hardly begun'}", "swarm status"
        )
    old = user.branch_tip(target)
    return Landing(run_dir, state, user, Hub(run_dir.home.hub, library), target, old)


def _checkout(run_dir: RunDir, state: State) -> UserRepository:
    """The checkout that the call came from, where it is one of this repository; else the one in which the run began."""
    try:
        user, state_home = here()
    except SwarmError:
        return discover(Path(state.repo))
    return user if state_home == run_dir.home else discover(Path(state.repo))


def _rehearse(found: Landing, options: argparse.Namespace) -> int:
    """What `swarm merge` would do."""
    since = found.old or found.state.base
    commits = git_merge.commits_between(found.hub, since, found.tip)
    stats = git_merge.diffstat(found.hub, git_merge.merge_base(found.hub, since, found.tip) or since, found.tip)
    clash = _clash(found)
    if options.json:
        print(json.dumps({
            "target": found.target, "from": found.old, "to": found.tip, "commits": len(commits), "files": len(stats),
            "done": found.is_done, "forward": found.is_forward, "conflicts": clash, "dry_run": True,
        }))  # fmt: skip
        return 1 if clash else 0
    if found.is_done:
        print(f"{found.target} already has all of {found.state.run}")
        return 0
    print(f"{found.target} would move from {words.commit(found.old)} to {words.commit(found.tip)}")
    print(f"{len(commits)} commits, {len(stats)} files:")
    for stat in stats[:40]:
        print(f"  {'bin' if stat.added is None else f'+{stat.added} -{stat.removed}':>12}  {printable(stat.path)}")
    if len(stats) > 40:
        print(f"  … and {len(stats) - 40} more")
    if clash:
        raise SwarmError(f"{found.target} has moved and conflicts in {words.some(clash)}", _by_hand(found))
    if not found.is_forward:
        gate = "; ".join(found.state.plan.verify) or "nothing, since the plan has no `verify:`"
        print(f"{found.target} has moved: it would first be merged into the run and verified by {gate}")
    hint("swarm merge   does it")
    return 0


def _clash(found: Landing) -> list[str]:
    if found.is_forward or found.is_done or found.old is None:
        return []
    merged = git_merge.merge(found.hub, found.tip, found.old)
    return list(merged.paths) if isinstance(merged, git_merge.Conflict) else []


def _by_hand(found: Landing) -> str:
    return f"resolve it yourself: git switch {found.target} && git merge {refs.integration(found.state.run)}"


def _land(found: Landing, options: argparse.Namespace) -> int:
    _refuse_dirty(found)
    while not found.is_done and not found.is_forward:
        _bring_in(found)
        found = _look(found.run, options.into)
    if found.is_done:
        return _nothing(found, options)
    own = refs.integration(found.state.run)
    found.user.fetch_from(found.hub.path, [f"+{found.tip}:{own}"])
    new = _squashed(found) if options.squash else found.tip
    found.user.fast_forward(found.target, new)
    with suppress(Busy):  # another run is being led: this one hears of it when its own turn comes
        order(found.run, "moved", {"target": found.target, "old": found.old, "new": new})
    return _told(found, new, options)


def _refuse_dirty(found: Landing) -> None:
    """Before anything is verified at length: could the branch move at all?"""
    found.user.refuse_half_done(found.target)
    place = found.user.checked_out_at(found.target)
    if place is None:
        return
    if place.resolve() != found.user.top:
        raise SwarmError(f"branch {found.target} is checked out in {place}", f"run it there: cd {place}")
    if not found.user.is_clean():
        raise SwarmError(
            f"{found.user.top} has uncommitted changes, so {found.target} can't move under them",
            "commit or stash them, or land elsewhere: swarm merge --into BRANCH",
        )


def _bring_in(found: Landing) -> None:
    """Have the branch's new commits merged into the run and verified.  Raises SwarmError where that fails."""
    print(f"{found.target} has moved; merging it into the run and verifying again", file=sys.stderr)
    assert found.old is not None
    found.user.pin(found.state.run, found.old, f"offered/{found.old}")  # the hub borrows it, green or not
    asked = order(found.run, "offer", {"target": found.target, "commit": found.old})
    told = Following(found.run.journal)
    with Watch([found.run.path]) as bell:
        while True:
            bell.clear()
            for entry in told.entries():
                for event in entry.events:
                    if isinstance(event, e.TargetRefused) and event.request == asked.id:
                        raise SwarmError(event.reason, _by_hand(found))
            if told.state.offer is None:
                return
            if not lead_for_once(found.run):
                bell.wait(1.0)


def _squashed(found: Landing) -> str:
    """One commit on top of the branch with exactly the tree that was verified."""
    if found.old is None:
        raise SwarmError(f"there is no branch {found.target} to squash onto", "make it first, or leave --squash out")
    merged = [task for task in found.state.tasks.values() if task.merged]
    lines = "\n".join(f"- {task.id}: {task.task.title}" for task in merged)
    message = f"{found.state.plan.name}: {len(merged)} tasks\n\n{lines}\n\nSwarm-Run: {found.state.run}\n"
    tree = git_merge.tree_of(found.hub, found.tip)
    commit = git_merge.commit(found.hub, tree, (found.old,), message, int(time.time()))
    ref = f"{refs.of_run(found.state.run)}squash"
    found.hub.anchor(ref, commit)
    found.user.fetch_from(found.hub.path, [f"+{ref}:{ref}"])
    return commit


def _nothing(found: Landing, options: argparse.Namespace) -> int:
    if options.json:
        print(json.dumps({"target": found.target, "from": found.old, "to": found.old, "done": True, "dry_run": False}))
    else:
        print(f"{found.target} already has all of {found.state.run}")
        report_progress(found.state)
    return 0


def _told(found: Landing, new: str, options: argparse.Namespace) -> int:
    if options.json:
        print(json.dumps({"target": found.target, "from": found.old, "to": new, "done": True, "dry_run": False}))
        return 0
    print(f"{found.target} is now at {words.commit(new)} (was {words.commit(found.old)})")
    report_progress(found.state)
    hint(f"git log --oneline {words.commit(found.old) + '..' if found.old else ''}{found.target};   swarm clean")
    return 0
