"""The policy of the merge queue.  Pure: state in, events out; safe to ask twice.

    · First sealed, first served.  What one person or policy holds back does not hold up the others.
    · Everything sealed becomes one candidate (with `gates: N` up to N, each standing on the one before it).
    · The lowest candidate alone is decided: green lands it, and those above stay true, since they stand on it.
    · Red with several members: halves (with N gates, N parts).  Exactly that set is split until one member is left.
    · Red with one member: back to its task, with the gate's output.  Those above it are dropped and formed again.
    · A conflict with the tip: back to its task, with the paths.  A clash with work not yet landed only waits for it.
    · A gate that could not run blames nobody: the work is held for a person.

Nothing is ever resolved by leaving a side out, and the tip never takes a value that was not itself judged green.
"""

from __future__ import annotations

from collections.abc import Sequence

from swarm.core import events as e
from swarm.core import words
from swarm.core.events import Clash, Verdict
from swarm.core.plan import MergePolicy
from swarm.core.state import Candidate, Phase, State, TaskState


def advance(state: State) -> list[e.Event]:
    """The next thing that the merge queue decides, or [] when it has to wait."""
    if state.phase is Phase.FAILED:
        return []
    return _hold(state) or _unbuildable(state) or _lowest(state) or _form(state)


def _hold(state: State) -> list[e.Event]:
    """Sealed work that does not enter the queue: it waits for a person, or has nothing to merge."""
    found: list[e.Event] = []
    for name in state.queue:
        task = state.tasks[name]
        wants_review = task.task.review is not None or state.plan.merge is MergePolicy.MANUAL
        if wants_review and not task.approved:
            found.append(e.WorkHeld(name, task.attempt, words.held_for_review(task.task.review)))
        elif task.commit is None:
            found.append(e.ReportAccepted(name, task.attempt))
    return found


def _unbuildable(state: State) -> list[e.Event]:
    """The lowest candidate that could not be merged: blame who clashes with the tip, let the others try again."""
    for place, number in enumerate(state.stack):
        candidate = state.candidates[number]
        if candidate.unbuildable is not None:
            return [*_drop_above(state, place, "it stood on a merge that could not be made"), *_blame(state, candidate)]
    return []


def _blame(state: State, candidate: Candidate) -> list[e.Event]:
    report = candidate.unbuildable
    assert report is not None
    found: list[e.Event] = []
    if _is_offer(candidate) and state.offer:
        paths = [path for clash in (*report.conflicts, *report.strays) for path in clash.paths]
        found.append(e.TargetRefused(state.offer.request, words.target_conflicts(state.offer.target, paths)))
    else:
        found += [_conflicted(state, candidate, clash) for clash in report.conflicts]
        found += [_strayed(state, clash) for clash in report.strays]
    return [*found, e.CandidateDropped(candidate.number, "some of its members could not be merged")]


def _conflicted(state: State, candidate: Candidate, clash: Clash) -> e.Event:
    task = state.tasks[clash.task]
    feedback = words.conflict_feedback(clash.paths, state.tip or "")
    return e.MergeConflicted(clash.task, task.attempt, candidate.number, clash.paths, feedback)


def _strayed(state: State, clash: Clash) -> e.Event:
    return e.WorkHeld(clash.task, state.tasks[clash.task].attempt, words.strays(clash.paths))


def _lowest(state: State) -> list[e.Event]:
    """What the verdict on the lowest candidate means."""
    if not state.stack:
        return []
    candidate = state.candidates[state.stack[0]]
    judged = candidate.judged
    if judged is None or candidate.landing:
        return []
    if judged.verdict is Verdict.PASS:
        return [e.CandidateLanding(candidate.number, state.tip, judged.commit)]
    why = "it stood on a candidate that did not land"
    return [*_drop_above(state, 0, why), *_refuted(state, candidate, judged)]


def _refuted(state: State, candidate: Candidate, judged: e.CandidateJudged) -> list[e.Event]:
    dropped = e.CandidateDropped(candidate.number, "it did not pass its gate")
    if not candidate.members:
        return [e.RunFailed(words.base_is_red(judged)), dropped]
    if _is_offer(candidate):
        offer = state.offer
        return [e.TargetRefused(offer.request, words.target_is_red(offer.target, judged)), dropped] if offer else [dropped]
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


def _is_offer(candidate: Candidate) -> bool:
    return any(not member.task for member in candidate.members)


def _form(state: State) -> list[e.Event]:
    """New candidates from what waits: the base at first, then the target's commit, then sealed tasks."""
    if state.tip is None:
        return [] if state.stack else [e.CandidateFormed(state.next_candidate, state.base, ())]
    if state.offer is not None:
        return _form_offer(state)
    if state.phase is not Phase.RUNNING:
        return []
    if state.stack and (state.suspects or len(state.stack) >= state.plan.gates):
        return []
    return _stacked(state, _groups(state))


def _form_offer(state: State) -> list[e.Event]:
    """The target's commit goes alone: its verdict must be about nothing else."""
    if state.stack or state.offer is None or state.tip is None:
        return []
    member = e.Member("", 0, state.offer.commit, state.offer.when)
    return [e.CandidateFormed(state.next_candidate, state.tip, (member,))]


def _groups(state: State) -> list[list[TaskState]]:
    waiting = [state.tasks[name] for name in state.queue]
    suspects = [task for task in waiting if task.id in state.suspects]
    gates = state.plan.gates
    if suspects:
        return _parts(suspects, max(2, gates))[:gates]
    eligible = [task for task in waiting if task.deferred_at is None or task.deferred_at != state.tip]
    if not eligible and not state.stack:
        eligible = waiting[:1]
    return _parts(eligible, gates - len(state.stack))


def _parts(tasks: Sequence[TaskState], count: int) -> list[list[TaskState]]:
    """Up to `count` runs of nearly equal length, in order."""
    count = min(count, len(tasks))
    bounds = [len(tasks) * part // count for part in range(count + 1)] if count else []
    return [list(tasks[start:end]) for start, end in zip(bounds, bounds[1:], strict=False)]


def _stacked(state: State, groups: list[list[TaskState]]) -> list[e.Event]:
    assert state.tip is not None
    onto = state.candidates[state.stack[0]].onto if state.stack else state.tip
    below = list(state.stack)
    found: list[e.Event] = []
    for group in groups:
        number = state.next_candidate + len(found)
        members = tuple(e.Member(t.id, t.attempt, t.commit or "", t.sealed_at) for t in group)
        found.append(e.CandidateFormed(number, onto, members, tuple(below)))
        below.append(number)
    return found
