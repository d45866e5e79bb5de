"""The policy of the merge queue.  Pure: state in, events out; safe to ask twice.

    · First sealed, first served.  What one person or policy holds back does not hold up the others.
    · Everything sealed becomes one candidate (with `gates: N` up to N, each standing on the one before it).
    · The lowest candidate alone is decided: green lands it, and those above stay true, since they stand on it.
    · Red with several members: halves (with N gates, N parts).  Exactly that set is split until one member is left.
    · Red with one member: back to its task, with the gate's output.  Those above it are dropped and formed again.
    · A conflict with the tip: back to its task, with the paths.  A clash with work not yet landed only waits for it.
    · A gate that could not run blames nobody: the work is held for a person.
    · What somebody else put into the integration ref is merged and verified like work, before all else.  Where that
      fails, nothing lands and nothing begins until a person has put the ref back.

Nothing is ever resolved by leaving a side out, and the tip never takes a value that was not itself judged green.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from swarm.core import events as e
from swarm.core import words
from swarm.core.actions import ref_value
from swarm.core.events import Clash, Verdict
from swarm.core.merging import Candidate, Stray
from swarm.core.state import Phase, State, TaskState, wants_review


def advance(state: State) -> list[e.Event]:
    """The next thing that the merge queue decides, or [] when it has to wait."""
    if state.phase is Phase.FAILED and state.tip is None:
        return []
    return _hold(state) or _unbuildable(state) or _lowest(state) or _hopeless_offer(state) or _form(state)


def _hopeless_offer(state: State) -> list[e.Event]:
    """Nothing lands as long as the integration ref holds what can't be built on; who waits for it is told."""
    return _refused(state, words.tip_in_the_way) if is_blocked(state) else []


def is_blocked(state: State) -> bool:
    """Whether the integration ref holds what can't be built on."""
    return state.stray is not None and state.stray.refused != ""


def _hold(state: State) -> list[e.Event]:
    """Sealed work that does not enter the queue: it waits for a person, or has nothing to merge."""
    waiting = (state.tasks[name] for name in state.aside)
    return [
        e.WorkHeld(task.id, task.attempt, words.held_for_review(task.task.review))
        if wants_review(state, task)
        else e.ReportAccepted(task.id, task.attempt)
        for task in waiting
    ]


def _unbuildable(state: State) -> list[e.Event]:
    """The lowest candidate whose own members could not be merged: blame who clashes with the tip, let the others try
    again.  A candidate that failed on a member of one below it waits for that one's own report."""
    for place, number in enumerate(state.stack):
        candidate = state.candidates[number]
        if candidate.unbuildable is not None and (place == 0 or _own_trouble(candidate, candidate.unbuildable)):
            blamed = _blame(state, candidate, candidate.unbuildable)
            dropped = e.CandidateDropped(number, "some of its members could not be merged")
            if state.stray is not None:  # the queue goes with it
                return [dropped, *blamed]
            return [*_drop_above(state, place, "it stood on a merge that could not be made"), *blamed, dropped]
    return []


def _own_trouble(candidate: Candidate, report: e.CandidateUnbuildable) -> bool:
    named = {clash.task for clash in (*report.conflicts, *report.strays)} | set(report.deferred)
    return any(member.task in named for member in candidate.members)


def _blame(state: State, candidate: Candidate, report: e.CandidateUnbuildable) -> list[e.Event]:
    if _is_of_the_target(candidate):
        paths = [path for clash in (*report.conflicts, *report.strays) for path in clash.paths]
        if state.stray is not None:
            return [e.TipRefused(state.stray.commit, words.stray_conflicts(state.stray.commit, paths))]
        return _refused(state, lambda target: words.target_conflicts(target, paths))
    own = {member.task for member in candidate.members}
    conflicts = {clash.task: clash for clash in report.conflicts if clash.task in own}
    strays = {clash.task: clash for clash in report.strays if clash.task in own and clash.task not in conflicts}
    if not conflicts and not strays and _would_repeat(candidate, report):
        why = words.no_merge(candidate.members)
        return [e.WorkHeld(member.task, member.attempt, why) for member in candidate.members]
    return [
        *(_conflicted(state, candidate, clash) for clash in conflicts.values()),
        *(_strayed(state, clash) for clash in strays.values()),
    ]


def _would_repeat(candidate: Candidate, report: e.CandidateUnbuildable) -> bool:
    """Formed again, the candidate would be the same: nothing else stood in it, and nobody is to wait."""
    return len(candidate.chain) == len(candidate.members) and (len(candidate.members) == 1 or not report.deferred)


def _conflicted(state: State, candidate: Candidate, clash: Clash) -> e.Event:
    task = state.tasks[clash.task]
    feedback = words.conflict_feedback(clash.paths, state.tip or "")
    return e.MergeConflicted(clash.task, task.attempt, candidate.number, clash.paths, feedback)


def _strayed(state: State, clash: Clash) -> e.Event:
    return e.WorkHeld(clash.task, state.tasks[clash.task].attempt, words.strays(clash.paths), clash.paths)


