"""Moving the refs: the integration ref in the hub, and what is published of it in the user's repository.

Knows compare-and-swap and git's own refusals.  Nothing here overwrites what somebody else put into a ref: a value that
the new one contains is moved forward, one that is gone is made again, and any other is handed to the leader, who has it
merged and verified.  `put_back` alone goes further, on a person's word.
"""

from __future__ import annotations

import os
import time

from swarm.core import events as e
from swarm.effects.trouble import is_of_the_disk, passes
from swarm.errors import SwarmError
from swarm.files import free_name
from swarm.git import merge, refs
from swarm.git.command import GitFailed
from swarm.git.hub import Hub
from swarm.git.repository import UserRepository

MOST_TRIES = 10
"""How often somebody may move the ref between our look and our move before we wait for a better moment."""


def land(hub: Hub, run: str, candidate: int, old: str | None, new: str) -> tuple[e.Event, ...]:
    """Move the integration ref from `old` to `new`, a commit that was judged green.

    Ends in CandidateLanded; in TipStrayed or TipRefused where somebody else put something there; in CandidateDropped
    where the merge itself is gone (an agent's `git gc` after its ref was deleted), so that it is made and judged anew.
    """
    hub.restore_config()
    try:
        return _land(hub, run, candidate, old, new)
    except GitFailed as error:
        if hub.kind(new) != "commit":
            return (e.CandidateDropped(candidate, "its merge is gone from the hub; it is made again"),)
        if passes(error) or is_of_the_disk(error):
            raise
        return (e.TipRefused("", f"git can't make sense of the integration ref: {error.message}"),)


def _land(hub: Hub, run: str, candidate: int, old: str | None, new: str) -> tuple[e.Event, ...]:
    ref, expected, reason = refs.integration(run), old, f"swarm: candidate {candidate} was green"
    own = {refs.candidate(run, candidate): new}
    for _ in range(MOST_TRIES):
        if hub.cas(ref, expected, new, reason, also=own):
            return (e.CandidateLanded(candidate, old, new),)
        found = hub.read_ref(ref)
        if found is not None and hub.kind(found) != "commit":
            return (e.TipRefused("", f"somebody put {found} into the integration ref, which is no commit"),)
        if found is not None and not merge.is_ancestor(hub, found, new):
            return (e.TipStrayed(found),)
        expected = found  # nothing, or something that the new commit contains: it was judged with it
    raise SwarmError(f"{ref} is moved again and again in {hub.path}", "find out by whom, then: swarm resume")


def put_back(hub: Hub, run: str, tip: str) -> str | None:
    """Set the integration ref to `tip`, on a person's word.  What stood there is kept; returns the ref that holds it,
    the file that it was moved to where it was no ref at all, the mere id of an object that does not exist, or None
    where nothing stood there or it was the tip."""
    ref = refs.integration(run)
    try:
        found = hub.read_ref(ref)
    except GitFailed as error:
        if passes(error) or is_of_the_disk(error):
            raise
        aside = free_name(hub.own / "broken" / f"{run}.integration")
        aside.parent.mkdir(mode=0o700, exist_ok=True)
        os.rename(hub.path / ref, aside)
        hub.anchor(ref, tip)
        return str(aside)
    if found == tip:
        return None
    kept = ""
    if found is not None and hub.kind(found) is not None:  # nothing can hold an object that is not there
        kept = f"{refs.of_run(run)}put-back/{time.time_ns()}"
        hub.anchor(kept, found)
    hub.cas(ref, found, tip, "swarm: put back on a person's word")
    return kept or found


def keep(hub: Hub, run: str, task: str, attempt: int, commit: str) -> tuple[e.Event, ...]:
    """Hold what an attempt has left, wherever an agent moves its branch.  A commit that is not there can't be held, and
    whoever wants to merge it will say so."""
    hub.restore_config()  # a git that stays open keeps to what it found when it was started
    if hub.is_commit(commit):
        hub.anchor(refs.sealed(run, task, attempt), commit)
    return ()


def release(hub: Hub, run: str) -> None:
    """The run is over: let go of the candidates, and of work that its own branch still has.  Work whose branch was
    moved goes among what was rescued, where people look for it."""
    hub.delete_refs(hub.list_refs(f"{refs.of_run(run)}candidate"))
    held = hub.list_refs(f"{refs.of_run(run)}sealed")
    branches = hub.list_refs(f"{refs.HEADS}swarm/{run}")
    for ref, commit in held.items():
        name = ref.rpartition("/")[2]
        branch = branches.get(f"{refs.HEADS}swarm/{run}/{name}")
        if branch is None or (branch != commit and not merge.is_ancestor(hub, commit, branch)):
            hub.anchor(f"{refs.of_run(run)}rescue/{name}.sealed", commit)
    hub.delete_refs(held)


def publish(user: UserRepository, hub: Hub, run: str, tip: str) -> tuple[e.Event, ...]:
    """Fetch the tip into the user's repository, as a ref of ours and as the branch swarm/<run>.

    By its id: what stands in the integration ref may be somebody else's.  The branch is left alone where git refuses
    (it is checked out, or was moved by somebody); the ref always follows.
    """
    hub.restore_config()
    own = refs.integration(run)
    try:
        user.fetch_from(hub.path, [f"+{tip}:{own}", f"{tip}:{refs.published(run)}"])
        return (e.Published(tip, refs.published(run).removeprefix(refs.HEADS)),)
    except SwarmError as error:
        note = _note(error)
    try:
        user.fetch_from(hub.path, [f"+{tip}:{own}"])
    except SwarmError as error:
        note = _note(error)
    return (e.Published(tip, None, note),)


def _note(error: SwarmError) -> str:
    """What a refusal says; trouble that passes, and a bad disk, are no refusals."""
    if passes(error) or is_of_the_disk(error):
        raise error
    return error.message
