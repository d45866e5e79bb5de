"""What the events of the merge queue do to a state: candidates, the tip, the target branch.

Knows nothing of how a candidate is built or judged, nor of the policy that forms them (swarm.core.queue).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from swarm.core import events as e
from swarm.core.index import requeue, step
from swarm.core.merging import Candidate, Offer, Stray
from swarm.core.state import PAUSES, Hindrance, Phase, State
from swarm.core.status import Status


def _formed(state: State, event: e.CandidateFormed, entry: e.Entry) -> None:
    below = tuple(member for number in event.below for member in state.candidates[number].members)
    candidate = Candidate(event.candidate, event.onto, event.members, (*below, *event.members))
    state.candidates[event.candidate] = candidate
    state.stack.append(event.candidate)
    state.next_candidate = event.candidate + 1
    for member in event.members:
        if member.task:
            found = state.tasks[member.task]
            found.candidate, found.deferred_at = event.candidate, None
            step(state, found, event)


def _judged(state: State, event: e.CandidateJudged, entry: e.Entry) -> None:
    state.candidates[event.candidate].judged = event


def _unbuildable(state: State, event: e.CandidateUnbuildable, entry: e.Entry) -> None:
    state.candidates[event.candidate].unbuildable = event


def _dropped(state: State, event: e.CandidateDropped, entry: e.Entry) -> None:
    candidate = _remove(state, event.candidate)
    deferred = candidate.unbuildable.deferred if candidate.unbuildable else ()
    for name in deferred:
        if name in state.tasks:
            state.tasks[name].deferred_at = candidate.onto
    _return_members(state, candidate, event)


def _split(state: State, event: e.CandidateSplit, entry: e.Entry) -> None:
    candidate = _remove(state, event.candidate)
    _return_members(state, candidate, event)
    state.suspects = {member.task for member in candidate.members if member.task in state.queue}


def _remove(state: State, number: int) -> Candidate:
    state.hindered.pop(f"prove {number}", None)
    state.hindered.pop(f"land {number}", None)
    state.stack.remove(number)
    return state.candidates.pop(number)


def _return_members(state: State, candidate: Candidate, event: e.Event) -> None:
    """Members that nothing else has taken out of the candidate are sealed again, at the head of the queue."""
    returned = []
    for member in candidate.members:
        found = state.tasks.get(member.task)
        if found and found.status is Status.VERIFYING and found.candidate == candidate.number:
            found.candidate = None
            step(state, found, event)
            returned.append(found)
    requeue(state, returned)


def _landing(state: State, event: e.CandidateLanding, entry: e.Entry) -> None:
    state.candidates[event.candidate].landing = True


def _landed(state: State, event: e.CandidateLanded, entry: e.Entry) -> None:
    candidate = _remove(state, event.candidate)
    commits = candidate.judged.commits if candidate.judged else ()
    state.tip = event.new
    _begin(state)
    for member, commit in zip(candidate.members, commits, strict=True):
        if not member.task:
            if state.stray is not None:
                state.stray = None
            else:
                state.offer = None
            continue
        found = state.tasks[member.task]
        found.merged, found.candidate, found.ended, found.reason = commit, None, entry.at, ""
        step(state, found, event)


def _tip_moved(state: State, event: e.TipMoved, entry: e.Entry) -> None:
    for number in reversed(state.stack):
        _dropped(state, e.CandidateDropped(number, "the integration ref was moved"), entry)
    state.tip = event.found
    state.suspects.clear()
    _begin(state)


def _tip_strayed(state: State, event: e.TipStrayed, entry: e.Entry) -> None:
    _drop_all(state, entry)
    state.stray = Stray(event.found, int(entry.at))


def _tip_refused(state: State, event: e.TipRefused, entry: e.Entry) -> None:
    _drop_all(state, entry)
    state.stray = Stray(event.found, int(entry.at), event.reason)


def _drop_all(state: State, entry: e.Entry) -> None:
    """Nothing that was proved can land.  The base was green, or nobody would have looked at the ref."""
    for number in reversed(state.stack):
        _dropped(state, e.CandidateDropped(number, "the integration ref was moved"), entry)
    state.suspects.clear()
    if state.tip is None:
        state.tip = state.base
        _begin(state)


def _hindered(state: State, event: e.ActionHindered, entry: e.Entry) -> None:
    found = state.hindered.setdefault(event.action, Hindrance())
    found.due, found.rests = entry.mono + PAUSES[min(found.count, len(PAUSES) - 1)], True
    found.count += 1


def _resumed(state: State, event: e.ActionResumed, entry: e.Entry) -> None:
    state.hindered[event.action].rests = False


def _begin(state: State) -> None:
    """There is a tip to work on."""
    if state.phase is Phase.STARTING:
        state.phase = Phase.RUNNING


def _published(state: State, event: e.Published, entry: e.Entry) -> None:
    state.published, state.published_branch = event.tip, event.branch


def _offered(state: State, event: e.TargetOffered, entry: e.Entry) -> None:
    state.offer = Offer(event.target, event.commit, event.request, int(entry.at))


def _refused(state: State, event: e.TargetRefused, entry: e.Entry) -> None:
    state.offer = None


def _target_merged(state: State, event: e.TargetMerged, entry: e.Entry) -> None:
    state.target_merged = event.new


HANDLERS: dict[type[e.Event], Callable[[State, Any, e.Entry], None]] = {
    e.CandidateFormed: _formed,
    e.CandidateJudged: _judged,
    e.CandidateUnbuildable: _unbuildable,
    e.CandidateDropped: _dropped,
    e.CandidateSplit: _split,
    e.CandidateLanding: _landing,
    e.CandidateLanded: _landed,
    e.TipMoved: _tip_moved,
    e.TipStrayed: _tip_strayed,
    e.TipRefused: _tip_refused,
    e.ActionHindered: _hindered,
    e.ActionResumed: _resumed,
    e.Published: _published,
    e.TargetOffered: _offered,
    e.TargetRefused: _refused,
    e.TargetMerged: _target_merged,
}
"""The handler of each event of the merge queue."""