def _lowest(state: State) -> list[e.Event]:
    """What the verdict on the lowest candidate means."""
    if not state.stack:
        return []
    candidate = state.candidates[state.stack[0]]
    judged = candidate.judged
    if judged is None or candidate.landing:
        return []
    if judged.verdict is Verdict.PASS:
        return [e.CandidateLanding(candidate.number, ref_value(state), judged.commit)]
    why = "it stood on a candidate that did not land"
    return [*_drop_above(state, 0, why), *_refuted(state, candidate, judged)]


def _refuted(state: State, candidate: Candidate, judged: e.CandidateJudged) -> list[e.Event]:
    dropped = e.CandidateDropped(candidate.number, "it did not pass its gate")
    if not candidate.members:
        return [e.RunFailed(words.base_is_red(judged)), dropped]
    if _is_of_the_target(candidate):
        if state.stray is not None:
            return [dropped, e.TipRefused(state.stray.commit, words.stray_is_red(state.stray.commit, judged))]
        return [*_refused(state, lambda target: words.target_is_red(target, judged)), dropped]
    if judged.verdict is Verdict.ERROR:
        held = words.gate_could_not_run(judged)
        return [*(e.WorkHeld(m.task, m.attempt, held) for m in candidate.members), dropped]
    if len(candidate.members) > 1:
        return [e.CandidateSplit(candidate.number)]
    member = candidate.members[0]
    feedback = words.red_feedback(judged)
    return [e.GateFailed(member.task, member.attempt, candidate.number, feedback, judged.log), dropped]


def _drop_above(state: State, place: int, why: str) -> list[e.Event]:
    """Drop what stands above, highest first, so that the queue keeps its order."""
    return [e.CandidateDropped(number, why) for number in reversed(state.stack[place + 1 :])]


def _refused(state: State, why: Callable[[str], str]) -> list[e.Event]:
    offer = state.offer
    return [e.TargetRefused(offer.request, why(offer.target))] if offer else []


def _is_of_the_target(candidate: Candidate) -> bool:
    """Of no task: the target branch's commit, or what somebody else put into the integration ref."""
    return any(not member.task for member in candidate.members)


def _form(state: State) -> list[e.Event]:
    """New candidates from what waits: the base at first, then the target's commit, then sealed tasks."""
    if state.tip is None:
        waits = state.stack or state.phase is Phase.STOPPING
        return [] if waits else [e.CandidateFormed(state.next_candidate, state.base, ())]
    if state.stray is not None:
        return _form_stray(state, state.stray)
    if state.offer is not None:
        return _form_offer(state)
    if state.phase is not Phase.RUNNING:
        return []
    if state.stack and (state.suspects or len(state.stack) >= state.plan.gates):
        return []
    return _stacked(state, _groups(state))


def _form_stray(state: State, stray: Stray) -> list[e.Event]:
    """What somebody else put into the integration ref goes before everything, and alone."""
    if state.stack or state.tip is None or stray.refused or (state.phase is not Phase.RUNNING and not state.offer):
        return []
    return [e.CandidateFormed(state.next_candidate, state.tip, (e.Member("", 0, stray.commit, stray.when),))]


def _form_offer(state: State) -> list[e.Event]:
    """The target's commit goes alone: its verdict must be about nothing else."""
    if state.stack or state.offer is None or state.tip is None:
        return []
    member = e.Member("", 0, state.offer.commit, state.offer.when)
    return [e.CandidateFormed(state.next_candidate, state.tip, (member,))]


def _groups(state: State) -> list[list[TaskState]]:
    waiting = [state.tasks[name] for name in state.queue]
    eligible = [task for task in waiting if task.deferred_at is None or task.deferred_at != state.tip]
    if not eligible and not state.stack:
        eligible = waiting[:1]
    suspects = [task for task in eligible if task.id in state.suspects]
    gates = state.plan.gates
    if suspects:
        return _parts(suspects, max(2, gates))[:gates]
    return _parts(eligible, gates - len(state.stack))


def _parts(tasks: Sequence[TaskState], count: int) -> list[list[TaskState]]:
    """Up to `count` runs of nearly equal length, in order."""
    count = min(count, len(tasks))
    bounds = [len(tasks) * part // count for part in range(count + 1)] if count else []
    return [list(tasks[start:end]) for start, end in pairwise(bounds)]


def _stacked(state: State, groups: list[list[TaskState]]) -> list[e.Event]:
    """One candidate for each group, each on the one before it.  All stand on the present tip: what has landed since a
    candidate below was formed is in the tip, and no longer among the members of the stack."""
    assert state.tip is not None
    below = list(state.stack)
    found: list[e.Event] = []
    for group in groups:
        number = state.next_candidate + len(found)
        members = tuple(e.Member(t.id, t.attempt, t.commit or "", t.sealed_at, t.strays) for t in group)
        found.append(e.CandidateFormed(number, state.tip, members, tuple(below)))
        below.append(number)
    return found
