"""Moving the refs: the integration ref in the hub, and what is published of it in the user's repository.

Knows compare-and-swap and git's own refusals.  Nothing here forces anything.
"""

from __future__ import annotations

from swarm.core import events as e
from swarm.errors import SwarmError
from swarm.git import refs
from swarm.git.hub import Hub
from swarm.git.repository import UserRepository


def land(hub: Hub, run: str, candidate: int, old: str | None, new: str) -> tuple[e.Event, ...]:
    """Move the integration ref from `old` to `new`.  Already there is done; elsewhere is respected."""
    ref = refs.integration(run)
    if hub.cas(ref, old, new, f"swarm: candidate {candidate} was green"):
        return (e.CandidateLanded(candidate, old, new),)
    found = hub.read_ref(ref)
    if found is None and hub.cas(ref, None, new, f"swarm: it was taken away; candidate {candidate} was green"):
        return (e.CandidateLanded(candidate, old, new),)  # where nothing is, nothing of anybody's is overwritten
    found = found or hub.read_ref(ref)
    if found is None:
        raise SwarmError(
            f"{ref} goes again and again from {hub.path}", "end whoever takes it away, then: swarm resume"
        )
    return (e.TipMoved(found),)


def publish(user: UserRepository, hub: Hub, run: str, tip: str) -> tuple[e.Event, ...]:
    """Fetch a commit that was landed into the user's repository, as a ref of ours and as the branch swarm/<run>.

    The commit by its id, not the ref by its name: somebody else may have moved that, to what nobody has judged.  The
    branch is left alone where git refuses (it is checked out, or was moved by somebody); the ref always follows.
    """
    own = refs.integration(run)
    try:
        user.fetch_from(hub.path, [f"+{tip}:{own}", f"{tip}:{refs.published(run)}"])
        return (e.Published(tip, refs.published(run).removeprefix(refs.HEADS)),)
    except SwarmError as error:
        note = error.message
    try:
        user.fetch_from(hub.path, [f"+{tip}:{own}"])
    except SwarmError as error:
        note = error.message
    return (e.Published(tip, None, note),)
