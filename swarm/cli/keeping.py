"""Keeping the unmerged work of a run that goes: under refs of its own in the hub, and in `kept/` beside it.

Knows what to keep, not when.  Each step can be done again: a run that was half moved is moved on.  What is kept rests
upon commits that the hub borrows, so the user's repository goes on holding these by refs/swarm/_kept/<id>.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence

from swarm.cli.kept import Aside, Work, only_here, users_commits
from swarm.core.state import State
from swarm.files import free_name, sync_directory
from swarm.git import refs
from swarm.git.hub import Hub
from swarm.git.lost import let_go
from swarm.git.repository import UserRepository
from swarm.paths import Home, RunDir, private_dir


def label_of(state: State) -> str:
    """What a run is called once it is gone: its name and when it began, for a later run may have the same name."""
    began = state.began or 0.0
    return f"{state.run}.{time.strftime('%Y%m%d-%H%M%S', time.gmtime(began))}-{int(began * 1000) % 1000:03d}"


def keep(
    run: RunDir, state: State, user: UserRepository, hub: Hub, works: Sequence[Work], set_aside: Sequence[Aside]
) -> None:
    """Hold the works by other refs, move what was set aside, and copy plan and journal beside it."""
    label = label_of(state)
    for pin in set(user.pins(run.name)):
        user.pin_kept(pin)
    hub.anchor_all({refs.kept(label, one.name): one.commit for one in works})
    place = private_dir(run.home.kept / label)
    for one in set_aside:
        if one.path.exists():
            holder = private_dir(place / "rescued" / one.name.partition("/")[0])
            one.path.rename(free_name(holder / one.path.name))
    for file in (run.plan, run.journal):
        if file.exists():
            shutil.copyfile(file, place / file.name)
    sync_directory(place)


def forget_published(home: Home, user: UserRepository, hub: Hub) -> list[str]:
    """Drop what is kept of runs that are gone and in a branch of the user's by now; the names of what went."""
    users = users_commits(user)
    held = hub.list_refs(refs.KEPT.rstrip("/"))
    lonely = only_here(hub, held.values(), users)
    drop(hub, [ref for ref, commit in held.items() if commit not in lonely])
    tidy(home, user, hub)
    return [ref.removeprefix(refs.KEPT) for ref, commit in held.items() if commit not in lonely]


def drop(hub: Hub, kept: Sequence[str]) -> None:
    """Delete refs of the hub, and count what they held as let go."""
    held = {ref: commit for ref in kept for commit in [hub.read_ref(ref)] if commit}
    let_go(hub, held.values())
    hub.delete_refs(held)


def tidy(home: Home, user: UserRepository, hub: Hub) -> None:
    """Remove the remains of runs of which nothing is kept any more, and the pins that nothing rests upon."""
    labels = {ref.removeprefix(refs.KEPT).partition("/")[0] for ref in hub.list_refs(refs.KEPT.rstrip("/"))}
    for place in home.kept.glob("*"):
        if place.name not in labels and not any(place.glob("rescued/*/*")):
            shutil.rmtree(place)
    if home.kept.is_dir() and not any(home.kept.iterdir()):
        home.kept.rmdir()
    for pin in user.kept_pins():
        if not hub.git.text("for-each-ref", "--count=1", "--contains", pin, refs.KEPT.rstrip("/")):
            user.unpin_kept(pin)
